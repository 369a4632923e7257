/* SPDX-License-Identifier: Apache-2.0 */
/* dicom.c: DICOM files as a volume: one file, or a series in a folder, a pattern or an archive. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "read/dicom_open.h"
#include "read/dicom_scan.h"
#include "volume/volume.h"

enum { NAME = 4096 };

static const char DICOMDIR[] = "1.2.840.10008.1.3.10";

/* a file while its frames are read */
typedef struct opened {
    pel__bytes *bytes; // owned, unless it is the opening's
    pel__hash *hash;   // owned; NULL: known already
    pel__dicom head;   // owned
    pel__dicom_reader reader;
} opened;

typedef struct volume {
    pel__opening from; // its stream is that of a lone file, its archive that of a series
    char name[NAME];
    pel__dicom_set set;
    pel__dicom_grid grid;
    bool lone;
    bool scaled;    // images have scales of their own, which are applied
    opened shared;  // a file of several frames, which stays open for the next
    int64_t file;   // which; -1: none
    int64_t stored; // bytes of a pixel in the file's type
} volume;

static void close_opened(opened *o)
{
    pel__dicom_reader_free(&o->reader);
    pel__dicom_free(&o->head);
    pel__hash_free(o->hash);
    pel__bytes_close(o->bytes);
    *o = (opened){ 0 };
}

static void volume_free(volume *v)
{
    close_opened(&v->shared);
    pel__free(v->grid.image);
    pel__dicom_set_free(&v->set);
    pel__opening_free(&v->from);
}

/* ---- files ---- */

static pel_status check_again(const pel__dicom_file *file, const opened *o)
{
    const pel__dicom_pixels *was = &file->pixels, *is = &o->reader.pixels;
    if (was->rows == is->rows && was->columns == is->columns && was->dtype == is->dtype &&
        was->channels == is->channels && was->frames == is->frames)
        return PEL_OK;
    return pel__fail(PEL_EIO, "%s: has changed since it was opened", file->name);
}

static pel_status enter(const volume *v, opened *o, int64_t n)
{
    const pel__dicom_file *file = &v->set.file[n];
    *o = (opened){ 0 };
    pel_status s = *file->hash ? PEL_OK : pel__hash_new(&o->hash);
    if (s == PEL_OK)
        s = pel__dicom_open_file(&o->bytes, file, v->from.zip, o->hash);
    if (s == PEL_OK)
        s = pel__dicom_parse(&o->head, &o->bytes, true);
    if (s == PEL_OK && !o->head.has_pixels)
        s = pel__fail(PEL_EIO, "%s: has changed since it was opened", file->name);
    if (s == PEL_OK)
        s = pel__dicom_reader_open(&o->reader, &o->head, o->bytes);
    return s == PEL_OK ? check_again(file, o) : s;
}

// let go of a file that was read without fault; what is hashed is hashed to its end
static pel_status learn_hash(pel__dicom_file *file, opened *o)
{
    if (!o->hash)
        return PEL_OK;
    pel_status s = pel__bytes_finish(o->bytes, &file->bytes);
    if (s == PEL_OK)
        pel__hash_text(o->hash, file->hash);
    pel__hash_free(o->hash);
    o->hash = NULL;
    return s;
}

static pel_status leave_shared(volume *v)
{
    pel_status s = v->file >= 0 ? learn_hash(&v->set.file[v->file], &v->shared) : PEL_OK;
    close_opened(&v->shared);
    v->file = -1;
    return s;
}

static pel_status enter_shared(volume *v, int64_t n)
{
    if (v->lone || v->file == n)
        return PEL_OK;
    pel_status s = leave_shared(v);
    if (s == PEL_OK)
        s = enter(v, &v->shared, n);
    if (s != PEL_OK)
        close_opened(&v->shared);
    v->file = s == PEL_OK ? n : -1;
    return s;
}

/* ---- slices from a frame ---- */

