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
 * The name of truth volume `n` of the scene (only its name counts in `spec`); NULL when there are
 * no more. 0 is "labels". A head has `brain` (mask: sulci and ventricles in), and signed distances
 * in mm, below 0 inside, whose zero is exact and which are good near it: `pial` and `white` of the
 * cerebrum, `vessels` (exact, up to 3 mm). A craniotomy also has the mask `exposed`: of the brain's
 * outer 3 mm, what the opening lays bare.
 */
PEL_API const char *pel_phantom_field_name(const char *spec, int n);

/** A truth volume on the scene's grid, uint8 or float32, taken at the middles of voxels. */
PEL_API pel_status pel_phantom_field_open(pel_source *out, const char *spec, const char *field);

/**
 * Centre lines of the scene's vessels or tubes as CSV: x_mm,y_mm,z_mm (RAS), radius_mm, branch,
 * kind; points of one branch follow each other and are joined straight, with radii between.
 * malloc'd; NULL where a scene has none.
 */
PEL_API pel_status pel_phantom_lines(char **csv, const char *spec);

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
