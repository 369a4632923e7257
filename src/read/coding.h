/* SPDX-License-Identifier: Apache-2.0 */
/* coding.h: how voxels are written into the bytes of a file, undone by streams on streams. */
#ifndef PEL_READ_CODING_H
#define PEL_READ_CODING_H

#include <pellucid/volume.h>

#include "read/bytes.h"

typedef enum pel__coding {
    PEL__RAW,
    PEL__GZIP,
    PEL__ZLIB, /* or gzip, when it starts so */
    PEL__BZIP2,
    PEL__DIGITS, /* numbers as decimal text; the stream gives them in the machine's byte order */
    PEL__HEX,    /* two digits a byte */
} pel__coding;

/** The bytes of `inner` from its next one on. Owns it, also on failure. */
pel_status pel__bytes_rest(pel__bytes **out, pel__bytes *inner);

/** What `inner` holds, decoded; RAW is `inner` itself. `dtype`: of DIGITS. Owns it, also on
 * failure. */
pel_status pel__bytes_decode(pel__bytes **out, pel__bytes *inner, pel__coding coding,
                             pel_dtype dtype);

/** The kinds; `inflate` is deflate without a wrapper. Each owns `inner`, also on failure. */
pel_status pel__bytes_unzlib(pel__bytes **out, pel__bytes *inner);
pel_status pel__bytes_inflate(pel__bytes **out, pel__bytes *inner);
pel_status pel__bytes_bunzip2(pel__bytes **out, pel__bytes *inner);
pel_status pel__bytes_digits(pel__bytes **out, pel__bytes *inner, pel_dtype dtype);
pel_status pel__bytes_hex(pel__bytes **out, pel__bytes *inner);

#endif
