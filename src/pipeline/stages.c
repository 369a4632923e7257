/* SPDX-License-Identifier: Apache-2.0 */
/* stages.c: the record of steps in a folder: stages.txt. */
#include "pipeline/stages.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/memory.h"
#include "base/outfile.h"
#include "base/status.h"
#include "base/text.h"

#define RECORD "stages.txt"
enum { LINE = 160, MOST_RECORD = 1 << 20 };

char *pel__stages_path(const pel__stages *stages, const char *name)
{
    char *path = NULL;
    bool slash = pel__ends_with(stages->folder, "/");
    if (asprintf(&path, "%s%s%s", stages->folder, slash ? "" : "/", name) < 0)
        return NULL;
    return path;
}

pel_status pel__stages_key(char out[33], const char *format, ...)
{
    pel__hash *hash;
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0)
        return pel__fail(PEL_EMEMORY, "no memory for a key");
    pel_status s = pel__hash_new(&hash);
    if (s == PEL_OK) {
        pel__hash_add(hash, text, (size_t)length);
        pel__hash_text(hash, out);
        pel__hash_free(hash);
    }
    free(text);
    return s;
}

static pel_status hash_file(char out[33], const char *path)
{
    pel__hash *hash;
    char *bytes;
    ssize_t got = 0;
    enum { PIECE = 1 << 20 };
    *out = 0;
    pel_status s = pel__hash_new(&hash);
    if (s != PEL_OK)
        return s;
    s = pel__alloc(&bytes, PIECE, 1, "a hash");
    int fd = s == PEL_OK ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    while (fd >= 0 && (got = read(fd, bytes, PIECE)) > 0)
        pel__hash_add(hash, bytes, (size_t)got);
    if (s == PEL_OK && (fd < 0 || got < 0))
        s = pel__outfile_errno(path, "cannot be read");
    pel__hash_text(hash, out);
    if (fd >= 0)
        close(fd);
    pel__free(bytes);
    pel__hash_free(hash);
    return s;
}

/* ---- reading the record ---- */

// a name of ours: no folder, nothing hidden
static bool is_plain(const char *name)
{
    return *name && *name != '.' && !strchr(name, '/');
}

static void take_line(pel__stages *to, const char *line)
{
    pel__stage *last = to->before_count ? &to->before[to->before_count - 1] : NULL;
    char name[48], value[48];
    if (sscanf(line, "stage %23s %32s", name, value) == 2 && to->before_count < PEL__STAGES) {
        pel__stage *stage = &to->before[to->before_count++];
        snprintf(stage->name, sizeof stage->name, "%.23s", name);
        snprintf(stage->key, sizeof stage->key, "%.32s", value);
    } else if (last && sscanf(line, "file %47s %32s", name, value) == 2 && is_plain(name) &&
               last->files < PEL__STAGE_FILES) {
        pel__stage_file *file = &last->file[last->files++];
        snprintf(file->name, sizeof file->name, "%s", name);
        snprintf(file->hash, sizeof file->hash, "%.32s", value);
    } else if (last && sscanf(line, "number %39s %39s", name, value) == 2 &&
               last->numbers < PEL__STAGE_NUMBERS) {
        pel__stage_number *number = &last->number[last->numbers++];
        snprintf(number->name, sizeof number->name, "%.39s", name);
        snprintf(number->value, sizeof number->value, "%.39s", value);
    }
}

// a record that cannot be read is none: all is then done again
static void read_record(pel__stages *to)
{
    char line[LINE], *path = pel__stages_path(to, RECORD);
    FILE *file = path ? fopen(path, "re") : NULL;
    for (int lines = 0; file && lines < MOST_RECORD / LINE && fgets(line, sizeof line, file);
         lines++)
        take_line(to, line);
    if (file)
        fclose(file);
    free(path);
}

static bool has_record(const pel__stages *stages)
{
    char *path = pel__stages_path(stages, RECORD);
    bool there = path && access(path, F_OK) == 0;
    free(path);
    return there;
}

// what a stopped run may leave: hidden temporaries
static bool is_empty(const char *folder)
{
    DIR *dir = opendir(folder);
    bool empty = dir != NULL;
    for (const struct dirent *entry; empty && (entry = readdir(dir));)
        empty = entry->d_name[0] == '.';
    if (dir)
        closedir(dir);
    return empty;
}

static pel_status write_record(const pel__stages *stages);

pel_status pel__stages_open(pel__stages *out, const char *folder)
{
    struct stat info;
    *out = (pel__stages){ .folder = folder };
    pel_status s = pel__alloc_zero(&out->stage, PEL__STAGES, sizeof *out->stage, "steps");
    if (s == PEL_OK)
        s = pel__alloc_zero(&out->before, PEL__STAGES, sizeof *out->before, "steps");
    if (s != PEL_OK)
        return s;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return pel__outfile_errno(folder, "cannot be made");
    if (stat(folder, &info) != 0 || !S_ISDIR(info.st_mode))
        return pel__fail(PEL_EPARAM, "%s: is a file; -o wants a folder, new or of an earlier run",
                         folder);
    if (has_record(out)) {
        read_record(out);
        return PEL_OK;
    }
    if (!is_empty(folder))
        return pel__fail(PEL_EPARAM,
                         "%s: holds other files; -o wants a new folder, or one that cortex made",
                         folder);
    // from now on the folder is ours, whatever happens
    return write_record(out);
}

void pel__stages_close(pel__stages *stages)
{
    pel__free(stages->stage);
    pel__free(stages->before);
    *stages = (pel__stages){ 0 };
}

