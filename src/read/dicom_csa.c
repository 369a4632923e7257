/* SPDX-License-Identifier: Apache-2.0 */
/* dicom_csa.c: the private header of Siemens scanners (CSA), as far as mosaics need it.
 *
 * Layout as the documentation of nibabel describes it ("Siemens CSA headers"): a count of tags;
 * each a name of 64 characters, its number of items, and items of text behind four integers. */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "read/dicom.h"

enum { NAME = 64, TAG = NAME + 20, ITEM = 16, MOST_TAGS = 512, MOST_ITEMS = 1024 };

static int64_t integer(const uint8_t *p)
{
    return (int32_t)((uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
                     (uint32_t)p[3] << 24);
}

static double number(const uint8_t *bytes, int64_t size)
{
    char word[32] = "";
    double value = NAN;
    if (size > 0 && size < (int64_t)sizeof word)
        memcpy(word, bytes, (size_t)size);
    pel__dicom_numbers(&value, 1, word);
    return value;
}

void pel__dicom_csa(pel__dicom *d, const uint8_t *bytes, int64_t size)
{
    bool second = size >= 16 && memcmp(bytes, "SV10", 4) == 0;
    int64_t at = second ? 8 : 0, tags = size >= at + 8 ? integer(bytes + at) : 0, first_items = -1;
    at += 8;
    for (int64_t t = 0; t < tags && t < MOST_TAGS && at + TAG <= size; t++) {
        const char *name = (const char *)bytes + at;
        int64_t items = integer(bytes + at + NAME + 12);
        bool count = strncmp(name, "NumberOfImagesInMosaic", NAME) == 0;
        bool normal = strncmp(name, "SliceNormalVector", NAME) == 0;
        at += TAG;
        first_items = first_items < 0 ? items : first_items;
        for (int64_t i = 0; i < items && i < MOST_ITEMS && at + ITEM <= size; i++) {
            // the first version counts from the items of the first tag
            int64_t length = second ? integer(bytes + at + 4) : integer(bytes + at) - first_items;
            at += ITEM;
            if (length < 0 || length > size - at)
                return;
            double value = count || normal ? number(bytes + at, length) : NAN;
            if (count && i == 0 && value >= 1)
                d->mosaic_count = value;
            if (normal && i < 3)
                d->slice_normal[i] = value;
            at += (length + 3) / 4 * 4;
        }
    }
}
