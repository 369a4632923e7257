/* SPDX-License-Identifier: Apache-2.0 */
/* label_net.c: the walls between the labels of a volume, as one net of triangles. */
#include <math.h>
#include <string.h>

#include <pellucid/surface.h>

#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "mesh/mesh.h"
#include "surface/labels.h"
#include "volume/volume.h"

enum { EDGES = 12, CORNERS = 8, MOST_GROUPS = 4 };

/* cells between two planes of voxels: their points */
typedef struct layer {
    int32_t *first;   // of each cell, its first point; -1: all its voxels are alike
    uint32_t *groups; // two bits an edge: which of its points the wall across it meets
    int32_t *on_face; // per axis and cell: the first point on its lower face; -1: none
} layer;

typedef struct net {
    const pel_volume *volume;
    double scale, offset;
    int64_t n[3], cells[3]; // voxels with a rim of nothing around them; cells between them
    int32_t *plane[3];      // labels of planes k - 1 to k + 1
    layer layer[2];         // k - 1 and k
    int64_t k;
    bool open, flip;
    pel_affine mm_from_ijk;
    pel_mesh *mesh;
} net;

/* ---- labels ---- */

static pel_status read_plane(const net *g, int32_t *to, int64_t k)
{
    const pel_volume *v = g->volume;
    memset(to, 0, (size_t)(g->n[0] * g->n[1]) * sizeof *to);
    if (k < 1 || k > v->dims[2])
        return PEL_OK;
    for (int64_t j = 0; j < v->dims[1]; j++)
        for (int64_t i = 0; i < v->dims[0]; i++) {
            int64_t at = ((k - 1) * v->dims[1] + j) * v->dims[0] + i;
            double x = g->scale * pel__stored_get(v->data, v->dtype, at) + g->offset;
            if (!(fabs(x) <= INT32_MAX) || x != floor(x)) {
                if (isnan(x))
                    continue;
                return pel__fail(PEL_EDATA,
                                 "a label is a whole number, but voxel %lld %lld %lld "
                                 "is %g; what is no label image has a surface at a --level",
                                 (long long)i, (long long)j, (long long)k - 1, x);
            }
            to[(j + 1) * g->n[0] + i + 1] = (int32_t)x;
        }
    return PEL_OK;
}

// of voxel (i, j) of plane k + up
static int32_t label_at(const net *g, int64_t i, int64_t j, int up)
{
    return g->plane[up + 1][j * g->n[0] + i];
}

/* ---- what meets in a cell and on a face ---- */

static void other_axes(int axis, int *b, int *c)
{
    *b = axis == 0 ? 1 : 0;
    *c = axis == 2 ? 1 : 2;
}

// the four voxels of a cell's face, b faster than c, and the four edges between them: along b at
// c = 0 and 1, along c at b = 0 and 1
typedef struct face {
    int corner[4], edge[4];
} face;

static face face_of(int axis, int side)
{
    int b, c;
    face f;
    other_axes(axis, &b, &c);
    for (int n = 0; n < 4; n++)
        f.corner[n] = side << axis | (n & 1) << b | (n >> 1) << c;
    // an edge is 4 times its axis, and where it lies along the other two, the lower first
    for (int n = 0; n < 2; n++) {
        f.edge[n] = 4 * b + (axis < c ? side + 2 * n : n + 2 * side);
        f.edge[2 + n] = 4 * c + (axis < b ? side + 2 * n : n + 2 * side);
    }
    return f;
}

static int find_root(const uint8_t *up, int e)
{
    while (up[e] != e)
        e = up[e];
    return e;
}

static void join(uint8_t *up, int a, int b)
{
    a = find_root(up, a);
    b = find_root(up, b);
    up[a > b ? a : b] = (uint8_t)(a < b ? a : b);
}

// the walls of each label across the edges of a face hang together in pairs: around a voxel of the
// label where two of them lie across, so that these touch by faces only. True where any do
static bool join_across(uint8_t *up, const int32_t label[4], const int edge[4])
{
    static const uint8_t ends[4][2] = { { 0, 1 }, { 2, 3 }, { 0, 2 }, { 1, 3 } };
    static const uint8_t around[4][2] = { { 0, 2 }, { 0, 3 }, { 1, 2 }, { 1, 3 } };
    bool across = false;
    for (int n = 0; n < 4; n++) {
        int crossed[4], count = 0;
        bool mine = label[n] != 0;
        for (int e = 0; e < 4 && mine; e++)
            if ((label[ends[e][0]] == label[n]) != (label[ends[e][1]] == label[n]))
                crossed[count++] = e;
        if (count == 2)
            join(up, edge[crossed[0]], edge[crossed[1]]);
        if (count == 4)
            join(up, edge[around[n][0]], edge[around[n][1]]);
        across |= count == 4;
    }
    return across;
}

