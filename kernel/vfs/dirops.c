/*
 * Making and removing names.
 *
 * Each operation walks to the directory, takes its lock for writing, and looks the last
 * name up once more: what it finds then stays true until it is done.
 */
#include "kernel/lib/string.h"
#include "kernel/vfs/dentry.h"
#include "kernel/vfs/mount.h"
#include "kernel/vfs/vfs.h"
#include "kernel/vfs/vfs_impl.h"

#define LINK_TEXT_MAX (VFS_PATH_MAX - 1)

int may_create(struct inode *dir, const struct vfs_cred *cred)
{
	if (dir->flags & INODE_DEAD)
		return -ENOENT;
	return inode_access(dir, cred, ACCESS_WRITE | ACCESS_EXEC);
}

/* In a sticky directory a name is its file's owner's, or the directory's. */
static int check_sticky(const struct inode *dir, const struct inode *inode,
			const struct vfs_cred *cred)
{
	if (!(dir->mode & MODE_STICKY) || cred->uid == inode->uid || cred->uid == dir->uid)
		return 0;
	return cred_has(cred, VFS_CAP_FOWNER) ? 0 : -EPERM;
}

int may_remove(struct inode *dir, struct inode *inode, const struct vfs_cred *cred, bool is_dir)
{
	int err = may_create(dir, cred);

	if (!err)
		err = check_sticky(dir, inode, cred);
	if (err)
		return err;
	if (is_dir)
		return inode_is_dir(inode) ? 0 : -ENOTDIR;
	return inode_is_dir(inode) ? -EISDIR : 0;
}

int create_locked(struct dentry *dir, struct dentry *dentry, struct inode_spec *spec,
		  const struct vfs_ctx *ctx)
{
	struct inode *inode = dentry_inode(dir);
	struct vfs_name name = {dentry->name, dentry->name_len, dentry->name_hash};
	struct inode *new;
	int err = may_create(inode, ctx->cred);

	if (err)
		return err;
	if (!inode->ops->create)
		return -EPERM;
	if (!mode_is(spec->mode, MODE_SYMLINK))
		spec->mode &= ~(ctx->umask & 0777);
	inode_spec_inherit(spec, inode, ctx->cred);
	err = inode->ops->create(inode, &name, spec, &new);
	if (err)
		return err;
	inode_touch(inode, INODE_MTIME | INODE_CTIME);
	dentry_set_inode(dentry, new);
	return 0;
}

/* --- New names --- */

/* What is to be done with a free name: dir's lock is held for writing. */
typedef int new_name_fn(struct dentry *dir, struct dentry *dentry, const struct vfs_ctx *ctx,
			void *arg);

enum new_kind {
	NEW_DIRECTORY,
	NEW_OTHER,
};

static int with_name_locked(struct walk *walk, enum new_kind kind, new_name_fn *fn, void *arg)
{
	struct dentry *dentry;
	int err, write_err;

	/* As on Linux: that there is something comes before that it may not be made. */
	write_err = mount_begin_write(walk->at.mount);
	err = dentry_lookup_locked(walk->at.dentry, &walk->last, &dentry);
	if (err)
		goto out_end_write;
	if (dentry_inode(dentry))
		err = -EEXIST;
	else if (walk->has_slash && kind != NEW_DIRECTORY)
		err = -ENOENT;
	else if (write_err)
		err = write_err;
	else
		err = fn(walk->at.dentry, dentry, walk->ctx, arg);
	dentry_put(dentry);
out_end_write:
	if (!write_err)
		mount_end_write(walk->at.mount);
	return err;
}

static int with_new_name(const struct vfs_ctx *ctx, const char *path, enum new_kind kind,
			 new_name_fn *fn, void *arg)
{
	struct walk walk;
	struct inode *dir;
	int err = walk_begin(&walk, ctx, path, 0);

	if (!err)
		err = walk_parents(&walk);
	if (!err && walk.kind != LAST_NAME)
		err = -EEXIST;
	if (!err)
		err = walk_needs(&walk, RIGHT_CREATE);
	if (err)
		goto out_end;
	dir = path_inode(&walk.at);
	rwlock_write_lock(&dir->lock);
	if (dir->flags & INODE_DEAD)
		err = -ENOENT;
	else
		err = with_name_locked(&walk, kind, fn, arg);
	rwlock_write_unlock(&dir->lock);
out_end:
	walk_end(&walk);
	return err;
}

static int create_name(struct dentry *dir, struct dentry *dentry, const struct vfs_ctx *ctx,
		       void *arg)
{
	struct inode_spec *spec = arg;

	return create_locked(dir, dentry, spec, ctx);
}

int vfs_mkdir(const struct vfs_ctx *ctx, const char *path, uint32_t mode)
{
	struct inode_spec spec = {.mode = MODE_DIR | (mode & (0777 | MODE_STICKY))};

	return with_new_name(ctx, path, NEW_DIRECTORY, create_name, &spec);
}

int vfs_mknod(const struct vfs_ctx *ctx, const char *path, uint32_t mode, uint64_t rdev)
{
	struct inode_spec spec = {.mode = mode & (MODE_TYPE | MODE_PERMISSIONS), .rdev = rdev};

	switch (mode & MODE_TYPE) {
	case 0:
		spec.mode |= MODE_REGULAR;
		break;
	case MODE_REGULAR:
	case MODE_FIFO:
	case MODE_SOCKET:
		break;
	case MODE_CHAR:
	case MODE_BLOCK:
		if (!cred_has(ctx->cred, VFS_CAP_MKNOD))
			return -EPERM;
		break;
	case MODE_DIR:
		return -EPERM;
	default:
		return -EINVAL;
	}
	return with_new_name(ctx, path, NEW_OTHER, create_name, &spec);
}

