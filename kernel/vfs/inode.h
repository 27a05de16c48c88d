/*
 * Inode: a file of any kind, without its names.
 *
 * The file system embeds it and fills it before anybody else sees it. References
 * keep it alive; the last put calls super_ops.destroy_inode. An inode does not keep
 * its file system alive: whoever has an inode has it through a path or an open file,
 * which do.
 *
 * Attributes are single words. They are written with the inode's lock held for
 * writing, and may be read by anybody at any time.
 */
#ifndef KERNEL_VFS_INODE_H
#define KERNEL_VFS_INODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/atomic.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/refcount.h"
#include "kernel/lib/types.h"
#include "kernel/sched/rwlock.h"
#include "kernel/vfs/path.h"
#include "kernel/vfs/stat.h"

struct dir_sink;
struct file_ops;
struct filecache;
struct filelock_list;
struct grant;
struct inode;
struct pipe;
struct super;
struct vfs_cred;

#define VFS_NAME_MAX 255u
#define VFS_PATH_MAX 4096u /* with the NUL */

/* A component of a path; not terminated. */
struct vfs_name {
	const char *text;
	uint32_t len;
	uint64_t hash; /* name_hash() */
};

/* What a new inode is to be. */
struct inode_spec {
	uint32_t mode; /* with the type; umask applied */
	uint32_t uid;
	uint32_t gid;
	uint64_t rdev;	     /* of devices */
	const char *symlink; /* target of a symbolic link, terminated */
};

/*
 * What a link stands for that jumps to an object somebody holds a capability to, as
 * /proc/PID/fd/N does: whatever is reached that way has this grant and no more rights.
 */
struct link_target {
	struct path path;
	struct grant *grant; /* a reference */
	uint32_t rights;
};

enum rename_flag {
	RENAME_NOREPLACE = 1u << 0,
	RENAME_EXCHANGE = 1u << 1,
	RENAME_WHITEOUT = 1u << 2, /* refused: no file system here has them yet */
};

struct inode_rename {
	struct inode *old_dir;
	const struct vfs_name *old_name;
	struct inode *inode;
	struct inode *new_dir;
	const struct vfs_name *new_name;
	struct inode *target; /* what new_name is now, or NULL */
	uint32_t flags;	      /* RENAME_EXCHANGE */
};

/*
 * Locks held when an operation is called: r, w: the inode's own (dir's, for those on
 * names) for reading or writing; w+: those of the other inodes named too. All may
 * sleep but where it says so. NULL: the file system has no such thing, and the
 * caller gets what stands last.
 */
struct inode_ops {
	/* r or w. The inode of a name, with a reference: 0 or -ENOENT. -ENOTDIR */
	int (*lookup)(struct inode *dir, const struct vfs_name *name, struct inode **out);
	/* w. A new file of any kind under a name that is free. -EPERM */
	int (*create)(struct inode *dir, const struct vfs_name *name, const struct inode_spec *spec,
		      struct inode **out);
	/* w+. -EPERM */
	int (*link)(struct inode *dir, const struct vfs_name *name, struct inode *inode);
	/* w+. The name is there and means inode, which is no directory. -EPERM */
	int (*unlink)(struct inode *dir, const struct vfs_name *name, struct inode *inode);
	/* w+. -ENOTEMPTY if it has entries. -EPERM */
	int (*rmdir)(struct inode *dir, const struct vfs_name *name, struct inode *inode);
	/* w+: both directories, inode and target. Types and loops are checked. -EPERM */
	int (*rename)(const struct inode_rename *what);
	/* w. A file without a name: O_TMPFILE. -EOPNOTSUPP */
	int (*tmpfile)(struct inode *dir, const struct inode_spec *spec, struct inode **out);
	/* r. Entries from *pos on, until the sink is full. -ENOTDIR */
	int (*readdir)(struct inode *dir, uint64_t *pos, struct dir_sink *sink);
	/* none. The target of a link that is not in inode->symlink: its length. -EINVAL */
	ssize_t (*readlink)(struct inode *inode, const struct vfs_cred *cred, char *buf,
			    size_t size);
	/* none. Where a link leads that is no path; *out with references. NULL: use text */
	int (*follow)(struct inode *inode, const struct vfs_cred *cred, struct link_target *out);
	/* none. Fills what differs from the inode's own fields. NULL: nothing does */
	int (*getattr)(struct inode *inode, struct inode_stat *stat);
	/* w. May refuse or write through; the fields are set afterwards. NULL: allowed */
	int (*setattr)(struct inode *inode, const struct inode_change *change);
	/* w. A regular file's size; sets inode->size. -EINVAL */
	int (*truncate)(struct inode *inode, uint64_t size);
	/* none. Instead of inode_permission(). NULL: that */
	int (*permission)(struct inode *inode, const struct vfs_cred *cred, uint32_t access);
	/* r, r, w. -EOPNOTSUPP; names are checked. buf NULL: only the length */
	ssize_t (*getxattr)(struct inode *inode, const char *name, void *buf, size_t size);
	ssize_t (*listxattr)(struct inode *inode, char *buf, size_t size);
	/* value NULL: remove. flags: enum xattr_flag */
	int (*setxattr)(struct inode *inode, const char *name, const void *value, size_t size,
			uint32_t flags);
};

