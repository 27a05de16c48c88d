/* What the files of tmpfs tell each other. */
#ifndef KERNEL_FS_TMPFS_TMPFS_IMPL_H
#define KERNEL_FS_TMPFS_TMPFS_IMPL_H

#include "kernel/fs/tmpfs/tmpfs.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/rbtree.h"
#include "kernel/lib/refcount.h"
#include "kernel/vfs/inode.h"
#include "kernel/vfs/super.h"
#include "kernel/vfs/xattr.h"

/* What limits and accounts outlive the super, while pages of a file are mapped. */
struct tmpfs_budget {
	struct refcount refs;
	struct mem_account *account; /* a reference; NULL: nobody's */
	uint64_t max_pages;	     /* READ_ONCE; changed by a remount */
	uint64_t max_inodes;
	struct atomic64 pages;
	struct atomic64 inodes;
};

struct tmpfs_super {
	struct super super; /* must be first */
	struct tmpfs_budget *budget;
	struct atomic64 last_ino;
};

/* A name in a directory. */
struct tmpfs_entry {
	struct rb_node by_name;
	struct rb_node by_cookie;
	uint64_t hash;
	uint64_t cookie;     /* its place for readdir: never used again in the directory */
	struct inode *inode; /* a reference */
	uint32_t len;
	char name[];
};

struct tmpfs_inode {
	struct inode inode; /* must be first */
	struct xattr_store xattrs;
	/* Of directories, under the inode's lock. */
	struct rb_root names;
	struct rb_root cookies;
	uint64_t last_cookie;
	uint64_t entry_count;
	struct tmpfs_inode *doomed; /* the next one, while the super is shut down */
};

static inline struct tmpfs_super *tmpfs_of(struct super *super)
{
	return container_of(super, struct tmpfs_super, super);
}

static inline struct tmpfs_inode *tmpfs_inode_of(struct inode *inode)
{
	return container_of(inode, struct tmpfs_inode, inode);
}

/* --- super.c --- */

void tmpfs_budget_put(struct tmpfs_budget *budget);

/* --- dir.c --- */

extern const struct inode_ops tmpfs_dir_ops, tmpfs_file_inode_ops, tmpfs_other_ops;
extern const struct file_ops tmpfs_dir_file_ops;

/* A new inode with one reference: 0, -ENOSPC or -ENOMEM. */
MUST_CHECK int tmpfs_new_inode(struct super *super, const struct inode_spec *spec,
			       struct inode **out);
void tmpfs_destroy_inode(struct inode *inode);

/* Drops all that is below a directory, in steps, without recursion. */
void tmpfs_empty(struct inode *top);

/* --- file.c --- */

extern const struct file_ops tmpfs_file_ops;

/* Gives a regular file its pages. 0 or -ENOMEM. */
MUST_CHECK int tmpfs_file_init(struct tmpfs_inode *ti, struct tmpfs_budget *budget);

#endif
