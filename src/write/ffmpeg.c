/* SPDX-License-Identifier: Apache-2.0 */
/* ffmpeg.c: MP4 and WebM by the ffmpeg program: frames go to it as 4:2:0 through a socket. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "write/film.h"

extern char **environ;

enum { MOST_WORDS = 64, DEFAULT_QUALITY = 80 };

/* an encoder and its words; %d is what a quality of 100 and of 0 is to it, and all between */
typedef struct encoder {
    const char *name;
    const char *words; // separated by spaces
    double best, worst;
} encoder;

// threads are fixed where their number changes the bytes; slower presets take time from rendering
static const encoder of_mp4[] = {
    // what looks less far ahead has less left to do when the last frame comes
    { "libx264",
      "-preset veryfast -threads 4 -bf 1 -x264-params rc-lookahead=4:sync-lookahead=0 -crf %d", 10,
      51 },
    { "libsvtav1", "-preset 9 -crf %d", 15, 63 },
    { "mpeg4", "-q:v %d", 1, 31 },
};
static const encoder of_webm[] = {
    { "libvpx-vp9", "-deadline realtime -cpu-used 6 -row-mt 0 -threads 4 -b:v 0 -crf %d", 10, 63 },
    { "libsvtav1", "-preset 9 -crf %d", 15, 63 },
};

typedef struct child {
    pid_t pid;
    int to, said; // the socket of frames, and a file of what it says
    const encoder *encoder;
    char program[4096];
} child;

static bool is_webm(const pel_film *film)
{
    return pel__ends_with(film->path, ".webm");
}

/* ---- the program ---- */

static bool find_program(char out[4096])
{
    const char *path = getenv("PATH");
    while (path && *path) {
        size_t length = strcspn(path, ":");
        int size = snprintf(out, 4096, "%.*s/ffmpeg", (int)length, path);
        if (length && size < 4096 && access(out, X_OK) == 0)
            return true;
        path += length + (path[length] == ':');
    }
    return false;
}

