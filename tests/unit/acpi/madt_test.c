#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/acpi/madt.h"
#include "tests/unit/acpi/fake_tables.h"

static struct madt madt;
static uint8_t body[16384];
static uint32_t used;

static int setup(void **state)
{
	(void)state;
	memset(body, 0, sizeof(body));
	put32(body, 0xfee00000);
	put32(body + 4, 1);
	used = 8;
	return 0;
}

static uint8_t *add(uint8_t type, uint8_t len)
{
	uint8_t *entry = body + used;

	entry[0] = type;
	entry[1] = len;
	used += len;
	return entry;
}

static void add_lapic(uint8_t uid, uint8_t id, uint32_t flags)
{
	uint8_t *entry = add(0, 8);

	entry[2] = uid;
	entry[3] = id;
	put32(entry + 4, flags);
}

static void add_x2apic(uint32_t uid, uint32_t id, uint32_t flags)
{
	uint8_t *entry = add(9, 16);

	put32(entry + 4, id);
	put32(entry + 8, flags);
	put32(entry + 12, uid);
}

static void add_ioapic(uint8_t id, uint32_t addr, uint32_t gsi_base)
{
	uint8_t *entry = add(1, 12);

	entry[2] = id;
	put32(entry + 4, addr);
	put32(entry + 8, gsi_base);
}

static void add_override(uint8_t bus, uint8_t irq, uint32_t gsi, uint16_t flags)
{
	uint8_t *entry = add(2, 10);

	entry[2] = bus;
	entry[3] = irq;
	put32(entry + 4, gsi);
	put16(entry + 8, flags);
}

/* Parses a copy of the exact size. */
static enum acpi_reason parse(void)
{
	uint8_t *storage = malloc(ACPI_HEADER_LEN + used);
	struct acpi_table table;
	enum acpi_reason reason;

	assert_non_null(storage);
	table = make_table(storage, body, used);
	memset(&madt, 0xa5, sizeof(madt));
	reason = madt_parse(&table, &madt);
	free(storage);
	return reason;
}

static void lists_processors(void **state)
{
	(void)state;
	add_lapic(1, 0, 1);
	add_lapic(2, 4, 1);
	add_lapic(3, 6, 2);
	add_lapic(4, 8, 0);
	add_lapic(5, 255, 1);
	add_x2apic(300, 300, 1);
	add_x2apic(301, UINT32_MAX, 1);
	assert_int_equal(parse(), ACPI_OK);
	assert_int_equal(madt.warnings, 0);
	assert_int_equal(madt.cpu_count, 4);
	assert_int_equal(madt.cpus[1].apic_id, 4);
	assert_int_equal(madt.cpus[1].uid, 2);
	assert_true(madt.cpus[1].is_enabled && !madt.cpus[1].is_online_capable);
	assert_true(!madt.cpus[2].is_enabled && madt.cpus[2].is_online_capable);
	assert_int_equal(madt.cpus[3].apic_id, 300);
	assert_true(madt.cpus[3].is_x2apic);
	assert_true(madt.has_8259);
	assert_int_equal(madt.lapic_addr, 0xfee00000);
}

static void a_processor_counts_once(void **state)
{
	(void)state;
	add_lapic(1, 0, 1);
	add_x2apic(1, 0, 1);
	add_lapic(9, 0, 2);
	assert_int_equal(parse(), ACPI_OK);
	assert_int_equal(madt.cpu_count, 1);
	assert_false(madt.cpus[0].is_x2apic);
	assert_int_equal(madt.warnings, MADT_WARN_DUPLICATE_CPU);
}

static void processors_are_bounded(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < MADT_MAX_CPUS + 5; i++)
		add_x2apic(i, i, 1);
	assert_int_equal(parse(), ACPI_OK);
	assert_int_equal(madt.cpu_count, MADT_MAX_CPUS);
	assert_int_equal(madt.dropped_cpus, 5);
	assert_int_equal(madt.warnings, MADT_WARN_TOO_MANY);
}

