#include "kernel/vfs/cached.h"

#include "kernel/core/time.h"
#include "kernel/lib/checked.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/page.h"
#include "kernel/vfs/cred.h"
#include "kernel/vfs/inode.h"
#include "kernel/vfs/mount.h"
#include "kernel/vm/filecache.h"

#define SIZE_MAX_CACHED (VMOBJ_MAX_SIZE - PAGE_SIZE)
#define DAY_NS (86400 * NSEC_PER_SEC)

void file_accessed(struct file *file)
{
	struct inode *inode = file->inode;
	uint32_t flags;
	int64_t atime, now;

	if ((file_flags(file) & OPEN_NOATIME) || !file->path.mount)
		return;
	flags = READ_ONCE(file->path.mount->flags) | READ_ONCE(inode->super->flags);
	if (flags & (MOUNT_NOATIME | MOUNT_READONLY))
		return;
	if ((flags & MOUNT_NODIRATIME) && inode_is_dir(inode))
		return;
	atime = READ_ONCE(inode->atime);
	now = time_wall_ns();
	if ((flags & MOUNT_RELATIME) && atime > READ_ONCE(inode->mtime) &&
	    atime > READ_ONCE(inode->ctime) && now - atime < DAY_NS)
		return;
	WRITE_ONCE(inode->atime, now);
}

/* Bytes of one page to the reader: fewer than len when his memory is bad, or an error. */
static ssize_t read_part(struct filecache *cache, uint64_t pos, size_t len, struct io_iter *iter)
{
	struct page *page;
	size_t done;
	int err = filecache_get(cache, pos >> PAGE_SHIFT, &page);

	if (err == -ENOENT)
		return (ssize_t)io_clear(iter, len);
	if (err)
		return err;
	done = io_copy_out(iter, (char *)page_vaddr(page) + (pos & (PAGE_SIZE - 1)), len);
	page_put(page);
	return (ssize_t)done;
}

ssize_t cached_read(struct file *file, struct file_io *io)
{
	struct inode *inode = file->inode;
	uint64_t begin = io->pos;
	ssize_t err = 0;

	while (io->iter->left > 0) {
		uint64_t size = READ_ONCE(inode->size);
		size_t part;

		if (io->pos >= size)
			break;
		part = PAGE_SIZE - (io->pos & (PAGE_SIZE - 1));
		part = MIN(part, MIN(size - io->pos, io->iter->left));
		err = read_part(inode->cache, io->pos, part, io->iter);
		if (err == -ENXIO) {
			err = 0; /* it was cut just now */
			break;
		}
		if (err < 0)
			break;
		io->pos += (size_t)err;
		if ((size_t)err < part) {
			err = -EFAULT;
			break;
		}
	}
	file_accessed(file);
	if (io->pos > begin)
		return (ssize_t)(io->pos - begin);
	return err < 0 ? err : 0;
}

/* --- Writing --- */

/* A program that is written to is not the one that was given its bits. */
static void drop_setid(struct inode *inode)
{
	uint32_t mode = inode->mode;

	if (LIKELY(!(mode & (MODE_SETUID | MODE_SETGID))))
		return;
	mode &= ~(uint32_t)MODE_SETUID;
	if (mode & MODE_GROUP_EXEC)
		mode &= ~(uint32_t)MODE_SETGID;
	WRITE_ONCE(inode->mode, mode);
}

static int write_pages(struct inode *inode, struct file_io *io)
{
	struct filecache *cache = inode->cache;

	while (io->iter->left > 0) {
		uint64_t in_page = io->pos & (PAGE_SIZE - 1);
		size_t part = MIN(PAGE_SIZE - in_page, io->iter->left);
		struct page *page;
		size_t done;
		int err = filecache_get_for_write(cache, io->pos >> PAGE_SHIFT, &page);

		if (err)
			return err;
		done = io_copy_in(io->iter, (char *)page_vaddr(page) + in_page, part);
		filecache_mark_dirty(page);
		page_put(page);
		io->pos += done;
		if (done > 0 && io->pos > inode->size)
			WRITE_ONCE(inode->size, io->pos);
		if (done < part)
			return -EFAULT;
	}
	return 0;
}

/* Where the write begins, and how much of it is allowed. */
static int prepare(struct inode *inode, struct file_io *io)
{
	uint64_t limit = MIN(io->size_limit, SIZE_MAX_CACHED);

	if (io->flags & OPEN_APPEND)
		io->pos = inode->size;
	if (io->iter->left == 0)
		return 0;
	if (io->pos >= limit)
		return -EFBIG;
	io_iter_limit(io->iter, limit - io->pos);
	return 0;
}

