/* SPDX-License-Identifier: Apache-2.0 */
/* test_npy.c: numpy's files, in either order of axes. */
#include <unistd.h>

#include "make.h"

static uint8_t file[MAKE_MOST];

// an npy file of `bytes` voxel bytes, byte i being make_byte(i); `dictionary` is the header's text
static size_t make_npy(int version, const char *dictionary, int64_t bytes)
{
    size_t length = strlen(dictionary), at = version == 1 ? 10 : 12;
    memcpy(file, "\x93NUMPY", 6);
    file[6] = (uint8_t)version;
    file[7] = 0;
    for (size_t i = 8; i < at; i++)
        file[i] = (uint8_t)(length >> 8 * (i - 8));
    memcpy(file + at, dictionary, length);
    for (int64_t i = 0; i < bytes; i++)
        file[at + length + (size_t)i] = make_byte(i);
    return at + length + (size_t)bytes;
}

static pel_status read_npy(pel_volume *out, int version, const char *dictionary, int64_t bytes)
{
    return pel_read_volume_bytes(out, file, make_npy(version, dictionary, bytes), "x.npy");
}

static void both_orders_of_axes_put_a_i_j_k_at_voxel_i_j_k(void **state)
{
    (void)state;
    enum { I = 5, J = 4, K = 3, T = 2 };
    for (int fortran = 0; fortran < 2; fortran++)
        for (int version = 1; version <= 3; version++) {
            char text[128];
            snprintf(text, sizeof text,
                     "{'descr': '<u2', 'fortran_order': %s, 'shape': (5, 4, 3, 2), }\n",
                     fortran ? "True" : "False");
            pel_volume v;
            assert_ok(read_npy(&v, version, text, I * J * K * T * 2));
            assert_int_equal(v.dims[0], I);
            assert_int_equal(v.frames, T);
            assert_int_equal(v.fields.axes, 4);
            const uint8_t *got = v.data;
            for (int t = 0; t < T; t++)
                for (int k = 0; k < K; k++)
                    for (int j = 0; j < J; j++)
                        for (int i = 0; i < I; i++) {
                            int to = ((t * K + k) * J + j) * I + i;
                            int from = fortran ? to : ((i * J + j) * K + k) * T + t;
                            assert_int_equal(got[2 * to], make_byte(2 * from));
                            assert_int_equal(got[2 * to + 1], make_byte(2 * from + 1));
                        }
            pel_volume_free(&v);
        }
    assert_int_equal(pel_memory_in_use(), 0);
}

static void a_last_axis_of_three_or_four_uint8_is_colour(void **state)
{
    (void)state;
    for (int fortran = 0; fortran < 2; fortran++)
        for (int n = 3; n <= 4; n++) {
            char text[128];
            snprintf(text, sizeof text,
                     "{'descr': '|u1', 'fortran_order': %s, 'shape': (3, 2, 2, %d)}",
                     fortran ? "True" : "False", n);
            pel_volume v;
            assert_ok(read_npy(&v, 1, text, 12 * n));
            assert_int_equal(v.meaning, n == 3 ? PEL_RGB : PEL_RGBA);
            assert_int_equal(v.channels, n);
            assert_int_equal(v.frames, 1);
            for (int k = 0; k < 2; k++)
                for (int j = 0; j < 2; j++)
                    for (int i = 0; i < 3; i++)
                        for (int c = 0; c < n; c++) {
                            int to = ((k * 2 + j) * 3 + i) * n + c;
                            int from = fortran ? ((c * 2 + k) * 2 + j) * 3 + i
                                               : ((i * 2 + j) * 2 + k) * n + c;
                            assert_int_equal(((uint8_t *)v.data)[to], make_byte(from));
                        }
            pel_volume_free(&v);
        }
    pel_volume v;
    assert_ok(
        read_npy(&v, 1, "{'descr': '|b1', 'fortran_order': False, 'shape': (3, 2, 2, 3)}", 36));
    assert_int_equal(v.frames, 3); // of truth values they are frames
    pel_volume_free(&v);
}

