/* SPDX-License-Identifier: Apache-2.0 */
/* mesh.h: the noun: points, triangles, values on them. */
#ifndef PELLUCID_MESH_H
#define PELLUCID_MESH_H

#include <pellucid/base.h>

PEL_BEGIN

/** What the numbers of an array are; the kind fixes their type. */
typedef enum pel_array_kind {
    PEL_ARRAY_VALUES,  /* float, any number of channels; NaN: not known */
    PEL_ARRAY_LABELS,  /* int32_t, 1 channel: whole numbers */
    PEL_ARRAY_COLOURS, /* uint8_t, 3 or 4 channels: RGB(A), display values, not premultiplied */
    PEL_ARRAY_NORMALS, /* float, 3 channels: unit vectors (or zero), pointing outward */
} pel_array_kind;

/** Numbers on the points or the triangles of a mesh, channels of one item together. */
typedef struct pel_array {
    char name[64];
    pel_array_kind kind;
    bool per_triangle;
    int channels;
    void *data; /* owned by the mesh */
} pel_array;

/** What a number of a PEL_ARRAY_LABELS array stands for. */
typedef struct pel_label {
    int32_t key;
    char name[64];
    uint8_t rgba[4];
} pel_label;

/**
 * Points in world mm (RAS+), and triangles of them, counter-clockwise as seen from outside; without
 * triangles it is a cloud of points. A zeroed mesh is empty and valid.
 */
typedef struct pel_mesh {
    int64_t points, triangles;
    int64_t point_room,
        triangle_room;      /* items that the blocks, those of arrays too, have room for */
    float (*point_mm)[3];   /* owned */
    int32_t (*triangle)[3]; /* owned; indices of points */
    int arrays;
    pel_array *array; /* owned */
    int label_count;
    pel_label *label; /* names of labels; owned */
    bool oriented;    /* the file says that its coordinates are RAS (or LPS, turned) mm */
    bool placeless;   /* of a file that has numbers and no points: these are all zero */
    char format[24];  /* of the file: "PLY" */
    char *comment;    /* the file's own words, malloc'd, owned; lines end in \n; NULL: none */
    char hash[33];    /* XXH3-128 of the file's bytes in hex; "": not from a file */
    int64_t bytes;    /* of the file */
} pel_mesh;

/** The words in a file's comment that say so of its coordinates; readers set `oriented` by them. */
#define PEL_MESH_COORDINATES "coordinates: RAS mm"

/**
 * A mesh with room for so many points and triangles, all zero; the caller frees it. At most 2^31 -
 * 1 of each.
 */
PEL_API pel_status pel_mesh_new(pel_mesh *out, int64_t points, int64_t triangles);
PEL_API void pel_mesh_free(pel_mesh *mesh);

/**
 * Add an array of zeros; the mesh owns it, and `*data` (may be NULL) points to its numbers. Names
 * are unique per place (points or triangles): PEL_EPARAM else, and when `channels` does not suit
 * the kind.
 */
PEL_API pel_status pel_mesh_add_array(pel_mesh *mesh, const char *name, pel_array_kind kind,
                                      bool per_triangle, int channels, void *data);

/** The array of this name, on points before triangles; NULL: none. */
PEL_API pel_array *pel_mesh_find(const pel_mesh *mesh, const char *name);

/** The first array of this kind, on points before triangles; NULL: none. */
PEL_API pel_array *pel_mesh_find_kind(const pel_mesh *mesh, pel_array_kind kind);

/** Number `channel` of item `index`, whatever the kind. */
PEL_API double pel_array_get(const pel_array *array, int64_t index, int channel);

/** Say what a label stands for; of several with one key the first counts. */
PEL_API pel_status pel_mesh_add_label(pel_mesh *mesh, int32_t key, const char *name,
                                      const uint8_t rgba[4]);

/** What a label stands for; NULL: the mesh does not say. */
PEL_API const pel_label *pel_mesh_label(const pel_mesh *mesh, int64_t key);

/**
 * Move all arrays of `from` (and its names of labels, where `to` has none) to a mesh of as many
 * points; `from` is left without. A name that is taken gets a number. PEL_EDATA when the numbers of
 * points, or of triangles where an array is of these, differ.
 */
