/* The map against a plain array, memory counted and made to fail at each step. */
#include "kernel/lib/idmap.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

static int blocks;
static int fail_in; /* the n-th allocation from now fails; 0: none */

static void *count_alloc(void *ctx, size_t size)
{
	assert_ptr_equal(ctx, &blocks);
	if (fail_in && --fail_in == 0)
		return NULL;
	blocks++;
	return memset(malloc(size), 0xcc, size);
}

static void count_free(void *ctx, void *mem, size_t size)
{
	assert_ptr_equal(ctx, &blocks);
	memset(mem, 0xdd, size);
	blocks--;
	free(mem);
}

static const struct idmap_memory memory = {.alloc = count_alloc, .free = count_free};

static void setup(struct idmap *map, uint32_t limit)
{
	blocks = 0;
	fail_in = 0;
	idmap_init(map, limit, &memory, &blocks);
}

static void *pointer(uint32_t n)
{
	return (void *)(uintptr_t)(n * 16 + 16);
}

static void lowest_free_number_first(void **state)
{
	struct idmap map;
	uint32_t id = 0;

	(void)state;
	setup(&map, IDMAP_MAX);
	for (uint32_t i = 0; i < 10000; i++) {
		assert_int_equal(idmap_alloc(&map, 0, pointer(i), &id), 0);
		assert_int_equal(id, i);
	}
	for (uint32_t i = 5000; i > 0; i -= 50)
		assert_ptr_equal(idmap_remove(&map, i), pointer(i));
	for (uint32_t i = 50; i <= 5000; i += 50) {
		assert_int_equal(idmap_alloc(&map, 0, pointer(i), &id), 0);
		assert_int_equal(id, i);
	}
	assert_int_equal(map.count, 10000);
	idmap_fini(&map);
	assert_int_equal(blocks, 0);
}

#define MODEL 600

static uint32_t model_free(void *const *model, uint32_t min)
{
	while (min < MODEL && model[min])
		min++;
	return min;
}

static void model_step(struct idmap *map, void **model, uint64_t *seed)
{
	uint32_t at = (uint32_t)test_random(seed, MODEL);
	uint32_t id = 9999, low;
	int err;

	switch (test_random(seed, 6)) {
	case 0:
	case 1:
		low = model_free(model, at);
		err = idmap_alloc(map, at, pointer(low), &id);
		assert_int_equal(err, low == MODEL ? -ENOSPC : 0);
		assert_int_equal(id, low == MODEL ? 9999 : low);
		if (!err)
			model[low] = pointer(low);
		break;
	case 2:
		err = idmap_insert(map, at, pointer(at));
		assert_int_equal(err, model[at] ? -EEXIST : 0);
		model[at] = pointer(at);
		break;
	case 3:
		id = at;
		while (at < MODEL && !model[at])
			at++;
		assert_ptr_equal(idmap_next(map, &id), at < MODEL ? model[at] : NULL);
		if (at < MODEL)
			assert_int_equal(id, at);
		break;
	default:
		assert_ptr_equal(idmap_find(map, at), model[at]);
		assert_ptr_equal(idmap_remove(map, at), model[at]);
		model[at] = NULL;
		break;
	}
}

static void agrees_with_an_array(void **state)
{
	void *model[MODEL] = {NULL};
	struct idmap map;
	uint64_t seed = 3;

	(void)state;
	setup(&map, MODEL);
	for (int round = 0; round < 200000; round++)
		model_step(&map, model, &seed);
	for (uint32_t id = 0; id < MODEL; id++)
		assert_ptr_equal(idmap_remove(&map, id), model[id]);
	assert_int_equal(map.count, 0);
	assert_true(blocks <= 1);
	idmap_fini(&map);
	assert_int_equal(blocks, 0);
}

static void works_at_the_edges_of_levels(void **state)
{
	static const uint32_t edges[] = {0,	 63,	 64,	   4095,	 4096,
					 262143, 262144, 1u << 20, IDMAP_MAX - 1};
	struct idmap map;
	uint32_t id;

	(void)state;
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		setup(&map, UINT32_MAX);
		assert_int_equal(idmap_insert(&map, edges[i], pointer(1)), 0);
		assert_ptr_equal(idmap_find(&map, edges[i]), pointer(1));
		assert_int_equal(idmap_alloc(&map, edges[i], pointer(2), &id),
				 edges[i] == IDMAP_MAX - 1 ? -ENOSPC : 0);
		if (edges[i] != IDMAP_MAX - 1)
			assert_int_equal(id, edges[i] + 1);
		id = 0;
		assert_ptr_equal(idmap_next(&map, &id), pointer(1));
		assert_int_equal(id, edges[i]);
		idmap_fini(&map);
		assert_int_equal(blocks, 0);
	}
}

