/*
 * Opening files.
 *
 * Permission is a matter of three things that must all agree: the rights of the
 * capability that the walk drew on, the mount, and the file's owner and mode.
 */
#include "kernel/core/assert.h"
#include "kernel/vfs/dentry.h"
#include "kernel/vfs/device.h"
#include "kernel/vfs/file.h"
#include "kernel/vfs/mount.h"
#include "kernel/vfs/pipe.h"
#include "kernel/vfs/vfs.h"
#include "kernel/vfs/vfs_impl.h"

#define TMPFILE (OPEN_TMPFILE_BIT | OPEN_DIRECTORY)

/* What is being opened. */
struct opening {
	const struct vfs_ctx *ctx;
	uint32_t flags; /* enum open_flag */
	uint32_t rights;
	bool is_new;  /* just created: its own mode is no obstacle */
	bool is_exec; /* to be run */
};

static bool wants_write(uint32_t flags)
{
	uint32_t access = flags & OPEN_ACCESS;

	return access == OPEN_WRITE || access == OPEN_READ_WRITE;
}

static bool wants_read(uint32_t flags)
{
	uint32_t access = flags & OPEN_ACCESS;

	return access == OPEN_READ || access == OPEN_READ_WRITE;
}

/* Flags that mean nothing together, or to us. With OPEN_PATH most mean nothing at all. */
static int check_flags(uint32_t *flags)
{
	if (*flags & OPEN_PATH) {
		*flags &= OPEN_PATH | OPEN_DIRECTORY | OPEN_NOFOLLOW | OPEN_CLOEXEC;
		return 0;
	}
	if ((*flags & OPEN_CREATE) && (*flags & OPEN_DIRECTORY))
		return -EINVAL;
	if ((*flags & OPEN_TMPFILE_BIT) && ((*flags & TMPFILE) != TMPFILE || !wants_write(*flags)))
		return -EINVAL;
	return 0;
}

/* --- What is found --- */

static int check_type(const struct inode *inode, const struct opening *o)
{
	if (inode_is_symlink(inode) && !(o->flags & OPEN_PATH))
		return -ELOOP;
	if ((o->flags & OPEN_DIRECTORY) && !inode_is_dir(inode))
		return -ENOTDIR;
	if (!inode_is_dir(inode) || (o->flags & OPEN_PATH))
		return 0;
	if (wants_write(o->flags) || (o->flags & (OPEN_CREATE | OPEN_TRUNCATE)))
		return -EISDIR;
	return 0;
}

/* What the capability, and then the file itself, have to say. */
static int check_access(struct inode *inode, const struct opening *o)
{
	uint32_t rights = 0;
	uint32_t access = 0;

	if (wants_read(o->flags)) {
		rights |= RIGHT_READ;
		access |= ACCESS_READ;
	}
	if (wants_write(o->flags) || (o->flags & OPEN_TRUNCATE)) {
		rights |= RIGHT_WRITE;
		access |= ACCESS_WRITE;
	}
	if (o->is_exec) {
		rights |= RIGHT_EXEC;
		access = ACCESS_EXEC;
	}
	if (rights & ~o->rights)
		return -EACCES;
	if (o->is_new)
		return 0;
	if ((o->flags & OPEN_NOATIME) && !cred_owns(o->ctx->cred, inode))
		return -EPERM;
	return inode_access(inode, o->ctx->cred, access);
}

static int check_mount(const struct path *path, const struct opening *o)
{
	uint32_t flags = READ_ONCE(path->mount->flags);
	uint32_t type = inode_type(path_inode(path));

	if ((flags & MOUNT_NODEV) && (type == MODE_CHAR || type == MODE_BLOCK))
		return -EACCES;
	if (o->is_exec && (type != MODE_REGULAR || (flags & MOUNT_NOEXEC)))
		return -EACCES;
	return 0;
}

static int find_ops(const struct inode *inode, const struct file_ops **out)
{
	*out = inode->file_ops;
	switch (inode_type(inode)) {
	case MODE_CHAR:
	case MODE_BLOCK:
		if (!*out)
			*out = device_find(inode_type(inode), inode->rdev);
		break;
	case MODE_FIFO:
		*out = &fifo_file_ops;
		break;
	case MODE_SOCKET:
		*out = NULL;
		break;
	default:
		break;
	}
	return *out ? 0 : -ENXIO;
}

/* Counts the file as one that writes: regular ones only, as on Linux. */
static int begin_write(struct file *file)
{
	int err;

	if (!(file->mode & FILE_WRITE) || !inode_is_regular(file->inode))
		return 0;
	err = mount_begin_write(file->path.mount);
	if (err)
		return err;
	err = inode_get_write(file->inode);
	if (err)
		mount_end_write(file->path.mount);
	else
		file->mode |= FILE_HAS_WRITE;
	return err;
}

