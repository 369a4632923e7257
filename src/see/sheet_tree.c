/* SPDX-License-Identifier: Apache-2.0 */
/* sheet_tree.c: a tree of boxes around triangles or points: sorted by the Morton codes of their
 * middles and parted where the highest bit changes (Lauterbach et al. 2009). */
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "see/sheet.h"

enum { BITS = 21, RADIX = 256 };

typedef struct item {
    uint64_t code;
    int32_t number;
} item;
_Static_assert(sizeof(item) == PEL__ITEM_BYTES, "as the plan has it");

// the lower 21 bits of x, two zeros after each
static uint64_t spread(uint64_t x)
{
    x = (x | x << 32) & 0x1f00000000ffff;
    x = (x | x << 16) & 0x1f0000ff0000ff;
    x = (x | x << 8) & 0x100f00f00f00f00f;
    x = (x | x << 4) & 0x10c30c30c30c30c3;
    return (x | x << 2) & 0x1249249249249249;
}

// three times the middle of an item
static void sum_corners(double out[3], const pel_mesh *mesh, bool is_cloud, int64_t i)
{
    for (int a = 0; a < 3; a++) {
        out[a] = is_cloud ? 3 * (double)mesh->point_mm[i][a] : 0;
        for (int c = 0; c < 3 && !is_cloud; c++)
            out[a] += (double)mesh->point_mm[mesh->triangle[i][c]][a];
    }
}

static void set_codes(item *items, const pel__sheet *sheet, const pel_mesh *mesh, bool is_cloud)
{
    const double lo[3] = { sheet->lo_mm.x, sheet->lo_mm.y, sheet->lo_mm.z };
    const double hi[3] = { sheet->hi_mm.x, sheet->hi_mm.y, sheet->hi_mm.z };
    for (int64_t i = 0; i < sheet->items; i++) {
        double sum[3];
        sum_corners(sum, mesh, is_cloud, i);
        items[i] = (item){ 0, (int32_t)i };
        for (int a = 0; a < 3; a++) {
            double span = hi[a] - lo[a], part = span > 0 ? (sum[a] / 3 - lo[a]) / span : 0;
            uint64_t cell = (uint64_t)pel__int_from(part * (1 << BITS), 0, (1 << BITS) - 1);
            items[i].code |= spread(cell) << a;
        }
    }
}

// by code, and of equal codes as they stand: least significant byte first
static void sort(item *items, item *spare, int64_t count)
{
    for (int shift = 0; shift < 64; shift += 8) {
        int64_t at[RADIX + 1] = { 0 };
        for (int64_t i = 0; i < count; i++)
            at[(items[i].code >> shift & 255) + 1]++;
        for (int b = 0; b < RADIX; b++)
            at[b + 1] += at[b];
        for (int64_t i = 0; i < count; i++)
            spare[at[items[i].code >> shift & 255]++] = items[i];
        item *other = items;
        items = spare;
        spare = other;
    }
}

/* boxes being made: of items first to last - 1 */
typedef struct making {
    pel__sheet *sheet;
    const item *items;
    int32_t nodes;
} making;

// where the highest bit that differs changes; in the middle where codes are the same
static int64_t part(const item *items, int64_t first, int64_t last)
{
    uint64_t differ = items[first].code ^ items[last - 1].code;
    if (differ == 0)
        return first + (last - first) / 2;
    int bit = 63 - __builtin_clzll(differ);
    int64_t lo = first, hi = last - 1; // the bit is 0 at lo and 1 at hi
    while (hi - lo > 1) {
        int64_t middle = lo + (hi - lo) / 2;
        if (items[middle].code >> bit & 1)
            hi = middle;
        else
            lo = middle;
    }
    return hi;
}

static void enclose(pel__node *node, const pel__sheet *sheet, int64_t first, int64_t last)
{
    int corners = sheet->corner ? 3 : 1;
    for (int a = 0; a < 3; a++) {
        node->lo[a] = INFINITY;
        node->hi[a] = -INFINITY;
        for (int64_t i = first; i < last; i++)
            for (int c = 0; c < corners; c++) {
                float x = sheet->point[sheet->corner ? sheet->corner[i][c] : sheet->number[i]][a];
                node->lo[a] = fminf(node->lo[a], x);
                node->hi[a] = fmaxf(node->hi[a], x);
            }
        // a little more, so that rounding in a test loses no triangle on the box's face
        node->lo[a] = nextafterf(node->lo[a], -INFINITY);
        node->hi[a] = nextafterf(node->hi[a], INFINITY);
    }
}

// at most 64 + 31 deep: every part ends a bit, or halves what has equal codes
static void make_node(making *m, int64_t first, int64_t last)
{
    pel__node *node = &m->sheet->node[m->nodes++];
    if (last - first <= PEL__LEAF) {
        enclose(node, m->sheet, first, last);
        node->second = (int32_t)first;
        node->leaf_count = (int32_t)(last - first);
        return;
    }
    int64_t middle = part(m->items, first, last);
    const pel__node *a = &m->sheet->node[m->nodes];
    make_node(m, first, middle);
    const pel__node *b = &m->sheet->node[m->nodes];
    node->second = m->nodes;
    node->leaf_count = 0;
    make_node(m, middle, last);
    for (int axis = 0; axis < 3; axis++) {
        node->lo[axis] = fminf(a->lo[axis], b->lo[axis]);
        node->hi[axis] = fmaxf(a->hi[axis], b->hi[axis]);
    }
}

pel_status pel__sheet_tree(pel__sheet *sheet, const pel_mesh *mesh, bool is_cloud)
{
    int64_t count = sheet->items;
    item *items = NULL, *spare = NULL;
    pel_status s = pel__alloc(&items, count, sizeof *items, "the order of triangles");
    if (s == PEL_OK)
        s = pel__alloc(&spare, count, sizeof *spare, "the order of triangles");
    if (s == PEL_OK && !is_cloud)
        s = pel__alloc(&sheet->corner, count, sizeof *sheet->corner, "a mesh");
    if (s == PEL_OK)
        s = pel__alloc(&sheet->number, count, sizeof *sheet->number, "a mesh");
    if (s == PEL_OK)
        s = pel__alloc(&sheet->node, 2 * count, sizeof *sheet->node, "the boxes of a mesh");
    if (s == PEL_OK) {
        set_codes(items, sheet, mesh, is_cloud);
        sort(items, spare, count); // an even number of passes: the result is in `items`
        for (int64_t i = 0; i < count; i++) {
            sheet->number[i] = items[i].number;
            if (!is_cloud)
                memcpy(sheet->corner[i], mesh->triangle[items[i].number], sizeof *sheet->corner);
        }
        making m = { sheet, items, 0 };
        make_node(&m, 0, count);
    }
    pel__free(items);
    pel__free(spare);
    return s;
}
