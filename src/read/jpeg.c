/* SPDX-License-Identifier: Apache-2.0 */
/* jpeg.c: JPEG pictures of 8 bits; wraps turbojpeg for this room. */
#include <string.h>
#include <turbojpeg.h>

#include "base/memory.h"
#include "base/status.h"
#include "read/flat.h"
#include "volume/volume.h"

enum { MOST_RATIO = 4096 };

static bool is(const pel__opening *opening, const uint8_t *head, int64_t count)
{
    (void)opening;
    return count >= 4 && memcmp(head, "\xff\xd8\xff", 3) == 0;
}

static pel_status damaged(tjhandle handle, const char *name)
{
    return pel__fail(PEL_EFORMAT,
                     "%s: cannot be decoded as JPEG: %s; the file is damaged or cut short: copy or "
                     "download it again",
                     name, handle ? tjGetErrorStr2(handle) : "no memory");
}

typedef struct about {
    int width, height, sampling, colours;
} about;

static pel_status read_header(tjhandle handle, const uint8_t *bytes, int64_t size, const char *name,
                              about *a)
{
    if (!handle || tjDecompressHeader3(handle, bytes, (unsigned long)size, &a->width, &a->height,
                                       &a->sampling, &a->colours) != 0)
        return damaged(handle, name);
    return PEL_OK;
}

static int channels_of(const about *a)
{
    return a->colours == TJCS_GRAY ? 1 : a->colours == TJCS_CMYK || a->colours == TJCS_YCCK ? 4 : 3;
}

// a warning is damage: libjpeg fills what is missing with grey
static pel_status decode(const pel_volume *shape, const uint8_t *bytes, int64_t size,
                         const char *name, void *out)
{
    static const int formats[] = { [1] = TJPF_GRAY, [3] = TJPF_RGB, [4] = TJPF_CMYK };
    about a;
    tjhandle handle = tjInitDecompress();
    pel_status s = read_header(handle, bytes, size, name, &a);
    if (s == PEL_OK && (a.width != shape->dims[0] || a.height != shape->dims[1] ||
                        channels_of(&a) != pel__volume_channels(shape)))
        s = pel__fail(PEL_EFORMAT, "%s: is no longer what it was", name);
    if (s == PEL_OK &&
        tjDecompress2(handle, bytes, (unsigned long)size, out, a.width, 0, a.height,
                      formats[channels_of(&a)], TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING) != 0)
        s = damaged(handle, name);
    if (handle)
        tjDestroy(handle);
    return s;
}

static pel_status open_jpeg(pel_source *out, pel__opening *opening)
{
    const char *name = opening->bytes->name;
    uint8_t *bytes;
    int64_t size;
    about a = { 0 };
    pel_status s = pel__bytes_all(opening->bytes, &bytes, &size, "a picture file");
    if (s != PEL_OK)
        return s;
    tjhandle handle = tjInitDecompress();
    s = read_header(handle, bytes, size, name, &a);
    if (handle)
        tjDestroy(handle);
    pel__free(bytes);
    if (s != PEL_OK)
        return s;
    pel__flat_shape(&out->shape, a.width, a.height, channels_of(&a), PEL_UINT8, "JPEG");
    if (channels_of(&a) == 4) {
        out->shape.meaning = PEL_SCALAR;
        pel__note("%s: its inks (cyan, magenta, yellow, black) are given as channels", name);
    }
    pel__note("%s: does not say how large a pixel is: 1x1x1; --spacing DX,DY,DZ sets it", name);
    return pel__flat_open(out, opening, decode, MOST_RATIO);
}

const pel__format pel__jpeg_format = { "JPEG", is, open_jpeg };
