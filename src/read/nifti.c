/* SPDX-License-Identifier: Apache-2.0 */
/* nifti.c: NIfTI-1 and -2, single files and pairs (nifti1.h and nifti2.h of the NIfTI DFWG). */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "read/header.h"
#include "volume/volume.h"

enum { HEADER_1 = 348, HEADER_2 = 540, MOST_EXTENSIONS = 4096 };

/* a header of either version, decoded */
typedef struct nifti {
    int version;
    bool big_endian, pair;
    const char *name;
    int64_t dim[8], datatype, bitpix, intent_code, slice_start, slice_end, slice_code, units;
    int64_t qform_code, sform_code, dim_info, glmin, offset;
    double pixdim[8], intent[3], vox_offset, slope, inter, cal_max, cal_min, slice_duration;
    double toffset, quatern[3], qoffset[3], srow[12];
} nifti;

/* where a field of `nifti` lies in each version */
typedef struct place {
    size_t to;
    int count, at1;
    pel__field_kind kind1;
    int at2;
    pel__field_kind kind2;
} place;

static const place integers[] = {
    { offsetof(nifti, dim), 8, 40, PEL__I16, 16, PEL__I64 },
    { offsetof(nifti, datatype), 1, 70, PEL__I16, 12, PEL__I16 },
    { offsetof(nifti, bitpix), 1, 72, PEL__I16, 14, PEL__I16 },
    { offsetof(nifti, intent_code), 1, 68, PEL__I16, 504, PEL__I32 },
    { offsetof(nifti, slice_start), 1, 74, PEL__I16, 224, PEL__I64 },
    { offsetof(nifti, slice_end), 1, 120, PEL__I16, 232, PEL__I64 },
    { offsetof(nifti, slice_code), 1, 122, PEL__U8, 496, PEL__I32 },
    { offsetof(nifti, units), 1, 123, PEL__U8, 500, PEL__I32 },
    { offsetof(nifti, qform_code), 1, 252, PEL__I16, 344, PEL__I32 },
    { offsetof(nifti, sform_code), 1, 254, PEL__I16, 348, PEL__I32 },
    { offsetof(nifti, dim_info), 1, 39, PEL__U8, 524, PEL__U8 },
    { offsetof(nifti, glmin), 1, 144, PEL__I32, -1, PEL__U8 },
    { offsetof(nifti, offset), 1, -1, PEL__U8, 168, PEL__I64 },
};

static const place reals[] = {
    { offsetof(nifti, pixdim), 8, 76, PEL__F32, 104, PEL__F64 },
    { offsetof(nifti, intent), 3, 56, PEL__F32, 80, PEL__F64 },
    { offsetof(nifti, vox_offset), 1, 108, PEL__F32, -1, PEL__U8 },
    { offsetof(nifti, slope), 1, 112, PEL__F32, 176, PEL__F64 },
    { offsetof(nifti, inter), 1, 116, PEL__F32, 184, PEL__F64 },
    { offsetof(nifti, cal_max), 1, 124, PEL__F32, 192, PEL__F64 },
    { offsetof(nifti, cal_min), 1, 128, PEL__F32, 200, PEL__F64 },
    { offsetof(nifti, slice_duration), 1, 132, PEL__F32, 208, PEL__F64 },
    { offsetof(nifti, toffset), 1, 136, PEL__F32, 216, PEL__F64 },
    { offsetof(nifti, quatern), 3, 256, PEL__F32, 352, PEL__F64 },
    { offsetof(nifti, qoffset), 3, 268, PEL__F32, 376, PEL__F64 },
    { offsetof(nifti, srow), 12, 280, PEL__F32, 400, PEL__F64 },
};

static const int kind_bytes[] = { 1, 2, 4, 8, 4, 8 };

