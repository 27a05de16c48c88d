/* Reading, writing and positions: read(2), readv(2), pread(2), lseek(2) and their kin. */
#include "compat/linux/file/fdtable.h"
#include "compat/linux/file/uio.h"
#include "compat/linux/process/lprocess.h"
#include "compat/linux/process/lthread.h"
#include "compat/linux/signal/lsignal.h"
#include "compat/linux/syscall/restart.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "compat/linux/uapi/fcntl.h"
#include "compat/linux/uapi/signal.h"
#include "kernel/lib/errno.h"
#include "kernel/vfs/file.h"
#include "kernel/vfs/inode.h"

enum direction {
	IN,
	OUT,
};

/* Where in the file: at its own position, or at one of the call's. */
struct place {
	bool is_own;
	uint64_t pos;
	uint32_t flags; /* OPEN_APPEND, OPEN_DSYNC: for this one transfer */
};

static const struct place own_place = {.is_own = true};

/* A write that goes nowhere, or beyond what the process may write, is told by signal too. */
static void send_signals(struct lthread *lt, int64_t result)
{
	struct linux_siginfo info = {0};

	if (result == -EPIPE)
		info.signo = LINUX_SIGPIPE;
	else if (result == -EFBIG)
		info.signo = LINUX_SIGXFSZ;
	else
		return;
	info.code = LINUX_SI_USER;
	/* What finds no room in a queue is lost, as on Linux. */
	(void)lsignal_send_thread(lt, &info);
}

static int64_t transfer_once(struct fd_ref *ref, enum direction direction, struct file_io *io,
			     const struct place *place)
{
	if (place->is_own)
		return direction == IN ? file_read(ref->file, io) : file_write(ref->file, io);
	io->pos = place->pos;
	return direction == IN ? file_read_at(ref->file, io) : file_write_at(ref->file, io);
}

static int64_t transfer(struct lthread *lt, int32_t fd, enum direction direction, struct uio *uio,
			const struct place *place)
{
	struct file_io io = {.iter = &uio->iter, .size_limit = INT64_MAX};
	struct fd_ref ref;
	int64_t result = fd_get_open(lt, fd, direction == IN ? RIGHT_READ : RIGHT_WRITE, &ref);

	if (result)
		return result;
	if (direction == OUT && inode_is_regular(ref.file->inode))
		io.size_limit = MIN(lprocess_limit(lt->process, LINUX_RLIMIT_FSIZE).cur, INT64_MAX);
	do {
		io.flags = place->flags;
		result = transfer_once(&ref, direction, &io, place);
	} while (fd_must_retry(&ref, &result));
	fd_put(&ref);
	if (direction == OUT && result < 0)
		send_signals(lt, result);
	return restart_result(result, RESTART_IF_ASKED);
}

static int64_t transfer_buffer(struct lthread *lt, int32_t fd, enum direction direction,
			       struct user_ptr buf, size_t len, const struct place *place)
{
	struct uio uio;
	int err = uio_single(&uio, buf, len);

	return err ? err : transfer(lt, fd, direction, &uio, place);
}

static int64_t transfer_vector(struct lthread *lt, int32_t fd, enum direction direction,
			       struct user_ptr vec, uint64_t count, const struct place *place)
{
	struct uio uio;
	int64_t result = uio_import(&uio, vec, count);

	if (result)
		return result;
	result = transfer(lt, fd, direction, &uio, place);
	uio_fini(&uio);
	return result;
}

int64_t linux_read(struct lthread *lt, int32_t fd, struct user_ptr buf, size_t count)
{
	return transfer_buffer(lt, fd, IN, buf, count, &own_place);
}

int64_t linux_write(struct lthread *lt, int32_t fd, struct user_ptr buf, size_t count)
{
	return transfer_buffer(lt, fd, OUT, buf, count, &own_place);
}

int64_t linux_readv(struct lthread *lt, int32_t fd, struct user_ptr vec, uint64_t vec_count)
{
	return transfer_vector(lt, fd, IN, vec, vec_count, &own_place);
}

int64_t linux_writev(struct lthread *lt, int32_t fd, struct user_ptr vec, uint64_t vec_count)
{
	return transfer_vector(lt, fd, OUT, vec, vec_count, &own_place);
}

int64_t linux_pread64(struct lthread *lt, int32_t fd, struct user_ptr buf, size_t count,
		      int64_t offset)
{
	struct place place = {.pos = (uint64_t)offset};

	return offset < 0 ? -EINVAL : transfer_buffer(lt, fd, IN, buf, count, &place);
}

int64_t linux_pwrite64(struct lthread *lt, int32_t fd, struct user_ptr buf, size_t count,
		       int64_t offset)
{
	struct place place = {.pos = (uint64_t)offset};

	return offset < 0 ? -EINVAL : transfer_buffer(lt, fd, OUT, buf, count, &place);
}

/* 64 bits fit into one register: the upper half of the pair says nothing. */
int64_t linux_preadv(struct lthread *lt, int32_t fd, struct user_ptr vec, uint64_t vec_count,
		     uint64_t offset_low, uint64_t offset_high UNUSED)
{
	struct place place = {.pos = offset_low};

	if (offset_low > INT64_MAX)
		return -EINVAL;
	return transfer_vector(lt, fd, IN, vec, vec_count, &place);
}

