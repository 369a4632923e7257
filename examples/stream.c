/* SPDX-License-Identifier: Apache-2.0 */
/* stream.c: range and mean of a scan of any size, a few slices in memory at a time: stream [SCAN].
 */
#include <stdio.h>

#include <pellucid/pellucid.h>

static void show(void *user, const char *step, double fraction)
{
    (void)user;
    fprintf(stderr, "\r%s %3.0f%%", step, 100 * fraction);
}

int main(int count, char **words)
{
    pel_job job = pel_job_defaults();
    job.progress = show;
    pel_job_use(&job);

    pel_input_params params = pel_input_defaults();
    pel_source scan;
    pel_stats stats;
    pel_status s = pel_input_open(&scan, count > 1 ? words[1] : "phantom:torus", &params);
    if (s == PEL_OK)
        s = pel_source_stats(&stats, &scan);
    if (s == PEL_OK)
        printf("%g to %g, mean %.3f, %lld voxels\n", stats.min, stats.max, stats.mean,
               (long long)stats.count);
    else
        fprintf(stderr, "stream: %s\n", pel_error());
    pel_source_close(&scan);
    return s == PEL_OK ? 0 : 1;
}
