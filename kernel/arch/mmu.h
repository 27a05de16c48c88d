/*
 * MMU: page tables and translation caches.
 *
 * Page tables are trees rooted in one frame. All kernel mappings are in one
 * half that every root shares. Functions that change a tree are called with
 * the lock of whoever owns it held (kernel tree: kmap.c's); they do not flush,
 * the caller does, so that it can batch.
 */
#ifndef KERNEL_ARCH_MMU_H
#define KERNEL_ARCH_MMU_H

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

/* Layout of the kernel half, fixed for each architecture in target.h:
 *	ARCH_DIRECT_MAP_BASE	all physical memory, read-write, not executable
 *	ARCH_VMEMMAP_BASE	array of struct page, indexed by pfn
 *	ARCH_KMAP_BASE, _END	kmap.c's area: stacks, vmalloc, devices
 *	ARCH_KERNEL_BASE	virtual = physical + this, for the kernel image
 */
#include "kernel/arch/target.h"

enum mmu_prot {
	MMU_READ = 1u << 0, /* always implied */
	MMU_WRITE = 1u << 1,
	MMU_EXEC = 1u << 2,
	MMU_USER = 1u << 3,
	MMU_GLOBAL = 1u << 4,
	MMU_DEVICE = 1u << 5,	     /* uncached */
	MMU_WRITE_COMBINE = 1u << 6, /* framebuffers */
};

struct mmu_mapping {
	paddr_t paddr;
	uint64_t page_size; /* PAGE_SIZE or a large page's */
	uint32_t prot;
};

/* The tree that holds only the kernel half. */
paddr_t arch_mmu_kernel_root(void);

/* Whether a single leaf of this size exists on this CPU: 4 KiB, 2 MiB, 1 GiB. */
bool arch_mmu_has_page_size(uint64_t size);

/*
 * Maps [va, va+len) to [pa, pa+len), all multiples of PAGE_SIZE, with the
 * largest leaves that fit. 0, -ENOMEM (nothing stays mapped), -EEXIST when part
 * is mapped already, -EINVAL for W+X.
 */
MUST_CHECK int arch_mmu_map(paddr_t root, vaddr_t va, paddr_t pa, uint64_t len, uint32_t prot);

/*
 * Unmaps whatever is mapped in the range; a large leaf only partly inside is
 * split first (-ENOMEM if that needs a table that cannot be had; then nothing
 * changed). Empty tables of the kernel half stay, for other roots share them.
 */
MUST_CHECK int arch_mmu_unmap(paddr_t root, vaddr_t va, uint64_t len);

/* Changes protection of what is mapped in the range; splits like unmap. */
MUST_CHECK int arch_mmu_protect(paddr_t root, vaddr_t va, uint64_t len, uint32_t prot);

/* Finds the leaf that maps va: 0 or -ENOENT. */
MUST_CHECK int arch_mmu_query(paddr_t root, vaddr_t va, struct mmu_mapping *out);

/*
 * Frees all tables of the user half; what they map must be unmapped and flushed
 * already. The second form frees the root too, which no CPU may have loaded.
 */
void arch_mmu_free_user_half(paddr_t root);
void arch_mmu_free_root(paddr_t root);

/* This CPU only. */
void arch_tlb_flush_local(vaddr_t va, uint64_t len);
void arch_tlb_flush_local_all(void);

/*
 * Removes kernel translations of the range from every CPU's TLB; complete when
 * it returns. Interrupts must be on unless only one CPU is online; no spinlock
 * that an interrupt handler takes may be held.
 */
void arch_tlb_flush_kernel(vaddr_t va, uint64_t len);

#endif
