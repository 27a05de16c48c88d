/*
 * Kernel mappings.
 *
 * A mapping is a range of the area with an unmapped page behind it; the area
 * begins with an unmapped page too, so every mapping has one on each side.
 *
 * Unmapping clears the page tables at once, but other CPUs may remember the old
 * translation. To ask them all to forget is expensive, so freed ranges wait, not
 * to be used again, until there are enough of them for one common flush. Only the
 * addresses wait; the memory is free at once, for whoever still uses a freed
 * address has a bug that no flush repairs.
 *
 * Lock order: kmap lock -> slab -> pages. Page tables are filled without the
 * lock: a range belongs to whoever took it, and the arch guards shared tables.
 */
#include "kernel/mm/kmap.h"

#include "kernel/core/assert.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/list.h"
#include "kernel/mm/fail.h"
#include "kernel/mm/kmap_impl.h"
#include "kernel/mm/meminfo.h"
#include "kernel/mm/page.h"
#include "kernel/mm/page_list.h"
#include "kernel/mm/slab.h"
#include "kernel/mm/vrange.h"

#define FLUSH_RANGES 64u
#define FLUSH_BYTES MIB(64)
#define LARGE_LEAF MIB(2)
#define MAX_PAGES (1ull << 24) /* of one kmap_alloc_pages: 64 GiB */

enum range_kind {
	RANGE_PAGES,
	RANGE_DEVICE,
	RANGE_FREED,
};

struct kmap_range {
	struct vrange range; /* guard page included */
	enum range_kind kind;
	struct page_list pages; /* RANGE_PAGES, in order of address */
	struct list_node node;	/* RANGE_FREED: in freed */
};

static struct spinlock kmap_lock = SPINLOCK_INIT(LOCK_KMAP);
static struct vrange_set ranges GUARDED_BY(&kmap_lock);
static struct list_node freed GUARDED_BY(&kmap_lock) = LIST_INIT(freed);
static uint32_t freed_count GUARDED_BY(&kmap_lock);
static uint64_t freed_bytes GUARDED_BY(&kmap_lock);
static uint64_t used_bytes GUARDED_BY(&kmap_lock);
static struct kmem_cache range_cache;

void kmap_init(void)
{
	kmem_cache_init(&range_cache, "kmap-range", sizeof(struct kmap_range), 0);
	spin_lock(&kmap_lock);
	vrange_set_init(&ranges, ARCH_KMAP_BASE + PAGE_SIZE, KMAP_RANGES_END);
	spin_unlock(&kmap_lock);
}

/* Makes all CPUs forget the freed ranges, which can be used again then. */
static void flush_freed(void)
{
	struct list_node batch;
	vaddr_t low = UINT64_MAX;
	vaddr_t high = 0;
	struct list_node *node;

	list_init(&batch);
	spin_lock(&kmap_lock);
	list_splice_back(&batch, &freed);
	freed_count = 0;
	freed_bytes = 0;
	spin_unlock(&kmap_lock);
	if (list_is_empty(&batch))
		return;

	list_for_each (at, &batch) {
		const struct kmap_range *kr = list_entry(at, struct kmap_range, node);

		low = MIN(low, kr->range.start);
		high = MAX(high, kr->range.start + kr->range.len);
	}
	arch_tlb_flush_kernel(low, high - low);

	while ((node = list_pop_front(&batch))) {
		struct kmap_range *kr = list_entry(node, struct kmap_range, node);

		spin_lock(&kmap_lock);
		used_bytes -= kr->range.len;
		vrange_free(&ranges, &kr->range);
		spin_unlock(&kmap_lock);
		kmem_cache_free(&range_cache, kr);
	}
}

static int take_range(struct kmap_range *kr, uint64_t len, uint64_t align, uint64_t offset)
{
	int err;

	spin_lock(&kmap_lock);
	err = vrange_alloc(&ranges, &kr->range, len, align, offset);
	if (!err)
		used_bytes += len;
	spin_unlock(&kmap_lock);
	return err;
}

/* A range of len bytes and the guard behind them: NULL without memory or space. */
static struct kmap_range *range_create(enum range_kind kind, uint64_t len, uint64_t align,
				       uint64_t offset)
{
	struct kmap_range *kr = kmem_cache_alloc(&range_cache);

	if (!kr)
		return NULL;
	kr->kind = kind;
	page_list_init(&kr->pages);
	if (take_range(kr, len + PAGE_SIZE, align, offset) == 0)
		return kr;
	flush_freed();
	if (take_range(kr, len + PAGE_SIZE, align, offset) == 0)
		return kr;
	kmem_cache_free(&range_cache, kr);
	return NULL;
}

