/* SPDX-License-Identifier: Apache-2.0 */
/* runs.c: runs of a mask, joined by union-find. */
#include "transform/runs.h"

#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"

enum { SLAB = 16 }; /* slices joined as one item; never depends on the number of threads */

void pel__runs_free(pel__runs *runs)
{
    pel__free(runs->start);
    pel__free(runs->run);
    pel__free(runs->component);
    pel__free(runs->voxels);
    *runs = (pel__runs){ 0 };
}

typedef struct joining {
    pel__runs *runs;
    const pel__bits *bits;
    int connectivity;
} joining;

/* ---- runs ---- */

// the first voxel from `at` on that is set (or clear, when flipped); `end` when there is none
static int64_t next_change(const uint64_t *row, int64_t at, int64_t end, uint64_t flip)
{
    while (at < end) {
        uint64_t word = (row[at >> 6] ^ flip) >> (at & 63);
        if (word)
            return at + __builtin_ctzll(word);
        at = (at | 63) + 1;
    }
    return end;
}

// starts of runs are bits that follow no bit
static int64_t count_runs(const uint64_t *row, int64_t words)
{
    int64_t count = 0;
    uint64_t before = 0;
    for (int64_t w = 0; w < words; w++) {
        count += __builtin_popcountll(row[w] & ~(row[w] << 1 | before));
        before = row[w] >> 63;
    }
    return count;
}

static pel_status count_slice(void *user, int64_t k)
{
    const joining *g = user;
    for (int64_t j = 0; j < g->bits->dims[1]; j++)
        g->runs->start[k * g->bits->dims[1] + j + 1] =
            count_runs(pel__bits_row(g->bits, j, k), g->bits->words);
    return PEL_OK;
}

static pel_status list_slice(void *user, int64_t k)
{
    const joining *g = user;
    int64_t nx = g->bits->dims[0];
    for (int64_t j = 0; j < g->bits->dims[1]; j++) {
        const uint64_t *row = pel__bits_row(g->bits, j, k);
        int64_t n = g->runs->start[k * g->bits->dims[1] + j], at = 0;
        while ((at = next_change(row, at, nx, 0)) < nx) {
            int64_t end = next_change(row, at, nx, ~UINT64_C(0));
            end = end < nx ? end : nx;
            g->runs->run[n++] = (pel__run_of_row){ (int32_t)at, (int32_t)(end - 1) };
            at = end;
        }
    }
    return PEL_OK;
}

static pel_status list_runs(joining *g)
{
    pel__runs *runs = g->runs;
    int64_t rows = g->bits->dims[1] * g->bits->dims[2];
    pel_status s = pel__alloc_zero(&runs->start, rows + 1, sizeof *runs->start, "runs");
    if (s == PEL_OK)
        s = pel__parallel(g->bits->dims[2], count_slice, g, NULL);
    for (int64_t r = 0; s == PEL_OK && r < rows; r++)
        runs->start[r + 1] += runs->start[r];
    runs->count = s == PEL_OK ? runs->start[rows] : 0;
    if (runs->count > UINT32_MAX)
        return pel__fail(PEL_EUNSUPPORTED, "a mask of more than 4 thousand million runs");
    if (s == PEL_OK)
        s = pel__alloc(&runs->run, runs->count + 1, sizeof *runs->run, "runs");
    if (s == PEL_OK)
        s = pel__alloc(&runs->component, runs->count + 1, sizeof *runs->component, "runs");
    return s == PEL_OK ? pel__parallel(g->bits->dims[2], list_slice, g, NULL) : s;
}

/* ---- union-find over runs; the root of a tree is its first run ---- */

static uint32_t root_of(uint32_t *parent, uint32_t n)
{
    while (parent[n] != n)
        n = parent[n] = parent[parent[n]];
    return n;
}

static void join(uint32_t *parent, uint32_t a, uint32_t b)
{
    a = root_of(parent, a);
    b = root_of(parent, b);
    if (a < b)
        parent[b] = a;
    else
        parent[a] = b;
}

