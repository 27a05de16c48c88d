/* tmpfs: a file system that is in memory and nowhere else. */
#ifndef KERNEL_FS_TMPFS_TMPFS_H
#define KERNEL_FS_TMPFS_TMPFS_H

#include <stdint.h>

#include "kernel/lib/compiler.h"

struct mem_account;
struct super;

#define TMPFS_MAGIC 0x01021994u

/* Makes the type known. Boot, after vfs_init(). */
void tmpfs_init(void);

struct tmpfs_limits {
	uint64_t pages;	 /* of file data; UINT64_MAX: no limit but the account's */
	uint64_t inodes; /* UINT64_MAX: the same */
};

/* One for the kernel's own use, with an empty root directory of mode 0755. 0 or -ENOMEM. */
MUST_CHECK int tmpfs_create(const struct tmpfs_limits *limits, struct mem_account *account,
			    struct super **out);

#endif
