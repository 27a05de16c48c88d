/* The root file system out of a boot archive: a tmpfs with what the archive has. */
#ifndef KERNEL_INIT_ROOTFS_H
#define KERNEL_INIT_ROOTFS_H

#include "kernel/lib/compiler.h"
#include "kernel/vfs/path.h"

/*
 * A name space of mounts with a tmpfs, the files of all archives among the modules in
 * it, and /dev. out, with references, is its root. 0, or an error of the file system:
 * -ENOMEM, -EINVAL for a broken archive.
 */
MUST_CHECK int rootfs_create(struct path *out);

#endif
