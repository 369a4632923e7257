/* SPDX-License-Identifier: Apache-2.0 */
/* see.h: volume to image: slice, histogram, raycast, voxels. */
#ifndef PELLUCID_SEE_H
#define PELLUCID_SEE_H

#include <pellucid/image.h>
#include <pellucid/mesh.h>
#include <pellucid/volume.h>

PEL_BEGIN

/* ---- slice ---- */

/** What slices to show and how. Start from pel_slice_defaults(). */
typedef struct pel_slice_params {
    size_t size;
    int axis;          /* 0 x, 1 y, 2 z: the world axis cut; voxel axis i, j, k when not oriented */
    pel_numbers at;    /* mm along it; `ortho`: x, y, z. None: the middle */
    pel_numbers index; /* voxel index instead; `ortho`: of the voxel axes nearest to x, y, z */
    bool ortho;        /* three planes */
    const char *mosaic; /* "4x3": columns x rows of evenly spaced slices; NULL: none */
    bool sweep;         /* a row of seven evenly spaced slices, per axis with `ortho` */
    bool radiological;  /* the patient's left on the picture's right */
    bool colorbar, scale_bar;
    pel_texts overlay;      /* FILE,LOOK[,LO:HI], see pel_overlay_parse(); the caller reads FILE */
    double overlay_opacity; /* 0 to 1 */
    const char *title;      /* NULL: none */
    const char *picture; /* option --size: "16cm", "6in", "1200px", "1200x800"; NULL: by content */
    double dpi;          /* of PNG */
} pel_slice_params;

PEL_API extern const pel_schema pel_slice_schema;
PEL_API pel_slice_params pel_slice_defaults(void);

/**
 * One slice of the voxel grid and how it lies in the picture: u runs right and v down, pixel
 * (u, v) has its centre at u + 0.5, v + 0.5 and is exactly one voxel.
 */
typedef struct pel_slice_plane {
    int world;                     /* the axis as asked for: 0 x, 1 y, 2 z */
    int axis;                      /* the voxel axis nearest to it: 0 i, 1 j, 2 k */
    int64_t index;                 /* of the slice along that */
    double at_mm;                  /* world coordinate of the slice's middle along `world` */
    int across, down;              /* voxel axes along u and v */
    bool across_falls, down_falls; /* the voxel index falls along u, v */
    int64_t width, height;         /* of the picture, in pixels */
    double pixel_mm[2];            /* size of a pixel along u and v */
    double left_mm, right_mm, bottom_mm, top_mm; /* axis coordinates at the picture's edges */
    char letters[4];       /* anatomical, at the left, right, top, bottom; 0: orientation unknown */
    bool oblique;          /* voxel axes are not world axes */
    pel_affine mm_from_px; /* (u, v, 0) to world mm */
} pel_slice_plane;

/**
 * The slices that `params` ask for, in drawing order; malloc'd, the caller frees with free().
 *
 * Slices are slices of the voxel grid, along the voxel axis nearest to the world axis (also when
 * the grid is oblique or sheared). Views are canonical: axial with anterior up, coronal and
 * sagittal with superior up; x and y grow to the right (patient's left on the picture's left,
 * anterior on the right), `radiological` mirrors axial and coronal. When the orientation is unknown
 * the array is shown as it is: i or j to the right, j or k up, mm counted from voxel 0, no letters;
 * `radiological` is refused with PEL_EDATA. A position outside the volume is PEL_EPARAM.
 */
PEL_API pel_status pel_slice_planes(pel_slice_plane **out, int *count, const pel_volume *in,
                                    const pel_slice_params *params);

/** The values of a slice as its picture shows them: float32, NaN kept; the caller frees it. */
PEL_API pel_status pel_slice_values(pel_image *out, const pel_volume *in,
                                    const pel_slice_plane *plane);

/**
 * The slice as a volume one voxel thick: stored numbers and type as they are, axes in file order,
 * world positions unmoved; frame 0. The caller frees it.
 */
PEL_API pel_status pel_slice_volume(pel_volume *out, const pel_volume *in,
                                    const pel_slice_plane *plane);

