/* SPDX-License-Identifier: Apache-2.0 */
/* pipeline.h: operations made of operations: a volume as a command's input options prepare it, a
 * mask as steps make it, a surface. */
#ifndef PELLUCID_PIPELINE_H
#define PELLUCID_PIPELINE_H

#include <pellucid/flatten.h>
#include <pellucid/image.h>
#include <pellucid/read.h>
#include <pellucid/surface.h>
#include <pellucid/transform.h>

PEL_BEGIN

/** What happens to a volume between its file and an operation, in this order whatever the order
 * given. */
typedef struct pel_input_params {
    size_t size;
    const char *raw;                     /* headerless: 256x256x128,int16,le[,OFFSET] */
    const char *slices, *series, *allow; /* as of pel_read_params */
    int64_t frame;   /* of 4D; -1: not given (all for convert, the first with a note elsewhere) */
    int64_t channel; /* of several; -1: not given */
    pel_numbers spacing; /* mm; wins over the file */
    const char *assume;  /* "LAS": axes of a file with unknown orientation */
    const char *orient;  /* "RAS", "keep" */
    const char
        *mask; /* file; voxels where it is zero become the lowest value shown: NaN in float */
    const char *tone;
    pel_numbers resize;
    const char *crop; /* numpy slices of the grid as it then is: ":35,::-1,:25" */
} pel_input_params;

PEL_API extern const pel_schema pel_input_schema;
PEL_API pel_input_params pel_input_defaults(void);

/**
 * Open a volume (path as of pel_open_volume(), or phantom:SPEC) and apply the input options. What
 * can stream does: frame, channel, spacing, assume, crop, and flips of axes that keep their order;
 * the rest is done in memory before this returns. Every frame and channel unless params choose. The
 * hash of the file passes through: shape.fields.hash after finish(). Close the source.
 *
 * spacing: the first voxel stays where it is. assume: the middle of the grid does; PEL_EDATA when
 * the file says otherwise. mask: see pel_mask_apply(); tone, resize, crop, orient: see transform.h.
 */
PEL_API pel_status pel_input_open(pel_source *out, const char *path,
                                  const pel_input_params *params);

/** As pel_input_open(), with one frame of one channel, chosen as pel_input_read() does. */
PEL_API pel_status pel_input_open_scalar(pel_source *out, const char *path,
                                         const pel_input_params *params);

/**
 * As pel_input_open(), read into memory; the caller frees `out`. Unless `all_frames` it is one
 * frame of one channel: the first frame (with a note) when none is chosen, colours by their
 * luminance (Rec. 709 weights on the values as they are) and complex numbers by their magnitude,
 * float32 and with a note; PEL_EDATA for several channels without a meaning.
 */
PEL_API pel_status pel_input_read(pel_volume *out, const char *path, const pel_input_params *params,
                                  bool all_frames);

/** What preparing an input takes, told from headers alone. */
typedef struct pel_input_cost {
    pel_volume shape;     /* of the result, without data; free it */
    bool in_memory;       /* some option needs the whole volume: pel_input_open() holds it */
    int64_t read_bytes;   /* voxels to read */
    int64_t buffer_bytes; /* what the source holds while it streams; 0 in memory */
    int64_t open_bytes;   /* most that pel_input_open() holds at once */
    int64_t memory_bytes; /* most that pel_input_read() holds at once */
} pel_input_cost;

/** Plan pel_input_open() and pel_input_read(). Nothing but headers is read. */
PEL_API pel_status pel_input_plan(pel_input_cost *out, const char *path,
                                  const pel_input_params *params, bool all_frames);

/* ---- mask ---- */

/** How a mask is made. Start from pel_mask_defaults(). */
typedef struct pel_mask_params {
    size_t size;
    const char *range; /* "LO:HI", both included; either may be left out */
    int64_t otsu;      /* classes of Otsu's method; below 2: not used */
    bool li;           /* above Li's threshold */
    pel_length smooth; /* Gaussian before the threshold; NaN: none */
    const char *grey;  /* steps of pel_grey() on values, before the threshold and after smoothing */
    const char *steps; /* after it, see pel_mask() */
    int connectivity;  /* as of pel_components_params */
} pel_mask_params;

