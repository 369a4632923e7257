/* SPDX-License-Identifier: Apache-2.0 */
/* components.c: the connected parts of a mask: numbered, measured, chosen; and its holes. */
#include <stdlib.h>
#include <string.h>

#include <pellucid/transform.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "transform/runs.h"
#include "volume/volume.h"

static const pel_param table[] = {
    PEL_CHOICE(pel_components_params, connectivity, "26", "6|18|26",
               "voxels that touch by a face, also an edge, also a corner are one part"),
    PEL_INTEGER(pel_components_params, largest, NULL, 1, 1e9, NULL, "keep the N largest parts"),
    PEL_NUMBER(pel_components_params, least, NULL, 0, 1e18, "voxels", "keep parts of this size up"),
    PEL_NUMBER(pel_components_params, most, NULL, 0, 1e18, "voxels",
               "keep parts of up to this size"),
};
static int64_t plan(const void *params, const pel_volume *shape);
const pel_schema pel_components_schema = { .name = "components",
                                           .summary = "the connected parts of a mask",
                                           .params_size = sizeof(pel_components_params),
                                           .params = table,
                                           .count = (int)(sizeof table / sizeof *table),
                                           .plan = plan };

pel_components_params pel_components_defaults(void)
{
    pel_components_params params;
    pel_schema_defaults(&pel_components_schema, &params);
    return params;
}

static int connectivity_of(const pel_components_params *params)
{
    static const int of_choice[] = { 6, 18, 26 };
    return of_choice[params->connectivity];
}

/* ---- which are kept ---- */

typedef struct ranked {
    int64_t voxels, component;
} ranked;

// larger first; of equal ones the first in scan order
static int by_size(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->voxels != y->voxels)
        return x->voxels > y->voxels ? -1 : 1;
    return x->component < y->component ? -1 : 1;
}

// `kept[c]` becomes the new number of component c, from 1; 0: dropped
static pel_status choose(uint32_t *kept, int64_t *count, const pel__runs *runs,
                         const pel_components_params *params)
{
    ranked *rank = NULL;
    int64_t wanted = params->largest >= 1 ? params->largest : runs->components;
    pel_status s = pel__alloc(&rank, runs->components + 1, sizeof *rank, "components");
    if (s != PEL_OK)
        return s;
    for (int64_t c = 0; c < runs->components; c++)
        rank[c] = (ranked){ runs->voxels[c], c };
    if (wanted < runs->components)
        qsort(rank, (size_t)runs->components, sizeof *rank, by_size);
    memset(kept, 0, (size_t)runs->components * sizeof *kept);
    for (int64_t n = 0; n < runs->components && n < wanted; n++) {
        double voxels = (double)rank[n].voxels;
        // comparisons with a limit that is not given, NaN, fail
        kept[rank[n].component] = !(voxels < params->least) && !(voxels > params->most);
    }
    *count = 0;
    for (int64_t c = 0; c < runs->components; c++)
        kept[c] = kept[c] ? (uint32_t)++ * count : 0;
    pel__free(rank);
    return PEL_OK;
}

/* ---- what they are drawn into ---- */

typedef struct drawing {
    const pel__runs *runs;
    const uint32_t *kept;
    uint32_t *label; // voxels
} drawing;

static pel_status draw_slice(void *user, int64_t k)
{
    const drawing *d = user;
    const pel__runs *runs = d->runs;
    for (int64_t row = k * runs->dims[1]; row < (k + 1) * runs->dims[1]; row++)
        for (int64_t n = runs->start[row]; n < runs->start[row + 1]; n++) {
            uint32_t value = d->kept[runs->component[n]];
            for (int64_t i = runs->run[n].first; value && i <= runs->run[n].last; i++)
                d->label[row * runs->dims[0] + i] = value;
        }
    return PEL_OK;
}

