/* SPDX-License-Identifier: Apache-2.0 */
/* descend.h: down to the least value of a function of the flat points, no triangle turned over. */
#ifndef PEL_FLATTEN_DESCEND_H
#define PEL_FLATTEN_DESCEND_H

#include "flatten/patch.h"
#include "flatten/sparse.h"

/** What is made small. */
typedef struct pel__descent {
    const pel__patch *patch;
    void *user;
    /* the value at uv, and its derivatives */
    pel_status (*value)(void *user, double *out, double (*slope)[2], const double (*uv)[2]);
    const pel__sparse *smoother; /* stands for the second derivatives */
    int most;                    /* steps */
    double enough;               /* stop when ten steps gain less than this part of the value */
    const char *step;            /* its word for progress */
} pel__descent;

/**
 * Limited-memory BFGS (Nocedal 1980) that starts from a factorised Laplacian in place of the
 * identity, so that a step moves wide parts at once; steps stop short of turning any triangle over,
 * and each must gain (Armijo). `uv` has no triangle turned over, before and after.
 */
pel_status pel__descend(double (*uv)[2], const pel__descent *with, double *value);

#endif
