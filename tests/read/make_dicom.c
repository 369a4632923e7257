/* SPDX-License-Identifier: Apache-2.0 */
/* make_dicom.c: DICOM files for tests, made element by element. */
#include "make_dicom.h"

#include <libdeflate.h>

enum { MOST_ITEMS = 64 };

typedef struct make_element {
    uint32_t tag;
    char vr[3];
    int unit; // bytes of a number, for the byte order
    uint8_t *bytes;
    size_t size;
    make_set item[MOST_ITEMS];
    bool open[MOST_ITEMS];
    int items;
    bool is_sequence, has_fragments;
    struct {
        uint8_t *bytes;
        size_t size;
    } fragment[MOST_ITEMS];
} make_element;

/* where bytes go */
typedef struct sink {
    uint8_t *out;
    size_t at;
    bool implicit, big, big_pixels;
} sink;

static void empty(make_element *e)
{
    free(e->bytes);
    for (int i = 0; i < e->items; i++) {
        if (e->has_fragments)
            free(e->fragment[i].bytes);
        else
            make_set_free(&e->item[i]);
    }
    e->bytes = NULL;
    e->items = 0;
}

void make_set_free(make_set *set)
{
    for (int i = 0; i < set->count; i++)
        empty(&set->element[i]);
    free(set->element);
    *set = (make_set){ 0 };
}

static make_element *find(make_set *set, uint32_t tag)
{
    int at = 0;
    while (at < set->count && set->element[at].tag < tag)
        at++;
    if (at < set->count && set->element[at].tag == tag)
        return &set->element[at];
    set->element = realloc(set->element, sizeof *set->element * (size_t)(set->count + 1));
    assert_non_null(set->element);
    memmove(&set->element[at + 1], &set->element[at],
            sizeof *set->element * (size_t)(set->count - at));
    set->count++;
    memset(&set->element[at], 0, sizeof set->element[at]);
    set->element[at].tag = tag;
    return &set->element[at];
}

static void fill(make_set *set, uint32_t tag, const char *vr, const void *bytes, size_t size,
                 int unit)
{
    make_element *e = find(set, tag);
    empty(e);
    snprintf(e->vr, sizeof e->vr, "%s", vr);
    e->unit = unit;
    e->is_sequence = e->has_fragments = false;
    e->size = size;
    e->bytes = malloc(size + 1);
    assert_non_null(e->bytes);
    if (size)
        memcpy(e->bytes, bytes, size);
}

void make_bytes(make_set *set, uint32_t tag, const char *vr, const void *bytes, size_t size)
{
    fill(set, tag, vr, bytes, size, 1);
}

void make_text(make_set *set, uint32_t tag, const char *vr, const char *value)
{
    char even[1200];
    snprintf(even, sizeof even, "%s%s", value, strlen(value) % 2 ? " " : "");
    fill(set, tag, vr, even, strlen(even), 1);
}

void make_shorts(make_set *set, uint32_t tag, const uint16_t *value, int count)
{
    fill(set, tag, "US", value, (size_t)count * 2, 2);
}

void make_short(make_set *set, uint32_t tag, int value)
{
    uint16_t number = (uint16_t)value;
    make_shorts(set, tag, &number, 1);
}

void make_double(make_set *set, uint32_t tag, double value)
{
    fill(set, tag, "FD", &value, 8, 8);
}

void make_item(make_set *set, uint32_t tag, make_set *item, bool open)
{
    make_element *e = find(set, tag);
    snprintf(e->vr, sizeof e->vr, "SQ");
    e->is_sequence = true;
    assert_true(e->items < MOST_ITEMS);
    e->item[e->items] = *item;
    e->open[e->items++] = open;
    *item = (make_set){ 0 };
}

void make_fragment(make_set *set, const void *bytes, size_t size)
{
    make_element *e = find(set, 0x7fe00010);
    if (!e->has_fragments)
        empty(e);
    snprintf(e->vr, sizeof e->vr, "OB");
    e->has_fragments = true;
    assert_true(e->items < MOST_ITEMS);
    e->fragment[e->items].bytes = malloc(size + 1);
    memcpy(e->fragment[e->items].bytes, bytes, size);
    e->fragment[e->items++].size = size;
}

void make_remove(make_set *set, uint32_t tag)
{
    make_element *e = find(set, tag);
    empty(e);
    int at = (int)(e - set->element);
    set->count--;
    memmove(e, e + 1, sizeof *e * (size_t)(set->count - at));
}

/* ---- an image ---- */

