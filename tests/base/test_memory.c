/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <string.h>

#include "base/memory.h"

static void sizes_that_do_not_fit_are_seen(void **state)
{
    (void)state;
    int64_t out;
    assert_true(pel__multiply(&out, 3037000499, 3037000499));
    assert_true(out == INT64_C(9223372030926249001));
    assert_false(pel__multiply(&out, 3037000500, 3037000500));
    assert_false(pel__multiply(&out, -1, 1));
    assert_true(pel__add(&out, INT64_MAX - 1, 1));
    assert_false(pel__add(&out, INT64_MAX, 1));
    assert_false(pel__add(&out, 1, -1));
    void *block = &out;
    assert_int_equal(pel__alloc(&block, INT64_MAX / 4, 8, "a volume"), PEL_EMEMORY);
    assert_null(block);
    assert_error_says("a volume is too large");
}

static void what_the_limit_refuses_is_never_asked_for(void **state)
{
    (void)state;
    pel_job job = pel_job_defaults();
    job.memory_bytes = 64 << 20;
    pel_job *before = pel_job_use(&job);
    void *half = NULL, *more = NULL;
    assert_ok(pel__alloc(&half, 40 << 20, 1, "the first volume"));
    assert_int_equal(pel__alloc(&more, 40 << 20, 1, "the second volume"), PEL_EMEMORY);
    assert_error_says("the second volume needs 41.9 MB more");
    assert_error_says("--memory");
    pel__free(half);
    assert_ok(pel__alloc(&more, 40 << 20, 1, "the second volume"));
    pel__free(more);
    pel_job_use(before);
}

static void every_byte_is_given_back(void **state)
{
    (void)state;
    int64_t before = pel_memory_in_use();
    void *a, *b;
    assert_ok(pel__alloc(&a, 1000, 3, "a"));
    assert_ok(pel__alloc_zero(&b, 0, 8, "b"));
    assert_int_equal(pel_memory_in_use() - before, 3000);
    pel__free(a);
    pel__free(b);
    pel__free(NULL);
    assert_int_equal(pel_memory_in_use(), before);
}

static void blocks_are_aligned_and_keep_what_they_hold_when_they_grow(void **state)
{
    (void)state;
    uint8_t *block = NULL;
    assert_ok(pel__alloc_zero(&block, 100, 1, "a block"));
    for (int i = 0; i < 100; i++)
        assert_int_equal(block[i], 0);
    for (int i = 0; i < 100; i++)
        block[i] = (uint8_t)i;
    assert_ok(pel__realloc(&block, 100000, 1, "a block"));
    assert_int_equal((uintptr_t)block % 64, 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(block[i], i);
    assert_ok(pel__realloc(&block, 10, 1, "a block"));
    assert_int_equal(block[9], 9);
    pel__free(block);
}

static void untrusted_floats_become_integers_without_surprises(void **state)
{
    (void)state;
    static const struct {
        double in;
        int64_t lo, hi, out;
    } cases[] = {
        { NAN, -5, 5, 0 },
        { NAN, 3, 5, 3 },
        { NAN, -5, -3, -3 },
        { INFINITY, 0, 255, 255 },
        { -INFINITY, -128, 127, -128 },
        { 1e300, INT64_MIN, INT64_MAX, INT64_MAX },
        { -1e300, INT64_MIN, INT64_MAX, INT64_MIN },
        { 0.5, 0, 255, 0 },
        { 1.5, 0, 255, 2 },
        { 2.5, 0, 255, 2 },
        { -0.6, -128, 127, -1 },
        { 254.7, 0, 255, 255 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(pel__int_from(cases[i].in, cases[i].lo, cases[i].hi) == cases[i].out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_that_do_not_fit_are_seen),
        cmocka_unit_test(what_the_limit_refuses_is_never_asked_for),
        cmocka_unit_test(every_byte_is_given_back),
        cmocka_unit_test(blocks_are_aligned_and_keep_what_they_hold_when_they_grow),
        cmocka_unit_test(untrusted_floats_become_integers_without_surprises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
