/* SPDX-License-Identifier: Apache-2.0 */
/* sink.c: small pieces on their way to a file: bytes, words and numbers, gathered. */
#include "write/sink.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/job.h"
#include "base/status.h"

pel_status pel__sink_open(pel__sink *out, const char *path)
{
    out->status = pel__outfile_open(&out->file, path);
    out->used = 0;
    out->total = 0;
    return out->status;
}

pel_status pel__sink_flush(pel__sink *to)
{
    if (to->status == PEL_OK && to->used)
        to->status = pel__outfile_write(&to->file, to->buffer, to->used);
    if (to->status == PEL_OK)
        to->status = pel__cancelled();
    to->used = 0;
    return to->status;
}

void pel__sink_bytes(pel__sink *to, const void *bytes, int64_t count)
{
    if (to->status != PEL_OK)
        return;
    to->total += count;
    if (to->used + count > PEL__SINK && pel__sink_flush(to) != PEL_OK)
        return;
    if (count > PEL__SINK) {
        to->status = pel__outfile_write(&to->file, bytes, count);
        return;
    }
    if (count)
        memcpy(to->buffer + to->used, bytes, (size_t)count);
    to->used += (int)count;
}

void pel__sink_text(pel__sink *to, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    pel__sink_bytes(to, text, length < (int)sizeof text ? length : (int)sizeof text - 1);
}

void pel__sink_u8(pel__sink *to, uint8_t value)
{
    pel__sink_bytes(to, &value, 1);
}

static void put_ordered(pel__sink *to, uint32_t value, int size, bool big)
{
    uint8_t bytes[4];
    for (int i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> 8 * (big ? size - 1 - i : i));
    pel__sink_bytes(to, bytes, size);
}

void pel__sink_u16(pel__sink *to, uint16_t value, bool big)
{
    put_ordered(to, value, 2, big);
}

void pel__sink_i32(pel__sink *to, int32_t value, bool big)
{
    put_ordered(to, (uint32_t)value, 4, big);
}

void pel__sink_f32(pel__sink *to, float value, bool big)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_ordered(to, bits, 4, big);
}

// short for whole numbers
int pel__print_float(char out[PEL__NUMBER], float value)
{
    if (value == floorf(value) && fabsf(value) < 1e6f)
        return snprintf(out, PEL__NUMBER, "%d", (int)value);
    if (isnan(value))
        return snprintf(out, PEL__NUMBER, "nan");
    int length = snprintf(out, PEL__NUMBER, "%.9g", (double)value);
    char *comma = strchr(out, ',');
    if (comma)
        *comma = '.';
    return length;
}

void pel__sink_float(pel__sink *to, float value)
{
    char text[PEL__NUMBER];
    pel__sink_bytes(to, text, pel__print_float(text, value));
}

pel_status pel__sink_commit(pel__sink *to)
{
    pel_status s = pel__sink_flush(to);
    return s == PEL_OK ? pel__outfile_commit(&to->file) : s;
}

void pel__sink_close(pel__sink *to)
{
    pel__outfile_close(&to->file);
}

void pel__sink_base64(pel__sink *to, const void *bytes, int64_t count)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *from = bytes;
    for (int64_t i = 0; i < count; i += 3) {
        int here = count - i < 3 ? (int)(count - i) : 3;
        uint32_t bits = (uint32_t)from[i] << 16 | (here > 1 ? (uint32_t)from[i + 1] << 8 : 0) |
                        (here > 2 ? from[i + 2] : 0);
        char four[4];
        for (int d = 0; d < 4; d++)
            four[d] = d <= here ? digits[bits >> (18 - 6 * d) & 63] : '=';
        pel__sink_bytes(to, four, 4);
    }
}
