/*
 * ioctl(2): what works on every descriptor is here, the rest is the file's own.
 */
#include "compat/linux/file/fdtable.h"
#include "compat/linux/file/uio.h"
#include "compat/linux/process/lthread.h"
#include "compat/linux/syscall/restart.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "compat/linux/uapi/fcntl.h"
#include "kernel/cap/cspace.h"
#include "kernel/lib/errno.h"
#include "kernel/vfs/file.h"
#include "kernel/vfs/pipe.h"

static int set_flag(struct file *file, uint32_t flag, struct user_ptr arg)
{
	uint32_t flags = file_flags(file);
	uint32_t is_on;
	int err = copy_from_user(&is_on, arg, sizeof(is_on));

	if (err)
		return err;
	return file_set_flags(file, is_on ? flags | flag : flags & ~flag);
}

/* Of the file itself; needs CONTROL. */
static int64_t control(struct lthread *lt, int32_t fd, uint32_t command, uint64_t value)
{
	struct control_arg arg = {.value = value, .ops = &uio_user_ops};
	struct fd_ref ref;
	uint32_t fill;
	int64_t result = fd_get_open(lt, fd, RIGHT_CONTROL, &ref);

	if (result)
		return result;
	if (command == LINUX_FIONREAD && pipe_get_fill(ref.file, &fill) == 0) {
		result = copy_to_user(user_ptr(value), &fill, sizeof(fill));
		goto out_put;
	}
	do {
		result = file_control(ref.file, command, &arg);
	} while (fd_must_retry(&ref, &result));
out_put:
	fd_put(&ref);
	return restart_result(result, RESTART_IF_ASKED);
}

int64_t linux_ioctl(struct lthread *lt, int32_t fd, uint32_t command, uint64_t arg)
{
	struct fd_ref ref;
	int err;

	switch (command) {
	case LINUX_FIOCLEX:
	case LINUX_FIONCLEX:
		return cspace_set_on_exec(fd_space(lt), (uint32_t)fd,
					  command == LINUX_FIOCLEX ? CAP_CLOSE_ON_EXEC
								   : CAP_KEEP_ON_EXEC);
	case LINUX_FIONBIO:
		err = fd_get_open(lt, fd, RIGHT_STAT, &ref);
		if (err)
			return err;
		err = set_flag(ref.file, OPEN_NONBLOCK, user_ptr(arg));
		fd_put(&ref);
		return err;
	default:
		return control(lt, fd, command, arg);
	}
}
