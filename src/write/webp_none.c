/* SPDX-License-Identifier: Apache-2.0 */
/* webp_none.c: what a build without libwebp says. */
#include "base/status.h"
#include "write/film.h"

static pel_status check(const pel_film *film)
{
    return pel__fail(PEL_EUNSUPPORTED,
                     "%s: this pellucid was built without WebP (libwebp-dev); "
                     "choose .apng or .gif, or build it with -Dwebp=enabled",
                     film->path);
}

const pel__film_format pel__film_webp = { .ending = ".webp", .check = check };
