/*
 * Descriptors: the capability space of a Linux process, seen as open(2) sees it. A
 * descriptor is a slot, and what it may be used for is in the capability.
 */
#ifndef COMPAT_LINUX_FILE_FDTABLE_H
#define COMPAT_LINUX_FILE_FDTABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/cap/cap.h"
#include "kernel/lib/compiler.h"

struct cspace;
struct file;
struct lthread;
struct mem_account;

/* A descriptor in use by the running thread. */
struct fd_ref {
	struct cap_ref cap;
	struct file *file; /* borrowed from cap */
};

/* The table, and who pays for what is opened into it. */
struct cspace *fd_space(const struct lthread *lt);
struct mem_account *fd_account(const struct lthread *lt);

/*
 * Begins the use of a descriptor: 0, to be ended by fd_put(); -EBADF for one that is
 * not open, or not open for reading or writing when rights ask for that; -EACCES when
 * another right is missing; -EIO when it was revoked. rights are never 0.
 */
MUST_CHECK int fd_get(const struct lthread *lt, int32_t fd, uint32_t rights, struct fd_ref *out);

/* The same, -EBADF also for one that was opened with O_PATH. */
MUST_CHECK int fd_get_open(const struct lthread *lt, int32_t fd, uint32_t rights,
			   struct fd_ref *out);

void fd_put(struct fd_ref *ref);

/*
 * Whether an operation that gave this result is to be made again: it was interrupted,
 * but neither for a signal nor because of this capability. *result is -EIO when the
 * capability was revoked meanwhile.
 */
bool fd_must_retry(const struct fd_ref *ref, int64_t *result);

/*
 * Puts a file into the lowest free descriptor, by the grant and with no more rights
 * than via has. Consumes the reference to file in any case. The descriptor, or -EMFILE,
 * -ENOMEM.
 */
MUST_CHECK int64_t fd_install(const struct lthread *lt, struct file *file,
			      const struct cap_ref *via, uint32_t flags);

#endif
