#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/acpi/acpi_tables.h"
#include "tests/unit/acpi/fake_tables.h"

/* Fake memory: the BIOS area, the first page, the EBDA and a MiB of tables. */
#define RSDP 0xf59e0
#define TABLES 0x7fe0000
#define RSDT TABLES
#define XSDT (TABLES + 0x1000)
#define TABLE(i) (TABLES + 0x2000 + (i)*0x200)

static struct fake_phys phys;
static struct acpi_tables tables;

/* A root table of the signature that lists count addresses. */
static void put_root(paddr_t addr, const char *signature, const uint64_t *list, uint32_t count)
{
	uint32_t entry_len = signature[0] == 'X' ? 8 : 4;
	uint8_t *body = fake_phys_at(&phys, addr + ACPI_HEADER_LEN);

	for (uint32_t i = 0; i < count; i++)
		memcpy(body + i * entry_len, &list[i], entry_len);
	put_table(&phys, addr, signature, NULL, ACPI_HEADER_LEN + count * entry_len);
}

static int setup(void **state)
{
	static const uint64_t list[] = {TABLE(0), TABLE(1), TABLE(2), TABLE(3)};

	(void)state;
	fake_phys_init(&phys);
	fake_phys_add(&phys, 0, 0x1000);
	fake_phys_add(&phys, 0x9f000, 0x1000);
	fake_phys_add(&phys, 0xe0000, 0x20000);
	fake_phys_add(&phys, TABLES, 0x100000);
	put_table(&phys, TABLE(0), "FACP", "body", 40);
	put_table(&phys, TABLE(1), "APIC", "body", 40);
	put_table(&phys, TABLE(2), "SSDT", "one.", 40);
	put_table(&phys, TABLE(3), "SSDT", "two.", 40);
	put_root(XSDT, "XSDT", list, 4);
	put_root(RSDT, "RSDT", list, 3);
	put_rsdp(&phys, RSDP, 2, RSDT, XSDT);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_phys_fini(&phys);
	return 0;
}

static enum acpi_reason init(paddr_t rsdp)
{
	memset(&tables, 0xa5, sizeof(tables));
	return acpi_tables_init(&phys.mem, rsdp, &tables);
}

static void lists_the_xsdt(void **state)
{
	struct acpi_table table;

	(void)state;
	assert_int_equal(init(RSDP), ACPI_OK);
	assert_int_equal(tables.root, XSDT);
	assert_int_equal(tables.revision, 2);
	assert_string_equal(tables.oem_id, "OEM?56");
	assert_int_equal(tables.count, 4);
	assert_int_equal(tables.dropped, 0);
	assert_string_equal(tables.refs[1].signature, "APIC");
	assert_int_equal(tables.refs[1].len, 40);
	assert_int_equal(acpi_find_table(&tables, "SSDT", 1, &table), ACPI_OK);
	assert_int_equal(table.len, 40);
	assert_memory_equal(table.data + 36, "two.", 4);
	assert_int_equal(acpi_find_table(&tables, "SSDT", 2, &table), ACPI_NOT_FOUND);
	assert_int_equal(acpi_find_table(&tables, "MCFG", 0, &table), ACPI_NOT_FOUND);
}

static void version_1_lists_the_rsdt(void **state)
{
	(void)state;
	put_rsdp(&phys, RSDP, 0, RSDT, 0);
	put32(fake_phys_at(&phys, RSDP + 20), 99);
	assert_int_equal(init(RSDP), ACPI_OK);
	assert_int_equal(tables.root, RSDT);
	assert_int_equal(tables.count, 3);
}

static void broken_xsdt_falls_back_to_the_rsdt(void **state)
{
	(void)state;
	*fake_phys_at(&phys, XSDT + 9) ^= 1;
	assert_int_equal(init(RSDP), ACPI_OK);
	assert_int_equal(tables.root, RSDT);
	assert_int_equal(tables.count, 3);

	put_rsdp(&phys, RSDP, 2, 0, XSDT);
	assert_int_equal(init(RSDP), ACPI_BAD_CHECKSUM);
	assert_int_equal(tables.count, 0);
}

