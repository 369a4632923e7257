/* SPDX-License-Identifier: Apache-2.0 */
/* phantom.c: from the words of a scene to its voxels: keys, grid, noise, types. */
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "kernels/curves.h"
#include "phantoms/scene.h"
#include "volume/volume.h"

_Static_assert(PEL_UINT8 == 0 && PEL_FLOAT64 == 9, "PEL__DTYPES is in the order of pel_dtype");

/* every scene, in the order help lists them */
#define SCENE_LIST(X) X(head) X(letters) X(sphere) X(ramp) X(slab) X(cylinder) X(torus)

#define SCENE(name) &pel__scene_##name,
static const pel__scene *const scenes[] = { SCENE_LIST(SCENE) };
enum { SCENES = sizeof scenes / sizeof *scenes };

const char *const *pel_phantom_names(void)
{
#define NAME(name) #name,
    static const char *const names[] = { SCENE_LIST(NAME) NULL };
    return names;
}

static const pel__scene *scene_named(const char *name)
{
    for (int i = 0; i < SCENES; i++)
        if (strcmp(scenes[i]->schema->name, name) == 0)
            return scenes[i];
    return NULL;
}

const pel_schema *pel_phantom_schema(const char *name)
{
    const pel__scene *scene = scene_named(name);
    return scene ? scene->schema : NULL;
}

/* ---- the words ---- */

/* a scene, its keys and its grid; `words` holds what the params borrow */
typedef struct painting {
    const pel__scene *scene;
    pel__scene_params params;
    pel__canvas canvas;
    pel__axes axes;         // of the stored grid
    int64_t dims[3];        // along x, y, z, before axes are reordered
    pel_affine mm_from_xyz; // of the grid before axes are reordered
    bool labels;            // paint labels, not values
    char *words;
} painting;

static pel_status no_scene(const char *name)
{
    pel__text list = { 0 };
    for (const char *const *n = pel_phantom_names(); *n; n++)
        pel__text_add(&list, " %s", *n);
    pel_status s = pel__fail(PEL_EPARAM, "phantom '%s': no such scene; one of%s", name,
                             list.text ? list.text : "");
    pel__text_free(&list);
    return s;
}

// NAME?key=value&key=value
static pel_status parse_words(painting *p, const char *spec)
{
    size_t length = strlen(spec);
    pel_status s = pel__alloc(&p->words, (int64_t)length + 1, 1, "a scene's words");
    if (s != PEL_OK)
        return s;
    memcpy(p->words, spec, length + 1);
    char *rest = p->words, *name = strsep(&rest, "?");
    p->scene = scene_named(name);
    if (!p->scene)
        return no_scene(name);
    pel_schema_defaults(p->scene->schema, &p->params);
    for (char *pair; s == PEL_OK && (pair = strsep(&rest, "&"));) {
        char *value = strchr(pair, '=');
        if (!*pair)
            continue;
        if (!value)
            return pel__fail(PEL_EPARAM, "phantom %s: '%s' has no value; write %s=VALUE", name,
                             pair, pair);
        *value++ = 0;
        if (!pel_schema_find(p->scene->schema, pair))
            return pel__fail(PEL_EPARAM, "phantom %s has no key '%s'; see pellucid phantom --help",
                             name, pair);
        s = pel__during(pel_schema_set(p->scene->schema, &p->params, pair, value), "phantom %s",
                        name);
    }
    return s;
}

// one number stands for three where `one_counts`
static pel_status three(pel_numbers *numbers, const char *key, bool one_counts)
{
    if (numbers->count == 0 || numbers->count == 3)
        return PEL_OK;
    if (numbers->count != 1 || !one_counts)
        return pel__fail(PEL_EPARAM, "phantom: %s has %d numbers; it wants three%s", key,
                         numbers->count, one_counts ? ", or one for all" : "");
    numbers->value[1] = numbers->value[2] = numbers->value[0];
    numbers->count = 3;
    return PEL_OK;
}

/* ---- the grid ---- */

