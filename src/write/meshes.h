/* SPDX-License-Identifier: Apache-2.0 */
/* meshes.h: what a format of meshes is to the writer. */
#ifndef PEL_WRITE_MESHES_H
#define PEL_WRITE_MESHES_H

#include <pellucid/write.h>

#include "base/text.h"
#include "write/sink.h"

/** What a format has room for; the same of triangles, shifted by PEL__OF_TRIANGLES. */
enum {
    PEL__HOLDS_VALUES = 1,
    PEL__HOLDS_LABELS = 2,
    PEL__HOLDS_COLOURS = 4, /* RGB */
    PEL__HOLDS_ALPHA = 8,
    PEL__HOLDS_NORMALS = 16,
    PEL__HOLDS_CHANNELS = 32, /* values of several */
    PEL__HOLDS_POINT_ARRAYS = 63,
    PEL__OF_TRIANGLES = 8,          /* bits to shift by */
    PEL__HOLDS_CLOUDS = 1 << 16,    /* points without triangles */
    PEL__HOLDS_NAMES = 1 << 17,     /* of labels */
    PEL__HOLDS_NO_POINTS = 1 << 18, /* numbers without points */
    PEL__HOLDS_MADE = 1 << 19,      /* how it was made */
};

/** A mesh on its way to a file. */
typedef struct pel__mesh_writing {
    const char *path;
    const pel_mesh *mesh;
    const char *provenance; /* NULL: none */
    const pel_mesh_write_params *params;
    pel__sink *to;
} pel__mesh_writing;

typedef struct pel__mesh_writer {
    const char *name;
    const char *endings[8]; /* ended by NULL */
    unsigned holds;
    pel_status (*write)(pel__mesh_writing *w);
} pel__mesh_writer;

extern const pel__mesh_writer pel__write_stl, pel__write_obj, pel__write_off, pel__write_vtk,
    pel__write_vtp, pel__write_gifti, pel__write_glb, pel__write_fs_surface, pel__write_fs_curv,
    pel__write_fs_annot, pel__write_fs_patch;

/** True when an array is kept by a format that holds so much. */
bool pel__mesh_keeps(unsigned holds, const pel_array *array);

/** Is a line of a comment what an earlier writing said of itself? `oriented`: of the mesh now. */
bool pel__mesh_line_is_ours(const char *line, bool oriented);

/**
 * What a file says of itself, line by line, each between `before` and a line's end: what the
 * coordinates are, the mesh's own comment, version, and how it was made.
 */
void pel__mesh_lines(pel__text *to, const char *before, const pel_mesh *mesh,
                     const char *provenance);

/** The same in a few words: "pellucid 1.0 SPACE=RAS". */
void pel__mesh_title(char out[64], const pel_mesh *mesh);

/** Bytes of text with & < > as XML wants them. */
void pel__text_add_xml(pel__text *to, const char *text);

/** Send a growing text; frees it. */
void pel__sink_all(pel__sink *to, pel__text *text);

/** Write a .ply. */
pel_status pel__write_ply(const char *path, const pel_mesh *mesh, const char *provenance,
                          const pel_mesh_write_params *params);

#endif
