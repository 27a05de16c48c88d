/*
 * Boot allocator: memory before the page allocator exists, and the list of
 * ranges that the page allocator takes over from it.
 *
 * Until page_init for the boot CPU; afterwards for page_section.c only, under its
 * lock. All addresses are physical.
 */
#ifndef KERNEL_MM_BOOTMEM_H
#define KERNEL_MM_BOOTMEM_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/core/boot_info.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

/*
 * Starts with the usable regions of info, less page 0, the modules and the
 * loader's structures. The caller reserves the kernel image, the trampoline
 * page and whatever else it needs before the first bootmem_alloc.
 */
void bootmem_init(const struct boot_info *info);

/* Takes the pages that hold the range out; parts that are not free do not matter. */
void bootmem_reserve(paddr_t start, uint64_t len);

/*
 * The lowest len bytes (made whole pages) aligned to align (a power of two of at
 * least PAGE_SIZE) that end at or below limit: 0 or -ENOMEM. Not zeroed; never
 * freed, but page_release_boot_range() can give it away.
 */
MUST_CHECK int bootmem_alloc(uint64_t len, uint64_t align, paddr_t limit, paddr_t *out);

/* The same from memory at or above from. */
MUST_CHECK int bootmem_alloc_between(uint64_t len, uint64_t align, paddr_t from, paddr_t limit,
				     paddr_t *out);

/*
 * The first free range, or usable range (free or not), at or after from, cut to
 * begin there. False: no more.
 */
MUST_CHECK bool bootmem_next_free(paddr_t from, paddr_t *start_out, paddr_t *end_out);
MUST_CHECK bool bootmem_next_usable(paddr_t from, paddr_t *start_out, paddr_t *end_out);

/*
 * Adds whole pages to the free ranges: 0, or -ENOSPC when the table is full
 * (the memory is lost, nothing else happens). Must not be free already.
 */
MUST_CHECK int bootmem_release(paddr_t start, paddr_t end);

/* Bytes now free, and bytes that were usable at bootmem_init. */
uint64_t bootmem_free_bytes(void);
uint64_t bootmem_usable_bytes(void);

/* The end of the highest usable range. */
paddr_t bootmem_highest(void);

#endif