/* one frame of a file, and the slices of the slab that it holds */
typedef struct item {
    int64_t file, frame;
    int64_t first, count; // slices, counted from that of the volume
    opened own;           // unless the file is shared
    const pel__dicom_reader *reader;
    uint8_t *bytes; // owned; as stored
    int64_t size;
} item;

typedef struct slab {
    volume *v;
    const pel_volume *shape;
    uint8_t *out;
    int64_t first; // slice at `out`
    item *item;    // owned
    int64_t items;
    bool loaded;
} slab;

static const pel__dicom_image *image_of(const volume *v, int64_t slice)
{
    return &v->set.image[v->grid.image[slice]];
}

static int64_t slice_bytes(const slab *w)
{
    return w->shape->dims[0] * w->shape->dims[1] * pel__volume_channels(w->shape) *
           pel_dtype_bytes(w->shape->dtype);
}

static void turn_rows(uint8_t *voxels, int64_t rows, int64_t bytes, uint8_t *row)
{
    for (int64_t j = 0; j < rows / 2; j++) {
        uint8_t *a = voxels + j * bytes, *b = voxels + (rows - 1 - j) * bytes;
        memcpy(row, a, (size_t)bytes);
        memcpy(a, b, (size_t)bytes);
        memcpy(b, row, (size_t)bytes);
    }
}

// one slice out of a decoded frame
static void place(const slab *w, const item *it, int64_t slice, const uint8_t *frame)
{
    const volume *v = w->v;
    const pel__dicom_image *image = image_of(v, slice);
    const pel__dicom_file *file = &v->set.file[image->file];
    int64_t columns = w->shape->dims[0], rows = w->shape->dims[1];
    int64_t across = file->across, line = it->reader->pixels.columns * v->stored;
    int64_t row_bytes = slice_bytes(w) / rows;
    const uint8_t *in =
        frame + image->tile / across * rows * line + image->tile % across * columns * v->stored;
    uint8_t *out = w->out + (slice - w->first) * slice_bytes(w);
    for (int64_t j = 0; j < rows; j++, in += line) {
        uint8_t *row = out + (v->grid.oriented ? rows - 1 - j : j) * row_bytes;
        if (v->scaled)
            pel_values_from_stored((float *)(void *)row, in, it->reader->pixels.dtype, columns,
                                   isnan(image->about.slope) ? 1 : image->about.slope,
                                   isnan(image->about.inter) ? 0 : image->about.inter);
        else
            memcpy(row, in, (size_t)row_bytes);
    }
}

static pel_status decode(const slab *w, const item *it)
{
    const pel__dicom_pixels *p = &it->reader->pixels;
    bool whole = w->v->set.file[it->file].tiles == 1 && !w->v->scaled;
    uint8_t *room, *voxels = w->out + (it->first - w->first) * slice_bytes(w);
    int64_t line = p->columns * w->v->stored;
    // a row to turn the others by, or the frame
    pel_status s = pel__alloc(&room, whole ? 1 : p->rows, line, "a frame");
    if (s == PEL_OK)
        s = pel__dicom_decode(whole ? voxels : room, it->reader, it->frame, it->bytes, it->size);
    if (s == PEL_OK && whole && w->v->grid.oriented)
        turn_rows(voxels, p->rows, line, room);
    for (int64_t i = 0; s == PEL_OK && !whole && i < it->count; i++)
        place(w, it, it->first + i, room);
    pel__free(room);
    return s;
}

/* ---- slabs ---- */

static bool is_shared(const volume *v, int64_t file)
{
    return v->lone || v->set.file[file].pixels.frames > 1;
}

static pel_status load(volume *v, item *it)
{
    bool shared = is_shared(v, it->file);
    pel_status s = shared ? enter_shared(v, it->file) : enter(v, &it->own, it->file);
    if (s != PEL_OK)
        return s;
    it->reader = shared ? &v->shared.reader : &it->own.reader;
    s = pel__dicom_frame_bytes(&it->bytes, &it->size, it->reader, it->frame);
    return s == PEL_OK && !shared ? learn_hash(&v->set.file[it->file], &it->own) : s;
}

