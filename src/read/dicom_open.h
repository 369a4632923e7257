/* SPDX-License-Identifier: Apache-2.0 */
/* dicom_open.h: series of DICOM files as volumes. */
#ifndef PEL_READ_DICOM_OPEN_H
#define PEL_READ_DICOM_OPEN_H

#include "read/formats.h"

/** Open the series in the tree of a folder, or the files of a pattern. */
pel_status pel__dicom_open_folder(pel_source *out, const char *path, const pel_read_params *params);

/** Open the series in an archive, below the folder that is the opening's name; `shown` names both
 * in messages. Takes over what `opening` owns. */
pel_status pel__dicom_open_zip(pel_source *out, pel__opening *opening, const char *shown);

#endif
