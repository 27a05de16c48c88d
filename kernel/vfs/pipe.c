/*
 * Pipes.
 *
 * Two locks. The mutex is held by the one who moves bytes, which may sleep in a page
 * fault of his memory. The spinlock guards the counts that others wait for. A change of
 * a count and its wake-up are one critical section, and those who wait check under the
 * same lock, so no wake-up is lost.
 *
 * A write of up to PIPE_ATOMIC bytes waits until all of it fits and is then done under
 * one hold of the mutex. A longer one goes in pieces, each when there is room for
 * PIPE_ATOMIC bytes or the rest, so that a slow reader does not make it wake up for
 * every byte.
 *
 * Lock order: mutex -> (a user's address space) -> lock.
 */
#include "kernel/vfs/pipe.h"

#include "kernel/lib/atomic.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/account.h"
#include "kernel/mm/page.h"
#include "kernel/vfs/io.h"
#include "kernel/vfs/pipe_impl.h"
#include "kernel/vfs/poll.h"

static struct atomic64 pipes;

static size_t array_size(uint32_t page_count)
{
	return page_count * sizeof(struct page *);
}

int pipe_alloc(struct mem_account *account, struct pipe **out)
{
	uint32_t page_count = PIPE_SIZE_DEFAULT >> PAGE_SHIFT;
	struct pipe *pipe = kmem_zalloc_charged(account, sizeof(*pipe));

	if (!pipe)
		return -ENOMEM;
	mutex_init(&pipe->mutex, LOCK_PIPE);
	spin_lock_init(&pipe->lock, LOCK_OBJECT);
	pipe->pages = (struct page **)kmem_zalloc_charged(account, array_size(page_count));
	if (!pipe->pages) {
		kmem_free_charged(account, pipe, sizeof(*pipe));
		return -ENOMEM;
	}
	pipe->page_count = page_count;
	waitq_init(&pipe->read_waits);
	waitq_init(&pipe->write_waits);
	waitq_init(&pipe->open_waits);
	waitq_init(&pipe->pollers);
	pipe->account = account;
	if (account)
		mem_account_get(account);
	pipe->refs = 1;
	atomic64_inc(&pipes);
	*out = pipe;
	return 0;
}

static void free_pages(struct page **pages, uint32_t count, struct mem_account *account)
{
	for (uint32_t i = 0; i < count; i++) {
		if (pages[i])
			page_put(pages[i]);
	}
	kmem_free_charged(account, (void *)pages, array_size(count));
}

void pipe_free(struct pipe *pipe)
{
	struct mem_account *account = pipe->account;
	uint32_t count = pipe_capacity(pipe) >> PAGE_SHIFT;

	mutex_lock(&pipe->mutex);
	free_pages(pipe->pages, count, account);
	if (pipe->spare)
		page_put(pipe->spare);
	mutex_unlock(&pipe->mutex);
	kmem_free_charged(account, pipe, sizeof(*pipe));
	if (account)
		mem_account_put(account);
	atomic64_dec(&pipes);
}

uint64_t pipe_count(void)
{
	return atomic64_load(&pipes);
}

/* --- Ends --- */

void pipe_add_end(struct pipe *pipe, uint32_t ends)
{
	spin_lock(&pipe->lock);
	if (ends & PIPE_READ) {
		pipe->readers++;
		pipe->reader_opens++;
	}
	if (ends & PIPE_WRITE) {
		pipe->writers++;
		pipe->writer_opens++;
	}
	waitq_wake_all(&pipe->open_waits);
	waitq_wake_all(&pipe->pollers);
	spin_unlock(&pipe->lock);
}

void pipe_remove_end(struct pipe *pipe, uint32_t ends)
{
	spin_lock(&pipe->lock);
	if (ends & PIPE_READ)
		pipe->readers--;
	if (ends & PIPE_WRITE)
		pipe->writers--;
	waitq_wake_all(&pipe->read_waits);
	waitq_wake_all(&pipe->write_waits);
	waitq_wake_all(&pipe->pollers);
	spin_unlock(&pipe->lock);
}

