#include "kernel/lib/sort.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

static size_t compared;

static int int_compare(const void *a, const void *b)
{
	const int *x = a, *y = b;

	compared++;
	return (*x > *y) - (*x < *y);
}

static void check_like_qsort(int *numbers, size_t count)
{
	int *expected = malloc(count * sizeof(int) + 1);

	if (count)
		memcpy(expected, numbers, count * sizeof(int));
	qsort(expected, count, sizeof(int), int_compare);
	sort(numbers, count, sizeof(int), int_compare);
	if (count)
		assert_memory_equal(numbers, expected, count * sizeof(int));
	free(expected);
}

static void sorts_every_short_sequence(void **state)
{
	(void)state;
	for (size_t count = 0; count <= 6; count++) {
		for (int code = 0; code < 15625; code++) {
			int *numbers = malloc(count * sizeof(int) + 1);
			int rest = code;

			for (size_t i = 0; i < count; i++, rest /= 5)
				numbers[i] = rest % 5;
			check_like_qsort(numbers, count);
			free(numbers);
		}
	}
}

static void sorts_long_sequences(void **state)
{
	uint64_t seed = 12;

	(void)state;
	for (int round = 0; round < 50; round++) {
		size_t count = test_random(&seed, 2000);
		int *numbers = malloc(count * sizeof(int) + 1);

		for (size_t i = 0; i < count; i++)
			numbers[i] = (int)test_random(&seed, 1000) - 500;
		check_like_qsort(numbers, count);
		free(numbers);
	}
}

struct wide {
	char before[70];
	int key;
	char after[63];
};

static int wide_compare(const void *a, const void *b)
{
	return ((const struct wide *)a)->key - ((const struct wide *)b)->key;
}

static void large_elements_move_whole(void **state)
{
	struct wide *wide = calloc(100, sizeof(*wide));

	(void)state;
	for (int i = 0; i < 100; i++) {
		wide[i].key = (i * 37) % 100;
		memset(wide[i].before, wide[i].key, sizeof(wide[i].before));
		memset(wide[i].after, wide[i].key, sizeof(wide[i].after));
	}
	sort(wide, 100, sizeof(*wide), wide_compare);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(wide[i].key, i);
		assert_int_equal(wide[i].before[0], i);
		assert_int_equal(wide[i].before[69], i);
		assert_int_equal(wide[i].after[62], i);
	}
	free(wide);
}

static void sorted_input_takes_no_longer(void **state)
{
	int *numbers = malloc(4096 * sizeof(int));

	(void)state;
	for (int order = 0; order < 3; order++) {
		for (int i = 0; i < 4096; i++)
			numbers[i] = order == 0 ? i : order == 1 ? -i : i % 2;
		compared = 0;
		sort(numbers, 4096, sizeof(int), int_compare);
		assert_true(compared < 2 * 4096 * 13);
	}
	free(numbers);
}

static const struct CMUnitTest tests[] = {
	TEST(sorts_every_short_sequence, "every short sequence is sorted"),
	TEST(sorts_long_sequences, "long sequences are sorted as by qsort"),
	TEST(large_elements_move_whole, "large elements move as a whole"),
	TEST(sorted_input_takes_no_longer, "no order takes more than 2 n log n comparisons"),
};

int main(void)
{
	return RUN_TESTS("sort");
}