static void decode(nifti *n, const uint8_t *header)
{
    bool v1 = n->version == 1, big = n->big_endian;
    for (size_t f = 0; f < sizeof integers / sizeof *integers; f++) {
        const place *p = &integers[f];
        int at = v1 ? p->at1 : p->at2;
        pel__field_kind kind = v1 ? p->kind1 : p->kind2;
        int64_t *to = (int64_t *)(void *)((char *)n + p->to);
        for (int i = 0; at >= 0 && i < p->count; i++)
            to[i] = pel__field_integer(header, at + i * kind_bytes[kind], kind, big);
    }
    for (size_t f = 0; f < sizeof reals / sizeof *reals; f++) {
        const place *p = &reals[f];
        int at = v1 ? p->at1 : p->at2;
        pel__field_kind kind = v1 ? p->kind1 : p->kind2;
        double *to = (double *)(void *)((char *)n + p->to);
        for (int i = 0; at >= 0 && i < p->count; i++)
            to[i] = pel__field_real(header, at + i * kind_bytes[kind], kind, big);
    }
}

/* ---- what is it ---- */

static bool has_magic(const uint8_t *head, int64_t count)
{
    return (count >= HEADER_1 &&
            (memcmp(head + 344, "n+1", 4) == 0 || memcmp(head + 344, "ni1", 4) == 0)) ||
           (count >= 12 && (memcmp(head + 4, "n+2", 4) == 0 || memcmp(head + 4, "ni2", 4) == 0));
}

static int64_t header_size(const uint8_t *head, bool big_endian)
{
    return pel__field_integer(head, 0, PEL__I32, big_endian);
}

static bool known_size(int64_t size)
{
    return size == HEADER_1 || size == HEADER_2;
}

static bool is(const pel__opening *opening, const uint8_t *head, int64_t count)
{
    const char *name = opening->name;
    bool named = pel__ends_with(name, ".nii") || pel__ends_with(name, ".nii.gz");
    bool sized =
        count >= 4 && (known_size(header_size(head, false)) || known_size(header_size(head, true)));
    return has_magic(head, count) || (named && sized);
}

static pel_status read_header(nifti *n, pel__bytes *bytes, uint8_t header[HEADER_2])
{
    pel_status s = pel__bytes_need(bytes, header, 4, "the NIfTI header");
    if (s != PEL_OK)
        return s;
    n->name = bytes->name;
    n->big_endian = !known_size(header_size(header, false));
    int64_t size = header_size(header, n->big_endian);
    if (!known_size(size))
        return pel__fail(PEL_EFORMAT,
                         "%s: its sizeof_hdr is %lld, but a NIfTI header has 348 or 540 bytes; "
                         "its header is damaged",
                         n->name, (long long)header_size(header, false));
    n->version = size == HEADER_1 ? 1 : 2;
    s = pel__bytes_need(bytes, header + 4, size - 4, "the NIfTI header");
    if (s != PEL_OK)
        return s;
    const char *magic = (const char *)header + (n->version == 1 ? 344 : 4);
    const char *single = n->version == 1 ? "n+1" : "n+2", *pair = n->version == 1 ? "ni1" : "ni2";
    n->pair = memcmp(magic, pair, 4) == 0;
    if (!n->pair && memcmp(magic, single, 4) != 0)
        return pel__fail(PEL_EFORMAT,
                         "%s: its magic is '%.3s', but a NIfTI-%d file has '%s' or '%s'; its "
                         "header is damaged",
                         n->name, magic, n->version, single, pair);
    decode(n, header);
    return PEL_OK;
}

/* ---- grid and affine ---- */

// FreeSurfer stores vectors longer than int16 in two ways
static void widen_freesurfer(nifti *n)
{
    if (n->version != 1 || n->dim[0] < 3 || n->dim[2] != 1)
        return;
    if (n->dim[1] == -1 && n->dim[3] == 1 && n->glmin > 0)
        n->dim[1] = n->glmin;
    else if (n->dim[1] == 27307 && n->dim[3] == 6) {
        n->dim[1] = 163842;
        n->dim[3] = 1;
    }
}

static bool affine_usable(const pel_affine *a)
{
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 4; c++)
            if (!isfinite(a->m[r][c]))
                return false;
    double lengths = 1;
    for (int c = 0; c < 3; c++)
        lengths *= pel__length(pel__column(*a, c));
    // lengths past the largest number, or none, are beyond any determinant
    return fabs(pel__determinant(*a)) > 1e-9 * lengths;
}

