/*
 * The owner of a process's locks is its struct lprocess: descriptors come and go, and a
 * fork does not pass locks on. Of the others it is the open file.
 */
#include "compat/linux/file/lock.h"

#include "compat/linux/file/fdtable.h"
#include "compat/linux/process/lprocess.h"
#include "compat/linux/process/lthread.h"
#include "compat/linux/process/parts.h"
#include "compat/linux/syscall/restart.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "compat/linux/uapi/fcntl.h"
#include "kernel/cap/cspace.h"
#include "kernel/lib/errno.h"
#include "kernel/vfs/file.h"
#include "kernel/vfs/filelock.h"
#include "kernel/vfs/inode.h"

static uint64_t position(struct file *file)
{
	uint64_t pos;

	mutex_lock(&file->pos_lock);
	pos = file->pos;
	mutex_unlock(&file->pos_lock);
	return pos;
}

/* A negative length lies before the start; 0 is everything from there on. */
static int read_range(struct file *file, const struct linux_flock *lock,
		      struct filelock_request *out)
{
	int64_t base = 0, start, end;

	if (lock->whence == LINUX_SEEK_CUR)
		base = (int64_t)position(file);
	else if (lock->whence == LINUX_SEEK_END)
		base = (int64_t)READ_ONCE(file->inode->size);
	else if (lock->whence != LINUX_SEEK_SET)
		return -EINVAL;
	if (__builtin_add_overflow(base, lock->start, &start) ||
	    __builtin_add_overflow(start, lock->len, &end))
		return -EOVERFLOW;
	if (lock->len < 0) {
		base = start;
		start = end;
		end = base;
	}
	if (start < 0)
		return -EINVAL;
	out->first = (uint64_t)start;
	out->last = lock->len == 0 ? UINT64_MAX : (uint64_t)end - 1;
	return 0;
}

static int read_type(const struct linux_flock *lock, struct filelock_request *out)
{
	switch (lock->type) {
	case LINUX_F_RDLCK:
		out->type = FILELOCK_READ;
		return 0;
	case LINUX_F_WRLCK:
		out->type = FILELOCK_WRITE;
		return 0;
	case LINUX_F_UNLCK:
		out->type = FILELOCK_UNLOCK;
		return 0;
	default:
		return -EINVAL;
	}
}

static int make_request(struct lthread *lt, struct file *file, bool is_ofd,
			const struct linux_flock *lock, struct filelock_request *out)
{
	int err = read_type(lock, out);

	if (!err)
		err = read_range(file, lock, out);
	if (!err && is_ofd && lock->pid != 0)
		err = -EINVAL;
	out->kind = is_ofd ? FILELOCK_OFD : FILELOCK_POSIX;
	out->owner = is_ofd ? (const void *)file : (const void *)lt->process;
	out->owner_id = is_ofd ? 0 : (uint64_t)lt->process->tgid;
	return err;
}

/* A lock for reading wants a file open for that, one for writing likewise. */
static int check_mode(const struct file *file, enum filelock_type type)
{
	if (type == FILELOCK_READ && !(file->mode & FILE_READ))
		return -EBADF;
	return type == FILELOCK_WRITE && !(file->mode & FILE_WRITE) ? -EBADF : 0;
}

static int test_lock(struct file *file, const struct filelock_request *request,
		     struct linux_flock *lock)
{
	struct filelock_request found;

	if (request->type == FILELOCK_UNLOCK)
		return -EINVAL;
	if (!filelock_test(file->inode, request, &found)) {
		lock->type = LINUX_F_UNLCK;
		return 0;
	}
	lock->type = found.type == FILELOCK_READ ? LINUX_F_RDLCK : LINUX_F_WRLCK;
	lock->whence = LINUX_SEEK_SET;
	lock->start = (int64_t)found.first;
	lock->len = found.last == UINT64_MAX ? 0 : (int64_t)(found.last - found.first + 1);
	lock->pid = found.kind == FILELOCK_OFD ? -1 : (int32_t)found.owner_id;
	return 0;
}

static int64_t set_lock(const struct fd_ref *ref, const struct filelock_request *request,
			bool may_wait)
{
	int64_t result = check_mode(ref->file, request->type);

	if (result)
		return result;
	do {
		result = filelock_set(ref->file->inode, request,
				      may_wait ? KTIME_FOREVER : KTIME_POLL);
	} while (fd_must_retry(ref, &result));
	return restart_result(result, RESTART_IF_ASKED);
}

static bool is_test(uint32_t command)
{
	return command == LINUX_F_GETLK || command == LINUX_F_OFD_GETLK;
}

int64_t lock_fcntl(struct lthread *lt, int32_t fd, uint32_t command, struct user_ptr arg)
{
	bool is_ofd = command >= LINUX_F_OFD_GETLK && command <= LINUX_F_OFD_SETLKW;
	bool may_wait = command == LINUX_F_SETLKW || command == LINUX_F_OFD_SETLKW;
	struct filelock_request request = {0};
	struct linux_flock lock;
	struct fd_ref ref;
	int64_t result = copy_from_user(&lock, arg, sizeof(lock));

	if (!result)
		result = fd_get_open(lt, fd, RIGHT_STAT, &ref);
	if (result)
		return result;
	result = make_request(lt, ref.file, is_ofd, &lock, &request);
	if (!result && is_test(command))
		result = test_lock(ref.file, &request, &lock);
	else if (!result)
		result = set_lock(&ref, &request, may_wait);
	fd_put(&ref);
	if (!result && is_test(command))
		result = copy_to_user(arg, &lock, sizeof(lock));
	return result;
}

void lock_note_close(struct lthread *lt, struct file *file)
{
	filelock_owner_gone(file->inode, lt->process);
}

/* Its descriptors are still open. */
static void process_exit(struct lprocess *lp)
{
	struct cspace *cs = lp->process->caps;
	uint32_t slot = 0;
	struct file *file;
	struct cap cap;

	for (; cspace_find(cs, &slot, &cap) == 0; slot++) {
		file = file_from_kobject(cap.object);
		if (file)
			filelock_owner_gone(file->inode, lp);
		cap_drop(&cap);
	}
}

const struct lpart_ops lock_part = {.process_exit = process_exit};

int64_t linux_flock(struct lthread *lt, int32_t fd, uint32_t operation)
{
	struct filelock_request request = {.kind = FILELOCK_FLOCK, .last = UINT64_MAX};
	struct fd_ref ref;
	int64_t result;

	switch (operation & ~(uint32_t)LINUX_LOCK_NB) {
	case LINUX_LOCK_SH:
		request.type = FILELOCK_READ;
		break;
	case LINUX_LOCK_EX:
		request.type = FILELOCK_WRITE;
		break;
	case LINUX_LOCK_UN:
		request.type = FILELOCK_UNLOCK;
		break;
	default:
		return -EINVAL;
	}
	result = fd_get_open(lt, fd, RIGHT_STAT, &ref);
	if (result)
		return result;
	request.owner = ref.file;
	do {
		result = filelock_set(ref.file->inode, &request,
				      operation & LINUX_LOCK_NB ? KTIME_POLL : KTIME_FOREVER);
	} while (fd_must_retry(&ref, &result));
	fd_put(&ref);
	return restart_result(result, RESTART_IF_ASKED);
}
