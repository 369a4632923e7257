/* SPDX-License-Identifier: Apache-2.0 */
/* tiff_stack.c: the pages of a TIFF file as a volume: slices, channels, frames, voxel size. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "read/flat.h"
#include "read/stack.h"
#include "read/tiff.h"
#include "volume/volume.h"

enum { Z, C, T };

typedef struct stack {
    pel__opening from;
    pel__bytes *memory;  // the whole file, where it could not be read at any place; owned
    uint8_t *all;        // its bytes; owned
    pel__tiff *tiff;     // owned
    const char *name;    // of the file, for messages
    pel__tiff_page page; // what all of them are like
    pel__stack said;
    int64_t count;   // pages that are used
    int64_t *number; // owned; which page of the file each is
    int64_t *plane;  // owned; page of slice z, channel c, frame t: (t*Z + z)*C + c
    int64_t size[3];
    pel__slices slices;
    int64_t every;  // slices of the file from one to the next that is read
    bool plain;     // no page is coded
    bool one_block; // ImageJ: planes without directories follow the first
} stack;

static void stack_free(stack *v)
{
    pel__tiff_close(v->tiff);
    pel__bytes_close(v->memory);
    pel__free(v->all);
    pel__free(v->number);
    pel__free(v->plane);
    pel__stack_free(&v->said);
    pel__opening_free(&v->from);
}

/* ---- bytes that can be read at any place ---- */

// a stream is read into memory to its end
static pel_status hold_all(stack *v, pel__bytes *stream)
{
    int64_t size;
    pel_status s = pel__bytes_all(stream, &v->all, &size, "a compressed TIFF file");
    return s == PEL_OK ? pel__bytes_open_memory(&v->memory, v->all, (size_t)size, v->name, NULL)
                       : s;
}

/* ---- which pages ---- */

static bool alike(const pel__tiff_page *a, const pel__tiff_page *b)
{
    return a->width == b->width && a->height == b->height && a->channels == b->channels &&
           a->dtype == b->dtype && a->meaning == b->meaning;
}

static pel_status mixed(const stack *v, int64_t n, const pel__tiff_page *page)
{
    return pel__fail(PEL_EDATA,
                     "%s: page %lld (from 0) is %lldx%lld %s with %d channels, the pages before "
                     "it %lldx%lld %s with %d; choose pages with --slices START:STOP, or leave "
                     "the others out with --allow mixed",
                     v->name, (long long)n, (long long)page->width, (long long)page->height,
                     pel_dtype_name(page->dtype), page->channels, (long long)v->page.width,
                     (long long)v->page.height, pel_dtype_name(v->page.dtype), v->page.channels);
}

// pages in the order asked for; smaller copies of others are none
static pel_status choose_pages(stack *v, const pel__slices *which)
{
    int64_t smaller = 0, others = 0;
    pel_status s = pel__alloc(&v->number, which->count, sizeof *v->number, "the list of pages");
    for (int64_t i = 0; i < which->count && s == PEL_OK; i++) {
        pel__tiff_page page;
        int64_t n = which->start + i * which->step;
        s = pel__tiff_describe(v->tiff, n, &page);
        if (s == PEL_OK)
            s = pel__cancelled();
        if (s != PEL_OK)
            break;
        if (page.reduced && which->count > 1) {
            smaller++;
            continue;
        }
        if (v->count == 0)
            v->page = page;
        v->plain = (v->plain || v->count == 0) && page.plain_at >= 0;
        if (alike(&page, &v->page))
            v->number[v->count++] = n;
        else if (pel__allows(v->from.params, "mixed"))
            others++;
        else
            s = mixed(v, n, &page);
    }
    if (s != PEL_OK)
        return s;
    if (v->count == 0)
        return pel__fail(PEL_EDATA, "%s: all its pages are smaller copies or masks", v->name);
    if (smaller)
        pel__note("%s: %lld pages that are smaller copies or masks of others are left out", v->name,
                  (long long)smaller);
    if (others)
        pel__note("%s: %lld pages of another size or type are left out", v->name,
                  (long long)others);
    return PEL_OK;
}

