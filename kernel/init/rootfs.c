#include "kernel/init/rootfs.h"

#include "compat/linux/dev/devices.h"
#define LOG_PREFIX "init/rootfs: "
#include "kernel/core/log.h"
#include "kernel/fs/tmpfs/tmpfs.h"
#include "kernel/init/modules.h"
#include "kernel/lib/cpio.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/task/job.h"
#include "kernel/vfs/file.h"
#include "kernel/vfs/mount.h"
#include "kernel/vfs/mountns.h"
#include "kernel/vfs/vfs.h"

/* --- From the archive --- */

static int unpack_file(const struct vfs_ctx *ctx, const struct cpio_entry *entry)
{
	struct vfs_open_how how = {.flags = OPEN_WRITE | OPEN_CREATE | OPEN_TRUNCATE,
				   .mode = entry->mode & MODE_PERMISSIONS};
	struct vfs_found from;
	struct file *file;
	ssize_t done = 0;
	int err;

	memset(&from, 0, sizeof(from));
	err = vfs_open(ctx, entry->name, &how, &file, &from);
	if (err)
		return err;
	vfs_found_put(&from);
	for (size_t at = 0; at < entry->len && done >= 0; at += (size_t)done) {
		done = file_write_kernel(file, entry->data + at, entry->len - at, at);
		if (done == 0)
			done = -EIO;
	}
	file_put(file);
	return done < 0 ? (int)done : 0;
}

/* The archive has the target without a NUL. */
static int unpack_symlink(const struct vfs_ctx *ctx, const struct cpio_entry *entry)
{
	char *target;
	int err;

	if (entry->len >= VFS_PATH_MAX)
		return -ENAMETOOLONG;
	target = kmem_alloc(entry->len + 1);
	if (!target)
		return -ENOMEM;
	memcpy(target, entry->data, entry->len);
	target[entry->len] = '\0';
	err = vfs_symlink(ctx, target, entry->name);
	kmem_free(target, entry->len + 1);
	return err;
}

static int unpack_directory(const struct vfs_ctx *ctx, const struct cpio_entry *entry)
{
	int err = vfs_mkdir(ctx, entry->name, entry->mode & MODE_PERMISSIONS);

	return err == -EEXIST ? 0 : err;
}

static int unpack_entry(const struct vfs_ctx *ctx, const struct cpio_entry *entry)
{
	switch (entry->mode & MODE_TYPE) {
	case MODE_REGULAR:
		return unpack_file(ctx, entry);
	case MODE_DIR:
		return unpack_directory(ctx, entry);
	case MODE_SYMLINK:
		return unpack_symlink(ctx, entry);
	default:
		log_warn("%s is neither file, directory nor link: left out", entry->name);
		return 0;
	}
}

static int unpack(const struct vfs_ctx *ctx, const uint8_t *bytes, size_t len)
{
	struct cpio_entry entry;
	size_t offset = 0;
	int err;

	while ((err = cpio_next(bytes, len, &offset, &entry)) == 0) {
		err = unpack_entry(ctx, &entry);
		if (!err)
			continue;
		log_err("%s cannot be unpacked: error %d", entry.name, -err);
		return err;
	}
	return err == -ENOENT ? 0 : err;
}

static int fill(const struct path *root)
{
	struct vfs_ctx ctx = {.root = {.path = *root, .rights = RIGHTS_ALL},
			      .start = {.path = *root, .rights = RIGHTS_ALL},
			      .cred = &vfs_cred_kernel,
			      .account = job_account(job_root())};
	const uint8_t *bytes;
	size_t len;
	int err = 0;

	for (uint32_t i = 0; i < modules_count() && !err; i++) {
		modules_bytes(i, &bytes, &len);
		if (cpio_is_archive(bytes, len))
			err = unpack(&ctx, bytes, len);
	}
	return err ? err : devices_populate(&ctx);
}

/* --- The tree of mounts --- */

static int make_mount(struct mem_account *account, struct mount **out)
{
	struct tmpfs_limits limits = {.pages = UINT64_MAX, .inodes = UINT64_MAX};
	struct super *super;
	int err = tmpfs_create(&limits, account, &super);

	if (err)
		return err;
	err = mount_create(super, 0, "rootfs", account, out);
	super_put(super);
	return err;
}

int rootfs_create(struct path *out)
{
	struct mem_account *account = job_account(job_root());
	struct mountns *ns;
	struct mount *mount;
	int err = make_mount(account, &mount);

	if (err)
		return err;
	err = mountns_create(mount, account, &ns);
	if (err) {
		mount_put(mount);
		return err;
	}
	/* The name space is the kernel's own: it lasts as long as the machine. */
	mountns_root(ns, out);
	err = fill(out);
	if (err) {
		path_put(out);
		mountns_put(ns);
	}
	return err;
}
