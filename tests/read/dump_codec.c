/* SPDX-License-Identifier: Apache-2.0 */
/* dump_codec.c: dump_codec CODEC ROWS COLUMNS SAMPLES BITS FRAME OUT [TIMES]: decode one frame of a
 * DICOM file, so that other programs can compare; prints milliseconds of the fastest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "read/codec.h"

static const pel__codec *const codecs[] = { &pel__codec_rle, &pel__codec_jpeg, &pel__codec_jpegls,
                                            &pel__codec_jpeg2000 };

static uint8_t *read_all(const char *path, long *size)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        return NULL;
    *size = ftell(file);
    rewind(file);
    uint8_t *bytes = malloc((size_t)*size + 1);
    if (bytes && fread(bytes, 1, (size_t)*size, file) != (size_t)*size)
        bytes = NULL;
    fclose(file);
    return bytes;
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

int main(int count, char **words)
{
    if (count < 8)
        return 2;
    const pel__codec *codec = NULL;
    for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++)
        if (strcmp(words[1], codecs[i]->name) == 0)
            codec = codecs[i];
    pel__codec_frame frame = { atoi(words[2]), atoi(words[3]), atoi(words[4]), atoi(words[5]) };
    long size;
    uint8_t *bytes = read_all(words[6], &size);
    size_t room = (size_t)(pel__codec_count(&frame) * (frame.bits_allocated / 8));
    uint8_t *out = malloc(room);
    if (!codec || !bytes || !out)
        return 2;
    double fastest = 1e9;
    for (int i = 0; i < (count > 8 ? atoi(words[8]) : 1); i++) {
        double start = now_ms();
        if (codec->decode(out, &frame, bytes, size, words[6]) != PEL_OK) {
            fprintf(stderr, "%s\n", pel_error());
            return 1;
        }
        double took = now_ms() - start;
        fastest = took < fastest ? took : fastest;
    }
    printf("%.3f\n", fastest);
    FILE *file = fopen(words[7], "wb");
    bool written = file && fwrite(out, 1, room, file) == room;
    free(out);
    free(bytes);
    return file && fclose(file) == 0 && written ? 0 : 2;
}
