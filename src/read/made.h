/* SPDX-License-Identifier: Apache-2.0 */
/* made.h: metadata of ours in the bytes of any file. */
#ifndef PEL_READ_MADE_H
#define PEL_READ_MADE_H

#include <stddef.h>

/** The JSON text that begins with {"pellucid": malloc'd; NULL: none that ends, or no memory. */
char *pel__made_find(const void *bytes, size_t size);

#endif
