/* SPDX-License-Identifier: Apache-2.0 */
/* codec_rle.c: run lengths of DICOM (PS3.5 annex G): one PackBits segment per byte of a pixel. */
#include <string.h>

#include "base/status.h"
#include "read/codec.h"

enum { HEADER = 64, MOST_SEGMENTS = 15 };

// one byte plane of the frame: byte i goes to `to` + i * step
typedef struct plane {
    uint8_t *to;
    int64_t step, count;
} plane;

static int64_t number_at(const uint8_t *bytes, int index)
{
    const uint8_t *b = bytes + 4 * index;
    return b[0] | b[1] << 8 | b[2] << 16 | (int64_t)b[3] << 24;
}

static void put_run(const plane *p, int64_t at, int64_t count, uint8_t value)
{
    for (int64_t i = at; i < at + count; i++)
        p->to[i * p->step] = value;
}

static void put_literal(const plane *p, int64_t at, int64_t count, const uint8_t *values)
{
    for (int64_t i = 0; i < count; i++)
        p->to[(at + i) * p->step] = values[i];
}

// false: the segment ends before the plane is full; what goes beyond a full plane is padding
static bool unpack(const plane *p, const uint8_t *bytes, int64_t size)
{
    int64_t at = 0, used = 0;
    while (at < p->count && used < size) {
        int control = bytes[used++];
        // -128 means nothing
        if (control == 128)
            continue;
        int64_t count = control < 128 ? control + 1 : 257 - control;
        int64_t room = p->count - at < count ? p->count - at : count;
        if (control > 128) {
            if (used == size)
                return false;
            put_run(p, at, room, bytes[used++]);
        } else {
            if (size - used < room)
                return false;
            put_literal(p, at, room, bytes + used);
            used += count;
        }
        at += room;
    }
    return at == p->count;
}

static pel_status damaged(const char *name, const char *what)
{
    return pel__fail(
        PEL_EFORMAT,
        "%s: an RLE frame %s: the file is damaged or cut short; copy or export it again", name,
        what);
}

static pel_status decode(void *out, const pel__codec_frame *frame, const uint8_t *bytes,
                         int64_t size, const char *name)
{
    int cell = frame->bits_allocated / 8, segments = frame->samples * cell;
    if (frame->bits_allocated % 8)
        return pel__fail(
            PEL_EUNSUPPORTED,
            "%s: is RLE of %d bits for a sample, which is not read: only whole bytes are", name,
            frame->bits_allocated);
    if (size < HEADER)
        return damaged(name, "is shorter than its header");
    if (number_at(bytes, 0) != segments || segments > MOST_SEGMENTS)
        return pel__fail(PEL_EFORMAT,
                         "%s: an RLE frame has %lld segments; %d samples of %d bits have %d: the "
                         "file is damaged or was put together wrongly",
                         name, (long long)number_at(bytes, 0), frame->samples,
                         frame->bits_allocated, segments);
    int64_t start = number_at(bytes, 1);
    for (int i = 0; i < segments; i++) {
        int64_t end = i + 1 < segments ? number_at(bytes, i + 2) : size;
        if (start < HEADER || start > end || end > size)
            return damaged(name, "has a segment outside of itself");
        // the most significant byte has the first segment
        int byte = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? cell - 1 - i % cell : i % cell;
        plane p = { (uint8_t *)out + i / cell * cell + byte, segments,
                    frame->rows * frame->columns };
        if (!unpack(&p, bytes + start, end - start))
            return damaged(name, "has fewer pixels than it should");
        start = end;
    }
    return PEL_OK;
}

const pel__codec pel__codec_rle = { "RLE", decode, 0, 64 };
