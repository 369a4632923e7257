/* SPDX-License-Identifier: Apache-2.0 */
/* common.c: the options every command takes, and what commands share. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"

static const pel_param table[] = {
    PEL_TEXT(cli_common, output, NULL, "FILE",
             "output; its ending chooses the format, - is standard output"),
    PEL_SWITCH(cli_common, json, "print a machine-readable report on standard output"),
    PEL_INTEGER(cli_common, threads, "0", 0, 256, NULL, "worker threads; 0: one per core"),
    PEL_TEXT(cli_common, memory, NULL, "SIZE",
             "refuse to hold more than this (8G); default 3/4 of free memory"),
    PEL_SWITCH(cli_common, plan, "print steps and an upper bound of memory, and do nothing"),
    PEL_SWITCH(cli_common, quiet, "say nothing but errors"),
    PEL_CHOICE(cli_common, progress, "auto", "auto|always|never", "progress on standard error"),
    PEL_CHOICE(cli_common, provenance, "hash", "hash|full|none",
               "what the output says of how it was made"),
    PEL_SWITCH(cli_common, sidecar, "also write OUTPUT.json"),
};
const pel_schema cli_common_schema =
    PEL_SCHEMA(cli_common, "common", "options of every command", table);

pel_status cli_read_input(cli_run *run, int n, pel_volume *out)
{
    cli_step(run, "read");
    return pel_input_read(out, run->input[n].path, run->input[n].params[0], false);
}

pel_status cli_plan_beside(double *bytes, const char *path)
{
    pel_input_cost cost = { 0 };
    pel_input_params plain = pel_input_defaults();
    *bytes = 0;
    if (!path)
        return PEL_OK;
    pel_status s = pel_input_plan(&cost, path, &plain, false);
    *bytes = (double)cost.memory_bytes;
    pel_volume_free(&cost.shape);
    return s;
}

char *cli_provenance(const cli_run *run, const char *const *hashes)
{
    return cli_provenance_more(run, hashes, NULL, 0);
}

// the file that an option reads; NULL: none, or one that it writes
static const char *file_of_option(const pel_param *param, const void *params)
{
    const void *field = (const char *)params + param->offset;
    const char *value = param->value ? param->value : "";
    bool file = param->kind == PEL_KIND_FILE && strcmp(value, "FILE") == 0;
    bool maybe = param->kind == PEL_KIND_TEXT && strstr(value, "|FILE");
    return file || maybe ? *(const char *const *)field : NULL;
}

/* inputs as provenance lists them */
typedef struct made_from {
    pel_made_from item[CLI_INPUTS];
    char hash[CLI_INPUTS][33];
    int count;
} made_from;

// files that options name are inputs with a role; a word without . and / is a name, a look is told
// by what it says
static void add_roles(made_from *to, const pel_schema *const *schemas, void *const *params)
{
    for (int n = 0; n < CLI_SCHEMAS && schemas[n]; n++)
        for (int i = 0; i < schemas[n]->count && to->count < CLI_INPUTS; i++) {
            const pel_param *param = &schemas[n]->params[i];
            const char *file = file_of_option(param, params[n]);
            if (!file || *file == '{' || cli_is_look_file(file) ||
                (param->kind == PEL_KIND_TEXT && !strpbrk(file, "./:")))
                continue;
            bool known = pel_input_hash(to->hash[to->count], file, NULL) == PEL_OK;
            if (!known && param->kind == PEL_KIND_TEXT)
                continue; // a number or a word
            to->item[to->count] = (pel_made_from){ .name = file,
                                                   .hash = known ? to->hash[to->count] : NULL,
                                                   .role = param->name };
            to->count++;
        }
}

static void add_input(made_from *to, const cli_run *run, int n, const char *hash)
{
    const cli_command *command = run->command;
    pel_made_from *from = &to->item[to->count++];
    *from = (pel_made_from){ .name = run->input[n].path, .hash = hash };
    for (int i = 0; i < 4 && command->input_schemas[i]; i++)
        from->with[i] = (pel_made_with){ command->input_schemas[i], run->input[n].params[i] };
    add_roles(to, command->input_schemas, run->input[n].params);
}

static char *describe(const cli_run *run, made_from *from, const char *const *hashes,
                      const pel_made_from *more, int count)
{
    pel_made_with with[CLI_SCHEMAS];
    int with_count = 0;
    for (; with_count < CLI_SCHEMAS && run->command->schemas[with_count]; with_count++)
        with[with_count] =
            (pel_made_with){ run->command->schemas[with_count], run->params[with_count] };
    for (int i = 0; i < run->input_count && from->count < CLI_INPUTS; i++)
        add_input(from, run, i, hashes ? hashes[i] : PEL_HASH_LATER);
    add_roles(from, run->command->schemas, run->params);
    for (int i = 0; i < count && from->count < CLI_INPUTS; i++)
        from->item[from->count++] = more[i];
    return pel_provenance(run->command->name, with, with_count, from->item, from->count,
                          run->common.provenance == CLI_PROVENANCE_FULL);
}

