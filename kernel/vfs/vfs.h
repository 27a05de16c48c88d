/*
 * Operations on files by their paths. Each takes who asks and from where (struct
 * vfs_ctx, kernel/vfs/lookup.h) and gives Linux's errors for the same thing; those of
 * vfs_lookup() come first, and are not repeated. All sleep.
 */
#ifndef KERNEL_VFS_VFS_H
#define KERNEL_VFS_VFS_H

#include <stdint.h>

#include "kernel/lib/compiler.h"
#include "kernel/vfs/inode.h"
#include "kernel/vfs/lookup.h"
#include "kernel/vfs/stat.h"

struct file;
struct file_ops;

struct vfs_open_how {
	uint32_t flags;	  /* enum open_flag */
	uint32_t mode;	  /* of a new file; the umask is taken out of it */
	uint32_t resolve; /* RESOLVE_* */
};

/*
 * On success the caller owns one reference to *out. *from tells which capability the
 * file was reached by, and has a grant that is to be put (vfs_found_put(), which *from
 * is otherwise empty for). -EACCES also when that capability does not allow what the
 * flags ask. Waits for the other end of a FIFO.
 */
MUST_CHECK int vfs_open(const struct vfs_ctx *ctx, const char *path, const struct vfs_open_how *how,
			struct file **out, struct vfs_found *from);

/* What was found already, as if opened by name: for O_PATH descriptors and links. */
MUST_CHECK int vfs_open_found(const struct vfs_ctx *ctx, const struct vfs_found *found,
			      uint32_t flags, struct file **out);

/* For running it: execute permission, no NOEXEC; nobody may write to it meanwhile. */
MUST_CHECK int vfs_open_exec(const struct vfs_ctx *ctx, const char *path, uint32_t lookup_flags,
			     struct file **out, struct vfs_found *from);

MUST_CHECK int vfs_mkdir(const struct vfs_ctx *ctx, const char *path, uint32_t mode);
/* mode with the type: a regular file, a device, a FIFO, a socket. */
MUST_CHECK int vfs_mknod(const struct vfs_ctx *ctx, const char *path, uint32_t mode, uint64_t rdev);
MUST_CHECK int vfs_symlink(const struct vfs_ctx *ctx, const char *target, const char *path);
MUST_CHECK int vfs_link(const struct vfs_found *from, const struct vfs_ctx *ctx, const char *path);
MUST_CHECK int vfs_unlink(const struct vfs_ctx *ctx, const char *path);
MUST_CHECK int vfs_rmdir(const struct vfs_ctx *ctx, const char *path);
MUST_CHECK int vfs_rename(const struct vfs_ctx *old_ctx, const char *old_path,
			  const struct vfs_ctx *new_ctx, const char *new_path, uint32_t flags);

/* A link's text, cut to size: its length. -EINVAL: not a link. */
MUST_CHECK ssize_t vfs_readlink(const struct vfs_found *found, const struct vfs_cred *cred,
				char *buf, size_t size);

/* --- Attributes, of what was found or opened --- */

MUST_CHECK int vfs_get_stat(const struct path *path, struct inode_stat *out);
MUST_CHECK int vfs_statfs(const struct path *path, struct super_stat *out);

/* 0, -EPERM, -EACCES, -EROFS. CHANGE_DROP_SETID is not the caller's to give. */
MUST_CHECK int vfs_change(const struct path *path, const struct vfs_cred *cred,
			  const struct inode_change *change);

/* Whether access (enum access_mode bits) is allowed, mounts included: 0, -EACCES, -EROFS. */
MUST_CHECK int vfs_access(const struct path *path, const struct vfs_cred *cred, uint32_t access);

MUST_CHECK int vfs_truncate(const struct vfs_found *found, const struct vfs_cred *cred,
			    uint64_t size, uint64_t size_limit);

/* --- Devices --- */

/*
 * What a device node of that type (MODE_CHAR or MODE_BLOCK) and numbers opens; at boot,
 * or when a device is found. Numbers from minor on, so many. -EEXIST, -ENOMEM.
 */
MUST_CHECK int vfs_register_device(uint32_t type, uint64_t dev, uint32_t count,
				   const struct file_ops *ops);

/* Boot, once, when threads run. */
MUST_CHECK int vfs_init(void);

#endif
