/* Preloaded into a process (LD_PRELOAD), makes chosen calls fail that would change something below a folder, as
 * on a full disk. What fails is told by a file in shared memory, which FAILING_CONTROL names, so that it may be
 * told anew for every copy of a process; injector.py has the same structure. Standard streams are left alone. */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

typedef struct {
    int64_t count;       /* calls so far, in all processes */
    int64_t first, last; /* the numbers of those that fail, from 1 */
    int32_t error;       /* errno of those */
    int32_t is_short;    /* whether the first of them, if it is a write, writes half of its bytes instead */
    char folder[PATH_MAX];
    char failed[PATH_MAX + 64]; /* the first that failed: its name and path */
} Control;

enum { GOES_ON, FAILS, IS_SHORT };

static Control *control;

__attribute__((constructor)) static void begin(void)
{
    const char *name = getenv("FAILING_CONTROL");
    int file = name == NULL ? -1 : open(name, O_RDWR | O_CLOEXEC);
    if (file < 0)
        return;
    void *memory = mmap(NULL, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory != MAP_FAILED)
        control = memory;
    close(file);
}

static int is_below(const char *path)
{
    size_t length = strlen(control->folder);
    return length && strncmp(path, control->folder, length) == 0 && (path[length] == '/' || path[length] == 0);
}

/* Count a call on a path; what is to become of it. */
static int fate(const char *call, const char *path, int can_be_short)
{
    if (!is_below(path))
        return GOES_ON;
    int64_t number = __atomic_add_fetch(&control->count, 1, __ATOMIC_SEQ_CST);
    if (number < control->first || number > control->last)
        return GOES_ON;
    if (number == control->first)
        snprintf(control->failed, sizeof control->failed, "%s %s", call, path);
    if (number == control->first && control->is_short && can_be_short)
        return IS_SHORT;
    errno = control->error;
    return FAILS;
}

/* The path of a descriptor; 0 if it has none. */
static int path_of(int descriptor, char *path)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length > 0 ? length : 0] = 0;
    return length > 0;
}

static int fate_of_descriptor(const char *call, int descriptor, int can_be_short)
{
    char path[PATH_MAX];
    int before = errno;
    if (control == NULL || descriptor <= STDERR_FILENO || !path_of(descriptor, path))
        return errno = before, GOES_ON;
    errno = before;
    return fate(call, path, can_be_short);
}

