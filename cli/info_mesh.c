/* SPDX-License-Identifier: Apache-2.0 */
/* info_mesh.c: what a mesh or a cloud of points is: size, surface, numbers on it. */
#include <math.h>
#include <string.h>

#include "commands.h"
#include "info.h"

static const char *const kinds[] = { "values", "labels", "colours", "normals" };

static void print_row(const char *name)
{
    printf("  %-13s", name);
}

/* what the numbers of one channel of an array are */
typedef struct spread {
    double lo, hi, mean; /* NAN: there are none */
    int64_t nan_count;
} spread;

static int64_t items_of(const pel_mesh *mesh, const pel_array *array)
{
    return array->per_triangle ? mesh->triangles : mesh->points;
}

static spread measure(const pel_mesh *mesh, const pel_array *array, int channel)
{
    spread out = { INFINITY, -INFINITY, 0, 0 };
    int64_t count = items_of(mesh, array);
    for (int64_t i = 0; i < count; i++) {
        double v = pel_array_get(array, i, channel);
        if (isnan(v)) {
            out.nan_count++;
            continue;
        }
        out.lo = fmin(out.lo, v);
        out.hi = fmax(out.hi, v);
        out.mean += v;
    }
    count -= out.nan_count;
    if (count == 0)
        out.lo = out.hi = NAN;
    out.mean = count ? out.mean / (double)count : NAN;
    return out;
}

/* ---- --json ---- */

enum { MOST_CHANNELS = 16 };

static void report_array(cli_run *run, const pel_mesh *mesh, const pel_array *array)
{
    double lo[MOST_CHANNELS], hi[MOST_CHANNELS], mean[MOST_CHANNELS];
    int channels = array->channels < MOST_CHANNELS ? array->channels : MOST_CHANNELS;
    int64_t nan_count = 0;
    for (int c = 0; c < channels; c++) {
        spread s = measure(mesh, array, c);
        lo[c] = s.lo;
        hi[c] = s.hi;
        mean[c] = s.mean;
        nan_count += s.nan_count;
    }
    cli_report_item(run, "arrays");
    cli_report_text(run, "arrays.name", array->name);
    cli_report_text(run, "arrays.kind", kinds[array->kind]);
    cli_report_text(run, "arrays.of", array->per_triangle ? "triangles" : "points");
    cli_report_integer(run, "arrays.channels", array->channels);
    cli_report_integer(run, "arrays.nan_count", nan_count);
    cli_report_numbers(run, "arrays.min", lo, channels);
    cli_report_numbers(run, "arrays.max", hi, channels);
    cli_report_numbers(run, "arrays.mean", mean, channels);
}

static void report_labels(cli_run *run, const pel_mesh *mesh)
{
    for (int i = 0; i < mesh->label_count; i++) {
        cli_report_item(run, "labels");
        cli_report_integer(run, "labels.key", mesh->label[i].key);
        cli_report_text(run, "labels.name", mesh->label[i].name);
    }
}

static pel_status report(cli_run *run, const pel_mesh *mesh)
{
    pel_vec3 lo, hi;
    pel_status s = PEL_OK;
    cli_report_text(run, "format", mesh->format);
    cli_report_integer(run, "points", mesh->points);
    if (mesh->triangles)
        s = cli_report_mesh(run, mesh);
    else
        cli_report_integer(run, "triangles", 0);
    if (!mesh->placeless && pel_mesh_bounds(mesh, &lo, &hi)) {
        cli_report_numbers(run, "lo_mm", (double[]){ lo.x, lo.y, lo.z }, 3);
        cli_report_numbers(run, "hi_mm", (double[]){ hi.x, hi.y, hi.z }, 3);
    }
    cli_report_text(run, "units", mesh->placeless ? "none" : mesh->oriented ? "mm" : "unknown");
    cli_report_text(run, "orientation", mesh->oriented ? "RAS" : "unknown");
    cli_report_json(run, "arrays", "[]");
    for (int i = 0; i < mesh->arrays; i++)
        report_array(run, mesh, &mesh->array[i]);
    cli_report_json(run, "labels", "[]");
    report_labels(run, mesh);
    cli_report_text(run, "comment", mesh->comment);
    cli_report_text(run, "hash", *mesh->hash ? mesh->hash : NULL);
    cli_report_integer(run, "bytes", mesh->bytes);
    return s;
}

/* ---- words ---- */

static void print_place(const pel_mesh *mesh)
{
    pel_vec3 lo, hi;
    if (mesh->placeless) {
        print_row("places");
        printf("none: numbers of a surface; pellucid mesh SURFACE --add adds them to it\n");
        return;
    }
    if (!pel_mesh_bounds(mesh, &lo, &hi))
        return;
    print_row("bounds");
    printf("x %.6g to %.6g, y %.6g to %.6g, z %.6g to %.6g\n", lo.x, hi.x, lo.y, hi.y, lo.z, hi.z);
    print_row("extent");
    printf("%.6g x %.6g x %.6g\n", hi.x - lo.x, hi.y - lo.y, hi.z - lo.z);
    print_row("coordinates");
    printf("%s\n", mesh->oriented ? "RAS mm" : "the file does not say; taken as RAS mm");
}

