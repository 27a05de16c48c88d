/* Each function against a plain array of bytes. */
#include "kernel/lib/bitmap.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#define MAX_BITS 200

struct model {
	uint8_t bits[MAX_BITS];
};

/* On the heap with exactly its words, so that a word too far is seen. */
static uint64_t *make_map(size_t size, const struct model *model)
{
	uint64_t *map = calloc(BITMAP_WORDS(size), sizeof(*map));

	for (size_t i = 0; i < size; i++) {
		if (model->bits[i])
			bitmap_set(map, i);
	}
	return map;
}

static void fill_model(struct model *model, uint64_t *seed)
{
	uint64_t density = test_random(seed, 17);

	for (size_t i = 0; i < MAX_BITS; i++)
		model->bits[i] = test_random(seed, 16) < density;
}

static void check_equal(const uint64_t *map, const struct model *model, size_t size)
{
	for (size_t i = 0; i < size; i++)
		assert_int_equal(bitmap_test(map, i), model->bits[i]);
}

static size_t model_next(const struct model *model, size_t size, size_t from, uint8_t value)
{
	for (size_t i = from; i < size; i++) {
		if (model->bits[i] == value)
			return i;
	}
	return size;
}

static size_t model_range(const struct model *model, size_t size, size_t from, size_t len)
{
	for (size_t start = from; start + len <= size; start++) {
		if (model_next(model, start + len, start, 1) == start + len)
			return start;
	}
	return size;
}

static void single_bits(void **state)
{
	struct model model = {{0}};
	uint64_t *map = make_map(MAX_BITS, &model);
	uint64_t seed = 9;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		size_t bit = test_random(&seed, MAX_BITS);

		if (test_random(&seed, 2)) {
			bitmap_set(map, bit);
			model.bits[bit] = 1;
		} else {
			bitmap_clear(map, bit);
			model.bits[bit] = 0;
		}
	}
	check_equal(map, &model, MAX_BITS);
	free(map);
}

static void all_ranges(void **state)
{
	size_t size = 140;

	(void)state;
	for (size_t start = 0; start <= size; start++) {
		for (size_t len = 0; len <= size - start; len++) {
			struct model model = {{0}};
			uint64_t *map = make_map(size, &model);

			bitmap_set_range(map, start, len);
			memset(model.bits + start, 1, len);
			check_equal(map, &model, size);
			bitmap_set_range(map, 0, size);
			bitmap_clear_range(map, start, len);
			memset(model.bits, 1, size);
			memset(model.bits + start, 0, len);
			check_equal(map, &model, size);
			assert_int_equal(bitmap_count(map, size), size - len);
			free(map);
		}
	}
}

static void searches_agree_with_the_model(void **state)
{
	uint64_t seed = 2;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		size_t size = test_random(&seed, MAX_BITS) + 1;
		size_t from = test_random(&seed, size + 2);
		size_t len = test_random(&seed, 70) + 1;
		struct model model;
		uint64_t *map;

		fill_model(&model, &seed);
		map = make_map(size, &model);
		assert_int_equal(bitmap_next_set(map, size, from),
				 model_next(&model, size, from, 1));
		assert_int_equal(bitmap_next_zero(map, size, from),
				 model_next(&model, size, from, 0));
		assert_int_equal(bitmap_find_zero_range(map, size, from, len),
				 model_range(&model, size, from, len));
		free(map);
	}
}

static void bits_beyond_the_size_do_not_count(void **state)
{
	uint64_t map[1] = {UINT64_MAX << 10};

	(void)state;
	assert_int_equal(bitmap_next_set(map, 10, 0), 10);
	assert_int_equal(bitmap_count(map, 10), 0);
	map[0] = ~map[0];
	assert_int_equal(bitmap_next_zero(map, 10, 0), 10);
	assert_int_equal(bitmap_next_set(map, 0, 0), 0);
}

static const struct CMUnitTest tests[] = {
	TEST(single_bits, "bits are set, cleared and tested one by one"),
	TEST(all_ranges, "every range is set and cleared, and nothing around it"),
	TEST(searches_agree_with_the_model, "searches find what a scan of bytes finds"),
	TEST(bits_beyond_the_size_do_not_count, "bits beyond the size do not count"),
};

int main(void)
{
	return RUN_TESTS("bitmap");
}