// 1 - b*b - c*c - d*d without loss where it is nearly 0
static double rest_of_unit(const double q[3])
{
    double sum = 1, lost = 0;
    for (int i = 0; i < 3; i++) {
        double square = q[i] * q[i], t = sum - square;
        double back = sum - t;
        lost += (back - square) + (sum - (t + back)) - fma(q[i], q[i], -square);
        sum = t;
    }
    return sum + lost;
}

// method 2 of nifti1.h: a quaternion, an offset, and the handedness in pixdim[0]
static pel_affine qform(const nifti *n)
{
    double x = n->quatern[0], y = n->quatern[1], z = n->quatern[2], w2 = rest_of_unit(n->quatern);
    double w = w2 > 0 ? sqrt(w2) : 0;
    // the sum is never below 1: w makes up for what the others lack
    double s = 2 / (w * w + x * x + y * y + z * z);
    double epsilon = 3 * (n->version == 1 ? (double)FLT_EPSILON : DBL_EPSILON);
    if (n->qform_code > 0 && w2 < -epsilon)
        pel__note("%s: the quaternion of its qform is longer than 1; it was shortened", n->name);
    double qfac = n->pixdim[0] < 0 ? -1 : 1;
    double r[3][3] = {
        { 1 - s * (y * y + z * z), s * (x * y - w * z), s * (x * z + w * y) },
        { s * (x * y + w * z), 1 - s * (x * x + z * z), s * (y * z - w * x) },
        { s * (x * z - w * y), s * (y * z + w * x), 1 - s * (x * x + y * y) },
    };
    pel_affine a = pel_affine_identity();
    for (int i = 0; i < 3; i++) {
        for (int c = 0; c < 3; c++)
            a.m[i][c] = r[i][c] * n->pixdim[c + 1] * (c == 2 ? qfac : 1);
        a.m[i][3] = n->qoffset[i];
    }
    return a;
}

static pel_affine sform(const nifti *n)
{
    pel_affine a = pel_affine_identity();
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 4; c++)
            a.m[r][c] = n->srow[4 * r + c];
    return a;
}

static pel_affine to_mm(pel_affine a, double mm)
{
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 4; c++)
            a.m[r][c] *= mm;
    return a;
}

// millimetres in the file's unit of length
static double unit_mm(const nifti *n, bool *known)
{
    int64_t code = n->units & 7;
    *known = code >= 1 && code <= 3;
    if (code == 1)
        pel__note("%s: is in metres; taken as millimetres times 1000", n->name);
    if (code == 3)
        pel__note("%s: is in micrometres; taken as millimetres times 0.001", n->name);
    return code == 1 ? 1000 : code == 3 ? 0.001 : 1;
}

// the largest distance between what two maps say of a corner of the volume
static double disagreement(const pel_volume *shape, pel_affine a, pel_affine b)
{
    double most = 0;
    for (int c = 0; c < 8; c++) {
        pel_vec3 ijk = { c & 1 ? (double)(shape->dims[0] - 1) : 0,
                         c & 2 ? (double)(shape->dims[1] - 1) : 0,
                         c & 4 ? (double)(shape->dims[2] - 1) : 0 };
        most =
            fmax(most, pel__length(pel__minus(pel_affine_point(a, ijk), pel_affine_point(b, ijk))));
    }
    return most;
}

