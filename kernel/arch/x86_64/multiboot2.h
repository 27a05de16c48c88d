/* Multiboot2: what a loader such as GRUB hands over. */
#ifndef KERNEL_ARCH_X86_64_MULTIBOOT2_H
#define KERNEL_ARCH_X86_64_MULTIBOOT2_H

#include <stddef.h>

#include "kernel/core/boot_info.h"
#include "kernel/lib/compiler.h"

/* In eax at the entry point (Multiboot2 1.6, section 3.3). */
#define MULTIBOOT2_BOOT_MAGIC 0x36d76289u

/*
 * Reads the boot information at info, of which max_len bytes may be touched and
 * which lies at the physical address info_paddr, into *out. What is broken is
 * skipped and noted in out->warnings. -EINVAL when no usable memory is left;
 * *out then holds what was readable, so that the console can say why.
 *
 * out->rsdp may point into the structure: keep out->info_start.. until the ACPI
 * tables have been read.
 */
MUST_CHECK int multiboot2_parse(const void *info, size_t max_len, paddr_t info_paddr,
				struct boot_info *out);

#endif
