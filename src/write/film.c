/* SPDX-License-Identifier: Apache-2.0 */
/* film.c: frames in, a film out: packed by threads of its own, written in order. */
#include "write/film.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/job.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "write/write.h"

static const pel_param table[] = {
    PEL_NUMBER(pel_film_params, fps, "24", 0.1, 120, NULL, "frames per second"),
    PEL_INTEGER(pel_film_params, loop, "0", 0, 65535, NULL,
                "times it is played; 0: for ever (.apng .gif .webp)"),
    PEL_SWITCH(pel_film_params, ping_pong, "there and back again, without showing the ends twice"),
    PEL_INTEGER(pel_film_params, film_quality, "0", 0, 100, NULL,
                "of .mp4 .webm .webp, 1 to 100; 0: 80, and lossless in .webp"),
    PEL_SWITCH(pel_film_params, dither, "mix the colours of a .gif by a pattern that stands still"),
};
const pel_schema pel_film_schema =
    PEL_SCHEMA(pel_film_params, "film", "how the frames of a film follow each other", table);

pel_film_params pel_film_defaults(void)
{
    pel_film_params params;
    pel_schema_defaults(&pel_film_schema, &params);
    return params;
}

/* ---- names ---- */

// the one %d or %03d of a name: where it is and how wide; false: none, or more than one
static bool find_number(const char *path, const char **start, const char **end, int *width)
{
    *start = strchr(path, '%');
    if (!*start || strchr(*start + 1, '%'))
        return false;
    const char *digit = *start + 1;
    *width = 0;
    while (*digit >= '0' && *digit <= '9' && *width < 10)
        *width = *width * 10 + *digit++ - '0';
    *end = digit + 1;
    return *digit == 'd' && *width <= 12;
}

pel_status pel_film_frame_path(char out[4096], const char *path, int64_t n)
{
    const char *start, *end;
    int width;
    if (!find_number(path, &start, &end, &width))
        return pel__fail(PEL_EPARAM, "%s: numbered files want one %%d or %%03d in their name",
                         path);
    int length =
        snprintf(out, 4096, "%.*s%0*lld%s", (int)(start - path), path, width, (long long)n, end);
    return length < 4096 ? PEL_OK : pel__fail(PEL_EPARAM, "%s: the name is too long", path);
}

/* ---- numbered pictures, each whole by itself ---- */

static pel_status open_numbered(pel_film *film)
{
    (void)film;
    return PEL_OK;
}

static pel_status pack_numbered(const pel_film *film, int64_t n, const pel_image *frame,
                                const pel_image *before, pel__blob *out)
{
    (void)before;
    (void)out;
    char path[4096];
    pel_status s = pel_film_frame_path(path, film->path, n);
    pel_image view = *frame;
    view.provenance = film->like.provenance;
    return s == PEL_OK ? pel_write_image(path, &view) : s;
}

static pel_status put_numbered(pel_film *film, const pel_image *frame, const pel__blob *packed)
{
    (void)film;
    (void)frame;
    (void)packed;
    return PEL_OK;
}

static const pel__film_format numbered = { .ending = "%d",
                                           .open = open_numbered,
                                           .pack = pack_numbered,
                                           .put = put_numbered,
                                           .end = open_numbered,
                                           .bytes_per_pixel = 8,
                                           .bytes_beside = 1 << 20 };

static const pel__film_format *find(const char *path)
{
    static const pel__film_format *const formats[] = { &pel__film_apng, &pel__film_gif,
                                                       &pel__film_webp, &pel__film_mp4,
                                                       &pel__film_webm };
    const char *start, *end;
    int width;
    if (find_number(path, &start, &end, &width))
        return pel_can_write_image(path) ? &numbered : NULL;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (pel__ends_with(path, formats[i]->ending))
            return formats[i];
    return NULL;
}

bool pel_can_write_film(const char *path)
{
    return find(path) != NULL;
}

/* ---- what formats share ---- */

pel_status pel__blob_reserve(pel__blob *blob, int64_t more)
{
    if (blob->size + more <= blob->room)
        return PEL_OK;
    int64_t room = blob->size + more + blob->room / 2;
    pel_status s = pel__realloc(&blob->bytes, room, 1, "a packed frame");
    blob->room = s == PEL_OK ? room : blob->room;
    return s;
}

