/* SPDX-License-Identifier: Apache-2.0 */
/* bias.c: uneven brightness found and taken out: N4 (Tustison et al. 2010). */
#include <math.h>
#include <string.h>

#include <pellucid/transform.h>

#include "base/exact.h"
#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "volume/volume.h"

enum {
    BINS = 200,   /* of log values */
    CIRCLE = 512, /* bins of the deconvolution, empty ones beside */
    MOST_KNOTS = 67,
    MOST_LEVELS = 6,
};

static const double WIDTH = 0.15;   /* full width at half maximum of the field, in log values */
static const double WIENER = 0.01;  /* noise of the deconvolution */
static const double SETTLED = 1e-3; /* scatter of a step that ends a level */

static const pel_param table[] = {
    PEL_INTEGER(pel_bias_params, levels, "4", 1, MOST_LEVELS, NULL,
                "how fine the field may be: 1 is one cubic piece, each further level halves it"),
    PEL_INTEGER(pel_bias_params, iterations, "50", 1, 1000, NULL, "at most, per level"),
    PEL_NUMBER(pel_bias_params, grid, "4", 0.1, 100, "mm",
               "from one voxel that the field is fitted to, to the next"),
};
static int64_t plan(const void *params, const pel_volume *shape);
const pel_schema pel_bias_schema = { .name = "bias",
                                     .summary = "uneven brightness taken out (N4)",
                                     .params_size = sizeof(pel_bias_params),
                                     .params = table,
                                     .count = (int)(sizeof table / sizeof *table),
                                     .plan = plan };

pel_bias_params pel_bias_defaults(void)
{
    pel_bias_params params;
    pel_schema_defaults(&pel_bias_schema, &params);
    return params;
}

/* cubic pieces along one axis at all of its places */
typedef struct basis {
    int64_t count, knots;
    int32_t *first;    // knot that the first of four weights belongs to
    double (*part)[4]; // weights
    double *square;    // the sum of their squares
} basis;

typedef struct fitting {
    const pel_bias_params *params;
    const pel_volume *in;
    const uint8_t *inside; // of the input; NULL: everywhere
    double slope, inter, least;
    int64_t dims[3], fold[3]; // of the coarse grid; voxels of which one is picked
    double *value;            // log, NaN: not known
    double *field;            // log
    basis along[3];
    double *lattice[MOST_LEVELS];     // knots
    double *slice_sum;                // two planes of knots per slice
    double expected[BINS], low, step; // what a bin's values are without the field
    double *moved;                    // per slice: sums of the step, its squares, voxels
    pel_volume *out, *field_out;
} fitting;

/* ---- pieces of cubics ---- */

static void basis_free(basis *b)
{
    pel__free(b->first);
    pel__free(b->part);
    pel__free(b->square);
    *b = (basis){ 0 };
}

// `fold` voxels of `whole` to a place; `pieces` cubics over all of them
static pel_status basis_new(basis *b, int64_t count, int64_t fold, int64_t whole, int64_t pieces)
{
    *b = (basis){ .count = count, .knots = pieces + 3 };
    pel_status s = pel__alloc(&b->first, count, sizeof *b->first, "splines");
    if (s == PEL_OK)
        s = pel__alloc(&b->part, count, sizeof *b->part, "splines");
    if (s == PEL_OK)
        s = pel__alloc(&b->square, count, sizeof *b->square, "splines");
    for (int64_t n = 0; s == PEL_OK && n < count; n++) {
        double way = ((double)(n * fold) + 0.5 * (double)fold) / (double)whole;
        double at = fmin(way, 1) * (double)pieces;
        int64_t piece = (int64_t)at < pieces ? (int64_t)at : pieces - 1;
        double t = at - (double)piece, u = 1 - t;
        double part[4] = { u * u * u / 6, (3 * t * t * t - 6 * t * t + 4) / 6,
                           (3 * u * u * u - 6 * u * u + 4) / 6, t * t * t / 6 };
        b->first[n] = (int32_t)piece;
        b->square[n] = 0;
        for (int p = 0; p < 4; p++) {
            b->part[n][p] = part[p];
            b->square[n] += part[p] * part[p];
        }
    }
    return s;
}

