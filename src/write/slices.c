/* SPDX-License-Identifier: Apache-2.0 */
/* slices.c: a volume as a folder of numbered TIFF or PNG files. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/outfolder.h"
#include "base/status.h"
#include "base/text.h"
#include "volume/volume.h"
#include "write/tiff.h"
#include "write/values.h"
#include "write/write.h"

enum { NAME = 4096, MOST_WIDTH = 18 };

/* how files are called: `before`, a number of at least `width` digits, `after` */
typedef struct pattern {
    char folder[NAME], before[256], after[32];
    int width;
} pattern;

typedef struct writer {
    const pel__writing *what;
    const pel_volume *shape;
    pattern names;
    bool png;
    pel__outfolder folder;
    pel__values values;  // as numbers go into the files
    uint8_t *first;      // owned; slice 0, which is written last, when all is known
    const uint8_t *slab; // as the files have it
    int64_t slab_first;
} writer;

/* ---- names ---- */

// name_%04d.tif; false: it is none
static bool parse_name(pattern *out, const char *name)
{
    const char *at = strchr(name, '%'), *end;
    if (!at || strchr(at + 1, '%'))
        return false;
    end = at + 1 + strspn(at + 1, "0123456789");
    if (*end != 'd' || end - at > 3 ||
        !(pel__ends_with(end, ".tif") || pel__ends_with(end, ".tiff") ||
          pel__ends_with(end, ".png")) ||
        strlen(end + 1) >= sizeof out->after || (size_t)(at - name) >= sizeof out->before)
        return false;
    out->width = atoi(at + 1);
    snprintf(out->before, sizeof out->before, "%.*s", (int)(at - name), name);
    snprintf(out->after, sizeof out->after, "%s", end + 1);
    return out->width <= MOST_WIDTH;
}

static bool parse_path(pattern *out, const char *path)
{
    struct stat about;
    size_t length = strlen(path);
    const char *slash = strrchr(path, '/');
    if (length == 0 || length >= NAME || strcmp(path, "-") == 0)
        return false;
    if (path[length - 1] == '/' || (stat(path, &about) == 0 && S_ISDIR(about.st_mode))) {
        *out = (pattern){ .before = "slice_", .after = ".tif", .width = 4 };
        snprintf(out->folder, sizeof out->folder, "%s", path);
        return true;
    }
    *out = (pattern){ .folder = "." };
    if (slash)
        snprintf(out->folder, sizeof out->folder, "%.*s", slash == path ? 1 : (int)(slash - path),
                 path);
    return parse_name(out, slash ? slash + 1 : path);
}

bool pel__slices_are(const char *path)
{
    pattern names;
    return parse_path(&names, path);
}

// an earlier slice of this name
static bool is_ours(const void *user, const char *name)
{
    const pattern *p = user;
    size_t before = strlen(p->before), length = strlen(name);
    if (length <= before || strncmp(name, p->before, before) != 0)
        return false;
    size_t digits = strspn(name + before, "0123456789");
    return digits > 0 && strcmp(name + before + digits, p->after) == 0;
}

/* ---- slices ---- */

static pel_status write_slice(const writer *w, int64_t slice, const void *numbers,
                              const char *provenance)
{
    char name[NAME];
    snprintf(name, sizeof name, "%s%0*lld%s", w->names.before, w->names.width, (long long)slice,
             w->names.after);
    char *path = pel__outfolder_file(&w->folder, name);
    if (!path)
        return pel__fail(PEL_EMEMORY, "%s: no memory for its name", name);
    pel__writing file = { .path = path, .provenance = provenance, .params = w->what->params };
    pel_status s = w->png ? pel__write_png_slice(&file, w->shape, numbers)
                          : pel__write_tiff_slice(&file, w->shape, w->values.to, numbers);
    free(path);
    return s;
}

static int64_t numbers_in_slice(const writer *w)
{
    return w->shape->dims[0] * w->shape->dims[1] * pel__volume_channels(w->shape);
}

static pel_status put_slice(void *user, int64_t item)
{
    writer *w = user;
    int64_t bytes = numbers_in_slice(w) * pel_dtype_bytes(w->values.to);
    const uint8_t *numbers = w->slab + item * bytes;
    if (w->slab_first + item > 0)
        return write_slice(w, w->slab_first + item, numbers, NULL);
    memcpy(w->first, numbers, (size_t)bytes);
    return PEL_OK;
}