static void broken_extended_root_pointer_serves_as_version_1(void **state)
{
	static const uint32_t lens[] = {0, 35, 4097, UINT32_MAX};

	(void)state;
	*fake_phys_at(&phys, RSDP + 33) ^= 1;
	assert_int_equal(init(RSDP), ACPI_OK);
	assert_int_equal(tables.root, RSDT);
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		put32(fake_phys_at(&phys, RSDP + 20), lens[i]);
		assert_int_equal(init(RSDP), ACPI_OK);
		assert_int_equal(tables.root, RSDT);
	}
}

static void searches_when_the_hint_is_no_good(void **state)
{
	static const paddr_t hints[] = {0, 0x123456789, RSDP + 16, RSDP + 1, UINT64_MAX, 0xfffff};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hints); i++) {
		assert_int_equal(init(hints[i]), ACPI_OK);
		assert_int_equal(tables.rsdp, RSDP);
	}
}

static void searches_the_ebda_first(void **state)
{
	(void)state;
	put16(fake_phys_at(&phys, 0x40e), 0x9fc0);
	put_rsdp(&phys, 0x9fff0 - 0x10, 0, RSDT, 0);
	assert_int_equal(init(0), ACPI_OK);
	assert_int_equal(tables.rsdp, 0x9ffe0);

	/* Beyond the first KiB nothing is looked for. */
	put16(fake_phys_at(&phys, 0x40e), 0x9f00);
	assert_int_equal(init(0), ACPI_OK);
	assert_int_equal(tables.rsdp, RSDP);
	put16(fake_phys_at(&phys, 0x40e), 0xffff);
	assert_int_equal(init(0), ACPI_OK);
	assert_int_equal(tables.rsdp, RSDP);
}

static void search_skips_broken_pointers(void **state)
{
	(void)state;
	put_rsdp(&phys, 0xe0000, 0, RSDT, 0);
	*fake_phys_at(&phys, 0xe0012) ^= 1;
	assert_int_equal(init(0), ACPI_OK);
	assert_int_equal(tables.rsdp, RSDP);
}

static void no_root_pointer_is_not_found(void **state)
{
	struct acpi_table table;

	(void)state;
	memset(fake_phys_at(&phys, RSDP), 0, 36);
	assert_int_equal(init(0), ACPI_NOT_FOUND);
	assert_int_equal(init(RSDP), ACPI_BAD_SIGNATURE);
	assert_int_equal(tables.count, 0);
	assert_int_equal(acpi_find_table(&tables, "APIC", 0, &table), ACPI_NOT_FOUND);

	put_rsdp(&phys, 0xfffe0 + 0xc, 0, RSDT, 0);
	assert_int_equal(init(0), ACPI_NOT_FOUND);
}

static void root_without_tables_is_refused(void **state)
{
	(void)state;
	put_rsdp(&phys, RSDP, 0, 0, 0);
	assert_int_equal(init(RSDP), ACPI_NOT_FOUND);
	put_rsdp(&phys, RSDP, 0, 0x1234567, 0);
	assert_int_equal(init(RSDP), ACPI_UNREACHABLE);
	put_rsdp(&phys, RSDP, 0, TABLE(1), 0);
	assert_int_equal(init(RSDP), ACPI_BAD_SIGNATURE);
}

static void broken_tables_keep_their_reason(void **state)
{
	struct acpi_table table;
	static const uint64_t list[] = {TABLE(0),   TABLE(1), TABLE(2), TABLE(3), 0x1234,
					UINT64_MAX, XSDT,     TABLE(0), 0,	  RSDT};

	(void)state;
	put_root(XSDT, "XSDT", list, ARRAY_SIZE(list));
	*fake_phys_at(&phys, TABLE(0) + 37) ^= 1;
	put32(fake_phys_at(&phys, TABLE(1) + 4), 35);
	put32(fake_phys_at(&phys, TABLE(2) + 4), UINT32_MAX);
	put32(fake_phys_at(&phys, TABLE(3) + 4), ACPI_MAX_TABLE_LEN);
	assert_int_equal(init(RSDP), ACPI_OK);
	assert_int_equal(tables.count, 9);
	assert_int_equal(tables.refs[0].reason, ACPI_BAD_CHECKSUM);
	assert_int_equal(tables.refs[1].reason, ACPI_BAD_LENGTH);
	assert_int_equal(tables.refs[2].reason, ACPI_BAD_LENGTH);
	assert_int_equal(tables.refs[3].reason, ACPI_UNREACHABLE);
	assert_int_equal(tables.refs[4].reason, ACPI_UNREACHABLE);
	assert_int_equal(tables.refs[5].reason, ACPI_UNREACHABLE);
	assert_int_equal(tables.refs[6].reason, ACPI_SELF_REFERENCE);
	assert_int_equal(tables.refs[7].reason, ACPI_DUPLICATE);
	assert_int_equal(tables.refs[8].reason, ACPI_SELF_REFERENCE);
	assert_int_equal(acpi_find_table(&tables, "FACP", 0, &table), ACPI_BAD_CHECKSUM);
	assert_int_equal(acpi_find_table(&tables, "APIC", 0, &table), ACPI_BAD_LENGTH);
}

