/* SPDX-License-Identifier: Apache-2.0 */
/* slice_film.h: films of the slice command. */
#ifndef PELLUCID_CLI_SLICE_FILM_H
#define PELLUCID_CLI_SLICE_FILM_H

#include "film.h"

/* schemas of the slice command, in this order */
enum { CLI_SLICE, CLI_SWEEP, CLI_FILM };

typedef struct cli_sweep {
    size_t size;
    int64_t frames; /* 0: every slice */
} cli_sweep;

extern const pel_schema cli_sweep_schema;

/** True for names of films and of numbered figures. */
bool cli_slice_is_film(const char *output);

pel_status cli_slice_check_film(cli_run *run, const pel_slice_params *params,
                                const cli_sweep *sweep, const pel_film_params *film);

/** Draw slice after slice, as figures, in the order of rising mm. */
pel_status cli_slice_film(cli_run *run, const pel_volume *in, const pel_look *look,
                          const pel_overlay *overlays, int overlay_count, const char *provenance);

#endif
