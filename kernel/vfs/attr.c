/* Attributes: looking at them, changing them, and who may. */
#include "kernel/lib/errno.h"
#include "kernel/vfs/dentry.h"
#include "kernel/vfs/file.h"
#include "kernel/vfs/mount.h"
#include "kernel/vfs/vfs.h"
#include "kernel/vfs/vfs_impl.h"

int vfs_get_stat(const struct path *path, struct inode_stat *out)
{
	struct inode *inode = path_inode(path);

	inode_get_stat(inode, out);
	out->mount_id = path->mount->id;
	out->is_mount_root = path->dentry == path->mount->root;
	return inode->ops->getattr ? inode->ops->getattr(inode, out) : 0;
}

int vfs_statfs(const struct path *path, struct super_stat *out)
{
	int err = super_statfs(path->mount->super, out);

	if (!err)
		out->flags |= READ_ONCE(path->mount->flags);
	return err;
}

int vfs_access(const struct path *path, const struct vfs_cred *cred, uint32_t access)
{
	struct inode *inode = path_inode(path);
	uint32_t type = inode_type(inode);
	uint32_t flags = READ_ONCE(path->mount->flags) | READ_ONCE(path->mount->super->flags);
	bool has_data = type == MODE_REGULAR || type == MODE_DIR || type == MODE_SYMLINK;

	/* A device, a FIFO, a socket on a read-only mount is written to all the same. */
	if ((access & ACCESS_WRITE) && (flags & MOUNT_READONLY) && has_data)
		return -EROFS;
	if ((access & ACCESS_EXEC) && (flags & MOUNT_NOEXEC) && type == MODE_REGULAR)
		return -EACCES;
	return inode_access(inode, cred, access);
}

/* --- Changes --- */

static int check_chown(const struct inode *inode, const struct vfs_cred *cred,
		       const struct inode_change *change)
{
	bool keeps_uid = !(change->fields & CHANGE_UID) || change->uid == inode->uid;
	bool may_set_gid = !(change->fields & CHANGE_GID) || change->gid == inode->gid ||
			   cred_in_group(cred, change->gid);

	if (cred_has(cred, VFS_CAP_CHOWN))
		return 0;
	return cred->uid == inode->uid && keeps_uid && may_set_gid ? 0 : -EPERM;
}

static int check_times(struct inode *inode, const struct vfs_cred *cred,
		       const struct inode_change *change)
{
	uint32_t given = change->fields & (CHANGE_ATIME | CHANGE_MTIME);
	uint32_t now = change->fields & (CHANGE_ATIME_NOW | CHANGE_MTIME_NOW);

	if (!given || cred_owns(cred, inode))
		return 0;
	/* "Now", for both, is what anybody who may write could do by writing. */
	if (given == (CHANGE_ATIME | CHANGE_MTIME) && now == (CHANGE_ATIME_NOW | CHANGE_MTIME_NOW))
		return inode_access(inode, cred, ACCESS_WRITE);
	return -EPERM;
}

static int check_change(struct inode *inode, const struct vfs_cred *cred,
			const struct inode_change *change)
{
	int err;

	if (change->fields & (CHANGE_UID | CHANGE_GID)) {
		err = check_chown(inode, cred, change);
		if (err)
			return err;
	}
	if (change->fields & CHANGE_MODE) {
		if (inode_is_symlink(inode))
			return -EOPNOTSUPP;
		if (!cred_owns(cred, inode))
			return -EPERM;
	}
	return check_times(inode, cred, change);
}

/* The mode that is left of a program when its owner changes, or it is written to. */
static uint32_t without_setid(uint32_t mode)
{
	if (mode_is(mode, MODE_DIR))
		return mode;
	mode &= ~(uint32_t)MODE_SETUID;
	/* Without group execution the bit means something else. */
	if (mode & MODE_GROUP_EXEC)
		mode &= ~(uint32_t)MODE_SETGID;
	return mode;
}

static uint32_t new_mode(const struct inode *inode, const struct vfs_cred *cred,
			 const struct inode_change *change)
{
	uint32_t mode = inode->mode;
	uint32_t gid = change->fields & CHANGE_GID ? change->gid : inode->gid;

	if (change->fields & (CHANGE_UID | CHANGE_GID | CHANGE_DROP_SETID))
		mode = without_setid(mode);
	if (!(change->fields & CHANGE_MODE))
		return mode;
	mode = (mode & MODE_TYPE) | (change->mode & MODE_PERMISSIONS);
	if (!cred_in_group(cred, gid) && !cred_has(cred, VFS_CAP_FSETID))
		mode &= ~(uint32_t)MODE_SETGID;
	return mode;
}

