#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/acpi/fadt.h"
#include "tests/unit/acpi/fake_tables.h"

static struct fadt fadt;
static uint8_t bytes[276];

static void put_register(uint32_t offset, uint8_t space, uint8_t bits, uint64_t addr)
{
	bytes[offset] = space;
	bytes[offset + 1] = bits;
	put64(bytes + offset + 4, addr);
}

/* As q35 has it: revision 3, 244 bytes. */
static int setup(void **state)
{
	(void)state;
	memset(bytes, 0, sizeof(bytes));
	bytes[8] = 3;
	put32(bytes + 40, 0x7fe0040);
	put16(bytes + 46, 9);
	put32(bytes + 48, 0xb2);
	bytes[52] = 2;
	bytes[53] = 3;
	put32(bytes + 56, 0x600);
	put32(bytes + 64, 0x604);
	put32(bytes + 76, 0x608);
	bytes[88] = 4;
	bytes[89] = 2;
	bytes[91] = 4;
	bytes[108] = 0x32;
	put16(bytes + 109, 2);
	put32(bytes + 112, 0x84a5);
	put_register(116, 1, 8, 0xcf9);
	bytes[128] = 0xf;
	put64(bytes + 140, 0x7fe0040);
	put_register(148, 1, 32, 0x600);
	put_register(172, 1, 16, 0x604);
	put_register(208, 1, 32, 0x608);
	return 0;
}

static enum acpi_reason parse_len(uint32_t len)
{
	uint8_t *copy = malloc(len);
	struct acpi_table table = {.data = copy, .len = len};
	enum acpi_reason reason;

	assert_non_null(copy);
	memcpy(copy, bytes, len);
	memset(&fadt, 0xa5, sizeof(fadt));
	reason = fadt_parse(&table, &fadt);
	free(copy);
	return reason;
}

static void reads_q35(void **state)
{
	(void)state;
	assert_int_equal(parse_len(244), ACPI_OK);
	assert_int_equal(fadt.dsdt, 0x7fe0040);
	assert_int_equal(fadt.sci_irq, 9);
	assert_int_equal(fadt.smi_cmd, 0xb2);
	assert_int_equal(fadt.acpi_enable, 2);
	assert_int_equal(fadt.pm1a_event.addr, 0x600);
	assert_int_equal(fadt.pm1a_control.addr, 0x604);
	assert_int_equal(fadt.pm1a_control.space, ACPI_SPACE_IO);
	assert_int_equal(fadt.pm1a_control.bits, 16);
	assert_int_equal(fadt.pm1b_control.addr, 0);
	assert_int_equal(fadt.pm_timer.addr, 0x608);
	assert_false(fadt.is_pm_timer_32bit);
	assert_false(fadt.is_hw_reduced);
	assert_true(fadt.has_reset);
	assert_int_equal(fadt.reset.addr, 0xcf9);
	assert_int_equal(fadt.reset_value, 0xf);
	assert_true(fadt.has_8042 && fadt.has_vga && fadt.has_cmos_rtc);
	assert_int_equal(fadt.century_reg, 0x32);
}

static void reads_acpi_1(void **state)
{
	(void)state;
	bytes[8] = 1;
	put16(bytes + 109, 0);
	put32(bytes + 112, 0x4a5);
	assert_int_equal(parse_len(116), ACPI_OK);
	assert_int_equal(fadt.dsdt, 0x7fe0040);
	assert_int_equal(fadt.pm1a_control.addr, 0x604);
	assert_int_equal(fadt.pm1a_control.bits, 16);
	assert_int_equal(fadt.pm_timer.addr, 0x608);
	assert_true(fadt.has_8042 && fadt.has_vga);
	assert_false(fadt.has_reset);
}

static void any_length_is_survived(void **state)
{
	(void)state;
	for (uint32_t len = 1; len <= sizeof(bytes); len++)
		assert_int_equal(parse_len(len), len < 116 ? ACPI_BAD_LENGTH : ACPI_OK);
}

static void extended_registers_win(void **state)
{
	(void)state;
	put_register(172, 0, 16, 0xfed10004);
	put64(bytes + 140, 0x123456000);
	assert_int_equal(parse_len(244), ACPI_OK);
	assert_int_equal(fadt.pm1a_control.space, ACPI_SPACE_MEMORY);
	assert_int_equal(fadt.pm1a_control.addr, 0xfed10004);
	assert_int_equal(fadt.dsdt, 0x123456000);
	put64(bytes + 140, UINT64_MAX);
	assert_int_equal(parse_len(244), ACPI_OK);
	assert_int_equal(fadt.dsdt, 0x7fe0040);
}

