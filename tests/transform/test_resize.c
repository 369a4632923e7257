/* SPDX-License-Identifier: Apache-2.0 */
#include "grids.h"

#include "transform/grid.h"

static double mean_of(const pel_volume *v)
{
    double sum = 0;
    for (int64_t k = 0; k < v->dims[2]; k++)
        for (int64_t j = 0; j < v->dims[1]; j++)
            for (int64_t i = 0; i < v->dims[0]; i++)
                sum += pel_volume_at(v, i, j, k);
    return sum / (double)pel_volume_count(v);
}

static pel_numbers numbers(int count, double a, double b, double c)
{
    return (pel_numbers){ count, { a, b, c } };
}

// where the centre of the far corner's face lies
static pel_vec3 face_mm(const pel_volume *v, double side)
{
    pel_vec3 n = { (double)v->dims[0], (double)v->dims[1], (double)v->dims[2] };
    return pel_affine_point(v->mm_from_ijk,
                            (pel_vec3){ side * n.x - 0.5, side * n.y - 0.5, side * n.z - 0.5 });
}

static void shrinking_keeps_the_mean_and_the_outer_faces(void **state)
{
    (void)state;
    static const double to[][3] = { { 5, 7, 3 }, { 1, 1, 1 }, { 10, 12, 9 }, { 13, 12, 11 } };
    pel_volume in = scene("sphere?dims=13,12,11&radius=4&noise=10&spacing=1,2,3&rotate=3,4,5");
    for (int n = 0; n < 4; n++) {
        pel_volume out;
        pel_numbers voxels = numbers(3, to[n][0], to[n][1], to[n][2]);
        assert_ok(pel_resize(&out, &in, &voxels));
        assert_int_equal(out.dtype, PEL_FLOAT32);
        assert_near(mean_of(&out), mean_of(&in), 1e-5);
        for (int side = 0; side < 2; side++) {
            pel_vec3 a = face_mm(&in, side), b = face_mm(&out, side);
            assert_near(a.x, b.x, 1e-9);
            assert_near(a.y, b.y, 1e-9);
            assert_near(a.z, b.z, 1e-9);
        }
        pel_volume_free(&out);
    }
    pel_volume_free(&in);
}

static void halving_takes_means_of_eight(void **state)
{
    (void)state;
    pel_volume in = scene("sphere?dims=8&noise=30"), out;
    pel_numbers voxels = numbers(1, 4, 0, 0);
    assert_ok(pel_resize(&out, &in, &voxels));
    for (int k = 0; k < 4; k++)
        for (int j = 0; j < 4; j++)
            for (int i = 0; i < 4; i++) {
                double sum = 0;
                for (int n = 0; n < 8; n++)
                    sum += pel_volume_at(&in, 2 * i + (n & 1), 2 * j + (n >> 1 & 1), 2 * k + n / 4);
                assert_near(pel_volume_at(&out, i, j, k), sum / 8, 1e-5);
            }
    pel_volume_free(&in);
    pel_volume_free(&out);
}

static void one_number_keeps_the_aspect_in_mm(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        int n, dims[3];
    } cases[] = {
        { "sphere?dims=20,10,5", 10, { 10, 5, 3 } },
        { "sphere?dims=20,20,10&spacing=1,1,4", 20, { 10, 10, 20 } },
        { "sphere?dims=100,2,2", 10, { 10, 1, 1 } },
        { "sphere?dims=4,4,2", 8, { 8, 8, 4 } },
    };
    for (int n = 0; n < 4; n++) {
        pel_volume in = scene(cases[n].spec), out;
        pel_numbers voxels = numbers(1, cases[n].n, 0, 0);
        assert_ok(pel_resize(&out, &in, &voxels));
        for (int a = 0; a < 3; a++)
            assert_int_equal(out.dims[a], cases[n].dims[a]);
        pel_volume_free(&in);
        pel_volume_free(&out);
    }
}

static void growing_is_linear_between_old_centres(void **state)
{
    (void)state;
    pel_volume in = scene("ramp?gradient=1,-2,3&offset=4&dims=6,5,4&spacing=1,2,3"), out;
    pel_numbers voxels = numbers(3, 17, 11, 9);
    assert_ok(pel_resize(&out, &in, &voxels));
    for (int k = 0; k < 9; k++)
        for (int j = 0; j < 11; j++)
            for (int i = 0; i < 17; i++) {
                pel_vec3 p = pel_affine_point(out.mm_from_ijk, (pel_vec3){ i, j, k });
                bool between = fabs(p.x) <= 2.5 && fabs(p.y) <= 4 && fabs(p.z) <= 4.5;
                if (between)
                    assert_near(pel_volume_at(&out, i, j, k), 4 + p.x - 2 * p.y + 3 * p.z, 1e-5);
            }
    pel_volume_free(&in);
    pel_volume_free(&out);
}

