/* SPDX-License-Identifier: Apache-2.0 */
/* stack.c: what ImageJ says of a stack; which slices are read. */
#include "read/stack.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/params.h"
#include "base/status.h"
#include "base/text.h"

void pel__stack_free(pel__stack *stack)
{
    pel__free(stack->planes);
    *stack = (pel__stack){ 0 };
}

double pel__unit_mm(const char *word)
{
    // both of Unicode's micro signs, and Java's escape of one
    static const struct {
        const char *word;
        double mm;
    } units[] = {
        { "mm", 1 },           { "millimeter", 1 },   { "cm", 10 },
        { "m", 1000 },         { "meter", 1000 },     { "um", 1e-3 },
        { "micron", 1e-3 },    { "microns", 1e-3 },   { "micrometer", 1e-3 },
        { "\xc2\xb5m", 1e-3 }, { "\xce\xbcm", 1e-3 }, { "\xb5m", 1e-3 },
        { "\\u00B5m", 1e-3 },  { "nm", 1e-6 },        { "nanometer", 1e-6 },
        { "pm", 1e-9 },        { "inch", 25.4 },      { "in", 25.4 },
        { "inches", 25.4 },    { "A", 1e-7 },         { "\xc3\x85", 1e-7 },
    };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(word, units[i].word) == 0)
            return units[i].mm;
    return 0;
}

/* ---- ImageJ: lines of key=value ---- */

static void take_line(pel__stack *s, const char *key, const char *value)
{
    static const char *const sizes[] = { "slices", "channels", "frames" };
    int64_t n;
    double x;
    for (int a = 0; a < 3; a++)
        if (strcmp(key, sizes[a]) == 0 && pel__parse_integer(&n, value, 1, INT32_MAX))
            s->size[a] = n;
    if (strcmp(key, "images") == 0 && pel__parse_integer(&n, value, 1, INT32_MAX))
        s->images = n;
    else if (strcmp(key, "spacing") == 0 && pel__parse_number(&x, value) && x != 0)
        s->spacing[2] = fabs(x);
    else if (strcmp(key, "finterval") == 0 && pel__parse_number(&x, value) && x > 0)
        s->seconds = x;
    else if (strcmp(key, "voxel_mm") == 0) {
        // ours, with every digit
        pel_numbers mm;
        if (pel__parse_numbers(&mm, value, ',') && mm.count == 3)
            memcpy(s->voxel_mm, mm.value, sizeof s->voxel_mm);
    } else if (strcmp(key, "unit") == 0)
        for (int a = 0; a < 3; a++)
            s->unit_mm[a] = pel__unit_mm(value);
}

pel_status pel__imagej_parse(pel__stack *out, const char *text)
{
    if (strncmp(text, "ImageJ=", 7) != 0)
        return PEL_OK;
    out->said_by = "ImageJ";
    memcpy(out->order, "CZT", 3);
    for (const char *at = text; *at;) {
        char line[256];
        size_t length = strcspn(at, "\r\n");
        snprintf(line, sizeof line, "%.*s", length < 255 ? (int)length : 255, at);
        char *equals = strchr(line, '=');
        if (equals) {
            *equals = 0;
            take_line(out, line, equals + 1);
        }
        at += length;
        at += strspn(at, "\r\n");
    }
    // old versions say how many images, and no more
    bool silent = !out->size[0] && !out->size[1] && !out->size[2];
    for (int a = 0; a < 3; a++)
        out->size[a] = out->size[a]                      ? out->size[a]
                       : a == 0 && silent && out->images ? out->images
                                                         : 1;
    return PEL_OK;
}

/* ---- which slices ---- */

static int64_t clamp(int64_t value, int64_t lo, int64_t hi)
{
    return value < lo ? lo : value > hi ? hi : value;
}