static pel_status do_item(void *user, int64_t n)
{
    slab *w = user;
    pel_status s = w->loaded ? PEL_OK : load(w->v, &w->item[n]);
    if (s == PEL_OK)
        s = decode(w, &w->item[n]);
    close_opened(&w->item[n].own);
    pel__free(w->item[n].bytes);
    w->item[n].bytes = NULL;
    return s;
}

// frames that can be read together: of one shared file, or each of a file of its own
static int64_t gather(slab *w, int64_t slice, int64_t end, int64_t most)
{
    const volume *v = w->v;
    w->items = 0;
    for (; slice < end; slice++) {
        const pel__dicom_image *image = image_of(v, slice);
        item *last = w->items ? &w->item[w->items - 1] : NULL;
        if (last && last->file == image->file && last->frame == image->frame) {
            last->count++;
            continue;
        }
        bool shared = is_shared(v, image->file);
        if (w->items == most ||
            (last && (shared != is_shared(v, last->file) || (shared && last->file != image->file))))
            break;
        w->item[w->items++] =
            (item){ .file = image->file, .frame = image->frame, .first = slice, .count = 1 };
    }
    return slice;
}

static int64_t most_items(void)
{
    return 2 * (int64_t)pel__threads();
}

static pel_status read_slab(pel_source *source, void *out, int64_t first, int64_t count)
{
    volume *v = source->state;
    slab w = { .v = v, .shape = &source->shape, .out = out, .first = first };
    pel_status s = pel__alloc_zero(&w.item, most_items(), sizeof *w.item, "a list of frames");
    for (int64_t slice = first; s == PEL_OK && slice < first + count;) {
        slice = gather(&w, slice, first + count, most_items());
        // a stream and an archive are read by one thread
        w.loaded = v->from.zip || is_shared(v, w.item[0].file);
        for (int64_t i = 0; w.loaded && s == PEL_OK && i < w.items; i++)
            s = load(v, &w.item[i]);
        if (s == PEL_OK)
            s = pel__parallel(w.items, do_item, &w, NULL);
        for (int64_t i = 0; i < w.items; i++) {
            close_opened(&w.item[i].own);
            pel__free(w.item[i].bytes);
        }
    }
    pel__free(w.item);
    return s;
}

// the hash of a series is the hash of its files' hashes, in the order of the slices
static pel_status finish(pel_source *source)
{
    volume *v = source->state;
    pel_fields *fields = &source->shape.fields;
    if (v->lone)
        return pel__opening_finish(&v->from, fields);
    pel__hash *all;
    pel_status s = leave_shared(v);
    if (s == PEL_OK)
        s = pel__hash_new(&all);
    if (s != PEL_OK)
        return s;
    fields->bytes = 0;
    for (int64_t n = 0; n < v->set.files; n++)
        v->set.file[n].used = false;
    for (int64_t k = 0; k < v->grid.slices * v->grid.frames && s == PEL_OK; k++) {
        int64_t n = image_of(v, k)->file;
        pel__dicom_file *file = &v->set.file[n];
        if (file->used)
            continue;
        file->used = true;
        opened o = { 0 };
        if (!*file->hash)
            s = enter(v, &o, n);
        if (s == PEL_OK)
            s = learn_hash(file, &o);
        close_opened(&o);
        pel__hash_add(all, file->hash, strlen(file->hash));
        fields->bytes += file->bytes;
    }
    if (s == PEL_OK)
        pel__hash_text(all, fields->hash);
    pel__hash_free(all);
    return s;
}

static void close_volume(pel_source *source)
{
    volume_free(source->state);
    pel__free(source->state);
}

/* ---- what the volume is ---- */

static bool same_number(double a, double b, double missing)
{
    return (isnan(a) ? missing : a) == (isnan(b) ? missing : b);
}