static void half_floats_become_float32_exactly(void **state)
{
    (void)state;
    static const struct {
        uint16_t half;
        float want;
    } cases[] = { { 0x3c00, 1 },          { 0xc000, -2 },        { 0x0001, 0x1p-24f },
                  { 0x03ff, 0x3ffp-24f }, { 0x0400, 0x1p-14f },  { 0x7bff, 65504 },
                  { 0x7c00, INFINITY },   { 0xfc00, -INFINITY }, { 0x8000, -0.0f },
                  { 0x7e00, NAN } };
    enum { N = 10 };
    for (int big = 0; big < 2; big++) {
        char text[128];
        snprintf(text, sizeof text, "{'descr': '%cf2', 'fortran_order': False, 'shape': (10,)}",
                 big ? '>' : '<');
        size_t size = make_npy(1, text, 2 * N);
        for (int i = 0; i < N; i++) {
            file[size - 2 * N + 2 * (size_t)i + (big ? 0 : 1)] = (uint8_t)(cases[i].half >> 8);
            file[size - 2 * N + 2 * (size_t)i + (big ? 1 : 0)] = (uint8_t)cases[i].half;
        }
        pel_volume v;
        assert_ok(pel_read_volume_bytes(&v, file, size, "x.npy"));
        assert_int_equal(v.dtype, PEL_FLOAT32);
        for (int i = 0; i < N; i++) {
            float got = ((float *)v.data)[i];
            if (isnan(cases[i].want))
                assert_true(isnan(got));
            else
                assert_memory_equal(&got, &cases[i].want, 4);
        }
        pel_volume_free(&v);
    }
}

static void complex_numbers_are_two_channels(void **state)
{
    (void)state;
    pel_volume v;
    assert_ok(read_npy(&v, 1, "{'descr': '<c8', 'fortran_order': False, 'shape': (2, 3)}", 48));
    assert_int_equal(v.meaning, PEL_COMPLEX);
    assert_int_equal(v.channels, 2);
    for (int j = 0; j < 3; j++)
        for (int i = 0; i < 2; i++)
            for (int b = 0; b < 8; b++)
                assert_int_equal(((uint8_t *)v.data)[(j * 2 + i) * 8 + b],
                                 make_byte((i * 3 + j) * 8 + b));
    pel_volume_free(&v);
}

static void headers_are_read_as_python_writes_them(void **state)
{
    (void)state;
    static const char *const good[] = {
        "{\"shape\":(2,3,2),\"fortran_order\":True,\"descr\":\"<i2\"}",
        "{ 'fortran_order' : True , 'descr' : '=i2' , 'shape' : ( 2L , 3L , 2L ) , }   \n",
        "{'descr': 'i2', 'fortran_order': True, 'shape': (12,), }",
    };
    for (int i = 0; i < 3; i++) {
        pel_volume v;
        assert_ok(read_npy(&v, 1, good[i], 24));
        assert_int_equal(pel_volume_count(&v), 12);
        pel_volume_free(&v);
    }
}

static void damaged_headers_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        { "", "no dictionary" },
        { "[1, 2]", "no dictionary" },
        { "{'descr': '<i2', 'fortran_order': True}", "missing" },
        { "{'fortran_order': True, 'shape': (2,)}", "missing" },
        { "{'descr': '<i2', 'shape': (2,)}", "missing" },
        { "{'descr': '<i2', 'fortran_order': True, 'shape': (2,)", "no dictionary" },
        { "{'descr': '<i2', 'descr': '<i2'}", "understood" },
        { "{'shape': (2,), 'shape': (2,)}", "understood" },
        { "{'fortran_order': True, 'fortran_order': True}", "understood" },
        { "{'descr': '<i2}", "understood" },
        { "{'descr': '', 'fortran_order': True, 'shape': (2,)}", "type" },
        { "{'descr' '<i2'}", "no dictionary" },
        { "{descr: '<i2'}", "no dictionary" },
        { "{'descr': '<i2', 'fortran_order': Maybe, 'shape': (2,)}", "understood" },
        { "{'descr': '<i2', 'fortran_order': True, 'shape': [2]}", "understood" },
        { "{'descr': '<i2', 'fortran_order': True, 'shape': (2", "understood" },
        { "{'descr': '<i2', 'fortran_order': True, 'shape': (-2,)}", "understood" },
        { "{'descr': '<i2', 'fortran_order': True, 'shape': (99999999999999999999,)}",
          "understood" },
        // one more than fits 63 bits
        { "{'descr': '<i2', 'fortran_order': True, 'shape': (9223372036854775808,)}",
          "understood" },
        { "{'descr': '<i2', 'fortran_order': True, 'shape': (1,1,1,1,1,1,1,1,1)}", "understood" },
        { "{'descr': '<i2', 'fortran_order': True, 'shape': (1,1,1,1,1,1,1,1)}", "at most 7" },
        { "{'descr': '<i2', 'fortran_order': True, 'shape': (0,)}", "dim[1] 0" },
        { "{'descr': '<i2', 'fortran_order': False, 'shape': (4000000000, 4000000000)}",
          "63 bits" },
        { "{'descr': '<i2', 'fortran_order': True, 'shape': (1000,)}", "promises" },
        { "{'descr': '<i2', 'fortran_order': False, 'shape': (40, 40)}", "promises" },
        { "{'descr': '<U5', 'fortran_order': True, 'shape': (2,)}", "type" },
        { "{'descr': 'averyveryverylongtype', 'fortran_order': True, 'shape': (2,)}",
          "understood" },
        { "{'descr': [('a', '<i2')], 'fortran_order': True, 'shape': (2,)}", "records" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pel_volume v;
        assert_true(read_npy(&v, 1, cases[i].text, 64) != PEL_OK);
        assert_error_says(cases[i].says);
    }
    pel_volume v;
    assert_int_equal(read_npy(&v, 4, "{}", 0), PEL_EUNSUPPORTED);
    assert_int_equal(read_npy(&v, 0, "{}", 0), PEL_EUNSUPPORTED);
    size_t size = make_npy(2, "{}", 0);
    file[11] = 0x80;
    assert_int_equal(pel_read_volume_bytes(&v, file, size, "x.npy"), PEL_EFORMAT);
    assert_error_says("megabyte");
    file[11] = 1;
    assert_int_equal(pel_read_volume_bytes(&v, file, size, "x.npy"), PEL_EFORMAT);
    assert_error_says("megabyte");
    assert_int_equal(pel_memory_in_use(), 0);
}

