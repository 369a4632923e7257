/* SPDX-License-Identifier: Apache-2.0 */
/* Every format of meshes: what is written is read back, and what has no room is told or refused. */
#include <unistd.h>

#include "check.h"

/* what a format keeps of the mesh below */
enum {
    VALUES = 1,
    LABELS = 2,
    COLOURS = 4,
    NORMALS = 8,
    CHANNELS = 16,
    OF_POINTS = 31,
    FACE_VALUES = 32,
    FACE_LABELS = 64,
    FACE_COLOURS = 128,
    OF_FACES = 224,
    NAMES = 256,
    PLACE = 512,  /* whether coordinates are RAS mm */
    ORDER = 1024, /* of points */
    WORDS = 2048, /* of the comment */
};

static const struct {
    const char *ending;
    bool has_text;
    int keeps;
} formats[] = {
    { ".ply", true, (OF_POINTS & ~CHANNELS) | OF_FACES | PLACE | ORDER | WORDS },
    { ".stl", true, PLACE },
    { ".obj", false, COLOURS | NORMALS | PLACE | ORDER | WORDS },
    { ".off", false, COLOURS | NORMALS | FACE_COLOURS | PLACE | ORDER | WORDS },
    { ".gii", true, OF_POINTS | OF_FACES | NAMES | PLACE | ORDER | WORDS },
    { ".vtk", true, OF_POINTS | OF_FACES | PLACE | ORDER | WORDS },
    { ".vtp", true, OF_POINTS | OF_FACES | PLACE | ORDER | WORDS },
    { ".glb", false, OF_POINTS | PLACE | ORDER | WORDS },
    { ".white", false, PLACE | ORDER },
};
enum { FORMATS = sizeof formats / sizeof *formats };

static char path[96], heard[4096];

static void listen(void *user, const char *text)
{
    (void)user;
    snprintf(heard + strlen(heard), sizeof heard - strlen(heard), "%s\n", text);
}

static void name_path(const char *ending)
{
    snprintf(path, sizeof path, "/tmp/pellucid_mesh_%d%s", (int)getpid(), ending);
}

static int hear(void **state)
{
    (void)state;
    static pel_job job;
    job = pel_job_defaults();
    job.note = listen;
    pel_job_use(&job);
    return 0;
}

// an octahedron with an array of each kind in both places; numbers are awkward on purpose
static pel_mesh octahedron(bool triangles, int channels)
{
    static const float corner[6][3] = { { 1.1f, 0, 0 },  { -1e-7f, 2.5f, 0 }, { -1, 0, 3e8f },
                                        { 0, -1.3f, 0 }, { 0, 0, 1 },         { 7, 0, -0.1f } };
    static const int32_t face[8][3] = { { 0, 1, 4 }, { 1, 2, 4 }, { 2, 3, 4 }, { 3, 0, 4 },
                                        { 1, 0, 5 }, { 2, 1, 5 }, { 3, 2, 5 }, { 0, 3, 5 } };
    static const uint8_t black[4] = { 0, 0, 0, 255 }, red[4] = { 255, 10, 20, 128 };
    pel_mesh m;
    float *values, *normals, *many, *of_faces;
    int32_t *labels, *face_labels;
    uint8_t *colours, *face_colours;
    assert_ok(pel_mesh_new(&m, 6, triangles ? 8 : 0));
    memcpy(m.point_mm, corner, sizeof corner);
    assert_ok(pel_mesh_add_array(&m, "depth mm", PEL_ARRAY_VALUES, false, 1, &values));
    assert_ok(pel_mesh_add_array(&m, "region", PEL_ARRAY_LABELS, false, 1, &labels));
    assert_ok(pel_mesh_add_array(&m, "colours", PEL_ARRAY_COLOURS, false, channels, &colours));
    assert_ok(pel_mesh_add_array(&m, "normals", PEL_ARRAY_NORMALS, false, 3, &normals));
    assert_ok(pel_mesh_add_array(&m, "three", PEL_ARRAY_VALUES, false, 3, &many));
    for (int n = 0; n < 6; n++) {
        values[n] = 0.1f * (float)n - 1e-20f;
        labels[n] = n == 3 ? -1 : n * 100003;
        normals[3 * n + n % 3] = n < 3 ? 1 : -1;
        for (int c = 0; c < channels; c++)
            colours[channels * n + c] = (uint8_t)(40 * n + 3 * c);
        for (int c = 0; c < 3; c++)
            many[3 * n + c] = (float)(n - c) / 3;
    }
    assert_ok(pel_mesh_add_label(&m, 0, "unknown <&> \"it\"", black));
    assert_ok(pel_mesh_add_label(&m, 100003, "precentral", red));
    m.oriented = true;
    m.comment = strdup("made by hand\nKind: test\n");
    if (!triangles)
        return m;
    memcpy(m.triangle, face, sizeof face);
    assert_ok(pel_mesh_add_array(&m, "area", PEL_ARRAY_VALUES, true, 1, &of_faces));
    assert_ok(pel_mesh_add_array(&m, "part", PEL_ARRAY_LABELS, true, 1, &face_labels));
    assert_ok(pel_mesh_add_array(&m, "colours", PEL_ARRAY_COLOURS, true, channels, &face_colours));
    for (int n = 0; n < 8; n++) {
        of_faces[n] = 1.0f / (float)(n + 3);
        face_labels[n] = 7 - n;
        for (int c = 0; c < channels; c++)
            face_colours[channels * n + c] = (uint8_t)(255 - 30 * n - c);
    }
    return m;
}

