/* SPDX-License-Identifier: Apache-2.0 */
/* codec_jpeg2000.c: JPEG 2000, lossless and lossy; wraps OpenJPEG for this room. */
#include <stdio.h>
#include <string.h>

#include <openjpeg.h>

#include "base/status.h"
#include "read/codec_j2k.h"

enum { BUFFER = 64 << 10 };

// the codestream, and the marker of its end where it lacks that
typedef struct reading {
    const uint8_t *bytes;
    int64_t size, total, at; // `total` with that marker
    char message[160];       // the first error of OpenJPEG
    opj_stream_t *stream;
    opj_codec_t *codec;
    opj_image_t *image;
} reading;

static OPJ_SIZE_T read_bytes(void *out, OPJ_SIZE_T most, void *user)
{
    static const uint8_t end[2] = { 0xff, 0xd9 };
    reading *r = user;
    int64_t left = r->total - r->at, count = (int64_t)most < left ? (int64_t)most : left;
    if (count == 0)
        return (OPJ_SIZE_T)-1;
    int64_t i = r->size - r->at < count ? r->size - r->at : count;
    if (i > 0)
        memcpy(out, r->bytes + r->at, (size_t)i);
    for (i = i > 0 ? i : 0; i < count; i++)
        ((uint8_t *)out)[i] = end[r->at + i - r->size];
    r->at += count;
    return (OPJ_SIZE_T)count;
}

static void on_error(const char *text, void *user)
{
    reading *r = user;
    if (r->message[0])
        return;
    snprintf(r->message, sizeof r->message, "%s", text);
    r->message[strcspn(r->message, "\n")] = 0;
}

static void ignore(const char *text, void *user)
{
    (void)text;
    (void)user;
}

static bool open_codestream(reading *r)
{
    opj_dparameters_t parameters;
    opj_set_default_decoder_parameters(&parameters);
    r->stream = opj_stream_create(BUFFER, OPJ_TRUE);
    r->codec = opj_create_decompress(OPJ_CODEC_J2K);
    if (!r->stream || !r->codec)
        return false;
    opj_set_error_handler(r->codec, on_error, r);
    opj_set_warning_handler(r->codec, ignore, r);
    opj_set_info_handler(r->codec, ignore, r);
    opj_stream_set_read_function(r->stream, read_bytes);
    opj_stream_set_user_data(r->stream, r, NULL);
    opj_stream_set_user_data_length(r->stream, (OPJ_UINT64)r->total);
    return opj_setup_decoder(r->codec, &parameters) &&
           opj_decoder_set_strict_mode(r->codec, OPJ_TRUE) &&
           opj_read_header(r->stream, r->codec, &r->image) &&
           opj_decode(r->codec, r->stream, r->image);
}

static bool has_samples(const opj_image_t *image, const pel__codec_frame *frame)
{
    if ((int)image->numcomps != frame->samples)
        return false;
    for (int c = 0; c < frame->samples; c++)
        if (!image->comps[c].data || image->comps[c].w != frame->columns ||
            image->comps[c].h != frame->rows)
            return false;
    return true;
}

static void store(void *out, const opj_image_t *image, const pel__codec_frame *frame)
{
    int64_t pixels = frame->rows * frame->columns, step = frame->samples;
    for (int c = 0; c < frame->samples; c++) {
        const OPJ_INT32 *from = image->comps[c].data;
        if (frame->bits_allocated == 8)
            for (int64_t i = 0; i < pixels; i++)
                ((uint8_t *)out)[i * step + c] = (uint8_t)from[i];
        else
            for (int64_t i = 0; i < pixels; i++)
                ((uint16_t *)out)[i * step + c] = (uint16_t)from[i];
    }
}

static pel_status decode(void *out, const pel__codec_frame *frame, const uint8_t *bytes,
                         int64_t size, const char *name)
{
    reading r = { 0 };
    bool ended;
    pel_status s = pel__j2k_check(frame, &bytes, &size, &ended, name);
    if (s != PEL_OK)
        return s;
    r.bytes = bytes;
    r.size = size;
    r.total = size + (ended ? 0 : 2);
    if (open_codestream(&r) && has_samples(r.image, frame))
        store(out, r.image, frame);
    else
        s = pel__fail(PEL_EFORMAT,
                      "%s: cannot be decoded as JPEG 2000 (%s): the file is damaged or cut short; "
                      "copy or export it again",
                      name, r.message[0] ? r.message : "it has too few samples");
    opj_image_destroy(r.image);
    if (r.codec)
        opj_destroy_codec(r.codec);
    if (r.stream)
        opj_stream_destroy(r.stream);
    return s;
}

// a packet of nothing takes a bit, however large
const pel__codec pel__codec_jpeg2000 = { "JPEG 2000", decode, PEL__J2K_SAMPLE_BYTES, 1 << 24 };
