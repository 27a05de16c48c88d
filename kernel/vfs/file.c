#include "kernel/vfs/file.h"

#include "kernel/cap/cap.h"
#include "kernel/core/assert.h"
#include "kernel/lib/checked.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/account.h"
#include "kernel/mm/slab.h"
#include "kernel/vfs/cred.h"
#include "kernel/vfs/filelock.h"
#include "kernel/vfs/inode.h"
#include "kernel/vfs/mount.h"
#include "kernel/vfs/poll.h"
#include "kernel/vm/filecache.h"

static struct kmem_cache cache;
static struct atomic64 files;

int file_init(void)
{
	kmem_cache_init(&cache, "file", sizeof(struct file), 0);
	return 0;
}

/* --- Life --- */

static void file_destroy(struct kobject *obj)
{
	struct file *file = container_of(obj, struct file, obj);
	struct mem_account *account = file->account;

	if (!(file->mode & FILE_PATH)) {
		filelock_file_gone(file);
		if (file->ops->release)
			file->ops->release(file);
	}
	if (file->mode & FILE_HAS_WRITE) {
		inode_put_write(file->inode);
		mount_end_write(file->path.mount);
	}
	if (file->mode & FILE_EXEC)
		inode_allow_write(file->inode);
	/* The path last: it keeps the file system. */
	inode_put(file->inode);
	path_put(&file->path);
	kmem_cache_free(&cache, file);
	mem_uncharge_kernel(account, sizeof(*file));
	if (account)
		mem_account_put(account);
	atomic64_dec(&files);
}

static const struct kobject_type file_type = {
	KOBJECT_TYPE(FILE, struct file),
	.destroy = file_destroy,
};

static const struct kobject_type directory_type = {
	KOBJECT_TYPE(DIRECTORY, struct file),
	.destroy = file_destroy,
};

static const struct kobject_type pipe_type = {
	KOBJECT_TYPE(PIPE, struct file),
	.destroy = file_destroy,
};

static const struct kobject_type socket_type = {
	KOBJECT_TYPE(SOCKET, struct file),
	.destroy = file_destroy,
};

static const struct kobject_type *type_for(const struct inode *inode)
{
	switch (inode_type(inode)) {
	case MODE_DIR:
		return &directory_type;
	case MODE_FIFO:
		return &pipe_type;
	case MODE_SOCKET:
		return &socket_type;
	default:
		return &file_type;
	}
}

static uint32_t mode_for(const struct inode *inode, uint32_t flags)
{
	uint32_t mode = 0;

	if (flags & OPEN_PATH)
		return FILE_PATH;
	switch (flags & OPEN_ACCESS) {
	case OPEN_READ:
		mode = FILE_READ;
		break;
	case OPEN_WRITE:
		mode = FILE_WRITE;
		break;
	case OPEN_READ_WRITE:
		mode = FILE_READ | FILE_WRITE;
		break;
	default:
		break;
	}
	if (inode_is_regular(inode) || inode_is_dir(inode) || inode_type(inode) == MODE_BLOCK)
		mode |= FILE_SEEK;
	return mode;
}

int file_create(struct inode *inode, const struct path *path, const struct file_ops *ops,
		uint32_t flags, struct mem_account *account, struct file **out)
{
	struct file *file;

	if (mem_charge_kernel(account, sizeof(*file)))
		return -ENOMEM;
	file = kmem_cache_zalloc(&cache);
	if (!file) {
		mem_uncharge_kernel(account, sizeof(*file));
		return -ENOMEM;
	}
	kobject_init(&file->obj, type_for(inode));
	file->ops = ops;
	inode_get(inode);
	file->inode = inode;
	if (path) {
		file->path = *path;
		path_get(path);
	}
	file->mode = mode_for(inode, flags);
	atomic32_store(&file->flags,
		       flags & ~(uint32_t)(OPEN_CREATE | OPEN_EXCLUSIVE | OPEN_NO_TTY |
					   OPEN_TRUNCATE | OPEN_CLOEXEC));
	file->account = account;
	if (account)
		mem_account_get(account);
	mutex_init(&file->pos_lock, LOCK_FILE_POS);
	atomic64_inc(&files);
	*out = file;
	return 0;
}

struct file *file_from_kobject(struct kobject *obj)
{
	return obj->type->destroy == file_destroy ? container_of(obj, struct file, obj) : NULL;
}

uint64_t file_count(void)
{
	return atomic64_load(&files);
}

/* --- Capabilities --- */