// run it with what it reads and says on these; in a group of its own, so that Ctrl-C is ours alone
static pel_status start(child *c, char *const *words, int in, int out, int facts)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETSIGMASK);
    sigset_t none, pipe;
    sigemptyset(&none);
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &pipe);
    posix_spawn_file_actions_adddup2(&actions, in, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_adddup2(&actions, out, 2);
    if (facts >= 0)
        posix_spawn_file_actions_adddup2(&actions, facts, 3);
    int wrong = posix_spawn(&c->pid, c->program, &actions, &attributes, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (wrong)
        c->pid = 0;
    return wrong ? pel__fail(PEL_EUNSUPPORTED, "%s: cannot be started: %s", c->program,
                             strerror(wrong))
                 : PEL_OK;
}

static int wait_for(child *c)
{
    int status = -1;
    while (c->pid > 0 && waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
        ;
    c->pid = 0;
    return status;
}

// what it said, as one text
static void read_said(const child *c, pel__text *out)
{
    char part[4096];
    ssize_t n;
    for (off_t at = 0; (n = pread(c->said, part, sizeof part, at)) > 0; at += n)
        pel__text_add_bytes(out, part, (size_t)n);
}

static pel_status list_encoders(child *c, pel__text *out, const char *beside)
{
    char name[] = "ffmpeg", plain[] = "-hide_banner", list[] = "-encoders";
    char *const words[] = { name, plain, list, NULL };
    int none = open("/dev/null", O_RDONLY | O_CLOEXEC);
    pel_status s = pel__outfile_scratch(&c->said, beside);
    if (s == PEL_OK)
        s = start(c, words, none, c->said, -1);
    if (s == PEL_OK) {
        wait_for(c);
        read_said(c, out);
    }
    close(none);
    if (c->said >= 0)
        close(c->said);
    c->said = -1;
    return s;
}

static const encoder *choose(const char *listed, const encoder *encoders, size_t count)
{
    char word[64];
    for (size_t i = 0; i < count; i++) {
        snprintf(word, sizeof word, " %s ", encoders[i].name);
        if (listed && strstr(listed, word))
            return &encoders[i];
    }
    return NULL;
}

static pel_status find_encoder(child *c, const pel_film *film)
{
    pel__text listed = { 0 };
    if (!find_program(c->program))
        return pel__fail(PEL_EUNSUPPORTED,
                         "%s: needs the program ffmpeg, which is not on this machine's PATH; "
                         "install the package ffmpeg, or choose .apng, .gif or .webp, which need "
                         "none",
                         film->path);
    pel_status s = list_encoders(c, &listed, film->path);
    c->encoder = is_webm(film) ? choose(listed.text, of_webm, sizeof of_webm / sizeof *of_webm)
                               : choose(listed.text, of_mp4, sizeof of_mp4 / sizeof *of_mp4);
    pel__text_free(&listed);
    if (s == PEL_OK && !c->encoder)
        s = pel__fail(PEL_EUNSUPPORTED,
                      "%s: this ffmpeg has no encoder for it (%s); install another, or choose "
                      ".apng, .gif or .webp",
                      film->path, is_webm(film) ? "libvpx-vp9 libsvtav1" : "libx264 libsvtav1");
    return s;
}

// what cannot work is said before anything is drawn
static pel_status check(const pel_film *film)
{
    child c = { .to = -1, .said = -1 };
    return find_encoder(&c, film);
}

/* ---- its words ---- */

typedef struct words {
    char *word[MOST_WORDS]; // owned
    int count;
    bool failed;
} words;

static void add_word(words *to, const char *text, size_t length)
{
    char *copy = to->count < MOST_WORDS - 1 ? strndup(text, length) : NULL;
    to->failed |= !copy;
    if (copy)
        to->word[to->count++] = copy;
}

static void add_words(words *to, const char *text)
{
    for (; *text; text += strspn(text, " ")) {
        size_t length = strcspn(text, " ");
        add_word(to, text, length);
        text += length;
    }
}

static void make_words(words *to, const pel_film *film, const child *c)
{
    char text[512], number[32];
    int64_t given = film->params.film_quality;
    double quality = (double)(given ? given : DEFAULT_QUALITY) / 100;
    const encoder *e = c->encoder;
    int64_t width = (film->like.width + 1) / 2 * 2, height = (film->like.height + 1) / 2 * 2;
    pel__format_number(number, film->params.fps);
    add_words(to, "ffmpeg -hide_banner -loglevel error -nostdin -y -f ffmetadata -i pipe:3");
    snprintf(text, sizeof text,
             "-f rawvideo -pixel_format yuv420p -video_size %lldx%lld -framerate %s "
             "-color_range tv -i pipe:0 -map 1:v -map_metadata 0 -fflags +bitexact -flags:v "
             "+bitexact -pix_fmt yuv420p -color_range tv -colorspace bt709 -color_primaries bt709 "
             "-color_trc bt709 -c:v %s",
             (long long)width, (long long)height, number, e->name);
    add_words(to, text);
    snprintf(text, sizeof text, e->words, (int)(e->worst + (e->best - e->worst) * quality + 0.5));
    add_words(to, text);
    add_words(to, is_webm(film) ? "-f webm" : "-movflags +faststart -f mp4");
    add_word(to, film->file.temporary, strlen(film->file.temporary));
}

static void free_words(words *all)
{
    for (int i = 0; i < all->count; i++)
        free(all->word[i]);
}

// the comment, with what ffmetadata sets apart escaped
static void write_facts(pel__text *out, const char *metadata)
{
    pel__text_add(out, ";FFMETADATA1\ncomment=");
    for (; *metadata; metadata++)
        pel__text_add(out, strchr("=;#\\\n", *metadata) ? "\\%c" : "%c", *metadata);
    pel__text_add(out, "\n");
}

/* ---- the film ---- */

static pel_status facts_file(int *fd, const pel_film *film)
{
    pel__text text = { 0 };
    write_facts(&text, film->metadata);
    pel_status s = text.failed
                       ? pel__fail(PEL_EMEMORY, "%s: no memory for its metadata", film->path)
                       : pel__outfile_scratch(fd, film->path);
    size_t done = 0;
    while (s == PEL_OK && done < text.length) {
        ssize_t n = pwrite(*fd, text.text + done, text.length - done, (off_t)done);
        if (n <= 0 && errno != EINTR)
            s = pel__fail(PEL_EIO, "%s: %s; is the disk full?", film->path, strerror(errno));
        done += n > 0 ? (size_t)n : 0;
    }
    pel__text_free(&text);
    return s;
}

static pel_status start_encoder(pel_film *film, child *c)
{
    int ends[2] = { -1, -1 }, facts = -1;
    words all = { 0 };
    make_words(&all, film, c);
    pel_status s = all.failed ? pel__fail(PEL_EMEMORY, "%s: no memory to start ffmpeg", film->path)
                              : facts_file(&facts, film);
    if (s == PEL_OK)
        s = pel__outfile_scratch(&c->said, film->path);
    if (s == PEL_OK && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        s = pel__fail(PEL_EIO, "%s: no socket to ffmpeg: %s", film->path, strerror(errno));
    if (s == PEL_OK)
        s = start(c, all.word, ends[0], c->said, facts);
    if (ends[0] >= 0)
        close(ends[0]);
    if (facts >= 0)
        close(facts);
    c->to = ends[1];
    free_words(&all);
    return s;
}

static pel_status open_film(pel_film *film)
{
    if (film->like.channels == 4)
        return pel__fail(PEL_EPARAM,
                         "%s: a film of this kind has no transparent pixels; choose a "
                         "--background, or .webp, .apng or .gif",
                         film->path);
    child *c;
    pel_status s = pel__alloc_zero(&c, 1, sizeof *c, "ffmpeg");
    if (s != PEL_OK)
        return s;
    c->to = c->said = -1;
    film->state = c;
    s = find_encoder(c, film);
    if (s == PEL_OK)
        s = pel__outfile_open(&film->file, film->path);
    if (s == PEL_OK && !film->file.temporary)
        s = pel__fail(PEL_EUNSUPPORTED, "%s: ffmpeg writes to files; name one", film->path);
    return s == PEL_OK ? start_encoder(film, c) : s;
}

/* BT.709 at studio range in 1/65536, rounded so that grey stays grey */
static int luma(const uint8_t *p)
{
    return ((16 << 16) + (1 << 15) + 11966 * p[0] + 40254 * p[1] + 4064 * p[2]) >> 16;
}

static const uint8_t *pixel_at(const pel_image *frame, int64_t x, int64_t y)
{
    x = x < 0 ? 0 : x < frame->width ? x : frame->width - 1;
    y = y < frame->height ? y : frame->height - 1;
    return (const uint8_t *)frame->data + (y * frame->width + x) * frame->channels;
}

// a chroma sample lies on its left pixel and between its rows: 1 2 1 across, 1 1 down
static void chroma(const pel_image *frame, int64_t x, int64_t y, uint8_t *cb, uint8_t *cr)
{
    int sum[3] = { 0 };
    for (int64_t row = 2 * y; row < 2 * y + 2; row++)
        for (int64_t i = -1; i <= 1; i++) {
            const uint8_t *p = pixel_at(frame, 2 * x + i, row);
            for (int c = 0; c < 3; c++)
                sum[c] += (i ? 1 : 2) * p[c];
        }
    // eight times the colour, in 1/65536
    int b = -6596 * sum[0] - 22189 * sum[1] + 28785 * sum[2];
    int r = 28785 * sum[0] - 26145 * sum[1] - 2640 * sum[2];
    *cb = (uint8_t)((b + (128 << 19) + (1 << 18)) >> 19);
    *cr = (uint8_t)((r + (128 << 19) + (1 << 18)) >> 19);
}

static pel_status pack(const pel_film *film, int64_t n, const pel_image *frame,
                       const pel_image *before, pel__blob *out)
{
    (void)film;
    (void)n;
    (void)before;
    int64_t w = (frame->width + 1) / 2, h = (frame->height + 1) / 2;
    pel_status s = pel__blob_reserve(out, 6 * w * h);
    if (s != PEL_OK)
        return s;
    uint8_t *to = out->bytes;
    // an odd edge is shown twice
    for (int64_t y = 0; y < 2 * h; y++)
        for (int64_t x = 0; x < 2 * w; x++)
            *to++ = (uint8_t)luma(pixel_at(frame, x, y));
    for (int64_t y = 0; y < h; y++)
        for (int64_t x = 0; x < w; x++, to++)
            chroma(frame, x, y, to, to + w * h);
    out->size = 6 * w * h;
    return PEL_OK;
}

// its last line, but what an encoder says of itself; NULL: it had nothing to say
static char *complaint(const child *c)
{
    pel__text said = { 0 };
    char *last = NULL, *rest = NULL;
    read_said(c, &said);
    for (char *line = said.text ? strtok_r(said.text, "\n", &rest) : NULL; line;
         line = strtok_r(NULL, "\n", &rest))
        if (strncmp(line, "Svt[info]", 9) != 0)
            last = line;
    last = pel__strdup(last);
    pel__text_free(&said);
    return last;
}

static pel_status died(const pel_film *film, child *c)
{
    wait_for(c);
    char *last = complaint(c);
    pel_status s = pel__fail(PEL_EIO, "%s: ffmpeg (%s) stopped: %s", film->path, c->encoder->name,
                             last ? last : "it gave no reason; is the disk full?");
    free(last);
    return s;
}

static pel_status put(pel_film *film, const pel_image *frame, const pel__blob *packed)
{
    (void)frame;
    child *c = film->state;
    for (int64_t done = 0; done < packed->size;) {
        ssize_t n = send(c->to, packed->bytes + done, (size_t)(packed->size - done), MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return died(film, c);
        done += n;
    }
    return PEL_OK;
}

// a full disk at its end is no failure to it, but it says so
static pel_status end(pel_film *film)
{
    child *c = film->state;
    close(c->to);
    c->to = -1;
    int status = wait_for(c);
    char *said = complaint(c);
    bool ok = WIFEXITED(status) && WEXITSTATUS(status) == 0 && !said;
    free(said);
    return ok ? PEL_OK : died(film, c);
}

static void close_film(pel_film *film)
{
    child *c = film->state;
    if (!c)
        return;
    if (c->pid > 0)
        kill(c->pid, SIGKILL);
    wait_for(c);
    if (c->to >= 0)
        close(c->to);
    if (c->said >= 0)
        close(c->said);
    pel__free(c);
    film->state = NULL;
}

const pel__film_format pel__film_mp4 = { .ending = ".mp4",
                                         .check = check,
                                         .open = open_film,
                                         .pack = pack,
                                         .put = put,
                                         .end = end,
                                         .close = close_film,
                                         .bytes_per_pixel = 2,
                                         .bytes_beside = 1 << 20 };
const pel__film_format pel__film_webm = { .ending = ".webm",
                                          .check = check,
                                          .open = open_film,
                                          .pack = pack,
                                          .put = put,
                                          .end = end,
                                          .close = close_film,
                                          .bytes_per_pixel = 2,
                                          .bytes_beside = 1 << 20 };
