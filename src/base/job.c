/* SPDX-License-Identifier: Apache-2.0 */
/* job.c: the job of this thread; parallel loops that live as long as their work. */
#include "base/job.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/status.h"

enum { MOST_THREADS = 256, ERROR_BYTES = 1024 };

static _Thread_local pel_job *current;
static _Thread_local bool in_worker;
static _Thread_local bool is_aside; // a thread of the job is at work elsewhere

pel_job pel_job_defaults(void)
{
    return (pel_job){ .size = sizeof(pel_job) };
}

pel_job *pel_job_use(pel_job *job)
{
    pel_job *before = current;
    current = job;
    return before;
}

void pel_job_cancel(pel_job *job)
{
    __atomic_store_n(&job->cancelled, 1, __ATOMIC_RELAXED);
}

pel_job *pel__job(void)
{
    return current;
}

int pel__threads(void)
{
    long threads =
        current && current->threads > 0 ? current->threads : sysconf(_SC_NPROCESSORS_ONLN);
    threads -= is_aside;
    return (int)(threads < 1 ? 1 : threads > MOST_THREADS ? MOST_THREADS : threads);
}

// what the kernel thinks could be had without swapping; 0 when it does not say
static int64_t available_bytes(void)
{
    FILE *file = fopen("/proc/meminfo", "r");
    if (!file)
        return 0;
    char line[128];
    long long kib = 0;
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "MemAvailable: %lld kB", &kib) == 1)
            break;
    fclose(file);
    return (int64_t)kib * 1024;
}

int64_t pel__memory_limit(void)
{
    if (current && current->memory_bytes > 0)
        return current->memory_bytes;
    int64_t available = available_bytes();
    return available > 0 ? pel_memory_in_use() + available / 4 * 3 : INT64_MAX;
}

pel_status pel__cancelled(void)
{
    if (current && __atomic_load_n(&current->cancelled, __ATOMIC_RELAXED))
        return pel__fail(PEL_ECANCELLED, "cancelled; nothing was written");
    return PEL_OK;
}

pel_status pel__progress(const char *step, double fraction)
{
    if (step && current && current->progress && !in_worker && !is_aside)
        current->progress(current->user, step, fraction);
    return pel__cancelled();
}

typedef struct loop {
    int64_t count;
    pel__task task;
    void *user;
    const char *step;
    pel_job *job;
    atomic_llong next, done;
    atomic_int failed;
    pthread_mutex_t lock; // guards the three below
    int64_t failed_item;
    pel_status status;
    char error[ERROR_BYTES];
} loop;

static void keep_failure(loop *all, int64_t item, pel_status status)
{
    pthread_mutex_lock(&all->lock);
    if (all->status == PEL_OK || item < all->failed_item) {
        all->status = status;
        all->failed_item = item;
        snprintf(all->error, sizeof all->error, "%s", pel_error());
    }
    pthread_mutex_unlock(&all->lock);
    atomic_store(&all->failed, 1);
}

static void take_items(loop *all, bool reports)
{
    while (!atomic_load_explicit(&all->failed, memory_order_relaxed)) {
        int64_t item = atomic_fetch_add(&all->next, 1);
        if (item >= all->count)
            break;
        pel_status s = pel__cancelled();
        if (s == PEL_OK)
            s = all->task(all->user, item);
        if (s != PEL_OK)
            keep_failure(all, item, s);
        int64_t done = atomic_fetch_add(&all->done, 1) + 1;
        if (reports && all->job && all->job->progress)
            all->job->progress(all->job->user, all->step, (double)done / (double)all->count);
    }
}

static void *work(void *user)
{
    loop *all = user;
    current = all->job;
    in_worker = true;
    take_items(all, false);
    return NULL;
}