/* ---- slices, channels, frames ---- */

static int64_t index_of(const stack *v, int64_t z, int64_t c, int64_t t)
{
    return (t * v->size[Z] + z) * v->size[C] + c;
}

// place n of a run of planes, as DimensionOrder counts them from `start`
static bool locate(const stack *v, int64_t n, const int64_t start[3], int64_t out[3])
{
    static const char axes[] = "ZCT";
    int64_t step = 1;
    for (int i = 0; i < 3; i++) {
        const char *axis = strchr(axes, v->said.order[i]);
        if (!v->said.order[i] || !axis)
            return false;
        int64_t a = axis - axes;
        n += start[a] * step;
        step *= v->size[a];
    }
    for (int i = 0; i < 3; i++) {
        int64_t a = strchr(axes, v->said.order[i]) - axes;
        out[a] = n % v->size[a];
        n /= v->size[a];
    }
    return n == 0;
}

static bool place_run(stack *v, const pel__planes *run)
{
    const int64_t start[3] = { run->z, run->c, run->t };
    for (int64_t n = 0; n < run->count && run->page + n < v->count; n++) {
        int64_t at[3];
        if (!locate(v, n, start, at))
            return run->count == INT32_MAX && n > 0;
        v->plane[index_of(v, at[Z], at[C], at[T])] = v->number[run->page + n];
    }
    return true;
}

static pel_status place_planes(stack *v, bool *placed)
{
    int64_t planes = v->size[Z] * v->size[C] * v->size[T];
    *placed = false;
    pel_status s = pel__alloc(&v->plane, planes, sizeof *v->plane, "the list of planes");
    if (s != PEL_OK)
        return s;
    for (int64_t i = 0; i < planes; i++)
        v->plane[i] = v->one_block ? i : -1;
    const pel__planes all = { .count = INT32_MAX };
    const pel__planes *run = v->said.planes_count ? v->said.planes : &all;
    int64_t runs = v->said.planes_count ? v->said.planes_count : 1;
    bool good = true;
    for (int64_t i = 0; i < runs && !v->one_block; i++)
        good &= place_run(v, &run[i]);
    for (int64_t i = 0; i < planes; i++)
        good &= v->plane[i] >= 0;
    *placed = good;
    return PEL_OK;
}

// ImageJ writes stacks of any size behind one directory
static bool is_one_block(const stack *v)
{
    int64_t bytes =
        v->page.width * v->page.height * v->page.channels * pel_dtype_bytes(v->page.dtype);
    int64_t size = v->memory ? v->memory->size : v->from.bytes->size, end;
    return v->said.said_by && strcmp(v->said.said_by, "ImageJ") == 0 && v->count == 1 &&
           v->said.images > 1 && v->page.plain_at >= 0 &&
           pel__multiply(&end, bytes, v->said.images) && pel__add(&end, end, v->page.plain_at) &&
           end <= size;
}

static bool sizes_fit(const stack *v, int64_t planes)
{
    int64_t product = 1;
    for (int a = 0; a < 3; a++)
        if (v->said.size[a] < 1 || !pel__multiply(&product, product, v->said.size[a]))
            return false;
    return product == planes || (product < planes && v->said.planes_count);
}

static pel_status arrange(stack *v)
{
    bool placed = false;
    v->one_block = is_one_block(v);
    int64_t planes = v->one_block ? v->said.images : v->count;
    pel_status s = PEL_OK;
    if (v->said.said_by && sizes_fit(v, planes)) {
        memcpy(v->size, v->said.size, sizeof v->size);
        s = place_planes(v, &placed);
    }
    if (s != PEL_OK || placed)
        return s;
    if (v->said.said_by && planes > 1)
        pel__note("%s: its %s speaks of %lldx%lldx%lld slices, channels and frames, but %lld "
                  "planes are here%s; they are taken as slices, in the file's order",
                  v->name, v->said.said_by, (long long)v->said.size[Z], (long long)v->said.size[C],
                  (long long)v->said.size[T], (long long)planes,
                  v->said.elsewhere ? " (others are in other files)" : "");
    v->size[Z] = planes;
    v->size[C] = v->size[T] = 1;
    v->said.planes_count = 0;
    memcpy(v->said.order, "CZT", 3);
    pel__free(v->plane);
    v->plane = NULL;
    return place_planes(v, &placed);
}

