/*
 * Paging: four levels of tables (Intel SDM vol. 3A chapter 4).
 *
 * Levels are numbered from the leaf: level 0 entries map 4 KiB, level 1 2 MiB,
 * level 2 1 GiB; level 3 is the root. One walk serves every operation: it goes
 * down from the root to the entry that governs an address, and the operations
 * differ in what they do when a table is missing or a large leaf is in the way.
 *
 * All kernel tables below the root's upper half are made once and never freed,
 * so that every address space can share them by copying 256 root entries.
 * Whoever changes a range of the kernel half owns it (kmap.c has a lock, the boot
 * is alone), but neighbours may share a table: tree_lock covers every change. No
 * memory is allocated under it: an operation that runs out of spare tables stops
 * with -EAGAIN, its caller gets one and goes on where it was.
 */
#include "kernel/arch/mmu.h"

#include "kernel/arch/boot.h"
#include "kernel/arch/x86_64/cpuid.h"
#include "kernel/arch/x86_64/paging.h"
#include "kernel/arch/x86_64/regs.h"
#include "kernel/core/assert.h"
#include "kernel/core/panic.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/page.h"

#define ENTRIES 512
#define LEVELS 4
#define PTE_NX (1ull << 63)
#define PTE_ADDR 0x000ffffffffff000ull
#define PTE_PAT_LARGE (1ull << 12)

static paddr_t kernel_root AFTER_BOOT_CONST;

/* Guards the tables of the kernel half; innermost but for the page allocator. */
static struct spinlock tree_lock = SPINLOCK_INIT(LOCK_PAGE_TABLE);

static uint64_t *table_at(paddr_t table)
{
	return paddr_to_vaddr(table);
}

static uint32_t index_of(vaddr_t va, uint32_t level)
{
	return (va >> (PAGE_SHIFT + 9 * level)) & (ENTRIES - 1);
}

static uint64_t leaf_size(uint32_t level)
{
	return PAGE_SIZE << (9 * level);
}

static bool is_leaf(uint64_t entry, uint32_t level)
{
	return (entry & PTE_PRESENT) && (level == 0 || (entry & PTE_LARGE));
}

/* Bit 12 of a large leaf selects a page attribute, it is no address bit. */
static paddr_t leaf_paddr(uint64_t entry, uint32_t level)
{
	return entry & PTE_ADDR & ~(level > 0 ? PTE_PAT_LARGE : 0);
}

paddr_t arch_mmu_kernel_root(void)
{
	return kernel_root;
}

bool arch_mmu_has_page_size(uint64_t size)
{
	return size == PAGE_SIZE || size == MIB(2) || (size == GIB(1) && cpu_features.has_1g_pages);
}

/*
 * Entry bits for a protection. PAT entry 1 is write-combining (paging_init_cpu
 * programs it), so "PWT alone" means that.
 */
static uint64_t leaf_bits(uint32_t prot, uint32_t level)
{
	uint64_t bits = PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY;

	if (prot & MMU_WRITE)
		bits |= PTE_WRITE;
	if (prot & MMU_USER)
		bits |= PTE_USER;
	if (prot & MMU_GLOBAL)
		bits |= PTE_GLOBAL;
	if (!(prot & MMU_EXEC))
		bits |= PTE_NX;
	if (prot & MMU_DEVICE)
		bits |= PTE_PCD | PTE_PWT;
	else if (prot & MMU_WRITE_COMBINE)
		bits |= PTE_PWT;
	if (level > 0)
		bits |= PTE_LARGE;
	return bits;
}

static uint32_t prot_of(uint64_t entry)
{
	uint32_t prot = MMU_READ;

	if (entry & PTE_WRITE)
		prot |= MMU_WRITE;
	if (entry & PTE_USER)
		prot |= MMU_USER;
	if (entry & PTE_GLOBAL)
		prot |= MMU_GLOBAL;
	if (!(entry & PTE_NX))
		prot |= MMU_EXEC;
	if (entry & PTE_PCD)
		prot |= MMU_DEVICE;
	else if (entry & PTE_PWT)
		prot |= MMU_WRITE_COMBINE;
	return prot;
}

/*
 * The entry at or above level min_level that governs va: stops early at a leaf
 * or an empty entry. Returns its level through *level.
 */
static uint64_t *walk(paddr_t root, vaddr_t va, uint32_t min_level, uint32_t *level_out)
{
	uint32_t level = LEVELS - 1;
	uint64_t *entry = &table_at(root)[index_of(va, level)];

	while (level > min_level && (*entry & PTE_PRESENT) && !is_leaf(*entry, level)) {
		level--;
		entry = &table_at(*entry & PTE_ADDR)[index_of(va, level)];
	}
	*level_out = level;
	return entry;
}