void make_pixels(make_set *set, int bits, const int64_t *value, int count)
{
    int bytes = bits / 8;
    uint8_t *packed = malloc((size_t)(count * bytes) + 1);
    assert_non_null(packed);
    for (int i = 0; i < count; i++)
        memcpy(packed + i * bytes, &value[i], (size_t)bytes);
    fill(set, 0x7fe00010, bits > 8 ? "OW" : "OB", packed, (size_t)(count * bytes), bytes);
    free(packed);
    make_short(set, 0x00280100, bits);
    make_short(set, 0x00280101, bits);
    make_short(set, 0x00280102, bits - 1);
}

make_set make_image(int instance)
{
    make_set s = { 0 };
    char text[64];
    make_text(&s, 0x00080008, "CS", "ORIGINAL\\PRIMARY\\M");
    make_text(&s, 0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.4");
    snprintf(text, sizeof text, "1.2.3.%d", instance);
    make_text(&s, 0x00080018, "UI", text);
    make_text(&s, 0x00080060, "CS", "MR");
    make_text(&s, 0x0008103e, "LO", "test head");
    make_text(&s, 0x00100010, "PN", "Doe^Jane");
    make_text(&s, 0x00180050, "DS", "2.0");
    make_text(&s, 0x0020000e, "UI", "1.2.3");
    make_text(&s, 0x00200011, "IS", "7");
    snprintf(text, sizeof text, "%d", instance);
    make_text(&s, 0x00200013, "IS", text);
    snprintf(text, sizeof text, "-10\\20\\%g", 5 + 2.5 * instance);
    make_text(&s, 0x00200032, "DS", text);
    make_text(&s, 0x00200037, "DS", "1\\0\\0\\0\\1\\0");
    make_short(&s, 0x00280002, 1);
    make_text(&s, 0x00280004, "CS", "MONOCHROME2");
    make_short(&s, 0x00280010, 3);
    make_short(&s, 0x00280011, 4);
    make_text(&s, 0x00280030, "DS", "2\\1.5");
    make_short(&s, 0x00280103, 0);
    int64_t value[12];
    for (int i = 0; i < 12; i++)
        value[i] = 100 * instance + i;
    make_pixels(&s, 16, value, 12);
    return s;
}

/* ---- writing ---- */

static void put(sink *to, const void *bytes, size_t size)
{
    assert_true(to->at + size <= MAKE_MOST);
    if (size)
        memcpy(to->out + to->at, bytes, size);
    to->at += size;
}

static void put_number(sink *to, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        uint8_t byte = (uint8_t)(value >> 8 * (to->big ? bytes - 1 - i : i));
        put(to, &byte, 1);
    }
}

static void put_tag(sink *to, uint32_t tag)
{
    put_number(to, tag >> 16, 2);
    put_number(to, tag & 0xffff, 2);
}

static void put_head(sink *to, uint32_t tag, const char *vr, uint64_t length)
{
    bool wide = strstr("OB OD OF OL OV OW SQ SV UC UN UR UT UV", vr) != NULL;
    put_tag(to, tag);
    if (!to->implicit)
        put(to, vr, 2);
    if (!to->implicit && wide)
        put_number(to, 0, 2);
    put_number(to, length, to->implicit || wide ? 4 : 2);
}

static void put_set(sink *to, const make_set *set);

static void put_item(sink *to, const make_set *item, bool open)
{
    put_tag(to, 0xfffee000);
    size_t length_at = to->at;
    put_number(to, UINT32_MAX, 4);
    put_set(to, item);
    if (open) {
        put_tag(to, 0xfffee00d);
        put_number(to, 0, 4);
        return;
    }
    sink length = *to;
    length.at = length_at;
    put_number(&length, to->at - length_at - 4, 4);
}

static void put_sequence(sink *to, const make_element *e)
{
    bool open = e->items && e->open[0];
    put_head(to, e->tag, e->vr, UINT32_MAX);
    size_t start = to->at;
    for (int i = 0; i < e->items; i++)
        put_item(to, &e->item[i], e->open[i]);
    if (open) {
        put_tag(to, 0xfffee0dd);
        put_number(to, 0, 4);
        return;
    }
    sink length = *to;
    length.at = start - 4;
    put_number(&length, to->at - start, 4);
}

static void put_fragments(sink *to, const make_element *e)
{
    put_head(to, e->tag, e->vr, UINT32_MAX);
    for (int i = 0; i < e->items; i++) {
        put_tag(to, 0xfffee000);
        put_number(to, e->fragment[i].size, 4);
        put(to, e->fragment[i].bytes, e->fragment[i].size);
    }
    put_tag(to, 0xfffee0dd);
    put_number(to, 0, 4);
}