pel_status pel__blob_add(pel__blob *blob, const void *bytes, int64_t size)
{
    pel_status s = pel__blob_reserve(blob, size);
    if (s != PEL_OK || size == 0)
        return s;
    memcpy(blob->bytes + blob->size, bytes, (size_t)size);
    blob->size += size;
    return PEL_OK;
}

void pel__blob_free(pel__blob *blob)
{
    pel__free(blob->bytes);
    *blob = (pel__blob){ 0 };
}

pel__patch pel__film_patch(const pel_image *frame, const pel_image *before)
{
    pel__patch patch = { 0, 0, frame->width, frame->height };
    if (!before)
        return patch;
    int64_t pixel = frame->channels, row = frame->width * pixel;
    int64_t x0 = frame->width, x1 = 0, y0 = frame->height, y1 = 0;
    for (int64_t y = 0; y < frame->height; y++) {
        const uint8_t *a = (const uint8_t *)frame->data + y * row;
        const uint8_t *b = (const uint8_t *)before->data + y * row;
        if (memcmp(a, b, (size_t)row) == 0)
            continue;
        int64_t first = 0, last = row - 1;
        while (a[first] == b[first])
            first++;
        while (a[last] == b[last])
            last--;
        x0 = first / pixel < x0 ? first / pixel : x0;
        x1 = last / pixel + 1 > x1 ? last / pixel + 1 : x1;
        y0 = y < y0 ? y : y0;
        y1 = y + 1;
    }
    return x1 ? (pel__patch){ x0, y0, x1 - x0, y1 - y0 } : (pel__patch){ 0 };
}

int64_t pel__film_source(const pel_film *film, int64_t n)
{
    return n < film->frames ? n : 2 * film->frames - 2 - n;
}

int64_t pel__film_delay(const pel_film *film, int64_t n, double per_second)
{
    double per_frame = per_second / film->params.fps;
    return (int64_t)(nearbyint((double)(n + 1) * per_frame) - nearbyint((double)n * per_frame));
}

/* ---- begin ---- */

static pel_status check_frames(const pel_film *film, int64_t frames)
{
    pel_status s = pel_schema_check(&pel_film_schema, &film->params);
    if (s == PEL_OK && frames < 1)
        s = pel__fail(PEL_EPARAM, "%s: a film without frames", film->path);
    if (s == PEL_OK && !film->format)
        s = pel__fail(PEL_EPARAM,
                      "%s: a film is written as .mp4 .webm .gif .webp .apng, or as pictures with "
                      "numbers: frames/%%03d.png",
                      film->path);
    return s;
}

pel_status pel_film_open(pel_film **out, const char *path, int64_t frames,
                         const pel_camera *cameras, const pel_film_params *params)
{
    pel_film *film;
    *out = NULL;
    pel_status s = pel__alloc_zero(&film, 1, sizeof *film, "a film");
    if (s != PEL_OK)
        return s;
    pthread_mutex_init(&film->lock, NULL);
    pthread_cond_init(&film->change, NULL);
    film->file.fd = film->spool.fd = -1;
    film->path = pel__strdup(path);
    film->format = find(path);
    film->params = params ? *params : pel_film_defaults();
    film->frames = frames;
    film->shown = film->params.ping_pong && frames > 2 ? 2 * frames - 2 : frames;
    film->job = pel__job();
    s = film->path ? check_frames(film, frames) : PEL_EMEMORY;
    film->spools = s == PEL_OK && (film->format->keeps || film->shown > frames);
    if (s == PEL_OK && film->format->check)
        s = film->format->check(film);
    if (s == PEL_OK && cameras)
        s = pel__alloc(&film->cameras, frames, sizeof *cameras, "the cameras of a film");
    if (s == PEL_OK && cameras)
        memcpy(film->cameras, cameras, (size_t)frames * sizeof *cameras);
    if (s != PEL_OK) {
        pel_film_free(film);
        return s;
    }
    *out = film;
    return PEL_OK;
}

/* ---- the threads: each packs a whole frame; whoever finds the next one ready writes it ---- */

static void keep_failure(pel_film *film, pel_status s)
{
    if (s == PEL_OK || film->status != PEL_OK)
        return;
    film->status = s;
    snprintf(film->error, sizeof film->error, "%s", pel_error());
}

static pel__film_slot *slot_of(pel_film *film, int64_t n)
{
    return &film->slot[n % film->slots];
}

