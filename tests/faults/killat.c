/* Loaded before libc: counts every call that changes a file system, and at the k-th one kills the process or fails it.
 *
 * KILLAT=k        which call; 0 only counts
 * KILLAFTER=1     kill after the call instead of before it
 * KILLERR=e       do not kill: fail this call with errno e; KILLERRS=1 also every later call that needs space
 * KILLCOUNT=file  write the number of calls there at the end
 * KILLLOG=file    write every call there, with the paths that it is about, one line each
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static long calls, target = -1;
static int failure, after, lasting;

/* One line: the call, and its paths; of a descriptor the path that it was opened by. */
static void note(const char *name, int fd, const char *path, int other, const char *to) {
    static int log = -1;
    const char *file = getenv("KILLLOG");
    char line[8192], link[64];
    int length, which;
    ssize_t got;
    if (!file) return;
    if (log < 0) log = syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    length = snprintf(line, 64, "%s", name);
    for (which = 0; which < 2; which++) {
        int in = which ? other : fd;
        const char *part = which ? to : path;
        if (which && !to) break;
        line[length++] = '\t';
        if (in >= 0 && !(part && part[0] == '/')) {
            snprintf(link, sizeof link, "/proc/self/fd/%d", in);
            got = readlink(link, line + length, 3000);
            if (got > 0) length += got;
            if (part) line[length++] = '/';
        }
        if (part) length += snprintf(line + length, 3000, "%s", part);
    }
    line[length++] = '\n';
    syscall(SYS_write, log, line, length);
}

static void start(void) {
    const char *text;
    if (target >= 0) return;
    text = getenv("KILLERR");
    failure = text ? atoi(text) : 0;
    after = getenv("KILLAFTER") != NULL;
    lasting = getenv("KILLERRS") != NULL;
    text = getenv("KILLAT");
    target = text ? atol(text) : 0;
}

/* 0: go on; 1: this is the call */
static int hit(int needs_space) {
    long now;
    start();
    now = __sync_add_and_fetch(&calls, 1);
    if (target == 0) return 0;
    if (failure && lasting) return now >= target && needs_space;
    return now == target;
}

