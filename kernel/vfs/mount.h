/*
 * Mount: a file system, or a part of one, at a place in the tree of names.
 *
 * Mounts form trees. A tree belongs to a name space (mountns.h), or is detached: made
 * and not yet put anywhere, or taken away while in use. References: one from the tree
 * for each mount in it, one from each child, one from each path.
 *
 * A mount that is shared has peers, in other name spaces too: what is mounted on one
 * of them appears on all. A slave gets what its master's group gets, but not the other
 * way round. kernel/vfs/README.md has the rules.
 */
#ifndef KERNEL_VFS_MOUNT_H
#define KERNEL_VFS_MOUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/atomic.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/hashtab.h"
#include "kernel/lib/list.h"
#include "kernel/lib/refcount.h"
#include "kernel/vfs/path.h"
#include "kernel/vfs/super.h"

struct mem_account;
struct mountns;

/*
 *	c  const
 *	s  the lock of mount.c to read; that and the tree's mutex to write
 *	m  the tree's mutex
 */
struct mount {
	struct super *super;	     /* c: a reference */
	struct dentry *root;	     /* c: a reference; what is at its place */
	uint32_t flags;		     /* enum mount_flag: READ_ONCE; m to write */
	uint64_t id;		     /* c: never used again */
	const char *source;	     /* c */
	struct mem_account *account; /* c: a reference, or NULL */
	struct refcount refs;
	struct atomic32 writers; /* see mount_begin_write() */

	struct mount *parent;	       /* s: a reference; itself at the top of a tree */
	struct dentry *mountpoint;     /* s: a reference, in parent; NULL at the top */
	struct hashtab_node hash_node; /* s: by parent and mountpoint */
	struct list_node children;     /* m: oldest first */
	struct list_node sibling;      /* m */
	struct mountns *ns;	       /* m: NULL: detached */
	struct list_node ns_node;      /* m */

	uint64_t group;		     /* m: of peers, 0: not shared */
	struct list_node peers;	     /* m: a ring */
	struct mount *master;	     /* m: a member of the group it is a slave of, or NULL */
	struct list_node slaves;     /* m */
	struct list_node slave_node; /* m: in master->slaves */
	bool is_unbindable;	     /* m */

	struct path was; /* m: where it was before it was unlinked; references */

	/* m: while something is propagated, see propagate.c */
	struct list_node work;
	struct mount *from;
	struct mount *copy;
	bool is_slave_edge;
	bool is_copy_slave;
};

/*
 * A detached mount of the whole of a super; takes a reference to it. source is copied.
 * On success the caller owns one reference, to be put or given to mount_attach(). 0
 * or -ENOMEM.
 */
MUST_CHECK int mount_create(struct super *super, uint32_t flags, const char *source,
			    struct mem_account *account, struct mount **out);

void mount_get(struct mount *mount);
/* Sleeps. */
void mount_put(struct mount *mount);

/* From the root of a mount to its mountpoint: false at the top of a tree. */
bool mount_step_up(struct path *path);
/* Into what is mounted right there: false if nothing is. */
bool mount_step_down(struct path *path);

/*
 * Between begin and end something below the mount is changed, or a file is open for
 * writing: 0, or -EROFS when the mount or the file system is read-only.
 */
MUST_CHECK int mount_begin_write(struct mount *mount);
void mount_end_write(struct mount *mount);

/* --- Changing trees. All sleep; rights are the caller's to check --- */

/*
 * Puts a detached mount (or a tree of them) at a place of a name space, and wherever
 * that is propagated to. Takes over the caller's reference, on success only. 0, or
 *
 *	-ENOTDIR	a directory on a file, or the reverse
 *	-ENOENT		the place was removed
 *	-EBUSY		what is mounted there now is the same
 *	-EINVAL		the place is not in the name space
 *	-ENOSPC		too many mounts
 *	-ENOMEM
 */
MUST_CHECK int mount_attach(struct mountns *ns, struct mount *mount, const struct path *at);

enum mount_bind {
	MOUNT_BIND_ONE,
	MOUNT_BIND_TREE, /* with what is mounted below */
};

/*
 * A detached copy of what is at a path: mount --bind without the second half. -EINVAL
 * for an unbindable one. The caller owns a reference; mount_discard() ends a tree that
 * is not attached.
 */
MUST_CHECK int mount_clone(const struct path *from, enum mount_bind how,
			   struct mem_account *account, struct mount **out);
void mount_discard(struct mount *mount);

/* Both at once. */
MUST_CHECK int mount_bind(struct mountns *ns, const struct path *from, const struct path *to,
			  enum mount_bind how);

/*
 * Moves a mount. -EINVAL: from is no mount's root, or at the top; its parent is
 * shared; it is unbindable and to is shared. -ELOOP: to lies below from.
 */
MUST_CHECK int mount_move(struct mountns *ns, const struct path *from, const struct path *to);

enum umount_flag {
	UMOUNT_DETACH = 1u << 0, /* even if in use: it goes when the last user does */
};

/*
 * Ends the mount whose root the path is. 0, -EINVAL (not a root, not in the name
 * space), -EBUSY (in use, or mounts below it; the root of the name space). The path
 * stays the caller's.
 */
MUST_CHECK int mount_umount(struct mountns *ns, const struct path *path, uint32_t flags);

/* Changes flags of one mount: 0, -EINVAL, or -EBUSY (READONLY, and files are written). */
MUST_CHECK int mount_set_flags(struct mountns *ns, const struct path *path, uint32_t flags);

/* The same for the file system, with new options: also what remount() says. */
MUST_CHECK int mount_set_super_flags(const struct path *path, uint32_t flags, const char *options);

enum mount_propagation {
	MOUNT_PRIVATE,
	MOUNT_SHARED,
	MOUNT_SLAVE, /* of the peers it had; shared no more */
	MOUNT_UNBINDABLE,
};

/* 0, or -EINVAL: not the root of a mount of the name space. */
MUST_CHECK int mount_set_propagation(struct mountns *ns, const struct path *path,
				     enum mount_propagation how, enum mount_bind what);

/*
 * new_root's mount becomes what root's is, and root's goes to put_old. 0, -EINVAL
 * (one of them is no mount's root or not in the name space, put_old is not below
 * new_root, a parent is shared), -EBUSY (new_root or put_old is on root's mount). The
 * caller then gives those whose root or working directory was root new_root.
 */
MUST_CHECK int mount_pivot_root(struct mountns *ns, const struct path *root,
				const struct path *new_root, const struct path *put_old);

/* Mounts that exist, for leak tests. */
uint64_t mount_count(void);

#endif
