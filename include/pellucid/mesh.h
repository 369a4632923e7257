/* SPDX-License-Identifier: Apache-2.0 */
/* mesh.h: the noun: points, triangles, values on them. Empty until the first mesh operation lands.
 */
#ifndef PELLUCID_MESH_H
#define PELLUCID_MESH_H

#include <pellucid/base.h>

#endif
