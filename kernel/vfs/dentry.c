/*
 * The cache of names.
 *
 * One hash table for all, cut into stripes with a lock each. A look-up that hits takes
 * its stripe's lock and one reference, nothing else. What links a dentry to others
 * (parent, children, the list of unused ones) is under the lock of its super.
 *
 *	super->lock -> stripe
 *
 * A count of references goes up from 0 under the stripe's lock only, for only a
 * hashed dentry can be found; and down to 0 under super->lock only. So:
 *
 *	put		under super->lock: count is 0. Hashed: to the list of unused
 *			ones. Not hashed: nobody can find it, it is freed
 *	find		under the stripe's lock: counts one more, list or not
 *	prune		under both: hashed, and the count still 0: out of the table,
 *			and freed; else only off the list
 *
 * A dentry is unhashed under both locks, by one who has a reference. A name and a
 * parent change only while a dentry is not hashed: a look-up that misses it meanwhile
 * goes on to wait for the directory's lock, which the renaming thread holds, and then
 * looks into the table again.
 */
#include "kernel/vfs/dentry.h"

#include "kernel/core/assert.h"
#include "kernel/core/random.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/hash.h"
#include "kernel/lib/string.h"
#include "kernel/mm/account.h"
#include "kernel/mm/slab.h"
#include "kernel/vfs/dentry_impl.h"
#include "kernel/vfs/super.h"

#define BUCKETS 4096u
#define STRIPES 64u
/* Unused ones that a file system keeps; then the oldest go. */
#define UNUSED_MAX 4096u
#define PRUNE_BATCH 64u

static struct hashtab_node *buckets[BUCKETS];
static struct hashtab table = {.buckets = buckets, .mask = BUCKETS - 1};
static struct spinlock stripes[STRIPES];
static struct siphash_key key;
static struct kmem_cache cache;
static struct atomic64 dentries;

void dentry_init(void)
{
	for (uint32_t i = 0; i < STRIPES; i++)
		spin_lock_init(&stripes[i], LOCK_DENTRY_HASH);
	random_bytes(&key, sizeof(key));
	kmem_cache_init(&cache, "dentry", sizeof(struct dentry), 0);
}

uint64_t name_hash(const char *text, uint32_t len)
{
	return siphash(&key, text, len);
}

struct vfs_name vfs_name(const char *text, uint32_t len)
{
	return (struct vfs_name){.text = text, .len = len, .hash = name_hash(text, len)};
}

static uint64_t chain_hash(const struct dentry *parent, uint64_t hash)
{
	return hash ^ hash_ptr(parent);
}

static struct spinlock *stripe_of(uint64_t chain)
{
	return &stripes[chain & (STRIPES - 1)];
}

static bool name_is(const struct dentry *dentry, const struct dentry *parent,
		    const struct vfs_name *name)
{
	return dentry->name_hash == name->hash && dentry->parent == parent &&
	       dentry->name_len == name->len && memcmp(dentry->name, name->text, name->len) == 0;
}

/* In the chain, without a reference; the stripe's lock is held. */
static struct dentry *find_in_chain(const struct dentry *parent, const struct vfs_name *name,
				    uint64_t chain)
{
	hashtab_for_each (node, &table, chain) {
		struct dentry *dentry = container_of(node, struct dentry, hash_node);

		if (name_is(dentry, parent, name))
			return dentry;
	}
	return NULL;
}

/* --- Life --- */

char *dentry_name_alloc(struct super *super, uint32_t len)
{
	return kmem_zalloc_charged(super->account, len + 1);
}

void dentry_name_free(struct super *super, const char *name, uint32_t len)
{
	kmem_free_charged(super->account, drop_const(name), len + 1);
}

static struct dentry *try_alloc(struct super *super)
{
	struct dentry *dentry;

	if (mem_charge_kernel(super->account, sizeof(*dentry)))
		return NULL;
	dentry = kmem_cache_zalloc(&cache);
	if (!dentry)
		mem_uncharge_kernel(super->account, sizeof(*dentry));
	return dentry;
}

