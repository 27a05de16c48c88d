#include "compat/linux/file/attr.h"

#define NS_PER_S 1000000000

struct linux_timespec attr_time(int64_t ns)
{
	struct linux_timespec time = {.sec = ns / NS_PER_S, .nsec = ns % NS_PER_S};

	if (time.nsec < 0) {
		time.nsec += NS_PER_S;
		time.sec--;
	}
	return time;
}

int64_t attr_time_ns(int64_t sec, int64_t nsec)
{
	int64_t ns;

	if (__builtin_mul_overflow(sec, (int64_t)NS_PER_S, &ns) ||
	    __builtin_add_overflow(ns, nsec, &ns))
		return sec < 0 ? INT64_MIN : INT64_MAX;
	return ns;
}

void attr_to_stat(const struct inode_stat *from, struct linux_stat *to)
{
	struct linux_timespec atime = attr_time(from->atime), mtime = attr_time(from->mtime),
			      ctime = attr_time(from->ctime);

	*to = (struct linux_stat){
		.dev = from->dev,
		.ino = from->ino,
		.nlink = from->nlink,
		.mode = from->mode,
		.uid = from->uid,
		.gid = from->gid,
		.rdev = from->rdev,
		.size = (int64_t)from->size,
		.blksize = from->block_size,
		.blocks = (int64_t)from->blocks,
		.atime = (uint64_t)atime.sec,
		.atime_nsec = (uint64_t)atime.nsec,
		.mtime = (uint64_t)mtime.sec,
		.mtime_nsec = (uint64_t)mtime.nsec,
		.ctime = (uint64_t)ctime.sec,
		.ctime_nsec = (uint64_t)ctime.nsec,
	};
}

static struct linux_statx_timestamp statx_time(int64_t ns)
{
	struct linux_timespec time = attr_time(ns);

	return (struct linux_statx_timestamp){.sec = time.sec, .nsec = (uint32_t)time.nsec};
}

void attr_to_statx(const struct inode_stat *from, struct linux_statx *to)
{
	*to = (struct linux_statx){
		.mask = LINUX_STATX_BASIC_STATS | LINUX_STATX_BTIME | LINUX_STATX_MNT_ID,
		.blksize = from->block_size,
		.attributes = from->is_mount_root ? LINUX_STATX_ATTR_MOUNT_ROOT : 0,
		.nlink = from->nlink,
		.uid = from->uid,
		.gid = from->gid,
		.mode = (uint16_t)from->mode,
		.ino = from->ino,
		.size = from->size,
		.blocks = from->blocks,
		.attributes_mask = LINUX_STATX_ATTR_MOUNT_ROOT,
		.atime = statx_time(from->atime),
		.btime = statx_time(from->btime),
		.ctime = statx_time(from->ctime),
		.mtime = statx_time(from->mtime),
		.rdev_major = dev_major(from->rdev),
		.rdev_minor = dev_minor(from->rdev),
		.dev_major = dev_major(from->dev),
		.dev_minor = dev_minor(from->dev),
		.mnt_id = from->mount_id,
	};
}

void attr_to_statfs(const struct super_stat *from, struct linux_statfs *to)
{
	*to = (struct linux_statfs){
		.type = (int64_t)from->magic,
		.bsize = (int64_t)from->block_size,
		.blocks = from->blocks,
		.bfree = from->blocks_free,
		.bavail = from->blocks_available,
		.files = from->files,
		.ffree = from->files_free,
		.fsid = {(int32_t)from->id, (int32_t)(from->id >> 32)},
		.namelen = from->name_max,
		.frsize = (int64_t)from->block_size,
		.flags = from->flags | LINUX_ST_VALID,
	};
}