/* A table ready for use, 0 when there is none; under tree_lock. */
static paddr_t take_spare(paddr_t *spare)
{
	paddr_t table = *spare;

	*spare = 0;
	return table;
}

/* Puts the spare table under an empty entry: 0 or -EAGAIN. */
static int add_table(uint64_t *entry, vaddr_t va, paddr_t *spare)
{
	paddr_t table = take_spare(spare);

	if (!table)
		return -EAGAIN;
	WRITE_ONCE(*entry, table | PTE_PRESENT | PTE_WRITE | (va < ARCH_USER_END ? PTE_USER : 0));
	return 0;
}

/* Replaces a large leaf by a table of leaves one level down that map the same. */
static int split_leaf(uint64_t *entry, uint32_t level, paddr_t *spare)
{
	uint64_t old = *entry;
	uint64_t size = leaf_size(level - 1);
	uint64_t bits = leaf_bits(prot_of(old), level - 1);
	paddr_t base = leaf_paddr(old, level);
	paddr_t table = take_spare(spare);

	if (!table)
		return -EAGAIN;
	for (uint32_t i = 0; i < ENTRIES; i++)
		table_at(table)[i] = (base + i * size) | bits;
	WRITE_ONCE(*entry, table | PTE_PRESENT | PTE_WRITE | (old & PTE_USER));
	return 0;
}

/* The largest level at which a leaf fits at va and pa with len to go. */
static uint32_t best_level(vaddr_t va, paddr_t pa, uint64_t len)
{
	for (uint32_t level = 2; level > 0; level--) {
		uint64_t size = leaf_size(level);

		if (len >= size && IS_ALIGNED(va | pa, size) && arch_mmu_has_page_size(size))
			return level;
	}
	return 0;
}

/* Maps one leaf of the given level, making tables on the way. */
static int map_leaf(paddr_t root, vaddr_t va, uint64_t leaf, uint32_t level, paddr_t *spare)
{
	uint32_t at;
	uint64_t *entry = walk(root, va, level, &at);

	while (at > level) {
		int err;

		if (*entry & PTE_PRESENT)
			return -EEXIST;
		err = add_table(entry, va, spare);
		if (err)
			return err;
		entry = walk(root, va, level, &at);
	}
	if (*entry & PTE_PRESENT)
		return -EEXIST;
	WRITE_ONCE(*entry, leaf);
	return 0;
}

static bool range_is_valid(vaddr_t va, uint64_t len)
{
	return len > 0 && IS_ALIGNED(va | len, PAGE_SIZE) && va <= UINT64_MAX - (len - 1);
}

/* Clears the leaves of a range that holds only whole leaves. */
static void clear_range(paddr_t root, vaddr_t va, uint64_t len)
{
	while (len > 0) {
		uint32_t level;
		uint64_t *entry = walk(root, va, 0, &level);
		uint64_t step = leaf_size(level) - (va & (leaf_size(level) - 1));

		if (is_leaf(*entry, level))
			WRITE_ONCE(*entry, 0);
		if (step >= len)
			return;
		va += step;
		len -= step;
	}
}

/* A change to a range, and how far it has come. */
struct range_op {
	paddr_t root;
	vaddr_t va;
	paddr_t pa; /* map only */
	uint64_t len;
	uint64_t done; /* map only */
	uint32_t prot;
	paddr_t spare;
};

/* One leaf, as large as fits and as the tables that are there allow. */
static int map_next(struct range_op *op)
{
	vaddr_t va = op->va + op->done;
	paddr_t pa = op->pa + op->done;
	uint32_t level = best_level(va, pa, op->len - op->done);
	int err = map_leaf(op->root, va, pa | leaf_bits(op->prot, level), level, &op->spare);

	while (err == -EEXIST && level > 0) {
		level--;
		err = map_leaf(op->root, va, pa | leaf_bits(op->prot, level), level, &op->spare);
	}
	if (!err)
		op->done += leaf_size(level);
	return err;
}

static int map_range(struct range_op *op)
{
	int err = 0;

	while (!err && op->done < op->len)
		err = map_next(op);
	return err;
}

/* Splits the leaf at va until an edge of a leaf lies there. */
static int split_at(struct range_op *op, vaddr_t va)
{
	for (;;) {
		uint32_t level;
		uint64_t *entry = walk(op->root, va, 0, &level);
		int err;

		if (level == 0 || !is_leaf(*entry, level) || IS_ALIGNED(va, leaf_size(level)))
			return 0;
		err = split_leaf(entry, level, &op->spare);
		if (err)
			return err;
	}
}

static int split_edges(struct range_op *op)
{
	int err = split_at(op, op->va);

	/* The range may end at the end of the address space. */
	if (!err && op->va + op->len != 0)
		err = split_at(op, op->va + op->len);
	return err;
}

