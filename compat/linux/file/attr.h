/* Attributes of files on their way to programs: stat(2), statx(2), statfs(2). */
#ifndef COMPAT_LINUX_FILE_ATTR_H
#define COMPAT_LINUX_FILE_ATTR_H

#include <stdint.h>

#include "compat/linux/uapi/stat.h"
#include "compat/linux/uapi/time.h"
#include "kernel/lib/compiler.h"
#include "kernel/vfs/stat.h"

void attr_to_stat(const struct inode_stat *from, struct linux_stat *to);
void attr_to_statx(const struct inode_stat *from, struct linux_statx *to);
void attr_to_statfs(const struct super_stat *from, struct linux_statfs *to);

/* Nanoseconds since 1970 as seconds and the rest, which is never negative. */
struct linux_timespec attr_time(int64_t ns);

/* The other way: INT64 limits beyond what fits. nsec is below 1,000,000,000. */
int64_t attr_time_ns(int64_t sec, int64_t nsec);

#endif