/* ---- voxel size ---- */

// from the tags alone; false: they say nothing, or how large a print is
static bool spacing_of_tags(const stack *v, double mm[3])
{
    const pel__tiff_page *p = &v->page;
    double unit = p->unit == 2 ? 25.4 : p->unit == 3 ? 10 : 0;
    memset(mm, 0, 3 * sizeof *mm);
    if (unit == 0 || p->per_unit[0] == 0 || p->per_unit[1] == 0)
        return false;
    for (int a = 0; a < 2; a++)
        mm[a] = unit / p->per_unit[a];
    if (!pel__is_print_density(mm[0]) && p->per_unit[0] != 1)
        return true;
    if (p->per_unit[0] != 1)
        pel__note("%s: its %.4g dots per inch are how it prints, not the size of a voxel", v->name,
                  25.4 / mm[0]);
    mm[0] = mm[1] = 0;
    return false;
}

// ImageJ's x and y are in the resolution tags, in its own unit
static bool spacing_said(const stack *v, double mm[3], const char **by)
{
    const pel__tiff_page *p = &v->page;
    bool imagej = v->said.said_by && strcmp(v->said.said_by, "ImageJ") == 0;
    *by = v->said.said_by;
    memcpy(mm, v->said.voxel_mm, sizeof v->said.voxel_mm);
    if (mm[0] > 0 && mm[1] > 0 && mm[2] > 0)
        return true;
    for (int a = 0; a < 3; a++)
        mm[a] = v->said.spacing[a] * v->said.unit_mm[a];
    if (imagej && v->said.unit_mm[0] > 0)
        for (int a = 0; a < 2; a++)
            mm[a] = p->per_unit[a] > 0 ? v->said.unit_mm[a] / p->per_unit[a] : 0;
    if (mm[0] > 0 && mm[1] > 0)
        return true;
    *by = "its resolution tags";
    return spacing_of_tags(v, mm);
}

static void set_grid(const stack *v, pel_volume *shape)
{
    double mm[3] = { 0 };
    const char *by;
    bool known = spacing_said(v, mm, &by), guessed = false;
    if (known && !(mm[2] > 0)) {
        mm[2] = mm[0];
        guessed = shape->dims[2] > 1;
    }
    mm[2] *= (double)llabs(v->every);
    pel__stack_grid(shape, mm, known && !guessed);
    if (!known)
        pel__note("%s: does not say how large a voxel is: 1x1x1; --spacing DX,DY,DZ sets it",
                  v->name);
    else if (guessed)
        pel__note("%s: pixels are %.6gx%.6g mm by %s; the distance of slices is not said and taken "
                  "as %.6g, --spacing DX,DY,DZ sets it",
                  v->name, mm[0], mm[1], by, mm[2]);
    else
        pel__note("%s: voxels are %.6gx%.6gx%.6g mm by %s", v->name, mm[0], mm[1], mm[2], by);
}

static pel_status set_shape(stack *v, pel_volume *shape)
{
    const pel__tiff_page *p = &v->page;
    bool several = v->size[C] > 1;
    *shape = (pel_volume){ .dims = { p->width, p->height, v->slices.count },
                           .frames = v->size[T],
                           .dtype = p->dtype,
                           .meaning = several ? PEL_SCALAR : p->meaning,
                           .slope = 1 };
    if (v->size[C] > INT32_MAX / p->channels)
        return pel__fail(PEL_EUNSUPPORTED, "%s: has too many channels", v->name);
    shape->channels = (int)v->size[C] * p->channels;
    shape->fields.axes = v->size[T] > 1 ? 4 : v->size[Z] > 1 ? 3 : 2;
    shape->fields.extra_dims[0] = v->size[T] > 1 ? v->size[T] : 0;
    if (v->said.seconds > 0 && v->size[T] > 1) {
        shape->fields.step[0] = v->said.seconds;
        shape->fields.time_unit = 8;
    }
    snprintf(shape->fields.format, sizeof shape->fields.format, "%s",
             !v->said.said_by                          ? "TIFF"
             : strcmp(v->said.said_by, "OME-XML") == 0 ? "OME-TIFF"
                                                       : "TIFF (ImageJ)");
    set_grid(v, shape);
    return pel__volume_check_shape(shape, v->name);
}

