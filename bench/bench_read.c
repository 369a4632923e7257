/* SPDX-License-Identifier: Apache-2.0 */
/* bench_read.c: a .nii.gz head whole into memory, against the bare inflate of the same bytes by
 * ISA-L and libdeflate. FILE... on the command line; else a head made here. */
#include "bench.h"

#include <isa-l/igzip_lib.h>
#include <libdeflate.h>
#include <string.h>
#include <sys/stat.h>

static void fail(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static uint8_t *load(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    struct stat about;
    if (!file || fstat(fileno(file), &about) != 0)
        fail(path);
    *size = (size_t)about.st_size;
    uint8_t *bytes = malloc(*size);
    if (!bytes || fread(bytes, 1, *size, file) != *size)
        fail(path);
    fclose(file);
    return bytes;
}

// whole, one member, with its checksum verified, as the reader does
static void by_isal(uint8_t *out, size_t room, uint8_t *in, size_t size)
{
    static struct inflate_state state;
    isal_inflate_init(&state);
    state.crc_flag = ISAL_GZIP;
    state.next_in = in;
    state.avail_in = (uint32_t)size;
    state.next_out = out;
    state.avail_out = (uint32_t)room;
    if (isal_inflate(&state) != ISAL_DECOMP_OK || state.block_state != ISAL_BLOCK_FINISH)
        fail("ISA-L: cannot inflate");
}

static void by_libdeflate(uint8_t *out, size_t room, const uint8_t *in, size_t size)
{
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    size_t got;
    if (libdeflate_gzip_decompress(d, in, size, out, room, &got) != LIBDEFLATE_SUCCESS)
        fail("libdeflate: cannot inflate");
    libdeflate_free_decompressor(d);
}

static void bench_file(const char *path)
{
    size_t size;
    uint8_t *bytes = load(path, &size), *out;
    pel_volume v;
    BENCH_OK(pel_read_volume(&v, path, NULL));
    // everything that inflate gives: header and voxels; a little more room than that
    double whole = (double)pel_volume_bytes(&v) + 352;
    size_t room = (size_t)pel_volume_bytes(&v) + (1 << 20);
    pel_volume_free(&v);
    printf("# %s\n", path);
    // memory comes fresh in every round, as it does for the reader
    BENCH("read/pellucid", whole, {
        BENCH_OK(pel_read_volume(&v, path, NULL));
        pel_volume_free(&v);
    });
    BENCH("read/isal", whole, {
        out = malloc(room);
        by_isal(out, room, bytes, size);
        free(out);
    });
    BENCH("read/libdeflate", whole, {
        out = malloc(room);
        by_libdeflate(out, room, bytes, size);
        free(out);
    });
    pel_source source;
    pel_stats stats;
    BENCH("stats/pellucid", whole, {
        BENCH_OK(pel_open_volume(&source, path, NULL));
        BENCH_OK(pel_source_stats(&stats, &source));
        pel_source_close(&source);
    });
    free(bytes);
}

int main(int count, char **paths)
{
    if (count > 1) {
        for (int i = 1; i < count; i++)
            bench_file(paths[i]);
        return 0;
    }
    pel_volume head;
    pel_write_params params = pel_write_defaults();
    pel_input_params input = pel_input_defaults();
    BENCH_OK(pel_input_read(&head, "phantom:head", &input, false));
    BENCH_OK(pel_write_volume("bench_read.nii.gz", &head, NULL, &params));
    pel_volume_free(&head);
    bench_file("bench_read.nii.gz");
    return remove("bench_read.nii.gz");
}