/* A range whose page tables are clear: its addresses wait for the flush. */
static void range_release(struct kmap_range *kr)
{
	bool is_time;

	spin_lock(&kmap_lock);
	kr->kind = RANGE_FREED;
	list_push_back(&freed, &kr->node);
	freed_count++;
	freed_bytes += kr->range.len;
	is_time = freed_count >= FLUSH_RANGES || freed_bytes >= FLUSH_BYTES;
	spin_unlock(&kmap_lock);
	if (is_time)
		flush_freed();
}

/* The live range that holds vaddr; anything else is a bug. */
static struct kmap_range *range_lookup(vaddr_t vaddr, enum range_kind kind)
{
	struct vrange *range;
	struct kmap_range *kr;

	spin_lock(&kmap_lock);
	range = vrange_find(&ranges, vaddr);
	spin_unlock(&kmap_lock);
	ASSERT(range);
	kr = container_of(range, struct kmap_range, range);
	ASSERT(kr->kind == kind);
	return kr;
}

static void unmap(vaddr_t vaddr, uint64_t len)
{
	/* No large leaf is cut, so no table is needed and it cannot fail. */
	int err = arch_mmu_unmap(arch_mmu_kernel_root(), vaddr, len);

	ASSERT(err == 0);
}

static void free_pages(struct page_list *pages)
{
	struct page *page;

	mem_use_add(MEM_USE_KMAP, -(int64_t)pages->count);
	while ((page = page_list_pop_front(pages, PAGE_MAP)))
		page_free(page, 0);
}

/* Puts len bytes of memory behind the range: 0 or -ENOMEM, and then none. */
static int fill_range(struct kmap_range *kr, uint64_t len, uint32_t page_flags)
{
	int err = 0;

	for (uint64_t done = 0; done < len && !err; done += PAGE_SIZE) {
		struct page *page = page_alloc(0, page_flags);

		if (!page) {
			err = -ENOMEM;
			break;
		}
		page_list_push_back(&kr->pages, PAGE_MAP, page);
		mem_use_add(MEM_USE_KMAP, 1);
		err = arch_mmu_map(arch_mmu_kernel_root(), kr->range.start + done,
				   page_to_paddr(page), PAGE_SIZE,
				   MMU_READ | MMU_WRITE | MMU_GLOBAL);
	}
	if (err) {
		unmap(kr->range.start, len);
		free_pages(&kr->pages);
	}
	return err;
}

void *kmap_alloc_pages(uint64_t len, uint32_t flags)
{
	struct kmap_range *kr;

	if (len == 0 || len > MAX_PAGES << PAGE_SHIFT || mm_should_fail())
		return NULL;
	len = ALIGN_UP(len, PAGE_SIZE);
	kr = range_create(RANGE_PAGES, len, PAGE_SIZE, 0);
	if (!kr)
		return NULL;
	if (fill_range(kr, len, flags & KMAP_ZERO ? PAGE_ALLOC_ZERO : 0)) {
		range_release(kr);
		return NULL;
	}
	return (void *)kr->range.start;
}

void kmap_free(void *vaddr)
{
	struct kmap_range *kr = range_lookup((vaddr_t)vaddr, RANGE_PAGES);

	ASSERT(kr->range.start == (vaddr_t)vaddr);
	unmap(kr->range.start, kr->range.len - PAGE_SIZE);
	free_pages(&kr->pages);
	range_release(kr);
}

int kmap_device(paddr_t paddr, uint64_t len, uint32_t prot, volatile void **out)
{
	paddr_t start = ALIGN_DOWN(paddr, PAGE_SIZE);
	uint64_t align = PAGE_SIZE;
	struct kmap_range *kr;
	int err;

	if (len == 0 || paddr > UINT64_MAX - (len - 1) - PAGE_SIZE)
		return -EINVAL;
	if (prot & MMU_EXEC)
		return -EINVAL;
	if (mm_should_fail())
		return -ENOMEM;
	len = ALIGN_UP(paddr + len, PAGE_SIZE) - start;
	/* Congruent addresses let the arch use large leaves. */
	if (len >= LARGE_LEAF)
		align = LARGE_LEAF;
	kr = range_create(RANGE_DEVICE, len, align, start & (align - 1));
	if (!kr)
		return -ENOMEM;
	err = arch_mmu_map(arch_mmu_kernel_root(), kr->range.start, start, len,
			   prot | MMU_READ | MMU_GLOBAL);
	if (err) {
		range_release(kr);
		return err;
	}
	*out = (volatile void *)(kr->range.start + (paddr - start));
	return 0;
}

void kmap_unmap(volatile void *vaddr)
{
	struct kmap_range *kr = range_lookup((vaddr_t)vaddr, RANGE_DEVICE);

	unmap(kr->range.start, kr->range.len - PAGE_SIZE);
	range_release(kr);
}

uint64_t kmap_used_bytes(void)
{
	uint64_t bytes;

	spin_lock(&kmap_lock);
	bytes = used_bytes;
	spin_unlock(&kmap_lock);
	return bytes;
}
