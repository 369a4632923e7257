/* SPDX-License-Identifier: Apache-2.0 */
/* head.c: a head as MRI or CT shows one, for one person of many: tissues, contrast, bias, vessels,
 * an opened skull, and what is known of all that. */
#include "phantoms/head.h"

#include "base/memory.h"
#include "base/status.h"
#include "phantoms/vessels.h"

static const char *const names[] = {
#define NAME(constant, name, ...) name,
    PEL__TISSUES(NAME)
#undef NAME
        NULL,
};

static const double intensity[][7] = { { 0 },
#define VALUES(constant, name, ...) { __VA_ARGS__ },
                                       PEL__TISSUES(VALUES)
#undef VALUES
};

enum { WHOLE, BRAIN, EMPTY }; // key part

typedef struct head {
    double value[PEL__TISSUE_COUNT];
    pel__person person;
    pel_affine person_from_world, world_from_person;
    double scale, edge; // mm of the person per usual mm; width of an edge in usual mm
    double tilt[6];     // of the bias field
    double half_bias;
    int part;
    bool vessels;
    pel_vec3 window, into; // middle of the opening on the skin, direction inward; usual mm
    double window_radius;  // 0: closed
    pel__brain brain;
    pel__rods tubes;
} head;

/* ---- the keys ---- */

static void place(head *h, const pel__scene_params *params)
{
    pel_affine world = pel__turned(&params->turn);
    for (int a = 0; a < 3; a++)
        world.m[a][3] = params->center.value[a];
    h->world_from_person = world;
    // a turn is undone by its transpose
    pel_affine back = pel_affine_identity();
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 3; c++)
            back.m[r][c] = world.m[c][r];
    pel_vec3 shift =
        pel_affine_point(back, (pel_vec3){ -world.m[0][3], -world.m[1][3], -world.m[2][3] });
    pel__set_column(&back, 3, shift);
    h->person_from_world = back;
}

static void choose_values(head *h, const pel__scene_params *params, int only)
{
    int contrast = params->contrast;
    for (int t = 0; t < PEL__TISSUE_COUNT; t++)
        h->value[t] = intensity[t][contrast];
    h->value[PEL__NOTHING] =
        isnan(params->background) ? (contrast == PEL__CT ? -1000 : 0) : params->background;
    if (!isnan(params->vessels) && params->vessels > 0)
        h->value[PEL__VEIN] = h->value[PEL__SINUS] = h->value[PEL__ARTERY] =
            params->vessels * h->value[PEL__GREY];
    for (int t = 0; only >= 0 && t < PEL__TISSUE_COUNT; t++)
        h->value[t] = t == only;
}

// a tissue by its name, - or _ for the space between words
static bool is_called(const char *name, const char *word)
{
    for (; *name && *word; name++, word++)
        if (*name != *word && !(*name == ' ' && (*word == '-' || *word == '_')))
            return false;
    return *name == *word;
}

static pel_status tissue_named(int *out, const char *name)
{
    *out = -1;
    if (!name)
        return PEL_OK;
    for (int t = 0; names[t]; t++)
        if (is_called(names[t], name))
            *out = t + 1;
    if (*out >= 0)
        return PEL_OK;
    pel__text list = { 0 };
    for (int t = 0; names[t]; t++)
        pel__text_add(&list, "%s%s", t ? ", " : "", names[t]);
    pel_status s = pel__fail(PEL_EPARAM, "phantom: there is no tissue '%s'; one of %s", name,
                             list.text ? list.text : "");
    pel__text_free(&list);
    return s;
}

