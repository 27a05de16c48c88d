/*
 * Files whose bytes are in a file cache (kernel/vm/filecache.h): the usual operations,
 * for file systems to put into their struct file_ops.
 */
#ifndef KERNEL_VFS_CACHED_H
#define KERNEL_VFS_CACHED_H

#include "kernel/lib/compiler.h"
#include "kernel/vfs/file.h"

struct inode;

ssize_t cached_read(struct file *file, struct file_io *io);

/*
 * Under the inode's lock, so that writes do not mix; with OPEN_APPEND at the end as it
 * is then. The file's size grows as bytes get there.
 */
ssize_t cached_write(struct file *file, struct file_io *io);

/*
 * fallocate(2), for caches that nothing lies behind. -EOPNOTSUPP for pages beyond the end
 * of a file that is to keep its size.
 */
int cached_allocate(struct file *file, uint32_t mode, uint64_t offset, uint64_t len,
		    uint64_t size_limit);

/* For inode_ops.truncate. */
int cached_truncate(struct inode *inode, uint64_t size);

int cached_sync(struct file *file, uint64_t first, uint64_t last, bool is_data_only);

/* Notes that a file was read, as far as its mount and flags want that. */
void file_accessed(struct file *file);

#endif
