/* Reading directories: getdents(2). */
#ifndef COMPAT_LINUX_UAPI_DIRENT_H
#define COMPAT_LINUX_UAPI_DIRENT_H

#include "compat/linux/uapi/abi.h"

/* The name, with its NUL, follows; then zeroes up to a multiple of eight. */
struct linux_dirent64 {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
	char name[];
};

/* The older form, whose last byte is the type. */
struct linux_dirent {
	uint64_t ino;
	uint64_t off;
	uint16_t reclen;
	char name[];
};

#define LINUX_DT_UNKNOWN 0
#define LINUX_DT_FIFO 1
#define LINUX_DT_CHR 2
#define LINUX_DT_DIR 4
#define LINUX_DT_BLK 6
#define LINUX_DT_REG 8
#define LINUX_DT_LNK 10
#define LINUX_DT_SOCK 12
#define LINUX_DT_WHT 14

ABI_SIZE(linux_dirent64, 24);
ABI_FIELD(linux_dirent64, ino, 0);
ABI_FIELD(linux_dirent64, off, 8);
ABI_FIELD(linux_dirent64, reclen, 16);
ABI_FIELD(linux_dirent64, type, 18);
ABI_FIELD(linux_dirent64, name, 19);
ABI_SIZE(linux_dirent, 24);
ABI_FIELD(linux_dirent, ino, 0);
ABI_FIELD(linux_dirent, off, 8);
ABI_FIELD(linux_dirent, reclen, 16);
ABI_FIELD(linux_dirent, name, 18);

#endif
