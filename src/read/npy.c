/* SPDX-License-Identifier: Apache-2.0 */
/* npy.c: numpy's .npy, versions 1 to 3, either order of axes (numpy.lib.format). */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "read/header.h"
#include "volume/volume.h"

enum { MOST_AXES = 8, MOST_HEADER = 1 << 20 };

/* the dictionary in the header */
typedef struct npy {
    const char *name;
    char descr[16];
    bool fortran, has_descr, has_order, has_shape;
    int axes;
    int64_t size[MOST_AXES];
} npy;

static bool is(const pel__opening *opening, const uint8_t *head, int64_t count)
{
    (void)opening;
    return count >= 6 && memcmp(head, "\x93NUMPY", 6) == 0;
}

static pel_status damaged(const npy *n, const char *what)
{
    return pel__fail(PEL_EFORMAT, "%s: its npy header is damaged: %s", n->name, what);
}

static const char *skip_space(const char *at)
{
    while (isspace((unsigned char)*at))
        at++;
    return at;
}

// a quoted word; NULL when there is none or it is longer than `room`
static const char *read_quoted(char *out, size_t room, const char *at)
{
    char quote = *at;
    if (quote != '\'' && quote != '"')
        return NULL;
    const char *end = strchr(at + 1, quote);
    if (!end || (size_t)(end - at) > room)
        return NULL;
    snprintf(out, room, "%.*s", (int)(end - at - 1), at + 1);
    return end + 1;
}

// "(3, 4, 5)", "(3,)", "()"
static const char *read_shape(npy *n, const char *at)
{
    if (*at != '(')
        return NULL;
    at = skip_space(at + 1);
    while (isdigit((unsigned char)*at)) {
        int64_t size = 0;
        for (; isdigit((unsigned char)*at); at++)
            if (!pel__multiply(&size, size, 10) || !pel__add(&size, size, *at - '0'))
                return NULL;
        if (n->axes == MOST_AXES)
            return NULL;
        n->size[n->axes++] = size;
        at = skip_space(at);
        if (*at == 'L') // python 2 wrote long integers so
            at = skip_space(at + 1);
        if (*at == ',')
            at = skip_space(at + 1);
    }
    return *at == ')' ? at + 1 : NULL;
}

static const char *read_value(npy *n, const char *key, const char *at)
{
    if (strcmp(key, "descr") == 0 && !n->has_descr) {
        n->has_descr = true;
        return read_quoted(n->descr, sizeof n->descr, at);
    }
    if (strcmp(key, "shape") == 0 && !n->has_shape) {
        n->has_shape = true;
        return read_shape(n, at);
    }
    if (strcmp(key, "fortran_order") != 0 || n->has_order)
        return NULL;
    n->has_order = true;
    n->fortran = strncmp(at, "True", 4) == 0;
    return n->fortran ? at + 4 : strncmp(at, "False", 5) == 0 ? at + 5 : NULL;
}

static pel_status parse(npy *n, const char *text)
{
    const char *at = skip_space(text);
    if (*at != '{')
        return damaged(n, "it is no dictionary");
    at = skip_space(at + 1);
    while (*at && *at != '}') {
        char key[16];
        at = read_quoted(key, sizeof key, at);
        at = at ? skip_space(at) : NULL;
        if (!at || *at != ':')
            return damaged(n, "it is no dictionary");
        at = skip_space(at + 1);
        if (strcmp(key, "descr") == 0 && *at == '[')
            return pel__fail(PEL_EUNSUPPORTED,
                             "%s: holds records of several fields; save one field, or stack them "
                             "as a last axis of 3 or 4 uint8 for colour",
                             n->name);
        at = read_value(n, key, at);
        if (!at)
            return damaged(n, "its descr, fortran_order or shape cannot be understood");
        at = skip_space(at);
        if (*at == ',')
            at = skip_space(at + 1);
    }
    if (!*at)
        return damaged(n, "it is no dictionary");
    if (!n->has_descr || !n->has_order || !n->has_shape)
        return damaged(n, "descr, fortran_order or shape is missing");
    return PEL_OK;
}

static const struct type {
    const char *code;
    pel_dtype dtype;
    int channels, convert;
} types[] = {
    { "b1", PEL_UINT8, 1, PEL__AS_IS },   { "u1", PEL_UINT8, 1, PEL__AS_IS },
    { "i1", PEL_INT8, 1, PEL__AS_IS },    { "u2", PEL_UINT16, 1, PEL__AS_IS },
    { "i2", PEL_INT16, 1, PEL__AS_IS },   { "u4", PEL_UINT32, 1, PEL__AS_IS },
    { "i4", PEL_INT32, 1, PEL__AS_IS },   { "u8", PEL_UINT64, 1, PEL__AS_IS },
    { "i8", PEL_INT64, 1, PEL__AS_IS },   { "f2", PEL_FLOAT32, 1, PEL__HALF },
    { "f4", PEL_FLOAT32, 1, PEL__AS_IS }, { "f8", PEL_FLOAT64, 1, PEL__AS_IS },
    { "c8", PEL_FLOAT32, 2, PEL__AS_IS }, { "c16", PEL_FLOAT64, 2, PEL__AS_IS },
};

