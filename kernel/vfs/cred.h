/*
 * Credentials: who asks, as far as POSIX file permissions go.
 *
 * The caller passes them with every operation; there is no hidden current process.
 * They decide only inside what the caller's directory capabilities reach at all.
 */
#ifndef KERNEL_VFS_CRED_H
#define KERNEL_VFS_CRED_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"

struct inode;

/* Exceptions from the rules; the personality says who has them. */
enum vfs_cap {
	VFS_CAP_DAC_OVERRIDE = 1u << 0,	   /* read, write, and execute if anybody may */
	VFS_CAP_DAC_READ_SEARCH = 1u << 1, /* read files, read and search directories */
	VFS_CAP_FOWNER = 1u << 2,	   /* counts as the owner of every file */
	VFS_CAP_CHOWN = 1u << 3,
	VFS_CAP_FSETID = 1u << 4, /* keeps set-id bits */
	VFS_CAP_MKNOD = 1u << 5,
	VFS_CAP_ADMIN = 1u << 6,    /* trusted extended attributes */
	VFS_CAP_SETFCAP = 1u << 7,  /* security.capability */
	VFS_CAP_RESOURCE = 1u << 8, /* pipes above the size limit */
	VFS_CAP_ALL = (1u << 9) - 1,
};

struct vfs_cred {
	uint32_t uid;
	uint32_t gid;
	const uint32_t *groups; /* sorted or not */
	uint32_t group_count;
	uint32_t caps; /* enum vfs_cap */
};

/* Of the kernel itself; and without any exception. */
extern const struct vfs_cred vfs_cred_kernel, vfs_cred_nobody;

static inline bool cred_has(const struct vfs_cred *cred, uint32_t cap)
{
	return (cred->caps & cap) != 0;
}

bool cred_in_group(const struct vfs_cred *cred, uint32_t gid);

/* Whether the file is its own to dispose of. */
bool cred_owns(const struct vfs_cred *cred, const struct inode *inode);

enum access_mode {
	ACCESS_EXEC = 1, /* of a directory: search */
	ACCESS_WRITE = 2,
	ACCESS_READ = 4,
};

/*
 * Whether all bits of access (enum access_mode) are allowed by owner, mode and
 * exceptions: 0, or -EACCES. Knows nothing of mounts. Does not sleep.
 */
MUST_CHECK int inode_permission(const struct inode *inode, const struct vfs_cred *cred,
				uint32_t access);

#endif