/** A second volume coloured over the slices. */
typedef struct pel_overlay {
    const pel_volume *volume; /* borrowed */
    pel_look look;
    double lo, hi; /* threshold, and the value of the last colour; NaN: all but zero, by the look */
    char label[64]; /* beside its colour bar */
} pel_overlay;

/**
 * Parse `FILE,LOOK[,LO:HI]`; LOOK is a look or a colour map. `*file` is malloc'd, the caller's.
 * Values nearer to zero than LO are not shown, those beyond HI have the last colour. With the map
 * coolwarm both signs are shown, from -HI to HI; with others values from LO up. Without LO:HI all
 * but zero and NaN is shown.
 */
PEL_API pel_status pel_overlay_parse(pel_overlay *out, char **file, const char *text);

/**
 * Draw slices. `look` must be fitted (pel_look_fit()); a value has the colour pel_look_colour()
 * gives it, NaN is left blank. Overlays are sampled at the voxel centres of the slice through world
 * mm (linearly, labels nearest); a volume of unknown orientation fits one of the same dims only.
 * Every voxel is an exact rectangle of its size in mm, all slices at one scale, `mm_per_pt` of the
 * figure. Annotations are separate items of the list. The caller frees `out`.
 */
PEL_API pel_status pel_slice(pel_figure *out, const pel_volume *in, const pel_look *look,
                             const pel_overlay *overlays, int overlay_count,
                             const pel_slice_params *params);

/* ---- histogram ---- */

/** How values are counted and drawn. Start from pel_histogram_defaults(). */
typedef struct pel_histogram_params {
    size_t size;
    int64_t bins;
    const char *range;   /* "LO:HI"; NULL: lowest to highest value */
    bool density;        /* draw density instead of counts */
    bool log;            /* logarithmic counts */
    const char *title;   /* NULL: none */
    const char *picture; /* option --size, as of pel_slice_params */
    double dpi;
} pel_histogram_params;

PEL_API extern const pel_schema pel_histogram_schema;
PEL_API pel_histogram_params pel_histogram_defaults(void);

/** Counts of values in bins: bin b holds edges[b] <= value < edges[b+1], the last its end too. */
typedef struct pel_bins {
    int64_t count;              /* of bins */
    double *edges;              /* owned; count + 1 */
    int64_t *counts;            /* owned */
    double *density;            /* owned; counts / (all counted * width): the area is 1 */
    int64_t total;              /* values counted */
    int64_t nan_count, outside; /* values that are NaN; infinite or outside the range */
} pel_bins;

/**
 * Count the values (slope and inter applied) of all frames and channels as numpy.histogram does
 * float64 ones: the same edges, the same counts, bit for bit. NaN is left out, infinities lie in no
 * bin. When all values are equal the range is widened by 0.5 on both sides. Without any finite
 * value PEL_EDATA. The same result for any number of threads. The caller frees `out`.
 */
PEL_API pel_status pel_histogram(pel_bins *out, const pel_volume *in,
                                 const pel_histogram_params *params);
PEL_API void pel_bins_free(pel_bins *bins);

/** Lines `lo,hi,count,density` under that heading, numbers as their shortest exact text; malloc'd.
 */
PEL_API pel_status pel_bins_csv(char **out, const pel_bins *bins);

/** Draw the bars, each in the colour its middle has under `look` (fitted). The caller frees `out`.
 */
PEL_API pel_status pel_histogram_figure(pel_figure *out, const pel_bins *bins, const pel_look *look,
                                        const pel_histogram_params *params);

/* ---- raycast ---- */

enum { PEL_COMPOSITE, PEL_MIP, PEL_MINIP, PEL_MEAN, PEL_FIRST, PEL_BAND };
enum { PEL_ANTIALIAS_AUTO, PEL_ANTIALIAS_ON, PEL_ANTIALIAS_OFF };
enum { PEL_STAT_MIN, PEL_STAT_MEAN, PEL_STAT_MAX };

