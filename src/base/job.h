/* SPDX-License-Identifier: Apache-2.0 */
/* job.h: the job of this thread, parallel loops under it, progress and cancellation. */
#ifndef PEL_BASE_JOB_H
#define PEL_BASE_JOB_H

#include <pellucid/base.h>

/** The job this thread works under; NULL: defaults. */
pel_job *pel__job(void);

/** Workers a parallel loop would start, at least 1. */
int pel__threads(void);

/** Bytes the job may hold. */
int64_t pel__memory_limit(void);

/** PEL_ECANCELLED, with its message, once the job was cancelled. Ask it in every long loop. */
pel_status pel__cancelled(void);

/** Tell how far a serial step has come; also asks pel__cancelled(). */
pel_status pel__progress(const char *step, double fraction);

/** One item of a parallel loop; items run in any order, on any worker, each once. */
typedef pel_status (*pel__task)(void *user, int64_t item);

/**
 * Run `task` for items 0 to count - 1. Stops early when one fails or the job is cancelled, and
 * returns that status and message. `step` names the work for progress; NULL: silent. What an item
 * computes must not depend on the others, so the result is the same for any number of threads.
 * Inside a worker it runs serially. Threads are started for the loop and joined at its end: nothing
 * survives it, so a fork between loops is safe.
 */
pel_status pel__parallel(int64_t count, pel__task task, void *user, const char *step);

/**
 * As pel__parallel(), and `then` for each item once it and all before it are done: in order, one at
 * a time, while later items go on.
 */
pel_status pel__parallel_in_order(int64_t count, pel__task task, pel__task then, void *user,
                                  const char *step);

/** One task on a thread of its own, beside the caller. Zeroed: none. */
typedef struct pel__aside {
    void *inside; /* owned while it runs */
} pel__aside;

/**
 * Run `task` with `item` beside the caller, under the caller's job; at once where it may have one
 * thread, or none can be started. Loops in it take a thread less, and tell no progress.
 */
pel_status pel__aside_start(pel__aside *out, pel__task task, void *user, int64_t item);

/** Wait for it: its status and message; PEL_OK where none was started. Harmless twice. */
pel_status pel__aside_end(pel__aside *aside);

#endif
