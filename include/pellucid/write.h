/* SPDX-License-Identifier: Apache-2.0 */
/* write.h: nouns become files, whole or not at all (P11). */
#ifndef PELLUCID_WRITE_H
#define PELLUCID_WRITE_H

#include <pellucid/image.h>
#include <pellucid/mesh.h>
#include <pellucid/volume.h>

PEL_BEGIN

/** How to write. Start from pel_write_defaults(). */
typedef struct pel_write_params {
    size_t size;
    int nifti;          /* PEL_NIFTI_...: which header */
    int64_t gzip_level; /* of .gz and TIFF: 1 fast to 12 small */
    int tiff;           /* PEL_TIFF_...: how strips are packed */
    int encoding;       /* PEL_ENCODING_...: of NRRD and MetaImage */
} pel_write_params;

enum { PEL_TIFF_DEFLATE, PEL_TIFF_NONE, PEL_TIFF_ZSTD };
enum { PEL_NIFTI_AUTO, PEL_NIFTI_1, PEL_NIFTI_2 };
enum { PEL_ENCODING_GZIP, PEL_ENCODING_RAW };

PEL_API extern const pel_schema pel_write_schema;
PEL_API pel_write_params pel_write_defaults(void);

/**
 * Write a volume; the ending chooses the format, "-" is standard output as NIfTI. Slabs are pulled
 * from the source, so memory is bounded by a few slices; the result is the same for any number of
 * threads. `params` NULL: defaults.
 *
 * `.nii .nii.gz`, `.hdr .img` (a pair): NIfTI-1, or NIfTI-2 when a dim is above 32767, when
 * the shape came from NIfTI-2, or when `nifti` says so. Scale, description, intent, display range,
 * units and extensions are those of the shape. qform and sform are kept as the file said them while
 * mm_from_ijk is still what one of them said; when the grid has changed since (crop, reorder,
 * resample), both follow it and keep their codes. A volume that came without codes gets both from
 * mm_from_ijk with code 2 (aligned), sheared ones the sform alone; one that is not `oriented` gets
 * both codes 0, so it stays unknown. Channels without a NIfTI type (all but RGB and RGBA of uint8
 * and complex floats) go along axis 5.
 * `.gz` is independent gzip members of 256 KB; one after the other they are a valid gzip file.
 * `.npy`: version 1, Fortran order, so that a[i,j,k] is voxel ijk; frames and channels are further
 * axes in this order. The format holds neither grid nor scale: the scale is applied, and a note
 * says what was left out.
 * `.tif .tiff`: pages in ImageJ's order (channels, slices, frames), RGB and RGBA pixels in one
 * page, deflate, zstd or plain strips, BigTIFF beyond 4 GB; the voxel size in the resolution tags
 * and in ImageJ's words when `unit_known`. The format holds neither orientation, origin nor scale:
 * as npy. A folder that is there or ends in `/`, or a pattern `folder/name_%04d.tif` or `.png`: one
 * file per slice, numbered from 0, read back as a series; the first carries the provenance. PNG
 * holds uint8 and uint16, one channel or colours, and no scale; frames are refused. The folder
 * comes and is replaced as a whole, so it may hold no other files.
 *
 * `.nrrd`, `.nhdr` with `.raw.gz` or `.raw`: NRRD0004 in LPS (without orientation: a space without
 * a name), frames and channels as axes with kinds, comments and provenance as key:=value. `.mha`,
 * `.mhd` with `.zraw` or `.raw`: MetaImage in LPS (AnatomicalOrientation ??? without orientation);
 * provenance is the field Pellucid, since MetaIO has no room for it in Comment. `.mgh`, `.mgz`:
 * FreeSurfer's, uint8, int16, int32 and float32 on a grid of float32, one channel, no provenance;
 * other types become the next that holds them, with a note, or are refused (PEL_EUNSUPPORTED). None
 * of them holds a scale: it is applied, with a note.
 *
 * `provenance`: JSON text of pel_provenance(), or NULL; an older one is replaced. PEL_HASH_LATER in
 * it becomes the hash of the source once that has been read to its end, or null where it is not
 * known (standard output cannot go back).
 */
PEL_API pel_status pel_write_source(const char *path, pel_source *source, const char *provenance,
                                    const pel_write_params *params);

/** As pel_write_source() from memory. */
PEL_API pel_status pel_write_volume(const char *path, const pel_volume *volume,
                                    const char *provenance, const pel_write_params *params);

