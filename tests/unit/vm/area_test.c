/*
 * Areas against a map of single pages: two million random steps, with the tree's own
 * check every so often, and every search compared with a scan.
 */
#include "kernel/vm/area.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/lib/errno.h"
#include "tests/unit/unit.h"

#define PAGES 96
#define BASE 0x10000ul
#define ADDR(page) (BASE + (vaddr_t)(page)*PAGE_SIZE)
#define STEPS 2000000

static struct area_tree tree;
/* 0: free; else the number of the area. */
static int owner[PAGES];
static struct area *areas[PAGES + 1];
static int area_count;

static struct area *area_create(int start, int end, int guard)
{
	struct area *area = calloc(1, sizeof(*area));
	int id = 1;

	while (areas[id])
		id++;
	areas[id] = area;
	area->start = ADDR(start);
	area->end = ADDR(end);
	area->guard = (uint64_t)guard * PAGE_SIZE;
	for (int i = start; i < end; i++)
		owner[i] = id;
	area_insert(&tree, area);
	area_count++;
	return area;
}

static void area_destroy(int id)
{
	for (int i = 0; i < PAGES; i++) {
		if (owner[i] == id)
			owner[i] = 0;
	}
	area_remove(&tree, areas[id]);
	free(areas[id]);
	areas[id] = NULL;
	area_count--;
}

static bool is_free(int start, int end)
{
	for (int i = start; i < end; i++) {
		if (owner[i])
			return false;
	}
	return true;
}

/* Whether a page lies in the guard of an area above it. */
static bool is_guarded(int page)
{
	for (int i = page + 1; i < PAGES; i++) {
		if (!owner[i])
			continue;
		return ADDR(page) >= areas[owner[i]]->start - areas[owner[i]]->guard;
	}
	return false;
}

static bool is_available(int start, int end)
{
	for (int i = start; i < end; i++) {
		if (owner[i] || is_guarded(i))
			return false;
	}
	return true;
}

static void check_find(uint64_t *seed)
{
	int page = (int)test_random(seed, PAGES);
	int end = page + 1 + (int)test_random(seed, (uint64_t)(PAGES - page));
	int at = page;
	struct area *found = area_find(&tree, ADDR(page) + test_random(seed, PAGE_SIZE));

	while (at < PAGES && !owner[at])
		at++;
	assert_ptr_equal(found, at < PAGES ? areas[owner[at]] : NULL);
	assert_ptr_equal(area_find_in(&tree, ADDR(page), ADDR(end)),
			 at < end ? areas[owner[at]] : NULL);
}

static void check_gaps(uint64_t *seed)
{
	int len = 1 + (int)test_random(seed, 12);
	int low = (int)test_random(seed, PAGES);
	int high = low + (int)test_random(seed, (uint64_t)(PAGES - low + 1));
	vaddr_t addr = 0;
	int at;
	int err =
		area_find_gap_high(&tree, (uint64_t)len * PAGE_SIZE, ADDR(low), ADDR(high), &addr);

	for (at = high - len; at >= low && !is_available(at, at + len); at--)
		;
	assert_int_equal(err, at >= low ? 0 : -ENOMEM);
	if (!err)
		assert_int_equal(addr, ADDR(at));

	err = area_find_gap_low(&tree, (uint64_t)len * PAGE_SIZE, ADDR(low), ADDR(high), &addr);
	for (at = low; at + len <= high && !is_available(at, at + len); at++)
		;
	assert_int_equal(err, at + len <= high ? 0 : -ENOMEM);
	if (!err)
		assert_int_equal(addr, ADDR(at));
}

static void insert_some(uint64_t *seed)
{
	int start = (int)test_random(seed, PAGES);
	int end = start + 1 + (int)test_random(seed, 6);

	if (end <= PAGES && is_free(start, end))
		area_create(start, end, test_random(seed, 8) == 0 ? 3 : 0);
}

static void remove_some(uint64_t *seed)
{
	int page = (int)test_random(seed, PAGES);

	if (owner[page])
		area_destroy(owner[page]);
}

/* Grows or shrinks an area at both ends. */
static void resize_some(uint64_t *seed)
{
	int page = (int)test_random(seed, PAGES);
	int id = owner[page];
	int start, end;

	if (!id)
		return;
	start = page - (int)test_random(seed, 4);
	end = page + 1 + (int)test_random(seed, 4);
	if (start < 0 || end > PAGES)
		return;
	for (int i = start; i < end; i++) {
		if (owner[i] && owner[i] != id)
			return;
	}
	for (int i = 0; i < PAGES; i++) {
		if (owner[i] == id)
			owner[i] = 0;
	}
	for (int i = start; i < end; i++)
		owner[i] = id;
	area_set_range(&tree, areas[id], ADDR(start), ADDR(end));
}

static void random_use_agrees_with_a_map_of_pages(void **state)
{
	uint64_t seed = 11;

	(void)state;
	area_tree_init(&tree, BASE);
	for (int step = 0; step < STEPS; step++) {
		switch (test_random(&seed, 6)) {
		case 0:
		case 1:
			insert_some(&seed);
			break;
		case 2:
			remove_some(&seed);
			break;
		case 3:
			resize_some(&seed);
			break;
		case 4:
			check_find(&seed);
			break;
		default:
			check_gaps(&seed);
		}
		if (step % 512 == 0)
			assert_true(area_tree_check(&tree));
	}
	for (int id = 1; id <= PAGES; id++) {
		if (areas[id])
			area_destroy(id);
	}
	assert_null(area_first(&tree));
}

static void neighbours_are_in_order(void **state)
{
	struct area *a, *b, *c;

	(void)state;
	area_tree_init(&tree, BASE);
	memset(owner, 0, sizeof(owner));
	b = area_create(10, 12, 0);
	a = area_create(5, 6, 0);
	c = area_create(12, 13, 0);
	assert_ptr_equal(area_first(&tree), a);
	assert_ptr_equal(area_next(a), b);
	assert_ptr_equal(area_next(b), c);
	assert_null(area_next(c));
	assert_ptr_equal(area_prev(b), a);
	assert_null(area_prev(a));
	assert_int_equal(b->gap, 4 * PAGE_SIZE);
	assert_int_equal(c->gap, 0);
	for (int id = 1; id <= PAGES; id++) {
		if (areas[id])
			area_destroy(id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(neighbours_are_in_order, "areas have their neighbours and gaps in order"),
		TEST(random_use_agrees_with_a_map_of_pages,
		     "random use and every search agree with a map of single pages"),
	};

	return RUN_TESTS("area");
}
