/* SPDX-License-Identifier: Apache-2.0 */
/* meshes.h: what a format of meshes is to the reader. */
#ifndef PEL_READ_MESHES_H
#define PEL_READ_MESHES_H

#include <pellucid/mesh.h>

#include "read/formats.h"

/** A format of meshes: a test of the first bytes, and all of a file at once into an empty mesh. */
typedef struct pel__mesh_format {
    const char *name;
    const char *endings[4]; /* ended by NULL */
    bool (*is)(const uint8_t *head, int64_t count);
    pel_status (*read)(pel_mesh *out, pel__bytes *bytes);
    /* of an empty mesh: its arrays, and how many points and faces are promised */
    pel_status (*head)(pel_mesh *out, pel__bytes *bytes, int64_t *points, int64_t *faces);
} pel__mesh_format;

/** In the order they are asked, ended by NULL. */
extern const pel__mesh_format *const pel__mesh_formats[];

extern const pel__mesh_format pel__ply;

#endif