/** What a ray-cast picture is to show, and how finely. Start from pel_raycast_defaults(). */
typedef struct pel_raycast_params {
    size_t size;
    int mode;              /* PEL_COMPOSITE ... */
    double level;          /* of first and band: the surface; NAN: Otsu's threshold (1979) */
    const char *depth;     /* of band: "D0:D1", mm behind the surface along the ray */
    int stat;              /* of band: PEL_STAT_... */
    const char *picture;   /* option --size: "1024", "1024x768", "30cm", "10cmx5cm" (at dpi) */
    double dpi;            /* print density; NAN: 300 when the size is in cm or in, else none */
    int quality;           /* 0 draft, 1 normal, 2 reference: arithmetic, and `step` if not given */
    pel_length step;       /* between samples of a ray; vx: shortest voxel edge. NAN: 0.5vx, draft
                              1vx */
    pel_texts keep;        /* linear inequalities: what fails one of them is not there */
    const char *clip_box;  /* "X0:X1,Y0:Y1,Z0:Z1", voxel indices, or "mm:..." */
    bool preintegrate;     /* of composite: by segments between samples (Engel et al. 2001) */
    pel_colour background; /* not set: white in composite and first, black else */
    int bits;              /* 0: 8, 1: 16, 2: 32 (float data) */
    int antialias;         /* PEL_ANTIALIAS_...: outlines of pictures of 8 bits */
    pel_texts layer;       /* NAME or NAME=FILE: value depth position voxel normal opacity triangle
                              label */
    double layer_at;       /* accumulated opacity at which composite takes its layers */
} pel_raycast_params;

PEL_API extern const pel_schema pel_raycast_schema;
PEL_API pel_raycast_params pel_raycast_defaults(void);

/** Width and height in pixels, and print density (0: none was asked for), of the picture. */
PEL_API pel_status pel_raycast_size(const pel_raycast_params *params, int64_t *width,
                                    int64_t *height, double *dpi);

/** Volumes made ready for any number of frames. */
typedef struct pel_scene pel_scene;

/**
 * A scene of one volume, or of none yet when `volume` is NULL; the caller frees it. The texts of
 * `params` must live until all is added.
 */
PEL_API pel_status pel_scene_new(pel_scene **out, const pel_volume *volume, const pel_look *look,
                                 const pel_raycast_params *params);
PEL_API void pel_scene_free(pel_scene *scene);

/**
 * Add a scalar volume (frame 0, channel 0), on its own grid, under a look, which is fitted on the
 * way. The scene copies what it needs. Voxel indices in `keep` and `clip_box` are those of the
 * first volume; `step` in voxels counts the shortest edge of all. On failure the scene is as it
 * was.
 */
PEL_API pel_status pel_scene_add_volume(pel_scene *scene, const pel_volume *volume,
                                        const pel_look *look);

/**
 * As pel_scene_add_volume() from frame 0 of a source, a few slices at a time: nothing but the scene
 * holds the voxels then. The source stays open, and has learnt its hash.
 */
PEL_API pel_status pel_scene_add_source(pel_scene *scene, pel_source *source, const pel_look *look);

/** How a mesh or a cloud of points is drawn. Start from pel_sheet_defaults(). */
typedef struct pel_sheet_params {
    size_t size;
    const char *scalar; /* array that colours it through the look; NULL: none */
    double opacity;     /* 0 to 1, of each of its faces or points */
    pel_colour face;    /* not set: the colours in its file, or bone */
    pel_colour edge;    /* of lines along the edges of triangles; not set: none, or as the face */
    pel_length edge_width; /* mm or px */
    bool wireframe;        /* edges alone */
    bool points;           /* points in place of triangles */
    pel_length point_size; /* across, mm or px; NAN: 1.5 times how far apart they lie */
    int point_shape;       /* 0 ball, 1 disc */
} pel_sheet_params;

PEL_API extern const pel_schema pel_sheet_schema;
PEL_API pel_sheet_params pel_sheet_defaults(void);

