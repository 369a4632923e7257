/* SPDX-License-Identifier: Apache-2.0 */
/* codec_jpeg_dct.c: sequential JPEG of 12 bits (ITU-T T.81 annex F): blocks of 8x8 cosines. */
#include "base/memory.h"
#include "base/status.h"
#include "read/codec_jpeg.h"

// where the coefficients of a zigzag lie in their block (T.81 figure 5)
static const uint8_t ZIGZAG[64] = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
};

// cos(k pi/16)/2
static const float C1 = 0.490392640201615225F, C2 = 0.461939766255643378F,
                   C3 = 0.415734806151272619F, C4 = 0.353553390593273762F,
                   C5 = 0.277785116509801112F, C6 = 0.191341716182544886F,
                   C7 = 0.0975451610080641339F;

// inverse cosine transform of all columns (T.81 A.3.3, even and odd halves apart); transposes
static void transform_columns(float out[64], const float in[64])
{
    for (int x = 0; x < 8; x++) {
        const float *v = in + x;
        float a = (v[0] + v[32]) * C4, b = (v[0] - v[32]) * C4;
        float c = v[16] * C2 + v[48] * C6, d = v[16] * C6 - v[48] * C2;
        float even[4] = { a + c, b + d, b - d, a - c };
        float odd[4] = {
            v[8] * C1 + v[24] * C3 + v[40] * C5 + v[56] * C7,
            v[8] * C3 - v[24] * C7 - v[40] * C1 - v[56] * C5,
            v[8] * C5 - v[24] * C1 + v[40] * C7 + v[56] * C3,
            v[8] * C7 - v[24] * C5 + v[40] * C3 - v[56] * C1,
        };
        for (int y = 0; y < 4; y++) {
            out[8 * x + y] = even[y] + odd[y];
            out[8 * x + 7 - y] = even[y] - odd[y];
        }
    }
}

// a transformed block as samples (A.3.1: shifted by half the range)
static void put_block(uint16_t *to, int64_t step, const float block[64], int precision)
{
    float half = (float)(1 << (precision - 1)) + 0.5F, most = (float)((1 << precision) - 1);
    for (int y = 0; y < 8; y++, to += step)
        for (int x = 0; x < 8; x++) {
            float v = block[8 * y + x] + half;
            v = v < 0 ? 0 : v > most ? most : v;
            to[x] = (uint16_t)v;
        }
}

// one component of a scan, and where its samples go
typedef struct channel {
    const pel__jpeg_huffman *dc, *ac;
    const uint16_t *quantum;
    uint16_t *plane;
    int64_t step;   // numbers from a row of the plane to the next
    int h, v, last; // blocks of an MCU; the last DC value
} channel;

// F.2.2: coefficients of one block, multiplied out; false: no such code
static bool read_block(pel__jpeg_bits *bits, channel *c, float block[64])
{
    pel__jpeg_bits b = pel__jpeg_fill(*bits);
    int value, run;
    bool good = pel__jpeg_next(&b, c->dc, &value, &run);
    // a damaged file may add up to anything
    c->last = (int)((unsigned)c->last + (unsigned)value);
    memset(block, 0, 64 * sizeof *block);
    block[0] = (float)c->last * (float)c->quantum[0];
    for (int k = 1; k < 64; k++) {
        b = pel__jpeg_fill(b);
        good &= pel__jpeg_next(&b, c->ac, &value, &run);
        // nothing but zeros: sixteen, or all that are left
        if (value == 0 && run < 15)
            break;
        k += run;
        if (k > 63)
            break;
        block[ZIGZAG[k]] = (float)value * (float)c->quantum[k];
    }
    *bits = b;
    return good;
}

static bool read_mcu(pel__jpeg_bits *bits, channel *channels, int count, int64_t mcu_x,
                     int64_t mcu_y, int precision)
{
    float block[64], half_way[64];
    bool good = true;
    for (int i = 0; i < count; i++) {
        channel *c = channels + i;
        for (int n = 0; n < c->h * c->v; n++) {
            good &= read_block(bits, c, block);
            transform_columns(half_way, block);
            transform_columns(block, half_way);
            int64_t x = mcu_x * c->h + n % c->h, y = mcu_y * c->v + n / c->h;
            put_block(c->plane + 8 * y * c->step + 8 * x, c->step, block, precision);
        }
    }
    return good;
}

static int64_t pieces(int64_t count, int64_t size)
{
    return (count + size - 1) / size;
}

static void size_in_mcus(const pel__jpeg *jpeg, int64_t *columns, int64_t *rows)
{
    *columns = pieces(jpeg->frame->columns, 8 * jpeg->most_h);
    *rows = pieces(jpeg->frame->rows, 8 * jpeg->most_v);
}

static pel_status read_mcus(pel__jpeg *jpeg, channel *channels, int64_t columns, int64_t rows)
{
    pel__jpeg_bits bits = pel__jpeg_bits_begin(jpeg);
    int64_t until_restart = jpeg->restart, restarts = 0;
    for (int64_t y = 0; y < rows; y++) {
        bool good = true;
        for (int64_t x = 0; x < columns; x++) {
            if (jpeg->restart > 0 && until_restart-- == 0) {
                pel_status s = pel__jpeg_overrun(&bits)
                                   ? pel__jpeg_damaged(jpeg, "ends early")
                                   : pel__jpeg_bits_restart(jpeg, &bits, restarts++);
                if (s != PEL_OK)
                    return s;
                for (int i = 0; i < jpeg->scan_count; i++)
                    channels[i].last = 0;
                until_restart = jpeg->restart - 1;
            }
            good &= read_mcu(&bits, channels, jpeg->scan_count, x, y, jpeg->precision);
        }
        if (pel__jpeg_overrun(&bits))
            return pel__jpeg_damaged(jpeg, "ends early");
        if (!good)
            return pel__jpeg_damaged(jpeg, "has a code that its table lacks");
    }
    jpeg->at = bits.at;
    return PEL_OK;
}

