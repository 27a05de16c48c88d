/* The devices that every Linux system has: null, zero, tty and the like. */
#ifndef COMPAT_LINUX_DEV_DEVICES_H
#define COMPAT_LINUX_DEV_DEVICES_H

#include "kernel/lib/compiler.h"

struct vfs_ctx;

/* Makes their numbers known. Boot, once, after vfs_init(). 0 or -ENOMEM. */
MUST_CHECK int devices_register(void);

/* Makes /dev and the nodes in it, as far as they are not there. 0, or what vfs_mknod() says. */
MUST_CHECK int devices_populate(const struct vfs_ctx *ctx);

#endif