/**
 * Add a mesh of triangles, or a cloud of points, in world mm; the scene copies what it needs. The
 * look gives the light, and with `scalar` the colours (auto: viridis, or labels); its opacity does
 * not count. Normals in the file, else the mean ones of pel_mesh_normals(), smooth the light. Both
 * sides are seen.
 *
 * Points are balls, or discs across their normals (without these across the ray), met at their own
 * depth and lit by their normals, or as the balls they are. Without colours in the file, `scalar`
 * and `face`, an array "label" or "intensity" colours them. `point_size` in px is as seen from the
 * camera, whatever the distance; unset it is 1.5 times the median distance of points (a thousand of
 * them) from their nearest neighbours.
 *
 * `edge`: lines along the edges of triangles, half of each on either side of it, in this colour
 * whatever the light; their width is that of the picture (px) or of the surface (mm, foreshortened
 * with it), and a pixel shows the share of its own width that they cover (after Baerentzen et al.
 * 2006). `wireframe`: nothing else is there, and in first and band what covers half a pixel; lines
 * without a colour have the face's, lit.
 *
 * PEL_EPARAM in mip, minip and mean, for an array that is not there, and for edges of a cloud;
 * PEL_EDATA without points.
 */
PEL_API pel_status pel_scene_add_mesh(pel_scene *scene, const pel_mesh *mesh, const pel_look *look,
                                      const pel_sheet_params *params);

/** Bytes that a scene holds of a mesh, its colours and numbers not counted, and needs to add it. */
PEL_API int64_t pel_sheet_bytes(int64_t points, int64_t triangles);

/** The look as fitted to what was added last; owned by the scene. */
PEL_API const pel_look *pel_scene_look(const pel_scene *scene);

/**
 * Aim a camera at the volume's box; the picture's size is the scene's. A volume of unknown
 * orientation is seen in array order: where its grid is left-handed the camera is mirrored in x
 * too.
 */
PEL_API pel_status pel_scene_aim(pel_camera *out, const pel_scene *scene,
                                 const pel_camera_params *params);

/** The corners of the scene's box in the world, mm, and whether its orientation is known. */
PEL_API void pel_scene_box(const pel_scene *scene, pel_vec3 corners_mm[8], bool *oriented);

/**
 * Draw one frame with its layers into a new image; the caller frees it. `samples` (may be NULL)
 * tells how many were taken.
 *
 * Samples lie at k*step along each ray, k = 0, 1, ... from the eye plane (orthographic) or the eye
 * (perspective); each stands for the length from k-1/2 to k+1/2 steps, the first and the last of a
 * run through the volume for what lies inside, so that path lengths are exact. Values are trilinear
 * between voxel centres, constant over the outer half of border voxels, nothing beyond. NaN is
 * nothing there, and so is every sample with a NaN neighbour. Quality reference, layers and data
 * pictures are made in float32 from the original values. Other pictures of one volume are drawn by
 * packets of rays in fixed point: positions to 2^-16 of a voxel or better, weights along x of 14
 * bits, tables of 4096 entries, a ray ends when less than 1/1024 (16 bits: 1/131072) of what lies
 * behind could be seen; they differ from reference by 1/255 at most in 999 of 1000 pixels.
 *
 * composite: front to back, sample alpha 1 - exp(-opacity*length) (Beer-Lambert; Levoy 1988),
 * colours and alpha from a table of the look with 16384 cells; a ray ends when less than 2^-20 of
 * what lies behind could be seen. Empty space is skipped by the least and greatest values of cells
 * of 8^3 voxels; that changes no bit. Lit samples are Blinn-Phong by the gradient of the
 * interpolated field (central differences, one voxel to each side); what a cut or the volume's own
 * end lays open is lit as that flat face, giving way to the gradient over three voxels. Unlit, a
 * pixel is the colour of the transfer function and nothing else.
 * Several volumes and meshes: samples lie at the same k*step in all volumes. Where the stretches of
 * volumes overlap their optical thicknesses add, and their colours mix in that proportion; apart
 * they lie over one another. A mesh is met at its exact depth, and parts the stretches it lies in.
 * `preintegrate`: stretches go from sample to sample, with the mean colour and opacity of the look
 * over the values between.
 * mip, minip, mean: the greatest, least and mean value of the samples. Pictures show it through the
 * look's colours (auto: grey; a mean's window, where none is given and the look has no points, ends
 * two thirds up the look's, since air thins it); where no sample was there is background.
 * first: the first point of the ray where the interpolated value reaches `level`, by the exact root
 * of its cubic in every cell on the way, whatever the step; its value is the level, or what a cut
 * or the volume's own end lays open where the ray starts inside. Of a label volume it is the face
 * of the first voxel that is none of 0, with its label. Colours are the look's, lit as above.
 * band: least, mean (by trapezoids) or greatest value along the ray between two depths behind that
 * point, sampled at most a step apart, both ends among them; what is cut away does not count.
 *
 * The picture is RGB uint8 (RGBA when the background is not opaque), or 16 bits: scalar (stored 0
 * is nothing there) in the scalar modes, RGB(A) in composite; or float32: scalar, NaN where
 * nothing is, or RGBA without background. Layers are float32, NaN where nothing is: `depth` mm
 * along the ray, `position` world mm, `voxel` indices, `normal` unit, world, from high to low
 * values, `opacity` (NaN where the ray misses the volume), `label` the value where that is of a
 * label volume. mean has `value` and `opacity` only. The same bytes for any number of threads.
 */
