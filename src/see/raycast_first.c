/* SPDX-License-Identifier: Apache-2.0 */
/* raycast_first.c: where a ray first meets a level: cell by cell (Amanatides and Woo 1987), by the
 * exact root of the cubic that trilinear interpolation is along a ray (Parker et al. 1998). */
#include "see/raycast_first.h"

#include <math.h>
#include <string.h>

#include "see/raycast_shade.h"

/* ---- one cell ---- */

// the interpolated value along p + s*d in a cell of these corners, as a polynomial of s
static void set_cubic(double out[4], const double c[8], const double p[3], const double d[3])
{
    // c0 + cx x + cy y + cz z + cxy xy + cyz yz + cxz xz + cxyz xyz
    double cx = c[1] - c[0], cy = c[2] - c[0], cz = c[4] - c[0];
    double cxy = c[3] - c[2] - c[1] + c[0], cyz = c[6] - c[4] - c[2] + c[0];
    double cxz = c[5] - c[4] - c[1] + c[0];
    double cxyz = c[7] - c[6] - c[5] - c[3] + c[1] + c[2] + c[4] - c[0];
    double x = p[0], y = p[1], z = p[2], u = d[0], v = d[1], w = d[2];
    out[0] = c[0] + cx * x + cy * y + cz * z + cxy * x * y + cyz * y * z + cxz * x * z +
             cxyz * x * y * z;
    out[1] = cx * u + cy * v + cz * w + cxy * (x * v + y * u) + cyz * (y * w + z * v) +
             cxz * (x * w + z * u) + cxyz * (x * y * w + x * z * v + y * z * u);
    out[2] = cxy * u * v + cyz * v * w + cxz * u * w + cxyz * (x * v * w + y * u * w + z * u * v);
    out[3] = cxyz * u * v * w;
}

static double value_of(const double k[4], double s)
{
    return ((k[3] * s + k[2]) * s + k[1]) * s + k[0];
}

// where between lo, below zero, and hi, not below it, a monotone piece passes zero
static double bisect(const double k[4], double lo, double hi)
{
    for (int i = 0; i < 60; i++) {
        double middle = 0.5 * (lo + hi);
        if (value_of(k, middle) < 0)
            lo = middle;
        else
            hi = middle;
    }
    return hi;
}

// the first s within 0 to length where the cubic is not below zero; its extrema part it into
// monotone pieces (Marmitt et al. 2004)
static bool first_root(double *out, const double k[4], double length)
{
    double stop[4] = { 0 }, a = 3 * k[3], b = k[2], c = k[1], root[2];
    int count = 1;
    *out = 0;
    if (k[0] >= 0)
        return true;
    double square = b * b - a * c;
    if (square > 0) {
        double q = -(b + copysign(sqrt(square), b));
        root[0] = fmin(q / a, c / q);
        root[1] = fmax(q / a, c / q);
        for (int i = 0; i < 2; i++)
            if (root[i] > 0 && root[i] < length)
                stop[count++] = root[i];
    }
    stop[count] = length;
    for (int i = 0; i < count; i++)
        if (value_of(k, stop[i + 1]) >= 0) {
            *out = bisect(k, stop[i], stop[i + 1]);
            return true;
        }
    return false;
}

/* ---- cells along a ray ---- */

/* where a ray is: in the cell of voxel `ijk`, at `at` steps */
typedef struct place {
    const pel__body *body;
    const pel__ray *ray;
    double shift; /* of a position, so that whole numbers bound cells: half a voxel for labels */
    int64_t ijk[3];
    double at;
} place;

static double position(const place *p, int a)
{
    return p->ray->origin[a] + p->at * p->ray->step[a] + p->shift;
}

static int64_t within(double position, int64_t lo, int64_t hi)
{
    double i = floor(position);
    return i < (double)lo ? lo : i > (double)hi ? hi : (int64_t)i;
}

static int64_t lowest(const place *p)
{
    return p->shift > 0 ? 0 : -1;
}

static void start(place *p, double at)
{
    p->at = at;
    for (int a = 0; a < 3; a++)
        p->ijk[a] = within(position(p, a), lowest(p), p->body->field.dims[a] - 1);
}

