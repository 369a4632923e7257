/* SPDX-License-Identifier: Apache-2.0 */
/* palette.c: 255 colours for a film: variance cut and k-means in Oklab. */
#include "write/palette.h"

#include <math.h>
#include <string.h>

#include "base/exact.h"
#include "base/job.h"
#include "base/memory.h"

enum { CELLS = 1 << 18, ROUNDS = 6, BLOCK = 4096 };

struct pel__cell {
    int64_t count, sum[3];
};

/* a colour that occurs */
typedef struct item {
    int32_t cell;
    uint8_t colour; /* of the palette */
    double weight, lab[3];
} item;

/* items first to last - 1 and what they spread over */
typedef struct box {
    int64_t first, last;
    int axis;
    double mean[3], variance; // variance: weighted sum of squares along the axis
} box;

pel_status pel__palette_open(pel__palette *out)
{
    *out = (pel__palette){ 0 };
    pel_status s = pel__alloc_zero(&out->cell, CELLS, sizeof *out->cell, "a palette");
    if (s == PEL_OK)
        s = pel__alloc_zero(&out->nearest, CELLS, 1, "a palette");
    if (s != PEL_OK)
        pel__palette_close(out);
    return s;
}

void pel__palette_close(pel__palette *palette)
{
    pel__free(palette->cell);
    pel__free(palette->nearest);
    *palette = (pel__palette){ 0 };
}

int64_t pel__palette_bytes(void)
{
    return CELLS * (int64_t)(sizeof(struct pel__cell) + 1 + sizeof(item));
}

void pel__palette_count(pel__palette *palette, const pel_image *image)
{
    const uint8_t *p = image->data, *end = p + image->width * image->height * image->channels;
    while (p < end) {
        // pixels alike come in runs
        const uint8_t *first = p;
        while (p < end && memcmp(p, first, (size_t)image->channels) == 0)
            p += image->channels;
        if (image->channels == 4 && first[3] < 128)
            continue;
        int64_t count = (p - first) / image->channels;
        struct pel__cell *cell =
            &palette->cell[(first[0] >> 2) << 12 | (first[1] >> 2) << 6 | first[2] >> 2];
        cell->count += count;
        for (int c = 0; c < 3; c++)
            cell->sum[c] += count * first[c];
    }
}

/* ---- Oklab ---- */

static double linear_of(double v)
{
    return v <= 0.04045 ? v / 12.92 : pel__pow((v + 0.055) / 1.055, 2.4);
}

static void lab_of(double lab[3], const double linear[3])
{
    static const double lms_of[3][3] = { { 0.4122214708, 0.5363325363, 0.0514459929 },
                                         { 0.2119034982, 0.6806995451, 0.1073969566 },
                                         { 0.0883024619, 0.2817188376, 0.6299787005 } };
    static const double lab_of_lms[3][3] = { { 0.2104542553, 0.7936177850, -0.0040720468 },
                                             { 1.9779984951, -2.4285922050, 0.4505937099 },
                                             { 0.0259040371, 0.7827717662, -0.8086757660 } };
    double lms[3];
    for (int i = 0; i < 3; i++) {
        double sum = 0;
        for (int c = 0; c < 3; c++)
            sum += lms_of[i][c] * linear[c];
        lms[i] = pel__pow(sum, 1.0 / 3);
    }
    for (int i = 0; i < 3; i++)
        lab[i] = lab_of_lms[i][0] * lms[0] + lab_of_lms[i][1] * lms[1] + lab_of_lms[i][2] * lms[2];
}

static void lab_of_rgb(double lab[3], const double rgb[3], const double linear[256])
{
    double l[3];
    for (int c = 0; c < 3; c++)
        l[c] = linear[(int)(rgb[c] + 0.5)];
    lab_of(lab, l);
}

static double distance(const double a[3], const double b[3])
{
    double sum = 0;
    for (int c = 0; c < 3; c++)
        sum += (a[c] - b[c]) * (a[c] - b[c]);
    return sum;
}

/* ---- boxes ---- */