// which of the points of a face that two voxels of a label touch across belongs to its edge n
static int face_group(const int32_t label[4], int n, int *count)
{
    static const int edge[4] = { 0, 1, 2, 3 };
    uint8_t up[4] = { 0, 1, 2, 3 };
    join_across(up, label, edge);
    *count = 0;
    for (int e = 0; e < 4; e++)
        *count += up[e] == e;
    int root = find_root(up, n), group = 0;
    for (int e = 0; e < root; e++)
        group += up[e] == e;
    return group;
}

static void labels_of(int32_t out[CORNERS], const net *g, int64_t i, int64_t j)
{
    for (int c = 0; c < CORNERS; c++)
        out[c] = label_at(g, i + (c & 1), j + (c >> 1 & 1), c >> 2);
}

/* ---- points ---- */

static pel_status add_point(const net *g, pel_vec3 ijk)
{
    pel_mesh *m = g->mesh;
    pel_status s = pel__mesh_resize(m, m->points + 1, m->triangles);
    if (s != PEL_OK)
        return s;
    // without the rim
    pel_vec3 mm = pel_affine_point(g->mm_from_ijk, (pel_vec3){ ijk.x - 1, ijk.y - 1, ijk.z - 1 });
    float *to = m->point_mm[m->points - 1];
    to[0] = (float)mm.x;
    to[1] = (float)mm.y;
    to[2] = (float)mm.z;
    return PEL_OK;
}

// the mean of the middles of edges, as bits
static pel_status add_mean(const net *g, int64_t i, int64_t j, unsigned edges)
{
    double sum[3] = { 0 };
    int count = __builtin_popcount(edges);
    for (; edges; edges &= edges - 1) {
        int e = __builtin_ctz(edges), axis = e / 4, b, c;
        other_axes(axis, &b, &c);
        sum[axis] += 0.5;
        sum[b] += e & 1;
        sum[c] += e >> 1 & 1;
    }
    return add_point(g, (pel_vec3){ (double)i + sum[0] / count, (double)j + sum[1] / count,
                                    (double)g->k + sum[2] / count });
}

// the walls that meet in a cell, as far as they hang together there, have a point each
static pel_status add_cell(const net *g, int64_t i, int64_t j, const int32_t label[CORNERS])
{
    const layer *l = &g->layer[1];
    int64_t at = j * g->cells[0] + i;
    uint8_t up[EDGES];
    unsigned crossed = 0;
    pel_status s = PEL_OK;
    for (int e = 0; e < EDGES; e++) {
        int axis = e / 4, b, c;
        other_axes(axis, &b, &c);
        int low = (e & 1) << b | (e >> 1 & 1) << c;
        crossed |= (unsigned)(label[low] != label[low | 1 << axis]) << e;
        up[e] = (uint8_t)e;
    }
    for (int f = 0; f < 6; f++) {
        face here = face_of(f / 2, f & 1);
        int32_t around[4];
        for (int n = 0; n < 4; n++)
            around[n] = label[here.corner[n]];
        join_across(up, around, here.edge);
    }
    l->first[at] = (int32_t)g->mesh->points;
    l->groups[at] = 0;
    uint32_t group = 0;
    for (int e = 0; e < EDGES && s == PEL_OK; e++) {
        unsigned together = 0;
        if (!(crossed >> e & 1) || up[e] != e)
            continue;
        for (int o = e; o < EDGES; o++)
            if (crossed >> o & 1 && find_root(up, o) == e) {
                together |= 1u << o;
                l->groups[at] |= group << 2 * o;
            }
        group++;
        // one alone lies where the eight voxels meet, so that walls enclose their volume
        s = together == crossed
                ? add_point(g, (pel_vec3){ (double)i + 0.5, (double)j + 0.5, (double)g->k + 0.5 })
                : add_mean(g, i, j, together);
    }
    return s;
}

