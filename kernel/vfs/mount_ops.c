/* Moving, ending and changing mounts that are in a name space. */
#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/vfs/dentry.h"
#include "kernel/vfs/mount_impl.h"

/* Whether the path is the root of a mount of the name space. */
static bool is_mount_of(const struct mountns *ns, const struct path *path) REQUIRES(&mount_tree)
{
	return path->dentry == path->mount->root && path->mount->ns == ns;
}

/* --- Ending --- */

/* The mount that came to the receiver when mount came to its own place, or NULL. */
static struct mount *find_copy(const struct mount *receiver, const struct mount *mount,
			       const struct dentry *mountpoint) REQUIRES(&mount_tree)
{
	struct mount *copy = mount_find_child(receiver, mountpoint);
	struct mount *above;

	if (!copy)
		return NULL;
	while ((above = mount_find_child(copy, copy->root)))
		copy = above;
	return copy->super == mount->super && copy->root == mount->root ? copy : NULL;
}

/* Ends the copies too: those in use stay, unless it is a detach. */
static void end_copies(struct mount *mount, struct mount *parent, struct dentry *mountpoint,
		       uint32_t flags, struct list_node *gone) REQUIRES(&mount_tree)
{
	struct list_node receivers, *node;

	mount_find_receivers(parent, &receivers);
	while ((node = list_pop_front(&receivers))) {
		struct mount *receiver = list_entry(node, struct mount, work);
		struct mount *copy = find_copy(receiver, mount, mountpoint);

		if (!copy || copy == mount)
			continue;
		if (flags & UMOUNT_DETACH)
			mount_take_apart(copy, gone);
		else if (list_is_empty(&copy->children) && mount_unlink_unused(copy, 1))
			mount_retire(copy, gone);
	}
}

static int umount_locked(struct mountns *ns, const struct path *path, uint32_t flags,
			 struct list_node *gone) REQUIRES(&mount_tree)
{
	struct mount *mount = path->mount;
	struct mount *parent = mount->parent;
	struct dentry *mountpoint = mount->mountpoint;

	if (!is_mount_of(ns, path))
		return -EINVAL;
	if (mount == ns->root)
		return -EBUSY;
	if (flags & UMOUNT_DETACH) {
		end_copies(mount, parent, mountpoint, flags, gone);
		mount_take_apart(mount, gone);
		return 0;
	}
	/* The tree's reference, and the path's. */
	if (!list_is_empty(&mount->children) || !mount_unlink_unused(mount, 2))
		return -EBUSY;
	end_copies(mount, parent, mountpoint, flags, gone);
	mount_retire(mount, gone);
	return 0;
}

int mount_umount(struct mountns *ns, const struct path *path, uint32_t flags)
{
	struct list_node gone = LIST_INIT(gone);
	int err;

	if (flags & ~(uint32_t)UMOUNT_DETACH)
		return -EINVAL;
	mutex_lock(&mount_tree);
	err = umount_locked(ns, path, flags, &gone);
	mutex_unlock(&mount_tree);
	mount_release_all(&gone);
	return err;
}

/* --- Moving --- */

static bool has_unbindable(struct mount *top) REQUIRES(&mount_tree)
{
	for (struct mount *mount = top; mount; mount = mount_next(mount, top)) {
		if (mount->is_unbindable)
			return true;
	}
	return false;
}

/* Whether the mount is top or below it. */
static bool is_in_tree(const struct mount *mount, const struct mount *top) REQUIRES(&mount_tree)
{
	while (mount != top && mount->parent != mount)
		mount = mount->parent;
	return mount == top;
}

static int check_move(const struct mountns *ns, const struct path *from, const struct path *to)
	REQUIRES(&mount_tree)
{
	struct mount *mount = from->mount;

	if (!is_mount_of(ns, from) || mount->parent == mount || mount->parent->group)
		return -EINVAL;
	if (to->mount->ns != ns)
		return -EINVAL;
	if (to->mount->group && has_unbindable(mount))
		return -EINVAL;
	return is_in_tree(to->mount, mount) ? -ELOOP : 0;
}

/* Out of the list and the count; the tree goes back in when it is attached. */
static void leave_ns_all(struct mount *top) REQUIRES(&mount_tree)
{
	for (struct mount *mount = top; mount; mount = mount_next(mount, top))
		mount_leave_ns(mount);
}

int mount_move(struct mountns *ns, const struct path *from, const struct path *to)
{
	struct mount *mount = from->mount;
	struct path was = {0};
	int err;

	mutex_lock(&mount_tree);
	err = check_move(ns, from, to);
	if (!err) {
		mount_unlink(mount);
		was = mount->was;
		leave_ns_all(mount);
	}
	mutex_unlock(&mount_tree);
	if (err)
		return err;

	err = mount_attach(ns, mount, to);
	if (err) {
		/* Back to where it was; that place cannot have been removed meanwhile. */
		mutex_lock(&mount_tree);
		mount_link(mount, was.mount, was.dentry);
		mount_enter_ns(mount, ns);
		mutex_unlock(&mount_tree);
	}
	path_put(&was);
	return err;
}

