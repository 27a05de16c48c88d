/*
 * Extended attributes: names with values on files. user., trusted. and security. are
 * known; system. (access control lists) is refused: the modes of files are all the
 * permissions there are.
 */
#ifndef KERNEL_VFS_XATTR_H
#define KERNEL_VFS_XATTR_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"
#include "kernel/lib/list.h"
#include "kernel/lib/types.h"
#include "kernel/vfs/path.h"

struct inode;
struct mem_account;
struct vfs_cred;

#define XATTR_NAME_MAX 255u
#define XATTR_VALUE_MAX 65536u
#define XATTR_LIST_MAX 65536u

/* The numbers of setxattr(2). */
enum xattr_flag {
	XATTR_CREATE = 1u << 0,	 /* -EEXIST when it is there */
	XATTR_REPLACE = 1u << 1, /* -ENODATA when it is not */
};

/*
 * On the file that a path means. Lengths; 0 of size asks for the length only. Errors:
 *
 *	-EOPNOTSUPP	a name space that is not known, or the file system has none
 *	-EPERM		a name space that the caller, or the kind of file, may not have
 *	-EACCES, -EROFS
 *	-ENODATA	no such attribute
 *	-ERANGE		size is too small
 *	-E2BIG, -ENAMETOOLONG, -ENOSPC, -ENOMEM
 */
MUST_CHECK ssize_t xattr_get(const struct path *path, const struct vfs_cred *cred, const char *name,
			     void *buf, size_t size);
MUST_CHECK ssize_t xattr_list(const struct path *path, const struct vfs_cred *cred, char *buf,
			      size_t size);
MUST_CHECK int xattr_set(const struct path *path, const struct vfs_cred *cred, const char *name,
			 const void *value, size_t size, uint32_t flags);
MUST_CHECK int xattr_remove(const struct path *path, const struct vfs_cred *cred, const char *name);

/* --- Attributes in memory, for file systems that live there --- */

/* Bytes of names and values that one file may have. */
#define XATTR_STORE_MAX 131072u

/* The lock of the inode guards it. */
struct xattr_store {
	struct list_node attrs;
	size_t bytes;
};

void xattr_store_init(struct xattr_store *store);
void xattr_store_fini(struct xattr_store *store, struct mem_account *account);
/* As the operations of inodes. */
ssize_t xattr_store_get(const struct xattr_store *store, const char *name, void *buf, size_t size);
ssize_t xattr_store_list(const struct xattr_store *store, char *buf, size_t size);
MUST_CHECK int xattr_store_set(struct xattr_store *store, struct mem_account *account,
			       const char *name, const void *value, size_t size, uint32_t flags);

#endif