static pel_status prepare(pel__canvas *canvas)
{
    const pel__scene_params *params = canvas->params;
    int only;
    pel_status s = tissue_named(&only, params->only);
    head *h;
    if (s == PEL_OK)
        s = pel__alloc_zero(&h, 1, sizeof *h, "a scene");
    if (s != PEL_OK)
        return s;
    canvas->state = h;
    h->person = pel__person_of(params->seed);
    h->scale = pel__person_scale(&h->person);
    h->edge = canvas->edge_mm / h->scale;
    h->part = params->part;
    h->vessels = isnan(params->vessels) || params->vessels > 0;
    place(h, params);
    choose_values(h, params, only);
    h->half_bias = params->bias / 200;
    for (int n = 0; n < 6; n++)
        h->tilt[n] = pel__chance(params->seed, 2000 + n);
    if (params->snr > 0)
        canvas->noise = (only >= 0 ? 1 : h->value[PEL__WHITE]) / params->snr;
    canvas->signed_values = params->contrast == PEL__CT;
    canvas->rician = !canvas->signed_values && only < 0;
    h->window_radius = params->radius / h->scale;
    const double *at = params->axis.value;
    h->into = pel__unit((pel_vec3){ -at[0], -at[1], -at[2] });
    return PEL_OK;
}

static pel_status bake(pel__canvas *canvas)
{
    head *h = canvas->state;
    const pel__scene_params *params = canvas->params;
    pel_status s = pel__brain_make(&h->brain, &h->person, params->seed, params->folds);
    if (s == PEL_OK && h->vessels)
        s = pel__vessels_make(&h->tubes, &h->brain, params->seed, params->vein);
    return s;
}

static void release(pel__canvas *canvas)
{
    head *h = canvas->state;
    pel__brain_free(&h->brain);
    pel__rods_free(&h->tubes);
}

static int64_t bytes(const pel__scene_params *params)
{
    return pel__brain_bytes(params->folds) + (1 << 20);
}

/* ---- paint ---- */

static void lay_deep(pel__brush *b, const pel__person *who, pel_vec3 p, pel_vec3 m)
{
    double arch = pel__over_callosum(p);
    if (arch > 8 || m.x > 48 || p.z < -34)
        return;
    // the callosum thickens at both ends
    double thick = 3 + 1.6 * pel__rise(fabs(p.y + 4), 18, 36);
    thick *= 1 - 0.8 * pel__rise(m.x, 8, 24);
    pel__lay(b, pel__larger(pel__larger(fabs(arch) - thick, m.x - 24), 1 - p.z), PEL__WHITE);
    pel__lay(b, pel__rod(m, (pel_vec3){ 2.5, -24, 22 }, 2, (pel_vec3){ 2.5, 6, 8 }, 1.8),
             PEL__WHITE);
    pel__lay(b, pel__ellipsoid(m, 11, -17, 9, (pel_vec3){ 8.5, 15, 8.5 }), PEL__DEEP);
    // putamen and pallidum lie against each other, the capsule between them and the rest
    pel_vec3 q = { m.x - 0.18 * (m.y - 4), m.y, m.z };
    pel__lay(b, pel__ellipsoid(q, 26, 4, 6, (pel_vec3){ 5.5, 17, 10 }), PEL__DEEP);
    pel__lay(b, pel__ellipsoid(q, 20, 0, 4, (pel_vec3){ 4.5, 9.5, 7 }), PEL__PALLIDUM);
    double caudate = pel__rod(m, (pel_vec3){ 13, 22, 12 }, 6.5, (pel_vec3){ 16, 2, 22 }, 4);
    caudate = pel__join(caudate,
                        pel__rod(m, (pel_vec3){ 16, 2, 22 }, 4, (pel_vec3){ 21, -26, 22 }, 2), 2);
    pel__lay(b, caudate, PEL__DEEP);
    pel__lay(b, pel__rod(m, (pel_vec3){ 25, -8, -16 }, 5, (pel_vec3){ 29, -32, -5 }, 4), PEL__DEEP);
    pel__lay(b, pel__ellipsoid(m, 22, 2, -16, (pel_vec3){ 7, 7, 7 }), PEL__DEEP);
    // lateral ventricles: frontal horn, body, atrium, occipital and temporal horns
    double w = who->ventricle;
    double horn = pel__rod(m, (pel_vec3){ 6.5, 27, 11 }, 4.2 * w, (pel_vec3){ 8, 2, 22 }, 4.4 * w);
    horn = pel__join(
        horn, pel__rod(m, (pel_vec3){ 8, 2, 22 }, 4.4 * w, (pel_vec3){ 14, -32, 20 }, 4.6 * w), 3);
    horn = pel__join(
        horn, pel__rod(m, (pel_vec3){ 14, -32, 20 }, 4.6 * w, (pel_vec3){ 25, -44, 8 }, 5.5 * w),
        4);
    horn = pel__join(
        horn, pel__rod(m, (pel_vec3){ 25, -44, 8 }, 4.5 * w, (pel_vec3){ 23, -66, 8 }, 2 * w), 4);
    horn = pel__join(
        horn, pel__rod(m, (pel_vec3){ 27, -40, 4 }, 3.4 * w, (pel_vec3){ 33, -14, -13 }, 1.8 * w),
        3);
    // flat where the caudate bulges in, never over the middle
    horn = pel__larger(pel__carve(horn, caudate, 2), 0.7 - m.x);
    pel__lay(b, horn, PEL__VENTRICLE);
    double third = pel__ellipsoid(p, 0, -9, 3, (pel_vec3){ 1.9 * w, 15, 10 });
    pel__lay(b, pel__carve(third, pel__ball(p, 0, -8, 7, 3.4), 1), PEL__VENTRICLE);
}

