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

#include "kernel/lib/atomic.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

struct mem_account;

/* Layout of the kernel half, fixed for each architecture in target.h:
 *	ARCH_DIRECT_MAP_BASE	all physical memory, read-write, not executable
 *	ARCH_VMEMMAP_BASE	array of struct page, indexed by pfn
 *	ARCH_KMAP_BASE, _END	kmap.c's area: stacks, vmalloc, devices
 *	ARCH_KERNEL_BASE	virtual = physical + this, for the kernel image
 */
#include "kernel/arch/cpu.h"
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

/*
 * User page tables
 *
 * A struct mmu_space is a root whose kernel half is shared and whose user half is
 * its own. Leaves are single pages. kernel/arch/target.h provides the entry:
 *
 *	struct mmu_entry			one leaf entry, as a value; all zero: empty
 *	ARCH_LEAF_TABLE_SPAN			entries of addresses within one aligned
 *						stretch of it lie one behind the other
 *	mmu_entry_read(p), _write(p, e)		one access
 *	mmu_entry_take(p)			reads and empties it in one step, so that
 *						what the processor marked is not lost
 *	mmu_entry_make(paddr, w, x)		readable, if so writable, executable
 *	mmu_entry_keep(e)			with its page, but not for the processor
 *	mmu_entry_without_write(e)
 *	mmu_entry_has_page(e)			not empty: present or kept
 *	mmu_entry_is_present(e), _is_writable(e), _is_executable(e), _paddr(e)
 *	mmu_entry_is_same(a, b)			but for what the processor marks
 *	mmu_entry_test_clear_accessed(p)
 */

#define MMU_CPU_WORDS (MAX_CPUS / 64)

/* Page frames linked through their struct page: struct page_list of kernel/mm. */
struct mmu_table_list {
	uint32_t first;
	uint32_t last;
	uint64_t count;
};

static inline void mmu_table_list_init(struct mmu_table_list *list)
{
	*list = (struct mmu_table_list){.count = 0};
}

struct mmu_range {
	vaddr_t start;
	vaddr_t end;
};

struct mmu_space {
	paddr_t root;
	struct mem_account *account;	     /* const: pays for the tables */
	struct mmu_table_list tables;	     /* all of them, the root too */
	struct atomic64 cpus[MMU_CPU_WORDS]; /* bitmap: CPUs that have the root loaded */
};

/* An empty user half; account is the caller's to keep. 0 or -ENOMEM. */
MUST_CHECK int arch_mmu_space_init(struct mmu_space *space, struct mem_account *account);

/* Frees all tables, whatever is in them. No CPU may have the root loaded. */
void arch_mmu_space_fini(struct mmu_space *space);

/* The leaf entry of a user address, with the tables on the way made: 0 or -ENOMEM. */
MUST_CHECK int arch_mmu_entry_make(struct mmu_space *space, vaddr_t va, struct mmu_entry **out);

/*
 * The same if it is there, else NULL; then *next_out (which may be NULL) is the
 * first address behind va for which that need not be so.
 */
struct mmu_entry *arch_mmu_entry_find(const struct mmu_space *space, vaddr_t va, vaddr_t *next_out);

/*
 * Unlinks those tables of addresses in the range that serve nothing outside of the
 * hole around it, in which no entry has a page; they are added to out. Before they
 * are freed every CPU must have flushed any address of the space.
 */
void arch_mmu_prune(struct mmu_space *space, const struct mmu_range *range,
		    const struct mmu_range *hole, struct mmu_table_list *out);
void arch_mmu_free_tables(struct mmu_space *space, struct mmu_table_list *tables);

/*
 * This CPU, interrupts off: makes it run on these tables, in place of those it had.
 * The second form makes it run on the kernel half only, if it had these; returns
 * whether it did.
 */
void arch_mmu_load(struct mmu_space *space);
bool arch_mmu_unload(struct mmu_space *space);

/*
 * Removes the translations of [start, end), page aligned, from all CPUs that have
 * the root loaded; complete when it returns. Interrupts on, unless only one CPU is
 * online; no spinlock of an IRQ rank held.
 */
void arch_tlb_flush_user(struct mmu_space *space, vaddr_t start, vaddr_t end);

#endif
