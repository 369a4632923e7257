/* SPDX-License-Identifier: Apache-2.0 */
/* make_mesh.h: mesh files for tests, and what is read of them. */
#ifndef PELLUCID_TESTS_READ_MAKE_MESH_H
#define PELLUCID_TESTS_READ_MAKE_MESH_H

#include "make.h"

/** A file and what is read of it. */
typedef struct make_sample {
    const char *text;      /* NULL: bytes */
    const char *says;      /* of the message when it fails, else of the notes */
    int points, triangles; /* points -1: it fails */
} make_sample;

/** Reading the bytes gives what the sample says, and leaves nothing in memory. */
void make_check_mesh(const char *name, const void *bytes, size_t size, const make_sample *sample);

void make_check_meshes(const char *name, const make_sample *samples, size_t count);

#define MAKE_CHECK_ALL(name, samples)                                                              \
    make_check_meshes(name, samples, sizeof(samples) / sizeof *(samples))

#endif
