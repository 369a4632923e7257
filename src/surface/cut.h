/* SPDX-License-Identifier: Apache-2.0 */
/* cut.h: a cut along numbers. */
#ifndef PEL_SURFACE_CUT_H
#define PEL_SURFACE_CUT_H

#include <pellucid/surface.h>

/** Keep where `value`, of each point and linear between, is 0 or more; triangles are split. */
pel_status pel__cut_where(pel_mesh *mesh, const double *value);

#endif