int pipe_wait_open(struct pipe *pipe, uint32_t ends)
{
	const uint64_t *opens;
	uint32_t others;
	uint64_t seen;
	int err = 0;

	spin_lock(&pipe->lock);
	opens = ends & PIPE_READ ? &pipe->writer_opens : &pipe->reader_opens;
	others = ends & PIPE_READ ? pipe->writers : pipe->readers;
	seen = *opens;
	/* One that came and went again was there. */
	while (others == 0 && *opens == seen && !err)
		err = waitq_sleep(&pipe->open_waits, &pipe->lock, KTIME_FOREVER);
	spin_unlock(&pipe->lock);
	return err;
}

/* --- Moving bytes --- */

/* Where the bytes from a number on are, up to the end of the page: which slot, how many. */
static uint32_t slot_of(uint64_t byte, uint32_t page_count)
{
	return (uint32_t)((byte >> PAGE_SHIFT) % page_count);
}

static size_t part_at(uint64_t byte, uint64_t left)
{
	return MIN(left, PAGE_SIZE - (byte & (PAGE_SIZE - 1)));
}

/* The counts, which stand still as long as the mutex is held. */
struct counts {
	uint64_t head;
	uint64_t tail;
	uint32_t page_count;
};

static struct counts counts_of(struct pipe *pipe) REQUIRES(&pipe->mutex)
{
	struct counts now;

	spin_lock(&pipe->lock);
	now = (struct counts){pipe->head, pipe->tail, pipe->page_count};
	spin_unlock(&pipe->lock);
	return now;
}

/* The page of a slot is empty: it is kept for the next write, or given back. */
static void release_page(struct pipe *pipe, uint32_t slot) REQUIRES(&pipe->mutex)
{
	if (pipe->spare)
		page_put(pipe->pages[slot]);
	else
		pipe->spare = pipe->pages[slot];
	pipe->pages[slot] = NULL;
}

static size_t take(struct pipe *pipe, struct io_iter *iter) REQUIRES(&pipe->mutex)
{
	struct counts at = counts_of(pipe);
	size_t done = 0;

	while (at.tail < at.head && iter->left > 0) {
		uint32_t slot = slot_of(at.tail, at.page_count);
		const char *mem = page_vaddr(pipe->pages[slot]);
		size_t part = part_at(at.tail, MIN(at.head - at.tail, iter->left));
		size_t moved = io_copy_out(iter, mem + (at.tail & (PAGE_SIZE - 1)), part);

		at.tail += moved;
		done += moved;
		if (moved < part)
			break;
		/* Unless the writers are in it again, on their next round. */
		if ((at.tail & (PAGE_SIZE - 1)) == 0 &&
		    at.head <= at.tail + ((uint64_t)(at.page_count - 1) << PAGE_SHIFT))
			release_page(pipe, slot);
	}
	return done;
}

static int wait_readable(struct pipe *pipe, ktime_t deadline, bool *is_end)
{
	int err = 0;

	spin_lock(&pipe->lock);
	while (pipe->head == pipe->tail && pipe->writers > 0 && !err)
		err = waitq_sleep(&pipe->read_waits, &pipe->lock, deadline);
	*is_end = pipe->head == pipe->tail && pipe->writers == 0;
	spin_unlock(&pipe->lock);
	return err;
}

ssize_t pipe_read(struct pipe *pipe, struct io_iter *iter, ktime_t deadline)
{
	bool is_end = false;
	size_t done;
	int err;

	if (iter->left == 0)
		return 0;
	for (;;) {
		mutex_lock(&pipe->mutex);
		done = take(pipe, iter);
		spin_lock(&pipe->lock);
		if (done > 0) {
			pipe->tail += done;
			waitq_wake_all(&pipe->write_waits);
			waitq_wake_all(&pipe->pollers);
		} else if (pipe->head != pipe->tail) {
			is_end = true; /* there was something: the memory is bad */
		}
		spin_unlock(&pipe->lock);
		mutex_unlock(&pipe->mutex);
		if (done > 0)
			return (ssize_t)done;
		if (is_end)
			return -EFAULT;
		err = wait_readable(pipe, deadline, &is_end);
		if (err || is_end)
			return is_end ? 0 : err;
	}
}

