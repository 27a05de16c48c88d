#include "compat/linux/file/program.h"

#include "compat/linux/file/fdtable.h"
#include "compat/linux/file/pathref.h"
#include "compat/linux/process/image.h"
#include "compat/linux/process/lprocess.h"
#include "compat/linux/process/lthread.h"
#include "compat/linux/uapi/fcntl.h"
#include "kernel/cap/authority.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/vfs/file.h"
#include "kernel/vfs/inode.h"
#include "kernel/vfs/mount.h"
#include "kernel/vfs/vfs.h"
#include "kernel/vm/vmobj.h"

/* Of the first process; empty: there are no files. */
static struct path boot_root;

void program_set_root(const struct path *root)
{
	boot_root = *root;
	path_get(&boot_root);
}

/* Set-id bits that count: not on a mount that says so. */
static uint32_t effective_mode(const struct file *file)
{
	uint32_t flags =
		READ_ONCE(file->path.mount->flags) | READ_ONCE(file->path.mount->super->flags);
	uint32_t mode = READ_ONCE(file->inode->mode);

	return flags & MOUNT_NOSUID ? mode & ~(uint32_t)(MODE_SETUID | MODE_SETGID) : mode;
}

/* Takes over the references to file and grant, on success only. */
static int fill(struct file *file, struct grant *grant, struct exec_file *out)
{
	int err = file_get_object(file, FILE_MAP_EXEC, &out->object);

	if (err)
		return err == -ENODEV ? -EACCES : err;
	out->grant = grant;
	out->len = READ_ONCE(file->inode->size);
	out->mode = effective_mode(file);
	out->uid = READ_ONCE(file->inode->uid);
	out->gid = READ_ONCE(file->inode->gid);
	out->owner = file;
	return 0;
}

static int open_first(const char *path, struct exec_file *out)
{
	struct vfs_ctx ctx = {.root = {.path = boot_root, .rights = RIGHTS_ALL},
			      .start = {.path = boot_root, .rights = RIGHTS_ALL},
			      .cred = &vfs_cred_kernel};
	struct vfs_found from;
	struct file *file;
	int err;

	memset(&from, 0, sizeof(from));
	err = vfs_open_exec(&ctx, path, LOOKUP_FOLLOW, &file, &from);
	if (err)
		return err;
	vfs_found_put(&from);
	err = fill(file, NULL, out);
	if (err)
		file_put(file);
	return err;
}

static int open_at(struct lthread *lt, int32_t dirfd, const char *path, uint32_t flags,
		   struct exec_file *out)
{
	struct vfs_found from;
	struct pathref ref;
	struct file *file;
	struct cap cap;
	int err = pathref_begin_kernel(lt, dirfd, path, &ref);

	if (err)
		return err;
	memset(&from, 0, sizeof(from));
	err = vfs_open_exec(&ref.ctx, ref.name, lookup_flags(flags), &file, &from);
	if (err)
		goto out_end;
	pathref_derive_cap(&ref, file, &from, &cap);
	vfs_found_put(&from);
	grant_get(cap.grant);
	err = fill(file, cap.grant, out);
	if (err) {
		grant_put(cap.grant);
		file_put(file);
	}
	cap_drop(&cap);
out_end:
	pathref_end(&ref);
	return err;
}

static bool has_root(const struct lthread *lt)
{
	struct cap cap;

	if (authority_peek(lt->process->process->authority, AUTHORITY_ROOT, &cap))
		return false;
	cap_drop(&cap);
	return true;
}

static int program_open(struct lthread *lt, int32_t dirfd, const char *path, uint32_t flags,
			struct exec_file *out)
{
	if (!lt && boot_root.dentry)
		return open_first(path, out);
	if (!lt || !has_root(lt))
		return image_opener.open(lt, dirfd, path, flags, out);
	/* The file behind a descriptor has to be named, by a path. */
	if (path[0] == '\0')
		return -ENOENT;
	return open_at(lt, dirfd, path, flags, out);
}

static void program_close(struct exec_file *file)
{
	struct file *opened = file->owner;

	/* Images have no owner. */
	if (!opened) {
		image_opener.close(file);
		return;
	}
	vmobj_put(file->object);
	if (file->grant)
		grant_put(file->grant);
	file_put(opened);
}

const struct exec_opener program_opener = {.open = program_open, .close = program_close};