static int unmap_range(struct range_op *op)
{
	int err = split_edges(op);

	if (!err)
		clear_range(op->root, op->va, op->len);
	return err;
}

static int protect_range(struct range_op *op)
{
	vaddr_t va = op->va;
	uint64_t len = op->len;
	int err = split_edges(op);

	while (!err && len > 0) {
		uint32_t level;
		uint64_t *entry = walk(op->root, va, 0, &level);
		uint64_t step = leaf_size(level) - (va & (leaf_size(level) - 1));

		if (is_leaf(*entry, level))
			WRITE_ONCE(*entry, leaf_paddr(*entry, level) | leaf_bits(op->prot, level));
		if (step >= len)
			break;
		va += step;
		len -= step;
	}
	return err;
}

/* Runs a step under the lock, with a fresh spare table each time it asks. */
static int run_op(struct range_op *op, int (*step)(struct range_op *op))
{
	int err;

	do {
		irqflags_t flags = spin_lock_irqsave(&tree_lock);

		err = step(op);
		spin_unlock_irqrestore(&tree_lock, flags);
	} while (err == -EAGAIN && (err = page_table_alloc(&op->spare)) == 0);
	if (op->spare)
		page_table_free(op->spare);
	return err;
}

int arch_mmu_map(paddr_t root, vaddr_t va, paddr_t pa, uint64_t len, uint32_t prot)
{
	struct range_op op = {.root = root, .va = va, .pa = pa, .len = len, .prot = prot};
	int err;

	if (!range_is_valid(va, len) || !IS_ALIGNED(pa, PAGE_SIZE))
		return -EINVAL;
	if ((prot & MMU_WRITE) && (prot & MMU_EXEC))
		return -EINVAL;
	err = run_op(&op, map_range);
	if (err && op.done > 0) {
		/* All leaves lie inside the range, so nothing needs splitting. */
		irqflags_t flags = spin_lock_irqsave(&tree_lock);

		clear_range(root, va, op.done);
		spin_unlock_irqrestore(&tree_lock, flags);
	}
	return err;
}

int arch_mmu_unmap(paddr_t root, vaddr_t va, uint64_t len)
{
	struct range_op op = {.root = root, .va = va, .len = len};

	if (!range_is_valid(va, len))
		return -EINVAL;
	return run_op(&op, unmap_range);
}

int arch_mmu_protect(paddr_t root, vaddr_t va, uint64_t len, uint32_t prot)
{
	struct range_op op = {.root = root, .va = va, .len = len, .prot = prot};

	if (!range_is_valid(va, len) || ((prot & MMU_WRITE) && (prot & MMU_EXEC)))
		return -EINVAL;
	return run_op(&op, protect_range);
}

/* Lock-free: tables of the kernel half are never freed, entries change whole. */
int arch_mmu_query(paddr_t root, vaddr_t va, struct mmu_mapping *out)
{
	uint32_t level;
	uint64_t entry;

	if (root == 0)
		return -ENOENT;
	entry = READ_ONCE(*walk(root, va, 0, &level));
	if (!is_leaf(entry, level))
		return -ENOENT;
	out->page_size = leaf_size(level);
	out->paddr = leaf_paddr(entry, level) | (va & (leaf_size(level) - 1));
	out->prot = prot_of(entry);
	return 0;
}

/* Depth is bounded by the levels of the tables. */
static void free_tables(paddr_t table, uint32_t level, uint32_t count)
{
	uint64_t *entries = table_at(table);

	for (uint32_t i = 0; i < count; i++) {
		uint64_t entry = entries[i];

		if (!(entry & PTE_PRESENT) || is_leaf(entry, level))
			continue;
		if (level > 1)
			free_tables(entry & PTE_ADDR, level - 1, ENTRIES);
		entries[i] = 0;
		page_table_free(entry & PTE_ADDR);
	}
}

void arch_mmu_free_user_half(paddr_t root)
{
	free_tables(root, LEVELS - 1, ENTRIES / 2);
}

void arch_mmu_free_root(paddr_t root)
{
	arch_mmu_free_user_half(root);
	page_table_free(root);
}

void paging_set_kernel_root(paddr_t root)
{
	kernel_root = root;
}

int paging_fill_root(paddr_t root, vaddr_t start, vaddr_t end)
{
	for (uint32_t i = index_of(start, 3); i <= index_of(end - 1, 3); i++) {
		uint64_t *entry = &table_at(root)[i];
		paddr_t table;
		int err;

		if (*entry & PTE_PRESENT)
			continue;
		err = page_table_alloc(&table);
		if (err)
			return err;
		WRITE_ONCE(*entry, table | PTE_PRESENT | PTE_WRITE);
	}
	return 0;
}
