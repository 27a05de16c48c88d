/* What a file is: stat(2), statx(2), inode(7), statfs(2). */
#ifndef COMPAT_LINUX_UAPI_STAT_H
#define COMPAT_LINUX_UAPI_STAT_H

#include "compat/linux/uapi/abi.h"

struct linux_stat {
	uint64_t dev;
	uint64_t ino;
	uint64_t nlink;
	uint32_t mode;
	uint32_t uid;
	uint32_t gid;
	uint32_t pad0;
	uint64_t rdev;
	int64_t size;
	int64_t blksize;
	int64_t blocks; /* of 512 bytes */
	uint64_t atime;
	uint64_t atime_nsec;
	uint64_t mtime;
	uint64_t mtime_nsec;
	uint64_t ctime;
	uint64_t ctime_nsec;
	int64_t pad1[3];
};

struct linux_statx_timestamp {
	int64_t sec;
	uint32_t nsec;
	int32_t pad0;
};

struct linux_statx {
	uint32_t mask;
	uint32_t blksize;
	uint64_t attributes;
	uint32_t nlink;
	uint32_t uid;
	uint32_t gid;
	uint16_t mode;
	uint16_t pad0;
	uint64_t ino;
	uint64_t size;
	uint64_t blocks;
	uint64_t attributes_mask;
	struct linux_statx_timestamp atime;
	struct linux_statx_timestamp btime;
	struct linux_statx_timestamp ctime;
	struct linux_statx_timestamp mtime;
	uint32_t rdev_major;
	uint32_t rdev_minor;
	uint32_t dev_major;
	uint32_t dev_minor;
	uint64_t mnt_id;
	uint32_t dio_mem_align;
	uint32_t dio_offset_align;
	uint64_t pad1[12];
};

struct linux_statfs {
	int64_t type;
	int64_t bsize;
	uint64_t blocks;
	uint64_t bfree;
	uint64_t bavail;
	uint64_t files;
	uint64_t ffree;
	int32_t fsid[2];
	int64_t namelen;
	int64_t frsize;
	int64_t flags;
	int64_t pad0[4];
};

#define LINUX_S_IFMT 00170000
#define LINUX_S_IFSOCK 0140000
#define LINUX_S_IFLNK 0120000
#define LINUX_S_IFREG 0100000
#define LINUX_S_IFBLK 0060000
#define LINUX_S_IFDIR 0040000
#define LINUX_S_IFCHR 0020000
#define LINUX_S_IFIFO 0010000
#define LINUX_S_ISUID 0004000
#define LINUX_S_ISGID 0002000
#define LINUX_S_ISVTX 0001000

#define LINUX_STATX_TYPE 0x0001u
#define LINUX_STATX_MODE 0x0002u
#define LINUX_STATX_NLINK 0x0004u
#define LINUX_STATX_UID 0x0008u
#define LINUX_STATX_GID 0x0010u
#define LINUX_STATX_ATIME 0x0020u
#define LINUX_STATX_MTIME 0x0040u
#define LINUX_STATX_CTIME 0x0080u
#define LINUX_STATX_INO 0x0100u
#define LINUX_STATX_SIZE 0x0200u
#define LINUX_STATX_BLOCKS 0x0400u
#define LINUX_STATX_BASIC_STATS 0x07ffu
#define LINUX_STATX_BTIME 0x0800u
#define LINUX_STATX_ALL 0x0fffu
#define LINUX_STATX_MNT_ID 0x1000u
#define LINUX_STATX_DIOALIGN 0x2000u
#define LINUX_STATX__RESERVED 0x80000000u
#define LINUX_STATX_ATTR_COMPRESSED 0x0004
#define LINUX_STATX_ATTR_IMMUTABLE 0x0010
#define LINUX_STATX_ATTR_APPEND 0x0020
#define LINUX_STATX_ATTR_NODUMP 0x0040
#define LINUX_STATX_ATTR_ENCRYPTED 0x0800
#define LINUX_STATX_ATTR_AUTOMOUNT 0x1000
#define LINUX_STATX_ATTR_MOUNT_ROOT 0x2000
#define LINUX_STATX_ATTR_VERITY 0x00100000
#define LINUX_STATX_ATTR_DAX 0x00200000