static void nan_is_left_out_of_means(void **state)
{
    (void)state;
    float data[4] = { 1, NAN, NAN, NAN };
    pel_volume in = { .dims = { 4, 1, 1 }, .dtype = PEL_FLOAT32, .data = data }, out;
    pel_numbers voxels = numbers(3, 2, 1, 1);
    assert_ok(pel_resize(&out, &in, &voxels));
    assert_near(((float *)out.data)[0], 1, 0);
    assert_true(isnan(((float *)out.data)[1]));
    pel_volume_free(&out);
}

static void scale_frames_and_channels_count(void **state)
{
    (void)state;
    int16_t data[2 * 2 * 2] = { 1, 10, 3, 30, 5, 50, 7, 70 }; // two voxels, channels and frames
    pel_volume in = { .dims = { 2, 1, 1 },
                      .frames = 2,
                      .channels = 2,
                      .dtype = PEL_INT16,
                      .slope = 2,
                      .inter = -1,
                      .data = data };
    pel_volume out;
    pel_numbers voxels = numbers(3, 1, 1, 1);
    assert_ok(pel_resize(&out, &in, &voxels));
    static const float want[] = { 3, 39, 11, 119 };
    assert_memory_equal(out.data, want, sizeof want);
    pel_volume_free(&out);
}

/* a source that counts its calls and, as a stream does, never goes back */
typedef struct counted {
    const pel_volume *volume;
    int64_t next, calls;
} counted;

static pel_status read_on(pel_source *source, void *out, int64_t first, int64_t count)
{
    counted *c = source->state;
    int64_t bytes = pel_source_slice_bytes(source);
    assert_true(first >= c->next && count > 0 && first + count <= pel_source_slices(source));
    c->next = first + count;
    c->calls++;
    memcpy(out, (const char *)c->volume->data + first * bytes, (size_t)(count * bytes));
    return PEL_OK;
}

static pel_volume resized_as_a_stream(const pel_volume *in, const pel_numbers *voxels, int64_t step)
{
    counted c = { in, 0, 0 };
    pel_source source = { .read_slab = read_on, .state = &c };
    pel_volume out;
    assert_ok(pel_volume_copy_shape(&source.shape, in));
    assert_ok(pel__resize_source(&source, voxels));
    assert_ok(pel_volume_copy_shape(&out, &source.shape));
    out.data = NULL;
    float *data = malloc((size_t)pel_volume_bytes(&out));
    int64_t slices = pel_source_slices(&source), bytes = pel_source_slice_bytes(&source);
    for (int64_t first = 0; first < slices; first += step)
        assert_ok(source.read_slab(&source, (char *)data + first * bytes, first,
                                   slices - first < step ? slices - first : step));
    pel_source_close(&source);
    out.data = data; // test's own
    return out;
}

static void a_stream_gives_the_bits_of_the_whole_at_any_step(void **state)
{
    (void)state;
    static const double to[][3] = {
        { 6, 6, 3 }, { 4, 12, 5 }, { 24, 3, 25 }, { 13, 12, 12 }, { 1, 1, 1 }, { 5, 5, 11 },
    };
    // large slices, so that a few of them fill the window
    pel_volume in = scene("sphere?dims=700,600,12&radius=4&noise=30");
    in.dims[2] = 6;
    in.frames = 2;
    ((float *)in.data)[700 * 600 + 5] = NAN;
    for (int n = 0; n < 6; n++)
        for (int64_t step = 1; step < 8; step += is_sanitized() ? 6 : 3) {
            pel_numbers voxels = numbers(3, to[n][0], to[n][1], to[n][2]);
            pel_volume want, got = resized_as_a_stream(&in, &voxels, step);
            assert_ok(pel_resize(&want, &in, &voxels));
            assert_memory_equal(got.dims, want.dims, sizeof want.dims);
            assert_memory_equal(got.data, want.data, (size_t)pel_volume_bytes(&want));
            free(got.data);
            got.data = NULL;
            pel_volume_free(&got);
            pel_volume_free(&want);
        }
    pel_volume_free(&in);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void wrong_numbers_are_refused(void **state)
{
    (void)state;
    pel_volume in = scene("sphere?dims=4"), out;
    pel_numbers two = numbers(2, 4, 4, 0), half = numbers(1, 2.5, 0, 0);
    assert_int_equal(pel_resize(&out, &in, &two), PEL_EPARAM);
    assert_int_equal(pel_resize(&out, &in, &half), PEL_EPARAM);
    pel_volume_free(&in);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shrinking_keeps_the_mean_and_the_outer_faces),
        cmocka_unit_test(halving_takes_means_of_eight),
        cmocka_unit_test(one_number_keeps_the_aspect_in_mm),
        cmocka_unit_test(growing_is_linear_between_old_centres),
        cmocka_unit_test(nan_is_left_out_of_means),
        cmocka_unit_test(scale_frames_and_channels_count),
        cmocka_unit_test(a_stream_gives_the_bits_of_the_whole_at_any_step),
        cmocka_unit_test(wrong_numbers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
