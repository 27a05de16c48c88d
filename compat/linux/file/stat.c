/* What files are, and what is changed about them: stat(2), access(2), chmod(2), utime(2). */
#include "compat/linux/file/attr.h"
#include "compat/linux/file/fdtable.h"
#include "compat/linux/file/fscred.h"
#include "compat/linux/file/pathref.h"
#include "compat/linux/process/lprocess.h"
#include "compat/linux/process/lthread.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "compat/linux/uapi/fcntl.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/vfs/file.h"
#include "kernel/vfs/inode.h"
#include "kernel/vfs/vfs.h"

#define UTIME_NOW 0x3fffffff
#define UTIME_OMIT 0x3ffffffe
#define NS_PER_S 1000000000
#define NS_PER_US 1000

/* A capability's rights do not allow it. */
static int needs(const struct found *found, uint32_t rights)
{
	return rights & ~found->at.rights ? -EACCES : 0;
}

/* --- stat(2) --- */

static int get_stat(const struct found *found, struct inode_stat *out)
{
	int err = needs(found, RIGHT_STAT);

	if (err)
		return err;
	if (found->at.path.dentry)
		return vfs_get_stat(&found->at.path, out);
	inode_get_stat(found->file->inode, out);
	return 0;
}

static int stat_path(struct lthread *lt, int32_t dirfd, struct user_ptr path, uint32_t flags,
		     struct inode_stat *out)
{
	struct found found;
	int err = find_path(lt, dirfd, path, flags, lookup_flags(flags), &found);

	if (err)
		return err;
	err = get_stat(&found, out);
	found_end(&found);
	return err;
}

static int write_stat(const struct inode_stat *from, struct user_ptr to)
{
	struct linux_stat stat;

	attr_to_stat(from, &stat);
	return copy_to_user(to, &stat, sizeof(stat));
}

int64_t linux_newfstatat(struct lthread *lt, int32_t dirfd, struct user_ptr path,
			 struct user_ptr stat, int32_t flags)
{
	uint32_t known = LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_NO_AUTOMOUNT | LINUX_AT_EMPTY_PATH;
	struct inode_stat result;
	int err;

	if ((uint32_t)flags & ~known)
		return -EINVAL;
	err = stat_path(lt, dirfd, path, (uint32_t)flags, &result);
	return err ? err : write_stat(&result, stat);
}

int64_t linux_stat(struct lthread *lt, struct user_ptr path, struct user_ptr stat)
{
	return linux_newfstatat(lt, LINUX_AT_FDCWD, path, stat, 0);
}

int64_t linux_lstat(struct lthread *lt, struct user_ptr path, struct user_ptr stat)
{
	return linux_newfstatat(lt, LINUX_AT_FDCWD, path, stat, LINUX_AT_SYMLINK_NOFOLLOW);
}

int64_t linux_fstat(struct lthread *lt, int32_t fd, struct user_ptr stat)
{
	struct inode_stat result;
	struct fd_ref ref;
	int err = fd_get(lt, fd, RIGHT_STAT, &ref);

	if (err)
		return err;
	if (ref.file->path.dentry)
		err = vfs_get_stat(&ref.file->path, &result);
	else
		inode_get_stat(ref.file->inode, &result);
	fd_put(&ref);
	return err ? err : write_stat(&result, stat);
}

int64_t linux_statx(struct lthread *lt, int32_t dirfd, struct user_ptr path, uint32_t flags,
		    uint32_t mask, struct user_ptr statx)
{
	uint32_t known = LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_NO_AUTOMOUNT | LINUX_AT_EMPTY_PATH |
			 LINUX_AT_STATX_SYNC_TYPE;
	struct linux_statx buf;
	struct inode_stat result;
	int err;

	if ((mask & LINUX_STATX__RESERVED) || (flags & ~known))
		return -EINVAL;
	if ((flags & LINUX_AT_STATX_SYNC_TYPE) == LINUX_AT_STATX_SYNC_TYPE)
		return -EINVAL;
	err = stat_path(lt, dirfd, path, flags, &result);
	if (err)
		return err;
	attr_to_statx(&result, &buf);
	return copy_to_user(statx, &buf, sizeof(buf));
}

/* --- statfs(2) --- */

static int64_t write_statfs(const struct super_stat *from, struct user_ptr to)
{
	struct linux_statfs statfs;

	attr_to_statfs(from, &statfs);
	return copy_to_user(to, &statfs, sizeof(statfs));
}

int64_t linux_statfs(struct lthread *lt, struct user_ptr path, struct user_ptr buf)
{
	struct super_stat result;
	struct found found;
	int err = find_path(lt, LINUX_AT_FDCWD, path, 0, LOOKUP_FOLLOW, &found);

	if (err)
		return err;
	err = vfs_statfs(&found.at.path, &result);
	found_end(&found);
	return err ? err : write_statfs(&result, buf);
}