PEL_API pel_status pel_scene_frame(pel_image *out, const pel_scene *scene, const pel_camera *camera,
                                   int64_t *samples);

/** One picture of one volume: scene, camera and frame in one call. */
PEL_API pel_status pel_raycast(pel_image *out, const pel_volume *volume, const pel_look *look,
                               const pel_camera_params *camera, const pel_raycast_params *params);

/* ---- turntable ---- */

/** How a film goes around. Start from pel_turntable_defaults(). */
typedef struct pel_turntable_params {
    size_t size;
    int64_t turntable; /* frames; 0: no film */
    double arc;        /* degrees, -360 to 360 */
    const char *axis;  /* L R A P S I, x y z or "X,Y,Z"; NULL: z, which is S */
} pel_turntable_params;

PEL_API extern const pel_schema pel_turntable_schema;
PEL_API pel_turntable_params pel_turntable_defaults(void);

/**
 * The cameras of a film around the scene's middle (or `camera->center`), `params->turntable` of
 * them, from the one that `camera` asks for; the caller frees them with pel_turntable_free(). They
 * turn right-handed about the axis, 360 degrees in equal steps without the last, which would repeat
 * the first; a shorter arc with both ends. All have the scale (or the distance) at which the scene
 * fits from every one of them. PEL_EDATA for an anatomical axis when the orientation is unknown.
 */
PEL_API pel_status pel_turntable(pel_camera **out, const pel_scene *scene,
                                 const pel_camera_params *camera,
                                 const pel_turntable_params *params);
PEL_API void pel_turntable_free(pel_camera *cameras);

/* ---- voxels ---- */

/** How cubes are drawn. Start from pel_voxels_defaults(). */
typedef struct pel_voxels_params {
    size_t size;
    const char *opacity; /* "value": 0 to 1 over the look's window; a number; else the caller has
                            read a file. NULL: the alpha of face or colours, else value */
    pel_colour face;     /* one colour for all; not set: by value */
    const char *edge;    /* colour of cube edges, or "none" */
    double edge_width;   /* pt */
    double explode;      /* empty room between neighbours, in voxels */
    int hidden;          /* 0 show; 1 hide: no face between two filled voxels */
    int shade;           /* 0 off; 1 on: faces lit as matplotlib's shade=True */
    pel_texts keep;      /* whole voxels stay where these hold at their centres */
    double elev, azim, roll; /* degrees, as matplotlib's view_init */
    int proj;                /* 0 persp, 1 ortho */
    const char *box_aspect;  /* "data", "equal" or "4:4:3" */
    int box;                 /* 0 grid: the axes box holds the grid before --crop; 1 drawn: after */
    int axes, grid;          /* 0 on, 1 off */
    int units;               /* of the axes: 0 voxels, 1 mm */
    const char *picture;     /* option --size: of the figure, as of pel_slice_params */
    double dpi;
    pel_colour background; /* not set: white */
    const char *title;     /* NULL: none */
    const char *colors;    /* file of RGBA per voxel; the caller reads it */
    const char *corners;   /* "X,Y,Z": three files of corner places; the caller reads them */
} pel_voxels_params;

PEL_API extern const pel_schema pel_voxels_schema;
PEL_API pel_voxels_params pel_voxels_defaults(void);