static void lay_hindbrain(pel__brush *b, pel_vec3 p, double cavity)
{
    if (p.z > 16 || p.y > 12)
        return;
    pel__cerebellum c = pel__cerebellum_at(p);
    pel__lay(b, pel__larger(c.pial, cavity + 0.9), PEL__FOLIA);
    pel__lay(b, pel__larger(c.white, cavity + 2.5), PEL__ARBOR);
    double stem = pel__stem_at(p);
    stem = pel__join(stem,
                     pel__rod(p, (pel_vec3){ 0, -36, -60 }, 7, (pel_vec3){ 0, -39, -120 }, 5.5), 2);
    // the four hills behind the midbrain
    pel_vec3 m = { fabs(p.x), p.y, p.z };
    stem = pel__join(stem, pel__ball(m, 4.5, -31, 1, 3.6), 1.5);
    stem = pel__join(stem, pel__ball(m, 4.5, -34, -7, 3.4), 1.5);
    pel__lay(b, stem, PEL__STEM);
    double water = pel__rod(p, (pel_vec3){ 0, -24, 0 }, 0.9, (pel_vec3){ 0, -31, -18 }, 1.1);
    double fourth = pel__ellipsoid(m, 2, -35, -30, (pel_vec3){ 7, 4.5, 13 });
    fourth = pel__join(fourth,
                       pel__rod(p, (pel_vec3){ 0, -36, -30 }, 3, (pel_vec3){ 0, -45, -30 }, 1), 3);
    pel__lay(b, pel__smaller(water, fourth), PEL__VENTRICLE);
}

// dura on the skull, between the halves and above the cerebellum
static void lay_sheets(pel__brush *b, pel_vec3 p, pel_vec3 m, double cavity)
{
    pel__lay(b, cavity, PEL__DURA);
    pel__lay(b, cavity + 0.8, PEL__FLUID);
    if (m.x < 3)
        pel__lay(b, pel__larger(m.x - 0.35, 9 - pel__over_callosum(p)), PEL__DURA);
    if (p.y < 4 && p.z < 16 && p.z > -24) {
        double tent = p.z - 7 + 0.45 * m.x + 0.12 * (p.y + 50) * (p.y < -50);
        double notch = 21 - sqrt(m.x * m.x + (p.y + 24) * (p.y + 24));
        pel__lay(b, pel__larger(fabs(tent) * 0.9 - 0.45, pel__larger(notch, p.y + 22)), PEL__DURA);
    }
}

// vessels and the walls of sinuses
static double tubes_at(const head *h, pel_vec3 person, int *kind)
{
    *kind = 0;
    return h->vessels ? pel__rods_at(&h->tubes, person, kind) / h->scale : 1e9;
}

static void lay_vessel(pel__brush *b, double vessel, int kind)
{
    if (kind == PEL__SINUS)
        pel__lay(b, vessel - 0.8, PEL__DURA);
    if (kind)
        pel__lay(b, vessel, kind);
}

