/* SPDX-License-Identifier: Apache-2.0 */
/* comment.h: text of a header that has no field of ours, kept as a NIfTI comment. */
#ifndef PEL_READ_COMMENT_H
#define PEL_READ_COMMENT_H

#include <pellucid/volume.h>

/** Keep `text` (NULL or empty: nothing) as one more extension of NIfTI's code 6; `name` is the
 * file. */
pel_status pel__keep_comment(pel_fields *fields, const char *text, const char *name);

#endif