pel_status pel__jpeg_dct_scan(pel__jpeg *jpeg)
{
    channel channels[PEL__JPEG_COMPONENTS];
    int64_t columns, rows;
    size_in_mcus(jpeg, &columns, &rows);
    for (int i = 0; i < jpeg->scan_count; i++) {
        const pel__jpeg_component *c = jpeg->components + jpeg->scan[i];
        channels[i] = (channel){ &jpeg->huffman[0][c->dc],
                                 &jpeg->huffman[1][c->ac],
                                 jpeg->quantum[c->quantum],
                                 jpeg->plane[jpeg->scan[i]],
                                 8 * c->h * columns,
                                 c->h,
                                 c->v,
                                 0 };
        if (!channels[i].dc->defined || !channels[i].ac->defined)
            return pel__jpeg_damaged(jpeg, "lacks a Huffman table");
        if (!jpeg->quantum_defined[c->quantum])
            return pel__jpeg_damaged(jpeg, "lacks a quantization table");
    }
    if (jpeg->scan_count > 1)
        return read_mcus(jpeg, channels, columns, rows);
    // A.2.2: a component alone comes block by block
    const pel__jpeg_component *alone = jpeg->components + jpeg->scan[0];
    channels[0].h = channels[0].v = 1;
    return read_mcus(jpeg, channels, pieces(alone->columns, 8), pieces(alone->rows, 8));
}

pel_status pel__jpeg_dct_begin(pel__jpeg *jpeg)
{
    int64_t columns, rows;
    size_in_mcus(jpeg, &columns, &rows);
    pel_status s = PEL_OK;
    for (int i = 0; s == PEL_OK && i < jpeg->count; i++) {
        const pel__jpeg_component *c = jpeg->components + i;
        if (jpeg->most_h % c->h || jpeg->most_v % c->v)
            return pel__fail(PEL_EUNSUPPORTED,
                             "%s: its JPEG has components sampled %dx%d of %dx%d, which are not "
                             "read: decompress it with dcmdjpeg or gdcmconv",
                             jpeg->name, c->h, c->v, jpeg->most_h, jpeg->most_v);
        s = pel__alloc(&jpeg->plane[i], 8 * c->h * columns * 8 * c->v * rows,
                       sizeof *jpeg->plane[i], "samples of a JPEG frame");
    }
    return s;
}

void pel__jpeg_dct_free(pel__jpeg *jpeg)
{
    for (int i = 0; i < PEL__JPEG_COMPONENTS; i++)
        pel__free(jpeg->plane[i]);
}

static int64_t clamp(int64_t i, int64_t count)
{
    return i < 0 ? 0 : i < count ? i : count - 1;
}

/*
 * A row of a component at full size. Where it has half of the samples, new ones stand between the
 * centres of the old: three quarters of the nearer and one of the farther, which is what libjpeg's
 * "fancy upsampling" gives; other ratios repeat samples.
 */
static void put_row(const pel__jpeg *jpeg, int component, int64_t y)
{
    const pel__jpeg_component *c = jpeg->components + component;
    int across = jpeg->most_h / c->h, down = jpeg->most_v / c->v, step_out = jpeg->count;
    int64_t mcu_columns, mcu_rows, near_y = y / down, columns = jpeg->frame->columns;
    uint16_t *out = (uint16_t *)jpeg->out + y * columns * step_out + component;
    size_in_mcus(jpeg, &mcu_columns, &mcu_rows);
    int64_t step = 8 * c->h * mcu_columns;
    int64_t far_y = clamp(down == 2 ? near_y + (y % 2 ? 1 : -1) : near_y, c->rows);
    const uint16_t *near_row = jpeg->plane[component] + near_y * step;
    const uint16_t *far_row = jpeg->plane[component] + far_y * step;
    for (int64_t x = 0; x < columns && across == 1 && down == 1; x++)
        out[x * step_out] = near_row[x];
    for (int64_t x = 0; x < columns && across * down > 1; x++) {
        int64_t near_x = x / across;
        int64_t far_x = clamp(across == 2 ? near_x + (x % 2 ? 1 : -1) : near_x, c->columns);
        int sum = 9 * near_row[near_x] + 3 * near_row[far_x] + 3 * far_row[near_x] + far_row[far_x];
        // ties go up and down in turn, as they do there
        bool down_here = across == 2 ? x % 2 == (down == 2) : y % 2 == 0;
        out[x * step_out] = (uint16_t)((sum + 8 - down_here) >> 4);
    }
}

void pel__jpeg_dct_finish(pel__jpeg *jpeg)
{
    for (int64_t y = 0; y < jpeg->frame->rows; y++)
        for (int i = 0; i < jpeg->count; i++)
            put_row(jpeg, i, y);
}