static int deny_write(struct file *file)
{
	int err = inode_deny_write(file->inode);

	if (!err)
		file->mode |= FILE_EXEC;
	return err;
}

static int truncate(struct file *file, const struct opening *o)
{
	int err;

	if (!(o->flags & OPEN_TRUNCATE) || o->is_new || !inode_is_regular(file->inode))
		return 0;
	if (file->mode & FILE_HAS_WRITE)
		return truncate_inode(file->inode, 0, o->ctx->cred, INT64_MAX);
	/* Opened for reading with O_TRUNC: it is a write all the same. */
	err = mount_begin_write(file->path.mount);
	if (err)
		return err;
	err = truncate_inode(file->inode, 0, o->ctx->cred, INT64_MAX);
	mount_end_write(file->path.mount);
	return err;
}

/* What cannot be used but to name the file. */
static const struct file_ops path_ops = {
	.label = "path",
};

static int open_object(const struct path *path, const struct opening *o, struct file **out)
{
	struct inode *inode = path_inode(path);
	const struct file_ops *ops = &path_ops;
	struct file *file;
	int err = 0;

	if (!(o->flags & OPEN_PATH))
		err = find_ops(inode, &ops);
	if (err)
		return err;
	err = file_create(inode, path, ops, o->flags, o->ctx->account, &file);
	if (err)
		return err;
	err = begin_write(file);
	if (!err && o->is_exec)
		err = deny_write(file);
	if (!err)
		err = truncate(file, o);
	if (!err && ops->open) {
		err = ops->open(file);
		/* Nothing to release then. */
		if (err)
			file->ops = &path_ops;
	}
	if (err) {
		file_put(file);
		return err;
	}
	*out = file;
	return 0;
}

static int open_path(const struct path *path, const struct opening *o, struct file **out)
{
	struct inode *inode = path_inode(path);
	int err = check_type(inode, o);

	if (!err && !(o->flags & OPEN_PATH)) {
		err = check_mount(path, o);
		if (!err)
			err = check_access(inode, o);
	}
	return err ? err : open_object(path, o, out);
}

int vfs_open_found(const struct vfs_ctx *ctx, const struct vfs_found *found, uint32_t flags,
		   struct file **out)
{
	struct opening o = {.ctx = ctx, .rights = found->rights};
	int err = check_flags(&flags);

	o.flags = flags & ~(uint32_t)(OPEN_CREATE | OPEN_EXCLUSIVE);
	return err ? err : open_path(&found->path, &o, out);
}

/* --- Creating on the way --- */

/* Under the directory's lock: the name, with a new file if there was none. */
static int create_or_find(struct walk *walk, uint32_t mode, struct dentry **out, bool *is_new)
{
	struct inode_spec spec = {.mode = MODE_REGULAR | (mode & MODE_PERMISSIONS)};
	int err = dentry_lookup_locked(walk->at.dentry, &walk->last, out);

	if (err || dentry_inode(*out))
		return err;
	err = walk_needs(walk, RIGHT_CREATE);
	if (!err)
		err = mount_begin_write(walk->at.mount);
	if (!err) {
		err = create_locked(walk->at.dentry, *out, &spec, walk->ctx);
		mount_end_write(walk->at.mount);
	}
	if (err)
		dentry_put(*out);
	else
		*is_new = true;
	return err;
}

static int look_up_or_create(struct walk *walk, uint32_t mode, struct dentry **out, bool *is_new)
{
	struct dentry *dir = walk->at.dentry;
	struct inode *inode = path_inode(&walk->at);
	struct dentry *dentry = dentry_find(dir, &walk->last);
	int err;

	*is_new = false;
	if (dentry && dentry_inode(dentry)) {
		*out = dentry;
		return 0;
	}
	if (dentry)
		dentry_put(dentry);
	rwlock_write_lock(&inode->lock);
	if (inode->flags & INODE_DEAD)
		err = -ENOENT;
	else
		err = create_or_find(walk, mode, out, is_new);
	rwlock_write_unlock(&inode->lock);
	return err;
}

/* One component that may be created: *is_link when the walk goes on. */
static int create_step(struct walk *walk, const struct vfs_open_how *how, struct opening *o,
		       bool *is_link)
{
	bool is_exclusive = (how->flags & OPEN_EXCLUSIVE) != 0;
	struct dentry *dentry;
	int err;

	*is_link = false;
	if (walk->kind != LAST_NAME)
		return is_exclusive ? -EEXIST : walk_finish(walk);
	if (walk->has_slash)
		return -EISDIR;
	err = look_up_or_create(walk, how->mode, &dentry, &o->is_new);
	if (err)
		return err;
	if (is_exclusive && !o->is_new) {
		dentry_put(dentry);
		return -EEXIST;
	}
	return walk_enter(walk, dentry, !(how->flags & OPEN_NOFOLLOW), is_link);
}

