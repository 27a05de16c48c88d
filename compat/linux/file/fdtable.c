/*
 * The table itself, and the calls on descriptors that do not look into the file:
 * close, dup, close_range.
 */
#include "compat/linux/file/fdtable.h"

#include "compat/linux/file/fscred.h"
#include "compat/linux/file/lock.h"
#include "compat/linux/process/lprocess.h"
#include "compat/linux/process/lthread.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "compat/linux/uapi/fcntl.h"
#include "kernel/cap/cspace.h"
#include "kernel/lib/errno.h"
#include "kernel/task/job.h"
#include "kernel/vfs/file.h"
#include "kernel/vfs/pipe.h"

struct cspace *fd_space(const struct lthread *lt)
{
	return lt->process->process->caps;
}

struct mem_account *fd_account(const struct lthread *lt)
{
	return job_account(lt->process->process->job);
}

int fd_get(const struct lthread *lt, int32_t fd, uint32_t rights, struct fd_ref *out)
{
	int err = cspace_lookup(fd_space(lt), (uint32_t)fd, rights, &out->cap);

	if (err == -EACCES && (rights & (RIGHT_READ | RIGHT_WRITE)))
		return -EBADF;
	if (err)
		return err;
	out->file = file_from_kobject(out->cap.object);
	if (!out->file) {
		cap_ref_put(&out->cap);
		return -EBADF;
	}
	return 0;
}

int fd_get_open(const struct lthread *lt, int32_t fd, uint32_t rights, struct fd_ref *out)
{
	int err = fd_get(lt, fd, rights, out);

	if (err || !(out->file->mode & FILE_PATH))
		return err;
	fd_put(out);
	return -EBADF;
}

void fd_put(struct fd_ref *ref)
{
	cspace_lookup_end(&ref->cap);
}

bool fd_must_retry(const struct fd_ref *ref, int64_t *result)
{
	uint32_t reasons = THREAD_INTERRUPT_SIGNAL | THREAD_INTERRUPT_KILL;

	if (LIKELY(*result != -EINTR))
		return false;
	*result = cap_use_result(&ref->cap, -EINTR);
	return *result == -EINTR && !(thread_pending_interrupts(thread_current()) & reasons);
}

int64_t fd_install(const struct lthread *lt, struct file *file, const struct cap_ref *via,
		   uint32_t flags)
{
	enum cap_on_exec on_exec = flags & LINUX_O_CLOEXEC ? CAP_CLOSE_ON_EXEC : CAP_KEEP_ON_EXEC;
	struct cap cap;
	uint32_t slot;
	int err;

	file_derive_cap(file, via, &cap);
	file_put(file);
	err = cspace_insert(fd_space(lt), &cap, 0, on_exec, &slot);
	if (err) {
		cap_drop(&cap);
		return err;
	}
	return slot;
}

int64_t linux_close(struct lthread *lt, int32_t fd)
{
	struct file *file;
	struct cap cap;
	int err = cspace_remove(fd_space(lt), (uint32_t)fd, &cap);

	if (err)
		return err;
	file = file_from_kobject(cap.object);
	if (file) {
		lock_note_close(lt, file);
		err = file_flush(file);
	}
	cap_drop(&cap);
	return err;
}

/* Marks what is open in a range; there may be far fewer descriptors than numbers. */
static void mark_range(struct cspace *cs, uint32_t first, uint32_t last)
{
	uint32_t slot = first;
	struct cap cap;

	while (cspace_find(cs, &slot, &cap) == 0) {
		cap_drop(&cap);
		if (slot > last)
			return;
		/* -EBADF: it was closed meanwhile, by another thread. */
		if (cspace_set_on_exec(cs, slot, CAP_CLOSE_ON_EXEC) == 0 && slot == UINT32_MAX)
			return;
		slot++;
	}
}

int64_t linux_close_range(struct lthread *lt, uint32_t first, uint32_t last, uint32_t flags)
{
	if (flags & ~LINUX_CLOSE_RANGE_CLOEXEC)
		return -EINVAL;
	if (first > last)
		return -EINVAL;
	if (flags & LINUX_CLOSE_RANGE_CLOEXEC)
		mark_range(fd_space(lt), first, last);
	else
		cspace_close_range(fd_space(lt), first, last);
	return 0;
}

static int64_t duplicate(const struct lthread *lt, int32_t fd, uint32_t from,
			 enum cap_on_exec on_exec)
{
	uint32_t slot;
	int err = cap_copy(fd_space(lt), (uint32_t)fd, RIGHTS_ALL, from, on_exec, &slot);

	return err ? err : (int64_t)slot;
}

int64_t linux_dup(struct lthread *lt, int32_t fd)
{
	return duplicate(lt, fd, 0, CAP_KEEP_ON_EXEC);
}

