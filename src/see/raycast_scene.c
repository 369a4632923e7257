/* SPDX-License-Identifier: Apache-2.0 */
/* raycast_scene.c: what a scene is made of: volumes on their own grids under their own looks. */
#include <math.h>
#include <string.h>

#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "base/text.h"
#include "image/look.h"
#include "see/raycast_fast.h"
#include "see/raycast_pixels.h"
#include "see/sheet.h"
#include "volume/volume.h"

enum { LEVELS = 256, MOST_BAND_MM = 10000 };

static double shortest_edge_mm(const pel_volume *shape)
{
    pel_vec3 edge = pel_volume_spacing_mm(shape);
    return fmin(edge.x, fmin(edge.y, edge.z));
}

/* ---- what all bodies share ---- */

// the step, by the finest of the grids, and the tables made for it
static pel_status set_step(pel_scene *scene)
{
    static const double of_quality[] = { 1, 0.5, 0.5 };
    const pel_raycast_params *params = &scene->params;
    double shortest = INFINITY, across = 0;
    for (int b = 0; b < scene->bodies; b++) {
        pel_vec3 corners[8];
        pel__volume_corners_mm(&scene->body[b]->shape, corners);
        across = fmax(across, pel__length(pel__minus(corners[7], corners[0])));
        shortest = fmin(shortest, shortest_edge_mm(&scene->body[b]->shape));
    }
    scene->step_mm = isnan(params->step.value) ? of_quality[params->quality] * shortest
                                               : pel__length_mm(params->step, shortest);
    if (!(scene->step_mm > 0))
        return pel__fail(PEL_EPARAM, "--step wants mm, or voxels as 0.5vx");
    if (across / scene->step_mm > 1e6)
        return pel__fail(PEL_EPARAM,
                         "--step makes more than a million samples along a ray; take a longer one");
    return PEL_OK;
}

static pel_status make_tables(pel_scene *scene, pel__body *body)
{
    // the face's share falls to nothing over three of the shortest voxel edges
    double reach = 3 * shortest_edge_mm(&body->shape);
    body->cut_fading = reach > 0 ? (float)(scene->step_mm / reach) : 1;
    pel__transfer_free(&body->transfer);
    pel__fast_free(body->fast);
    body->fast = NULL;
    pel_status s = pel__transfer_new(&body->transfer, &body->look, &body->field, scene->step_mm);
    if (s == PEL_OK && scene->params.mode == PEL_COMPOSITE && scene->params.preintegrate)
        s = pel__transfer_integrate(&body->transfer);
    return s == PEL_OK ? pel__fast_new(&body->fast, scene, body) : s;
}

static pel_status share_step(pel_scene *scene)
{
    double before = scene->step_mm;
    pel_status s = set_step(scene);
    bool same = scene->step_mm == before;
    for (int b = same ? scene->bodies - 1 : 0; b < scene->bodies && s == PEL_OK; b++)
        s = make_tables(scene, scene->body[b]);
    return s;
}

// indices in --keep and --clip-box are those of the first volume
static pel_status set_keep(pel__keep *out, const pel_scene *scene, const pel_volume *first)
{
    const pel_raycast_params *params = &scene->params;
    pel_affine mm_from_ijk = pel__volume_affine(first);
    pel__keep_all(out);
    pel_status s = PEL_OK;
    for (int i = 0; i < params->keep.count && s == PEL_OK; i++)
        s = pel__keep_add(out, params->keep.item[i], mm_from_ijk);
    if (s == PEL_OK && params->clip_box)
        s = pel__keep_add_box(out, params->clip_box, mm_from_ijk);
    return s;
}

