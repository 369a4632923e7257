/* SPDX-License-Identifier: Apache-2.0 */
/* surface.h: volume to mesh: shell, isosurface; and what a surface becomes: parts, smooth, reduce,
 * probe, cut, a solid. */
#ifndef PELLUCID_SURFACE_H
#define PELLUCID_SURFACE_H

#include <pellucid/mesh.h>
#include <pellucid/volume.h>

PEL_BEGIN

/* ---- shell ---- */

/** Which voxels, and what is told of them. Start from pel_shell_defaults(). */
typedef struct pel_shell_params {
    size_t size;
    const char *range;      /* "LO:HI" of values, both included; NULL: what is neither 0 nor NaN */
    double slice_thickness; /* given one of these two, points are (column*xy_scale, row*xy_scale, */
    double xy_scale;        /* slice*slice_thickness), the other one being 1; NaN: world mm */
    bool normals;           /* unit, out of the object, by the values; 0 where they are flat */
    bool intensity;         /* the voxel's value */
    bool label;             /* the same as a whole number */
    int64_t thin;           /* about evenly chosen points, this many at most; 0: all */
} pel_shell_params;

PEL_API extern const pel_schema pel_shell_schema;
PEL_API pel_shell_params pel_shell_defaults(void);

/** One closed outline within a slice, along pixel edges; its first point is not repeated. */
typedef struct pel_contour {
    int64_t slice;
    bool hole; /* it runs around nothing, within the object */
    int64_t points;
    const double (*point)[3]; /* in the frame of the cloud; the object is on the left, seen from the
                                 rising slice axis of a right-handed grid */
} pel_contour;

/** What takes the results, part by part, in order. Either call may be NULL. */
typedef struct pel_shell_sink {
    void *user;
    /* some slices' points, with their arrays: "normals", "intensity", "label" */
    pel_status (*points)(void *user, const pel_mesh *cloud);
    pel_status (*contour)(void *user, const pel_contour *contour);
} pel_shell_sink;

/** What there was. */
typedef struct pel_shell_found {
    int64_t points;   /* handed out */
    int64_t layer;    /* in the outer layer, before thinning */
    int64_t voxels;   /* in the object */
    int64_t contours; /* of which */
    int64_t holes;
} pel_shell_found;

/**
 * The outer layer of an object in frame 0 of a volume of one channel (PEL_EDATA else): its voxels
 * that share a face with one outside of it, beyond the volume being outside; as points ordered by
 * slice, row, column. A few slices are in memory at a time. `thin` reads the source twice
 * (PEL_EUNSUPPORTED when it cannot go back); of equal shares of the ordered points one each is
 * chosen by a hash, so that the choice is even and the same every time.
 *
 * Normals: the gradient over the 27 voxels around (Zucker and Hummel 1981), NaN counting as the
 * voxel itself, turned out of the object; where values are flat, of the object's own edge.
 * Contours join pixels that touch at a corner. Nothing found is no failure.
 */
PEL_API pel_status pel_shell(pel_shell_found *found, pel_source *source,
                             const pel_shell_params *params, const pel_shell_sink *sink);

/** An upper bound of the bytes that pel_shell() holds beside its source; -1: wrong params. */
PEL_API int64_t pel_shell_memory(const pel_shell_params *params, const pel_volume *shape);

/* ---- isosurface ---- */

/** Which surface. Start from pel_isosurface_defaults(). */
typedef struct pel_isosurface_params {
    size_t size;
    double level;  /* value > level is inside; a voxel at the level is outside */
    bool open;     /* end at the outermost voxels' centres; else closed half a voxel beyond them */
    bool by_faces; /* voxels above join by faces only, whatever the interpolant does between them */
} pel_isosurface_params;

PEL_API extern const pel_schema pel_isosurface_schema;
PEL_API pel_isosurface_params pel_isosurface_defaults(void);

