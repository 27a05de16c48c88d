/* Directories: getdents(2), chdir(2), chroot(2), getcwd(2). */
#include "compat/linux/file/fdtable.h"
#include "compat/linux/file/fscred.h"
#include "compat/linux/file/pathref.h"
#include "compat/linux/process/creds.h"
#include "compat/linux/process/lprocess.h"
#include "compat/linux/process/lthread.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "compat/linux/uapi/dirent.h"
#include "compat/linux/uapi/fcntl.h"
#include "kernel/cap/authority.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/vfs/file.h"
#include "kernel/vfs/inode.h"
#include "kernel/vfs/vfs.h"

/* --- getdents64(2) --- */

/* Names are gathered in kernel memory: the directory is locked while it is read. */
#define GATHER_MAX 32768u
#define DIRENT_ALIGN 8u

struct gather {
	struct dir_sink sink;
	uint8_t *buf;
	size_t size;
	size_t used;
	bool is_full; /* an entry was turned away */
};

static bool emit(struct dir_sink *sink, const struct dir_entry *entry)
{
	struct gather *gather = container_of(sink, struct gather, sink);
	size_t len = ALIGN_UP(offsetof(struct linux_dirent64, name) + entry->len + 1, DIRENT_ALIGN);
	struct linux_dirent64 *out;

	if (len > gather->size - gather->used) {
		gather->is_full = true;
		return false;
	}
	out = (struct linux_dirent64 *)(void *)(gather->buf + gather->used);
	memset(out, 0, len);
	out->ino = entry->ino;
	out->off = (int64_t)entry->next;
	out->reclen = (uint16_t)len;
	out->type = (uint8_t)((entry->mode & MODE_TYPE) >> 12);
	memcpy(out->name, entry->name, entry->len);
	gather->used += len;
	return true;
}

int64_t linux_getdents64(struct lthread *lt, int32_t fd, struct user_ptr buf, uint32_t size)
{
	struct gather gather = {.sink = {.emit = emit}, .size = MIN(size, GATHER_MAX)};
	size_t room = MAX(gather.size, (size_t)1);
	struct fd_ref ref;
	int64_t result = fd_get_open(lt, fd, RIGHT_READ, &ref);

	static_assert(LINUX_DT_DIR == MODE_DIR >> 12 && LINUX_DT_SOCK == MODE_SOCKET >> 12,
		      "a type is that part of a mode");
	if (result)
		return result;
	gather.buf = kmem_alloc(room);
	result = gather.buf ? file_readdir(ref.file, &gather.sink) : -ENOMEM;
	fd_put(&ref);
	if (!result && gather.used == 0 && gather.is_full)
		result = -EINVAL;
	if (!result && gather.used > 0)
		result = copy_to_user(buf, gather.buf, gather.used);
	if (gather.buf)
		kmem_free(gather.buf, room);
	return result ? result : (int64_t)gather.used;
}

/* --- The working directory and the root --- */

/* What was found, which is a directory, as what AUTHORITY_CWD or _ROOT is from now on. */
static int enter(struct lthread *lt, const struct pathref *ref, const struct vfs_found *found,
		 enum authority_slot slot)
{
	struct authority *auth = lt->process->process->authority;
	struct file *file;
	struct cap cap;
	int err = vfs_access(&found->path, &ref->cred, ACCESS_EXEC);

	if (err)
		return err;
	err = vfs_open_found(&ref->ctx, found, OPEN_PATH | OPEN_DIRECTORY, &file);
	if (err)
		return err;
	pathref_derive_cap(ref, file, found, &cap);
	file_put(file);
	err = authority_replace(auth, slot, &cap);
	if (err)
		cap_drop(&cap);
	return err;
}

static int64_t enter_path(struct lthread *lt, struct user_ptr path, enum authority_slot slot)
{
	struct vfs_found found;
	struct pathref ref;
	int err = pathref_begin(lt, LINUX_AT_FDCWD, path, &ref);

	if (err)
		return err;
	err = vfs_lookup(&ref.ctx, ref.name, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &found);
	if (!err) {
		err = enter(lt, &ref, &found, slot);
		vfs_found_put(&found);
	}
	pathref_end(&ref);
	return err;
}

int64_t linux_chdir(struct lthread *lt, struct user_ptr path)
{
	return enter_path(lt, path, AUTHORITY_CWD);
}

int64_t linux_chroot(struct lthread *lt, struct user_ptr path)
{
	if (!lcred_has_cap(lt->cred, LINUX_CAP_SYS_CHROOT))
		return -EPERM;
	return enter_path(lt, path, AUTHORITY_ROOT);
}

int64_t linux_fchdir(struct lthread *lt, int32_t fd)
{
	struct vfs_cred cred;
	struct fd_ref ref;
	struct cap cap;
	int err = fd_get(lt, fd, RIGHT_STAT, &ref);

	if (err)
		return err;
	fscred_of(lt, FSCRED_FS, &cred);
	if (!inode_is_dir(ref.file->inode))
		err = -ENOTDIR;
	if (!err)
		err = vfs_access(&ref.file->path, &cred, ACCESS_EXEC);
	if (!err)
		cap_derive(&ref.cap, ref.cap.object, ref.cap.rights, &cap);
	fd_put(&ref);
	if (err)
		return err;
	err = authority_replace(lt->process->process->authority, AUTHORITY_CWD, &cap);
	if (err)
		cap_drop(&cap);
	return err;
}

/* The name of the working directory, as the root directory sees it, at the end of buf. */
static int name_of_cwd(struct lthread *lt, char *buf, size_t size, char **out)
{
	struct pathref ref;
	int err = pathref_begin_kernel(lt, LINUX_AT_FDCWD, ".", &ref);

	if (err)
		return err;
	err = path_name(&ref.ctx.start.path, &ref.ctx.root.path, buf, size, out);
	pathref_end(&ref);
	return err;
}

#define UNREACHABLE_PREFIX "(unreachable)"

/* The length with its NUL: what the call itself returns. */
int64_t linux_getcwd(struct lthread *lt, struct user_ptr buf, size_t size)
{
	size_t prefix = sizeof(UNREACHABLE_PREFIX) - 1, room = LINUX_PATH_MAX, len;
	char *text = kmem_alloc(room);
	char *name = text;
	int64_t result;

	if (!text)
		return -ENOMEM;
	result = name_of_cwd(lt, text + prefix, room - prefix, &name);
	if (result == -EXDEV) {
		name -= prefix;
		memcpy(name, UNREACHABLE_PREFIX, prefix);
		result = 0;
	}
	if (!result) {
		len = strlen(name) + 1;
		result = len > size ? -ERANGE : copy_to_user(buf, name, len);
		result = result ? result : (int64_t)len;
	}
	kmem_free(text, room);
	return result;
}