/* The lock is held for writing; permissions are checked. */
static int apply_change(struct inode *inode, const struct vfs_cred *cred,
			const struct inode_change *change)
{
	struct inode_change what = *change;
	int err;

	what.mode = new_mode(inode, cred, change);
	if (what.mode != inode->mode)
		what.fields |= CHANGE_MODE;
	err = inode->ops->setattr ? inode->ops->setattr(inode, &what) : 0;
	if (err)
		return err;
	WRITE_ONCE(inode->mode, what.mode);
	if (what.fields & CHANGE_UID)
		WRITE_ONCE(inode->uid, what.uid);
	if (what.fields & CHANGE_GID)
		WRITE_ONCE(inode->gid, what.gid);
	inode_touch(inode, INODE_CTIME);
	if (what.fields & CHANGE_ATIME)
		WRITE_ONCE(inode->atime,
			   what.fields & CHANGE_ATIME_NOW ? inode->ctime : what.atime);
	if (what.fields & CHANGE_MTIME)
		WRITE_ONCE(inode->mtime,
			   what.fields & CHANGE_MTIME_NOW ? inode->ctime : what.mtime);
	return 0;
}

int vfs_change(const struct path *path, const struct vfs_cred *cred,
	       const struct inode_change *change)
{
	struct inode *inode = path_inode(path);
	int err = mount_begin_write(path->mount);

	if (err)
		return err;
	rwlock_write_lock(&inode->lock);
	err = check_change(inode, cred, change);
	if (!err)
		err = apply_change(inode, cred, change);
	rwlock_write_unlock(&inode->lock);
	mount_end_write(path->mount);
	return err;
}

/* --- Size --- */

int truncate_inode(struct inode *inode, uint64_t size, const struct vfs_cred *cred,
		   uint64_t size_limit)
{
	const struct inode_change written = {.fields = CHANGE_DROP_SETID};
	int err = 0;

	if (!inode->ops->truncate)
		return -EINVAL;
	if (size > INT64_MAX)
		return -EINVAL;
	rwlock_write_lock(&inode->lock);
	if (size > inode->size && size > size_limit)
		err = -EFBIG;
	if (!err)
		err = inode->ops->truncate(inode, size);
	if (!err) {
		inode_touch(inode, INODE_MTIME | INODE_CTIME);
		if ((inode->mode & (MODE_SETUID | MODE_SETGID)) && !cred_has(cred, VFS_CAP_FSETID))
			err = apply_change(inode, cred, &written);
	}
	rwlock_write_unlock(&inode->lock);
	return err;
}

int vfs_truncate(const struct vfs_found *found, const struct vfs_cred *cred, uint64_t size,
		 uint64_t size_limit)
{
	struct inode *inode = path_inode(&found->path);
	int err;

	if (inode_is_dir(inode))
		return -EISDIR;
	if (!inode_is_regular(inode))
		return -EINVAL;
	if (!(found->rights & RIGHT_WRITE))
		return -EACCES;
	err = mount_begin_write(found->path.mount);
	if (err)
		return err;
	err = inode_access(inode, cred, ACCESS_WRITE);
	if (!err)
		err = inode_get_write(inode);
	if (!err) {
		err = truncate_inode(inode, size, cred, size_limit);
		inode_put_write(inode);
	}
	mount_end_write(found->path.mount);
	return err;
}

int file_truncate(struct file *file, uint64_t size, uint64_t size_limit)
{
	if (file->mode & FILE_PATH)
		return -EBADF;
	if (!(file->mode & FILE_WRITE) || !inode_is_regular(file->inode))
		return -EINVAL;
	return truncate_inode(file->inode, size, &vfs_cred_nobody, size_limit);
}

ssize_t vfs_readlink(const struct vfs_found *found, const struct vfs_cred *cred, char *buf,
		     size_t size)
{
	struct inode *inode = path_inode(&found->path);
	size_t len = 0;

	if (!inode_is_symlink(inode))
		return -EINVAL;
	if (!inode->symlink)
		return inode->ops->readlink ? inode->ops->readlink(inode, cred, buf, size)
					    : -EINVAL;
	for (; len < size && inode->symlink[len]; len++)
		buf[len] = inode->symlink[len];
	return (ssize_t)len;
}
