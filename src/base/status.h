/* SPDX-License-Identifier: Apache-2.0 */
/* status.h: how the library fails: a status returned, a message kept for pel_error(). */
#ifndef PEL_BASE_STATUS_H
#define PEL_BASE_STATUS_H

#include <pellucid/base.h>

/** Keep the message of a new failure and return its status. One line: what, where, why, what to do.
 */
__attribute__((format(printf, 2, 3))) pel_status pel__fail(pel_status status, const char *format,
                                                           ...);

/** Put "context: " before the message kept (on the way out); returns `status`, and does nothing on
 * PEL_OK. */
__attribute__((format(printf, 2, 3))) pel_status pel__during(pel_status status, const char *format,
                                                             ...);

/** Tell the job's listener something that is no failure. */
__attribute__((format(printf, 1, 2))) void pel__note(const char *format, ...);

/** Keep `text` as this thread's message as it stands (a worker's, carried over to its caller). */
void pel__error_set(const char *text);

#endif