/** An upper bound of the bytes a writer holds beside its source; -1 when it cannot write this. */
PEL_API int64_t pel_write_memory(const char *path, const pel_volume *shape);

/** Write a picture: .png (8 or 16 bit), .tif, .npy, .exr, .nii(.gz) for data; metadata carries
 * scale, camera, provenance. */
PEL_API pel_status pel_write_image(const char *path, const pel_image *image);

/** Write one layer of a picture: .tif, .npy, .exr, .nii(.gz). */
PEL_API pel_status pel_write_layer(const char *path, const pel_image *image, const char *name);

/** Draw a figure: .png .svg .pdf. */
PEL_API pel_status pel_write_figure(const char *path, const pel_figure *figure);

/** Draw a figure into a picture, as .png would have it, at its dpi; the caller frees it. */
PEL_API pel_status pel_write_raster(pel_image *out, const pel_figure *figure);

/* ---- films ---- */

/** How frames follow each other. Start from pel_film_defaults(). */
typedef struct pel_film_params {
    size_t size;
    double fps;     /* frames per second */
    int64_t loop;   /* times it is played; 0: for ever (.mp4 and .webm leave it to the player) */
    bool ping_pong; /* then backwards, without showing the ends twice */
    int64_t film_quality; /* 1 to 100 of .mp4 .webm .webp; 0: 80, and lossless in .webp */
    bool dither;          /* .gif: an ordered pattern between its 255 colours */
} pel_film_params;

PEL_API extern const pel_schema pel_film_schema;
PEL_API pel_film_params pel_film_defaults(void);

/** Pictures on their way into one film, packed by other threads while the next one is made. */
typedef struct pel_film pel_film;

/**
 * Begin a film of `frames` pictures: `.apng .gif .webp`, `.mp4 .webm` by the ffmpeg program, or
 * numbered pictures, where the name holds %d or %03d (any picture pel_write_image() can write).
 * `cameras` (may be NULL) has one camera per frame, which go into the metadata. What cannot work is
 * said here: PEL_EPARAM for a name or rate that does not fit, PEL_EUNSUPPORTED where ffmpeg or a
 * library is missing. The caller frees the film.
 *
 * Frames are 8-bit RGB or RGBA, all of one size. `.apng` and lossless `.webp` keep every pixel;
 * they and `.gif` store the rectangle that changed. `.gif` has one palette for all frames (median
 * cut, then k-means, in Oklab) and one transparent colour; `.mp4` and `.webm` are 4:2:0, BT.709, of
 * even size, and refuse transparent frames. Scale, cameras and the provenance of the first frame
 * are in the file. The same frames give the same bytes at any number of threads (of .mp4 and .webm
 * with the same ffmpeg).
 */
PEL_API pel_status pel_film_open(pel_film **out, const char *path, int64_t frames,
                                 const pel_camera *cameras, const pel_film_params *params);

/** Add the next frame, which the film takes (it becomes empty, on failure too). */
PEL_API pel_status pel_film_add(pel_film *film, pel_image *frame);

/** After the last frame: finish the file and put it in place. */
PEL_API pel_status pel_film_end(pel_film *film);

/** Drop what was not ended; NULL is harmless. */
PEL_API void pel_film_free(pel_film *film);

/** The name of numbered picture `n`; PEL_EPARAM when `path` does not hold one %d. */
PEL_API pel_status pel_film_frame_path(char out[4096], const char *path, int64_t n);

/** Bytes that a film of such frames holds at most, beside the frame handed to it. */
PEL_API int64_t pel_film_memory(const char *path, int64_t width, int64_t height, int channels,
                                const pel_film_params *params);

/** True when frames can be written under this name. */
PEL_API bool pel_can_write_film(const char *path);

/* ---- meshes and clouds of points ---- */

/** How to write a mesh. Start from pel_mesh_write_defaults(). */
typedef struct pel_mesh_write_params {
    size_t size;
    bool ascii;         /* numbers as text, where the format can; else binary */
    const char *scalar; /* the array that a file of one array holds; NULL: the only one */
} pel_mesh_write_params;

PEL_API extern const pel_schema pel_mesh_write_schema;
PEL_API pel_mesh_write_params pel_mesh_write_defaults(void);