/**
 * The surface on which the trilinear interpolant of a volume (one frame, one channel; PEL_EDATA
 * else) has the value `level`: a manifold, facing outward, in world mm, of the same topology as the
 * interpolant's (a value at the level counting as just below it); closed unless `open`. Points lie
 * on edges between voxels, at least 1/1024 of a voxel from either; a few in cells where edges do
 * not suffice. NaN is outside, and the surface then lies half-way. No triangle is no failure. The
 * caller frees `out`.
 *
 * Rows of voxels as bits, counted and then filled, as Flying Edges (Schroeder, Maynard and Geveci
 * 2015); faces by the asymptotic decider (Nielson and Hamann 1991), the inside by slices after
 * Chernyaev 1995; the cases are found from these rules. The same bits on any machine, at any number
 * of threads. Beside volume and mesh it holds some planes of bits.
 */
PEL_API pel_status pel_isosurface(pel_mesh *out, const pel_volume *in,
                                  const pel_isosurface_params *params);

/* ---- labels ---- */

/** Names of a net's arrays of labels on triangles: what each faces away from, and what it faces. */
#define PEL_NET_INSIDE  "inside"
#define PEL_NET_OUTSIDE "outside"

/**
 * The walls between the labels of a volume (whole numbers; 0 and NaN are nothing; PEL_EDATA else)
 * as one net in world mm: points lie where eight voxels meet, and every two voxels of different
 * labels have a wall of two triangles or more between them, which faces away from the greater label
 * (after surface nets, Gibson 1998).
 * Walls meet in common points, so whatever moves these keeps them without a gap. Two voxels of a
 * label that touch across an edge or a corner are not joined there. `open`: no walls at the border
 * of the volume. No wall is no failure. The same bits on any machine. The caller frees `out`.
 */
PEL_API pel_status pel_label_net(pel_mesh *out, const pel_volume *in, bool open);

/**
 * The surface of one label out of a net, smoothed and reduced or not: a manifold that faces
 * outward, closed unless the net is open, of the topology of its voxels joined by faces. Points
 * that two labels share have the same coordinates in both. PEL_EDATA when the net has no such
 * label. The caller frees `out`.
 */
PEL_API pel_status pel_label_mesh(pel_mesh *out, const pel_mesh *net, int32_t label);

/** The labels of a net but 0, rising: malloc'd, the caller frees them. */
PEL_API pel_status pel_label_list(int32_t **labels, int64_t *count, const pel_mesh *net);

/* ---- parts ---- */

/** Which parts of a surface stay. Start from pel_parts_defaults(). */
typedef struct pel_parts_params {
    size_t size;
    bool largest; /* the one that encloses most, with its cavities unless they are filled */
    bool fill;    /* no cavities, and nothing that lies within them */
} pel_parts_params;

PEL_API extern const pel_schema pel_parts_schema;
PEL_API pel_parts_params pel_parts_defaults(void);

/**
 * Leave out parts of a closed surface that faces outward; parts are joined by points, and one that
 * encloses a negative volume is the wall of a cavity. Points that no triangle uses go too. Order,
 * arrays and positions stay.
 */
PEL_API pel_status pel_parts(pel_mesh *mesh, const pel_parts_params *params);

/* ---- smooth ---- */

/** How much. Start from pel_smooth_defaults(). */
typedef struct pel_smooth_params {
    size_t size;
    int64_t smooth;   /* steps; 0: none */
    double pass_band; /* of the frequencies 0 to 2 of the graph's Laplacian: slower waves stay */
    double max_shift; /* mm that a point may move; NaN: any */
} pel_smooth_params;

PEL_API extern const pel_schema pel_smooth_schema;
PEL_API pel_smooth_params pel_smooth_defaults(void);

/** How far the surface moved along the normals that it had. */
typedef struct pel_smoothed {
    double mean_shift_mm, most_shift_mm;
    double volume_ratio; /* volume after / before; NaN: it encloses none */
} pel_smoothed;

/**
 * Take the small waves off a surface, without shrinking it: the windowed sinc of Taubin, Zhang and
 * Golub (1996), Hamming's window, over the means of neighbours; points on a border follow their
 * neighbours along it. Closed parts are then blown up until they enclose what they did. With
 * `max_shift` points that would go farther stop there, and then all go a share of their way, so
 * that the mean along the normals is no more than a fifth of it; then corners of a triangle that
 * would come to face backward stay where they are. Triangles and arrays stay, "normals" are
 * renewed. `found` may be NULL. The same bits on any machine, at any number of threads.
 */
PEL_API pel_status pel_smooth(pel_mesh *mesh, pel_smoothed *found, const pel_smooth_params *params);

