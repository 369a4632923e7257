/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdatomic.h>
#include <string.h>

#include "base/job.h"
#include "base/status.h"

enum { ITEMS = 1000 };

static pel_status square(void *user, int64_t item)
{
    ((int64_t *)user)[item] = item * item;
    return PEL_OK;
}

static void every_item_runs_once_at_any_number_of_threads(void **state)
{
    (void)state;
    static const int threads[] = { 1, 2, 7, 64 };
    for (int t = 0; t < 4; t++) {
        pel_job job = pel_job_defaults();
        job.threads = threads[t];
        pel_job *before = pel_job_use(&job);
        int64_t out[ITEMS] = { 0 };
        assert_int_equal(pel__threads(), threads[t]);
        assert_ok(pel__parallel(ITEMS, square, out, NULL));
        pel_job_use(before);
        for (int64_t i = 0; i < ITEMS; i++)
            assert_int_equal(out[i], i * i);
    }
}

static void no_items_is_no_work(void **state)
{
    (void)state;
    assert_ok(pel__parallel(0, square, NULL, "nothing"));
}

// items 300 and 700 fail; whichever is met first, the lowest is told
static pel_status fail_twice(void *user, int64_t item)
{
    (void)user;
    if (item == 300 || item == 700)
        return pel__fail(PEL_EDATA, "item %lld", (long long)item);
    return PEL_OK;
}

static void the_lowest_failing_item_is_told_with_one_thread(void **state)
{
    (void)state;
    pel_job job = pel_job_defaults();
    job.threads = 1;
    pel_job *before = pel_job_use(&job);
    assert_int_equal(pel__parallel(ITEMS, fail_twice, NULL, NULL), PEL_EDATA);
    pel_job_use(before);
    assert_string_equal(pel_error(), "item 300");
}

// two items that both fail, each waiting until the other has begun
typedef struct pair {
    atomic_int begun;
} pair;

static pel_status fail_together(void *user, int64_t item)
{
    pair *both = user;
    atomic_fetch_add(&both->begun, 1);
    while (atomic_load(&both->begun) < 2)
        ;
    return pel__fail(item ? PEL_EIO : PEL_EDATA, "item %lld", (long long)item);
}

static void of_two_failures_at_once_the_lower_item_is_told(void **state)
{
    (void)state;
    pel_job job = pel_job_defaults();
    job.threads = 2;
    pel_job *before = pel_job_use(&job);
    for (int round = 0; round < 100; round++) {
        pair both = { 0 };
        assert_int_equal(pel__parallel(2, fail_together, &both, NULL), PEL_EDATA);
        assert_string_equal(pel_error(), "item 0");
    }
    pel_job_use(before);
}

typedef struct cancelling {
    pel_job *job;
    atomic_int ran;
} cancelling;

static pel_status cancel_at_ten(void *user, int64_t item)
{
    cancelling *c = user;
    atomic_fetch_add(&c->ran, 1);
    if (item == 10)
        pel_job_cancel(c->job);
    return PEL_OK;
}

static void cancellation_ends_a_loop_soon(void **state)
{
    (void)state;
    pel_job job = pel_job_defaults();
    job.threads = 2;
    pel_job *before = pel_job_use(&job);
    cancelling c = { .job = &job };
    assert_int_equal(pel__parallel(1000000, cancel_at_ten, &c, NULL), PEL_ECANCELLED);
    assert_true(atomic_load(&c.ran) < 100000);
    assert_int_equal(pel__progress("afterwards", 0), PEL_ECANCELLED);
    assert_error_says("cancelled");
    pel_job_use(before);
}

static pel_status nest(void *user, int64_t item)
{
    int64_t(*rows)[10] = user;
    return pel__parallel(10, square, rows[item], NULL);
}

static void a_loop_within_a_loop_gives_the_same(void **state)
{
    (void)state;
    int64_t rows[50][10] = { 0 };
    assert_ok(pel__parallel(50, nest, rows, NULL));
    for (int r = 0; r < 50; r++)
        for (int64_t i = 0; i < 10; i++)
            assert_int_equal(rows[r][i], i * i);
}

typedef struct listener {
    int calls;
    double last;
    bool steps_right;
} listener;

static void listen(void *user, const char *step, double fraction)
{
    listener *l = user;
    l->calls++;
    l->last = fraction > l->last ? fraction : l->last;
    l->steps_right =
        l->steps_right && strcmp(step, "squares") == 0 && fraction >= 0 && fraction <= 1;
}

