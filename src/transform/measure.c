/* SPDX-License-Identifier: Apache-2.0 */
/* measure.c: formulas applied one after the other to the values of a volume, and what the values
 * then are. */
#include "transform/measure.h"

#include <math.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "kernels/curves.h"
#include "volume/volume.h"

/* blocks that one task works through: fixed, so that sums have a fixed order */
enum { BLOCKS_PER_TASK = 64 };

/* ---- formulas ---- */

static double look_up(const pel__tone_op *op, double v)
{
    double at = op->b > 0 ? (v - op->a) / op->b - 0.5 : 0;
    if (isnan(v))
        return v;
    if (!(at > 0))
        return op->table[0];
    if (at >= op->count - 1)
        return op->table[op->count - 1];
    int64_t i = (int64_t)at;
    return op->table[i] + (at - (double)i) * (op->table[i + 1] - op->table[i]);
}

// written so that NaN falls through both tests
static double clip(double v, double lo, double hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

static void apply(const pel__tone_op *op, double *v, int64_t count)
{
    double a = op->a, b = op->b;
    for (int64_t n = 0; n < count; n++)
        switch (op->kind) {
        case PEL__TONE_LINE:
            v[n] = a + b * v[n];
            break;
        case PEL__TONE_SCALE:
            v[n] = b != 0 ? (v[n] - a) / b : isnan(v[n]) ? v[n] : 0;
            break;
        case PEL__TONE_WINDOW:
            v[n] = b != 0 ? clip((v[n] - a) / b, 0, 1) : isnan(v[n]) ? v[n] : v[n] > a;
            break;
        case PEL__TONE_CLIP:
            v[n] = clip(v[n], a, b);
            break;
        case PEL__TONE_POW:
            v[n] = pel__pow(v[n], a);
            break;
        case PEL__TONE_SPREAD:
            v[n] = a + b * (v[n] - a);
            break;
        case PEL__TONE_LOG:
            v[n] = pel__log1p(v[n] - a);
            break;
        case PEL__TONE_TABLE:
            v[n] = look_up(op, v[n]);
            break;
        }
}

int64_t pel__chain_blocks(const pel_volume *in)
{
    return (pel_volume_count(in) + PEL__BLOCK - 1) / PEL__BLOCK;
}

int64_t pel__chain_block(double value[PEL__BLOCK], const pel__chain *chain, const pel_volume *in,
                         int64_t block, int64_t *first)
{
    double slope, inter;
    pel__volume_scale(in, &slope, &inter);
    int64_t count = pel_volume_count(in) - block * PEL__BLOCK;
    count = count < PEL__BLOCK ? count : PEL__BLOCK;
    *first = block * PEL__BLOCK;
    for (int64_t n = 0; n < count; n++)
        value[n] = slope * pel__stored_get(in->data, in->dtype, *first + n) + inter;
    for (int i = 0; i < chain->count; i++)
        apply(&chain->ops[i], value, count);
    return count;
}

/* ---- what the values are ---- */

typedef struct measuring {
    const pel__chain *chain;
    const pel_volume *in;
    pel__moments *of_task;
    // of histograms: bins from lo to hi
    int64_t *bin;
    int bins;
    double lo, hi;
    // of ranks: how many values share the digits found so far and have this next digit
    uint64_t known[4]; // digits found, per rank
    int known_bits, ranks;
    int64_t *digit; // 65536 per rank
} measuring;

static int64_t task_count(const pel_volume *in)
{
    return (pel__chain_blocks(in) + BLOCKS_PER_TASK - 1) / BLOCKS_PER_TASK;
}

// the blocks of a task
static int64_t last_block(const pel_volume *in, int64_t task)
{
    int64_t last = (task + 1) * BLOCKS_PER_TASK, all = pel__chain_blocks(in);
    return last < all ? last : all;
}

static pel_status moments_task(void *user, int64_t task)
{
    const measuring *m = user;
    double value[PEL__BLOCK];
    pel__moments sum = { INFINITY, -INFINITY, 0, 0 };
    for (int64_t block = task * BLOCKS_PER_TASK; block < last_block(m->in, task); block++) {
        int64_t first, count = pel__chain_block(value, m->chain, m->in, block, &first);
        double of_block = 0;
        for (int64_t n = 0; n < count; n++)
            if (isfinite(value[n])) {
                sum.min = value[n] < sum.min ? value[n] : sum.min;
                sum.max = value[n] > sum.max ? value[n] : sum.max;
                of_block += value[n];
                sum.count++;
            }
        sum.mean += of_block;
    }
    m->of_task[task] = sum;
    return PEL_OK;
}

pel_status pel__measure_moments(pel__moments *out, const pel__chain *chain, const pel_volume *in)
{
    measuring m = { .chain = chain, .in = in };
    int64_t tasks = task_count(in);
    *out = (pel__moments){ INFINITY, -INFINITY, 0, 0 };
    pel_status s = pel__alloc(&m.of_task, tasks, sizeof *m.of_task, "sums");
    if (s == PEL_OK)
        s = pel__parallel(tasks, moments_task, &m, NULL);
    for (int64_t t = 0; s == PEL_OK && t < tasks; t++) {
        const pel__moments *part = &m.of_task[t];
        out->min = part->min < out->min ? part->min : out->min;
        out->max = part->max > out->max ? part->max : out->max;
        out->mean += part->mean;
        out->count += part->count;
    }
    pel__free(m.of_task);
    if (s != PEL_OK || out->count == 0)
        *out = (pel__moments){ 0 };
    else
        out->mean /= (double)out->count;
    return s;
}

// counts are whole numbers: the order in which they are added is of no matter
static void add_counts(int64_t *to, const int64_t *from, int64_t count)
{
    for (int64_t n = 0; n < count; n++)
        if (from[n])
            __atomic_fetch_add(&to[n], from[n], __ATOMIC_RELAXED);
}

static pel_status histogram_task(void *user, int64_t task)
{
    const measuring *m = user;
    double value[PEL__BLOCK];
    int64_t *bin;
    pel_status s = pel__alloc_zero(&bin, m->bins, sizeof *bin, "counts");
    if (s != PEL_OK)
        return s;
    for (int64_t block = task * BLOCKS_PER_TASK; block < last_block(m->in, task); block++) {
        int64_t first, count = pel__chain_block(value, m->chain, m->in, block, &first);
        for (int64_t n = 0; n < count; n++) {
            if (!(value[n] >= m->lo && value[n] <= m->hi))
                continue;
            double at = m->hi > m->lo ? (value[n] - m->lo) / (m->hi - m->lo) * m->bins : 0;
            bin[at < m->bins ? (int)at : m->bins - 1]++;
        }
    }
    add_counts(m->bin, bin, m->bins);
    pel__free(bin);
    return PEL_OK;
}

pel_status pel__measure_histogram(int64_t *bin, int bins, double lo, double hi,
                                  const pel__chain *chain, const pel_volume *in)
{
    measuring m = { .chain = chain, .in = in, .bin = bin, .bins = bins, .lo = lo, .hi = hi };
    memset(bin, 0, (size_t)bins * sizeof *bin);
    return pel__parallel(task_count(in), histogram_task, &m, NULL);
}

/* ---- ranks: sixteen bits of the sorted order per pass, so that nothing is sorted or kept ---- */

enum { DIGITS = 65536 };

// a whole number that grows with the value
static uint64_t key_of(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static double value_of(uint64_t key)
{
    uint64_t bits = key >> 63 ? key & ~(UINT64_C(1) << 63) : ~key;
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static pel_status digits_task(void *user, int64_t task)
{
    const measuring *m = user;
    double value[PEL__BLOCK];
    int64_t *digit;
    pel_status s = pel__alloc_zero(&digit, (int64_t)m->ranks * DIGITS, sizeof *digit, "counts");
    if (s != PEL_OK)
        return s;
    int64_t blocks = pel__chain_blocks(m->in), tasks = 16;
    for (int64_t block = task * blocks / tasks; block < (task + 1) * blocks / tasks; block++) {
        int64_t first, count = pel__chain_block(value, m->chain, m->in, block, &first);
        for (int64_t n = 0; n < count; n++) {
            if (isnan(value[n]))
                continue;
            uint64_t key = key_of(value[n]);
            for (int r = 0; r < m->ranks; r++)
                if (m->known_bits == 0 || key >> (64 - m->known_bits) == m->known[r])
                    digit[(uint64_t)r * DIGITS +
                          (key >> (48 - m->known_bits) & UINT64_C(0xffff))]++;
        }
    }
    add_counts(m->digit, digit, (int64_t)m->ranks * DIGITS);
    pel__free(digit);
    return PEL_OK;
}

// the digit at which `rank` values (counted from 0) lie before; rank becomes the one within it
static uint64_t digit_of_rank(const int64_t *digit, int64_t *rank)
{
    for (uint64_t d = 0; d < DIGITS; d++) {
        if (*rank < digit[d])
            return d;
        *rank -= digit[d];
    }
    return DIGITS - 1;
}

// the values at four ranks
static pel_status find_ranks(double value[4], int64_t rank[4], measuring *m)
{
    m->ranks = 4;
    pel_status s = pel__alloc(&m->digit, 4 * DIGITS, sizeof *m->digit, "counts");
    for (m->known_bits = 0; s == PEL_OK && m->known_bits < 64; m->known_bits += 16) {
        memset(m->digit, 0, 4 * DIGITS * sizeof *m->digit);
        s = pel__parallel(16, digits_task, m, NULL);
        for (int r = 0; s == PEL_OK && r < 4; r++)
            m->known[r] = m->known[r] << 16 | digit_of_rank(m->digit + r * DIGITS, &rank[r]);
    }
    for (int r = 0; r < 4; r++)
        value[r] = value_of(m->known[r]);
    pel__free(m->digit);
    return s;
}

static int64_t count_numbers(int64_t blocks, const pel__chain *chain, const pel_volume *in)
{
    double value[PEL__BLOCK];
    int64_t numbers = 0, first;
    for (int64_t block = 0; block < blocks; block++) {
        int64_t count = pel__chain_block(value, chain, in, block, &first);
        for (int64_t n = 0; n < count; n++)
            numbers += !isnan(value[n]);
    }
    return numbers;
}

pel_status pel__measure_percentiles(double value[2], const double percent[2],
                                    const pel__chain *chain, const pel_volume *in)
{
    measuring m = { .chain = chain, .in = in };
    int64_t count = count_numbers(pel__chain_blocks(in), chain, in), rank[4];
    double at[2], found[4];
    value[0] = value[1] = 0;
    if (count == 0)
        return PEL_OK;
    for (int p = 0; p < 2; p++) {
        at[p] = percent[p] / 100 * (double)(count - 1);
        rank[2 * p] = (int64_t)at[p];
        rank[2 * p + 1] = rank[2 * p] + 1 < count ? rank[2 * p] + 1 : count - 1;
        at[p] -= (double)rank[2 * p];
    }
    pel_status s = find_ranks(found, rank, &m);
    for (int p = 0; p < 2; p++)
        value[p] = found[2 * p] + at[p] * (found[2 * p + 1] - found[2 * p]);
    return s;
}
