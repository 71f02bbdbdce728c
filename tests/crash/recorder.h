/* What every watched call shares: the numbers set from outside, the log, and which files and sockets are watched. */
#ifndef RECORDER_H
#define RECORDER_H
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

/* The order of the fields is known to recorder.py. */
struct control {
    _Atomic int64_t armed;
    _Atomic int64_t steps;
    _Atomic int64_t kill_at;
    _Atomic int64_t moment; /* of the kill: BEFORE, AFTER or HALF_WAY through the step */
    _Atomic int64_t kinds;
    _Atomic int64_t printer_port;
};

enum { FILES = 1, PRINTER = 2, CARDS = 4 };
enum { BEFORE, AFTER, HALF_WAY };

/* Shorter ones only ask the printer for its status: nothing would be on paper. */
#define PRINT_BYTES_LEAST 16

struct record {
    uint8_t what;
    uint8_t spare[3];
    uint32_t path_bytes;
    uint64_t inode;
    int64_t offset;
    uint64_t data_bytes;
};

static struct control *control;
static const char *folder;
static size_t folder_bytes;
static const char *acks;
static int log_fd = -1;
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) \
    static __typeof__(name) *real; \
    if (real == NULL) \
        real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("RECORDER_CONTROL");
    folder = getenv("RECORDER_FOLDER");
    folder_bytes = folder ? strlen(folder) : 0;
    acks = getenv("RECORDER_ACKS");
    if (path) {
        int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
        void *memory = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (fd < 0 || memory == MAP_FAILED)
            abort();
        control = memory;
    }
    path = getenv("RECORDER_LOG");
    if (path) {
        log_fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (log_fd < 0)
            abort();
    }
}

static int is_ours(const char *path)
{
    size_t length = strlen(path);
    if (folder == NULL || strncmp(path, folder, folder_bytes) != 0)
        return 0;
    if (path[folder_bytes] != '/' && path[folder_bytes] != '\0')
        return 0;
    return !(length >= 4 && strcmp(path + length - 4, "-shm") == 0);
}

static int path_of(int fd, char *path)
{
    char link[32];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length < 0 ? 0 : length] = '\0';
    return length > 0;
}

/* The absolute path of what a call named, in `path`. */
static void resolve(int at, const char *name, char *path)
{
    char base[PATH_MAX];
    if (name[0] == '/') {
        snprintf(path, PATH_MAX, "%s", name);
        return;
    }
    if (at == AT_FDCWD ? getcwd(base, sizeof base) == NULL : !path_of(at, base))
        base[0] = '\0';
    if (snprintf(path, PATH_MAX, "%s/%s", base, name) >= PATH_MAX)
        path[0] = '\0';
}

static int is_tracked(int fd, char *path)
{
    int saved = errno;
    int tracked = folder != NULL && path_of(fd, path) && is_ours(path);
    errno = saved;
    return tracked;
}

static void die(void)
{
    syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    for (;;)
        pause();
}

/* The number of this step, or 0 when nobody counts. */
static int64_t before(int kind)
{
    if (control == NULL || !control->armed || !(control->kinds & kind))
        return 0;
    int64_t number = ++control->steps;
    if (number == control->kill_at && control->moment == BEFORE)
        die();
    return number;
}

static void after(int64_t number)
{
    if (number && number == control->kill_at)
        die();
}

/* How many bytes of this step's are let through: half of them when the program dies half-way. */
static size_t passed(int64_t number, size_t bytes)
{
    return number && number == control->kill_at && control->moment == HALF_WAY ? (bytes + 1) / 2 : bytes;
}

/* In one call, which on a file opened to append no other process's record can divide. */
static void note(char what, const char *path, uint64_t inode, int64_t offset, const void *data, size_t bytes)
{
    int saved = errno;
    struct record head = {(uint8_t)what, {0}, (uint32_t)strlen(path), inode, offset, bytes};
    struct iovec parts[] = {{&head, sizeof head}, {(void *)path, head.path_bytes}, {(void *)data, bytes}};
    if (log_fd < 0)
        return;
    if (syscall(SYS_writev, log_fd, parts, 3) != (ssize_t)(sizeof head + head.path_bytes + bytes))
        abort();
    errno = saved;
}

static uint64_t inode_of(int fd)
{
    struct stat found;
    return fstat(fd, &found) == 0 ? (uint64_t)found.st_ino : 0;
}

/* One step, in its place in the order of all steps: a call, and what the log says of it when it went well. */
#define STEP(kind, call, failed, noted) \
    do { \
        pthread_mutex_lock(&order); \
        int64_t number = before(kind); \
        result = (call); \
        if (result != (failed)) { \
            noted; \
            after(number); \
        } \
        pthread_mutex_unlock(&order); \
    } while (0)

#endif