static void print_plural(int64_t count, const char *one)
{
    printf("%lld %s%s", (long long)count, one, count == 1 ? "" : "s");
}

static pel_status print_surface(const pel_mesh *mesh)
{
    pel_topology t;
    pel_status s = pel_mesh_topology(&t, mesh);
    if (s != PEL_OK)
        return s;
    print_row("surface");
    print_plural(t.components, "component");
    printf(", Euler number %lld", (long long)t.euler);
    if (t.genus >= 0)
        printf(", genus %lld", (long long)t.genus);
    printf(t.closed     ? t.oriented ? ", watertight\n" : ", closed, not all facing one way\n"
           : t.manifold ? ", with "
                        : ", not a manifold: ");
    if (!t.closed && t.manifold) {
        print_plural(t.border_loops, "hole");
        printf("\n");
    } else if (!t.closed) {
        print_plural(t.tangled_edges, "edge");
        printf(" of three triangles or more, ");
        print_plural(t.pinched_points, "pinched point");
        printf("\n");
    }
    print_row("area");
    printf("%.6g mm2\n", pel_mesh_area_mm2(mesh));
    if (t.closed && t.oriented) {
        print_row("volume");
        printf("%.6g mm3\n", pel_mesh_volume_mm3(mesh));
    }
    return PEL_OK;
}

static void print_array(const pel_mesh *mesh, const pel_array *array)
{
    print_row(array->name);
    printf("%s of %s", kinds[array->kind], array->per_triangle ? "triangles" : "points");
    if (array->channels > 1)
        printf(", %d channels", array->channels);
    if (array->kind == PEL_ARRAY_NORMALS) {
        printf("\n");
        return;
    }
    for (int c = 0; c < array->channels && c < MOST_CHANNELS; c++) {
        spread s = measure(mesh, array, c);
        printf(c ? "; " : ", ");
        if (isnan(s.lo))
            printf("all NaN");
        else
            printf("%.6g to %.6g, mean %.6g", s.lo, s.hi, s.mean);
        if (s.nan_count && !isnan(s.lo))
            printf(", %lld NaN", (long long)s.nan_count);
    }
    printf("\n");
}

static void print_comment(const pel_mesh *mesh)
{
    const char *line = mesh->comment;
    while (line && *line) {
        size_t length = strcspn(line, "\n");
        // how it was made has a row of its own
        if (strncmp(line, "{\"pellucid\"", 11) != 0) {
            print_row(line == mesh->comment ? "comment" : "");
            printf("%.*s\n", (int)length, line);
        }
        line += length + (line[length] == '\n');
    }
}

static pel_status print(const cli_run *run, const pel_mesh *mesh)
{
    printf("%s\n", run->input[0].path);
    print_row("format");
    printf("%s, ", mesh->format);
    print_plural(mesh->points, "point");
    printf(", ");
    print_plural(mesh->triangles, "triangle");
    printf("\n");
    print_place(mesh);
    pel_status s = mesh->triangles ? print_surface(mesh) : PEL_OK;
    for (int i = 0; i < mesh->arrays; i++)
        print_array(mesh, &mesh->array[i]);
    if (mesh->label_count) {
        print_row("labels");
        printf("%d have names\n", mesh->label_count);
    }
    print_comment(mesh);
    return s;
}

pel_status cli_info_mesh(cli_run *run)
{
    pel_mesh mesh = { 0 };
    if (CLI_PARAMS(run, 0, cli_info_params)->pixel.count)
        return cli_refuse(run, "--pixel is of pictures, and this is a mesh");
    pel_status s = pel_read_mesh(&mesh, run->input[0].path);
    cli_step(run, "report");
    if (s == PEL_OK)
        s = report(run, &mesh);
    if (s == PEL_OK && !run->common.json)
        s = print(run, &mesh);
    pel_mesh_free(&mesh);
    return s;
}

pel_status cli_info_plan_mesh(cli_run *run)
{
    pel_mesh_cost cost;
    pel_status s = pel_plan_mesh(&cost, run->input[0].path);
    if (s != PEL_OK)
        return s;
    // half-edges, their twins and what sorts them; the first and last 32 MB, for how it was made
    double held = (double)cost.memory_bytes;
    double work = 40.0 * (double)cost.triangles + 32.0 * (double)cost.points + (1 << 20);
    cli_plan_step(run, "read", (double)cost.read_bytes, held);
    cli_plan_step(run, "report", held, held + work);
    return PEL_OK;
}
