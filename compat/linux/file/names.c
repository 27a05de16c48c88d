/* Names that come, go and change: mkdir(2), unlink(2), rename(2), link(2), symlink(2). */
#include "compat/linux/file/pathref.h"
#include "compat/linux/process/creds.h"
#include "compat/linux/process/lthread.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "compat/linux/uapi/fcntl.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/slab.h"
#include "kernel/vfs/vfs.h"

#define MODE_MASK 01777u

int64_t linux_mkdirat(struct lthread *lt, int32_t dirfd, struct user_ptr path, uint32_t mode)
{
	struct pathref ref;
	int err = pathref_begin(lt, dirfd, path, &ref);

	if (err)
		return err;
	err = vfs_mkdir(&ref.ctx, ref.name, mode & MODE_MASK);
	pathref_end(&ref);
	return err;
}

int64_t linux_mkdir(struct lthread *lt, struct user_ptr path, uint32_t mode)
{
	return linux_mkdirat(lt, LINUX_AT_FDCWD, path, mode);
}

/* dev has the form of the call: 12 bits of major number between 8 and 12 of minor. */
int64_t linux_mknodat(struct lthread *lt, int32_t dirfd, struct user_ptr path, uint32_t mode,
		      uint32_t dev)
{
	struct pathref ref;
	int err;

	if (mode_is(mode, 0))
		mode |= MODE_REGULAR;
	if (mode_is(mode, MODE_DIR))
		return -EPERM;
	if (mode_is(mode, MODE_SYMLINK))
		return -EINVAL;
	err = pathref_begin(lt, dirfd, path, &ref);
	if (err)
		return err;
	err = vfs_mknod(&ref.ctx, ref.name, mode, dev);
	pathref_end(&ref);
	return err;
}

int64_t linux_mknod(struct lthread *lt, struct user_ptr path, uint32_t mode, uint32_t dev)
{
	return linux_mknodat(lt, LINUX_AT_FDCWD, path, mode, dev);
}

int64_t linux_unlinkat(struct lthread *lt, int32_t dirfd, struct user_ptr path, int32_t flags)
{
	struct pathref ref;
	int err;

	if (flags & ~LINUX_AT_REMOVEDIR)
		return -EINVAL;
	err = pathref_begin(lt, dirfd, path, &ref);
	if (err)
		return err;
	err = flags ? vfs_rmdir(&ref.ctx, ref.name) : vfs_unlink(&ref.ctx, ref.name);
	pathref_end(&ref);
	return err;
}

int64_t linux_unlink(struct lthread *lt, struct user_ptr path)
{
	return linux_unlinkat(lt, LINUX_AT_FDCWD, path, 0);
}

int64_t linux_rmdir(struct lthread *lt, struct user_ptr path)
{
	return linux_unlinkat(lt, LINUX_AT_FDCWD, path, LINUX_AT_REMOVEDIR);
}

int64_t linux_renameat2(struct lthread *lt, int32_t old_dirfd, struct user_ptr old_path,
			int32_t new_dirfd, struct user_ptr new_path, uint32_t flags)
{
	struct pathref old, new;
	int err;

	static_assert(LINUX_RENAME_NOREPLACE == RENAME_NOREPLACE &&
			      LINUX_RENAME_EXCHANGE == RENAME_EXCHANGE,
		      "handed on as they are");
	if (flags & ~(uint32_t)(LINUX_RENAME_NOREPLACE | LINUX_RENAME_EXCHANGE))
		return -EINVAL;
	if (flags == (LINUX_RENAME_NOREPLACE | LINUX_RENAME_EXCHANGE))
		return -EINVAL;
	err = pathref_begin(lt, old_dirfd, old_path, &old);
	if (err)
		return err;
	err = pathref_begin(lt, new_dirfd, new_path, &new);
	if (err)
		goto out_end_old;
	err = vfs_rename(&old.ctx, old.name, &new.ctx, new.name, flags);
	pathref_end(&new);
out_end_old:
	pathref_end(&old);
	return err;
}

int64_t linux_renameat(struct lthread *lt, int32_t old_dirfd, struct user_ptr old_path,
		       int32_t new_dirfd, struct user_ptr new_path)
{
	return linux_renameat2(lt, old_dirfd, old_path, new_dirfd, new_path, 0);
}

int64_t linux_rename(struct lthread *lt, struct user_ptr old_path, struct user_ptr new_path)
{
	return linux_renameat2(lt, LINUX_AT_FDCWD, old_path, LINUX_AT_FDCWD, new_path, 0);
}

int64_t linux_linkat(struct lthread *lt, int32_t old_dirfd, struct user_ptr old_path,
		     int32_t new_dirfd, struct user_ptr new_path, int32_t flags)
{
	uint32_t lookup = flags & LINUX_AT_SYMLINK_FOLLOW ? LOOKUP_FOLLOW : 0;
	struct pathref new;
	struct found old;
	int err;

	if (flags & ~(LINUX_AT_SYMLINK_FOLLOW | LINUX_AT_EMPTY_PATH))
		return -EINVAL;
	/* Who was handed a descriptor was not therefore given the right to name the file. */
	if ((flags & LINUX_AT_EMPTY_PATH) && !lcred_has_cap(lt->cred, LINUX_CAP_DAC_READ_SEARCH))
		return -ENOENT;
	err = find_path(lt, old_dirfd, old_path, (uint32_t)flags, lookup, &old);
	if (err)
		return err;
	if (!old.at.path.dentry) {
		err = -EXDEV;
		goto out_end_old;
	}
	err = pathref_begin(lt, new_dirfd, new_path, &new);
	if (err)
		goto out_end_old;
	err = vfs_link(&old.at, &new.ctx, new.name);
	pathref_end(&new);
out_end_old:
	found_end(&old);
	return err;
}

int64_t linux_link(struct lthread *lt, struct user_ptr old_path, struct user_ptr new_path)
{
	return linux_linkat(lt, LINUX_AT_FDCWD, old_path, LINUX_AT_FDCWD, new_path, 0);
}

static int64_t make_symlink(struct lthread *lt, const char *target, int32_t dirfd,
			    struct user_ptr path)
{
	struct pathref ref;
	int err = pathref_begin(lt, dirfd, path, &ref);

	if (err)
		return err;
	err = vfs_symlink(&ref.ctx, target, ref.name);
	pathref_end(&ref);
	return err;
}

int64_t linux_symlinkat(struct lthread *lt, struct user_ptr target, int32_t new_dirfd,
			struct user_ptr path)
{
	char *text = kmem_alloc(LINUX_PATH_MAX);
	int64_t result;

	if (!text)
		return -ENOMEM;
	result = strncpy_from_user(text, target, LINUX_PATH_MAX);
	if (result == 0)
		result = -ENOENT;
	if (result > 0)
		result = make_symlink(lt, text, new_dirfd, path);
	kmem_free(text, LINUX_PATH_MAX);
	return result;
}

int64_t linux_symlink(struct lthread *lt, struct user_ptr target, struct user_ptr path)
{
	return linux_symlinkat(lt, target, LINUX_AT_FDCWD, path);
}
