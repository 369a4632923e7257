/* SPDX-License-Identifier: Apache-2.0 */
/* Bricks hold what the volume holds, whatever its type and shape and however it comes. */
#include "scene.h"

#include "see/raycast_field.h"

// repeatable noise, over all of a type's bytes
static void fill_noise(pel_volume *v)
{
    uint64_t x = 88172645463325252u;
    for (int64_t i = 0; i < pel_volume_bytes(v); i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        ((uint8_t *)v->data)[i] = (uint8_t)x;
    }
    // floats of noise have infinities and NaN in them; tame their exponents
    if (v->dtype == PEL_FLOAT32)
        for (int64_t i = 0; i < pel_volume_count(v); i++)
            ((float *)v->data)[i] = (float)((uint8_t *)v->data)[4 * i];
    if (v->dtype == PEL_FLOAT64)
        for (int64_t i = 0; i < pel_volume_count(v); i++)
            ((double *)v->data)[i] = (double)((uint8_t *)v->data)[8 * i];
}

static pel_volume noise(int64_t x, int64_t y, int64_t z, pel_dtype dtype)
{
    pel_volume shape = { .dims = { x, y, z }, .mm_from_ijk = pel_affine_identity() }, v;
    assert_ok(pel_volume_like(&v, &shape, dtype));
    fill_noise(&v);
    v.slope = -0.3;
    v.inter = 7.1;
    return v;
}

static int64_t inside(int64_t i, int64_t n)
{
    return i < 0 ? 0 : i < n ? i : n - 1;
}

static float value_at(const pel_volume *v, int64_t i, int64_t j, int64_t k)
{
    return (float)pel_volume_at(v, inside(i, v->dims[0]), inside(j, v->dims[1]),
                                inside(k, v->dims[2]));
}

// every neighbour that a sample with this lower corner may ask for
static void compare_around(const pel__field *f, const pel_volume *v, const int64_t ijk[3])
{
    const char *at = pel__field_at(f, ijk);
    for (int z = -1; z < 3; z++)
        for (int y = -1; y < 3; y++) {
            float row[4];
            pel__field_row(row, f, at, z * f->plane + y * f->row - 1, 4);
            for (int x = 0; x < 4; x++)
                assert_near(row[x], value_at(v, ijk[0] + x - 1, ijk[1] + y, ijk[2] + z), 0);
        }
    float lo = f->cell_lo[pel__field_cell(f, ijk)], hi = f->cell_hi[pel__field_cell(f, ijk)];
    for (int c = 0; c < 8; c++) {
        float value = value_at(v, ijk[0] + (c & 1), ijk[1] + (c >> 1 & 1), ijk[2] + (c >> 2));
        assert_true(value >= lo && value <= hi);
    }
}

static void compare(const pel__field *f, const pel_volume *v)
{
    int64_t ijk[3];
    for (ijk[2] = -1; ijk[2] < v->dims[2]; ijk[2]++)
        for (ijk[1] = -1; ijk[1] < v->dims[1]; ijk[1]++)
            for (ijk[0] = -1; ijk[0] < v->dims[0]; ijk[0]++)
                compare_around(f, v, ijk);
}

static void bricks_hold_every_voxel_of_every_type_with_its_neighbours(void **state)
{
    (void)state;
    static const int64_t dims[][3] = { { 1, 1, 1 },   { 3, 70, 2 },   { 64, 1, 5 },
                                       { 65, 3, 66 }, { 129, 17, 3 }, { 5, 4, 131 } };
    for (int type = 0; type < PEL_DTYPE_COUNT; type++)
        for (size_t i = 0; i < sizeof dims / sizeof *dims; i++) {
            pel_volume v = noise(dims[i][0], dims[i][1], dims[i][2], (pel_dtype)type);
            pel__field f;
            int64_t before = pel_memory_in_use();
            assert_ok(pel__field_new(&f, &v));
            assert_true(pel_memory_in_use() - before <= pel__field_bytes(&v));
            compare(&f, &v);
            pel__field_free(&f);
            pel_volume_free(&v);
        }
    assert_int_equal(pel_memory_in_use(), 0);
}

static pel_status read_noise(pel_source *source, void *out, int64_t first, int64_t count)
{
    const pel_volume *v = source->state;
    int64_t bytes = pel_source_slice_bytes(source);
    memcpy(out, (const char *)v->data + first * bytes, (size_t)(count * bytes));
    return PEL_OK;
}

// slices of 0.7 MB come 23 at a time, and only the first of the channels counts
static void a_source_in_slabs_gives_the_bricks_of_the_volume(void **state)
{
    (void)state;
    pel_volume shape = { .dims = { 700, 65, 135 }, .channels = is_sanitized() ? 2 : 8 }, v;
    assert_ok(pel_volume_like(&v, &shape, PEL_UINT16));
    fill_noise(&v);
    pel_source source = { .shape = v, .read_slab = read_noise, .state = &v };
    source.shape.data = NULL;
    pel__field whole, slabs;
    assert_ok(pel__field_new(&whole, &v));
    assert_ok(pel__field_read(&slabs, &source));
    assert_true(whole.bricks[2] > 2);
    int64_t rows = whole.plane / whole.row;
    for (int64_t b = 0; b < whole.bricks[0] * whole.bricks[1] * whole.bricks[2]; b++) {
        int64_t left = 135 - (b / (whole.bricks[0] * whole.bricks[1]) << whole.bits);
        int64_t slices = (left < 1 << whole.bits ? left : 1 << whole.bits) + 4;
        assert_memory_equal(whole.block[b], slabs.block[b],
                            (size_t)(2 * slices * rows * whole.row));
    }
    size_t cells = (size_t)(whole.cells[0] * whole.cells[1] * whole.cells[2]);
    assert_memory_equal(whole.cell_lo, slabs.cell_lo, cells * 4);
    assert_memory_equal(whole.cell_hi, slabs.cell_hi, cells * 4);
    const int64_t at[][3] = { { -1, -1, -1 }, { 63, 63, 63 }, { 699, 64, 134 } };
    for (int i = 0; i < 3; i++)
        compare_around(&whole, &v, at[i]);
    pel__field_free(&whole);
    pel__field_free(&slabs);
    pel_volume_free(&v);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void bricks_of_one_number_are_stored_once(void **state)
{
    (void)state;
    pel_volume v = noise(256, 256, 256, PEL_INT16);
    memset(v.data, 0x11, (size_t)pel_volume_bytes(&v));
    ((int16_t *)v.data)[100 * 256 * 256 + 100 * 256 + 100] = 5;
    pel__field f;
    int64_t before = pel_memory_in_use();
    assert_ok(pel__field_new(&f, &v));
    // one noisy, one shared, and the last layer's sixteen
    assert_true(pel_memory_in_use() - before < 20 * 2 * 68 * 68 * 68);
    const int64_t at[][3] = { { 99, 99, 99 }, { 63, 64, 64 }, { 0, 200, 10 }, { 255, 255, 255 } };
    for (int i = 0; i < 4; i++)
        compare_around(&f, &v, at[i]);
    pel__field_free(&f);
    pel_volume_free(&v);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bricks_hold_every_voxel_of_every_type_with_its_neighbours),
        cmocka_unit_test(a_source_in_slabs_gives_the_bricks_of_the_volume),
        cmocka_unit_test(bricks_of_one_number_are_stored_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
