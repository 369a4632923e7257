/* SPDX-License-Identifier: Apache-2.0 */
/* render_scene.c: the inputs of the render command become a scene: volumes and meshes. */
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "render.h"

static bool is_mesh(const cli_run *run, int n)
{
    return pel_can_read_mesh(run->input[n].path);
}

static const pel_sheet_params *sheet_of(const cli_run *run, int n)
{
    return run->input[n].params[CLI_SHEET];
}

pel_status cli_render_check_inputs(cli_run *run)
{
    bool has_mesh = false, styled = false;
    pel_status s = PEL_OK;
    for (int n = 0; n < run->input_count && s == PEL_OK; n++) {
        const pel_look_params *look = run->input[n].params[CLI_LOOK];
        const pel_sheet_params *sheet = sheet_of(run, n);
        has_mesh = has_mesh || is_mesh(run, n);
        for (int i = 0; i < pel_sheet_schema.count; i++)
            styled = styled ||
                     !pel_schema_is_default(&pel_sheet_schema, sheet, &pel_sheet_schema.params[i]);
        s = cli_check_save_look(run, n);
        for (int other = 0; other < n && s == PEL_OK && look->save_look; other++) {
            const char *taken =
                ((const pel_look_params *)run->input[other].params[CLI_LOOK])->save_look;
            if (taken && strcmp(taken, look->save_look) == 0) {
                snprintf(run->error, sizeof run->error,
                         "--save-look %s is of two inputs; write it after the one that is meant",
                         taken);
                s = PEL_EPARAM;
            }
        }
    }
    if (s == PEL_OK && styled && !has_mesh) {
        snprintf(run->error, sizeof run->error,
                 "--scalar, --opacity, --face, --edge, --points and the like are of meshes and "
                 "points (.ply .gii ...), and there is none");
        s = PEL_EPARAM;
    }
    return s;
}

static pel_status add_mesh(cli_run *run, int n, pel_scene *scene, const pel_look *look,
                           char hash[33])
{
    pel_mesh mesh;
    cli_step(run, "read");
    pel_status s = pel_read_mesh(&mesh, run->input[n].path);
    cli_step(run, "prepare");
    if (s == PEL_OK)
        s = pel_scene_add_mesh(scene, &mesh, look, sheet_of(run, n));
    memcpy(hash, mesh.hash, sizeof mesh.hash);
    pel_mesh_free(&mesh);
    return s;
}

static pel_status add_volume(cli_run *run, int n, pel_scene *scene, const pel_look *look,
                             char hash[33])
{
    pel_source source;
    cli_step(run, "read");
    pel_status s = cli_open_toned(run, n, look, &source);
    if (s == PEL_OK)
        s = pel_scene_add_source(scene, &source, look);
    cli_step(run, "prepare");
    memcpy(hash, source.shape.fields.hash, sizeof source.shape.fields.hash);
    pel_source_close(&source);
    return s;
}

pel_status cli_render_scene(cli_run *run, pel_scene **out, cli_ingredient *made)
{
    pel_status s =
        pel_scene_new(out, NULL, NULL, CLI_PARAMS(run, RENDER_RAYCAST, pel_raycast_params));
    for (int n = 0; n < run->input_count && s == PEL_OK; n++) {
        pel_look look;
        s = pel_look_choose(&look, run->input[n].params[CLI_LOOK]);
        if (s == PEL_OK)
            s = is_mesh(run, n) ? add_mesh(run, n, *out, &look, made[n].hash)
                                : add_volume(run, n, *out, &look, made[n].hash);
        if (s == PEL_OK)
            s = cli_save_look(run, n, pel_scene_look(*out));
        if (s == PEL_OK)
            made[n].look_json = pel_look_to_json(&look);
    }
    return s;
}

void cli_render_free(cli_run *run, cli_ingredient *made)
{
    for (int n = 0; n < run->input_count; n++)
        free(made[n].look_json);
}

static bool is_file(const char *look)
{
    size_t length = look ? strlen(look) : 0;
    return length > 5 && strcmp(look + length - 5, ".json") == 0;
}