char *cli_provenance_more(const cli_run *run, const char *const *hashes, const pel_made_from *more,
                          int count)
{
    if (run->common.provenance == CLI_PROVENANCE_NONE)
        return NULL;
    made_from *from = calloc(1, sizeof *from);
    cli_looks looks;
    if (!from)
        return NULL;
    // the looks' files stand there by what they say
    char *text = cli_looks_inline(&looks, run) ? describe(run, from, hashes, more, count) : NULL;
    cli_looks_restore(&looks);
    free(from);
    return text;
}

pel_status cli_write_sidecar(cli_run *run, const char *output, const char *provenance)
{
    if (!run->common.sidecar || !provenance)
        return PEL_OK;
    size_t room = strlen(output) + strlen(provenance) + 8;
    char *path = malloc(room), *text = malloc(room);
    pel_status s = PEL_EMEMORY;
    if (path && text) {
        // of a folder beside it
        size_t length = strlen(output);
        length -= length > 1 && output[length - 1] == '/';
        snprintf(path, room, "%.*s.json", (int)length, output);
        snprintf(text, room, "%s\n", provenance);
        s = pel_write_text(path, text);
        if (s == PEL_OK)
            cli_report_output(run, path);
    }
    free(path);
    free(text);
    return s;
}

bool cli_ends_in(const char *name, const char *ending)
{
    size_t a = strlen(name), b = strlen(ending);
    return a >= b && strcmp(name + a - b, ending) == 0;
}

pel_status cli_refuse(cli_run *run, const char *why)
{
    snprintf(run->error, sizeof run->error, "%s", why);
    return PEL_EPARAM;
}

pel_status cli_write_mesh(cli_run *run, const pel_mesh *mesh, const char *const *hashes,
                          const pel_mesh_write_params *as)
{
    const char *path = run->common.output;
    char *made = cli_provenance(run, hashes);
    pel_status s = pel_write_mesh(path, mesh, made, as);
    if (s == PEL_OK) {
        cli_report_output(run, path);
        s = cli_write_sidecar(run, path, made);
    }
    free(made);
    return s;
}

pel_status cli_report_mesh_as(cli_run *run, const char *prefix, const pel_mesh *mesh)
{
    pel_topology t;
    char key[96];
    pel_status s = pel_mesh_topology(&t, mesh);
    if (s != PEL_OK)
        return s;
    const struct {
        const char *name;
        int64_t count;
    } counts[] = { { "vertices", mesh->points }, { "triangles", mesh->triangles },
                   { "euler", t.euler },         { "components", t.components },
                   { "genus", t.genus },         { "holes", t.border_loops } };
    for (size_t n = 0; n < sizeof counts / sizeof *counts; n++) {
        snprintf(key, sizeof key, "%s%s", prefix, counts[n].name);
        cli_report_integer(run, key, counts[n].count);
    }
    snprintf(key, sizeof key, "%smanifold", prefix);
    cli_report_json(run, key, t.manifold ? "true" : "false");
    snprintf(key, sizeof key, "%swatertight", prefix);
    cli_report_json(run, key, t.closed && t.oriented ? "true" : "false");
    snprintf(key, sizeof key, "%sarea_mm2", prefix);
    cli_report_number(run, key, pel_mesh_area_mm2(mesh));
    snprintf(key, sizeof key, "%svolume_mm3", prefix);
    cli_report_number(run, key, t.closed ? pel_mesh_volume_mm3(mesh) : NAN);
    return s;
}

pel_status cli_report_mesh(cli_run *run, const pel_mesh *mesh)
{
    return cli_report_mesh_as(run, "", mesh);
}

// the file behind a path: of scan.zip::member the zip
static void file_of(char out[4096], const char *path)
{
    const char *member = strstr(path, "::");
    snprintf(out, 4096, "%.*s", member ? (int)(member - path) : 4095, path);
}

// x.hdr and x.img are one thing: the name of the other, "" when there is none
static void partner_of(char out[4096], const char *path)
{
    static const char *const pairs[][2] = { { ".hdr", ".img" }, { ".img", ".hdr" } };
    size_t length = strlen(path), gz = length > 3 && !strcmp(path + length - 3, ".gz") ? 3 : 0;
    *out = 0;
    for (int i = 0; i < 2; i++)
        if (length >= gz + 4 && strncmp(path + length - gz - 4, pairs[i][0], 4) == 0)
            snprintf(out, 4096, "%.*s%s%s", (int)(length - gz - 4), path, pairs[i][1],
                     path + length - gz);
}

