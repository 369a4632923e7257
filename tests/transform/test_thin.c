/* SPDX-License-Identifier: Apache-2.0 */
#include "grids.h"

enum { N = 40 };

static pel_volume empty(int64_t nx, int64_t ny, int64_t nz)
{
    pel_volume shape = { .dims = { nx, ny, nz } }, out;
    shape.mm_from_ijk = pel_affine_identity();
    assert_ok(pel_volume_like(&out, &shape, PEL_UINT8));
    return out;
}

static uint8_t *voxel(const pel_volume *v, int64_t i, int64_t j, int64_t k)
{
    return (uint8_t *)v->data + (k * v->dims[1] + j) * v->dims[0] + i;
}

static int64_t set_in(const pel_volume *v)
{
    int64_t count = 0;
    for (int64_t n = 0; n < pel_volume_count(v); n++)
        count += ((uint8_t *)v->data)[n];
    return count;
}

static int64_t parts(const pel_volume *v)
{
    pel_components_params all = pel_components_defaults();
    int64_t count;
    assert_ok(pel_components(NULL, NULL, &count, v, &all));
    return count;
}

/* parts of what is not set, that hang together by faces */
static int64_t empty_parts(const pel_volume *v)
{
    pel_components_params faces = pel_components_defaults();
    pel_volume other;
    int64_t count;
    faces.connectivity = 0;
    assert_ok(pel_volume_like(&other, v, PEL_UINT8));
    for (int64_t n = 0; n < pel_volume_count(v); n++)
        ((uint8_t *)other.data)[n] = !((uint8_t *)v->data)[n];
    assert_ok(pel_components(NULL, NULL, &count, &other, &faces));
    pel_volume_free(&other);
    return count;
}

/* corners - edges + faces - voxels of the cubes: Euler's number, which thinning keeps */
static int64_t euler(const pel_volume *v)
{
    int64_t sum = 0;
    for (int64_t k = -1; k <= v->dims[2]; k++)
        for (int64_t j = -1; j <= v->dims[1]; j++)
            for (int64_t i = -1; i <= v->dims[0]; i++)
                // cells of dimension 0 to 3 whose highest corner is here: set when any cube around
                // is
                for (int cell = 0; cell < 8; cell++) {
                    bool any = false;
                    for (int c = 0; c < 8; c++)
                        if (!(c & cell)) {
                            int64_t x = i + (c & 1), y = j + (c >> 1 & 1), z = k + (c >> 2);
                            any |= x >= 0 && x < v->dims[0] && y >= 0 && y < v->dims[1] && z >= 0 &&
                                   z < v->dims[2] && *voxel(v, x, y, z);
                        }
                    int dimension = (cell & 1) + (cell >> 1 & 1) + (cell >> 2);
                    sum += any ? dimension & 1 ? -1 : 1 : 0;
                }
    return sum;
}

static void parts_holes_and_cavities_stay(void **state)
{
    (void)state;
    pel_volume in = empty(N, N, N), out;
    // a ball with a cavity, a torus, and clouds of whatever
    for (int64_t n = 0; n < N * N * N; n++) {
        double x = (double)(n % N) - 10, y = (double)(n / N % N) - 10, z = (double)(n / N / N) - 10;
        double r = sqrt(x * x + y * y + z * z), p = sqrt((x - 17) * (x - 17) + (y - 17) * (y - 17));
        uint64_t noise = (uint64_t)n * 0x9e3779b97f4a7c15u >> 61;
        bool cloud = z > 18 && noise < 3;
        ((uint8_t *)in.data)[n] =
            (r < 8 && r > 3) || ((p - 8) * (p - 8) + (z - 2) * (z - 2) < 7 && r > 9.5) || cloud;
    }
    assert_ok(pel_thin(&out, &in));
    assert_int_equal(parts(&out), parts(&in));
    assert_int_equal(empty_parts(&out), empty_parts(&in));
    assert_int_equal(euler(&out), euler(&in));
    assert_true(set_in(&out) < set_in(&in) * 2 / 3);
    for (int64_t n = 0; n < N * N * N; n++)
        assert_true(((uint8_t *)out.data)[n] <= ((uint8_t *)in.data)[n]);
    pel_volume_free(&in);
    pel_volume_free(&out);
}

static void a_bar_becomes_the_line_in_its_middle(void **state)
{
    (void)state;
    // as wide as an odd and an even number of voxels, along each axis
    for (int axis = 0; axis < 3; axis++)
        for (int wide = 1; wide < 7; wide++) {
            pel_volume in = empty(N, N, N), out;
            for (int64_t a = 5; a < 35; a++)
                for (int64_t b = 10; b < 10 + wide; b++)
                    for (int64_t c = 20; c < 20 + wide; c++) {
                        int64_t at[3];
                        at[axis] = a;
                        at[(axis + 1) % 3] = b;
                        at[(axis + 2) % 3] = c;
                        *voxel(&in, at[0], at[1], at[2]) = 1;
                    }
            assert_ok(pel_thin(&out, &in));
            int64_t count = set_in(&out);
            if (count < 30 - wide - 1 || count > 34)
                fail_msg("%d wide along axis %d: %d voxels", wide, axis, (int)count);
            for (int64_t n = 0; n < pel_volume_count(&out); n++)
                if (((uint8_t *)out.data)[n]) {
                    int64_t at[] = { n % N, n / N % N, n / N / N };
                    assert_near((double)at[(axis + 1) % 3], 10 + 0.5 * (wide - 1), 1);
                    assert_near((double)at[(axis + 2) % 3], 20 + 0.5 * (wide - 1), 1);
                }
            pel_volume_free(&in);
            pel_volume_free(&out);
        }
}

static void a_picture_is_thinned_as_well_and_nothing_stays_nothing(void **state)
{
    (void)state;
    pel_volume in = empty(60, 50, 1), out;
    for (int64_t i = 5; i < 55; i++)
        for (int64_t j = 20; j < 27; j++)
            *voxel(&in, i, j, 0) = 1;
    for (int64_t i = 28; i < 33; i++)
        for (int64_t j = 23; j < 47; j++)
            *voxel(&in, i, j, 0) = 1;
    assert_ok(pel_thin(&out, &in));
    // a line in each bar, and at their ends one to each corner
    assert_int_equal(parts(&out), 1);
    assert_true(set_in(&out) > 60 && set_in(&out) < 80);
    pel_volume_free(&out);
    memset(in.data, 0, 60 * 50);
    assert_ok(pel_thin(&out, &in));
    assert_int_equal(set_in(&out), 0);
    pel_volume_free(&out);
    // what fills the grid has no outside, and ends as one voxel
    memset(in.data, 1, 60 * 50);
    assert_ok(pel_thin(&out, &in));
    assert_true(set_in(&out) >= 1);
    assert_int_equal(parts(&out), 1);
    pel_volume_free(&out);
    pel_volume_free(&in);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_holes_and_cavities_stay),
        cmocka_unit_test(a_bar_becomes_the_line_in_its_middle),
        cmocka_unit_test(a_picture_is_thinned_as_well_and_nothing_stays_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