/* ---- steps ---- */

static pel__stage *find(pel__stage *list, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(list[i].name, name) == 0)
            return &list[i];
    return NULL;
}

static bool is_intact(const pel__stages *stages, const pel__stage *stage)
{
    bool same = true;
    for (int i = 0; i < stage->files && same; i++) {
        char hash[33], *path = pel__stages_path(stages, stage->file[i].name);
        same = path && access(path, R_OK) == 0 && hash_file(hash, path) == PEL_OK &&
               strcmp(hash, stage->file[i].hash) == 0;
        free(path);
    }
    return same;
}

pel_status pel__stages_begin(pel__stages *stages, const char *name, const char *key, bool *done)
{
    const pel__stage *old = find(stages->before, stages->before_count, name);
    *done = false;
    if (stages->count == PEL__STAGES)
        return pel__fail(PEL_EUNSUPPORTED, "more than %d steps", PEL__STAGES);
    pel__stage *stage = &stages->stage[stages->count++];
    *done = old && strcmp(old->key, key) == 0 && is_intact(stages, old);
    if (*done) {
        *stage = *old;
        return PEL_OK;
    }
    *stage = (pel__stage){ .redone = true };
    snprintf(stage->name, sizeof stage->name, "%s", name);
    snprintf(stage->key, sizeof stage->key, "%s", key);
    return PEL_OK;
}

static pel__stage *at_hand(const pel__stages *stages)
{
    return &stages->stage[stages->count - 1];
}

pel_status pel__stages_file(pel__stages *stages, const char *name)
{
    pel__stage *stage = at_hand(stages);
    char *path = pel__stages_path(stages, name);
    if (!path || stage->files == PEL__STAGE_FILES) {
        free(path);
        return pel__fail(PEL_EMEMORY, "no room for the record of %s", name);
    }
    pel__stage_file *file = &stage->file[stage->files++];
    snprintf(file->name, sizeof file->name, "%s", name);
    pel_status s = hash_file(file->hash, path);
    free(path);
    return s;
}

static pel__stage_number *new_number(pel__stages *stages, const char *name)
{
    static const pel__stage_number none;
    pel__stage *stage = at_hand(stages);
    // tables of a step are shorter than its room
    pel__stage_number *number = &stage->number[stage->numbers];
    stage->numbers += stage->numbers < PEL__STAGE_NUMBERS - 1;
    *number = none;
    snprintf(number->name, sizeof number->name, "%s", name);
    return number;
}

void pel__stages_number(pel__stages *stages, const char *name, double value)
{
    char text[32] = "null";
    if (isfinite(value))
        pel__format_number(text, value);
    snprintf(new_number(stages, name)->value, 40, "%s", text);
}

void pel__stages_word(pel__stages *stages, const char *name, const char *value)
{
    snprintf(new_number(stages, name)->value, 40, "\"%s\"", value);
}

const char *pel__stages_found(const pel__stages *stages, const char *name, const char *number)
{
    const pel__stage *stage = find(stages->stage, stages->count, name);
    for (int i = 0; stage && i < stage->numbers; i++)
        if (strcmp(stage->number[i].name, number) == 0)
            return stage->number[i].value;
    return NULL;
}

double pel__stages_value(const pel__stages *stages, const char *name, const char *number)
{
    const char *text = pel__stages_found(stages, name, number);
    double value;
    return text && pel__parse_number(&value, text) ? value : NAN;
}

/* ---- writing the record ---- */

static void add_stage(pel__text *to, const pel__stage *stage)
{
    pel__text_add(to, "stage %s %s\n", stage->name, stage->key);
    for (int i = 0; i < stage->files; i++)
        pel__text_add(to, "file %s %s\n", stage->file[i].name, stage->file[i].hash);
    for (int i = 0; i < stage->numbers; i++)
        pel__text_add(to, "number %s %s\n", stage->number[i].name, stage->number[i].value);
}

// this run's steps, and those of an earlier one that it has not come to
static pel_status write_record(const pel__stages *stages)
{
    pel__text text = { 0 };
    char *path = pel__stages_path(stages, RECORD);
    pel__text_add(&text, "pellucid cortex: what each step was made from, and its files (XXH3)\n");
    for (int i = 0; i < stages->count; i++)
        add_stage(&text, &stages->stage[i]);
    for (int i = 0; i < stages->before_count; i++)
        if (!find(stages->stage, stages->count, stages->before[i].name))
            add_stage(&text, &stages->before[i]);
    pel_status s = text.failed || !path ? pel__fail(PEL_EMEMORY, "no memory for a record")
                                        : pel_write_text(path, text.text);
    pel__text_free(&text);
    free(path);
    return s;
}

pel_status pel__stages_end(pel__stages *stages)
{
    return write_record(stages);
}

static bool is_kept(const pel__stages *stages, const char *name)
{
    for (int i = 0; i < stages->count; i++)
        for (int f = 0; f < stages->stage[i].files; f++)
            if (strcmp(stages->stage[i].file[f].name, name) == 0)
                return true;
    return false;
}

pel_status pel__stages_finish(pel__stages *stages)
{
    for (int i = 0; i < stages->before_count; i++)
        for (int f = 0; f < stages->before[i].files; f++) {
            const char *name = stages->before[i].file[f].name;
            char *path = is_kept(stages, name) ? NULL : pel__stages_path(stages, name);
            if (path)
                unlink(path);
            free(path);
        }
    stages->before_count = 0;
    return write_record(stages);
}