static void free_storage(struct dentry *dentry)
{
	struct super *super = dentry->super;

	if (dentry->name && dentry->name != dentry->inline_name)
		dentry_name_free(super, dentry->name, dentry->name_len);
	atomic32_dec(&super->dentries);
	atomic64_dec(&dentries);
	kmem_cache_free(&cache, dentry);
	mem_uncharge_kernel(super->account, sizeof(*dentry));
}

/* One reference, no links. */
static int dentry_alloc(struct super *super, const struct vfs_name *name, struct dentry **out)
{
	struct dentry *dentry = try_alloc(super);

	/* Names that nobody uses give way. */
	if (!dentry && dentry_prune(super, PRUNE_BATCH) > 0)
		dentry = try_alloc(super);
	if (!dentry)
		return -ENOMEM;
	dentry->super = super;
	atomic32_store(&dentry->refs, 1);
	atomic32_inc(&super->dentries);
	atomic64_inc(&dentries);
	hashtab_node_init(&dentry->hash_node);
	list_init(&dentry->children);
	list_init(&dentry->sibling);
	list_init(&dentry->unused_node);
	if (!dentry_name_is_inline(name->len)) {
		char *text = dentry_name_alloc(super, name->len);

		if (!text) {
			free_storage(dentry);
			return -ENOMEM;
		}
		memcpy(text, name->text, name->len);
		dentry->name = text;
	} else {
		memcpy(dentry->inline_name, name->text, name->len);
		dentry->name = dentry->inline_name;
	}
	dentry->name_len = name->len;
	dentry->name_hash = name->hash;
	*out = dentry;
	return 0;
}

void dentry_get(struct dentry *dentry)
{
	uint32_t refs = atomic32_inc_return(&dentry->refs);

	DEBUG_ASSERT(refs > 1);
	(void)refs;
}

static void unused_remove(struct super *super, struct dentry *dentry) REQUIRES(&super->lock);

static void unused_remove(struct super *super, struct dentry *dentry)
{
	if (!(dentry->flags & DENTRY_UNUSED))
		return;
	list_remove(&dentry->unused_node);
	dentry->flags &= ~DENTRY_UNUSED;
	super->unused_count--;
}

static void unused_add(struct super *super, struct dentry *dentry) REQUIRES(&super->lock);

static void unused_add(struct super *super, struct dentry *dentry)
{
	unused_remove(super, dentry);
	list_push_back(&super->unused, &dentry->unused_node);
	dentry->flags |= DENTRY_UNUSED;
	super->unused_count++;
}

/* Drops one reference if it is not the last: true. */
static bool put_is_easy(struct dentry *dentry)
{
	uint32_t refs = atomic32_load(&dentry->refs);

	while (refs > 1) {
		if (atomic32_cmpxchg_release(&dentry->refs, &refs, refs - 1))
			return true;
	}
	return false;
}

/* What is left of a dentry that nobody can reach: gives the parent, to be put, or NULL. */
static struct dentry *destroy(struct dentry *dentry)
{
	struct dentry *parent = dentry->parent != dentry ? dentry->parent : NULL;

	if (dentry->inode)
		inode_put(dentry->inode);
	free_storage(dentry);
	return parent;
}

/* Gives the parent of a dentry that was freed, to be put, or NULL. */
static struct dentry *put_last(struct dentry *dentry)
{
	struct super *super = dentry->super;

	spin_lock(&super->lock);
	if (atomic32_dec_return(&dentry->refs) > 0) {
		spin_unlock(&super->lock);
		return NULL;
	}
	if (dentry->flags & DENTRY_HASHED) {
		unused_add(super, dentry);
		spin_unlock(&super->lock);
		return NULL;
	}
	unused_remove(super, dentry);
	list_remove(&dentry->sibling);
	spin_unlock(&super->lock);
	return destroy(dentry);
}

/* Lets the number of unused ones be what it is. */
static void put_quietly(struct dentry *dentry)
{
	while (dentry && !put_is_easy(dentry))
		dentry = put_last(dentry);
}

/* A hint, without the lock. */
static bool has_many_unused(const struct super *super) NO_THREAD_SAFETY_ANALYSIS
{
	return READ_ONCE(super->unused_count) > UNUSED_MAX;
}

