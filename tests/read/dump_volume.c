/* SPDX-License-Identifier: Apache-2.0 */
/* dump_volume.c: for each "FILE<tab>OUT[<tab>SERIES]" line of standard input, the voxels to OUT and
 * the rest as one line of JSON, so that other programs can compare. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <pellucid/pellucid.h>

static void no_note(void *user, const char *text)
{
    (void)user;
    (void)text;
}

static void print_volume(const pel_volume *v)
{
    char orientation[8];
    pel_volume_orientation(v, orientation);
    printf("{\"dtype\": \"%s\", \"dims\": [%" PRId64 ", %" PRId64 ", %" PRId64 "], ",
           pel_dtype_name(v->dtype), v->dims[0], v->dims[1], v->dims[2]);
    printf("\"extra\": [");
    for (int a = 0; a < 4; a++)
        printf("%s%" PRId64, a ? ", " : "", v->fields.extra_dims[a]);
    printf("], \"axes\": %d, \"frames\": %" PRId64 ", \"channels\": %d, ", v->fields.axes,
           v->frames, v->channels);
    printf("\"step\": %.17g, \"display\": [%.17g, %.17g], ", v->fields.step[0],
           v->fields.display_lo, v->fields.display_hi);
    printf("\"slope\": %.17g, \"inter\": %.17g, \"orientation\": \"%s\", \"hash\": \"%s\", ",
           v->slope, v->inter, orientation, v->fields.hash);
    printf("\"extensions\": [");
    for (int i = 0; i < v->fields.extension_count; i++)
        printf("%s[%d, %" PRId64 "]", i ? ", " : "", v->fields.extensions[i].code,
               v->fields.extensions[i].size);
    printf("], \"affine\": [");
    for (int r = 0; r < 4; r++)
        for (int c = 0; c < 4; c++)
            printf("%s%.17g", r || c ? ", " : "", v->mm_from_ijk.m[r][c]);
    printf("]}\n");
}

static int dump(const char *in, const char *out, const char *series)
{
    pel_volume v;
    pel_read_params params = pel_read_defaults();
    params.series = series;
    if (pel_read_volume(&v, in, &params) != PEL_OK) {
        printf("{\"error\": true}\n");
        fprintf(stderr, "%s\n", pel_error());
        return 0;
    }
    FILE *file = fopen(out, "wb");
    size_t bytes = (size_t)pel_volume_bytes(&v);
    int failed = !file || fwrite(v.data, 1, bytes, file) != bytes;
    failed |= !file || fclose(file) != 0;
    if (!failed)
        print_volume(&v);
    pel_volume_free(&v);
    return failed;
}

int main(void)
{
    static char line[8192];
    pel_job job = pel_job_defaults();
    job.note = no_note;
    pel_job_use(&job);
    int failed = 0;
    while (!failed && fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        char *out = strchr(line, '\t');
        if (!out)
            return 2;
        *out++ = 0;
        char *series = strchr(out, '\t');
        if (series)
            *series++ = 0;
        failed = dump(line, out, series);
        fflush(stdout);
    }
    return failed || pel_memory_in_use() != 0;
}
