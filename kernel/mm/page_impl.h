/* What page.c and page_section.c tell each other. */
#ifndef KERNEL_MM_PAGE_IMPL_H
#define KERNEL_MM_PAGE_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"
#include "kernel/mm/page.h"

/*
 * Memory is taken into use in sections of 32 MiB, lowest first, and struct
 * pages come in groups for 4 MiB, the largest block: a group has them all or
 * none, so a merge never looks at a struct page that is not there.
 */
#define SECTION_SHIFT 25
#define SECTION_SIZE (1ull << SECTION_SHIFT)
#define GROUP_SIZE PAGE_MAX_BLOCK
#define GROUP_MAP_BYTES ((GROUP_SIZE >> PAGE_SHIFT) * sizeof(struct page))

static_assert(GROUP_MAP_BYTES % PAGE_SIZE == 0, "groups share no page of the page array");

/* Boot: empty zones. */
void zones_init(void);

/* Free memory of known frames: to the buddy allocator of the zone they are in. */
void zone_free_range(pfn_t start, pfn_t end);

/* One zeroed frame from the buddy allocators as they are, or NULL. */
struct page *zone_take_frame(void);

/* Sections taken into use so far; a number to compare, not to compute with. */
uint64_t section_generation(void);

/*
 * Takes the next section into use unless another CPU has done so since the
 * generation was read. LOW32: only if the next section is below 4 GiB. False:
 * there is nothing left that could help.
 */
MUST_CHECK bool section_take_next(uint64_t seen, uint32_t alloc_flags);

/*
 * A zeroed frame for a page table of the page array, while this CPU is building
 * a section. False when it is not; then *err is untouched, else the result.
 */
MUST_CHECK bool section_table_alloc(paddr_t *out, int *err);

struct page_counts {
	uint64_t managed;  /* ever given to the buddy allocators */
	uint64_t deferred; /* not yet taken into use */
	uint64_t buddy;	   /* free in the buddy lists */
	uint64_t cached;   /* free in the lists of all CPUs */
};

/* Consistent as to memory that is taken into use meanwhile. */
void page_counts_read(struct page_counts *out);

/* Free pages in the buddy lists, and in the lists of all CPUs. */
uint64_t page_buddy_pages(void);
uint64_t page_cached_pages(void);

/* Whether every zone's lists are consistent; slow. */
bool page_zones_check(void);

#endif
