/* What the files of kernel/vfs tell each other. */
#ifndef KERNEL_VFS_VFS_IMPL_H
#define KERNEL_VFS_VFS_IMPL_H

#include <stdbool.h>

#include "kernel/cap/rights.h"
#include "kernel/lib/errno.h"
#include "kernel/vfs/inode.h"
#include "kernel/vfs/lookup.h"

struct dentry;

/* --- lookup.c --- */

enum walk_last {
	LAST_NONE, /* the path ends where the walk is: "/", or "" */
	LAST_NAME,
	LAST_DOT,
	LAST_DOTDOT,
};

struct walk {
	const struct vfs_ctx *ctx;
	uint32_t flags;
	struct path at;	  /* references */
	struct path root; /* borrowed: what "/" means, or empty */
	uint32_t rights;
	enum vfs_origin origin;
	struct grant *grant; /* a reference, or NULL */
	const char *rest;    /* of the path */
	char *buf;	     /* memory that rest points into, once a link was followed */
	size_t buf_size;
	uint32_t links;
	struct path link_base; /* VFS_FROM_LINK: where the link led; references */
	bool is_bounded;       /* see is_bounded() */
	bool knows_bound;

	/* Set by walk_parents(). */
	struct vfs_name last; /* LAST_NAME: points into the path */
	enum walk_last kind;
	bool has_slash; /* behind the last component */
};

/* To be ended by walk_end(), also after an error. */
MUST_CHECK int walk_begin(struct walk *walk, const struct vfs_ctx *ctx, const char *path,
			  uint32_t flags);
void walk_end(struct walk *walk);

/* To the directory that the last component is in, which may be searched. */
MUST_CHECK int walk_parents(struct walk *walk);

/* Then to what the last component means, links followed as the flags say. */
MUST_CHECK int walk_finish(struct walk *walk);

/*
 * One step from a directory to a name in it that is there: mounts are entered, and if
 * it is a link that is to be followed, the walk goes on where it leads: *is_link; then
 * walk_parents() again. Takes over the reference to dentry, in any case.
 */
MUST_CHECK int walk_enter(struct walk *walk, struct dentry *dentry, bool follow, bool *is_link);

/* -EACCES unless the capability that the walk draws on has the rights. */
static inline int walk_needs(const struct walk *walk, uint32_t rights)
{
	return rights & ~walk->rights ? -EACCES : 0;
}

/* --- dirops.c --- */

/* Whether somebody may create names in the directory: its lock is held. */
MUST_CHECK int may_create(struct inode *dir, const struct vfs_cred *cred);
/* Whether he may remove this one; is_dir: it is to be a directory. */
MUST_CHECK int may_remove(struct inode *dir, struct inode *inode, const struct vfs_cred *cred,
			  bool is_dir);

/*
 * Creates what spec says under a negative name; dir's lock is held for writing, and the
 * mount's write access. Inherits owner and mode.
 */
MUST_CHECK int create_locked(struct dentry *dir, struct dentry *dentry, struct inode_spec *spec,
			     const struct vfs_ctx *ctx);

/* --- attr.c --- */

/* A regular file's new size, checked by nobody yet but permissions. */
MUST_CHECK int truncate_inode(struct inode *inode, uint64_t size, const struct vfs_cred *cred,
			      uint64_t size_limit);

/* --- anon.c, device.c --- */

void anon_init(void);

#endif
