/* SPDX-License-Identifier: Apache-2.0 */
/* render_film.c: films of the render command: around a scene, and from one look into another. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "render.h"

enum { FADE_FRAMES = 25 };

typedef struct shots {
    cli_run *run;
    const pel_scene *scene, *fade; // fade: NULL, or what it becomes
    const pel_camera *cameras;
    int64_t frames, samples;
} shots;

int64_t cli_render_frames(const cli_run *run)
{
    const cli_reel *reel = CLI_PARAMS(run, RENDER_REEL, cli_reel);
    int64_t turns = CLI_PARAMS(run, RENDER_TURNTABLE, pel_turntable_params)->turntable;
    if (turns)
        return turns;
    if (reel->fade)
        return reel->frames ? reel->frames : FADE_FRAMES;
    int64_t cells = cli_lightbox_cells(reel->lightbox);
    return cells && reel->frames ? reel->frames : cells;
}

static pel_status check_layers(cli_run *run)
{
    const pel_texts *layers = &CLI_PARAMS(run, RENDER_RAYCAST, pel_raycast_params)->layer;
    bool sheet = CLI_PARAMS(run, RENDER_REEL, cli_reel)->lightbox;
    for (int i = 0; i < layers->count; i++) {
        if (sheet)
            return cli_refuse(run, "--lightbox is one picture of many frames, which has no layers");
        if (!strchr(layers->item[i], '%') && !run->replays)
            return cli_refuse(run,
                              "a film has a layer per frame: --layer NAME=FILE wants %03d in FILE");
    }
    return PEL_OK;
}

pel_status cli_render_check_film(cli_run *run)
{
    const cli_reel *reel = CLI_PARAMS(run, RENDER_REEL, cli_reel);
    const char *output = run->common.output;
    int64_t frames = cli_render_frames(run);
    if (!frames &&
        (reel->frames || (output && !pel_can_write_image(output) && pel_can_write_film(output))))
        return cli_refuse(run,
                          "a film needs frames: --turntable 36 goes around, --fade LOOK fades");
    if (!frames && !reel->lightbox)
        return PEL_OK;
    pel_status s =
        cli_film_check(run, frames, reel->lightbox, CLI_PARAMS(run, RENDER_FILM, pel_film_params));
    return s == PEL_OK ? check_layers(run) : s;
}

/* ---- fade ---- */

// a look is a word, or a .json file; all else is a volume
static bool is_volume(const char *fade)
{
    size_t length = strlen(fade);
    bool json = length > 5 && strcmp(fade + length - 5, ".json") == 0;
    return *fade != '{' && !json && (strpbrk(fade, "./") || strchr(fade, ':'));
}

// the first input under another look, or a volume of its own with that look's tone
static pel_status open_fade(cli_run *run, const char *fade, pel_look *look, pel_source *out)
{
    if (!is_volume(fade)) {
        pel_status s = pel_look_load(look, fade);
        return s == PEL_OK ? cli_open_toned(run, 0, look, out) : s;
    }
    pel_input_params plain = pel_input_defaults();
    plain.tone = *look->tone ? look->tone : NULL;
    return pel_input_open_scalar(out, fade, &plain);
}

pel_status cli_render_fade(cli_run *run, cli_fade *out, const pel_look *look)
{
    const char *fade = CLI_PARAMS(run, RENDER_REEL, cli_reel)->fade;
    pel_look other = *look;
    pel_source source = { 0 };
    if (!fade)
        return PEL_OK;
    pel_status s = open_fade(run, fade, &other, &source);
    cli_step(run, "prepare");
    if (s == PEL_OK)
        s = pel_scene_new(&out->scene, NULL, NULL,
                          CLI_PARAMS(run, RENDER_RAYCAST, pel_raycast_params));
    if (s == PEL_OK)
        s = pel_scene_add_source(out->scene, &source, &other);
    pel_source_close(&source);
    return s;
}

static pel_status plan_fade(cli_run *run, double *held)
{
    const char *fade = CLI_PARAMS(run, RENDER_REEL, cli_reel)->fade;
    pel_input_cost cost = { 0 };
    pel_look look;
    pel_status s = pel_look_choose(&look, run->input[0].params[CLI_LOOK]);
    if (s == PEL_OK && !is_volume(fade))
        s = pel_look_load(&look, fade);
    if (s == PEL_OK && !is_volume(fade))
        s = cli_plan_toned(run, 0, &look, &cost);
    else if (s == PEL_OK) {
        pel_input_params plain = pel_input_defaults();
        plain.tone = *look.tone ? look.tone : NULL;
        s = pel_input_plan(&cost, fade, &plain, false);
    }
    return s == PEL_OK ? cli_render_plan_volume(run, &cost, held) : s;
}

