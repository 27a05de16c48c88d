/* Opening: open(2), openat2(2), pipe(2). */
#include "compat/linux/file/fdtable.h"
#include "compat/linux/file/fscred.h"
#include "compat/linux/file/pathref.h"
#include "compat/linux/process/lprocess.h"
#include "compat/linux/process/lthread.h"
#include "compat/linux/syscall/restart.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "compat/linux/uapi/fcntl.h"
#include "kernel/cap/authority.h"
#include "kernel/cap/cspace.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/vfs/file.h"
#include "kernel/vfs/pipe.h"
#include "kernel/vfs/vfs.h"

#define MODE_MASK 07777u
/* The flags that open(2) knows; it ignores others, openat2(2) does not. */
#define FLAGS_KNOWN                                                                                \
	((uint32_t)(LINUX_O_ACCMODE | LINUX_O_CREAT | LINUX_O_EXCL | LINUX_O_NOCTTY |              \
		    LINUX_O_TRUNC | LINUX_O_APPEND | LINUX_O_NONBLOCK | LINUX_O_SYNC |             \
		    LINUX_FASYNC | LINUX_O_DIRECT | LINUX_O_LARGEFILE | LINUX_O_DIRECTORY |        \
		    LINUX_O_NOFOLLOW | LINUX_O_NOATIME | LINUX_O_CLOEXEC | LINUX_O_PATH |          \
		    LINUX_O_TMPFILE))
/* Those that mean something beside O_PATH. */
#define FLAGS_WITH_PATH                                                                            \
	((uint32_t)(LINUX_O_PATH | LINUX_O_DIRECTORY | LINUX_O_NOFOLLOW | LINUX_O_CLOEXEC))
#define TMPFILE_BIT ((uint32_t)(LINUX_O_TMPFILE & ~LINUX_O_DIRECTORY))

static_assert(LINUX_O_CREAT == OPEN_CREATE && LINUX_O_NOFOLLOW == OPEN_NOFOLLOW &&
		      LINUX_O_PATH == OPEN_PATH && LINUX_O_CLOEXEC == OPEN_CLOEXEC,
	      "handed on as they are");
static_assert(LINUX_RESOLVE_NO_XDEV == RESOLVE_NO_XDEV && LINUX_RESOLVE_IN_ROOT == RESOLVE_IN_ROOT,
	      "handed on as they are");

static enum cap_on_exec on_exec(uint32_t flags)
{
	return flags & LINUX_O_CLOEXEC ? CAP_CLOSE_ON_EXEC : CAP_KEEP_ON_EXEC;
}

static bool wants_creation(uint32_t flags)
{
	return flags & (LINUX_O_CREAT | TMPFILE_BIT);
}

/* O_TMPFILE makes a file to be written, in what must be a directory. */
static int check_flags(uint32_t flags)
{
	if (!(flags & TMPFILE_BIT))
		return 0;
	if (!(flags & LINUX_O_DIRECTORY) || (flags & LINUX_O_CREAT))
		return -EINVAL;
	return (flags & LINUX_O_ACCMODE) == LINUX_O_RDONLY ? -EINVAL : 0;
}

/* Opens into a slot that is reserved: a descriptor that is not to be had makes no file. */
static int open_into(struct lthread *lt, uint32_t slot, const struct pathref *ref,
		     const struct vfs_open_how *how)
{
	struct vfs_found from;
	struct file *file;
	struct cap cap;
	int err;

	memset(&from, 0, sizeof(from));
	err = vfs_open(&ref->ctx, ref->name, how, &file, &from);
	if (err)
		return err;
	pathref_derive_cap(ref, file, &from, &cap);
	cspace_install(fd_space(lt), slot, &cap);
	file_put(file);
	vfs_found_put(&from);
	return 0;
}

static int64_t open_at(struct lthread *lt, int32_t dirfd, struct user_ptr path,
		       struct vfs_open_how *how)
{
	struct pathref ref;
	uint32_t slot;
	int err = check_flags(how->flags);

	if (!err)
		err = pathref_begin(lt, dirfd, path, &ref);
	if (err)
		return err;
	err = cspace_reserve(fd_space(lt), 0, on_exec(how->flags), &slot);
	if (err)
		goto out_end;
	if (how->flags & LINUX_O_PATH)
		how->flags &= FLAGS_WITH_PATH;
	else
		how->flags |= OPEN_LARGEFILE;
	err = open_into(lt, slot, &ref, how);
	if (err)
		cspace_cancel(fd_space(lt), slot);
out_end:
	pathref_end(&ref);
	return err ? restart_result(err, RESTART_IF_ASKED) : (int64_t)slot;
}

