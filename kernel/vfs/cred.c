#include "kernel/vfs/cred.h"

#include "kernel/lib/errno.h"
#include "kernel/vfs/inode.h"

const struct vfs_cred vfs_cred_kernel = {.caps = VFS_CAP_ALL};
const struct vfs_cred vfs_cred_nobody = {.uid = UINT32_MAX, .gid = UINT32_MAX};

bool cred_in_group(const struct vfs_cred *cred, uint32_t gid)
{
	if (cred->gid == gid)
		return true;
	for (uint32_t i = 0; i < cred->group_count; i++) {
		if (cred->groups[i] == gid)
			return true;
	}
	return false;
}

bool cred_owns(const struct vfs_cred *cred, const struct inode *inode)
{
	return cred->uid == READ_ONCE(inode->uid) || cred_has(cred, VFS_CAP_FOWNER);
}

/* The one class of mode bits that counts; a member of it gets nothing from the next. */
static uint32_t class_bits(const struct inode *inode, const struct vfs_cred *cred, uint32_t mode)
{
	if (cred->uid == READ_ONCE(inode->uid))
		return mode >> 6 & 7;
	if (cred_in_group(cred, READ_ONCE(inode->gid)))
		return mode >> 3 & 7;
	return mode & 7;
}

static bool is_excepted(const struct vfs_cred *cred, uint32_t mode, uint32_t access)
{
	bool is_dir = mode_is(mode, MODE_DIR);

	if (cred_has(cred, VFS_CAP_DAC_OVERRIDE)) {
		/* Nobody runs what is no program. */
		if (is_dir || !(access & ACCESS_EXEC) || (mode & 0111))
			return true;
	}
	if (cred_has(cred, VFS_CAP_DAC_READ_SEARCH)) {
		if (access == ACCESS_READ || (is_dir && !(access & ACCESS_WRITE)))
			return true;
	}
	return false;
}

int inode_permission(const struct inode *inode, const struct vfs_cred *cred, uint32_t access)
{
	uint32_t mode = READ_ONCE(inode->mode);

	if (LIKELY((access & ~class_bits(inode, cred, mode)) == 0))
		return 0;
	return is_excepted(cred, mode, access) ? 0 : -EACCES;
}
