/* SPDX-License-Identifier: Apache-2.0 */
/* render.c: the render command: volumes, meshes and points, ray-cast. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "render.h"

enum { RAYCAST = RENDER_RAYCAST, CAMERA = RENDER_CAMERA };

static bool annotates(const cli_run *run)
{
    return pel_annotate_any(CLI_PARAMS(run, RENDER_ANNOTATE, pel_annotate_params));
}

// vectors with the raster inside
static bool is_drawn(const cli_run *run)
{
    const char *output = run->common.output;
    return cli_ends_in(output, ".svg") || cli_ends_in(output, ".pdf");
}

static pel_status check_layers(cli_run *run)
{
    const char *output = run->common.output;
    const pel_texts *layers = &CLI_PARAMS(run, RAYCAST, pel_raycast_params)->layer;
    for (int i = 0; i < layers->count; i++) {
        const char *file = strchr(layers->item[i], '=');
        if (!file && run->replays)
            continue;
        if (!file || !pel_can_write_image(file + 1) || cli_ends_in(file, ".png"))
            return cli_refuse(
                run, "--layer wants NAME=FILE with FILE ending in .tif .npy .exr .nii or .nii.gz");
        if (cli_refuse_input(run, file + 1, "--layer") != PEL_OK)
            return PEL_EPARAM;
        bool taken = output && strcmp(file + 1, output) == 0;
        for (int other = 0; other < i; other++)
            taken = taken || !strcmp(file, strchr(layers->item[other], '='));
        if (taken)
            return cli_refuse(run,
                              "two outputs have one name; give each --layer a file of its own");
    }
    return PEL_OK;
}

// what can be told before anything is read
static pel_status check_outputs(cli_run *run)
{
    const char *output = run->common.output;
    const char *camera = CLI_PARAMS(run, CAMERA, pel_camera_params)->save_camera;
    if (cli_render_check_inputs(run) != PEL_OK)
        return PEL_EPARAM;
    pel_status film = cli_render_check_film(run);
    if (film != PEL_OK)
        return film;
    if (camera && !cli_ends_in(camera, ".json"))
        return cli_refuse(run, "--save-camera wants a name that ends in .json");
    if (camera && cli_refuse_input(run, camera, "--save-camera") != PEL_OK)
        return PEL_EPARAM;
    if (output && !cli_render_frames(run) && !pel_can_write_image(output) && !is_drawn(run))
        return cli_refuse(run,
                          "-o wants a picture: .png .svg .pdf, or .tif .npy .exr .nii .nii.gz for "
                          "data; or a film with --turntable N: .mp4 .webm .gif .webp .apng");
    if (output && annotates(run) && !cli_render_frames(run) && !pel_can_write_figure(output))
        return cli_refuse(run,
                          "axes, bars and letters are drawn over pictures, .png .svg .pdf, and "
                          "films, never over data");
    return check_layers(run);
}

// a name that stands for data asks for data
static pel_status choose_bits(cli_run *run)
{
    pel_raycast_params *params = CLI_PARAMS(run, RAYCAST, pel_raycast_params);
    const char *output = run->common.output;
    if (run->only_layer)
        return PEL_OK; // the picture's bits are told, and -o is no picture
    bool png = !output || cli_ends_in(output, ".png") || !pel_can_write_image(output);
    if (params->bits == (png ? 2 : 1))
        return cli_refuse(run,
                          png ? "--bits 32 needs a name that holds data: .tif .npy .nii or .nii.gz"
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
        if (!file)
            continue; // a replay takes it, and writes it nowhere
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

// the picture as the lowest item of a figure; it becomes empty
static pel_status draw_over(cli_run *run, pel_figure *out, const pel_scene *scene, pel_image *image)
{
    pel_annotate_scene about = { .look = pel_scene_look(scene) };
    pel_scene_box(scene, about.corners_mm, &about.oriented);
    return pel_annotate(out, image, &about, CLI_PARAMS(run, RENDER_ANNOTATE, pel_annotate_params));
}

pel_status cli_render_annotate(cli_run *run, const pel_scene *scene, pel_image *image)
{
    if (!annotates(run))
        return PEL_OK;
    pel_figure figure;
    pel_image drawn = { 0 };
    const pel_camera camera = image->camera;
    double mm_per_pixel = image->mm_per_pixel, dpi = image->dpi;
    pel_status s = draw_over(run, &figure, scene, image);
    if (s == PEL_OK)
        s = pel_write_raster(&drawn, &figure);
    if (s == PEL_OK) {
        drawn.has_camera = true;
        drawn.camera = camera;
        drawn.mm_per_pixel = mm_per_pixel;
        drawn.dpi = dpi;
        free(drawn.provenance);
        drawn.provenance = figure.provenance;
        figure.provenance = NULL;
        pel_image_free(image);
        *image = drawn;
    }
    pel_figure_free(&figure);
    return s;
}

static pel_status write_drawn(cli_run *run, const pel_scene *scene, pel_image *image)
{
    pel_figure figure;
    pel_status s = draw_over(run, &figure, scene, image);
    if (s == PEL_OK)
        s = pel_write_figure(run->common.output, &figure);
    pel_figure_free(&figure);
    return s;
}

static pel_status write_picture(cli_run *run, const pel_scene *scene, pel_image *image)
{
    char *made = image->provenance ? strdup(image->provenance) : NULL;
    pel_status s = cli_render_layers(run, image, -1);
    if (s == PEL_OK && run->only_layer)
        s = pel_write_layer(run->common.output, image, run->only_layer);
    else if (s == PEL_OK && is_drawn(run))
        s = write_drawn(run, scene, image);
    else if (s == PEL_OK) {
        s = cli_render_annotate(run, scene, image);
        if (s == PEL_OK)
            s = pel_write_image(run->common.output, image);
    }
    if (s == PEL_OK) {
        cli_report_output(run, run->common.output);
        s = cli_write_sidecar(run, run->common.output, made);
    }
    free(made);
    return s;
}

void cli_render_report(cli_run *run, const pel_camera *c, int64_t samples)
{
    char *json = pel_camera_to_json(c);
    cli_report_number(run, "mm_per_pixel", c->mm_per_pixel);
    cli_report_integer(run, "samples", samples);
    cli_report_json(run, "camera", json);
    free(json);
}

static pel_status save_camera(cli_run *run, const pel_camera *camera)
{
    const char *path = CLI_PARAMS(run, CAMERA, pel_camera_params)->save_camera;
    if (!path)
        return PEL_OK;
    char *json = pel_camera_to_json(camera);
    pel_status s = json ? pel_write_text(path, json) : PEL_EMEMORY;
    free(json);
    if (s == PEL_OK)
        cli_report_output(run, path);
    return s;
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
        s = save_camera(run, &camera);
    if (s == PEL_OK)
        s = write_picture(run, scene, &image);
    pel_image_free(&image);
    return s;
}

// --fade starts from the first input's look
static pel_status prepare_fade(cli_run *run, cli_fade *fade)
{
    pel_look look;
    if (CLI_PARAMS(run, RENDER_REEL, cli_reel)->fade && run->input_count > 1)
        return cli_refuse(run, "--fade is from one volume into another; give one input");
    pel_status s = pel_look_choose(&look, run->input[0].params[CLI_LOOK]);
    return s == PEL_OK ? cli_render_fade(run, fade, &look) : s;
}

// numbers beside the scene's box need room
static void make_room(cli_run *run)
{
    pel_camera_params *camera = CLI_PARAMS(run, CAMERA, pel_camera_params);
    if (CLI_PARAMS(run, RENDER_ANNOTATE, pel_annotate_params)->axes && camera->zoom == 1)
        camera->zoom = 0.8;
}

static pel_status run(cli_run *run)
{
    pel_scene *scene = NULL;
    cli_fade fade = { 0 };
    cli_ingredient made[CLI_INPUTS] = { 0 };
    int64_t width, height;
    double dpi;
    pel_status s = check_outputs(run);
    if (s == PEL_OK)
        s = choose_bits(run);
    if (s == PEL_OK)
        s = cli_render_camera_size(run);
    if (s == PEL_OK)
        s = pel_raycast_size(CLI_PARAMS(run, RAYCAST, pel_raycast_params), &width, &height, &dpi);
    if (s == PEL_OK)
        s = cli_render_scene(run, &scene, made);
    make_room(run);
    if (s == PEL_OK)
        s = prepare_fade(run, &fade);
    char *provenance = s == PEL_OK ? cli_render_made(run, made, NULL, 0) : NULL;
    if (s == PEL_OK)
        s = cli_render_frames(run) ? cli_render_film(run, scene, &fade, provenance)
                                   : picture(run, scene, provenance);
    free(provenance);
    pel_scene_free(fade.scene);
    pel_scene_free(scene);
    cli_render_free(run, made);
    return s;
}

static pel_status plan(cli_run *run)
{
    const pel_raycast_params *params = CLI_PARAMS(run, RAYCAST, pel_raycast_params);
    int64_t width, height;
    double held, dpi;
    pel_status s = check_outputs(run);
    if (s == PEL_OK)
        s = choose_bits(run);
    if (s == PEL_OK)
        s = cli_render_camera_size(run);
    if (s == PEL_OK)
        s = pel_raycast_size(params, &width, &height, &dpi);
    if (s == PEL_OK)
        s = cli_render_plan(run, &held);
    return s == PEL_OK && cli_render_frames(run) ? cli_render_plan_film(run, held) : s;
}

const cli_command cli_render = {
    .name = "render",
    .room = "see",
    .summary = "a picture of volumes, meshes and points by casting rays",
    .description =
        "The picture is orthographic, in known millimetres per pixel (in the file and "
        "in --json), unless --fov asks for perspective. --look chooses colours, opacity "
        "and light; --keep cuts away what hides the inside; --layer writes depth, "
        "position and value of what each pixel shows. --axes (which leaves room for them), --cube, "
        "--labels, --scale-bar and --colorbar draw over it; in .svg and .pdf as vectors. .tif, "
        ".npy, .exr and .nii hold numbers, "
        "not colours: RGBA in composite, values in other modes. Several inputs, volumes, meshes "
        "and "
        "clouds of points (.ply .stl .obj .off .gii .vtk .vtp .glb, FreeSurfer's), make one scene; "
        "options after an input are that one's. --turntable makes a film "
        "around the scene, "
        "--fade one from a look or volume into another; .mp4 and .webm need the program ffmpeg.",
    .examples = { "pellucid render head.nii.gz -o head.png",
                  "pellucid render head.nii.gz -o front.png --view front --look mr-head --size "
                  "30cm",
                  "pellucid render head.nii.gz -o cut.png --keep 'z < x - y + 5' --look mr-head",
                  "pellucid render head.nii.gz --look xray brain.ply --opacity 0.6 -o scene.png",
                  "pellucid render points.ply -o cloud.png --point-size 2 --face tan",
                  "pellucid render head.nii.gz -o figure.pdf --axes --cube --scale-bar --size 8cm",
                  "pellucid render head.nii.gz -o spin.gif --turntable 24 --size 300",
                  "pellucid render head.nii.gz -o fade.webp --fade xray --ping-pong --size 300" },
    .words = { { "IN", CLI_VOLUME_IN, "volumes, meshes and points to draw", true } },
    .output = "picture: .png .svg .pdf; .tif .npy .exr .nii .nii.gz for data; film: .mp4 .webm "
              ".gif .webp .apng, "
              "frames/%03d.png",
    .schemas = { &pel_raycast_schema, &pel_camera_schema, &pel_turntable_schema, &cli_reel_schema,
                 &pel_film_schema, &pel_annotate_schema },
    .input_schemas = { &pel_input_schema, &pel_look_schema, &pel_sheet_schema },
    .run = run,
    .plan = plan,
};