/* all distances of the brain at a point; the dura presses the cortex in where they touch */
typedef struct inside {
    double cavity, vessel;
    int kind;
    pel__cortex cortex;
} inside;

static inside inside_at(const head *h, pel_vec3 p, pel_vec3 person, double cavity)
{
    inside in = { .cavity = cavity };
    in.vessel = tubes_at(h, person, &in.kind);
    in.cortex = pel__cortex_at(&h->brain, p);
    double press = in.cavity + 0.9;
    if (in.kind == PEL__SINUS)
        press = pel__larger(press, 0.9 - in.vessel);
    in.cortex.pial = pel__larger(in.cortex.pial, press);
    in.cortex.white = pel__larger(in.cortex.white, press + h->person.cortex);
    return in;
}

// the brain as a mask: not beyond the dura
static double mask_at(const head *h, pel_vec3 p, double cavity)
{
    return pel__larger(pel__brain_at(&h->brain, p), cavity + 0.8);
}

// air in a cone from outside down to the brain
static double window_at(const head *h, pel_vec3 p)
{
    pel_vec3 q = { p.x, p.y + 8, p.z - 20 };
    double along = -pel__dot(q, h->into);
    pel_vec3 beside = pel__plus(q, pel__scale(h->into, along));
    return pel__larger(pel__length(beside) - h->window_radius, 20 - along);
}

static void open_window(const head *h, pel__brush *b, pel_vec3 p, const inside *in)
{
    double window = window_at(h, p), hull = mask_at(h, p, in->cavity);
    // a film of fluid stays on the brain; vessels lie free
    double air = pel__larger(window, 0.4 - hull);
    air = pel__larger(air, 0.2 - in->vessel);
    pel__lay(b, air, PEL__NOTHING);
}

static double bias_at(const head *h, pel_vec3 usual)
{
    double x = usual.x / 80, y = usual.y / 100, z = usual.z / 80;
    const double *t = h->tilt;
    double field = 0.7 * (t[0] * x + t[1] * y + t[2] * z) +
                   0.5 * (t[3] * x * y + t[4] * (z * z - 0.4) + t[5] * (x * x - y * y));
    return 1 + h->half_bias * pel__within(field / 0.75, -1.5, 1.5);
}

static int paint(const pel__canvas *canvas, pel_vec3 world, double *value)
{
    const head *h = canvas->state;
    pel__brush b = { h->value, h->edge, -1e9, h->value[PEL__NOTHING], PEL__NOTHING };
    *value = b.value;
    pel_vec3 person = pel_affine_point(h->person_from_world, world);
    pel_vec3 p = pel__person_to_usual(&h->person, person), m = { fabs(p.x), p.y, p.z };
    double cavity = pel__cavity_at(p, m), brain = 0;
    if (h->part == BRAIN) {
        brain = cavity > 3 ? cavity : mask_at(h, p, cavity);
        if (brain > b.edge)
            return PEL__NOTHING;
    } else if (cavity > -0.5 * b.edge && !pel__lay_scalp(&b, &h->person, p, cavity))
        return PEL__NOTHING;
    inside in = { .cavity = cavity, .vessel = 1e9 };
    if (cavity < 4) {
        in = inside_at(h, p, person, cavity);
        lay_sheets(&b, p, m, cavity);
        if (h->part != EMPTY) {
            lay_hindbrain(&b, p, cavity);
            pel__lay(&b, in.cortex.pial, PEL__GREY);
            pel__lay(&b, in.cortex.white, PEL__WHITE);
            lay_deep(&b, &h->person, p, m);
        }
    } else if (p.z < 4 || m.x < 16) // arteries of the neck; the sinus presses into the bone
        in.vessel = tubes_at(h, person, &in.kind);
    lay_vessel(&b, in.vessel, in.kind);
    if (h->window_radius > 0)
        open_window(h, &b, p, &in);
    if (h->half_bias > 0)
        b.value *= bias_at(h, p);
    if (h->part == BRAIN) {
        b.value = h->value[0] + pel__inside(brain, b.edge) * (b.value - h->value[0]);
        b.label = brain <= 0 ? b.label : PEL__NOTHING;
    }
    *value = b.value;
    return b.label;
}

