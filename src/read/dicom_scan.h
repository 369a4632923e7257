/* SPDX-License-Identifier: Apache-2.0 */
/* dicom_scan.h: the DICOM files of a folder tree, a pattern or an archive. */
#ifndef PEL_READ_DICOM_SCAN_H
#define PEL_READ_DICOM_SCAN_H

#include "read/dicom_series.h"

/** True when a folder or pattern, as of pel__series_is(), is of DICOM: its own files, or, where it
 * has no slices, one below it. */
bool pel__dicom_is_folder(const char *path);

/** True when an archive holds DICOM files below `folder` ("": anywhere). */
bool pel__dicom_is_in_zip(pel__zip *zip, const char *folder);

/** Names of all files that may be DICOM. */
pel_status pel__dicom_list_folder(pel__dicom_set *set, const char *path);
pel_status pel__dicom_list_zip(pel__dicom_set *set, pel__zip *zip, const char *folder);

/** Read the head of every file; those without images leave the set. */
pel_status pel__dicom_scan(pel__dicom_set *set, pel__zip *zip);

/** Open a file of the set, inflated. */
pel_status pel__dicom_open_file(pel__bytes **out, const pel__dicom_file *file, pel__zip *zip,
                                pel__hash *hash);

/** Check that the pixels the head of a file promises can be there; what reading them will hold. */
pel_status pel__dicom_check(pel__dicom_file *file, pel__bytes *bytes);

/** Make the description UTF-8 without the patient's name, and forget the name. */
void pel__dicom_clean(pel__dicom *dicom);

#endif
