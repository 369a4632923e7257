/* SPDX-License-Identifier: Apache-2.0 */
/* read.h: files become nouns. */
#ifndef PELLUCID_READ_H
#define PELLUCID_READ_H

#include <pellucid/mesh.h>
#include <pellucid/volume.h>

PEL_BEGIN

/** How to read. Start from pel_read_defaults(). */
typedef struct pel_read_params {
    size_t size;
    const char *raw;    /* "256x256x128,int16,le[,OFFSET]": the file has no header; NULL: it has */
    const char *slices; /* "START:STOP:STEP": of a series or a TIFF stack only these; NULL: all */
    const char *series; /* of DICOM with several series: number, part ("5.2") or UID; NULL: none */
    const char *allow;  /* "gaps,mixed": what a series or stack may have; NULL: neither */
} pel_read_params;

PEL_API extern const pel_schema pel_read_schema;
PEL_API pel_read_params pel_read_defaults(void);

/**
 * Open a volume file: NIfTI-1/2 (single or pair), Analyze 7.5, NRRD, MetaImage, MGH/MGZ, DICOM,
 * npy, TIFF, PNG, JPEG, headerless raw, also gzipped; `archive.zip::member`, a zip with one volume,
 * or "-" for standard input (also gzipped). Content decides what a file is, not its name; either
 * name of a pair, or none of the endings, finds the file. Only the header is read; voxels come by
 * slabs. Close the source.
 *
 * NIfTI: mm_from_ijk is the sform when it has a code and is not singular, else the qform when it
 * has one, else the voxel sizes with x running down and `oriented` false: as nibabel's affine, but
 * always in mm. A scl_slope that is 0 or not finite scales nothing. float128 becomes float64,
 * complex numbers two channels. Analyze: spacing, no orientation; scale as SPM2. npy: a[i,j,k] is
 * voxel (i,j,k), further axes are frames; a fourth axis of 3 or 4 uint8 is colour; float16 becomes
 * float32; C order is turned in memory at the first slab. NRRD and MetaImage in LPS become RAS; an
 * order of axes with channels or frames among those of space is turned in memory; text they have no
 * field for becomes a comment extension. MetaImage whose AnatomicalOrientation is ??? and NRRD in a
 * space without a name keep their grid with `oriented` false. Data files that a header names lie in
 * its folder or below, or in its archive: no absolute path, no .., no link that leads out.
 *
 * A folder or a pattern (`scan/z*.tif`) is a series: its TIFF, PNG and JPEG files in natural order
 * are slices. Slices are k, rows j from the top, columns i; which way they point is unknown.
 * TIFF: numbers as stored, of 1 to 16 bits in uint8 and uint16; white-is-zero is turned, so that
 * larger is brighter; palettes and YCbCr become RGB; pages of ImageJ and OME-XML become slices,
 * channels and frames. A resolution that is a print density is no voxel size. Notes tell where the
 * voxel size comes from, and the order of a series.
 *
 * DICOM: one file with its frames, or the series in a folder's tree, a pattern or a zip (below
 * `zip::folder`); `series` chooses where there are several. Images are sorted along their normal
 * and must lie on an even straight line; several at one place are frames. Axes are as dcm2niix has
 * them by default for slices: i along rows, j up the columns, k along rows x columns (LPS becomes
 * RAS); a tilted gantry gives a sheared grid. Numbers are as stored, with the rescale as slope and
 * inter, or float32 where slices have scales of their own; palettes and YBR become RGB; MONOCHROME1
 * is not turned. Mosaics and enhanced images are taken apart. Names of patients are never kept.
 *
 * PEL_EIO: not there or unreadable; PEL_EFORMAT: damaged, cut short, or a header that promises
 * more than the bytes can hold (nothing is allocated for it); PEL_EUNSUPPORTED: a format or type
 * that is not read, with what converts it. What is odd but harmless is told as a note.
 */
PEL_API pel_status pel_open_volume(pel_source *out, const char *path,
                                   const pel_read_params *params);

