/* SPDX-License-Identifier: Apache-2.0 */
/* test_stack.c: what descriptions say of a stack, and which slices numpy's words choose. */
#include <math.h>

#include "check.h"

#include "read/stack.h"

static void slices_are_chosen_as_numpy_does(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t start, step, count;
    } cases[] = {
        { NULL, 0, 1, 10 },  { ":", 0, 1, 10 },      { "2:5", 2, 1, 3 },   { "-3:", 7, 1, 3 },
        { ":-8", 0, 1, 2 },  { "::4", 0, 4, 3 },     { "1::3", 1, 3, 3 },  { "::-1", 9, -1, 10 },
        { "5:99", 5, 1, 5 }, { "8:2:-3", 8, -3, 2 }, { "-99:1", 0, 1, 1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pel__slices s;
        assert_ok(pel__slices_choose(&s, cases[i].text, 10, "x"));
        assert_int_equal(s.start, cases[i].start);
        assert_int_equal(s.step, cases[i].step);
        assert_int_equal(s.count, cases[i].count);
    }
    static const char *const wrong[] = { "5", "a:b", "1:2:0", "1:2:3:4", "5:5", "9:2", "1:2:x" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        pel__slices s;
        assert_int_equal(pel__slices_choose(&s, wrong[i], 10, "x"), PEL_EPARAM);
        assert_error_says("--slices");
    }
}

static void words_of_allow_are_whole_words(void **state)
{
    (void)state;
    pel_read_params p = pel_read_defaults();
    p.allow = "gaps,mixed";
    assert_ok(pel__allow_check(&p));
    assert_true(pel__allows(&p, "gaps") && pel__allows(&p, "mixed"));
    assert_false(pel__allows(&p, "abcd") || pel__allows(&p, "gap"));
    static const char *const wrong[] = { "gap", "gapsmixed", "mixedgaps", ",gaps", "all" };
    for (int n = 0; n < 5; n++) {
        p.allow = wrong[n];
        assert_int_equal(pel__allow_check(&p), PEL_EPARAM);
        assert_error_says(wrong[n]);
    }
    pel__slices s;
    assert_int_equal(pel__slices_choose(&s, "1:00000000000000000000000000000000000000000", 9, "x"),
                     PEL_EPARAM);
}

static void a_line_of_any_length_is_cut(void **state)
{
    (void)state;
    char text[600];
    memset(text, 'x', sizeof text);
    memcpy(text, "ImageJ=1.5\nslices=7\ntitle=", 26);
    memcpy(text + 500, "\nunit=mm\n", 10);
    pel__stack s = { 0 };
    assert_ok(pel__imagej_parse(&s, text));
    assert_int_equal(s.size[0], 7);
    assert_near(s.unit_mm[2], 1, 0);
    pel__stack_free(&s);
}

static void imagej_says_sizes_unit_and_distance(void **state)
{
    (void)state;
    pel__stack s = { 0 };
    assert_ok(pel__imagej_parse(&s, "ImageJ=1.53t\nimages=30\nchannels=3\nslices=5\nframes=2\n"
                                    "unit=\\u00B5m\nspacing=-2.5\nfinterval=0.5\nloop=false\n"));
    assert_string_equal(s.said_by, "ImageJ");
    assert_int_equal(s.size[0], 5);
    assert_int_equal(s.size[1], 3);
    assert_int_equal(s.size[2], 2);
    assert_int_equal(s.images, 30);
    assert_near(s.spacing[2], 2.5, 0);
    assert_near(s.unit_mm[2], 1e-3, 0);
    assert_near(s.seconds, 0.5, 0);
    pel__stack old = { 0 };
    assert_ok(pel__imagej_parse(&old, "ImageJ=1.44\nimages=7"));
    assert_int_equal(old.size[0], 7);
    pel__stack other = { 0 };
    assert_ok(pel__imagej_parse(&other, "Made by hand"));
    assert_null(other.said_by);
}

