#include "compat/linux/dev/mem.h"

#include "kernel/core/random.h"
#include "kernel/lib/errno.h"
#include "kernel/sched/thread.h"
#include "kernel/vfs/file.h"

/* Between two looks at whether the thread is wanted. */
#define STEP 65536u
#define RANDOM_STEP 256u

/* All of them have a position that means nothing. */
static int seek(struct file *file UNUSED, int64_t offset UNUSED, enum seek_whence whence UNUSED,
		uint64_t *pos)
{
	*pos = 0;
	return 0;
}

/* What to return: bytes moved, or why none were. */
static ssize_t result(const struct io_iter *iter, size_t done)
{
	if (done > 0 || iter->left == 0)
		return (ssize_t)done;
	return thread_pending_interrupts(thread_current()) ? -EINTR : -EFAULT;
}

static ssize_t null_read(struct file *file UNUSED, struct file_io *io UNUSED)
{
	return 0;
}

static ssize_t null_write(struct file *file UNUSED, struct file_io *io)
{
	uint64_t len = io->iter->left;

	io_skip(io->iter, len);
	return (ssize_t)len;
}

static ssize_t zero_read(struct file *file UNUSED, struct file_io *io)
{
	size_t done = 0, step, moved;

	while (io->iter->left > 0) {
		step = MIN(io->iter->left, STEP);
		moved = io_clear(io->iter, step);
		done += moved;
		if (moved < step || thread_pending_interrupts(thread_current()))
			break;
	}
	return result(io->iter, done);
}

static ssize_t full_write(struct file *file UNUSED, struct file_io *io)
{
	return io->iter->left ? -ENOSPC : 0;
}

static ssize_t random_read(struct file *file UNUSED, struct file_io *io)
{
	uint8_t bytes[RANDOM_STEP];
	size_t done = 0, step, moved;

	while (io->iter->left > 0) {
		step = MIN(io->iter->left, RANDOM_STEP);
		random_bytes(bytes, step);
		moved = io_copy_out(io->iter, bytes, step);
		done += moved;
		/* Up to 256 bytes come whole, whatever interrupts. */
		if (moved < step || thread_pending_interrupts(thread_current()))
			break;
	}
	return result(io->iter, done);
}

static ssize_t random_write(struct file *file UNUSED, struct file_io *io)
{
	uint8_t bytes[RANDOM_STEP];
	size_t done = 0, step, moved;

	while (io->iter->left > 0) {
		step = MIN(io->iter->left, RANDOM_STEP);
		moved = io_copy_in(io->iter, bytes, step);
		random_add_entropy(bytes, moved, 0); /* a program may say anything */
		done += moved;
		if (moved < step || thread_pending_interrupts(thread_current()))
			break;
	}
	return result(io->iter, done);
}

const struct file_ops null_file_ops = {.read = null_read, .write = null_write, .seek = seek};
const struct file_ops zero_file_ops = {.read = zero_read, .write = null_write, .seek = seek};
const struct file_ops full_file_ops = {.read = zero_read, .write = full_write, .seek = seek};
const struct file_ops random_file_ops = {.read = random_read, .write = random_write, .seek = seek};