/* A page to write to in the slot. */
static int fill_slot(struct pipe *pipe, uint32_t slot) REQUIRES(&pipe->mutex)
{
	if (pipe->pages[slot])
		return 0;
	if (!pipe->spare)
		return page_alloc_charged(pipe->account, 0, &pipe->pages[slot]);
	pipe->pages[slot] = pipe->spare;
	pipe->spare = NULL;
	return 0;
}

/* As much as fits: the bytes moved, or 0 with an error. */
static size_t put(struct pipe *pipe, struct io_iter *iter, int *err_out) REQUIRES(&pipe->mutex)
{
	struct counts at = counts_of(pipe);
	uint64_t end = at.tail + ((uint64_t)at.page_count << PAGE_SHIFT);
	size_t done = 0;

	*err_out = 0;
	while (at.head < end && iter->left > 0) {
		uint32_t slot = slot_of(at.head, at.page_count);
		size_t part = part_at(at.head, MIN(end - at.head, iter->left));
		char *mem;
		size_t moved;

		*err_out = fill_slot(pipe, slot);
		if (*err_out)
			break;
		mem = page_vaddr(pipe->pages[slot]);
		moved = io_copy_in(iter, mem + (at.head & (PAGE_SIZE - 1)), part);
		at.head += moved;
		done += moved;
		if (moved < part) {
			*err_out = -EFAULT;
			break;
		}
	}
	return done;
}

static uint64_t room_locked(const struct pipe *pipe) REQUIRES(&pipe->lock)
{
	return ((uint64_t)pipe->page_count << PAGE_SHIFT) - (pipe->head - pipe->tail);
}

/* Whether so many bytes can be written: 0, -EPIPE, or -EAGAIN. */
static int check_writable(struct pipe *pipe, uint64_t need)
{
	int err = 0;

	spin_lock(&pipe->lock);
	if (pipe->readers == 0)
		err = -EPIPE;
	else if (room_locked(pipe) < need)
		err = -EAGAIN;
	spin_unlock(&pipe->lock);
	return err;
}

static int wait_writable(struct pipe *pipe, uint64_t need, ktime_t deadline)
{
	int err = 0;

	spin_lock(&pipe->lock);
	while (pipe->readers > 0 && room_locked(pipe) < need && !err)
		err = waitq_sleep(&pipe->write_waits, &pipe->lock, deadline);
	if (pipe->readers == 0)
		err = -EPIPE;
	spin_unlock(&pipe->lock);
	return err;
}

/* Writes what fits now, but nothing unless `need` bytes do. */
static size_t write_some(struct pipe *pipe, struct io_iter *iter, uint64_t need, int *err_out)
{
	size_t done = 0;

	mutex_lock(&pipe->mutex);
	*err_out = check_writable(pipe, need);
	if (!*err_out)
		done = put(pipe, iter, err_out);
	if (done > 0) {
		spin_lock(&pipe->lock);
		pipe->head += done;
		waitq_wake_all(&pipe->read_waits);
		waitq_wake_all(&pipe->pollers);
		spin_unlock(&pipe->lock);
	}
	mutex_unlock(&pipe->mutex);
	return done;
}

