/* SPDX-License-Identifier: Apache-2.0 */
/* dicom_series.c: which images of many DICOM files belong to one volume, and which volume is meant.
 *
 * A volume is what dcm2niix makes one file of: images of one series that agree in size, type,
 * orientation, voxel size, echo and component. */
#include "read/dicom_series.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/job.h"
#include "base/maths.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "read/series.h"
#include "read/stack.h"

void pel__dicom_set_free(pel__dicom_set *set)
{
    for (int64_t i = 0; i < set->files; i++) {
        pel__dicom_free(&set->file[i].head);
        pel__free(set->file[i].name);
    }
    pel__free(set->file);
    pel__free(set->image);
    pel__free(set->group);
    *set = (pel__dicom_set){ 0 };
}

// room for one more of what lies at `list`
static pel_status make_room(void *list, int64_t count, int64_t *room, int64_t bytes)
{
    if (count < *room)
        return PEL_OK;
    int64_t wider = *room ? 2 * *room : 8;
    pel_status s = pel__realloc(list, wider, bytes, "a list of DICOM images");
    *room = s == PEL_OK ? wider : *room;
    return s;
}

pel_status pel__dicom_add_file(pel__dicom_set *set, char *name)
{
    pel_status s = make_room(&set->file, set->files, &set->file_room, sizeof *set->file);
    if (s != PEL_OK)
        pel__free(name);
    else
        set->file[set->files++] = (pel__dicom_file){ .name = name, .tiles = 1, .across = 1 };
    return s;
}

int64_t pel__dicom_image_rows(const pel__dicom_file *file)
{
    return file->pixels.rows / file->across;
}

int64_t pel__dicom_image_columns(const pel__dicom_file *file)
{
    return file->pixels.columns / file->across;
}

/* ---- images of a file ---- */

static pel_vec3 vector(const double v[3])
{
    return (pel_vec3){ v[0], v[1], v[2] };
}

bool pel__dicom_is_placed(const pel__dicom_frame *f)
{
    for (int i = 0; i < 3; i++)
        if (isnan(f->position[i]) || isnan(f->orientation[i]) || isnan(f->orientation[i + 3]))
            return false;
    pel_vec3 row = vector(f->orientation), column = vector(f->orientation + 3);
    // directions of one length across each other, as far as rounded numbers are
    return fabs(pel__length(row) - 1) < 0.01 && fabs(pel__length(column) - 1) < 0.01 &&
           fabs(pel__dot(row, column)) < 0.01;
}

static pel_vec3 normal_of(const pel__dicom_frame *f)
{
    return pel__unit(pel__cross(vector(f->orientation), vector(f->orientation + 3)));
}

static void move(pel__dicom_frame *f, pel_vec3 direction, double mm)
{
    f->position[0] += direction.x * mm;
    f->position[1] += direction.y * mm;
    f->position[2] += direction.z * mm;
}

static double step_of(const pel__dicom_frame *f)
{
    double step = fabs(f->between) > 0 ? f->between : f->thickness;
    return step != 0 ? step : NAN;
}

static pel_status add_image(pel__dicom_set *set, int64_t file, int64_t frame, int64_t tile,
                            const pel__dicom_frame *about)
{
    pel_status s = make_room(&set->image, set->images, &set->image_room, sizeof *set->image);
    if (s == PEL_OK)
        set->image[set->images++] = (pel__dicom_image){ *about, file, frame, tile, -1, 0 };
    return s;
}

// tile t of a mosaic: its corner is as far from the mosaic's middle as that of an image by itself,
// and the tiles follow each other along the normal (nibabel, "Siemens mosaics")
static pel_status add_tiles(pel__dicom_set *set, int64_t n, const pel__dicom_frame *about)
{
    const pel__dicom_file *file = &set->file[n];
    int64_t across = file->across;
    pel_status s = PEL_OK;
    for (int64_t t = 0; t < file->tiles && s == PEL_OK; t++) {
        pel__dicom_frame f = *about;
        double step = step_of(about), unseen = (double)(across - 1) / (double)across / 2;
        pel_vec3 normal = vector(file->head.slice_normal);
        if (pel__dicom_is_placed(about)) {
            if (!(fabs(pel__length(normal) - 1) < 0.01))
                normal = normal_of(about);
            move(&f, vector(f.orientation), unseen * f.spacing[1] * (double)file->pixels.columns);
            move(&f, vector(f.orientation + 3), unseen * f.spacing[0] * (double)file->pixels.rows);
            move(&f, normal, (double)t * (isnan(step) ? 1 : fabs(step)));
        }
        s = add_image(set, n, 0, t, &f);
    }
    return s;
}

