/* SPDX-License-Identifier: Apache-2.0 */
/* nifti.c: NIfTI-1 and -2: single files, gzipped ones, and pairs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "volume/volume.h"
#include "write/nifti_head.h"
#include "write/stream.h"
#include "write/write.h"

// one file being written: `header` is the voxels' file too, but for a pair
typedef struct writer {
    const pel__writing *what;
    pel__nifti_layout layout;
    const pel_volume *shape;
    pel__stream voxels, pair;
    pel__stream *header;
} writer;

static bool is_pair(const char *path)
{
    return pel__ends_with(path, ".hdr") || pel__ends_with(path, ".img");
}

static int level_for(const char *path, int64_t level)
{
    return pel__ends_with(path, ".gz") ? (int)level : 0;
}

// the partner of a pair keeps the case of its ending
static char *partner_name(const char *path, const char *ending)
{
    size_t length = strlen(path);
    char *name = pel__strdup(path);
    bool upper = path[length - 1] >= 'A' && path[length - 1] <= 'Z';
    for (size_t i = 0; name && i < 3; i++)
        name[length - 3 + i] = (char)(upper ? ending[i] - 'a' + 'A' : ending[i]);
    return name;
}

static pel_status open_pair(writer *w)
{
    char *header = partner_name(w->what->path, "hdr"), *voxels = partner_name(w->what->path, "img");
    pel_status s = header && voxels
                       ? pel__stream_open(&w->pair, header, 0, 0)
                       : pel__fail(PEL_EMEMORY, "%s: no memory for its name", w->what->path);
    if (s == PEL_OK)
        s = pel__stream_open(&w->voxels, voxels, 0, 0);
    w->header = &w->pair;
    free(header);
    free(voxels);
    return s;
}

static pel_status open_files(writer *w)
{
    const pel__writing *what = w->what;
    if (is_pair(what->path))
        return open_pair(w);
    w->header = &w->voxels;
    return pel__stream_open(&w->voxels, what->path, level_for(what->path, what->params.gzip_level),
                            pel_volume_bytes(w->shape));
}

static pel_status put_head(writer *w, const char *hash, bool again)
{
    pel__text head = { 0 };
    char *provenance = pel__provenance_with_hash(w->what->provenance, hash);
    pel_status s = PEL_OK;
    pel__nifti_head(&head, &w->layout, w->shape, provenance);
    if (head.failed || (w->what->provenance && !provenance))
        s = pel__fail(PEL_EMEMORY, "%s: no memory for its header", w->what->path);
    else
        s = again ? pel__stream_rehead(w->header, head.text, (int64_t)head.length)
                  : pel__stream_head(w->header, head.text, (int64_t)head.length);
    free(provenance);
    pel__text_free(&head);
    return s;
}

static pel_status put_rest(writer *w)
{
    pel__text rest = { 0 };
    pel__nifti_rest(&rest, w->shape);
    pel_status s = rest.failed
                       ? pel__fail(PEL_EMEMORY, "%s: no memory for its header", w->what->path)
                       : pel__stream_write(w->header, rest.text, (int64_t)rest.length);
    pel__text_free(&rest);
    return s;
}

static pel_status take(void *user, void *slab, int64_t first, int64_t count)
{
    (void)first;
    writer *w = user;
    int64_t channels = w->layout.planar ? pel__volume_channels(w->shape) : 1;
    int64_t bytes = count * pel_source_slice_bytes(w->what->source) / channels;
    return pel__stream_write(&w->voxels, slab, bytes);
}

static pel_status put_voxels(writer *w)
{
    pel_source *source = w->what->source;
    if (!w->layout.planar)
        return pel__pull(source, take, w);
    pel_status s = PEL_OK;
    for (int64_t c = 0; s == PEL_OK && c < pel__volume_channels(w->shape); c++)
        s = pel__pull_channel(source, c, take, w);
    return s;
}

// the header names the voxels: an old one must not stand beside new voxels, even for a moment
static pel_status put_in_place(writer *w)
{
    if (w->header == &w->voxels)
        return pel__stream_commit(&w->voxels);
    pel_status s = pel__outfile_sync(&w->pair.file);
    if (s == PEL_OK)
        s = pel__outfile_sync(&w->voxels.file);
    if (s != PEL_OK)
        return s;
    (void)unlink(w->pair.file.path);
    s = pel__stream_commit(&w->voxels);
    return s == PEL_OK ? pel__stream_commit(&w->pair) : s;
}

static void note_losses(const writer *w)
{
    double slope, inter;
    pel__volume_scale(w->shape, &slope, &inter);
    if (w->layout.version == 1 && ((double)(float)slope != slope || (double)(float)inter != inter))
        pel__note("%s: slope and intercept are rounded to float32; --nifti 2 keeps them exactly",
                  w->what->path);
    if (w->layout.planar)
        pel__note("%s: NIfTI has no voxels of %lld channels of %s: they are written along axis 5",
                  w->what->path, (long long)pel__volume_channels(w->shape),
                  pel_dtype_name(w->shape->dtype));
}

static pel_status write_all(writer *w)
{
    const char *known = w->shape->fields.hash;
    bool patches = w->what->provenance && !*known && w->voxels.file.temporary &&
                   strstr(w->what->provenance, PEL_HASH_LATER);
    pel_status s = put_head(w, known, false);
    if (s == PEL_OK)
        s = put_rest(w);
    if (s == PEL_OK)
        s = put_voxels(w);
    if (s == PEL_OK)
        s = pel__finish(w->what->source);
    if (s == PEL_OK)
        s = pel__stream_end(&w->voxels);
    if (s == PEL_OK && patches)
        s = put_head(w, w->shape->fields.hash, true);
    if (s == PEL_OK)
        note_losses(w);
    return s == PEL_OK ? put_in_place(w) : s;
}

pel_status pel__write_nifti(const pel__writing *what)
{
    writer w = { .what = what, .shape = &what->source->shape };
    int files = is_pair(what->path) ? PEL__NIFTI_PAIR : PEL__NIFTI_SINGLE;
    pel_status s =
        pel__nifti_lay_out(&w.layout, w.shape, what->provenance, what->params.nifti, files);
    if (s == PEL_OK)
        s = open_files(&w);
    if (s == PEL_OK)
        s = write_all(&w);
    pel__stream_close(&w.voxels);
    pel__stream_close(&w.pair);
    return s;
}

int64_t pel__write_nifti_memory(const char *path, const pel_volume *shape)
{
    return pel__slab_bytes(shape) + pel__stream_memory(level_for(path, 1), pel_volume_bytes(shape));
}