/**
 * Write a mesh; the ending chooses the format. What a format has no room for is told as a note and
 * left out; what it cannot be at all is refused (PEL_EDATA, PEL_EPARAM). `provenance` (JSON) may be
 * NULL, and so may `params`: defaults. Where there is room the file says what the coordinates are
 * ("coordinates: RAS mm" and SPACE=RAS, which 3D Slicer heeds, when `oriented`), then the mesh's
 * own comment, `pellucid` and `provenance`.
 *
 *   .ply   everything but names of labels; nx ny nz, red green blue (alpha), labels int, values
 *          float, of several channels NAME_0, NAME_1...; blanks in names become _; "-" too
 *   .stl   triangles alone        .obj  colours (no alpha) and normals of points
 *   .off   colours of points and triangles, normals of points
 *   .gii   everything             .vtk .vtp  everything but names of labels
 *   .glb   arrays of points of up to 4 channels; labels to 2^24. Positions stay as they are, under
 *          a node that turns them to glTF's metres with y up
 *   lh.NAME .white .pial .inflated .sphere .smoothwm .orig .surf: FreeSurfer surfaces, triangles
 *          alone, with a volume geometry whose centre is the origin when `oriented`
 *   .curv .sulc .thickness .area: one array of values; .annot: one of labels with their names;
 *   .patch .3d: a cloud whose labels "vertex" (and "border") name points of a whole surface
 */
PEL_API pel_status pel_write_mesh(const char *path, const pel_mesh *mesh, const char *provenance,
                                  const pel_mesh_write_params *params);

/** True when a mesh, or a cloud, can be written under this name. */
PEL_API bool pel_can_write_mesh(const char *path);

/** A file of points that come part by part. */
typedef struct pel_cloud pel_cloud;

/**
 * Open a .ply for points; `coordinates` is what its comment says of them, `provenance` (may be
 * NULL) may hold PEL_HASH_LATER. Not to standard output (PEL_EPARAM): the number of points is
 * written last.
 */
PEL_API pel_status pel_cloud_open(pel_cloud **out, const char *path, const char *coordinates,
                                  const char *provenance, const pel_mesh_write_params *params);

/** Add the points of a mesh; the first part fixes which arrays there are. */
PEL_API pel_status pel_cloud_add(pel_cloud *cloud, const pel_mesh *part);

/** Write count and hash ("": not known), and put the file in place. */
PEL_API pel_status pel_cloud_commit(pel_cloud *cloud, const char *hash);

/** Free it; what was not committed is dropped. NULL is harmless. */
PEL_API void pel_cloud_close(pel_cloud *cloud);

/**
 * Write centre lines: .csv with the columns branch,from,to,x_mm,y_mm,z_mm,radius_mm,along_mm,
 * length_mm (the branch's), a row per point; or .ply, ascii, with points (radius, branch) and
 * edges. `provenance` (may be NULL) is a comment of the PLY; a table has none.
 */
PEL_API pel_status pel_write_lines(const char *path, const pel_lines *lines,
                                   const char *provenance);

/** True when lines can be written under this name. */
PEL_API bool pel_can_write_lines(const char *path);

/** A file of outlines, slice by slice. */
typedef struct pel_outlines pel_outlines;

/**
 * Open a file for closed outlines within slices: .csv with the columns
 * slice,contour,hole,point,x,y,z, or .svg with a group per slice, x to the right and y down, holes
 * left empty. `lo`, `hi`: the box that the SVG shows; `unit`: of the coordinates, "mm" or "px".
 */
PEL_API pel_status pel_outlines_open(pel_outlines **out, const char *path, const double lo[2],
                                     const double hi[2], const char *unit);

/** Add an outline of `points` points, counter-clockwise; slices come in order. */
PEL_API pel_status pel_outlines_add(pel_outlines *to, int64_t slice, bool hole,
                                    const double (*point)[3], int64_t points);

/** Put the file in place. */
PEL_API pel_status pel_outlines_commit(pel_outlines *outlines);

/** Free it; what was not committed is dropped. NULL is harmless. */
PEL_API void pel_outlines_close(pel_outlines *outlines);

/** True when outlines can be written under this name. */
PEL_API bool pel_can_write_outlines(const char *path);

/** True when a picture, figure or volume can be written under this name. */
PEL_API bool pel_can_write_volume(const char *path);
PEL_API bool pel_can_write_image(const char *path);
PEL_API bool pel_can_write_figure(const char *path);

PEL_END

#endif
