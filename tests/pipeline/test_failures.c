/* SPDX-License-Identifier: Apache-2.0 */
/* test_failures.c: whatever fails while an input is prepared, nothing is held and a message says
 * why. */
#include "check.h"

#include <errno.h>
#include <unistd.h>

#include "inject.h"

static char path[64];

static int make_file(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/pel-input-%d.nii.gz", (int)getpid());
    pel_volume v;
    pel_status s = pel_phantom(&v, "letters?dims=12&spacing=9");
    if (s == PEL_OK)
        s = pel_write_volume(path, &v, NULL, NULL);
    pel_volume_free(&v);
    return s == PEL_OK ? 0 : -1;
}

static int remove_file(void **state)
{
    (void)state;
    inject_nothing();
    return unlink(path);
}

static pel_status prepare(const char *input, bool open)
{
    pel_input_params p = pel_input_defaults();
    p.orient = open ? NULL : "PIR";
    p.mask = open ? NULL : "phantom:sphere?dims=12&spacing=9";
    p.crop = "1:,::-1";
    if (!open)
        p.resize = (pel_numbers){ 1, { 7 } };
    p.tone = open ? NULL : "percentile 1 99; equalize; pow 2";
    pel_volume v = { 0 };
    pel_source source = { 0 };
    pel_status s = open ? pel_input_open(&source, input, &p) : pel_input_read(&v, input, &p, false);
    if (open && s == PEL_OK)
        s = pel_source_read(&v, &source);
    pel_source_close(&source);
    pel_volume_free(&v);
    return s;
}

// on one thread, so that the n-th call is always the same one
static int failures_until_success(inject_call call, const char *input, bool open, pel_status want)
{
    pel_job job = pel_job_defaults();
    job.threads = 1;
    pel_job *before = pel_job_use(&job);
    int at = 0;
    for (;; at++) {
        inject(call, at, call == INJECT_MEMORY ? ENOMEM : EIO, false);
        pel_status s = prepare(input, open);
        int64_t failures = inject_failures();
        inject_nothing();
        assert_int_equal(pel_memory_in_use(), 0);
        if (failures == 0) {
            assert_int_equal(s, PEL_OK);
            break;
        }
        // a call that may fail without harm is no failure
        if (s != PEL_OK) {
            assert_int_equal(s, want);
            assert_true(*pel_error() != 0);
        }
        assert_true(at < 10000);
    }
    pel_job_use(before);
    return at;
}

static void memory_that_runs_out_leaves_nothing_behind(void **state)
{
    (void)state;
    assert_true(failures_until_success(INJECT_MEMORY, path, false, PEL_EMEMORY) > 20);
    assert_true(failures_until_success(INJECT_MEMORY, path, true, PEL_EMEMORY) > 5);
    // a head asks for memory hundreds of times
    const char *made =
        is_sanitized() ? "phantom:sphere?dims=9&spacing=20" : "phantom:head?dims=9&spacing=20";
    assert_true(failures_until_success(INJECT_MEMORY, made, false, PEL_EMEMORY) > 10);
}

static void reads_that_fail_leave_nothing_behind(void **state)
{
    (void)state;
    assert_true(failures_until_success(INJECT_READ, path, false, PEL_EIO) > 0);
    assert_true(failures_until_success(INJECT_READ, path, true, PEL_EIO) > 0);
}

static void cancelled_work_stops_and_leaves_nothing_behind(void **state)
{
    (void)state;
    pel_job job = pel_job_defaults();
    pel_job *before = pel_job_use(&job);
    pel_job_cancel(&job);
    assert_int_equal(prepare(path, false), PEL_ECANCELLED);
    assert_int_equal(prepare("phantom:head", true), PEL_ECANCELLED);
    pel_job_use(before);
    assert_int_equal(pel_memory_in_use(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_that_runs_out_leaves_nothing_behind),
        cmocka_unit_test(reads_that_fail_leave_nothing_behind),
        cmocka_unit_test(cancelled_work_stops_and_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