static int64_t plane_of(const fitting *f)
{
    return f->along[0].knots * f->along[1].knots;
}

static void bases_free(fitting *f)
{
    for (int a = 0; a < 3; a++)
        basis_free(&f->along[a]);
}

static pel_status bases_new(fitting *f, const int64_t dims[3], const int64_t fold[3], int level)
{
    pel_status s = PEL_OK;
    for (int a = 0; a < 3 && s == PEL_OK; a++) {
        int64_t pieces = f->in->dims[a] > 1 ? (int64_t)1 << level : 1;
        s = basis_new(&f->along[a], dims[a], fold[a], f->in->dims[a], pieces);
    }
    return s;
}

// the surface of one slice: knots along k are summed
static void knots_of_slice(double *plane, const fitting *f, const double *lattice, int64_t k)
{
    int64_t size = plane_of(f);
    const basis *b = &f->along[2];
    memset(plane, 0, (size_t)size * sizeof *plane);
    for (int p = 0; p < 4; p++)
        for (int64_t n = 0; n < size; n++)
            plane[n] += b->part[k][p] * lattice[(b->first[k] + p) * size + n];
}

// and of one row
static void knots_of_row(double *line, const fitting *f, const double *plane, int64_t j)
{
    int64_t wide = f->along[0].knots;
    const basis *b = &f->along[1];
    memset(line, 0, (size_t)wide * sizeof *line);
    for (int p = 0; p < 4; p++)
        for (int64_t n = 0; n < wide; n++)
            line[n] += b->part[j][p] * plane[(b->first[j] + p) * wide + n];
}

static double at_column(const fitting *f, const double *line, int64_t i)
{
    const double *part = f->along[0].part[i], *knot = line + f->along[0].first[i];
    return (part[0] * knot[0] + part[1] * knot[1]) + (part[2] * knot[2] + part[3] * knot[3]);
}

/* ---- the coarse grid ---- */

static int64_t middle(const fitting *f, int axis, int64_t place)
{
    int64_t at = place * f->fold[axis] + f->fold[axis] / 2;
    return at < f->in->dims[axis] ? at : f->in->dims[axis] - 1;
}

// log values of the voxels in the middle: means of several would blur what the histogram shows
static pel_status pick_slice(void *user, int64_t k)
{
    const fitting *f = user;
    int64_t wide = f->in->dims[0], size = wide * f->in->dims[1], from = middle(f, 2, k) * size;
    double *to = f->value + k * f->dims[0] * f->dims[1];
    float *value;
    pel_status s = pel__alloc(&value, size, sizeof *value, "a slice");
    if (s != PEL_OK)
        return s;
    pel_values_from_stored(
        value, (const char *)f->in->data + from * (int64_t)pel_dtype_bytes(f->in->dtype),
        f->in->dtype, size, f->slope, f->inter);
    for (int64_t j = 0; j < f->dims[1]; j++)
        for (int64_t i = 0; i < f->dims[0]; i++) {
            int64_t at = middle(f, 1, j) * wide + middle(f, 0, i);
            bool good = (double)value[at] > f->least && isfinite(value[at]) &&
                        (!f->inside || f->inside[from + at]);
            to[j * f->dims[0] + i] = good ? pel__log((double)value[at]) : NAN;
        }
    pel__free(value);
    return s;
}

static int64_t places(const fitting *f)
{
    return f->dims[0] * f->dims[1] * f->dims[2];
}

/* ---- values without the field: the histogram sharpened (Sled 1998) ---- */

static void count_values(double histogram[CIRCLE], const fitting *f)
{
    memset(histogram, 0, CIRCLE * sizeof *histogram);
    for (int64_t n = 0; n < places(f); n++) {
        if (isnan(f->value[n]))
            continue;
        double at = (f->value[n] - f->field[n] - f->low) / f->step;
        int bin = at < 0 ? 0 : at >= BINS - 1 ? BINS - 2 : (int)at;
        histogram[bin] += 1 - (at - bin);
        histogram[bin + 1] += at - bin;
    }
}