/* Whether a call is about a file that lies in memory only, as those that a script makes to have something to save. */
static int in_memory(int fd, const char *path, int other, const char *to) {
    char link[64], target_of[8];
    (void)other;
    (void)to;
    if (path || fd < 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    return readlink(link, target_of, sizeof target_of) == 8 && !memcmp(target_of, "/memfd:", 7);
}

__attribute__((destructor)) static void report(void) {
    const char *path = getenv("KILLCOUNT");
    FILE *file;
    if (!path) return;
    unsetenv("KILLCOUNT");
    target = 0;
    file = fopen(path, "w");
    if (file) {
        fprintf(file, "%ld", calls);
        fclose(file);
    }
}

/* Python's os._exit runs no destructors; a child that was forked off reports nothing */
static pid_t owner;

__attribute__((constructor)) static void own(void) { owner = getpid(); }

void _exit(int status) {
    if (getpid() == owner) report();
    for (;;) syscall(SYS_exit_group, status);
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

#define WRAP(type, name, space, parameters, arguments, ...)                  \
    type name parameters {                                                   \
        note(#name, __VA_ARGS__);                                            \
        static type(*original) parameters;                                   \
        int now;                                                             \
        type result;                                                         \
        if (!original) original = (type(*) parameters)dlsym(RTLD_NEXT, #name); \
        now = !in_memory(__VA_ARGS__) && hit(space);                         \
        if (now && failure) {                                                \
            errno = failure;                                                 \
            return -1;                                                       \
        }                                                                    \
        if (now && !after) die();                                            \
        result = original arguments;                                         \
        if (now) die();                                                      \
        return result;                                                       \
    }

/* The standard streams are no files of the store. */
ssize_t write(int fd, const void *bytes, size_t size) {
    static ssize_t (*original)(int, const void *, size_t);
    int now;
    ssize_t result;
    if (!original) original = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    if (fd > 2) note("write", fd, NULL, -1, NULL);
    now = fd > 2 && hit(1);
    if (now && failure) {
        errno = failure;
        return -1;
    }
    if (now && !after) die();
    result = original(fd, bytes, size);
    if (now) die();
    return result;
}
WRAP(ssize_t, writev, 1, (int fd, const struct iovec *parts, int count), (fd, parts, count), fd, NULL, -1, NULL)
WRAP(ssize_t, pwrite, 1, (int fd, const void *bytes, size_t size, off_t at), (fd, bytes, size, at), fd, NULL, -1, NULL)
WRAP(ssize_t, pwrite64, 1, (int fd, const void *bytes, size_t size, off64_t at), (fd, bytes, size, at), fd, NULL, -1, NULL)
WRAP(ssize_t, pwritev, 1, (int fd, const struct iovec *parts, int count, off_t at), (fd, parts, count, at), fd, NULL, -1, NULL)
WRAP(ssize_t, sendfile, 1, (int out, int in, off_t *at, size_t size), (out, in, at, size), out, NULL, -1, NULL)
WRAP(ssize_t, copy_file_range, 1, (int in, off64_t *i, int out, off64_t *o, size_t size, unsigned flags), (in, i, out, o, size, flags), out, NULL, -1, NULL)
WRAP(int, fsync, 1, (int fd), (fd), fd, NULL, -1, NULL)
WRAP(int, fdatasync, 1, (int fd), (fd), fd, NULL, -1, NULL)
WRAP(int, ftruncate, 0, (int fd, off_t size), (fd, size), fd, NULL, -1, NULL)
WRAP(int, ftruncate64, 0, (int fd, off64_t size), (fd, size), fd, NULL, -1, NULL)
WRAP(int, fallocate, 1, (int fd, int mode, off_t at, off_t size), (fd, mode, at, size), fd, NULL, -1, NULL)
WRAP(int, posix_fallocate, 1, (int fd, off_t at, off_t size), (fd, at, size), fd, NULL, -1, NULL)
WRAP(int, rename, 1, (const char *from, const char *to), (from, to), -1, from, -1, to)
WRAP(int, renameat, 1, (int a, const char *from, int b, const char *to), (a, from, b, to), a, from, b, to)
WRAP(int, renameat2, 1, (int a, const char *from, int b, const char *to, unsigned flags), (a, from, b, to, flags), a, from, b, to)
WRAP(int, link, 1, (const char *from, const char *to), (from, to), -1, from, -1, to)
WRAP(int, linkat, 1, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags), a, from, b, to)
WRAP(int, symlink, 1, (const char *to, const char *name), (to, name), -1, name, -1, NULL)
WRAP(int, symlinkat, 1, (const char *to, int fd, const char *name), (to, fd, name), fd, name, -1, NULL)
WRAP(int, unlink, 0, (const char *name), (name), -1, name, -1, NULL)
WRAP(int, unlinkat, 0, (int fd, const char *name, int flags), (fd, name, flags), fd, name, -1, NULL)
WRAP(int, mkdir, 1, (const char *name, mode_t mode), (name, mode), -1, name, -1, NULL)
WRAP(int, mkdirat, 1, (int fd, const char *name, mode_t mode), (fd, name, mode), fd, name, -1, NULL)
WRAP(int, rmdir, 0, (const char *name), (name), -1, name, -1, NULL)
WRAP(int, chmod, 0, (const char *name, mode_t mode), (name, mode), -1, name, -1, NULL)
WRAP(int, fchmod, 0, (int fd, mode_t mode), (fd, mode), fd, NULL, -1, NULL)
WRAP(int, utimensat, 0, (int fd, const char *name, const struct timespec times[2], int flags), (fd, name, times, flags), fd, name, -1, NULL)
WRAP(int, futimens, 0, (int fd, const struct timespec times[2]), (fd, times), fd, NULL, -1, NULL)

/* Opening counts where it can make or empty a file. */
#define OPEN(name)                                                       \
    int name(const char *path, int flags, ...) {                         \
        static int (*original)(const char *, int, ...);                  \
        int now = 0, result;                                             \
        mode_t mode = 0;                                                 \
        va_list rest;                                                    \
        va_start(rest, flags);                                           \
        if (flags & (O_CREAT | O_TMPFILE)) mode = va_arg(rest, mode_t);  \
        va_end(rest);                                                    \
        if (!original) original = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name); \
        if (flags & (O_CREAT | O_TRUNC)) {                               \
            note(#name, -1, path, -1, NULL);                             \
            now = hit(1);                                                \
        }                                                                \
        if (now && failure) {                                            \
            errno = failure;                                             \
            return -1;                                                   \
        }                                                                \
        if (now && !after) die();                                        \
        result = original(path, flags, mode);                            \
        if (now) die();                                                  \
        return result;                                                   \
    }
#define OPENAT(name)                                                     \
    int name(int fd, const char *path, int flags, ...) {                 \
        static int (*original)(int, const char *, int, ...);             \
        int now = 0, result;                                             \
        mode_t mode = 0;                                                 \
        va_list rest;                                                    \
        va_start(rest, flags);                                           \
        if (flags & (O_CREAT | O_TMPFILE)) mode = va_arg(rest, mode_t);  \
        va_end(rest);                                                    \
        if (!original) original = (int (*)(int, const char *, int, ...))dlsym(RTLD_NEXT, #name); \
        if (flags & (O_CREAT | O_TRUNC)) {                               \
            note(#name, fd, path, -1, NULL);                             \
            now = hit(1);                                                \
        }                                                                \
        if (now && failure) {                                            \
            errno = failure;                                             \
            return -1;                                                   \
        }                                                                \
        if (now && !after) die();                                        \
        result = original(fd, path, flags, mode);                        \
        if (now) die();                                                  \
        return result;                                                   \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
