/* SPDX-License-Identifier: Apache-2.0 */
/* exr_none.c: built without OpenEXR. */
#include "base/status.h"
#include "write/write.h"

pel_status pel__write_exr_image(const char *path, const pel_image *image)
{
    (void)image;
    return pel__fail(PEL_EUNSUPPORTED,
                     "%s: this pellucid was built without OpenEXR; write .tif, or build it with "
                     "libopenexr-dev installed",
                     path);
}
