/*
 * Dentry: a name in a directory, and what it means, remembered.
 *
 * The cache answers most look-ups without asking the file system. A dentry without
 * an inode is negative: it remembers that there is nothing of the name. A directory
 * has one dentry at a time, any other file as many as it has names in use.
 *
 * A dentry holds references to its parent and to its inode. One that nobody refers
 * to stays in the cache, on the super's list of unused ones, until it is pruned.
 * dentry->inode goes from NULL to an inode once, and never back: a file that is
 * removed takes its dentry out of the cache, and those who have it keep it.
 */
#ifndef KERNEL_VFS_DENTRY_H
#define KERNEL_VFS_DENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/atomic.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/hashtab.h"
#include "kernel/lib/list.h"
#include "kernel/vfs/inode.h"

#define DENTRY_INLINE_NAME 40u

enum dentry_flag {
	DENTRY_HASHED = 1u << 0, /* to be found by its name */
	DENTRY_UNUSED = 1u << 1, /* in the super's list */
};

/*
 *	c  const
 *	h  the lock of the hash chain's stripe; changes with dir's lock for writing too
 *	t  super->lock
 */
struct dentry {
	struct hashtab_node hash_node; /* h */
	struct dentry *parent;	   /* t, and only while not hashed: a reference; a root: itself */
	struct inode *inode;	   /* NULL, then once and for all a reference: dentry_inode() */
	const char *name;	   /* as parent: inline_name or memory of its own */
	uint64_t name_hash;	   /* as parent */
	uint32_t name_len;	   /* as parent */
	struct atomic32 refs;	   /* a: goes to 0 under t, from 0 under h */
	uint32_t flags;		   /* HASHED: h, t; UNUSED: t */
	struct atomic32 mounts;	   /* a: mounts on it, in any namespace */
	struct super *super;	   /* c */
	struct list_node children; /* t */
	struct list_node sibling;  /* t */
	struct list_node unused_node; /* t */
	char inline_name[DENTRY_INLINE_NAME];
};

/* NULL: there is nothing of that name. */
static inline struct inode *dentry_inode(const struct dentry *dentry)
{
	/* Pairs with the release in dentry_set_inode(). */
	return load_acquire(&dentry->inode);
}

static inline bool dentry_is_root(const struct dentry *dentry)
{
	return READ_ONCE(dentry->parent) == dentry;
}

static inline bool dentry_is_hashed(const struct dentry *dentry)
{
	return (READ_ONCE(dentry->flags) & DENTRY_HASHED) != 0;
}

/* Boot, once. */
void dentry_init(void);

/* The hash that a name is found by. */
uint64_t name_hash(const char *text, uint32_t len);
struct vfs_name vfs_name(const char *text, uint32_t len);

void dentry_get(struct dentry *dentry);
/* Sleeps: may free it, its parents and inodes. */
void dentry_put(struct dentry *dentry);

/* Takes over the reference to inode, on success only. */
MUST_CHECK int dentry_create_root(struct super *super, struct inode *inode, struct dentry **out);

/* A dentry for an inode that has no name (O_TMPFILE), outside the cache. 0 or -ENOMEM. */
MUST_CHECK int dentry_create_nameless(struct dentry *dir, struct inode *inode, struct dentry **out);

/* With a reference if it is cached, positive or negative, and valid; else NULL. */
struct dentry *dentry_find(struct dentry *dir, const struct vfs_name *name);

/*
 * The dentry of a name, positive or negative, with a reference. 0, -ENOMEM, or the
 * file system's error. dentry_lookup() takes dir's lock for reading if need be; with
 * the other it is held, in either way.
 */
MUST_CHECK int dentry_lookup(struct dentry *dir, const struct vfs_name *name, struct dentry **out);
MUST_CHECK int dentry_lookup_locked(struct dentry *dir, const struct vfs_name *name,
				    struct dentry **out);

/* --- With the locks of the directories held for writing --- */

/* Makes a negative one positive; takes over the reference to inode. */
void dentry_set_inode(struct dentry *dentry, struct inode *inode);

/* Takes it out of the cache: the name is gone, or means something else by now. */
void dentry_drop(struct dentry *dentry);

/*
 * The name moves to where target is, which leaves the cache. 0 or -ENOMEM. prepare
 * makes memory for the longer name; then move cannot fail.
 */
struct dentry_move {
	char *name;	  /* memory for a name that is not inline, or NULL */
	char *other_name; /* the same for the target, of an exchange */
};

MUST_CHECK int dentry_move_prepare(const struct dentry *dentry, const struct dentry *target,
				   struct dentry_move *move);
void dentry_move(struct dentry *dentry, struct dentry *target, struct dentry_move *move);
void dentry_exchange(struct dentry *a, struct dentry *b, struct dentry_move *move);
/* Frees what was prepared and not used. */
void dentry_move_fini(const struct dentry *dentry, const struct dentry *target,
		      struct dentry_move *move);

/* --- The tree --- */

/* The parent with a reference. */
struct dentry *dentry_get_parent(struct dentry *dentry);

/*
 * Whether a is b or above it. True to a moment only, unless super->rename_lock is
 * held. Sleeps.
 */
bool dentry_is_ancestor(const struct dentry *a, struct dentry *b);

/*
 * Writes "/name" of the dentry before buf[*at], moving *at down, and gives the parent,
 * with a reference: 0, or -ENAMETOOLONG when it does not fit.
 */
MUST_CHECK int dentry_prepend_name(struct dentry *dentry, char *buf, size_t *at,
				   struct dentry **parent_out);

/* Drops up to max unused dentries; returns how many. Sleeps. */
uint32_t dentry_prune(struct super *super, uint32_t max);

/* Drops what is remembered of a directory that has no entries any more. Sleeps. */
void dentry_prune_children(struct dentry *dir);

/* Dentries that exist, for leak tests. */
uint64_t dentry_count(void);

#endif
