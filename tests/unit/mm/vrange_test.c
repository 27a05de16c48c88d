#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/lib/errno.h"
#include "kernel/mm/vrange.h"

#define BASE 0x100000u
#define AREA 0x100000u
#define UNIT 0x1000u

static struct vrange_set set;

static int setup(void **state)
{
	(void)state;
	vrange_set_init(&set, BASE, BASE + AREA);
	return 0;
}

static void first_fit_is_the_lowest(void **state)
{
	struct vrange a, b, c, d;

	(void)state;
	assert_int_equal(vrange_alloc(&set, &a, 4 * UNIT, UNIT, 0), 0);
	assert_int_equal(vrange_alloc(&set, &b, 2 * UNIT, UNIT, 0), 0);
	assert_int_equal(vrange_alloc(&set, &c, UNIT, UNIT, 0), 0);
	assert_int_equal(a.start, BASE);
	assert_int_equal(b.start, BASE + 4 * UNIT);
	assert_int_equal(c.start, BASE + 6 * UNIT);
	vrange_free(&set, &b);
	assert_int_equal(vrange_alloc(&set, &d, 3 * UNIT, UNIT, 0), 0);
	assert_int_equal(d.start, BASE + 7 * UNIT);
	assert_int_equal(vrange_alloc(&set, &b, 2 * UNIT, UNIT, 0), 0);
	assert_int_equal(b.start, BASE + 4 * UNIT);
}

static void full_area_is_refused(void **state)
{
	struct vrange a, b;

	(void)state;
	assert_int_equal(vrange_alloc(&set, &a, AREA + UNIT, UNIT, 0), -ENOSPC);
	assert_int_equal(vrange_alloc(&set, &a, 0, UNIT, 0), -ENOSPC);
	assert_int_equal(vrange_alloc(&set, &a, UINT64_MAX - UNIT + 1, 2 * UNIT, 0), -ENOSPC);
	assert_int_equal(vrange_alloc(&set, &a, UNIT - 1, UNIT, 0), -ENOSPC);
	assert_int_equal(vrange_alloc(&set, &a, AREA, UNIT, 0), 0);
	assert_int_equal(vrange_alloc(&set, &b, UNIT, UNIT, 0), -ENOSPC);
	vrange_free(&set, &a);
	assert_int_equal(vrange_alloc(&set, &b, AREA, UNIT, 0), 0);
}

static void offset_is_kept(void **state)
{
	struct vrange a, b;

	(void)state;
	assert_int_equal(vrange_alloc(&set, &a, UNIT, UNIT, 0), 0);
	assert_int_equal(vrange_alloc(&set, &b, 4 * UNIT, 16 * UNIT, 5 * UNIT), 0);
	assert_int_equal(b.start % (16 * UNIT), 5 * UNIT);
}

static void find_knows_its_range(void **state)
{
	struct vrange a, b;

	(void)state;
	assert_int_equal(vrange_alloc(&set, &a, 2 * UNIT, UNIT, 0), 0);
	assert_int_equal(vrange_alloc(&set, &b, UNIT, UNIT, 0), 0);
	assert_ptr_equal(vrange_find(&set, BASE), &a);
	assert_ptr_equal(vrange_find(&set, BASE + 2 * UNIT - 1), &a);
	assert_ptr_equal(vrange_find(&set, BASE + 2 * UNIT), &b);
	assert_null(vrange_find(&set, BASE + 3 * UNIT));
	assert_null(vrange_find(&set, BASE - 1));
	assert_null(vrange_find(&set, BASE + AREA));
}

#define SLOTS 64u

/* A byte for each unit of the area is the model. */
static uint8_t model[AREA / UNIT];

static uint32_t model_first_fit(uint32_t len)
{
	uint32_t run = 0;

	for (uint32_t i = 0; i < AREA / UNIT; i++) {
		run = model[i] ? 0 : run + 1;
		if (run == len)
			return i + 1 - len;
	}
	return UINT32_MAX;
}

static void random_use_matches_a_model(void **state)
{
	static struct vrange ranges[SLOTS];
	static bool in_use[SLOTS];

	(void)state;
	srand(3);
	memset(model, 0, sizeof(model));
	for (uint32_t step = 0; step < 100000; step++) {
		uint32_t i = (uint32_t)rand() % SLOTS;
		uint32_t len = 1 + (uint32_t)rand() % 12;

		if (in_use[i]) {
			memset(model + (ranges[i].start - BASE) / UNIT, 0, ranges[i].len / UNIT);
			vrange_free(&set, &ranges[i]);
			in_use[i] = false;
		} else {
			uint32_t at = model_first_fit(len);
			int err = vrange_alloc(&set, &ranges[i], (uint64_t)len * UNIT, UNIT, 0);

			assert_int_equal(err, at == UINT32_MAX ? -ENOSPC : 0);
			if (err)
				continue;
			assert_int_equal(ranges[i].start, BASE + at * UNIT);
			memset(model + at, 1, len);
			in_use[i] = true;
		}
		if (step % 1000 == 0)
			assert_true(rb_check(&set.root, NULL));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{"the lowest gap that fits is taken", first_fit_is_the_lowest, setup, NULL, NULL},
		{"what does not fit is refused", full_area_is_refused, setup, NULL, NULL},
		{"a range begins at the wanted offset", offset_is_kept, setup, NULL, NULL},
		{"an address finds its range", find_knows_its_range, setup, NULL, NULL},
		{"random use matches a simple model", random_use_matches_a_model, setup, NULL,
		 NULL},
	};

	return cmocka_run_group_tests_name("vrange", tests, NULL, NULL);
}
