/* SPDX-License-Identifier: Apache-2.0 */
/* brain_balloon.c: a closed surface of triangles, and what it holds. */
#include "transform/brain.h"

#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"

/* ---- the sphere ---- */

int64_t pel__balloon_bytes(int parts)
{
    int64_t points = 10 * ((int64_t)1 << (2 * parts)) + 2;
    return points * (int64_t)(2 * sizeof(pel_vec3) + 6 * sizeof(int)) +
           2 * (points - 2) * (int64_t)(3 * sizeof(int));
}

static pel_status make_room(pel__balloon *out, int64_t points)
{
    *out = (pel__balloon){ .points = points, .faces = 2 * (points - 2) };
    pel_status s = pel__alloc_zero(&out->at, points, sizeof *out->at, "a surface");
    if (s == PEL_OK)
        s = pel__alloc_zero(&out->normal, points, sizeof *out->normal, "a surface");
    if (s == PEL_OK)
        s = pel__alloc_zero(&out->near, points, sizeof *out->near, "a surface");
    if (s == PEL_OK)
        s = pel__alloc_zero(&out->face, out->faces, sizeof *out->face, "a surface");
    if (s != PEL_OK)
        pel__balloon_free(out);
    return s;
}

void pel__balloon_free(pel__balloon *balloon)
{
    pel__free(balloon->at);
    pel__free(balloon->normal);
    pel__free(balloon->near);
    pel__free(balloon->face);
    *balloon = (pel__balloon){ 0 };
}

// each pair leads to the next around a point: in order
static int chain(int pair[6][2], int pairs, int out[6])
{
    int count = 0, at = pair[0][0];
    for (int n = 0; n < pairs; n++) {
        out[count++] = at;
        for (int p = 0; p < pairs; p++)
            if (pair[p][0] == at) {
                at = pair[p][1];
                break;
            }
    }
    return count;
}

// neighbours in order, from the faces
static pel_status find_neighbours(pel__balloon *b)
{
    typedef struct corner {
        int pair[6][2], pairs;
    } corner;
    corner *corners;
    pel_status s = pel__alloc_zero(&corners, b->points, sizeof *corners, "a surface");
    if (s != PEL_OK)
        return s;
    for (int64_t f = 0; f < b->faces; f++)
        for (int c = 0; c < 3; c++) {
            corner *k = &corners[b->face[f][c]];
            k->pair[k->pairs][0] = b->face[f][(c + 1) % 3];
            k->pair[k->pairs++][1] = b->face[f][(c + 2) % 3];
        }
    for (int64_t p = 0; p < b->points; p++) {
        b->near[p][5] = -1;
        chain(corners[p].pair, corners[p].pairs, b->near[p]);
    }
    pel__free(corners);
    return PEL_OK;
}

static pel_status icosahedron(pel__balloon *out)
{
    static const int faces[20][3] = {
        { 0, 11, 5 }, { 0, 5, 1 },  { 0, 1, 7 },   { 0, 7, 10 }, { 0, 10, 11 },
        { 1, 5, 9 },  { 5, 11, 4 }, { 11, 10, 2 }, { 10, 7, 6 }, { 7, 1, 8 },
        { 3, 9, 4 },  { 3, 4, 2 },  { 3, 2, 6 },   { 3, 6, 8 },  { 3, 8, 9 },
        { 4, 9, 5 },  { 2, 4, 11 }, { 6, 2, 10 },  { 8, 6, 7 },  { 9, 8, 1 },
    };
    const double t = 1.6180339887498949; // the golden ratio
    const pel_vec3 points[12] = { { -1, t, 0 }, { 1, t, 0 }, { -1, -t, 0 }, { 1, -t, 0 },
                                  { 0, -1, t }, { 0, 1, t }, { 0, -1, -t }, { 0, 1, -t },
                                  { t, 0, -1 }, { t, 0, 1 }, { -t, 0, -1 }, { -t, 0, 1 } };
    pel_status s = make_room(out, 12);
    if (s != PEL_OK)
        return s;
    memcpy(out->face, faces, sizeof faces);
    memcpy(out->at, points, sizeof points);
    return find_neighbours(out);
}