// sform where it has a code and can be, else qform, else the base affine without orientation
static void set_affine(pel_volume *shape, nifti *n)
{
    pel__header_spacing(n->pixdim, shape, n->name);
    double mm = unit_mm(n, &shape->unit_known);
    pel_fields *f = &shape->fields;
    pel_affine q = to_mm(qform(n), mm), s = to_mm(sform(n), mm);
    f->qform_code = n->qform_code > 0 && n->qform_code <= INT16_MAX ? (int)n->qform_code : 0;
    f->sform_code = n->sform_code > 0 && n->sform_code <= INT16_MAX ? (int)n->sform_code : 0;
    if (f->sform_code && !affine_usable(&s)) {
        pel__note("%s: its sform is singular or not finite; it was ignored", n->name);
        f->sform_code = 0;
    }
    if (f->qform_code && !affine_usable(&q)) {
        pel__note("%s: its qform is not finite; it was ignored", n->name);
        f->qform_code = 0;
    }
    f->qform = f->qform_code ? q : (pel_affine){ 0 };
    f->sform = f->sform_code ? s : (pel_affine){ 0 };
    shape->oriented = f->sform_code || f->qform_code;
    shape->mm_from_ijk = f->sform_code ? s
                         : f->qform_code
                             ? q
                             : to_mm(pel__header_base_affine(n->pixdim, shape, true), mm);
    if (!shape->oriented)
        pel__note("%s: neither its sform nor its qform has a code, so which side is left is "
                  "unknown (--assume LAS declares it)",
                  n->name);
    if (f->sform_code && f->qform_code) {
        pel_vec3 v = pel_volume_spacing_mm(shape);
        double apart = disagreement(shape, q, s);
        if (apart > 0.1 * fmin(v.x, fmin(v.y, v.z)))
            pel__note("%s: its sform and qform disagree by up to %.3g mm; the sform is used",
                      n->name, apart);
    }
}

/* ---- the other fields ---- */

static void set_scale(pel_volume *shape, const nifti *n)
{
    shape->slope = 1;
    shape->inter = 0;
    if (shape->meaning == PEL_RGB || shape->meaning == PEL_RGBA)
        return;
    if (!isfinite(n->slope))
        pel__note("%s: its scl_slope is not a number; stored values are taken as they are",
                  n->name);
    if (!isfinite(n->slope) || n->slope == 0)
        return;
    shape->slope = n->slope;
    shape->inter = isfinite(n->inter) ? n->inter : 0;
    if (!isfinite(n->inter))
        pel__note("%s: its scl_inter is not a number; 0 is taken", n->name);
}

static void set_fields(pel_volume *shape, const nifti *n, const uint8_t *header)
{
    pel_fields *f = &shape->fields;
    bool v1 = n->version == 1;
    snprintf(f->format, sizeof f->format, "NIfTI-%d", n->version);
    pel__field_text(f->description, header, v1 ? 148 : 240, 80);
    pel__field_text(f->aux_file, header, v1 ? 228 : 320, 24);
    pel__field_text(f->intent_name, header, v1 ? 328 : 508, 16);
    f->intent_code = (int)n->intent_code;
    memcpy(f->intent, n->intent, sizeof f->intent);
    f->display_lo = n->cal_min;
    f->display_hi = n->cal_max;
    for (int a = 0; a < 4; a++)
        f->step[a] = n->pixdim[a + 4];
    f->step_offset = n->toffset;
    f->time_unit = (int)(n->units & 0x38);
    f->slice_code = (int)n->slice_code;
    f->freq_dim = (int)(n->dim_info & 3);
    f->phase_dim = (int)(n->dim_info >> 2 & 3);
    f->slice_dim = (int)(n->dim_info >> 4 & 3);
    f->slice_start = n->slice_start;
    f->slice_end = n->slice_end;
    f->slice_duration = n->slice_duration;
}

static void check_bitpix(const pel_volume *shape, const pel__layout *layout, const nifti *n)
{
    int64_t bits = 8 * (int64_t)shape->channels * pel__layout_item(layout, shape->dtype);
    if (n->bitpix != bits)
        pel__note("%s: its bitpix is %lld, but its datatype %lld has %lld bits; the datatype is "
                  "believed",
                  n->name, (long long)n->bitpix, (long long)n->datatype, (long long)bits);
}