// sums with a kernel that is alike on both sides, bins going on in a circle
static void convolve(double out[CIRCLE], const double in[CIRCLE], const double kernel[CIRCLE])
{
    memset(out, 0, CIRCLE * sizeof *out);
    for (int from = 0; from < CIRCLE; from++)
        for (int n = 0; in[from] != 0 && n < CIRCLE; n++)
            out[n] += in[from] * kernel[(n - from) & (CIRCLE - 1)];
}

// of a kernel that is alike on both sides
static void transform(double out[CIRCLE], const double in[CIRCLE], const double cosine[CIRCLE])
{
    for (int k = 0; k < CIRCLE; k++) {
        out[k] = 0;
        for (int n = 0; n < CIRCLE; n++)
            out[k] += in[n] * cosine[k * n & (CIRCLE - 1)];
    }
}

// a Gaussian as wide as the field spreads values, and what undoes it (Wiener)
static void set_kernels(double bell[CIRCLE], double undo[CIRCLE], double step)
{
    double cosine[CIRCLE], wave[CIRCLE], sharp = 4 * pel__log(2) * (step / WIDTH) * (step / WIDTH);
    double high = 2 * sqrt(pel__log(2) / PEL_PI) * step / WIDTH;
    for (int n = 0; n < CIRCLE; n++) {
        double far = n <= CIRCLE / 2 ? n : CIRCLE - n;
        bell[n] = high * pel__exp(-far * far * sharp);
        cosine[n] = pel__cos_degrees(360.0 * n / CIRCLE);
    }
    transform(wave, bell, cosine);
    for (int n = 0; n < CIRCLE; n++)
        wave[n] = wave[n] / (wave[n] * wave[n] + WIENER) / CIRCLE;
    transform(undo, wave, cosine);
}

static void sharpen(fitting *f)
{
    double seen[CIRCLE], bell[CIRCLE], undo[CIRCLE], true_ones[CIRCLE], weight[CIRCLE];
    double lo = INFINITY, hi = -INFINITY;
    for (int64_t n = 0; n < places(f); n++)
        if (!isnan(f->value[n])) {
            lo = fmin(lo, f->value[n] - f->field[n]);
            hi = fmax(hi, f->value[n] - f->field[n]);
        }
    f->low = lo;
    f->step = fmax((hi - lo) / (BINS - 1), 1e-12);
    count_values(seen, f);
    set_kernels(bell, undo, f->step);
    convolve(true_ones, seen, undo);
    for (int n = 0; n < CIRCLE; n++) {
        true_ones[n] = fmax(true_ones[n], 0);
        // bins beyond the last lie before the first
        weight[n] = true_ones[n] * (n < (CIRCLE + BINS) / 2 ? n : n - CIRCLE);
    }
    double above[CIRCLE], below[CIRCLE];
    convolve(above, weight, bell);
    convolve(below, true_ones, bell);
    for (int n = 0; n < BINS; n++)
        f->expected[n] = below[n] > 0 ? lo + f->step * above[n] / below[n] : lo + f->step * n;
}

// of a log value that the field was taken from
static double expected_of(const fitting *f, double value)
{
    double at = (value - f->low) / f->step;
    int bin = at < 0 ? 0 : at >= BINS - 1 ? BINS - 2 : (int)at;
    return f->expected[bin] + (at - bin) * (f->expected[bin + 1] - f->expected[bin]);
}

/* ---- splines to scattered values (Lee, Wolberg, Shin 1997), axis by axis ---- */

static void add_row(double *up, double *down, const fitting *f, int64_t row)
{
    const basis *b = &f->along[0];
    const double *value = f->value + row * f->dims[0], *field = f->field + row * f->dims[0];
    for (int64_t i = 0; i < f->dims[0]; i++) {
        if (isnan(value[i]))
            continue;
        double clean = value[i] - field[i];
        double rest = (clean - expected_of(f, clean)) / b->square[i];
        for (int p = 0; p < 4; p++) {
            double part = b->part[i][p], square = part * part;
            up[b->first[i] + p] += square * part * rest;
            down[b->first[i] + p] += square;
        }
    }
}

