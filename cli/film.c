/* SPDX-License-Identifier: Apache-2.0 */
/* film.c: what commands that make films share: frames drawn one by one go into a film, numbered
 * files, or onto one sheet. */
#include "film.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static const pel_param table[] = {
    PEL_INTEGER(cli_reel, frames, "0", 0, 100000, NULL,
                "of a film that does not turn; 0: 25 of a fade"),
    PEL_TEXT(cli_reel, fade, NULL, "LOOK|FILE",
             "a film that fades into this look, or into this volume"),
    PEL_TEXT(cli_reel, lightbox, NULL, "CxR",
             "the frames on one picture, in C columns and R rows, each of --size; without a film's "
             "frames, as many views around as there are cells"),
};
const pel_schema cli_reel_schema = PEL_SCHEMA(cli_reel, "film", "films", table);

/* ---- the sheet ---- */

typedef struct sheet {
    long columns, rows;
    pel_image image;
} sheet;

static bool parse_sheet(sheet *out, const char *text)
{
    char *end;
    out->columns = strtol(text, &end, 10);
    if (*end != 'x')
        return false;
    out->rows = strtol(end + 1, &end, 10);
    return !*end && out->columns > 0 && out->rows > 0 && out->columns <= 1000 && out->rows <= 1000;
}

int64_t cli_lightbox_cells(const char *text)
{
    sheet to = { 0 };
    return text && parse_sheet(&to, text) ? to.columns * to.rows : 0;
}

// cells without a frame are like its first corner: background
static pel_status begin_sheet(sheet *to, const pel_image *first)
{
    pel_image *all = &to->image;
    pel_status s = pel_image_new(all, first->width * to->columns, first->height * to->rows,
                                 first->channels, first->dtype);
    if (s != PEL_OK)
        return s;
    size_t pixel = (size_t)(first->channels * pel_dtype_bytes(first->dtype));
    for (int64_t i = 0; i < all->width * all->height; i++)
        memcpy((char *)all->data + (size_t)i * pixel, first->data, pixel);
    all->scalar = first->scalar;
    all->slope = first->slope;
    all->inter = first->inter;
    all->mm_per_pixel = first->mm_per_pixel;
    all->dpi = first->dpi;
    return PEL_OK;
}

static pel_status paste(sheet *to, int64_t n, const pel_image *frame)
{
    pel_status s = n ? PEL_OK : begin_sheet(to, frame);
    if (s != PEL_OK)
        return s;
    return pel_image_paste(&to->image, frame, n % to->columns * frame->width,
                           n / to->columns * frame->height);
}

/* ---- what can be told before anything is read ---- */

// what cannot be written, ffmpeg missing, a rate that a format has not
static pel_status check_film(cli_run *run, const pel_film_params *params)
{
    pel_film *film;
    const char *output = run->common.output;
    if (output && !pel_can_write_film(output))
        return cli_refuse(run,
                          "-o wants a film: .mp4 .webm .gif .webp .apng, or numbered pictures: "
                          "frames/%03d.png");
    pel_status s = output ? pel_film_open(&film, output, 1, NULL, params) : PEL_OK;
    if (output && s == PEL_OK)
        pel_film_free(film);
    return s;
}

pel_status cli_film_check(cli_run *run, int64_t frames, const char *lightbox,
                          const pel_film_params *params)
{
    sheet to = { 0 };
    const char *output = run->common.output;
    if (!lightbox)
        return check_film(run, params);
    if (!parse_sheet(&to, lightbox))
        return cli_refuse(run, "--lightbox wants columns and rows: 4x3");
    if (output && (!pel_can_write_image(output) || strchr(output, '%')))
        return cli_refuse(run,
                          "--lightbox makes one picture: -o wants .png, or .tif .npy for data");
    if (frames > to.columns * to.rows)
        return cli_refuse(run, "--lightbox has fewer cells than there are frames");
    return PEL_OK;
}

/* ---- progress of all frames, told as one ---- */

typedef struct watch {
    pel_job before;
    int64_t frame, frames;
} watch;

static void watch_progress(void *user, const char *step, double fraction)
{
    const watch *w = user;
    (void)step;
    if (w->before.progress)
        w->before.progress(w->before.user, "filming",
                           ((double)w->frame + fraction) / (double)w->frames);
}

static void watch_note(void *user, const char *text)
{
    const watch *w = user;
    if (w->before.note)
        w->before.note(w->before.user, text);
}

static pel_job *current_job(void)
{
    pel_job *job = pel_job_use(NULL);
    pel_job_use(job);
    return job;
}

static void begin_watch(watch *w, pel_job *job)
{
    w->before = *job;
    job->progress = watch_progress;
    job->note = watch_note;
    job->user = w;
}

