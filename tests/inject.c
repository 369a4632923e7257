/* SPDX-License-Identifier: Apache-2.0 */
/* inject.c: stands between the library and the system (linker option --wrap) and lets calls fail.
 */
#include "inject.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

static atomic_llong seen, failed, fails_at = -1;
static atomic_int fails, error_number, goes_on;
static atomic_llong most_bytes;

void inject(inject_call call, int64_t at, int error, bool on)
{
    atomic_store(&seen, 0);
    atomic_store(&failed, 0);
    atomic_store(&fails, (int)call);
    atomic_store(&error_number, error);
    atomic_store(&goes_on, on);
    atomic_store(&fails_at, at);
}

void inject_short(int64_t most)
{
    atomic_store(&most_bytes, most);
}

void inject_nothing(void)
{
    atomic_store(&fails_at, -1);
    atomic_store(&most_bytes, 0);
}

int64_t inject_failures(void)
{
    return atomic_load(&failed);
}

static bool strikes(inject_call call)
{
    long long at = atomic_load(&fails_at);
    if (at < 0 || (int)call != atomic_load(&fails))
        return false;
    long long now = atomic_fetch_add(&seen, 1);
    if (now != at && !(now > at && atomic_load(&goes_on)))
        return false;
    atomic_fetch_add(&failed, 1);
    errno = atomic_load(&error_number);
    return true;
}

static size_t cut(size_t bytes)
{
    long long most = atomic_load(&most_bytes);
    return most > 0 && bytes > (size_t)most ? (size_t)most : bytes;
}

void *__real_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes)
{
    return strikes(INJECT_MEMORY) ? NULL : __real_malloc(bytes);
}

void *__real_calloc(size_t count, size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes)
{
    return strikes(INJECT_MEMORY) ? NULL : __real_calloc(count, bytes);
}

void *__real_realloc(void *block, size_t bytes);
void *__wrap_realloc(void *block, size_t bytes);
void *__wrap_realloc(void *block, size_t bytes)
{
    return strikes(INJECT_MEMORY) ? NULL : __real_realloc(block, bytes);
}

// made by the library of hashes, out of reach of the three above
void *__real_XXH3_createState(void);
void *__wrap_XXH3_createState(void);
void *__wrap_XXH3_createState(void)
{
    return strikes(INJECT_MEMORY) ? NULL : __real_XXH3_createState();
}

// the mode is there only when a file may be made
static mode_t mode_of(int flags, va_list args)
{
    return flags & O_CREAT ? va_arg(args, mode_t) : 0;
}

#define WRAP_OPEN(name)                                                                            \
    int __real_##name(const char *path, int flags, ...);                                           \
    int __wrap_##name(const char *path, int flags, ...);                                           \
    int __wrap_##name(const char *path, int flags, ...)                                            \
    {                                                                                              \
        va_list args;                                                                              \
        va_start(args, flags);                                                                     \
        mode_t mode = mode_of(flags, args);                                                        \
        va_end(args);                                                                              \
        return strikes(INJECT_OPEN) ? -1 : __real_##name(path, flags, mode);                       \
    }
WRAP_OPEN(open)
WRAP_OPEN(open64)

ssize_t __real_read(int fd, void *out, size_t bytes);
ssize_t __wrap_read(int fd, void *out, size_t bytes);
ssize_t __wrap_read(int fd, void *out, size_t bytes)
{
    return strikes(INJECT_READ) ? -1 : __real_read(fd, out, cut(bytes));
}

ssize_t __real_write(int fd, const void *in, size_t bytes);
ssize_t __wrap_write(int fd, const void *in, size_t bytes);
ssize_t __wrap_write(int fd, const void *in, size_t bytes)
{
    return strikes(INJECT_WRITE) ? -1 : __real_write(fd, in, cut(bytes));
}

#define WRAP_AT(name, call, pointer)                                                               \
    ssize_t __real_##name(int fd, pointer bytes, size_t count, off_t at);                          \
    ssize_t __wrap_##name(int fd, pointer bytes, size_t count, off_t at);                          \
    ssize_t __wrap_##name(int fd, pointer bytes, size_t count, off_t at)                           \
    {                                                                                              \
        return strikes(call) ? -1 : __real_##name(fd, bytes, cut(count), at);                      \
    }
WRAP_AT(pread, INJECT_READ, void *)
WRAP_AT(pread64, INJECT_READ, void *)
WRAP_AT(pwrite, INJECT_WRITE, const void *)
WRAP_AT(pwrite64, INJECT_WRITE, const void *)

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    return strikes(INJECT_SYNC) ? -1 : __real_fsync(fd);
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to)
{
    return strikes(INJECT_RENAME) ? -1 : __real_rename(from, to);
}

int __real_syncfs(int fd);
int __wrap_syncfs(int fd);
int __wrap_syncfs(int fd)
{
    return strikes(INJECT_SYNC) ? -1 : __real_syncfs(fd);
}

int __real_renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags);
int __wrap_renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags);
int __wrap_renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
    return strikes(INJECT_RENAME) ? -1 : __real_renameat2(from_fd, from, to_fd, to, flags);
}

#define WRAP_STAT(name)                                                                            \
    int __real_##name(int fd, struct stat *out);                                                   \
    int __wrap_##name(int fd, struct stat *out);                                                   \
    int __wrap_##name(int fd, struct stat *out)                                                    \
    {                                                                                              \
        return strikes(INJECT_STAT) ? -1 : __real_##name(fd, out);                                 \
    }
WRAP_STAT(fstat)
WRAP_STAT(fstat64)
