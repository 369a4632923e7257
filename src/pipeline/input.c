/* SPDX-License-Identifier: Apache-2.0 */
/* input.c: a volume as a command's input options prepare it. */
#include <pellucid/phantoms.h>
#include <pellucid/pipeline.h>

#include "base/status.h"

static const pel_param table[] = {
    PEL_TEXT(pel_input_params, raw, NULL, "SHAPE,TYPE,ORDER",
             "headerless: 256x256x128,int16,le[,OFFSET]"),
    PEL_INTEGER(pel_input_params, frame, NULL, 0, 1e15, NULL, "frame of a 4D volume, from 0"),
    PEL_INTEGER(pel_input_params, channel, NULL, 0, 1e6, NULL, "channel of RGB or several, from 0"),
    PEL_NUMBERS(pel_input_params, spacing, NULL, 1e-9, 1e9, "mm", "DX,DY,DZ",
                "voxel size; wins over the file"),
    PEL_TEXT(pel_input_params, assume, NULL, "LAS", "axes of a file with unknown orientation"),
    PEL_TEXT(pel_input_params, orient, NULL, "RAS|keep", "reorder the axes to point this way"),
    PEL_FILE(pel_input_params, mask, "keep only voxels where this file is not zero"),
    PEL_TEXT(pel_input_params, tone, NULL, "STEPS", "tone steps with ; between them, or seed"),
    PEL_NUMBERS(pel_input_params, resize, NULL, 1, 1e6, "voxels", "N|NX,NY,NZ",
                "shrink or grow the grid"),
    PEL_TEXT(pel_input_params, crop, NULL, "SLICES", "numpy slices of the grid: ':35,::-1,:25'"),
};
const pel_schema pel_input_schema =
    PEL_SCHEMA(pel_input_params, "input", "prepare an input", table);

pel_input_params pel_input_defaults(void)
{
    pel_input_params params;
    pel_schema_defaults(&pel_input_schema, &params);
    return params;
}

pel_status pel_input_open(pel_source *out, const char *path, const pel_input_params *params)
{
    *out = (pel_source){ 0 };
    (void)params;
    return pel__fail(PEL_EUNSUPPORTED, "%s: cannot be read yet", path);
}

pel_status pel_input_read(pel_volume *out, const char *path, const pel_input_params *params,
                          bool all_frames)
{
    *out = (pel_volume){ 0 };
    (void)all_frames;
    pel_source source;
    return pel_input_open(&source, path, params);
}
