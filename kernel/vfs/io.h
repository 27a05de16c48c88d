/*
 * Byte iterator: where the bytes of a read go to, or those of a write come from.
 *
 * File systems move bytes by it and never learn whose memory it is: the kernel's,
 * or a program's that the caller reaches through functions of its own, which may
 * sleep in a page fault. So no spinlock is held where an iterator moves.
 */
#ifndef KERNEL_VFS_IO_H
#define KERNEL_VFS_IO_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"

/* A piece of memory. base is an address that the copy functions understand. */
struct io_vec {
	uint64_t base;
	uint64_t len;
};

/*
 * How to reach memory that is not the kernel's. Each returns how many of the first
 * bytes were moved; fewer than len means that the memory behind them is bad.
 */
struct io_copy_ops {
	size_t (*copy_out)(void *ctx, uint64_t dst, const void *src, size_t len);
	size_t (*copy_in)(void *ctx, void *dst, uint64_t src, size_t len);
	size_t (*clear)(void *ctx, uint64_t dst, size_t len);
};

struct io_iter {
	const struct io_vec *vecs;
	uint32_t count;		       /* pieces that are left, the one it is in included */
	uint64_t offset;	       /* in the first of them */
	uint64_t left;		       /* bytes, over all */
	const struct io_copy_ops *ops; /* NULL: kernel memory */
	void *ctx;
	struct io_vec single;
};

/* One piece of kernel memory. It is not written to unless bytes are copied out. */
void io_iter_kernel(struct io_iter *iter, const void *buf, size_t len);

/*
 * Pieces of any memory; the caller keeps vecs. 0, or -EINVAL when the lengths add up
 * to more than INT64_MAX.
 */
MUST_CHECK int io_iter_vecs(struct io_iter *iter, const struct io_vec *vecs, uint32_t count,
			    const struct io_copy_ops *ops, void *ctx);

/* At most so many bytes from here on. */
static inline void io_iter_limit(struct io_iter *iter, uint64_t len)
{
	if (iter->left > len)
		iter->left = len;
}

/*
 * Each moves up to len bytes, but not more than are left, goes on by what it moved,
 * and returns that: fewer than both tell that the memory is bad (-EFAULT to the one
 * who asked, if nothing was moved before).
 */
size_t io_copy_out(struct io_iter *iter, const void *src, size_t len);
size_t io_copy_in(struct io_iter *iter, void *dst, size_t len);
/* Zeros to the memory. */
size_t io_clear(struct io_iter *iter, size_t len);
/* Nothing is moved. */
void io_skip(struct io_iter *iter, size_t len);

#endif
