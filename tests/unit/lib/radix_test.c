/*
 * Radix maps at random against an array of pairs, with memory that fails, and the
 * numbers at which the tree gets higher.
 */
#include "kernel/lib/radix.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/lib/compiler.h"
#include "kernel/lib/errno.h"
#include "tests/unit/unit.h"

static size_t nodes;
static unsigned int fail_in;

static void *node_alloc(void *ctx, size_t size)
{
	assert_ptr_equal(ctx, &nodes);
	assert_int_equal(size, radix_node_size());
	if (fail_in && --fail_in == 0)
		return NULL;
	nodes++;
	return malloc(size);
}

static void node_free(void *ctx, void *mem, size_t size)
{
	assert_ptr_equal(ctx, &nodes);
	assert_int_equal(size, radix_node_size());
	nodes--;
	free(mem);
}

static const struct radix_memory memory = {.alloc = node_alloc, .free = node_free};

static void *value(uint64_t index)
{
	return (void *)(uintptr_t)(index * 8 + 1);
}

static void edges_have_places(void **state)
{
	static const uint64_t indexes[] = {
		0,
		1,
		63,
		64,
		4095,
		4096,
		4097,
		(1ull << 36),
		(1ull << 60) - 1,
		1ull << 60,
		UINT64_MAX - 1,
		UINT64_MAX,
	};
	struct radix map;
	uint64_t at = 0;

	(void)state;
	radix_init(&map, &memory, &nodes);
	for (size_t i = 0; i < ARRAY_SIZE(indexes); i++) {
		assert_null(radix_find(&map, indexes[i]));
		assert_int_equal(radix_insert(&map, indexes[i], value(indexes[i])), 0);
		assert_int_equal(radix_insert(&map, indexes[i], value(0)), -EEXIST);
	}
	assert_int_equal(map.count, ARRAY_SIZE(indexes));
	for (size_t i = 0; i < ARRAY_SIZE(indexes); i++) {
		assert_ptr_equal(radix_find(&map, indexes[i]), value(indexes[i]));
		assert_ptr_equal(radix_next(&map, &at), value(indexes[i]));
		assert_int_equal(at, indexes[i]);
		at++;
	}
	at = UINT64_MAX;
	assert_non_null(radix_next(&map, &at));
	for (size_t i = ARRAY_SIZE(indexes); i-- > 0;) {
		assert_ptr_equal(radix_remove(&map, indexes[i]), value(indexes[i]));
		assert_null(radix_remove(&map, indexes[i]));
	}
	assert_int_equal(nodes, 0);
	radix_fini(&map);
}

static void first_number_needs_no_node(void **state)
{
	struct radix map;

	(void)state;
	radix_init(&map, &memory, &nodes);
	assert_int_equal(radix_insert(&map, 0, value(0)), 0);
	assert_int_equal(nodes, 0);
	assert_int_equal(radix_insert(&map, 1, value(1)), 0);
	assert_int_equal(nodes, 1);
	radix_fini(&map);
	assert_int_equal(nodes, 0);
	assert_int_equal(map.count, 0);
}

static void failure_changes_nothing(void **state)
{
	struct radix map;
	size_t before;
	int err;

	(void)state;
	radix_init(&map, &memory, &nodes);
	for (unsigned int n = 1;; n++) {
		fail_in = n;
		err = radix_insert(&map, 1ull << 40, value(1));
		fail_in = 0;
		if (!err)
			break;
		assert_int_equal(err, -ENOMEM);
		assert_int_equal(nodes, 0);
		assert_null(radix_find(&map, 1ull << 40));
	}
	assert_int_equal(radix_insert(&map, 7, value(7)), 0);
	for (unsigned int n = 1;; n++) {
		before = nodes;
		fail_in = n;
		err = radix_insert(&map, UINT64_MAX / 3, value(2));
		fail_in = 0;
		if (!err)
			break;
		assert_int_equal(nodes, before);
		assert_ptr_equal(radix_find(&map, 7), value(7));
		assert_null(radix_find(&map, UINT64_MAX / 3));
		assert_int_equal(map.count, 2);
		assert_int_equal(map.levels, 7);
	}
	radix_fini(&map);
	assert_int_equal(nodes, 0);
}

#define MODEL 400

struct pair {
	uint64_t index;
	bool used;
};

/* Clusters of near numbers, in places far apart. */
static uint64_t some_index(uint64_t *seed)
{
	static const uint64_t bases[] = {0, 1000, 1ull << 20, 1ull << 45, UINT64_MAX - 150};

	return bases[test_random(seed, ARRAY_SIZE(bases))] + test_random(seed, 80);
}

static struct pair *model_find(struct pair *model, uint64_t index)
{
	for (size_t i = 0; i < MODEL; i++) {
		if (model[i].used && model[i].index == index)
			return &model[i];
	}
	return NULL;
}

static void model_add(struct pair *model, uint64_t index)
{
	for (size_t i = 0; i < MODEL; i++) {
		if (!model[i].used) {
			model[i] = (struct pair){.index = index, .used = true};
			return;
		}
	}
	fail();
}

static bool model_next(const struct pair *model, uint64_t from, uint64_t *out)
{
	bool found = false;

	for (size_t i = 0; i < MODEL; i++) {
		if (!model[i].used || model[i].index < from || (found && model[i].index >= *out))
			continue;
		*out = model[i].index;
		found = true;
	}
	return found;
}

static void random_use_agrees_with_a_model(void **state)
{
	static struct pair model[MODEL];
	uint64_t seed = 3;
	struct radix map;

	(void)state;
	radix_init(&map, &memory, &nodes);
	for (int step = 0; step < 300000; step++) {
		uint64_t index = some_index(&seed);
		struct pair *pair = model_find(model, index);
		uint64_t next = index;
		uint64_t expected;

		switch (test_random(&seed, 4)) {
		case 0:
			if (test_random(&seed, 8) == 0)
				fail_in = 1;
			switch (radix_insert(&map, index, value(index))) {
			case 0:
				assert_null(pair);
				model_add(model, index);
				break;
			case -EEXIST:
				assert_non_null(pair);
				break;
			default:
				assert_null(pair);
			}
			fail_in = 0;
			break;
		case 1:
			assert_ptr_equal(radix_remove(&map, index), pair ? value(index) : NULL);
			if (pair)
				pair->used = false;
			break;
		case 2:
			assert_ptr_equal(radix_find(&map, index), pair ? value(index) : NULL);
			break;
		default:
			if (model_next(model, index, &expected)) {
				assert_ptr_equal(radix_next(&map, &next), value(expected));
				assert_int_equal(next, expected);
			} else {
				assert_null(radix_next(&map, &next));
			}
		}
	}
	radix_fini(&map);
	assert_int_equal(nodes, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(edges_have_places, "every number has a place, and is found in order"),
		TEST(first_number_needs_no_node, "a map of number 0 alone has no node"),
		TEST(failure_changes_nothing, "an insert without memory changes nothing"),
		TEST(random_use_agrees_with_a_model, "random use agrees with a list of pairs"),
	};

	return RUN_TESTS("radix");
}
