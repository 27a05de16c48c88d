#include "compat/linux/file/map.h"

#include "compat/linux/file/fdtable.h"
#include "compat/linux/mm/lmm.h"
#include "kernel/lib/errno.h"
#include "kernel/vfs/file.h"
#include "kernel/vm/vmspace.h"

/*
 * A mapping that is shared writes to the file, so that takes a file open for writing; a
 * private one may always be written to. Both take a file open for reading.
 */
static uint32_t writable_prot(const struct fd_ref *ref, bool is_shared)
{
	if (!is_shared)
		return VM_WRITE;
	return (ref->file->mode & FILE_WRITE) && (ref->cap.rights & RIGHT_WRITE) ? VM_WRITE : 0;
}

static int get_object(const struct fd_ref *ref, bool is_shared, struct lmm_file *out)
{
	uint32_t write = writable_prot(ref, is_shared);
	uint32_t how = is_shared && write ? FILE_MAP_SHARED_WRITE : 0;
	int err = -EPERM;

	out->max_prot = VM_READ | VM_EXEC | write;
	if (ref->cap.rights & RIGHT_EXEC)
		err = file_get_object(ref->file, how | FILE_MAP_EXEC, &out->object);
	if (err != -EPERM)
		return err;
	/* On a mount that allows no programs. */
	out->max_prot &= ~(uint32_t)VM_EXEC;
	return file_get_object(ref->file, how, &out->object);
}

static int open_file(struct lthread *lt, int32_t fd, bool is_shared, struct lmm_file *out)
{
	struct fd_ref ref;
	int err = fd_get_open(lt, fd, RIGHT_MAP, &ref);

	if (err)
		return err;
	err = -EACCES;
	if ((ref.file->mode & FILE_READ) && (ref.cap.rights & RIGHT_READ))
		err = get_object(&ref, is_shared, out);
	if (!err) {
		grant_get(ref.cap.grant);
		out->grant = ref.cap.grant;
		out->offset = 0;
	}
	fd_put(&ref);
	return err;
}

void file_map_init(void)
{
	lmm_open_file = open_file;
}