/* ---- reading ---- */

typedef struct slab {
    stack *v;
    uint8_t *out;
    int64_t first, slice_bytes;
    int64_t count, run; // slices, and how many of them a thread takes at a time
} slab;

// where plane n of a block without directories lies
static int64_t place_in_block(const stack *v, int64_t n)
{
    const pel__tiff_page *p = &v->page;
    return p->plain_at + n * p->width * p->height * p->channels * pel_dtype_bytes(p->dtype);
}

static pel_status read_plane(stack *v, int64_t n, void *out)
{
    const pel__tiff_page *p = &v->page;
    return v->one_block ? pel__tiff_read_at(v->tiff, place_in_block(v, n), p->dtype, out,
                                            p->width * p->height * p->channels)
                        : pel__tiff_read(v->tiff, n, p, out);
}

// the first of the planes of a slice
static const int64_t *planes_of(const stack *v, int64_t slice)
{
    int64_t k = slice % v->slices.count, t = slice / v->slices.count;
    return &v->plane[index_of(v, v->slices.start + k * v->slices.step, 0, t)];
}

static pel_status read_slice(void *user, int64_t item)
{
    const slab *w = user;
    stack *v = w->v;
    int64_t channels = v->size[C];
    const int64_t *plane = planes_of(v, w->first + item);
    uint8_t *out = w->out + item * w->slice_bytes;
    if (channels == 1)
        return read_plane(v, *plane, out);
    int64_t pixel = v->page.channels * pel_dtype_bytes(v->page.dtype);
    int64_t pixels = v->page.width * v->page.height;
    uint8_t *one;
    pel_status s = pel__alloc(&one, pixels, pixel, "a page");
    for (int64_t c = 0; c < channels && s == PEL_OK; c++) {
        s = read_plane(v, plane[c], one);
        for (int64_t i = 0; i < pixels && s == PEL_OK; i++)
            memcpy(out + (i * channels + c) * pixel, one + i * pixel, (size_t)pixel);
    }
    pel__free(one);
    return s;
}

// while its bytes are at hand; a stream in memory was hashed as it came
static pel_status hash_slice(void *user, int64_t item)
{
    const slab *w = user;
    stack *v = w->v;
    const int64_t *plane = planes_of(v, w->first + item);
    const uint8_t *pixels = v->size[C] == 1 ? w->out + item * w->slice_bytes : NULL;
    pel_status s = PEL_OK;
    for (int64_t c = 0; c < v->size[C] && !v->memory && s == PEL_OK; c++)
        s = v->one_block ? pel__tiff_hash_at(v->tiff, place_in_block(v, plane[c]), &v->page, pixels)
                         : pel__tiff_hash(v->tiff, plane[c], &v->page, pixels);
    return s;
}

static pel_status for_run(slab *w, int64_t run, pel__task each)
{
    int64_t from = run * w->run, to = from + w->run < w->count ? from + w->run : w->count;
    pel_status s = PEL_OK;
    for (int64_t i = from; i < to && s == PEL_OK; i++)
        s = each(w, i);
    return s;
}

static pel_status read_run(void *user, int64_t run)
{
    return for_run(user, run, read_slice);
}

static pel_status hash_run(void *user, int64_t run)
{
    return for_run(user, run, hash_slice);
}

static pel_status read_slab(pel_source *source, void *out, int64_t first, int64_t count)
{
    int64_t bytes = pel_source_slice_bytes(source), run = pel__stack_run(count, bytes);
    slab w = { source->state, out, first, bytes, count, run };
    return pel__parallel_in_order((count + run - 1) / run, read_run, hash_run, &w, NULL);
}

