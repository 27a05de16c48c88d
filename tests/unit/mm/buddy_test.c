#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/mm/buddy.h"

/* 16 MiB and an end that is no whole block; frame 0 is not free. */
#define FRAMES 4096u
#define USED_END 4001u

static struct page *map;
static struct buddy buddy;

static int setup(void **state)
{
	(void)state;
	map = calloc(FRAMES, sizeof(*map));
	buddy_init(&buddy, map);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(map);
	return 0;
}

static uint32_t frame(const struct page *page)
{
	return (uint32_t)(page - map);
}

static void check_list(const struct page_list *list, const uint32_t *frames, uint32_t count)
{
	uint32_t pfn = list->first;

	assert_int_equal(list->count, count);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(pfn, frames[i]);
		pfn = map[pfn].next;
	}
	assert_int_equal(pfn, PFN_NONE);
}

static void list_keeps_order(void **state)
{
	struct page_list list;

	(void)state;
	page_list_init(&list);
	assert_true(page_list_is_empty(&list));
	assert_null(page_list_pop_front(&list, map));
	page_list_push_back(&list, map, &map[5]);
	page_list_push_front(&list, map, &map[3]);
	page_list_push_back(&list, map, &map[9]);
	page_list_push_front(&list, map, &map[1]);
	check_list(&list, (const uint32_t[]){1, 3, 5, 9}, 4);
	page_list_remove(&list, map, &map[3]);
	check_list(&list, (const uint32_t[]){1, 5, 9}, 3);
	page_list_remove(&list, map, &map[1]);
	page_list_remove(&list, map, &map[9]);
	check_list(&list, (const uint32_t[]){5}, 1);
	assert_int_equal(list.last, 5);
	assert_ptr_equal(page_list_pop_front(&list, map), &map[5]);
	assert_true(page_list_is_empty(&list));
	assert_int_equal(list.last, PFN_NONE);
}

static void empty_gives_nothing(void **state)
{
	(void)state;
	assert_true(buddy_check(&buddy));
	for (uint32_t order = 0; order <= PAGE_MAX_ORDER; order++)
		assert_null(buddy_alloc(&buddy, order));
}

static void range_is_cut_into_large_blocks(void **state)
{
	(void)state;
	buddy_free_range(&buddy, 1, USED_END);
	assert_true(buddy_check(&buddy));
	assert_int_equal(buddy.free_pages, USED_END - 1);
	/* 1 .. 1023 in ten blocks, two whole ones, 3072 .. 4000 in 512+256+128+32+1. */
	assert_int_equal(buddy.free[PAGE_MAX_ORDER].count, 2);
	assert_int_equal(buddy.free[0].count, 2);
	assert_int_equal(buddy.free[9].count, 2);
}

static void only_heads_are_written(void **state)
{
	struct page zero;

	(void)state;
	memset(&zero, 0, sizeof(zero));
	buddy_free_range(&buddy, 1024, 2048);
	for (uint32_t pfn = 1025; pfn < 2048; pfn++)
		assert_memory_equal(&map[pfn], &zero, sizeof(zero));
}

static void block_is_aligned_and_splits(void **state)
{
	struct page *page;

	(void)state;
	buddy_free_range(&buddy, 1024, 2048);
	page = buddy_alloc(&buddy, 3);
	assert_non_null(page);
	assert_int_equal(frame(page) % 8, 0);
	assert_int_equal(page->flags, 0);
	assert_int_equal(page->order, 3);
	assert_int_equal(buddy.free_pages, 1024 - 8);
	assert_true(buddy_check(&buddy));
	buddy_free(&buddy, page, 3);
	assert_int_equal(buddy.free[PAGE_MAX_ORDER].count, 1);
	assert_true(buddy_check(&buddy));
}

static void reserved_page_stops_a_merge(void **state)
{
	(void)state;
	/* Frame 1 is free, frame 0 is reserved: they must not become one block. */
	buddy_free_range(&buddy, 1, 2);
	buddy_free_range(&buddy, 2, 4);
	assert_int_equal(buddy.free[0].count, 1);
	assert_int_equal(buddy.free[1].count, 1);
	assert_true(buddy_check(&buddy));
}

