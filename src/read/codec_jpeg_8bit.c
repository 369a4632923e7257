/* SPDX-License-Identifier: Apache-2.0 */
/* codec_jpeg_8bit.c: JPEG of 8 bits with a cosine transform; wraps libjpeg for this room. */
#include <setjmp.h>
#include <stdio.h>

#include <jerror.h>
#include <jpeglib.h>

#include "base/status.h"
#include "read/codec_jpeg.h"

// a progressive file may claim any number of scans, each as much work as the first
enum { MOST_SCANS = 200 };

typedef struct reading {
    struct jpeg_decompress_struct d;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf leave;
    const char *name;
    pel_status status;
    bool ended; // the end of the image is not marked
} reading;

static void fail(j_common_ptr common)
{
    reading *r = common->client_data;
    char message[JMSG_LENGTH_MAX];
    common->err->format_message(common, message);
    if (common->err->msg_code == JERR_OUT_OF_MEMORY)
        r->status = pel__fail(PEL_EMEMORY, "%s: not enough memory to decode JPEG", r->name);
    else
        r->status = pel__fail(PEL_EFORMAT,
                              "%s: cannot be decoded as JPEG: %s: the file is damaged or cut "
                              "short; copy or export it again",
                              r->name, message);
    longjmp(r->leave, 1);
}

// libjpeg goes on with grey where pixels are damaged; what harms none is passed over
static void warn(j_common_ptr common, int level)
{
    int code = common->err->msg_code;
    if (level >= 0 || code == JWRN_EXTRANEOUS_DATA || code == JWRN_JFIF_MAJOR ||
        code == JWRN_ADOBE_XFORM || code == JWRN_NOT_SEQUENTIAL)
        return;
    if (code == JWRN_JPEG_EOF)
        ((reading *)common->client_data)->ended = true;
    else
        fail(common);
}

static void count_scans(j_common_ptr common)
{
    reading *r = common->client_data;
    if (r->d.input_scan_number <= MOST_SCANS)
        return;
    r->status = pel__fail(PEL_EFORMAT, "%s: a JPEG frame has more than %d scans: it is damaged",
                          r->name, MOST_SCANS);
    longjmp(r->leave, 1);
}

static pel_status read_frame(reading *r, void *out, const pel__codec_frame *frame)
{
    struct jpeg_decompress_struct *d = &r->d;
    jpeg_read_header(d, TRUE);
    r->status = pel__codec_same(frame, d->image_height, d->image_width, d->num_components,
                                d->data_precision, "JPEG", r->name);
    if (r->status != PEL_OK)
        return r->status;
    // components as they were coded
    d->out_color_space = d->jpeg_color_space;
    d->dct_method = JDCT_ISLOW;
    jpeg_start_decompress(d);
    while (d->output_scanline < d->output_height) {
        JSAMPROW row =
            (JSAMPROW)out + (int64_t)d->output_scanline * frame->columns * frame->samples;
        jpeg_read_scanlines(d, &row, 1);
    }
    // one scan that was read to its last row lacks nothing but the mark
    if (r->ended && jpeg_has_multiple_scans(d))
        r->status = pel__fail(PEL_EFORMAT,
                              "%s: a JPEG frame ends before its last scan: the file is cut short; "
                              "copy or export it again",
                              r->name);
    return r->status;
}

// what may jump back here must not have changed this function's own variables
static pel_status guarded(reading *r, void *out, const pel__codec_frame *frame,
                          const uint8_t *bytes, int64_t size)
{
    if (setjmp(r->leave))
        return r->status;
    jpeg_create_decompress(&r->d);
    r->d.progress = &r->progress;
    jpeg_mem_src(&r->d, bytes, (unsigned long)size);
    return read_frame(r, out, frame);
}

pel_status pel__jpeg_8bit(void *out, const pel__codec_frame *frame, const uint8_t *bytes,
                          int64_t size, const char *name)
{
    reading r = { .name = name, .progress.progress_monitor = count_scans };
    r.d.err = jpeg_std_error(&r.errors);
    r.d.client_data = &r;
    r.errors.error_exit = fail;
    r.errors.emit_message = warn;
    pel_status s = guarded(&r, out, frame, bytes, size);
    jpeg_destroy_decompress(&r.d);
    if (s == PEL_OK && frame->bits_allocated == 16)
        pel__codec_widen(out, pel__codec_count(frame));
    return s;
}
