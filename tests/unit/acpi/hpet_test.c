#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/acpi/hpet.h"
#include "tests/unit/acpi/fake_tables.h"

static struct acpi_hpet hpet;
static uint8_t storage[56];

static enum acpi_reason parse(uint32_t id, uint8_t space, uint64_t addr, uint32_t len)
{
	uint8_t body[20] = {0};
	struct acpi_table table;

	put32(body, id);
	body[4] = space;
	put64(body + 8, addr);
	body[16] = 1;
	put16(body + 17, 100);
	table = make_table(storage, body, sizeof(body));
	table.len = len;
	return acpi_hpet_parse(&table, &hpet);
}

static void reads_the_table(void **state)
{
	(void)state;
	assert_int_equal(parse(0x8086a201, 0, 0xfed00000, 56), ACPI_OK);
	assert_int_equal(hpet.addr, 0xfed00000);
	assert_int_equal(hpet.comparator_count, 3);
	assert_true(hpet.is_64bit);
	assert_int_equal(hpet.min_tick, 100);
	assert_int_equal(hpet.number, 1);
}

static void refuses_what_cannot_be(void **state)
{
	(void)state;
	for (uint32_t len = 0; len < 56; len++)
		assert_int_equal(parse(0x8086a201, 0, 0xfed00000, len), ACPI_BAD_LENGTH);
	assert_int_equal(parse(0x8086a201, 1, 0xfed00000, 56), ACPI_BAD_CONTENT);
	assert_int_equal(parse(0x8086a201, 0, 0, 56), ACPI_BAD_CONTENT);
	assert_int_equal(parse(0x8086a201, 0, 0xfed00001, 56), ACPI_BAD_CONTENT);
	assert_int_equal(parse(0x8086a201, 0, 1ull << 52, 56), ACPI_BAD_CONTENT);
}

static void period_is_bounded(void **state)
{
	uint32_t period = 0;

	(void)state;
	assert_int_equal(acpi_hpet_period(0x009896808086a201, &period), ACPI_OK);
	assert_int_equal(period, 10000000);
	assert_int_equal(acpi_hpet_period(0x8086a201, &period), ACPI_BAD_CONTENT);
	assert_int_equal(acpi_hpet_period(100000001ull << 32, &period), ACPI_BAD_CONTENT);
	assert_int_equal(acpi_hpet_period(UINT64_MAX, &period), ACPI_BAD_CONTENT);
	assert_int_equal(period, 10000000);
	assert_int_equal(acpi_hpet_period(100000000ull << 32, &period), ACPI_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{"the table is read", reads_the_table, NULL, NULL, NULL},
		{"a table that cannot be is refused", refuses_what_cannot_be, NULL, NULL, NULL},
		{"the period is bounded", period_is_bounded, NULL, NULL, NULL},
	};

	return cmocka_run_group_tests_name("acpi_hpet", tests, NULL, NULL);
}
