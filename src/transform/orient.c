/* SPDX-License-Identifier: Apache-2.0 */
/* orient.c: reorder and flip the axes of the grid; nothing moves in the world. */
#include <string.h>

#include "base/status.h"
#include "transform/grid.h"
#include "volume/volume.h"

pel_status pel__orient_picks(pel__pick picks[3], const pel_volume *in, const char *code)
{
    pel__axes want, have;
    char is[8];
    pel_status s = pel__orientation_parse(&want, code);
    if (s != PEL_OK)
        return s;
    pel_volume_orientation(in, is);
    if (!in->oriented)
        return pel__fail(PEL_EDATA,
                         "the orientation is unknown, so the axes cannot be brought to %s; declare "
                         "it with --assume, such as --assume LAS",
                         code);
    s = pel__orientation_parse(&have, is);
    for (int a = 0; s == PEL_OK && a < 3; a++)
        for (int b = 0; b < 3; b++)
            if (have.world[b] == want.world[a]) {
                bool same = have.sign[b] == want.sign[a];
                picks[a] = (pel__pick){ b, same ? 0 : in->dims[b] - 1, same ? 1 : -1, in->dims[b] };
            }
    return s;
}

pel_status pel_orient(pel_volume *out, const pel_volume *in, const char *code)
{
    *out = (pel_volume){ 0 };
    pel__pick picks[3];
    pel_status s = pel__orient_picks(picks, in, code);
    return s == PEL_OK ? pel__pick_volume(out, in, picks) : s;
}