/** What is drawn; everything is borrowed. Only `values` and `look` are needed. */
typedef struct pel_voxels_input {
    const pel_volume *values;     /* scalar, or RGB(A): channels, or a float npy's last axis */
    const pel_volume *whole;      /* the grid before a crop; NULL: `values` */
    const pel_volume *colours;    /* RGB(A) on the grid of `values`; NULL: none */
    const pel_volume *opacity;    /* 0 to 1 on that grid; NULL: none */
    const pel_volume *corners[3]; /* x, y, z, each one longer along every axis; NULL: none */
    const pel_look *look;         /* fitted by pel_voxels_fit() */
} pel_voxels_input;

/** True when a volume is colours: RGB or RGBA channels, or npy floats with a fourth axis of 3 or 4.
 */
PEL_API bool pel_voxels_is_colour(const pel_volume *volume);

/**
 * Fit a look: an unset window goes from the lowest to the highest value of `whole` (all the same:
 * from one below, or 0 to 1 where they are 0).
 */
PEL_API pel_status pel_voxels_fit(pel_look *look, const pel_volume *whole);

/**
 * Draw every voxel as a cube, in the projection of matplotlib 3.6's Axes3D and its `voxels`.
 *
 * A voxel is filled when its value is not 0 (nor NaN), or, where its alpha comes from `value`, a
 * file, or RGBA, when that is above 0. A ray through the middle of each pixel walks the grid
 * exactly (Amanatides and Woo 1987) and composites, front to back, every face it meets with the
 * voxel's alpha (Porter and Duff's over): the entry and the exit face of each filled voxel.
 * `hidden` 1 leaves out faces between two filled voxels, as matplotlib does. Where neighbouring
 * pixels differ, eight rays make one pixel. A ray ends when less than 2^-12 gets through. Edges are
 * lines of `edge_width` on paper at their own depth.
 *
 * `values` cropped from `whole` keep their places in its box; axes read from backwards are drawn
 * mirrored within the range they cover, with a note where the orientation is known. Corners that
 * are planes (each coordinate depends on its own index, and rises or falls) are drawn in the same
 * way; other corners make hexahedra, whose faces are two triangles each, sorted per pixel.
 *
 * The figure holds panes, grid lines, ticks and labels as vectors and the cubes as one picture of
 * RGBA, 16 bits. The caller frees it. PEL_EDATA when shapes do not fit, PEL_EPARAM on a wrong text.
 * The same bytes for any number of threads.
 */
PEL_API pel_status pel_voxels(pel_figure *out, const pel_voxels_input *in,
                              const pel_voxels_params *params);

/* ---- annotate ---- */

/** What is drawn over a picture. Start from pel_annotate_defaults(). */
typedef struct pel_annotate_params {
    size_t size;
    bool axes;      /* edges of the scene's box with ticks in mm */
    bool cube;      /* a cube in the corner whose faces say which way they look */
    bool scale_bar; /* a length of so many mm (orthographic pictures) */
    bool colorbar;  /* the look's colours with their values */
    bool labels;    /* anatomical letters at the four borders */
} pel_annotate_params;

PEL_API extern const pel_schema pel_annotate_schema;
PEL_API pel_annotate_params pel_annotate_defaults(void);

/** True when something is to be drawn. */
PEL_API bool pel_annotate_any(const pel_annotate_params *params);

/** The scene that a picture shows. */
typedef struct pel_annotate_scene {
    pel_vec3 corners_mm[8]; /* of its box */
    bool oriented;          /* letters R L A P S I; else the axes x y z of the array's grid */
    const pel_look *look;   /* fitted, of the colour bar */
} pel_annotate_scene;

/**
 * A figure of a picture (8-bit colours with their camera; it is taken and becomes empty) at its own
 * size, with annotations over it as items of their own: pixels stay as they are, and SVG and PDF
 * hold the raster and vectors. Black on a light picture, white on a dark one. Drawn at the
 * picture's print density, or where there is none as if the shorter side were 400 pt. PEL_EPARAM: a
 * scale bar in perspective, or a picture without a camera. The caller frees `out`.
 */
PEL_API pel_status pel_annotate(pel_figure *out, pel_image *picture,
                                const pel_annotate_scene *scene, const pel_annotate_params *params);

PEL_END

#endif
