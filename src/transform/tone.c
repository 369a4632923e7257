/* SPDX-License-Identifier: Apache-2.0 */
/* tone.c: tone steps: words to numbers, numbers to a chain, the chain over all voxels. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <pellucid/transform.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "kernels/curves.h"
#include "transform/measure.h"
#include "volume/volume.h"

static const char seed_chain[] =
    "normalize; add -0.1; clip 0 1; pow 0.4; spread 2; add -0.1; clip 0 1";

enum { MOST_STEPS = 64 };

typedef enum word {
    NORMALIZE,
    WINDOW,
    PERCENTILE,
    ADD,
    MUL,
    POW,
    CLIP,
    SPREAD,
    INVERT,
    LOG,
    EQUALIZE,
} word;

static const struct {
    const char *name, *numbers; // numbers: as help writes them
    int count;
} words[] = {
    [NORMALIZE] = { "normalize", "", 0 },
    [WINDOW] = { "window", " LO HI", 2 },
    [PERCENTILE] = { "percentile", " P Q", 2 },
    [ADD] = { "add", " A", 1 },
    [MUL] = { "mul", " A", 1 },
    [POW] = { "pow", " G", 1 },
    [CLIP] = { "clip", " LO HI", 2 },
    [SPREAD] = { "spread", " F", 1 },
    [INVERT] = { "invert", "", 0 },
    [LOG] = { "log", "", 0 },
    [EQUALIZE] = { "equalize", "", 0 },
};
enum { WORDS = sizeof words / sizeof *words };

/* a step as written */
typedef struct step {
    word word;
    double number[2];
} step;

/* ---- words to steps ---- */

static pel_status unknown_word(const char *name)
{
    pel__text list = { 0 };
    for (int i = 0; i < WORDS; i++)
        pel__text_add(&list, "%s%s%s", i ? ", " : "", words[i].name, words[i].numbers);
    pel_status s = pel__fail(PEL_EPARAM, "--tone: '%s' is no tone step; one of %s, or seed", name,
                             list.text ? list.text : "");
    pel__text_free(&list);
    return s;
}

static pel_status check_step(const step *s)
{
    const double *n = s->number;
    const char *name = words[s->word].name;
    for (int i = 0; i < words[s->word].count; i++)
        if (!isfinite(n[i]))
            return pel__fail(PEL_EPARAM, "--tone: %s wants finite numbers", name);
    if (s->word == WINDOW && n[0] == n[1])
        return pel__fail(PEL_EPARAM, "--tone: window %g %g has no width", n[0], n[1]);
    if (s->word == CLIP && n[0] > n[1])
        return pel__fail(PEL_EPARAM, "--tone: clip %g %g has its ends the wrong way round", n[0],
                         n[1]);
    if (s->word == PERCENTILE && !(n[0] >= 0 && n[0] < n[1] && n[1] <= 100))
        return pel__fail(PEL_EPARAM,
                         "--tone: percentile %g %g wants 0 to 100, the lower number first", n[0],
                         n[1]);
    return PEL_OK;
}

static pel_status parse_step(step *out, char *text)
{
    char *rest = text, *item, *name = NULL;
    int numbers = 0, w = 0;
    *out = (step){ 0 };
    while ((item = strsep(&rest, " \t\n"))) {
        if (!*item)
            continue;
        if (!name) {
            name = item;
            for (w = 0; w < WORDS && !pel__same_word(words[w].name, name); w++)
                ;
            if (w == WORDS)
                return unknown_word(name);
            continue;
        }
        if (numbers == 2 || !pel__parse_number(&out->number[numbers], item))
            return pel__fail(PEL_EPARAM, "--tone: '%s' of step %s is no number or one too many",
                             item, name);
        numbers++;
    }
    out->word = (word)w;
    if (numbers != words[w].count)
        return pel__fail(PEL_EPARAM, "--tone: %s has %d numbers; it is written '%s%s'", name,
                         numbers, words[w].name, words[w].numbers);
    return check_step(out);
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\n")] == 0;
}

static pel_status parse_steps(step out[MOST_STEPS], int *count, const char *steps)
{
    char text[4096], *rest = text, *item;
    *count = 0;
    const char *start = steps + strspn(steps, " \t\n");
    if (strncmp(start, "seed", 4) == 0 && is_blank(start + 4))
        steps = seed_chain;
    if (strlen(steps) >= sizeof text)
        return pel__fail(PEL_EPARAM, "--tone has more than %d characters", (int)sizeof text - 1);
    memcpy(text, steps, strlen(steps) + 1);
    while ((item = strsep(&rest, ";"))) {
        if (is_blank(item))
            continue;
        if (*count == MOST_STEPS)
            return pel__fail(PEL_EPARAM, "--tone has more than %d steps", MOST_STEPS);
        pel_status s = parse_step(&out[(*count)++], item);
        if (s != PEL_OK)
            return s;
    }
    return PEL_OK;
}

pel_status pel_tone_check(const char *steps)
{
    step parsed[MOST_STEPS];
    int count;
    return parse_steps(parsed, &count, steps);
}

/* ---- steps to formulas: what depends on all values becomes numbers ---- */

enum { BINS = 256 };

static pel_status set_range(pel__tone_op *op, const pel__chain *chain, const pel_volume *in,
                            bool clamped)
{
    pel__moments m;
    pel_status s = pel__measure_moments(&m, chain, in);
    *op = (pel__tone_op){ .kind = clamped ? PEL__TONE_WINDOW : PEL__TONE_SCALE,
                          .a = m.min,
                          .b = m.max - m.min };
    return s;
}

