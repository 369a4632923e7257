/* SPDX-License-Identifier: Apache-2.0 */
/* bench_volume.c: write, read and tone a head of 1 mm voxels. */
#include <unistd.h>

#include "bench.h"

static void files(const pel_volume *head, double bytes, const char *ending)
{
    char path[64], name[64];
    snprintf(path, sizeof path, "bench_volume.%d%s", (int)getpid(), ending);
    snprintf(name, sizeof name, "write/%s", ending + 1);
    BENCH(name, bytes, BENCH_OK(pel_write_volume(path, head, NULL, NULL)));
    snprintf(name, sizeof name, "read/%s", ending + 1);
    BENCH(name, bytes, {
        pel_volume back;
        BENCH_OK(pel_read_volume(&back, path, NULL));
        pel_volume_free(&back);
    });
    unlink(path);
}

int main(void)
{
    pel_volume head;
    BENCH_OK(pel_phantom(&head, "head"));
    double bytes = (double)pel_volume_bytes(&head);
    files(&head, bytes, ".nii");
    files(&head, bytes, ".nii.gz");
    files(&head, bytes, ".npy");
    static const char *const steps[] = { "normalize", "seed", "equalize" };
    for (int i = 0; i < 3; i++)
        BENCH(steps[i], bytes, {
            pel_volume toned;
            BENCH_OK(pel_tone(&toned, &head, steps[i]));
            pel_volume_free(&toned);
        });
    pel_volume_free(&head);
    return 0;
}
