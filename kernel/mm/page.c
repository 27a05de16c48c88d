/*
 * Page allocation.
 *
 *	page_alloc -> this CPU's cache (single pages)	interrupts off
 *		   -> zone HIGH, then zone LOW32	zone lock
 *		   -> take more memory into use		page_section.c, then again
 *
 * Two zones, by what devices with 32-bit addresses reach. Ordinary requests
 * prefer memory above 4 GiB; below is the reserve of those who need it.
 *
 * A CPU's cache is an array of frame numbers used as a stack: the page freed
 * last, still in the processor's caches, is handed out first, and no struct page
 * is read to find it. It is filled and emptied by halves, so a zone's lock is
 * taken once in CACHE_BATCH pages. Interrupts allocate too; a cache is touched
 * with interrupts off and by its own CPU only.
 */
#include "kernel/mm/page.h"

#include "kernel/core/assert.h"
#include "kernel/core/percpu.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/bits.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/account.h"
#include "kernel/mm/bootmem.h"
#include "kernel/mm/buddy.h"
#include "kernel/mm/fail.h"
#include "kernel/mm/meminfo.h"
#include "kernel/mm/page_impl.h"

#define CACHE_BATCH 32u
#define CACHE_MAX (2 * CACHE_BATCH)

enum zone_id {
	ZONE_LOW32,
	ZONE_HIGH,
	ZONE_COUNT,
};

struct zone {
	struct spinlock lock;
	struct buddy buddy GUARDED_BY(&lock);
};

struct page_cache {
	uint32_t count;
	uint32_t pfn[CACHE_MAX];
};

static struct zone zones[ZONE_COUNT];
static bool zones_are_ready; /* set once, by the boot CPU alone */

static DEFINE_PER_CPU(struct page_cache, page_cache);

static struct zone *zone_of(pfn_t pfn)
{
	return &zones[pfn < PFN_LOW32_END ? ZONE_LOW32 : ZONE_HIGH];
}

void zones_init(void)
{
	for (uint32_t i = 0; i < ZONE_COUNT; i++) {
		spin_lock_init(&zones[i].lock, LOCK_PAGE);
		buddy_init(&zones[i].buddy, PAGE_MAP);
	}
	zones_are_ready = true;
}

void zone_free_range(pfn_t start, pfn_t end)
{
	while (start < end) {
		struct zone *zone = zone_of(start);
		pfn_t stop = start < PFN_LOW32_END ? MIN(end, PFN_LOW32_END) : end;
		irqflags_t flags = spin_lock_irqsave(&zone->lock);

		buddy_free_range(&zone->buddy, start, stop);
		spin_unlock_irqrestore(&zone->lock, flags);
		start = stop;
	}
}

static struct page *zone_alloc(enum zone_id id, uint32_t order)
{
	struct zone *zone = &zones[id];
	irqflags_t flags = spin_lock_irqsave(&zone->lock);
	struct page *page = buddy_alloc(&zone->buddy, order);

	spin_unlock_irqrestore(&zone->lock, flags);
	return page;
}

struct page *zone_take_frame(void)
{
	struct page *page = zone_alloc(ZONE_HIGH, 0);

	return page ? page : zone_alloc(ZONE_LOW32, 0);
}

static ALWAYS_INLINE struct page *hand_out(struct page *page, uint32_t order)
{
	page->flags = 0;
	page->order = (uint8_t)order;
	atomic32_store(&page->refcount, 1);
	return page;
}

static struct page *alloc_block(uint32_t order, uint32_t flags)
{
	bool is_drained = false;

	for (;;) {
		uint64_t seen = section_generation();
		struct page *page = NULL;

		if (!(flags & PAGE_ALLOC_LOW32))
			page = zone_alloc(ZONE_HIGH, order);
		if (!page)
			page = zone_alloc(ZONE_LOW32, order);
		if (page)
			return hand_out(page, order);
		if (section_take_next(seen, flags))
			continue;
		if (is_drained)
			return NULL;
		/* What this CPU has cached may be low, or complete a block. */
		page_drain_this_cpu();
		is_drained = true;
	}
}

/*
 * Moves pages from a zone into a cache, interrupts off. The smallest blocks go
 * first, whole: large ones are cut only when there is nothing else. A block goes
 * in from its end, so that it comes out in order of address.
 */
static void cache_fill_irqs_off(struct page_cache *cache, enum zone_id id)
{
	struct zone *zone = &zones[id];

	spin_lock_irqs_off(&zone->lock);
	while (cache->count < CACHE_BATCH && zone->buddy.nonempty) {
		uint32_t order =
			MIN(bits_first(zone->buddy.nonempty), ilog2(CACHE_BATCH - cache->count));
		struct page *page = buddy_alloc(&zone->buddy, order);
		uint32_t pfn = (uint32_t)page_to_pfn(page);

		for (uint32_t i = 1u << order; i-- > 0;) {
			page[i].flags = PAGE_FLAG_CACHED;
			cache->pfn[cache->count++] = pfn + i;
		}
	}
	spin_unlock_irqs_off(&zone->lock);
}

