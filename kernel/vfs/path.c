#include "kernel/vfs/path.h"

#include "kernel/lib/errno.h"
#include "kernel/vfs/dentry.h"
#include "kernel/vfs/mount.h"

void path_get(const struct path *path)
{
	mount_get(path->mount);
	dentry_get(path->dentry);
}

void path_put(struct path *path)
{
	struct mount *mount = path->mount;

	/* The mount last: it keeps the file system. */
	if (path->dentry)
		dentry_put(path->dentry);
	if (mount)
		mount_put(mount);
	path->mount = NULL;
	path->dentry = NULL;
}

struct inode *path_inode(const struct path *path)
{
	return dentry_inode(path->dentry);
}

bool path_step_up(struct path *path, const struct path *root)
{
	struct dentry *parent;

	for (;;) {
		if (root && path_is_same(path, root))
			return false;
		if (path->dentry != path->mount->root)
			break;
		if (!mount_step_up(path))
			return false;
	}
	parent = dentry_get_parent(path->dentry);
	dentry_put(path->dentry);
	path->dentry = parent;
	return true;
}

bool path_follow_mounts(struct path *path)
{
	bool has_moved = false;

	while (UNLIKELY(atomic32_load(&path->dentry->mounts) > 0)) {
		if (!mount_step_down(path))
			break;
		has_moved = true;
	}
	return has_moved;
}

bool path_is_above(const struct path *a, const struct path *b)
{
	struct path at = *b;
	bool is_above = false;

	path_get(&at);
	while (at.mount != a->mount) {
		if (!mount_step_up(&at))
			goto out_put;
	}
	is_above = dentry_is_ancestor(a->dentry, at.dentry);
out_put:
	path_put(&at);
	return is_above;
}

/* Whether a file's name is gone; a root of a file system has none to lose. */
static bool is_removed(const struct dentry *dentry)
{
	return !dentry_is_hashed(dentry) && !dentry_is_root(dentry);
}

/* Writes the names from root down before buf[*at]: 0, -EXDEV or -ENAMETOOLONG. */
static int prepend_all(struct path *at_path, const struct path *root, char *buf, size_t *at)
{
	struct dentry *parent;
	int err;

	while (!(root && path_is_same(at_path, root))) {
		if (at_path->dentry == at_path->mount->root) {
			if (!mount_step_up(at_path))
				return root ? -EXDEV : 0;
			continue;
		}
		err = dentry_prepend_name(at_path->dentry, buf, at, &parent);
		if (err)
			return err;
		dentry_put(at_path->dentry);
		at_path->dentry = parent;
	}
	return 0;
}

int path_name(const struct path *path, const struct path *root, char *buf, size_t size,
	      char **name_out)
{
	bool is_gone = is_removed(path->dentry);
	struct path at_path = *path;
	size_t at = size;
	int err;

	if (size < 2)
		return -ENAMETOOLONG;
	buf[--at] = '\0';
	path_get(&at_path);
	err = prepend_all(&at_path, root, buf, &at);
	path_put(&at_path);
	if (err == -ENAMETOOLONG)
		return err;
	if (at == size - 1)
		buf[--at] = '/';
	*name_out = buf + at;
	return is_gone ? -ENOENT : err;
}
