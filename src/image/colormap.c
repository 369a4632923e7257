/* SPDX-License-Identifier: Apache-2.0 */
/* colormap.c: 256 colours by name: built in, reversed, label table, or from a file. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <pellucid/image.h>

#include "base/status.h"
#include "base/text.h"
#include "image/colormap_tables.h"

enum { COLOURS = 256, LINE_BYTES = 256 };

const char *const *pel_colormap_names(void)
{
    static const char *const names[] = { "viridis", "magma",    "inferno", "plasma",
                                         "cividis", "turbo",    "gray",    "hot",
                                         "bone",    "coolwarm", "labels",  NULL };
    return names;
}

static int hex_digit(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

static void decode(float rgb[COLOURS][3], const char *hex)
{
    for (int i = 0; i < COLOURS; i++)
        for (int c = 0; c < 3; c++, hex += 2)
            rgb[i][c] = (float)(16 * hex_digit(hex[0]) + hex_digit(hex[1])) / 255;
}

// one channel of a hue (turns, 0 to 1) at this saturation and value; `at` shifts red, green, blue
static float hue_channel(double hue, double at, double saturation, double value)
{
    double x = hue + at;
    x = fabs((x - floor(x)) * 6 - 3) - 1;
    x = x < 0 ? 0 : x > 1 ? 1 : x;
    return (float)(value * (1 - saturation + saturation * x));
}

// label 0 is black; hues then turn by the golden ratio, so that neighbours differ, in three tones
static void label_table(float rgb[COLOURS][3])
{
    static const double tone[3][2] = { { 0.85, 0.95 }, { 0.5, 1 }, { 0.9, 0.6 } };
    rgb[0][0] = rgb[0][1] = rgb[0][2] = 0;
    for (int i = 1; i < COLOURS; i++) {
        double hue = i * 0.6180339887498949;
        const double *t = tone[(i - 1) % 3];
        for (int c = 0; c < 3; c++)
            rgb[i][c] = hue_channel(hue, c == 0 ? 0 : c == 1 ? 2.0 / 3 : 1.0 / 3, t[0], t[1]);
    }
}

// `r g b` with blanks or commas between; 0: an empty line or a comment, -1: neither
static int parse_line(double out[3], const char *line)
{
    line += strspn(line, " \t\r\n");
    if (!*line || *line == '#')
        return 0;
    for (int c = 0; c < 3; c++) {
        char *end;
        out[c] = pel__strtod(line, &end);
        if (end == line || !(out[c] >= 0 && out[c] <= 255))
            return -1;
        line = end + strspn(end, " \t,;");
    }
    return line[strspn(line, " \t\r\n")] ? -1 : 1;
}

static pel_status read_lines(double got[COLOURS][3], int *count, FILE *file, const char *name)
{
    char line[LINE_BYTES];
    for (int number = 1; fgets(line, sizeof line, file); number++) {
        double rgb[3];
        int kind = parse_line(rgb, line);
        if (kind < 0)
            return pel__fail(PEL_EFORMAT,
                             "%s: line %d is no colour; write `r g b`, each 0 to 1 or 0 to 255",
                             name, number);
        if (kind == 0)
            continue;
        if (*count == COLOURS)
            return pel__fail(PEL_EFORMAT, "%s: has more than 256 colours", name);
        memcpy(got[(*count)++], rgb, sizeof rgb);
    }
    if (ferror(file))
        return pel__fail(PEL_EIO, "%s: cannot be read: %s", name, strerror(errno));
    if (*count < 2)
        return pel__fail(PEL_EFORMAT, "%s: has %d colours; a colour map has 2 to 256 lines `r g b`",
                         name, *count);
    return PEL_OK;
}

// fewer than 256 colours are spread evenly and joined by straight lines
static void spread(float rgb[COLOURS][3], double got[COLOURS][3], int count)
{
    double most = 0;
    for (int i = 0; i < count; i++)
        for (int c = 0; c < 3; c++)
            most = fmax(most, got[i][c]);
    double scale = most > 1 ? 255 : 1;
    for (int i = 0; i < COLOURS; i++) {
        double x = (double)i * (count - 1) / (COLOURS - 1);
        int lo = (int)x < count - 1 ? (int)x : count - 2;
        for (int c = 0; c < 3; c++)
            rgb[i][c] = (float)((got[lo][c] + (x - lo) * (got[lo + 1][c] - got[lo][c])) / scale);
    }
}

static pel_status load_file(float rgb[COLOURS][3], const char *name)
{
    FILE *file = fopen(name, "r");
    if (!file)
        return pel__fail(PEL_EPARAM,
                         "colour map '%s': is neither a file (%s) nor built in: viridis magma "
                         "inferno plasma cividis turbo gray hot bone coolwarm labels, each also "
                         "with _r behind it",
                         name, strerror(errno));
    double got[COLOURS][3];
    int count = 0;
    pel_status s = read_lines(got, &count, file, name);
    fclose(file);
    if (s == PEL_OK)
        spread(rgb, got, count);
    return s;
}

static bool built_in(float rgb[COLOURS][3], const char *name)
{
    if (pel__same_word(name, "labels")) {
        label_table(rgb);
        return true;
    }
    for (const pel__colormap_table *t = pel__colormap_tables; t->name; t++)
        if (pel__same_word(name, t->name)) {
            decode(rgb, t->hex);
            return true;
        }
    return false;
}

static void reverse(float rgb[COLOURS][3])
{
    for (int i = 0; i < COLOURS / 2; i++)
        for (int c = 0; c < 3; c++) {
            float kept = rgb[i][c];
            rgb[i][c] = rgb[COLOURS - 1 - i][c];
            rgb[COLOURS - 1 - i][c] = kept;
        }
}

pel_status pel_colormap(float rgb[256][3], const char *name)
{
    if (built_in(rgb, name))
        return PEL_OK;
    char base[32];
    size_t length = strlen(name);
    if (pel__ends_with(name, "_r") && length - 2 < sizeof base) {
        memcpy(base, name, length - 2);
        base[length - 2] = 0;
        if (built_in(rgb, base)) {
            reverse(rgb);
            return PEL_OK;
        }
    }
    return load_file(rgb, name);
}
