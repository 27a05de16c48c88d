#include "compat/linux/file/pathref.h"

#include "compat/linux/file/fdtable.h"
#include "compat/linux/file/fscred.h"
#include "compat/linux/process/fs.h"
#include "compat/linux/process/lprocess.h"
#include "compat/linux/process/lthread.h"
#include "compat/linux/uapi/fcntl.h"
#include "kernel/cap/authority.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/vfs/file.h"
#include "kernel/vfs/inode.h"

/* Begins the use of the capability at which the path begins. */
static int use_start(struct lthread *lt, int32_t dirfd, bool is_absolute, struct pathref *ref)
{
	struct authority *auth = lt->process->process->authority;
	struct fd_ref fd;
	int err;

	if (is_absolute)
		return authority_lookup(auth, AUTHORITY_ROOT, RIGHT_LOOKUP, &ref->start);
	if (dirfd == LINUX_AT_FDCWD)
		return authority_lookup(auth, AUTHORITY_CWD, RIGHT_LOOKUP, &ref->start);
	err = fd_get(lt, dirfd, RIGHT_STAT, &fd);
	if (!err)
		ref->start = fd.cap;
	return err;
}

static int fill_dir(struct kobject *object, uint32_t rights, struct vfs_dir *out)
{
	struct file *file = file_from_kobject(object);

	return file ? vfs_dir_of(file, rights, out) : -ENOTDIR;
}

/* What absolute links and ".." go by. */
static int take_root(struct lthread *lt, struct pathref *ref)
{
	int err = authority_peek(lt->process->process->authority, AUTHORITY_ROOT, &ref->root);

	if (err)
		return err;
	err = grant_is_dead(ref->root.grant) ? -EIO : 0;
	if (!err)
		err = fill_dir(ref->root.object, ref->root.rights, &ref->ctx.root);
	if (err)
		cap_drop(&ref->root);
	return err;
}

int pathref_begin_kernel(struct lthread *lt, int32_t dirfd, const char *path, struct pathref *out)
{
	int err;

	memset(out, 0, sizeof(*out));
	out->name = path;
	fscred_of(lt, FSCRED_FS, &out->cred);
	out->ctx.cred = &out->cred;
	out->ctx.umask = lfs_umask(lt->process->fs);
	out->ctx.account = fd_account(lt);
	err = take_root(lt, out);
	if (err)
		return err;
	err = use_start(lt, dirfd, path[0] == '/', out);
	if (err)
		goto out_drop_root;
	err = fill_dir(out->start.object, out->start.rights, &out->ctx.start);
	if (err)
		goto out_put_start;
	return 0;

out_put_start:
	cap_ref_put(&out->start);
out_drop_root:
	cap_drop(&out->root);
	return err;
}

/* A path of a program, perhaps an empty one: its length, or an error. */
static ssize_t copy_path(struct user_ptr path, char **out)
{
	char *buf = kmem_alloc(LINUX_PATH_MAX);
	ssize_t len;

	if (!buf)
		return -ENOMEM;
	len = strncpy_from_user(buf, path, LINUX_PATH_MAX);
	if (len < 0)
		kmem_free(buf, LINUX_PATH_MAX);
	else
		*out = buf;
	return len;
}

/* Takes over the path. */
static int begin_with(struct lthread *lt, int32_t dirfd, char *buf, struct pathref *out)
{
	int err = pathref_begin_kernel(lt, dirfd, buf, out);

	if (err) {
		kmem_free(buf, LINUX_PATH_MAX);
		return err;
	}
	out->buf = buf;
	return 0;
}

int pathref_begin(struct lthread *lt, int32_t dirfd, struct user_ptr path, struct pathref *out)
{
	char *buf = NULL;
	ssize_t len = copy_path(path, &buf);

	if (len < 0)
		return (int)len;
	if (len == 0) {
		kmem_free(buf, LINUX_PATH_MAX);
		return -ENOENT;
	}
	return begin_with(lt, dirfd, buf, out);
}

void pathref_end(struct pathref *ref)
{
	cap_ref_put(&ref->start);
	cap_drop(&ref->root);
	if (ref->buf)
		kmem_free(ref->buf, LINUX_PATH_MAX);
}

void pathref_derive_cap(const struct pathref *ref, struct file *file, const struct vfs_found *found,
			struct cap *out)
{
	struct grant *grant = ref->start.grant;

	if (found->origin == VFS_FROM_ROOT)
		grant = ref->root.grant;
	else if (found->origin == VFS_FROM_LINK)
		grant = found->grant;
	cap_init(out, file_kobject(file), grant, file_rights(file) & found->rights, 0);
}

uint32_t lookup_flags(uint32_t at_flags)
{
	return at_flags & LINUX_AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW;
}

/* The file behind a descriptor, or the working directory. */
static int find_fd(struct lthread *lt, int32_t fd, struct found *out)
{
	struct cap_ref use;
	struct file *file;
	struct fd_ref ref;
	int err;

	if (fd == LINUX_AT_FDCWD) {
		err = authority_lookup(lt->process->process->authority, AUTHORITY_CWD, RIGHT_LOOKUP,
				       &use);
	} else {
		err = fd_get(lt, fd, RIGHT_STAT, &ref);
		use = ref.cap;
	}
	if (err)
		return err;
	file = file_from_kobject(use.object);
	if (file) {
		file_get(file);
		out->file = file;
		out->at.path = file->path;
		if (file->path.dentry)
			path_get(&out->at.path);
		out->at.rights = use.rights;
	}
	cap_ref_put(&use);
	return file ? 0 : -EBADF;
}

int find_path(struct lthread *lt, int32_t dirfd, struct user_ptr path, uint32_t flags,
	      uint32_t lookup, struct found *out)
{
	struct pathref ref;
	char *buf = NULL;
	ssize_t len = copy_path(path, &buf);
	int err;

	if (len < 0)
		return (int)len;
	memset(out, 0, sizeof(*out));
	fscred_of(lt, FSCRED_FS, &out->cred);
	if (len == 0) {
		kmem_free(buf, LINUX_PATH_MAX);
		return flags & LINUX_AT_EMPTY_PATH ? find_fd(lt, dirfd, out) : -ENOENT;
	}
	err = begin_with(lt, dirfd, buf, &ref);
	if (err)
		return err;
	err = vfs_lookup(&ref.ctx, ref.name, lookup, &out->at);
	pathref_end(&ref);
	return err;
}

void found_end(struct found *found)
{
	if (found->file)
		file_put(found->file);
	if (found->at.path.dentry || found->at.grant)
		vfs_found_put(&found->at);
}
