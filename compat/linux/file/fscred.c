#include "compat/linux/file/fscred.h"

#include "compat/linux/process/creds.h"
#include "compat/linux/process/lthread.h"

static const struct {
	uint8_t linux_cap;
	uint32_t vfs_cap;
} cap_table[] = {
	{LINUX_CAP_DAC_OVERRIDE, VFS_CAP_DAC_OVERRIDE},
	{LINUX_CAP_DAC_READ_SEARCH, VFS_CAP_DAC_READ_SEARCH},
	{LINUX_CAP_FOWNER, VFS_CAP_FOWNER},
	{LINUX_CAP_CHOWN, VFS_CAP_CHOWN},
	{LINUX_CAP_FSETID, VFS_CAP_FSETID},
	{LINUX_CAP_MKNOD, VFS_CAP_MKNOD},
	{LINUX_CAP_SYS_ADMIN, VFS_CAP_ADMIN},
	{LINUX_CAP_SETFCAP, VFS_CAP_SETFCAP},
	{LINUX_CAP_SYS_RESOURCE, VFS_CAP_RESOURCE},
};

static uint32_t vfs_caps(uint64_t set)
{
	uint32_t caps = 0;

	for (size_t i = 0; i < ARRAY_SIZE(cap_table); i++) {
		if (set & BIT(cap_table[i].linux_cap))
			caps |= cap_table[i].vfs_cap;
	}
	return caps;
}

void fscred_of(const struct lthread *lt, enum fscred_ids ids, struct vfs_cred *out)
{
	const struct lcred *cred = lt->cred;
	uint64_t set = cred->effective;
	uint32_t which = LCRED_FS;

	if (ids == FSCRED_REAL) {
		/* access(2): root by its real id has what it is permitted, others nothing. */
		which = LCRED_REAL;
		set = cred->uid[LCRED_REAL] == 0 ? cred->permitted : 0;
	}
	*out = (struct vfs_cred){
		.uid = cred->uid[which],
		.gid = cred->gid[which],
		.groups = cred->groups,
		.group_count = cred->group_count,
		.caps = vfs_caps(set),
	};
}