static void progress_is_told_on_the_callers_thread(void **state)
{
    (void)state;
    listener l = { .steps_right = true };
    pel_job job = pel_job_defaults();
    job.threads = 1;
    job.progress = listen;
    job.user = &l;
    pel_job *before = pel_job_use(&job);
    int64_t out[ITEMS];
    assert_ok(pel__parallel(ITEMS, square, out, "squares"));
    assert_int_equal(l.calls, ITEMS);
    assert_near(l.last, 1, 0);
    assert_true(l.steps_right);
    assert_ok(pel__parallel(ITEMS, square, out, NULL));
    assert_int_equal(l.calls, ITEMS);
    pel_job_use(before);
}

typedef struct in_order {
    int64_t squares[ITEMS], seen[ITEMS];
    atomic_llong count;
    int64_t fails;
} in_order;

static pel_status square_in_order(void *user, int64_t item)
{
    in_order *o = user;
    o->squares[item] = item * item;
    return PEL_OK;
}

static pel_status take_in_order(void *user, int64_t item)
{
    in_order *o = user;
    if (item == o->fails)
        return pel__fail(PEL_EDATA, "item %lld", (long long)item);
    o->seen[atomic_fetch_add(&o->count, 1)] = o->squares[item];
    return PEL_OK;
}

static void what_follows_an_item_comes_in_order_and_once(void **state)
{
    (void)state;
    for (int threads = 1; threads < 20; threads += 6) {
        pel_job job = pel_job_defaults();
        job.threads = threads;
        pel_job *before = pel_job_use(&job);
        in_order o = { .fails = -1 };
        assert_ok(pel__parallel_in_order(ITEMS, square_in_order, take_in_order, &o, NULL));
        assert_int_equal(atomic_load(&o.count), ITEMS);
        for (int64_t i = 0; i < ITEMS; i++)
            assert_int_equal(o.seen[i], i * i);
        in_order failing = { .fails = 500 };
        assert_int_equal(
            pel__parallel_in_order(ITEMS, square_in_order, take_in_order, &failing, NULL),
            PEL_EDATA);
        assert_string_equal(pel_error(), "item 500");
        assert_int_equal(atomic_load(&failing.count), 500);
        pel_job_use(before);
    }
    assert_ok(pel__parallel_in_order(0, square_in_order, take_in_order, NULL, NULL));
    assert_int_equal(pel_memory_in_use(), 0);
}

// fails where asked to, and says how many threads a loop of its own would have
static pel_status work_aside(void *user, int64_t item)
{
    int *out = user;
    *out = pel__threads();
    return item < 0 ? pel__fail(PEL_EDATA, "item %lld aside", (long long)item) : PEL_OK;
}

static void work_aside_ends_with_its_status_and_message(void **state)
{
    (void)state;
    for (int threads = 1; threads < 5; threads++) {
        pel_job job = pel_job_defaults();
        job.threads = threads;
        pel_job *before = pel_job_use(&job);
        pel__aside aside = { 0 };
        int had = 0;
        assert_ok(pel__aside_end(&aside));
        assert_ok(pel__aside_start(&aside, work_aside, &had, 7));
        assert_ok(pel__aside_end(&aside));
        assert_int_equal(had, threads > 1 ? threads - 1 : 1);
        pel_status s = pel__aside_start(&aside, work_aside, &had, -3);
        pel_status end = pel__aside_end(&aside);
        assert_int_equal(s != PEL_OK ? s : end, PEL_EDATA);
        assert_string_equal(pel_error(), "item -3 aside");
        assert_ok(pel__aside_end(&aside));
        assert_int_equal(pel__threads(), threads);
        pel_job_use(before);
    }
    assert_int_equal(pel_memory_in_use(), 0);
}

static void a_failure_tells_its_way_out_in_one_printable_line(void **state)
{
    (void)state;
    pel_status s = pel__fail(PEL_EFORMAT, "scan\n\033[2J.nii: ends early");
    assert_int_equal(pel__during(s, "mask %d", 3), PEL_EFORMAT);
    assert_string_equal(pel_error(), "mask 3: scan??[2J.nii: ends early");
    assert_int_equal(pel__during(PEL_OK, "nothing"), PEL_OK);
    assert_string_equal(pel_error(), "mask 3: scan??[2J.nii: ends early");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_runs_once_at_any_number_of_threads),
        cmocka_unit_test(no_items_is_no_work),
        cmocka_unit_test(the_lowest_failing_item_is_told_with_one_thread),
        cmocka_unit_test(of_two_failures_at_once_the_lower_item_is_told),
        cmocka_unit_test(cancellation_ends_a_loop_soon),
        cmocka_unit_test(a_loop_within_a_loop_gives_the_same),
        cmocka_unit_test(progress_is_told_on_the_callers_thread),
        cmocka_unit_test(what_follows_an_item_comes_in_order_and_once),
        cmocka_unit_test(work_aside_ends_with_its_status_and_message),
        cmocka_unit_test(a_failure_tells_its_way_out_in_one_printable_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
