/*
 * EROFS as a file system of the vfs: images in memory, mounted read-only.
 *
 * An image is offered under a name, and that name is the source of a mount. Pages of
 * files are copied from it on first use, or decoded; they are charged to the mount's
 * account.
 */
#ifndef KERNEL_FS_EROFS_MOUNT_H
#define KERNEL_FS_EROFS_MOUNT_H

#include <stdint.h>

#include "kernel/lib/compiler.h"

struct mem_account;
struct super;

#define EROFS_MAGIC 0xe0f5e1e2u
#define EROFS_MAX_IMAGES 8u

/* Makes the type known. Boot, after vfs_init(). */
void erofs_init(void);

/*
 * Offers an image that stays where it is for good, as modules do. It is looked into
 * when it is mounted only. name stays the caller's and must live as long. Boot, before
 * the first mount: 0, -EEXIST, or -ENOSPC for more than EROFS_MAX_IMAGES.
 */
MUST_CHECK int erofs_add_image(const char *name, const void *bytes, uint64_t size);

/*
 * A file system for the kernel's own use, on such bytes. On success the caller owns the
 * one reference to *out. -EINVAL when this is no EROFS image, -EUCLEAN when it is a
 * broken one, -EOPNOTSUPP when it needs more than is understood, -ENOMEM.
 */
MUST_CHECK int erofs_create(const void *bytes, uint64_t size, struct mem_account *account,
			    struct super **out);

#endif