static void largest_block_does_not_merge(void **state)
{
	(void)state;
	buddy_free_range(&buddy, 1024, 3072);
	assert_int_equal(buddy.free[PAGE_MAX_ORDER].count, 2);
	assert_non_null(buddy_alloc(&buddy, PAGE_MAX_ORDER));
	assert_non_null(buddy_alloc(&buddy, PAGE_MAX_ORDER));
	assert_null(buddy_alloc(&buddy, 0));
}

struct block {
	uint32_t pfn;
	uint32_t order;
};

static uint8_t owned[FRAMES];

static void mark(struct block block, uint8_t from, uint8_t to)
{
	for (uint32_t i = 0; i < 1u << block.order; i++) {
		assert_int_equal(owned[block.pfn + i], from);
		owned[block.pfn + i] = to;
	}
}

/* One step of the random walk: takes or gives a block; returns how many are out. */
static uint32_t random_step(struct block *blocks, uint32_t count, uint64_t *pages)
{
	if (rand() % 100 < 55) {
		struct block block = {.order = (uint32_t)rand() % 6};
		struct page *page;

		if (rand() % 20 == 0)
			block.order = (uint32_t)rand() % (PAGE_MAX_ORDER + 1);
		page = buddy_alloc(&buddy, block.order);
		if (!page)
			return count;
		block.pfn = frame(page);
		assert_int_equal(block.pfn % (1u << block.order), 0);
		mark(block, 0, 1);
		*pages += 1u << block.order;
		blocks[count] = block;
		return count + 1;
	}
	if (count > 0) {
		uint32_t i = (uint32_t)rand() % count;

		mark(blocks[i], 1, 0);
		*pages -= 1u << blocks[i].order;
		buddy_free(&buddy, &map[blocks[i].pfn], blocks[i].order);
		blocks[i] = blocks[count - 1];
		return count - 1;
	}
	return count;
}

static void random_walk_ends_merged(void **state)
{
	static struct block blocks[FRAMES];
	struct buddy fresh;
	uint32_t count = 0;
	uint64_t pages = 0;

	(void)state;
	srand(7);
	memset(owned, 2, sizeof(owned));
	memset(owned + 1, 0, USED_END - 1);
	buddy_free_range(&buddy, 1, USED_END);
	fresh = buddy;
	for (uint32_t step = 0; step < 200000; step++) {
		count = random_step(blocks, count, &pages);
		assert_int_equal(buddy.free_pages, USED_END - 1 - pages);
		if (step % 500 == 0)
			assert_true(buddy_check(&buddy));
	}
	while (count > 0) {
		count--;
		buddy_free(&buddy, &map[blocks[count].pfn], blocks[count].order);
	}
	assert_true(buddy_check(&buddy));
	assert_int_equal(buddy.nonempty, fresh.nonempty);
	for (uint32_t order = 0; order <= PAGE_MAX_ORDER; order++)
		assert_int_equal(buddy.free[order].count, fresh.free[order].count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{"a page list keeps its order", list_keeps_order, setup, teardown, NULL},
		{"an empty buddy gives nothing", empty_gives_nothing, setup, teardown, NULL},
		{"a range is cut into the largest aligned blocks", range_is_cut_into_large_blocks,
		 setup, teardown, NULL},
		{"only the first page of a free block is written", only_heads_are_written, setup,
		 teardown, NULL},
		{"a block is aligned to its size and its rest stays free",
		 block_is_aligned_and_splits, setup, teardown, NULL},
		{"a reserved page stops a merge", reserved_page_stops_a_merge, setup, teardown,
		 NULL},
		{"blocks of the largest order do not merge", largest_block_does_not_merge, setup,
		 teardown, NULL},
		{"random use never overlaps and merges completely in the end",
		 random_walk_ends_merged, setup, teardown, NULL},
	};

	return cmocka_run_group_tests_name("buddy", tests, NULL, NULL);
}
