/*
 * File system context of a process, which CLONE_FS shares: the umask here, the root
 * and the current directory added by the file part.
 */
#ifndef COMPAT_LINUX_PROCESS_FS_H
#define COMPAT_LINUX_PROCESS_FS_H

#include <stdint.h>

#include "kernel/lib/atomic.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/refcount.h"

struct lprocess;

struct lfs {
	struct refcount refs;
	struct atomic32 umask; /* 0..0777 */
};

/* The umask for open(2), mkdir(2) and the like. */
static inline uint32_t lfs_umask(const struct lfs *fs)
{
	return atomic32_load(&fs->umask);
}

/* A context with umask 022. On success the caller owns one reference to *out. 0 or -ENOMEM. */
MUST_CHECK int lfs_create(struct lfs **out);
MUST_CHECK int lfs_copy(struct lfs *from, struct lfs **out);
void lfs_get(struct lfs *fs);
void lfs_put(struct lfs *fs);

#endif
