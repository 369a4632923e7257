/* SPDX-License-Identifier: Apache-2.0 */
/* phantoms.h: scenes made by code, with known truth. */
#ifndef PELLUCID_PHANTOMS_H
#define PELLUCID_PHANTOMS_H

#include <pellucid/volume.h>

PEL_BEGIN

/**
 * Make a scene: NAME or NAME?key=value&key=value, as behind `phantom:` on the command line.
 * The names: sphere ramp slab cylinder torus letters head. The caller frees `out`.
 */
PEL_API pel_status pel_phantom(pel_volume *out, const char *spec);

/** The table of one scene's keys; NULL when there is no such scene. */
PEL_API const pel_schema *pel_phantom_schema(const char *name);

/** The names, ended by NULL. */
PEL_API const char *const *pel_phantom_names(void);

PEL_END

#endif