static pel_status set_type(pel_volume *shape, pel__layout *layout, const npy *n)
{
    const char *code = n->descr;
    layout->big_endian = *code == '>';
    if (*code && strchr("<>|=", *code))
        code++;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(code, types[i].code) == 0) {
            shape->dtype = types[i].dtype;
            shape->channels = types[i].channels;
            shape->meaning = types[i].channels == 2 ? PEL_COMPLEX : PEL_SCALAR;
            layout->convert = types[i].convert == PEL__HALF ? PEL__HALF : PEL__AS_IS;
            return PEL_OK;
        }
    return pel__fail(PEL_EUNSUPPORTED,
                     "%s: its type is '%s', which is not read; save it with .astype('float64') or "
                     "another numeric type",
                     n->name, n->descr);
}

// the last of four axes is colour when it is 3 or 4 uint8 long
static bool is_colour(const npy *n)
{
    return n->axes == 4 && strstr(n->descr, "u1") && (n->size[3] == 3 || n->size[3] == 4);
}

static pel_status set_dims(pel_volume *shape, npy *n)
{
    if (is_colour(n)) {
        shape->channels = (int)n->size[3];
        shape->meaning = shape->channels == 3 ? PEL_RGB : PEL_RGBA;
        n->axes = 3;
    }
    int64_t dim[8] = { n->axes ? n->axes : 1, 1 };
    if (n->axes > 7)
        return pel__fail(PEL_EUNSUPPORTED, "%s: has %d axes; at most 7 are read", n->name, n->axes);
    for (int a = 0; a < n->axes; a++)
        dim[a + 1] = n->size[a];
    return pel__header_dims(shape, dim, false, n->name);
}

// file axes from slowest to fastest with their strides in memory
static pel_status open_order(pel_source *out, pel__opening *opening, const pel__layout *layout,
                             const npy *n)
{
    const pel_volume *shape = &out->shape;
    bool colour = shape->meaning == PEL_RGB || shape->meaning == PEL_RGBA;
    bool complex = shape->meaning == PEL_COMPLEX;
    int64_t size[MOST_AXES + 1], stride[MOST_AXES + 1], step = shape->channels;
    int count = 0, long_axes = 0;
    // both orders are one but for axes longer than 1
    for (int a = 0; a < n->axes; a++)
        long_axes += n->size[a] > 1;
    if ((n->fortran && !colour) || (!n->fortran && long_axes < 2))
        return pel__voxels_open(out, opening, layout);
    if (n->fortran) {
        size[count] = shape->channels;
        stride[count++] = 1;
    }
    for (int a = 0; a < n->axes; a++) {
        int to = n->fortran ? n->axes - a : a;
        size[to] = n->size[a];
        stride[to] = step;
        if (!pel__multiply(&step, step, n->size[a]))
            return damaged(n, "its size does not fit 63 bits");
        count++;
    }
    if (!n->fortran && (colour || complex)) {
        size[count] = shape->channels;
        stride[count++] = 1;
    }
    return pel__voxels_open_strided(out, opening, layout, count, size, stride);
}

static pel_status read_header(npy *n, pel__bytes *bytes, char **text, int64_t *length)
{
    uint8_t head[12];
    *text = NULL;
    pel_status s = pel__bytes_need(bytes, head, 8, "the npy header");
    if (s != PEL_OK)
        return s;
    int version = head[6];
    if (version < 1 || version > 3)
        return pel__fail(PEL_EUNSUPPORTED, "%s: is npy version %d; 1 to 3 are read", n->name,
                         version);
    s = pel__bytes_need(bytes, head, version == 1 ? 2 : 4, "the npy header");
    if (s != PEL_OK)
        return s;
    *length =
        version == 1 ? (head[1] << 8 | head[0]) : pel__field_integer(head, 0, PEL__I32, false);
    if (*length < 0 || *length > MOST_HEADER)
        return damaged(n, "it says it is longer than a megabyte");
    s = pel__alloc_zero(text, *length + 1, 1, "the npy header");
    return s == PEL_OK ? pel__bytes_need(bytes, *text, *length, "the npy header") : s;
}

static pel_status open_npy(pel_source *out, pel__opening *opening)
{
    npy n = { .name = opening->bytes->name };
    pel__layout layout = { 0 };
    pel_volume *shape = &out->shape;
    char *text;
    int64_t length;
    pel_status s = read_header(&n, opening->bytes, &text, &length);
    if (s == PEL_OK)
        s = parse(&n, text);
    pel__free(text);
    if (s == PEL_OK)
        s = set_type(shape, &layout, &n);
    if (s == PEL_OK)
        s = set_dims(shape, &n);
    if (s != PEL_OK)
        return s;
    layout.offset = pel__bytes_at(opening->bytes);
    shape->slope = 1;
    shape->mm_from_ijk = pel_affine_identity();
    snprintf(shape->fields.format, sizeof shape->fields.format, "npy");
    return open_order(out, opening, &layout, &n);
}

const pel__format pel__npy = { "npy", is, open_npy };
