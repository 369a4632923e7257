/* SPDX-License-Identifier: Apache-2.0 */
/* hysteresis.c: parts of a weak mask that hold something of a strong one. */
#include <pellucid/transform.h>

#include "base/memory.h"
#include "base/status.h"
#include "transform/runs.h"

// which components of weak meet strong
static void mark(bool *meets, const pel__runs *weak, const pel__bits *strong)
{
    for (int64_t row = 0; row < weak->dims[1] * weak->dims[2]; row++) {
        const uint64_t *bits = strong->word + row * strong->words;
        for (int64_t r = weak->start[row]; r < weak->start[row + 1]; r++)
            for (int64_t i = weak->run[r].first; i <= weak->run[r].last; i++)
                if (bits[i >> 6] >> (i & 63) & 1)
                    meets[weak->component[r]] = true;
    }
}

static pel_status keep(pel__bits *out, const pel__runs *weak, const bool *meets, double least)
{
    pel_status s = pel__bits_new(out, weak->dims);
    for (int64_t row = 0; s == PEL_OK && row < weak->dims[1] * weak->dims[2]; row++)
        for (int64_t r = weak->start[row]; r < weak->start[row + 1]; r++)
            if (meets[weak->component[r]] && (double)weak->voxels[weak->component[r]] >= least)
                pel__runs_draw(out, row, weak->run[r], true);
    return s;
}

pel_status pel_hysteresis(pel_volume *out, const pel_volume *weak, const pel_volume *strong,
                          double least_voxels)
{
    pel__bits bits = { 0 }, seeds = { 0 };
    pel__runs runs = { 0 };
    bool *meets = NULL;
    *out = (pel_volume){ 0 };
    pel_status s = pel__bits_of_volume(&bits, weak, NULL);
    if (s == PEL_OK)
        s = pel__bits_of_volume(&seeds, strong, NULL);
    for (int a = 0; a < 3 && s == PEL_OK; a++)
        if (bits.dims[a] != seeds.dims[a])
            s = pel__fail(PEL_EDATA, "the masks of a hysteresis have different grids");
    if (s == PEL_OK)
        s = pel__runs_of_bits(&runs, &bits, 26);
    if (s == PEL_OK)
        s = pel__alloc_zero(&meets, runs.components + 1, sizeof *meets, "components");
    if (s == PEL_OK) {
        mark(meets, &runs, &seeds);
        pel__bits_free(&bits);
        s = keep(&bits, &runs, meets, least_voxels);
    }
    pel__runs_free(&runs);
    pel__free(meets);
    pel__bits_free(&seeds);
    if (s == PEL_OK)
        s = pel__bits_to_volume(out, &bits, weak);
    pel__bits_free(&bits);
    return s;
}

// two masks of bits, then runs of two voxels' room each at the worst; parts at the worst do not
// touch
int64_t pel_hysteresis_memory(const pel_volume *shape)
{
    int64_t rows = shape->dims[1] * shape->dims[2], most = (shape->dims[0] + 1) / 2 * rows;
    int64_t parts =
        (shape->dims[0] + 1) / 2 * ((shape->dims[1] + 1) / 2) * ((shape->dims[2] + 1) / 2);
    int64_t run = sizeof(pel__run_of_row) + sizeof(uint32_t);
    return 2 * ((shape->dims[0] + 63) / 64 * 8 * rows) + 8 * rows + most * run +
           parts * (int64_t)(sizeof(int64_t) + sizeof(bool));
}