// on to where the ray leaves the cells from lo to hi; false where the volume ends
static bool leave(place *p, const int64_t lo[3], const int64_t hi[3])
{
    double least = INFINITY;
    int through = 0;
    for (int a = 0; a < 3; a++) {
        double step = p->ray->step[a];
        if (step == 0)
            continue;
        double edge = (double)(step > 0 ? hi[a] + 1 : lo[a]);
        double at = (edge - p->shift - p->ray->origin[a]) / step;
        if (at < least) {
            least = at;
            through = a;
        }
    }
    if (!(least < INFINITY))
        return false;
    p->at = fmax(p->at, least);
    for (int a = 0; a < 3; a++)
        p->ijk[a] = a != through          ? within(position(p, a), lo[a], hi[a])
                    : p->ray->step[a] > 0 ? hi[a] + 1
                                          : lo[a] - 1;
    return p->ijk[through] >= lowest(p) && p->ijk[through] < p->body->field.dims[through];
}

static bool leave_cells(place *p)
{
    int64_t lo[3], hi[3];
    for (int a = 0; a < 3; a++) {
        int64_t cell = (p->ijk[a] > 0 ? p->ijk[a] : 0) >> PEL__CELL_BITS;
        lo[a] = cell ? cell << PEL__CELL_BITS : -1;
        hi[a] = ((cell + 1) << PEL__CELL_BITS) - 1;
    }
    return leave(p, lo, hi);
}

static bool is_hopeless(const pel__body *body, int64_t cell)
{
    const pel__field *f = &body->field;
    if (body->transfer.labels)
        return !(f->cell_hi[cell] > 0 || f->cell_lo[cell] < 0);
    return !((double)f->cell_hi[cell] >= body->level);
}

// does the ray meet the level before it leaves this cell, or the run? `at` becomes where
static bool meets(place *p, double end)
{
    const pel__field *f = &p->body->field;
    const char *voxel = pel__field_at(f, p->ijk);
    float row[2];
    double corner[8], from[3], root, most = -INFINITY;
    if (p->shift > 0) {
        pel__field_row(row, f, voxel, 0, 1);
        return row[0] != 0 && !isnan(row[0]);
    }
    for (int r = 0; r < 4; r++) {
        pel__field_row(row, f, voxel, (r & 1 ? f->row : 0) + (r & 2 ? f->plane : 0), 2);
        for (int c = 0; c < 2; c++) {
            corner[2 * r + c] = (double)row[c] - p->body->level;
            if (isnan(row[c]))
                return false;
            most = fmax(most, corner[2 * r + c]);
        }
    }
    if (most < 0)
        return false;
    for (int a = 0; a < 3; a++)
        from[a] = position(p, a) - (double)p->ijk[a];
    place next = *p;
    leave(&next, p->ijk, p->ijk);
    double cubic[4];
    set_cubic(cubic, corner, from, p->ray->step);
    if (!first_root(&root, cubic, fmin(next.at, end) - p->at))
        return false;
    p->at += root;
    return true;
}

static void set_face(pel__hit *hit, const pel__body *body, const pel__ray *ray, const pel__run *run)
{
    const float normal[3] = { (float)run->face[0], (float)run->face[1], (float)run->face[2] };
    float face[3];
    pel__to_world(face, body, normal);
    float length = sqrtf(pel__dot3(face, face));
    if (!(length > 0))
        return;
    float along = 0;
    for (int a = 0; a < 3; a++)
        along += face[a] * ray->light.to_light[a];
    hit->facing = 0.5f + 0.5f * fabsf(along) / length;
    hit->is_face = true;
    const double toward[3] = { ray->direction.x, ray->direction.y, ray->direction.z };
    double side = 0;
    for (int a = 0; a < 3; a++)
        side += (double)face[a] * toward[a];
    // of a surface that is seen the normal looks back
    for (int a = 0; a < 3; a++)
        hit->normal[a] = (side > 0 ? -face[a] : face[a]) / length;
    hit->has_normal = true;
}

static bool first_in_run(pel__hit *out, const pel__body *body, const pel__ray *ray,
                         const pel__run *run)
{
    place p = { .body = body, .ray = ray, .shift = body->transfer.labels ? 0.5 : 0 };
    start(&p, run->lo);
    for (bool inside = true; inside && p.at <= run->hi;) {
        out->cells++;
        if (is_hopeless(body, pel__field_cell(&body->field, p.ijk)))
            inside = leave_cells(&p);
        else if (meets(&p, run->hi)) {
            out->at = p.at;
            memcpy(out->ijk, p.ijk, sizeof p.ijk);
            if (p.at == run->lo)
                set_face(out, body, ray, run);
            return true;
        } else
            inside = leave(&p, p.ijk, p.ijk);
    }
    return false;
}

