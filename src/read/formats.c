/* SPDX-License-Identifier: Apache-2.0 */
/* formats.c: the formats that are read, and kind words for those that are not. */
#include "read/formats.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "base/text.h"
#include "read/flat.h"

// raw first: it is said on the command line; DICOM before TIFF, which its preamble may be; Analyze
// last: it has no magic
const pel__format *const pel__formats[] = {
    &pel__raw,         &pel__nifti,       &pel__npy,       &pel__dicom_format,
    &pel__tiff_format, &pel__nrrd_format, &pel__metaimage, &pel__mgh,
    &pel__png_format,  &pel__jpeg_format, &pel__analyze,   NULL
};

const char *const pel__format_endings[] = { ".nii",  ".hdr",  ".img",  ".npy", ".tif", ".tiff",
                                            ".nrrd", ".nhdr", ".mha",  ".mhd", ".mgh", ".mgz",
                                            ".png",  ".jpg",  ".jpeg", NULL };

bool pel__formats_know(const char *name)
{
    char base[4096];
    size_t length = strlen(name);
    if (pel__ends_with(name, ".gz"))
        length -= 3;
    snprintf(base, sizeof base, "%.*s", (int)length, name);
    for (int i = 0; pel__format_endings[i]; i++)
        if (pel__ends_with(base, pel__format_endings[i]))
            return true;
    return false;
}

/* a format that is recognised so that a person gets advice: by bytes at a place, or by ending */
typedef struct stranger {
    const char *name, *advice;
    int at;
    const char *magic;
    int length;
    const char *endings[4];
} stranger;

static const stranger strangers[] = {
    { "MINC 1", "mnc2nii makes NIfTI of it", 0, "CDF", 3, { 0 } },
    { "MINC 2 or HDF5", "mnc2nii makes NIfTI of MINC", 0, "\x89HDF", 4, { ".mnc", ".h5" } },
    { "AFNI", "3dAFNItoNIFTI makes NIfTI of it", 0, "type = ", 7, { ".head", ".brik" } },
    { "Philips PAR/REC",
      "dcm2niix or parrec2nii make NIfTI of it",
      0,
      "# === DATA DESCR",
      16,
      { ".par", ".rec" } },
    { "Interfile", "(X)MedCon makes NIfTI of it", 0, "!INTERFILE", 10, { ".v", ".hv" } },
    { "a mesh",
      "pellucid render draws it, and mesh and info take it, by the ending of its name",
      0,
      "ply",
      3,
      { ".ply", ".stl", ".obj", ".gii" } },
};

static bool has_ending(const stranger *s, const char *name)
{
    for (int e = 0; e < 4 && s->endings[e]; e++)
        if (pel__ends_with(name, s->endings[e]))
            return true;
    return false;
}

static const stranger *recognise(const char *name, const uint8_t *head, int64_t count)
{
    enum { N = sizeof strangers / sizeof *strangers };
    for (int i = 0; i < N; i++) {
        const stranger *s = &strangers[i];
        if (count >= s->at + s->length && memcmp(head + s->at, s->magic, (size_t)s->length) == 0)
            return s;
    }
    for (int i = 0; i < N; i++)
        if (has_ending(&strangers[i], name))
            return &strangers[i];
    return NULL;
}

static bool is_text(const uint8_t *head, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (!isprint(head[i]) && !isspace(head[i]))
            return false;
    return count > 0;
}

pel_status pel__formats_refuse(const pel__opening *opening, const uint8_t *head, int64_t count)
{
    const char *name = opening->bytes->name;
    const stranger *s = recognise(opening->name, head, count);
    if (count == 0)
        return pel__fail(PEL_EFORMAT, "%s: is empty; copy or download it again", name);
    if (s)
        return pel__fail(PEL_EUNSUPPORTED, "%s: is %s, which is not read as a volume; %s", name,
                         s->name, s->advice);
    if (is_text(head, count))
        return pel__fail(PEL_EFORMAT,
                         "%s: is text, no image volume; NIfTI, Analyze 7.5, NRRD, MetaImage, MGH, "
                         "DICOM, TIFF and npy are read",
                         name);
    return pel__fail(PEL_EFORMAT,
                     "%s: is no NIfTI, Analyze 7.5, NRRD, MetaImage, MGH, DICOM, TIFF or npy file, "
                     "or its header is damaged; "
                     "headerless data needs --raw 256x256x128,int16,le",
                     name);
}
