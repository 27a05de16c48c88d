/*
 * Renaming.
 *
 * Up to four inodes are locked: both directories, what is renamed, and what is replaced.
 *
 *	1. super->rename_lock, if the directories differ: no directory changes its
 *	   parent meanwhile, so what is above what stays true
 *	2. the directories, the upper one first; if neither is above the other, by
 *	   address
 *	3. the two files, directories before others, else by address
 *
 * Of step 3, what is renamed and what is replaced are in directories that are locked
 * by then, and neither is above one of those: anybody who holds one of the two and
 * waits for another lock waits for something further down.
 */
#include "kernel/vfs/dentry.h"
#include "kernel/vfs/mount.h"
#include "kernel/vfs/super.h"
#include "kernel/vfs/vfs.h"
#include "kernel/vfs/vfs_impl.h"

struct renaming {
	struct walk old;
	struct walk new;
	struct dentry *source; /* references */
	struct dentry *target; /* negative, if there is nothing */
	uint32_t flags;
};

/* --- Locks --- */

static void lock_two(struct inode *first, struct inode *second) NO_THREAD_SAFETY_ANALYSIS
{
	rwlock_write_lock(&first->lock);
	if (second && second != first)
		rwlock_write_lock(&second->lock);
}

static void unlock_two(struct inode *first, struct inode *second) NO_THREAD_SAFETY_ANALYSIS
{
	if (second && second != first)
		rwlock_write_unlock(&second->lock);
	rwlock_write_unlock(&first->lock);
}

static void lock_parents(struct dentry *old, struct dentry *new) NO_THREAD_SAFETY_ANALYSIS
{
	bool old_first;

	if (old == new) {
		rwlock_write_lock(&dentry_inode(old)->lock);
		return;
	}
	mutex_lock(&old->super->rename_lock);
	if (dentry_is_ancestor(old, new))
		old_first = true;
	else if (dentry_is_ancestor(new, old))
		old_first = false;
	else
		old_first = (uintptr_t)old < (uintptr_t) new;
	lock_two(dentry_inode(old_first ? old : new), dentry_inode(old_first ? new : old));
}

static void unlock_parents(struct dentry *old, struct dentry *new) NO_THREAD_SAFETY_ANALYSIS
{
	unlock_two(dentry_inode(old), dentry_inode(new));
	if (old != new)
		mutex_unlock(&old->super->rename_lock);
}

/* Directories rank before other files. */
static void lock_files(struct inode *source, struct inode *target)
{
	bool source_first = true;

	if (target && inode_is_dir(source) != inode_is_dir(target))
		source_first = inode_is_dir(source);
	else if (target)
		source_first = (uintptr_t)source < (uintptr_t)target;
	if (source_first)
		lock_two(source, target);
	else
		lock_two(target, source);
}

static void unlock_files(struct inode *source, struct inode *target)
{
	unlock_two(source, target);
}

/* --- Checks --- */

static int check_names(const struct renaming *r)
{
	const struct inode *source = dentry_inode(r->source);
	const struct inode *target = dentry_inode(r->target);
	bool is_exchange = (r->flags & RENAME_EXCHANGE) != 0;

	if (!source)
		return -ENOENT;
	if (target && (r->flags & RENAME_NOREPLACE))
		return -EEXIST;
	if (!target && is_exchange)
		return -ENOENT;
	if (is_exchange && !inode_is_dir(target) && r->new.has_slash)
		return -ENOTDIR;
	if (!inode_is_dir(source) && (r->old.has_slash || (!is_exchange && r->new.has_slash)))
		return -ENOTDIR;
	/* A directory into itself, or onto what it is in. */
	if (dentry_is_ancestor(r->source, r->new.at.dentry))
		return -EINVAL;
	if (dentry_is_ancestor(r->target, r->old.at.dentry))
		return is_exchange ? -EINVAL : -ENOTEMPTY;
	return 0;
}

/* ".." of a directory that moves is changed, so it has to be writable. */
static int check_dotdot(const struct renaming *r, struct inode *moved)
{
	if (!inode_is_dir(moved) || r->old.at.dentry == r->new.at.dentry)
		return 0;
	return inode_access(moved, r->old.ctx->cred, ACCESS_WRITE);
}

static int check_permissions(const struct renaming *r)
{
	struct inode *old_dir = path_inode(&r->old.at);
	struct inode *new_dir = path_inode(&r->new.at);
	struct inode *source = dentry_inode(r->source);
	struct inode *target = dentry_inode(r->target);
	const struct vfs_cred *cred = r->old.ctx->cred;
	bool is_exchange = (r->flags & RENAME_EXCHANGE) != 0;
	int err = may_remove(old_dir, source, cred, inode_is_dir(source));

	if (err)
		return err;
	if (!target)
		err = may_create(new_dir, cred);
	else
		err = may_remove(new_dir, target, cred,
				 inode_is_dir(is_exchange ? target : source));
	if (!err)
		err = check_dotdot(r, source);
	if (!err && is_exchange)
		err = check_dotdot(r, target);
	if (err)
		return err;
	if (atomic32_load(&r->source->mounts) > 0 || atomic32_load(&r->target->mounts) > 0)
		return -EBUSY;
	return old_dir->ops->rename ? 0 : -EPERM;
}

