#include "kernel/vfs/mountns.h"

#include "kernel/core/assert.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/account.h"
#include "kernel/vfs/dentry.h"
#include "kernel/vfs/mount_impl.h"
#include "kernel/vfs/poll.h"

static struct atomic64 last_id;

static void mountns_destroy(struct kobject *obj)
{
	struct mountns *ns = container_of(obj, struct mountns, obj);
	struct mem_account *account = ns->account;
	struct list_node gone = LIST_INIT(gone);

	mutex_lock(&mount_tree);
	if (ns->root)
		mount_take_apart(ns->root, &gone);
	ASSERT(list_is_empty(&ns->mounts));
	mutex_unlock(&mount_tree);
	mount_release_all(&gone);
	kmem_free_charged(account, ns, sizeof(*ns));
	if (account)
		mem_account_put(account);
}

static const struct kobject_type mountns_type = {
	KOBJECT_TYPE(MOUNTS, struct mountns),
	.destroy = mountns_destroy,
};

static struct mountns *mountns_alloc(struct mem_account *account)
{
	struct mountns *ns = kmem_zalloc_charged(account, sizeof(*ns));

	if (!ns)
		return NULL;
	kobject_init(&ns->obj, &mountns_type);
	ns->account = account;
	if (account)
		mem_account_get(account);
	ns->id = atomic64_inc_return(&last_id);
	mutex_lock(&mount_tree);
	list_init(&ns->mounts);
	mutex_unlock(&mount_tree);
	spin_lock_init(&ns->lock, LOCK_OBJECT);
	waitq_init(&ns->watchers);
	return ns;
}

int mountns_create(struct mount *root, struct mem_account *account, struct mountns **out)
{
	struct mountns *ns = mountns_alloc(account);

	if (!ns)
		return -ENOMEM;
	mutex_lock(&mount_tree);
	ns->root = root;
	mount_enter_ns(root, ns);
	mutex_unlock(&mount_tree);
	*out = ns;
	return 0;
}

/* The path's place in the copy: each original's copy is in .copy. */
static void move_path(struct path *path, const struct mountns *from) REQUIRES(&mount_tree)
{
	struct mount *old = path->mount;

	if (!old || old->ns != from)
		return;
	mount_get(old->copy);
	path->mount = old->copy;
	/* Not the last reference: the old name space has one. */
	mount_put(old);
}

static int copy_all(struct mountns *from, struct mountns *to, struct path *fix, uint32_t fix_count)
	REQUIRES(&mount_tree)
{
	struct mount *root = from->root;
	struct mount *copy, *mine;
	int err;

	if (from->count > MOUNTNS_MAX)
		return -ENOSPC;
	err = mount_copy_tree(root, root->root, MOUNT_COPY_SAME, MOUNT_BIND_TREE, to->account,
			      &copy);
	if (err)
		return err;
	to->root = copy;
	mount_enter_ns(copy, to);
	/* Both trees have the same shape and order. */
	for (mine = copy; root; root = mount_next(root, from->root), mine = mount_next(mine, copy))
		root->copy = mine;
	for (uint32_t i = 0; i < fix_count; i++)
		move_path(&fix[i], from);
	return 0;
}

int mountns_clone(struct mountns *from, struct mem_account *account, struct path *fix,
		  uint32_t fix_count, struct mountns **out)
{
	struct mountns *ns = mountns_alloc(account);
	int err;

	if (!ns)
		return -ENOMEM;
	mutex_lock(&mount_tree);
	err = copy_all(from, ns, fix, fix_count);
	mutex_unlock(&mount_tree);
	if (err)
		mountns_put(ns);
	else
		*out = ns;
	return err;
}

void mountns_get(struct mountns *ns)
{
	kobject_get(&ns->obj);
}

void mountns_put(struct mountns *ns)
{
	kobject_put(&ns->obj);
}

struct kobject *mountns_kobject(struct mountns *ns)
{
	return &ns->obj;
}

struct mountns *mountns_from_kobject(struct kobject *obj)
{
	return obj->type == &mountns_type ? container_of(obj, struct mountns, obj) : NULL;
}

uint64_t mountns_id(const struct mountns *ns)
{
	return ns->id;
}

void mountns_root(struct mountns *ns, struct path *out)
{
	mutex_lock(&mount_tree);
	out->mount = ns->root;
	out->dentry = ns->root->root;
	path_get(out);
	mutex_unlock(&mount_tree);
	path_follow_mounts(out);
}

bool mountns_has(struct mountns *ns, const struct path *path)
{
	bool is_mine;

	mutex_lock(&mount_tree);
	is_mine = path->mount->ns == ns;
	mutex_unlock(&mount_tree);
	return is_mine;
}

void mountns_for_each(struct mountns *ns, bool (*fn)(struct mount *mount, void *ctx), void *ctx)
{
	mutex_lock(&mount_tree);
	list_for_each (node, &ns->mounts) {
		if (!fn(list_entry(node, struct mount, ns_node), ctx))
			break;
	}
	mutex_unlock(&mount_tree);
}

void mountns_changed(struct mountns *ns)
{
	spin_lock(&ns->lock);
	ns->events++;
	waitq_wake_all(&ns->watchers);
	spin_unlock(&ns->lock);
}

uint64_t mountns_events(struct mountns *ns)
{
	uint64_t events;

	spin_lock(&ns->lock);
	events = ns->events;
	spin_unlock(&ns->lock);
	return events;
}

uint32_t mountns_poll(struct mountns *ns, uint64_t seen, struct poll_table *table)
{
	uint32_t ready = READY_IN | READY_RDNORM;

	spin_lock(&ns->lock);
	poll_wait(table, &ns->watchers, &ns->lock);
	/* As on Linux: a change shows as an error and urgent data. */
	if (ns->events != seen)
		ready |= READY_ERR | READY_PRI;
	spin_unlock(&ns->lock);
	return ready;
}