int vfs_symlink(const struct vfs_ctx *ctx, const char *target, const char *path)
{
	struct inode_spec spec = {.mode = MODE_SYMLINK | 0777, .symlink = target};
	size_t len = strnlen(target, VFS_PATH_MAX);

	if (len == 0)
		return -ENOENT;
	if (len > LINK_TEXT_MAX)
		return -ENAMETOOLONG;
	return with_new_name(ctx, path, NEW_OTHER, create_name, &spec);
}

/* The file gets another name. Locks: dir's, then its own. */
static int link_name(struct dentry *dir, struct dentry *dentry, const struct vfs_ctx *ctx,
		     void *arg)
{
	const struct vfs_found *from = arg;
	struct inode *inode = path_inode(&from->path);
	struct inode *dir_inode = dentry_inode(dir);
	struct vfs_name name = {dentry->name, dentry->name_len, dentry->name_hash};
	int err = may_create(dir_inode, ctx->cred);

	if (err)
		return err;
	if (inode->super != dir_inode->super)
		return -EXDEV;
	if (!dir_inode->ops->link)
		return -EPERM;
	rwlock_write_lock(&inode->lock);
	/* Gone for good, but for a file that never had a name. */
	if (inode->nlink == 0 && !(inode->flags & INODE_NAMELESS))
		err = -ENOENT;
	else
		err = dir_inode->ops->link(dir_inode, &name, inode);
	if (!err) {
		inode->flags &= ~(uint32_t)INODE_NAMELESS;
		inode_touch(inode, INODE_CTIME);
	}
	rwlock_write_unlock(&inode->lock);
	if (err)
		return err;
	inode_touch(dir_inode, INODE_MTIME | INODE_CTIME);
	inode_get(inode);
	dentry_set_inode(dentry, inode);
	return 0;
}

int vfs_link(const struct vfs_found *from, const struct vfs_ctx *ctx, const char *path)
{
	struct vfs_found what = *from;

	if (inode_is_dir(path_inode(&from->path)))
		return -EPERM;
	return with_new_name(ctx, path, NEW_OTHER, link_name, &what);
}

/* --- Removal --- */

enum remove_kind {
	REMOVE_DIRECTORY,
	REMOVE_OTHER,
};

/* Both locks are held, dir's and the file's. */
static int remove_locked(struct dentry *dir, struct dentry *dentry, enum remove_kind kind)
{
	struct inode *dir_inode = dentry_inode(dir);
	struct inode *inode = dentry_inode(dentry);
	struct vfs_name name = {dentry->name, dentry->name_len, dentry->name_hash};
	int err;

	if (atomic32_load(&dentry->mounts) > 0)
		return -EBUSY;
	if (kind == REMOVE_DIRECTORY)
		err = dir_inode->ops->rmdir ? dir_inode->ops->rmdir(dir_inode, &name, inode)
					    : -EPERM;
	else
		err = dir_inode->ops->unlink ? dir_inode->ops->unlink(dir_inode, &name, inode)
					     : -EPERM;
	if (err)
		return err;
	inode_touch(dir_inode, INODE_MTIME | INODE_CTIME);
	inode_touch(inode, INODE_CTIME);
	dentry_drop(dentry);
	if (kind == REMOVE_DIRECTORY) {
		inode->flags |= INODE_DEAD;
		dentry_prune_children(dentry);
	}
	return 0;
}

static int remove_name(struct walk *walk, enum remove_kind kind)
{
	struct inode *dir = path_inode(&walk->at);
	struct dentry *dentry;
	struct inode *inode;
	int err = dentry_lookup_locked(walk->at.dentry, &walk->last, &dentry);

	if (err)
		return err;
	inode = dentry_inode(dentry);
	if (!inode) {
		err = -ENOENT;
	} else if (walk->has_slash && kind == REMOVE_OTHER) {
		err = inode_is_dir(inode) ? -EISDIR : -ENOTDIR;
	} else {
		err = may_remove(dir, inode, walk->ctx->cred, kind == REMOVE_DIRECTORY);
	}
	if (!err) {
		rwlock_write_lock(&inode->lock);
		err = remove_locked(walk->at.dentry, dentry, kind);
		rwlock_write_unlock(&inode->lock);
	}
	dentry_put(dentry);
	return err;
}

/* What "." and ".." and "/" as the last component are told. */
static int no_name(enum walk_last kind, enum remove_kind what)
{
	if (what == REMOVE_OTHER)
		return -EISDIR;
	if (kind == LAST_DOT)
		return -EINVAL;
	return kind == LAST_DOTDOT ? -ENOTEMPTY : -EBUSY;
}

static int remove_path(const struct vfs_ctx *ctx, const char *path, enum remove_kind kind)
{
	struct walk walk;
	struct inode *dir;
	int err = walk_begin(&walk, ctx, path, 0);

	if (!err)
		err = walk_parents(&walk);
	if (!err && walk.kind != LAST_NAME)
		err = no_name(walk.kind, kind);
	if (!err)
		err = walk_needs(&walk, RIGHT_REMOVE);
	if (!err)
		err = mount_begin_write(walk.at.mount);
	if (err)
		goto out_end;
	dir = path_inode(&walk.at);
	rwlock_write_lock(&dir->lock);
	err = remove_name(&walk, kind);
	rwlock_write_unlock(&dir->lock);
	mount_end_write(walk.at.mount);
out_end:
	walk_end(&walk);
	return err;
}

int vfs_unlink(const struct vfs_ctx *ctx, const char *path)
{
	return remove_path(ctx, path, REMOVE_OTHER);
}

int vfs_rmdir(const struct vfs_ctx *ctx, const char *path)
{
	return remove_path(ctx, path, REMOVE_DIRECTORY);
}