/*
 * How many frames from the first on follow each other, up or down. A run never
 * spans two zones: the frame between them is never free (page_section.c).
 */
static ALWAYS_INLINE uint32_t run_length(const uint32_t *pfn, uint32_t count, uint32_t step)
{
	uint32_t len = 1;

	while (len < count && pfn[len] == pfn[len - 1] + step)
		len++;
	return len;
}

/* Frees those of the frames that are the zone's; what is in a row as one range. */
static void free_frames(enum zone_id id, const uint32_t *pfn, uint32_t count)
{
	struct zone *zone = &zones[id];

	spin_lock_irqs_off(&zone->lock);
	while (count > 0) {
		uint32_t len = run_length(pfn, count, 1);
		uint32_t first = pfn[0];

		if (len == 1) {
			len = run_length(pfn, count, (uint32_t)-1);
			first = pfn[len - 1];
		}
		if (zone_of(first) == zone)
			buddy_free_range(&zone->buddy, first, first + len);
		pfn += len;
		count -= len;
	}
	spin_unlock_irqs_off(&zone->lock);
}

/* Moves the count pages that lie at the bottom, the coldest, to their zones. */
static void cache_drain_irqs_off(struct page_cache *cache, uint32_t count)
{
	uint32_t high = 0;

	for (uint32_t i = 0; i < count; i++)
		high += cache->pfn[i] >= PFN_LOW32_END;
	if (high < count)
		free_frames(ZONE_LOW32, cache->pfn, count);
	if (high > 0)
		free_frames(ZONE_HIGH, cache->pfn, count);
	cache->count -= count;
	memmove(&cache->pfn[0], &cache->pfn[count], cache->count * sizeof(cache->pfn[0]));
}

static struct page *alloc_cached(void)
{
	irqflags_t flags = arch_irq_save();
	struct page_cache *cache = this_cpu_ptr(page_cache);
	struct page *page;

	if (UNLIKELY(cache->count == 0)) {
		cache_fill_irqs_off(cache, ZONE_HIGH);
		if (cache->count == 0)
			cache_fill_irqs_off(cache, ZONE_LOW32);
		if (cache->count == 0) {
			arch_irq_restore(flags);
			return alloc_block(0, 0);
		}
	}
	page = pfn_to_page(cache->pfn[--cache->count]);
	arch_irq_restore(flags);
	DEBUG_ASSERT(page->flags == PAGE_FLAG_CACHED);
	return hand_out(page, 0);
}

struct page *page_alloc(uint32_t order, uint32_t flags)
{
	struct page *page;

	ASSERT(order <= PAGE_MAX_ORDER);
	if (mm_should_fail())
		return NULL;

	if (LIKELY(order == 0 && !(flags & PAGE_ALLOC_LOW32)))
		page = alloc_cached();
	else
		page = alloc_block(order, flags);
	if (page && flags & PAGE_ALLOC_ZERO) {
		for (uint32_t i = 0; i < 1u << order; i++)
			page_clear(page_vaddr(page + i));
	}
	return page;
}

/* The block is nobody's any more: the reference count is 0 already. */
static void free_block(struct page *page, uint32_t order)
{
	irqflags_t flags;

	ASSERT(page->order == order);
	ASSERT(!(page->flags & (PAGE_FLAG_BUDDY | PAGE_FLAG_CACHED)));
	if (LIKELY(order == 0)) {
		struct page_cache *cache;

		page->flags = PAGE_FLAG_CACHED;
		flags = arch_irq_save();
		cache = this_cpu_ptr(page_cache);
		if (UNLIKELY(cache->count == CACHE_MAX))
			cache_drain_irqs_off(cache, CACHE_BATCH);
		cache->pfn[cache->count++] = (uint32_t)page_to_pfn(page);
		arch_irq_restore(flags);
	} else {
		struct zone *zone = zone_of(page_to_pfn(page));

		flags = spin_lock_irqsave(&zone->lock);
		buddy_free(&zone->buddy, page, order);
		spin_unlock_irqrestore(&zone->lock, flags);
	}
}

void page_free(struct page *page, uint32_t order)
{
	ASSERT(page_refcount(page) == 1 && !(page->flags & PAGE_FLAG_CHARGED));
	atomic32_store(&page->refcount, 0);
	free_block(page, order);
}