enum inode_flag {
	INODE_DEAD = 1u << 0,	  /* a directory that was removed: nothing is created in it */
	INODE_HASHED = 1u << 1,	  /* in the super's table */
	INODE_NAMELESS = 1u << 2, /* made without a name, may be given one */
};

/*
 *	c  const once published
 *	l  the lock, for writing
 *	a  atomic
 */
struct inode {
	struct rwlock lock;		 /* rank INODE_DIR or INODE */
	const struct inode_ops *ops;	 /* c */
	const struct file_ops *file_ops; /* c: NULL: cannot be opened */
	struct super *super;		 /* c */
	struct refcount refs;		 /* a */
	uint32_t flags;			 /* l: enum inode_flag */
	uint64_t ino;			 /* c */
	uint32_t mode;			 /* l; its type is const */
	uint32_t uid;			 /* l */
	uint32_t gid;			 /* l */
	uint32_t nlink;			 /* l */
	uint64_t rdev;			 /* c */
	uint64_t size;			 /* l: bytes */
	uint64_t blocks;		 /* l: of 512 bytes, unless getattr says */
	int64_t atime;			 /* a: ns since 1970, as the next three */
	int64_t mtime;			 /* a */
	int64_t ctime;			 /* a */
	int64_t btime;			 /* c */
	const char *symlink;		 /* c: a link's target, or NULL */
	struct filecache *cache;	 /* c: a regular file's pages, or NULL */
	struct atomic32 write_count;	 /* a: see inode_get_write() */
	struct pipe *fifo;		 /* under a lock of fifo.c: while it is open */
	struct filelock_list *locks;	 /* under the lock of filelock.c; NULL: none ever */
};

/*
 * Fills everything but ops, file_ops and what belongs to the type, with one
 * reference and all times now. mode with its type.
 */
void inode_init(struct inode *inode, struct super *super, uint64_t ino, uint32_t mode);

/* Before the storage goes: by destroy_inode, first thing. */
void inode_fini(struct inode *inode);

static inline uint32_t inode_type(const struct inode *inode)
{
	return READ_ONCE(inode->mode) & MODE_TYPE;
}

static inline bool inode_is_dir(const struct inode *inode)
{
	return inode_type(inode) == MODE_DIR;
}

static inline bool inode_is_regular(const struct inode *inode)
{
	return inode_type(inode) == MODE_REGULAR;
}

static inline bool inode_is_symlink(const struct inode *inode)
{
	return inode_type(inode) == MODE_SYMLINK;
}

void inode_get(struct inode *inode);
/* The last put destroys: sleeps, no spinlock held. */
void inode_put(struct inode *inode);

/* What an operation or inode_permission() says. */
MUST_CHECK int inode_access(struct inode *inode, const struct vfs_cred *cred, uint32_t access);

void inode_get_stat(struct inode *inode, struct inode_stat *out);

/* Sets times to now. which: enum inode_time bits. */
enum inode_time {
	INODE_ATIME = 1u << 0,
	INODE_MTIME = 1u << 1,
	INODE_CTIME = 1u << 2,
};

void inode_touch(struct inode *inode, uint32_t which);

/* Owner and mode of something new in dir: set-group-id directories pass on theirs. */
void inode_spec_inherit(struct inode_spec *spec, const struct inode *dir,
			const struct vfs_cred *cred);

/*
 * A file that is open for writing is no program to run, and one that runs is not
 * written to: write_count is above zero, or, as a signed number, below. 0 or
 * -ETXTBSY.
 */
MUST_CHECK int inode_get_write(struct inode *inode);
void inode_put_write(struct inode *inode);
MUST_CHECK int inode_deny_write(struct inode *inode);
void inode_allow_write(struct inode *inode);

/*
 * The table of a super's inodes by number, for file systems that would otherwise
 * make a second inode of one file. find: with a reference, or -ENOENT. add: 0,
 * -ENOMEM, or -EEXIST. An inode leaves it by inode_fini().
 */
MUST_CHECK int inode_find(struct super *super, uint64_t ino, struct inode **out);
MUST_CHECK int inode_add(struct inode *inode);

/* Inodes that exist, for leak tests. */
uint64_t inode_count(void);

#endif
