/* SPDX-License-Identifier: Apache-2.0 */
/* meshes.h: what a format of meshes is to the reader. */
#ifndef PEL_READ_MESHES_H
#define PEL_READ_MESHES_H

#include <pellucid/mesh.h>

#include "read/formats.h"

/** A format of meshes: a test of the first bytes, and all of a file at once into an empty mesh. */
typedef struct pel__mesh_format {
    const char *name;
    const char *endings[6]; /* ended by NULL */
    /* `path` is the file's name without .gz, for what has no mark of its own */
    bool (*is)(const char *path, const uint8_t *head, int64_t count);
    pel_status (*read)(pel_mesh *out, pel__bytes *bytes);
    /* of an empty mesh: its arrays, and how many points and faces are promised. NULL: the format
       has no such header, and a plan reads the file */
    pel_status (*head)(pel_mesh *out, pel__bytes *bytes, int64_t *points, int64_t *faces);
    int64_t beside; /* bytes held while reading, for each byte of the file */
} pel__mesh_format;

/** In the order they are asked, ended by NULL. */
extern const pel__mesh_format *const pel__mesh_formats[];

extern const pel__mesh_format pel__ply, pel__stl, pel__obj, pel__off, pel__vtk, pel__vtp,
    pel__gifti, pel__glb, pel__fs_surface, pel__fs_curv, pel__fs_annot, pel__fs_patch;

#endif