char *cli_render_made(cli_run *run, const cli_ingredient *made, const pel_made_from *more,
                      int count)
{
    pel_texts *layers = &CLI_PARAMS(run, RENDER_RAYCAST, pel_raycast_params)->layer;
    pel_texts given = *layers;
    const char *hashes[CLI_INPUTS], *looks[CLI_INPUTS];
    char names[sizeof given.item / sizeof *given.item][16];
    for (int i = 0; i < given.count; i++) {
        snprintf(names[i], sizeof names[i], "%.*s", (int)strcspn(given.item[i], "="),
                 given.item[i]);
        layers->item[i] = names[i];
    }
    for (int n = 0; n < run->input_count; n++) {
        pel_look_params *look = run->input[n].params[CLI_LOOK];
        hashes[n] = *made[n].hash ? made[n].hash : NULL;
        looks[n] = look->look;
        if (made[n].look_json && is_file(look->look))
            look->look = made[n].look_json;
    }
    // a camera's file by what it says, where it was saved not at all
    pel_camera_params *aim = CLI_PARAMS(run, RENDER_CAMERA, pel_camera_params), taken = *aim;
    pel_camera camera;
    char *camera_json = aim->camera && pel_camera_load(&camera, aim->camera) == PEL_OK
                            ? pel_camera_to_json(&camera)
                            : NULL;
    aim->camera = camera_json;
    aim->save_camera = NULL;
    char *provenance = cli_provenance_more(run, hashes, more, count);
    *aim = taken;
    free(camera_json);
    *layers = given;
    for (int n = 0; n < run->input_count; n++)
        ((pel_look_params *)run->input[n].params[CLI_LOOK])->look = looks[n];
    return provenance;
}

pel_status cli_render_camera_size(cli_run *run)
{
    static char text[64]; // options are texts that outlive the run
    pel_raycast_params *params = CLI_PARAMS(run, RENDER_RAYCAST, pel_raycast_params);
    const char *file = CLI_PARAMS(run, RENDER_CAMERA, pel_camera_params)->camera;
    pel_camera camera;
    const pel_param *size = pel_schema_find(&pel_raycast_schema, "size");
    if (!file || !pel_schema_is_default(&pel_raycast_schema, params, size))
        return PEL_OK;
    pel_status s = pel_camera_load(&camera, file);
    if (s != PEL_OK)
        return s;
    snprintf(text, sizeof text, "%lldx%lld", (long long)camera.width, (long long)camera.height);
    params->picture = text;
    return PEL_OK;
}

/* ---- plan ---- */

static pel_status plan_mesh(cli_run *run, int n, double *held)
{
    pel_mesh_cost cost;
    pel_status s = pel_plan_mesh(&cost, run->input[n].path);
    if (s != PEL_OK)
        return s;
    double scene = (double)pel_sheet_bytes(cost.points, cost.triangles) + (double)cost.array_bytes;
    cli_plan_step(run, "read", (double)cost.read_bytes, *held + (double)cost.memory_bytes);
    cli_plan_step(run, "prepare", (double)cost.memory_bytes,
                  *held + (double)cost.memory_bytes + scene);
    *held += scene;
    return PEL_OK;
}

pel_status cli_render_plan_volume(cli_run *run, pel_input_cost *cost, double *held)
{
    double voxels = (double)pel_volume_bytes(&cost->shape);
    int64_t scene = pel_raycast_schema.plan(run->params[RENDER_RAYCAST], &cost->shape);
    pel_volume_free(&cost->shape);
    if (scene < 0)
        return PEL_EPARAM;
    cli_plan_step(run, "read", (double)cost->read_bytes, *held + (double)cost->open_bytes);
    double source = (double)(cost->in_memory ? cost->open_bytes : cost->buffer_bytes);
    cli_plan_step(run, "render", voxels, *held + source + (double)scene);
    *held += (double)scene;
    return PEL_OK;
}

static pel_status plan_input(cli_run *run, int n, double *held)
{
    pel_input_cost cost = { 0 };
    pel_look look;
    pel_status s = pel_look_choose(&look, run->input[n].params[CLI_LOOK]);
    if (s == PEL_OK)
        s = cli_plan_toned(run, n, &look, &cost);
    return s == PEL_OK ? cli_render_plan_volume(run, &cost, held) : s;
}

pel_status cli_render_plan(cli_run *run, double *held)
{
    pel_status s = PEL_OK;
    *held = 0;
    for (int n = 0; n < run->input_count && s == PEL_OK; n++)
        s = is_mesh(run, n) ? plan_mesh(run, n, held) : plan_input(run, n, held);
    return s;
}