/* The lock is held for writing. */
static ssize_t write_locked(struct inode *inode, struct file_io *io)
{
	uint64_t size = inode->size;
	uint64_t begin, end;
	int err = prepare(inode, io);

	if (err || io->iter->left == 0)
		return err;
	begin = io->pos;
	end = begin + io->iter->left;
	/* Room for pages; readers go by the inode's size. */
	if (end > size)
		err = filecache_resize(inode->cache, end);
	if (err)
		return err;
	err = write_pages(inode, io);
	if (err && end > size) {
		int back = filecache_resize(inode->cache, inode->size);

		(void)back; /* smaller than it was just now: cannot fail */
	}
	if (io->pos == begin)
		return err;
	drop_setid(inode);
	inode_touch(inode, INODE_MTIME | INODE_CTIME);
	return (ssize_t)(io->pos - begin);
}

ssize_t cached_write(struct file *file, struct file_io *io)
{
	struct inode *inode = file->inode;
	ssize_t done;

	rwlock_write_lock(&inode->lock);
	done = write_locked(inode, io);
	rwlock_write_unlock(&inode->lock);
	if (done > 0 && (io->flags & OPEN_DSYNC) && file->ops->sync) {
		int err = file->ops->sync(file, io->pos - (size_t)done, io->pos - 1, true);

		if (err)
			return err;
	}
	return done;
}

int cached_truncate(struct inode *inode, uint64_t size)
{
	uint64_t old = inode->size;
	uint64_t tail = ALIGN_UP(old, PAGE_SIZE) - old;
	int err;

	if (size > SIZE_MAX_CACHED)
		return -EFBIG;
	/* Readers first see the end, then the pages go; or the other way round. */
	if (size < old)
		WRITE_ONCE(inode->size, size);
	else if (tail > 0)
		filecache_punch(inode->cache, old, tail); /* what a mapping left behind it */
	err = filecache_resize(inode->cache, size);
	WRITE_ONCE(inode->size, err ? old : size);
	return err;
}

/* --- fallocate --- */

/* Makes the pages of a range, which lies within the object's size. */
static int make_pages(struct inode *inode, uint64_t offset, uint64_t end)
{
	for (; offset < end; offset = ALIGN_DOWN(offset, PAGE_SIZE) + PAGE_SIZE) {
		struct page *page;
		int err = filecache_get_for_write(inode->cache, offset >> PAGE_SHIFT, &page);

		if (err)
			return err;
		page_put(page);
	}
	return 0;
}

/* The lock is held for writing. */
static int allocate_locked(struct inode *inode, uint32_t mode, uint64_t offset, uint64_t end)
{
	uint64_t size = inode->size;
	bool grows = end > size && !(mode & ALLOCATE_KEEP_SIZE);
	int err = 0, back;

	/* There is no place for pages beyond the end: honest, if less than Linux does. */
	if (!(mode & ALLOCATE_PUNCH_HOLE) && !grows && end > ALIGN_UP(size, PAGE_SIZE))
		return -EOPNOTSUPP;
	if (mode & (ALLOCATE_PUNCH_HOLE | ALLOCATE_ZERO_RANGE))
		filecache_punch(inode->cache, offset, end - offset);
	if (mode & ALLOCATE_PUNCH_HOLE)
		return 0;
	if (grows)
		err = filecache_resize(inode->cache, end);
	if (err)
		return err;
	err = make_pages(inode, offset, grows ? end : MIN(end, size));
	if (!err && grows)
		WRITE_ONCE(inode->size, end);
	if (err && grows) {
		back = filecache_resize(inode->cache, size);
		(void)back; /* smaller than it was just now: cannot fail */
	}
	return err;
}

int cached_allocate(struct file *file, uint32_t mode, uint64_t offset, uint64_t len,
		    uint64_t size_limit)
{
	struct inode *inode = file->inode;
	uint64_t end = offset + len;
	int err;

	if (end > SIZE_MAX_CACHED)
		return -EFBIG;
	rwlock_write_lock(&inode->lock);
	if (!(mode & ALLOCATE_KEEP_SIZE) && end > inode->size && end > size_limit)
		err = -EFBIG;
	else
		err = allocate_locked(inode, mode, offset, end);
	if (!err) {
		drop_setid(inode);
		inode_touch(inode, INODE_MTIME | INODE_CTIME);
	}
	rwlock_write_unlock(&inode->lock);
	return err;
}

int cached_sync(struct file *file, uint64_t first, uint64_t last, bool is_data_only UNUSED)
{
	return filecache_sync(file->inode->cache, first >> PAGE_SHIFT, last >> PAGE_SHIFT);
}