/* ---- what is there ---- */

static void set_spot(pel__spot *out, const pel__body *body, const pel__ray *ray, double at)
{
    float p[3];
    for (int a = 0; a < 3; a++)
        p[a] = (float)(ray->origin[a] + at * ray->step[a] + PEL__PAD);
    pel__locate(out, &body->field, p);
}

static bool set_normal(float out[3], const float g[3])
{
    float magnitude = sqrtf(pel__dot3(g, g));
    if (!(magnitude > 0))
        return false;
    for (int i = 0; i < 3; i++)
        out[i] = -g[i] / magnitude;
    return true;
}

bool pel__normal_at(float out[3], const pel__body *body, const pel__ray *ray, double at)
{
    pel__spot spot;
    float g[3];
    set_spot(&spot, body, ray, at);
    if (body->transfer.labels)
        pel__mask_gradient(g, body, &spot, pel__nearest(&body->field, &spot));
    else
        pel__gradient(g, body, &spot);
    return set_normal(out, g);
}

// on the face of a voxel the label is not what lies nearest, but the voxel's
static bool label_normal(pel__hit *hit, const pel__body *body, const pel__ray *ray)
{
    pel__spot spot;
    float g[3], label;
    set_spot(&spot, body, ray, hit->at);
    pel__field_row(&label, &body->field, pel__field_at(&body->field, hit->ijk), 0, 1);
    pel__mask_gradient(g, body, &spot, label);
    return set_normal(hit->normal, g);
}

bool pel__first(pel__hit *out, const pel__body *body, const pel__ray *ray)
{
    *out = (pel__hit){ .at = INFINITY };
    for (int r = 1; r < ray->runs; r++)
        if (first_in_run(out, body, ray, &ray->run[r]))
            break;
    if (out->at < INFINITY && !out->has_normal)
        out->has_normal = body->transfer.labels ? label_normal(out, body, ray)
                                                : pel__normal_at(out->normal, body, ray, out->at);
    return out->at < INFINITY;
}

float pel__value_at(const pel__body *body, const pel__ray *ray, double at)
{
    pel__spot spot;
    for (int r = 1; r < ray->runs; r++)
        if (ray->run[r].lo <= at && at <= ray->run[r].hi) {
            set_spot(&spot, body, ray, at);
            return body->transfer.labels ? pel__nearest(&body->field, &spot)
                                         : pel__trilinear(&body->field, &spot);
        }
    return NAN;
}

float pel__hit_value(const pel__body *body, const pel__ray *ray, const pel__hit *hit)
{
    float label;
    if (body->transfer.labels) {
        pel__field_row(&label, &body->field, pel__field_at(&body->field, hit->ijk), 0, 1);
        return label;
    }
    return hit->is_face ? pel__value_at(body, ray, hit->at) : (float)body->level;
}

// samples a step apart, or nearer, both ends among them; a mean by trapezoids
float pel__band(const pel_scene *scene, const pel__body *body, const pel__ray *ray, double at,
                int64_t *samples)
{
    double from = at + scene->band_mm[0] / scene->step_mm;
    double length = (scene->band_mm[1] - scene->band_mm[0]) / scene->step_mm;
    int64_t count = (int64_t)ceil(length);
    double least = INFINITY, most = -INFINITY, sum = 0, weight = 0;
    for (int64_t i = 0; i <= count; i++) {
        double t = from + (count ? length * (double)i / (double)count : 0);
        double value = (double)pel__value_at(body, ray, t), share = i && i < count ? 1 : 0.5;
        (*samples)++;
        if (isnan(value))
            continue;
        least = fmin(least, value);
        most = fmax(most, value);
        sum += share * value;
        weight += share;
    }
    if (!(weight > 0))
        return NAN;
    return (float)(scene->params.stat == PEL_STAT_MIN   ? least
                   : scene->params.stat == PEL_STAT_MAX ? most
                                                        : sum / weight);
}