int64_t linux_fstatfs(struct lthread *lt, int32_t fd, struct user_ptr buf)
{
	struct super_stat result;
	struct fd_ref ref;
	int err = fd_get(lt, fd, RIGHT_STAT, &ref);

	if (err)
		return err;
	/* What has no name lies in no file system that a program could see. */
	err = ref.file->path.dentry ? vfs_statfs(&ref.file->path, &result) : -ENOSYS;
	fd_put(&ref);
	return err ? err : write_statfs(&result, buf);
}

/* --- access(2) --- */

static int64_t access_at(struct lthread *lt, int32_t dirfd, struct user_ptr path, int32_t mode,
			 uint32_t flags)
{
	uint32_t known = LINUX_AT_EACCESS | LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_EMPTY_PATH;
	struct vfs_cred cred;
	struct found found;
	int err = 0;

	static_assert(LINUX_R_OK == ACCESS_READ && LINUX_W_OK == ACCESS_WRITE &&
			      LINUX_X_OK == ACCESS_EXEC,
		      "handed on as they are");
	if ((mode & ~(LINUX_R_OK | LINUX_W_OK | LINUX_X_OK)) || (flags & ~known))
		return -EINVAL;
	fscred_of(lt, flags & LINUX_AT_EACCESS ? FSCRED_FS : FSCRED_REAL, &cred);
	err = find_path(lt, dirfd, path, flags, lookup_flags(flags), &found);
	if (err)
		return err;
	if (!found.at.path.dentry)
		err = inode_access(found.file->inode, &cred, (uint32_t)mode);
	else if (mode)
		err = vfs_access(&found.at.path, &cred, (uint32_t)mode);
	found_end(&found);
	return err;
}

int64_t linux_faccessat2(struct lthread *lt, int32_t dirfd, struct user_ptr path, int32_t mode,
			 int32_t flags)
{
	return access_at(lt, dirfd, path, mode, (uint32_t)flags);
}

int64_t linux_faccessat(struct lthread *lt, int32_t dirfd, struct user_ptr path, int32_t mode)
{
	return access_at(lt, dirfd, path, mode, 0);
}

int64_t linux_access(struct lthread *lt, struct user_ptr path, int32_t mode)
{
	return access_at(lt, LINUX_AT_FDCWD, path, mode, 0);
}

/* --- Changes --- */

static int apply_change(const struct found *found, const struct inode_change *change)
{
	int err = needs(found, RIGHT_CHMOD);

	if (err)
		return err;
	/* Of a pipe or a socket nobody could tell. */
	if (!found->at.path.dentry)
		return -EPERM;
	return vfs_change(&found->at.path, &found->cred, change);
}

static int64_t change_path(struct lthread *lt, int32_t dirfd, struct user_ptr path, uint32_t flags,
			   const struct inode_change *change)
{
	struct found found;
	int err = find_path(lt, dirfd, path, flags, lookup_flags(flags), &found);

	if (err)
		return err;
	err = apply_change(&found, change);
	found_end(&found);
	return err;
}

static int64_t change_fd(struct lthread *lt, int32_t fd, const struct inode_change *change)
{
	struct found found;
	struct fd_ref ref;
	int err = fd_get_open(lt, fd, RIGHT_CHMOD, &ref);

	if (err)
		return err;
	memset(&found, 0, sizeof(found));
	found.at.path = ref.file->path; /* borrowed */
	found.at.rights = ref.cap.rights;
	fscred_of(lt, FSCRED_FS, &found.cred);
	err = apply_change(&found, change);
	fd_put(&ref);
	return err;
}

static struct inode_change mode_change(uint32_t mode)
{
	return (struct inode_change){.fields = CHANGE_MODE, .mode = mode & MODE_PERMISSIONS};
}

int64_t linux_fchmodat2(struct lthread *lt, int32_t dirfd, struct user_ptr path, uint32_t mode,
			uint32_t flags)
{
	struct inode_change change = mode_change(mode);

	if (flags & ~(uint32_t)(LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_EMPTY_PATH))
		return -EINVAL;
	return change_path(lt, dirfd, path, flags, &change);
}

int64_t linux_fchmodat(struct lthread *lt, int32_t dirfd, struct user_ptr path, uint32_t mode)
{
	return linux_fchmodat2(lt, dirfd, path, mode, 0);
}

int64_t linux_chmod(struct lthread *lt, struct user_ptr path, uint32_t mode)
{
	return linux_fchmodat2(lt, LINUX_AT_FDCWD, path, mode, 0);
}

int64_t linux_fchmod(struct lthread *lt, int32_t fd, uint32_t mode)
{
	struct inode_change change = mode_change(mode);

	return change_fd(lt, fd, &change);
}

/* -1 leaves the one as it is. */
static struct inode_change owner_change(uint32_t uid, uint32_t gid)
{
	struct inode_change change = {.uid = uid, .gid = gid};

	if (uid != UINT32_MAX)
		change.fields |= CHANGE_UID;
	if (gid != UINT32_MAX)
		change.fields |= CHANGE_GID;
	return change;
}

