/* SPDX-License-Identifier: Apache-2.0 */
/* write_samples.c: write volumes and pictures of known content into a folder, for other programs to
 * read. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pellucid/pellucid.h>

enum { NX = 5, NY = 4, NZ = 3 };

static const char *folder;

static pel_status put(const pel_volume *volume, const char *name, const char *provenance, int nifti)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    pel_write_params params = pel_write_defaults();
    params.nifti = nifti;
    return pel_write_volume(path, volume, provenance, &params);
}

// number n of every volume is n % 100 in its own type
static pel_status fill(pel_volume *out, pel_dtype dtype, int channels, int64_t frames)
{
    pel_volume like = { .dims = { NX, NY, NZ }, .channels = channels, .frames = frames };
    pel_status s = pel_volume_like(out, &like, dtype);
    for (int64_t n = 0; s == PEL_OK && n < NX * NY * NZ * channels * frames; n++) {
        int64_t integer = n % 100;
        float single = (float)integer;
        double real = (double)integer;
        char *to = (char *)out->data + n * pel_dtype_bytes(dtype);
        const void *from = dtype == PEL_FLOAT32   ? (const void *)&single
                           : dtype == PEL_FLOAT64 ? (const void *)&real
                                                  : (const void *)&integer;
        memcpy(to, from, (size_t)pel_dtype_bytes(dtype));
    }
    out->oriented = out->unit_known = true;
    out->mm_from_ijk = (pel_affine){
        { { 0.9, 0.1, 0, -10 }, { -0.1, 0.9, 0, -20 }, { 0, 0, 2.5, -30 }, { 0, 0, 0, 1 } }
    };
    return s;
}

static pel_status write_types(void)
{
    static const char *const endings[] = { "nii", "nii.gz", "hdr", "npy", "v2.nii" };
    pel_status s = PEL_OK;
    for (int t = 0; s == PEL_OK && t < PEL_DTYPE_COUNT; t++) {
        pel_volume v;
        s = fill(&v, (pel_dtype)t, 1, 1 + t % 2);
        for (int e = 0; s == PEL_OK && e < 5; e++) {
            char name[64];
            snprintf(name, sizeof name, "type_%s.%s", pel_dtype_name((pel_dtype)t), endings[e]);
            s = put(&v, name, NULL, e == 4 ? PEL_NIFTI_2 : PEL_NIFTI_AUTO);
        }
        pel_volume_free(&v);
    }
    return s;
}

static pel_status write_channels(void)
{
    static const struct {
        const char *name;
        pel_meaning meaning;
        int channels;
        pel_dtype dtype;
    } cases[] = {
        { "rgb", PEL_RGB, 3, PEL_UINT8 },
        { "rgba", PEL_RGBA, 4, PEL_UINT8 },
        { "complex64", PEL_COMPLEX, 2, PEL_FLOAT32 },
        { "complex128", PEL_COMPLEX, 2, PEL_FLOAT64 },
        { "vector", PEL_SCALAR, 3, PEL_FLOAT32 },
    };
    pel_status s = PEL_OK;
    for (int c = 0; s == PEL_OK && c < 5; c++) {
        pel_volume v;
        char name[64];
        s = fill(&v, cases[c].dtype, cases[c].channels, 2);
        v.meaning = cases[c].meaning;
        snprintf(name, sizeof name, "channels_%s.nii.gz", cases[c].name);
        if (s == PEL_OK)
            s = put(&v, name, NULL, PEL_NIFTI_AUTO);
        snprintf(name, sizeof name, "channels_%s.npy", cases[c].name);
        if (s == PEL_OK)
            s = put(&v, name, NULL, PEL_NIFTI_AUTO);
        pel_volume_free(&v);
    }
    return s;
}

// the 48 ways that axes can lie, straight and oblique; what each affine is goes into a text file
static pel_status write_orders(void)
{
    static const int order[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
                                     { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
    static const double spacing[3] = { 0.5, 1.25, 3 };
    char path[512];
    snprintf(path, sizeof path, "%s/orders.txt", folder);
    FILE *list = fopen(path, "w");
    pel_status s = list ? PEL_OK : PEL_EIO;
    pel_affine turn = {
        { { 0.96, -0.28, 0, 5 }, { 0.28, 0.96, 0, -7 }, { 0, 0, 1, 9 }, { 0, 0, 0, 1 } }
    };
    for (int n = 0; s == PEL_OK && n < 96; n++) {
        pel_volume v;
        s = fill(&v, PEL_UINT8, 1, 1);
        pel_affine a = { { { 0, 0, 0, -11 }, { 0, 0, 0, 12 }, { 0, 0, 0, 13 }, { 0, 0, 0, 1 } } };
        for (int c = 0; c < 3; c++)
            a.m[order[n / 8 % 6][c]][c] = (n >> c & 1 ? -1 : 1) * spacing[c];
        v.mm_from_ijk = n < 48 ? a : pel_affine_multiply(turn, a);
        char name[64];
        snprintf(name, sizeof name, "order_%02d.nii", n);
        if (s == PEL_OK)
            s = put(&v, name, NULL, PEL_NIFTI_AUTO);
        fprintf(list, "%s", name);
        for (int i = 0; i < 12; i++)
            fprintf(list, " %.17g", v.mm_from_ijk.m[i / 4][i % 4]);
        fprintf(list, "\n");
        pel_volume_free(&v);
    }
    if (list)
        fclose(list);
    return s;
}

static pel_status write_fields(void)
{
    pel_volume v;
    uint8_t note[5] = "hello";
    pel_extension extension = { 44, sizeof note, note };
    pel_status s = fill(&v, PEL_INT16, 1, 1);
    v.slope = 0.5;
    v.inter = -7;
    snprintf(v.fields.description, sizeof v.fields.description, "what it is");
    snprintf(v.fields.intent_name, sizeof v.fields.intent_name, "t map");
    v.fields.intent_code = 3;
    v.fields.intent[0] = 12;
    v.fields.display_lo = 2;
    v.fields.display_hi = 40;
    v.fields.extensions = &extension;
    v.fields.extension_count = 1;
    if (s == PEL_OK)
        s = put(&v, "fields.nii.gz", "{\"pellucid\":\"x\"}", PEL_NIFTI_AUTO);
    v.mm_from_ijk.m[0][1] = 0.4;
    if (s == PEL_OK)
        s = put(&v, "sheared.nii", NULL, PEL_NIFTI_AUTO);
    v.oriented = false;
    if (s == PEL_OK)
        s = put(&v, "unknown.nii", NULL, PEL_NIFTI_AUTO);
    v.fields.extensions = NULL;
    v.fields.extension_count = 0;
    pel_volume_free(&v);
    return s;
}

// long enough for several batches of gzip members
static pel_status write_large(void)
{
    pel_volume like = { .dims = { 300, 300, 150 }, .oriented = true }, v;
    pel_status s = pel_volume_like(&v, &like, PEL_UINT8);
    for (int64_t n = 0; s == PEL_OK && n < 300 * 300 * 150; n++)
        ((uint8_t *)v.data)[n] = (uint8_t)((n * n >> 7) & (n >> 11));
    if (s == PEL_OK)
        s = put(&v, "large.nii.gz", NULL, PEL_NIFTI_AUTO);
    pel_volume_free(&v);
    pel_volume wide = { .dims = { 40000, 1, 1 }, .oriented = true };
    if (s == PEL_OK)
        s = pel_volume_like(&v, &wide, PEL_UINT8);
    if (s == PEL_OK)
        s = put(&v, "wide.nii", NULL, PEL_NIFTI_AUTO);
    pel_volume_free(&v);
    return s;
}

static pel_status write_pictures(void)
{
    pel_status s = PEL_OK;
    char path[512];
    for (int n = 0; s == PEL_OK && n < 8; n++) {
        pel_image image;
        s = pel_image_new(&image, 7, 5, 1 + n % 4, n < 4 ? PEL_UINT8 : PEL_UINT16);
        for (int i = 0; s == PEL_OK && i < 35 * image.channels; i++)
            if (n < 4)
                ((uint8_t *)image.data)[i] = (uint8_t)(3 * i);
            else
                ((uint16_t *)image.data)[i] = (uint16_t)(911 * i);
        image.mm_per_pixel = 0.2;
        snprintf(path, sizeof path, "%s/picture_%d_%d.png", folder, n < 4 ? 8 : 16, 1 + n % 4);
        if (s == PEL_OK)
            s = pel_write_image(path, &image);
        snprintf(path, sizeof path, "%s/picture_%d_%d.npy", folder, n < 4 ? 8 : 16, 1 + n % 4);
        if (s == PEL_OK)
            s = pel_write_image(path, &image);
        float *layer;
        if (s == PEL_OK)
            s = pel_image_add_layer(&image, "position", 3, &layer);
        for (int i = 0; s == PEL_OK && i < 35 * 3; i++)
            layer[i] = (float)i;
        snprintf(path, sizeof path, "%s/layer.nii.gz", folder);
        if (s == PEL_OK)
            s = pel_write_layer(path, &image, "position");
        pel_image_free(&image);
    }
    return s;
}

int main(int count, char **words)
{
    if (count != 2) {
        fprintf(stderr, "usage: write_samples FOLDER\n");
        return 2;
    }
    folder = words[1];
    pel_status (*const steps[])(void) = { write_types,  write_channels, write_orders,
                                          write_fields, write_large,    write_pictures };
    for (int i = 0; i < 6; i++)
        if (steps[i]() != PEL_OK) {
            fprintf(stderr, "write_samples: %s\n", pel_error());
            return 1;
        }
    return 0;
}