// where walls of one label would share a way from cell to cell, each gets a point of its own on it
static pel_status add_faces(const net *g, int64_t i, int64_t j, const int32_t label[CORNERS])
{
    pel_status s = PEL_OK;
    for (int axis = 0; axis < 3 && s == PEL_OK; axis++) {
        static const int own[4] = { 0, 1, 2, 3 };
        uint8_t up[4] = { 0, 1, 2, 3 };
        face here = face_of(axis, 0);
        int32_t around[4];
        for (int n = 0; n < 4; n++)
            around[n] = label[here.corner[n]];
        if (!join_across(up, around, own))
            continue;
        g->layer[1].on_face[axis * g->cells[0] * g->cells[1] + j * g->cells[0] + i] =
            (int32_t)g->mesh->points;
        for (int e = 0; e < 4 && s == PEL_OK; e++) {
            unsigned together = 0;
            for (int o = 0; o < 4 && up[e] == e; o++)
                together |= (unsigned)(find_root(up, o) == e) << here.edge[o];
            if (together)
                s = add_mean(g, i, j, together);
        }
    }
    return s;
}

static pel_status add_layer(const net *g)
{
    pel_status s = PEL_OK;
    int64_t count = g->cells[0] * g->cells[1];
    memset(g->layer[1].first, 0xff, (size_t)count * sizeof *g->layer[1].first);
    memset(g->layer[1].on_face, 0xff, (size_t)(3 * count) * sizeof *g->layer[1].on_face);
    for (int64_t j = 0; j < g->cells[1] && s == PEL_OK; j++)
        for (int64_t i = 0; i < g->cells[0] && s == PEL_OK; i++) {
            int32_t label[CORNERS];
            bool alike = true;
            labels_of(label, g, i, j);
            for (int c = 1; c < CORNERS; c++)
                alike &= label[c] == label[0];
            if (alike)
                continue;
            s = add_cell(g, i, j, label);
            if (s == PEL_OK)
                s = add_faces(g, i, j, label);
        }
    return s;
}

/* ---- walls ---- */

/* the wall between a voxel and the next along an axis */
typedef struct wall {
    int axis, b, c;
    int64_t at[3];     // the lower voxel
    int32_t low, high; // labels
    int32_t point[9];  // its corners in turn, with points on faces; then its middle
    int count;
} wall;

// the cell that lies db and dc beyond the wall's voxel: its place in a layer, and the layer
static int64_t cell_at(const net *g, const wall *w, int db, int dc, int *which)
{
    int64_t at[3] = { w->at[0], w->at[1], w->at[2] };
    at[w->b] += db;
    at[w->c] += dc;
    *which = (int)(at[2] - (g->k - 1));
    return at[1] * g->cells[0] + at[0];
}

static int32_t corner_of(const net *g, const wall *w, int db, int dc)
{
    int which, edge = 4 * w->axis + (db ? 1 : 0) + (dc ? 2 : 0);
    int64_t at = cell_at(g, w, db, dc, &which);
    const layer *l = &g->layer[which];
    return l->first[at] + (int32_t)(l->groups[at] >> 2 * edge & 3);
}

// the point on the lower face across `axis` of a cell, for this wall; -1: none
static int32_t on_face(const net *g, const wall *w, int axis, int db, int dc)
{
    int which, count;
    int64_t at = cell_at(g, w, db, dc, &which);
    int32_t first = g->layer[which].on_face[axis * g->cells[0] * g->cells[1] + at], label[4];
    if (first < 0)
        return -1;
    // labels of the face: w's voxel is its lower or upper one along the axis that is left
    int left = axis == w->b ? w->c : w->b, back = left == w->b ? db : dc, b, c;
    other_axes(axis, &b, &c);
    for (int n = 0; n < 4; n++) {
        int64_t v[3] = { w->at[0], w->at[1], w->at[2] };
        v[left] += back;
        v[b] += n & 1;
        v[c] += n >> 1;
        label[n] = label_at(g, v[0], v[1], (int)(v[2] - g->k));
    }
    // of the face's edges along the wall's axis the one at the wall's voxel
    int edge = (w->axis == b ? 0 : 2) + (back ? 1 : 0);
    return first + face_group(label, edge, &count);
}

