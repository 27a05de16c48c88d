#include "kernel/lib/parse.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "tests/unit/unit.h"

static void good(const char *s, unsigned int base, uint64_t expected)
{
	uint64_t value = 1234;

	assert_int_equal(str_to_u64(s, base, NULL, &value), 0);
	assert_true(value == expected);
}

static void bad(const char *s, unsigned int base, int err)
{
	uint64_t value = 1234;
	const char *end = s;

	assert_int_equal(str_to_u64(s, base, NULL, &value), err);
	assert_true(value == 1234);
	assert_ptr_equal(end, s);
}

static void reads_each_base(void **state)
{
	(void)state;
	good("0", 10, 0);
	good("00012", 0, 12);
	good("0x1F", 0, 31);
	good("0X1f", 16, 31);
	good("1f", 16, 31);
	good("777", 8, 511);
	good("1010", 2, 10);
	good("zZ", 36, 35 * 36 + 35);
}

static void reads_back_what_was_printed(void **state)
{
	uint64_t seed = 4;
	char text[32];

	(void)state;
	for (int i = 0; i < 10000; i++) {
		uint64_t x = test_random(&seed, UINT64_MAX) >> test_random(&seed, 64);

		snprintf(text, sizeof(text), "%" PRIu64, x);
		good(text, 0, x);
		snprintf(text, sizeof(text), "%#" PRIx64, x);
		if (x)
			good(text, 0, x);
		snprintf(text, sizeof(text), "%" PRIo64, x);
		good(text, 8, x);
	}
}

static void refuses_overflow(void **state)
{
	(void)state;
	good("18446744073709551615", 10, UINT64_MAX);
	bad("18446744073709551616", 10, -ERANGE);
	bad("18446744073709551620", 10, -ERANGE);
	bad("184467440737095516150", 10, -ERANGE);
	good("0xffffffffffffffff", 0, UINT64_MAX);
	bad("0x10000000000000000", 0, -ERANGE);
}

static void refuses_what_is_no_number(void **state)
{
	(void)state;
	bad("", 0, -EINVAL);
	bad("x", 0, -EINVAL);
	bad("-1", 10, -EINVAL);
	bad("+1", 10, -EINVAL);
	bad(" 1", 10, -EINVAL);
	bad("1 ", 10, -EINVAL);
	bad("12a", 10, -EINVAL);
	bad("0x", 0, -EINVAL);
	bad("0xg", 16, -EINVAL);
	bad("8", 8, -EINVAL);
	bad("1", 1, -EINVAL);
	bad("1", 37, -EINVAL);
}

static void end_allows_text_after_the_number(void **state)
{
	const char *text = "12K", *end = NULL;
	uint64_t value;

	(void)state;
	assert_int_equal(str_to_u64(text, 0, &end, &value), 0);
	assert_int_equal(value, 12);
	assert_ptr_equal(end, text + 2);
	text = "0xz";
	assert_int_equal(str_to_u64(text, 0, &end, &value), 0);
	assert_int_equal(value, 0);
	assert_ptr_equal(end, text + 1);
	end = NULL;
	assert_int_equal(str_to_u64("K", 0, &end, &value), -EINVAL);
	assert_null(end);
}

static const struct CMUnitTest tests[] = {
	TEST(reads_each_base, "digits of bases 2 to 36 are read"),
	TEST(reads_back_what_was_printed, "a printed number is read back"),
	TEST(refuses_overflow, "a number above 64 bits is -ERANGE"),
	TEST(refuses_what_is_no_number, "what is not all number is -EINVAL"),
	TEST(end_allows_text_after_the_number, "with end, text may follow the number"),
};

int main(void)
{
	return RUN_TESTS("parse");
}
