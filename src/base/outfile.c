/* SPDX-License-Identifier: Apache-2.0 */
/* outfile.c: temporary file, checked writes, fsync, rename. */
#include "base/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/status.h"

pel_status pel__outfile_errno(const char *path, const char *doing)
{
    int why = errno;
    const char *remedy = why == ENOSPC || why == EDQUOT ? "; free some space or choose another disk"
                         : why == EACCES || why == EROFS || why == EPERM
                             ? "; choose a place that can be written"
                         : why == ENOENT ? "; make the folder first"
                         : why == EPIPE  ? "; the reader of the pipe has gone"
                                         : "";
    return pel__fail(PEL_EIO, "%s: %s: %s%s", path, doing, strerror(why), remedy);
}

// folder/.name.pel-xxxxxx: hidden, in the same folder so that the rename is atomic
char *pel__outfile_temporary(const char *path, uint32_t number)
{
    const char *slash = strrchr(path, '/');
    size_t folder = slash ? (size_t)(slash - path) + 1 : 0, length = strlen(path);
    char *name = malloc(length + 16);
    if (name)
        snprintf(name, length + 16, "%.*s.%.200s.pel-%06x", (int)folder, path, path + folder,
                 (unsigned)(number & 0xffffff));
    return name;
}

// devices and pipes are written through: renaming over them would replace them
static pel_status open_special(pel__outfile *out, const char *path)
{
    out->fd = open(path, O_WRONLY | O_CLOEXEC);
    if (out->fd < 0)
        return pel__outfile_errno(path, "cannot be written");
    out->open = true;
    return PEL_OK;
}

// a new file, so that nobody's is overwritten; its mode is what the umask leaves of 0666
static pel_status open_temporary(pel__outfile *out)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    uint32_t number = (uint32_t)t.tv_nsec ^ (uint32_t)getpid() << 12;
    for (int attempt = 0; attempt < 100 && !out->open; attempt++, number += 7919) {
        free(out->temporary);
        out->temporary = pel__outfile_temporary(out->path, number);
        if (!out->temporary)
            return pel__fail(PEL_EMEMORY, "%s: no memory for its name", out->path);
        out->fd = open(out->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (out->fd < 0 && errno != EEXIST)
            break;
        out->open = out->fd >= 0;
    }
    return out->open ? PEL_OK : pel__outfile_errno(out->path, "cannot be written");
}

static pel_status open_named(pel__outfile *out, const char *path)
{
    struct stat info;
    bool exists = stat(path, &info) == 0;
    if (exists && S_ISDIR(info.st_mode))
        return pel__fail(PEL_EIO, "%s: is a folder; name a file in it", path);
    // a link stays a link: what it points to is replaced
    char *target = exists ? realpath(path, NULL) : NULL;
    if (target) {
        free(out->path);
        out->path = target;
    }
    if (exists && !S_ISREG(info.st_mode))
        return open_special(out, path);
    if (exists && access(path, W_OK) != 0)
        return pel__outfile_errno(path, "is write-protected");
    pel_status s = open_temporary(out);
    if (s == PEL_OK && exists)
        (void)fchmod(out->fd, info.st_mode & 0777);
    return s;
}

pel_status pel__outfile_open(pel__outfile *out, const char *path)
{
    *out = (pel__outfile){ .fd = -1 };
    out->path = pel__strdup(path);
    if (!out->path)
        return pel__fail(PEL_EMEMORY, "%s: no memory for its name", path);
    if (strcmp(path, "-") == 0) {
        out->fd = STDOUT_FILENO;
        out->open = true;
        return PEL_OK;
    }
    pel_status s = open_named(out, path);
    if (s != PEL_OK)
        pel__outfile_close(out);
    return s;
}

