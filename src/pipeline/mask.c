/* SPDX-License-Identifier: Apache-2.0 */
/* mask.c: a threshold, then steps: words to steps, steps to a mask. */
#include <pellucid/pipeline.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "base/text.h"
#include "volume/volume.h"

enum { MOST_STEPS = 64, LONGEST = 4096 };

static const pel_param table[] = {
    PEL_TEXT(pel_mask_params, range, NULL, "LO:HI", "values in this range, both ends included"),
    { "otsu", PEL_KIND_INTEGER, offsetof(pel_mask_params, otsu), NULL, 2, PEL_MOST_CLASSES, NULL,
      NULL, "[N]", "above Otsu's threshold; N classes, numbered from 0, when N is above 2" },
    PEL_SWITCH(pel_mask_params, li, "above Li's threshold of least cross entropy"),
    PEL_LENGTH(pel_mask_params, smooth, NULL, 0, 1e6, "sigma of a Gaussian before the threshold"),
    PEL_TEXT(pel_mask_params, grey, NULL, "STEPS",
             "of values, before the threshold: 'tophat 2mm' leaves bright lines thinner than that, "
             "'blackhat 2mm' dark ones; also erode, dilate, open, close"),
    PEL_TEXT(pel_mask_params, steps, NULL, "STEPS",
             "then, in this order: 'erode 2vx; open 1mm; tophat 2mm; largest; fill; keep >100mm3; "
             "close; dilate; area 5mm2; skeleton; invert; and FILE'"),
    PEL_CHOICE(pel_mask_params, connectivity, "26", "6|18|26",
               "voxels that touch by a face, also an edge, also a corner are one part"),
};
static int64_t plan(const void *params, const pel_volume *shape);
const pel_schema pel_mask_schema = { .name = "mask",
                                     .summary = "a mask by a threshold and steps",
                                     .params_size = sizeof(pel_mask_params),
                                     .params = table,
                                     .count = (int)(sizeof table / sizeof *table),
                                     .plan = plan };

pel_mask_params pel_mask_defaults(void)
{
    pel_mask_params params;
    pel_schema_defaults(&pel_mask_schema, &params);
    return params;
}

/* ---- words to steps ---- */

typedef enum word {
    ERODE = PEL_ERODE,
    DILATE = PEL_DILATE,
    OPEN = PEL_OPEN,
    CLOSE = PEL_CLOSE,
    TOPHAT = PEL_TOPHAT,
    BLACKHAT = PEL_BLACKHAT,
    FILL,
    LARGEST,
    KEEP,
    AREA,
    SKELETON,
    INVERT,
    AND,
    OR,
    XOR,
    MINUS
} word;

/* what may follow a word */
typedef enum follows { NOTHING, RADIUS, NUMBER, SIZE, LEAST, A_FILE } follows;

static const struct {
    const char *name, *written; // written: as help shows what follows
    follows follows;
} words[] = {
    [ERODE] = { "erode", " [R]", RADIUS },    [DILATE] = { "dilate", " [R]", RADIUS },
    [OPEN] = { "open", " [R]", RADIUS },      [CLOSE] = { "close", " [R]", RADIUS },
    [TOPHAT] = { "tophat", " [R]", RADIUS },  [BLACKHAT] = { "blackhat", " [R]", RADIUS },
    [FILL] = { "fill", "", NOTHING },         [LARGEST] = { "largest", " [N]", NUMBER },
    [KEEP] = { "keep", " >V|<V", SIZE },      [AREA] = { "area", " V", LEAST },
    [SKELETON] = { "skeleton", "", NOTHING }, [INVERT] = { "invert", "", NOTHING },
    [AND] = { "and", " FILE", A_FILE },       [OR] = { "or", " FILE", A_FILE },
    [XOR] = { "xor", " FILE", A_FILE },       [MINUS] = { "minus", " FILE", A_FILE },
};
enum { WORDS = sizeof words / sizeof *words };

/* a step as written */
typedef struct step {
    word word;
    pel_length radius;
    double number;  // of parts, or their size
    bool in_voxels; // a size
    bool at_least;  // a size's sign is > or >=
    bool equal;     // or >=, <=
    bool grey;      // of values, not of a mask
    char file[LONGEST];
} step;

