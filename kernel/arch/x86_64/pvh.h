/* PVH: direct boot as by `qemu -kernel` or Xen, through struct hvm_start_info. */
#ifndef KERNEL_ARCH_X86_64_PVH_H
#define KERNEL_ARCH_X86_64_PVH_H

#include "kernel/core/boot_info.h"
#include "kernel/core/boot_memory.h"
#include "kernel/lib/compiler.h"

#define PVH_START_MAGIC 0x336ec578u

/* What -EINVAL from pvh_parse means, to be shown to people. */
#define PVH_MESSAGE_NO_MEMMAP                                                                      \
	"no usable memory map: version 0 of the PVH protocol has none, version 1 is needed"

/*
 * Reads the start information at start_info (physical) into *out. What is broken
 * is skipped and noted in out->warnings. -EFAULT: the structure cannot be read.
 * -ENOEXEC: its magic number is wrong. -EINVAL: no usable memory is left; *out
 * then holds what was readable, so that the console can say why.
 */
MUST_CHECK int pvh_parse(const struct boot_memory *mem, paddr_t start_info, struct boot_info *out);

#endif