PEL_API extern const pel_schema pel_mask_schema;
PEL_API pel_mask_params pel_mask_defaults(void);

/** What pel_mask() found on its way. */
typedef struct pel_mask_found {
    int count;                          /* of thresholds */
    double threshold[PEL_MOST_CLASSES]; /* rising */
} pel_mask_found;

/**
 * A mask of a volume (one frame of one channel), uint8 0 and 1 on its grid: the voxels in a range,
 * above a threshold, or those neither 0 nor NaN when none of it is given; then `steps`, with ;
 * between them, in the order given:
 *   erode [R], dilate [R], open [R], close [R], tophat [R], blackhat [R]
 *                      by a ball (pel_morphology()); R is 2mm, 1.5 (mm) or 2vx; without: 1vx
 *   fill               fill holes (pel_fill_holes())
 *   largest [N]        the N largest parts; without: one
 *   keep >V, keep <V   parts of more, or less, than V: 100mm3, 100 (mm3), 50vx; also >= and <=
 *   area V             parts of V at least: an area opening
 *   skeleton           lines in the middle (pel_thin())
 *   invert             what was not there
 *   and FILE, or FILE, xor FILE, minus FILE
 *                      with another mask, through world mm (pel_mask_on_grid())
 * With `otsu` above 2 the result holds classes, 0 the darkest, and takes no steps. The caller frees
 * `out`; `found` may be NULL. PEL_EPARAM names the step that is wrong.
 */
PEL_API pel_status pel_mask(pel_volume *out, pel_mask_found *found, const pel_volume *in,
                            const pel_mask_params *params);

/**
 * The values that the threshold is found in: after `smooth` and `grey`, float32 on the grid of
 * `in`; the caller frees `out`. Empty when neither is asked for.
 */
PEL_API pel_status pel_mask_values(pel_volume *out, const pel_volume *in,
                                   const pel_mask_params *params);

/** Check range and steps without data; files are not opened. */
PEL_API pel_status pel_mask_check(const pel_mask_params *params);

/* ---- surface ---- */

enum { PEL_SURFACE_AUTO, PEL_SURFACE_VOLUME, PEL_SURFACE_MASK, PEL_SURFACE_LABELS };

/** How a surface is made. Start from pel_surface_defaults(). */
typedef struct pel_surface_params {
    size_t size;
    const char *level;               /* a number, or "auto" */
    int as;                          /* PEL_SURFACE_...; auto: a volume of two values is a mask */
    pel_numbers labels;              /* of a label image these only; none: all */
    bool open;                       /* as of pel_isosurface_params */
    bool largest, fill;              /* as of pel_parts_params */
    bool genus_0;                    /* the largest part, rid of handles by pel_genus_zero() */
    int64_t smooth;                  /* as of pel_smooth_params */
    pel_length max_shift;            /* the same; vx: shortest voxel edge */
    double keep_fraction, max_error; /* as of pel_reduce_params */
} pel_surface_params;

PEL_API extern const pel_schema pel_surface_schema;
PEL_API pel_surface_params pel_surface_defaults(void);

/** What pel_surface() found and did. */
typedef struct pel_surface_found {
    double level;          /* the one used */
    bool mask;             /* the volume was taken as one */
    int64_t triangles;     /* of the surface before it was smoothed and reduced */
    pel_genus_found genus; /* what genus_0 changed */
    pel_smoothed unstairs; /* of a mask: how far points moved from the edges of its voxels */
    pel_smoothed smoothed;
    pel_reduced reduced;
} pel_surface_found;