PEL_API pel_status pel_mesh_move_arrays(pel_mesh *to, pel_mesh *from);

/**
 * Check that points are finite and that triangles name points there are; PEL_EDATA names the first
 * that does not.
 */
PEL_API pel_status pel_mesh_check(const pel_mesh *mesh);

/** The box of all points; false, and zeros, when there are none. */
PEL_API bool pel_mesh_bounds(const pel_mesh *mesh, pel_vec3 *lo_mm, pel_vec3 *hi_mm);

/**
 * Add (or renew) the per-point array "normals": the sum of the triangles' normals around each point
 * weighted by area (Gouraud 1971), unit; zero where no triangle with an area is. The same bits on
 * any machine.
 */
PEL_API pel_status pel_mesh_normals(pel_mesh *mesh);

/** Sum of the triangles' areas. */
PEL_API double pel_mesh_area_mm2(const pel_mesh *mesh);

/**
 * The volume that the triangles enclose, by the divergence theorem; negative when they face inward.
 * Means something for closed, oriented meshes; the same bits on any machine.
 */
PEL_API double pel_mesh_volume_mm3(const pel_mesh *mesh);

/* ---- topology ---- */

/** What a mesh is as a surface. Points that no triangle uses do not count. */
typedef struct pel_topology {
    int64_t points, edges, triangles;
    int64_t border_edges;     /* of one triangle */
    int64_t border_loops;     /* closed ways along them */
    int64_t tangled_edges;    /* of three triangles or more, or of one that names a point twice */
    int64_t turned_edges;     /* of two triangles that run through it the same way */
    int64_t pinched_points;   /* where several fans of triangles meet */
    int64_t folded_triangles; /* that name a point twice */
    int64_t components;       /* joined by points */
    int64_t euler;            /* points - edges + triangles */
    int64_t genus;            /* of all components together; -1: not manifold or not oriented */
    bool manifold;            /* no tangled edge, pinched point or folded triangle */
    bool oriented;            /* no turned edge */
    bool closed;              /* manifold, without a border */
} pel_topology;

/**
 * Count a mesh's edges, components, borders, and what is wrong with it. PEL_EDATA for a triangle
 * that names no point, PEL_EUNSUPPORTED beyond 715827882 triangles. The genus is that of the
 * surface with its borders capped: (2 components - euler - border loops) / 2.
 */
PEL_API pel_status pel_mesh_topology(pel_topology *out, const pel_mesh *mesh);

/**
 * Number the parts that points join: `part` (room for mesh->points, may be NULL) becomes 0, 1, ...
 * in the order of their first triangles, -1 for points without a triangle; `*count` how many.
 */
PEL_API pel_status pel_mesh_parts(int32_t *part, int64_t *count, const pel_mesh *mesh);

/* ---- lines ---- */

/** A point of a line in world mm, with the radius of what runs along it, and how far along its
 * branch it lies. */
typedef struct pel_line_point {
    double mm[3], radius_mm, along_mm;
} pel_line_point;

/** Points first to first + count - 1, joined in this order, from one node to another. */
typedef struct pel_branch {
    int64_t first, count;
    int64_t from, to;            /* nodes: where branches meet or end, counted from 0 */
    double length_mm, radius_mm; /* of the whole; radius: mean over its points */
} pel_branch;

/** Branches that meet at nodes; each has its own points, that of a node is in all that meet there.
 * Zeroed is empty and valid. */
typedef struct pel_lines {
    int64_t points, branches, nodes;
    pel_line_point *point; /* owned */
    pel_branch *branch;    /* owned */
    bool oriented;         /* coordinates are RAS mm */
} pel_lines;

/** Lines with room for so many points and branches, all zero; the caller frees them. */
PEL_API pel_status pel_lines_new(pel_lines *out, int64_t points, int64_t branches);
PEL_API void pel_lines_free(pel_lines *lines);

/** Fill in along_mm of points, length_mm and radius_mm of branches. */
PEL_API void pel_lines_measure(pel_lines *lines);

/* ---- memory ---- */

/** Bytes that the mesh holds. */
PEL_API int64_t pel_mesh_bytes(const pel_mesh *mesh);

PEL_END

#endif
