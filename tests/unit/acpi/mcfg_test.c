#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/acpi/mcfg.h"
#include "tests/unit/acpi/fake_tables.h"

static struct mcfg mcfg;
static uint8_t body[8 + 32 * 16];
static uint32_t used;

static int setup(void **state)
{
	(void)state;
	memset(body, 0, sizeof(body));
	used = 8;
	return 0;
}

static void add(uint64_t base, uint16_t segment, uint8_t first, uint8_t last)
{
	put64(body + used, base);
	put16(body + used + 8, segment);
	body[used + 10] = first;
	body[used + 11] = last;
	used += 16;
}

static enum acpi_reason parse(void)
{
	uint8_t *storage = malloc(ACPI_HEADER_LEN + used);
	struct acpi_table table;
	enum acpi_reason reason;

	assert_non_null(storage);
	table = make_table(storage, body, used);
	reason = mcfg_parse(&table, &mcfg);
	free(storage);
	return reason;
}

static void lists_ranges(void **state)
{
	(void)state;
	add(0xb0000000, 0, 0, 127);
	add(0xb0000000, 0, 128, 255);
	add(0x4000000000, 1, 0, 255);
	assert_int_equal(parse(), ACPI_OK);
	assert_int_equal(mcfg.count, 3);
	assert_int_equal(mcfg.skipped, 0);
	assert_int_equal(mcfg.ranges[2].base, 0x4000000000);
	assert_int_equal(mcfg.ranges[2].segment, 1);
	assert_int_equal(mcfg.ranges[1].start_bus, 128);
	assert_int_equal(mcfg.ranges[1].end_bus, 255);
}

static void skips_impossible_ranges(void **state)
{
	(void)state;
	add(0, 0, 0, 255);
	add(0xb0001000, 0, 0, 255);
	add(0xb0000000, 0, 5, 4);
	add(UINT64_MAX & ~0xfffffull, 0, 0, 255);
	add(1ull << 52, 0, 0, 0);
	assert_int_equal(parse(), ACPI_BAD_CONTENT);
	add((1ull << 52) - (1 << 20), 0, 0, 0);
	add(0xc0000000, 0, 0, 255);
	assert_int_equal(parse(), ACPI_OK);
	assert_int_equal(mcfg.count, 1);
	assert_int_equal(mcfg.skipped, 6);
}

static void ranges_are_bounded(void **state)
{
	(void)state;
	for (uint16_t i = 0; i < MCFG_MAX_RANGES + 2; i++)
		add(0xb0000000, i, 0, 255);
	assert_int_equal(parse(), ACPI_OK);
	assert_int_equal(mcfg.count, MCFG_MAX_RANGES);
	assert_int_equal(mcfg.skipped, 2);
}

static void odd_lengths_are_survived(void **state)
{
	(void)state;
	add(0xb0000000, 0, 0, 255);
	for (used = 0; used < 24 + 15; used++) {
		enum acpi_reason expected = used < 8 ? ACPI_BAD_LENGTH : ACPI_BAD_CONTENT;

		assert_int_equal(parse(), used < 24 ? expected : ACPI_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{"ranges are listed", lists_ranges, setup, NULL, NULL},
		{"impossible ranges are skipped", skips_impossible_ranges, setup, NULL, NULL},
		{"ranges are bounded", ranges_are_bounded, setup, NULL, NULL},
		{"odd lengths are survived", odd_lengths_are_survived, setup, NULL, NULL},
	};

	return cmocka_run_group_tests_name("mcfg", tests, NULL, NULL);
}
