/*
 * Page list: pages linked through their struct page by 32-bit frame numbers.
 *
 * map is the array of struct page that frame numbers index; in the kernel it is
 * the constant PAGE_MAP, in a test whatever the test made.
 */
#ifndef KERNEL_MM_PAGE_LIST_H
#define KERNEL_MM_PAGE_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/mm/page.h"

#define PAGE_MAP ((struct page *)ARCH_VMEMMAP_BASE)

struct page_list {
	uint32_t first; /* PFN_NONE: empty */
	uint32_t last;
	uint64_t count;
};

static inline void page_list_init(struct page_list *list)
{
	list->first = PFN_NONE;
	list->last = PFN_NONE;
	list->count = 0;
}

static inline bool page_list_is_empty(const struct page_list *list)
{
	return list->first == PFN_NONE;
}

/* NULL when empty. */
static inline struct page *page_list_first(const struct page_list *list, struct page *map)
{
	return page_list_is_empty(list) ? NULL : &map[list->first];
}

/* The page must be in no list. */
static inline void page_list_push_front(struct page_list *list, struct page *map, struct page *page)
{
	uint32_t pfn = (uint32_t)(page - map);

	page->prev = PFN_NONE;
	page->next = list->first;
	if (list->first == PFN_NONE)
		list->last = pfn;
	else
		map[list->first].prev = pfn;
	list->first = pfn;
	list->count++;
}

static inline void page_list_push_back(struct page_list *list, struct page *map, struct page *page)
{
	uint32_t pfn = (uint32_t)(page - map);

	page->next = PFN_NONE;
	page->prev = list->last;
	if (list->last == PFN_NONE)
		list->first = pfn;
	else
		map[list->last].next = pfn;
	list->last = pfn;
	list->count++;
}

/* The page must be in this list. */
static inline void page_list_remove(struct page_list *list, struct page *map, struct page *page)
{
	if (page->prev == PFN_NONE)
		list->first = page->next;
	else
		map[page->prev].next = page->next;
	if (page->next == PFN_NONE)
		list->last = page->prev;
	else
		map[page->next].prev = page->prev;
	list->count--;
}

/* NULL when empty. */
static inline struct page *page_list_pop_front(struct page_list *list, struct page *map)
{
	struct page *page = page_list_first(list, map);

	if (page)
		page_list_remove(list, map, page);
	return page;
}

#endif