static void ome_says_order_sizes_and_planes(void **state)
{
    (void)state;
    static const char xml[] =
        "<?xml version=\"1.0\"?><OME:OME xmlns:OME=\"o\"><OME:Image><OME:Pixels "
        "DimensionOrder=\"XYZCT\" SizeX=\"9\" SizeY=\"8\" SizeZ=\"4\" SizeC=\"6\" SizeT=\"1\" "
        "PhysicalSizeX=\"0.5\" PhysicalSizeY=\"500\" PhysicalSizeYUnit=\"nm\" "
        "PhysicalSizeZ=\"2\"><OME:Channel SamplesPerPixel=\"3\"/>"
        "<OME:TiffData IFD=\"2\" FirstZ=\"1\" PlaneCount=\"3\"/>"
        "<OME:TiffData IFD=\"0\"><OME:UUID FileName=\"other.tif\"/></OME:TiffData>"
        "</OME:Pixels></OME:Image><OME:Image><OME:Pixels SizeZ=\"99\"/></OME:Image></OME:OME>";
    pel__stack s = { 0 };
    assert_ok(pel__ome_parse(&s, xml, "folder/this.tif"));
    assert_int_equal(s.size[0], 4);
    assert_int_equal(s.size[1], 2); // three colours in each of two channels
    assert_memory_equal(s.order, "ZCT", 3);
    assert_near(s.spacing[1] * s.unit_mm[1], 0.0005, 1e-18);
    assert_near(s.spacing[2] * s.unit_mm[2], 0.002, 1e-18);
    assert_int_equal(s.planes_count, 1);
    assert_int_equal(s.planes[0].page, 2);
    assert_int_equal(s.planes[0].z, 1);
    assert_int_equal(s.planes[0].count, 3);
    assert_true(s.elsewhere);
    pel__stack_free(&s);
    assert_ok(pel__ome_parse(&s, "<OME ><Pixels SizeZ=\"3\"", "x.tif"));
    assert_null(s.said_by);
    assert_int_equal(pel_memory_in_use(), 0);
}

static void allowances_are_words(void **state)
{
    (void)state;
    pel_read_params p = pel_read_defaults();
    assert_false(pel__allows(&p, "gaps"));
    p.allow = "mixed,gaps";
    assert_ok(pel__allow_check(&p));
    assert_true(pel__allows(&p, "gaps") && pel__allows(&p, "mixed"));
    p.allow = "gap";
    assert_int_equal(pel__allow_check(&p), PEL_EPARAM);
    assert_false(pel__allows(&p, "gaps"));
}

static void a_thread_takes_a_few_slices_of_many(void **state)
{
    (void)state;
    pel_job job = pel_job_defaults();
    job.threads = 2;
    pel_job_use(&job);
    assert_int_equal(pel__stack_run(3, 1 << 19), 1);
    assert_int_equal(pel__stack_run(24, 1 << 19), 3);
    assert_int_equal(pel__stack_run(1000, 1 << 19), 4);
    assert_int_equal(pel__stack_run(1000, 1 << 30), 1);
    // what may not come is read in smaller parts, and never less than a slice for each thread
    assert_int_equal(pel__stack_slab(1 << 19, false), 127);
    assert_int_equal(pel__stack_slab(1 << 19, true), 31);
    assert_int_equal(pel__stack_slab(1 << 30, true), 2);
    pel_job_use(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_are_chosen_as_numpy_does),
        cmocka_unit_test(words_of_allow_are_whole_words),
        cmocka_unit_test(a_line_of_any_length_is_cut),
        cmocka_unit_test(imagej_says_sizes_unit_and_distance),
        cmocka_unit_test(ome_says_order_sizes_and_planes),
        cmocka_unit_test(a_thread_takes_a_few_slices_of_many),
        cmocka_unit_test(allowances_are_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