#define LINUX_ST_RDONLY 0x0001
#define LINUX_ST_NOSUID 0x0002
#define LINUX_ST_NODEV 0x0004
#define LINUX_ST_NOEXEC 0x0008
#define LINUX_ST_SYNCHRONOUS 0x0010
#define LINUX_ST_VALID 0x0020
#define LINUX_ST_MANDLOCK 0x0040
#define LINUX_ST_NOATIME 0x0400
#define LINUX_ST_NODIRATIME 0x0800
#define LINUX_ST_RELATIME 0x1000

#define LINUX_TMPFS_MAGIC 0x01021994
#define LINUX_PROC_SUPER_MAGIC 0x9fa0
#define LINUX_SYSFS_MAGIC 0x62656572
#define LINUX_DEVPTS_SUPER_MAGIC 0x1cd1
#define LINUX_CGROUP2_SUPER_MAGIC 0x63677270
#define LINUX_OVERLAYFS_SUPER_MAGIC 0x794c7630
#define LINUX_EROFS_SUPER_MAGIC_V1 0xe0f5e1e2
#define LINUX_MSDOS_SUPER_MAGIC 0x4d44
#define LINUX_EXT4_SUPER_MAGIC 0xef53
#define LINUX_PIPEFS_MAGIC 0x50495045
#define LINUX_SOCKFS_MAGIC 0x534f434b
#define LINUX_ANON_INODE_FS_MAGIC 0x09041934
#define LINUX_NSFS_MAGIC 0x6e736673

ABI_SIZE(linux_stat, 144);
ABI_FIELD(linux_stat, dev, 0);
ABI_FIELD(linux_stat, ino, 8);
ABI_FIELD(linux_stat, nlink, 16);
ABI_FIELD(linux_stat, mode, 24);
ABI_FIELD(linux_stat, uid, 28);
ABI_FIELD(linux_stat, gid, 32);
ABI_FIELD(linux_stat, rdev, 40);
ABI_FIELD(linux_stat, size, 48);
ABI_FIELD(linux_stat, blksize, 56);
ABI_FIELD(linux_stat, blocks, 64);
ABI_FIELD(linux_stat, atime, 72);
ABI_FIELD(linux_stat, atime_nsec, 80);
ABI_FIELD(linux_stat, mtime, 88);
ABI_FIELD(linux_stat, mtime_nsec, 96);
ABI_FIELD(linux_stat, ctime, 104);
ABI_FIELD(linux_stat, ctime_nsec, 112);
ABI_SIZE(linux_statx_timestamp, 16);
ABI_FIELD(linux_statx_timestamp, sec, 0);
ABI_FIELD(linux_statx_timestamp, nsec, 8);
ABI_SIZE(linux_statx, 256);
ABI_FIELD(linux_statx, mask, 0);
ABI_FIELD(linux_statx, blksize, 4);
ABI_FIELD(linux_statx, attributes, 8);
ABI_FIELD(linux_statx, nlink, 16);
ABI_FIELD(linux_statx, uid, 20);
ABI_FIELD(linux_statx, gid, 24);
ABI_FIELD(linux_statx, mode, 28);
ABI_FIELD(linux_statx, ino, 32);
ABI_FIELD(linux_statx, size, 40);
ABI_FIELD(linux_statx, blocks, 48);
ABI_FIELD(linux_statx, attributes_mask, 56);
ABI_FIELD(linux_statx, atime, 64);
ABI_FIELD(linux_statx, btime, 80);
ABI_FIELD(linux_statx, ctime, 96);
ABI_FIELD(linux_statx, mtime, 112);
ABI_FIELD(linux_statx, rdev_major, 128);
ABI_FIELD(linux_statx, rdev_minor, 132);
ABI_FIELD(linux_statx, dev_major, 136);
ABI_FIELD(linux_statx, dev_minor, 140);
ABI_FIELD(linux_statx, mnt_id, 144);
ABI_FIELD(linux_statx, dio_mem_align, 152);
ABI_FIELD(linux_statx, dio_offset_align, 156);
ABI_SIZE(linux_statfs, 120);
ABI_FIELD(linux_statfs, type, 0);
ABI_FIELD(linux_statfs, bsize, 8);
ABI_FIELD(linux_statfs, blocks, 16);
ABI_FIELD(linux_statfs, bfree, 24);
ABI_FIELD(linux_statfs, bavail, 32);
ABI_FIELD(linux_statfs, files, 40);
ABI_FIELD(linux_statfs, ffree, 48);
ABI_FIELD(linux_statfs, fsid, 56);
ABI_FIELD(linux_statfs, namelen, 64);
ABI_FIELD(linux_statfs, frsize, 72);
ABI_FIELD(linux_statfs, flags, 80);

#endif