static void go_round(wall *w, const net *g)
{
    static const int8_t way[4][2] = { { -1, -1 }, { 0, -1 }, { 0, 0 }, { -1, 0 } };
    const int8_t face[4][3] = { { (int8_t)w->b, 0, -1 },
                                { (int8_t)w->c, 0, 0 },
                                { (int8_t)w->b, 0, 0 },
                                { (int8_t)w->c, -1, 0 } };
    w->count = 0;
    for (int n = 0; n < 4; n++) {
        w->point[w->count++] = corner_of(g, w, way[n][0], way[n][1]);
        int32_t between = on_face(g, w, face[n][0], face[n][1], face[n][2]);
        if (between >= 0)
            w->point[w->count++] = between;
    }
}

static double apart(const pel_mesh *m, int32_t a, int32_t b)
{
    pel_vec3 d = pel__minus(pel__mesh_point(m, a), pel__mesh_point(m, b));
    return pel__dot(d, d);
}

// parity of a voxel's place: tells two that lie across a face
static int32_t parity(const wall *w, bool high)
{
    int64_t bits = 0;
    for (int a = 0; a < 3; a++)
        bits |= ((w->at[a] + (high && a == w->axis)) & 1) << a;
    return (int32_t)bits;
}

static pel_status add_triangles(const net *g, const wall *w, const int32_t (*corner)[3], int count)
{
    pel_mesh *m = g->mesh;
    int64_t first = m->triangles;
    pel_status s = pel__mesh_resize(m, m->points, first + count);
    if (s != PEL_OK)
        return s;
    int32_t *inside = m->array[PEL__NET_INSIDE].data, *outside = m->array[PEL__NET_OUTSIDE].data,
            *voxels = m->array[PEL__NET_VOXELS].data;
    // they face away from the greater label; corners go round the axis unless it is y
    bool rising = w->low > w->high, turn = (w->axis == 1) ^ g->flip ^ !rising;
    for (int t = 0; t < count; t++) {
        int32_t *to = m->triangle[first + t];
        to[0] = corner[t][0];
        to[1] = corner[t][turn ? 2 : 1];
        to[2] = corner[t][turn ? 1 : 2];
        inside[first + t] = rising ? w->low : w->high;
        outside[first + t] = rising ? w->high : w->low;
        voxels[first + t] = parity(w, !rising) | parity(w, rising) << 3;
    }
    return PEL_OK;
}

static pel_status add_wall(const net *g, wall *w)
{
    int32_t corner[8][3];
    go_round(w, g);
    if (w->count == 4) {
        const int32_t *p = w->point;
        int from = apart(g->mesh, p[0], p[2]) <= apart(g->mesh, p[1], p[3]) ? 0 : 1;
        for (int t = 0; t < 2; t++) {
            corner[t][0] = p[from];
            corner[t][1] = p[(from + 1 + t) % 4];
            corner[t][2] = p[(from + 2 + t) % 4];
        }
        return add_triangles(g, w, corner, 2);
    }
    double middle[3] = { (double)w->at[0], (double)w->at[1], (double)w->at[2] };
    middle[w->axis] += 0.5;
    int32_t centre = (int32_t)g->mesh->points;
    pel_status s = add_point(g, (pel_vec3){ middle[0], middle[1], middle[2] });
    for (int n = 0; n < w->count; n++) {
        corner[n][0] = centre;
        corner[n][1] = w->point[n];
        corner[n][2] = w->point[(n + 1) % w->count];
    }
    return s == PEL_OK ? add_triangles(g, w, corner, w->count) : s;
}

// an open net has no walls whose cells reach beyond the outermost voxels
static bool is_wanted(const net *g, const wall *w)
{
    bool wanted = w->low != w->high;
    for (int a = 0; a < 3 && wanted && g->open; a++)
        wanted = w->at[a] >= (a == w->axis ? 1 : 2) && w->at[a] <= g->n[a] - 3;
    return wanted;
}

static pel_status add_walls(const net *g)
{
    pel_status s = PEL_OK;
    for (int64_t j = 0; j < g->n[1] && s == PEL_OK; j++)
        for (int64_t i = 0; i < g->n[0] && s == PEL_OK; i++)
            for (int axis = 0; axis < 3 && s == PEL_OK; axis++) {
                if ((axis == 0 && i + 1 == g->n[0]) || (axis == 1 && j + 1 == g->n[1]))
                    continue;
                wall w = { .axis = axis, .at = { i, j, g->k } };
                w.low = label_at(g, i, j, 0);
                w.high = label_at(g, i + (axis == 0), j + (axis == 1), axis == 2);
                other_axes(axis, &w.b, &w.c);
                if (is_wanted(g, &w))
                    s = add_wall(g, &w);
            }
    return s;
}