// the same for meshes, in mm: from the first volume's, or where there is none from what is in mm
static pel_status set_keep_mm(pel_scene *scene)
{
    const pel_raycast_params *params = &scene->params;
    scene->keep_waits = false;
    if (scene->bodies) {
        pel__keep_moved(&scene->keep_mm, &scene->body[0]->keep, scene->body[0]->ijk_from_mm);
        return PEL_OK;
    }
    pel__keep_all(&scene->keep_mm);
    pel_status s = PEL_OK;
    for (int i = 0; i < params->keep.count && s == PEL_OK; i++) {
        bool in_mm = pel__keep_in_mm(params->keep.item[i]);
        scene->keep_waits = scene->keep_waits || !in_mm;
        if (in_mm)
            s = pel__keep_add(&scene->keep_mm, params->keep.item[i], pel_affine_identity());
    }
    if (params->clip_box && !pel__keep_in_mm(params->clip_box))
        scene->keep_waits = true;
    else if (s == PEL_OK && params->clip_box)
        s = pel__keep_add_box(&scene->keep_mm, params->clip_box, pel_affine_identity());
    return s;
}

void pel__scene_background(pel_scene *scene)
{
    scene->background = scene->params.background;
    if (!scene->background.set) {
        float v = scene->params.mode == PEL_COMPOSITE || scene->params.mode == PEL_FIRST;
        scene->background = (pel_colour){ v, v, v, 1, true };
    }
}

/* ---- one body ---- */

static pel_status set_shape(pel__body *body, const pel_volume *volume)
{
    pel_status s = pel__volume_check_shape(volume, "the volume");
    if (s != PEL_OK)
        return s;
    body->shape = *volume;
    body->shape.data = NULL;
    body->shape.fields = (pel_fields){ 0 };
    if (!pel_affine_invert(&body->ijk_from_mm, pel__volume_affine(volume)))
        return pel__fail(PEL_EDATA, "the volume's axes lie in one plane (its affine is singular), "
                                    "so it has no shape in mm; set --spacing");
    for (int a = 0; a < 3; a++)
        if (volume->dims[a] > 1 << 20)
            return pel__fail(PEL_EUNSUPPORTED, "more than a million voxels along one axis");
    return PEL_OK;
}

static double value_of(const void *user, int64_t voxel)
{
    const pel__field *f = user;
    const int64_t x = voxel % f->dims[0], rows = voxel / f->dims[0];
    float value;
    pel__field_row(&value, f,
                   pel__field_at(f, (int64_t[]){ x, rows % f->dims[1], rows / f->dims[1] }), 0, 1);
    return (double)value;
}

// left to itself, a picture of values is grey: opacity and light do not count in it
static pel_status set_look(pel__body *body, int mode, const pel_look *look)
{
    body->look = *look;
    pel_status s = PEL_OK;
    bool window_open = isnan(look->window[0]);
    if (mode != PEL_COMPOSITE && mode != PEL_FIRST && strcmp(look->name, "auto") == 0) {
        s = pel_look_load(&body->look, "gray");
        memcpy(body->look.window, look->window, sizeof look->window);
        if (*look->colormap)
            memcpy(body->look.colormap, look->colormap, sizeof look->colormap);
    }
    if (s == PEL_OK)
        s = pel__look_fit_to(&body->look, &body->shape, value_of, &body->field);
    // a mean is of tissue and air together: it lies in the lower two thirds of values
    if (s == PEL_OK && window_open && mode == PEL_MEAN && body->look.point_count == 0)
        body->look.window[1] -= (body->look.window[1] - body->look.window[0]) / 3;
    if (s == PEL_OK)
        s = pel__look_light(&body->light, body->look.light);
    return s;
}

/* the threshold that parts values best into two (Otsu 1979) */

typedef struct counting {
    const pel__field *field;
    double lo, per_value;
    int64_t (*counts)[LEVELS]; // per slice
} counting;

static pel_status count_slice(void *user, int64_t z)
{
    counting *c = user;
    const pel__field *f = c->field;
    float row[64];
    for (int64_t y = 0; y < f->dims[1]; y++)
        for (int64_t x = 0; x < f->dims[0]; x += 1 << f->bits) {
            int64_t left = f->dims[0] - x, edge = 1 << f->bits;
            int n = (int)(left < edge ? left : edge);
            pel__field_row(row, f, pel__field_at(f, (int64_t[]){ x, y, z }), 0, n);
            for (int i = 0; i < n; i++)
                if (isfinite(row[i]))
                    c->counts[z][pel__int_from(((double)row[i] - c->lo) * c->per_value - 0.5, 0,
                                               LEVELS - 1)]++;
        }
    return PEL_OK;
}

