#include "kernel/vfs/inode.h"

#include "kernel/core/assert.h"
#include "kernel/core/spinlock.h"
#include "kernel/core/time.h"
#include "kernel/lib/errno.h"
#include "kernel/vfs/cred.h"
#include "kernel/vfs/filelock.h"
#include "kernel/vfs/super.h"

static struct atomic64 inodes;

void inode_init(struct inode *inode, struct super *super, uint64_t ino, uint32_t mode)
{
	int64_t now = time_wall_ns();

	rwlock_init(&inode->lock, mode_is(mode, MODE_DIR) ? LOCK_INODE_DIR : LOCK_INODE);
	inode->super = super;
	refcount_init(&inode->refs);
	inode->flags = 0;
	inode->ino = ino;
	inode->mode = mode;
	inode->uid = 0;
	inode->gid = 0;
	inode->nlink = 1;
	inode->rdev = 0;
	inode->size = 0;
	inode->blocks = 0;
	inode->atime = now;
	inode->mtime = now;
	inode->ctime = now;
	inode->btime = now;
	inode->symlink = NULL;
	inode->cache = NULL;
	atomic32_store(&inode->write_count, 0);
	inode->fifo = NULL;
	inode->locks = NULL;
	atomic64_inc(&inodes);
}

void inode_fini(struct inode *inode)
{
	struct super *super = inode->super;

	ASSERT(!inode->fifo);
	if (inode->flags & INODE_HASHED) {
		spin_lock(&super->lock);
		if (radix_find(&super->inodes, inode->ino) == inode)
			(void)radix_remove(&super->inodes, inode->ino);
		spin_unlock(&super->lock);
	}
	filelock_inode_gone(inode);
	atomic64_dec(&inodes);
}

void inode_get(struct inode *inode)
{
	bool is_alive = refcount_get(&inode->refs);

	ASSERT(is_alive);
}

void inode_put(struct inode *inode)
{
	if (refcount_put(&inode->refs))
		inode->super->ops->destroy_inode(inode);
}

int inode_access(struct inode *inode, const struct vfs_cred *cred, uint32_t access)
{
	if (UNLIKELY(inode->ops->permission))
		return inode->ops->permission(inode, cred, access);
	return inode_permission(inode, cred, access);
}

void inode_get_stat(struct inode *inode, struct inode_stat *out)
{
	*out = (struct inode_stat){
		.dev = inode->super->dev,
		.ino = inode->ino,
		.mode = READ_ONCE(inode->mode),
		.nlink = READ_ONCE(inode->nlink),
		.uid = READ_ONCE(inode->uid),
		.gid = READ_ONCE(inode->gid),
		.rdev = inode->rdev,
		.size = READ_ONCE(inode->size),
		.blocks = READ_ONCE(inode->blocks),
		.block_size = inode->super->block_size,
		.atime = READ_ONCE(inode->atime),
		.mtime = READ_ONCE(inode->mtime),
		.ctime = READ_ONCE(inode->ctime),
		.btime = inode->btime,
	};
}

void inode_touch(struct inode *inode, uint32_t which)
{
	int64_t now = time_wall_ns();

	if (which & INODE_ATIME)
		WRITE_ONCE(inode->atime, now);
	if (which & INODE_MTIME)
		WRITE_ONCE(inode->mtime, now);
	if (which & INODE_CTIME)
		WRITE_ONCE(inode->ctime, now);
}

void inode_spec_inherit(struct inode_spec *spec, const struct inode *dir,
			const struct vfs_cred *cred)
{
	spec->uid = cred->uid;
	spec->gid = cred->gid;
	if (!(dir->mode & MODE_SETGID))
		return;
	spec->gid = dir->gid;
	if (mode_is(spec->mode, MODE_DIR))
		spec->mode |= MODE_SETGID;
	else if ((spec->mode & (MODE_SETGID | MODE_GROUP_EXEC)) ==
			 (MODE_SETGID | MODE_GROUP_EXEC) &&
		 !cred_in_group(cred, spec->gid) && !cred_has(cred, VFS_CAP_FSETID))
		spec->mode &= ~(uint32_t)MODE_SETGID;
}

/* Moves write_count by one in a direction, unless it lies on the other side of 0. */
static int change_writers(struct inode *inode, int32_t by)
{
	uint32_t old = atomic32_load(&inode->write_count);

	do {
		if (by > 0 ? (int32_t)old < 0 : (int32_t)old > 0)
			return -ETXTBSY;
	} while (!atomic32_cmpxchg(&inode->write_count, &old, old + (uint32_t)by));
	return 0;
}

int inode_get_write(struct inode *inode)
{
	return change_writers(inode, 1);
}

void inode_put_write(struct inode *inode)
{
	atomic32_dec(&inode->write_count);
}

int inode_deny_write(struct inode *inode)
{
	return change_writers(inode, -1);
}

void inode_allow_write(struct inode *inode)
{
	atomic32_inc(&inode->write_count);
}

int inode_find(struct super *super, uint64_t ino, struct inode **out)
{
	struct inode *inode;
	int err = -ENOENT;

	spin_lock(&super->lock);
	inode = radix_find(&super->inodes, ino);
	if (inode && refcount_get_unless_zero(&inode->refs)) {
		*out = inode;
		err = 0;
	}
	spin_unlock(&super->lock);
	return err;
}

int inode_add(struct inode *inode)
{
	struct super *super = inode->super;
	struct inode *old;
	int err;

	spin_lock(&super->lock);
	/* One on its way out makes room; its inode_fini() then finds another in place. */
	old = radix_find(&super->inodes, inode->ino);
	if (old && refcount_read(&old->refs) == 0)
		(void)radix_remove(&super->inodes, inode->ino);
	err = radix_insert(&super->inodes, inode->ino, inode);
	if (!err)
		inode->flags |= INODE_HASHED;
	spin_unlock(&super->lock);
	return err;
}

uint64_t inode_count(void)
{
	return atomic64_load(&inodes);
}