/**
 * The surface of what a volume (one frame of one channel) shows: pel_isosurface() at `level`,
 * pel_parts(), pel_smooth(), pel_reduce(). The level "auto" is Otsu's between two classes (of
 * whole numbers half-way to the next, so that no voxel meets it and no triangle is a needle), or
 * half-way where there are only two values. A mask's surface is smoothed by a filter of a long
 * wave, no point of it moving more than half a voxel from the edge between two voxels that it lies
 * on (Gibson 1998), so that the topology is that of voxels joined by faces and no stairs are left.
 * With `genus_0` voxels that would cut a handle or fill a tunnel change sides first, their values
 * mirrored at the level, and voxels above the level join by faces only: one closed surface of genus
 * 0. The caller frees `out`; `found` may be NULL. PEL_EDATA when nothing lies above the level, or
 * everything would be; PEL_EPARAM for a label image, which has a surface of each label.
 */
PEL_API pel_status pel_surface(pel_mesh *out, pel_surface_found *found, const pel_volume *in,
                               const pel_surface_params *params);

/**
 * What can be told of a surface and how true it is (P10), as JSON, malloc'd: counts, Euler number,
 * genus, watertight, area and volume; the distance of `mesh` from where `in` has the level; what
 * smoothing moved and reducing bounds. `in` may be NULL, of a label: without a distance then. NULL
 * when memory ran out or work failed.
 */
PEL_API char *pel_surface_receipt(const pel_mesh *mesh, const pel_surface_found *found,
                                  const pel_volume *in);

/**
 * True when a volume is a label image to pel_surface_net(): by `as`, by `labels`, or because
 * NIfTI's intent says so.
 */
PEL_API bool pel_surface_is_labels(const pel_volume *in, const pel_surface_params *params);

/**
 * The walls between all labels of a volume as one net: pel_label_net(), no point of it then moving
 * further than 3/4 of a voxel until it is smooth, pel_smooth(), pel_reduce(). Each wall keeps its
 * volume on either side, and points where three or more walls meet stay. The caller frees `net`;
 * `found` may be NULL. PEL_EDATA when there is no label.
 */
PEL_API pel_status pel_surface_net(pel_mesh *net, pel_surface_found *found, const pel_volume *in,
                                   const pel_surface_params *params);

/**
 * The surfaces of labels out of a net, one after the other, each pel_label_mesh() and pel_parts();
 * of several the labels array "label" on points tells which. The caller frees `out`.
 */
PEL_API pel_status pel_surface_labels(pel_mesh *out, const pel_mesh *net, const int32_t *labels,
                                      int64_t count, const pel_surface_params *params);

/** Check the level's text without data. */
PEL_API pel_status pel_surface_check(const pel_surface_params *params);

/* ---- vessel-mask ---- */

/** How a mask of vessels is made. Start from pel_vessel_mask_defaults(). */
typedef struct pel_vessel_mask_params {
    size_t size;
    const char *hysteresis; /* "LO:HI" of responses */
    double least;           /* mm3 of a part */
    bool thin;              /* vessels end at half of their own crest */
} pel_vessel_mask_params;

PEL_API extern const pel_schema pel_vessel_mask_schema;
PEL_API pel_vessel_mask_params pel_vessel_mask_defaults(void);

/** What there is of a mask. */
typedef struct pel_mask_measure {
    double threshold;                    /* of values; NaN: none */
    int64_t voxels, components, largest; /* largest: voxels of the largest part */
    double volume_mm3;
} pel_mask_measure;

/** The mask of vessels, and what plain thresholding gives in the same region. */
typedef struct pel_vessel_mask_found {
    pel_mask_measure vessels, plain;
    double dice; /* of both; NaN when both are empty */
} pel_vessel_mask_found;

/**
 * A mask of the vessels that a response of pel_vessels() (on the grid of `in`, within the same
 * region) tells of: voxels that respond by LO at least and whose value lies beyond half-way from
 * what is around them (a Gaussian mean of one voxel where the response is below the middle of LO
 * and HI) to a full vessel (the 90th percentile of the values that respond by HI), so that half of
 * the voxel is vessel, however thin it is and whatever it lies on; of their parts those that
 * somewhere respond by HI, of `least` mm3. With `thin` what lies next to such voxels counts, too,
 * where it rises above what is around it by more than half of their rise: veins thinner than a
 * voxel are whole, and thicker than they are. The response says where there are vessels, the
 * values where they end; found->vessels.threshold is half-way from the mean
 * of what is around vessels. `found` also holds what Otsu's threshold of the whole region would
 * give. `within` may be NULL. uint8 0 and 1; the caller frees `out`.
 */
