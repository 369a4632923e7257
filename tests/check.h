/* SPDX-License-Identifier: Apache-2.0 */
/* check.h: what every test file includes: cmocka in its order, and a few words more. */
#ifndef PELLUCID_TESTS_CHECK_H
#define PELLUCID_TESTS_CHECK_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pellucid/pellucid.h>

/** A call succeeds; its message is shown when it does not. */
#define assert_ok(call)                                                                            \
    do {                                                                                           \
        if ((call) != PEL_OK)                                                                      \
            fail_msg("%s: %s", #call, pel_error());                                                \
    } while (0)

/** Two doubles differ by at most `most`; NaN equals NaN. */
#define assert_near(a, b, most)                                                                    \
    do {                                                                                           \
        double near_a = (double)(a), near_b = (double)(b);                                         \
        if (!(fabs(near_a - near_b) <= (most)) && !(isnan(near_a) && isnan(near_b)) &&             \
            !(near_a == near_b))                                                                   \
            fail_msg("%s = %.17g, wanted %.17g +- %g", #a, near_a, near_b, (double)(most));        \
    } while (0)

/** A sanitizer runs the test: one that repeats a path over many cases takes fewer of them then. */
static inline bool is_sanitized(void)
{
    return getenv("PELLUCID_SANITIZED") != NULL;
}

/** The last failure's message holds `part`. */
#define assert_error_says(part)                                                                    \
    do {                                                                                           \
        if (!strstr(pel_error(), part))                                                            \
            fail_msg("the message '%s' does not say '%s'", pel_error(), part);                     \
    } while (0)

#endif