/* --- Doing it --- */

static struct vfs_name name_of(const struct dentry *dentry)
{
	return (struct vfs_name){dentry->name, dentry->name_len, dentry->name_hash};
}

/* The files are locked too. */
static int rename_files(struct renaming *r, struct dentry_move *move)
{
	struct vfs_name old_name = name_of(r->source);
	struct vfs_name new_name = name_of(r->target);
	struct inode_rename what = {
		.old_dir = path_inode(&r->old.at),
		.old_name = &old_name,
		.inode = dentry_inode(r->source),
		.new_dir = path_inode(&r->new.at),
		.new_name = &new_name,
		.target = dentry_inode(r->target),
		.flags = r->flags & RENAME_EXCHANGE,
	};
	int err = what.old_dir->ops->rename(&what);

	if (err)
		return err;
	inode_touch(what.old_dir, INODE_MTIME | INODE_CTIME);
	inode_touch(what.new_dir, INODE_MTIME | INODE_CTIME);
	inode_touch(what.inode, INODE_CTIME);
	if (what.target)
		inode_touch(what.target, INODE_CTIME);
	if (r->flags & RENAME_EXCHANGE) {
		dentry_exchange(r->source, r->target, move);
		return 0;
	}
	dentry_move(r->source, r->target, move);
	if (what.target && inode_is_dir(what.target)) {
		what.target->flags |= INODE_DEAD;
		dentry_prune_children(r->target);
	}
	return 0;
}

static int rename_looked_up(struct renaming *r)
{
	struct inode *source = dentry_inode(r->source);
	struct inode *target = dentry_inode(r->target);
	struct dentry_move move;
	int err = check_names(r);

	if (!err)
		err = check_permissions(r);
	/* Two names of one file: there is nothing to do, and both stay. */
	if (err || source == target)
		return err;
	err = dentry_move_prepare(r->source, r->target, &move);
	if (err)
		return err;
	lock_files(source, target);
	err = rename_files(r, &move);
	unlock_files(source, target);
	if (err)
		dentry_move_fini(r->source, r->target, &move);
	return err;
}

static int rename_locked(struct renaming *r)
{
	int err;

	if ((path_inode(&r->old.at)->flags | path_inode(&r->new.at)->flags) & INODE_DEAD)
		return -ENOENT;
	err = dentry_lookup_locked(r->old.at.dentry, &r->old.last, &r->source);
	if (err)
		return err;
	err = dentry_lookup_locked(r->new.at.dentry, &r->new.last, &r->target);
	if (!err) {
		err = rename_looked_up(r);
		dentry_put(r->target);
	}
	dentry_put(r->source);
	return err;
}

static int check_walks(const struct renaming *r)
{
	int err;

	if (r->old.at.mount != r->new.at.mount)
		return -EXDEV;
	if (r->old.kind != LAST_NAME)
		return -EBUSY;
	if (r->new.kind != LAST_NAME)
		return r->flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	err = walk_needs(&r->old, RIGHT_REMOVE | (r->flags & RENAME_EXCHANGE ? RIGHT_CREATE : 0));
	if (err)
		return err;
	return walk_needs(&r->new, RIGHT_CREATE | RIGHT_REMOVE);
}

static int rename_walked(struct renaming *r)
{
	struct mount *mount = r->old.at.mount;
	int err = check_walks(r);

	if (!err)
		err = mount_begin_write(mount);
	if (err)
		return err;
	lock_parents(r->old.at.dentry, r->new.at.dentry);
	err = rename_locked(r);
	unlock_parents(r->old.at.dentry, r->new.at.dentry);
	mount_end_write(mount);
	return err;
}

int vfs_rename(const struct vfs_ctx *old_ctx, const char *old_path, const struct vfs_ctx *new_ctx,
	       const char *new_path, uint32_t flags)
{
	struct renaming r = {.flags = flags};
	int err;

	if (flags & ~(uint32_t)(RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	if ((flags & RENAME_NOREPLACE) && (flags & RENAME_EXCHANGE))
		return -EINVAL;
	err = walk_begin(&r.old, old_ctx, old_path, 0);
	if (!err)
		err = walk_parents(&r.old);
	if (err)
		goto out_end_old;
	err = walk_begin(&r.new, new_ctx, new_path, 0);
	if (!err)
		err = walk_parents(&r.new);
	if (!err)
		err = rename_walked(&r);
	walk_end(&r.new);
out_end_old:
	walk_end(&r.old);
	return err;
}
