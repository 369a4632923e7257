/* SPDX-License-Identifier: Apache-2.0 */
/* series.c: a folder of slices, or the files a pattern names, as one volume. */
#include "read/series.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "read/bytes.h"
#include "read/stack.h"
#include "volume/volume.h"

enum { NAME = 4096, MOST_DIGITS = 18 };

/* one file of the series */
typedef struct slice_file {
    char *path;           // owned
    int64_t first, count; // its slices in the volume
    char hash[33];
    int64_t bytes;
} slice_file;

typedef struct series {
    char name[NAME];        // the folder or pattern
    pel_read_params params; // of each file
    slice_file *file;       // owned
    int64_t count, room;
    int64_t others;  // files of the folder that are no slices
    pel_source open; // of a file with several slices
    int64_t opened;  // which; -1 none
} series;

static void series_free(series *v)
{
    for (int64_t i = 0; i < v->count; i++)
        pel__free(v->file[i].path);
    pel__free(v->file);
    pel_source_close(&v->open);
}

bool pel__series_is(const char *path)
{
    struct stat about;
    if (stat(path, &about) == 0)
        return S_ISDIR(about.st_mode);
    return strpbrk(path, "*?[") != NULL && !strstr(path, "::");
}

/* ---- names ---- */

static size_t skip_zeros(const char *text)
{
    return strspn(text, "0");
}

int pel__natural_order(const char *a, const char *b)
{
    const char *x = a, *y = b;
    while (*x && *y) {
        if (!isdigit((unsigned char)*x) || !isdigit((unsigned char)*y)) {
            if (*x != *y)
                return (unsigned char)*x < (unsigned char)*y ? -1 : 1;
            x++;
            y++;
            continue;
        }
        x += skip_zeros(x);
        y += skip_zeros(y);
        size_t n = strspn(x, "0123456789"), m = strspn(y, "0123456789");
        int order = n != m ? (n < m ? -1 : 1) : strncmp(x, y, n);
        if (order)
            return order;
        x += n;
        y += m;
    }
    return *x ? 1 : *y ? -1 : strcmp(a, b);
}

static int by_name(const void *a, const void *b)
{
    return pel__natural_order(((const slice_file *)a)->path, ((const slice_file *)b)->path);
}

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

// 1 TIFF, 2 PNG, 3 JPEG; 0: no slice
static int kind_of(const char *name)
{
    static const struct {
        const char *ending;
        int kind;
    } kinds[] = { { ".tif", 1 }, { ".tiff", 1 }, { ".png", 2 }, { ".jpg", 3 }, { ".jpeg", 3 } };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (pel__ends_with(name, kinds[i].ending))
            return kinds[i].kind;
    return 0;
}

bool pel__series_is_slice(const char *name)
{
    return kind_of(name) != 0;
}

static pel_status add_file(series *v, const char *folder, const char *name)
{
    pel_status s = PEL_OK;
    if (v->count == v->room) {
        int64_t room = v->room ? 2 * v->room : 256;
        s = pel__realloc(&v->file, room, sizeof *v->file, "the list of slices");
        v->room = s == PEL_OK ? room : v->room;
    }
    int64_t length = (int64_t)(strlen(folder) + strlen(name) + 2);
    char *path = NULL;
    if (s == PEL_OK)
        s = pel__alloc(&path, length, 1, "a file name");
    if (s != PEL_OK)
        return s;
    bool slash = *folder && folder[strlen(folder) - 1] != '/';
    snprintf(path, (size_t)length, "%s%s%s", folder, slash ? "/" : "", name);
    v->file[v->count++] = (slice_file){ .path = path };
    return PEL_OK;
}

static pel_status list_folder(series *v)
{
    DIR *folder = opendir(v->name);
    if (!folder)
        return pel__fail(PEL_EIO, "%s: the folder cannot be opened: %s", v->name, strerror(errno));
    pel_status s = PEL_OK;
    for (struct dirent *entry; s == PEL_OK && (entry = readdir(folder));) {
        if (*entry->d_name == '.')
            continue;
        if (kind_of(entry->d_name))
            s = add_file(v, v->name, entry->d_name);
        else
            v->others++;
    }
    closedir(folder);
    return s;
}

