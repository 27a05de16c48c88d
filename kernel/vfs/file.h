/*
 * Open file: a place in a file, and how it was opened. A kernel object, of the types
 * FILE, DIRECTORY, PIPE or SOCKET, which a capability in a descriptor's slot names.
 *
 * What it may be used for was decided when it was opened and does not change with the
 * permissions of the file; what its holder may do with it is in his capability.
 */
#ifndef KERNEL_VFS_FILE_H
#define KERNEL_VFS_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/cap/kobject.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"
#include "kernel/sched/mutex.h"
#include "kernel/vfs/io.h"
#include "kernel/vfs/path.h"

struct cap;
struct cap_ref;
struct file;
struct inode;
struct mem_account;
struct poll_table;
struct vfs_cred;
struct vmobj;

/* The numbers of open(2) on x86-64. */
enum open_flag {
	OPEN_READ = 00,
	OPEN_WRITE = 01,
	OPEN_READ_WRITE = 02,
	OPEN_ACCESS = 03, /* mask; this value: neither, only ioctl */
	OPEN_CREATE = 0100,
	OPEN_EXCLUSIVE = 0200,
	OPEN_NO_TTY = 0400,
	OPEN_TRUNCATE = 01000,
	OPEN_APPEND = 02000,
	OPEN_NONBLOCK = 04000,
	OPEN_DSYNC = 010000,
	OPEN_ASYNC = 020000,
	OPEN_DIRECT = 040000,
	OPEN_LARGEFILE = 0100000,
	OPEN_DIRECTORY = 0200000,
	OPEN_NOFOLLOW = 0400000,
	OPEN_NOATIME = 01000000,
	OPEN_CLOEXEC = 02000000,
	OPEN_SYNC_BIT = 04000000, /* with OPEN_DSYNC: O_SYNC */
	OPEN_PATH = 010000000,
	OPEN_TMPFILE_BIT = 020000000, /* with OPEN_DIRECTORY: O_TMPFILE */
	/* What F_SETFL may change. */
	OPEN_CHANGEABLE = OPEN_APPEND | OPEN_NONBLOCK | OPEN_ASYNC | OPEN_DIRECT | OPEN_NOATIME,
};

enum file_mode {
	FILE_READ = 1u << 0,
	FILE_WRITE = 1u << 1,
	FILE_SEEK = 1u << 2,	  /* has a position, that can be chosen */
	FILE_PATH = 1u << 3,	  /* opened with OPEN_PATH: names a file, and no more */
	FILE_HAS_WRITE = 1u << 4, /* counted in the inode and the mount as a writer */
	FILE_EXEC = 1u << 5,	  /* opened to be run */
};

/* One read or write. */
struct file_io {
	struct io_iter *iter;
	uint64_t pos;	     /* of the next byte; moved on by the operation. Not of streams */
	uint32_t flags;	     /* enum open_flag: APPEND, NONBLOCK, DSYNC, as they are for this one */
	uint64_t size_limit; /* a file may not grow beyond (-EFBIG) */
};

/* Where the names that a directory is read for go to. */
struct dir_entry {
	const char *name;
	uint32_t len;
	uint64_t ino;
	uint32_t mode; /* the type is all that counts */
	uint64_t next; /* where to go on after this one */
};

struct dir_sink {
	/* False: no room for this one, it comes again next time. */
	bool (*emit)(struct dir_sink *sink, const struct dir_entry *entry);
};

enum seek_whence {
	SEEK_FROM_START,
	SEEK_FROM_HERE,
	SEEK_FROM_END,
	SEEK_DATA,
	SEEK_HOLE,
};

enum allocate_mode {
	ALLOCATE_KEEP_SIZE = 0x01,
	ALLOCATE_PUNCH_HOLE = 0x02,
	ALLOCATE_ZERO_RANGE = 0x10,
};

/* What an ioctl is given, and how to reach memory that it points to. */
struct control_arg {
	uint64_t value;
	const struct io_copy_ops *ops;
	void *ctx;
};

/*
 * All may sleep, and are called with no lock held but: the position's, where one is
 * used. NULL: as it says.
 */
struct file_ops {
	/* What /proc/PID/fd shows of a file without a name: "anon_inode:[eventfd]". */
	const char *label;
	/* Called last in open; may set file->private, and change file->ops. */
	int (*open)(struct file *file);
	/* The last reference is gone. */
	void (*release)(struct file *file);
	/* Bytes moved, 0 at the end; or an error, if none were. NULL: -EINVAL */
	ssize_t (*read)(struct file *file, struct file_io *io);
	ssize_t (*write)(struct file *file, struct file_io *io);
	/* NULL: the usual one, for files with FILE_SEEK */
	int (*seek)(struct file *file, int64_t offset, enum seek_whence whence, uint64_t *pos);
	/* enum poll_event. NULL: always ready */
	uint32_t (*poll)(struct file *file, struct poll_table *table);
	/* -ENOTTY */
	int64_t (*control)(struct file *file, uint32_t command, struct control_arg *arg);
	/* The object to map, with a reference. NULL: the inode's pages, or -ENODEV */
	int (*get_object)(struct file *file, struct vmobj **out);
	/* Writes out what was written in the range, last included. NULL: 0 */
	int (*sync)(struct file *file, uint64_t first, uint64_t last, bool is_data_only);
	/* -EOPNOTSUPP; the range is valid, and the file open for writing */
	int (*allocate)(struct file *file, uint32_t mode, uint64_t offset, uint64_t len,
			uint64_t size_limit);
	/* -EINVAL */
	int (*readdir)(struct file *file, uint64_t *pos, struct dir_sink *sink);
	/* A descriptor of it is closed; others may be left. NULL: 0 */
	int (*flush)(struct file *file);
	/* F_SETFL: the flags that change. NULL: allowed */
	int (*set_flags)(struct file *file, uint32_t flags);
};