// the shapes' distances are of first order: half of one is safe
static double clear(const pel__canvas *canvas, pel_vec3 world)
{
    const head *h = canvas->state;
    pel_vec3 person = pel_affine_point(h->person_from_world, world);
    pel_vec3 p = pel__person_to_usual(&h->person, person);
    double far = h->part == BRAIN ? pel__brain_at(&h->brain, p)
                                  : pel__skin_at(p, (pel_vec3){ fabs(p.x), p.y, p.z });
    return 0.5 * (far - h->edge - 4) * h->scale;
}

/* ---- the truth ---- */

enum { FIELD_BRAIN, FIELD_PIAL, FIELD_WHITE, FIELD_VESSEL, FIELD_EXPOSED };

static double field(const pel__canvas *canvas, pel_vec3 world, int which)
{
    const head *h = canvas->state;
    pel_vec3 person = pel_affine_point(h->person_from_world, world);
    pel_vec3 p = pel__person_to_usual(&h->person, person);
    double cavity = pel__cavity_at(p, (pel_vec3){ fabs(p.x), p.y, p.z });
    int kind;
    switch (which) {
    case FIELD_BRAIN:
        return mask_at(h, p, cavity) <= 0;
    case FIELD_PIAL:
        return inside_at(h, p, person, cavity).cortex.pial * h->scale;
    case FIELD_WHITE:
        return inside_at(h, p, person, cavity).cortex.white * h->scale;
    case FIELD_VESSEL:
        return h->vessels ? pel__rods_at(&h->tubes, person, &kind) : PEL__RODS_REACH;
    default: {
        // of the brain's outer three millimetres, what the window lays open
        double hull = mask_at(h, p, cavity);
        return window_at(h, p) <= 0 && hull <= 0 && hull > -3 / h->scale;
    }
    }
}

static void truth(const pel__canvas *canvas, pel__text *json)
{
    static const char *const contrast[] = { "t1", "t1gd", "t2", "flair", "pd", "t2star", "ct" };
    const head *h = canvas->state;
    const pel__scene_params *params = canvas->params;
    static const struct {
        const char *key;
        pel_vec3 usual;
    } marks[] = { { "nose_tip_mm", { 0, 108.5, -35 } },
                  { "left_eye_mm", { -31, 66, -14 } },
                  { "right_eye_mm", { 31, 66, -14 } } };
    pel__truth_number(json, "edge_mm", canvas->edge_mm);
    for (int n = 0; n < 3; n++) {
        pel_vec3 at = pel__person_from_usual(&h->person, marks[n].usual);
        pel__truth_point(json, marks[n].key, pel_affine_point(h->world_from_person, at));
    }
    pel__truth_number(json, "cortex_mm", h->person.cortex * h->scale);
    pel__truth_number(json, "sulcus_width_mm", 2 * h->person.open * h->scale);
    pel__truth_number(json, "noise", canvas->noise);
    pel__truth_number(json, "bias_percent", params->bias);
    pel__text_add(json, ",\"contrast\":\"%s\",\"values\":{", contrast[params->contrast]);
    for (int n = 0; names[n]; n++)
        pel__text_add(json, "%s\"%s\":%g", n ? "," : "", names[n], h->value[n + 1]);
    pel__text_add(json, "}");
    if (h->window_radius > 0) {
        pel__truth_number(json, "window_radius_mm", params->radius);
        pel_vec3 middle = pel__person_from_usual(&h->person, (pel_vec3){ 0, -8, 20 });
        pel__truth_point(json, "window_from_mm", pel_affine_point(h->world_from_person, middle));
        pel_affine turn = h->world_from_person;
        pel__set_column(&turn, 3, (pel_vec3){ 0 });
        pel__truth_point(json, "window_direction", pel_affine_point(turn, canvas->axis));
    }
}

