/* SPDX-License-Identifier: Apache-2.0 */
/* pull.c: slabs from a source, whole or one channel at a time; the hash that comes at the end. */
#include <stdio.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "volume/volume.h"
#include "write/write.h"

static int64_t slice_bytes(const pel_volume *shape)
{
    return shape->dims[0] * shape->dims[1] * pel__volume_channels(shape) *
           pel_dtype_bytes(shape->dtype);
}

int64_t pel__slab_slices(const pel_volume *shape)
{
    return pel__source_window(shape);
}

int64_t pel__slab_bytes(const pel_volume *shape)
{
    return pel__slab_slices(shape) * slice_bytes(shape);
}

pel_status pel__pull(pel_source *source, pel__take_slab take, void *user)
{
    void *slab;
    pel_status s = pel__alloc(&slab, pel__slab_bytes(&source->shape), 1, "a few slices");
    int64_t slices = pel_source_slices(source), step = pel__slab_slices(&source->shape);
    for (int64_t first = 0; s == PEL_OK && first < slices; first += step) {
        int64_t count = first + step < slices ? step : slices - first;
        s = source->read_slab(source, slab, first, count);
        if (s == PEL_OK)
            s = take(user, slab, first, count);
        if (s == PEL_OK)
            s = pel__progress("writing", (double)(first + count) / (double)slices);
    }
    pel__free(slab);
    return s;
}

typedef struct picking {
    const pel_volume *shape;
    int64_t channel;
    pel__take_slab take;
    void *user;
} picking;

// in place: a packed channel never overtakes what is still to be read
static pel_status pick(void *user, void *slab, int64_t first, int64_t count)
{
    const picking *p = user;
    int64_t bytes = pel_dtype_bytes(p->shape->dtype), channels = pel__volume_channels(p->shape);
    int64_t voxels = count * p->shape->dims[0] * p->shape->dims[1];
    for (int64_t v = 0; v < voxels; v++)
        memmove((char *)slab + v * bytes, (const char *)slab + (v * channels + p->channel) * bytes,
                (size_t)bytes);
    return p->take(p->user, slab, first, count);
}

pel_status pel__pull_channel(pel_source *source, int64_t channel, pel__take_slab take, void *user)
{
    picking p = { &source->shape, channel, take, user };
    return pel__pull(source, pick, &p);
}

pel_status pel__finish(pel_source *source)
{
    return source->finish ? source->finish(source) : PEL_OK;
}

char *pel__provenance_with_hash(const char *provenance, const char *hash)
{
    static const char later[] = "\"" PEL_HASH_LATER "\"";
    char *text = pel__strdup(provenance);
    for (char *at = text; at && (at = strstr(at, later)); at += sizeof later - 1) {
        char value[sizeof later];
        if (*hash)
            snprintf(value, sizeof value, "\"%.32s\"", hash);
        else
            snprintf(value, sizeof value, "%-*s", (int)sizeof later - 1, "null");
        memcpy(at, value, sizeof later - 1);
    }
    return text;
}