// a step of values is one of those with a ball
static bool is_allowed(int w, bool grey)
{
    return !grey || words[w].follows == RADIUS;
}

static pel_status unknown_word(const char *name, bool grey)
{
    pel__text list = { 0 };
    for (int i = 0; i < WORDS; i++)
        if (is_allowed(i, grey))
            pel__text_add(&list, "%s%s%s", i ? ", " : "", words[i].name, words[i].written);
    pel_status s =
        pel__fail(PEL_EPARAM, "--%s: '%s' is no step%s; one of %s", grey ? "grey" : "steps", name,
                  grey ? " of values" : "", list.text ? list.text : "");
    pel__text_free(&list);
    return s;
}

static pel_status wrong(const step *s, const char *rest, const char *wants)
{
    return pel__fail(PEL_EPARAM, "--%s: '%s %s': %s wants %s", s->grey ? "grey" : "steps",
                     words[s->word].name, rest, words[s->word].name, wants);
}

// 100mm3, 50vx, 20
static bool parse_volume(step *out, const char *text)
{
    char number[64];
    snprintf(number, sizeof number, "%s", text + strspn(text, " \t"));
    out->in_voxels = pel__ends_with(number, "vx");
    if (out->in_voxels)
        number[strlen(number) - 2] = 0;
    else if (pel__ends_with(number, "mm3") || pel__ends_with(number, "mm2"))
        number[strlen(number) - 3] = 0;
    return pel__parse_number(&out->number, number) && out->number >= 0;
}

// >100mm3, <=50vx, >20
static pel_status parse_size(step *out, const char *rest)
{
    out->at_least = *rest == '>';
    out->equal = *rest && rest[1] == '=';
    bool sign = *rest == '>' || *rest == '<';
    if (!sign || !parse_volume(out, rest + 1 + out->equal))
        return wrong(out, rest, "a size: >100mm3, <50vx");
    return PEL_OK;
}

static pel_status parse_least(step *out, const char *rest)
{
    out->at_least = out->equal = true;
    return parse_volume(out, rest) ? PEL_OK : wrong(out, rest, "a size: 50mm2, 100mm3, 20vx");
}

static pel_status parse_rest(step *out, const char *rest)
{
    switch (words[out->word].follows) {
    case NOTHING:
        return *rest ? wrong(out, rest, "nothing behind it") : PEL_OK;
    case RADIUS:
        out->radius = (pel_length){ 1, PEL_VX };
        if (*rest && (!pel__parse_length(&out->radius, rest) || !(out->radius.value >= 0) ||
                      (out->radius.unit != PEL_MM && out->radius.unit != PEL_VX)))
            return wrong(out, rest, "a radius: 2mm, 1.5, 2vx");
        return PEL_OK;
    case NUMBER:
        out->number = 1;
        if (*rest && (!pel__parse_number(&out->number, rest) || !(out->number >= 1) ||
                      out->number != floor(out->number) || out->number > 1e9))
            return wrong(out, rest, "a whole number of parts");
        return PEL_OK;
    case SIZE:
        return parse_size(out, rest);
    case LEAST:
        return parse_least(out, rest);
    case A_FILE:
        snprintf(out->file, sizeof out->file, "%s", rest);
        return *rest ? PEL_OK : wrong(out, rest, "the file of a mask");
    }
    return PEL_EPARAM;
}

// `text` is one step, changed on the way: blanks at its ends are cut off
static pel_status parse_step(step *out, char *text, bool grey)
{
    *out = (step){ .grey = grey };
    size_t length = strlen(text);
    while (length && strchr(" \t\n", text[length - 1]))
        text[--length] = 0;
    size_t name = strcspn(text, " \t\n<>");
    char *rest = text + name, first = *rest;
    *rest = 0;
    int w = 0;
    while (w < WORDS && !pel__same_word(words[w].name, text))
        w++;
    if (w == WORDS || !is_allowed(w, grey))
        return unknown_word(text, grey);
    *rest = first;
    out->word = (word)w;
    return parse_rest(out, rest + strspn(rest, " \t\n"));
}

typedef struct steps {
    step *step; // owned
    int count;
} steps;

