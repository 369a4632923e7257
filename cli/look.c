/* SPDX-License-Identifier: Apache-2.0 */
/* look.c: what commands with a look share: its tone is the input's, and it can be saved. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

// the look's own tone is the input's, unless --tone was given
static const char *tone_of(const cli_run *run, int n, const pel_look *look)
{
    const pel_input_params *input = run->input[n].params[CLI_INPUT];
    return input->tone ? input->tone : *look->tone ? look->tone : NULL;
}

pel_status cli_read_toned(cli_run *run, int n, const pel_look *look, pel_volume *out)
{
    pel_input_params *input = run->input[n].params[CLI_INPUT];
    const char *given = input->tone;
    input->tone = tone_of(run, n, look);
    pel_status s = cli_read_input(run, n, out);
    input->tone = given;
    return s;
}

pel_status cli_open_toned(cli_run *run, int n, const pel_look *look, pel_source *out)
{
    pel_input_params *input = run->input[n].params[CLI_INPUT];
    const char *given = input->tone;
    input->tone = tone_of(run, n, look);
    pel_status s = pel_input_open_scalar(out, run->input[n].path, input);
    input->tone = given;
    return s;
}

pel_status cli_plan_toned(cli_run *run, int n, const pel_look *look, pel_input_cost *out)
{
    pel_input_params *input = run->input[n].params[CLI_INPUT];
    const char *given = input->tone;
    input->tone = tone_of(run, n, look);
    pel_status s = pel_input_plan(out, run->input[n].path, input, false);
    input->tone = given;
    return s;
}

pel_status cli_check_save_look(cli_run *run, int n)
{
    const char *path = ((const pel_look_params *)run->input[n].params[CLI_LOOK])->save_look;
    size_t length = path ? strlen(path) : 0;
    if (!path)
        return PEL_OK;
    if (length > 5 && strcmp(path + length - 5, ".json") == 0)
        return cli_refuse_input(run, path, "--save-look");
    snprintf(run->error, sizeof run->error, "--save-look wants a name that ends in .json");
    return PEL_EPARAM;
}

pel_status cli_save_look(cli_run *run, int n, const pel_look *look)
{
    const char *path = ((const pel_look_params *)run->input[n].params[CLI_LOOK])->save_look;
    const char *tone = tone_of(run, n, look);
    if (!path)
        return PEL_OK;
    pel_look used = *look;
    if (tone != look->tone)
        snprintf(used.tone, sizeof used.tone, "%s", tone ? tone : "");
    char *text = pel_look_to_json(&used);
    pel_status s = text ? pel_write_text(path, text) : PEL_EMEMORY;
    free(text);
    if (s == PEL_OK)
        cli_report_output(run, path);
    return s;
}

/* ---- looks in provenance ---- */

bool cli_is_look_file(const char *name)
{
    size_t length = strlen(name);
    return length > 5 && strcmp(name + length - 5, ".json") == 0;
}

// a text of a run stands as the JSON that its file holds; false: no memory
static bool put_json(cli_looks *to, const char **field)
{
    pel_look look;
    // a file that cannot be read was refused before
    if (!*field || !cli_is_look_file(*field) || to->count == CLI_LOOKS ||
        pel_look_load(&look, *field) != PEL_OK)
        return true;
    char *text = pel_look_to_json(&look);
    if (!text)
        return false;
    to->item[to->count++] = (cli_look_text){ field, *field, text };
    *field = text;
    return true;
}

static bool put_all(cli_looks *to, const pel_schema *const *schemas, void *const *params)
{
    static const char *const names[] = { "look", "fade" };
    bool ok = true;
    for (int n = 0; n < CLI_SCHEMAS && schemas[n]; n++)
        for (int i = 0; i < 2; i++) {
            const pel_param *param = pel_schema_find(schemas[n], names[i]);
            if (param && param->kind == PEL_KIND_TEXT)
                ok = ok && put_json(to, (const char **)(void *)((char *)params[n] + param->offset));
        }
    return ok;
}

bool cli_looks_inline(cli_looks *out, const cli_run *run)
{
    out->count = 0;
    bool ok = put_all(out, run->command->schemas, run->params);
    for (int n = 0; n < run->input_count; n++)
        ok = ok && put_all(out, run->command->input_schemas, run->input[n].params);
    return ok;
}

void cli_looks_restore(cli_looks *looks)
{
    for (int i = 0; i < looks->count; i++) {
        *looks->item[i].field = looks->item[i].before;
        free(looks->item[i].text);
    }
    looks->count = 0;
}
