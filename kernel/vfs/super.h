/*
 * Super: a mounted file system, once, however many mounts show it.
 *
 * Mounts hold references. The last put drops all cached names and then the file
 * system's own state.
 */
#ifndef KERNEL_VFS_SUPER_H
#define KERNEL_VFS_SUPER_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/core/spinlock.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/list.h"
#include "kernel/lib/radix.h"
#include "kernel/lib/refcount.h"
#include "kernel/sched/mutex.h"
#include "kernel/vfs/stat.h"

struct dentry;
struct inode;
struct mem_account;
struct super;
struct vfs_cred;

/* The numbers of statfs(2). */
enum mount_flag {
	MOUNT_READONLY = 1u << 0,
	MOUNT_NOSUID = 1u << 1, /* set-id bits of programs mean nothing */
	MOUNT_NODEV = 1u << 2,	/* device nodes cannot be opened */
	MOUNT_NOEXEC = 1u << 3, /* nothing can be run, or mapped executable */
	MOUNT_SYNC = 1u << 4,
	MOUNT_NOATIME = 1u << 10,
	MOUNT_NODIRATIME = 1u << 11,
	MOUNT_RELATIME = 1u << 12,
	MOUNT_NOSYMFOLLOW = 1u << 13,
	MOUNT_FLAGS_ALL = MOUNT_READONLY | MOUNT_NOSUID | MOUNT_NODEV | MOUNT_NOEXEC | MOUNT_SYNC |
			  MOUNT_NOATIME | MOUNT_NODIRATIME | MOUNT_RELATIME | MOUNT_NOSYMFOLLOW,
};

enum super_option {
	/* Names may come and go without the vfs: absent ones are not remembered. */
	SUPER_NO_NEGATIVE = 1u << 0,
};

/* NULL: nothing to do, or as it says. All may sleep. */
struct super_ops {
	/* The last reference to an inode is gone; calls inode_fini() and frees. Not NULL. */
	void (*destroy_inode)(struct inode *inode);
	/* The last reference to the super is gone, all names are; frees it. Not NULL. */
	void (*destroy)(struct super *super);
	/* All names are gone, the root inode still there: drops what is in memory only. */
	void (*shutdown)(struct super *super, struct inode *root);
	/* Whether the name still means the inode (NULL: nothing). NULL: always. */
	bool (*is_valid)(struct inode *dir, const struct dentry *dentry);
	int (*statfs)(struct super *super, struct super_stat *out);
	/* Writes everything out and waits. */
	int (*sync)(struct super *super);
	/* New options, of the form of mount(2)'s data. NULL: none are known, -EINVAL. */
	int (*remount)(struct super *super, const char *options);
	/* Options for /proc/mounts, as ",size=1024k"; up to size bytes. Their length. */
	size_t (*show_options)(struct super *super, char *buf, size_t size);
};

struct super {
	struct spinlock lock; /* rank DENTRY_TREE: names' parents, children, unused ones */
	struct list_node unused GUARDED_BY(&lock); /* dentries nobody refers to, oldest first */
	uint32_t unused_count GUARDED_BY(&lock);
	struct radix inodes GUARDED_BY(&lock); /* see inode_find() */

	struct mutex rename_lock; /* rank FS_RENAME: directories change their parents */

	/* const once the super is published */
	const struct super_ops *ops;
	const struct fs_type *type;
	struct mem_account *account; /* a reference; pays for names and inodes, or NULL */
	struct dentry *root;
	uint64_t dev; /* its number in inode_stat */
	uint64_t magic;
	uint32_t block_size;
	uint32_t options; /* enum super_option */

	uint32_t flags;		 /* enum mount_flag; READ_ONCE, under MOUNT_TREE to write */
	struct atomic32 writers; /* see super_begin_write() */
	struct atomic32 dentries;
	struct refcount refs;
};

struct fs_mount {
	const char *source;  /* what is mounted, as the user names it */
	const char *options; /* mount(2)'s data, terminated, perhaps empty */
	uint32_t flags;	     /* enum mount_flag */
	const struct vfs_cred *cred;
	struct mem_account *account; /* pays */
};

enum fs_type_flag {
	FS_NEEDS_DEVICE = 1u << 0,
	FS_USER_MOUNT = 1u << 1, /* safe in the hands of a container's root */
};

struct fs_type {
	const char *name;
	uint32_t flags;
	/* On success *out has one reference, for the caller. */
	int (*mount)(const struct fs_type *type, const struct fs_mount *args, struct super **out);
	struct list_node node; /* fs_register()'s */
};

/* At boot; never removed. The name is new. */
void fs_register(struct fs_type *type);
/* NULL if there is none of that name. */
const struct fs_type *fs_find(const char *name);
/* All of them, in the order of registration: the first for NULL; NULL at the end. */
const struct fs_type *fs_next(const struct fs_type *prev);

/* Zeroed storage; one reference. Takes a reference to account. */
void super_init(struct super *super, const struct fs_type *type, const struct super_ops *ops,
		struct mem_account *account);

/* Makes the root name. Takes over the caller's reference to root, on success only. */
MUST_CHECK int super_set_root(struct super *super, struct inode *root);

void super_get(struct super *super);
/* Sleeps. */
void super_put(struct super *super);

MUST_CHECK int super_statfs(struct super *super, struct super_stat *out);
MUST_CHECK int super_sync(struct super *super);

/*
 * Between begin and end something is written, or a file is open for it. -EROFS when
 * it is read-only. super_make_readonly(): 0, or -EBUSY when somebody writes.
 */
MUST_CHECK int super_begin_write(struct super *super);
void super_end_write(struct super *super);
MUST_CHECK int super_make_readonly(struct super *super);

/* Supers that exist, for leak tests. */
uint64_t super_count(void);

#endif