static pel_status parse_steps(steps *out, const char *text, bool grey)
{
    char copy[LONGEST], *rest = copy, *item;
    const char *option = grey ? "grey" : "steps";
    *out = (steps){ 0 };
    if (!text)
        return PEL_OK;
    if (strlen(text) >= sizeof copy)
        return pel__fail(PEL_EPARAM, "--%s has more than %d characters", option, LONGEST - 1);
    strcpy(copy, text);
    pel_status s = pel__alloc(&out->step, MOST_STEPS, sizeof *out->step, "steps");
    while (s == PEL_OK && (item = strsep(&rest, ";"))) {
        item += strspn(item, " \t\n");
        if (!*item)
            continue;
        if (out->count == MOST_STEPS)
            s = pel__fail(PEL_EPARAM, "--%s has more than %d steps", option, MOST_STEPS);
        else
            s = parse_step(&out->step[out->count++], item, grey);
    }
    if (s != PEL_OK) {
        pel__free(out->step);
        *out = (steps){ 0 };
    }
    return s;
}

/* ---- all words ---- */

static bool by_otsu(const pel_mask_params *params)
{
    return params->otsu >= 2;
}

// `parsed`: steps of values, then of the mask
static pel_status check(const pel_mask_params *params, double range[2], steps parsed[2])
{
    parsed[0] = parsed[1] = (steps){ 0 };
    pel_status s = pel_schema_check(&pel_mask_schema, params);
    if (s == PEL_OK && !!params->range + by_otsu(params) + params->li > 1)
        s = pel__fail(PEL_EPARAM, "--range, --otsu and --li are three ways to one threshold; give "
                                  "one of them");
    if (s == PEL_OK && params->range)
        s = pel__parse_range(range, params->range, "--range", true);
    if (s == PEL_OK && params->otsu > 2 && params->steps)
        s = pel__fail(PEL_EPARAM,
                      "--otsu %lld numbers classes and --steps work on a mask; choose classes of "
                      "the result with another mask --range 2:2",
                      (long long)params->otsu);
    if (s == PEL_OK)
        s = parse_steps(&parsed[0], params->grey, true);
    return s == PEL_OK ? parse_steps(&parsed[1], params->steps, false) : s;
}

static void free_steps(steps parsed[2])
{
    pel__free(parsed[0].step);
    pel__free(parsed[1].step);
}

pel_status pel_mask_check(const pel_mask_params *params)
{
    double range[2];
    steps parsed[2];
    pel_status s = check(params, range, parsed);
    free_steps(parsed);
    return s;
}

/* ---- the threshold ---- */

// the mask below each further threshold adds one to the class
static pel_status number_classes(pel_volume *out, const pel_volume *in, const pel_mask_found *found)
{
    pel_status s = PEL_OK;
    for (int t = 0; t < found->count && s == PEL_OK; t++) {
        pel_volume above;
        s = pel_threshold(&above, in, nextafter(found->threshold[t], INFINITY), INFINITY);
        if (s != PEL_OK)
            break;
        if (t == 0) {
            *out = above;
            continue;
        }
        uint8_t *to = out->data;
        const uint8_t *from = above.data;
        for (int64_t n = 0; n < pel_volume_count(out); n++)
            to[n] = (uint8_t)(to[n] + from[n]);
        pel_volume_free(&above);
    }
    return s;
}

static pel_status find_thresholds(pel_mask_found *found, const pel_volume *in,
                                  const pel_mask_params *params)
{
    *found = (pel_mask_found){ 0 };
    if (!by_otsu(params) && !params->li)
        return PEL_OK;
    found->count = params->li ? 1 : (int)params->otsu - 1;
    return params->li ? pel_li(found->threshold, in)
                      : pel_otsu(found->threshold, in, (int)params->otsu);
}

// what is neither 0 nor NaN
static pel_status nonzero(pel_volume *out, const pel_volume *in)
{
    pel_components_params all = pel_components_defaults();
    return pel_keep_components(out, in, &all);
}

static pel_status first_mask(pel_volume *out, pel_mask_found *found, const pel_volume *in,
                             const double range[2], const pel_mask_params *params)
{
    pel_status s = find_thresholds(found, in, params);
    if (s != PEL_OK)
        return s;
    if (found->count)
        return number_classes(out, in, found);
    return params->range ? pel_threshold(out, in, range[0], range[1]) : nonzero(out, in);
}

/* ---- steps ---- */

