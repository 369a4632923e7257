/* SPDX-License-Identifier: Apache-2.0 */
/* render.h: the parts of the render command. */
#ifndef PELLUCID_CLI_RENDER_H
#define PELLUCID_CLI_RENDER_H

#include "film.h"

/* its schemas, in this order */
enum { RENDER_RAYCAST, RENDER_CAMERA, RENDER_TURNTABLE, RENDER_REEL, RENDER_FILM, RENDER_ANNOTATE };

/** What is kept of an input for the provenance. */
typedef struct cli_ingredient {
    char hash[33];
    char *look_json; /* malloc'd; as chosen, not yet fitted */
} cli_ingredient;

/** What is wrong with the inputs' options; checked before anything is read. */
pel_status cli_render_check_inputs(cli_run *run);

/** Read all inputs into a scene, `made` (zeroed) one per input; also on failure both are freed. */
pel_status cli_render_scene(cli_run *run, pel_scene **out, cli_ingredient *made);
void cli_render_free(cli_run *run, cli_ingredient *made);

/** Provenance, which names no files: layers go by their names, looks and cameras by what they say.
 */
char *cli_render_made(cli_run *run, const cli_ingredient *made, const pel_made_from *more,
                      int count);

/** Plan all inputs; `*held` becomes what the scene holds. */
pel_status cli_render_plan(cli_run *run, double *held);

/** The same of one volume, whose cost is known; it frees the cost's shape. */
pel_status cli_render_plan_volume(cli_run *run, pel_input_cost *cost, double *held);

/** Plan a film of a scene that holds so much, and what it fades into. */
pel_status cli_render_plan_film(cli_run *run, double held);

/** With --camera and no --size the picture has the camera's. */
pel_status cli_render_camera_size(cli_run *run);

/** Write the layers of a picture; of a film's the names are numbered (frame below 0: no film). */
pel_status cli_render_layers(cli_run *run, const pel_image *image, int64_t frame);

/** With --axes, --cube and so on: draw them into the picture, which keeps its camera and scale. */
pel_status cli_render_annotate(cli_run *run, const pel_scene *scene, pel_image *image);

/** Put a camera, and the samples that were taken, into the report. */
void cli_render_report(cli_run *run, const pel_camera *camera, int64_t samples);

/* ---- films ---- */

/** How many frames the options ask for; 0: a picture. */
int64_t cli_render_frames(const cli_run *run);

/** What is wrong with -o and the options of films; checked before anything is read. */
pel_status cli_render_check_film(cli_run *run);

/** What --fade fades into; empty without it. */
typedef struct cli_fade {
    pel_scene *scene;
} cli_fade;

/** Prepare it; `look` is the one that the first input has, not yet fitted. */
pel_status cli_render_fade(cli_run *run, cli_fade *out, const pel_look *look);

/** Draw and write the film. */
pel_status cli_render_film(cli_run *run, const pel_scene *scene, const cli_fade *fade,
                           const char *provenance);

#endif