static pel_status put_frame(pel_film *film, pel__film_slot *slot)
{
    pel_status s = PEL_OK;
    if (slot->kept.size)
        s = pel__spool_put(&film->spool, &slot->frame, &slot->kept);
    if (s == PEL_OK)
        s = film->format->put(film, &slot->frame, &slot->packed);
    slot->kept.size = slot->packed.size = 0;
    return s;
}

// under the lock
static void put_ready(pel_film *film)
{
    if (film->putting)
        return;
    film->putting = true;
    while (film->status == PEL_OK && film->put < film->taken && slot_of(film, film->put)->ready) {
        pel__film_slot *slot = slot_of(film, film->put);
        pthread_mutex_unlock(&film->lock);
        pel_status s = put_frame(film, slot);
        pthread_mutex_lock(&film->lock);
        keep_failure(film, s);
        slot->ready = false;
        film->put++;
        pthread_cond_broadcast(&film->change);
    }
    film->putting = false;
}

// under the lock, with a frame to take
static void pack_next(pel_film *film)
{
    int64_t n = film->taken++;
    pel__film_slot *slot = slot_of(film, n);
    const pel_image *before = n ? &slot_of(film, n - 1)->frame : NULL;
    pthread_mutex_unlock(&film->lock);
    pel_status s = PEL_OK;
    if (film->spools && n < film->frames)
        s = pel__spool_pack(&slot->kept, &slot->frame);
    if (s == PEL_OK && film->format->pack)
        s = film->format->pack(film, n, &slot->frame, before, &slot->packed);
    pthread_mutex_lock(&film->lock);
    keep_failure(film, s);
    slot->ready = s == PEL_OK;
    put_ready(film);
    pthread_cond_broadcast(&film->change);
}

static void *work(void *user)
{
    pel_film *film = user;
    pel_job_use(film->job);
    pthread_mutex_lock(&film->lock);
    while (!film->closing && film->status == PEL_OK)
        if (film->taken < film->added)
            pack_next(film);
        else
            pthread_cond_wait(&film->change, &film->lock);
    pthread_mutex_unlock(&film->lock);
    return NULL;
}