int64_t linux_openat(struct lthread *lt, int32_t dirfd, struct user_ptr path, uint32_t flags,
		     uint32_t mode)
{
	struct vfs_open_how how = {.flags = flags & FLAGS_KNOWN};

	if (wants_creation(flags))
		how.mode = mode & MODE_MASK;
	return open_at(lt, dirfd, path, &how);
}

int64_t linux_open(struct lthread *lt, struct user_ptr path, uint32_t flags, uint32_t mode)
{
	return linux_openat(lt, LINUX_AT_FDCWD, path, flags, mode);
}

int64_t linux_creat(struct lthread *lt, struct user_ptr path, uint32_t mode)
{
	return linux_openat(lt, LINUX_AT_FDCWD, path,
			    LINUX_O_CREAT | LINUX_O_WRONLY | LINUX_O_TRUNC, mode);
}

/* A longer struct is a newer one: what we do not know in it must be zero. */
static int read_how(struct linux_open_how *how, struct user_ptr ptr, size_t size)
{
	uint8_t rest[64];
	size_t step;
	int err;

	if (size < sizeof(*how))
		return -EINVAL;
	if (size > 4096)
		return -E2BIG;
	err = copy_from_user(how, ptr, sizeof(*how));
	for (size_t at = sizeof(*how); at < size && !err; at += step) {
		step = MIN(size - at, sizeof(rest));
		err = copy_from_user(rest, user_ptr_add(ptr, at), step);
		for (size_t i = 0; i < step && !err; i++)
			err = rest[i] ? -E2BIG : 0;
	}
	return err;
}

int64_t linux_openat2(struct lthread *lt, int32_t dirfd, struct user_ptr path, struct user_ptr how,
		      size_t size)
{
	struct linux_open_how asked;
	struct vfs_open_how wanted;
	int err = read_how(&asked, how, size);

	if (err)
		return err;
	if ((asked.flags & ~(uint64_t)FLAGS_KNOWN) || (asked.resolve & ~(uint64_t)RESOLVE_ALL))
		return -EINVAL;
	if ((asked.flags & LINUX_O_PATH) && (asked.flags & ~(uint64_t)FLAGS_WITH_PATH))
		return -EINVAL;
	if (asked.mode & ~(uint64_t)MODE_MASK)
		return -EINVAL;
	if (asked.mode && !wants_creation((uint32_t)asked.flags))
		return -EINVAL;
	if ((asked.resolve & RESOLVE_BENEATH) && (asked.resolve & RESOLVE_IN_ROOT))
		return -EINVAL;
	wanted = (struct vfs_open_how){.flags = (uint32_t)asked.flags,
				       .mode = (uint32_t)asked.mode,
				       .resolve = (uint32_t)asked.resolve};
	return open_at(lt, dirfd, path, &wanted);
}

/* --- Pipes: made under the authority of the process's job --- */

static int install_both(struct lthread *lt, struct file *ends[2], struct user_ptr fds,
			uint32_t flags)
{
	struct cap_ref job;
	int32_t numbers[2];
	struct cap caps[2];
	uint32_t slots[2];
	int err =
		authority_lookup(lt->process->process->authority, AUTHORITY_JOB, RIGHT_STAT, &job);

	if (err)
		return err;
	for (uint32_t i = 0; i < 2; i++)
		cap_init(&caps[i], file_kobject(ends[i]), job.grant, file_rights(ends[i]), 0);
	cap_ref_put(&job);
	err = cap_import(fd_space(lt), caps, 2, on_exec(flags), slots);
	if (err) {
		cap_drop(&caps[0]);
		cap_drop(&caps[1]);
		return err;
	}
	numbers[0] = (int32_t)slots[0];
	numbers[1] = (int32_t)slots[1];
	err = copy_to_user(fds, numbers, sizeof(numbers));
	if (err) {
		cspace_close_range(fd_space(lt), slots[0], slots[0]);
		cspace_close_range(fd_space(lt), slots[1], slots[1]);
	}
	return err;
}

int64_t linux_pipe2(struct lthread *lt, struct user_ptr fds, int32_t flags)
{
	uint32_t known = LINUX_O_CLOEXEC | LINUX_O_NONBLOCK;
	struct vfs_cred cred;
	struct file *ends[2];
	int err;

	if ((uint32_t)flags & ~known)
		return -EINVAL;
	fscred_of(lt, FSCRED_FS, &cred);
	err = pipe_create((uint32_t)flags & LINUX_O_NONBLOCK, &cred, fd_account(lt), &ends[0],
			  &ends[1]);
	if (err)
		return err;
	err = install_both(lt, ends, fds, (uint32_t)flags);
	file_put(ends[0]);
	file_put(ends[1]);
	return err;
}

int64_t linux_pipe(struct lthread *lt, struct user_ptr fds)
{
	return linux_pipe2(lt, fds, 0);
}
