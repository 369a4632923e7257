/* SPDX-License-Identifier: Apache-2.0 */
/* bench_stack.c: slices from TIFF into memory, and back into a file: PATH... (a stack or a folder)
 * on the command line; else a stack of 512 slices of 512x512, 16 bit, made here. */
#include "bench.h"

#include <string.h>

static void bench_path(const char *path)
{
    pel_volume v;
    char name[256];
    const char *last = strrchr(path, '/');
    last = last && last[1] ? last + 1 : path;
    BENCH_OK(pel_read_volume(&v, path, NULL));
    double bytes = (double)pel_volume_bytes(&v);
    pel_volume_free(&v);
    snprintf(name, sizeof name, "read/%.200s", last);
    BENCH(name, bytes, {
        BENCH_OK(pel_read_volume(&v, path, NULL));
        pel_volume_free(&v);
    });
}

static void bench_write(const char *path, const pel_volume *v, int packing)
{
    char name[256];
    pel_write_params params = pel_write_defaults();
    params.tiff = packing;
    params.gzip_level = 1;
    snprintf(name, sizeof name, "write/%.200s", path);
    BENCH(name, (double)pel_volume_bytes(v),
          { BENCH_OK(pel_write_volume(path, v, NULL, &params)); });
}

int main(int count, char **paths)
{
    pel_volume v;
    static const struct {
        const char *path;
        int packing;
    } files[] = {
        { "bench_stack_raw.tif", PEL_TIFF_NONE },
        { "bench_stack_deflate.tif", PEL_TIFF_DEFLATE },
    };
    for (int i = 1; i < count; i++)
        bench_path(paths[i]);
    if (count > 1)
        return 0;
    pel_input_params input = pel_input_defaults();
    bool once = getenv("PELLUCID_BENCH_ONCE");
    BENCH_OK(pel_input_read(
        &v, once ? "phantom:head?dims=32,32,32" : "phantom:head?dims=512,512,512", &input, false));
    for (int i = 0; i < 2; i++) {
        bench_write(files[i].path, &v, files[i].packing);
        bench_path(files[i].path);
        remove(files[i].path);
    }
    pel_volume_free(&v);
    return 0;
}