static void full_map_is_enospc(void **state)
{
	struct idmap map;
	uint32_t id;

	(void)state;
	setup(&map, 70);
	for (uint32_t i = 0; i < 70; i++)
		assert_int_equal(idmap_alloc(&map, 0, pointer(i), &id), 0);
	assert_int_equal(idmap_alloc(&map, 0, pointer(0), &id), -ENOSPC);
	assert_int_equal(idmap_alloc(&map, 70, pointer(0), &id), -ENOSPC);
	assert_int_equal(idmap_insert(&map, 70, pointer(0)), -EINVAL);
	assert_non_null(idmap_remove(&map, 33));
	assert_int_equal(idmap_alloc(&map, 0, pointer(0), &id), 0);
	assert_int_equal(id, 33);
	idmap_fini(&map);
	setup(&map, 0);
	assert_int_equal(idmap_alloc(&map, 0, pointer(0), &id), -ENOSPC);
	idmap_fini(&map);
}

static void unused_numbers_are_null(void **state)
{
	struct idmap map;
	uint32_t id = 0;

	(void)state;
	setup(&map, IDMAP_MAX);
	assert_null(idmap_find(&map, 0));
	assert_null(idmap_remove(&map, UINT32_MAX));
	assert_null(idmap_next(&map, &id));
	assert_int_equal(idmap_insert(&map, 7, pointer(7)), 0);
	assert_null(idmap_find(&map, UINT32_MAX));
	assert_null(idmap_replace(&map, 8, pointer(8)));
	assert_ptr_equal(idmap_replace(&map, 7, pointer(70)), pointer(7));
	assert_ptr_equal(idmap_find(&map, 7), pointer(70));
	id = 8;
	assert_null(idmap_next(&map, &id));
	id = UINT32_MAX;
	assert_null(idmap_next(&map, &id));
	idmap_fini(&map);
}

static void failed_insert_changes_nothing(void **state)
{
	static const uint32_t ids[] = {0, 100, 5000, 300000, IDMAP_MAX - 1};

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		int err = -ENOMEM;

		for (int n = 1; err; n++) {
			struct idmap map;
			uint32_t id = 0;

			setup(&map, IDMAP_MAX);
			assert_int_equal(idmap_insert(&map, 3, pointer(3)), 0);
			fail_in = n;
			err = idmap_insert(&map, ids[i], pointer(9));
			assert_true(err == 0 || err == -ENOMEM);
			fail_in = 0;
			assert_ptr_equal(idmap_find(&map, ids[i]), err ? NULL : pointer(9));
			assert_ptr_equal(idmap_find(&map, 3), pointer(3));
			assert_int_equal(map.count, err ? 1 : 2);
			assert_int_equal(idmap_alloc(&map, 3, pointer(4), &id), 0);
			assert_int_equal(id, 4);
			idmap_fini(&map);
			assert_int_equal(blocks, 0);
		}
	}
}

static void failed_insert_leaves_no_nodes(void **state)
{
	int err = -ENOMEM;

	(void)state;
	for (int n = 1; err; n++) {
		struct idmap map;
		int before;

		setup(&map, IDMAP_MAX);
		assert_int_equal(idmap_insert(&map, 3, pointer(3)), 0);
		assert_int_equal(idmap_insert(&map, IDMAP_MAX - 1, pointer(4)), 0);
		before = blocks;
		fail_in = n;
		err = idmap_insert(&map, 300000, pointer(5));
		assert_true(err == 0 || err == -ENOMEM);
		if (err)
			assert_int_equal(blocks, before);
		idmap_fini(&map);
	}
}

static void empty_map_without_memory(void **state)
{
	struct idmap map;
	uint32_t id = 7;

	(void)state;
	setup(&map, 10);
	fail_in = 1;
	assert_int_equal(idmap_alloc(&map, 0, pointer(0), &id), -ENOMEM);
	assert_int_equal(id, 7);
	assert_int_equal(blocks, 0);
	assert_int_equal(idmap_alloc(&map, 0, pointer(0), &id), 0);
	assert_int_equal(id, 0);
	idmap_fini(&map);
}

static const struct CMUnitTest tests[] = {
	TEST(lowest_free_number_first, "the lowest free number is given first"),
	TEST(agrees_with_an_array, "alloc, insert, find, next and remove agree with an array"),
	TEST(works_at_the_edges_of_levels, "the tree grows to 2^22 numbers"),
	TEST(full_map_is_enospc, "a full map is -ENOSPC and takes the first number freed"),
	TEST(unused_numbers_are_null, "numbers not in use have no pointer"),
	TEST(failed_insert_leaves_no_nodes, "a failed insert gives back the nodes it made"),
	TEST(empty_map_without_memory, "an empty map without memory is -ENOMEM and stays empty"),
	TEST(failed_insert_changes_nothing, "without memory at any step nothing changes or leaks"),
};

int main(void)
{
	return RUN_TESTS("idmap");
}
