/* SPDX-License-Identifier: Apache-2.0 */
/* exr.c: pictures of float32 as OpenEXR; wraps OpenEXRCore. */
#include <OpenEXR/openexr.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/outfile.h"
#include "base/status.h"
#include "write/write.h"

/* the file as it grows in memory: the library goes back to write its table of offsets */
typedef struct growing {
    uint8_t *bytes;
    int64_t size, room;
    const char *path;
    exr_context_t exr;
    int part;
} growing;

static int64_t take(exr_const_context_t exr, void *user, const void *buffer, uint64_t size,
                    uint64_t offset, exr_stream_error_func_ptr_t fail)
{
    growing *g = user;
    int64_t end;
    if (offset > INT64_MAX || size > INT64_MAX || !pel__add(&end, (int64_t)offset, (int64_t)size))
        return fail(exr, EXR_ERR_WRITE_IO, "too large"), -1;
    if (end > g->room) {
        int64_t room = end + end / 2 + 4096;
        if (pel__realloc(&g->bytes, room, 1, "an EXR file") != PEL_OK)
            return fail(exr, EXR_ERR_OUT_OF_MEMORY, "no memory"), -1;
        g->room = room;
    }
    if ((int64_t)offset > g->size)
        memset(g->bytes + g->size, 0, (size_t)((int64_t)offset - g->size));
    memcpy(g->bytes + offset, buffer, (size_t)size);
    g->size = end > g->size ? end : g->size;
    return (int64_t)size;
}

static void no_words(exr_const_context_t exr, exr_result_t code, const char *text)
{
    (void)exr;
    (void)code;
    (void)text;
}

static pel_status check(const growing *g, exr_result_t code)
{
    if (code == EXR_ERR_SUCCESS)
        return PEL_OK;
    return pel__fail(code == EXR_ERR_OUT_OF_MEMORY ? PEL_EMEMORY : PEL_EIO,
                     "%s: OpenEXR cannot write it: %s", g->path,
                     exr_get_default_error_message(code));
}

// the file lists channels by their names
static const char *const names[5][4] = {
    [1] = { "Y" }, [2] = { "A", "Y" }, [3] = { "B", "G", "R" }, [4] = { "A", "B", "G", "R" }
};

static exr_result_t put_head(growing *g, const pel_image *image)
{
    exr_context_initializer_t how = EXR_DEFAULT_CONTEXT_INITIALIZER;
    how.write_fn = take;
    how.user_data = g;
    how.error_handler_fn = no_words;
    exr_result_t r = exr_start_write(&g->exr, g->path, EXR_WRITE_FILE_DIRECTLY, &how);
    if (r == EXR_ERR_SUCCESS)
        r = exr_add_part(g->exr, NULL, EXR_STORAGE_SCANLINE, &g->part);
    if (r == EXR_ERR_SUCCESS)
        r = exr_initialize_required_attr_simple(g->exr, g->part, (int32_t)image->width,
                                                (int32_t)image->height, EXR_COMPRESSION_ZIP);
    for (int c = 0; c < image->channels && r == EXR_ERR_SUCCESS; c++)
        r = exr_add_channel(g->exr, g->part, names[image->channels][c], EXR_PIXEL_FLOAT,
                            EXR_PERCEPTUALLY_LINEAR, 1, 1);
    char *metadata = pel__image_metadata(image);
    if (r == EXR_ERR_SUCCESS && metadata)
        r = exr_attr_set_string(g->exr, g->part, "pellucid", metadata);
    free(metadata);
    return r == EXR_ERR_SUCCESS ? exr_write_header(g->exr) : r;
}

// which channel of a pixel one of the file is: R is 0
static int number_of(char name)
{
    return name == 'A' ? -1 : name == 'G' ? 1 : name == 'B' ? 2 : 0;
}

static void set_channels(exr_encode_pipeline_t *pipe, const pel_image *image, int64_t y)
{
    for (int c = 0; c < pipe->channel_count; c++) {
        exr_coding_channel_info_t *channel = &pipe->channels[c];
        int number = number_of(channel->channel_name[0]);
        const float *from = (const float *)image->data + y * image->width * image->channels +
                            (number < 0 ? image->channels - 1 : number);
        channel->encode_from_ptr = (const uint8_t *)from;
        channel->user_bytes_per_element = 4;
        channel->user_data_type = EXR_PIXEL_FLOAT;
        channel->user_pixel_stride = (int32_t)(image->channels * 4);
        channel->user_line_stride = (int32_t)(image->width * image->channels * 4);
    }
}

static exr_result_t put_lines(growing *g, const pel_image *image)
{
    exr_encode_pipeline_t pipe = EXR_ENCODE_PIPELINE_INITIALIZER;
    exr_chunk_info_t chunk;
    int32_t lines = 1;
    exr_result_t r = exr_get_scanlines_per_chunk(g->exr, g->part, &lines);
    for (int64_t y = 0; y < image->height && r == EXR_ERR_SUCCESS; y += lines) {
        r = exr_write_scanline_chunk_info(g->exr, g->part, (int)y, &chunk);
        if (r == EXR_ERR_SUCCESS)
            r = y ? exr_encoding_update(g->exr, g->part, &chunk, &pipe)
                  : exr_encoding_initialize(g->exr, g->part, &chunk, &pipe);
        if (r != EXR_ERR_SUCCESS)
            break;
        set_channels(&pipe, image, y);
        if (y == 0)
            r = exr_encoding_choose_default_routines(g->exr, g->part, &pipe);
        if (r == EXR_ERR_SUCCESS)
            r = exr_encoding_run(g->exr, g->part, &pipe);
    }
    exr_encoding_destroy(g->exr, &pipe);
    return r;
}

static pel_status put_file(const growing *g)
{
    pel__outfile file;
    pel_status s = pel__outfile_open(&file, g->path);
    if (s == PEL_OK)
        s = pel__outfile_write(&file, g->bytes, g->size);
    if (s == PEL_OK)
        s = pel__outfile_commit(&file);
    pel__outfile_close(&file);
    return s;
}

pel_status pel__write_exr_image(const char *path, const pel_image *image)
{
    growing g = { .path = path };
    if (image->dtype != PEL_FLOAT32)
        return pel__fail(PEL_EPARAM, "%s: EXR holds float32; ask for 32 bits", path);
    exr_result_t r = put_head(&g, image);
    if (r == EXR_ERR_SUCCESS)
        r = put_lines(&g, image);
    exr_result_t end = g.exr ? exr_finish(&g.exr) : EXR_ERR_SUCCESS;
    pel_status s = check(&g, r != EXR_ERR_SUCCESS ? r : end);
    if (s == PEL_OK)
        s = put_file(&g);
    pel__free(g.bytes);
    return s;
}
