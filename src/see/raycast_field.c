/* SPDX-License-Identifier: Apache-2.0 */
/* raycast_field.c: a volume as padded float32, and the range of values in each of its cells. */
#include <math.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "see/raycast.h"
#include "volume/volume.h"

enum { CELL = 1 << PEL__CELL_BITS };

typedef struct filling {
    pel__field *field;
    const pel_volume *volume;
    double slope, inter;
} filling;

static int64_t clamped(int64_t i, int64_t n)
{
    return i < 0 ? 0 : i < n ? i : n - 1;
}

// one row of voxels as values; `stored` is where channel 0 of its first voxel lies
static void fill_row(float *out, const filling *f, const char *stored)
{
    const pel_volume *v = f->volume;
    int64_t n = v->dims[0], channels = pel__volume_channels(v), size = pel_dtype_bytes(v->dtype);
    float *inner = out + PEL__PAD;
    if (channels == 1)
        pel_values_from_stored(inner, stored, v->dtype, n, f->slope, f->inter);
    else
        for (int64_t i = 0; i < n; i++)
            pel_values_from_stored(inner + i, stored + i * channels * size, v->dtype, 1, f->slope,
                                   f->inter);
    for (int i = 0; i < PEL__PAD; i++) {
        out[i] = inner[0];
        inner[n + i] = inner[n - 1];
    }
}

static pel_status fill_plane(void *user, int64_t z)
{
    const filling *f = user;
    pel__field *field = f->field;
    const int64_t *n = f->volume->dims;
    int64_t k = clamped(z - PEL__PAD, n[2]);
    int64_t row_bytes = n[0] * pel__volume_channels(f->volume) * pel_dtype_bytes(f->volume->dtype);
    for (int64_t y = 0; y < field->dims[1]; y++) {
        int64_t j = clamped(y - PEL__PAD, n[1]);
        const char *stored = (const char *)f->volume->data + (k * n[1] + j) * row_bytes;
        fill_row(field->value + z * field->plane + y * field->row, f, stored);
    }
    return PEL_OK;
}

static void range_of_row(float *lo, float *hi, const float *row, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        // written so that NaN falls through both
        if (row[i] < *lo)
            *lo = row[i];
        if (row[i] > *hi)
            *hi = row[i];
    }
}

// a ring of a voxel around the cell counts as its own, so that rounding in a skip cannot matter
static pel_status measure_cells(void *user, int64_t cz)
{
    pel__field *f = user;
    int64_t from[3], to[3];
    for (int64_t c = 0; c < f->cells[0] * f->cells[1]; c++) {
        const int64_t cell[3] = { c % f->cells[0], c / f->cells[0], cz };
        for (int a = 0; a < 3; a++) {
            from[a] = clamped(cell[a] * CELL - 1, f->dims[a]);
            to[a] = clamped(cell[a] * CELL + CELL + 1, f->dims[a]);
        }
        float lo = INFINITY, hi = -INFINITY;
        for (int64_t z = from[2]; z <= to[2]; z++)
            for (int64_t y = from[1]; y <= to[1]; y++)
                range_of_row(&lo, &hi, f->value + z * f->plane + y * f->row + from[0],
                             to[0] - from[0] + 1);
        int64_t at = cz * f->cells[0] * f->cells[1] + c;
        f->cell_lo[at] = lo;
        f->cell_hi[at] = hi;
    }
    return PEL_OK;
}

static void set_shape(pel__field *field, const int64_t dims[3])
{
    for (int a = 0; a < 3; a++) {
        field->dims[a] = dims[a] + 2 * PEL__PAD;
        field->cells[a] = (field->dims[a] + CELL - 1) / CELL;
    }
    field->row = field->dims[0];
    field->plane = field->dims[0] * field->dims[1];
}

static int64_t cell_count(const pel__field *field)
{
    return field->cells[0] * field->cells[1] * field->cells[2];
}

int64_t pel__field_bytes(const int64_t dims[3])
{
    pel__field f;
    set_shape(&f, dims);
    return f.plane * f.dims[2] * (int64_t)sizeof(float) +
           cell_count(&f) * (int64_t)(2 * sizeof(float) + 1);
}

pel_status pel__field_new(pel__field *out, const pel_volume *volume)
{
    *out = (pel__field){ .lo = INFINITY, .hi = -INFINITY };
    set_shape(out, volume->dims);
    filling f = { out, volume, 1, 0 };
    pel__volume_scale(volume, &f.slope, &f.inter);
    pel_status s = pel__alloc(&out->value, out->plane * out->dims[2], sizeof(float), "the values");
    if (s == PEL_OK)
        s = pel__alloc(&out->cell_lo, cell_count(out), sizeof(float), "the cells");
    if (s == PEL_OK)
        s = pel__alloc(&out->cell_hi, cell_count(out), sizeof(float), "the cells");
    if (s == PEL_OK)
        s = pel__parallel(out->dims[2], fill_plane, &f, "preparing");
    if (s == PEL_OK)
        s = pel__parallel(out->cells[2], measure_cells, out, "preparing");
    if (s != PEL_OK) {
        pel__field_free(out);
        return s;
    }
    for (int64_t c = 0; c < cell_count(out); c++)
        if (out->cell_lo[c] <= out->cell_hi[c]) {
            out->lo = fminf(out->lo, out->cell_lo[c]);
            out->hi = fmaxf(out->hi, out->cell_hi[c]);
            // interpolation may round past the ends by a few last bits
            float slack = 2e-6f * fmaxf(fabsf(out->cell_lo[c]), fabsf(out->cell_hi[c]));
            out->cell_lo[c] -= slack;
            out->cell_hi[c] += slack;
        }
    return PEL_OK;
}

void pel__field_free(pel__field *field)
{
    pel__free(field->value);
    pel__free(field->cell_lo);
    pel__free(field->cell_hi);
    *field = (pel__field){ 0 };
}
