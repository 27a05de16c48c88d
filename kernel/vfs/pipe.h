/*
 * Pipe: bytes from writers to readers, in order, through a buffer of bounded size.
 * Without a name, or behind a FIFO in a file system.
 */
#ifndef KERNEL_VFS_PIPE_H
#define KERNEL_VFS_PIPE_H

#include <stdint.h>

#include "kernel/lib/compiler.h"

struct file;
struct file_ops;
struct mem_account;
struct vfs_cred;

/* Writes up to that are whole: not mixed with others', and not done in part. */
#define PIPE_ATOMIC 4096u
#define PIPE_SIZE_DEFAULT 65536u
/* Above it needs VFS_CAP_RESOURCE. */
#define PIPE_SIZE_LIMIT 1048576u
#define PIPE_SIZE_MAX (16u * 1048576u)

/*
 * Both ends; flags: OPEN_NONBLOCK, OPEN_DIRECT is not known here (-EINVAL). The caller
 * owns a reference to each. Pages are charged to account as they are filled.
 */
MUST_CHECK int pipe_create(uint32_t flags, const struct vfs_cred *cred, struct mem_account *account,
			   struct file **read_end, struct file **write_end);

/* Bytes that can be written to it when it is empty; -EBADF: not a pipe. */
MUST_CHECK int pipe_get_size(struct file *file, uint32_t *out);

/*
 * Changes that, rounded up to a power of two of at least a page; *out is what it is now.
 * -EPERM, -EINVAL (too large), -EBUSY (more is in it), -ENOMEM, -EBADF.
 */
MUST_CHECK int pipe_set_size(struct file *file, uint32_t size, const struct vfs_cred *cred,
			     uint32_t *out);

/* Bytes to be read now, for FIONREAD. */
MUST_CHECK int pipe_get_fill(struct file *file, uint32_t *out);

/* For inodes of FIFOs. Opening one waits for the other end. */
extern const struct file_ops fifo_file_ops;

/* Pipes that exist, for leak tests. */
uint64_t pipe_count(void);

#endif
