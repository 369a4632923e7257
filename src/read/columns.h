/* SPDX-License-Identifier: Apache-2.0 */
/* columns.h: numbers of a file on their way into a mesh, the same for all its formats. */
#ifndef PEL_READ_COLUMNS_H
#define PEL_READ_COLUMNS_H

#include "mesh/mesh.h"
#include "read/whole.h"

/** What a file says that numbers are. */
typedef enum pel__column_role {
    PEL__COLUMN_NUMBERS, /* bytes by threes or fours are colours, whole numbers labels, all else
                            values */
    PEL__COLUMN_VALUES,
    PEL__COLUMN_NORMALS,
    PEL__COLUMN_COLOURS, /* of floats 0 to 1 */
} pel__column_role;

/** Numbers as they lie in a file: `items` of `channels` each. */
typedef struct pel__numbers {
    const char *name; /* NULL or "": values */
    pel__column_role role;
    bool per_triangle;
    int channels;
    int64_t items;
    const uint8_t *bytes;
    pel__item item, declared; /* as they lie; of which type the file says they are */
    bool big_endian;
    const int32_t *row; /* of each triangle, the item it takes; NULL: its own */
} pel__numbers;

/**
 * Add a column as an array of the mesh; a name that is taken gets a number. PEL_EFORMAT when there
 * are fewer items than points or triangles.
 */
pel_status pel__mesh_add_column(pel_mesh *mesh, const pel__numbers *column, const char *file);

/** Room for points, which `items` numbers of three each become. */
pel_status pel__mesh_set_points(pel_mesh *mesh, const pel__numbers *column);

/** Triangles being made of faces. Zeroed but for `mesh` and `file`. */
typedef struct pel__faces {
    pel_mesh *mesh;
    const char *file;
    int32_t *row;  /* of each triangle: the face it is of; owned */
    int64_t room;  /* of `row` */
    int64_t odd;   /* faces of fewer than three corners, which are left out */
    int64_t count; /* corners of the face that is begun */
    int32_t corner[2];
} pel__faces;

/** Begin a face, and add its corners one by one; from the third on each makes a triangle of a fan.
 */
void pel__faces_begin(pel__faces *faces);
pel_status pel__faces_corner(pel__faces *faces, double corner, int64_t row);

/** End a face of a fan; one with too few corners is counted. */
void pel__faces_end(pel__faces *faces);

/** Tell what was left out, and free. */
void pel__faces_free(pel__faces *faces);

/** Add a line to the comment of a mesh. */
pel_status pel__mesh_say(pel_mesh *mesh, const char *line, int64_t length);

#endif
