#include "compat/linux/dev/devices.h"

#include "compat/linux/dev/mem.h"
#include "compat/linux/dev/tty.h"
#include "kernel/lib/errno.h"
#include "kernel/vfs/stat.h"
#include "kernel/vfs/vfs.h"

static const struct {
	const char *path;
	uint32_t permissions;
	uint32_t major;
	uint32_t minor;
	const struct file_ops *ops;
} nodes[] = {
	{"/dev/null", 0666, 1, 3, &null_file_ops},
	{"/dev/zero", 0666, 1, 5, &zero_file_ops},
	{"/dev/full", 0666, 1, 7, &full_file_ops},
	{"/dev/random", 0666, 1, 8, &random_file_ops},
	{"/dev/urandom", 0666, 1, 9, &random_file_ops},
	{"/dev/tty", 0666, 5, 0, &tty_own_file_ops},
	{"/dev/console", 0600, 5, 1, &tty_console_file_ops},
};

static const struct {
	const char *path;
	uint32_t mode;
} directories[] = {{"/dev", 0755}, {"/dev/pts", 0755}, {"/dev/shm", 01777}};

int devices_register(void)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(nodes) && !err; i++)
		err = vfs_register_device(MODE_CHAR, dev_make(nodes[i].major, nodes[i].minor), 1,
					  nodes[i].ops);
	return err;
}

int devices_populate(const struct vfs_ctx *ctx)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_SIZE(directories) && !err; i++) {
		err = vfs_mkdir(ctx, directories[i].path, directories[i].mode);
		err = err == -EEXIST ? 0 : err;
	}
	for (size_t i = 0; i < ARRAY_SIZE(nodes) && !err; i++) {
		err = vfs_mknod(ctx, nodes[i].path, MODE_CHAR | nodes[i].permissions,
				dev_make(nodes[i].major, nodes[i].minor));
		err = err == -EEXIST ? 0 : err;
	}
	return err;
}