int64_t linux_pwritev(struct lthread *lt, int32_t fd, struct user_ptr vec, uint64_t vec_count,
		      uint64_t offset_low, uint64_t offset_high UNUSED)
{
	struct place place = {.pos = offset_low};

	if (offset_low > INT64_MAX)
		return -EINVAL;
	return transfer_vector(lt, fd, OUT, vec, vec_count, &place);
}

/* Position -1 is the file's own. */
static int place_with_flags(uint64_t offset, uint32_t flags, struct place *out)
{
	*out = (struct place){.is_own = offset == UINT64_MAX, .pos = offset};
	if (flags & ~(uint32_t)(LINUX_RWF_DSYNC | LINUX_RWF_SYNC | LINUX_RWF_APPEND))
		return -EOPNOTSUPP;
	if (flags & (LINUX_RWF_DSYNC | LINUX_RWF_SYNC))
		out->flags |= OPEN_DSYNC;
	if (flags & LINUX_RWF_SYNC)
		out->flags |= OPEN_SYNC_BIT;
	if (flags & LINUX_RWF_APPEND)
		out->flags |= OPEN_APPEND;
	return !out->is_own && offset > INT64_MAX ? -EINVAL : 0;
}

/* NOLINTNEXTLINE(readability-function-size): six arguments and the thread */
int64_t linux_preadv2(struct lthread *lt, int32_t fd, struct user_ptr vec, uint64_t vec_count,
		      uint64_t offset_low, uint64_t offset_high UNUSED, uint32_t flags)
{
	struct place place;
	int err = place_with_flags(offset_low, flags, &place);

	return err ? err : transfer_vector(lt, fd, IN, vec, vec_count, &place);
}

/* NOLINTNEXTLINE(readability-function-size): as above */
int64_t linux_pwritev2(struct lthread *lt, int32_t fd, struct user_ptr vec, uint64_t vec_count,
		       uint64_t offset_low, uint64_t offset_high UNUSED, uint32_t flags)
{
	struct place place;
	int err = place_with_flags(offset_low, flags, &place);

	return err ? err : transfer_vector(lt, fd, OUT, vec, vec_count, &place);
}

int64_t linux_lseek(struct lthread *lt, int32_t fd, int64_t offset, uint32_t whence)
{
	struct fd_ref ref;
	uint64_t pos;
	int err;

	static_assert(SEEK_FROM_START == LINUX_SEEK_SET && SEEK_HOLE == LINUX_SEEK_HOLE,
		      "handed on as it is");
	err = fd_get_open(lt, fd, RIGHT_STAT, &ref);
	if (err)
		return err;
	if (whence > LINUX_SEEK_HOLE)
		err = -EINVAL;
	else
		err = file_seek(ref.file, offset, whence, &pos);
	fd_put(&ref);
	return err ? err : (int64_t)pos;
}

static int64_t size_limit(const struct lthread *lt)
{
	return (int64_t)MIN(lprocess_limit(lt->process, LINUX_RLIMIT_FSIZE).cur, INT64_MAX);
}

int64_t linux_ftruncate(struct lthread *lt, int32_t fd, int64_t len)
{
	struct fd_ref ref;
	int err;

	if (len < 0)
		return -EINVAL;
	err = fd_get_open(lt, fd, RIGHT_STAT, &ref);
	if (err)
		return err;
	if (!(ref.file->mode & FILE_WRITE) || !(ref.cap.rights & RIGHT_WRITE))
		err = -EINVAL;
	else
		err = file_truncate(ref.file, (uint64_t)len, (uint64_t)size_limit(lt));
	fd_put(&ref);
	send_signals(lt, err);
	return err;
}

int64_t linux_fallocate(struct lthread *lt, int32_t fd, int32_t mode, int64_t offset, int64_t len)
{
	uint32_t known = ALLOCATE_KEEP_SIZE | ALLOCATE_PUNCH_HOLE | ALLOCATE_ZERO_RANGE;
	struct fd_ref ref;
	int err;

	if (offset < 0 || len <= 0)
		return -EINVAL;
	if ((uint32_t)mode & ~known)
		return -EOPNOTSUPP;
	err = fd_get_open(lt, fd, RIGHT_WRITE, &ref);
	if (err)
		return err;
	err = file_allocate(ref.file, (uint32_t)mode, (uint64_t)offset, (uint64_t)len,
			    (uint64_t)size_limit(lt));
	fd_put(&ref);
	send_signals(lt, err);
	return err;
}

static int64_t sync_file(struct lthread *lt, int32_t fd, bool is_data_only)
{
	struct fd_ref ref;
	int err = fd_get_open(lt, fd, RIGHT_STAT, &ref);

	if (err)
		return err;
	err = file_sync(ref.file, 0, UINT64_MAX, is_data_only);
	fd_put(&ref);
	return err;
}

int64_t linux_fsync(struct lthread *lt, int32_t fd)
{
	return sync_file(lt, fd, false);
}

int64_t linux_fdatasync(struct lthread *lt, int32_t fd)
{
	return sync_file(lt, fd, true);
}