static bool is_kept(int keeps, const pel_array *a)
{
    static const int of_points[] = { VALUES, LABELS, COLOURS, NORMALS };
    static const int of_faces[] = { FACE_VALUES, FACE_LABELS, FACE_COLOURS, 0 };
    if (!a->per_triangle && a->kind == PEL_ARRAY_VALUES && a->channels > 1)
        return keeps & CHANNELS;
    return keeps & (a->per_triangle ? of_faces : of_points)[a->kind];
}

// names may have their blanks as _
static const pel_array *find_like(const pel_mesh *m, const pel_array *like)
{
    for (int n = 0; n < m->arrays; n++) {
        const char *x = m->array[n].name, *y = like->name;
        while (*x && (*x == *y || (*x == '_' && *y == ' ')))
            x++, y++;
        if (!*x && !*y && m->array[n].per_triangle == like->per_triangle)
            return &m->array[n];
    }
    return NULL;
}

static void assert_same_array(const pel_array *a, const pel_array *b, int64_t items, bool alpha)
{
    if (!b)
        fail_msg("%s: the array '%s' is not there", path, a->name);
    assert_int_equal(a->kind, b->kind);
    if (a->kind != PEL_ARRAY_COLOURS || alpha)
        assert_int_equal(a->channels, b->channels);
    for (int64_t i = 0; i < items; i++)
        for (int c = 0; c < b->channels; c++)
            assert_near(pel_array_get(a, i, c), pel_array_get(b, i, c), 0);
}

static void assert_same(const pel_mesh *a, const pel_mesh *b, int keeps, bool alpha)
{
    assert_int_equal(a->points, b->points);
    assert_int_equal(a->triangles, b->triangles);
    if (keeps & ORDER)
        assert_memory_equal(a->point_mm, b->point_mm, (size_t)a->points * sizeof *a->point_mm);
    for (int64_t t = 0; t < a->triangles; t++)
        for (int c = 0; c < 3; c++) {
            int32_t i = a->triangle[t][c], j = b->triangle[t][c];
            if (keeps & ORDER)
                assert_int_equal(i, j);
            assert_memory_equal(a->point_mm[i], b->point_mm[j], sizeof *a->point_mm);
        }
    for (int n = 0; n < a->arrays; n++) {
        const pel_array *x = &a->array[n], *y = find_like(b, x);
        if (is_kept(keeps, x))
            assert_same_array(x, y, x->per_triangle ? a->triangles : a->points, alpha);
    }
    assert_int_equal(b->label_count, keeps & NAMES ? a->label_count : 0);
    for (int n = 0; n < b->label_count; n++)
        assert_memory_equal(&a->label[n], &b->label[n], sizeof *a->label);
    assert_true(b->oriented == (keeps & PLACE ? a->oriented : false));
}

