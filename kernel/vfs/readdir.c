/* Reading directories. "." and ".." are the same everywhere, so they are made here. */
#include "kernel/lib/errno.h"
#include "kernel/vfs/cached.h"
#include "kernel/vfs/dentry.h"
#include "kernel/vfs/file.h"
#include "kernel/vfs/mount.h"

static bool emit_dot(struct file *file, struct dir_sink *sink, uint64_t *pos)
{
	struct dentry *dentry = file->path.dentry;
	struct dir_entry entry = {.mode = MODE_DIR, .next = *pos + 1, .name = ".."};
	struct dentry *parent;

	entry.len = *pos == 0 ? 1 : 2;
	if (*pos == 0) {
		entry.ino = file->inode->ino;
	} else {
		parent = dentry_get_parent(dentry);
		entry.ino = dentry_inode(parent)->ino;
		dentry_put(parent);
	}
	if (!sink->emit(sink, &entry))
		return false;
	*pos = entry.next;
	return true;
}

static int read_inode(struct file *file, uint64_t *pos, struct dir_sink *sink)
{
	struct inode *inode = file->inode;
	int err;

	while (*pos < 2) {
		if (!emit_dot(file, sink, pos))
			return 0;
	}
	rwlock_read_lock(&inode->lock);
	if (inode->flags & INODE_DEAD)
		err = -ENOENT;
	else
		err = inode->ops->readdir(inode, pos, sink);
	rwlock_read_unlock(&inode->lock);
	return err;
}

int file_readdir(struct file *file, struct dir_sink *sink)
{
	uint64_t pos;
	int err;

	if (!(file->mode & FILE_READ))
		return -EBADF;
	if (!inode_is_dir(file->inode) || (!file->inode->ops->readdir && !file->ops->readdir))
		return -ENOTDIR;
	mutex_lock(&file->pos_lock);
	pos = file->pos;
	if (READ_ONCE(file->inode->flags) & INODE_DEAD)
		err = -ENOENT;
	else if (file->ops->readdir)
		err = file->ops->readdir(file, &pos, sink);
	else
		err = read_inode(file, &pos, sink);
	file->pos = pos;
	mutex_unlock(&file->pos_lock);
	if (!err)
		file_accessed(file);
	return err;
}