uint32_t file_rights(const struct file *file)
{
	uint32_t rights = RIGHTS_COMMON;

	/* A directory's rights bound what is opened through it, however it was opened. */
	if (inode_is_dir(file->inode))
		return KOBJECT_DIRECTORY_RIGHTS;
	if (file->mode & FILE_PATH)
		return rights | RIGHT_CONNECT | RIGHT_EXEC | RIGHT_CHMOD | RIGHT_READ | RIGHT_WRITE;
	rights |= RIGHT_POLL | RIGHT_CONTROL | RIGHT_CHMOD | RIGHT_MAP | RIGHT_SEEK | RIGHT_EXEC;
	if (file->mode & FILE_READ)
		rights |= RIGHT_READ;
	if (file->mode & FILE_WRITE)
		rights |= RIGHT_WRITE | RIGHT_APPEND;
	return rights;
}

void file_derive_cap(struct file *file, const struct cap_ref *ref, struct cap *out)
{
	cap_derive(ref, file_kobject(file), file_rights(file), out);
}

/* --- Reading and writing --- */

static void fill_flags(const struct file *file, struct file_io *io)
{
	io->flags |= file_flags(file);
}

static int check_read(const struct file *file)
{
	if (!(file->mode & FILE_READ))
		return -EBADF;
	if (inode_is_dir(file->inode))
		return -EISDIR;
	return file->ops->read ? 0 : -EINVAL;
}

static int check_write(const struct file *file)
{
	if (!(file->mode & FILE_WRITE))
		return -EBADF;
	return file->ops->write ? 0 : -EINVAL;
}

ssize_t file_read(struct file *file, struct file_io *io)
{
	ssize_t done;
	int err = check_read(file);

	if (err)
		return err;
	fill_flags(file, io);
	if (!(file->mode & FILE_SEEK))
		return file->ops->read(file, io);
	mutex_lock(&file->pos_lock);
	io->pos = file->pos;
	done = file->ops->read(file, io);
	if (done > 0)
		file->pos = io->pos;
	mutex_unlock(&file->pos_lock);
	return done;
}

ssize_t file_write(struct file *file, struct file_io *io)
{
	ssize_t done;
	int err = check_write(file);

	if (err)
		return err;
	fill_flags(file, io);
	if (!(file->mode & FILE_SEEK))
		return file->ops->write(file, io);
	mutex_lock(&file->pos_lock);
	io->pos = file->pos;
	done = file->ops->write(file, io);
	if (done > 0)
		file->pos = io->pos;
	mutex_unlock(&file->pos_lock);
	return done;
}

static int check_position(const struct file *file, const struct file_io *io)
{
	if (!(file->mode & FILE_SEEK))
		return -ESPIPE;
	return io->pos > INT64_MAX ? -EINVAL : 0;
}

ssize_t file_read_at(struct file *file, struct file_io *io)
{
	int err = check_position(file, io);

	if (!err)
		err = check_read(file);
	if (err)
		return err;
	fill_flags(file, io);
	return file->ops->read(file, io);
}

ssize_t file_write_at(struct file *file, struct file_io *io)
{
	int err = check_position(file, io);

	if (!err)
		err = check_write(file);
	if (err)
		return err;
	fill_flags(file, io);
	return file->ops->write(file, io);
}

ssize_t file_read_kernel(struct file *file, void *buf, size_t len, uint64_t pos)
{
	struct io_iter iter;
	struct file_io io = {.iter = &iter, .pos = pos, .size_limit = INT64_MAX};

	io_iter_kernel(&iter, buf, len);
	return file->mode & FILE_SEEK ? file_read_at(file, &io) : file_read(file, &io);
}

ssize_t file_write_kernel(struct file *file, const void *buf, size_t len, uint64_t pos)
{
	struct io_iter iter;
	struct file_io io = {.iter = &iter, .pos = pos, .size_limit = INT64_MAX};

	io_iter_kernel(&iter, buf, len);
	return file->mode & FILE_SEEK ? file_write_at(file, &io) : file_write(file, &io);
}

/* --- Positions --- */

/* Where data, or a hole, begins at or after the position; a file ends in a hole. */
static int find_extent(const struct inode *inode, uint64_t from, enum seek_whence whence,
		       uint64_t *out)
{
	uint64_t size = READ_ONCE(inode->size);
	bool has_holes = inode->cache && filecache_has_holes(inode->cache);
	uint64_t at = from;

	if (from >= size)
		return -ENXIO;
	if (has_holes && whence == SEEK_DATA) {
		at = filecache_next_data(inode->cache, from);
		if (at >= size)
			return -ENXIO;
	} else if (has_holes) {
		at = MIN(filecache_next_hole(inode->cache, from), size);
	} else if (whence == SEEK_HOLE) {
		at = size;
	}
	*out = at;
	return 0;
}

static int seek_to(const struct inode *inode, uint64_t pos, int64_t offset, enum seek_whence whence,
		   uint64_t *out)
{
	int64_t base = 0;
	int64_t to;

	switch (whence) {
	case SEEK_FROM_START:
		break;
	case SEEK_FROM_HERE:
		base = (int64_t)pos;
		break;
	case SEEK_FROM_END:
		base = (int64_t)READ_ONCE(inode->size);
		break;
	case SEEK_DATA:
	case SEEK_HOLE:
		if (offset < 0)
			return -ENXIO;
		return find_extent(inode, (uint64_t)offset, whence, out);
	default:
		return -EINVAL;
	}
	if (add_overflows(base, offset, &to))
		return -EOVERFLOW;
	if (to < 0)
		return -EINVAL;
	*out = (uint64_t)to;
	return 0;
}

