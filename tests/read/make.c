/* SPDX-License-Identifier: Apache-2.0 */
/* make.c: files for the readers' tests, made byte by byte. */
#include "make.h"

#include <dirent.h>
#include <libdeflate.h>
#include <unistd.h>

char make_notes[4096];
static pel_job listening;
static char folder[64], before[4096];

make_nifti_spec make_nifti_defaults(void)
{
    return (make_nifti_spec){
        .version = 1,
        .dims = { 3, 4, 3, 2, 1, 1, 1, 1 },
        .code = 4,
        .bits = 16,
        .offset = 352,
        .pixdim = { 1, 1.5, 2, 2.5, 1, 1, 1, 1 },
        .srow = { 1.5, 0, 0, -4, 0, 2, 0, -5, 0, 0, 2.5, -6 },
        .sform_code = 1,
        .units = 2,
    };
}

int64_t make_voxel_bytes(const make_nifti_spec *spec)
{
    int64_t bytes = spec->bits / 8;
    for (int a = 1; a <= spec->dims[0] && a < 8; a++)
        bytes *= abs(spec->dims[a]);
    return bytes;
}

uint8_t make_byte(int64_t i)
{
    return (uint8_t)(37 * i + 11);
}

static void put(uint8_t *out, int at, int bytes, uint64_t bits, bool big)
{
    for (int i = 0; i < bytes; i++)
        out[at + (big ? bytes - 1 - i : i)] = (uint8_t)(bits >> 8 * i);
}

static void put_real(uint8_t *out, int at, int bytes, double value, bool big)
{
    float single = (float)value;
    uint32_t low;
    uint64_t bits;
    memcpy(&low, &single, 4);
    memcpy(&bits, &value, 8);
    put(out, at, bytes, bytes == 4 ? low : bits, big);
}

static void put_reals(uint8_t *out, int at, int bytes, const double *value, int count, bool big)
{
    for (int i = 0; i < count; i++)
        put_real(out, at + bytes * i, bytes, value[i], big);
}

// where fields lie in each version
typedef struct places {
    int size, real, dim_bytes, dim, code, bits, pixdim, slope, inter, units, unit_bytes;
    int qform, sform, form_bytes, quatern, qoffset, srow, magic, magic_bytes;
} places;

static const places versions[] = {
    { 348, 4, 2, 40, 70, 72, 76, 112, 116, 123, 1, 252, 254, 2, 256, 268, 280, 344, 4 },
    { 540, 8, 8, 16, 12, 14, 104, 176, 184, 500, 4, 344, 348, 4, 352, 376, 400, 4, 8 },
};

// where the voxels are, which the header says too
static int64_t put_offset(uint8_t *out, const make_nifti_spec *s)
{
    double offset = s->pair ? 0 : s->version == 1 ? s->offset : s->offset + 192;
    offset += s->extension && !s->pair ? s->extension_bytes : 0;
    if (s->version == 1)
        put_real(out, 108, 4, offset, s->big);
    else
        put(out, 168, 8, (uint64_t)offset, s->big);
    return (int64_t)offset;
}

static int64_t put_header(uint8_t *out, const make_nifti_spec *s)
{
    static const char magics[2][2][9] = { { "n+1", "ni1" },
                                          { "n+2\0\r\n\032\n", "ni2\0\r\n\032\n" } };
    const places *p = &versions[s->version - 1];
    bool big = s->big;
    put(out, 0, 4, (uint64_t)p->size, big);
    for (int a = 0; a < 8; a++)
        put(out, p->dim + p->dim_bytes * a, p->dim_bytes, (uint64_t)(int64_t)s->dims[a], big);
    put(out, p->code, 2, (uint64_t)s->code, big);
    put(out, p->bits, 2, (uint64_t)s->bits, big);
    put_reals(out, p->pixdim, p->real, s->pixdim, 8, big);
    put_real(out, p->slope, p->real, s->slope, big);
    put_real(out, p->inter, p->real, s->inter, big);
    put(out, p->units, p->unit_bytes, (uint64_t)s->units, big);
    put(out, p->qform, p->form_bytes, (uint64_t)s->qform_code, big);
    put(out, p->sform, p->form_bytes, (uint64_t)s->sform_code, big);
    put_reals(out, p->quatern, p->real, s->quatern, 3, big);
    put_reals(out, p->qoffset, p->real, s->qoffset, 3, big);
    put_reals(out, p->srow, p->real, s->srow, 12, big);
    memcpy(out + p->magic, magics[s->version - 1][s->pair], (size_t)p->magic_bytes);
    return put_offset(out, s);
}

size_t make_nifti(uint8_t out[MAKE_MOST], const make_nifti_spec *s)
{
    int size = versions[s->version - 1].size;
    memset(out, 0, MAKE_MOST);
    int64_t offset = put_header(out, s), voxels = make_voxel_bytes(s);
    out[size] = s->extension != NULL;
    if (s->extension)
        memcpy(out + size + 4, s->extension, (size_t)s->extension_bytes);
    if (s->pair)
        return (size_t)(size + 4 + s->extension_bytes);
    for (int64_t i = 0; i < voxels; i++)
        out[offset + i] = make_byte(i);
    return (size_t)(offset + voxels);
}

size_t make_gzip(uint8_t *out, size_t room, const void *bytes, size_t size)
{
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);
    size_t packed = libdeflate_gzip_compress(c, bytes, size, out, room);
    libdeflate_free_compressor(c);
    assert_true(packed > 0);
    return packed;
}

void make_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

void make_enter(void)
{
    snprintf(folder, sizeof folder, "/tmp/pellucid-read-XXXXXX");
    assert_non_null(getcwd(before, sizeof before));
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
}

void make_leave(void)
{
    DIR *here = opendir(".");
    for (struct dirent *e; here && (e = readdir(here));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            assert_int_equal(unlink(e->d_name), 0);
    closedir(here);
    assert_int_equal(chdir(before), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void keep_note(void *user, const char *text)
{
    (void)user;
    size_t used = strlen(make_notes);
    snprintf(make_notes + used, sizeof make_notes - used, "%s\n", text);
}

void make_listen(void)
{
    listening = pel_job_defaults();
    listening.note = keep_note;
    *make_notes = 0;
    pel_job_use(&listening);
}

void make_quiet(void)
{
    pel_job_use(NULL);
}