// a mosaic of N images is the smallest square of tiles that holds them
static int64_t tiles_across(const pel__dicom_file *file)
{
    const pel__dicom_pixels *p = &file->pixels;
    double count = file->head.mosaic_count;
    int64_t across = 1;
    if (!(count > 1 && count <= 65536) || p->frames != 1 ||
        !strstr(file->head.image_type, "MOSAIC"))
        return 1;
    while ((double)(across * across) < count)
        across++;
    return p->rows % across == 0 && p->columns % across == 0 ? across : 1;
}

// frames without places of their own follow each other, unless they are moments
static void place_frame(const pel__dicom_file *file, int64_t n, pel__dicom_frame *f)
{
    const pel__dicom *d = &file->head;
    bool moments = d->increment == 0x00181063 || d->increment == 0x00181065;
    if (isnan(f->slope))
        f->slope = d->dose_scale;
    if (isnan(f->temporal) && moments)
        f->temporal = (double)n;
    if (d->frame_count || !pel__dicom_is_placed(f) || moments)
        return;
    double step = step_of(f);
    if (d->offsets > n)
        move(f, normal_of(f), d->offset[n] - d->offset[0]);
    else
        move(f, normal_of(f), (double)n * (isnan(step) ? 1 : step));
}

// pixels without a size of their own have that of the detector
static void size_pixels(const pel__dicom *d, pel__dicom_frame *f)
{
    const double *from[] = { f->spacing, d->imager_spacing, d->scanned_spacing, d->aspect };
    for (int i = 0; i < 4; i++)
        if (from[i][0] > 0 && from[i][1] > 0) {
            memmove(f->spacing, from[i], sizeof f->spacing);
            break;
        }
    if (!(f->spacing[0] > 0) || !(f->spacing[1] > 0))
        f->spacing[0] = f->spacing[1] = NAN;
}

static pel_status list_images(pel__dicom_set *set, int64_t n)
{
    pel__dicom_file *file = &set->file[n];
    pel_status s = pel__dicom_pixels_of(&file->pixels, &file->head, file->name);
    if (s == PEL_OK)
        file->across = tiles_across(file);
    if (file->across > 1)
        file->tiles = (int64_t)file->head.mosaic_count;
    for (int64_t i = 0; s == PEL_OK && i < file->pixels.frames; i++) {
        pel__dicom_frame f = pel__dicom_frame_of(&file->head, i);
        size_pixels(&file->head, &f);
        place_frame(file, i, &f);
        s = file->tiles > 1 ? add_tiles(set, n, &f) : add_image(set, n, i, 0, &f);
        if (s == PEL_OK)
            s = pel__cancelled();
    }
    if (!set->lone)
        pel__dicom_free_tables(&file->head);
    return s;
}

/* ---- copies ---- */

static int by_instance(const void *a, const void *b)
{
    const pel__dicom_file *const *x = a, *const *y = b;
    int order = strcmp((*x)->head.instance_uid, (*y)->head.instance_uid);
    return order ? order : (*x > *y) - (*x < *y);
}

// of files with one SOPInstanceUID the first counts
static pel_status drop_copies(pel__dicom_set *set)
{
    pel__dicom_file **sorted;
    pel_status s = pel__alloc(&sorted, set->files, sizeof *sorted, "a list of files");
    if (s != PEL_OK)
        return s;
    for (int64_t i = 0; i < set->files; i++)
        sorted[i] = &set->file[i];
    qsort(sorted, (size_t)set->files, sizeof *sorted, by_instance);
    for (int64_t i = 1; i < set->files; i++)
        if (*sorted[i]->head.instance_uid &&
            strcmp(sorted[i]->head.instance_uid, sorted[i - 1]->head.instance_uid) == 0) {
            sorted[i]->head.has_pixels = false;
            set->copies++;
        }
    pel__free(sorted);
    return PEL_OK;
}