ssize_t pipe_write(struct pipe *pipe, struct io_iter *iter, ktime_t deadline)
{
	bool is_atomic = iter->left <= PIPE_ATOMIC;
	size_t done = 0;
	int err = 0;

	if (iter->left == 0)
		return 0;
	for (;;) {
		uint64_t whole = MIN(iter->left, PIPE_ATOMIC);

		done += write_some(pipe, iter, is_atomic ? whole : 1, &err);
		if (iter->left == 0 || (err && err != -EAGAIN))
			break;
		err = wait_writable(pipe, MIN(iter->left, PIPE_ATOMIC), deadline);
		if (err)
			break;
	}
	return done > 0 ? (ssize_t)done : err;
}

/* --- The rest --- */

uint32_t pipe_poll(struct pipe *pipe, uint32_t ends, struct poll_table *table)
{
	uint32_t ready = 0;

	spin_lock(&pipe->lock);
	poll_wait(table, &pipe->pollers, &pipe->lock);
	if (ends & PIPE_READ) {
		if (pipe->head != pipe->tail)
			ready |= READY_IN | READY_RDNORM;
		if (pipe->writers == 0 && pipe->writer_opens > 0)
			ready |= READY_HUP;
	}
	if (ends & PIPE_WRITE) {
		if (room_locked(pipe) >= PIPE_ATOMIC)
			ready |= READY_OUT | READY_WRNORM;
		if (pipe->readers == 0)
			ready |= READY_ERR;
	}
	spin_unlock(&pipe->lock);
	return ready;
}

/* Copies what is in the pipe to the front of other pages. */
static void copy_over(struct pipe *pipe, struct page **to, const struct counts *at)
	REQUIRES(&pipe->mutex)
{
	uint64_t done = 0;

	while (at->tail + done < at->head) {
		uint64_t byte = at->tail + done;
		size_t part = part_at(byte, at->head - byte);
		const char *from = page_vaddr(pipe->pages[slot_of(byte, at->page_count)]);
		char *mem = page_vaddr(to[done >> PAGE_SHIFT]);

		part = part_at(done, part);
		memcpy(mem + (done & (PAGE_SIZE - 1)), from + (byte & (PAGE_SIZE - 1)), part);
		done += part;
	}
}

static int resize_locked(struct pipe *pipe, uint32_t page_count) REQUIRES(&pipe->mutex)
{
	struct counts at = counts_of(pipe);
	uint64_t fill = at.head - at.tail;
	uint64_t needed = (fill + PAGE_SIZE - 1) >> PAGE_SHIFT;
	struct page **pages;
	int err = 0;

	if (needed > page_count)
		return -EBUSY;
	pages = (struct page **)kmem_zalloc_charged(pipe->account, array_size(page_count));
	if (!pages)
		return -ENOMEM;
	for (uint64_t i = 0; i < needed && !err; i++)
		err = page_alloc_charged(pipe->account, 0, &pages[i]);
	if (err) {
		free_pages(pages, page_count, pipe->account);
		return err;
	}
	copy_over(pipe, pages, &at);
	free_pages(pipe->pages, at.page_count, pipe->account);
	pipe->pages = pages;
	spin_lock(&pipe->lock);
	pipe->head = fill;
	pipe->tail = 0;
	pipe->page_count = page_count;
	waitq_wake_all(&pipe->write_waits);
	waitq_wake_all(&pipe->pollers);
	spin_unlock(&pipe->lock);
	return 0;
}

int pipe_resize(struct pipe *pipe, uint32_t page_count)
{
	int err;

	mutex_lock(&pipe->mutex);
	err = resize_locked(pipe, page_count);
	mutex_unlock(&pipe->mutex);
	return err;
}

uint32_t pipe_fill(struct pipe *pipe)
{
	uint64_t fill;

	spin_lock(&pipe->lock);
	fill = pipe->head - pipe->tail;
	spin_unlock(&pipe->lock);
	return (uint32_t)fill;
}

uint32_t pipe_capacity(struct pipe *pipe)
{
	uint32_t pages;

	spin_lock(&pipe->lock);
	pages = pipe->page_count;
	spin_unlock(&pipe->lock);
	return pages << PAGE_SHIFT;
}