static void every_format_gives_back_what_it_has_room_for(void **state)
{
    (void)state;
    for (int f = 0; f < FORMATS; f++)
        for (int form = 0; form < 4; form++) {
            bool ascii = form & 1;
            int channels = form & 2 ? 4 : 3;
            if (ascii && !formats[f].has_text)
                continue;
            pel_mesh m = octahedron(true, channels), back;
            pel_mesh_write_params p = pel_mesh_write_defaults();
            p.ascii = ascii;
            name_path(formats[f].ending);
            assert_ok(pel_write_mesh(path, &m, "{\"pellucid\":\"a--b\"}", &p));
            assert_ok(pel_read_mesh(&back, path));
            assert_same(&m, &back, formats[f].keeps, strcmp(formats[f].ending, ".obj") != 0);
            if (formats[f].keeps & WORDS) {
                assert_non_null(strstr(back.comment, "made by hand"));
                assert_non_null(strstr(back.comment, "Kind: test"));
            }
            pel_mesh_free(&back);
            pel_mesh_free(&m);
            unlink(path);
        }
    pel_job_use(NULL);
    assert_int_equal(pel_memory_in_use(), 0);
    hear(state);
}

static void words_of_a_file_are_said_once_however_often_it_is_written(void **state)
{
    (void)state;
    for (int f = 0; f < FORMATS; f++) {
        pel_mesh m = octahedron(true, 3), back, again;
        m.oriented = f & 1;
        name_path(formats[f].ending);
        assert_ok(pel_write_mesh(path, &m, "{\"pellucid\":\"x\"}", NULL));
        assert_ok(pel_read_mesh(&back, path));
        assert_ok(pel_write_mesh(path, &back, "{\"pellucid\":\"y\"}", NULL));
        assert_ok(pel_read_mesh(&again, path));
        assert_true(again.oriented == (f & 1));
        assert_null(strstr(again.comment ? again.comment : "", "\"x\""));
        if (formats[f].keeps & WORDS)
            assert_int_equal(strlen(back.comment), strlen(again.comment));
        pel_mesh_free(&again);
        pel_mesh_free(&back);
        pel_mesh_free(&m);
        unlink(path);
    }
}

static void how_it_was_made_is_found_where_there_is_room(void **state)
{
    (void)state;
    static const char *const with[] = { ".ply", ".obj", ".off", ".gii",
                                        ".vtk", ".vtp", ".glb", ".white" };
    for (int f = 0; f < 8; f++)
        for (int ascii = 0; ascii < 2; ascii++) {
            pel_mesh m = octahedron(true, 3);
            pel_mesh_write_params p = pel_mesh_write_defaults();
            char *made;
            p.ascii = ascii;
            name_path(with[f]);
            assert_ok(pel_write_mesh(path, &m, "{\"pellucid\":\"1\",\"command\":\"mesh\"}", &p));
            assert_ok(pel_read_made(&made, path));
            assert_string_equal(made, "{\"pellucid\":\"1\",\"command\":\"mesh\"}");
            free(made);
            pel_mesh_free(&m);
            unlink(path);
        }
}

static void clouds_of_points_are_kept_or_refused(void **state)
{
    (void)state;
    static const struct {
        const char *ending;
        bool kept;
    } all[] = { { ".ply", true }, { ".obj", true },  { ".off", true },
                { ".gii", true }, { ".vtk", true },  { ".vtp", true },
                { ".glb", true }, { ".stl", false }, { ".pial", false } };
    for (int f = 0; f < 9; f++) {
        pel_mesh m = octahedron(false, 3), back;
        name_path(all[f].ending);
        if (all[f].kept) {
            assert_ok(pel_write_mesh(path, &m, NULL, NULL));
            assert_ok(pel_read_mesh(&back, path));
            assert_int_equal(back.points, 6);
            assert_memory_equal(back.point_mm, m.point_mm, 6 * sizeof *m.point_mm);
            assert_int_equal(back.triangles, 0);
            assert_non_null(pel_mesh_find_kind(&back, PEL_ARRAY_NORMALS));
            pel_mesh_free(&back);
        } else {
            assert_int_equal(pel_write_mesh(path, &m, NULL, NULL), PEL_EDATA);
            assert_error_says("points without triangles");
        }
        pel_mesh_free(&m);
        unlink(path);
    }
}