static void measure(box *b, const item *items)
{
    double weight = 0, sum[3] = { 0 }, square[3] = { 0 };
    for (int64_t i = b->first; i < b->last; i++) {
        weight += items[i].weight;
        for (int c = 0; c < 3; c++)
            sum[c] += items[i].weight * items[i].lab[c];
    }
    for (int c = 0; c < 3; c++)
        b->mean[c] = sum[c] / weight;
    for (int64_t i = b->first; i < b->last; i++)
        for (int c = 0; c < 3; c++) {
            double d = items[i].lab[c] - b->mean[c];
            square[c] += items[i].weight * d * d;
        }
    b->axis = square[0] >= square[1] && square[0] >= square[2] ? 0 : square[1] >= square[2] ? 1 : 2;
    b->variance = b->last - b->first > 1 ? square[b->axis] : 0;
}

// items at or below the mean first
static int64_t part(item *items, const box *b)
{
    int64_t lo = b->first, hi = b->last;
    while (lo < hi) {
        if (items[lo].lab[b->axis] <= b->mean[b->axis]) {
            lo++;
            continue;
        }
        item other = items[--hi];
        items[hi] = items[lo];
        items[lo] = other;
    }
    return lo;
}

static int cut_boxes(box boxes[PEL__COLOURS], item *items, int64_t count)
{
    int made = 1;
    boxes[0] = (box){ .first = 0, .last = count };
    measure(&boxes[0], items);
    while (made < PEL__COLOURS) {
        int widest = 0;
        for (int i = 1; i < made; i++)
            widest = boxes[i].variance > boxes[widest].variance ? i : widest;
        box *b = &boxes[widest];
        int64_t middle = b->variance > 0 ? part(items, b) : b->first;
        if (middle == b->first || middle == b->last)
            break;
        boxes[made] = (box){ .first = middle, .last = b->last };
        b->last = middle;
        measure(b, items);
        measure(&boxes[made++], items);
    }
    return made;
}

/* ---- k-means ---- */

typedef struct cluster {
    double lab[3];
    double weight, sum[3];
    int64_t count, rgb[3]; // pixels, and the sums of their colours
    int32_t main_cell;     // where most of them are
} cluster;

typedef struct clustering {
    item *items;
    int64_t count;
    cluster cluster[PEL__COLOURS];
    int clusters;
    const struct pel__cell *cell;
} clustering;

static uint8_t nearest(const cluster *all, int count, const double lab[3])
{
    int best = 0;
    double least = INFINITY;
    for (int i = 0; i < count; i++) {
        double d = distance(lab, all[i].lab);
        if (d < least) {
            least = d;
            best = i;
        }
    }
    return (uint8_t)best;
}

static pel_status assign_block(void *user, int64_t block)
{
    clustering *k = user;
    int64_t end = (block + 1) * BLOCK < k->count ? (block + 1) * BLOCK : k->count;
    for (int64_t i = block * BLOCK; i < end; i++)
        k->items[i].colour = nearest(k->cluster, k->clusters, k->items[i].lab);
    return PEL_OK;
}

// one after the other: sums have an order
static void gather(clustering *k)
{
    for (int i = 0; i < k->clusters; i++) {
        cluster *c = &k->cluster[i];
        c->weight = c->sum[0] = c->sum[1] = c->sum[2] = 0;
        c->count = c->rgb[0] = c->rgb[1] = c->rgb[2] = 0;
        c->main_cell = -1;
    }
    for (int64_t i = 0; i < k->count; i++) {
        const item *it = &k->items[i];
        const struct pel__cell *cell = &k->cell[it->cell];
        cluster *c = &k->cluster[it->colour];
        c->weight += it->weight;
        c->count += cell->count;
        for (int n = 0; n < 3; n++) {
            c->sum[n] += it->weight * it->lab[n];
            c->rgb[n] += cell->sum[n];
        }
        if (c->main_cell < 0 || cell->count > k->cell[c->main_cell].count)
            c->main_cell = it->cell;
    }
}

static pel_status refine(clustering *k)
{
    pel_status s = PEL_OK;
    for (int round = 0; round < ROUNDS && s == PEL_OK; round++) {
        s = pel__parallel((k->count + BLOCK - 1) / BLOCK, assign_block, k, NULL);
        gather(k);
        for (int i = 0; i < k->clusters; i++)
            for (int n = 0; n < 3 && k->cluster[i].weight > 0; n++)
                k->cluster[i].lab[n] = k->cluster[i].sum[n] / k->cluster[i].weight;
    }
    return s;
}