/* As Linux: a descriptor that is just being made by another thread is -EBUSY. */
static int64_t duplicate_at(struct lthread *lt, int32_t fd, int32_t new_fd, uint32_t flags)
{
	enum cap_on_exec on_exec = flags & LINUX_O_CLOEXEC ? CAP_CLOSE_ON_EXEC : CAP_KEEP_ON_EXEC;
	struct cap old = {.object = NULL};
	struct file *file;
	int err;

	/* What it replaces is closed by that. */
	if (fd != new_fd && cspace_peek(fd_space(lt), (uint32_t)new_fd, RIGHT_STAT, &old))
		old.object = NULL;
	err = cap_copy_at(fd_space(lt), (uint32_t)fd, RIGHTS_ALL, (uint32_t)new_fd, on_exec);
	if (old.object) {
		file = err ? NULL : file_from_kobject(old.object);
		if (file)
			lock_note_close(lt, file);
		cap_drop(&old);
	}
	return err ? err : new_fd;
}

int64_t linux_dup2(struct lthread *lt, int32_t fd, int32_t new_fd)
{
	return duplicate_at(lt, fd, new_fd, 0);
}

int64_t linux_dup3(struct lthread *lt, int32_t fd, int32_t new_fd, int32_t flags)
{
	if (flags & ~LINUX_O_CLOEXEC)
		return -EINVAL;
	if (fd == new_fd)
		return -EINVAL;
	return duplicate_at(lt, fd, new_fd, (uint32_t)flags);
}

/* --- fcntl(2) as far as it is about descriptors and flags --- */

static int64_t fcntl_dup(const struct lthread *lt, int32_t fd, uint64_t from,
			 enum cap_on_exec on_exec)
{
	if (from >= cspace_limit(fd_space(lt)))
		return -EINVAL;
	return duplicate(lt, fd, (uint32_t)from, on_exec);
}

static int64_t fcntl_get_fd(const struct lthread *lt, int32_t fd)
{
	enum cap_on_exec on_exec;
	int err = cspace_get_on_exec(fd_space(lt), (uint32_t)fd, &on_exec);

	if (err)
		return err;
	return on_exec == CAP_CLOSE_ON_EXEC ? LINUX_FD_CLOEXEC : 0;
}

static int64_t fcntl_get_flags(const struct lthread *lt, int32_t fd)
{
	struct fd_ref ref;
	int64_t flags;
	int err = fd_get(lt, fd, RIGHT_STAT, &ref);

	if (err)
		return err;
	flags = file_flags(ref.file);
	fd_put(&ref);
	return flags;
}

static int64_t fcntl_set_flags(const struct lthread *lt, int32_t fd, uint64_t flags)
{
	struct fd_ref ref;
	uint32_t kept;
	int err = fd_get_open(lt, fd, RIGHT_STAT, &ref);

	if (err)
		return err;
	kept = file_flags(ref.file) & ~(uint32_t)OPEN_CHANGEABLE;
	err = file_set_flags(ref.file, kept | ((uint32_t)flags & OPEN_CHANGEABLE));
	fd_put(&ref);
	return err;
}

static int64_t fcntl_pipe_size(const struct lthread *lt, int32_t fd, uint32_t command, uint64_t arg)
{
	struct vfs_cred cred;
	struct fd_ref ref;
	uint32_t size;
	int err = fd_get_open(lt, fd, RIGHT_CONTROL, &ref);

	if (err)
		return err;
	fscred_of(lt, FSCRED_FS, &cred);
	if (command == LINUX_F_GETPIPE_SZ)
		err = pipe_get_size(ref.file, &size);
	else
		err = pipe_set_size(ref.file, (uint32_t)arg, &cred, &size);
	fd_put(&ref);
	return err ? err : (int64_t)size;
}

int64_t linux_fcntl(struct lthread *lt, int32_t fd, uint32_t command, uint64_t arg)
{
	switch (command) {
	case LINUX_F_DUPFD:
		return fcntl_dup(lt, fd, (uint32_t)arg, CAP_KEEP_ON_EXEC);
	case LINUX_F_DUPFD_CLOEXEC:
		return fcntl_dup(lt, fd, (uint32_t)arg, CAP_CLOSE_ON_EXEC);
	case LINUX_F_GETFD:
		return fcntl_get_fd(lt, fd);
	case LINUX_F_SETFD:
		return cspace_set_on_exec(fd_space(lt), (uint32_t)fd,
					  arg & LINUX_FD_CLOEXEC ? CAP_CLOSE_ON_EXEC
								 : CAP_KEEP_ON_EXEC);
	case LINUX_F_GETFL:
		return fcntl_get_flags(lt, fd);
	case LINUX_F_SETFL:
		return fcntl_set_flags(lt, fd, arg);
	case LINUX_F_GETLK:
	case LINUX_F_SETLK:
	case LINUX_F_SETLKW:
	case LINUX_F_OFD_GETLK:
	case LINUX_F_OFD_SETLK:
	case LINUX_F_OFD_SETLKW:
		return lock_fcntl(lt, fd, command, user_ptr(arg));
	case LINUX_F_GETPIPE_SZ:
	case LINUX_F_SETPIPE_SZ:
		return fcntl_pipe_size(lt, fd, command, arg);
	default:
		return -EINVAL;
	}
}
