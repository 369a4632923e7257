/* SPDX-License-Identifier: Apache-2.0 */
/* graph.c: chains of voxels between nodes, traced and pruned. */
#include "surface/graph.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "volume/volume.h"

enum { NEIGHBOURS = 26, ROUNDS = 20 };

void pel__graph_free(pel__graph *graph)
{
    pel__free(graph->voxel);
    pel__free(graph->alive);
    pel__free(graph->node);
    pel__free(graph->list);
    pel__free(graph->chain);
    *graph = (pel__graph){ 0 };
}

static int by_place(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

// the number of a voxel that is alive; -1: there is none
static int64_t number_of(const pel__graph *g, int64_t place)
{
    const int64_t *at = bsearch(&place, g->voxel, (size_t)g->count, sizeof place, by_place);
    return at && g->alive[at - g->voxel] ? at - g->voxel : -1;
}

// numbers of the voxels alive around one, in scan order
static int around(const pel__graph *g, int64_t n, int64_t out[NEIGHBOURS])
{
    const int64_t *d = g->dims, place = g->voxel[n];
    int64_t i = place % d[0], j = place / d[0] % d[1], k = place / d[0] / d[1];
    int count = 0;
    for (int z = -1; z <= 1; z++)
        for (int y = -1; y <= 1; y++)
            for (int x = -1; x <= 1; x++) {
                bool inside = i + x >= 0 && i + x < d[0] && j + y >= 0 && j + y < d[1] &&
                              k + z >= 0 && k + z < d[2];
                if (!inside || (!x && !y && !z))
                    continue;
                int64_t other = number_of(g, place + (z * d[1] + y) * d[0] + x);
                if (other >= 0)
                    out[count++] = other;
            }
    return count;
}

/* ---- nodes ---- */

// junctions that touch are one node: numbers spread from the first one
static pel_status spread(pel__graph *g, int64_t start, int64_t *stack, const uint8_t *degree)
{
    int64_t depth = 0, beside[NEIGHBOURS];
    stack[depth++] = start;
    g->node[start] = (int32_t)g->nodes;
    while (depth) {
        int64_t n = stack[--depth];
        int count = around(g, n, beside);
        for (int b = 0; b < count; b++)
            if (degree[beside[b]] > 2 && g->node[beside[b]] < 0) {
                g->node[beside[b]] = (int32_t)g->nodes;
                stack[depth++] = beside[b];
            }
    }
    g->nodes++;
    return PEL_OK;
}

static pel_status find_nodes(pel__graph *g, uint8_t *degree)
{
    int64_t beside[NEIGHBOURS], *stack;
    pel_status s = pel__alloc(&stack, g->count + 1, sizeof *stack, "a skeleton");
    if (s != PEL_OK)
        return s;
    g->nodes = 0;
    for (int64_t n = 0; n < g->count; n++) {
        degree[n] = g->alive[n] ? (uint8_t)around(g, n, beside) : 0;
        g->node[n] = -1;
    }
    for (int64_t n = 0; n < g->count; n++)
        if (g->alive[n] && degree[n] > 2 && g->node[n] < 0)
            spread(g, n, stack, degree);
        else if (g->alive[n] && degree[n] < 2)
            g->node[n] = (int32_t)g->nodes++;
    pel__free(stack);
    return PEL_OK;
}

/* ---- chains ---- */

static pel_status push(pel__graph *g, int64_t n)
{
    if (g->listed == g->room) {
        int64_t room = 2 * g->room + 64;
        pel_status s = pel__realloc(&g->list, room, sizeof *g->list, "a skeleton");
        if (s != PEL_OK)
            return s;
        g->room = room;
    }
    g->list[g->listed++] = n;
    return PEL_OK;
}

static pel_status start_chain(pel__graph *g, int64_t n)
{
    if (g->chains == g->chain_room) {
        int64_t room = 2 * g->chain_room + 16;
        pel_status s = pel__realloc(&g->chain, room, sizeof *g->chain, "a skeleton");
        if (s != PEL_OK)
            return s;
        g->chain_room = room;
    }
    g->chain[g->chains++] = (pel__chain_of){ g->listed, 1, g->node[n], -1 };
    return push(g, n);
}

static pel_status extend(pel__graph *g, int64_t n)
{
    pel__chain_of *c = &g->chain[g->chains - 1];
    c->count++;
    c->to = g->node[n];
    return push(g, n);
}

// from node voxel `from` over `next` until the next node
static pel_status walk(pel__graph *g, int64_t from, int64_t next, uint8_t *seen)
{
    int64_t before = from, beside[NEIGHBOURS];
    pel_status s = start_chain(g, from);
    while (s == PEL_OK) {
        s = extend(g, next);
        if (g->node[next] >= 0)
            break;
        seen[next] = 1;
        int count = around(g, next, beside);
        int64_t after = count > 0 && beside[0] != before ? beside[0] : count > 1 ? beside[1] : -1;
        if (after < 0 || (g->node[after] < 0 && seen[after]))
            break;
        before = next;
        next = after;
    }
    // out of a node and straight back into it is no branch
    pel__chain_of *c = s == PEL_OK ? &g->chain[g->chains - 1] : NULL;
    if (c && c->from == c->to && c->count <= 4) {
        g->listed = c->first;
        g->chains--;
    }
    return s;
}

static pel_status trace_from(pel__graph *g, int64_t n, uint8_t *seen)
{
    int64_t beside[NEIGHBOURS];
    int count = around(g, n, beside);
    pel_status s = PEL_OK;
    for (int b = 0; b < count && s == PEL_OK; b++) {
        int64_t other = beside[b];
        bool node = g->node[other] >= 0;
        if (node ? g->node[other] != g->node[n] && other > n : !seen[other])
            s = walk(g, n, other, seen);
    }
    return s;
}

static pel_status trace(pel__graph *g)
{
    uint8_t *scratch;
    pel_status s = pel__alloc_zero(&scratch, 2 * g->count + 1, 1, "a skeleton");
    if (s != PEL_OK)
        return s;
    uint8_t *seen = scratch + g->count;
    g->listed = g->chains = 0;
    s = find_nodes(g, scratch);
    for (int64_t n = 0; n < g->count && s == PEL_OK; n++)
        if (g->alive[n] && g->node[n] >= 0)
            s = trace_from(g, n, seen);
    // what is left are rings: one voxel of each becomes a node
    for (int64_t n = 0; n < g->count && s == PEL_OK; n++)
        if (g->alive[n] && g->node[n] < 0 && !seen[n]) {
            g->node[n] = (int32_t)g->nodes++;
            s = trace_from(g, n, seen);
        }
    pel__free(scratch);
    return s;
}

pel_status pel__graph_of(pel__graph *out, const pel_volume *thin)
{
    const uint8_t *set = thin->data;
    int64_t voxels = pel_volume_count(thin);
    pel_vec3 mm = pel_volume_spacing_mm(thin);
    *out = (pel__graph){ .dims = { thin->dims[0], thin->dims[1], thin->dims[2] },
                         .edge_mm = { mm.x, mm.y, mm.z } };
    for (int64_t n = 0; n < voxels; n++)
        out->count += set[n] != 0;
    pel_status s = pel__alloc(&out->voxel, out->count + 1, sizeof *out->voxel, "a skeleton");
    if (s == PEL_OK)
        s = pel__alloc(&out->alive, out->count + 1, 1, "a skeleton");
    if (s == PEL_OK)
        s = pel__alloc(&out->node, out->count + 1, sizeof *out->node, "a skeleton");
    if (s == PEL_OK) {
        int64_t listed = 0;
        for (int64_t n = 0; n < voxels; n++)
            if (set[n])
                out->voxel[listed++] = n;
        memset(out->alive, 1, (size_t)out->count);
        s = trace(out);
    }
    if (s != PEL_OK)
        pel__graph_free(out);
    return s;
}

/* ---- pruning ---- */

static double length_mm(const pel__graph *g, const pel__chain_of *c)
{
    const int64_t *d = g->dims;
    double length = 0;
    for (int64_t n = 1; n < c->count; n++) {
        int64_t a = g->voxel[g->list[c->first + n - 1]], b = g->voxel[g->list[c->first + n]];
        double x = (double)(a % d[0] - b % d[0]) * g->edge_mm[0];
        double y = (double)(a / d[0] % d[1] - b / d[0] % d[1]) * g->edge_mm[1];
        double z = (double)(a / d[0] / d[1] - b / d[0] / d[1]) * g->edge_mm[2];
        length += sqrt(x * x + y * y + z * z);
    }
    return length;
}

/* a chain that may go */
typedef struct spur {
    double length;
    int64_t chain, node;
} spur;

static int by_length(const void *a, const void *b)
{
    const spur *x = a, *y = b;
    if (x->length != y->length)
        return x->length < y->length ? -1 : 1;
    return x->chain < y->chain ? -1 : x->chain > y->chain;
}

// whether a chain ends freely and lies within the vessel that it leaves
static bool is_spur(spur *out, const pel__graph *g, int64_t chain, const int32_t *meeting,
                    const pel_volume *radius_mm)
{
    const pel__chain_of *c = &g->chain[chain];
    bool first = meeting[c->from] == 1, last = meeting[c->to] == 1;
    if (first == last)
        return false;
    int64_t leaves = g->list[first ? c->first + c->count - 1 : c->first];
    double wide = (double)((const float *)radius_mm->data)[g->voxel[leaves]];
    double coarse = fmax(g->edge_mm[0], fmax(g->edge_mm[1], g->edge_mm[2]));
    *out = (spur){ length_mm(g, c), chain, first ? c->to : c->from };
    return out->length < 1.5 * wide + coarse;
}

static void kill(pel__graph *g, const pel__chain_of *c, int64_t node)
{
    for (int64_t n = 0; n < c->count; n++) {
        int64_t voxel = g->list[c->first + n];
        if (g->node[voxel] != node)
            g->alive[voxel] = 0;
    }
}

static pel_status prune_once(pel__graph *g, const pel_volume *radius_mm, bool *any)
{
    int32_t *meeting;
    spur *spurs = NULL;
    int64_t count = 0;
    *any = false;
    pel_status s = pel__alloc_zero(&meeting, g->nodes + 1, sizeof *meeting, "a skeleton");
    if (s == PEL_OK)
        s = pel__alloc(&spurs, g->chains + 1, sizeof *spurs, "a skeleton");
    for (int64_t c = 0; s == PEL_OK && c < g->chains; c++) {
        meeting[g->chain[c].from]++;
        meeting[g->chain[c].to]++;
    }
    for (int64_t c = 0; s == PEL_OK && c < g->chains; c++)
        count += is_spur(&spurs[count], g, c, meeting, radius_mm);
    if (s == PEL_OK)
        qsort(spurs, (size_t)count, sizeof *spurs, by_length);
    for (int64_t n = 0; n < count && s == PEL_OK; n++)
        if (meeting[spurs[n].node] > 2) {
            meeting[spurs[n].node]--;
            kill(g, &g->chain[spurs[n].chain], spurs[n].node);
            *any = true;
        }
    pel__free(meeting);
    pel__free(spurs);
    return s;
}

/* ---- where only two chains meet they are one ---- */

static void turn_round(pel__graph *g, pel__chain_of *c)
{
    int64_t *list = g->list + c->first, from = c->from;
    for (int64_t a = 0, b = c->count - 1; a < b; a++, b--) {
        int64_t keep = list[a];
        list[a] = list[b];
        list[b] = keep;
    }
    c->from = c->to;
    c->to = from;
}

/* the first two chains of a node, and how many there are */
typedef struct meeting {
    int64_t count, chain[2];
} meeting;

static void meet(meeting *at, int64_t chain)
{
    if (at->count < 2)
        at->chain[at->count] = chain;
    at->count++;
}

// chain `b` goes on where `a` ends, at `node`: the list of both behind all others
static pel_status join(pel__graph *g, int64_t a, int64_t b, int64_t node)
{
    if (g->chain[a].from == node)
        turn_round(g, &g->chain[a]);
    if (g->chain[b].to == node)
        turn_round(g, &g->chain[b]);
    int64_t first = g->listed;
    pel_status s = PEL_OK;
    const pel__chain_of x = g->chain[a], y = g->chain[b];
    for (int64_t n = 0; n < x.count && s == PEL_OK; n++)
        s = push(g, g->list[x.first + n]);
    bool same = g->list[x.first + x.count - 1] == g->list[y.first];
    for (int64_t n = same; n < y.count && s == PEL_OK; n++)
        s = push(g, g->list[y.first + n]);
    g->chain[a] = (pel__chain_of){ first, x.count + y.count - same, x.from, y.to };
    g->chain[b].count = 0;
    return s;
}

static void drop_empty(pel__graph *g)
{
    int64_t left = 0;
    for (int64_t c = 0; c < g->chains; c++)
        if (g->chain[c].count)
            g->chain[left++] = g->chain[c];
    g->chains = left;
}

static pel_status join_where_two_meet(pel__graph *g)
{
    meeting *at;
    pel_status s = pel__alloc_zero(&at, g->nodes + 1, sizeof *at, "a skeleton");
    for (int64_t c = 0; s == PEL_OK && c < g->chains; c++) {
        meet(&at[g->chain[c].from], c);
        meet(&at[g->chain[c].to], c);
    }
    for (int64_t n = 0; s == PEL_OK && n < g->nodes; n++) {
        int64_t a = at[n].chain[0], b = at[n].chain[1];
        if (at[n].count != 2 || a == b)
            continue;
        s = join(g, a, b, n);
        meeting *far = &at[g->chain[a].to];
        for (int e = 0; e < 2; e++)
            far->chain[e] = far->chain[e] == b ? a : far->chain[e];
    }
    drop_empty(g);
    pel__free(at);
    return s;
}

pel_status pel__graph_prune(pel__graph *graph, const pel_volume *radius_mm)
{
    bool any = true;
    pel_status s = PEL_OK;
    for (int round = 0; round < ROUNDS && any && s == PEL_OK; round++) {
        s = prune_once(graph, radius_mm, &any);
        if (s == PEL_OK && any)
            s = trace(graph);
    }
    return s == PEL_OK ? join_where_two_meet(graph) : s;
}