static int fate_of_name(const char *call, int folder, const char *name)
{
    char path[2 * PATH_MAX];
    int before = errno, is_known = 1;
    if (control == NULL || name == NULL)
        return GOES_ON;
    if (name[0] == '/')
        path[0] = 0;
    else if (folder == AT_FDCWD)
        is_known = getcwd(path, PATH_MAX) != NULL;
    else
        is_known = path_of(folder, path);
    errno = before;
    if (!is_known)
        return GOES_ON;
    size_t length = strlen(path);
    snprintf(path + length, sizeof path - length, name[0] == '/' ? "%s" : "/%s", name);
    return fate(call, path, 0);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

#define ON_DESCRIPTOR(type, name, parameters, arguments)     \
    type name parameters                                     \
    {                                                        \
        if (fate_of_descriptor(#name, descriptor, 0) == FAILS) \
            return -1;                                       \
        return REAL(name) arguments;                         \
    }

#define ON_NAME(name, folder, path, parameters, arguments) \
    int name parameters                                    \
    {                                                      \
        if (fate_of_name(#name, folder, path) == FAILS)    \
            return -1;                                     \
        return REAL(name) arguments;                       \
    }

#define WRITES(name, parameters, whole, half)                             \
    ssize_t name parameters                                               \
    {                                                                     \
        switch (fate_of_descriptor(#name, descriptor, n_bytes > 1)) {     \
        case FAILS:                                                       \
            return -1;                                                    \
        case IS_SHORT:                                                    \
            return REAL(name) half;                                       \
        default:                                                          \
            return REAL(name) whole;                                      \
        }                                                                 \
    }

WRITES(write, (int descriptor, const void *data, size_t n_bytes), (descriptor, data, n_bytes),
       (descriptor, data, n_bytes / 2))
WRITES(pwrite, (int descriptor, const void *data, size_t n_bytes, off_t offset), (descriptor, data, n_bytes, offset),
       (descriptor, data, n_bytes / 2, offset))
WRITES(pwrite64, (int descriptor, const void *data, size_t n_bytes, off64_t offset),
       (descriptor, data, n_bytes, offset), (descriptor, data, n_bytes / 2, offset))

ON_DESCRIPTOR(ssize_t, writev, (int descriptor, const struct iovec *parts, int n_parts), (descriptor, parts, n_parts))
ON_DESCRIPTOR(ssize_t, sendfile, (int descriptor, int from, off_t *offset, size_t n_bytes),
              (descriptor, from, offset, n_bytes))
ON_DESCRIPTOR(ssize_t, sendfile64, (int descriptor, int from, off64_t *offset, size_t n_bytes),
              (descriptor, from, offset, n_bytes))
ON_DESCRIPTOR(ssize_t, copy_file_range,
              (int from, off64_t *from_offset, int descriptor, off64_t *offset, size_t n_bytes, unsigned flags),
              (from, from_offset, descriptor, offset, n_bytes, flags))
ON_DESCRIPTOR(int, fsync, (int descriptor), (descriptor))
ON_DESCRIPTOR(int, fdatasync, (int descriptor), (descriptor))
ON_DESCRIPTOR(int, ftruncate, (int descriptor, off_t length), (descriptor, length))
ON_DESCRIPTOR(int, ftruncate64, (int descriptor, off64_t length), (descriptor, length))
ON_DESCRIPTOR(int, fchmod, (int descriptor, mode_t mode), (descriptor, mode))

ON_NAME(rename, AT_FDCWD, new, (const char *old, const char *new), (old, new))
ON_NAME(renameat, new_folder, new, (int old_folder, const char *old, int new_folder, const char *new),
        (old_folder, old, new_folder, new))
ON_NAME(renameat2, new_folder, new, (int old_folder, const char *old, int new_folder, const char *new, unsigned flags),
        (old_folder, old, new_folder, new, flags))
ON_NAME(link, AT_FDCWD, new, (const char *old, const char *new), (old, new))
ON_NAME(linkat, new_folder, new, (int old_folder, const char *old, int new_folder, const char *new, int flags),
        (old_folder, old, new_folder, new, flags))
ON_NAME(symlink, AT_FDCWD, new, (const char *old, const char *new), (old, new))
ON_NAME(chmod, AT_FDCWD, path, (const char *path, mode_t mode), (path, mode))
ON_NAME(fchmodat, folder, path, (int folder, const char *path, mode_t mode, int flags), (folder, path, mode, flags))

/* Where something is already there that is what a full disk says too. */
int mkdir(const char *path, mode_t mode)
{
    int before = errno;
    if (access(path, F_OK) != 0 && fate_of_name("mkdir", AT_FDCWD, path) == FAILS)
        return -1;
    errno = before;
    return REAL(mkdir)(path, mode);
}

/* As network file systems do, which tell of a full disk when a file is closed; it is closed nevertheless. */
int close(int descriptor)
{
    int before = errno, flags = control == NULL ? -1 : fcntl(descriptor, F_GETFL);
    errno = before;
    int is_written = flags != -1 && (flags & O_ACCMODE) != O_RDONLY && !(flags & O_PATH);
    int what = is_written ? fate_of_descriptor("close", descriptor, 0) : GOES_ON;
    int error = errno, status = REAL(close)(descriptor);
    if (what != FAILS)
        return status;
    errno = error;
    return -1;
}

static int makes_or_writes(int flags)
{
    return (flags & O_CREAT) || (flags & O_ACCMODE) != O_RDONLY;
}

#define OPENS(name, folder, parameters, arguments)                                            \
    int name parameters                                                                       \
    {                                                                                         \
        va_list more;                                                                         \
        va_start(more, flags);                                                                \
        int mode = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(more, int) : 0; \
        va_end(more);                                                                         \
        if (makes_or_writes(flags) && fate_of_name(#name, folder, path) == FAILS)             \
            return -1;                                                                        \
        return REAL(name) arguments;                                                          \
    }

OPENS(open, AT_FDCWD, (const char *path, int flags, ...), (path, flags, mode))
OPENS(open64, AT_FDCWD, (const char *path, int flags, ...), (path, flags, mode))
OPENS(openat, folder, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))
OPENS(openat64, folder, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))