// one scale for all, or floats where each has its own
static void set_scale(volume *v, pel_volume *shape)
{
    const pel__dicom_frame *first = &image_of(v, 0)->about;
    int64_t count = v->grid.slices * v->grid.frames;
    for (int64_t k = 1; k < count && shape->meaning == PEL_SCALAR; k++) {
        const pel__dicom_frame *f = &image_of(v, k)->about;
        v->scaled |=
            !same_number(f->slope, first->slope, 1) || !same_number(f->inter, first->inter, 0);
    }
    bool own = shape->meaning == PEL_SCALAR && !v->scaled;
    shape->slope = own && fabs(first->slope) > 0 ? first->slope : 1;
    shape->inter = own && !isnan(first->inter) ? first->inter : 0;
    if (v->scaled)
        shape->dtype = PEL_FLOAT32;
}

// the first window of the image in the middle
static void set_window(const volume *v, pel_volume *shape)
{
    const pel__dicom_frame *f = &image_of(v, v->grid.slices / 2)->about;
    if (shape->meaning != PEL_SCALAR || isnan(f->centre) || !(f->width > 0))
        return;
    shape->fields.display_lo = f->centre - f->width / 2;
    shape->fields.display_hi = f->centre + f->width / 2;
}

static void set_fields(const volume *v, pel_volume *shape)
{
    const pel__dicom *d = &v->set.file[image_of(v, 0)->file].head;
    pel_fields *f = &shape->fields;
    double echo = image_of(v, 0)->about.echo_time;
    char te[24] = "";
    bool flat = v->grid.slices == 1 && !v->grid.oriented;
    snprintf(f->format, sizeof f->format, "DICOM");
    if (echo > 0 && echo < 1e6)
        snprintf(te, sizeof te, "; TE %.6g ms", echo);
    snprintf(f->description, sizeof f->description, "%s%s%.38s%s", d->modality,
             *d->modality && *d->description ? "; " : "", d->description, te);
    f->axes = v->grid.frames > 1 ? 4 : flat ? 2 : 3;
    f->extra_dims[0] = v->grid.frames > 1 ? v->grid.frames : 0;
    if (v->grid.frames > 1 && !isnan(v->grid.seconds)) {
        f->step[0] = v->grid.seconds;
        f->time_unit = 8;
    }
    set_window(v, shape);
}

static void set_shape(volume *v, pel_volume *shape)
{
    const pel__dicom_file *file = &v->set.file[image_of(v, 0)->file];
    const pel__dicom_pixels *p = &file->pixels;
    *shape = (pel_volume){ .dims = { pel__dicom_image_columns(file), pel__dicom_image_rows(file),
                                     v->grid.slices },
                           .frames = v->grid.frames,
                           .channels = p->channels,
                           .meaning = p->meaning,
                           .dtype = p->dtype,
                           .mm_from_ijk = v->grid.mm_from_ijk,
                           .oriented = v->grid.oriented,
                           .unit_known = v->grid.unit_known };
    v->stored = p->channels * pel_dtype_bytes(p->dtype);
    set_scale(v, shape);
    set_fields(v, shape);
}

// files the volume takes slices from
static int64_t count_files(volume *v)
{
    int64_t count = 0;
    for (int64_t k = 0; k < v->grid.slices * v->grid.frames; k++) {
        bool *used = &v->set.file[image_of(v, k)->file].used;
        count += !*used;
        *used = true;
    }
    return count;
}

