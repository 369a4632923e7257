/* SPDX-License-Identifier: Apache-2.0 */
/* bench_write.c: how fast a volume is written, against libdeflate and python's gzip on the same
 * bytes.
 */
#include "bench.h"

#include <libdeflate.h>
#include <string.h>
#include <unistd.h>

// smooth anatomy with noise in the low bits, as a scanner gives it: packs to about a half
static void make_head(pel_volume *out)
{
    pel_volume raw;
    BENCH_OK(pel_phantom(&raw, "head?dims=160,160,160&noise=3"));
    BENCH_OK(pel_tone(out, &raw, "normalize; mul 4000"));
    pel_volume_free(&raw);
    raw = *out;
    BENCH_OK(pel_cast(out, &raw, PEL_INT16));
    pel_volume_free(&raw);
}

static void write_as(const pel_volume *volume, const char *path, int threads, double bytes)
{
    char name[64];
    pel_job job = pel_job_defaults();
    job.threads = threads;
    pel_job_use(&job);
    snprintf(name, sizeof name, "%s, %d threads", strrchr(path, '.') + 1, threads);
    BENCH(name, bytes, BENCH_OK(pel_write_volume(path, volume, NULL, NULL)));
    pel_job_use(NULL);
    unlink(path);
}

static void deflate_whole(const pel_volume *volume, int level, size_t bytes)
{
    char name[64];
    struct libdeflate_compressor *coder = libdeflate_alloc_compressor(level);
    size_t room = libdeflate_gzip_compress_bound(coder, bytes);
    void *out = malloc(room);
    if (!coder || !out)
        exit(1);
    size_t packed = 0;
    snprintf(name, sizeof name, "libdeflate level %d, one buffer", level);
    BENCH(name, (double)bytes,
          packed = libdeflate_gzip_compress(coder, volume->data, bytes, out, room));
    printf("%s,ratio,%.3f\n", name, (double)bytes / (double)packed);
    free(out);
    libdeflate_free_compressor(coder);
}

// as nibabel does by default: level 1
static void python_gzip(const pel_volume *volume, size_t bytes)
{
    FILE *file = fopen("bench_write.raw", "wb");
    if (!file || fwrite(volume->data, 1, bytes, file) != bytes || fclose(file) != 0)
        exit(1);
    fflush(stdout);
    int status = system("python3 -c \"import gzip, time\n"
                        "d = open('bench_write.raw', 'rb').read()\n"
                        "for level in 1, 6:\n"
                        "    t = time.time()\n"
                        "    n = len(gzip.compress(d, level))\n"
                        "    t = time.time() - t\n"
                        "    print('python gzip level %d,%.2f ms,%.0f MB/s,ratio %.3f'\n"
                        "          % (level, 1e3*t, 1e-6*len(d)/t, len(d)/n))\"");
    unlink("bench_write.raw");
    if (status != 0)
        printf("python gzip,skipped,no python3\n");
}

int main(void)
{
    pel_volume head;
    make_head(&head);
    size_t bytes = (size_t)pel_volume_bytes(&head);
    write_as(&head, "bench_write.nii", 1, (double)bytes);
    write_as(&head, "bench_write.npy", 1, (double)bytes);
    for (int threads = 1; threads <= 2; threads++)
        write_as(&head, "bench_write.nii.gz", threads, (double)bytes);
    deflate_whole(&head, (int)pel_write_defaults().gzip_level, bytes);
    deflate_whole(&head, 6, bytes);
    python_gzip(&head, bytes);
    pel_volume_free(&head);
    return 0;
}
