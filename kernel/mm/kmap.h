/*
 * Kernel mappings: virtual ranges between ARCH_KMAP_BASE and ARCH_KMAP_END.
 *
 * Every range has an unmapped page on both sides. Thread context with interrupts
 * on (any, while only the boot CPU runs); takes locks of rank KMAP and below.
 * A freed range is not used again before every CPU has forgotten it.
 */
#ifndef KERNEL_MM_KMAP_H
#define KERNEL_MM_KMAP_H

#include <stdint.h>

#include "kernel/arch/mmu.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

enum kmap_flag {
	KMAP_ZERO = 1u << 0, /* filled with zeros */
};

/*
 * len bytes (rounded up to pages) of memory that is contiguous only virtually;
 * NULL without memory or address space. Freed with kmap_free.
 */
MUST_CHECK void *kmap_alloc_pages(uint64_t len, uint32_t flags);
void kmap_free(void *vaddr);

/*
 * Maps len bytes of physical memory, a device's or any other, with the given
 * enum mmu_prot bits (MMU_READ, MMU_GLOBAL and no MMU_EXEC are implied): 0,
 * -ENOMEM, or -EINVAL for an empty or wrapping range. *out has the same offset
 * in its page as paddr. Undone with kmap_unmap.
 */
MUST_CHECK int kmap_device(paddr_t paddr, uint64_t len, uint32_t prot, volatile void **out);
void kmap_unmap(volatile void *vaddr);

/* Boot, after kmem_init. */
void kmap_init(void);

/* Bytes of address space in use, freed ones that wait for a flush included. */
uint64_t kmap_used_bytes(void);

#endif
