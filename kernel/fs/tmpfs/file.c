/*
 * Regular files: a file cache with nothing behind it.
 *
 * The pages count against the file system's size when they come and go, whoever makes
 * them, a write or a fault. The cache may outlive the inode and the super, when it is
 * still mapped, and so has a reference to the budget and nothing else.
 */
#include "kernel/fs/tmpfs/tmpfs_impl.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/account.h"
#include "kernel/vfs/cached.h"
#include "kernel/vm/filecache.h"

static int charge(struct filecache *cache)
{
	struct tmpfs_budget *budget = cache->owner;
	uint64_t max = READ_ONCE(budget->max_pages);
	uint64_t used = atomic64_load(&budget->pages);

	do {
		if (used >= max)
			return -ENOSPC;
	} while (!atomic64_cmpxchg_relaxed(&budget->pages, &used, used + 1));
	return 0;
}

static void uncharge(struct filecache *cache, uint64_t pages)
{
	struct tmpfs_budget *budget = cache->owner;

	atomic64_sub(&budget->pages, pages);
}

static void destroy(struct filecache *cache)
{
	struct tmpfs_budget *budget = cache->owner;

	kmem_free_charged(budget->account, cache, sizeof(*cache));
	tmpfs_budget_put(budget);
}

static const struct filecache_ops cache_ops = {
	.charge = charge,
	.uncharge = uncharge,
	.destroy = destroy,
};

int tmpfs_file_init(struct tmpfs_inode *ti, struct tmpfs_budget *budget)
{
	struct filecache *cache = kmem_zalloc_charged(budget->account, sizeof(*cache));
	bool is_alive;

	if (!cache)
		return -ENOMEM;
	is_alive = refcount_get(&budget->refs);
	(void)is_alive; /* the super has a reference */
	cache->owner = budget;
	filecache_init(cache, &cache_ops, budget->account, 0);
	ti->inode.cache = cache;
	return 0;
}

const struct file_ops tmpfs_file_ops = {
	.read = cached_read,
	.write = cached_write,
	.allocate = cached_allocate,
};