static pel_status list_pattern(series *v)
{
    glob_t found = { 0 };
    pel_status s = PEL_OK;
    int failed = glob(v->name, GLOB_NOSORT, NULL, &found);
    if (failed && failed != GLOB_NOMATCH)
        s = pel__fail(PEL_EIO, "%s: cannot be looked for", v->name);
    for (size_t i = 0; s == PEL_OK && !failed && i < found.gl_pathc; i++) {
        if (kind_of(found.gl_pathv[i]))
            s = add_file(v, "", found.gl_pathv[i]);
        else
            v->others++;
    }
    globfree(&found);
    return s;
}

static void drop(series *v, int64_t i)
{
    pel__free(v->file[i].path);
    memmove(&v->file[i], &v->file[i + 1], sizeof *v->file * (size_t)(v->count - i - 1));
    v->count--;
}

// those that --slices names, in its order
static pel_status choose(series *v, const char *text)
{
    pel__slices which;
    slice_file *kept;
    pel_status s = pel__slices_choose(&which, text, v->count, v->name);
    if (s != PEL_OK || !text)
        return s;
    s = pel__alloc_zero(&kept, which.count, sizeof *kept, "the list of slices");
    if (s != PEL_OK)
        return s;
    for (int64_t i = 0; i < which.count; i++) {
        slice_file *from = &v->file[which.start + i * which.step];
        kept[i] = *from;
        from->path = NULL;
    }
    for (int64_t i = 0; i < v->count; i++)
        pel__free(v->file[i].path);
    pel__free(v->file);
    v->file = kept;
    v->count = v->room = which.count;
    return PEL_OK;
}

/* ---- numbers in names ---- */

/* a name but for the number that counts the slices */
typedef struct numbered {
    size_t before, digits; // characters before the number, and its own
    int64_t number;
} numbered;

// where two names differ lies the number that counts
static bool split(const char *name, const char *other, numbered *out)
{
    size_t same = 0;
    while (name[same] && name[same] == other[same])
        same++;
    // back to where the number begins
    while (same > 0 && isdigit((unsigned char)name[same - 1]))
        same--;
    out->before = same;
    out->digits = strspn(name + same, "0123456789");
    if (out->digits == 0 || out->digits > MOST_DIGITS)
        return false;
    char word[MOST_DIGITS + 1];
    snprintf(word, sizeof word, "%.*s", (int)out->digits, name + same);
    return pel__parse_integer(&out->number, word, 0, INT64_MAX);
}

static bool same_but_number(const char *a, const numbered *x, const char *b, const numbered *y)
{
    return x->before == y->before && strncmp(a, b, x->before) == 0 &&
           strcmp(a + x->before + x->digits, b + y->before + y->digits) == 0;
}

// steps between the numbers of neighbours; false: the names do not count, or differ otherwise too
static bool step_of(const series *v, int64_t i, int64_t *step)
{
    const char *a = last_part(v->file[i].path), *b = last_part(v->file[i + 1].path);
    numbered x, y;
    if (!split(a, b, &x) || !split(b, a, &y) || !same_but_number(a, &x, b, &y))
        return false;
    *step = y.number - x.number;
    return true;
}

static pel_status check_numbers(const series *v)
{
    int64_t least = INT64_MAX, step;
    for (int64_t i = 0; i + 1 < v->count; i++) {
        const char *a = last_part(v->file[i].path), *b = last_part(v->file[i + 1].path);
        if (!step_of(v, i, &step)) {
            if (pel__allows(&v->params, "mixed"))
                continue;
            return pel__fail(PEL_EDATA,
                             "%s: %s and %s do not belong to one series by their names; name the "
                             "files by a pattern ('%s/NAME*.tif'), or say --allow mixed",
                             v->name, a, b, v->name);
        }
        if (step == 0)
            return pel__fail(PEL_EDATA,
                             "%s: %s and %s have the same number; take one of them away, or name "
                             "the files by a pattern",
                             v->name, a, b);
        least = llabs(step) < llabs(least) ? step : least;
    }
    int64_t gaps = 0;
    for (int64_t i = 0; i + 1 < v->count; i++) {
        if (!step_of(v, i, &step) || step == least)
            continue;
        gaps++;
        if (!pel__allows(&v->params, "gaps"))
            return pel__fail(PEL_EDATA,
                             "%s: slices are missing between %s and %s (the others go in steps of "
                             "%lld); copy them too, choose a part with --slices START:STOP, or say "
                             "--allow gaps to close the ranks",
                             v->name, last_part(v->file[i].path), last_part(v->file[i + 1].path),
                             (long long)least);
    }
    if (gaps)
        pel__note("%s: slices are missing at %lld places; what is there is taken as evenly spaced",
                  v->name, (long long)gaps);
    return PEL_OK;
}

