/* SPDX-License-Identifier: Apache-2.0 */
/* test_samples.c: numbers of any number of bits against a bit-by-bit reader. */
#include <math.h>
#include <stdlib.h>

#include "check.h"

#include "read/samples.h"

enum { COUNT = 61 };

// bit `at` of packed bytes, the highest first
static int bit_of(const uint8_t *packed, int64_t at)
{
    return packed[at / 8] >> (7 - at % 8) & 1;
}

static void fill(uint8_t *bytes, size_t count)
{
    uint32_t state = 12345;
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525 + 1013904223;
        bytes[i] = (uint8_t)(state >> 24);
    }
}

static int64_t stored(const void *out, pel_dtype dtype, int i)
{
    switch (dtype) {
    case PEL_UINT8:
        return ((const uint8_t *)out)[i];
    case PEL_INT8:
        return ((const int8_t *)out)[i];
    case PEL_UINT16:
        return ((const uint16_t *)out)[i];
    case PEL_INT16:
        return ((const int16_t *)out)[i];
    case PEL_UINT32:
        return ((const uint32_t *)out)[i];
    default:
        return ((const int32_t *)out)[i];
    }
}

static void integers_of_every_width_are_their_bits(void **state)
{
    (void)state;
    uint8_t packed[COUNT * 4];
    fill(packed, sizeof packed);
    for (int bits = 1; bits < 32; bits++)
        for (int kind = 0; kind < 3; kind++) {
            if (bits == 8 || bits == 16)
                continue; // whole numbers come in the machine's order
            pel__samples s = { .bits = bits, .is_signed = kind == 1, .invert = kind == 2 };
            uint32_t out[COUNT];
            pel__samples_unpack(&s, out, packed, COUNT);
            for (int i = 0; i < COUNT; i++) {
                int64_t want = 0;
                for (int b = 0; b < bits; b++)
                    want = want * 2 + bit_of(packed, (int64_t)i * bits + b);
                if (kind == 1 && want >> (bits - 1))
                    want -= (int64_t)1 << bits;
                if (kind == 2)
                    want = ((int64_t)1 << bits) - 1 - want;
                assert_int_equal(stored(out, pel__samples_dtype(&s), i), want);
            }
        }
}

static void whole_numbers_stay_or_are_turned(void **state)
{
    (void)state;
    const uint16_t in[3] = { 0, 1000, 65535 };
    uint16_t out[3];
    pel__samples s = { .bits = 16 };
    assert_true(pel__samples_are_plain(&s));
    pel__samples_unpack(&s, out, (const uint8_t *)in, 3);
    assert_memory_equal(in, out, sizeof in);
    s.invert = true;
    assert_false(pel__samples_are_plain(&s));
    pel__samples_unpack(&s, out, (const uint8_t *)in, 3);
    assert_int_equal(out[0], 65535);
    assert_int_equal(out[1], 64535);
    assert_int_equal(out[2], 0);
}

static void floats_of_24_bits_have_seven_of_exponent(void **state)
{
    (void)state;
    static const struct {
        uint32_t bits;
        double value;
    } cases[] = {
        { 0x000000, 0 },           { 0x3f0000, 1 },        { 0xc00000, -2 },
        { 0x3f8000, 1.5 },         { 0x000001, 0x1p-78 },  { 0x010000, 0x1p-62 },
        { 0x7effff, 0x1.ffffp63 }, { 0x7f0000, INFINITY },
    };
    pel__samples s = { .bits = 24, .is_float = true };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t v = cases[i].bits;
        uint8_t packed[3] = { (uint8_t)v, (uint8_t)(v >> 8), (uint8_t)(v >> 16) };
        if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) {
            uint8_t first = packed[0];
            packed[0] = packed[2];
            packed[2] = first;
        }
        float out;
        pel__samples_unpack(&s, &out, packed, 1);
        assert_true((double)out == cases[i].value);
    }
}

static void colours_of_a_map_are_its_upper_eight_bits(void **state)
{
    (void)state;
    uint16_t red[2] = { 0x1234, 0xffff }, green[2] = { 0, 0x8000 }, blue[2] = { 0x00ff, 0x0100 };
    uint16_t *const map[3] = { red, green, blue };
    const uint8_t index[2] = { 1, 0 };
    uint8_t out[6];
    assert_int_equal(pel__samples_map_shift(map, 1), 8);
    pel__samples_map(out, index, 2, 1, map, 8);
    assert_memory_equal(out, ((uint8_t[]){ 0xff, 0x80, 1, 0x12, 0, 0 }), 6);
    red[0] = red[1] = green[1] = blue[1] = 7;
    assert_int_equal(pel__samples_map_shift(map, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_of_every_width_are_their_bits),
        cmocka_unit_test(whole_numbers_stay_or_are_turned),
        cmocka_unit_test(floats_of_24_bits_have_seven_of_exponent),
        cmocka_unit_test(colours_of_a_map_are_its_upper_eight_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