/* ---- the palette ---- */

// a colour that most pixels of its cluster have stays exactly what it is, as a background should
static void set_colour(uint8_t out[3], const cluster *c, const struct pel__cell *cells)
{
    const struct pel__cell *main = c->main_cell < 0 ? NULL : &cells[c->main_cell];
    int64_t count = c->count;
    const int64_t *sum = c->rgb;
    if (main && 2 * main->count > c->count) {
        count = main->count;
        sum = main->sum;
    }
    for (int n = 0; n < 3; n++)
        out[n] = count ? (uint8_t)((sum[n] + count / 2) / count) : 0;
}

typedef struct filling {
    pel__palette *palette;
    const clustering *k;
    const double *linear;
} filling;

static pel_status fill_red(void *user, int64_t red)
{
    const filling *f = user;
    for (int64_t cell = red << 12; cell < (red + 1) << 12; cell++) {
        if (f->k->cell[cell].count)
            continue;
        const double rgb[3] = { (double)(red * 4 + 2), (double)((cell >> 6 & 63) * 4 + 2),
                                (double)((cell & 63) * 4 + 2) };
        double lab[3];
        lab_of_rgb(lab, rgb, f->linear);
        f->palette->nearest[cell] = nearest(f->k->cluster, f->k->clusters, lab);
    }
    return PEL_OK;
}

// the mean of the distances to the nearest other colour, the largest channel counted
static int spread_of(const pel__palette *palette)
{
    int64_t sum = 0;
    for (int i = 0; i < palette->count; i++) {
        int least = 255;
        for (int j = 0; j < palette->count; j++) {
            int most = 0;
            for (int c = 0; c < 3; c++) {
                int d = palette->rgb[i][c] - palette->rgb[j][c];
                most = (d < 0 ? -d : d) > most ? (d < 0 ? -d : d) : most;
            }
            least = i != j && most < least ? most : least;
        }
        sum += least;
    }
    return palette->count > 1 ? (int)(sum / palette->count) : 0;
}

static int64_t collect(item *items, const struct pel__cell *cells, const double *linear)
{
    int64_t count = 0;
    for (int32_t cell = 0; cell < CELLS; cell++) {
        const struct pel__cell *from = &cells[cell];
        if (!from->count)
            continue;
        double n = (double)from->count, rgb[3];
        item *to = &items[count++];
        // rare colours count for more than their pixels, common ones for less
        *to = (item){ .cell = cell, .weight = sqrt(n) * sqrt(sqrt(n)) };
        for (int c = 0; c < 3; c++)
            rgb[c] = (double)from->sum[c] / n;
        lab_of_rgb(to->lab, rgb, linear);
    }
    return count;
}

static pel_status make(pel__palette *palette, clustering *k, const double *linear, bool all)
{
    box boxes[PEL__COLOURS];
    k->count = collect(k->items, palette->cell, linear);
    k->clusters = k->count ? cut_boxes(boxes, k->items, k->count) : 0;
    for (int i = 0; i < k->clusters; i++)
        memcpy(k->cluster[i].lab, boxes[i].mean, sizeof boxes[i].mean);
    pel_status s = refine(k);
    if (s != PEL_OK)
        return s;
    palette->count = k->clusters;
    for (int i = 0; i < k->clusters; i++)
        set_colour(palette->rgb[i], &k->cluster[i], palette->cell);
    for (int64_t i = 0; i < k->count; i++)
        palette->nearest[k->items[i].cell] = k->items[i].colour;
    palette->spread = spread_of(palette);
    filling f = { palette, k, linear };
    return all && k->clusters ? pel__parallel(64, fill_red, &f, NULL) : PEL_OK;
}

pel_status pel__palette_make(pel__palette *palette, bool all)
{
    double linear[256];
    for (int i = 0; i < 256; i++)
        linear[i] = linear_of(i / 255.0);
    clustering *k;
    pel_status s = pel__alloc_zero(&k, 1, sizeof *k, "a palette");
    if (s != PEL_OK)
        return s;
    k->cell = palette->cell;
    s = pel__alloc(&k->items, CELLS, sizeof *k->items, "a palette");
    if (s == PEL_OK)
        s = make(palette, k, linear, all);
    pel__free(k->items);
    pel__free(k);
    return s;
}
