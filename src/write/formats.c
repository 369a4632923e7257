/* SPDX-License-Identifier: Apache-2.0 */
/* formats.c: the formats by their endings. A new one: its file, its line here, its line in
 * meson.build. */
#include <math.h>
#include <string.h>

#include "base/status.h"
#include "base/text.h"
#include "volume/volume.h"
#include "write/write.h"

typedef struct format {
    const char *ending;
    pel_status (*volume)(const pel__writing *what);
    int64_t (*memory)(const char *path, const pel_volume *shape);
    pel_status (*image)(const char *path, const pel_image *image);
} format;

static const format formats[] = {
    { ".nii", pel__write_nifti, pel__write_nifti_memory, pel__write_nifti_image },
    { ".nii.gz", pel__write_nifti, pel__write_nifti_memory, pel__write_nifti_image },
    { ".hdr", pel__write_nifti, pel__write_nifti_memory, NULL },
    { ".img", pel__write_nifti, pel__write_nifti_memory, NULL },
    { ".nrrd", pel__write_nrrd, pel__write_nrrd_memory, NULL },
    { ".nhdr", pel__write_nrrd, pel__write_nrrd_memory, NULL },
    { ".mha", pel__write_metaimage, pel__write_metaimage_memory, NULL },
    { ".mhd", pel__write_metaimage, pel__write_metaimage_memory, NULL },
    { ".mgh", pel__write_mgh, pel__write_mgh_memory, NULL },
    { ".mgz", pel__write_mgh, pel__write_mgh_memory, NULL },
    { ".npy", pel__write_npy, pel__write_npy_memory, pel__write_npy_image },
    { ".tif", pel__write_tiff, pel__write_tiff_memory, pel__write_tiff_image },
    { ".tiff", pel__write_tiff, pel__write_tiff_memory, pel__write_tiff_image },
    { ".exr", NULL, NULL, pel__write_exr_image },
    { ".png", NULL, NULL, pel__write_png_image },
};
enum { FORMATS = sizeof formats / sizeof *formats };

static const pel_param table[] = {
    PEL_CHOICE(pel_write_params, nifti, "auto", "auto|1|2",
               "NIfTI version; auto: 2 for long axes and what was 2, else 1"),
    PEL_INTEGER(pel_write_params, gzip_level, "5", 1, 12, NULL,
                "how hard .gz and TIFF are packed: 1 fast to 12 small"),
    PEL_CHOICE(pel_write_params, tiff, "deflate", "deflate|none|zstd",
               "how TIFF strips are packed"),
    PEL_CHOICE(pel_write_params, encoding, "gzip", "gzip|raw",
               "voxels of .nrrd .nhdr .mha .mhd: packed, or as they are"),
};
const pel_schema pel_write_schema = PEL_SCHEMA(pel_write_params, "write", "write a volume", table);

pel_write_params pel_write_defaults(void)
{
    pel_write_params params;
    pel_schema_defaults(&pel_write_schema, &params);
    return params;
}

static const format slices = { "/", pel__write_slices, pel__write_slices_memory, NULL };

// standard output is NIfTI; NULL: no such ending
static const format *find(const char *path)
{
    if (strcmp(path, "-") == 0)
        return &formats[0];
    for (int i = 0; i < FORMATS; i++)
        if (pel__ends_with(path, formats[i].ending))
            return &formats[i];
    return NULL;
}

// of a volume also a folder of slices
static const format *find_volume(const char *path)
{
    const format *f = pel__slices_are(path) ? &slices : find(path);
    return f && f->volume ? f : NULL;
}

bool pel_can_write_volume(const char *path)
{
    return find_volume(path);
}

bool pel_can_write_image(const char *path)
{
    const format *f = find(path);
    return f && f->image;
}

int64_t pel_write_memory(const char *path, const pel_volume *shape)
{
    const format *f = find_volume(path);
    // stacks of workers and pages of code that only writing touches
    enum { BESIDE = 1 << 20 };
    return f ? f->memory(path, shape) + BESIDE : -1;
}

static pel_status refuse(const char *path, const char *noun, const char *endings)
{
    return pel__fail(PEL_EPARAM, "%s: its ending is none that %s is written to; use one of %s",
                     path, noun, endings);
}

pel_status pel_write_source(const char *path, pel_source *source, const char *provenance,
                            const pel_write_params *params)
{
    pel__writing what = { path, source, provenance, params ? *params : pel_write_defaults() };
    pel_status s = pel_schema_check(&pel_write_schema, &what.params);
    if (s != PEL_OK)
        return s;
    if (!pel_can_write_volume(path))
        return refuse(path, "a volume",
                      ".nii .nii.gz .hdr .img .nrrd .nhdr .mha .mhd .mgh .mgz .npy .tif, or name a "
                      "folder of slices (folder/, folder/slice_%04d.png)");
    s = pel__volume_check_shape(&source->shape, path);
    return s == PEL_OK ? find_volume(path)->volume(&what) : s;
}

pel_status pel_write_volume(const char *path, const pel_volume *volume, const char *provenance,
                            const pel_write_params *params)
{
    pel_source source;
    pel_status s = pel_source_of_volume(&source, volume);
    if (s == PEL_OK)
        s = pel_write_source(path, &source, provenance, params);
    pel_source_close(&source);
    return s;
}

pel_status pel_write_image(const char *path, const pel_image *image)
{
    if (!pel_can_write_image(path))
        return refuse(path, "a picture", ".png .tif .npy .exr .nii .nii.gz");
    return find(path)->image(path, image);
}

pel_status pel_write_layer(const char *path, const pel_image *image, const char *name)
{
    for (int i = 0; i < image->layer_count; i++) {
        if (strcmp(image->layer[i].name, name) != 0)
            continue;
        pel_image view = *image;
        view.channels = image->layer[i].channels;
        view.dtype = PEL_FLOAT32;
        view.data = image->layer[i].data;
        view.scalar = view.channels == 1;
        view.slope = 1;
        view.inter = 0;
        // a view of one layer, which its metadata names
        view.layer_count = 1;
        view.layer[0] = image->layer[i];
        view.layer[0].data = NULL;
        return pel_write_image(path, &view);
    }
    return pel__fail(PEL_EPARAM, "%s: the picture has no layer '%s'", path, name);
}