/* ---- reduce ---- */

/** Until when. Start from pel_reduce_defaults(); without either nothing happens. */
typedef struct pel_reduce_params {
    size_t size;
    double keep_fraction; /* of the triangles, 0 to 1; NaN: as few as max_error allows */
    double max_error;     /* mm; NaN: any */
    bool sum_errors;      /* without max_error: bound the error by sums alone, not measured */
} pel_reduce_params;

PEL_API extern const pel_schema pel_reduce_schema;
PEL_API pel_reduce_params pel_reduce_defaults(void);

/** What became of it. */
typedef struct pel_reduced {
    int64_t triangles_before, triangles_after;
    double error_mm; /* a bound: every point of either surface lies this near to the other */
    int64_t triangles_wanted; /* that keep_fraction asks for: more are left where none can go
                               * without a fold, another topology, or more than max_error; 0: any */
} pel_reduced;

/**
 * Fewer triangles: points are drawn into neighbours, by the quadrics of Garland and Heckbert
 * (1997), cheapest first in rounds of points that lie apart. A point goes only if the topology
 * stays (link condition, Dey and others 1999) and both disks around it lie over each other as seen
 * along their normal; the greatest height between them is then known exactly, and the sums of these
 * bound the distance to the first surface, both ways. Where no `max_error` keeps them small, that
 * distance is then measured (pel_mesh_distance()) unless `sum_errors`. Borders stay as they are.
 * Points that stay do not move and keep their values, triangles that stay theirs; "normals" are
 * renewed. Where triangles of a mesh that had none then pass through others, it is done again, up
 * to twice, and points near there go only if no new triangle does; what passes through itself from
 * the start is left so. A fraction that cannot be had under these rules is not had. The same bits
 * at any number of threads. `found` may be NULL. On failure the mesh is as it was.
 */
PEL_API pel_status pel_reduce(pel_mesh *mesh, pel_reduced *found, const pel_reduce_params *params);

/* ---- distance from the volume's own surface ---- */

/** How far samples of a mesh lie from where the volume has the level. */
typedef struct pel_distances {
    double mean_mm, most_mm; /* NaN without samples */
    int64_t samples;         /* points and middles of triangles, evenly chosen above 100000 */
    int64_t unknown;         /* samples from which it is not within three voxels */
} pel_distances;

/**
 * Measure how far a mesh lies from the surface on which the trilinear interpolant of a volume has
 * the value `level`: from each sample along the interpolant's gradient and along the grid's axes to
 * where it has it, the shortest of these ways, so never less than the nearest distance. Beyond half
 * a voxel outside nothing is known. The same bits at any number of threads.
 */
PEL_API pel_status pel_surface_distance(pel_distances *out, const pel_mesh *mesh,
                                        const pel_volume *in, double level);

/* ---- self-intersections ---- */

/**
 * Count the pairs of triangles that pass through each other, or touch without sharing a point; of
 * neighbours those that meet beyond what they share (points in one place count as shared).
 * Triangles without an area count nowhere. Exact, on a lattice of 2^30 steps along the longest side
 * of the mesh's box, to which points are rounded. The same at any number of threads.
 */
PEL_API pel_status pel_mesh_crossings(int64_t *pairs, const pel_mesh *mesh);

/* ---- distance of two surfaces ---- */

/** How far two surfaces lie from each other, both ways. */
typedef struct pel_mesh_apart {
    double most_mm;  /* no point of either lies farther from the other */
    double found_mm; /* a corner of one does lie so far from the other */
    double mean_mm; /* of the farthest corners of triangles, by area; of the two ways the greater */
} pel_mesh_apart;

/**
 * Measure how far two surfaces lie from each other (Hausdorff distance, as pel_mesh_apart). A
 * triangle is no farther from one of the other surface than its corners are, since that is convex;
 * where this says more than 1.25 times what was found, triangles are divided, seven times at most
 * (after Guthe, Borodin and Klein 2005). PEL_EDATA without triangles. The same bits at any number
 * of threads.
 */
PEL_API pel_status pel_mesh_distance(pel_mesh_apart *out, const pel_mesh *a, const pel_mesh *b);

/* ---- probe ---- */