static pel_status reshape(pel_volume *out, const pel_volume *mask, const step *how)
{
    pel_morphology_params params = pel_morphology_defaults();
    params.operation = (int)how->word;
    params.radius = how->radius;
    return pel_morphology(out, mask, &params);
}

static pel_status choose_parts(pel_volume *out, const pel_volume *mask, const step *how,
                               int connectivity)
{
    pel_components_params params = pel_components_defaults();
    params.connectivity = connectivity;
    pel_vec3 mm = pel_volume_spacing_mm(mask);
    double one = how->in_voxels ? 1 : mm.x * mm.y * mm.z, size = how->number / one;
    if (how->word == LARGEST)
        params.largest = (int64_t)how->number;
    else if (how->at_least)
        params.least = how->equal ? size * (1 - 1e-12) : floor(size * (1 + 1e-12)) + 1;
    else
        params.most = how->equal ? size * (1 + 1e-12) : ceil(size * (1 - 1e-12)) - 1;
    if (how->word == KEEP && !how->at_least && params.most < 0)
        params.most = 0;
    return pel_keep_components(out, mask, &params);
}

static pel_status combine(pel_volume *mask, const step *how)
{
    pel_input_params plain = pel_input_defaults();
    pel_volume file = { 0 }, other = { 0 };
    pel_status s = pel_input_read(&file, how->file, &plain, false);
    if (s == PEL_OK)
        s = pel__during(pel_mask_on_grid(&other, &file, mask), "%s", how->file);
    pel_volume_free(&file);
    uint8_t *to = mask->data;
    const uint8_t *from = other.data;
    int64_t count = s == PEL_OK ? pel_volume_count(mask) : 0;
    for (int64_t n = 0; n < count; n++) {
        bool a = to[n], b = from[n];
        to[n] = how->word == AND   ? a && b
                : how->word == OR  ? a || b
                : how->word == XOR ? a != b
                                   : a && !b;
    }
    pel_volume_free(&other);
    return s;
}

static void invert(pel_volume *mask)
{
    uint8_t *voxel = mask->data;
    int64_t count = pel_volume_count(mask);
    for (int64_t n = 0; n < count; n++)
        voxel[n] = !voxel[n];
}

static pel_status take_step(pel_volume *mask, const step *how, int connectivity)
{
    pel_volume next = { 0 };
    if (how->word == INVERT) {
        invert(mask);
        return PEL_OK;
    }
    if (words[how->word].follows == A_FILE)
        return combine(mask, how);
    pel_status s = how->word == FILL       ? pel_fill_holes(&next, mask)
                   : how->word == SKELETON ? pel_thin(&next, mask)
                   : words[how->word].follows == RADIUS
                       ? reshape(&next, mask, how)
                       : choose_parts(&next, mask, how, connectivity);
    if (s == PEL_OK) {
        pel_volume_free(mask);
        *mask = next;
    }
    return s;
}

/* ---- values before the threshold ---- */

static pel_status smoothed(pel_volume *out, const pel_volume *in, pel_length sigma)
{
    pel_gaussian_params params = pel_gaussian_defaults();
    params.sigma = sigma;
    return pel_gaussian(out, in, &params);
}

static pel_grey_params grey_of(const step *how)
{
    pel_grey_params params = pel_grey_defaults();
    params.operation = (int)how->word;
    params.radius = how->radius;
    return params;
}

static pel_status take_grey(pel_volume *out, const pel_volume *in, const step *how)
{
    pel_volume next = { 0 };
    const pel_grey_params params = grey_of(how);
    pel_status s = pel_grey(&next, out->data ? out : in, &params);
    pel_volume_free(out);
    *out = next;
    return s;
}

static pel_status make_values(pel_volume *out, const pel_volume *in, pel_length smooth,
                              const steps *grey)
{
    pel_status s = isnan(smooth.value) ? PEL_OK : smoothed(out, in, smooth);
    for (int i = 0; i < grey->count && s == PEL_OK; i++)
        s = pel__during(take_grey(out, in, &grey->step[i]), "step %s",
                        words[grey->step[i].word].name);
    return s;
}

pel_status pel_mask_values(pel_volume *out, const pel_volume *in, const pel_mask_params *params)
{
    steps parsed[2];
    double range[2];
    *out = (pel_volume){ 0 };
    pel_status s = check(params, range, parsed);
    if (s == PEL_OK)
        s = make_values(out, in, params->smooth, &parsed[0]);
    free_steps(parsed);
    if (s != PEL_OK)
        pel_volume_free(out);
    return s;
}