struct file {
	struct kobject obj;	     /* must be first */
	const struct file_ops *ops;  /* const once open */
	struct inode *inode;	     /* const: a reference */
	struct path path;	     /* const: references; empty for what has no name */
	uint32_t mode;		     /* const: enum file_mode */
	struct atomic32 flags;	     /* enum open_flag: those that last */
	void *private;		     /* the operations' own */
	struct mem_account *account; /* const: a reference; paid for this */

	struct mutex pos_lock; /* rank FILE_POS */
	uint64_t pos GUARDED_BY(&pos_lock);
};

/*
 * An open file of an inode; takes references. path may be NULL. ops is the inode's, or
 * others. Does not call ops->open. On success the caller owns the one reference. 0 or
 * -ENOMEM.
 */
MUST_CHECK int file_create(struct inode *inode, const struct path *path, const struct file_ops *ops,
			   uint32_t flags, struct mem_account *account, struct file **out);

/*
 * The same for what has no name, and an inode of its own that only stat sees: pipes,
 * events, sockets. mode has the type (0: none). private is handed to ops->release by
 * the last put, on success only.
 */
MUST_CHECK int file_create_anon(const struct file_ops *ops, void *private, uint32_t mode,
				uint32_t flags, const struct vfs_cred *cred,
				struct mem_account *account, struct file **out);

/* Boot, once. */
MUST_CHECK int file_init(void);

static inline void file_get(struct file *file)
{
	kobject_get(&file->obj);
}

/* Sleeps. */
static inline void file_put(struct file *file)
{
	kobject_put(&file->obj);
}

static inline struct kobject *file_kobject(struct file *file)
{
	return &file->obj;
}

/* NULL when it is an object of another kind. */
struct file *file_from_kobject(struct kobject *obj);

static inline uint32_t file_flags(const struct file *file)
{
	return atomic32_load(&file->flags);
}

/* All that a capability to a file opened like this can be good for. */
uint32_t file_rights(const struct file *file);

/*
 * The capability for a file that was opened through ref: the same grant, and no more
 * rights than ref has. In out, with references of its own.
 */
void file_derive_cap(struct file *file, const struct cap_ref *ref, struct cap *out);

/*
 * Reads or writes at the file's own position, which moves on (file_read, file_write),
 * or at io->pos, which alone moves on (file_read_at, file_write_at: -ESPIPE for what
 * has no positions). io->flags is filled here; bits that are set in it are added. Bytes
 * moved, or
 *
 *	-EBADF	not open for that
 *	-EISDIR
 *	-EFAULT	the memory is bad
 *	or what the file says: -EAGAIN, -EINTR, -EPIPE, -ENOSPC, -EFBIG ...
 */
MUST_CHECK ssize_t file_read(struct file *file, struct file_io *io);
MUST_CHECK ssize_t file_write(struct file *file, struct file_io *io);
MUST_CHECK ssize_t file_read_at(struct file *file, struct file_io *io);
MUST_CHECK ssize_t file_write_at(struct file *file, struct file_io *io);

/* For kernel memory: the number of bytes, or the error. */
MUST_CHECK ssize_t file_read_kernel(struct file *file, void *buf, size_t len, uint64_t pos);
MUST_CHECK ssize_t file_write_kernel(struct file *file, const void *buf, size_t len, uint64_t pos);

/* 0 with the new position, -ESPIPE, -EINVAL, -EOVERFLOW, -ENXIO (DATA, HOLE). */
MUST_CHECK int file_seek(struct file *file, int64_t offset, enum seek_whence whence, uint64_t *out);

/* Entries from the file's position on. 0, -ENOTDIR, -ENOENT (removed). */
MUST_CHECK int file_readdir(struct file *file, struct dir_sink *sink);

uint32_t file_poll(struct file *file, struct poll_table *table);
int64_t file_control(struct file *file, uint32_t command, struct control_arg *arg);
MUST_CHECK int file_truncate(struct file *file, uint64_t size, uint64_t size_limit);
MUST_CHECK int file_allocate(struct file *file, uint32_t mode, uint64_t offset, uint64_t len,
			     uint64_t size_limit);
MUST_CHECK int file_sync(struct file *file, uint64_t first, uint64_t last, bool is_data_only);
MUST_CHECK int file_flush(struct file *file);
MUST_CHECK int file_set_flags(struct file *file, uint32_t flags);

enum file_map {
	FILE_MAP_SHARED_WRITE = 1u << 0, /* writes go to the file */
	FILE_MAP_EXEC = 1u << 1,
};

/*
 * The object to map, with a reference: 0, -EACCES (not open for reading, or not for
 * writing), -EPERM (EXEC, and the mount has NOEXEC), -ENODEV.
 */
MUST_CHECK int file_get_object(struct file *file, uint32_t how, struct vmobj **out);

/* Open files that exist, for leak tests. */
uint64_t file_count(void);

#endif