static void lists_ioapics(void **state)
{
	(void)state;
	add_ioapic(0, 0xfec00000, 0);
	add_ioapic(1, 0xfec01000, 24);
	add_ioapic(2, 0, 48);
	add_ioapic(3, 0xfec01000, 72);
	add_ioapic(4, 0xfec02000, 24);
	assert_int_equal(parse(), ACPI_OK);
	assert_int_equal(madt.ioapic_count, 2);
	assert_int_equal(madt.ioapics[1].addr, 0xfec01000);
	assert_int_equal(madt.ioapics[1].gsi_base, 24);
	assert_int_equal(madt.warnings, MADT_WARN_BAD_ENTRY | MADT_WARN_DUPLICATE_GSI);

	setup(NULL);
	for (uint32_t i = 0; i < MADT_MAX_IOAPICS + 1; i++)
		add_ioapic((uint8_t)i, 0xfec00000 + i * 0x1000, i * 24);
	assert_int_equal(parse(), ACPI_OK);
	assert_int_equal(madt.ioapic_count, MADT_MAX_IOAPICS);
	assert_int_equal(madt.warnings, MADT_WARN_TOO_MANY);
}

static void routes_isa_interrupts(void **state)
{
	struct madt_override route;

	(void)state;
	add_override(0, 0, 2, 0);
	add_override(0, 9, 9, 0xd);
	add_override(0, 5, 20, 0xf);
	add_override(0, 5, 21, 0);
	add_override(1, 6, 22, 0);
	add_override(0, 16, 23, 0);
	assert_int_equal(parse(), ACPI_OK);
	assert_int_equal(madt.override_count, 3);
	assert_int_equal(madt.warnings, MADT_WARN_BAD_ENTRY | MADT_WARN_DUPLICATE_GSI);
	route = madt_isa_route(&madt, 0);
	assert_int_equal(route.gsi, 2);
	assert_false(route.is_level || route.is_active_low);
	route = madt_isa_route(&madt, 9);
	assert_true(route.is_level && !route.is_active_low);
	route = madt_isa_route(&madt, 5);
	assert_int_equal(route.gsi, 20);
	assert_true(route.is_level && route.is_active_low);
	route = madt_isa_route(&madt, 4);
	assert_int_equal(route.gsi, 4);
	assert_int_equal(route.isa_irq, 4);
	assert_false(route.is_level || route.is_active_low);
}

static void lists_nmis(void **state)
{
	uint8_t *entry;

	(void)state;
	entry = add(4, 6);
	entry[2] = 0xff;
	put16(entry + 3, 0xf);
	entry[5] = 1;
	entry = add(4, 6);
	entry[2] = 3;
	entry[5] = 2;
	entry = add(10, 12);
	put32(entry + 4, 300);
	entry[8] = 1;
	entry = add(3, 8);
	put16(entry + 2, 0xf);
	put32(entry + 4, 30);
	assert_int_equal(parse(), ACPI_OK);
	assert_int_equal(madt.nmi_count, 2);
	assert_int_equal(madt.nmis[0].uid, MADT_ALL_CPUS);
	assert_int_equal(madt.nmis[0].lint, 1);
	assert_true(madt.nmis[0].is_level && madt.nmis[0].is_active_low);
	assert_int_equal(madt.nmis[1].uid, 300);
	assert_int_equal(madt.nmi_source_count, 1);
	assert_int_equal(madt.nmi_sources[0].gsi, 30);
	assert_int_equal(madt.warnings, MADT_WARN_BAD_ENTRY);
}

static void nmis_are_bounded(void **state)
{
	(void)state;
	for (int i = 0; i < MADT_MAX_NMIS + 1; i++) {
		add(4, 6);
		add(3, 8);
	}
	for (uint8_t i = 0; i < 16; i++)
		add_override(0, i, i, 0);
	assert_int_equal(parse(), ACPI_OK);
	assert_int_equal(madt.nmi_count, MADT_MAX_NMIS);
	assert_int_equal(madt.nmi_source_count, MADT_MAX_NMIS);
	assert_int_equal(madt.override_count, 16);
	assert_int_equal(madt.warnings, MADT_WARN_TOO_MANY);
}