static void measure(pel_component *list, const pel__runs *runs, const uint32_t *kept)
{
    for (int64_t row = 0; row < runs->dims[1] * runs->dims[2]; row++)
        for (int64_t n = runs->start[row]; n < runs->start[row + 1]; n++) {
            uint32_t number = kept[runs->component[n]];
            if (!number)
                continue;
            pel_component *c = &list[number - 1];
            double voxels = (double)(runs->run[n].last - runs->run[n].first + 1);
            double middle = 0.5 * ((double)runs->run[n].first + (double)runs->run[n].last);
            c->voxels += (int64_t)voxels;
            c->centre_ijk.x += voxels * middle;
            c->centre_ijk.y += voxels * (double)(row % runs->dims[1]);
            c->centre_ijk.z += voxels * (double)(row / runs->dims[1]);
        }
}

static pel_status list_them(pel_component **list, int64_t count, const pel__runs *runs,
                            const uint32_t *kept)
{
    *list = calloc((size_t)count + 1, sizeof **list);
    if (!*list)
        return pel__fail(PEL_EMEMORY, "no memory for a list of %lld components", (long long)count);
    measure(*list, runs, kept);
    for (int64_t c = 0; c < count; c++) {
        pel_vec3 *at = &(*list)[c].centre_ijk;
        double voxels = (double)(*list)[c].voxels;
        *at = (pel_vec3){ at->x / voxels, at->y / voxels, at->z / voxels };
    }
    return PEL_OK;
}

static pel_status draw_labels(pel_volume *labels, const pel__runs *runs, const uint32_t *kept,
                              const pel_volume *mask)
{
    pel_volume shape = *mask;
    shape.frames = shape.channels = 1;
    shape.meaning = PEL_SCALAR;
    pel_status s = pel_volume_like(labels, &shape, PEL_UINT32);
    drawing d = { runs, kept, labels->data };
    return s == PEL_OK ? pel__parallel(runs->dims[2], draw_slice, &d, NULL) : s;
}

pel_status pel_components(pel_volume *labels, pel_component **list, int64_t *count,
                          const pel_volume *mask, const pel_components_params *params)
{
    pel__bits bits = { 0 };
    pel__runs runs = { 0 };
    uint32_t *kept = NULL;
    int64_t kept_count = 0;
    if (labels)
        *labels = (pel_volume){ 0 };
    if (list)
        *list = NULL;
    pel_status s = pel_schema_check(&pel_components_schema, params);
    if (s == PEL_OK)
        s = pel__bits_of_volume(&bits, mask, NULL);
    if (s == PEL_OK)
        s = pel__runs_of_bits(&runs, &bits, connectivity_of(params));
    pel__bits_free(&bits);
    if (s == PEL_OK)
        s = pel__alloc(&kept, runs.components + 1, sizeof *kept, "components");
    if (s == PEL_OK)
        s = choose(kept, &kept_count, &runs, params);
    if (s == PEL_OK && labels)
        s = draw_labels(labels, &runs, kept, mask);
    if (s == PEL_OK && list)
        s = list_them(list, kept_count, &runs, kept);
    if (s != PEL_OK && labels)
        pel_volume_free(labels);
    *count = s == PEL_OK ? kept_count : 0;
    pel__runs_free(&runs);
    pel__free(kept);
    return s;
}

// the most parts a mask can have: single voxels, no two of which touch
static int64_t most_parts(int connectivity, const int64_t dims[3])
{
    int64_t half[3];
    for (int a = 0; a < 3; a++)
        half[a] = (dims[a] + 1) / 2;
    if (connectivity == 6)
        return half[0] * dims[1] * dims[2];
    return half[0] * half[1] * (connectivity == 26 ? half[2] : dims[2]);
}

// bits, then runs of two voxels' room each at the worst, parts and their list, then labels
static int64_t plan(const void *params, const pel_volume *shape)
{
    int64_t rows = shape->dims[1] * shape->dims[2], most = (shape->dims[0] + 1) / 2 * rows;
    int64_t run = sizeof(pel__run_of_row) + sizeof(uint32_t);
    int64_t part = sizeof(int64_t) + sizeof(uint32_t) + sizeof(pel_component);
    return (shape->dims[0] + 63) / 64 * 8 * rows + 8 * rows + most * run +
           most_parts(connectivity_of(params), shape->dims) * part + 4 * shape->dims[0] * rows;
}

