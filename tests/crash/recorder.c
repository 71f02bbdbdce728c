/*
 * A preloaded library (ld.so(8), LD_PRELOAD) between a program and the C library's calls that change files.
 *
 * It does two things for whoever set its environment, and nothing without it:
 *
 *   It counts the steps that a crash can fall between - writes, syncs, truncations, names made, moved and removed under
 *   RECORDER_FOLDER, and what is sent to the printer or the card service - and kills the program with SIGKILL just
 *   before or just after the n-th. The numbers lie in the file RECORDER_CONTROL, mapped into memory by the program and
 *   by the test, so that a running program is counted and killed from outside.
 *
 *   It writes every such step with its bytes to RECORDER_LOG, in the order in which they happened, so that a test can
 *   work out what a storage that lost its power would hold. Each write to the file RECORDER_ACKS is logged as an
 *   acknowledgement.
 *
 * A file whose name ends in "-shm" is left out: SQLite maps it, never syncs it, and makes it anew after a crash.
 */
#include "recorder.h"

/* --- writes ------------------------------------------------------------------------------------------------------- */

static int64_t write_offset(int fd)
{
    struct stat found;
    if ((fcntl(fd, F_GETFL) & O_APPEND) && fstat(fd, &found) == 0)
        return found.st_size;
    return lseek(fd, 0, SEEK_CUR);
}

static int is_card_service(int fd)
{
    struct sockaddr_un peer;
    socklen_t bytes = sizeof peer;
    int saved = errno;
    int found = control != NULL && control->armed && (control->kinds & CARDS)
        && getpeername(fd, (struct sockaddr *)&peer, &bytes) == 0 && peer.sun_family == AF_UNIX
        && strstr(peer.sun_path, "pcscd.comm") != NULL;
    errno = saved;
    return found;
}

static int is_printer(int fd, size_t bytes)
{
    struct sockaddr_in peer;
    socklen_t size = sizeof peer;
    int saved = errno;
    int found = control != NULL && bytes >= PRINT_BYTES_LEAST
        && getpeername(fd, (struct sockaddr *)&peer, &size) == 0 && peer.sin_family == AF_INET
        && ntohs(peer.sin_port) == control->printer_port;
    errno = saved;
    return found;
}

ssize_t write(int fd, const void *data, size_t bytes)
{
    REAL(write);
    char path[PATH_MAX];
    ssize_t result;
    if (folder != NULL && is_card_service(fd)) {
        STEP(CARDS, real(fd, data, bytes), -1, (void)0);
        return result;
    }
    if (!is_tracked(fd, path)) {
        if (acks == NULL || !path_of(fd, path) || strcmp(path, acks) != 0)
            return real(fd, data, bytes);
        STEP(0, real(fd, data, bytes), -1, note('A', "", 0, 0, data, bytes));
        return result;
    }
    int64_t offset = write_offset(fd);
    STEP(FILES, real(fd, data, passed(number, bytes)), -1, note('w', path, inode_of(fd), offset, data, (size_t)result));
    return result;
}

static ssize_t write_at(
    ssize_t (*real)(int, const void *, size_t, off64_t), int fd, const void *data, size_t bytes, off64_t offset)
{
    char path[PATH_MAX];
    ssize_t result;
    if (!is_tracked(fd, path))
        return real(fd, data, bytes, offset);
    STEP(FILES, real(fd, data, passed(number, bytes), offset), -1, note('w', path, inode_of(fd), offset, data, (size_t)result));
    return result;
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t offset)
{
    REAL(pwrite64);
    return write_at(real, fd, data, bytes, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t bytes, off64_t offset)
{
    REAL(pwrite64);
    return write_at(real, fd, data, bytes, offset);
}

/* Nobody here uses these on files under the folder. If that changes, the record would have a hole: stop at once. */
ssize_t writev(int fd, const struct iovec *parts, int count)
{
    REAL(writev);
    char path[PATH_MAX];
    if (is_tracked(fd, path))
        abort();
    return real(fd, parts, count);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    REAL(pwritev);
    char path[PATH_MAX];
    if (is_tracked(fd, path))
        abort();
    return real(fd, parts, count, offset);
}

int fallocate64(int fd, int mode, off64_t offset, off64_t bytes)
{
    REAL(fallocate64);
    char path[PATH_MAX];
    if (is_tracked(fd, path))
        abort();
    return real(fd, mode, offset, bytes);
}

int posix_fallocate64(int fd, off64_t offset, off64_t bytes)
{
    REAL(posix_fallocate64);
    char path[PATH_MAX];
    if (is_tracked(fd, path))
        abort();
    return real(fd, offset, bytes);
}

static int truncate_to(int (*real)(int, off64_t), int fd, off64_t bytes)
{
    char path[PATH_MAX];
    int result;
    if (!is_tracked(fd, path))
        return real(fd, bytes);
    STEP(FILES, real(fd, bytes), -1, note('t', path, inode_of(fd), bytes, "", 0));
    return result;
}

int ftruncate(int fd, off_t bytes)
{
    REAL(ftruncate64);
    return truncate_to(real, fd, bytes);
}

int ftruncate64(int fd, off64_t bytes)
{
    REAL(ftruncate64);
    return truncate_to(real, fd, bytes);
}

/* --- syncs -------------------------------------------------------------------------------------------------------- */

static int sync_with(int (*real)(int), int fd)
{
    char path[PATH_MAX];
    int result;
    if (!is_tracked(fd, path))
        return real(fd);
    struct stat found;
    char what = fstat(fd, &found) == 0 && S_ISDIR(found.st_mode) ? 'd' : 's';
    STEP(FILES, real(fd), -1, note(what, path, inode_of(fd), 0, "", 0));
    return result;
}

int fsync(int fd)
{
    REAL(fsync);
    return sync_with(real, fd);
}

int fdatasync(int fd)
{
    REAL(fdatasync);
    return sync_with(real, fd);
}

/* --- names -------------------------------------------------------------------------------------------------------- */

static int open_with(int at, const char *name, int flags, mode_t mode)
{
    static int (*real)(int, const char *, int, ...);
    char path[PATH_MAX];
    struct stat found;
    int result;
    if (real == NULL)
        real = (int (*)(int, const char *, int, ...))dlsym(RTLD_NEXT, "openat64");
    resolve(at, name, path);
    if (!(flags & (O_CREAT | O_TRUNC)) || !is_ours(path))
        return real(at, name, flags, mode);
    int saved = errno;
    int there = stat(path, &found) == 0;
    errno = saved;
    if (there && !(flags & O_TRUNC))
        return real(at, name, flags, mode);
    STEP(FILES, real(at, name, flags, mode), -1, note(there ? 't' : 'c', path, inode_of(result), 0, "", 0));
    return result;
}

#define MODE_OF(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | __O_TMPFILE)) { \
        va_list rest; \
        va_start(rest, flags); \
        mode = va_arg(rest, mode_t); \
        va_end(rest); \
    }