static bool same_regular(const char *a, const char *b)
{
    struct stat x, y;
    return *a && *b && stat(a, &x) == 0 && stat(b, &y) == 0 && S_ISREG(x.st_mode) &&
           x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static bool is_folder(const char *path, struct stat *about)
{
    return stat(path, about) == 0 && S_ISDIR(about->st_mode);
}

static void folder_of(char out[4096], const char *path)
{
    const char *slash = strrchr(path, '/');
    snprintf(out, 4096, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
}

// "head%03d.png" may write a file of this name
static bool has_such_a_name(const char *pattern, const char *number, const char *name)
{
    const char *suffix = strchr(number, 'd');
    size_t length = strlen(name), most = suffix ? strlen(suffix + 1) : 0;
    return strncmp(name, pattern, (size_t)(number - pattern)) == 0 && length >= most &&
           (!suffix || strcmp(name + length - most, suffix + 1) == 0);
}

// slices replace a folder as a whole: no input may be it, match in it or lie in it
static bool same_folder(const char *output, const char *other)
{
    struct stat out, in;
    char folder[4096];
    const char *number = strchr(output, '%'), *last = strrchr(output, '/');
    last = last ? last + 1 : output;
    if ((number && number < last) || strncmp(other, "phantom:", 8) == 0)
        return false;
    folder_of(folder, output);
    if (!is_folder(number ? folder : output, &out))
        return false;
    if (!is_folder(other, &in)) {
        const char *name = strrchr(other, '/');
        name = name ? name + 1 : other;
        // a file in the folder of names with a number is its own matter unless it has such a name
        if (number && !strpbrk(name, "*?[") && !has_such_a_name(last, number, name))
            return false;
        folder_of(folder, other);
        if (!is_folder(folder, &in))
            return false;
    }
    return out.st_dev == in.st_dev && out.st_ino == in.st_ino;
}

static bool same_file(const char *output, const char *other)
{
    char in[4096], out[2][4096], ins[2][4096];
    // a name may hold :: and be no archive
    if (same_regular(output, other) || same_folder(output, other))
        return true;
    file_of(in, other);
    snprintf(out[0], sizeof out[0], "%s", output);
    snprintf(ins[0], sizeof ins[0], "%s", in);
    partner_of(out[1], output);
    partner_of(ins[1], in);
    for (int i = 0; i < 4; i++)
        if (same_regular(out[i & 1], ins[i >> 1]))
            return true;
    return false;
}

static pel_status refuse_same(cli_run *run, const char *output, const char *option,
                              const char *other, const char *as)
{
    if (!same_file(output, other))
        return PEL_OK;
    snprintf(run->error, sizeof run->error,
             "%s: is %s and also %s; write to another name, so that nothing is lost", output,
             option, as);
    return PEL_EPARAM;
}

// of FILE,LOOK: whatever stands before a comma, since names may hold commas
static pel_status refuse_lists(cli_run *run, const char *output, const char *option,
                               const char *name, const pel_texts *texts)
{
    pel_status s = PEL_OK;
    for (int i = 0; i < texts->count; i++)
        for (const char *comma = strchr(texts->item[i], ','); comma && s == PEL_OK;
             comma = strchr(comma + 1, ',')) {
            char file[4096];
            snprintf(file, sizeof file, "%.*s", (int)(comma - texts->item[i]), texts->item[i]);
            s = refuse_same(run, output, option, file, name);
        }
    return s;
}

static pel_status refuse_files(cli_run *run, const char *output, const char *option,
                               const pel_schema *schema, const void *params)
{
    pel_status s = PEL_OK;
    for (int i = 0; i < schema->count && s == PEL_OK; i++) {
        const pel_param *param = &schema->params[i];
        const void *field = (const char *)params + param->offset;
        const char *file = param->kind == PEL_KIND_FILE ? *(const char *const *)field
                                                        : file_of_option(param, params);
        // an output given by its own option is not its own rival
        if (file && file != output)
            s = refuse_same(run, output, option, file, param->name);
        if (param->kind == PEL_KIND_TEXTS && param->value && !strncmp(param->value, "FILE,", 5))
            s = refuse_lists(run, output, option, param->name, field);
    }
    return s;
}

pel_status cli_refuse_input(cli_run *run, const char *output, const char *option)
{
    const cli_command *command = run->command;
    pel_status s = PEL_OK;
    for (int i = 0; i < CLI_SCHEMAS && command->schemas[i] && s == PEL_OK; i++)
        s = refuse_files(run, output, option, command->schemas[i], run->params[i]);
    for (int n = 0; n < run->input_count && s == PEL_OK; n++) {
        s = refuse_same(run, output, option, run->input[n].path, "an input");
        for (int i = 0; i < CLI_SCHEMAS && command->input_schemas[i] && s == PEL_OK; i++)
            s = refuse_files(run, output, option, command->input_schemas[i],
                             run->input[n].params[i]);
    }
    return s;
}