/** Read a whole volume; the caller frees it. `params` NULL: defaults. */
PEL_API pel_status pel_read_volume(pel_volume *out, const char *path,
                                   const pel_read_params *params);

/** As pel_read_volume() from bytes in memory (not copied); `name` tells the format by its ending
 * and is used in messages. */
PEL_API pel_status pel_read_volume_bytes(pel_volume *out, const void *bytes, size_t size,
                                         const char *name);

/**
 * Read a mesh, also gzipped, as `archive.zip::member.ply` or "-". The caller frees it. The format
 * is told by its first bytes; STL of bytes, OBJ and annotations by their ending. Faces of more than
 * three corners become fans of triangles, which share their face's numbers; shorter ones are left
 * out with a note, as is all that is no point, triangle or number on them.
 *
 * Coordinates are taken as RAS mm; `oriented` says whether the file says so: by the words
 * "SPACE=RAS" or "coordinates: RAS mm" in its comment, by GIFTI's spaces, by a FreeSurfer geometry.
 * "SPACE=LPS" (3D Slicer) is turned to RAS. Arrays: normals of points or triangles, colours (bytes;
 * 16 bits and 0 to 1 scaled), labels where numbers are whole, else values in float32, under their
 * name in the file; a second one of a name gets a number.
 *
 *   PLY       ascii, binary of either byte order; any types and order of properties
 *   STL       ascii, binary; corners at one place become one point
 *   OBJ       v (also x y z r g b), vn, f
 *   OFF       ascii, with N, C, ST and colours of faces
 *   GIFTI     ascii, base64, base64 of zlib; several arrays, label tables; points of an unknown
 *             space go to the one they have a matrix to; moments become one array "time_series";
 *             files of numbers alone (.func .shape .label) become a `placeless` mesh
 *   VTK, VTP  POLYDATA; legacy 1 to 5.1; XML inline or appended, also packed by zlib
 *   GLB       glTF 2.0: triangles and points of the scene, metres with y up turned to mm with z up
 *   FreeSurfer  surfaces of triangles, to scanner RAS by the volume geometry in the file; curv
 *             (sulc, thickness ...) and annot, both `placeless`; patches: points with the labels
 *             "vertex" (of the whole surface) and "border"
 *
 * PEL_EIO, PEL_EFORMAT and PEL_EUNSUPPORTED as of pel_open_volume(); PEL_EDATA: a coordinate that
 * is not finite, or a triangle of a point that is not there.
 */
PEL_API pel_status pel_read_mesh(pel_mesh *out, const char *path);

/** As pel_read_mesh() from bytes in memory (not copied); `name` is used in messages. */
PEL_API pel_status pel_read_mesh_bytes(pel_mesh *out, const void *bytes, size_t size,
                                       const char *name);

/**
 * Points (without triangles) of a file of meshes, or of lines of three numbers with blanks, commas
 * or semicolons between them; lines that begin with # or a word are passed over. The caller frees
 * `out`.
 */
PEL_API pel_status pel_read_points(pel_mesh *out, const char *path);

/** What reading a mesh takes, from its header alone. */
typedef struct pel_mesh_cost {
    int64_t points, triangles; /* two triangles a face: polygons of more corners become more */
    int64_t array_bytes;       /* of its colours, normals and numbers */
    int64_t memory_bytes;      /* held while and after reading */
    int64_t read_bytes;        /* of the file; 0: not known */
} pel_mesh_cost;

/** Plan pel_read_mesh(). */
PEL_API pel_status pel_plan_mesh(pel_mesh_cost *out, const char *path);

/** True when the ending of the name, without .gz, is one of a mesh that is read, or the file
 * begins as one of FreeSurfer does. */
PEL_API bool pel_can_read_mesh(const char *path);

/**
 * What pellucid wrote into a picture, figure, film or volume of how it was made, or what its
 * --sidecar keeps: JSON text, malloc'd. Looks at the first and the last 32 MB of a file. PEL_EDATA
 * when it says nothing.
 */
PEL_API pel_status pel_read_made(char **out, const char *path);

PEL_END

#endif