static double best_part(const int64_t counts[LEVELS])
{
    double all = 0, sum = 0, below = 0, sum_below = 0, best = -1;
    int at = 0;
    for (int i = 0; i < LEVELS; i++) {
        all += (double)counts[i];
        sum += (double)counts[i] * i;
    }
    for (int i = 0; i + 1 < LEVELS; i++) {
        below += (double)counts[i];
        sum_below += (double)counts[i] * i;
        double above = all - below, apart = sum_below * all - sum * below;
        double between = below > 0 && above > 0 ? apart * apart / (below * above) : -1;
        if (between > best) {
            best = between;
            at = i;
        }
    }
    return at + 1;
}

static pel_status set_level(pel__body *body, const pel_scene *scene)
{
    body->level = scene->params.level;
    bool is_asked = scene->params.mode == PEL_FIRST || scene->params.mode == PEL_BAND;
    double lo = (double)body->field.lo, hi = (double)body->field.hi;
    if (!isnan(body->level) || !is_asked)
        return PEL_OK;
    body->level = lo;
    if (!(lo < hi))
        return PEL_OK;
    counting c = { .field = &body->field, .lo = lo, .per_value = LEVELS / (hi - lo) };
    int64_t slices = body->shape.dims[2];
    pel_status s = pel__alloc_zero(&c.counts, slices, sizeof *c.counts, "a histogram");
    if (s == PEL_OK)
        s = pel__parallel(slices, count_slice, &c, "preparing");
    for (int64_t z = 1; s == PEL_OK && z < slices; z++)
        for (int i = 0; i < LEVELS; i++)
            c.counts[0][i] += c.counts[z][i];
    if (s == PEL_OK)
        body->level = lo + best_part(c.counts[0]) / c.per_value;
    pel__free(c.counts);
    return s;
}

static void free_body(pel__body *body)
{
    pel__field_free(&body->field);
    pel__transfer_free(&body->transfer);
    pel__fast_free(body->fast);
    pel__free(body);
}

// voxels come from `source`, or where that is NULL from `volume`
static pel_status make_body(pel__body **out, const pel_scene *scene, const pel_volume *volume,
                            pel_source *source, const pel_look *look)
{
    pel__body *body;
    pel_status s = pel__alloc_zero(&body, 1, sizeof *body, "a scene");
    if (s != PEL_OK)
        return s;
    s = set_shape(body, volume);
    if (s == PEL_OK && scene->bodies == 0)
        s = set_keep(&body->keep, scene, volume);
    else if (s == PEL_OK)
        pel__keep_moved(
            &body->keep, &scene->body[0]->keep,
            pel_affine_multiply(scene->body[0]->ijk_from_mm, pel__volume_affine(volume)));
    if (s == PEL_OK)
        s = pel__look_check(look);
    if (s == PEL_OK)
        s = source ? pel__field_read(&body->field, source) : pel__field_new(&body->field, volume);
    if (s == PEL_OK)
        s = set_look(body, scene->params.mode, look);
    if (s == PEL_OK)
        s = set_level(body, scene);
    if (s != PEL_OK)
        free_body(body);
    else
        *out = body;
    return s;
}

static pel_status add_body(pel_scene *scene, const pel_volume *volume, pel_source *source,
                           const pel_look *look)
{
    if (scene->bodies == PEL__BODIES)
        return pel__fail(PEL_EUNSUPPORTED, "a scene holds at most %d volumes", PEL__BODIES);
    if (scene->bodies && scene->params.mode == PEL_MEAN)
        return pel__fail(PEL_EPARAM, "--mode mean is of one volume: values of several have no mean "
                                     "in common; draw them one by one");
    pel_status s = make_body(&scene->body[scene->bodies], scene, volume, source, look);
    if (s != PEL_OK)
        return s;
    scene->bodies++;
    scene->last_is_sheet = false;
    s = share_step(scene);
    if (s == PEL_OK)
        s = set_keep_mm(scene);
    if (s != PEL_OK)
        free_body(scene->body[--scene->bodies]);
    return s;
}

