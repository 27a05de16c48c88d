/*
 * Fuzzing everything that reads ACPI tables.
 *
 * The input is fake physical memory at the place of the BIOS area, so that the
 * search meets it too. Random bytes never have good checksums: unless the first
 * byte says otherwise, a root pointer at the start is completed and every table
 * that its root table lists is given a right checksum, as far as lengths allow.
 * The same bytes also go straight to each parser.
 */
#include <stddef.h>
#include <stdint.h>

#include "kernel/acpi/acpi_tables.h"
#include "kernel/acpi/fadt.h"
#include "kernel/acpi/hpet.h"
#include "kernel/acpi/madt.h"
#include "kernel/acpi/mcfg.h"
#include "tests/unit/acpi/fake_tables.h"

#define BASE 0xe0000
#define MAX_LEN 0x4000

static struct acpi_tables tables;
static struct madt madt;
static struct fadt fadt;
static struct mcfg mcfg;

static void check(int condition)
{
	if (!condition)
		abort();
}

static void repair_table(uint8_t *memory, size_t size, uint64_t addr)
{
	uint32_t len;

	if (addr < BASE || addr - BASE > size || size - (addr - BASE) < ACPI_HEADER_LEN)
		return;
	memcpy(&len, memory + (addr - BASE) + 4, 4);
	if (len >= ACPI_HEADER_LEN && len <= size - (addr - BASE))
		fix_checksum(memory + (addr - BASE), len, 9);
}

/* Root pointer at 0, XSDT at 64, its entries anywhere. */
static void repair(struct fake_phys *phys, uint8_t *memory, size_t size)
{
	uint32_t len;

	if (size < 128)
		return;
	put_rsdp(phys, BASE, memory[15] & 2, BASE + 64, memory[15] & 1 ? 0 : BASE + 64);
	memcpy(memory + 64, memory[15] & 1 ? "RSDT" : "XSDT", 4);
	memcpy(&len, memory + 68, 4);
	for (uint32_t pos = ACPI_HEADER_LEN; pos + 8 <= len && pos + 8 <= size - 64; pos += 8) {
		uint64_t addr;

		memcpy(&addr, memory + 64 + pos, 8);
		repair_table(memory, size, addr);
	}
	repair_table(memory, size, BASE + 64);
}

static void check_madt(void)
{
	check(madt.cpu_count <= MADT_MAX_CPUS && madt.ioapic_count <= MADT_MAX_IOAPICS);
	check(madt.override_count <= MADT_MAX_OVERRIDES && madt.nmi_count <= MADT_MAX_NMIS);
	check(madt.nmi_source_count <= MADT_MAX_NMIS);
	for (uint32_t irq = 0; irq < 16; irq++)
		check(madt_isa_route(&madt, (uint8_t)irq).isa_irq == irq);
}

static void parse_each(const struct acpi_table *table)
{
	struct acpi_sleep_type s5;
	struct acpi_hpet hpet;

	if (madt_parse(table, &madt) == ACPI_OK)
		check_madt();
	if (fadt_parse(table, &fadt) == ACPI_OK)
		check(!fadt.has_reset || fadt.reset.addr != 0);
	if (acpi_hpet_parse(table, &hpet) == ACPI_OK)
		check(hpet.addr != 0 && hpet.comparator_count >= 1);
	if (mcfg_parse(table, &mcfg) == ACPI_OK)
		check(mcfg.count > 0 && mcfg.count <= MCFG_MAX_RANGES);
	if (acpi_find_s5(table, &s5) == ACPI_OK)
		check(s5.a <= 7 && s5.b <= 7);
}

static void parse_listed(void)
{
	struct acpi_sleep_type s5;
	struct acpi_table table;

	check(tables.count <= ACPI_MAX_TABLES);
	for (uint32_t i = 0; i < tables.count; i++) {
		check(strlen(tables.refs[i].signature) == 4);
		if (acpi_find_table(&tables, tables.refs[i].signature, 0, &table) == ACPI_OK)
			parse_each(&table);
	}
	if (acpi_find_table(&tables, "FACP", 0, &table) == ACPI_OK &&
	    fadt_parse(&table, &fadt) == ACPI_OK)
		(void)!acpi_find_sleep_type(&tables, &fadt, &s5);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct acpi_table table = {.data = data + 1, .len = (uint32_t)(size - 1)};
	struct fake_phys phys;
	uint8_t *memory;

	if (size < 2 || size > MAX_LEN)
		return 0;
	parse_each(&table);

	fake_phys_init(&phys);
	memory = fake_phys_add(&phys, BASE, ALIGN_UP(size - 1, PAGE_SIZE));
	memcpy(memory, data + 1, size - 1);
	if (!(data[0] & 1))
		repair(&phys, memory, size - 1);
	if (acpi_tables_init(&phys.mem, data[0] & 2 ? BASE : 0, &tables) == ACPI_OK)
		parse_listed();
	else
		check(tables.count == 0);
	fake_phys_fini(&phys);
	return 0;
}
