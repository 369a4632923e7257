/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

static const char small[] = "head?spacing=4&dims=45,56,50&noise=3";

static void the_head_has_the_same_bytes_at_1_2_and_7_threads(void **state)
{
    (void)state;
    pel_volume v[3];
    static const int threads[] = { 1, 2, 7 };
    for (int n = 0; n < 3; n++) {
        pel_job job = pel_job_defaults();
        job.threads = threads[n];
        pel_job *before = pel_job_use(&job);
        assert_ok(pel_phantom(&v[n], small));
        pel_job_use(before);
        assert_memory_equal(v[n].data, v[0].data, (size_t)pel_volume_bytes(&v[0]));
    }
    for (int n = 0; n < 3; n++)
        pel_volume_free(&v[n]);
}

static int label_at(const pel_volume *v, double x, double y, double z)
{
    pel_affine ijk_from_mm;
    assert_true(pel_affine_invert(&ijk_from_mm, v->mm_from_ijk));
    pel_vec3 at = pel_affine_point(ijk_from_mm, (pel_vec3){ x, y, z });
    return (int)pel_volume_at(v, lround(at.x), lround(at.y), lround(at.z));
}

static void the_head_has_eyes_in_front_and_a_brain_of_a_human_size(void **state)
{
    (void)state;
    enum { GREY = 7, WHITE = 8, VENTRICLE = 9, EYE = 10 };
    pel_volume v;
    double ml = 0;
    assert_ok(pel_phantom_labels(&v, "head?spacing=2&dims=90,112,100"));
    assert_int_equal(label_at(&v, 31, 66, -14), EYE);
    assert_int_equal(label_at(&v, -31, 66, -14), EYE);
    // the nose stands out in front and nothing does behind or above
    assert_true(label_at(&v, 0, 104, -34) != 0);
    assert_int_equal(label_at(&v, 0, -108, 20), 0);
    assert_int_equal(label_at(&v, 0, 0, 97), 0);
    for (int64_t n = 0; n < pel_volume_count(&v); n++) {
        int label = ((const uint8_t *)v.data)[n];
        ml += label == GREY || label == WHITE || label == VENTRICLE ? 8e-3 : 0;
    }
    assert_true(ml > 1000 && ml < 1600);
    pel_volume_free(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_head_has_the_same_bytes_at_1_2_and_7_threads),
        cmocka_unit_test(the_head_has_eyes_in_front_and_a_brain_of_a_human_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