pel_status pel_scene_add_volume(pel_scene *scene, const pel_volume *volume, const pel_look *look)
{
    if (!volume->data)
        return pel__fail(PEL_EPARAM, "a volume without voxels cannot be drawn");
    return add_body(scene, volume, NULL, look);
}

pel_status pel_scene_add_source(pel_scene *scene, pel_source *source, const pel_look *look)
{
    return add_body(scene, &source->shape, source, look);
}

/* ---- meshes ---- */

pel_status pel_scene_add_mesh(pel_scene *scene, const pel_mesh *mesh, const pel_look *look,
                              const pel_sheet_params *params)
{
    int mode = scene->params.mode;
    if (mode == PEL_MIP || mode == PEL_MINIP || mode == PEL_MEAN)
        return pel__fail(PEL_EPARAM,
                         "--mode mip, minip and mean are of values in space, and a mesh "
                         "has none; draw it in composite, first or band");
    if (scene->sheets == PEL__SHEETS)
        return pel__fail(PEL_EUNSUPPORTED, "a scene holds at most %d meshes", PEL__SHEETS);
    pel_status s = set_keep_mm(scene);
    if (s == PEL_OK)
        s = pel__sheet_new(&scene->sheet[scene->sheets], mesh, look, params);
    if (s != PEL_OK)
        return s;
    scene->sheets++;
    scene->last_is_sheet = true;
    scene->mesh_oriented =
        scene->sheets == 1 ? mesh->oriented : scene->mesh_oriented && mesh->oriented;
    if (scene->bodies == 0)
        scene->step_mm = 1;
    return PEL_OK;
}

/* ---- the scene ---- */

static pel_status set_band(pel_scene *scene)
{
    const char *text = scene->params.depth;
    char *end;
    if (scene->params.mode != PEL_BAND)
        return PEL_OK;
    for (int i = 0; i < 2; i++) {
        scene->band_mm[i] = text ? pel__strtod(text, &end) : NAN;
        if (!text || end == text || *end != (i ? 0 : ':') || !isfinite(scene->band_mm[i]))
            return pel__fail(PEL_EPARAM, "--depth is '%s'; it wants D0:D1 in mm, such as 0:3",
                             scene->params.depth ? scene->params.depth : "");
        text = end + 1;
    }
    if (!(scene->band_mm[0] <= scene->band_mm[1]) ||
        scene->band_mm[1] - scene->band_mm[0] > MOST_BAND_MM)
        return pel__fail(PEL_EPARAM,
                         "--depth is '%s'; the first is not above the second, and they "
                         "are at most 10000 mm apart",
                         scene->params.depth);
    return PEL_OK;
}

pel_status pel_scene_new(pel_scene **out, const pel_volume *volume, const pel_look *look,
                         const pel_raycast_params *params)
{
    *out = NULL;
    pel_scene *scene;
    pel_status s = pel__alloc_zero(&scene, 1, sizeof *scene, "a scene");
    if (s != PEL_OK)
        return s;
    scene->params = *params;
    scene->skip = true;
    s = pel_raycast_size(params, &scene->width, &scene->height, &scene->dpi);
    if (s == PEL_OK && params->antialias == PEL_ANTIALIAS_ON && params->bits != 0)
        s = pel__fail(PEL_EPARAM, "--antialias on mixes what lies within a pixel, and data are "
                                  "never mixed; it is for pictures of 8 bits");
    if (s == PEL_OK)
        s = set_band(scene);
    if (s == PEL_OK)
        s = pel__layers_choose(scene);
    if (s == PEL_OK && volume)
        s = pel_scene_add_volume(scene, volume, look);
    if (s != PEL_OK) {
        pel_scene_free(scene);
        return s;
    }
    pel__scene_background(scene);
    *out = scene;
    return PEL_OK;
}

void pel_scene_free(pel_scene *scene)
{
    if (!scene)
        return;
    for (int b = 0; b < scene->bodies; b++)
        free_body(scene->body[b]);
    for (int i = 0; i < scene->sheets; i++)
        pel__sheet_free(scene->sheet[i]);
    pel__free(scene);
}

const pel_look *pel_scene_look(const pel_scene *scene)
{
    return scene->last_is_sheet ? &scene->sheet[scene->sheets - 1]->look
                                : &scene->body[scene->bodies - 1]->look;
}