pel_status cli_render_plan_film(cli_run *run, double held)
{
    const pel_raycast_params *params = CLI_PARAMS(run, RENDER_RAYCAST, pel_raycast_params);
    const cli_reel *reel = CLI_PARAMS(run, RENDER_REEL, cli_reel);
    int64_t width, height;
    double dpi;
    pel_status s = pel_raycast_size(params, &width, &height, &dpi);
    if (s == PEL_OK && reel->fade)
        s = plan_fade(run, &held);
    if (s != PEL_OK)
        return s;
    // frames on their way, and of a fade the two that become one
    double frame = (double)(4 * width * height);
    cli_plan_step(run, "film", frame,
                  held + (reel->fade ? 2 * frame : 0) +
                      cli_film_memory(run, width, height, 4, reel->lightbox,
                                      CLI_PARAMS(run, RENDER_FILM, pel_film_params)));
    return PEL_OK;
}

/* ---- frames ---- */

// the first is all of one scene, the last all of the other
static pel_status draw_faded(shots *all, int64_t n, pel_image *out)
{
    int64_t parts = all->frames > 1 ? all->frames - 1 : 1, samples = 0;
    pel_image other;
    pel_status s = pel_scene_frame(&other, all->fade, &all->cameras[n], &samples);
    all->samples += samples;
    if (s == PEL_OK && n < parts)
        s = pel_image_blend(out, &other, n, parts);
    else if (s == PEL_OK) {
        pel_image_free(out);
        *out = other;
        return s;
    }
    pel_image_free(&other);
    return s;
}

static pel_status draw(void *user, int64_t n, pel_image *out)
{
    shots *all = user;
    int64_t samples = 0;
    pel_status s = pel_scene_frame(out, all->scene, &all->cameras[n], &samples);
    all->samples += samples;
    if (s == PEL_OK && all->fade && n > 0)
        s = draw_faded(all, n, out);
    if (s == PEL_OK)
        s = cli_render_layers(all->run, out, n);
    return s == PEL_OK ? cli_render_annotate(all->run, all->scene, out) : s;
}

static void add_vector(FILE *to, const char *name, pel_vec3 v)
{
    fprintf(to, ",\"%s\":[%.17g,%.17g,%.17g]", name, v.x, v.y, v.z);
}

static void add_number(FILE *to, const char *name, double value)
{
    fprintf(to, isnan(value) ? ",\"%s\":null" : ",\"%s\":%.17g", name, value);
}

static void report_cameras(cli_run *run, const pel_camera *cameras, int64_t count)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    for (int64_t n = 0; to && n < count; n++) {
        const pel_camera *c = &cameras[n];
        fprintf(to, "%c{\"frame\":%lld", n ? ',' : '[', (long long)n);
        add_vector(to, "eye_mm", c->eye_mm);
        add_vector(to, "right", c->right);
        add_vector(to, "down", c->down);
        add_vector(to, "forward", c->forward);
        add_number(to, "mm_per_pixel", c->mm_per_pixel);
        add_number(to, "focal_px", c->focal_px);
        fputc('}', to);
    }
    if (to && fputc(']', to) != EOF && fclose(to) == 0)
        cli_report_json(run, "cameras", text);
    free(text);
}

// of a fade that does not turn all are one; a lightbox by itself goes once around
static pel_status make_cameras(cli_run *run, const pel_scene *scene, int64_t frames,
                               pel_camera **out)
{
    pel_turntable_params turn = *CLI_PARAMS(run, RENDER_TURNTABLE, pel_turntable_params);
    const pel_camera_params *camera = CLI_PARAMS(run, RENDER_CAMERA, pel_camera_params);
    bool turns = turn.turntable || !CLI_PARAMS(run, RENDER_REEL, cli_reel)->fade;
    if (!turn.turntable)
        turn.turntable = turns ? frames : 1;
    pel_camera *cameras;
    pel_status s = pel_turntable(&cameras, scene, camera, &turn);
    if (s == PEL_OK && !(*out = calloc((size_t)frames, sizeof **out)))
        s = PEL_EMEMORY;
    for (int64_t n = 0; s == PEL_OK && n < frames; n++)
        (*out)[n] = cameras[turns ? n : 0];
    pel_turntable_free(cameras);
    return s;
}

pel_status cli_render_film(cli_run *run, const pel_scene *scene, const cli_fade *fade,
                           const char *provenance)
{
    pel_camera *cameras = NULL;
    int64_t frames = cli_render_frames(run);
    pel_status s = make_cameras(run, scene, frames, &cameras);
    shots all = { run, scene, fade->scene, cameras, frames, 0 };
    const cli_film film = { frames, cameras, draw, &all, provenance };
    if (s == PEL_OK)
        s = cli_film_write(run, &film, CLI_PARAMS(run, RENDER_REEL, cli_reel)->lightbox,
                           CLI_PARAMS(run, RENDER_FILM, pel_film_params));
    if (s == PEL_OK) {
        cli_render_report(run, &cameras[0], all.samples);
        report_cameras(run, cameras, frames);
    }
    free(cameras);
    return s;
}