static pel_affine turn_about(int axis, double degrees)
{
    double angle = degrees * (PEL_PI / 180), s = pel__sine(angle),
           c = pel__sine(angle + PEL_PI / 2);
    int a = (axis + 1) % 3, b = (axis + 2) % 3;
    pel_affine turn = pel_affine_identity();
    turn.m[a][a] = turn.m[b][b] = c;
    turn.m[a][b] = -s;
    turn.m[b][a] = s;
    return turn;
}

static pel_status make_grid(painting *p)
{
    pel__scene_params *params = &p->params;
    struct {
        pel_numbers *numbers;
        const char *key;
        bool one_counts;
    } lists[] = { { &params->dims, "dims", true },      { &params->spacing, "spacing", true },
                  { &params->center, "center", false }, { &params->rotate, "rotate", false },
                  { &params->axis, "axis", false },     { &params->gradient, "gradient", false } };
    pel_status s = PEL_OK;
    for (int i = 0; i < 6 && s == PEL_OK; i++)
        s = three(lists[i].numbers, lists[i].key, lists[i].one_counts);
    bool unknown = pel__same_word(params->orientation, "unknown");
    if (s == PEL_OK)
        s = pel__orientation_parse(&p->axes, unknown ? "RAS" : params->orientation);
    if (s != PEL_OK)
        return s;

    // the middle of the grid lies at the origin of the world
    pel_affine grid = pel_affine_identity();
    for (int a = 0; a < 3; a++) {
        if (params->dims.value[a] != (double)(int64_t)params->dims.value[a])
            return pel__fail(PEL_EPARAM, "phantom: dims are whole numbers of voxels");
        p->dims[a] = (int64_t)params->dims.value[a];
        grid.m[a][a] = params->spacing.value[a];
        grid.m[a][3] = -0.5 * (double)(p->dims[a] - 1) * params->spacing.value[a];
    }
    for (int a = 0; a < 3; a++)
        if (params->rotate.value[a] != 0)
            grid = pel_affine_multiply(turn_about(a, params->rotate.value[a]), grid);
    p->mm_from_xyz = grid;
    return PEL_OK;
}

static pel_status make_canvas(painting *p)
{
    const pel__scene_params *params = &p->params;
    const double *c = params->center.value, *d = params->axis.value, *v = params->spacing.value;
    pel_length soft = params->softness;
    p->canvas = (pel__canvas){
        .params = params,
        .center_mm = { c[0], c[1], c[2] },
        .axis = pel__unit((pel_vec3){ d[0], d[1], d[2] }),
        .edge_mm = pel__length_mm(soft, (v[0] + v[1] + v[2]) / 3),
    };
    if (params->axis.count && pel__length(p->canvas.axis) == 0)
        return pel__fail(PEL_EPARAM, "phantom: axis is 0,0,0, which is no direction");
    if (pel_schema_find(p->scene->schema, "softness") && isnan(p->canvas.edge_mm))
        return pel__fail(PEL_EPARAM, "phantom: softness is a length in mm or vx");
    return p->scene->prepare ? p->scene->prepare(&p->canvas) : PEL_OK;
}

static void painting_free(painting *p)
{
    pel__free(p->canvas.state);
    pel__free(p->words);
    *p = (painting){ 0 };
}

static pel_status painting_make(painting *p, const char *spec)
{
    *p = (painting){ 0 };
    pel_status s = parse_words(p, spec);
    if (s == PEL_OK)
        s = make_grid(p);
    if (s == PEL_OK)
        s = make_canvas(p);
    if (s != PEL_OK)
        painting_free(p);
    return s;
}

