/* bits.h, checked.h, div.[ch]: against the same in 128 bits or by counting. */
#include "kernel/lib/bits.h"
#include "kernel/lib/checked.h"
#include "kernel/lib/div.h"

#include "tests/unit/unit.h"

static uint64_t random_word(uint64_t *seed)
{
	return test_random(seed, UINT64_MAX) >> test_random(seed, 64);
}

static void logarithms(void **state)
{
	(void)state;
	for (unsigned int n = 0; n < 64; n++) {
		assert_int_equal(ilog2(BIT(n)), n);
		assert_int_equal(ilog2_up(BIT(n)), n);
		assert_int_equal(bits_first(BIT(n)), n);
		assert_true(is_pow2(BIT(n)));
		assert_true(round_up_pow2(BIT(n)) == BIT(n));
		assert_true(bits_low(n) == BIT(n) - 1);
	}
	for (unsigned int n = 2; n < 63; n++) {
		assert_int_equal(ilog2(BIT(n) + 1), n);
		assert_int_equal(ilog2_up(BIT(n) + 1), n + 1);
		assert_int_equal(ilog2(BIT(n) - 1), n - 1);
		assert_int_equal(ilog2_up(BIT(n) - 1), n);
		assert_true(round_up_pow2(BIT(n) - 1) == BIT(n));
		assert_true(round_up_pow2(BIT(n) + 1) == BIT(n + 1));
		assert_false(is_pow2(BIT(n) + 1));
	}
	assert_false(is_pow2(0));
	assert_true(bits_low(64) == UINT64_MAX);
}

static void counts_bits(void **state)
{
	uint64_t seed = 5;

	(void)state;
	assert_int_equal(bits_count(0), 0);
	assert_int_equal(bits_count(UINT64_MAX), 64);
	for (int i = 0; i < 10000; i++) {
		uint64_t x = random_word(&seed);
		unsigned int count = 0;

		for (uint64_t rest = x; rest; rest &= rest - 1)
			count++;
		assert_int_equal(bits_count(x), count);
	}
}

static void overflow_is_told(void **state)
{
	uint64_t sum;
	uint32_t small;
	int64_t wide;

	(void)state;
	assert_false(add_overflows(UINT64_MAX - 1, 1, &sum));
	assert_true(sum == UINT64_MAX);
	assert_true(add_overflows(UINT64_MAX, 1, &sum));
	assert_true(sub_overflows(0u, 1u, &small));
	assert_false(sub_overflows(0u, 1u, &wide));
	assert_int_equal(wide, -1);
	assert_true(mul_overflows(UINT64_C(1) << 32, UINT64_C(1) << 32, &sum));
	assert_true(mul_overflows(UINT64_C(1) << 20, 1 << 12, &small));
	assert_false(mul_overflows(UINT64_C(1) << 19, 1 << 12, &small));
	assert_int_equal(small, 1u << 31);
}

static void shift_overflow_is_told(void **state)
{
	uint64_t out;

	(void)state;
	assert_false(shl_overflows(1, 63, &out));
	assert_true(out == BIT(63));
	assert_true(shl_overflows(2, 63, &out));
	assert_true(shl_overflows(1, 64, &out));
	assert_true(shl_overflows(1, UINT32_MAX, &out));
	assert_false(shl_overflows(0, 64, &out));
	assert_int_equal(out, 0);
}

static void ranges_do_not_wrap(void **state)
{
	(void)state;
	assert_true(range_fits(0, 10, 10));
	assert_true(range_fits(10, 0, 10));
	assert_false(range_fits(11, 0, 10));
	assert_false(range_fits(1, 10, 10));
	assert_false(range_fits(8, UINT64_MAX - 4, 10));
	assert_true(range_fits(1, UINT64_MAX - 1, UINT64_MAX));
}

static void products_and_quotients(void **state)
{
	uint64_t seed = 8;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		uint64_t a = random_word(&seed), b = random_word(&seed), d = random_word(&seed);
		unsigned int shift = (unsigned int)test_random(&seed, 128);
		unsigned __int128 product = (unsigned __int128)a * b;

		assert_true(mul_shr(a, b, shift) == (uint64_t)(product >> shift));
		if (d == 0 || product / d > UINT64_MAX)
			assert_true(mul_div(a, b, d) == UINT64_MAX);
		else
			assert_true(mul_div(a, b, d) == (uint64_t)(product / d));
	}
	assert_true(mul_div(UINT64_MAX, UINT64_MAX, UINT64_MAX) == UINT64_MAX);
	assert_true(mul_div(UINT64_MAX, UINT64_MAX - 1, UINT64_MAX) == UINT64_MAX - 1);
	assert_int_equal(DIV_ROUND_UP(0, 8), 0);
	assert_int_equal(DIV_ROUND_UP(1, 8), 1);
	assert_int_equal(DIV_ROUND_UP(8, 8), 1);
	assert_int_equal(DIV_ROUND_UP(9, 8), 2);
}

static const struct CMUnitTest tests[] = {
	TEST(logarithms, "logarithms and powers of two are right at every power"),
	TEST(counts_bits, "bits are counted"),
	TEST(overflow_is_told, "overflow of sum, difference and product is told"),
	TEST(shift_overflow_is_told, "overflow of a shift is told"),
	TEST(ranges_do_not_wrap, "a range that wraps does not fit"),
	TEST(products_and_quotients, "128-bit products and quotients are exact or saturate"),
};

int main(void)
{
	return RUN_TESTS("arith");
}
