/*
 * Names given by programs: a path copied in, the directory it begins at, and who asks,
 * as the path walk of kernel/vfs wants them.
 *
 * Absolute paths begin at the process's root directory, others at its working directory
 * or at a descriptor. The thread counts as using the capability of the one where the
 * path begins; of the root, when it is needed for links only, it has a copy.
 */
#ifndef COMPAT_LINUX_FILE_PATHREF_H
#define COMPAT_LINUX_FILE_PATHREF_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/cap/cap.h"
#include "kernel/lib/compiler.h"
#include "kernel/mm/user.h"
#include "kernel/vfs/lookup.h"

struct file;
struct lthread;

struct pathref {
	struct vfs_ctx ctx;
	const char *name; /* memory of its own; of pathref_begin_kernel(): the caller's */
	char *buf;
	struct vfs_cred cred;
	struct cap_ref start; /* in use */
	struct cap root;      /* references */
};

/*
 * 0, to be ended by pathref_end(), or
 *
 *	-EFAULT, -ENAMETOOLONG, -ENOENT (an empty path)
 *	-EBADF, -ENOTDIR	dirfd, when it matters
 *	-EPERM			the process has no root or working directory
 *	-EIO			that was revoked
 *	-ENOMEM
 */
MUST_CHECK int pathref_begin(struct lthread *lt, int32_t dirfd, struct user_ptr path,
			     struct pathref *out);
/* The same for a path in kernel memory. */
MUST_CHECK int pathref_begin_kernel(struct lthread *lt, int32_t dirfd, const char *path,
				    struct pathref *out);
void pathref_end(struct pathref *ref);

/*
 * What a path of a program means; or, with LINUX_AT_EMPTY_PATH in flags and an empty
 * one, the file behind dirfd. lookup: enum lookup_flag. Of such a file without a name
 * out->path is empty, and file the file, a reference; else file is NULL. To be ended by
 * found_end().
 */
struct found {
	struct vfs_found at;
	struct vfs_cred cred;
	struct file *file;
};

MUST_CHECK int find_path(struct lthread *lt, int32_t dirfd, struct user_ptr path, uint32_t flags,
			 uint32_t lookup, struct found *out);
void found_end(struct found *found);

/* LINUX_AT_SYMLINK_NOFOLLOW as a flag of the walk. */
uint32_t lookup_flags(uint32_t at_flags);

/* A capability for a file that the walk found at origin; in out, with references. */
void pathref_derive_cap(const struct pathref *ref, struct file *file, const struct vfs_found *found,
			struct cap *out);

#endif
