/*
 * Pipes as open files: the two ends of pipe(2), and FIFOs.
 *
 * A pipe lives as long as an end of it is open. The one of a FIFO hangs on the inode
 * meanwhile, so that the next one to open it finds it; the count of references and that
 * link change together, under one lock for all.
 */
#include "kernel/core/assert.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/bits.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/account.h"
#include "kernel/vfs/cred.h"
#include "kernel/vfs/file.h"
#include "kernel/vfs/inode.h"
#include "kernel/vfs/pipe.h"
#include "kernel/vfs/pipe_impl.h"
#include "kernel/vfs/stat.h"

static struct spinlock fifo_lock = SPINLOCK_INIT(LOCK_OBJECT);

static uint32_t ends_of(const struct file *file)
{
	return (file->mode & FILE_READ ? PIPE_READ : 0) |
	       (file->mode & FILE_WRITE ? PIPE_WRITE : 0);
}

static ktime_t deadline_of(const struct file_io *io)
{
	return io->flags & OPEN_NONBLOCK ? KTIME_POLL : KTIME_FOREVER;
}

static void pipe_put(struct pipe *pipe)
{
	bool is_last;

	spin_lock(&fifo_lock);
	is_last = --pipe->refs == 0;
	if (is_last && pipe->inode)
		pipe->inode->fifo = NULL;
	spin_unlock(&fifo_lock);
	if (is_last)
		pipe_free(pipe);
}

static ssize_t file_pipe_read(struct file *file, struct file_io *io)
{
	return pipe_read(file->private, io->iter, deadline_of(io));
}

static ssize_t file_pipe_write(struct file *file, struct file_io *io)
{
	return pipe_write(file->private, io->iter, deadline_of(io));
}

static uint32_t file_pipe_poll(struct file *file, struct poll_table *table)
{
	return pipe_poll(file->private, ends_of(file), table);
}

static void file_pipe_release(struct file *file)
{
	struct pipe *pipe = file->private;

	/* Not there if a FIFO's open failed. */
	if (!pipe)
		return;
	pipe_remove_end(pipe, ends_of(file));
	pipe_put(pipe);
}

static const struct file_ops pipe_file_ops = {
	.label = "pipe",
	.read = file_pipe_read,
	.write = file_pipe_write,
	.poll = file_pipe_poll,
	.release = file_pipe_release,
};

int pipe_create(uint32_t flags, const struct vfs_cred *cred, struct mem_account *account,
		struct file **read_end, struct file **write_end)
{
	struct pipe *pipe;
	struct file *reader, *writer;
	int err;

	if (flags & ~(uint32_t)OPEN_NONBLOCK)
		return -EINVAL;
	err = pipe_alloc(account, &pipe);
	if (err)
		return err;
	err = file_create_anon(&pipe_file_ops, pipe, MODE_FIFO | 0600, flags | OPEN_READ, cred,
			       account, &reader);
	if (err)
		goto out_put_pipe;
	pipe_add_end(pipe, PIPE_READ);
	/* The other end is of the same inode, and has the reference that is left. */
	err = file_create(reader->inode, NULL, &pipe_file_ops, flags | OPEN_WRITE, account,
			  &writer);
	if (err) {
		file_put(reader);
		return err;
	}
	spin_lock(&fifo_lock);
	pipe->refs++;
	spin_unlock(&fifo_lock);
	writer->private = pipe;
	pipe_add_end(pipe, PIPE_WRITE);
	*read_end = reader;
	*write_end = writer;
	return 0;

out_put_pipe:
	pipe_put(pipe);
	return err;
}

/* --- FIFOs --- */

/* The FIFO's pipe, with a reference; made if it is not open yet. */
static int fifo_get(struct inode *inode, struct mem_account *account, struct pipe **out)
{
	struct pipe *new;
	struct pipe *pipe;
	int err = pipe_alloc(account, &new);

	if (err)
		return err;
	new->inode = inode;
	spin_lock(&fifo_lock);
	pipe = inode->fifo;
	if (pipe) {
		pipe->refs++;
	} else {
		inode->fifo = new;
		pipe = new;
		new = NULL;
	}
	spin_unlock(&fifo_lock);
	if (new)
		pipe_free(new);
	*out = pipe;
	return 0;
}

static bool has_reader(struct pipe *pipe)
{
	bool has_one;

	spin_lock(&pipe->lock);
	has_one = pipe->readers > 0;
	spin_unlock(&pipe->lock);
	return has_one;
}

static int fifo_open(struct file *file)
{
	bool is_nonblocking = (file_flags(file) & OPEN_NONBLOCK) != 0;
	uint32_t ends = ends_of(file);
	struct pipe *pipe;
	int err;

	if (!ends)
		return -EINVAL;
	err = fifo_get(file->inode, file->account, &pipe);
	if (err)
		return err;
	if (ends == PIPE_WRITE && is_nonblocking && !has_reader(pipe)) {
		pipe_put(pipe);
		return -ENXIO;
	}
	pipe_add_end(pipe, ends);
	if (ends != (PIPE_READ | PIPE_WRITE) && !is_nonblocking)
		err = pipe_wait_open(pipe, ends);
	if (err) {
		pipe_remove_end(pipe, ends);
		pipe_put(pipe);
		return err;
	}
	file->private = pipe;
	return 0;
}

const struct file_ops fifo_file_ops = {
	.open = fifo_open,
	.read = file_pipe_read,
	.write = file_pipe_write,
	.poll = file_pipe_poll,
	.release = file_pipe_release,
};

/* --- Sizes --- */

static struct pipe *pipe_of(const struct file *file)
{
	return file->ops == &pipe_file_ops || file->ops == &fifo_file_ops ? file->private : NULL;
}

int pipe_get_size(struct file *file, uint32_t *out)
{
	struct pipe *pipe = pipe_of(file);

	if (!pipe)
		return -EBADF;
	*out = pipe_capacity(pipe);
	return 0;
}

int pipe_set_size(struct file *file, uint32_t size, const struct vfs_cred *cred, uint32_t *out)
{
	struct pipe *pipe = pipe_of(file);
	int err;

	if (!pipe)
		return -EBADF;
	if (size > PIPE_SIZE_MAX)
		return -EINVAL;
	size = (uint32_t)round_up_pow2(MAX(size, PAGE_SIZE));
	if (size > PIPE_SIZE_LIMIT && size > pipe_capacity(pipe) &&
	    !cred_has(cred, VFS_CAP_RESOURCE))
		return -EPERM;
	err = pipe_resize(pipe, size >> PAGE_SHIFT);
	if (!err)
		*out = size;
	return err;
}

int pipe_get_fill(struct file *file, uint32_t *out)
{
	struct pipe *pipe = pipe_of(file);

	if (!pipe)
		return -EBADF;
	*out = pipe_fill(pipe);
	return 0;
}