/** Where and how volumes are probed. Start from pel_probe_defaults(). */
typedef struct pel_probe_params {
    size_t size;
    const char *depth; /* "D0:D1[:STEP]", mm along the normal, outside positive; NULL: the points */
    const char *stat;  /* "mean", "max,argmax": of the depths, see pel_probe() */
} pel_probe_params;

PEL_API extern const pel_schema pel_probe_schema;
PEL_API pel_probe_params pel_probe_defaults(void);

/** How one volume is taken. Start from pel_probe_as_defaults(). */
typedef struct pel_probe_as_params {
    size_t size;
    const char *name; /* of its array; NULL: value, or value2... where that is taken */
    bool labels;      /* nearest voxels and the most frequent; also when NIfTI's intent says so */
} pel_probe_as_params;

PEL_API extern const pel_schema pel_probe_as_schema;
PEL_API pel_probe_as_params pel_probe_as_defaults(void);

/**
 * Add what a volume (one frame of one channel) holds at the points of a mesh as an array of values:
 * trilinear, up to half a voxel beyond its outermost centres as at them, NaN further outside. With
 * `depth` along each point's normal (pel_mesh_normals(); of a closed mesh that faces inward turned
 * round; of a cloud its own array "normals"), from D0 to D1 by STEP (without: half the smallest
 * voxel, or a little less, so that both ends are met); samples that are NaN count nowhere: mean,
 * min, max, median pN      the N-th percentile, 0 to 100, as numpy.percentile argmax  the depth in
 * mm of the greatest value, of equals the lowest Of several stats each is an array, NAME_STAT.
 * Labels are whole numbers: of equally frequent ones the lowest, 0 outside. The same bits at any
 * number of threads. On failure no array is added.
 */
PEL_API pel_status pel_probe(pel_mesh *mesh, const pel_volume *in, const pel_probe_params *params,
                             const pel_probe_as_params *as);

/** Check depth and stat without data. */
PEL_API pel_status pel_probe_check(const pel_probe_params *params);
/* ---- cut ---- */

/** Which part of a surface stays. Start from pel_cut_defaults(). */
typedef struct pel_cut_params {
    size_t size;
    pel_numbers cut_plane;    /* a point, and the normal to the side that stays */
    const char *cut_box;      /* "X0:X1,Y0:Y1,Z0:Z1", mm */
    pel_numbers cut_sphere;   /* centre and radius */
    pel_numbers cut_geodesic; /* the point it starts from, and how far it goes */
    const char *cut_loop;     /* file of corners; the caller reads it, pel_cut_loop() */
    const char *cut_view;     /* file of a camera; pel_view_cut() */
    bool cut_whole;           /* triangles stay whole; labels "vertex" say which points they were */
} pel_cut_params;

PEL_API extern const pel_schema pel_cut_schema;
PEL_API pel_cut_params pel_cut_defaults(void);

/** What a cut gave. */
typedef struct pel_cut_found {
    pel_topology topology; /* of what stays */
    int64_t left_out;      /* parts beside the one that stays */
    bool is_disk;          /* one part, one border, Euler number 1 */
} pel_cut_found;

/** PEL_EPARAM when something about the params is wrong. */
PEL_API pel_status pel_cut_check(const pel_cut_params *params);

/** True when any cut is asked for. */
PEL_API bool pel_cut_any(const pel_cut_params *params);

/**
 * Cut a mesh by plane, box, sphere and geodesic distance, in this order. Triangles that a cut
 * crosses are split: on a plane and a sphere the new points lie on it exactly (to float), at a
 * geodesic distance where it is linear along the edge. A point within a tenth of an edge of the cut
 * moves along the edge onto it, so that there are no splinters. Arrays are carried over: values,
 * colours and normals are linear along an edge, labels those of its nearer end. Points without
 * triangles go. What stays may be of several parts: see pel_cut_one(). On failure the mesh is as it
 * was, or cut by some.
 */
PEL_API pel_status pel_cut(pel_mesh *mesh, pel_cut_found *found, const pel_cut_params *params);

/**
 * Keep what lies within a closed line through `corners` (points of a mesh, three at least): from
 * the nearest point to the nearest point along edges, near the shortest way; of its two sides the
 * one of less area. Triangles stay whole. PEL_EDATA when the line does not part the surface.
 */
