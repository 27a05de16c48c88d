/*
 * Mounts: their life, and the way from one to the next.
 *
 * A path walk goes from mount to mount under the spinlock here, which guards the hash
 * table and the two links upwards. Whoever changes those holds the mutex of the trees
 * as well, so that one who has the mutex may read them without the spinlock.
 *
 * Lock order: mount_tree -> inodes -> mount_lock.
 */
#include "kernel/vfs/mount.h"

#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/hash.h"
#include "kernel/lib/string.h"
#include "kernel/mm/account.h"
#include "kernel/mm/slab.h"
#include "kernel/vfs/dentry.h"
#include "kernel/vfs/mount_impl.h"

#define BUCKETS 1024u

struct mutex mount_tree = MUTEX_INIT(mount_tree, LOCK_MOUNT_TREE);

static struct spinlock mount_lock = SPINLOCK_INIT(LOCK_MOUNT);
static struct hashtab_node *buckets[BUCKETS];
static struct hashtab table GUARDED_BY(&mount_lock) = {.buckets = buckets, .mask = BUCKETS - 1};
static struct atomic64 mounts;
static struct atomic64 last_id;

static uint64_t place_hash(const struct mount *parent, const struct dentry *mountpoint)
{
	return hash_ptr(parent) ^ hash_u64((uintptr_t)mountpoint + 1);
}

int mount_create(struct super *super, uint32_t flags, const char *source,
		 struct mem_account *account, struct mount **out)
{
	size_t len = strlen(source);
	struct mount *mount = kmem_zalloc_charged(account, sizeof(*mount));
	char *text;

	if (!mount)
		return -ENOMEM;
	text = kmem_zalloc_charged(account, len + 1);
	if (!text) {
		kmem_free_charged(account, mount, sizeof(*mount));
		return -ENOMEM;
	}
	memcpy(text, source, len + 1);
	mount->source = text;
	mount->account = account;
	if (account)
		mem_account_get(account);
	super_get(super);
	mount->super = super;
	dentry_get(super->root);
	mount->root = super->root;
	mount->flags = flags;
	mount->id = atomic64_inc_return(&last_id);
	refcount_init(&mount->refs);
	mount->parent = mount;
	hashtab_node_init(&mount->hash_node);
	list_init(&mount->children);
	list_init(&mount->sibling);
	list_init(&mount->ns_node);
	list_init(&mount->peers);
	list_init(&mount->slaves);
	list_init(&mount->slave_node);
	list_init(&mount->work);
	atomic64_inc(&mounts);
	*out = mount;
	return 0;
}

void mount_get(struct mount *mount)
{
	bool is_alive = refcount_get(&mount->refs);

	ASSERT(is_alive);
}

void mount_put(struct mount *mount)
{
	struct mem_account *account = mount->account;

	if (!refcount_put(&mount->refs))
		return;
	ASSERT(mount->parent == mount && list_is_empty(&mount->children));
	ASSERT(!mount->group && !mount->master && list_is_empty(&mount->slaves));
	dentry_put(mount->root);
	super_put(mount->super);
	kmem_free_charged(account, drop_const(mount->source), strlen(mount->source) + 1);
	kmem_free_charged(account, mount, sizeof(*mount));
	if (account)
		mem_account_put(account);
	atomic64_dec(&mounts);
}

bool mount_step_up(struct path *path)
{
	struct mount *mount = path->mount;
	struct path up;

	spin_lock(&mount_lock);
	if (mount->parent == mount) {
		spin_unlock(&mount_lock);
		return false;
	}
	up.mount = mount->parent;
	up.dentry = mount->mountpoint;
	path_get(&up);
	spin_unlock(&mount_lock);
	path_put(path);
	*path = up;
	return true;
}

/* Without a reference; mount_lock is held. */
static struct mount *find_child(const struct mount *parent, const struct dentry *mountpoint)
	REQUIRES(&mount_lock)
{
	uint64_t hash = place_hash(parent, mountpoint);

	hashtab_for_each (node, &table, hash) {
		struct mount *mount = container_of(node, struct mount, hash_node);

		if (mount->parent == parent && mount->mountpoint == mountpoint)
			return mount;
	}
	return NULL;
}

bool mount_step_down(struct path *path)
{
	struct path down;

	spin_lock(&mount_lock);
	down.mount = find_child(path->mount, path->dentry);
	if (down.mount) {
		down.dentry = down.mount->root;
		path_get(&down);
	}
	spin_unlock(&mount_lock);
	if (!down.mount)
		return false;
	path_put(path);
	*path = down;
	return true;
}

struct mount *mount_find_child(const struct mount *parent, const struct dentry *mountpoint)
{
	struct mount *child;

	spin_lock(&mount_lock);
	child = find_child(parent, mountpoint);
	spin_unlock(&mount_lock);
	return child;
}

void mount_link(struct mount *mount, struct mount *parent, struct dentry *mountpoint)
{
	ASSERT(mount->parent == mount);
	mount_get(parent);
	dentry_get(mountpoint);
	atomic32_inc(&mountpoint->mounts);
	list_push_back(&parent->children, &mount->sibling);
	spin_lock(&mount_lock);
	mount->parent = parent;
	mount->mountpoint = mountpoint;
	hashtab_insert(&table, &mount->hash_node, place_hash(parent, mountpoint));
	spin_unlock(&mount_lock);
}

static void unlink_locked(struct mount *mount) REQUIRES(&mount_lock)
{
	mount->was = (struct path){.mount = mount->parent, .dentry = mount->mountpoint};
	hashtab_remove(&mount->hash_node);
	mount->parent = mount;
	mount->mountpoint = NULL;
}

static void unlink_rest(struct mount *mount)
{
	list_remove(&mount->sibling);
	atomic32_dec(&mount->was.dentry->mounts);
}

void mount_unlink(struct mount *mount)
{
	mount->was = (struct path){0};
	if (mount->parent == mount)
		return;
	spin_lock(&mount_lock);
	unlink_locked(mount);
	spin_unlock(&mount_lock);
	unlink_rest(mount);
}

bool mount_unlink_unused(struct mount *mount, uint32_t refs)
{
	bool is_unused;

	spin_lock(&mount_lock);
	/* A new reference comes from an old one, or through the table under this lock. */
	is_unused = refcount_read(&mount->refs) <= refs;
	if (is_unused)
		unlink_locked(mount);
	spin_unlock(&mount_lock);
	if (is_unused)
		unlink_rest(mount);
	return is_unused;
}

int mount_begin_write(struct mount *mount)
{
	int err;

	/* Full order: pairs with the fence in make_readonly() of mount_tree.c. */
	atomic32_inc_return(&mount->writers);
	if (UNLIKELY(READ_ONCE(mount->flags) & MOUNT_READONLY))
		err = -EROFS;
	else
		err = super_begin_write(mount->super);
	if (UNLIKELY(err))
		atomic32_dec_return(&mount->writers);
	return err;
}

void mount_end_write(struct mount *mount)
{
	super_end_write(mount->super);
	atomic32_dec_return(&mount->writers);
}

uint64_t mount_count(void)
{
	return atomic64_load(&mounts);
}