PEL_API pel_status pel_vessel_mask(pel_volume *out, pel_vessel_mask_found *found,
                                   const pel_volume *in, const pel_volume *response,
                                   const pel_volume *within, int polarity,
                                   const pel_vessel_mask_params *params);

/* ---- vessel-lines ---- */

/**
 * The centre lines of a mask of vessels, as branches with radii and lengths: pel_thin() and
 * pel_skeleton(), walls being where the values of `in` (on the same grid) pass `level`, such as
 * found.vessels.threshold of pel_vessel_mask(). The caller frees `out`.
 */
PEL_API pel_status pel_vessel_lines(pel_lines *out, const pel_volume *in, const pel_volume *mask,
                                    double level, int polarity);

/** Bytes that it holds at most. */
PEL_API int64_t pel_vessel_lines_memory(const pel_volume *shape);

/* ---- of surfaces ---- */

/**
 * Keep of a surface what a camera sees of it, and what lies hidden between that: walls of furrows,
 * triangles smaller than a pixel. Of what is not seen only the largest part goes. Triangles stay
 * whole. PEL_EDATA when it sees nothing.
 */
PEL_API pel_status pel_view_cut(pel_mesh *mesh, const pel_camera *camera);

/**
 * Add (or renew) the values "sulcal_depth" (mm) on points of a closed surface: how far a point lies
 * below the hull that bridges folds up to 30 mm wide, as the straight distance; 0 on the crowns of
 * gyri. The hull is a closing by a ball of 15 mm on a grid of 1 mm, after Van Essen 2005.
 */
PEL_API pel_status pel_sulcal_depth(pel_mesh *mesh);

/* ---- brain-check ---- */

/** Draw the outline of a mask over a mosaic of axial slices of `in`, to be looked at; the caller
 * frees the figure. */
PEL_API pel_status pel_brain_check(pel_figure *out, const pel_volume *in, const pel_volume *mask);

/** Bytes that drawing it takes. */
PEL_API int64_t pel_brain_check_memory(const pel_volume *shape);

/* ---- cortex ---- */

enum { PEL_MOST_HEADS = 6 };

/** From a head to flat maps. Start from pel_cortex_defaults(). */
typedef struct pel_cortex_params {
    size_t size;
    pel_numbers at;      /* RAS mm: the middle of the patch; none: by `view` */
    int view;            /* 0 auto: left, or what a surface with a border is as a whole; then as
                            pel_camera_params: front back left right top bottom */
    double radius;       /* of the patch, mm along the surface; 0: 50, or by `view` what it sees */
    const char *mask;    /* file: the brain, in place of pel_brain() */
    const char *surface; /* file: a surface, in place of the hull of the brain */
    int csf;             /* as of pel_brain_params */
    double border;       /* the same */
    double bridge;       /* furrows up to twice this wide are bridged by the surface, mm */
    const char *depth;   /* as of pel_probe_params: of the maps */
    const char *stat;    /* one of pel_probe_params: of the maps */
    double pixel;        /* mm, of maps and views */
    int method, up;      /* as of pel_flatten_params */
    int64_t vessels;     /* the volume, from 1, whose vessels are mapped; 0: none; -1: the first,
                            unless what is found there is tissue */
    const char *scales;  /* as of pel_vessels_params */
    int polarity;        /* as of pel_vessels_params */
    const char *vessel_depth; /* "D0:D1": where vessels are mapped */
} pel_cortex_params;

PEL_API extern const pel_schema pel_cortex_schema;
PEL_API pel_cortex_params pel_cortex_defaults(void);

/** A volume to be mapped; all are aligned in the world, each is on its own grid. */
typedef struct pel_cortex_head {
    const char *path;
    const pel_input_params *params;
} pel_cortex_head;