static pel_status take(void *user, void *slab, int64_t first, int64_t count)
{
    writer *w = user;
    w->slab = pel__values_of(&w->values, slab, count * numbers_in_slice(w));
    w->slab_first = first;
    return pel__parallel(count, put_slice, w, NULL);
}

static pel_status put_first(const writer *w)
{
    const char *made = w->what->provenance, *hash = w->what->source->shape.fields.hash;
    char *provenance = pel__provenance_with_hash(made, hash);
    pel_status s = made && !provenance ? pel__fail(PEL_EMEMORY, "no memory for provenance")
                                       : write_slice(w, 0, w->first, provenance);
    free(provenance);
    return s;
}

/* ---- what can be written ---- */

static pel_status check_png(const char *path, const pel_volume *shape)
{
    if (shape->dtype != PEL_UINT8 && shape->dtype != PEL_UINT16)
        return pel__fail(PEL_EUNSUPPORTED,
                         "%s: PNG holds uint8 and uint16, and this volume is %s; name slices .tif, "
                         "or choose with --dtype",
                         path, pel_dtype_name(shape->dtype));
    if (pel__values_scaled(shape))
        return pel__fail(PEL_EUNSUPPORTED,
                         "%s: PNG holds no scale; name slices .tif, or apply it with --dtype "
                         "uint16",
                         path);
    if (pel__volume_channels(shape) > 1 && shape->meaning != PEL_RGB && shape->meaning != PEL_RGBA)
        return pel__fail(PEL_EUNSUPPORTED,
                         "%s: PNG holds one channel or colours, and this volume has %lld channels; "
                         "name slices .tif, or choose one with --channel",
                         path, (long long)pel__volume_channels(shape));
    return PEL_OK;
}

static pel_status check(const writer *w)
{
    int64_t frames = pel__volume_frames(w->shape);
    if (frames > 1)
        return pel__fail(PEL_EUNSUPPORTED,
                         "%s: has %lld frames, and slices of a folder have none; choose one with "
                         "--frame",
                         w->what->path, (long long)frames);
    return w->png ? check_png(w->what->path, w->shape) : PEL_OK;
}

static void note_losses(const writer *w)
{
    char axes[8];
    pel_volume_orientation(w->shape, axes);
    if (!w->png)
        pel__tiff_note_losses(w->what->path, w->shape);
    else if (w->shape->oriented)
        pel__note("%s: PNG holds no orientation: axes %s and the origin are left out; use .nii to "
                  "keep them",
                  w->what->path, axes);
}

pel_status pel__write_slices(const pel__writing *what)
{
    const pel_volume *shape = &what->source->shape;
    writer w = { .what = what, .shape = shape };
    if (!parse_path(&w.names, what->path))
        return pel__fail(PEL_EPARAM, "%s: names no folder of slices", what->path);
    w.png = pel__ends_with(w.names.after, ".png");
    pel_status s = check(&w);
    if (s == PEL_OK)
        s = pel__outfolder_open(&w.folder, w.names.folder, is_ours, &w.names);
    if (s == PEL_OK)
        s = pel__values_open(&w.values, shape, pel__values_type(shape));
    if (s == PEL_OK)
        s = pel__alloc(&w.first, numbers_in_slice(&w), pel_dtype_bytes(w.values.to), "a slice");
    if (s == PEL_OK)
        s = pel__pull(what->source, take, &w);
    if (s == PEL_OK)
        s = pel__finish(what->source);
    if (s == PEL_OK)
        s = put_first(&w);
    if (s == PEL_OK)
        s = pel__outfolder_commit(&w.folder);
    if (s == PEL_OK)
        note_losses(&w);
    pel__values_close(&w.values);
    pel__free(w.first);
    pel__outfolder_close(&w.folder);
    return s;
}

int64_t pel__write_slices_memory(const char *path, const pel_volume *shape)
{
    // libpng's own, and zlib's
    enum { ENCODER = 512 << 10 };
    pattern names;
    bool png = parse_path(&names, path) && pel__ends_with(names.after, ".png");
    int64_t slice = pel__slab_bytes(shape) / pel__slab_slices(shape), threads = pel__threads();
    int64_t row = slice / shape->dims[1];
    int64_t written =
        slice / pel_dtype_bytes(shape->dtype) * pel_dtype_bytes(pel__values_type(shape));
    return pel__slab_bytes(shape) + pel__values_memory(shape, pel__values_type(shape)) + written +
           threads * (png ? ENCODER + 4 * row : pel__write_tiff_slice_memory(shape) + ENCODER);
}