PEL_API pel_status pel_cut_loop(pel_mesh *mesh, const pel_mesh *corners);

/** Keep the triangles whose byte is not 0, and their points. */
PEL_API pel_status pel_cut_triangles(pel_mesh *mesh, const uint8_t *triangles);

/**
 * Keep one part, joined by points: the one nearest to `at_mm`, or of most area where that is NULL;
 * and tell what it is: a note says so where it is no disk, and why. PEL_EDATA when there is
 * nothing.
 */
PEL_API pel_status pel_cut_one(pel_mesh *mesh, pel_cut_found *found, const pel_vec3 *at_mm);

/* ---- geodesic ---- */

/** The point of a surface that is nearest to `at_mm`, and its triangle; PEL_EDATA without any. */
PEL_API pel_status pel_mesh_nearest(pel_vec3 *point_mm, int64_t *triangle, const pel_mesh *mesh,
                                    pel_vec3 at_mm);

/**
 * The distance of each point along the surface from the surface's point nearest to `from_mm`, into
 * `mm` (room for mesh->points); infinity beyond `most_mm` and on other parts. A front marches over
 * the triangles (Kimmel and Sethian 1998; sources unfolded into the plane of a triangle, as Novotni
 * and Klein 2002); within 1.5 % of the truth on meshes of even triangles. The same bits on any
 * machine.
 */
PEL_API pel_status pel_geodesic(double *mm, const pel_mesh *mesh, pel_vec3 from_mm, double most_mm);

/* ---- patch ---- */

/**
 * Keep of a surface what a patch of it (FreeSurfer's, say) names by its labels "vertex": those
 * points at the patch's places, the triangles between them, and the labels "vertex" and "border".
 * A patch that is flat (z is 0) adds "surface_mm", so that pel_flat_measure() takes it as a map.
 * PEL_EDATA when it is of another surface.
 */
PEL_API pel_status pel_patch(pel_mesh *mesh, const pel_mesh *patch);

/* ---- curvature ---- */

/**
 * Add (or renew) the values "curvature_mean" (1/mm) and "curvature_gaussian" (1/mm^2) on points:
 * positive where the surface bulges outward, so that a sphere has 1/r and 1/r^2, a sulcus less than
 * zero. NaN where no triangle with an area is. Tensors of triangles averaged at points
 * (Rusinkiewicz 2004). The same bits on any machine.
 */
PEL_API pel_status pel_curvature(pel_mesh *mesh);

/* ---- solid ---- */

/**
 * The voxels whose centres lie within a closed surface, on the grid of `like` (its data is not
 * looked at): uint8, 1 where the surface winds around a centre, 0 elsewhere. Exact: a centre on an
 * edge between two triangles is decided alike by both, so that a closed surface leaks nowhere; one
 * on the surface counts as within where the line along k enters. The caller frees `out`.
 */
PEL_API pel_status pel_solid(pel_volume *out, const pel_mesh *mesh, const pel_volume *like);

/** Bytes that pel_solid() holds at most. */
PEL_API int64_t pel_solid_memory(const pel_volume *like);

/* ---- skeleton ---- */

/** What centre lines are found from: four things of one grid. */
typedef struct pel_skeleton_input {
    const pel_volume *thin;        /* a mask, thinned by pel_thin() */
    const pel_volume *distance_mm; /* of the mask before that: pel_distance() inside */
    const pel_volume *values;      /* in which walls are looked for */
    double level;                  /* the value at a wall */
    bool dark;                     /* vessels lie below it */
} pel_skeleton_input;

/**
 * The centre lines of vessels as branches between nodes, with radii. Branches that end freely
 * within the vessel they leave (shorter than 1.5 of its radius and a voxel) are left out. Each
 * point is moved, three times, to the middle between the walls that eight lines across it meet,
 * where the value passes `level`; its radius is the median of their half widths, or where fewer
 * than four meet walls on both sides, the distance from the mask's outside. Then positions and
 * radii are smoothed by 1/4, 1/2, 1/4; nodes stay. The same bits at any number of threads. The
 * caller frees `out`.
 */
PEL_API pel_status pel_skeleton(pel_lines *out, const pel_skeleton_input *in);

PEL_END

#endif