static pel_status check_kinds(series *v)
{
    int kind = kind_of(v->file[0].path);
    for (int64_t i = 1; i < v->count;) {
        if (kind_of(v->file[i].path) == kind) {
            i++;
            continue;
        }
        if (!pel__allows(&v->params, "mixed"))
            return pel__fail(PEL_EDATA,
                             "%s: holds %s and %s, files of two types; name one type by a pattern "
                             "('%s/*.tif'), or leave the others out with --allow mixed",
                             v->name, last_part(v->file[0].path), last_part(v->file[i].path),
                             v->name);
        v->others++;
        drop(v, i);
    }
    return PEL_OK;
}

/* ---- what the files are ---- */

// notes of every file would be a note too many: the first one speaks for all
static pel_status open_file(pel_source *out, const series *v, const char *path, bool quiet)
{
    pel_job *job = pel__job(), silent = job ? *job : pel_job_defaults();
    silent.note = NULL;
    silent.progress = NULL;
    if (quiet)
        pel_job_use(&silent);
    pel_status s = pel_open_volume(out, path, &v->params);
    pel_job_use(job);
    return s == PEL_OK ? s : pel__during(s, "%s", v->name);
}

static bool alike(const pel_volume *a, const pel_volume *b)
{
    return a->dims[0] == b->dims[0] && a->dims[1] == b->dims[1] && a->dtype == b->dtype &&
           pel__volume_channels(a) == pel__volume_channels(b) && a->meaning == b->meaning &&
           pel__volume_frames(a) == 1 && pel__volume_frames(b) == 1;
}

static pel_status mixed(const series *v, const char *path, const pel_volume *shape,
                        const pel_volume *first)
{
    if (pel__volume_frames(shape) > 1)
        return pel__fail(PEL_EUNSUPPORTED, "%s: has several frames; read it by itself", path);
    return pel__fail(PEL_EDATA,
                     "%s: is %lldx%lld %s with %lld channels, but %s is %lldx%lld %s with %lld; "
                     "leave it out with --allow mixed, or choose files by a pattern or --slices",
                     path, (long long)shape->dims[0], (long long)shape->dims[1],
                     pel_dtype_name(shape->dtype), (long long)pel__volume_channels(shape),
                     last_part(v->file[0].path), (long long)first->dims[0],
                     (long long)first->dims[1], pel_dtype_name(first->dtype),
                     (long long)pel__volume_channels(first));
}

/* headers being opened */
typedef struct describing {
    series *v;
    const pel_volume *shape; // of the first file
    int64_t *buffer;         // owned; of each file
} describing;

// a file that does not fit is left with no slices
static pel_status describe_one(void *user, int64_t i)
{
    const describing *d = user;
    slice_file *file = &d->v->file[i];
    pel_source one;
    pel_status s = open_file(&one, d->v, file->path, true);
    if (s != PEL_OK)
        return s;
    file->count = alike(&one.shape, d->shape) ? one.shape.dims[2] : 0;
    d->buffer[i] = one.buffer_bytes;
    if (!file->count && (i == 0 || !pel__allows(&d->v->params, "mixed")))
        s = mixed(d->v, file->path, &one.shape, d->shape);
    pel_source_close(&one);
    return s;
}

static int64_t leave_out_others(series *v)
{
    int64_t kept = 0, left_out = 0;
    for (int64_t i = 0; i < v->count; i++) {
        if (v->file[i].count)
            v->file[kept++] = v->file[i];
        else
            pel__free(v->file[i].path);
    }
    left_out = v->count - kept;
    v->count = kept;
    return left_out;
}

static pel_status describe_first(const series *v, pel_volume *shape)
{
    pel_source one;
    pel_status s = open_file(&one, v, v->file[0].path, false);
    if (s == PEL_OK)
        s = pel_volume_copy_shape(shape, &one.shape);
    pel_source_close(&one);
    return s;
}