static pel_status make_shape(pel_volume *out, const painting *p, const char *spec)
{
    *out = (pel_volume){
        .frames = 1,
        .channels = 1,
        .dtype = p->labels ? PEL_UINT8 : (pel_dtype)p->params.dtype,
        .slope = 1,
        .mm_from_ijk = pel_affine_identity(),
        .oriented = !pel__same_word(p->params.orientation, "unknown"),
        .unit_known = true,
    };
    // the stored axes are a choice of the x, y, z axes, some of them backwards
    pel_affine xyz_from_ijk = { 0 };
    xyz_from_ijk.m[3][3] = 1;
    for (int a = 0; a < 3; a++) {
        int w = p->axes.world[a];
        out->dims[a] = p->dims[w];
        xyz_from_ijk.m[w][a] = p->axes.sign[a];
        if (p->axes.sign[a] < 0)
            xyz_from_ijk.m[w][3] = (double)(p->dims[w] - 1);
    }
    out->mm_from_ijk = pel_affine_multiply(p->mm_from_xyz, xyz_from_ijk);
    snprintf(out->fields.format, sizeof out->fields.format, "phantom");
    snprintf(out->fields.description, sizeof out->fields.description, "pellucid phantom %.60s",
             spec);
    pel__hash *hash;
    pel_status s = pel__hash_new(&hash);
    if (s != PEL_OK)
        return s;
    pel__hash_add(hash, spec, strlen(spec));
    pel__hash_text(hash, out->fields.hash);
    pel__hash_free(hash);
    return pel__volume_check_shape(out, "phantom");
}

/* ---- the voxels ---- */

static uint64_t scramble(uint64_t x)
{
    // the finaliser of splitmix64 (Steele, Lea, Flood 2014)
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

// near-normal noise of deviation 1 as a sum of twelve uniforms, whole numbers until the end
static double noise_at(int64_t seed, int64_t voxel)
{
    uint64_t key = scramble((uint64_t)seed) ^ (uint64_t)voxel;
    int64_t sum = 0;
    for (int word = 0; word < 3; word++) {
        key = scramble(key);
        for (int part = 0; part < 4; part++)
            sum += (int64_t)(key >> 16 * part & 0xffff);
    }
    return (double)(2 * sum - 12 * 65535) * (1.0 / 131072);
}

static void store(void *out, pel_dtype dtype, int64_t at, double value)
{
    double lo, hi;
    if (dtype == PEL_FLOAT64) {
        ((double *)out)[at] = value;
        return;
    }
    if (dtype == PEL_FLOAT32) {
        ((float *)out)[at] = (float)value;
        return;
    }
    pel_dtype_range(dtype, &lo, &hi);
    int64_t whole = pel__int_from(value, lo < -9e18 ? INT64_MIN : (int64_t)lo,
                                  hi > 9e18 ? INT64_MAX : (int64_t)hi);
    // a two's complement number cut to its low bytes is the number of the smaller type
    switch (pel_dtype_bytes(dtype)) {
    case 1:
        ((uint8_t *)out)[at] = (uint8_t)whole;
        break;
    case 2:
        ((uint16_t *)out)[at] = (uint16_t)whole;
        break;
    case 4:
        ((uint32_t *)out)[at] = (uint32_t)whole;
        break;
    default:
        ((uint64_t *)out)[at] = (uint64_t)whole;
    }
}

typedef struct slab {
    const painting *painting;
    const pel_volume *shape;
    char *out;
    int64_t first;
} slab;

static pel_status paint_row(void *user, int64_t row)
{
    const slab *s = user;
    const painting *p = s->painting;
    const int64_t *n = s->shape->dims;
    int64_t ijk[3] = { 0, row % n[1], s->first + row / n[1] };
    char *out = s->out + row * n[0] * pel_dtype_bytes(s->shape->dtype);
    for (; ijk[0] < n[0]; ijk[0]++) {
        // where the voxel lies before axes are reordered, so that every order has the same bits
        int64_t xyz[3];
        for (int a = 0; a < 3; a++)
            xyz[p->axes.world[a]] = p->axes.sign[a] > 0 ? ijk[a] : n[a] - 1 - ijk[a];
        pel_vec3 at = { (double)xyz[0], (double)xyz[1], (double)xyz[2] };
        double value = 0;
        int label = p->scene->paint(&p->canvas, pel_affine_point(p->mm_from_xyz, at), &value);
        if (p->labels)
            value = label;
        else if (p->params.noise > 0)
            value += p->params.noise *
                     noise_at(p->params.seed, (xyz[2] * p->dims[1] + xyz[1]) * p->dims[0] + xyz[0]);
        store(out, s->shape->dtype, ijk[0], value);
    }
    return PEL_OK;
}

static pel_status read_slab(pel_source *source, void *out, int64_t first, int64_t count)
{
    slab s = { source->state, &source->shape, out, first };
    return pel__parallel(count * source->shape.dims[1], paint_row, &s, NULL);
}

static void close_painting(pel_source *source)
{
    painting_free(source->state);
    pel__free(source->state);
}

static pel_status open_scene(pel_source *out, const char *spec, bool labels)
{
    *out = (pel_source){ 0 };
    painting *p;
    pel_status s = pel__alloc_zero(&p, 1, sizeof *p, "a scene");
    if (s != PEL_OK)
        return s;
    s = painting_make(p, spec);
    p->labels = labels;
    if (s == PEL_OK) {
        s = make_shape(&out->shape, p, spec);
        if (s != PEL_OK)
            painting_free(p);
    }
    if (s != PEL_OK) {
        pel__free(p);
        *out = (pel_source){ 0 };
        return s;
    }
    out->read_slab = read_slab;
    out->close = close_painting;
    out->state = p;
    out->seekable = true;
    return PEL_OK;
}

pel_status pel_phantom_open(pel_source *out, const char *spec)
{
    return open_scene(out, spec, false);
}

static pel_status read_scene(pel_volume *out, const char *spec, bool labels)
{
    *out = (pel_volume){ 0 };
    pel_source source;
    pel_status s = open_scene(&source, spec, labels);
    if (s == PEL_OK)
        s = pel_source_read(out, &source);
    pel_source_close(&source);
    return s;
}

pel_status pel_phantom(pel_volume *out, const char *spec)
{
    return read_scene(out, spec, false);
}

pel_status pel_phantom_labels(pel_volume *out, const char *spec)
{
    return read_scene(out, spec, true);
}

/* ---- the truth ---- */

// text inside JSON quotes
static void add_quoted(pel__text *json, const char *text)
{
    pel__text_add(json, "\"");
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        pel__text_add(json, c < 32 ? "\\u%04x" : c == '"' || c == '\\' ? "\\%c" : "%c", c);
    }
    pel__text_add(json, "\"");
}

