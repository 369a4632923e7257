/* SPDX-License-Identifier: Apache-2.0 */
/* film.h: what commands that make films share: options, frames drawn one by one, where they go. */
#ifndef PELLUCID_CLI_FILM_H
#define PELLUCID_CLI_FILM_H

#include "cli.h"

/** What a film is made of beside what its pictures are. */
typedef struct cli_reel {
    size_t size;
    int64_t frames;       /* 0: as many as there are */
    const char *fade;     /* a look or a volume */
    const char *lightbox; /* "4x3" */
} cli_reel;

extern const pel_schema cli_reel_schema;

/** Frames to be drawn. */
typedef struct cli_film {
    int64_t frames;
    const pel_camera *cameras; /* one per frame; NULL: none */
    /* frame `n`, which the caller then owns */
    pel_status (*draw)(void *user, int64_t n, pel_image *out);
    void *user;
    const char *provenance; /* NULL: none */
} cli_film;

/** Cells of a sheet "4x3": 12; 0 for NULL or what is no sheet. */
int64_t cli_lightbox_cells(const char *text);

/**
 * PEL_EPARAM when the output is neither a film nor, with `lightbox` ("4x3"; NULL: none), a picture
 * that has room for so many frames.
 */
pel_status cli_film_check(cli_run *run, int64_t frames, const char *lightbox,
                          const pel_film_params *params);

/**
 * Draw the frames in order and write them: as a film, numbered pictures, or on one sheet. Reports
 * outputs, `frames`, and seconds.frames (a list) and seconds.encode.
 */
pel_status cli_film_write(cli_run *run, const cli_film *film, const char *lightbox,
                          const pel_film_params *params);

/** Most that writing such frames holds. */
double cli_film_memory(const cli_run *run, int64_t width, int64_t height, int channels,
                       const char *lightbox, const pel_film_params *params);

#endif