static void numbers_alone_have_files_of_their_own(void **state)
{
    (void)state;
    pel_mesh m = octahedron(false, 3), back;
    pel_mesh_write_params p = pel_mesh_write_defaults();
    name_path(".curv");
    assert_ok(pel_write_mesh(path, &m, NULL, &p));
    assert_ok(pel_read_mesh(&back, path));
    assert_true(back.placeless);
    assert_int_equal(back.points, 6);
    assert_same_array(&m.array[0], &back.array[0], 6, true);
    unlink(path);
    // numbers without points go where there is room for them, and nowhere else
    name_path(".gii");
    pel_mesh from_gifti;
    assert_ok(pel_write_mesh(path, &back, NULL, &p));
    assert_ok(pel_read_mesh(&from_gifti, path));
    assert_true(from_gifti.placeless);
    assert_same_array(&m.array[0], &from_gifti.array[0], 6, true);
    unlink(path);
    name_path(".ply");
    assert_int_equal(pel_write_mesh(path, &back, NULL, &p), PEL_EDATA);
    assert_error_says("--add");
    pel_mesh_free(&from_gifti);
    pel_mesh_free(&back);
    // of several arrays one is chosen
    float *more;
    assert_ok(pel_mesh_add_array(&m, "more", PEL_ARRAY_VALUES, false, 1, &more));
    name_path(".curv");
    assert_int_equal(pel_write_mesh(path, &m, NULL, &p), PEL_EPARAM);
    assert_error_says("choose by --scalar: depth mm, more");
    p.scalar = "more";
    more[4] = 44;
    assert_ok(pel_write_mesh(path, &m, NULL, &p));
    assert_ok(pel_read_mesh(&back, path));
    assert_near(pel_array_get(&back.array[0], 4, 0), 44, 0);
    pel_mesh_free(&back);
    pel_mesh_free(&m);
    unlink(path);
}

static void annotations_keep_labels_and_their_names(void **state)
{
    (void)state;
    pel_mesh m = octahedron(true, 3), back;
    const uint8_t red[4] = { 255, 10, 20, 0 };
    name_path(".annot");
    int32_t *labels = m.array[1].data;
    for (int n = 0; n < 6; n++)
        labels[n] = n == 2 ? -1 : n & 1 ? 100003 : 0;
    assert_ok(pel_write_mesh(path, &m, NULL, NULL));
    assert_ok(pel_read_mesh(&back, path));
    // black is the colour of no label too
    assert_int_equal(back.label_count, 2);
    assert_string_equal(back.label[1].name, "precentral");
    assert_memory_equal(back.label[1].rgba, m.label[1].rgba, 4);
    for (int n = 0; n < 6; n++)
        assert_near(pel_array_get(&back.array[0], n, 0), n & 1 ? 100003 : 0, 0);
    pel_mesh_free(&back);
    assert_ok(pel_mesh_add_label(&m, 9, "twin", red));
    assert_int_equal(pel_write_mesh(path, &m, NULL, NULL), PEL_EDATA);
    assert_error_says("one colour");
    pel_mesh_free(&m);
    unlink(path);
}