// adds sums of knots along the next axis
static void add_knots(double *up, double *down, const double *from_up, const double *from_down,
                      const basis *b, int64_t n, int64_t size)
{
    for (int p = 0; p < 4; p++) {
        double part = b->part[n][p], square = part * part, cube = square * part / b->square[n];
        int64_t at = (b->first[n] + p) * size;
        for (int64_t c = 0; c < size; c++) {
            up[at + c] += cube * from_up[c];
            down[at + c] += square * from_down[c];
        }
    }
}

static pel_status fit_slice(void *user, int64_t k)
{
    const fitting *f = user;
    int64_t wide = f->along[0].knots, plane = plane_of(f);
    double *up = f->slice_sum + 2 * k * plane, line[2][MOST_KNOTS];
    memset(up, 0, (size_t)(2 * plane) * sizeof *up);
    for (int64_t j = 0; j < f->dims[1]; j++) {
        memset(line, 0, sizeof line);
        add_row(line[0], line[1], f, k * f->dims[1] + j);
        add_knots(up, up + plane, line[0], line[1], &f->along[1], j, wide);
    }
    return PEL_OK;
}

static pel_status fit(double *lattice, fitting *f)
{
    int64_t plane = plane_of(f), knots = plane * f->along[2].knots;
    double *up;
    pel_status s = pel__alloc_zero(&up, 2 * knots, sizeof *up, "splines");
    if (s == PEL_OK)
        s = pel__parallel(f->dims[2], fit_slice, f, NULL);
    for (int64_t k = 0; s == PEL_OK && k < f->dims[2]; k++)
        add_knots(up, up + knots, f->slice_sum + 2 * k * plane, f->slice_sum + (2 * k + 1) * plane,
                  &f->along[2], k, plane);
    for (int64_t n = 0; s == PEL_OK && n < knots; n++)
        lattice[n] = up[knots + n] > 1e-12 ? up[n] / up[knots + n] : 0;
    pel__free(up);
    return s;
}

/* ---- from level to level ---- */

typedef struct step {
    fitting *f;
    const double *lattice;
} step;

static pel_status add_slice(void *user, int64_t k)
{
    const step *w = user;
    const fitting *f = w->f;
    double *plane, line[MOST_KNOTS], *moved = f->moved + 3 * k;
    pel_status s = pel__alloc(&plane, plane_of(f), sizeof *plane, "splines");
    moved[0] = moved[1] = moved[2] = 0;
    if (s != PEL_OK)
        return s;
    knots_of_slice(plane, f, w->lattice, k);
    for (int64_t j = 0; j < f->dims[1]; j++) {
        knots_of_row(line, f, plane, j);
        int64_t row = (k * f->dims[1] + j) * f->dims[0];
        for (int64_t i = 0; i < f->dims[0]; i++) {
            double by = at_column(f, line, i);
            f->field[row + i] += by;
            if (!isnan(f->value[row + i])) {
                moved[0] += by;
                moved[1] += by * by;
                moved[2]++;
            }
        }
    }
    pel__free(plane);
    return s;
}

// how much the field's step varies, as a share of brightness
static double scatter(const fitting *f)
{
    double sum = 0, square = 0, count = 0;
    for (int64_t k = 0; k < f->dims[2]; k++) {
        sum += f->moved[3 * k];
        square += f->moved[3 * k + 1];
        count += f->moved[3 * k + 2];
    }
    double mean = sum / count;
    return sqrt(fmax(square / count - mean * mean, 0));
}