static void put_set(sink *to, const make_set *set)
{
    for (int n = 0; n < set->count; n++) {
        const make_element *e = &set->element[n];
        if (e->is_sequence) {
            put_sequence(to, e);
            continue;
        }
        if (e->has_fragments) {
            put_fragments(to, e);
            continue;
        }
        put_head(to, e->tag, e->vr, e->size);
        bool pixels = e->tag >> 16 == 0x7fe0, big = pixels ? to->big_pixels : to->big;
        for (size_t i = 0; i < e->size; i++) {
            size_t unit = (size_t)e->unit, first = i / unit * unit;
            put(to, &e->bytes[big ? first + unit - 1 - i % unit : i], 1);
        }
    }
}

static size_t write_dicom(uint8_t *out, const make_set *set, make_syntax syntax, const char *uid)
{
    sink to = { .out = out };
    make_set meta = { 0 };
    static const uint8_t preamble[128];
    put(&to, preamble, 128);
    put(&to, "DICM", 4);
    make_text(&meta, 0x00020002, "UI", "1.2.840.10008.5.1.4.1.1.4");
    // a UID is padded with a zero
    char padded[66] = { 0 };
    memcpy(padded, uid, strlen(uid));
    make_bytes(&meta, 0x00020010, "UI", padded, (strlen(uid) + 1) / 2 * 2);
    put_set(&to, &meta);
    make_set_free(&meta);
    to.implicit = syntax == MAKE_IMPLICIT || syntax == MAKE_GE;
    to.big = syntax == MAKE_BIG;
    to.big_pixels = syntax == MAKE_BIG || syntax == MAKE_GE;
    size_t start = to.at;
    put_set(&to, set);
    if (syntax != MAKE_DEFLATED)
        return to.at;
    uint8_t *plain = malloc(to.at - start);
    memcpy(plain, out + start, to.at - start);
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);
    size_t packed =
        libdeflate_deflate_compress(c, plain, to.at - start, out + start, MAKE_MOST - start);
    assert_true(packed > 0);
    libdeflate_free_compressor(c);
    free(plain);
    return start + packed;
}

size_t make_dicom(uint8_t *out, const make_set *set, make_syntax syntax)
{
    static const char *const uids[MAKE_SYNTAXES] = {
        [MAKE_EXPLICIT] = "1.2.840.10008.1.2.1", [MAKE_IMPLICIT] = "1.2.840.10008.1.2",
        [MAKE_BIG] = "1.2.840.10008.1.2.2",      [MAKE_DEFLATED] = "1.2.840.10008.1.2.1.99",
        [MAKE_GE] = "1.2.840.113619.5.2",        [MAKE_RLE] = "1.2.840.10008.1.2.5",
    };
    return write_dicom(out, set, syntax, uids[syntax]);
}

size_t make_dicom_uid(uint8_t *out, const make_set *set, const char *uid)
{
    return write_dicom(out, set, MAKE_EXPLICIT, uid);
}

void make_dicom_file(const char *path, make_set *set, make_syntax syntax)
{
    static uint8_t out[MAKE_MOST];
    make_file(path, out, make_dicom(out, set, syntax));
    make_set_free(set);
}

size_t make_rle(uint8_t *out, const uint8_t *numbers, int count, int bytes)
{
    uint32_t head[16] = { (uint32_t)bytes };
    size_t at = 64;
    for (int plane = 0; plane < bytes; plane++) {
        head[plane + 1] = (uint32_t)at;
        for (int first = 0; first < count; first += 128) {
            int run = count - first < 128 ? count - first : 128;
            out[at++] = (uint8_t)(run - 1);
            // the highest byte of each number is the first segment
            for (int i = first; i < first + run; i++)
                out[at++] = numbers[i * bytes + bytes - 1 - plane];
        }
        at += at % 2;
    }
    memcpy(out, head, sizeof head);
    return at;
}

/* ---- images with more than one frame, or with colours ---- */

make_set make_palette(int entry_bits, int first, bool is_signed)
{
    make_set s = make_image(1);
    int64_t index[12];
    for (int i = 0; i < 12; i++)
        index[i] = first + i - 1; // one below the table, and above it
    make_pixels(&s, 16, index, 12);
    make_short(&s, 0x00280103, is_signed);
    make_text(&s, 0x00280004, "CS", "PALETTE COLOR");
    for (uint32_t c = 0; c < 3; c++) {
        uint16_t about[3] = { 8, (uint16_t)first, (uint16_t)entry_bits }, entry[8];
        uint8_t small[8];
        for (int i = 0; i < 8; i++)
            entry[i] = (uint16_t)((small[i] = (uint8_t)(10 * i + (int)c + 1)) << 8);
        make_shorts(&s, 0x00281101 + c, about, 3);
        if (is_signed)
            make_bytes(&s, 0x00281101 + c, "SS", about, 6);
        if (entry_bits == 16)
            make_bytes(&s, 0x00281201 + c, "OW", entry, sizeof entry);
        else
            make_bytes(&s, 0x00281201 + c, "OW", small, sizeof small);
    }
    return s;
}

