/*
 * Boot allocator.
 *
 * Two tables of ranges, sorted and disjoint: what is usable memory at all, which
 * never changes, and what of it is free. Boot allocations cut pieces off the
 * front of the first range that fits, so what is allocated lies together at the
 * bottom of memory and the tables stay short.
 *
 * There is no lock. Until page_init only the boot CPU runs; afterwards the
 * tables belong to page_section.c, under its lock.
 */
#include "kernel/mm/bootmem.h"

#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/memmap.h"
#include "kernel/mm/page.h"

#define FREE_MAX (BOOT_MAX_REGIONS + 64)
#define MEM_LIMIT (PFN_LIMIT << PAGE_SHIFT)

struct mem_range {
	paddr_t start;
	paddr_t end;
};

static struct mem_range usable[BOOT_MAX_REGIONS];
static uint32_t usable_count;
static struct mem_range free_ranges[FREE_MAX];
static uint32_t free_count;
static uint64_t free_bytes;

static void remove_at(uint32_t index)
{
	free_count--;
	memmove(&free_ranges[index], &free_ranges[index + 1],
		(free_count - index) * sizeof(free_ranges[0]));
}

static void insert_at(uint32_t index, paddr_t start, paddr_t end)
{
	memmove(&free_ranges[index + 1], &free_ranges[index],
		(free_count - index) * sizeof(free_ranges[0]));
	free_ranges[index] = (struct mem_range){.start = start, .end = end};
	free_count++;
}

void bootmem_init(const struct boot_info *info)
{
	struct boot_region region;
	paddr_t from = 0;

	usable_count = 0;
	free_count = 0;
	free_bytes = 0;
	while (usable_count < ARRAY_SIZE(usable) && memmap_find_usable(info, from, &region)) {
		from = region.start + region.len;
		if (region.start >= MEM_LIMIT)
			break;
		usable[usable_count].start = region.start;
		usable[usable_count].end = MIN(from, MEM_LIMIT);
		free_ranges[usable_count] = usable[usable_count];
		free_bytes += usable[usable_count].end - region.start;
		usable_count++;
	}
	free_count = usable_count;

	bootmem_reserve(0, PAGE_SIZE);
	bootmem_reserve(info->info_start, info->info_len);
	for (uint32_t i = 0; i < info->module_count; i++)
		bootmem_reserve(info->modules[i].start, info->modules[i].len);
}

/* Takes [start, end) out of the range at index; true when the range is gone. */
static bool cut(uint32_t index, paddr_t start, paddr_t end)
{
	struct mem_range *range = &free_ranges[index];
	paddr_t tail = range->end;

	start = MAX(start, range->start);
	end = MIN(end, range->end);
	free_bytes -= end - start;
	if (start == range->start && end == tail) {
		remove_at(index);
		return true;
	}
	if (start == range->start) {
		range->start = end;
	} else if (end == tail || free_count == FREE_MAX) {
		/* With no room for a second piece the upper one is lost. */
		free_bytes -= tail - end;
		range->end = start;
	} else {
		range->end = start;
		insert_at(index + 1, end, tail);
	}
	return false;
}

void bootmem_reserve(paddr_t start, uint64_t len)
{
	uint32_t i = 0;
	paddr_t end;

	if (len == 0 || start >= MEM_LIMIT)
		return;
	end = ALIGN_UP(len > MEM_LIMIT - start ? MEM_LIMIT : start + len, PAGE_SIZE);
	start = ALIGN_DOWN(start, PAGE_SIZE);
	while (i < free_count && free_ranges[i].start < end) {
		if (free_ranges[i].end <= start || !cut(i, start, end))
			i++;
	}
}

int bootmem_alloc(uint64_t len, uint64_t align, paddr_t limit, paddr_t *out)
{
	return bootmem_alloc_between(len, align, 0, limit, out);
}

int bootmem_alloc_between(uint64_t len, uint64_t align, paddr_t from, paddr_t limit, paddr_t *out)
{
	if (len == 0 || len > MEM_LIMIT)
		return -ENOMEM;
	len = ALIGN_UP(len, PAGE_SIZE);
	for (uint32_t i = 0; i < free_count; i++) {
		paddr_t start = ALIGN_UP(MAX(free_ranges[i].start, from), align);
		paddr_t end = MIN(free_ranges[i].end, limit);

		if (start >= end || end - start < len)
			continue;
		cut(i, start, start + len);
		*out = start;
		return 0;
	}
	return -ENOMEM;
}

bool bootmem_next_free(paddr_t from, paddr_t *start_out, paddr_t *end_out)
{
	for (uint32_t i = 0; i < free_count; i++) {
		if (free_ranges[i].end <= from)
			continue;
		*start_out = MAX(free_ranges[i].start, from);
		*end_out = free_ranges[i].end;
		return true;
	}
	return false;
}

bool bootmem_next_usable(paddr_t from, paddr_t *start_out, paddr_t *end_out)
{
	for (uint32_t i = 0; i < usable_count; i++) {
		if (usable[i].end <= from)
			continue;
		*start_out = MAX(usable[i].start, from);
		*end_out = usable[i].end;
		return true;
	}
	return false;
}

int bootmem_release(paddr_t start, paddr_t end)
{
	uint32_t i = 0;

	if (free_count == FREE_MAX)
		return -ENOSPC;
	while (i < free_count && free_ranges[i].start < start)
		i++;
	ASSERT(i == 0 || free_ranges[i - 1].end <= start);
	ASSERT(i == free_count || end <= free_ranges[i].start);
	free_bytes += end - start;
	if (i > 0 && free_ranges[i - 1].end == start) {
		free_ranges[i - 1].end = end;
		if (i < free_count && free_ranges[i].start == end) {
			free_ranges[i - 1].end = free_ranges[i].end;
			remove_at(i);
		}
	} else if (i < free_count && free_ranges[i].start == end) {
		free_ranges[i].start = start;
	} else {
		insert_at(i, start, end);
	}
	return 0;
}

uint64_t bootmem_free_bytes(void)
{
	return free_bytes;
}

uint64_t bootmem_usable_bytes(void)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < usable_count; i++)
		bytes += usable[i].end - usable[i].start;
	return bytes;
}

paddr_t bootmem_highest(void)
{
	return usable_count ? usable[usable_count - 1].end : 0;
}
