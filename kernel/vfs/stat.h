/*
 * Attributes of files. Numbers of mode bits and of device numbers are Linux's, so
 * that the personality translates nothing.
 */
#ifndef KERNEL_VFS_STAT_H
#define KERNEL_VFS_STAT_H

#include <stdbool.h>
#include <stdint.h>

enum mode_bits {
	MODE_TYPE = 0170000,
	MODE_SOCKET = 0140000,
	MODE_SYMLINK = 0120000,
	MODE_REGULAR = 0100000,
	MODE_BLOCK = 0060000,
	MODE_DIR = 0040000,
	MODE_CHAR = 0020000,
	MODE_FIFO = 0010000,
	MODE_SETUID = 0004000,
	MODE_SETGID = 0002000,
	MODE_STICKY = 0001000,
	MODE_PERMISSIONS = 0007777,
	MODE_GROUP_EXEC = 0000010,
};

static inline bool mode_is(uint32_t mode, uint32_t type)
{
	return (mode & MODE_TYPE) == type;
}

static inline uint64_t dev_make(uint32_t major, uint32_t minor)
{
	return (uint64_t)(major & 0xfffff000u) << 32 | (uint64_t)(major & 0xfffu) << 8 |
	       (uint64_t)(minor & 0xffffff00u) << 12 | (minor & 0xffu);
}

static inline uint32_t dev_major(uint64_t dev)
{
	return (uint32_t)(dev >> 8 & 0xfffu) | (uint32_t)(dev >> 32 & 0xfffff000u);
}

static inline uint32_t dev_minor(uint64_t dev)
{
	return (uint32_t)(dev & 0xffu) | (uint32_t)(dev >> 12 & 0xffffff00u);
}

struct inode_stat {
	uint64_t dev;
	uint64_t ino;
	uint32_t mode;
	uint32_t nlink;
	uint32_t uid;
	uint32_t gid;
	uint64_t rdev;
	uint64_t size;
	uint64_t blocks; /* of 512 bytes */
	uint32_t block_size;
	int64_t atime; /* nanoseconds since 1970 */
	int64_t mtime;
	int64_t ctime;
	int64_t btime;
	uint64_t mount_id; /* filled for paths */
	bool is_mount_root;
};

enum inode_change_field {
	CHANGE_MODE = 1u << 0,
	CHANGE_UID = 1u << 1,
	CHANGE_GID = 1u << 2,
	CHANGE_ATIME = 1u << 3,
	CHANGE_MTIME = 1u << 4,
	CHANGE_ATIME_NOW = 1u << 5, /* with CHANGE_ATIME: the time is not the caller's */
	CHANGE_MTIME_NOW = 1u << 6,
	CHANGE_DROP_SETID = 1u << 7, /* the file was written to */
};

struct inode_change {
	uint32_t fields; /* enum inode_change_field */
	uint32_t mode;
	uint32_t uid;
	uint32_t gid;
	int64_t atime;
	int64_t mtime;
};

struct super_stat {
	uint64_t magic;
	uint64_t block_size;
	uint64_t blocks;
	uint64_t blocks_free;
	uint64_t blocks_available;
	uint64_t files;
	uint64_t files_free;
	uint64_t id;
	uint32_t name_max;
	uint32_t flags; /* enum mount_flag of the mount and of the super */
};

#endif