/* ---- chosen parts as a mask ---- */

static pel_status keep_runs(pel__bits *out, const pel__runs *runs, const uint32_t *kept)
{
    pel_status s = pel__bits_new(out, runs->dims);
    for (int64_t row = 0; s == PEL_OK && row < runs->dims[1] * runs->dims[2]; row++)
        for (int64_t n = runs->start[row]; n < runs->start[row + 1]; n++)
            if (kept[runs->component[n]])
                pel__runs_draw(out, row, runs->run[n], true);
    return s;
}

pel_status pel_keep_components(pel_volume *out, const pel_volume *mask,
                               const pel_components_params *params)
{
    pel__bits bits = { 0 }, chosen = { 0 };
    pel__runs runs = { 0 };
    uint32_t *kept = NULL;
    int64_t count;
    *out = (pel_volume){ 0 };
    pel_status s = pel_schema_check(&pel_components_schema, params);
    if (s == PEL_OK)
        s = pel__bits_of_volume(&bits, mask, NULL);
    if (s == PEL_OK)
        s = pel__runs_of_bits(&runs, &bits, connectivity_of(params));
    pel__bits_free(&bits);
    if (s == PEL_OK)
        s = pel__alloc(&kept, runs.components + 1, sizeof *kept, "components");
    if (s == PEL_OK)
        s = choose(kept, &count, &runs, params);
    if (s == PEL_OK)
        s = keep_runs(&chosen, &runs, kept);
    pel__runs_free(&runs);
    pel__free(kept);
    if (s == PEL_OK)
        s = pel__bits_to_volume(out, &chosen, mask);
    pel__bits_free(&chosen);
    return s;
}

/* ---- holes ---- */

// a component of what is not there is a hole unless it meets the border; a single slice has no
// border above and below
static void find_open(bool *open, const pel__runs *runs)
{
    const int64_t *n = runs->dims;
    for (int64_t row = 0; row < n[1] * n[2]; row++) {
        int64_t j = row % n[1], k = row / n[1];
        bool at_side =
            (n[1] > 1 && (j == 0 || j + 1 == n[1])) || (n[2] > 1 && (k == 0 || k + 1 == n[2]));
        for (int64_t r = runs->start[row]; r < runs->start[row + 1]; r++)
            if (at_side || (n[0] > 1 && (runs->run[r].first == 0 || runs->run[r].last + 1 == n[0])))
                open[runs->component[r]] = true;
    }
}

pel_status pel_fill_holes(pel_volume *out, const pel_volume *mask)
{
    pel__bits bits = { 0 };
    pel__runs runs = { 0 };
    bool *open = NULL;
    *out = (pel_volume){ 0 };
    pel_status s = pel__bits_of_volume(&bits, mask, NULL);
    if (s == PEL_OK)
        s = pel__bits_invert(&bits);
    if (s == PEL_OK)
        s = pel__runs_of_bits(&runs, &bits, 6);
    if (s == PEL_OK)
        s = pel__alloc_zero(&open, runs.components + 1, sizeof *open, "components");
    if (s == PEL_OK)
        find_open(open, &runs);
    for (int64_t row = 0; s == PEL_OK && row < runs.dims[1] * runs.dims[2]; row++)
        for (int64_t n = runs.start[row]; n < runs.start[row + 1]; n++)
            if (!open[runs.component[n]])
                pel__runs_draw(&bits, row, runs.run[n], false);
    if (s == PEL_OK)
        s = pel__bits_invert(&bits);
    pel__runs_free(&runs);
    pel__free(open);
    if (s == PEL_OK)
        s = pel__bits_to_volume(out, &bits, mask);
    pel__bits_free(&bits);
    return s;
}
