/*
 * Changes of trees of mounts: all of them under one mutex, for they may reach across
 * name spaces. Nothing that a mount held on to is put while the mutex is held, since
 * the last put may end a file system.
 */
#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/vfs/dentry.h"
#include "kernel/vfs/mount_impl.h"

struct mount *mount_next(const struct mount *mount, const struct mount *top)
{
	const struct list_node *next = list_first(&mount->children);

	if (next)
		return list_entry(drop_const(next), struct mount, sibling);
	while (mount != top) {
		const struct mount *parent = mount->parent;

		next = mount->sibling.next;
		if (next != &parent->children)
			return list_entry(drop_const(next), struct mount, sibling);
		mount = parent;
	}
	return NULL;
}

static uint32_t tree_size(const struct mount *top) REQUIRES(&mount_tree)
{
	uint32_t count = 0;

	for (const struct mount *mount = top; mount; mount = mount_next(mount, top))
		count++;
	return count;
}

/* --- Copies --- */

static int copy_one(struct mount *old, struct dentry *root, enum mount_copy how,
		    struct mem_account *account, struct mount **out) REQUIRES(&mount_tree)
{
	struct mount *copy;
	int err = mount_create(old->super, READ_ONCE(old->flags), old->source, account, &copy);

	if (err)
		return err;
	if (root != copy->root) {
		dentry_get(root);
		dentry_put(copy->root);
		copy->root = root;
	}
	if (how == MOUNT_COPY_SAME || how == MOUNT_COPY_BIND) {
		if (old->group)
			mount_join_group(copy, old);
		else if (old->master)
			mount_become_slave(copy, old->master);
	} else if (old->group) {
		mount_become_slave(copy, old);
	} else if (old->master) {
		mount_become_slave(copy, old->master);
	}
	if (how == MOUNT_COPY_SHARED_SLAVE)
		mount_make_shared(copy);
	*out = copy;
	return 0;
}

/* Whether a bind of top from root on leaves the child out. */
static bool is_left_out(const struct mount *child, const struct mount *top, struct dentry *root,
			enum mount_copy how)
{
	if (child->is_unbindable && how == MOUNT_COPY_BIND)
		return true;
	return child->parent == top && !dentry_is_ancestor(root, child->mountpoint);
}

/* The next one after mount that is copied: a whole branch is left out at once. */
static struct mount *skip_branch(const struct mount *mount, const struct mount *top)
	REQUIRES(&mount_tree)
{
	while (mount != top) {
		const struct list_node *next = mount->sibling.next;

		if (next != &mount->parent->children)
			return list_entry(drop_const(next), struct mount, sibling);
		mount = mount->parent;
	}
	return NULL;
}

/*
 * Copies what is mounted below top. Each original's copy is in .copy meanwhile, so that
 * children find theirs.
 */
static int copy_children(struct mount *top, struct dentry *root, enum mount_copy how,
			 struct mem_account *account) REQUIRES(&mount_tree)
{
	struct mount *mount = mount_next(top, top);
	struct mount *copy;
	int err;

	while (mount) {
		if (is_left_out(mount, top, root, how)) {
			mount = skip_branch(mount, top);
			continue;
		}
		err = copy_one(mount, mount->root, how, account, &copy);
		if (err)
			return err;
		mount_link(copy, mount->parent->copy, mount->mountpoint);
		mount->copy = copy;
		mount = mount_next(mount, top);
	}
	return 0;
}

int mount_copy_tree(struct mount *top, struct dentry *root, enum mount_copy how,
		    enum mount_bind how_much, struct mem_account *account, struct mount **out)
{
	struct mount *saved = top->copy;
	struct list_node gone;
	struct mount *copy;
	int err = copy_one(top, root, how, account, &copy);

	if (err)
		return err;
	if (how_much == MOUNT_BIND_TREE) {
		top->copy = copy;
		err = copy_children(top, root, how, account);
		top->copy = saved;
	}
	if (!err) {
		*out = copy;
		return 0;
	}
	/* Nobody else knows them: putting them here ends no file system. */
	list_init(&gone);
	mount_take_apart(copy, &gone);
	mount_release_all(&gone);
	return err;
}

/* --- Taking apart --- */

void mount_enter_ns(struct mount *top, struct mountns *ns)
{
	for (struct mount *mount = top; mount; mount = mount_next(mount, top)) {
		mount->ns = ns;
		list_push_back(&ns->mounts, &mount->ns_node);
		ns->count++;
	}
}

void mount_leave_ns(struct mount *mount)
{
	if (!mount->ns)
		return;
	list_remove(&mount->ns_node);
	mount->ns->count--;
	mount->ns = NULL;
}

void mount_retire(struct mount *mount, struct list_node *gone)
{
	struct mountns *ns = mount->ns;

	mount_leave_ns(mount);
	mount_make_private(mount);
	list_push_back(gone, &mount->ns_node);
	if (ns)
		mountns_changed(ns);
}