static int walk_and_create(struct walk *walk, const struct vfs_open_how *how, struct opening *o)
{
	bool is_link;
	int err;

	do {
		err = walk_parents(walk);
		if (!err)
			err = create_step(walk, how, o, &is_link);
	} while (!err && is_link);
	return err;
}

/* A file without a name, in the directory where the walk is. */
static int open_tmpfile(struct walk *walk, const struct vfs_open_how *how, struct opening *o,
			struct file **out)
{
	struct inode_spec spec = {.mode = MODE_REGULAR | (how->mode & MODE_PERMISSIONS)};
	struct inode *dir = path_inode(&walk->at);
	struct path path = {.mount = walk->at.mount};
	struct inode *inode;
	int err = walk_needs(walk, RIGHT_CREATE);

	if (!err)
		err = mount_begin_write(walk->at.mount);
	if (err)
		return err;
	spec.mode &= ~(walk->ctx->umask & 0777);
	rwlock_write_lock(&dir->lock);
	err = may_create(dir, walk->ctx->cred);
	if (!err && !dir->ops->tmpfile)
		err = -EOPNOTSUPP;
	if (!err) {
		inode_spec_inherit(&spec, dir, walk->ctx->cred);
		err = dir->ops->tmpfile(dir, &spec, &inode);
	}
	rwlock_write_unlock(&dir->lock);
	mount_end_write(walk->at.mount);
	if (err)
		return err;
	if (!(how->flags & OPEN_EXCLUSIVE))
		inode->flags |= INODE_NAMELESS;
	err = dentry_create_nameless(walk->at.dentry, inode, &path.dentry);
	if (err) {
		inode_put(inode);
		return err;
	}
	o->is_new = true;
	o->flags &= ~(uint32_t)TMPFILE;
	err = open_path(&path, o, out);
	dentry_put(path.dentry);
	return err;
}

static int open_walked(struct walk *walk, const struct vfs_open_how *how, struct opening *o,
		       struct file **out)
{
	int err;

	if (o->flags & OPEN_CREATE) {
		err = walk_and_create(walk, how, o);
	} else {
		err = walk_parents(walk);
		if (!err)
			err = walk_finish(walk);
	}
	if (err)
		return err;
	o->rights = walk->rights;
	if (o->flags & OPEN_TMPFILE_BIT)
		return open_tmpfile(walk, how, o, out);
	return open_path(&walk->at, o, out);
}

/* Which capability it was. */
static void tell_origin(struct walk *walk, struct vfs_found *from)
{
	*from = (struct vfs_found){
		.rights = walk->rights,
		.origin = walk->origin,
		.grant = walk->grant,
	};
	walk->grant = NULL;
}

int vfs_open(const struct vfs_ctx *ctx, const char *path, const struct vfs_open_how *how,
	     struct file **out, struct vfs_found *from)
{
	struct opening o = {.ctx = ctx, .flags = how->flags};
	uint32_t flags = how->resolve;
	struct walk walk;
	int err = check_flags(&o.flags);

	if (err || (how->resolve & ~(uint32_t)RESOLVE_ALL))
		return err ? err : -EINVAL;
	if (!(o.flags & OPEN_NOFOLLOW))
		flags |= LOOKUP_FOLLOW;
	/* Something that must be new is no link's target. */
	if ((o.flags & OPEN_CREATE) && (o.flags & OPEN_EXCLUSIVE))
		flags &= ~(uint32_t)LOOKUP_FOLLOW;
	if (o.flags & OPEN_DIRECTORY)
		flags |= LOOKUP_DIRECTORY;
	err = walk_begin(&walk, ctx, path, flags);
	if (!err)
		err = open_walked(&walk, how, &o, out);
	if (!err)
		tell_origin(&walk, from);
	walk_end(&walk);
	return err;
}

int vfs_open_exec(const struct vfs_ctx *ctx, const char *path, uint32_t lookup_flags,
		  struct file **out, struct vfs_found *from)
{
	struct opening o = {.ctx = ctx, .flags = OPEN_READ, .is_exec = true};
	struct walk walk;
	int err = walk_begin(&walk, ctx, path, lookup_flags);

	if (!err)
		err = walk_parents(&walk);
	if (!err)
		err = walk_finish(&walk);
	if (!err) {
		o.rights = walk.rights;
		err = open_path(&walk.at, &o, out);
	}
	if (!err)
		tell_origin(&walk, from);
	walk_end(&walk);
	return err;
}
