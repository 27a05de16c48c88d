/* What mount.c, mount_tree.c, propagate.c and mountns.c tell each other. */
#ifndef KERNEL_VFS_MOUNT_IMPL_H
#define KERNEL_VFS_MOUNT_IMPL_H

#include "kernel/cap/kobject.h"
#include "kernel/core/spinlock.h"
#include "kernel/sched/mutex.h"
#include "kernel/sched/waitq.h"
#include "kernel/vfs/mount.h"
#include "kernel/vfs/mountns.h"

/* Held while any tree of mounts changes. */
extern struct mutex mount_tree;

struct mountns {
	struct kobject obj;	     /* must be first */
	struct mem_account *account; /* const: a reference */
	uint64_t id;		     /* const */
	struct mount *root GUARDED_BY(&mount_tree);
	struct list_node mounts GUARDED_BY(&mount_tree);
	uint32_t count GUARDED_BY(&mount_tree);

	struct spinlock lock;
	uint64_t events GUARDED_BY(&lock);
	struct waitq watchers GUARDED_BY(&lock);
};

/* --- mount.c --- */

/* The child mounted right on a place, without a reference, or NULL. */
struct mount *mount_find_child(const struct mount *parent, const struct dentry *mountpoint)
	REQUIRES(&mount_tree);

/* Hangs a mount on a place, which it takes references to; the tree's own is the caller's. */
void mount_link(struct mount *mount, struct mount *parent, struct dentry *mountpoint)
	REQUIRES(&mount_tree);

/*
 * The opposite: the mount is the top of a tree then. Where it was goes to mount->was,
 * for the caller to put when the locks are released; that is empty for a top.
 */
void mount_unlink(struct mount *mount) REQUIRES(&mount_tree);

/* The same, but only when there are no references but so many: false otherwise. */
MUST_CHECK bool mount_unlink_unused(struct mount *mount, uint32_t refs) REQUIRES(&mount_tree);

/* --- mount_tree.c --- */

/* The next mount of a tree after mount, parents before children; NULL at the end. */
struct mount *mount_next(const struct mount *mount, const struct mount *top) REQUIRES(&mount_tree);

/* How a copy stands to its original, in the way things are propagated. */
enum mount_copy {
	MOUNT_COPY_SAME,	 /* a peer, or a slave of the same master, as the original is */
	MOUNT_COPY_BIND,	 /* as SAME, and unbindable ones are left out */
	MOUNT_COPY_SLAVE,	 /* a slave of the original's group */
	MOUNT_COPY_SHARED_SLAVE, /* the same, with a group of its own */
};

/*
 * Copies top, from root on, with what is mounted below if how_much says so. The result
 * is detached, and has a reference for each mount. 0 or -ENOMEM.
 */
MUST_CHECK int mount_copy_tree(struct mount *top, struct dentry *root, enum mount_copy how,
			       enum mount_bind how_much, struct mem_account *account,
			       struct mount **out) REQUIRES(&mount_tree);

/*
 * Takes a whole tree apart: each mount becomes a detached top, without relations. They
 * go to the list (by .ns_node), each with the tree's reference, for release_all().
 */
void mount_take_apart(struct mount *top, struct list_node *gone) REQUIRES(&mount_tree);

/* The same for one that was unlinked. */
void mount_retire(struct mount *mount, struct list_node *gone) REQUIRES(&mount_tree);

/* Puts what these have listed. The mutex is not held. */
void mount_release_all(struct list_node *gone);

/* Adds a tree to a name space's list and count, or takes one mount out of it. */
void mount_enter_ns(struct mount *top, struct mountns *ns) REQUIRES(&mount_tree);
void mount_leave_ns(struct mount *mount) REQUIRES(&mount_tree);

/* --- propagate.c --- */

void mount_make_shared(struct mount *mount) REQUIRES(&mount_tree);
void mount_join_group(struct mount *mount, struct mount *peer) REQUIRES(&mount_tree);
void mount_become_slave(struct mount *mount, struct mount *master) REQUIRES(&mount_tree);
/* Out of its group, and no slave; its own slaves find another master. */
void mount_make_private(struct mount *mount) REQUIRES(&mount_tree);
void mount_change_propagation(struct mount *mount, enum mount_propagation how)
	REQUIRES(&mount_tree);

/*
 * Makes the tree shared, and copies of it for all that the place is propagated to, the
 * place itself not included: a list, by .sibling, of detached copies whose parent-to-be
 * is in .copy. 0, or -ENOMEM: the list then has what was made so far.
 */
MUST_CHECK int mount_propagate_copies(struct mount *top, struct mount *parent,
				      struct dentry *mountpoint, struct list_node *copies)
	REQUIRES(&mount_tree);

/*
 * All that parent propagates to, itself not included: a list by .work, valid until the
 * next call.
 */
void mount_find_receivers(struct mount *parent, struct list_node *out) REQUIRES(&mount_tree);

/* --- mountns.c --- */

/* The tree has changed: tells those who poll. */
void mountns_changed(struct mountns *ns);

#endif
