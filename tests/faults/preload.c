/* Faults for a process that runs on unchanged: its clock is set, and its n-th call on a folder fails.
 *
 * Loaded by LD_PRELOAD. What to do is in a file that tests map and write while the process runs
 * (FAULTS_CONTROL names it), so one running desk can be hurt in one way after another.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum fault { NONE, DISK_FULL, IO_ERROR, SHORT_WRITE, CRASH_BEFORE, CRASH_AFTER };

/* Laid out as tests/faults/preload.py writes it. */
struct control {
    int64_t clock_offset; /* seconds that the clock is ahead */
    int64_t fault;
    int64_t at;           /* which call fails; on a full disk each from there on */
    int64_t seen;         /* calls on the folder since the fault was set */
    int64_t hit;          /* how many of them failed */
    char call[32];        /* the first that did */
    char folder[448];
};

static struct control *control;

__attribute__((constructor)) static void map_control(void) {
    const char *path = getenv("FAULTS_CONTROL");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    void *mapped = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (mapped != MAP_FAILED)
        control = mapped;
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) \
        real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

/* What must happen to this call: its fault, or NONE. */
static enum fault due(const char *path, const char *call, int takes_room) {
    if (!control || control->fault == NONE || strncmp(path, control->folder, strlen(control->folder)))
        return NONE;
    enum fault fault = (enum fault)control->fault;
    if ((fault == DISK_FULL && !takes_room) || (fault == SHORT_WRITE && strcmp(call, "write")))
        return NONE;
    int64_t number = __atomic_add_fetch(&control->seen, 1, __ATOMIC_SEQ_CST);
    if (number < control->at || (number > control->at && fault != DISK_FULL))
        return NONE;
    if (__atomic_fetch_add(&control->hit, 1, __ATOMIC_SEQ_CST) == 0)
        strncpy(control->call, call, sizeof control->call - 1);
    if (fault == CRASH_BEFORE)
        kill(getpid(), SIGKILL);
    return fault;
}

static enum fault due_of_file(int file, const char *call, int takes_room) {
    char name[32], path[512];
    if (!control || control->fault == NONE)
        return NONE;
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    ssize_t length = readlink(name, path, sizeof path - 1);
    if (length < 0)
        return NONE;
    path[length] = 0;
    return due(path, call, takes_room);
}

static int failed(enum fault fault) {
    if (fault != DISK_FULL && fault != IO_ERROR)
        return 0;
    errno = fault == DISK_FULL ? ENOSPC : EIO;
    return 1;
}

static void after(enum fault fault) {
    if (fault == CRASH_AFTER)
        kill(getpid(), SIGKILL);
}

#define CALL(result, name, parameters, arguments, path, call, takes_room) \
    result name parameters { \
        REAL(name); \
        enum fault fault = due(path, call, takes_room); \
        if (failed(fault)) \
            return -1; \
        result value = real arguments; \
        after(fault); \
        return value; \
    }

#define CALL_ON_FILE(name, parameters, arguments, call, takes_room) \
    int name parameters { \
        REAL(name); \
        enum fault fault = due_of_file(file, call, takes_room); \
        if (failed(fault)) \
            return -1; \
        int value = real arguments; \
        after(fault); \
        return value; \
    }

#define WRITE(name, parameters, with_size) \
    ssize_t name parameters { \
        REAL(name); \
        enum fault fault = due_of_file(file, "write", 1); \
        if (failed(fault)) \
            return -1; \
        if (fault == SHORT_WRITE && size > 1) \
            size /= 2; \
        ssize_t value = real with_size; \
        after(fault); \
        return value; \
    }

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(name); \
        va_list more; \
        va_start(more, flags); \
        mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0; \
        va_end(more); \
        enum fault fault = flags & O_CREAT ? due(path, "open", 1) : NONE; \
        if (failed(fault)) \
            return -1; \
        int value = real(path, flags, mode); \
        after(fault); \
        return value; \
    }

OPEN(open)
OPEN(open64)
WRITE(write, (int file, const void *data, size_t size), (file, data, size))
WRITE(pwrite, (int file, const void *data, size_t size, off_t at), (file, data, size, at))
WRITE(pwrite64, (int file, const void *data, size_t size, off64_t at), (file, data, size, at))
CALL_ON_FILE(fsync, (int file), (file), "fsync", 1)
CALL_ON_FILE(fdatasync, (int file), (file), "fsync", 1)
CALL_ON_FILE(ftruncate, (int file, off_t size), (file, size), "ftruncate", 1)
CALL_ON_FILE(ftruncate64, (int file, off64_t size), (file, size), "ftruncate", 1)
CALL(int, rename, (const char *from, const char *to), (from, to), from, "rename", 1)
CALL(int, link, (const char *from, const char *to), (from, to), from, "link", 1)
CALL(int, unlink, (const char *path), (path), path, "unlink", 0)
CALL(int, mkdir, (const char *path, mode_t mode), (path, mode), path, "mkdir", 1)
CALL(int, chmod, (const char *path, mode_t mode), (path, mode), path, "chmod", 0)

int clock_gettime(clockid_t clock, struct timespec *now) {
    REAL(clock_gettime);
    int value = real(clock, now);
    if (control && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += control->clock_offset;
    return value;
}

int gettimeofday(struct timeval *now, void *zone) {
    REAL(gettimeofday);
    int value = real(now, zone);
    if (control)
        now->tv_sec += control->clock_offset;
    return value;
}

time_t time(time_t *now) {
    struct timespec found;
    clock_gettime(CLOCK_REALTIME, &found);
    if (now)
        *now = found.tv_sec;
    return found.tv_sec;
}
