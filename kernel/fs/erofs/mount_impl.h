/* What the half of EROFS that speaks to the vfs shares. */
#ifndef KERNEL_FS_EROFS_MOUNT_IMPL_H
#define KERNEL_FS_EROFS_MOUNT_IMPL_H

#include <stdint.h>

#include "kernel/core/spinlock.h"
#include "kernel/fs/erofs/erofs.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/refcount.h"
#include "kernel/sched/mutex.h"
#include "kernel/vfs/inode.h"
#include "kernel/vfs/super.h"

/* What reading takes. It outlives the super, while pages of a file are mapped. */
struct erofs_volume {
	struct mutex lock; /* rank EROFS */
	struct erofs_scratch scratch GUARDED_BY(&lock);

	struct refcount refs;
	struct mem_account *account; /* const: a reference, or NULL: nobody's */
	struct erofs_source source;  /* const */
	struct erofs_image image;    /* const */
};

struct erofs_super {
	struct super super; /* must be first */
	struct erofs_volume *volume;
};

void erofs_volume_get(struct erofs_volume *volume);
void erofs_volume_put(struct erofs_volume *volume);

/* erofs_read, with the volume's scratch where that is needed. */
MUST_CHECK int erofs_volume_read(struct erofs_volume *volume, const struct erofs_inode *disk,
				 uint64_t offset, void *buf, size_t len);

static inline struct erofs_volume *erofs_volume_of(const struct inode *inode)
{
	return container_of(inode->super, struct erofs_super, super)->volume;
}

/* --- node.c --- */

/* The inode of a number, with a reference: 0, -EUCLEAN, -ENOMEM ... */
MUST_CHECK int erofs_node_get(struct super *super, uint64_t nid, struct inode **out);
void erofs_node_destroy(struct inode *inode);

#endif