static pel_status one_level(fitting *f, int level)
{
    pel_status s = bases_new(f, f->dims, f->fold, level);
    int64_t knots = plane_of(f) * f->along[2].knots;
    double *lattice = NULL;
    if (s == PEL_OK)
        s = pel__alloc_zero(&f->lattice[level], knots, sizeof *lattice, "splines");
    if (s == PEL_OK)
        s = pel__alloc(&lattice, knots, sizeof *lattice, "splines");
    if (s == PEL_OK)
        s = pel__alloc(&f->slice_sum, 2 * f->dims[2] * plane_of(f), sizeof *lattice, "splines");
    bool settled = false;
    for (int64_t n = 0; s == PEL_OK && !settled && n < f->params->iterations; n++) {
        sharpen(f);
        s = fit(lattice, f);
        step w = { f, lattice };
        if (s == PEL_OK)
            s = pel__parallel(f->dims[2], add_slice, &w, NULL);
        for (int64_t c = 0; s == PEL_OK && c < knots; c++)
            f->lattice[level][c] += lattice[c];
        settled = s == PEL_OK && scatter(f) < SETTLED;
        if (s == PEL_OK)
            s = pel__cancelled();
    }
    pel__free(lattice);
    pel__free(f->slice_sum);
    f->slice_sum = NULL;
    bases_free(f);
    return s;
}

// brightness stays as it is on average
static double mean_of(const fitting *f)
{
    double sum = 0, count = 0;
    for (int64_t n = 0; n < places(f); n++)
        if (!isnan(f->value[n])) {
            sum += f->field[n];
            count++;
        }
    return sum / count;
}

/* ---- the field at every voxel ---- */

typedef struct spreading {
    fitting *f; // bases of the volume's own grid
    int level;
    float *field; // log, all levels up to this one
} spreading;

static pel_status spread_slice(void *user, int64_t k)
{
    const spreading *w = user;
    const fitting *f = w->f;
    const int64_t *n = f->in->dims;
    double *plane, line[MOST_KNOTS];
    pel_status s = pel__alloc(&plane, plane_of(f), sizeof *plane, "splines");
    if (s != PEL_OK)
        return s;
    knots_of_slice(plane, f, f->lattice[w->level], k);
    for (int64_t j = 0; j < n[1]; j++) {
        float *to = w->field + (k * n[1] + j) * n[0];
        knots_of_row(line, f, plane, j);
        for (int64_t i = 0; i < n[0]; i++)
            to[i] += (float)at_column(f, line, i);
    }
    pel__free(plane);
    return s;
}

// what was log becomes what brightness is divided by; `out` is divided
static pel_status divide_slice(void *user, int64_t k)
{
    const fitting *f = user;
    int64_t size = f->in->dims[0] * f->in->dims[1];
    float *field = (float *)f->field_out->data + k * size, *to = (float *)f->out->data + k * size;
    pel_values_from_stored(
        to, (const char *)f->in->data + k * size * (int64_t)pel_dtype_bytes(f->in->dtype),
        f->in->dtype, size, f->slope, f->inter);
    for (int64_t n = 0; n < size; n++) {
        field[n] = (float)pel__exp((double)field[n]);
        to[n] /= field[n];
    }
    return PEL_OK;
}

static pel_status spread(fitting *f, double mean)
{
    static const int64_t one[3] = { 1, 1, 1 };
    pel_status s = pel_volume_like(f->field_out, f->in, PEL_FLOAT32);
    float *field = f->field_out->data;
    for (int64_t n = 0; s == PEL_OK && n < pel_volume_count(f->in); n++)
        field[n] = (float)-mean;
    for (int level = 0; s == PEL_OK && level < f->params->levels; level++) {
        s = bases_new(f, f->in->dims, one, level);
        spreading w = { f, level, field };
        if (s == PEL_OK)
            s = pel__parallel(f->in->dims[2], spread_slice, &w, NULL);
        bases_free(f);
    }
    if (s == PEL_OK)
        s = pel_volume_like(f->out, f->in, PEL_FLOAT32);
    return s == PEL_OK ? pel__parallel(f->in->dims[2], divide_slice, f, NULL) : s;
}

/* ---- all of it ---- */

