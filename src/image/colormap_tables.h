/* SPDX-License-Identifier: Apache-2.0 */
/* colormap_tables.h: the figures of the built-in colour maps. */
#ifndef PEL_IMAGE_COLORMAP_TABLES_H
#define PEL_IMAGE_COLORMAP_TABLES_H

typedef struct pel__colormap_table {
    const char *name;
    const char *hex; /* 256 times rrggbb */
} pel__colormap_table;

/** Ended by a NULL name. */
extern const pel__colormap_table pel__colormap_tables[];

#endif