void mount_take_apart(struct mount *top, struct list_node *gone)
{
	struct mount *mount = top;

	for (;;) {
		struct list_node *child = list_first(&mount->children);
		struct mount *up = mount->parent;

		if (child) {
			mount = list_entry(child, struct mount, sibling);
			continue;
		}
		mount_unlink(mount);
		mount_retire(mount, gone);
		if (mount == top)
			break;
		mount = up;
	}
}

void mount_release_all(struct list_node *gone)
{
	struct list_node *node;

	while ((node = list_pop_front(gone))) {
		struct mount *mount = list_entry(node, struct mount, ns_node);

		path_put(&mount->was);
		mount_put(mount);
	}
}

void mount_discard(struct mount *mount)
{
	struct list_node gone = LIST_INIT(gone);

	mutex_lock(&mount_tree);
	mount_take_apart(mount, &gone);
	mutex_unlock(&mount_tree);
	mount_release_all(&gone);
}

/* --- Attaching --- */

/* Down to what is mounted on top at the place. Borrowed, as the place itself. */
static void go_to_top(struct path *place) REQUIRES(&mount_tree)
{
	struct mount *child;

	while ((child = mount_find_child(place->mount, place->dentry))) {
		place->mount = child;
		place->dentry = child->root;
	}
}

static int check_place(const struct mountns *ns, const struct mount *mount,
		       const struct path *place) REQUIRES(&mount_tree)
{
	const struct inode *inode = path_inode(place);

	if (place->mount->ns != ns)
		return -EINVAL;
	if (inode_is_dir(inode) != inode_is_dir(dentry_inode(mount->root)))
		return -ENOTDIR;
	if ((inode->flags & INODE_DEAD) ||
	    (!dentry_is_hashed(place->dentry) && !dentry_is_root(place->dentry)))
		return -ENOENT;
	if (place->dentry == place->mount->root && mount->super == place->mount->super &&
	    mount->root == place->mount->root)
		return -EBUSY;
	if (tree_size(mount) > MOUNTNS_MAX - ns->count)
		return -ENOSPC;
	return 0;
}

/* Puts the copies where they belong; those without room, and all of them on an error, go. */
static void attach_copies(struct list_node *copies, struct dentry *mountpoint, int err,
			  struct list_node *gone) REQUIRES(&mount_tree)
{
	struct list_node *node;

	while ((node = list_pop_front(copies))) {
		struct mount *copy = list_entry(node, struct mount, sibling);
		struct path place = {.mount = copy->copy, .dentry = mountpoint};
		struct mountns *ns = place.mount->ns;

		if (err || tree_size(copy) > MOUNTNS_MAX - ns->count) {
			mount_take_apart(copy, gone);
			continue;
		}
		go_to_top(&place);
		mount_link(copy, place.mount, place.dentry);
		mount_enter_ns(copy, ns);
		mountns_changed(ns);
	}
}

/* The place is locked against removal. */
static int attach_at(struct mountns *ns, struct mount *mount, const struct path *place,
		     struct list_node *gone) REQUIRES(&mount_tree)
{
	struct list_node copies = LIST_INIT(copies);
	int err = check_place(ns, mount, place);

	if (err)
		return err;
	if (place->mount->group)
		err = mount_propagate_copies(mount, place->mount, place->dentry, &copies);
	if (!err) {
		mount_link(mount, place->mount, place->dentry);
		mount_enter_ns(mount, ns);
		mountns_changed(ns);
	}
	attach_copies(&copies, place->dentry, err, gone);
	return err;
}

static int attach_locked(struct mountns *ns, struct mount *mount, const struct path *at,
			 struct list_node *gone) REQUIRES(&mount_tree)
{
	struct path place = *at;
	struct inode *inode;
	int err;

	go_to_top(&place);
	inode = path_inode(&place);
	rwlock_read_lock(&inode->lock);
	err = attach_at(ns, mount, &place, gone);
	rwlock_read_unlock(&inode->lock);
	return err;
}

int mount_attach(struct mountns *ns, struct mount *mount, const struct path *at)
{
	struct list_node gone = LIST_INIT(gone);
	int err;

	mutex_lock(&mount_tree);
	err = attach_locked(ns, mount, at, &gone);
	mutex_unlock(&mount_tree);
	mount_release_all(&gone);
	return err;
}

int mount_clone(const struct path *from, enum mount_bind how, struct mem_account *account,
		struct mount **out)
{
	int err;

	mutex_lock(&mount_tree);
	if (from->mount->is_unbindable)
		err = -EINVAL;
	else
		err = mount_copy_tree(from->mount, from->dentry, MOUNT_COPY_BIND, how, account,
				      out);
	mutex_unlock(&mount_tree);
	return err;
}

int mount_bind(struct mountns *ns, const struct path *from, const struct path *to,
	       enum mount_bind how)
{
	struct mount *copy;
	int err;

	if (!mountns_has(ns, from))
		return -EINVAL;
	err = mount_clone(from, how, ns->account, &copy);
	if (err)
		return err;
	err = mount_attach(ns, copy, to);
	if (err)
		mount_discard(copy);
	return err;
}