pel_status pel__parallel(int64_t count, pel__task task, void *user, const char *step)
{
    loop all = { .count = count, .task = task, .user = user, .step = step, .job = current };
    pthread_mutex_init(&all.lock, NULL);
    bool nested = in_worker;
    int wanted = nested ? 1 : pel__threads();
    if (wanted > count)
        wanted = (int)(count < 1 ? 1 : count);

    // signals belong to the caller's thread; a thread that cannot start only costs speed
    pthread_t thread[MOST_THREADS];
    int started = 0;
    if (wanted > 1) {
        sigset_t every, before;
        sigfillset(&every);
        pthread_sigmask(SIG_BLOCK, &every, &before);
        while (started < wanted - 1 && pthread_create(&thread[started], NULL, work, &all) == 0)
            started++;
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    }
    in_worker = true;
    take_items(&all, step && !nested && !is_aside);
    in_worker = nested;
    for (int i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    pthread_mutex_destroy(&all.lock);
    if (all.status != PEL_OK)
        pel__error_set(all.error);
    return all.status;
}

/* ---- aside ---- */

typedef struct aside {
    pel__task task;
    void *user;
    int64_t item;
    pel_job *job;
    pthread_t thread;
    pel_status status;
    char error[ERROR_BYTES];
} aside;

static void *run_aside(void *user)
{
    aside *a = user;
    current = a->job;
    is_aside = true;
    a->status = a->task(a->user, a->item);
    if (a->status != PEL_OK)
        snprintf(a->error, sizeof a->error, "%s", pel_error());
    return NULL;
}

pel_status pel__aside_start(pel__aside *out, pel__task task, void *user, int64_t item)
{
    out->inside = NULL;
    if (in_worker || pel__threads() < 2)
        return task(user, item);
    aside *a;
    pel_status s = pel__alloc(&a, 1, sizeof *a, "a thread");
    if (s != PEL_OK)
        return s;
    *a = (aside){ .task = task, .user = user, .item = item, .job = current };
    sigset_t every, before;
    sigfillset(&every);
    pthread_sigmask(SIG_BLOCK, &every, &before);
    bool started = pthread_create(&a->thread, NULL, run_aside, a) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (started) {
        out->inside = a;
        return PEL_OK;
    }
    pel__free(a);
    return task(user, item);
}

pel_status pel__aside_end(pel__aside *out)
{
    aside *a = out->inside;
    out->inside = NULL;
    if (!a)
        return PEL_OK;
    pthread_join(a->thread, NULL);
    pel_status s = a->status;
    if (s != PEL_OK)
        pel__error_set(a->error);
    pel__free(a);
    return s;
}

/* ---- in order ---- */

typedef struct ordered {
    pel__task task, then;
    void *user;
    int64_t count;
    pthread_mutex_t lock; // guards the three below
    int64_t next;         // the item whose turn it is
    bool busy;            // somebody is at it
    bool *done;           // owned; of each item, its task
} ordered;

static pel_status run_ordered(void *user, int64_t item)
{
    ordered *all = user;
    pel_status s = all->task(all->user, item);
    if (s != PEL_OK)
        return s;
    pthread_mutex_lock(&all->lock);
    all->done[item] = true;
    bool mine = !all->busy;
    all->busy = true;
    while (mine && s == PEL_OK && all->next < all->count && all->done[all->next]) {
        int64_t next = all->next;
        pthread_mutex_unlock(&all->lock);
        s = all->then(all->user, next);
        pthread_mutex_lock(&all->lock);
        all->next++;
    }
    // after a failure nothing follows: the busy one stays so
    if (mine && s == PEL_OK)
        all->busy = false;
    pthread_mutex_unlock(&all->lock);
    return s;
}

pel_status pel__parallel_in_order(int64_t count, pel__task task, pel__task then, void *user,
                                  const char *step)
{
    ordered all = { .task = task, .then = then, .user = user, .count = count };
    pel_status s = pel__alloc_zero(&all.done, count, sizeof *all.done, "a list of work");
    if (s != PEL_OK)
        return s;
    pthread_mutex_init(&all.lock, NULL);
    s = pel__parallel(count, run_ordered, &all, step);
    pthread_mutex_destroy(&all.lock);
    pel__free(all.done);
    return s;
}
