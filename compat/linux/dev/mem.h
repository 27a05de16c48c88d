/* Devices that are no hardware: null(4), full(4), random(4). */
#ifndef COMPAT_LINUX_DEV_MEM_H
#define COMPAT_LINUX_DEV_MEM_H

struct file_ops;

extern const struct file_ops null_file_ops;
extern const struct file_ops zero_file_ops;
extern const struct file_ops full_file_ops;
extern const struct file_ops random_file_ops;

#endif