// all runs of two rows that touch, `reach` voxels beyond each other at most
static void join_rows(const pel__runs *runs, int64_t row, int64_t other, int32_t reach)
{
    int64_t a = runs->start[row], b = runs->start[other];
    while (a < runs->start[row + 1] && b < runs->start[other + 1]) {
        const pel__run_of_row *x = &runs->run[a], *y = &runs->run[b];
        if (x->first <= y->last + reach && y->first <= x->last + reach)
            join(runs->component, (uint32_t)a, (uint32_t)b);
        if (x->last < y->last)
            a++;
        else
            b++;
    }
}

// rows before this one in scan order that are its neighbours; `across` those of the slice below
static void join_row(const joining *g, int64_t j, int64_t k, bool across)
{
    int64_t ny = g->runs->dims[1], row = k * ny + j;
    int32_t face = g->connectivity > 6, edge = g->connectivity > 18;
    if (!across && j > 0)
        join_rows(g->runs, row, row - 1, face);
    if (!across)
        return;
    join_rows(g->runs, row, row - ny, face);
    // rows aslant share an edge with this one
    if (face && j > 0)
        join_rows(g->runs, row, row - ny - 1, edge);
    if (face && j + 1 < ny)
        join_rows(g->runs, row, row - ny + 1, edge);
}

static pel_status join_slab(void *user, int64_t slab)
{
    const joining *g = user;
    int64_t from = slab * SLAB,
            to = from + SLAB < g->runs->dims[2] ? from + SLAB : g->runs->dims[2];
    for (int64_t k = from; k < to; k++)
        for (int64_t j = 0; j < g->runs->dims[1]; j++) {
            join_row(g, j, k, false);
            if (k > from)
                join_row(g, j, k, true);
        }
    return PEL_OK;
}

// roots become numbers in scan order, and all others those of their roots
static pel_status number(pel__runs *runs)
{
    for (int64_t n = 0; n < runs->count; n++)
        runs->components += runs->component[n] == n;
    pel_status s =
        pel__alloc_zero(&runs->voxels, runs->components + 1, sizeof *runs->voxels, "components");
    if (s != PEL_OK)
        return s;
    // a parent comes before its children, and holds its number already
    uint32_t next = 0;
    for (int64_t n = 0; n < runs->count; n++) {
        uint32_t parent = runs->component[n];
        uint32_t mine = parent == n ? next++ : runs->component[parent];
        runs->component[n] = mine;
        runs->voxels[mine] += runs->run[n].last - runs->run[n].first + 1;
    }
    return PEL_OK;
}

pel_status pel__runs_of_bits(pel__runs *out, const pel__bits *bits, int connectivity)
{
    *out = (pel__runs){ .dims = { bits->dims[0], bits->dims[1], bits->dims[2] } };
    joining g = { .runs = out, .bits = bits, .connectivity = connectivity };
    if (bits->dims[0] > INT32_MAX - 2)
        return pel__fail(PEL_EUNSUPPORTED, "rows of more than 2 thousand million voxels");
    pel_status s = list_runs(&g);
    for (int64_t n = 0; s == PEL_OK && n < out->count; n++)
        out->component[n] = (uint32_t)n;
    if (s == PEL_OK)
        s = pel__parallel((bits->dims[2] + SLAB - 1) / SLAB, join_slab, &g, "components");
    for (int64_t k = SLAB; s == PEL_OK && k < bits->dims[2]; k += SLAB)
        for (int64_t j = 0; j < bits->dims[1]; j++)
            join_row(&g, j, k, true);
    if (s == PEL_OK)
        s = number(out);
    if (s != PEL_OK)
        pel__runs_free(out);
    return s;
}

void pel__runs_draw(pel__bits *bits, int64_t row, pel__run_of_row run, bool set)
{
    uint64_t *word = bits->word + row * bits->words;
    int64_t from = run.first >> 6, to = run.last >> 6;
    for (int64_t w = from; w <= to; w++) {
        uint64_t part = ~UINT64_C(0);
        if (w == from)
            part &= ~UINT64_C(0) << (run.first & 63);
        if (w == to)
            part &= ~UINT64_C(0) >> (63 - (run.last & 63));
        word[w] = set ? word[w] | part : word[w] & ~part;
    }
}