static void a_file_cut_anywhere_is_refused(void **state)
{
    (void)state;
    size_t size = make_npy(1, "{'descr': '<i2', 'fortran_order': False, 'shape': (4, 3, 2), }", 48);
    pel_volume v;
    for (size_t cut = 0; cut < size; cut++)
        assert_true(pel_read_volume_bytes(&v, file, cut, "x.npy") != PEL_OK);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void compressed_files_in_either_order_are_the_same(void **state)
{
    (void)state;
    static uint8_t packed[MAKE_MOST];
    static const char text[] = "{'descr': '<f8', 'fortran_order': False, 'shape': (40, 3, 20), }";
    size_t size = make_npy(1, text, 40 * 3 * 20 * 8);
    pel_volume plain, inflated;
    assert_ok(pel_read_volume_bytes(&plain, file, size, "x.npy"));
    size_t small = make_gzip(packed, sizeof packed, file, size);
    assert_ok(pel_read_volume_bytes(&inflated, packed, small, "x.npy.gz"));
    assert_memory_equal(plain.data, inflated.data, 40 * 3 * 20 * 8);
    pel_volume_free(&inflated);
    pel_volume_free(&plain);
    packed[small - 6] ^= 1;
    assert_int_equal(pel_read_volume_bytes(&plain, packed, small, "x.npy.gz"), PEL_EFORMAT);
    assert_error_says("checksum");
    assert_int_equal(pel_memory_in_use(), 0);
}

static void an_array_without_axes_is_one_voxel(void **state)
{
    (void)state;
    pel_volume v;
    assert_ok(read_npy(&v, 1, "{'descr': '<i2', 'fortran_order': False, 'shape': (), }", 2));
    assert_int_equal(pel_volume_count(&v), 1);
    assert_int_equal(((uint8_t *)v.data)[1], make_byte(1));
    pel_volume_free(&v);
}

static void a_last_axis_of_five_uint8_is_frames(void **state)
{
    (void)state;
    pel_volume v;
    assert_ok(
        read_npy(&v, 1, "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 2, 2, 5)}", 60));
    assert_int_equal(v.frames, 5);
    assert_int_equal(v.channels, 1);
    pel_volume_free(&v);
}

// C order longer than one buffer, from a stream and from a file: value (i, j) lies at (j, i)
static void long_rows_are_turned_piece_by_piece(void **state)
{
    (void)state;
    static const struct {
        const char *type;
        int item;
        int64_t rows, row;
    } cases[] = { { "|u1", 1, 3, 1 << 20 }, { "<f8", 8, 2, (4 << 20) + 5 } };
    make_enter();
    for (int c = 0; c < 2; c++) {
        char text[128];
        int64_t row = cases[c].row, rows = cases[c].rows, item = cases[c].item;
        snprintf(text, sizeof text, "{'descr': '%s', 'fortran_order': False, 'shape': (%d, %d)}",
                 cases[c].type, (int)rows, (int)row);
        size_t head = make_npy(1, text, 0);
        make_file("x.npy", file, head);
        assert_int_equal(truncate("x.npy", (off_t)(head + (size_t)(rows * row * item))), 0);
        FILE *out = fopen("x.npy", "r+b");
        int64_t marks[] = { 0, 1, row - 1, row / 2, (4 << 20) - 1 };
        for (int64_t i = 0; i < rows; i++)
            for (int m = 0; m < 5; m++) {
                fseek(out, (long)(head + (size_t)((i * row + marks[m] % row) * item)), SEEK_SET);
                fputc((int)(1 + i * 5 + m), out);
            }
        fclose(out);
        pel_volume v;
        assert_ok(pel_read_volume(&v, "x.npy", NULL));
        int64_t set = 0;
        for (int64_t b = 0; b < rows * row * item; b++)
            set += ((uint8_t *)v.data)[b] != 0;
        for (int64_t i = 0; i < rows; i++) {
            for (int m = 0; m < 5; m++)
                assert_true(((uint8_t *)v.data)[(marks[m] % row * rows + i) * item] != 0);
            assert_int_equal(((uint8_t *)v.data)[(row / 2 * rows + i) * item], 1 + i * 5 + 3);
        }
        assert_int_equal(set, rows * (c ? 5 : 4));
        pel_volume_free(&v);
    }
    make_leave();
    assert_int_equal(pel_memory_in_use(), 0);
}

static void slabs_of_another_order_come_from_one_reading(void **state)
{
    (void)state;
    enum { I = 300, J = 100, K = 50 };
    static uint8_t large[I * J * K + 200], packed[MAKE_MOST], slab[I * J];
    size_t head =
        make_npy(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (300, 100, 50)}", 0);
    memcpy(large, file, head);
    for (int i = 0; i < I; i++)
        large[head + (size_t)i * J * K + 7] = (uint8_t)i; // at j 0, k 7
    size_t small = make_gzip(packed, sizeof packed, large, head + I * J * K);
    make_enter();
    make_file("x.npy.gz", packed, small);
    pel_source source;
    assert_ok(pel_open_volume(&source, "x.npy.gz", NULL));
    for (int k = K - 1; k >= 0; k--) {
        assert_ok(source.read_slab(&source, slab, k, 1));
        for (int i = 0; i < I; i++)
            assert_int_equal(slab[i], k == 7 ? i & 255 : 0);
    }
    pel_source_close(&source);
    make_leave();
    assert_int_equal(pel_memory_in_use(), 0);
}

// what failed once on a stream cannot start again
static void a_stream_cut_short_is_not_read_again(void **state)
{
    (void)state;
    size_t size = make_npy(1, "{'descr': '<i2', 'fortran_order': False, 'shape': (4, 3, 2), }", 40);
    make_enter();
    int pipes[2], before = dup(STDIN_FILENO);
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(write(pipes[1], file, size), (ssize_t)size);
    close(pipes[1]);
    assert_int_equal(dup2(pipes[0], STDIN_FILENO), STDIN_FILENO);
    pel_source source;
    uint8_t slab[48];
    assert_ok(pel_open_volume(&source, "-", NULL));
    assert_int_equal(source.read_slab(&source, slab, 0, 1), PEL_EFORMAT);
    assert_error_says("cut short");
    assert_int_equal(source.read_slab(&source, slab, 0, 1), PEL_EUNSUPPORTED);
    assert_error_says("cannot be read twice");
    pel_source_close(&source);
    dup2(before, STDIN_FILENO);
    close(before);
    close(pipes[0]);
    make_leave();
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_orders_of_axes_put_a_i_j_k_at_voxel_i_j_k),
        cmocka_unit_test(a_last_axis_of_three_or_four_uint8_is_colour),
        cmocka_unit_test(half_floats_become_float32_exactly),
        cmocka_unit_test(complex_numbers_are_two_channels),
        cmocka_unit_test(headers_are_read_as_python_writes_them),
        cmocka_unit_test(damaged_headers_are_refused),
        cmocka_unit_test(a_file_cut_anywhere_is_refused),
        cmocka_unit_test(compressed_files_in_either_order_are_the_same),
        cmocka_unit_test(an_array_without_axes_is_one_voxel),
        cmocka_unit_test(a_last_axis_of_five_uint8_is_frames),
        cmocka_unit_test(long_rows_are_turned_piece_by_piece),
        cmocka_unit_test(slabs_of_another_order_come_from_one_reading),
        cmocka_unit_test(a_stream_cut_short_is_not_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