/* ---- the whole ---- */

static pel_status new_net(net *g)
{
    int64_t voxels = g->n[0] * g->n[1], cells = g->cells[0] * g->cells[1];
    pel_status s = PEL_OK;
    for (int n = 0; n < 3 && s == PEL_OK; n++)
        s = pel__alloc_zero(&g->plane[n], voxels, sizeof **g->plane, "a plane of labels");
    for (int n = 0; n < 2 && s == PEL_OK; n++) {
        layer *l = &g->layer[n];
        s = pel__alloc(&l->first, cells, sizeof *l->first, "a layer of cells");
        if (s == PEL_OK)
            s = pel__alloc(&l->groups, cells, sizeof *l->groups, "a layer of cells");
        if (s == PEL_OK)
            s = pel__alloc(&l->on_face, 3 * cells, sizeof *l->on_face, "a layer of cells");
    }
    static const char *const names[] = { PEL_NET_INSIDE, PEL_NET_OUTSIDE, PEL__NET_SIDES };
    for (int n = 0; n < 3 && s == PEL_OK; n++)
        s = pel_mesh_add_array(g->mesh, names[n], PEL_ARRAY_LABELS, true, 1, NULL);
    return s;
}

static void free_net(net *g)
{
    for (int n = 0; n < 3; n++)
        pel__free(g->plane[n]);
    for (int n = 0; n < 2; n++) {
        pel__free(g->layer[n].first);
        pel__free(g->layer[n].groups);
        pel__free(g->layer[n].on_face);
    }
}

static pel_status cross_layers(net *g)
{
    pel_status s = PEL_OK;
    for (g->k = 0; g->k < g->cells[2] && s == PEL_OK; g->k++) {
        int32_t *plane = g->plane[0];
        layer below = g->layer[0];
        g->plane[0] = g->plane[1];
        g->plane[1] = g->plane[2];
        g->plane[2] = plane;
        g->layer[0] = g->layer[1];
        g->layer[1] = below;
        s = read_plane(g, g->plane[2], g->k + 1);
        if (s == PEL_OK)
            s = add_layer(g);
        if (s == PEL_OK)
            s = add_walls(g);
        if (s == PEL_OK)
            s = pel__progress("labels", (double)(g->k + 1) / (double)g->cells[2]);
    }
    return s;
}

// points of the rim that an open net has no wall at
static pel_status drop_unused(pel_mesh *m)
{
    uint8_t *points = NULL, *triangles = NULL;
    int32_t *number = NULL;
    pel_status s = pel__alloc_zero(&points, m->points, 1, "points in use");
    if (s == PEL_OK)
        s = pel__alloc(&triangles, m->triangles, 1, "points in use");
    if (s == PEL_OK)
        s = pel__alloc(&number, m->points, sizeof *number, "points in use");
    if (s == PEL_OK) {
        memset(triangles, 1, (size_t)m->triangles);
        for (int64_t t = 0; t < m->triangles; t++)
            for (int c = 0; c < 3; c++)
                points[m->triangle[t][c]] = 1;
        pel__mesh_keep(m, points, triangles, number);
    }
    pel__free(points);
    pel__free(triangles);
    pel__free(number);
    return s;
}

pel_status pel_label_net(pel_mesh *out, const pel_volume *in, bool open)
{
    net g = { .volume = in, .mesh = out, .open = open };
    *out = (pel_mesh){ 0 };
    pel_status s = pel__volume_check_single(in, "a volume");
    for (int a = 0; a < 3; a++) {
        g.n[a] = in->dims[a] + 2;
        g.cells[a] = in->dims[a] + 1;
    }
    pel__volume_scale(in, &g.scale, &g.offset);
    g.mm_from_ijk = pel__volume_affine(in);
    g.flip = pel__determinant(g.mm_from_ijk) < 0;
    if (s == PEL_OK)
        s = new_net(&g);
    if (s == PEL_OK)
        s = cross_layers(&g);
    if (s == PEL_OK && open && out->points)
        s = drop_unused(out);
    out->oriented = in->oriented;
    free_net(&g);
    if (s != PEL_OK)
        pel_mesh_free(out);
    return pel__during(s, "label_net");
}