/* --- Changing --- */

/* Sets READONLY unless somebody writes. */
static int make_readonly(struct mount *mount, uint32_t flags) REQUIRES(&mount_tree)
{
	uint32_t was = READ_ONCE(mount->flags);

	WRITE_ONCE(mount->flags, flags);
	/* Pairs with the increment in mount_begin_write(): one of us sees the other. */
	atomic_fence();
	if (atomic32_load(&mount->writers) == 0)
		return 0;
	WRITE_ONCE(mount->flags, was);
	return -EBUSY;
}

int mount_set_flags(struct mountns *ns, const struct path *path, uint32_t flags)
{
	struct mount *mount = path->mount;
	int err = 0;

	flags &= MOUNT_FLAGS_ALL;
	mutex_lock(&mount_tree);
	if (!is_mount_of(ns, path))
		err = -EINVAL;
	else if ((flags & MOUNT_READONLY) && !(READ_ONCE(mount->flags) & MOUNT_READONLY))
		err = make_readonly(mount, flags);
	else
		WRITE_ONCE(mount->flags, flags);
	mutex_unlock(&mount_tree);
	if (!err)
		mountns_changed(ns);
	return err;
}

int mount_set_super_flags(const struct path *path, uint32_t flags, const char *options)
{
	struct super *super = path->mount->super;
	int err = 0;

	if (path->dentry != path->mount->root)
		return -EINVAL;
	mutex_lock(&mount_tree);
	if (super->ops->remount)
		err = super->ops->remount(super, options);
	else if (options[0])
		err = -EINVAL;
	if (!err && (flags & MOUNT_READONLY))
		err = super_make_readonly(super);
	else if (!err)
		WRITE_ONCE(super->flags, READ_ONCE(super->flags) & ~(uint32_t)MOUNT_READONLY);
	mutex_unlock(&mount_tree);
	return err;
}

int mount_set_propagation(struct mountns *ns, const struct path *path, enum mount_propagation how,
			  enum mount_bind what)
{
	struct mount *top = path->mount;
	int err = 0;

	mutex_lock(&mount_tree);
	if (!is_mount_of(ns, path)) {
		err = -EINVAL;
	} else if (what == MOUNT_BIND_ONE) {
		mount_change_propagation(top, how);
	} else {
		for (struct mount *mount = top; mount; mount = mount_next(mount, top))
			mount_change_propagation(mount, how);
	}
	mutex_unlock(&mount_tree);
	return err;
}

/* --- pivot_root --- */

static int check_pivot(const struct mountns *ns, const struct path *root,
		       const struct path *new_root, const struct path *put_old)
	REQUIRES(&mount_tree)
{
	struct mount *old = root->mount;
	struct mount *new = new_root->mount;

	if (!is_mount_of(ns, root) || !is_mount_of(ns, new_root) || put_old->mount->ns != ns)
		return -EINVAL;
	if (new == old || put_old->mount == old)
		return -EBUSY;
	if (new->parent == new || (old->parent != old && old->parent->group) ||
	    new->parent->group || put_old->mount->group)
		return -EINVAL;
	/* new_root below root, put_old below new_root. */
	if (!path_is_above(root, new_root) || !path_is_above(new_root, put_old))
		return -EINVAL;
	if (!inode_is_dir(path_inode(new_root)) || !inode_is_dir(path_inode(put_old)))
		return -ENOTDIR;
	if (!dentry_is_hashed(put_old->dentry) && !dentry_is_root(put_old->dentry))
		return -ENOENT;
	return 0;
}

/* What has to be put when the mutex is released. */
struct pivot_leftover {
	struct path old;
	struct path new;
};

static void pivot(struct mountns *ns, const struct path *root, const struct path *new_root,
		  const struct path *put_old, struct pivot_leftover *left) REQUIRES(&mount_tree)
{
	struct mount *old = root->mount;
	struct mount *new = new_root->mount;

	mount_unlink(new);
	left->new = new->was;
	mount_unlink(old);
	left->old = old->was;
	if (left->old.mount)
		mount_link(new, left->old.mount, left->old.dentry);
	if (ns->root == old)
		ns->root = new;
	mount_link(old, put_old->mount, put_old->dentry);
}

int mount_pivot_root(struct mountns *ns, const struct path *root, const struct path *new_root,
		     const struct path *put_old)
{
	struct pivot_leftover left = {0};
	struct inode *inode = path_inode(put_old);
	int err;

	mutex_lock(&mount_tree);
	err = check_pivot(ns, root, new_root, put_old);
	if (!err) {
		rwlock_read_lock(&inode->lock);
		if (inode->flags & INODE_DEAD)
			err = -ENOENT;
		else
			pivot(ns, root, new_root, put_old, &left);
		rwlock_read_unlock(&inode->lock);
	}
	mutex_unlock(&mount_tree);
	path_put(&left.old);
	path_put(&left.new);
	if (!err)
		mountns_changed(ns);
	return err;
}