// one thread less than the job may have: the caller helps where it would wait
static void start_workers(pel_film *film)
{
    int wanted = pel__threads() - 1;
    wanted = wanted < PEL__FILM_WORKERS ? wanted : PEL__FILM_WORKERS;
    film->slots = wanted + 2;
    sigset_t every, before;
    sigfillset(&every);
    pthread_sigmask(SIG_BLOCK, &every, &before);
    while (film->workers < wanted &&
           pthread_create(&film->worker[film->workers], NULL, work, film) == 0)
        film->workers++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void stop_workers(pel_film *film)
{
    pthread_mutex_lock(&film->lock);
    film->closing = true;
    pthread_cond_broadcast(&film->change);
    pthread_mutex_unlock(&film->lock);
    for (int i = 0; i < film->workers; i++)
        pthread_join(film->worker[i], NULL);
    film->workers = 0;
}

// until at most `most` frames are not yet written; under the lock
static void wait_for_room(pel_film *film, int64_t most)
{
    while (film->status == PEL_OK && film->added - film->put > most) {
        if (film->taken < film->added)
            pack_next(film);
        else
            pthread_cond_wait(&film->change, &film->lock);
    }
}

static pel_status status_of(pel_film *film)
{
    if (film->status != PEL_OK)
        pel__error_set(film->error);
    return film->status;
}

/* ---- frames ---- */

static pel_status begin(pel_film *film, const pel_image *first)
{
    film->like = *first;
    film->like.data = NULL;
    film->like.layer_count = 0;
    film->like.provenance = pel__strdup(first->provenance);
    film->metadata = pel__film_metadata(film);
    if (!film->metadata || (first->provenance && !film->like.provenance))
        return pel__fail(PEL_EMEMORY, "%s: no memory for its metadata", film->path);
    pel_status s = film->spools ? pel__spool_open(&film->spool, film->path) : PEL_OK;
    if (s == PEL_OK)
        s = film->format->open(film);
    if (s == PEL_OK)
        start_workers(film);
    return s;
}

static pel_status check_frame(const pel_film *film, const pel_image *frame)
{
    const pel_image *like = &film->like;
    if (film->format != &numbered &&
        (frame->dtype != PEL_UINT8 || (frame->channels != 3 && frame->channels != 4)))
        return pel__fail(PEL_EUNSUPPORTED,
                         "%s: a film holds colours of 8 bits; numbered pictures hold data "
                         "(frames/%%03d.tif)",
                         film->path);
    if (film->added && (frame->width != like->width || frame->height != like->height ||
                        frame->channels != like->channels || frame->dtype != like->dtype))
        return pel__fail(PEL_EPARAM, "%s: frame %lld is %lldx%lld and the first %lldx%lld",
                         film->path, (long long)film->added, (long long)frame->width,
                         (long long)frame->height, (long long)like->width, (long long)like->height);
    return PEL_OK;
}

static pel_status add(pel_film *film, pel_image *frame)
{
    pel_status s = pel__cancelled();
    if (s == PEL_OK)
        s = check_frame(film, frame);
    if (s == PEL_OK && film->added == 0)
        s = begin(film, frame);
    if (s != PEL_OK)
        return s;
    pthread_mutex_lock(&film->lock);
    wait_for_room(film, film->slots - 2);
    pel__film_slot *slot = slot_of(film, film->added);
    pel_image_free(&slot->frame);
    slot->frame = *frame;
    *frame = (pel_image){ 0 };
    film->added++;
    pthread_cond_broadcast(&film->change);
    if (!film->workers && film->status == PEL_OK)
        pack_next(film);
    s = status_of(film);
    pthread_mutex_unlock(&film->lock);
    return s;
}

pel_status pel_film_add(pel_film *film, pel_image *frame)
{
    pel_status s = film->added < film->frames
                       ? add(film, frame)
                       : pel__fail(PEL_EPARAM, "%s: more frames than were promised", film->path);
    pel_image_free(frame);
    return s;
}

// every frame so far has been written
static pel_status drain(pel_film *film)
{
    pthread_mutex_lock(&film->lock);
    wait_for_room(film, 0);
    pel_status s = status_of(film);
    pthread_mutex_unlock(&film->lock);
    return s;
}

static pel_status go_back(pel_film *film)
{
    pel_status s = drain(film);
    for (int64_t n = film->frames; n < film->shown && s == PEL_OK; n++) {
        pel_image frame;
        s = pel__spool_get(&film->spool, pel__film_source(film, n), &frame);
        if (s == PEL_OK)
            s = add(film, &frame);
        pel_image_free(&frame);
    }
    return s;
}

pel_status pel_film_end(pel_film *film)
{
    if (film->added != film->frames)
        return pel__fail(PEL_EPARAM, "%s: %lld frames of %lld were given", film->path,
                         (long long)film->added, (long long)film->frames);
    pel_status s = film->format->keeps || film->shown == film->frames ? PEL_OK : go_back(film);
    if (s == PEL_OK)
        s = drain(film);
    stop_workers(film);
    if (s == PEL_OK)
        s = film->format->end(film);
    if (s == PEL_OK && film->file.open)
        s = pel__outfile_commit(&film->file);
    return s;
}

void pel_film_free(pel_film *film)
{
    if (!film)
        return;
    stop_workers(film);
    if (film->format && film->format->close)
        film->format->close(film);
    for (int i = 0; i < film->slots; i++) {
        pel_image_free(&film->slot[i].frame);
        pel__blob_free(&film->slot[i].packed);
        pel__blob_free(&film->slot[i].kept);
    }
    pel__spool_close(&film->spool);
    pel__outfile_close(&film->file);
    pthread_cond_destroy(&film->change);
    pthread_mutex_destroy(&film->lock);
    pel__free(film->cameras);
    free(film->metadata);
    free(film->like.provenance);
    free(film->path);
    pel__free(film);
}

int64_t pel_film_memory(const char *path, int64_t width, int64_t height, int channels,
                        const pel_film_params *params)
{
    const pel__film_format *format = find(path);
    int64_t pixels, bytes, workers = pel__threads();
    if (!format || !pel__multiply(&pixels, width, height) ||
        !pel__multiply(&bytes, pixels, channels))
        return -1;
    workers = workers < PEL__FILM_WORKERS + 1 ? workers : PEL__FILM_WORKERS + 1;
    // frames in the queue, packed ones beside them, and what packing takes
    bool spools = format->keeps || params->ping_pong;
    int64_t queued = (workers + 1) * bytes * (spools ? 3 : 2);
    return queued + workers * pixels * format->bytes_per_pixel + format->bytes_beside +
           workers * (1 << 20);
}
