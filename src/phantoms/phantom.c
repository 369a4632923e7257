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
#define SCENE_LIST(X)                                                                              \
    X(head) X(craniotomy) X(tubes) X(letters) X(sphere) X(ramp) X(slab) X(cylinder) X(torus)

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

enum { VALUES = -2, LABELS = -1 };

/* a scene, its keys and its grid; `words` holds what the params borrow */
typedef struct painting {
    const pel__scene *scene;
    pel__scene_params params;
    pel__canvas canvas;
    pel__axes axes;         // of the stored grid
    int64_t dims[3];        // along x, y, z, before axes are reordered
    pel_affine mm_from_xyz; // of the grid before axes are reordered
    int64_t samples[3];     // points in a voxel along x, y, z
    double reach_mm;        // from the middle of a voxel to its corners
    int paints;             // VALUES, LABELS, or a field of the scene
    bool baked;
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

pel_affine pel__turned(const pel_numbers *degrees)
{
    pel_affine turn = pel_affine_identity();
    for (int a = 0; a < 3; a++)
        if (degrees->value[a] != 0)
            turn = pel_affine_multiply(turn_about(a, degrees->value[a]), turn);
    return turn;
}

// voxels that cover the field of view
static void dims_of_fov(pel__scene_params *params)
{
    params->dims.count = 3;
    for (int a = 0; a < 3; a++) {
        double n = ceil(params->fov.value[a] / params->spacing.value[a] - 1e-9);
        params->dims.value[a] = n < 1 ? 1 : n;
    }
}

// as many points along an edge as make them about evenly far apart in all directions
static void choose_samples(painting *p)
{
    const pel_numbers *given = &p->params.samples;
    const double *mm = p->params.spacing.value;
    double least = mm[0] < mm[1] ? mm[0] : mm[1];
    least = mm[2] < least ? mm[2] : least;
    for (int a = 0; a < 3; a++) {
        double n = given->count ? given->value[a] : floor(mm[a] / least + 0.5);
        p->samples[a] = n > 64 ? 64 : (int64_t)n;
    }
}

static pel_status make_grid(painting *p)
{
    pel__scene_params *params = &p->params;
    struct {
        pel_numbers *numbers;
        const char *key;
        bool one_counts;
    } lists[] = { { &params->dims, "dims", true },         { &params->spacing, "spacing", true },
                  { &params->fov, "fov", true },           { &params->samples, "samples", true },
                  { &params->center, "center", false },    { &params->rotate, "rotate", false },
                  { &params->turn, "turn", false },        { &params->axis, "axis", false },
                  { &params->gradient, "gradient", false } };
    pel_status s = PEL_OK;
    for (size_t i = 0; i < sizeof lists / sizeof *lists && s == PEL_OK; i++)
        s = three(lists[i].numbers, lists[i].key, lists[i].one_counts);
    bool unknown = pel__same_word(params->orientation, "unknown");
    if (s == PEL_OK)
        s = pel__orientation_parse(&p->axes, unknown ? "RAS" : params->orientation);
    if (s != PEL_OK)
        return s;

    if (!params->dims.count)
        dims_of_fov(params);
    choose_samples(p);
    const double *mm = params->spacing.value;
    p->reach_mm = 0.5 * pel__length((pel_vec3){ mm[0], mm[1], mm[2] });
    // the middle of the grid lies at the origin of the world
    pel_affine grid = pel_affine_identity();
    for (int a = 0; a < 3; a++) {
        if (params->dims.value[a] != (double)(int64_t)params->dims.value[a])
            return pel__fail(PEL_EPARAM, "phantom: dims are whole numbers of voxels");
        p->dims[a] = (int64_t)params->dims.value[a];
        grid.m[a][a] = params->spacing.value[a];
        grid.m[a][3] = -0.5 * (double)(p->dims[a] - 1) * params->spacing.value[a];
    }
    p->mm_from_xyz = pel_affine_multiply(pel__turned(&params->rotate), grid);
    return PEL_OK;
}

static pel_status make_canvas(painting *p)
{
    const pel__scene_params *params = &p->params;
    const double *c = params->center.value, *d = params->axis.value, *v = params->spacing.value;
    pel_length soft = params->softness;
    double vx = 0; // mean distance of points
    for (int a = 0; a < 3; a++)
        vx += v[a] / (double)p->samples[a] / 3;
    p->canvas = (pel__canvas){
        .params = params,
        .center_mm = { c[0], c[1], c[2] },
        .axis = pel__unit((pel_vec3){ d[0], d[1], d[2] }),
        .edge_mm = pel__length_mm(soft, vx),
        .noise = params->noise,
    };
    if (params->axis.count && pel__length(p->canvas.axis) == 0)
        return pel__fail(PEL_EPARAM, "phantom: axis is 0,0,0, which is no direction");
    if (pel_schema_find(p->scene->schema, "softness") && isnan(p->canvas.edge_mm))
        return pel__fail(PEL_EPARAM, "phantom: softness is a length in mm or vx");
    return p->scene->prepare ? p->scene->prepare(&p->canvas) : PEL_OK;
}

static pel_status bake(painting *p)
{
    pel_status s = p->baked || !p->scene->bake ? PEL_OK : p->scene->bake(&p->canvas);
    p->baked = s == PEL_OK;
    return s;
}

static void painting_free(painting *p)
{
    if (p->canvas.state && p->scene->release)
        p->scene->release(&p->canvas);
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

static pel_dtype dtype_of(const painting *p)
{
    if (p->paints >= 0)
        return p->scene->fields[p->paints].mask ? PEL_UINT8 : PEL_FLOAT32;
    if (p->paints == LABELS)
        return PEL_UINT8;
    if (p->params.dtype <= PEL_FLOAT64)
        return (pel_dtype)p->params.dtype;
    return p->params.only ? PEL_FLOAT32 : p->canvas.signed_values ? PEL_INT16 : PEL_UINT8;
}

static pel_status make_shape(pel_volume *out, const painting *p, const char *spec)
{
    *out = (pel_volume){
        .frames = 1,
        .channels = 1,
        .dtype = dtype_of(p),
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

// near-normal noise of deviation 1 as a sum of twelve uniforms, whole numbers until the end
static double noise_at(int64_t seed, int64_t voxel)
{
    uint64_t key = pel__scramble((uint64_t)seed) ^ (uint64_t)voxel;
    int64_t sum = 0;
    for (int word = 0; word < 3; word++) {
        key = pel__scramble(key);
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

// what is seen of a value in noise
static double with_noise(const painting *p, double value, const int64_t xyz[3])
{
    const pel__canvas *c = &p->canvas;
    int64_t voxel = (xyz[2] * p->dims[1] + xyz[1]) * p->dims[0] + xyz[0];
    value += c->noise * noise_at(p->params.seed, voxel);
    if (!c->rician)
        return value;
    double other = c->noise * noise_at(p->params.seed ^ INT64_C(0x5bd1e995), voxel);
    return sqrt(value * value + other * other);
}

static double mean_of_samples(const painting *p, const int64_t xyz[3])
{
    const int64_t *n = p->samples;
    double sum = 0;
    for (int64_t k = 0; k < n[2]; k++)
        for (int64_t j = 0; j < n[1]; j++)
            for (int64_t i = 0; i < n[0]; i++) {
                pel_vec3 at = { (double)xyz[0] + ((double)i + 0.5) / (double)n[0] - 0.5,
                                (double)xyz[1] + ((double)j + 0.5) / (double)n[1] - 0.5,
                                (double)xyz[2] + ((double)k + 0.5) / (double)n[2] - 0.5 };
                double value;
                p->scene->paint(&p->canvas, pel_affine_point(p->mm_from_xyz, at), &value);
                sum += value;
            }
    return sum / (double)(n[0] * n[1] * n[2]);
}

// labels and fields are those of the voxel's middle; `far` becomes how far nothing else is, in mm
static double voxel_at(const painting *p, const int64_t xyz[3], double *far)
{
    pel_vec3 at = { (double)xyz[0], (double)xyz[1], (double)xyz[2] };
    at = pel_affine_point(p->mm_from_xyz, at);
    *far = 0;
    if (p->paints >= 0)
        return p->scene->field(&p->canvas, at, p->paints);
    double value = 0;
    int label = p->scene->paint(&p->canvas, at, &value);
    if (label == 0 && p->scene->clear)
        *far = p->scene->clear(&p->canvas, at);
    if (p->paints == LABELS)
        return label;
    bool one = p->samples[0] * p->samples[1] * p->samples[2] == 1;
    return one || *far > p->reach_mm ? value : mean_of_samples(p, xyz);
}

static pel_status paint_row(void *user, int64_t row)
{
    const slab *s = user;
    const painting *p = s->painting;
    const int64_t *n = s->shape->dims;
    int64_t ijk[3] = { 0, row % n[1], s->first + row / n[1] }, same = 0;
    char *out = s->out + row * n[0] * pel_dtype_bytes(s->shape->dtype);
    bool noisy = p->paints == VALUES && p->canvas.noise > 0;
    double step = pel__length(pel__column(s->shape->mm_from_ijk, 0)), value = 0, far;
    for (; ijk[0] < n[0]; ijk[0]++) {
        // where the voxel lies before axes are reordered, so that every order has the same bits
        int64_t xyz[3];
        for (int a = 0; a < 3; a++)
            xyz[p->axes.world[a]] = p->axes.sign[a] > 0 ? ijk[a] : n[a] - 1 - ijk[a];
        // where nothing is near, the next voxels are as this one
        if (same-- <= 0) {
            value = voxel_at(p, xyz, &far);
            same = far > p->reach_mm ? (int64_t)((far - p->reach_mm) / step) : 0;
        }
        store(out, s->shape->dtype, ijk[0], noisy ? with_noise(p, value, xyz) : value);
    }
    return PEL_OK;
}

static pel_status read_slab(pel_source *source, void *out, int64_t first, int64_t count)
{
    slab s = { source->state, &source->shape, out, first };
    pel_status status = bake(source->state);
    return status != PEL_OK ? status
                            : pel__parallel(count * source->shape.dims[1], paint_row, &s, NULL);
}

static void close_painting(pel_source *source)
{
    painting_free(source->state);
    pel__free(source->state);
}

static pel_status open_scene(pel_source *out, const char *spec, int paints)
{
    *out = (pel_source){ 0 };
    painting *p;
    pel_status s = pel__alloc_zero(&p, 1, sizeof *p, "a scene");
    if (s != PEL_OK)
        return s;
    s = painting_make(p, spec);
    p->paints = paints;
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
    out->buffer_bytes = p->scene->bytes ? p->scene->bytes(&p->params) : 0;
    return PEL_OK;
}

pel_status pel_phantom_open(pel_source *out, const char *spec)
{
    return open_scene(out, spec, VALUES);
}

static pel_status read_scene(pel_volume *out, const char *spec, int paints)
{
    *out = (pel_volume){ 0 };
    pel_source source;
    pel_status s = open_scene(&source, spec, paints);
    if (s == PEL_OK)
        s = pel_source_read(out, &source);
    pel_source_close(&source);
    return s;
}

pel_status pel_phantom(pel_volume *out, const char *spec)
{
    return read_scene(out, spec, VALUES);
}

pel_status pel_phantom_labels(pel_volume *out, const char *spec)
{
    return read_scene(out, spec, LABELS);
}

/* ---- fields ---- */

// of the scene that a spec names; NULL when there is none
static const pel__scene *scene_of(const char *spec)
{
    char name[32];
    size_t length = strcspn(spec, "?");
    if (length >= sizeof name)
        return NULL;
    memcpy(name, spec, length);
    name[length] = 0;
    return scene_named(name);
}

const char *pel_phantom_field_name(const char *spec, int n)
{
    const pel__scene *scene = scene_of(spec);
    if (n == 0)
        return scene ? "labels" : NULL;
    const pel__field *field = scene ? scene->fields : NULL;
    while (field && field->name && n > 1) {
        field++;
        n--;
    }
    return field && n == 1 ? field->name : NULL;
}

pel_status pel_phantom_field_open(pel_source *out, const char *spec, const char *field)
{
    *out = (pel_source){ 0 };
    int n = 0;
    const char *name;
    while ((name = pel_phantom_field_name(spec, n)) && strcmp(name, field) != 0)
        n++;
    if (name)
        return open_scene(out, spec, n - 1);
    pel__text list = { 0 };
    for (n = 0; (name = pel_phantom_field_name(spec, n)); n++)
        pel__text_add(&list, " %s", name);
    pel_status s = pel__fail(PEL_EPARAM, "phantom '%s': no such field %s; it has%s", spec, field,
                             list.text ? list.text : " none");
    pel__text_free(&list);
    return s;
}

pel_status pel_phantom_lines(char **out, const char *spec)
{
    *out = NULL;
    pel_source source;
    pel_status s = open_scene(&source, spec, VALUES);
    if (s != PEL_OK)
        return s;
    painting *p = source.state;
    pel__text csv = { 0 };
    if (p->scene->lines) {
        s = bake(p);
        if (s == PEL_OK)
            p->scene->lines(&p->canvas, &csv);
    }
    pel_source_close(&source);
    if (csv.failed)
        s = pel__fail(PEL_EMEMORY, "phantom %s: no memory for its centre lines", spec);
    if (s == PEL_OK)
        *out = csv.text;
    else
        pel__text_free(&csv);
    return s;
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
    pel_status s = open_scene(&source, spec, VALUES);
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
