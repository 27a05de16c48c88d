/*
 * File locks: advisory locks on ranges of a file (POSIX and open-file-description
 * locks) and on whole files (flock). The three kinds: POSIX and OFD locks conflict with
 * each other; flock locks with each other only.
 *
 * An owner is an address that stands for who may hold a range twice: the personality's
 * table of files for POSIX locks, the struct file for the others.
 */
#ifndef KERNEL_VFS_FILELOCK_H
#define KERNEL_VFS_FILELOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

struct file;
struct inode;

enum filelock_kind {
	FILELOCK_POSIX,
	FILELOCK_OFD,
	FILELOCK_FLOCK,
};

enum filelock_type {
	FILELOCK_READ,
	FILELOCK_WRITE,
	FILELOCK_UNLOCK,
};

struct filelock_request {
	enum filelock_kind kind;
	enum filelock_type type;
	uint64_t first; /* byte; 0 for flock */
	uint64_t last;	/* byte, included; UINT64_MAX: to the end, wherever that is */
	const void *owner;
	uint64_t owner_id; /* for reports: a process number, 0 for the others */
};

/* Locks on one file; more are -ENOLCK. */
#define FILELOCKS_MAX 8192u

/*
 * Sets, changes or removes a lock of the owner on the range; its other locks of that
 * kind keep the rest. Sleeps until no lock is in the way, at most until deadline:
 *
 *	0
 *	-EAGAIN		one is, for KTIME_POLL
 *	-EDEADLK	waiting would be for ever (POSIX locks only)
 *	-EINTR
 *	-ETIMEDOUT
 *	-ENOLCK		too many, or no memory
 *
 * A flock that changes from one type to the other gives up the old one first, as on
 * Linux.
 */
MUST_CHECK int filelock_set(struct inode *inode, const struct filelock_request *request,
			    ktime_t deadline);

/*
 * What would be in the way of the request: true with the first such lock in *out, which
 * has its kind, type, range and owner_id.
 */
bool filelock_test(struct inode *inode, const struct filelock_request *request,
		   struct filelock_request *out);

/* Removes all POSIX locks of an owner on the file: close(2) by a process. */
void filelock_owner_gone(struct inode *inode, const void *owner);

/* For the vfs: an open file, or an inode, is destroyed. */
void filelock_file_gone(struct file *file);
void filelock_inode_gone(struct inode *inode);

/* Calls fn for each lock there is, in no order, under a spinlock. For /proc/locks. */
void filelock_for_each(bool (*fn)(const struct filelock_request *lock, const struct inode *inode,
				  bool is_waiting, void *ctx),
		       void *ctx);

/* Locks that exist, for leak tests. */
uint64_t filelock_count(void);

#endif
