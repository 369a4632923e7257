/* SPDX-License-Identifier: Apache-2.0 */
/* wrap.h: sources over a source: one frame, one channel, picked voxels, slice by slice. */
#ifndef PEL_PIPELINE_WRAP_H
#define PEL_PIPELINE_WRAP_H

#include <pellucid/volume.h>

#include "transform/grid.h"

/* each replaces `source` by one over it, which then owns it; on failure `source` stays as it was */

pel_status pel__wrap_frame(pel_source *source, int64_t frame);
pel_status pel__wrap_channel(pel_source *source, int64_t channel);

/** RGB becomes luminance, complex its magnitude: float32, one channel. */
pel_status pel__wrap_scalar(pel_source *source);

/** Axes keep their order; when they run backwards along k the source must be seekable. */
pel_status pel__wrap_picks(pel_source *source, const pel__pick picks[3]);

#endif
