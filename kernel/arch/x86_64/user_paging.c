/*
 * User page tables: the lower half of a root of its own.
 *
 * Unlike the kernel half these tables have one owner, who holds a lock around
 * every change, so a missing table is made on the spot. There are no large leaves.
 * All tables of a root are in one list through their struct pages: tearing it down
 * takes as many steps as there are tables, and looks at none of their entries.
 *
 * A processor walks the tables while they change. An entry is written whole; a
 * table is unlinked before, and freed only after, every translation cache has
 * forgotten it.
 */
#include "kernel/arch/mmu.h"

#include "kernel/arch/x86_64/regs.h"
#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/account.h"
#include "kernel/mm/page.h"
#include "kernel/mm/page_list.h"

#define ENTRIES 512
#define TOP_LEVEL 3

static_assert(MMU_ENTRY_PRESENT == PTE_PRESENT && MMU_ENTRY_WRITE == PTE_WRITE &&
		      MMU_ENTRY_USER == PTE_USER && MMU_ENTRY_ACCESSED == PTE_ACCESSED &&
		      MMU_ENTRY_DIRTY == PTE_DIRTY,
	      "the two headers must agree");
static_assert(sizeof(struct mmu_table_list) == sizeof(struct page_list),
	      "the one stands for the other");

static ALWAYS_INLINE uint64_t *table_at(uint64_t entry)
{
	return paddr_to_vaddr(entry & MMU_ENTRY_ADDR);
}

static ALWAYS_INLINE uint32_t index_of(vaddr_t va, uint32_t level)
{
	return (va >> (PAGE_SHIFT + 9 * level)) & (ENTRIES - 1);
}

/* What one entry of a table of this level covers. */
static ALWAYS_INLINE uint64_t span_of(uint32_t level)
{
	return PAGE_SIZE << (9 * level);
}

/* struct page_list under the name that kernel/arch can know. */
static struct page_list *list_of(struct mmu_table_list *list)
{
	return (struct page_list *)(void *)list;
}

static int table_create(struct mmu_space *space, paddr_t *out)
{
	paddr_t table;
	int err = mem_charge_kernel(space->account, PAGE_SIZE);

	if (err)
		return err;
	err = page_table_alloc(&table);
	if (err) {
		mem_uncharge_kernel(space->account, PAGE_SIZE);
		return err;
	}
	page_list_push_back(list_of(&space->tables), PAGE_MAP, paddr_to_page(table));
	*out = table;
	return 0;
}

static void free_all(struct mmu_table_list *list, struct mem_account *account)
{
	uint64_t bytes = list->count << PAGE_SHIFT;
	struct page *page;

	while ((page = page_list_pop_front(list_of(list), PAGE_MAP)))
		page_table_free(page_to_paddr(page));
	mem_uncharge_kernel(account, bytes);
}

int arch_mmu_space_init(struct mmu_space *space, struct mem_account *account)
{
	const uint64_t *kernel = table_at(arch_mmu_kernel_root());
	int err;

	*space = (struct mmu_space){.account = account};
	mmu_table_list_init(&space->tables);
	err = table_create(space, &space->root);
	if (err)
		return err;
	memcpy(table_at(space->root) + ENTRIES / 2, kernel + ENTRIES / 2,
	       ENTRIES / 2 * sizeof(*kernel));
	return 0;
}

void arch_mmu_space_fini(struct mmu_space *space)
{
	for (uint32_t i = 0; i < MMU_CPU_WORDS; i++)
		ASSERT(atomic64_load(&space->cpus[i]) == 0);
	free_all(&space->tables, space->account);
	space->root = 0;
}

int arch_mmu_entry_make(struct mmu_space *space, vaddr_t va, struct mmu_entry **out)
{
	uint64_t *table = table_at(space->root);

	for (uint32_t level = TOP_LEVEL; level > 0; level--) {
		uint64_t *entry = &table[index_of(va, level)];

		if (UNLIKELY(*entry == 0)) {
			paddr_t below;
			int err = table_create(space, &below);

			if (err)
				return err;
			/* Zeroed before it can be seen: stores stay in order for the walker. */
			store_release(entry,
				      below | MMU_ENTRY_PRESENT | MMU_ENTRY_WRITE | MMU_ENTRY_USER);
		}
		table = table_at(*entry);
	}
	*out = (struct mmu_entry *)(void *)&table[index_of(va, 0)];
	return 0;
}

struct mmu_entry *arch_mmu_entry_find(const struct mmu_space *space, vaddr_t va, vaddr_t *next_out)
{
	const uint64_t *table = table_at(space->root);

	for (uint32_t level = TOP_LEVEL; level > 0; level--) {
		/* The acquire pairs with the release above, for who looks without the lock. */
		uint64_t entry = load_acquire(&table[index_of(va, level)]);

		if (UNLIKELY(entry == 0)) {
			if (next_out)
				*next_out = ALIGN_DOWN(va, span_of(level)) + span_of(level);
			return NULL;
		}
		table = table_at(entry);
	}
	return (struct mmu_entry *)drop_const(&table[index_of(va, 0)]);
}

struct prune {
	struct mmu_space *space;
	const struct mmu_range *range;
	const struct mmu_range *hole;
	struct mmu_table_list *out;
};

/*
 * Unlinks what the entry leads to: a table of the given level, whose addresses begin
 * at base, and all below it. Every table serves a mapping or the range, for those
 * that did not went when the last mapping they served did. So it is enough to look
 * at the range.
 */
static void unlink_tables(struct prune *p, uint64_t *entry, uint32_t level, vaddr_t base)
{
	uint64_t *table = table_at(*entry);
	struct page *page = paddr_to_page(*entry & MMU_ENTRY_ADDR);
	uint64_t span = span_of(level);
	vaddr_t end = MIN(base + span * ENTRIES, p->range->end);

	WRITE_ONCE(*entry, 0);
	for (vaddr_t va = ALIGN_DOWN(MAX(base, p->range->start), span); level > 0 && va < end;
	     va += span) {
		if (table[index_of(va, level)])
			unlink_tables(p, &table[index_of(va, level)], level - 1, va);
	}
	page_list_remove(list_of(&p->space->tables), PAGE_MAP, page);
	page_list_push_back(list_of(p->out), PAGE_MAP, page);
}

/* The part [start, end) of the range that lies in one table of this level. */
static void prune_level(struct prune *p, uint64_t *table, uint32_t level, vaddr_t start,
			vaddr_t end)
{
	uint64_t span = span_of(level);

	while (start < end) {
		vaddr_t base = ALIGN_DOWN(start, span);
		vaddr_t stop = MIN(base + span, end);
		uint64_t *entry = &table[index_of(start, level)];

		if (*entry == 0)
			;
		else if (base >= p->hole->start && base + span <= p->hole->end)
			unlink_tables(p, entry, level - 1, base);
		else if (level > 1)
			prune_level(p, table_at(*entry), level - 1, start, stop);
		start = stop;
	}
}

void arch_mmu_prune(struct mmu_space *space, const struct mmu_range *range,
		    const struct mmu_range *hole, struct mmu_table_list *out)
{
	struct prune p = {.space = space, .range = range, .hole = hole, .out = out};

	prune_level(&p, table_at(space->root), TOP_LEVEL, range->start, range->end);
}

void arch_mmu_free_tables(struct mmu_space *space, struct mmu_table_list *tables)
{
	free_all(tables, space->account);
}