// of how many voxels one is picked along each axis
static void set_folds(int64_t fold[3], int64_t dims[3], const pel_volume *in, double grid_mm)
{
    pel_vec3 mm = pel_volume_spacing_mm(in);
    const double edge[3] = { mm.x, mm.y, mm.z };
    for (int a = 0; a < 3; a++) {
        double by = edge[a] > 0 ? floor(grid_mm / edge[a] + 0.5) : 1;
        fold[a] = (int64_t)fmin(fmax(by, 1), fmax((double)(in->dims[a] / 8), 1));
        dims[a] = (in->dims[a] + fold[a] - 1) / fold[a];
    }
}

static pel_status find_field(fitting *f)
{
    int64_t known = 0;
    pel_status s = pel__alloc(&f->value, places(f), sizeof *f->value, "log values");
    if (s == PEL_OK)
        s = pel__alloc_zero(&f->field, places(f), sizeof *f->field, "a field");
    if (s == PEL_OK)
        s = pel__alloc(&f->moved, 3 * f->dims[2], sizeof *f->moved, "a field");
    if (s == PEL_OK)
        s = pel__parallel(f->dims[2], pick_slice, f, NULL);
    for (int64_t n = 0; s == PEL_OK && n < places(f); n++)
        known += !isnan(f->value[n]);
    if (s == PEL_OK && known < 100)
        s = pel__fail(PEL_EDATA, "has too few bright voxels to see uneven brightness in; check "
                                 "--within, or take a smaller --grid");
    for (int level = 0; s == PEL_OK && level < f->params->levels; level++)
        s = one_level(f, level);
    return s == PEL_OK ? spread(f, mean_of(f)) : s;
}

static pel_status check(const pel_volume *in, const pel_bias_params *params)
{
    pel_status s = pel_schema_check(&pel_bias_schema, params);
    if (s == PEL_OK)
        s = pel__volume_check_single(in, "a volume");
    return s;
}

pel_status pel_bias(pel_volume *out, pel_volume *field, const pel_volume *in,
                    const pel_volume *within, const pel_bias_params *params)
{
    pel_volume region = { 0 }, own = { 0 };
    *out = (pel_volume){ 0 };
    if (field)
        *field = (pel_volume){ 0 };
    pel_status s = check(in, params);
    fitting f = { .params = params, .in = in, .out = out, .field_out = field ? field : &own };
    if (s == PEL_OK && within)
        s = pel_mask_on_grid(&region, within, in);
    else if (s == PEL_OK)
        s = pel_otsu(&f.least, in, 2);
    if (s == PEL_OK) {
        f.least = within ? 0 : fmax(f.least, 0);
        f.inside = region.data;
        pel__volume_scale(in, &f.slope, &f.inter);
        set_folds(f.fold, f.dims, in, params->grid);
        s = find_field(&f);
    }
    for (int level = 0; level < MOST_LEVELS; level++)
        pel__free(f.lattice[level]);
    pel__free(f.value);
    pel__free(f.field);
    pel__free(f.moved);
    pel_volume_free(&region);
    pel_volume_free(&own);
    if (s != PEL_OK) {
        pel_volume_free(out);
        if (field)
            pel_volume_free(field);
    }
    return s;
}

// the field and the result, the region, the coarse grid, knots of slices
static int64_t plan(const void *params, const pel_volume *shape)
{
    const pel_bias_params *p = params;
    int64_t fold[3], dims[3], voxels = shape->dims[0] * shape->dims[1] * shape->dims[2];
    set_folds(fold, dims, shape, p->grid);
    int64_t coarse = 16 * dims[0] * dims[1] * dims[2], knots = ((int64_t)1 << p->levels) / 2 + 3;
    int64_t splines = 16 * knots * knots * (dims[2] + 2 * knots + pel__threads());
    int64_t slices = pel__threads() * 4 * shape->dims[0] * shape->dims[1];
    int64_t all = 0;
    for (int a = 0; a < 3; a++)
        all += 48 * shape->dims[a];
    return 8 * voxels + voxels + coarse + splines + slices + all + (2 << 20);
}