int open(const char *name, int flags, ...)
{
    MODE_OF(flags)
    return open_with(AT_FDCWD, name, flags, mode);
}

int open64(const char *name, int flags, ...)
{
    MODE_OF(flags)
    return open_with(AT_FDCWD, name, flags | O_LARGEFILE, mode);
}

int openat(int at, const char *name, int flags, ...)
{
    MODE_OF(flags)
    return open_with(at, name, flags, mode);
}

int openat64(int at, const char *name, int flags, ...)
{
    MODE_OF(flags)
    return open_with(at, name, flags | O_LARGEFILE, mode);
}

int renameat2(int from_at, const char *from, int to_at, const char *to, unsigned int flags)
{
    REAL(renameat2);
    char old_path[PATH_MAX], new_path[PATH_MAX];
    int result;
    resolve(from_at, from, old_path);
    resolve(to_at, to, new_path);
    if (!is_ours(old_path) && !is_ours(new_path))
        return real(from_at, from, to_at, to, flags);
    STEP(FILES, real(from_at, from, to_at, to, flags), -1, note('r', old_path, 0, 0, new_path, strlen(new_path)));
    return result;
}

int renameat(int from_at, const char *from, int to_at, const char *to)
{
    return renameat2(from_at, from, to_at, to, 0);
}

int rename(const char *from, const char *to)
{
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int linkat(int from_at, const char *from, int to_at, const char *to, int flags)
{
    REAL(linkat);
    char old_path[PATH_MAX], new_path[PATH_MAX];
    int result;
    resolve(from_at, from, old_path);
    resolve(to_at, to, new_path);
    if (!is_ours(old_path) && !is_ours(new_path))
        return real(from_at, from, to_at, to, flags);
    STEP(FILES, real(from_at, from, to_at, to, flags), -1, note('l', old_path, 0, 0, new_path, strlen(new_path)));
    return result;
}

int link(const char *from, const char *to)
{
    return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlinkat(int at, const char *name, int flags)
{
    REAL(unlinkat);
    char path[PATH_MAX];
    int result;
    resolve(at, name, path);
    if (!is_ours(path))
        return real(at, name, flags);
    STEP(FILES, real(at, name, flags), -1, note('u', path, 0, 0, "", 0));
    return result;
}

int unlink(const char *name)
{
    return unlinkat(AT_FDCWD, name, 0);
}

int rmdir(const char *name)
{
    return unlinkat(AT_FDCWD, name, AT_REMOVEDIR);
}

int mkdirat(int at, const char *name, mode_t mode)
{
    REAL(mkdirat);
    char path[PATH_MAX];
    int result;
    resolve(at, name, path);
    if (!is_ours(path))
        return real(at, name, mode);
    STEP(FILES, real(at, name, mode), -1, note('m', path, 0, 0, "", 0));
    return result;
}

int mkdir(const char *name, mode_t mode)
{
    return mkdirat(AT_FDCWD, name, mode);
}

/* --- the wire ----------------------------------------------------------------------------------------------------- */

ssize_t send(int fd, const void *data, size_t bytes, int flags)
{
    REAL(send);
    ssize_t result;
    if (is_printer(fd, bytes)) {
        /* Noted first: from the call on, the bytes may be at the printer. */
        STEP(PRINTER, (note('P', "", 0, 0, data, bytes), real(fd, data, passed(number, bytes), flags)), -1, (void)0);
        return result;
    }
    if (is_card_service(fd)) {
        STEP(CARDS, real(fd, data, bytes, flags), -1, (void)0);
        return result;
    }
    return real(fd, data, bytes, flags);
}
