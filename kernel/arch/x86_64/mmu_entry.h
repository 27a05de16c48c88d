/*
 * Leaf entries of user page tables; kernel/arch/mmu.h has the contract. Included
 * only through kernel/arch/target.h. Pure: unit tests use it as it is.
 *
 * An entry that has a page is present for the processor, or kept: bit 8 without
 * the present bit, which the processor takes for an empty one.
 */
#ifndef KERNEL_ARCH_X86_64_MMU_ENTRY_H
#define KERNEL_ARCH_X86_64_MMU_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

/* What one table of leaf entries covers. */
#define ARCH_LEAF_TABLE_SPAN (512 * PAGE_SIZE)

/* Bits as in Intel SDM volume 3A, 4.5; user_paging.c holds them to regs.h. */
#define MMU_ENTRY_PRESENT 0x1ull
#define MMU_ENTRY_WRITE 0x2ull
#define MMU_ENTRY_USER 0x4ull
#define MMU_ENTRY_ACCESSED 0x20ull
#define MMU_ENTRY_DIRTY 0x40ull
#define MMU_ENTRY_KEPT 0x100ull
#define MMU_ENTRY_NX (1ull << 63)
#define MMU_ENTRY_ADDR 0x000ffffffffff000ull

struct mmu_entry {
	uint64_t bits;
};

static ALWAYS_INLINE struct mmu_entry mmu_entry_read(const struct mmu_entry *entry)
{
	return (struct mmu_entry){READ_ONCE(entry->bits)};
}

static ALWAYS_INLINE void mmu_entry_write(struct mmu_entry *entry, struct mmu_entry value)
{
	WRITE_ONCE(entry->bits, value.bits);
}

static ALWAYS_INLINE struct mmu_entry mmu_entry_take(struct mmu_entry *entry)
{
	return (struct mmu_entry){__atomic_exchange_n(&entry->bits, 0, __ATOMIC_SEQ_CST)};
}

/* Marked accessed and dirty at once, so that the processor need not do it. */
static ALWAYS_INLINE struct mmu_entry mmu_entry_make(paddr_t paddr, bool is_writable,
						     bool is_executable)
{
	uint64_t bits = MMU_ENTRY_PRESENT | MMU_ENTRY_USER | MMU_ENTRY_ACCESSED | MMU_ENTRY_DIRTY;

	if (is_writable)
		bits |= MMU_ENTRY_WRITE;
	if (!is_executable)
		bits |= MMU_ENTRY_NX;
	return (struct mmu_entry){paddr | bits};
}

static ALWAYS_INLINE struct mmu_entry mmu_entry_keep(struct mmu_entry entry)
{
	return (struct mmu_entry){(entry.bits & MMU_ENTRY_ADDR) | MMU_ENTRY_KEPT};
}

static ALWAYS_INLINE struct mmu_entry mmu_entry_without_write(struct mmu_entry entry)
{
	return (struct mmu_entry){entry.bits & ~MMU_ENTRY_WRITE};
}

static ALWAYS_INLINE bool mmu_entry_has_page(struct mmu_entry entry)
{
	return entry.bits != 0;
}

static ALWAYS_INLINE bool mmu_entry_is_present(struct mmu_entry entry)
{
	return (entry.bits & MMU_ENTRY_PRESENT) != 0;
}

static ALWAYS_INLINE bool mmu_entry_is_writable(struct mmu_entry entry)
{
	return (entry.bits & MMU_ENTRY_WRITE) != 0;
}

static ALWAYS_INLINE bool mmu_entry_is_executable(struct mmu_entry entry)
{
	return (entry.bits & (MMU_ENTRY_PRESENT | MMU_ENTRY_NX)) == MMU_ENTRY_PRESENT;
}

static ALWAYS_INLINE paddr_t mmu_entry_paddr(struct mmu_entry entry)
{
	return entry.bits & MMU_ENTRY_ADDR;
}

static ALWAYS_INLINE bool mmu_entry_is_same(struct mmu_entry a, struct mmu_entry b)
{
	return ((a.bits ^ b.bits) & ~(MMU_ENTRY_ACCESSED | MMU_ENTRY_DIRTY)) == 0;
}

/* Whether the page was touched since the last call, for reclaim. */
static ALWAYS_INLINE bool mmu_entry_test_clear_accessed(struct mmu_entry *entry)
{
	uint64_t old = __atomic_fetch_and(&entry->bits, ~MMU_ENTRY_ACCESSED, __ATOMIC_RELAXED);

	return (old & (MMU_ENTRY_PRESENT | MMU_ENTRY_ACCESSED)) ==
	       (MMU_ENTRY_PRESENT | MMU_ENTRY_ACCESSED);
}

#endif