pel_status pel__outfile_open_part(pel__outfile *out, const char *path)
{
    *out = (pel__outfile){ .fd = -1, .part = true };
    out->path = pel__strdup(path);
    out->temporary = pel__strdup(path);
    pel_status s = PEL_OK;
    if (!out->path || !out->temporary)
        s = pel__fail(PEL_EMEMORY, "%s: no memory for its name", path);
    else {
        out->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        out->open = out->fd >= 0;
        s = out->open ? PEL_OK : pel__outfile_errno(path, "cannot be written");
    }
    if (s != PEL_OK)
        pel__outfile_close(out);
    return s;
}

pel_status pel__outfile_scratch(int *fd, const char *beside)
{
    pel__outfile file = { .fd = -1 };
    struct stat info;
    // beside a device there is no room for files
    bool special = strcmp(beside, "-") == 0 || (stat(beside, &info) == 0 && !S_ISREG(info.st_mode));
    file.path = pel__strdup(special ? "/tmp/pellucid" : beside);
    pel_status s = file.path ? open_temporary(&file) : PEL_EMEMORY;
    if (s == PEL_OK)
        unlink(file.temporary);
    *fd = file.fd;
    free(file.temporary);
    free(file.path);
    return s;
}

static const char *shown(const pel__outfile *out)
{
    return strcmp(out->path, "-") == 0 ? "standard output" : out->path;
}

static pel_status write_all(pel__outfile *out, const void *bytes, int64_t size, int64_t at)
{
    const char *next = bytes;
    while (size > 0) {
        size_t most = size > (1 << 30) ? (size_t)1 << 30 : (size_t)size;
        ssize_t done = at < 0 ? write(out->fd, next, most) : pwrite(out->fd, next, most, at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return pel__outfile_errno(shown(out), "write failed");
        next += done;
        size -= done;
        if (at >= 0)
            at += done;
    }
    return PEL_OK;
}

pel_status pel__outfile_write(pel__outfile *out, const void *bytes, int64_t size)
{
    pel_status s = write_all(out, bytes, size, -1);
    if (s == PEL_OK)
        out->written += size;
    return s;
}

pel_status pel__outfile_patch(pel__outfile *out, int64_t at, const void *bytes, int64_t size)
{
    if (!out->temporary)
        return pel__fail(PEL_EUNSUPPORTED, "%s: cannot go back to bytes already written",
                         shown(out));
    return write_all(out, bytes, size, at);
}

// the rename itself must survive a power cut
void pel__outfile_sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    free(folder);
}

pel_status pel__outfile_sync(pel__outfile *out)
{
    if (!out->temporary || out->fd < 0)
        return PEL_OK;
    if (!out->part && fsync(out->fd) != 0 && errno != EINVAL && errno != ENOTSUP)
        return pel__outfile_errno(out->path, "write failed");
    int fd = out->fd;
    out->fd = -1;
    return close(fd) == 0 ? PEL_OK : pel__outfile_errno(out->path, "write failed");
}

pel_status pel__outfile_commit(pel__outfile *out)
{
    if (!out->temporary)
        return PEL_OK;
    pel_status s = pel__outfile_sync(out);
    if (s != PEL_OK)
        return s;
    if (!out->part && rename(out->temporary, out->path) != 0)
        return pel__outfile_errno(out->path, "cannot be put in place");
    if (!out->part)
        pel__outfile_sync_folder(out->path);
    free(out->temporary);
    out->temporary = NULL;
    out->open = false;
    return PEL_OK;
}

pel_status pel_write_text(const char *path, const char *text)
{
    pel__outfile file;
    pel_status s = pel__outfile_open(&file, path);
    if (s == PEL_OK)
        s = pel__outfile_write(&file, text, (int64_t)strlen(text));
    if (s == PEL_OK)
        s = pel__outfile_commit(&file);
    pel__outfile_close(&file);
    return s;
}

void pel__outfile_close(pel__outfile *out)
{
    bool ours = out->open && out->fd >= 0 && out->fd != STDOUT_FILENO;
    if (ours)
        close(out->fd);
    if (out->temporary && out->open)
        unlink(out->temporary);
    free(out->temporary);
    free(out->path);
    *out = (pel__outfile){ .fd = -1 };
}
