/*
 * Memory map: the regions of struct boot_info, kept in order.
 *
 * Every function keeps, and memmap_is_normal() checks: regions are whole pages,
 * not empty, sorted, disjoint, below MEMMAP_LIMIT, and neighbours that touch
 * differ in type. Where two claims overlap the stricter type holds, in the
 * order of enum boot_region_type. Page 0 is never usable.
 *
 * Pure: no lock, no log. The caller is alone with the boot_info.
 */
#ifndef KERNEL_MM_MEMMAP_H
#define KERNEL_MM_MEMMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/core/boot_info.h"
#include "kernel/lib/compiler.h"

/* No processor has more physical address bits; addresses above are nonsense. */
#define MEMMAP_LIMIT (1ull << 52)

/*
 * Adds what firmware says about len bytes at start. Usable memory is shrunk to
 * whole pages, everything else grown. What is empty, wraps or begins beyond the
 * limit is dropped with BOOT_WARN_BAD_REGION; an end beyond the limit is cut.
 * When the map is full the smallest usable region gives way
 * (BOOT_WARN_TOO_MANY_REGIONS): memory is lost, but never called usable when
 * somebody said otherwise.
 */
void memmap_add(struct boot_info *info, paddr_t start, uint64_t len, enum boot_region_type type);

/*
 * Makes the pages that hold the range at least as strict as type; parts already
 * stricter stay. Used to take out the kernel, modules and tables. -EINVAL for
 * an empty or wrapping range or one beyond the limit.
 */
MUST_CHECK int memmap_reserve(struct boot_info *info, paddr_t start, uint64_t len,
			      enum boot_region_type type);

/*
 * Brings regions that were written into the array as firmware gave them (any
 * order, overlapping, at most BOOT_MAX_REGIONS) into the order above, in place,
 * by the rules of memmap_add.
 */
void memmap_normalise(struct boot_info *info);

/* The first usable range at or above from, cut to begin there. False: no more. */
MUST_CHECK bool memmap_find_usable(const struct boot_info *info, paddr_t from,
				   struct boot_region *out);

/* Whether every byte of the range is usable. An empty range is not. */
bool memmap_is_usable(const struct boot_info *info, paddr_t start, uint64_t len);

/* The end (first byte after) of the highest usable region; 0 when there is none. */
paddr_t memmap_highest_usable(const struct boot_info *info);

/* Bytes in all usable regions. */
uint64_t memmap_usable_bytes(const struct boot_info *info);

/* For assertions and tests: whether the promises above hold. */
bool memmap_is_normal(const struct boot_info *info);

#endif