void dentry_put(struct dentry *dentry)
{
	struct super *super = dentry->super;

	if (put_is_easy(dentry))
		return;
	put_quietly(put_last(dentry));
	if (UNLIKELY(has_many_unused(super)))
		dentry_prune(super, PRUNE_BATCH);
}

void dentry_unhash(struct super *super UNUSED, struct dentry *dentry)
{
	struct spinlock *stripe;

	if (!(dentry->flags & DENTRY_HASHED))
		return;
	stripe = stripe_of(chain_hash(dentry->parent, dentry->name_hash));
	spin_lock(stripe);
	hashtab_remove(&dentry->hash_node);
	WRITE_ONCE(dentry->flags, dentry->flags & ~DENTRY_HASHED);
	spin_unlock(stripe);
}

void dentry_hash(struct super *super UNUSED, struct dentry *dentry)
{
	uint64_t chain = chain_hash(dentry->parent, dentry->name_hash);
	struct spinlock *stripe = stripe_of(chain);

	spin_lock(stripe);
	hashtab_insert(&table, &dentry->hash_node, chain);
	WRITE_ONCE(dentry->flags, dentry->flags | DENTRY_HASHED);
	spin_unlock(stripe);
}

/* Takes the oldest unused one out of everything, if it still is unused. */
static bool take_unused(struct super *super, struct dentry **out)
{
	struct list_node *node;
	struct dentry *dentry;
	struct spinlock *stripe;
	bool is_free;

	spin_lock(&super->lock);
	node = list_first(&super->unused);
	if (!node) {
		spin_unlock(&super->lock);
		return false;
	}
	dentry = list_entry(node, struct dentry, unused_node);
	list_remove(&dentry->unused_node);
	dentry->flags &= ~DENTRY_UNUSED;
	super->unused_count--;
	stripe = stripe_of(chain_hash(dentry->parent, dentry->name_hash));
	spin_lock(stripe);
	is_free = atomic32_load(&dentry->refs) == 0;
	if (is_free) {
		hashtab_remove(&dentry->hash_node);
		dentry->flags &= ~DENTRY_HASHED;
	}
	spin_unlock(stripe);
	if (is_free)
		list_remove(&dentry->sibling);
	spin_unlock(&super->lock);
	*out = is_free ? dentry : NULL;
	return true;
}

uint32_t dentry_prune(struct super *super, uint32_t max)
{
	struct dentry *dentry;
	uint32_t count = 0;

	while (count < max && take_unused(super, &dentry)) {
		if (!dentry)
			continue;
		put_quietly(destroy(dentry));
		count++;
	}
	return count;
}

/* Takes an unused child of dir out of everything; NULL when there is none. */
static struct dentry *take_child(struct super *super, struct dentry *dir) REQUIRES(&super->lock)
{
	list_for_each (node, &dir->children) {
		struct dentry *child = list_entry(node, struct dentry, sibling);
		struct spinlock *stripe;
		bool is_free;

		if (!(child->flags & DENTRY_HASHED))
			continue;
		stripe = stripe_of(chain_hash(dir, child->name_hash));
		spin_lock(stripe);
		is_free = atomic32_load(&child->refs) == 0;
		if (is_free) {
			hashtab_remove(&child->hash_node);
			child->flags &= ~DENTRY_HASHED;
		}
		spin_unlock(stripe);
		if (!is_free)
			continue;
		unused_remove(super, child);
		list_remove(&child->sibling);
		return child;
	}
	return NULL;
}

void dentry_prune_children(struct dentry *dir)
{
	struct super *super = dir->super;
	struct dentry *child;

	do {
		spin_lock(&super->lock);
		child = take_child(super, dir);
		spin_unlock(&super->lock);
		if (child)
			put_quietly(destroy(child));
	} while (child);
}

int dentry_create_root(struct super *super, struct inode *inode, struct dentry **out)
{
	struct vfs_name none = vfs_name("", 0);
	struct dentry *dentry;
	int err = dentry_alloc(super, &none, &dentry);

	if (err)
		return err;
	dentry->parent = dentry;
	dentry->inode = inode;
	*out = dentry;
	return 0;
}