static void note_nothing(const pel_volume *mask)
{
    const char *voxels = mask->data;
    size_t count = (size_t)pel_volume_count(mask);
    // all are as the first
    if (voxels[0] == 0 && memcmp(voxels, voxels + 1, count - 1) == 0)
        pel__note("the mask is empty: no voxel is left in it");
}

pel_status pel_mask(pel_volume *out, pel_mask_found *found, const pel_volume *in,
                    const pel_mask_params *params)
{
    pel_mask_found mine;
    pel_volume values = { 0 };
    steps parsed[2];
    double range[2];
    found = found ? found : &mine;
    *out = (pel_volume){ 0 };
    *found = (pel_mask_found){ 0 };
    pel_status s = check(params, range, parsed);
    if (s == PEL_OK)
        s = make_values(&values, in, params->smooth, &parsed[0]);
    if (s == PEL_OK)
        s = first_mask(out, found, values.data ? &values : in, range, params);
    pel_volume_free(&values);
    const steps *list = &parsed[1];
    for (int i = 0; i < list->count && s == PEL_OK; i++)
        s = pel__during(take_step(out, &list->step[i], params->connectivity), "step %s",
                        words[list->step[i].word].name);
    free_steps(parsed);
    if (s == PEL_OK)
        note_nothing(out);
    else
        pel_volume_free(out);
    return s;
}

/* ---- plan ---- */

static int64_t plan_step(const step *how, const pel_volume *shape)
{
    if (how->word == INVERT)
        return 0;
    if (how->word == SKELETON)
        return pel_thin_memory(shape);
    if (words[how->word].follows == RADIUS) {
        pel_morphology_params params = pel_morphology_defaults();
        params.operation = (int)how->word;
        params.radius = how->radius;
        return pel_morphology_schema.plan(&params, shape);
    }
    if (words[how->word].follows == A_FILE) {
        pel_input_params plain = pel_input_defaults();
        pel_input_cost cost;
        pel_status s = pel_input_plan(&cost, how->file, &plain, false);
        pel_volume_free(&cost.shape);
        return s == PEL_OK ? cost.memory_bytes + pel_volume_count(shape) : -1;
    }
    // no labels are drawn; a mask is
    pel_components_params params = pel_components_defaults();
    return pel_components_schema.plan(&params, shape) - 3 * pel_volume_count(shape);
}

// smoothing, or one grey step beside what the one before left
static int64_t plan_values(const pel_mask_params *p, const steps *grey, const pel_volume *shape)
{
    int64_t most = 0, held = 0, floats = 4 * shape->dims[0] * shape->dims[1] * shape->dims[2];
    if (!isnan(p->smooth.value)) {
        pel_gaussian_params gaussian = pel_gaussian_defaults();
        gaussian.sigma = p->smooth;
        most = pel_gaussian_schema.plan(&gaussian, shape);
        held = floats;
    }
    for (int i = 0; i < grey->count && most >= 0; i++, held = floats) {
        const pel_grey_params params = grey_of(&grey->step[i]);
        int64_t bytes = pel_grey_schema.plan(&params, shape);
        most = bytes < 0 ? -1 : bytes + held > most ? bytes + held : most;
    }
    return most;
}

// the mask itself, and the greediest of values, histogram and steps
static int64_t plan(const void *params, const pel_volume *shape)
{
    const pel_mask_params *p = params;
    int64_t voxels = shape->dims[0] * shape->dims[1] * shape->dims[2];
    int64_t most = by_otsu(p) || p->li ? 2 * voxels + (8 << 20) : 2 * voxels;
    double range[2];
    steps parsed[2];
    pel_status s = check(p, range, parsed);
    if (s != PEL_OK)
        return -1;
    int64_t values = plan_values(p, &parsed[0], shape);
    most = values < 0 ? -1 : most + values;
    for (int i = 0; i < parsed[1].count && most >= 0; i++) {
        int64_t bytes = plan_step(&parsed[1].step[i], shape);
        most = bytes < 0 ? -1 : bytes + voxels > most ? bytes + voxels : most;
    }
    free_steps(parsed);
    return most;
}