pel_status pel__balloon_refine(pel__balloon *balloon)
{
    pel__balloon old = *balloon, fine;
    pel_status s = make_room(&fine, 4 * old.points - 6);
    int(*middle)[6] = NULL; // of the edges to the neighbours
    if (s == PEL_OK)
        s = pel__alloc_zero(&middle, old.points, sizeof *middle, "a surface");
    if (s != PEL_OK) {
        pel__balloon_free(&fine);
        return s;
    }
    memcpy(fine.at, old.at, (size_t)old.points * sizeof *old.at);
    int count = (int)old.points;
    for (int p = 0; p < old.points; p++)
        for (int n = 0; n < 6; n++) {
            int q = old.near[p][n], back = 0;
            if (q < p)
                continue;
            while (old.near[q][back] != p)
                back++;
            fine.at[count] = pel__scale(pel__plus(old.at[p], old.at[q]), 0.5);
            middle[p][n] = middle[q][back] = count++;
        }
    for (int64_t f = 0; f < old.faces; f++) {
        int m[3];
        for (int c = 0; c < 3; c++) {
            int p = old.face[f][c], q = old.face[f][(c + 1) % 3], n = 0;
            while (old.near[p][n] != q)
                n++;
            m[c] = middle[p][n];
        }
        for (int c = 0; c < 3; c++)
            memcpy(fine.face[4 * f + c], (int[3]){ old.face[f][c], m[c], m[(c + 2) % 3] },
                   3 * sizeof(int));
        memcpy(fine.face[4 * f + 3], m, sizeof m);
    }
    pel__free(middle);
    s = find_neighbours(&fine);
    if (s != PEL_OK) {
        pel__balloon_free(&fine);
        return s;
    }
    pel__balloon_free(balloon);
    *balloon = fine;
    return PEL_OK;
}

pel_status pel__balloon_new(pel__balloon *out, int parts, pel_vec3 centre_mm, double radius_mm)
{
    pel_status s = icosahedron(out);
    for (int n = 0; n < parts && s == PEL_OK; n++)
        s = pel__balloon_refine(out);
    for (int64_t p = 0; p < out->points; p++)
        out->at[p] = pel__plus(centre_mm, pel__scale(pel__unit(out->at[p]), radius_mm));
    if (s == PEL_OK)
        pel__balloon_normals(out);
    else
        pel__balloon_free(out);
    return s;
}

void pel__balloon_normals(pel__balloon *b)
{
    memset(b->normal, 0, (size_t)b->points * sizeof *b->normal);
    for (int64_t f = 0; f < b->faces; f++) {
        const int *c = b->face[f];
        pel_vec3 n =
            pel__cross(pel__minus(b->at[c[1]], b->at[c[0]]), pel__minus(b->at[c[2]], b->at[c[0]]));
        for (int i = 0; i < 3; i++)
            b->normal[c[i]] = pel__plus(b->normal[c[i]], n);
    }
    for (int64_t p = 0; p < b->points; p++)
        b->normal[p] = pel__unit(b->normal[p]);
}

// of the places of its neighbours
static pel_vec3 mean_of_neighbours(const pel__balloon *b, int64_t p)
{
    pel_vec3 sum = { 0 };
    int n = 0;
    for (; n < 6 && b->near[p][n] >= 0; n++)
        sum = pel__plus(sum, b->at[b->near[p][n]]);
    return pel__scale(sum, 1.0 / n);
}

void pel__balloon_relax(pel__balloon *b, int times)
{
    for (int n = 0; n < times; n++)
        for (int64_t p = 0; p < b->points; p++)
            b->at[p] = pel__scale(pel__plus(b->at[p], mean_of_neighbours(b, p)), 0.5);
}

