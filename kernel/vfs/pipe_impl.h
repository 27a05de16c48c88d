/* The pipe itself, for pipe.c and pipe_file.c. */
#ifndef KERNEL_VFS_PIPE_IMPL_H
#define KERNEL_VFS_PIPE_IMPL_H

#include "kernel/core/spinlock.h"
#include "kernel/lib/types.h"
#include "kernel/sched/mutex.h"
#include "kernel/sched/waitq.h"
#include "kernel/vfs/pipe.h"

struct inode;
struct io_iter;
struct page;
struct poll_table;

/*
 *	head - tail bytes are in it; both only ever grow
 *
 * Byte number n is at n % PAGE_SIZE of page (n / PAGE_SIZE) % page_count. Who moves
 * bytes has the mutex, and may sleep in a page fault meanwhile; who waits needs only
 * the spinlock. head, tail and page_count change with both.
 */
struct pipe {
	struct mutex mutex;			/* rank PIPE */
	struct page **pages GUARDED_BY(&mutex); /* NULL where nothing was written yet */
	struct page *spare GUARDED_BY(&mutex);	/* one that was emptied, for the next */

	struct spinlock lock; /* rank OBJECT */
	uint64_t head GUARDED_BY(&lock);
	uint64_t tail GUARDED_BY(&lock);
	uint32_t page_count GUARDED_BY(&lock);
	uint32_t readers GUARDED_BY(&lock); /* open ends */
	uint32_t writers GUARDED_BY(&lock);
	uint64_t reader_opens GUARDED_BY(&lock); /* ever */
	uint64_t writer_opens GUARDED_BY(&lock);
	struct waitq read_waits GUARDED_BY(&lock);
	struct waitq write_waits GUARDED_BY(&lock);
	struct waitq open_waits GUARDED_BY(&lock);
	struct waitq pollers GUARDED_BY(&lock);

	struct mem_account *account; /* const: a reference */
	uint32_t refs;		     /* under the lock of pipe_file.c */
	struct inode *inode;	     /* const: the FIFO's, whose fifo it is; or NULL */
};

enum pipe_end {
	PIPE_READ = 1u << 0,
	PIPE_WRITE = 1u << 1,
};

MUST_CHECK int pipe_alloc(struct mem_account *account, struct pipe **out);
void pipe_free(struct pipe *pipe);

/* One more open end, or both. */
void pipe_add_end(struct pipe *pipe, uint32_t ends);
void pipe_remove_end(struct pipe *pipe, uint32_t ends);

/* Sleeps until the other side has been opened: 0, or -EINTR. */
MUST_CHECK int pipe_wait_open(struct pipe *pipe, uint32_t ends);

/* Bytes moved; 0: the end. -EFAULT, -EAGAIN (deadline KTIME_POLL), -EINTR. */
MUST_CHECK ssize_t pipe_read(struct pipe *pipe, struct io_iter *iter, ktime_t deadline);
/* The same; -EPIPE: no reader is left. -ENOMEM. */
MUST_CHECK ssize_t pipe_write(struct pipe *pipe, struct io_iter *iter, ktime_t deadline);

uint32_t pipe_poll(struct pipe *pipe, uint32_t ends, struct poll_table *table);

MUST_CHECK int pipe_resize(struct pipe *pipe, uint32_t page_count);
uint32_t pipe_fill(struct pipe *pipe);
uint32_t pipe_capacity(struct pipe *pipe);

#endif