/* ---- groups ---- */

static bool near(double a, double b, double most)
{
    return fabs(a - b) <= most || (isnan(a) && isnan(b));
}

static bool all_near(const double *a, const double *b, int count, double most)
{
    for (int i = 0; i < count; i++)
        if (!near(a[i], b[i], most))
            return false;
    return true;
}

static bool same_pixels(const pel__dicom_file *a, const pel__dicom_file *b)
{
    const pel__dicom_pixels *p = &a->pixels, *q = &b->pixels;
    return p->rows == q->rows && p->columns == q->columns && p->dtype == q->dtype &&
           p->channels == q->channels && (a->tiles > 1) == (b->tiles > 1);
}

// of images of one series
static bool same_volume(const pel__dicom_set *set, const pel__dicom_image *a,
                        const pel__dicom_image *b)
{
    const pel__dicom_file *x = &set->file[a->file], *y = &set->file[b->file];
    const pel__dicom_frame *f = &a->about, *g = &b->about;
    if (!same_pixels(x, y) || strcmp(f->kind, g->kind) != 0 ||
        pel__dicom_is_placed(f) != pel__dicom_is_placed(g))
        return false;
    return near(f->ge_kind, g->ge_kind, 0) && near(f->echo_time, g->echo_time, 1e-3) &&
           all_near(f->spacing, g->spacing, 2, 1e-3 * f->spacing[0]) &&
           (!pel__dicom_is_placed(f) || all_near(f->orientation, g->orientation, 6, 1e-3));
}

static int64_t number_of(const pel__dicom_file *file)
{
    return pel__int_from(file->head.series_number, 0, INT32_MAX);
}

static int by_series(const void *a, const void *b)
{
    const pel__dicom_file *x = a, *y = b;
    int64_t m = number_of(x), n = number_of(y);
    if (m != n)
        return m < n ? -1 : 1;
    int order = strcmp(x->head.series_uid, y->head.series_uid);
    return order ? order : pel__natural_order(x->name, y->name);
}

static bool holds_word(const char *text, const char *word)
{
    for (; *text; text++) {
        size_t n = 0;
        while (word[n] && tolower((unsigned char)text[n]) == word[n])
            n++;
        if (!word[n])
            return true;
    }
    return false;
}

static bool is_minor(const pel__dicom_set *set, const pel__dicom_image *image)
{
    static const char *const words[] = { "localizer", "localiser", "scout", "survey", "topogram" };
    const pel__dicom *d = &set->file[image->file].head;
    bool minor =
        !pel__dicom_is_placed(&image->about) || strcmp(image->about.kind, "LOCALIZER") == 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        minor |= holds_word(d->description, words[i]);
    return minor;
}

static pel_status put_into_group(pel__dicom_set *set, int64_t n, int64_t from)
{
    pel__dicom_image *image = &set->image[n];
    for (int64_t g = from; g < set->groups; g++)
        if (same_volume(set, image, &set->image[set->group[g].first])) {
            image->group = g;
            set->group[g].count++;
            return PEL_OK;
        }
    pel_status s = make_room(&set->group, set->groups, &set->group_room, sizeof *set->group);
    if (s != PEL_OK)
        return s;
    image->group = set->groups;
    int64_t number = number_of(&set->file[image->file]);
    set->group[set->groups++] = (pel__dicom_group){ n, 1, number, 0, is_minor(set, image) };
    return PEL_OK;
}

// volumes of one series number are its parts
static void number_parts(pel__dicom_set *set)
{
    for (int64_t g = 0, first = 0; g < set->groups; g++) {
        if (set->group[g].number != set->group[first].number)
            first = g;
        if (g == first)
            continue;
        set->group[first].part = 1;
        set->group[g].part = g - first + 1;
    }
}