void page_put(struct page *page)
{
	/*
	 * Full order: what other owners did to the page before their put
	 * happens before its next use. The partner is the same operation there.
	 */
	uint32_t left = atomic32_dec_return(&page->refcount);

	ASSERT(left != UINT32_MAX);
	if (left > 0)
		return;
	if (page->flags & PAGE_FLAG_CHARGED)
		page_uncharge(page);
	free_block(page, page->order);
}

/* Pages that one account is to get back in one go. */
struct uncharge_batch {
	void *owner;
	uint64_t pages;
};

static void batch_uncharge(struct uncharge_batch *batch, struct page *page)
{
	if (!(page->flags & PAGE_FLAG_CHARGED))
		return;
	if (page->owner != batch->owner) {
		mem_uncharge(batch->owner, batch->pages);
		batch->owner = page->owner;
		batch->pages = 0;
	}
	batch->pages += 1ull << page->order;
	page->flags &= (uint16_t)~PAGE_FLAG_CHARGED;
}

void page_put_all(const uint32_t *pfns, uint32_t count)
{
	struct uncharge_batch batch = {0};

	for (uint32_t i = 0; i < count; i++) {
		struct page *page = pfn_to_page(pfns[i]);

		/* As page_put(). */
		if (atomic32_dec_return(&page->refcount) > 0)
			continue;
		batch_uncharge(&batch, page);
		free_block(page, page->order);
	}
	mem_uncharge(batch.owner, batch.pages);
}

void page_split(struct page *page, uint32_t order)
{
	ASSERT(page->order == order && page_refcount(page) == 1);
	for (uint32_t i = 0; i < 1u << order; i++)
		hand_out(page + i, 0);
}

uint32_t page_order_for(uint64_t len)
{
	return len <= PAGE_SIZE ? 0 : ilog2_up(len) - PAGE_SHIFT;
}

int page_table_alloc(paddr_t *out)
{
	struct page *page;
	int err;

	if (!zones_are_ready) {
		err = bootmem_alloc(PAGE_SIZE, PAGE_SIZE, PFN_LOW32_END << PAGE_SHIFT, out);
		if (!err)
			page_clear(paddr_to_vaddr(*out));
		return err;
	}
	if (section_table_alloc(out, &err))
		return err;

	page = page_alloc(0, PAGE_ALLOC_ZERO);
	if (!page)
		return -ENOMEM;
	page->flags = PAGE_FLAG_TABLE;
	mem_use_add(MEM_USE_TABLE, 1);
	*out = page_to_paddr(page);
	return 0;
}

void page_table_free(paddr_t table)
{
	/* Tables made during boot were never the page allocator's. */
	if (!zones_are_ready || !(paddr_to_page(table)->flags & PAGE_FLAG_TABLE)) {
		page_release_boot_range(table, PAGE_SIZE);
		return;
	}
	mem_use_add(MEM_USE_TABLE, -1);
	page_free(paddr_to_page(table), 0);
}

void page_drain_this_cpu(void)
{
	irqflags_t flags = arch_irq_save();
	struct page_cache *cache = this_cpu_ptr(page_cache);

	cache_drain_irqs_off(cache, cache->count);
	arch_irq_restore(flags);
}

uint64_t page_buddy_pages(void)
{
	uint64_t pages = 0;

	for (uint32_t i = 0; i < ZONE_COUNT; i++) {
		irqflags_t flags = spin_lock_irqsave(&zones[i].lock);

		pages += zones[i].buddy.free_pages;
		spin_unlock_irqrestore(&zones[i].lock, flags);
	}
	return pages;
}

void page_free_blocks(uint64_t counts[PAGE_MAX_ORDER + 1])
{
	for (uint32_t order = 0; order <= PAGE_MAX_ORDER; order++)
		counts[order] = 0;
	for (uint32_t i = 0; i < ZONE_COUNT; i++) {
		irqflags_t flags = spin_lock_irqsave(&zones[i].lock);

		for (uint32_t order = 0; order <= PAGE_MAX_ORDER; order++)
			counts[order] += zones[i].buddy.free[order].count;
		spin_unlock_irqrestore(&zones[i].lock, flags);
	}
}

uint64_t page_cached_pages(void)
{
	uint64_t pages = 0;

	for (cpu_id_t cpu = 0; cpu < MAX_CPUS; cpu++) {
		if (cpu == 0 || percpu_offsets[cpu])
			pages += READ_ONCE(cpu_ptr(page_cache, cpu)->count);
	}
	return pages;
}

bool page_zones_check(void)
{
	bool is_good = true;

	for (uint32_t i = 0; i < ZONE_COUNT; i++) {
		irqflags_t flags = spin_lock_irqsave(&zones[i].lock);

		is_good &= buddy_check(&zones[i].buddy);
		spin_unlock_irqrestore(&zones[i].lock, flags);
	}
	return is_good;
}