// open the header of every file; `shape` becomes that of all
static pel_status describe(series *v, pel_volume *shape, int64_t *buffer)
{
    describing d = { .v = v, .shape = shape };
    pel_status s = describe_first(v, shape);
    if (s == PEL_OK)
        s = pel__alloc_zero(&d.buffer, v->count, sizeof *d.buffer, "the list of slices");
    if (s == PEL_OK)
        s = pel__parallel(v->count, describe_one, &d, NULL);
    for (int64_t i = 0; i < v->count && s == PEL_OK; i++)
        *buffer = d.buffer[i] > *buffer ? d.buffer[i] : *buffer;
    pel__free(d.buffer);
    if (s != PEL_OK)
        return s;
    int64_t slices = 0, left_out = leave_out_others(v);
    for (int64_t i = 0; i < v->count; i++) {
        v->file[i].first = slices;
        slices += v->file[i].count;
    }
    if (left_out)
        pel__note("%s: %lld files of another size or type are left out", v->name,
                  (long long)left_out);
    shape->dims[2] = slices;
    shape->fields.axes = 3;
    return PEL_OK;
}

// a lone slice tells the distance to the next only where its program writes stacks
static void set_distance(const series *v, pel_volume *shape, int64_t every)
{
    const char *format = shape->fields.format;
    bool said = v->file[0].count > 1 || strcmp(format, "TIFF (ImageJ)") == 0 ||
                strcmp(format, "OME-TIFF") == 0 || strcmp(format, "PNG (pellucid)") == 0;
    shape->mm_from_ijk.m[2][2] *= (double)every;
    if (said || !shape->unit_known || v->count == 1)
        return;
    shape->unit_known = false;
    pel__note("%s: the distance of slices is not said and taken as %.6g mm; --spacing DX,DY,DZ "
              "sets it",
              v->name, shape->mm_from_ijk.m[2][2]);
}

/* ---- reading ---- */

typedef struct slab {
    series *v;
    uint8_t *out;
    int64_t first, bytes;
    int64_t file;       // of the first slice
    int64_t count, run; // files that are one slice, and how many of them a thread takes at a time
} slab;

static int64_t file_of(const series *v, int64_t slice)
{
    int64_t lo = 0, hi = v->count - 1;
    while (lo < hi) {
        int64_t middle = (lo + hi + 1) / 2;
        if (v->file[middle].first <= slice)
            lo = middle;
        else
            hi = middle - 1;
    }
    return lo;
}

static pel_status keep_hash(slice_file *file, pel_source *source)
{
    pel_status s = source->finish ? source->finish(source) : PEL_OK;
    memcpy(file->hash, source->shape.fields.hash, sizeof file->hash);
    file->bytes = source->shape.fields.bytes;
    return s;
}

static pel_status check_again(const series *v, const pel_source *one, const slice_file *file,
                              int64_t bytes)
{
    if (pel_source_slice_bytes(one) == bytes && one->shape.dims[2] == file->count)
        return PEL_OK;
    return pel__fail(PEL_EIO, "%s: %s has changed since it was opened", v->name, file->path);
}

// a file that is one slice
static pel_status read_one(const slab *w, int64_t item)
{
    slice_file *file = &w->v->file[w->file + item];
    pel_source one;
    pel_status s = open_file(&one, w->v, file->path, true);
    if (s == PEL_OK)
        s = check_again(w->v, &one, file, w->bytes);
    if (s == PEL_OK)
        s = one.read_slab(&one, w->out + (file->first - w->first) * w->bytes, 0, 1);
    if (s == PEL_OK)
        s = keep_hash(file, &one);
    pel_source_close(&one);
    return s;
}

static pel_status read_run(void *user, int64_t run)
{
    slab *w = user;
    int64_t from = run * w->run, to = from + w->run < w->count ? from + w->run : w->count;
    pel_status s = PEL_OK;
    for (int64_t i = from; i < to && s == PEL_OK; i++)
        s = read_one(w, i);
    return s;
}

// slices of a file that has several, which stays open for the next
static pel_status read_part(slab *w, int64_t *slice, int64_t end)
{
    series *v = w->v;
    slice_file *file = &v->file[w->file];
    pel_status s = PEL_OK;
    if (v->opened != w->file) {
        pel_source_close(&v->open);
        v->opened = -1;
        s = open_file(&v->open, v, file->path, true);
        if (s == PEL_OK)
            s = check_again(v, &v->open, file, w->bytes);
        v->opened = s == PEL_OK ? w->file : -1;
    }
    int64_t last = file->first + file->count, count = (end < last ? end : last) - *slice;
    if (s == PEL_OK)
        s = v->open.read_slab(&v->open, w->out + (*slice - w->first) * w->bytes,
                              *slice - file->first, count);
    *slice += count;
    if (s == PEL_OK && *slice == last)
        s = keep_hash(file, &v->open);
    return s;
}

