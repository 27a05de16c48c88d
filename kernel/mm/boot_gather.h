/*
 * Boot gathering: what every boot path's parser does with what it found.
 *
 * A parser calls boot_gather_start, adds what it reads in any order (other
 * regions through memmap_add), and ends with boot_gather_finish. All strings may be
 * hostile: they are bounded by a length and need no terminator.
 */
#ifndef KERNEL_MM_BOOT_GATHER_H
#define KERNEL_MM_BOOT_GATHER_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/core/boot_info.h"
#include "kernel/lib/compiler.h"

/* Empties *info, whatever it held. */
void boot_gather_start(struct boot_info *info, enum boot_path path);

/*
 * Appends len bytes to the command line, up to a NUL; a line may come in parts.
 * One that does not fit is cut after its last whole word, with
 * BOOT_WARN_CMDLINE_CUT, and takes no further part.
 */
void boot_gather_cmdline(struct boot_info *info, const char *text, size_t len);

void boot_gather_loader(struct boot_info *info, const char *text, size_t len);

/* One entry of a memory map with the type numbers of BIOS and ACPI. */
void boot_gather_e820(struct boot_info *info, paddr_t start, uint64_t len, uint32_t e820_type);

/* name (len bytes or up to a NUL) is cut to what struct boot_module holds. */
void boot_gather_module(struct boot_info *info, paddr_t start, uint64_t size, const char *name,
			size_t len);

/*
 * Drops modules that are not in usable memory (BOOT_WARN_BAD_MODULE). -EINVAL
 * when there is no usable memory at all: then nothing can run.
 */
MUST_CHECK int boot_gather_finish(struct boot_info *info);

#endif