static void impossible_registers_are_absent(void **state)
{
	static const struct {
		uint8_t space, bits, offset;
		uint64_t addr;
	} cases[] = {
		{1, 8, 0, 0x10000},    {1, 32, 0, 0xfffd},    {1, 8, 0, UINT64_MAX},
		{0, 8, 0, 1ull << 52}, {2, 8, 0, 1ull << 48}, {3, 8, 0, 0xcf9},
		{255, 8, 0, 0xcf9},    {1, 8, 1, 0xcf9},      {1, 16, 0, 0xcf9},
		{1, 8, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		put_register(116, cases[i].space, cases[i].bits, cases[i].addr);
		bytes[118] = cases[i].offset;
		assert_int_equal(parse_len(244), ACPI_OK);
		assert_false(fadt.has_reset);
	}
	put_register(172, 9, 16, 0x604);
	put32(bytes + 64, 0x12345604);
	put32(bytes + 48, 0x10000);
	assert_int_equal(parse_len(244), ACPI_OK);
	assert_int_equal(fadt.pm1a_control.addr, 0);
	assert_int_equal(fadt.smi_cmd, 0);
}

static void absent_devices_are_seen(void **state)
{
	(void)state;
	put16(bytes + 109, 0x24);
	assert_int_equal(parse_len(244), ACPI_OK);
	assert_false(fadt.has_8042 || fadt.has_vga || fadt.has_cmos_rtc);
}

static void reads_a_hardware_reduced_platform(void **state)
{
	(void)state;
	bytes[8] = 5;
	put32(bytes + 112, 1u << 20 | 1u << 10);
	put_register(244, 1, 8, 0x600);
	put_register(256, 1, 8, 0x601);
	assert_int_equal(parse_len(268), ACPI_OK);
	assert_true(fadt.is_hw_reduced);
	assert_int_equal(fadt.sleep_control.addr, 0x600);
	assert_int_equal(fadt.sleep_status.addr, 0x601);
	assert_int_equal(fadt.pm1a_control.addr, 0);
}

/* A DSDT of some noise, then the bytes, which are the last. */
static enum acpi_reason find_s5(const char *aml, size_t len, struct acpi_sleep_type *out)
{
	uint8_t *storage = malloc(ACPI_HEADER_LEN + 4 + len);
	struct acpi_table table = {.data = storage, .len = (uint32_t)(ACPI_HEADER_LEN + 4 + len)};
	enum acpi_reason reason;

	assert_non_null(storage);
	memset(storage, 0x5f, ACPI_HEADER_LEN + 4);
	memcpy(storage + ACPI_HEADER_LEN + 4, aml, len);
	reason = acpi_find_s5(&table, out);
	free(storage);
	return reason;
}

#define S5(aml, out) find_s5(aml, sizeof(aml) - 1, out)

static void finds_s5(void **state)
{
	struct acpi_sleep_type s5 = {9, 9};

	(void)state;
	assert_int_equal(S5("\x08_S5_\x12\x06\x04\x00\x00\x00\x00", &s5), ACPI_OK);
	assert_int_equal(s5.a, 0);
	assert_int_equal(s5.b, 0);
	assert_int_equal(S5("\x08\\_S5_\x12\x0a\x04\x0a\x05\x0a\x07\x0a\x00\x0a\x00", &s5),
			 ACPI_OK);
	assert_int_equal(s5.a, 5);
	assert_int_equal(s5.b, 7);
	assert_int_equal(S5("\x08_S5_\x12\x07\x02\x0b\x03\x00\x01\x00", &s5), ACPI_OK);
	assert_int_equal(s5.a, 3);
	assert_int_equal(s5.b, 1);
	assert_int_equal(S5("\x08_S5_\x12\x49\x00\x02\x0c\x06\x00\x00\x00\x01", &s5), ACPI_OK);
	assert_int_equal(s5.a, 6);
	assert_int_equal(S5("_S5_\x08_S5_\x12\x04\x02\x01\x01", &s5), ACPI_OK);
	assert_int_equal(s5.a, 1);
}

static void doubtful_s5_is_not_found(void **state)
{
	struct acpi_sleep_type s5 = {9, 9};

	(void)state;
	/* Not a definition, another object, too long, too few, too large, cut, no constant. */
	assert_int_equal(S5("_S5_\x12\x06\x04\x00\x00\x00\x00", &s5), ACPI_NOT_FOUND);
	assert_int_equal(S5("\x08_S5_\x0a\x05\x00\x00\x00\x00\x00", &s5), ACPI_NOT_FOUND);
	assert_int_equal(S5("\x08_S5_\x12\x07\x04\x00\x00\x00\x00", &s5), ACPI_NOT_FOUND);
	assert_int_equal(S5("\x08_S5_\x12\x06\x01\x00\x00\x00\x00", &s5), ACPI_NOT_FOUND);
	assert_int_equal(S5("\x08_S5_\x12\x06\x04\x0a\x08\x00\x00", &s5), ACPI_NOT_FOUND);
	assert_int_equal(S5("\x08_S5_\x12\x04\x04\x0a\x05\x0a\x05", &s5), ACPI_NOT_FOUND);
	assert_int_equal(S5("\x08_S5_\x12\x06\x04"
			    "ABCD",
			    &s5),
			 ACPI_NOT_FOUND);
	assert_int_equal(S5("\x08_S5_\x12\xff\xff\xff\xff\x04\x00\x00", &s5), ACPI_NOT_FOUND);
	assert_int_equal(S5("\x08_S5_\x12\x00\x00\x00\x00", &s5), ACPI_NOT_FOUND);
	assert_int_equal(S5("\x08_S5_\x12", &s5), ACPI_NOT_FOUND);
	assert_int_equal(S5("\x08_S5_", &s5), ACPI_NOT_FOUND);
	assert_int_equal(S5("\x08_S5_\x12\x05\x02\x00\x0c\x01", &s5), ACPI_NOT_FOUND);
	assert_int_equal(S5("", &s5), ACPI_NOT_FOUND);
	assert_int_equal(s5.a, 9);
}

static void looks_in_dsdt_then_ssdts(void **state)
{
	static const char aml[] = "\x08_S5_\x12\x06\x04\x05\x05\x00\x00";
	static const char good[] = "\x08_S5_\x12\x08\x04\x0a\x05\x0a\x06\x00\x00";
	struct acpi_tables tables;
	struct acpi_sleep_type s5;
	struct fake_phys phys;
	uint64_t list[] = {0x2000, 0x3000};

	(void)state;
	fake_phys_init(&phys);
	fake_phys_add(&phys, 0x1000, 0x5000);
	put_table(&phys, 0x2000, "SSDT", aml, ACPI_HEADER_LEN + sizeof(aml) - 1);
	put_table(&phys, 0x3000, "SSDT", good, ACPI_HEADER_LEN + sizeof(good) - 1);
	put_table(&phys, 0x4000, "DSDT", good, ACPI_HEADER_LEN + sizeof(good) - 1);
	put_table(&phys, 0x1000, "XSDT", list, ACPI_HEADER_LEN + sizeof(list));
	put_rsdp(&phys, 0x5000, 2, 0, 0x1000);
	assert_int_equal(acpi_tables_init(&phys.mem, 0x5000, &tables), ACPI_OK);

	memset(&fadt, 0, sizeof(fadt));
	assert_int_equal(acpi_find_sleep_type(&tables, &fadt, &s5), ACPI_OK);
	assert_int_equal(s5.b, 6);
	fadt.dsdt = 0x4000;
	put_table(&phys, 0x3000, "SSDT", aml, ACPI_HEADER_LEN + sizeof(aml) - 1);
	assert_int_equal(acpi_find_sleep_type(&tables, &fadt, &s5), ACPI_OK);
	*fake_phys_at(&phys, 0x4000 + 9) ^= 1;
	assert_int_equal(acpi_find_sleep_type(&tables, &fadt, &s5), ACPI_BAD_CHECKSUM);
	fadt.dsdt = 0;
	assert_int_equal(acpi_find_sleep_type(&tables, &fadt, &s5), ACPI_NOT_FOUND);
	fake_phys_fini(&phys);
}

int main(void)
{
	static const struct {
		const char *name;
		CMUnitTestFunction run;
	} cases[] = {
		{"the table of a q35 is read", reads_q35},
		{"a table of ACPI 1.0 is read", reads_acpi_1},
		{"any length is survived", any_length_is_survived},
		{"extended registers win over ports", extended_registers_win},
		{"impossible registers are absent", impossible_registers_are_absent},
		{"absent devices are seen", absent_devices_are_seen},
		{"a hardware-reduced platform is read", reads_a_hardware_reduced_platform},
		{"the S5 package is found", finds_s5},
		{"a doubtful S5 package is not", doubtful_s5_is_not_found},
		{"S5 is looked for in the DSDT, then in SSDTs", looks_in_dsdt_then_ssdts},
	};
	struct CMUnitTest tests[ARRAY_SIZE(cases)];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		tests[i] = (struct CMUnitTest){cases[i].name, cases[i].run, setup, NULL, NULL};
	return cmocka_run_group_tests_name("fadt", tests, NULL, NULL);
}