int dentry_create_nameless(struct dentry *dir, struct inode *inode, struct dentry **out)
{
	struct vfs_name none = vfs_name("", 0);
	struct dentry *dentry;
	int err = dentry_alloc(dir->super, &none, &dentry);

	if (err)
		return err;
	dentry_get(dir);
	dentry->parent = dir;
	dentry->inode = inode;
	*out = dentry;
	return 0;
}

/* --- Look-up --- */

static struct dentry *find_any(struct dentry *dir, const struct vfs_name *name)
{
	uint64_t chain = chain_hash(dir, name->hash);
	struct spinlock *stripe = stripe_of(chain);
	struct dentry *dentry;

	spin_lock(stripe);
	dentry = find_in_chain(dir, name, chain);
	if (dentry)
		atomic32_inc(&dentry->refs);
	spin_unlock(stripe);
	return dentry;
}

struct dentry *dentry_find(struct dentry *dir, const struct vfs_name *name)
{
	const struct super_ops *ops = dir->super->ops;
	struct dentry *dentry = find_any(dir, name);

	if (!dentry || !ops->is_valid || ops->is_valid(dir->inode, dentry))
		return dentry;
	dentry_drop(dentry);
	dentry_put(dentry);
	return NULL;
}

/* Puts a new one into the cache, unless there is one by now, which is taken instead. */
static struct dentry *add(struct dentry *dir, struct dentry *dentry, const struct vfs_name *name)
{
	uint64_t chain = chain_hash(dir, name->hash);
	struct spinlock *stripe = stripe_of(chain);
	struct super *super = dir->super;
	struct dentry *other;

	spin_lock(&super->lock);
	spin_lock(stripe);
	other = find_in_chain(dir, name, chain);
	if (other) {
		atomic32_inc(&other->refs);
	} else {
		dentry->parent = dir;
		atomic32_inc(&dir->refs);
		list_push_back(&dir->children, &dentry->sibling);
		hashtab_insert(&table, &dentry->hash_node, chain);
		dentry->flags |= DENTRY_HASHED;
	}
	spin_unlock(stripe);
	spin_unlock(&super->lock);
	return other;
}

/* Asks the file system; nobody else creates or removes the name meanwhile. */
static int look_up_anew(struct dentry *dir, const struct vfs_name *name, struct dentry **out)
{
	struct inode *inode = dir->inode;
	struct dentry *dentry, *other;
	struct inode *found = NULL;
	int err;

	if (!inode->ops->lookup)
		return -ENOTDIR;
	err = dentry_alloc(dir->super, name, &dentry);
	if (err)
		return err;
	err = inode->ops->lookup(inode, name, &found);
	if (err && err != -ENOENT)
		goto out_free;
	dentry->inode = found;
	other = add(dir, dentry, name);
	if (!other) {
		*out = dentry;
		if (!found && (dir->super->options & SUPER_NO_NEGATIVE))
			dentry_drop(dentry);
		return 0;
	}
	*out = other;
	if (found)
		inode_put(found);
	err = 0;
out_free:
	free_storage(dentry);
	return err;
}

int dentry_lookup_locked(struct dentry *dir, const struct vfs_name *name, struct dentry **out)
{
	struct dentry *dentry = dentry_find(dir, name);

	if (dentry) {
		*out = dentry;
		return 0;
	}
	return look_up_anew(dir, name, out);
}

int dentry_lookup(struct dentry *dir, const struct vfs_name *name, struct dentry **out)
{
	struct dentry *dentry = dentry_find(dir, name);
	int err;

	if (LIKELY(dentry)) {
		*out = dentry;
		return 0;
	}
	rwlock_read_lock(&dir->inode->lock);
	if (dir->inode->flags & INODE_DEAD)
		err = -ENOENT;
	else
		err = dentry_lookup_locked(dir, name, out);
	rwlock_read_unlock(&dir->inode->lock);
	return err;
}

void dentry_set_inode(struct dentry *dentry, struct inode *inode)
{
	ASSERT(!dentry->inode);
	store_release(&dentry->inode, inode);
}

void dentry_drop(struct dentry *dentry)
{
	struct super *super = dentry->super;

	spin_lock(&super->lock);
	dentry_unhash(super, dentry);
	spin_unlock(&super->lock);
}

uint64_t dentry_count(void)
{
	return atomic64_load(&dentries);
}
