/* What dentry.c and dentry_move.c tell each other. */
#ifndef KERNEL_VFS_DENTRY_IMPL_H
#define KERNEL_VFS_DENTRY_IMPL_H

#include "kernel/vfs/dentry.h"
#include "kernel/vfs/super.h"

static inline bool dentry_name_is_inline(uint32_t len)
{
	return len < DENTRY_INLINE_NAME;
}

/* Memory for a name that is not inline, charged to the super's account. */
MUST_CHECK char *dentry_name_alloc(struct super *super, uint32_t len);
void dentry_name_free(struct super *super, const char *name, uint32_t len);

/* Out of the table, if it is in it; and into it, under the name and parent it has. */
void dentry_unhash(struct super *super, struct dentry *dentry) REQUIRES(&super->lock);
void dentry_hash(struct super *super, struct dentry *dentry) REQUIRES(&super->lock);

#endif