int64_t linux_fchownat(struct lthread *lt, int32_t dirfd, struct user_ptr path, uint32_t uid,
		       uint32_t gid, int32_t flags)
{
	struct inode_change change = owner_change(uid, gid);

	if (flags & ~(LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_EMPTY_PATH))
		return -EINVAL;
	return change_path(lt, dirfd, path, (uint32_t)flags, &change);
}

int64_t linux_chown(struct lthread *lt, struct user_ptr path, uint32_t uid, uint32_t gid)
{
	return linux_fchownat(lt, LINUX_AT_FDCWD, path, uid, gid, 0);
}

int64_t linux_lchown(struct lthread *lt, struct user_ptr path, uint32_t uid, uint32_t gid)
{
	return linux_fchownat(lt, LINUX_AT_FDCWD, path, uid, gid, LINUX_AT_SYMLINK_NOFOLLOW);
}

int64_t linux_fchown(struct lthread *lt, int32_t fd, uint32_t uid, uint32_t gid)
{
	struct inode_change change = owner_change(uid, gid);

	return change_fd(lt, fd, &change);
}

/* --- Times --- */

static int set_time(const struct linux_timespec *time, struct inode_change *change, uint32_t field,
		    uint32_t now_field, int64_t *out)
{
	if (time->nsec == UTIME_OMIT)
		return 0;
	change->fields |= field;
	if (time->nsec == UTIME_NOW) {
		change->fields |= now_field;
		return 0;
	}
	if (time->nsec < 0 || time->nsec >= NS_PER_S)
		return -EINVAL;
	*out = attr_time_ns(time->sec, time->nsec);
	return 0;
}

static int times_change(const struct linux_timespec times[2], struct inode_change *change)
{
	int err;

	*change = (struct inode_change){0};
	err = set_time(&times[0], change, CHANGE_ATIME, CHANGE_ATIME_NOW, &change->atime);
	if (err)
		return err;
	return set_time(&times[1], change, CHANGE_MTIME, CHANGE_MTIME_NOW, &change->mtime);
}

static int64_t set_times(struct lthread *lt, int32_t dirfd, struct user_ptr path,
			 const struct linux_timespec times[2], uint32_t flags)
{
	struct inode_change change;
	int err = times_change(times, &change);

	if (err)
		return err;
	if (!change.fields)
		return 0;
	/* futimens(3) comes as a null path. */
	if (user_ptr_is_null(path) && dirfd != LINUX_AT_FDCWD)
		return flags ? -EINVAL : change_fd(lt, dirfd, &change);
	return change_path(lt, dirfd, path, flags, &change);
}

static const struct linux_timespec now[2] = {{.nsec = UTIME_NOW}, {.nsec = UTIME_NOW}};

int64_t linux_utimensat(struct lthread *lt, int32_t dirfd, struct user_ptr path,
			struct user_ptr times, int32_t flags)
{
	struct linux_timespec given[2];
	int err;

	if (flags & ~(LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_EMPTY_PATH))
		return -EINVAL;
	memcpy(given, now, sizeof(given));
	if (!user_ptr_is_null(times)) {
		err = copy_from_user(given, times, sizeof(given));
		if (err)
			return err;
	}
	return set_times(lt, dirfd, path, given, (uint32_t)flags);
}

/* --- Sizes and links by path --- */

int64_t linux_truncate(struct lthread *lt, struct user_ptr path, int64_t len)
{
	uint64_t limit = MIN(lprocess_limit(lt->process, LINUX_RLIMIT_FSIZE).cur, INT64_MAX);
	struct found found;
	int err;

	if (len < 0)
		return -EINVAL;
	err = find_path(lt, LINUX_AT_FDCWD, path, 0, LOOKUP_FOLLOW, &found);
	if (err)
		return err;
	err = vfs_truncate(&found.at, &found.cred, (uint64_t)len, limit);
	found_end(&found);
	return err;
}

/* An empty path is the link behind an O_PATH descriptor itself. */
int64_t linux_readlinkat(struct lthread *lt, int32_t dirfd, struct user_ptr path,
			 struct user_ptr buf, int32_t size)
{
	size_t room = MIN((uint32_t)size, LINUX_PATH_MAX);
	struct found found;
	ssize_t len;
	char *text;
	int err;

	if (size <= 0)
		return -EINVAL;
	err = find_path(lt, dirfd, path, LINUX_AT_EMPTY_PATH, 0, &found);
	if (err)
		return err;
	text = kmem_alloc(room);
	if (!text)
		len = -ENOMEM;
	else if (!found.at.path.dentry)
		len = -EINVAL;
	else
		len = vfs_readlink(&found.at, &found.cred, text, room);
	found_end(&found);
	if (len > 0 && copy_to_user(buf, text, (size_t)len))
		len = -EFAULT;
	if (text)
		kmem_free(text, room);
	return len;
}

int64_t linux_readlink(struct lthread *lt, struct user_ptr path, struct user_ptr buf, int32_t size)
{
	return linux_readlinkat(lt, LINUX_AT_FDCWD, path, buf, size);
}