static pel_status read_slab(pel_source *source, void *out, int64_t first, int64_t count)
{
    series *v = source->state;
    slab w = { v, out, first, pel_source_slice_bytes(source), file_of(v, first), 0, 1 };
    pel_status s = PEL_OK;
    for (int64_t slice = first; s == PEL_OK && slice < first + count;) {
        int64_t alone = 0;
        while (w.file + alone < v->count && v->file[w.file + alone].count == 1 &&
               slice + alone < first + count)
            alone++;
        if (alone) {
            w.count = alone;
            w.run = pel__stack_run(alone, w.bytes);
            s = pel__parallel((alone + w.run - 1) / w.run, read_run, &w, NULL);
            slice += alone;
            w.file += alone;
        } else {
            s = read_part(&w, &slice, first + count);
            w.file++;
        }
    }
    return s;
}

// the hash of a series is the hash of its files' hashes, in their order
static pel_status finish(pel_source *source)
{
    series *v = source->state;
    pel__hash *all;
    pel_status s = pel__hash_new(&all);
    source->shape.fields.bytes = 0;
    for (int64_t i = 0; i < v->count && s == PEL_OK; i++) {
        slice_file *file = &v->file[i];
        if (!*file->hash) {
            pel_source one;
            s = open_file(&one, v, file->path, true);
            if (s == PEL_OK)
                s = keep_hash(file, &one);
            pel_source_close(&one);
        }
        pel__hash_add(all, file->hash, strlen(file->hash));
        source->shape.fields.bytes += file->bytes;
        if (s == PEL_OK)
            s = pel__cancelled();
    }
    if (s == PEL_OK)
        pel__hash_text(all, source->shape.fields.hash);
    pel__hash_free(all);
    return s;
}

static void close_series(pel_source *source)
{
    series_free(source->state);
    pel__free(source->state);
}

static pel_status set_up(series *v, pel_source *out, const char *slices)
{
    struct stat about;
    bool folder = stat(v->name, &about) == 0;
    pel_status s = folder ? list_folder(v) : list_pattern(v);
    if (s == PEL_OK && v->count == 0)
        return pel__fail(PEL_EDATA, "%s: %s no slices (.tif .tiff .png .jpg) and no DICOM", v->name,
                         folder ? "the folder holds" : "the pattern names");
    if (s != PEL_OK)
        return s;
    qsort(v->file, (size_t)v->count, sizeof *v->file, by_name);
    s = check_kinds(v);
    pel__slices which = { 0, 1, 0 };
    if (s == PEL_OK)
        s = pel__slices_choose(&which, slices, v->count, v->name);
    if (s == PEL_OK)
        s = choose(v, slices);
    if (s == PEL_OK)
        s = check_numbers(v);
    int64_t buffer = 0;
    if (s == PEL_OK)
        s = describe(v, &out->shape, &buffer);
    if (s != PEL_OK)
        return s;
    pel__note("%s: %lld slices of %lld files, %s to %s", v->name, (long long)out->shape.dims[2],
              (long long)v->count, last_part(v->file[0].path),
              last_part(v->file[v->count - 1].path));
    if (v->others)
        pel__note("%s: %lld other files are left out", v->name, (long long)v->others);
    set_distance(v, &out->shape, llabs(which.step));
    out->buffer_bytes = buffer * pel__threads() + v->room * (int64_t)sizeof *v->file;
    return pel__volume_check_shape(&out->shape, v->name);
}

pel_status pel__series_open(pel_source *out, const char *path, const pel_read_params *params)
{
    series *v;
    if (strlen(path) >= NAME)
        return pel__fail(PEL_EPARAM, "%.60s...: the name is too long", path);
    pel_status s = pel__alloc_zero(&v, 1, sizeof *v, "a series");
    if (s != PEL_OK)
        return s;
    snprintf(v->name, sizeof v->name, "%s", path);
    v->params = pel_read_defaults();
    v->params.allow = params->allow;
    v->opened = -1;
    s = set_up(v, out, params->slices);
    if (s != PEL_OK) {
        series_free(v);
        pel__free(v);
        pel_source_close(out);
        return s;
    }
    out->unproven = true;
    out->seekable = true;
    out->slab = pel__stack_slab(pel_source_slice_bytes(out), true);
    out->read_slab = read_slab;
    out->finish = finish;
    out->close = close_series;
    out->state = v;
    return PEL_OK;
}