static void table_of_vessels(const pel__canvas *canvas, pel__text *csv)
{
    const head *h = canvas->state;
    pel__rods_table(&h->tubes, h->world_from_person, names, csv);
}

#define HEAD_ROWS                                                                                  \
    PEL__FOV_ROWS("180,224,200"),                                                                  \
        PEL_CHOICE(pel__scene_params, contrast, "t1", PEL__CONTRASTS, "what the image weighs"),    \
        PEL_NUMBER(pel__scene_params, snr, "0", 0, 1e6, NULL,                                      \
                   "white matter over noise (Rician, in CT Gaussian); 0: as noise says"),          \
        PEL_NUMBER(pel__scene_params, bias, "0", 0, 100, "percent",                                \
                   "uneven brightness, from the darkest to the brightest part of the brain"),      \
        PEL_NUMBER(pel__scene_params, background, NULL, -1e30, 1e30, NULL,                         \
                   "value outside; default that of air"),                                          \
        PEL_LENGTH(pel__scene_params, softness, "2vx", 0, 1e6, "width of an edge; 0: hard"),       \
        PEL_NUMBER(pel__scene_params, folds, "10.5", 6, 40, "mm", "from one sulcus to the next"),  \
        PEL_NUMBER(pel__scene_params, vessels, NULL, 0, 100, NULL,                                 \
                   "value of vessels over that of grey matter; 0: no vessels; default by "         \
                   "contrast"),                                                                    \
        PEL_NUMBER(pel__scene_params, vein, "1", 0.2, 3, "mm",                                     \
                   "radius of veins where they leave for the sinus"),                              \
        PEL_CHOICE(pel__scene_params, part, "whole", "whole|brain|empty",                          \
                   "brain: stripped, nothing around it; empty: no brain, fluid in its place"),     \
        PEL_TEXT(pel__scene_params, only, NULL, "TISSUE",                                          \
                 "the fraction (0 to 1) of this tissue in each voxel instead of values"),          \
        PEL_NUMBERS(pel__scene_params, center, "0,0,0", -1e6, 1e6, "mm", "X,Y,Z",                  \
                    "where the head's middle lies; with fov it is cut"),                           \
        PEL_NUMBERS(pel__scene_params, turn, "0,0,0", -360, 360, "degrees", "RX,RY,RZ",            \
                    "turn the head (not the grid) about x, then y, then z")

static const pel__field fields[] = {
    { "brain", true }, { "pial", false }, { "white", false }, { "vessels", false }, { NULL, false },
};
static const pel_param table[] = { HEAD_ROWS };
static const pel_schema schema = PEL_SCHEMA(
    pel__scene_params, "head",
    "a head in MRI or CT: face, skull, folded brain, vessels; seed: which person", table);
const pel__scene pel__scene_head = {
    .schema = &schema,
    .prepare = prepare,
    .bake = bake,
    .release = release,
    .bytes = bytes,
    .paint = paint,
    .clear = clear,
    .truth = truth,
    .labels = names,
    .fields = fields,
    .field = field,
    .lines = table_of_vessels,
};

static const pel__field open_fields[] = {
    { "brain", true },    { "pial", false },   { "white", false },
    { "vessels", false }, { "exposed", true }, { NULL, false },
};
static const pel_param open_table[] = {
    HEAD_ROWS,
    PEL_NUMBER(pel__scene_params, radius, "30", 5, 60, "mm", "of the opening in the skull"),
    PEL_NUMBERS(pel__scene_params, axis, "-0.8,0.1,0.6", -1e6, 1e6, NULL, "X,Y,Z",
                "direction in which the opening lies, seen from the middle of the head"),
};
static const pel_schema open_schema =
    PEL_SCHEMA(pel__scene_params, "craniotomy",
               "the head with its skull opened over the cortex and its vessels", open_table);
const pel__scene pel__scene_craniotomy = {
    .schema = &open_schema,
    .prepare = prepare,
    .bake = bake,
    .release = release,
    .bytes = bytes,
    .paint = paint,
    .clear = clear,
    .truth = truth,
    .labels = names,
    .fields = open_fields,
    .field = field,
    .lines = table_of_vessels,
};