/** Told while the work goes on. Either call may be NULL. */
typedef struct pel_cortex_sink {
    void *user;
    /* a step begins, or was found done by an earlier run; `step` is a literal */
    void (*step)(void *user, const char *step, bool redone);
    void (*file)(void *user, const char *path); /* a file of the folder that is in place */
} pel_cortex_sink;

/**
 * From a head to flat maps of its cortex, in a folder that is made where it is not there:
 * - brain_mask.nii.gz, brain_check.png: pel_brain() of the first volume, or `mask` on its grid
 * - surface.ply: the hull of the brain, smooth, furrows bridged; or `surface`
 * - patch.ply, flat.ply: a part of it, and that laid flat
 * - position.tif, normal.tif, area.tif, angle.tif, distortion.png: where each pixel of a map was
 *   (mm) and what flattening does there
 * - map1.tif, map1.png, map1_voxel.tif, view1.tif, view1.png, and so on for each volume: what lies
 *   in the band `depth`, on the flat map and as seen straight from outside, unlit, in values; and
 *   the voxel of each pixel
 * - view_position.tif: mm of the views' pixels
 * - vessels.nii.gz, vessels_mask.nii.gz, vessels_lines.csv: in three dimensions, and
 *   map_vesselness.tif, map_vessels.tif (parts, numbered by size), map_lines.csv, map_vessels.png
 * - report.json, report.html, place.png; stages.txt
 *
 * A step whose inputs (by hash) and options are those of an earlier run into the folder is not done
 * again, as long as its files are as it left them; stages.txt keeps that. Each file is whole or
 * absent, and a run that was stopped is completed by the next. Other files in the folder: one
 * without stages.txt must be empty (PEL_EPARAM). The same bytes for any number of threads.
 * `provenance` (JSON) may be NULL. `report` becomes the JSON of report.json, malloc'd.
 */
PEL_API pel_status pel_cortex(char **report, const char *folder, const pel_cortex_head *heads,
                              int count, const pel_cortex_params *params, const char *provenance,
                              const pel_cortex_sink *sink);

/** PEL_EPARAM when something about the params is wrong, for so many volumes. */
PEL_API pel_status pel_cortex_check(const pel_cortex_params *params, int count);

/** Bytes that a step holds at most; `shape` is the largest volume, `mask` the first. */
PEL_API int64_t pel_cortex_memory(const pel_cortex_params *params, const pel_volume *shape);

/* ---- replay ---- */

/** One parameter as the command line and pel_schema_set() take it. */
typedef struct pel_recipe_option {
    char *name, *value;
} pel_recipe_option;

/** One input that something was made from. */
typedef struct pel_recipe_input {
    char *hash; /* XXH3-128 in hex; NULL: not known */
    char *name; /* last part of its path, or a phantom; NULL: not kept */
    char *role; /* the option that named it: "mask"; NULL: an input by itself */
    int option_count;
    pel_recipe_option *option; /* those of a list have one name */
} pel_recipe_input;

/** How something was made: what its provenance says. Zeroed is empty. */
typedef struct pel_recipe {
    char *version, *command;
    char *layer;          /* of a picture, where the file is one layer; NULL: no */
    pel_recipe_input own; /* the command's options; no hash, name or role */
    int input_count;
    pel_recipe_input *input; /* a mask follows the input that it belongs to */
} pel_recipe;

/**
 * What a file (see pel_read_made()) says of how it was made, and the same from JSON text; `name` is
 * used in messages. PEL_EDATA when it says nothing, PEL_EFORMAT when what it says is damaged. The
 * caller frees `out`.
 */
PEL_API pel_status pel_recipe_read(pel_recipe *out, const char *path);
PEL_API pel_status pel_recipe_parse(pel_recipe *out, const char *json, const char *name);
PEL_API void pel_recipe_free(pel_recipe *recipe);

/**
 * The hash that provenance has for an input of this name, as it is now: of a file the XXH3-128 of
 * its bytes, of a series, a pair or a zip what reading it gives. `params` (NULL: none) say how it
 * is read (raw, slices, allow).
 */
PEL_API pel_status pel_input_hash(char out[33], const char *path, const pel_input_params *params);

PEL_END

#endif
