/* SPDX-License-Identifier: Apache-2.0 */
/* values.c: stored numbers as a format holds them. */
#include "write/values.h"

#include "base/memory.h"
#include "volume/volume.h"
#include "write/write.h"

bool pel__values_scaled(const pel_volume *shape)
{
    double slope, inter;
    pel__volume_scale(shape, &slope, &inter);
    return slope != 1 || inter != 0;
}

pel_dtype pel__values_float(const pel_volume *shape)
{
    return pel_dtype_bytes(shape->dtype) <= 2 || shape->dtype == PEL_FLOAT32 ? PEL_FLOAT32
                                                                             : PEL_FLOAT64;
}

pel_dtype pel__values_type(const pel_volume *shape)
{
    return pel__values_scaled(shape) ? pel__values_float(shape) : shape->dtype;
}

static bool goes_through(const pel_volume *shape, pel_dtype to)
{
    return to == shape->dtype && !pel__values_scaled(shape);
}

int64_t pel__values_memory(const pel_volume *shape, pel_dtype to)
{
    return goes_through(shape, to)
               ? 0
               : pel__slab_bytes(shape) / pel_dtype_bytes(shape->dtype) * pel_dtype_bytes(to);
}

pel_status pel__values_open(pel__values *out, const pel_volume *shape, pel_dtype to)
{
    *out = (pel__values){ .from = shape->dtype, .to = to, .scaled = pel__values_scaled(shape) };
    pel__volume_scale(shape, &out->slope, &out->inter);
    if (goes_through(shape, to))
        return PEL_OK;
    return pel__alloc(&out->room, pel__slab_bytes(shape) / pel_dtype_bytes(shape->dtype),
                      pel_dtype_bytes(to), "a few slices");
}

void *pel__values_of(pel__values *v, void *slab, int64_t count)
{
    if (!v->room)
        return slab;
    if (v->to == PEL_FLOAT32) {
        pel_values_from_stored(v->room, slab, v->from, count, v->slope, v->inter);
        return v->room;
    }
    for (int64_t i = 0; i < count; i++) {
        double value = v->slope * pel__stored_get(slab, v->from, i) + v->inter;
        if (v->to == PEL_INT16)
            ((int16_t *)v->room)[i] = (int16_t)value;
        else if (v->to == PEL_INT32)
            ((int32_t *)v->room)[i] = (int32_t)value;
        else
            ((double *)v->room)[i] = value;
    }
    return v->room;
}

void pel__values_close(pel__values *v)
{
    pel__free(v->room);
    *v = (pel__values){ 0 };
}