static void add_grid(pel__text *json, const painting *p, const pel_volume *shape)
{
    const char *unknown = shape->oriented ? p->params.orientation : "unknown";
    pel__text_add(json, ",\"dims\":[%lld,%lld,%lld],\"orientation\":", (long long)shape->dims[0],
                  (long long)shape->dims[1], (long long)shape->dims[2]);
    add_quoted(json, unknown);
    pel__text_add(json, ",\"mm_from_ijk\":[");
    for (int n = 0; n < 16; n++) {
        char number[32];
        pel__format_number(number, shape->mm_from_ijk.m[n / 4][n % 4]);
        pel__text_add(json, "%s%s%s", n % 4 ? "," : n ? ",[" : "[", number, n % 4 == 3 ? "]" : "");
    }
    pel__text_add(json, "],\"labels\":{");
    for (int n = 0; p->scene->labels[n]; n++)
        pel__text_add(json, "%s\"%d\":\"%s\"", n ? "," : "", n + 1, p->scene->labels[n]);
    pel__text_add(json, "}");
}

pel_status pel_phantom_truth(char **out, const char *spec)
{
    *out = NULL;
    pel_source source;
    pel_status s = open_scene(&source, spec, false);
    if (s != PEL_OK)
        return s;
    const painting *p = source.state;
    pel__text json = { 0 };
    pel__text_add(&json, "{\"scene\":\"%s\",\"spec\":", p->scene->schema->name);
    add_quoted(&json, spec);
    add_grid(&json, p, &source.shape);
    p->scene->truth(&p->canvas, &json);
    pel__text_add(&json, "}\n");
    pel_source_close(&source);
    if (json.failed) {
        pel__text_free(&json);
        return pel__fail(PEL_EMEMORY, "phantom %s: no memory for its truth", spec);
    }
    *out = json.text;
    return PEL_OK;
}
