/*
 * Buddy allocator.
 *
 * The block at frame p of order n has its other half, its buddy, at p ^ 2^n.
 * Only the first page of a free block is written to: PAGE_FLAG_BUDDY and the
 * order. So whether a buddy is free as a whole is one look at its first page,
 * and the pages inside a block are never touched.
 *
 * No page inside a free block but the first may carry PAGE_FLAG_BUDDY: a block
 * that is absorbed by its lower half loses the flag. Everything else follows
 * from that.
 */
#include "kernel/mm/buddy.h"

#include "kernel/core/assert.h"
#include "kernel/lib/bits.h"

void buddy_init(struct buddy *buddy, struct page *map)
{
	buddy->map = map;
	buddy->nonempty = 0;
	buddy->free_pages = 0;
	for (uint32_t order = 0; order <= PAGE_MAX_ORDER; order++)
		page_list_init(&buddy->free[order]);
}

static ALWAYS_INLINE void list_block(struct buddy *buddy, struct page *page, uint32_t order)
{
	page->flags = PAGE_FLAG_BUDDY;
	page->order = (uint8_t)order;
	page_list_push_front(&buddy->free[order], buddy->map, page);
	buddy->nonempty |= 1u << order;
}

static ALWAYS_INLINE void unlist_block(struct buddy *buddy, struct page *page, uint32_t order)
{
	page->flags = 0;
	page_list_remove(&buddy->free[order], buddy->map, page);
	if (page_list_is_empty(&buddy->free[order]))
		buddy->nonempty &= ~(1u << order);
}

struct page *buddy_alloc(struct buddy *buddy, uint32_t order)
{
	uint32_t fitting = buddy->nonempty & ~((1u << order) - 1);
	struct page *page;
	uint32_t from;

	if (!fitting)
		return NULL;

	from = bits_first(fitting);
	page = page_list_first(&buddy->free[from], buddy->map);
	unlist_block(buddy, page, from);
	while (from > order) {
		from--;
		list_block(buddy, page + (1u << from), from);
	}
	page->order = (uint8_t)order;
	buddy->free_pages -= 1ull << order;
	return page;
}

void buddy_free(struct buddy *buddy, struct page *page, uint32_t order)
{
	pfn_t pfn = (pfn_t)(page - buddy->map);

	DEBUG_ASSERT(order <= PAGE_MAX_ORDER && IS_ALIGNED(pfn, 1ull << order));
	page->flags = 0;
	buddy->free_pages += 1ull << order;
	while (order < PAGE_MAX_ORDER) {
		struct page *other = &buddy->map[pfn ^ (1ull << order)];

		if (!(other->flags & PAGE_FLAG_BUDDY) || other->order != order)
			break;
		unlist_block(buddy, other, order);
		pfn &= ~(1ull << order);
		order++;
	}
	list_block(buddy, &buddy->map[pfn], order);
}

void buddy_free_range(struct buddy *buddy, pfn_t start, pfn_t end)
{
	while (start < end) {
		uint32_t order = ilog2(end - start);

		if (start)
			order = MIN(order, bits_first(start));
		order = MIN(order, PAGE_MAX_ORDER);
		buddy_free(buddy, &buddy->map[start], order);
		start += 1ull << order;
	}
}

static bool check_block(const struct buddy *buddy, pfn_t pfn, uint32_t order)
{
	const struct page *page = &buddy->map[pfn];
	const struct page *other = &buddy->map[pfn ^ (1ull << order)];

	if (page->flags != PAGE_FLAG_BUDDY || page->order != order)
		return false;
	if (!IS_ALIGNED(pfn, 1ull << order))
		return false;
	return order == PAGE_MAX_ORDER || !(other->flags & PAGE_FLAG_BUDDY) ||
	       other->order != order;
}

bool buddy_check(const struct buddy *buddy)
{
	uint64_t pages = 0;

	for (uint32_t order = 0; order <= PAGE_MAX_ORDER; order++) {
		const struct page_list *list = &buddy->free[order];
		uint32_t prev = PFN_NONE;
		uint64_t count = 0;

		for (uint32_t pfn = list->first; pfn != PFN_NONE; pfn = buddy->map[pfn].next) {
			if (buddy->map[pfn].prev != prev || !check_block(buddy, pfn, order))
				return false;
			prev = pfn;
			count++;
		}
		if (list->last != prev || list->count != count)
			return false;
		if (!(buddy->nonempty & (1u << order)) != (count == 0))
			return false;
		pages += count << order;
	}
	return pages == buddy->free_pages;
}