pel_status pel__dicom_arrange(pel__dicom_set *set)
{
    qsort(set->file, (size_t)set->files, sizeof *set->file, by_series);
    pel_status s = drop_copies(set);
    int64_t from = 0;
    for (int64_t n = 0; n < set->files && s == PEL_OK; n++) {
        if (n > 0 && strcmp(set->file[n].head.series_uid, set->file[n - 1].head.series_uid) != 0)
            from = set->groups;
        int64_t i = set->images;
        if (set->file[n].head.has_pixels)
            s = list_images(set, n);
        for (; i < set->images && s == PEL_OK; i++)
            s = put_into_group(set, i, from);
    }
    number_parts(set);
    return s;
}

/* ---- which one ---- */

const char *pel__dicom_short_name(const pel__dicom_set *set, int64_t file)
{
    const char *name = set->file[file].name;
    size_t length = strlen(set->name);
    bool below = strncmp(name, set->name, length) == 0 && name[length] == '/';
    return below ? name + length + 1 : name;
}

void pel__dicom_label(char out[48], const pel__dicom_group *g)
{
    if (g->part)
        snprintf(out, 48, "%lld.%lld", (long long)g->number, (long long)g->part);
    else
        snprintf(out, 48, "%lld", (long long)g->number);
}

static void describe(char out[256], const pel__dicom_set *set, const pel__dicom_group *g)
{
    char label[48];
    const pel__dicom_file *file = &set->file[set->image[g->first].file];
    pel__dicom_label(label, g);
    snprintf(out, 256, "%s (%s%s%s, %lld image%s of %lldx%lld)", label, file->head.description,
             *file->head.description ? ", " : "",
             *file->head.modality ? file->head.modality : "no modality", (long long)g->count,
             g->count == 1 ? "" : "s", (long long)pel__dicom_image_columns(file),
             (long long)pel__dicom_image_rows(file));
}

static pel_status ask(const pel__dicom_set *set, const char *why)
{
    char list[640] = "", one[256];
    bool cut = false;
    // those a person is more likely to mean come first
    for (int64_t i = 0; i < 2 * set->groups; i++) {
        const pel__dicom_group *g = &set->group[i % set->groups];
        if (g->minor != (i >= set->groups))
            continue;
        describe(one, set, g);
        size_t used = strlen(list);
        cut |= used + strlen(one) + 8 > sizeof list;
        if (!cut)
            snprintf(list + used, sizeof list - used, "%s%s", used ? ", " : "", one);
        pel__note("%s: series %s", set->name, one);
    }
    return pel__fail(PEL_EPARAM, "%s: %s; choose one with --series NUMBER, of %s%s", set->name, why,
                     list, cut ? ", ..." : "");
}

static bool is_named(const pel__dicom_set *set, const pel__dicom_group *g, const char *name)
{
    char label[48];
    pel__dicom_label(label, g);
    return strcmp(name, label) == 0 ||
           strcmp(name, set->file[set->image[g->first].file].head.series_uid) == 0;
}

pel_status pel__dicom_choose(const pel__dicom_set *set, int64_t *group)
{
    const char *name = set->params->series;
    int64_t found = 0, named = 0, largest = 0;
    bool one_series = true;
    char why[96];
    *group = 0;
    for (int64_t g = 0; g < set->groups; g++) {
        const pel__dicom_group *one = &set->group[g];
        bool fits = name ? is_named(set, one, name) : !one->minor;
        // the number alone names a series of several volumes, but not one of them
        named += name && !fits && one->part && strtoll(name, NULL, 10) == one->number;
        one_series &= !fits || !found || one->number == set->group[*group].number;
        if (fits && (found++ == 0 || one->count > largest)) {
            *group = g;
            largest = one->count;
        }
    }
    if (found == 1 || (!name && found == 0 && set->groups == 1) ||
        (found > 1 && one_series && pel__allows(set->params, "mixed")))
        return PEL_OK;
    if (name && !found && !named)
        snprintf(why, sizeof why, "has no series '%.40s'", name);
    else
        snprintf(why, sizeof why, "%s %lld volumes", name ? "that series has" : "holds",
                 (long long)(named   ? named
                             : found ? found
                                     : set->groups));
    return ask(set, why);
}
