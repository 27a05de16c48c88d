/*
 * Buddy: free blocks of 2^order pages, merged with their other half when both
 * are free. Pure: the owner locks, and says where the struct pages are.
 */
#ifndef KERNEL_MM_BUDDY_H
#define KERNEL_MM_BUDDY_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"
#include "kernel/mm/page.h"
#include "kernel/mm/page_list.h"

struct buddy {
	struct page *map; /* const: struct page of frame 0 */
	struct page_list free[PAGE_MAX_ORDER + 1];
	uint32_t nonempty; /* bit n: free[n] has a block */
	uint64_t free_pages;
};

void buddy_init(struct buddy *buddy, struct page *map);

/* A block aligned to its size, no flag set, count 0; NULL when there is none. */
MUST_CHECK struct page *buddy_alloc(struct buddy *buddy, uint32_t order);

/*
 * The struct pages of the whole aligned 2^PAGE_MAX_ORDER block around it must
 * exist, zero where they are not the allocator's.
 */
void buddy_free(struct buddy *buddy, struct page *page, uint32_t order);

/* Frees frames start to end - 1 in blocks as large as they come. */
void buddy_free_range(struct buddy *buddy, pfn_t start, pfn_t end);

/* Whether lists, counts, flags and alignment agree, and nothing is left unmerged. */
bool buddy_check(const struct buddy *buddy);

#endif
