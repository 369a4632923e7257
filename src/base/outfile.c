/* SPDX-License-Identifier: Apache-2.0 */
/* outfile.c: temporary file, checked writes, fsync, rename. */
#include "base/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/status.h"

static pel_status fail_errno(const char *path, const char *doing)
{
    int why = errno;
    const char *remedy = why == ENOSPC || why == EDQUOT ? "; free some space or choose another disk"
                         : why == EACCES || why == EROFS || why == EPERM
                             ? "; choose a folder that can be written"
                         : why == ENOENT ? "; make the folder first"
                         : why == EPIPE  ? "; the reader of the pipe has gone"
                                         : "";
    return pel__fail(PEL_EIO, "%s: %s: %s%s", path, doing, strerror(why), remedy);
}

// folder/.name.pel-XXXXXX: hidden, in the same folder so that the rename is atomic
static char *temporary_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t folder = slash ? (size_t)(slash - path) + 1 : 0, length = strlen(path);
    char *name = malloc(length + 16);
    if (name)
        snprintf(name, length + 16, "%.*s.%.200s.pel-XXXXXX", (int)folder, path, path + folder);
    return name;
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
    struct stat info;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode)) {
        pel__outfile_close(out);
        return pel__fail(PEL_EIO, "%s: is a folder; name a file in it", path);
    }
    out->temporary = temporary_name(path);
    if (!out->temporary) {
        pel__outfile_close(out);
        return pel__fail(PEL_EMEMORY, "%s: no memory for its name", path);
    }
    out->fd = mkstemp(out->temporary);
    if (out->fd < 0) {
        pel_status s = fail_errno(path, "cannot be written");
        free(out->temporary);
        out->temporary = NULL;
        pel__outfile_close(out);
        return s;
    }
    out->open = true;
    // mkstemp made it 0600: give it what the umask would have
    mode_t mask = umask(0);
    umask(mask);
    (void)fchmod(out->fd, 0666 & ~mask);
    return PEL_OK;
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
            return fail_errno(out->temporary ? out->path : "standard output", "write failed");
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
        return pel__fail(PEL_EUNSUPPORTED, "standard output cannot be patched");
    return write_all(out, bytes, size, at);
}

// the rename itself must survive a power cut
static void sync_folder(const char *path)
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

pel_status pel__outfile_commit(pel__outfile *out)
{
    if (!out->temporary)
        return PEL_OK;
    if (fsync(out->fd) != 0 && errno != EINVAL && errno != ENOTSUP)
        return fail_errno(out->path, "write failed");
    int fd = out->fd;
    out->fd = -1;
    if (close(fd) != 0)
        return fail_errno(out->path, "write failed");
    if (rename(out->temporary, out->path) != 0)
        return fail_errno(out->path, "cannot be put in place");
    sync_folder(out->path);
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
    if (out->temporary) {
        if (out->fd >= 0)
            close(out->fd);
        if (out->open)
            unlink(out->temporary);
        free(out->temporary);
    }
    free(out->path);
    *out = (pel__outfile){ .fd = -1 };
}
