/* SPDX-License-Identifier: Apache-2.0 */
/* analyze.c: Analyze 7.5 pairs (Mayo Clinic's dbh.h), with SPM's scale factor; no known side. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/status.h"
#include "read/header.h"

enum { HEADER = 348 };

// it has no magic but its size; a .nii file of that size was NIfTI's before
static bool is(const pel__opening *opening, const uint8_t *head, int64_t count)
{
    (void)opening;
    return count >= 4 && (pel__field_integer(head, 0, PEL__I32, false) == HEADER ||
                          pel__field_integer(head, 0, PEL__I32, true) == HEADER);
}

// SPM2's rule: the scale factor, else the ratio of calibrated to stored range
static void set_scale(pel_volume *shape, const uint8_t *header, bool big, const char *name)
{
    double slope = pel__field_real(header, 112, PEL__F32, big);
    double inter = pel__field_real(header, 116, PEL__F32, big);
    double cal_max = pel__field_real(header, 124, PEL__F32, big);
    double cal_min = pel__field_real(header, 128, PEL__F32, big);
    double gl_max = (double)pel__field_integer(header, 140, PEL__I32, big);
    double gl_min = (double)pel__field_integer(header, 144, PEL__I32, big);
    shape->slope = 1;
    shape->inter = 0;
    if (isfinite(slope) && slope != 0) {
        shape->slope = slope;
        shape->inter = isfinite(inter) ? inter : 0;
        return;
    }
    double range = cal_max - cal_min;
    if (!isfinite(range) || range == 0 || gl_max == gl_min)
        return;
    shape->slope = range / (gl_max - gl_min);
    shape->inter = cal_min - shape->slope * gl_min;
    pel__note("%s: values are scaled from its stored range %g to %g to its calibrated range %g to "
              "%g, as SPM does",
              name, gl_min, gl_max, cal_min, cal_max);
}

static void set_fields(pel_volume *shape, const uint8_t *header, bool big)
{
    pel_fields *f = &shape->fields;
    snprintf(f->format, sizeof f->format, "Analyze 7.5");
    pel__field_text(f->description, header, 148, 80);
    pel__field_text(f->aux_file, header, 228, 24);
    f->display_hi = pel__field_real(header, 124, PEL__F32, big);
    f->display_lo = pel__field_real(header, 128, PEL__F32, big);
    for (int a = 4; a < 8 && a <= f->axes; a++)
        f->step[a - 4] = pel__field_real(header, 76 + 4 * a, PEL__F32, big);
}

static pel_status open_analyze(pel_source *out, pel__opening *opening)
{
    uint8_t header[HEADER];
    int64_t dim[8];
    double pixdim[8];
    const char *name = opening->bytes->name;
    pel_volume *shape = &out->shape;
    pel_status s = pel__bytes_need(opening->bytes, header, HEADER, "the Analyze header");
    if (s != PEL_OK)
        return s;
    bool big = pel__field_integer(header, 0, PEL__I32, true) == HEADER;
    for (int a = 0; a < 8; a++) {
        dim[a] = pel__field_integer(header, 40 + 2 * a, PEL__I16, big);
        pixdim[a] = pel__field_real(header, 76 + 4 * a, PEL__F32, big);
    }
    double offset = pel__field_real(header, 108, PEL__F32, big);
    pel__layout layout = { .big_endian = big };
    s = pel__header_dims(shape, dim, true, name);
    if (s == PEL_OK)
        s = pel__header_type(shape, &layout, pel__field_integer(header, 70, PEL__I16, big), name);
    if (s == PEL_OK && !(offset >= 0 && offset < 0x1p62))
        s = pel__fail(PEL_EFORMAT,
                      "%s: its vox_offset is %g, where no voxels can be; its header is damaged",
                      name, offset);
    if (s != PEL_OK)
        return s;
    layout.offset = (int64_t)offset;
    pel__header_spacing(pixdim, shape, name);
    shape->mm_from_ijk = pel__header_base_affine(pixdim, shape, false);
    shape->oriented = false;
    shape->unit_known = true;
    set_scale(shape, header, big, name);
    set_fields(shape, header, big);
    s = pel__open_partner(opening);
    return s == PEL_OK ? pel__voxels_open(out, opening, &layout) : s;
}

const pel__format pel__analyze = { "Analyze 7.5", is, open_analyze };
