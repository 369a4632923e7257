/* SPDX-License-Identifier: Apache-2.0 */
/* descend.c: L-BFGS preconditioned by a Laplacian, with a barrier against turned triangles. */
#include "flatten/descend.h"

#include <math.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "flatten/strain.h"

enum {
    MEMORY = 7,
    WINDOW = 10,
    RESCALE = 4, // steps after which the smoother's strength is found anew
};

/* steps and changes of slope that are remembered, the oldest overwritten */
typedef struct memory {
    int64_t n; // numbers: two a point
    int count, next;
    double *step[MEMORY], *change[MEMORY]; // owned
    double along[MEMORY];                  // step . change
    double scale;                          // how strong the smoother should have been
    int age;                               // of that, in steps
} memory;

typedef struct state {
    double *x, *slope, *to, *to_slope, *move; // owned
    double value, to_value;
    memory memory;
} state;

static double dot(const double *a, const double *b, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static void add(double *to, double factor, const double *what, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        to[i] += factor * what[i];
}

static pel_status state_new(state *s, int64_t n)
{
    double **all[5] = { &s->x, &s->slope, &s->to, &s->to_slope, &s->move };
    pel_status status = PEL_OK;
    *s = (state){ .memory.n = n };
    for (int i = 0; i < 5 && status == PEL_OK; i++)
        status = pel__alloc(all[i], n, sizeof(double), "a descent");
    for (int i = 0; i < MEMORY && status == PEL_OK; i++) {
        status = pel__alloc(&s->memory.step[i], n, sizeof(double), "a descent");
        if (status == PEL_OK)
            status = pel__alloc(&s->memory.change[i], n, sizeof(double), "a descent");
    }
    return status;
}

static void state_free(state *s)
{
    double *all[5] = { s->x, s->slope, s->to, s->to_slope, s->move };
    for (int i = 0; i < 5; i++)
        pel__free(all[i]);
    for (int i = 0; i < MEMORY; i++) {
        pel__free(s->memory.step[i]);
        pel__free(s->memory.change[i]);
    }
}

// the last step tells how strong the smoother should have been; that costs a solve
static pel_status rescale(state *s, const pel__descent *with)
{
    memory *m = &s->memory;
    if (m->count == 0)
        m->scale = 1;
    if (m->count == 0 || (m->count > RESCALE && ++m->age % RESCALE))
        return PEL_OK;
    // kept in `to` a moment
    int k = (m->next - 1 + MEMORY) % MEMORY;
    memcpy(s->to, m->change[k], (size_t)m->n * sizeof(double));
    pel_status status = pel__sparse_solve(with->smoother, s->to, 2);
    double norm = dot(m->change[k], s->to, m->n);
    m->scale = norm > 0 ? m->along[k] / norm : 1;
    return status;
}

// the two loops of Nocedal's recursion around the smoother
static pel_status direction(state *s, const pel__descent *with)
{
    memory *m = &s->memory;
    double part[MEMORY];
    memcpy(s->move, s->slope, (size_t)m->n * sizeof(double));
    for (int i = 0; i < m->count; i++) {
        int k = (m->next - 1 - i + 2 * MEMORY) % MEMORY;
        part[k] = dot(m->step[k], s->move, m->n) / m->along[k];
        add(s->move, -part[k], m->change[k], m->n);
    }
    pel_status status = pel__sparse_solve(with->smoother, s->move, 2);
    if (status == PEL_OK)
        status = rescale(s, with);
    for (int64_t i = 0; i < m->n; i++)
        s->move[i] *= m->scale;
    for (int i = m->count - 1; i >= 0; i--) {
        int k = (m->next - 1 - i + 2 * MEMORY) % MEMORY;
        double b = dot(m->change[k], s->move, m->n) / m->along[k];
        add(s->move, part[k] - b, m->step[k], m->n);
    }
    for (int64_t i = 0; i < m->n; i++)
        s->move[i] = -s->move[i];
    return status;
}

static void remember(state *s)
{
    memory *m = &s->memory;
    double *step = m->step[m->next], *change = m->change[m->next];
    for (int64_t i = 0; i < m->n; i++) {
        step[i] = s->to[i] - s->x[i];
        change[i] = s->to_slope[i] - s->slope[i];
    }
    double along = dot(step, change, m->n);
    if (!(along > 1e-14 * sqrt(dot(step, step, m->n) * dot(change, change, m->n))))
        return;
    m->along[m->next] = along;
    m->next = (m->next + 1) % MEMORY;
    m->count += m->count < MEMORY;
}

// as far along `move` as gains enough; false in `gained` when nothing does
static pel_status search(state *s, const pel__descent *with, bool *gained)
{
    int64_t n = s->memory.n;
    double down = dot(s->slope, s->move, n), free_step, t;
    *gained = false;
    if (!(down < 0))
        return PEL_OK;
    pel_status status = pel__strain_free_step(&free_step, with->patch, (const double(*)[2])s->x,
                                              (const double(*)[2])s->move, 1e30);
    t = fmin(1, 0.8 * free_step);
    for (int tries = 0; status == PEL_OK && tries < 30; tries++) {
        for (int64_t i = 0; i < n; i++)
            s->to[i] = s->x[i] + t * s->move[i];
        status = with->value(with->user, &s->to_value, (double(*)[2])s->to_slope,
                             (const double(*)[2])s->to);
        *gained = s->to_value <= s->value + 1e-4 * t * down;
        if (*gained || status != PEL_OK)
            break;
        // the parabola through both values and the slope
        double bend = s->to_value - s->value - t * down;
        double least = isfinite(bend) && bend > 0 ? -0.5 * down * t * t / bend : 0.5 * t;
        t = fmin(fmax(least, 0.1 * t), 0.5 * t);
    }
    return status;
}

static void accept(state *s)
{
    double *x = s->x, *slope = s->slope;
    s->x = s->to;
    s->to = x;
    s->slope = s->to_slope;
    s->to_slope = slope;
    s->value = s->to_value;
}

pel_status pel__descend(double (*uv)[2], const pel__descent *with, double *value)
{
    state s;
    int64_t n = 2 * with->patch->mesh.points;
    double before[WINDOW];
    pel_status status = state_new(&s, n);
    if (status == PEL_OK) {
        memcpy(s.x, uv, (size_t)n * sizeof(double));
        status = with->value(with->user, &s.value, (double(*)[2])s.slope, (const double(*)[2])s.x);
    }
    for (int i = 0; status == PEL_OK && i < with->most; i++) {
        bool gained = false;
        if (i >= WINDOW && before[i % WINDOW] - s.value <= with->enough * s.value + 1e-17)
            break;
        before[i % WINDOW] = s.value;
        status = direction(&s, with);
        if (status == PEL_OK)
            status = search(&s, with, &gained);
        if (status == PEL_OK && !gained && s.memory.count == 0)
            break;
        if (gained) {
            remember(&s);
            accept(&s);
        } else
            s.memory.count = 0; // start afresh from the smoother alone
        if (status == PEL_OK)
            status = pel__progress(with->step, (double)(i + 1) / with->most);
    }
    if (status == PEL_OK) {
        memcpy(uv, s.x, (size_t)n * sizeof(double));
        *value = s.value;
    }
    state_free(&s);
    return status;
}