static pel_status set_offset(pel__layout *layout, const nifti *n)
{
    int64_t least = n->pair ? 0 : n->version == 1 ? HEADER_1 : HEADER_2;
    double given = n->version == 1 ? n->vox_offset : (double)n->offset;
    if (!(given >= 0 && given < 0x1p62))
        return pel__fail(PEL_EFORMAT,
                         "%s: its vox_offset is %g, where no voxels can be; its header is damaged",
                         n->name, given);
    layout->offset = n->version == 1 ? (int64_t)given : n->offset;
    if (layout->offset == 0 && least) {
        layout->offset = least + 4;
        pel__note("%s: its vox_offset is 0; the voxels are taken from byte %lld", n->name,
                  (long long)layout->offset);
    }
    if (layout->offset < least)
        return pel__fail(PEL_EFORMAT,
                         "%s: its vox_offset is %lld, inside its own header; its header is damaged",
                         n->name, (long long)layout->offset);
    return PEL_OK;
}

/* ---- header extensions ---- */

static pel_status add_extension(pel_fields *f, const pel_extension *extension)
{
    int count = f->extension_count;
    pel_status s =
        pel__realloc(&f->extensions, count + 1, sizeof *f->extensions, "header extensions");
    if (s != PEL_OK) {
        pel__free(extension->bytes);
        return s;
    }
    f->extensions[count] = *extension;
    f->extension_count = count + 1;
    return PEL_OK;
}

// blocks of esize bytes from here to `end`; what is no block ends them
static pel_status read_extensions(pel_fields *f, const nifti *n, pel__bytes *bytes, int64_t end)
{
    uint8_t head[8];
    pel_status s = PEL_OK;
    for (int i = 0; i < MOST_EXTENSIONS && pel__bytes_at(bytes) + 8 <= end; i++) {
        int64_t got;
        s = pel__bytes_read(bytes, head, 8, &got);
        if (s != PEL_OK || got < 8)
            break;
        int64_t size = pel__field_integer(head, 0, PEL__I32, n->big_endian) - 8;
        int64_t code = pel__field_integer(head, 4, PEL__I32, n->big_endian);
        if (size < 0 || size > end - pel__bytes_at(bytes)) {
            pel__note("%s: a header extension is %lld bytes long, which cannot be; it and what "
                      "follows up to the voxels was ignored",
                      n->name, (long long)(size + 8));
            break;
        }
        pel_extension extension = { (int32_t)code, size, NULL };
        s = pel__bytes_need_new(bytes, &extension.bytes, size, "a header extension");
        if (s == PEL_OK)
            s = add_extension(f, &extension);
        if (s != PEL_OK)
            break;
    }
    return s;
}

// four bytes say whether there are any; of a pair they end with the header file
static pel_status extensions(pel_fields *f, const nifti *n, pel__bytes *bytes, int64_t offset)
{
    int64_t got, end = n->pair ? (bytes->size >= 0 ? bytes->size : INT64_MAX) : offset;
    uint8_t flag[4] = { 0 };
    if (end - pel__bytes_at(bytes) < 4)
        return PEL_OK;
    pel_status s = pel__bytes_read(bytes, flag, 4, &got);
    if (s != PEL_OK || got < 4 || flag[0] == 0)
        return s;
    return read_extensions(f, n, bytes, end);
}

static pel_status open_nifti(pel_source *out, pel__opening *opening)
{
    nifti n = { 0 };
    uint8_t header[HEADER_2];
    pel__layout layout = { 0 };
    pel_volume *shape = &out->shape;
    pel_status s = read_header(&n, opening->bytes, header);
    if (s != PEL_OK)
        return s;
    widen_freesurfer(&n);
    s = pel__header_dims(shape, n.dim, false, n.name);
    if (s == PEL_OK)
        s = pel__header_type(shape, &layout, n.datatype, n.name);
    if (s == PEL_OK)
        s = set_offset(&layout, &n);
    if (s != PEL_OK)
        return s;
    layout.big_endian = n.big_endian;
    check_bitpix(shape, &layout, &n);
    set_affine(shape, &n);
    set_scale(shape, &n);
    set_fields(shape, &n, header);
    s = extensions(&shape->fields, &n, opening->bytes, layout.offset);
    if (s == PEL_OK && n.pair)
        s = pel__open_partner(opening);
    return s == PEL_OK ? pel__voxels_open(out, opening, &layout) : s;
}

const pel__format pel__nifti = { "NIfTI", is, open_nifti };