static void end_watch(const watch *w, pel_job *job)
{
    job->progress = w->before.progress;
    job->note = w->before.note;
    job->user = w->before.user;
}

/* ---- the film ---- */

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static pel_status give_provenance(pel_image *frame, const char *provenance)
{
    if (!provenance)
        return PEL_OK;
    free(frame->provenance);
    frame->provenance = strdup(provenance);
    return frame->provenance ? PEL_OK : PEL_EMEMORY;
}

static pel_status take_frames(const cli_film *film, pel_film *to, sheet *on, double *seconds)
{
    watch w = { .frames = film->frames };
    pel_job *job = current_job();
    pel_status s = PEL_OK;
    if (job)
        begin_watch(&w, job);
    for (; w.frame < film->frames && s == PEL_OK; w.frame++) {
        pel_image frame = { 0 };
        double start = seconds_now();
        s = film->draw(film->user, w.frame, &frame);
        seconds[w.frame] = seconds_now() - start;
        if (s == PEL_OK && w.frame == 0)
            s = give_provenance(&frame, film->provenance);
        if (s == PEL_OK)
            s = to ? pel_film_add(to, &frame) : paste(on, w.frame, &frame);
        pel_image_free(&frame);
    }
    if (job)
        end_watch(&w, job);
    return s;
}

// frames/%03d.png: the folder is made; where that fails, the first write says why
static void make_folder(const char *output)
{
    const char *slash = strrchr(output, '/');
    char *folder =
        strchr(output, '%') && slash > output ? strndup(output, (size_t)(slash - output)) : NULL;
    if (folder)
        mkdir(folder, 0777);
    free(folder);
}

static pel_status report_outputs(cli_run *run, const cli_film *film, const pel_film_params *params,
                                 bool numbered)
{
    const char *output = run->common.output;
    int64_t n = film->frames;
    int64_t shown = params->ping_pong && n > 2 ? 2 * n - 2 : n;
    char path[4096];
    pel_status s = PEL_OK;
    for (int64_t i = 0; numbered && i < shown && s == PEL_OK; i++) {
        s = pel_film_frame_path(path, output, i);
        cli_report_output(run, path);
    }
    if (!numbered)
        cli_report_output(run, output);
    cli_report_integer(run, "frames", n);
    return s;
}

static pel_status film_frames(cli_run *run, const cli_film *film, const pel_film_params *params,
                              double *seconds)
{
    pel_film *to;
    make_folder(run->common.output);
    pel_status s = pel_film_open(&to, run->common.output, film->frames, film->cameras, params);
    if (s == PEL_OK)
        s = take_frames(film, to, NULL, seconds);
    cli_step(run, "encode");
    if (s == PEL_OK)
        s = pel_film_end(to);
    pel_film_free(to);
    return s == PEL_OK ? report_outputs(run, film, params, strchr(run->common.output, '%') != NULL)
                       : s;
}

static pel_status lay_frames(cli_run *run, const cli_film *film, const pel_film_params *params,
                             const char *lightbox, double *seconds)
{
    sheet on = { 0 };
    if (!parse_sheet(&on, lightbox))
        return PEL_EPARAM;
    pel_status s = take_frames(film, NULL, &on, seconds);
    cli_step(run, "encode");
    if (s == PEL_OK)
        s = give_provenance(&on.image, film->provenance);
    if (s == PEL_OK)
        s = pel_write_image(run->common.output, &on.image);
    pel_image_free(&on.image);
    return s == PEL_OK ? report_outputs(run, film, params, false) : s;
}

pel_status cli_film_write(cli_run *run, const cli_film *film, const char *lightbox,
                          const pel_film_params *params)
{
    double *seconds = calloc((size_t)film->frames, sizeof *seconds);
    if (!seconds)
        return PEL_EMEMORY;
    cli_step(run, NULL);
    pel_status s = lightbox ? lay_frames(run, film, params, lightbox, seconds)
                            : film_frames(run, film, params, seconds);
    cli_report_numbers(run, "seconds.frames", seconds, (int)film->frames);
    free(seconds);
    return s == PEL_OK ? cli_write_sidecar(run, run->common.output, film->provenance) : s;
}

double cli_film_memory(const cli_run *run, int64_t width, int64_t height, int channels,
                       const char *lightbox, const pel_film_params *params)
{
    sheet to = { 0 };
    double frame = (double)width * (double)height * channels;
    if (lightbox && parse_sheet(&to, lightbox))
        return frame * (double)(to.columns * to.rows + 1);
    int64_t held = pel_film_memory(run->common.output ? run->common.output : "film.apng", width,
                                   height, channels, params);
    return held > 0 ? frame + (double)held : frame;
}
