/* SPDX-License-Identifier: Apache-2.0 */
/* bits.c: masks as bits, from voxels and back, slice by slice. */
#include "volume/bits.h"

#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "kernels/pack.h"
#include "volume/volume.h"

pel_status pel__bits_new(pel__bits *out, const int64_t dims[3])
{
    *out = (pel__bits){ .dims = { dims[0], dims[1], dims[2] }, .words = (dims[0] + 63) / 64 };
    int64_t rows;
    if (!pel__multiply(&rows, dims[1], dims[2]) || !pel__multiply(&rows, rows, out->words))
        return pel__fail(PEL_EMEMORY, "a mask of %lldx%lldx%lld voxels is too large",
                         (long long)dims[0], (long long)dims[1], (long long)dims[2]);
    return pel__alloc_zero(&out->word, rows, sizeof *out->word, "a mask");
}

void pel__bits_free(pel__bits *bits)
{
    pel__free(bits->word);
    *bits = (pel__bits){ 0 };
}

typedef struct packing {
    const pel__bits *bits;
    const pel_volume *volume;
    double line[2], range[2];
} packing;

static pel_status pack_slice(void *user, int64_t k)
{
    const packing *p = user;
    const pel_volume *v = p->volume;
    int64_t row_bytes = v->dims[0] * pel_dtype_bytes(v->dtype);
    const char *in = (const char *)v->data + k * v->dims[1] * row_bytes;
    for (int64_t j = 0; j < v->dims[1]; j++)
        pel__pack_all[v->dtype](pel__bits_row(p->bits, j, k), in + j * row_bytes, v->dims[0],
                                p->line, p->range);
    return PEL_OK;
}

pel_status pel__bits_of_volume(pel__bits *out, const pel_volume *in, const double range[2])
{
    *out = (pel__bits){ 0 };
    pel_status s = pel__volume_check_single(in, "a mask");
    if (s != PEL_OK)
        return s;
    // the smallest numbers that are not zero, and beyond
    packing p = { .bits = out, .volume = in, .range = { 0x1p-1074, -0x1p-1074 } };
    if (range)
        memcpy(p.range, range, sizeof p.range);
    pel__volume_scale(in, &p.line[0], &p.line[1]);
    s = pel__bits_new(out, in->dims);
    if (s == PEL_OK)
        s = pel__parallel(in->dims[2], pack_slice, &p, NULL);
    if (s != PEL_OK)
        pel__bits_free(out);
    return s;
}

static pel_status unpack_slice(void *user, int64_t k)
{
    const packing *p = user;
    const int64_t *n = p->bits->dims;
    uint8_t *out = (uint8_t *)p->volume->data + k * n[0] * n[1];
    for (int64_t j = 0; j < n[1]; j++)
        pel__unpack(out + j * n[0], pel__bits_row(p->bits, j, k), n[0]);
    return PEL_OK;
}

pel_status pel__bits_to_volume(pel_volume *out, const pel__bits *bits, const pel_volume *like)
{
    pel_volume shape = *like;
    shape.frames = 1;
    shape.channels = 1;
    shape.meaning = PEL_SCALAR;
    packing p = { .bits = bits, .volume = out };
    pel_status s = pel_volume_like(out, &shape, PEL_UINT8);
    if (s == PEL_OK)
        s = pel__parallel(bits->dims[2], unpack_slice, &p, NULL);
    if (s != PEL_OK)
        pel_volume_free(out);
    return s;
}

static pel_status invert_slice(void *user, int64_t k)
{
    pel__bits *bits = user;
    uint64_t tail = pel__bits_tail(bits);
    for (int64_t j = 0; j < bits->dims[1]; j++) {
        uint64_t *row = pel__bits_row(bits, j, k);
        for (int64_t w = 0; w < bits->words; w++)
            row[w] = ~row[w];
        row[bits->words - 1] &= tail;
    }
    return PEL_OK;
}

pel_status pel__bits_invert(pel__bits *bits)
{
    return pel__parallel(bits->dims[2], invert_slice, bits, NULL);
}

void pel__bits_inner(uint64_t *out, const pel__bits *bits, const uint64_t *here, bool along,
                     const uint64_t *const *beside, int count)
{
    for (int64_t w = 0; w < bits->words; w++) {
        uint64_t below = w ? here[w - 1] : 0, above = w + 1 < bits->words ? here[w + 1] : 0;
        out[w] = here[w];
        if (along)
            out[w] &= (here[w] << 1 | below >> 63) & (here[w] >> 1 | above << 63);
        for (int n = 0; n < count; n++)
            out[w] &= beside[n] ? beside[n][w] : 0;
    }
}

int64_t pel__bits_count(const pel__bits *bits)
{
    int64_t count = 0, words = bits->words * bits->dims[1] * bits->dims[2];
    for (int64_t w = 0; w < words; w++)
        count += __builtin_popcountll(bits->word[w]);
    return count;
}
