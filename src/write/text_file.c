/* SPDX-License-Identifier: Apache-2.0 */
/* text_file.c: a header of lines, and voxels behind it or in a file of their own. */
#include "write/text_file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/status.h"
#include "volume/volume.h"

static pel__outfile *file_of_voxels(pel__text_file *f)
{
    return f->apart ? &f->voxels : &f->header;
}

// head.nhdr -> head.raw.gz
static char *voxels_path(const pel__text_file *f)
{
    const char *path = f->what->path,
               *end = f->is_packed ? f->format->packed_end : f->format->raw_end;
    size_t length = strlen(path) - strlen(f->format->detached);
    char *out = malloc(length + strlen(end) + 1);
    if (out) {
        memcpy(out, path, length);
        memcpy(out + length, end, strlen(end) + 1);
    }
    return out;
}

static pel_status open_files(pel__text_file *f)
{
    pel_status s = pel__outfile_open(&f->header, f->what->path);
    if (s != PEL_OK || !f->apart)
        return s;
    char *path = voxels_path(f);
    const char *slash = path ? strrchr(path, '/') : NULL;
    f->voxels_name = pel__strdup(slash ? slash + 1 : path);
    s = f->voxels_name ? pel__outfile_open(&f->voxels, path)
                       : pel__fail(PEL_EMEMORY, "%s: no memory for its name", f->what->path);
    free(path);
    return s;
}

static pel_status put_head(pel__text_file *f, const char *hash, bool again)
{
    pel__text head = { 0 };
    char *provenance = pel__provenance_with_hash(f->what->provenance, hash);
    f->format->head(&head, f, provenance);
    pel_status s;
    if (head.failed || (f->what->provenance && !provenance))
        s = pel__fail(PEL_EMEMORY, "%s: no memory for its header", f->what->path);
    else
        s = again ? pel__outfile_patch(&f->header, 0, head.text, (int64_t)head.length)
                  : pel__outfile_write(&f->header, head.text, (int64_t)head.length);
    free(provenance);
    pel__text_free(&head);
    return s;
}

static pel_status take(void *user, void *slab, int64_t first, int64_t count)
{
    (void)first;
    pel__text_file *f = user;
    int64_t numbers =
        count * f->shape->dims[0] * f->shape->dims[1] * pel__volume_channels(f->shape);
    const void *values = pel__values_of(&f->values, slab, numbers);
    int64_t bytes = numbers * pel_dtype_bytes(f->values.to);
    return f->is_packed ? pel__packed_write(&f->packed, values, bytes)
                        : pel__outfile_write(file_of_voxels(f), values, bytes);
}

static pel_status put_voxels(pel__text_file *f)
{
    pel__outfile *to = file_of_voxels(f);
    int64_t from = to->written;
    pel_status s = PEL_OK;
    if (f->is_packed)
        s = pel__packed_open(&f->packed, to, f->format->gzip, f->what->params.gzip_level,
                             pel_volume_bytes(f->shape));
    if (s == PEL_OK)
        s = pel__pull(f->what->source, take, f);
    if (s == PEL_OK)
        s = pel__finish(f->what->source);
    if (s == PEL_OK && f->is_packed)
        s = pel__packed_end(&f->packed);
    f->packed_bytes = to->written - from;
    return s;
}

// the header names the voxels: an old one must not stand beside new voxels, even for a moment
static pel_status put_in_place(pel__text_file *f)
{
    if (!f->apart)
        return pel__outfile_commit(&f->header);
    pel_status s = pel__outfile_sync(&f->header);
    if (s == PEL_OK)
        s = pel__outfile_sync(&f->voxels);
    if (s != PEL_OK)
        return s;
    (void)unlink(f->header.path);
    s = pel__outfile_commit(&f->voxels);
    return s == PEL_OK ? pel__outfile_commit(&f->header) : s;
}

static pel_status write_all(pel__text_file *f)
{
    const char *known = f->shape->fields.hash;
    bool can_patch = f->header.temporary != NULL;
    bool needs_size = f->is_packed && f->format->needs_size;
    bool needs_hash = f->what->provenance && !*known && strstr(f->what->provenance, PEL_HASH_LATER);
    if (needs_size && !can_patch)
        return pel__fail(PEL_EUNSUPPORTED,
                         "%s: a packed %s tells its size at its start, where a pipe cannot go back "
                         "to; --encoding raw writes it",
                         f->what->path, f->format->name);
    pel_status s = put_head(f, known, false);
    if (s == PEL_OK)
        s = put_voxels(f);
    if (s == PEL_OK && can_patch && (needs_size || needs_hash))
        s = put_head(f, f->shape->fields.hash, true);
    if (s == PEL_OK)
        f->format->note_losses(f);
    return s == PEL_OK ? put_in_place(f) : s;
}

// those of the file where they still give the frames, else one
static void lay_out_frames(pel__text_file *f)
{
    int64_t frames = pel__volume_frames(f->shape), product = 1;
    for (int a = 0; a < 4; a++) {
        int64_t n = f->shape->fields.extra_dims[a] > 0 ? f->shape->fields.extra_dims[a] : 1;
        f->frames[a] = n;
        if (n > 1)
            f->frame_axes = a + 1;
        if (!pel__multiply(&product, product, n))
            product = -1;
    }
    if (product == frames)
        return;
    f->frames[0] = frames;
    f->frame_axes = frames > 1;
}

pel_status pel__text_file_write(const pel__text_format *format, const pel__writing *what)
{
    const pel_volume *shape = &what->source->shape;
    pel__text_file f = { .what = what, .shape = shape, .format = format };
    f.apart = pel__ends_with(what->path, format->detached);
    f.is_packed = what->params.encoding == PEL_ENCODING_GZIP;
    lay_out_frames(&f);
    pel_status s = pel__values_open(&f.values, shape, pel__values_type(shape));
    if (s == PEL_OK)
        s = open_files(&f);
    if (s == PEL_OK)
        s = write_all(&f);
    pel__packed_close(&f.packed);
    pel__values_close(&f.values);
    if (f.apart)
        pel__outfile_close(&f.voxels);
    pel__outfile_close(&f.header);
    free(f.voxels_name);
    return s;
}

int64_t pel__text_file_memory(const pel_volume *shape)
{
    pel_dtype to = pel__values_type(shape);
    return pel__slab_bytes(shape) + pel__values_memory(shape, to) +
           pel__packed_memory(pel_volume_bytes(shape));
}