static pel_status set_percentiles(pel__tone_op *op, const pel__chain *chain, const pel_volume *in,
                                  const double percent[2])
{
    double value[2];
    pel_status s = pel__measure_percentiles(value, percent, chain, in);
    *op = (pel__tone_op){ .kind = PEL__TONE_WINDOW, .a = value[0], .b = value[1] - value[0] };
    return s;
}

// share of the values up to each of 256 bins over the range, between their middles a straight line
static pel_status set_equalize(pel__tone_op *op, const pel__chain *chain, const pel_volume *in)
{
    pel__moments m;
    int64_t bin[BINS], sum = 0;
    *op = (pel__tone_op){ .kind = PEL__TONE_TABLE };
    pel_status s = pel__alloc(&op->table, BINS, sizeof *op->table, "a tone table");
    if (s == PEL_OK)
        s = pel__measure_moments(&m, chain, in);
    if (s == PEL_OK)
        s = pel__measure_histogram(bin, BINS, m.min, m.max, chain, in);
    if (s != PEL_OK)
        return s;
    op->a = m.min;
    op->b = (m.max - m.min) / BINS;
    op->count = BINS;
    for (int i = 0; i < BINS; i++) {
        sum += bin[i];
        op->table[i] = m.count ? (double)sum / (double)m.count : 0;
    }
    return PEL_OK;
}

// the formula of one step, given what the steps before make of the values
static pel_status resolve(pel__tone_op *op, const step *step, const pel__chain *chain,
                          const pel_volume *in)
{
    const double *n = step->number;
    pel__moments m = { 0 };
    pel_status s = PEL_OK;
    switch (step->word) {
    case NORMALIZE:
        return set_range(op, chain, in, false);
    case PERCENTILE:
        return set_percentiles(op, chain, in, n);
    case EQUALIZE:
        return set_equalize(op, chain, in);
    case WINDOW:
        *op = (pel__tone_op){ .kind = PEL__TONE_WINDOW, .a = n[0], .b = n[1] - n[0] };
        return PEL_OK;
    case ADD:
        *op = (pel__tone_op){ .kind = PEL__TONE_LINE, .a = n[0], .b = 1 };
        return PEL_OK;
    case MUL:
        *op = (pel__tone_op){ .kind = PEL__TONE_LINE, .a = 0, .b = n[0] };
        return PEL_OK;
    case POW:
        *op = (pel__tone_op){ .kind = PEL__TONE_POW, .a = n[0] };
        return PEL_OK;
    case CLIP:
        *op = (pel__tone_op){ .kind = PEL__TONE_CLIP, .a = n[0], .b = n[1] };
        return PEL_OK;
    case SPREAD:
        s = pel__measure_moments(&m, chain, in);
        *op = (pel__tone_op){ .kind = PEL__TONE_SPREAD, .a = m.mean, .b = n[0] };
        return s;
    case INVERT:
        s = pel__measure_moments(&m, chain, in);
        *op = (pel__tone_op){ .kind = PEL__TONE_LINE, .a = m.min + m.max, .b = -1 };
        return s;
    case LOG:
        s = pel__measure_moments(&m, chain, in);
        *op = (pel__tone_op){ .kind = PEL__TONE_LOG, .a = m.min };
        return s;
    }
    return PEL_OK;
}

/* ---- the chain over all voxels ---- */

typedef struct writing {
    const pel__chain *chain;
    const pel_volume *in;
    float *out;
} writing;

static pel_status write_block(void *user, int64_t block)
{
    const writing *w = user;
    double value[PEL__BLOCK];
    int64_t first, count = pel__chain_block(value, w->chain, w->in, block, &first);
    for (int64_t n = 0; n < count; n++)
        w->out[first + n] = (float)value[n];
    return PEL_OK;
}

static pel_status tone_into(pel_volume *out, const pel_volume *in, const step *steps, int count)
{
    pel__tone_op ops[MOST_STEPS] = { 0 };
    pel__chain chain = { .ops = ops };
    pel_status s = PEL_OK;
    for (int i = 0; i < count && s == PEL_OK; i++) {
        s = resolve(&ops[i], &steps[i], &chain, in);
        chain.count = i + 1;
    }
    if (s == PEL_OK)
        s = pel_volume_like(out, in, PEL_FLOAT32);
    if (s == PEL_OK) {
        out->fields.display_lo = out->fields.display_hi = 0;
        writing w = { &chain, in, out->data };
        s = pel__parallel(pel__chain_blocks(in), write_block, &w, "tone");
    }
    for (int i = 0; i < count; i++)
        pel__free(ops[i].table);
    return s;
}

pel_status pel_tone(pel_volume *out, const pel_volume *in, const char *steps)
{
    *out = (pel_volume){ 0 };
    step parsed[MOST_STEPS];
    int count;
    pel_status s = parse_steps(parsed, &count, steps);
    if (s == PEL_OK && pel__volume_channels(in) != 1)
        s = pel__fail(PEL_EDATA,
                      "--tone works on one channel, and there are %lld; choose one with "
                      "--channel",
                      (long long)pel__volume_channels(in));
    if (s == PEL_OK)
        s = tone_into(out, in, parsed, count);
    if (s != PEL_OK)
        pel_volume_free(out);
    return s;
}