/* ---- aim ---- */

static pel_vec3 mirrored(pel_vec3 v)
{
    return (pel_vec3){ -v.x, v.y, v.z };
}

// where no side is known the picture follows the array, as slices do: of a left-handed grid (a flat
// NIfTI file's, whose x falls) the camera is the mirror image of the one that sees a right-handed
// one
static pel_status aim_at_array(pel_camera *out, const pel_scene *scene,
                               const pel_camera_params *params, const pel_vec3 corners_mm[8])
{
    pel_camera_params seen = *params;
    pel_vec3 corners[8];
    for (int c = 0; c < 8; c++)
        corners[c] = mirrored(corners_mm[c]);
    if (seen.center.count == 3)
        seen.center.value[0] = -seen.center.value[0];
    pel_status s = pel_camera_aim(out, &seen, scene->width, scene->height, corners, false);
    out->eye_mm = mirrored(out->eye_mm);
    out->right = mirrored(out->right);
    out->down = mirrored(out->down);
    out->forward = mirrored(out->forward);
    return s;
}

static void include(pel_vec3 *lo, pel_vec3 *hi, pel_vec3 p)
{
    *lo = (pel_vec3){ fmin(lo->x, p.x), fmin(lo->y, p.y), fmin(lo->z, p.z) };
    *hi = (pel_vec3){ fmax(hi->x, p.x), fmax(hi->y, p.y), fmax(hi->z, p.z) };
}

// the box of all: of one volume its own, tilted as it lies; of several things along the world's
// axes
static void box_corners(const pel_scene *scene, pel_vec3 out[8])
{
    pel_vec3 lo = { INFINITY, INFINITY, INFINITY }, hi = { -INFINITY, -INFINITY, -INFINITY };
    for (int b = 0; b < scene->bodies; b++) {
        pel__volume_corners_mm(&scene->body[b]->shape, out);
        for (int c = 0; c < 8; c++)
            include(&lo, &hi, out[c]);
    }
    if (scene->bodies == 1 && scene->sheets == 0)
        return;
    for (int i = 0; i < scene->sheets; i++) {
        include(&lo, &hi, scene->sheet[i]->lo_mm);
        include(&lo, &hi, scene->sheet[i]->hi_mm);
    }
    for (int c = 0; c < 8; c++)
        out[c] = (pel_vec3){ c & 1 ? hi.x : lo.x, c & 2 ? hi.y : lo.y, c & 4 ? hi.z : lo.z };
}

void pel_scene_box(const pel_scene *scene, pel_vec3 corners_mm[8], bool *oriented)
{
    box_corners(scene, corners_mm);
    *oriented = scene->bodies || scene->mesh_oriented;
    for (int b = 0; b < scene->bodies; b++)
        *oriented = *oriented && scene->body[b]->shape.oriented;
}

// nothing to see, or not where
static pel_status check_ready(const pel_scene *scene)
{
    if (scene->bodies == 0 && scene->sheets == 0)
        return pel__fail(PEL_EPARAM, "a scene without a volume or a mesh cannot be drawn");
    if (scene->keep_waits)
        return pel__fail(PEL_EPARAM,
                         "--keep and --clip-box count voxels of a volume, and there are "
                         "only meshes; write mm: before them");
    return PEL_OK;
}

pel_status pel_scene_aim(pel_camera *out, const pel_scene *scene, const pel_camera_params *params)
{
    pel_vec3 corners[8];
    pel_status s = check_ready(scene);
    if (s != PEL_OK)
        return s;
    box_corners(scene, corners);
    // a mesh beside a volume lies in the volume's world
    bool oriented = scene->bodies || scene->mesh_oriented, left_handed = scene->bodies > 0;
    for (int b = 0; b < scene->bodies; b++) {
        const pel_volume *shape = &scene->body[b]->shape;
        oriented = oriented && shape->oriented;
        left_handed = left_handed && pel__determinant(pel__volume_affine(shape)) < 0;
    }
    if (!oriented && left_handed && !params->camera)
        return aim_at_array(out, scene, params, corners);
    return pel_camera_aim(out, params, scene->width, scene->height, corners, oriented);
}
