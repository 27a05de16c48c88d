/*
 * Path: a place in the tree of mounts. Which file, and through which mount it was
 * reached; the mount says what may be done there, and what lies above its root.
 */
#ifndef KERNEL_VFS_PATH_H
#define KERNEL_VFS_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/lib/compiler.h"

struct dentry;
struct inode;
struct mount;

/* A path owns a reference to each, unless it says that it is borrowed. */
struct path {
	struct mount *mount;
	struct dentry *dentry;
};

void path_get(const struct path *path);
/* Sleeps. */
void path_put(struct path *path);

static inline bool path_is_same(const struct path *a, const struct path *b)
{
	return a->mount == b->mount && a->dentry == b->dentry;
}

/* What the path means; it always means something. */
struct inode *path_inode(const struct path *path);

/*
 * One step up, as ".." takes it, but never above root: at the root of a mount to
 * where that is mounted. False at root, or where there is nothing above.
 */
bool path_step_up(struct path *path, const struct path *root);

/* Into what is mounted on it, and on that, if anything is: true. */
bool path_follow_mounts(struct path *path);

/* Whether a is b or above it, mounts included. */
bool path_is_above(const struct path *a, const struct path *b);

/*
 * The name from root on, as "/a/b", terminated, in buf; *name_out points into buf.
 *
 *	0
 *	-ENOENT		it was removed: the name it had
 *	-EXDEV		it does not lie below root: its name from where the tree ends
 *	-ENAMETOOLONG	no room, nothing is written
 */
MUST_CHECK int path_name(const struct path *path, const struct path *root, char *buf, size_t size,
			 char **name_out);

#endif