static pel_status finish(pel_source *source)
{
    stack *v = source->state;
    return pel__opening_finish(&v->from, &source->shape.fields);
}

static void close_stack(pel_source *source)
{
    stack_free(source->state);
    pel__free(source->state);
}

static void note_oddities(const stack *v)
{
    const char *warning = pel__tiff_warning(v->tiff);
    if (v->page.remark)
        pel__note("%s: %s", v->name, v->page.remark);
    if (v->page.orientation != 1)
        pel__note("%s: its orientation tag is %d; rows and columns are given as they are stored",
                  v->name, v->page.orientation);
    if (*warning)
        pel__note("%s: libtiff warns: %s", v->name, warning);
}

static pel_status describe_stack(stack *v)
{
    char *text;
    pel_status s = pel__tiff_description(v->tiff, 0, &text);
    if (s == PEL_OK && text) {
        s = pel__imagej_parse(&v->said, text);
        const char *xml = strstr(text, "<OME ");
        if (s == PEL_OK && (xml || strstr(text, ":OME ")))
            s = pel__ome_parse(&v->said, text, v->name);
    }
    // of an ImageJ file the numbers are data, and the palette is how they are shown
    if (v->said.said_by && strcmp(v->said.said_by, "ImageJ") == 0)
        pel__tiff_keep_indices(v->tiff);
    free(text);
    return s;
}

static pel_status set_up(stack *v, pel_source *out)
{
    pel__bytes *bytes = v->from.bytes;
    v->name = bytes->name;
    pel_status s = bytes->next_at && bytes->size >= 0 ? PEL_OK : hold_all(v, bytes);
    if (s == PEL_OK)
        s = pel__tiff_open(&v->tiff, v->memory ? v->memory : bytes);
    if (s == PEL_OK)
        s = describe_stack(v);
    // of plain pages those asked for alone must be alike
    const char *asked = v->from.params->slices;
    bool plain = !v->said.said_by;
    int64_t pages = s == PEL_OK ? pel__tiff_count(v->tiff) : 0;
    pel__slices which = { 0, 1, pages };
    if (s == PEL_OK && plain)
        s = pel__slices_choose(&which, asked, pages, v->name);
    if (s == PEL_OK)
        s = choose_pages(v, &which);
    if (s == PEL_OK)
        s = arrange(v);
    if (s == PEL_OK)
        s = pel__slices_choose(&v->slices, plain ? NULL : asked, v->size[Z], v->name);
    if (s != PEL_OK)
        return s;
    v->every = plain ? which.step : v->slices.step;
    s = set_shape(v, &out->shape);
    if (s == PEL_OK)
        note_oddities(v);
    return s;
}

static pel_status open_tiff(pel_source *out, pel__opening *opening)
{
    stack *v;
    pel_status s = pel__alloc_zero(&v, 1, sizeof *v, "a TIFF stack");
    if (s != PEL_OK)
        return s;
    v->from = *opening;
    *opening = (pel__opening){ 0 };
    s = set_up(v, out);
    if (s != PEL_OK) {
        stack_free(v);
        pel__free(v);
        return s;
    }
    // pages that lie there as they are, each in its own place
    int64_t bytes = pel_volume_bytes(&out->shape);
    out->unproven = !v->plain || bytes > v->from.bytes->size;
    out->seekable = true;
    out->slab = pel__stack_slab(pel_source_slice_bytes(out), out->unproven);
    out->buffer_bytes =
        pel__tiff_buffer(v->tiff, &v->page) + (v->all ? v->memory->size * 2 : 0) + v->count * 24;
    out->read_slab = read_slab;
    out->finish = finish;
    out->close = close_stack;
    out->state = v;
    return PEL_OK;
}

static bool is_tiff(const pel__opening *opening, const uint8_t *head, int64_t count)
{
    (void)opening;
    return pel__tiff_is(head, count);
}

const pel__format pel__tiff_format = { "TIFF", is_tiff, open_tiff };
