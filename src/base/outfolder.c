/* SPDX-License-Identifier: Apache-2.0 */
/* outfolder.c: temporary folder, one sync, rename or exchange. */
#include "base/outfolder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/outfile.h"
#include "base/status.h"

static pel_status no_memory(const char *path)
{
    return pel__fail(PEL_EMEMORY, "%s: no memory for its name", path);
}

// the first name of the folder that is not ours; "" when there is none
static pel_status find_stranger(char out[256], const char *path,
                                bool (*is_ours)(const void *user, const char *name),
                                const void *user)
{
    DIR *folder = opendir(path);
    *out = 0;
    if (!folder)
        return pel__outfile_errno(path, "the folder cannot be opened");
    for (struct dirent *entry; !*out && (entry = readdir(folder));) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && !is_ours(user, name))
            snprintf(out, 256, "%s", name);
    }
    closedir(folder);
    return PEL_OK;
}

static pel_status check_place(const char *path, bool (*is_ours)(const void *user, const char *name),
                              const void *user)
{
    struct stat info;
    char stranger[256];
    if (stat(path, &info) != 0)
        return PEL_OK;
    if (!S_ISDIR(info.st_mode))
        return pel__fail(PEL_EIO, "%s: is a file, and slices need a folder; name another", path);
    if (access(path, W_OK) != 0)
        return pel__outfile_errno(path, "is write-protected");
    pel_status s = find_stranger(stranger, path, is_ours, user);
    if (s == PEL_OK && *stranger)
        return pel__fail(PEL_EIO,
                         "%s: the folder holds other files (%s), and slices replace it as a whole; "
                         "name a new or an empty folder",
                         path, stranger);
    return s;
}

// beside the final place, so that a rename is enough
static pel_status make_temporary(pel__outfolder *out)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    uint32_t number = (uint32_t)t.tv_nsec ^ (uint32_t)getpid() << 12;
    for (int attempt = 0; attempt < 100; attempt++, number += 7919) {
        free(out->temporary);
        out->temporary = pel__outfile_temporary(out->path, number);
        if (!out->temporary)
            return no_memory(out->path);
        if (mkdir(out->temporary, 0777) == 0) {
            out->files = opendir(out->temporary);
            return out->files ? PEL_OK : pel__outfile_errno(out->path, "cannot be opened");
        }
        if (errno != EEXIST)
            break;
    }
    pel_status s = pel__outfile_errno(out->path, "the folder cannot be made");
    free(out->temporary);
    out->temporary = NULL;
    return s;
}

pel_status pel__outfolder_open(pel__outfolder *out, const char *path,
                               bool (*is_ours)(const void *user, const char *name),
                               const void *user)
{
    *out = (pel__outfolder){ 0 };
    pel_status s = check_place(path, is_ours, user);
    if (s != PEL_OK)
        return s;
    // a link stays a link: the folder that it points to is replaced
    out->path = realpath(path, NULL);
    if (!out->path)
        out->path = pel__strdup(path);
    if (!out->path)
        return no_memory(path);
    size_t length = strlen(out->path);
    while (length > 1 && out->path[length - 1] == '/')
        out->path[--length] = 0;
    s = make_temporary(out);
    if (s != PEL_OK)
        pel__outfolder_close(out);
    return s;
}

char *pel__outfolder_file(const pel__outfolder *folder, const char *name)
{
    size_t room = strlen(folder->temporary) + strlen(name) + 2;
    char *path = malloc(room);
    if (path)
        snprintf(path, room, "%s/%s", folder->temporary, name);
    return path;
}

// `files` is closed
static void remove_folder(const char *path, DIR *files)
{
    if (files)
        rewinddir(files);
    for (struct dirent *entry; files && (entry = readdir(files));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            (void)unlinkat(dirfd(files), entry->d_name, 0);
    if (files)
        closedir(files);
    (void)rmdir(path);
}

// one call for all files: an fsync of each would take as many turns of the disk
static pel_status sync_all(const pel__outfolder *folder)
{
    return syncfs(dirfd(folder->files)) == 0 ? PEL_OK
                                             : pel__outfile_errno(folder->path, "write failed");
}

pel_status pel__outfolder_commit(pel__outfolder *folder)
{
    pel_status s = sync_all(folder);
    if (s != PEL_OK)
        return s;
    // an old folder and the new one change names in one step; an empty one gives way to a rename
    int failed = rename(folder->temporary, folder->path);
    bool exchanged = failed && (errno == ENOTEMPTY || errno == EEXIST);
    if (exchanged)
        failed = renameat2(AT_FDCWD, folder->temporary, AT_FDCWD, folder->path, RENAME_EXCHANGE);
    if (failed)
        return pel__outfile_errno(folder->path, "cannot be put in place");
    pel__outfile_sync_folder(folder->path);
    closedir(folder->files);
    folder->files = NULL;
    if (exchanged)
        remove_folder(folder->temporary, opendir(folder->temporary));
    free(folder->temporary);
    folder->temporary = NULL;
    return PEL_OK;
}

void pel__outfolder_close(pel__outfolder *folder)
{
    if (folder->temporary)
        remove_folder(folder->temporary, folder->files);
    free(folder->temporary);
    free(folder->path);
    *folder = (pel__outfolder){ 0 };
}