/* ---- what it holds ---- */

typedef struct filling {
    uint8_t *out; // counts of crossings while it is filled, as signed bytes
    const int64_t *n;
    const double *mm;
    const pel__balloon *balloon;
} filling;

// which side of the way from a to b the point lies on; the same bits both ways round
static double side_of(const double a[2], const double b[2], double y, double z)
{
    bool turned = a[0] > b[0] || (a[0] == b[0] && a[1] > b[1]);
    const double *p = turned ? b : a, *q = turned ? a : b;
    double side = (q[0] - p[0]) * (z - p[1]) - (q[1] - p[1]) * (y - p[0]);
    return turned ? -side : side;
}

// a byte holds a signed count
static void turn(uint8_t *count, int by)
{
    *count = (uint8_t)(*count + by);
}

// the rows of slice k that a face crosses: +1 where a row enters, -1 where it leaves
static void cross(const filling *f, const int corner[3], int64_t k)
{
    // rows lie a hair beside the voxels, so that no corner is ever met
    const double hair = 1.2345e-7;
    double z = ((double)k + hair) * f->mm[2], p[3][2], x[3], lo = INFINITY, hi = -INFINITY;
    for (int c = 0; c < 3; c++) {
        pel_vec3 at = f->balloon->at[corner[c]];
        p[c][0] = at.y;
        p[c][1] = at.z;
        x[c] = at.x;
        lo = at.y < lo ? at.y : lo;
        hi = at.y > hi ? at.y : hi;
    }
    int64_t first = (int64_t)ceil(lo / f->mm[1] - 1), last = (int64_t)floor(hi / f->mm[1]);
    first = first < 0 ? 0 : first;
    last = last < f->n[1] ? last : f->n[1] - 1;
    for (int64_t j = first; j <= last; j++) {
        double y = ((double)j + 1.618 * hair) * f->mm[1];
        double a = side_of(p[1], p[2], y, z), b = side_of(p[2], p[0], y, z),
               c = side_of(p[0], p[1], y, z);
        if (!((a > 0 && b > 0 && c > 0) || (a < 0 && b < 0 && c < 0)))
            continue;
        double at = (a * x[0] + b * x[1] + c * x[2]) / (a + b + c) / f->mm[0];
        int64_t i = at > 0 ? (int64_t)ceil(at) : 0;
        if (i < f->n[0])
            turn(&f->out[(k * f->n[1] + j) * f->n[0] + i], a > 0 ? -1 : 1);
    }
}

static pel_status fill_slice(void *user, int64_t k)
{
    const filling *f = user;
    const pel__balloon *b = f->balloon;
    uint8_t *slice = f->out + k * f->n[0] * f->n[1];
    memset(slice, 0, (size_t)(f->n[0] * f->n[1]));
    double z = (double)k * f->mm[2], slack = f->mm[2];
    for (int64_t t = 0; t < b->faces; t++) {
        const int *c = b->face[t];
        double p = b->at[c[0]].z - z, q = b->at[c[1]].z - z, r = b->at[c[2]].z - z;
        if ((p < -slack && q < -slack && r < -slack) || (p > slack && q > slack && r > slack))
            continue;
        cross(f, c, k);
    }
    for (int64_t j = 0; j < f->n[1]; j++) {
        int turns = 0;
        for (int64_t i = 0; i < f->n[0]; i++) {
            uint8_t *v = slice + j * f->n[0] + i;
            turns += (int8_t)*v;
            *v = turns > 0;
        }
    }
    return PEL_OK;
}

pel_status pel__balloon_fill(uint8_t *out, const int64_t n[3], const double mm[3],
                             const pel__balloon *balloon)
{
    filling f = { out, n, mm, balloon };
    return pel__parallel(n[2], fill_slice, &f, NULL);
}