// what the numbers are not
static void tell_numbers(const volume *v, const pel__dicom_file *file)
{
    const pel__dicom *d = &file->head;
    if (strcmp(d->photometric, "MONOCHROME1") == 0)
        pel__note("%s: its numbers grow towards black (MONOCHROME1); they are given as they are "
                  "stored",
                  v->name);
    if (v->scaled)
        pel__note("%s: images have scales of their own, which are applied: float32", v->name);
    if (d->has_modality_lut)
        pel__note("%s: a table tells what its numbers stand for (Modality LUT Sequence), which is "
                  "not applied: they are as stored",
                  v->name);
    if (d->philips_scale > 0 && fabs(d->philips_scale - 1) > 1e-6)
        pel__note("%s: its numbers are those of the display; what Philips' scanner measured is "
                  "each divided by RescaleSlope x %g (2005,100E)",
                  v->name, d->philips_scale);
    if (file->pixels.bright_padding >= 0)
        pel__note("%s: pixels of %lld (PixelPaddingValue) lie outside of the image and become 0",
                  v->name, (long long)file->pixels.bright_padding);
}

static void tell(volume *v, const pel_volume *shape, int64_t group)
{
    const pel__dicom_file *file = &v->set.file[image_of(v, 0)->file];
    char label[48], frames[32] = "";
    int64_t files = count_files(v);
    pel__dicom_label(label, &v->set.group[group]);
    if (v->grid.frames > 1)
        snprintf(frames, sizeof frames, ", %lld frames", (long long)v->grid.frames);
    if (!v->lone)
        pel__note("%s: series %s%s%s, %lld slices%s of %lld files; slices are %.6g mm apart",
                  v->name, label, *shape->fields.description ? ": " : "", shape->fields.description,
                  (long long)v->grid.slices, frames, (long long)files,
                  pel_volume_spacing_mm(shape).z);
    if (v->set.group[group].count < v->set.images)
        pel__note("%s: %lld images of other series or kinds are left out; --series chooses",
                  v->name, (long long)(v->set.images - v->set.group[group].count));
    if (v->set.copies)
        pel__note("%s: %lld files are copies of others and left out", v->name,
                  (long long)v->set.copies);
    tell_numbers(v, file);
}

// frames that are read at a time, the files they are in, and their decoding
static int64_t memory_of(const volume *v)
{
    enum { BUFFERS = 256 << 10 };
    const pel__dicom_set *set = &v->set;
    const pel__dicom_file *first = &set->file[image_of(v, 0)->file];
    const pel__dicom_reader like = { .dicom = &first->head, .pixels = first->pixels };
    int64_t stored = 0, shared = 0, own = 0;
    for (int64_t n = 0; n < set->files; n++) {
        const pel__dicom_file *f = &set->file[n];
        int64_t *open = is_shared(v, n) ? &shared : &own;
        stored = f->stored > stored ? f->stored : stored;
        *open = f->open_bytes > *open ? f->open_bytes : *open;
    }
    return set->file_room * (int64_t)sizeof *set->file +
           set->image_room * (int64_t)sizeof *set->image + v->grid.slices * v->grid.frames * 8 +
           shared + most_items() * (stored + own + (int64_t)sizeof(item) + BUFFERS) +
           pel__threads() * (pel__dicom_decode_bytes(&like) + (like.pixels.bits + 7) / 8);
}

/* ---- opening ---- */

static pel_status arrange(volume *v, pel_source *out)
{
    int64_t group;
    pel_status s = pel__dicom_arrange(&v->set);
    if (s == PEL_OK)
        s = pel__dicom_choose(&v->set, &group);
    if (s == PEL_OK)
        s = pel__dicom_layout(&v->grid, &v->set, group);
    if (s == PEL_OK)
        s = pel__dicom_keep_slices(&v->grid, &v->set);
    if (s != PEL_OK)
        return s;
    set_shape(v, &out->shape);
    tell(v, &out->shape, group);
    return pel__volume_check_shape(&out->shape, v->name);
}

static pel_status begin(volume **out, const char *name, const pel_read_params *params)
{
    if (strlen(name) >= NAME)
        return pel__fail(PEL_EPARAM, "%.60s...: the name is too long", name);
    pel_status s = pel__alloc_zero(out, 1, sizeof **out, "a DICOM volume");
    if (s != PEL_OK)
        return s;
    volume *v = *out;
    snprintf(v->name, sizeof v->name, "%s", name);
    v->set.name = v->name;
    v->set.params = params;
    v->file = -1;
    return PEL_OK;
}

