/* Devices by number: what opening a device node gives. */
#ifndef KERNEL_VFS_DEVICE_H
#define KERNEL_VFS_DEVICE_H

#include <stdint.h>

struct file_ops;

/* For vfs_register_device() see kernel/vfs/vfs.h. NULL: there is no such device. */
const struct file_ops *device_find(uint32_t type, uint64_t dev);

#endif