static void too_many_tables_are_counted(void **state)
{
	uint64_t list[ACPI_MAX_TABLES + 10];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(list); i++) {
		list[i] = TABLE(i);
		put_table(&phys, list[i], "SSDT", NULL, 36);
	}
	put_root(XSDT, "XSDT", list, ARRAY_SIZE(list));
	assert_int_equal(init(RSDP), ACPI_OK);
	assert_int_equal(tables.count, ACPI_MAX_TABLES);
	assert_int_equal(tables.dropped, 10);
}

static void signatures_are_made_printable(void **state)
{
	(void)state;
	put_table(&phys, TABLE(0),
		  "\x01"
		  "A\xff\n",
		  "body", 40);
	assert_int_equal(init(RSDP), ACPI_OK);
	assert_string_equal(tables.refs[0].signature, "?A??");
}

static void fields_beyond_the_table_read_as_zero(void **state)
{
	static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8};
	struct acpi_table table = {.data = bytes, .len = 8};

	(void)state;
	assert_int_equal(acpi_u8(&table, 7), 8);
	assert_int_equal(acpi_u8(&table, 8), 0);
	assert_int_equal(acpi_u16(&table, 6), 0x0807);
	assert_int_equal(acpi_u16(&table, 7), 0);
	assert_int_equal(acpi_u32(&table, 4), 0x08070605);
	assert_int_equal(acpi_u32(&table, 5), 0);
	assert_int_equal(acpi_u32(&table, UINT32_MAX), 0);
	assert_true(acpi_u64(&table, 0) == 0x0807060504030201);
	assert_int_equal(acpi_u64(&table, 1), 0);
	table.len = 0;
	assert_int_equal(acpi_u8(&table, 0), 0);
}

static void every_reason_has_words(void **state)
{
	(void)state;
	for (int i = ACPI_OK; i <= ACPI_BAD_CONTENT; i++)
		assert_non_null(acpi_reason_text((enum acpi_reason)i));
	assert_string_equal(acpi_reason_text((enum acpi_reason)99), "unknown reason");
}

int main(void)
{
	static const struct {
		const char *name;
		CMUnitTestFunction run;
	} cases[] = {
		{"the XSDT is listed and looked up", lists_the_xsdt},
		{"a version 1 root pointer lists the RSDT", version_1_lists_the_rsdt},
		{"a broken XSDT falls back to the RSDT", broken_xsdt_falls_back_to_the_rsdt},
		{"a broken extended root pointer serves as version 1",
		 broken_extended_root_pointer_serves_as_version_1},
		{"a bad hint leads to a search", searches_when_the_hint_is_no_good},
		{"the extended BIOS data area is searched first", searches_the_ebda_first},
		{"the search skips broken root pointers", search_skips_broken_pointers},
		{"no root pointer is not found", no_root_pointer_is_not_found},
		{"a root pointer that leads nowhere is refused", root_without_tables_is_refused},
		{"broken tables keep the reason", broken_tables_keep_their_reason},
		{"too many tables are counted", too_many_tables_are_counted},
		{"signatures are made printable", signatures_are_made_printable},
		{"fields beyond the table read as zero", fields_beyond_the_table_read_as_zero},
		{"every reason has words", every_reason_has_words},
	};
	struct CMUnitTest tests[ARRAY_SIZE(cases)];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		tests[i] = (struct CMUnitTest){cases[i].name, cases[i].run, setup, teardown, NULL};
	return cmocka_run_group_tests_name("acpi_tables", tests, NULL, NULL);
}
