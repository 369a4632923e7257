/* SPDX-License-Identifier: Apache-2.0 */
/* phantoms.h: scenes made by code, with known truth. */
#ifndef PELLUCID_PHANTOMS_H
#define PELLUCID_PHANTOMS_H

#include <pellucid/volume.h>

PEL_BEGIN

/**
 * Make a scene: NAME or NAME?key=value&key=value, as behind `phantom:` on the command line.
 * The names are those of pel_phantom_names(), the keys those of pel_phantom_schema().
 * A scene stands in world millimetres, RAS+, about the origin, where the middle of the grid lies;
 * keys of the grid (dims, spacing, orientation, rotate) change how it is sampled and never move it.
 * `orientation=unknown` stores it as RAS and says that nobody knows. Integers are rounded and end
 * at the ends of their type. Same bits for any number of threads. fields.format is "phantom",
 * fields.hash the hash of `spec`. The caller frees `out`; on failure it is empty: PEL_EPARAM for
 * words that are wrong, PEL_EMEMORY.
 */
PEL_API pel_status pel_phantom(pel_volume *out, const char *spec);

/** As pel_phantom(), painted slab by slab as it is asked for: a scene may be larger than memory. */
PEL_API pel_status pel_phantom_open(pel_source *out, const char *spec);

/** What each voxel of the scene is: uint8 on the same grid, 0 outside of everything, the other
 * numbers as `labels` of the truth names them. */
PEL_API pel_status pel_phantom_labels(pel_volume *out, const char *spec);

/**
 * What is known of the scene, as one JSON object: scene, spec, dims, orientation, mm_from_ijk,
 * labels, and lengths in mm, areas, volumes and positions of the solid. malloc'd.
 */
PEL_API pel_status pel_phantom_truth(char **json, const char *spec);

/** The table of one scene's keys; NULL when there is no such scene. */
PEL_API const pel_schema *pel_phantom_schema(const char *name);

/** The names, ended by NULL. */
PEL_API const char *const *pel_phantom_names(void);

PEL_END

#endif
