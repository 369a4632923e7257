/* SPDX-License-Identifier: Apache-2.0 */
/* surface_labels.c: surfaces of a label image, in one file or in one per label. */
#include <stdlib.h>
#include <string.h>

#include "surface.h"

/* labels on their way out */
typedef struct outlet {
    cli_run *run;
    pel_surface_params *params;
    const pel_mesh *net;
    const pel_surface_found *found;
    const char *hash;
    char *receipt; // JSON so far, malloc'd
} outlet;

static pel_status write_as(const outlet *o, const pel_mesh *mesh, const char *path)
{
    const char *hashes[] = { *o->hash ? o->hash : NULL }, *output = o->run->common.output;
    o->run->common.output = path;
    pel_status s = cli_write_mesh(o->run, mesh, hashes,
                                  CLI_PARAMS(o->run, CLI_SURFACE_FILE_AS, pel_mesh_write_params));
    o->run->common.output = output;
    return s;
}

// the file of one label says that it holds this one, so that it is made again by itself
static pel_status write_label(const outlet *o, const pel_mesh *mesh, int32_t label)
{
    char path[4096];
    pel_numbers asked = o->params->labels;
    pel_status s = pel_film_frame_path(path, o->run->common.output, label);
    if (s == PEL_OK)
        s = cli_refuse_input(o->run, path, "-o");
    o->params->labels = (pel_numbers){ 1, { label } };
    if (s == PEL_OK)
        s = write_as(o, mesh, path);
    o->params->labels = asked;
    return s;
}

static pel_status add_receipt(outlet *o, const pel_mesh *mesh, int32_t label)
{
    char *text = pel_surface_receipt(mesh, o->found, NULL);
    size_t before = o->receipt ? strlen(o->receipt) : 0, more = text ? strlen(text) : 0;
    char *all = text ? realloc(o->receipt, before + more + 64) : NULL;
    if (all) {
        // the receipt ends in a line of its own
        snprintf(all + before, more + 64, "%s\"%d\": %.*s", before ? ",\n" : "{\n", label,
                 (int)more - 1, text);
        o->receipt = all;
    }
    free(text);
    return all ? PEL_OK : PEL_EMEMORY;
}

static pel_status put_label(outlet *o, int32_t label, bool alone)
{
    char prefix[32];
    pel_mesh mesh;
    pel_status s = pel_surface_labels(&mesh, o->net, &label, 1, o->params);
    snprintf(prefix, sizeof prefix, "labels.%d.", label);
    if (s == PEL_OK)
        s = cli_report_mesh_as(o->run, prefix, &mesh);
    if (s == PEL_OK && CLI_PARAMS(o->run, CLI_SURFACE_RECEIPT, cli_receipt_params)->receipt)
        s = add_receipt(o, &mesh, label);
    if (s == PEL_OK && alone)
        s = write_label(o, &mesh, label);
    pel_mesh_free(&mesh);
    return s;
}

static pel_status put_together(const outlet *o, const int32_t *labels, int64_t count)
{
    pel_mesh mesh;
    pel_status s = pel_surface_labels(&mesh, o->net, labels, count, o->params);
    if (s == PEL_OK)
        s = cli_report_mesh(o->run, &mesh);
    cli_step(o->run, "write");
    if (s == PEL_OK)
        s = write_as(o, &mesh, o->run->common.output);
    pel_mesh_free(&mesh);
    return s;
}

static pel_status write_receipt(outlet *o)
{
    const char *path = CLI_PARAMS(o->run, CLI_SURFACE_RECEIPT, cli_receipt_params)->receipt;
    size_t length = o->receipt ? strlen(o->receipt) : 0;
    char *text = length ? realloc(o->receipt, length + 8) : NULL;
    if (!path)
        return PEL_OK;
    if (!text)
        return PEL_EMEMORY;
    o->receipt = text;
    strcpy(text + length, "\n}\n");
    pel_status s = pel_write_text(path, text);
    if (s == PEL_OK)
        cli_report_output(o->run, path);
    return s;
}

// those that were asked for; all there are where none was
static pel_status list_labels(int32_t **labels, int64_t *count, const outlet *o)
{
    const pel_numbers *asked = &o->params->labels;
    pel_status s = pel_label_list(labels, count, o->net);
    if (s != PEL_OK || asked->count == 0)
        return s;
    int32_t *list = realloc(*labels, sizeof asked->value);
    *count = asked->count;
    *labels = list ? list : *labels;
    for (int n = 0; n < asked->count && list; n++)
        list[n] = (int32_t)asked->value[n];
    return list ? PEL_OK : PEL_EMEMORY;
}

pel_status cli_surface_labels(cli_run *run, const pel_volume *in)
{
    pel_mesh net = { 0 };
    pel_surface_found found = { 0 };
    outlet o = { .run = run,
                 .params = CLI_PARAMS(run, CLI_SURFACE, pel_surface_params),
                 .net = &net,
                 .found = &found,
                 .hash = in->fields.hash };
    int32_t *labels = NULL;
    int64_t count = 0;
    bool alone = strchr(run->common.output, '%');
    cli_step(run, "surface");
    pel_status s = pel_surface_net(&net, &found, in, o.params);
    if (s == PEL_OK) {
        cli_report_smoothed(run, "mask_stairs", &found.unstairs);
        if (o.params->smooth)
            cli_report_smoothed(run, "smoothing", &found.smoothed);
        cli_report_reduced(run, &found);
        s = list_labels(&labels, &count, &o);
    }
    cli_step(run, alone ? "write" : "measure");
    for (int64_t n = 0; n < count && s == PEL_OK; n++)
        s = put_label(&o, labels[n], alone);
    if (s == PEL_OK && !alone)
        s = put_together(&o, labels, count);
    if (s == PEL_OK)
        s = write_receipt(&o);
    free(labels);
    free(o.receipt);
    pel_mesh_free(&net);
    return s;
}
