/* SPDX-License-Identifier: Apache-2.0 */
/* samples.c: numbers of any number of bits become arrays of whole types. */
#include "read/samples.h"

#include <string.h>

#include "read/formats.h"

pel_dtype pel__samples_dtype(const pel__samples *s)
{
    if (s->is_float)
        return s->bits == 64 ? PEL_FLOAT64 : PEL_FLOAT32;
    if (s->bits <= 8)
        return s->is_signed ? PEL_INT8 : PEL_UINT8;
    if (s->bits <= 16)
        return s->is_signed ? PEL_INT16 : PEL_UINT16;
    if (s->bits <= 32)
        return s->is_signed ? PEL_INT32 : PEL_UINT32;
    return s->is_signed ? PEL_INT64 : PEL_UINT64;
}

bool pel__samples_are_plain(const pel__samples *s)
{
    return s->bits == 8 * pel_dtype_bytes(pel__samples_dtype(s)) && !s->invert;
}

// bits of a float32: 24 bits have 7 of exponent, bias 63, and 16 of fraction (Adobe, technical
// note 3)
static uint32_t float_24(uint32_t v)
{
    uint32_t sign = v >> 23 << 31, exponent = v >> 16 & 127, part = v & 0xffff;
    if (exponent == 127)
        return sign | 0x7f800000 | part << 7;
    if (exponent)
        return sign | (exponent - 63 + 127) << 23 | part << 7;
    float tiny = (float)part * 0x1p-78f;
    uint32_t bits;
    memcpy(&bits, &tiny, 4);
    return sign | bits;
}

static uint32_t load_24(const uint8_t *p)
{
    bool big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
    return (uint32_t)(p[big ? 0 : 2] << 16 | p[1] << 8 | p[big ? 2 : 0]);
}

static void put(void *out, int64_t i, int bytes, uint32_t value)
{
    if (bytes == 1)
        ((uint8_t *)out)[i] = (uint8_t)value;
    else if (bytes == 2)
        ((uint16_t *)out)[i] = (uint16_t)value;
    else
        ((uint32_t *)out)[i] = value;
}

// the lower bits of a signed number repeat its sign above
static uint32_t extended(uint32_t value, int bits)
{
    uint32_t sign = 1u << (bits - 1);
    return (value ^ sign) - sign;
}

static void unpack_odd(const pel__samples *s, void *out, const uint8_t *packed, int64_t count)
{
    int bytes = (int)pel_dtype_bytes(pel__samples_dtype(s)), bits = s->bits, have = 0;
    uint32_t most = bits == 32 ? UINT32_MAX : (1u << bits) - 1;
    uint64_t pool = 0;
    for (int64_t i = 0; i < count; i++) {
        uint32_t v;
        if (bits == 24 && (s->is_float || s->swapped_24))
            v = load_24(packed + 3 * i);
        else {
            for (; have < bits; have += 8)
                pool = pool << 8 | *packed++;
            have -= bits;
            v = (uint32_t)(pool >> have) & most;
        }
        if (s->is_float)
            v = float_24(v);
        else if (s->is_signed)
            v = extended(v, bits);
        put(out, i, bytes, s->invert ? most - v : v);
    }
}

// whole numbers of 8, 16, 32 or 64 bits
static void turn(void *out, int64_t count, int bytes)
{
    uint8_t *p = out;
    for (int64_t i = 0; i < count * bytes; i++)
        p[i] = (uint8_t)~p[i];
}

void pel__samples_unpack(const pel__samples *s, void *out, const uint8_t *packed, int64_t count)
{
    pel_dtype dtype = pel__samples_dtype(s);
    int bytes = (int)pel_dtype_bytes(dtype);
    if (s->is_float && s->bits == 16) {
        pel__layout half = { .convert = PEL__HALF,
                             .big_endian = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ };
        pel__layout_convert(&half, dtype, out, packed, count);
    } else if (s->bits != 8 * bytes)
        unpack_odd(s, out, packed, count);
    else {
        memcpy(out, packed, (size_t)(count * bytes));
        if (s->invert)
            turn(out, count, bytes);
    }
}

int pel__samples_map_shift(uint16_t *const map[3], int bits)
{
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < 1 << bits; i++)
            if (map[c][i] > 255)
                return 8;
    return 0;
}

void pel__samples_map(uint8_t *out, const void *index, int64_t count, int bits,
                      uint16_t *const map[3], int shift)
{
    for (int64_t i = 0; i < count; i++)
        for (int c = 0; c < 3; c++) {
            int at = bits <= 8 ? ((const uint8_t *)index)[i] : ((const uint16_t *)index)[i];
            *out++ = (uint8_t)(map[c][at] >> shift);
        }
}
