/* SPDX-License-Identifier: Apache-2.0 */
/* render.c: the render command: one volume, ray-cast. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "render.h"

enum { RAYCAST = RENDER_RAYCAST, CAMERA = RENDER_CAMERA };

static bool ends_in(const char *name, const char *ending)
{
    size_t a = strlen(name), b = strlen(ending);
    return a >= b && strcmp(name + a - b, ending) == 0;
}

static pel_status refuse(cli_run *run, const char *why)
{
    snprintf(run->error, sizeof run->error, "%s", why);
    return PEL_EPARAM;
}

// what can be told before anything is read
static pel_status check_outputs(cli_run *run)
{
    const char *output = run->common.output;
    const pel_texts *layers = &CLI_PARAMS(run, RAYCAST, pel_raycast_params)->layer;
    if (run->input_count > 1)
        return refuse(run, "one volume makes a picture as yet; give one input");
    if (cli_render_check_film(run) != PEL_OK)
        return PEL_EPARAM;
    if (output && !cli_render_frames(run) && !pel_can_write_image(output))
        return refuse(run, "-o wants a picture: .png, or .tif .npy .nii .nii.gz for data; or a "
                           "film with --turntable N: .mp4 .webm .gif .webp .apng");
    if (cli_check_save_look(run, 0) != PEL_OK)
        return PEL_EPARAM;
    for (int i = 0; i < layers->count; i++) {
        const char *file = strchr(layers->item[i], '=');
        if (!file || !pel_can_write_image(file + 1) || ends_in(file, ".png"))
            return refuse(run,
                          "--layer wants NAME=FILE with FILE ending in .tif .npy .nii or .nii.gz");
        if (cli_refuse_input(run, file + 1, "--layer") != PEL_OK)
            return PEL_EPARAM;
        bool taken = output && strcmp(file + 1, output) == 0;
        for (int other = 0; other < i; other++)
            taken = taken || strcmp(file, strchr(layers->item[other], '=')) == 0;
        if (taken)
            return refuse(run, "two outputs have one name; give each --layer a file of its own");
    }
    return PEL_OK;
}

// a name that stands for data asks for data
static pel_status choose_bits(cli_run *run)
{
    pel_raycast_params *params = CLI_PARAMS(run, RAYCAST, pel_raycast_params);
    const char *output = run->common.output;
    bool png = !output || ends_in(output, ".png") || !pel_can_write_image(output);
    if (params->bits == (png ? 2 : 1))
        return refuse(run, png ? "--bits 32 needs a name that holds data: .tif .npy .nii or .nii.gz"
                               : "--bits 16 is for .png; .tif, .npy and .nii hold float32");
    if (!png)
        params->bits = 2;
    return PEL_OK;
}

pel_status cli_render_layers(cli_run *run, const pel_image *image, int64_t frame)
{
    const pel_texts *layers = &CLI_PARAMS(run, RAYCAST, pel_raycast_params)->layer;
    pel_status s = PEL_OK;
    for (int i = 0; i < layers->count && s == PEL_OK; i++) {
        char name[16], numbered[4096];
        const char *text = layers->item[i], *file = strchr(text, '=');
        const char *path = frame < 0 ? file + 1 : numbered;
        snprintf(name, sizeof name, "%.*s", (int)(file - text), text);
        if (frame >= 0)
            s = pel_film_frame_path(numbered, file + 1, frame);
        if (s == PEL_OK)
            s = pel_write_layer(path, image, name);
        if (s == PEL_OK)
            cli_report_output(run, path);
    }
    return s;
}

// provenance names no files: layers go by their names, a look's file by what it says
static char *made_how(cli_run *run, const char *hash, const char *look_json, const cli_fade *fade)
{
    pel_texts *layers = &CLI_PARAMS(run, RAYCAST, pel_raycast_params)->layer, given = *layers;
    pel_look_params *look = run->input[0].params[CLI_LOOK];
    const char *hashes[] = { *hash ? hash : NULL }, *given_look = look->look;
    char names[sizeof given.item / sizeof *given.item][16];
    for (int i = 0; i < given.count; i++) {
        snprintf(names[i], sizeof names[i], "%.*s", (int)strcspn(given.item[i], "="),
                 given.item[i]);
        layers->item[i] = names[i];
    }
    if (look_json && given_look && ends_in(given_look, ".json"))
        look->look = look_json;
    const pel_made_from faded = { .name = CLI_PARAMS(run, RENDER_REEL, cli_reel)->fade,
                                  .hash = fade->hash };
    char *provenance = cli_provenance_more(run, hashes, &faded, fade->is_file);
    *layers = given;
    look->look = given_look;
    return provenance;
}

static pel_status write_picture(cli_run *run, pel_image *image)
{
    pel_status s = cli_render_layers(run, image, -1);
    if (s == PEL_OK)
        s = pel_write_image(run->common.output, image);
    if (s != PEL_OK)
        return s;
    cli_report_output(run, run->common.output);
    return cli_write_sidecar(run, run->common.output, image->provenance);
}

void cli_render_report(cli_run *run, const pel_camera *c, int64_t samples)
{
    const double eye[] = { c->eye_mm.x, c->eye_mm.y, c->eye_mm.z };
    const double right[] = { c->right.x, c->right.y, c->right.z };
    const double down[] = { c->down.x, c->down.y, c->down.z };
    const double forward[] = { c->forward.x, c->forward.y, c->forward.z };
    cli_report_number(run, "mm_per_pixel", c->mm_per_pixel);
    cli_report_integer(run, "samples", samples);
    cli_report_integer(run, "camera.width", c->width);
    cli_report_integer(run, "camera.height", c->height);
    cli_report_json(run, "camera.perspective", c->perspective ? "true" : "false");
    cli_report_numbers(run, "camera.eye_mm", eye, 3);
    cli_report_numbers(run, "camera.right", right, 3);
    cli_report_numbers(run, "camera.down", down, 3);
    cli_report_numbers(run, "camera.forward", forward, 3);
    cli_report_number(run, "camera.mm_per_pixel", c->mm_per_pixel);
    cli_report_number(run, "camera.focal_px", c->focal_px);
}

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static pel_status picture(cli_run *run, const pel_scene *scene, const char *provenance)
{
    pel_camera camera;
    pel_image image;
    int64_t samples;
    pel_status s = pel_scene_aim(&camera, scene, CLI_PARAMS(run, CAMERA, pel_camera_params));
    if (s != PEL_OK)
        return s;
    cli_step(run, NULL);
    double start = seconds_now();
    s = pel_scene_frame(&image, scene, &camera, &samples);
    const double frames[] = { seconds_now() - start };
    cli_report_numbers(run, "seconds.frames", frames, 1);
    cli_step(run, "encode");
    if (s == PEL_OK)
        cli_render_report(run, &camera, samples);
    image.provenance = provenance ? strdup(provenance) : NULL;
    if (s == PEL_OK)
        s = write_picture(run, &image);
    pel_image_free(&image);
    return s;
}

static pel_status run(cli_run *run)
{
    pel_volume volume = { 0 };
    pel_scene *scene = NULL;
    cli_fade fade = { 0 };
    pel_look look;
    int64_t width, height;
    double dpi;
    pel_raycast_params *params = CLI_PARAMS(run, RAYCAST, pel_raycast_params);
    pel_status s = check_outputs(run);
    if (s == PEL_OK)
        s = choose_bits(run);
    if (s == PEL_OK)
        s = pel_raycast_size(params, &width, &height, &dpi);
    if (s == PEL_OK)
        s = pel_look_choose(&look, run->input[0].params[CLI_LOOK]);
    if (s == PEL_OK)
        s = cli_read_toned(run, 0, &look, &volume);
    cli_step(run, "prepare");
    if (s == PEL_OK)
        s = pel_scene_new(&scene, &volume, &look, params);
    char hash[sizeof volume.fields.hash];
    memcpy(hash, volume.fields.hash, sizeof hash);
    pel_volume_free(&volume);
    if (s == PEL_OK)
        s = cli_render_fade(run, &fade, &look);
    if (s == PEL_OK)
        s = cli_save_look(run, 0, pel_scene_look(scene));
    char *look_json = s == PEL_OK ? pel_look_to_json(&look) : NULL;
    char *provenance = s == PEL_OK ? made_how(run, hash, look_json, &fade) : NULL;
    if (s == PEL_OK)
        s = cli_render_frames(run) ? cli_render_film(run, scene, &fade, provenance)
                                   : picture(run, scene, provenance);
    free(look_json);
    free(provenance);
    pel_scene_free(fade.scene);
    pel_scene_free(scene);
    return s;
}

static pel_status plan(cli_run *run)
{
    const pel_raycast_params *params = CLI_PARAMS(run, RAYCAST, pel_raycast_params);
    pel_input_cost cost = { 0 };
    pel_look look;
    pel_status s = check_outputs(run);
    if (s == PEL_OK)
        s = choose_bits(run);
    if (s == PEL_OK)
        s = pel_look_choose(&look, run->input[0].params[CLI_LOOK]);
    if (s == PEL_OK)
        s = cli_plan_toned(run, 0, &look, &cost);
    if (s != PEL_OK)
        return s;
    const cli_reel *reel = CLI_PARAMS(run, RENDER_REEL, cli_reel);
    double voxels = (double)pel_volume_bytes(&cost.shape), dpi;
    int64_t held = pel_raycast_schema.plan(params, &cost.shape);
    pel_volume_free(&cost.shape);
    int64_t width, height;
    if (held < 0 || pel_raycast_size(params, &width, &height, &dpi) != PEL_OK)
        return PEL_EPARAM;
    // a film holds frames on their way, and a fade two scenes
    double film = cli_render_frames(run)
                      ? cli_film_memory(run, width, height, 4, reel->lightbox,
                                        CLI_PARAMS(run, RENDER_FILM, pel_film_params))
                      : 0;
    film += reel->fade ? (double)(held + cost.memory_bytes) : 0;
    cli_plan_step(run, "read", (double)cost.read_bytes, (double)cost.memory_bytes);
    cli_plan_step(run, "render", voxels, voxels + (double)held + film);
    return PEL_OK;
}

const cli_command cli_render = {
    .name = "render",
    .room = "see",
    .summary = "a picture of a volume by casting rays",
    .description =
        "The picture is orthographic, in known millimetres per pixel (in the file and "
        "in --json), unless --fov asks for perspective. --look chooses colours, opacity "
        "and light; --keep cuts away what hides the inside; --layer writes depth, "
        "position and value of what each pixel shows. .tif, .npy and .nii hold numbers, not "
        "colours: values in mip, minip and mean, RGBA in composite. --turntable makes a film "
        "around the scene, "
        "--fade one from a look or volume into another; .mp4 and .webm need the program ffmpeg.",
    .examples = { "pellucid render head.nii.gz -o head.png",
                  "pellucid render head.nii.gz -o front.png --view front --look mr-head --size "
                  "30cm",
                  "pellucid render head.nii.gz -o cut.png --keep 'z < x - y + 5' --look mr-head",
                  "pellucid render angio.nii.gz -o mip.png --mode mip --layer depth=depth.npy",
                  "pellucid render head.nii.gz -o spin.gif --turntable 24 --size 300",
                  "pellucid render head.nii.gz -o frames/%03d.png --turntable 9 --arc 90 --size "
                  "300",
                  "pellucid render head.nii.gz -o fade.webp --fade xray --ping-pong --size 300" },
    .words = { { "IN", CLI_VOLUME_IN, "volume to draw", true } },
    .output = "picture: .png; .tif .npy .nii .nii.gz for data; film: .mp4 .webm .gif .webp .apng, "
              "frames/%03d.png",
    .schemas = { &pel_raycast_schema, &pel_camera_schema, &pel_turntable_schema, &cli_reel_schema,
                 &pel_film_schema },
    .input_schemas = { &pel_input_schema, &pel_look_schema },
    .run = run,
    .plan = plan,
};