static void patches_name_points_of_a_whole_surface(void **state)
{
    (void)state;
    pel_mesh m = octahedron(true, 3), back;
    int32_t *vertex, *border;
    name_path(".patch.3d");
    assert_int_equal(pel_write_mesh(path, &m, NULL, NULL), PEL_EDATA);
    assert_error_says("'vertex'");
    assert_ok(pel_mesh_add_array(&m, "vertex", PEL_ARRAY_LABELS, false, 1, &vertex));
    assert_ok(pel_mesh_add_array(&m, "border", PEL_ARRAY_LABELS, false, 1, &border));
    for (int n = 0; n < 6; n++) {
        vertex[n] = 10 * n;
        border[n] = n == 0 || n == 4;
    }
    assert_ok(pel_write_mesh(path, &m, NULL, NULL));
    assert_ok(pel_read_mesh(&back, path));
    assert_int_equal(back.triangles, 0);
    assert_memory_equal(back.point_mm, m.point_mm, 6 * sizeof *m.point_mm);
    assert_memory_equal(pel_mesh_find(&back, "vertex")->data, vertex, 6 * sizeof *vertex);
    assert_memory_equal(pel_mesh_find(&back, "border")->data, border, 6 * sizeof *border);
    pel_mesh_free(&back);
    pel_mesh_free(&m);
    unlink(path);
}

static void the_border_of_a_patch_is_that_of_its_triangles(void **state)
{
    (void)state;
    pel_mesh m = octahedron(true, 3), back;
    int32_t *vertex;
    name_path(".patch.flat");
    assert_ok(pel_mesh_add_array(&m, "vertex", PEL_ARRAY_LABELS, false, 1, &vertex));
    for (int n = 0; n < 6; n++)
        vertex[n] = n;
    // three of its corners lie on the hole that one triangle leaves
    const int32_t *gone = m.triangle[--m.triangles];
    assert_ok(pel_write_mesh(path, &m, NULL, NULL));
    assert_ok(pel_read_mesh(&back, path));
    const int32_t *border = pel_mesh_find(&back, "border")->data;
    for (int n = 0; n < 6; n++)
        assert_int_equal(border[n], n == gone[0] || n == gone[1] || n == gone[2]);
    pel_mesh_free(&back);
    m.triangles++;
    pel_mesh_free(&m);
    unlink(path);
}

static void what_has_no_room_is_told(void **state)
{
    (void)state;
    pel_mesh m = octahedron(true, 4);
    *heard = 0;
    name_path(".stl");
    assert_ok(pel_write_mesh(path, &m, "{}", NULL));
    assert_non_null(strstr(heard, "STL has no room for depth mm, region, colours"));
    assert_non_null(strstr(heard, "names of labels"));
    assert_non_null(strstr(heard, "--sidecar"));
    unlink(path);
    *heard = 0;
    name_path(".obj");
    assert_ok(pel_write_mesh(path, &m, NULL, NULL));
    assert_non_null(strstr(heard, "alpha"));
    unlink(path);
    *heard = 0;
    name_path(".gii");
    assert_ok(pel_write_mesh(path, &m, "{}", NULL));
    assert_string_equal(heard, "");
    unlink(path);
    ((int32_t *)m.array[1].data)[0] = (1 << 24) + 1;
    name_path(".glb");
    assert_int_equal(pel_write_mesh(path, &m, NULL, NULL), PEL_EDATA);
    assert_error_says("2^24");
    assert_int_equal(pel_write_mesh("/tmp/x.xyz", &m, NULL, NULL), PEL_EPARAM);
    assert_error_says("use .ply");
    assert_int_equal(access(path, F_OK), -1);
    pel_mesh_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_gives_back_what_it_has_room_for),
        cmocka_unit_test(words_of_a_file_are_said_once_however_often_it_is_written),
        cmocka_unit_test(how_it_was_made_is_found_where_there_is_room),
        cmocka_unit_test(clouds_of_points_are_kept_or_refused),
        cmocka_unit_test(numbers_alone_have_files_of_their_own),
        cmocka_unit_test(annotations_keep_labels_and_their_names),
        cmocka_unit_test(patches_name_points_of_a_whole_surface),
        cmocka_unit_test(the_border_of_a_patch_is_that_of_its_triangles),
        cmocka_unit_test(what_has_no_room_is_told),
    };
    return cmocka_run_group_tests(tests, hear, NULL);
}