pel_status pel__slices_choose(pel__slices *out, const char *text, int64_t count, const char *name)
{
    int64_t part[3] = { 0, 0, 1 };
    bool given[3] = { false };
    *out = (pel__slices){ 0, 1, count };
    if (!text)
        return PEL_OK;
    const char *at = text;
    int parts = 0;
    bool good = strchr(text, ':');
    for (bool more = true; more && good; parts++) {
        char word[32];
        size_t length = strcspn(at, ":");
        good = parts < 3 && length < sizeof word;
        if (!good)
            break;
        snprintf(word, sizeof word, "%.*s", (int)length, at);
        given[parts] = *word;
        good = !*word || pel__parse_integer(&part[parts], word, -INT32_MAX, INT32_MAX);
        more = at[length];
        at += length + more;
    }
    if (!good || part[2] == 0)
        return pel__fail(PEL_EPARAM,
                         "--slices is '%s'; it wants START:STOP:STEP as numpy does, such as "
                         "10:-10 or ::4",
                         text);
    int64_t step = part[2], lo = step > 0 ? 0 : -1, hi = step > 0 ? count : count - 1;
    int64_t start = given[0] ? part[0] + (part[0] < 0 ? count : 0) : step > 0 ? 0 : count - 1;
    int64_t stop = given[1] ? part[1] + (part[1] < 0 ? count : 0) : step > 0 ? count : -1;
    start = clamp(start, lo, hi);
    stop = clamp(stop, lo, hi);
    int64_t length =
        step > 0 ? (stop - start + step - 1) / step : (start - stop - step - 1) / -step;
    if (length <= 0)
        return pel__fail(PEL_EPARAM, "%s: --slices %s leaves none of its %lld slices", name, text,
                         (long long)count);
    *out = (pel__slices){ start, step, length };
    return PEL_OK;
}

int64_t pel__stack_run(int64_t count, int64_t slice_bytes)
{
    enum { MOST = 2 << 20 };
    int64_t few = count / (4 * (int64_t)pel__threads()), most = MOST / (slice_bytes + 1) + 1;
    return few < 1 ? 1 : few < most ? few : most;
}

int64_t pel__stack_slab(int64_t slice_bytes, bool unproven)
{
    enum { SURE = 64 << 20, UNSURE = 16 << 20 };
    int64_t slices = (unproven ? UNSURE : SURE) / (slice_bytes + 1), threads = pel__threads();
    return slices < threads ? threads : slices;
}

pel_status pel__allow_check(const pel_read_params *params)
{
    for (const char *at = params->allow; at && *at;) {
        size_t n = strcspn(at, ",");
        if (strncmp(at, "gaps,", 5) != 0 && strncmp(at, "mixed,", 6) != 0 &&
            strcmp(at, "gaps") != 0 && strcmp(at, "mixed") != 0)
            return pel__fail(PEL_EPARAM,
                             "--allow is '%s'; it wants gaps, mixed, or both with a "
                             "comma between them",
                             params->allow);
        at += n + (at[n] == ',');
    }
    return PEL_OK;
}

bool pel__allows(const pel_read_params *params, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = params->allow; at && *at;) {
        size_t n = strcspn(at, ",");
        if (n == length && strncmp(at, word, n) == 0)
            return true;
        at += n + (at[n] == ',');
    }
    return false;
}

void pel__stack_grid(pel_volume *shape, const double spacing_mm[3], bool unit_known)
{
    shape->mm_from_ijk = pel_affine_identity();
    for (int a = 0; a < 3; a++)
        shape->mm_from_ijk.m[a][a] = spacing_mm[a] > 0 ? spacing_mm[a] : 1;
    shape->unit_known = unit_known;
}

bool pel__is_print_density(double mm)
{
    static const double dpi[] = { 72,  75,  90,  92,  96,  100, 110, 120, 144, 150,  180,  192, 200,
                                  220, 240, 250, 254, 300, 360, 400, 600, 720, 1200, 2400, 4800 };
    for (size_t i = 0; i < sizeof dpi / sizeof *dpi; i++)
        if (fabs(25.4 / mm / dpi[i] - 1) < 2e-3)
            return true;
    return false;
}
