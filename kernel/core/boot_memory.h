/*
 * Boot memory: how the parsers of the boot reach physical memory.
 *
 * Boot structures and ACPI tables point at each other by physical addresses
 * that may be nonsense. The parsers never turn such an address into a pointer
 * themselves: they ask the window, which knows what is mapped. On the host a
 * test hands in a window over a buffer, so the same parsers run under the
 * sanitizers and the fuzzer.
 */
#ifndef KERNEL_CORE_BOOT_MEMORY_H
#define KERNEL_CORE_BOOT_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/types.h"

struct boot_memory {
	/*
	 * The len bytes at addr, to be read only, or NULL when not all of them
	 * can be reached. The pointer needs no alignment and stays valid as
	 * long as the window is in use.
	 */
	const void *(*map)(void *ctx, paddr_t addr, size_t len);
	void *ctx;
};

/* As map, but an empty range or one that wraps is NULL without asking. */
static inline const void *boot_memory_map(const struct boot_memory *mem, paddr_t addr, size_t len)
{
	if (len == 0 || addr > UINT64_MAX - (len - 1))
		return NULL;
	return mem->map(mem->ctx, addr, len);
}

#endif