int file_seek(struct file *file, int64_t offset, enum seek_whence whence, uint64_t *out)
{
	uint64_t pos = 0;
	int err;

	if (file->mode & FILE_PATH)
		return -EBADF;
	if (!(file->mode & FILE_SEEK) && !file->ops->seek)
		return -ESPIPE;
	mutex_lock(&file->pos_lock);
	pos = file->pos;
	if (file->ops->seek)
		err = file->ops->seek(file, offset, whence, &pos);
	else
		err = seek_to(file->inode, file->pos, offset, whence, &pos);
	if (!err) {
		file->pos = pos;
		*out = pos;
	}
	mutex_unlock(&file->pos_lock);
	return err;
}

/* --- The rest --- */

uint32_t file_poll(struct file *file, struct poll_table *table)
{
	if (file->mode & FILE_PATH)
		return READY_NVAL;
	return file->ops->poll ? file->ops->poll(file, table) : READY_ALWAYS;
}

int64_t file_control(struct file *file, uint32_t command, struct control_arg *arg)
{
	if (file->mode & FILE_PATH)
		return -EBADF;
	return file->ops->control ? file->ops->control(file, command, arg) : -ENOTTY;
}

int file_sync(struct file *file, uint64_t first, uint64_t last, bool is_data_only)
{
	if (file->mode & FILE_PATH)
		return -EBADF;
	if (!inode_is_regular(file->inode) && !inode_is_dir(file->inode) && !file->ops->sync)
		return -EINVAL;
	return file->ops->sync ? file->ops->sync(file, first, last, is_data_only) : 0;
}

int file_flush(struct file *file)
{
	if ((file->mode & FILE_PATH) || !file->ops->flush)
		return 0;
	return file->ops->flush(file);
}

int file_set_flags(struct file *file, uint32_t flags)
{
	uint32_t old = file_flags(file);
	uint32_t new;
	int err = 0;

	if (file->mode & FILE_PATH)
		return -EBADF;
	flags &= OPEN_CHANGEABLE;
	if (file->ops->set_flags)
		err = file->ops->set_flags(file, flags);
	do {
		new = (old & ~(uint32_t)OPEN_CHANGEABLE) | flags;
	} while (!err && !atomic32_cmpxchg(&file->flags, &old, new));
	return err;
}

int file_allocate(struct file *file, uint32_t mode, uint64_t offset, uint64_t len,
		  uint64_t size_limit)
{
	uint64_t end;

	if (len == 0 || offset > INT64_MAX || len > INT64_MAX)
		return -EINVAL;
	if (mode & ~(uint32_t)(ALLOCATE_KEEP_SIZE | ALLOCATE_PUNCH_HOLE | ALLOCATE_ZERO_RANGE))
		return -EOPNOTSUPP;
	if ((mode & ALLOCATE_PUNCH_HOLE) && !(mode & ALLOCATE_KEEP_SIZE))
		return -EOPNOTSUPP;
	if ((mode & ALLOCATE_PUNCH_HOLE) && (mode & ALLOCATE_ZERO_RANGE))
		return -EOPNOTSUPP;
	if (!(file->mode & FILE_WRITE))
		return -EBADF;
	if (inode_type(file->inode) == MODE_FIFO)
		return -ESPIPE;
	if (inode_is_dir(file->inode))
		return -EISDIR;
	if (!inode_is_regular(file->inode))
		return -ENODEV;
	if (add_overflows(offset, len, &end) || end > INT64_MAX)
		return -EFBIG;
	if (!file->ops->allocate)
		return -EOPNOTSUPP;
	return file->ops->allocate(file, mode, offset, len, size_limit);
}

int file_get_object(struct file *file, uint32_t how, struct vmobj **out)
{
	if (!(file->mode & FILE_READ))
		return file->mode & FILE_PATH ? -EBADF : -EACCES;
	if ((how & FILE_MAP_SHARED_WRITE) && !(file->mode & FILE_WRITE))
		return -EACCES;
	if ((how & FILE_MAP_EXEC) && file->path.mount &&
	    (READ_ONCE(file->path.mount->flags) & MOUNT_NOEXEC))
		return -EPERM;
	if (file->ops->get_object)
		return file->ops->get_object(file, out);
	if (!file->inode->cache)
		return -ENODEV;
	if (how & FILE_MAP_SHARED_WRITE)
		filecache_note_write_mapping(file->inode->cache);
	*out = filecache_object(file->inode->cache);
	vmobj_get(*out);
	return 0;
}