make_set make_frames(int frames)
{
    make_set s = make_image(1);
    int64_t value[12 * 8];
    for (int i = 0; i < 12 * frames; i++)
        value[i] = i;
    make_pixels(&s, 16, value, 12 * frames);
    char text[16];
    snprintf(text, sizeof text, "%d", frames);
    make_text(&s, 0x00280008, "IS", text);
    return s;
}

make_set make_rle_image(int frames)
{
    make_set s = make_frames(frames);
    uint8_t table[32] = { 0 }, coded[256];
    make_fragment(&s, table, 0);
    for (int f = 0; f < frames; f++) {
        uint8_t numbers[24];
        for (int i = 0; i < 12; i++) {
            int value = 12 * f + i + 300;
            numbers[2 * i] = (uint8_t)value;
            numbers[2 * i + 1] = (uint8_t)(value >> 8);
        }
        make_fragment(&s, coded, make_rle(coded, numbers, 12, 2));
    }
    return s;
}

/* ---- reading back ---- */

uint8_t make_whole[MAKE_MOST];

static pel_status read_set(pel_volume *out, const make_set *set, make_syntax syntax)
{
    size_t size = make_dicom(make_whole, set, syntax);
    return pel_read_volume_bytes(out, make_whole, size, "a.dcm");
}

// the file is read; the set ends
pel_volume make_must_read(make_set *set, make_syntax syntax)
{
    pel_volume v;
    assert_ok(read_set(&v, set, syntax));
    make_set_free(set);
    return v;
}

void make_must_fail(make_set *set, make_syntax syntax, const char *why)
{
    pel_volume v;
    assert_int_not_equal(read_set(&v, set, syntax), PEL_OK);
    assert_error_says(why);
    assert_null(v.data);
    make_set_free(set);
}

// stored number of column i, row j (from the top) of slice k of an oriented volume
double make_stored(const pel_volume *v, int64_t i, int64_t j, int64_t k)
{
    int64_t n = v->dims[0] * (v->dims[1] - 1 - j + v->dims[1] * k) + i;
    switch (v->dtype) {
    case PEL_UINT8:
        return ((uint8_t *)v->data)[n];
    case PEL_INT8:
        return ((int8_t *)v->data)[n];
    case PEL_UINT16:
        return ((uint16_t *)v->data)[n];
    case PEL_INT16:
        return ((int16_t *)v->data)[n];
    case PEL_UINT32:
        return ((uint32_t *)v->data)[n];
    case PEL_INT32:
        return ((int32_t *)v->data)[n];
    case PEL_UINT64:
        return (double)((uint64_t *)v->data)[n];
    case PEL_INT64:
        return (double)((int64_t *)v->data)[n];
    case PEL_FLOAT32:
        return (double)((float *)v->data)[n];
    default:
        return ((double *)v->data)[n];
    }
}

void make_check_ramp(const pel_volume *v, double first)
{
    for (int j = 0; j < 3; j++)
        for (int i = 0; i < 4; i++)
            assert_near(make_stored(v, i, j, 0), first + 4 * j + i, 0);
}

pel_volume make_must_open(const char *path, const char *series, const char *allow)
{
    pel_read_params p = pel_read_defaults();
    p.series = series;
    p.allow = allow;
    pel_volume v;
    *make_notes = 0;
    assert_ok(pel_read_volume(&v, path, &p));
    return v;
}

void make_must_refuse(const char *path, const char *series, const char *allow, const char *why)
{
    pel_read_params p = pel_read_defaults();
    p.series = series;
    p.allow = allow;
    pel_volume v;
    assert_int_not_equal(pel_read_volume(&v, path, &p), PEL_OK);
    assert_error_says(why);
    assert_int_equal(pel_memory_in_use(), 0);
}

void make_check_slices(const pel_volume *v, int first, int count)
{
    assert_int_equal(v->dims[2], count);
    for (int k = 0; k < count; k++)
        assert_near(make_stored(v, 1, 0, k), 100 * (first + k) + 1, 0);
}