static void local_apic_may_be_elsewhere(void **state)
{
	static const uint64_t bad[] = {0, 0xfee00001, UINT64_MAX & ~0xfffull};
	uint8_t *entry;

	(void)state;
	entry = add(5, 12);
	put64(entry + 4, 0x1fee00000);
	assert_int_equal(parse(), ACPI_OK);
	assert_int_equal(madt.lapic_addr, 0x1fee00000);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		put64(entry + 4, bad[i]);
		assert_int_equal(parse(), ACPI_OK);
		assert_int_equal(madt.lapic_addr, 0xfee00000);
		assert_int_equal(madt.warnings, MADT_WARN_BAD_ENTRY);
	}
	put32(body, 0);
	assert_int_equal(parse(), ACPI_OK);
	assert_int_equal(madt.lapic_addr, 0xfee00000);
}

static void entry_lengths_that_lead_nowhere_end_the_list(void **state)
{
	static const uint8_t lens[] = {0, 1, 9, 255};

	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		setup(state);
		add_lapic(0, 0, 1);
		add_lapic(1, 1, 1);
		body[used - 7] = lens[i];
		assert_int_equal(parse(), ACPI_OK);
		assert_int_equal(madt.cpu_count, 1);
		assert_int_equal(madt.warnings, MADT_WARN_TRUNCATED);
	}
	setup(state);
	add_lapic(0, 0, 1);
	used++;
	assert_int_equal(parse(), ACPI_OK);
	assert_int_equal(madt.warnings, MADT_WARN_TRUNCATED);
}

static void short_entries_are_skipped(void **state)
{
	static const uint8_t kinds[][2] = {{0, 7}, {1, 11}, {2, 9},  {3, 7},
					   {4, 5}, {5, 11}, {9, 15}, {10, 11}};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		setup(state);
		memset(add(kinds[i][0], kinds[i][1]) + 2, 1, kinds[i][1] - 2u);
		add(77, 2);
		assert_int_equal(parse(), ACPI_OK);
		assert_int_equal(madt.warnings, MADT_WARN_BAD_ENTRY);
		assert_int_equal(madt.cpu_count + madt.ioapic_count + madt.override_count +
					 madt.nmi_count + madt.nmi_source_count,
				 0);
	}
}

static void too_short_a_table_is_refused(void **state)
{
	(void)state;
	used = 7;
	assert_int_equal(parse(), ACPI_BAD_LENGTH);
	assert_int_equal(madt.cpu_count, 0);
	used = 8;
	assert_int_equal(parse(), ACPI_OK);
}

int main(void)
{
	static const struct {
		const char *name;
		CMUnitTestFunction run;
	} cases[] = {
		{"processors that are or may be on are listed", lists_processors},
		{"a processor listed twice counts once", a_processor_counts_once},
		{"processors are bounded and the rest counted", processors_are_bounded},
		{"I/O APICs are listed once each, bounded", lists_ioapics},
		{"ISA interrupts are routed by overrides", routes_isa_interrupts},
		{"NMIs are listed", lists_nmis},
		{"NMIs are bounded", nmis_are_bounded},
		{"the local APIC may be elsewhere", local_apic_may_be_elsewhere},
		{"an entry length that leads nowhere ends the list",
		 entry_lengths_that_lead_nowhere_end_the_list},
		{"entries too short for their kind are skipped", short_entries_are_skipped},
		{"a table shorter than its fixed part is refused", too_short_a_table_is_refused},
	};
	struct CMUnitTest tests[ARRAY_SIZE(cases)];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		tests[i] = (struct CMUnitTest){cases[i].name, cases[i].run, setup, NULL, NULL};
	return cmocka_run_group_tests_name("madt", tests, NULL, NULL);
}
