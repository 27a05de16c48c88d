/*
 * Images: programs in memory, found by name. They are what execve(2) runs before there
 * is a file system, and what tests run.
 */
#ifndef COMPAT_LINUX_PROCESS_IMAGE_H
#define COMPAT_LINUX_PROCESS_IMAGE_H

#include "compat/linux/process/exec.h"
#include "kernel/lib/compiler.h"

#define IMAGES_MAX 32u
#define IMAGE_NAME_MAX 128u

/*
 * From now on the last component of path names this program, which anybody may execute; takes a
 * reference to object. mode: set-id bits, uid and gid 0. 0, -ENOSPC, -ENAMETOOLONG,
 * or -EEXIST. At boot, before the first program.
 */
MUST_CHECK int image_add(const char *path, struct vmobj *object, uint32_t mode);

/* By the last component of a path, whatever comes before it. */
extern const struct exec_opener image_opener;

#endif
