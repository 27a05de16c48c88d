#include "kernel/vfs/super.h"

#include "kernel/core/assert.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/account.h"
#include "kernel/mm/slab.h"
#include "kernel/vfs/dentry.h"
#include "kernel/vfs/inode.h"

static struct spinlock types_lock = SPINLOCK_INIT(LOCK_OBJECT);
static struct list_node types GUARDED_BY(&types_lock) = LIST_INIT(types);

static struct atomic64 supers;
static struct atomic32 last_dev;

void fs_register(struct fs_type *type)
{
	ASSERT(!fs_find(type->name));
	spin_lock(&types_lock);
	list_push_back(&types, &type->node);
	spin_unlock(&types_lock);
}

const struct fs_type *fs_find(const char *name)
{
	const struct fs_type *found = NULL;

	spin_lock(&types_lock);
	list_for_each (node, &types) {
		const struct fs_type *type = list_entry(node, struct fs_type, node);

		if (strcmp(type->name, name) == 0)
			found = type;
	}
	spin_unlock(&types_lock);
	return found;
}

const struct fs_type *fs_next(const struct fs_type *prev)
{
	const struct list_node *next;
	const struct fs_type *type = NULL;

	spin_lock(&types_lock);
	next = prev ? prev->node.next : types.next;
	if (next != &types)
		type = list_entry(next, struct fs_type, node);
	spin_unlock(&types_lock);
	return type;
}

static void *node_alloc(void *ctx, size_t size)
{
	struct super *super = ctx;

	return kmem_zalloc_charged(super->account, size);
}

static void node_free(void *ctx, void *node, size_t size)
{
	struct super *super = ctx;

	kmem_free_charged(super->account, node, size);
}

static const struct radix_memory node_memory = {
	.alloc = node_alloc,
	.free = node_free,
};

void super_init(struct super *super, const struct fs_type *type, const struct super_ops *ops,
		struct mem_account *account)
{
	spin_lock_init(&super->lock, LOCK_DENTRY_TREE);
	list_init(&super->unused);
	radix_init(&super->inodes, &node_memory, super);
	mutex_init(&super->rename_lock, LOCK_FS_RENAME);
	super->ops = ops;
	super->type = type;
	super->account = account;
	if (account)
		mem_account_get(account);
	super->dev = dev_make(0, atomic32_inc_return(&last_dev));
	super->block_size = PAGE_SIZE;
	refcount_init(&super->refs);
	atomic64_inc(&supers);
}

int super_set_root(struct super *super, struct inode *root)
{
	return dentry_create_root(super, root, &super->root);
}

void super_get(struct super *super)
{
	bool is_alive = refcount_get(&super->refs);

	ASSERT(is_alive);
}

void super_put(struct super *super)
{
	struct mem_account *account = super->account;
	struct inode *root = NULL;

	if (!refcount_put(&super->refs))
		return;
	if (super->root) {
		root = super->root->inode;
		inode_get(root);
		dentry_put(super->root);
		dentry_prune(super, UINT32_MAX);
		/* What is left has references: they would outlive the file system. */
		ASSERT(atomic32_load(&super->dentries) == 0);
	}
	if (root && super->ops->shutdown)
		super->ops->shutdown(super, root);
	if (root)
		inode_put(root);
	spin_lock(&super->lock);
	radix_fini(&super->inodes);
	spin_unlock(&super->lock);
	super->ops->destroy(super);
	if (account)
		mem_account_put(account);
	atomic64_dec(&supers);
}

int super_statfs(struct super *super, struct super_stat *out)
{
	*out = (struct super_stat){
		.magic = super->magic,
		.block_size = super->block_size,
		.id = super->dev,
		.name_max = VFS_NAME_MAX,
		.flags = READ_ONCE(super->flags),
	};
	return super->ops->statfs ? super->ops->statfs(super, out) : 0;
}

int super_sync(struct super *super)
{
	return super->ops->sync ? super->ops->sync(super) : 0;
}

int super_begin_write(struct super *super)
{
	/* Full order: pairs with the store and the load in super_make_readonly(). */
	atomic32_inc_return(&super->writers);
	if (LIKELY(!(READ_ONCE(super->flags) & MOUNT_READONLY)))
		return 0;
	super_end_write(super);
	return -EROFS;
}

void super_end_write(struct super *super)
{
	atomic32_dec_return(&super->writers);
}

int super_make_readonly(struct super *super)
{
	uint32_t was = READ_ONCE(super->flags);

	WRITE_ONCE(super->flags, was | MOUNT_READONLY);
	/* Pairs with the increment in super_begin_write(): one of us sees the other. */
	atomic_fence();
	if (atomic32_load(&super->writers) == 0)
		return 0;
	WRITE_ONCE(super->flags, was);
	return -EBUSY;
}

uint64_t super_count(void)
{
	return atomic64_load(&supers);
}
