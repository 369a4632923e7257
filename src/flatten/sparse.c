/* SPDX-License-Identifier: Apache-2.0 */
/* sparse.c: wraps CXSparse: fill-reducing order and Cholesky's factor; the solves are our own. */
#include "flatten/sparse.h"

#define NCOMPLEX
#include <suitesparse/cs.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/exact.h"
#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"

enum { FACTOR_ENTRY = 12 }; // bytes: a value and its row

struct pel__sparse {
    int32_t n;
    int nodes, freedoms, size; // size: unknowns of an element
    int64_t elements;
    cs_di upper;    // columns of the upper triangle, values filled anew each time
    int32_t *slot;  // per element and entry of its upper triangle: where it is added
    cs_dis *order;  // CXSparse's own
    cs_din *factor; // CXSparse's own
    double *work;   // two right-hand sides, permuted
};

// unknown number `at` of element e
static int32_t unknown(const int32_t *node, int nodes, int freedoms, int64_t e, int at)
{
    return node[nodes * e + at / freedoms] * freedoms + at % freedoms;
}

static int by_number(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static void sort_rows(int32_t *row, int64_t count)
{
    if (count > 32) {
        qsort(row, (size_t)count, sizeof *row, by_number);
        return;
    }
    for (int64_t i = 1; i < count; i++) {
        int32_t x = row[i];
        int64_t j = i;
        for (; j > 0 && row[j - 1] > x; j--)
            row[j] = row[j - 1];
        row[j] = x;
    }
}

// call for each entry of the upper triangle of each element
#define EACH_ENTRY(s, node, row, col, ...)                                                         \
    for (int64_t e = 0; e < (s)->elements; e++)                                                    \
        for (int a = 0; a < (s)->size; a++)                                                        \
            for (int b = a; b < (s)->size; b++) {                                                  \
                int32_t row = unknown(node, (s)->nodes, (s)->freedoms, e, a),                      \
                        col = unknown(node, (s)->nodes, (s)->freedoms, e, b);                      \
                if (row > col) {                                                                   \
                    int32_t other = row;                                                           \
                    row = col;                                                                     \
                    col = other;                                                                   \
                }                                                                                  \
                __VA_ARGS__                                                                        \
            }

// columns with each row once, from lists that hold it as often as elements name it
static int64_t unite(int32_t *start, int32_t *row, const int64_t *first, int32_t n)
{
    int64_t kept = 0;
    for (int32_t c = 0; c < n; c++) {
        int64_t from = first[c], to = first[c + 1];
        sort_rows(row + from, to - from);
        start[c] = (int32_t)kept;
        for (int64_t i = from; i < to; i++)
            if (i == from || row[i] != row[kept - 1])
                row[kept++] = row[i];
    }
    start[n] = (int32_t)kept;
    return kept;
}

static int32_t find_slot(const cs_di *a, int32_t row, int32_t col)
{
    int32_t lo = a->p[col], hi = a->p[col + 1] - 1;
    while (lo < hi) {
        int32_t middle = (lo + hi) / 2;
        if (a->i[middle] < row)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo;
}

static pel_status make_pattern(pel__sparse *s, const int32_t *node)
{
    int64_t *first = NULL, entries = s->elements * s->size * (s->size + 1) / 2, at = 0;
    pel_status status = pel__alloc_zero(&first, s->n + 2, sizeof *first, "a sparse system");
    if (status == PEL_OK)
        status = pel__alloc(&s->upper.p, s->n + 1, sizeof *s->upper.p, "a sparse system");
    if (status == PEL_OK)
        status = pel__alloc(&s->upper.i, entries, sizeof *s->upper.i, "a sparse system");
    if (status == PEL_OK)
        status = pel__alloc(&s->slot, entries, sizeof *s->slot, "a sparse system");
    if (status != PEL_OK) {
        pel__free(first);
        return status;
    }
    EACH_ENTRY(s, node, row, col, (void)row; first[col + 2]++;)
    for (int32_t c = 0; c < s->n; c++)
        first[c + 2] += first[c + 1];
    EACH_ENTRY(s, node, row, col, s->upper.i[first[col + 1]++] = row;)
    s->upper.nzmax = (int)unite(s->upper.p, s->upper.i, first, s->n);
    EACH_ENTRY(s, node, row, col, s->slot[at++] = find_slot(&s->upper, row, col);)
    pel__free(first);
    s->upper.m = s->upper.n = s->n;
    s->upper.nz = -1;
    return pel__alloc(&s->upper.x, s->upper.nzmax, sizeof *s->upper.x, "a sparse system");
}

// the library allocates by itself, so what it will take is asked for beforehand
static pel_status check_room(double lnz)
{
    double bytes = FACTOR_ENTRY * lnz, free = (double)(pel__memory_limit() - pel_memory_in_use());
    if (lnz > INT32_MAX || bytes > free)
        return pel__fail(PEL_EMEMORY,
                         "the factor of the sparse system takes %.0f MB; flatten a smaller patch, "
                         "reduce the mesh first, or allow more with --memory",
                         bytes / 1e6);
    return PEL_OK;
}

pel_status pel__sparse_new(pel__sparse **out, int64_t points, int freedoms, const int32_t *node,
                           int nodes, int64_t elements)
{
    pel__sparse *s = NULL;
    *out = NULL;
    if (points * freedoms > INT32_MAX / 2 || elements * nodes * freedoms > INT32_MAX / 8)
        return pel__fail(PEL_EUNSUPPORTED,
                         "%lld points are more than can be flattened; reduce "
                         "the mesh first",
                         (long long)points);
    pel_status status = pel__alloc_zero(&s, 1, sizeof *s, "a sparse system");
    if (status != PEL_OK)
        return status;
    s->n = (int32_t)(points * freedoms);
    s->nodes = nodes;
    s->freedoms = freedoms;
    s->size = nodes * freedoms;
    s->elements = elements;
    status = make_pattern(s, node);
    if (status == PEL_OK)
        status = pel__alloc(&s->work, 2 * (int64_t)s->n, sizeof *s->work, "a sparse system");
    if (status == PEL_OK && !(s->order = cs_di_schol(1, &s->upper)))
        status = pel__fail(PEL_EMEMORY, "no memory to order a sparse system of %d unknowns", s->n);
    if (status == PEL_OK)
        status = check_room(s->order->lnz);
    if (status == PEL_OK)
        *out = s;
    else
        pel__sparse_free(s);
    return status;
}

void pel__sparse_free(pel__sparse *s)
{
    if (!s)
        return;
    pel__free(s->upper.p);
    pel__free(s->upper.i);
    pel__free(s->upper.x);
    pel__free(s->slot);
    pel__free(s->work);
    cs_di_sfree(s->order);
    cs_di_nfree(s->factor);
    pel__free(s);
}

double pel__sparse_scale(const pel__sparse *s, const double *value)
{
    double sum = 0;
    for (int64_t e = 0; e < s->elements; e++)
        for (int a = 0; a < s->size; value += s->size - a++)
            sum += *value;
    return sum / s->n;
}

pel_status pel__sparse_factor(pel__sparse *s, const double *value, double shift)
{
    int64_t entries = s->elements * s->size * (s->size + 1) / 2;
    memset(s->upper.x, 0, (size_t)s->upper.nzmax * sizeof *s->upper.x);
    for (int64_t i = 0; i < entries; i++)
        s->upper.x[s->slot[i]] += value[i];
    for (int32_t c = 0; c < s->n; c++)
        s->upper.x[s->upper.p[c + 1] - 1] += shift;
    cs_di_nfree(s->factor);
    s->factor = cs_di_chol(&s->upper, s->order);
    return s->factor ? PEL_OK
                     : pel__fail(PEL_EDATA, "a sparse system has no Cholesky factor; the mesh may "
                                            "hold triangles without an area: clean it first");
}

// two columns of numbers at once cost little more than one: the factor is read once
static void solve_two(const cs_di *l, double *x)
{
    for (int j = 0; j < l->n; j++) {
        int p = l->p[j], end = l->p[j + 1];
        double a = x[2 * j] /= l->x[p], b = x[2 * j + 1] /= l->x[p];
        for (p++; p < end; p++) {
            x[2 * l->i[p]] -= l->x[p] * a;
            x[2 * l->i[p] + 1] -= l->x[p] * b;
        }
    }
    for (int j = l->n - 1; j >= 0; j--) {
        int p = l->p[j], end = l->p[j + 1];
        double a = x[2 * j], b = x[2 * j + 1], diagonal = l->x[p];
        for (p++; p < end; p++) {
            a -= l->x[p] * x[2 * l->i[p]];
            b -= l->x[p] * x[2 * l->i[p] + 1];
        }
        x[2 * j] = a / diagonal;
        x[2 * j + 1] = b / diagonal;
    }
}

pel_status pel__sparse_solve(const pel__sparse *s, double *x, int sides)
{
    const int *place = s->order->pinv;
    pel_status status = pel__cancelled();
    if (status != PEL_OK)
        return status;
    for (int32_t i = 0; i < s->n; i++)
        for (int c = 0; c < sides; c++)
            s->work[sides * place[i] + c] = x[sides * i + c];
    if (sides == 2)
        solve_two(s->factor->L, s->work);
    else {
        cs_di_lsolve(s->factor->L, s->work);
        cs_di_ltsolve(s->factor->L, s->work);
    }
    for (int32_t i = 0; i < s->n; i++)
        for (int c = 0; c < sides; c++)
            x[sides * i + c] = s->work[sides * place[i] + c];
    return PEL_OK;
}

int64_t pel__sparse_memory(int64_t points, int freedoms)
{
    // AMD on meshes of surfaces, closed ones the worst: 45 entries a point at 10000 points, and as
    // n^1.26
    double n = (double)points;
    double entries = 45 * n * pel__exp(0.26 * pel__log(fmax(n, 100) / 1e4)) * freedoms * freedoms;
    return (int64_t)(FACTOR_ENTRY * entries + 500 * n * freedoms);
}