static pel_status finish_opening(pel_source *out, volume *v, pel_status s)
{
    v->set.params = NULL;
    if (s != PEL_OK) {
        volume_free(v);
        pel__free(v);
        pel_source_close(out);
        return s;
    }
    out->unproven = true;
    out->seekable = true;
    out->read_slab = read_slab;
    out->finish = finish;
    out->close = close_volume;
    out->state = v;
    return s;
}

static pel_status no_image(const pel__dicom *d, const char *name)
{
    if (strcmp(d->class_uid, DICOMDIR) == 0)
        return pel__fail(PEL_EUNSUPPORTED, "%s: is a DICOMDIR, a list of files; name its folder",
                         name);
    return pel__fail(PEL_EUNSUPPORTED, "%s: is DICOM without an image (%s); name a file with one",
                     name, *d->modality ? d->modality : "no modality");
}

static pel_status open_lone(volume *v, pel_source *out)
{
    char *name;
    int64_t length = (int64_t)strlen(v->name) + 1;
    pel_status s = pel__alloc(&name, length, 1, "a file name");
    if (s != PEL_OK)
        return s;
    memcpy(name, v->name, (size_t)length);
    s = pel__dicom_add_file(&v->set, name);
    if (s != PEL_OK)
        return s;
    pel__dicom *head = &v->set.file[0].head;
    s = pel__dicom_parse(head, &v->from.bytes, true);
    if (s == PEL_OK && !head->has_pixels)
        s = no_image(head, v->name);
    if (s != PEL_OK)
        return s;
    pel__dicom_clean(head);
    s = pel__dicom_reader_open(&v->shared.reader, head, v->from.bytes);
    if (s == PEL_OK)
        s = arrange(v, out);
    if (s != PEL_OK)
        return s;
    v->set.file[0].stored = v->shared.reader.stored;
    v->set.file[0].open_bytes = pel__dicom_open_bytes(&v->shared.reader);
    out->buffer_bytes = memory_of(v);
    return s;
}

static pel_status open_format(pel_source *out, pel__opening *opening)
{
    volume *v;
    pel_status s = begin(&v, opening->bytes->name, opening->params);
    if (s != PEL_OK)
        return s;
    v->from = *opening;
    *opening = (pel__opening){ 0 };
    v->lone = v->set.lone = true;
    return finish_opening(out, v, open_lone(v, out));
}

static pel_status open_many(volume *v, pel_source *out)
{
    pel_status s = pel__dicom_scan(&v->set, v->from.zip);
    if (s == PEL_OK)
        s = arrange(v, out);
    if (s == PEL_OK)
        out->buffer_bytes = memory_of(v);
    return s;
}

pel_status pel__dicom_open_folder(pel_source *out, const char *path, const pel_read_params *params)
{
    volume *v;
    pel_status s = begin(&v, path, params);
    if (s != PEL_OK)
        return s;
    s = pel__dicom_list_folder(&v->set, path);
    if (s == PEL_OK)
        s = open_many(v, out);
    return finish_opening(out, v, s);
}

pel_status pel__dicom_open_zip(pel_source *out, pel__opening *opening, const char *shown)
{
    volume *v;
    pel_status s = begin(&v, shown, opening->params);
    if (s != PEL_OK)
        return s;
    v->from = *opening;
    *opening = (pel__opening){ 0 };
    s = pel__dicom_list_zip(&v->set, v->from.zip, v->from.name);
    if (s == PEL_OK)
        s = open_many(v, out);
    return finish_opening(out, v, s);
}

static bool is(const pel__opening *opening, const uint8_t *head, int64_t count)
{
    (void)opening;
    return pel__dicom_is(head, count);
}

const pel__format pel__dicom_format = { "DICOM", is, open_format };
