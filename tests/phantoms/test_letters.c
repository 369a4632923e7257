/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

enum { LETTER = 2, INNER = 3, MARK = 4 };

static int label_at(const pel_volume *labels, double x, double y, double z)
{
    // dims 112, 1 mm, the origin in the middle
    return (int)pel_volume_at(labels, lround(x + 55.5), lround(y + 55.5), lround(z + 55.5));
}

static pel_vec3 plus(pel_vec3 a, double s, pel_vec3 b)
{
    return (pel_vec3){ a.x + s * b.x, a.y + s * b.y, a.z + s * b.z };
}

static void marks_lie_50_mm_apart_where_the_truth_says(void **state)
{
    (void)state;
    static const double marks[12][3] = {
        { -25, 44, 44 },  { 25, 44, 44 },  { -25, -44, -44 }, { 25, -44, -44 },
        { 44, -25, -44 }, { 44, 25, -44 }, { -44, -25, 44 },  { -44, 25, 44 },
        { 44, 44, -25 },  { 44, 44, 25 },  { -44, -44, -25 }, { -44, -44, 25 },
    };
    pel_volume v;
    char *json;
    assert_ok(pel_phantom(&v, "letters?dtype=float64"));
    assert_ok(pel_phantom_truth(&json, "letters"));
    for (int m = 0; m < 12; m++) {
        double sum = 0, x = 0, y = 0, z = 0;
        for (int k = -5; k < 5; k++)
            for (int j = -5; j < 5; j++)
                for (int i = -5; i < 5; i++) {
                    int64_t at[3] = { (int64_t)(marks[m][0] + 56) + i,
                                      (int64_t)(marks[m][1] + 56) + j,
                                      (int64_t)(marks[m][2] + 56) + k };
                    pel_vec3 mm = pel_affine_point(
                        v.mm_from_ijk, (pel_vec3){ (double)at[0], (double)at[1], (double)at[2] });
                    double w = pel_volume_at(&v, at[0], at[1], at[2]);
                    // the cube's own edges and letters are darker
                    w = w > 100 ? w : 0;
                    sum += w;
                    x += w * mm.x;
                    y += w * mm.y;
                    z += w * mm.z;
                }
        assert_near(x / sum, marks[m][0], 1e-9);
        assert_near(y / sum, marks[m][1], 1e-9);
        assert_near(z / sum, marks[m][2], 1e-9);
        char words[64];
        snprintf(words, sizeof words, "\"%c_mm\":[%g,%g,%g]", m % 2 ? 'b' : 'a', marks[m][0],
                 marks[m][1], marks[m][2]);
        assert_non_null(strstr(json, words));
    }
    free(json);
    pel_volume_free(&v);
}

/* each face as a viewer in front of it has it, and as slices show it */
static const struct {
    char letter;
    pel_vec3 normal, right, up, slice_right;
} faces[] = {
    { 'L', { -1, 0, 0 }, { 0, -1, 0 }, { 0, 0, 1 }, { 0, 1, 0 } },
    { 'R', { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 }, { 0, 1, 0 } },
    { 'P', { 0, -1, 0 }, { 1, 0, 0 }, { 0, 0, 1 }, { 1, 0, 0 } },
    { 'A', { 0, 1, 0 }, { -1, 0, 0 }, { 0, 0, 1 }, { 1, 0, 0 } },
    { 'I', { 0, 0, -1 }, { -1, 0, 0 }, { 0, 1, 0 }, { 1, 0, 0 } },
    { 'S', { 0, 0, 1 }, { 1, 0, 0 }, { 0, 1, 0 }, { 1, 0, 0 } },
};

/* points that tell a letter from the other five and from its mirror image: mm right, mm up, ink */
typedef struct ink {
    char letter;
    double right, up;
    bool there;
} ink;

static const ink inks[] = {
    { 'L', -12, 0, true },   { 'L', 0, -22, true },   { 'L', 0, 22, false },
    { 'L', 12, 0, false },   { 'R', -12, 0, true },   { 'R', 13, 11, true },
    { 'R', 12, -20, true },  { 'R', 0, -22, false },  { 'P', -12, 0, true },
    { 'P', 13, 11, true },   { 'P', 12, -18, false }, { 'P', 0, -22, false },
    { 'A', 0, 22, true },    { 'A', 0, -8, true },    { 'A', 12, -20, true },
    { 'A', -12, 20, false }, { 'S', -11, 11, true },  { 'S', 11, -11, true },
    { 'S', 11, 9, false },   { 'S', -11, -9, false }, { 'I', 0, 0, true },
    { 'I', 7, 22, true },    { 'I', -7, -22, true },  { 'I', 12, 0, false },
};

static void check_face(const pel_volume *labels, int f, double depth, pel_vec3 right, double scale,
                       int label)
{
    pel_vec3 middle = plus((pel_vec3){ 0 }, depth, faces[f].normal);
    for (size_t n = 0; n < sizeof inks / sizeof *inks; n++)
        if (inks[n].letter == faces[f].letter) {
            pel_vec3 at =
                plus(plus(middle, scale * inks[n].right, right), scale * inks[n].up, faces[f].up);
            assert_int_equal(label_at(labels, at.x, at.y, at.z) == label, inks[n].there);
        }
    // the full stop is at the lower right, and nowhere else
    for (int corner = 0; corner < 4; corner++) {
        pel_vec3 at = plus(plus(middle, scale * (corner & 1 ? 23 : -23), right),
                           scale * (corner & 2 ? 22 : -22), faces[f].up);
        assert_int_equal(label_at(labels, at.x, at.y, at.z) == label, corner == 1);
    }
}

static void letters_read_from_outside_and_in_slices(void **state)
{
    (void)state;
    pel_volume labels;
    assert_ok(pel_phantom_labels(&labels, "letters"));
    for (int f = 0; f < 6; f++) {
        check_face(&labels, f, 42, faces[f].right, 1, LETTER);
        check_face(&labels, f, 26, faces[f].slice_right, 0.7, INNER);
    }
    pel_volume_free(&labels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_lie_50_mm_apart_where_the_truth_says),
        cmocka_unit_test(letters_read_from_outside_and_in_slices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
