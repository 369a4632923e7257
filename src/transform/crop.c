/* SPDX-License-Identifier: Apache-2.0 */
/* crop.c: numpy slices of the grid. */
#include <string.h>

#include "base/status.h"
#include "base/text.h"
#include "transform/grid.h"

/* one axis as written: up to three numbers between colons */
typedef struct written {
    int colons;
    bool given[3];
    int64_t value[3]; // start, stop, step
} written;

static bool parse_axis(written *out, const char *text)
{
    *out = (written){ 0 };
    while (true) {
        size_t length = strcspn(text, ":");
        char number[32];
        if (length >= sizeof number)
            return false;
        memcpy(number, text, length);
        number[length] = 0;
        out->given[out->colons] = length > 0;
        if (length && !pel__parse_integer(&out->value[out->colons], number, -(INT64_C(1) << 60),
                                          INT64_C(1) << 60))
            return false;
        text += length;
        if (!*text)
            return out->colons > 0 || out->given[0];
        if (++out->colons > 2)
            return false;
        text++;
    }
}

// an end of a slice: missing, or counted from the far end, or beyond the grid
static int64_t resolve(const written *w, int which, int64_t missing, int64_t n, int64_t lo,
                       int64_t hi)
{
    if (!w->given[which])
        return missing;
    int64_t v = w->value[which] < 0 ? w->value[which] + n : w->value[which];
    return v < lo ? lo : v > hi ? hi : v;
}

static pel_status pick_axis(pel__pick *out, const written *w, int axis, int64_t n)
{
    static const char names[] = "ijk";
    *out = (pel__pick){ .axis = axis, .step = w->given[2] ? w->value[2] : 1 };
    if (w->given[2] && w->value[2] == 0)
        return pel__fail(PEL_EPARAM, "--crop: the step along %c is 0", names[axis]);
    if (w->colons == 0) {
        // a single index keeps its axis, one voxel long
        int64_t at = w->value[0] < 0 ? w->value[0] + n : w->value[0];
        if (at < 0 || at >= n)
            return pel__fail(PEL_EDATA, "--crop: there is no voxel %lld along %c, which has %lld",
                             (long long)w->value[0], names[axis], (long long)n);
        out->start = at;
        out->count = 1;
        return PEL_OK;
    }
    if (out->step > 0) {
        out->start = resolve(w, 0, 0, n, 0, n);
        int64_t stop = resolve(w, 1, n, n, 0, n);
        out->count = stop > out->start ? (stop - out->start - 1) / out->step + 1 : 0;
    } else {
        out->start = resolve(w, 0, n - 1, n, -1, n - 1);
        int64_t stop = resolve(w, 1, -1, n, -1, n - 1);
        out->count = out->start > stop ? (out->start - stop - 1) / -out->step + 1 : 0;
    }
    if (out->count == 0)
        return pel__fail(PEL_EDATA, "--crop: nothing stays along %c, which has %lld voxels",
                         names[axis], (long long)n);
    return PEL_OK;
}

static bool without_spaces(char *out, size_t size, const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        if (*text != ' ') {
            if (n + 1 == size)
                return false;
            out[n++] = *text;
        }
    out[n] = 0;
    return n > 0;
}

static pel_status bad_slices(const char *slices)
{
    return pel__fail(PEL_EPARAM,
                     "--crop is '%s'; it wants up to three numpy slices, such as ':35,::-1,10:-10'",
                     slices);
}

pel_status pel__crop_parse(pel__pick picks[3], const char *slices, const int64_t dims[3])
{
    char text[256], *rest = text, *item;
    if (!without_spaces(text, sizeof text, slices))
        return bad_slices(slices);
    for (int a = 0; a < 3; a++)
        picks[a] = (pel__pick){ a, 0, 1, dims[a] };
    for (int a = 0; (item = strsep(&rest, ",")); a++) {
        written w;
        if (a == 3 || !parse_axis(&w, item))
            return bad_slices(slices);
        pel_status s = pick_axis(&picks[a], &w, a, dims[a]);
        if (s != PEL_OK)
            return s;
    }
    return PEL_OK;
}

pel_status pel_crop(pel_volume *out, const pel_volume *in, const char *slices)
{
    *out = (pel_volume){ 0 };
    pel__pick picks[3];
    pel_status s = pel__crop_parse(picks, slices, in->dims);
    return s == PEL_OK ? pel__pick_volume(out, in, picks) : s;
}
