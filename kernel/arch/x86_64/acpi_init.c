/*
 * Reading the ACPI tables of this machine.
 *
 * The parsers are in kernel/acpi; here is the window through which they see
 * physical memory, and the log of what came out. The window is the direct map:
 * a table pointer to anything that is not memory is refused.
 */
#include "kernel/arch/x86_64/acpi_init.h"

#include "kernel/arch/mmu.h"
#include "kernel/lib/fmt.h"
#include "kernel/mm/page.h"

#define LOG_PREFIX "arch/acpi: "
#include "kernel/core/log.h"

AFTER_BOOT_CONST struct acpi_platform acpi_platform;

static struct acpi_tables tables INIT_BSS;
static struct madt madt INIT_BSS;

/* Whether all of the range is in the direct map, which holds no device's registers. */
INIT_TEXT static const void *map_table(void *ctx UNUSED, paddr_t addr, size_t len)
{
	paddr_t root = arch_mmu_kernel_root();
	paddr_t end = addr + len;
	struct mmu_mapping mapping;

	if (end > ARCH_DIRECT_MAP_END - ARCH_DIRECT_MAP_BASE)
		return NULL;
	for (paddr_t at = addr; at < end;
	     at = ALIGN_DOWN(at, mapping.page_size) + mapping.page_size) {
		if (arch_mmu_query(root, ARCH_DIRECT_MAP_BASE + at, &mapping) != 0)
			return NULL;
	}
	return paddr_to_vaddr(addr);
}

INIT_TEXT static void log_tables(void)
{
	char line[256];
	size_t len = 0;

	line[0] = '\0';
	for (uint32_t i = 0; i < tables.count; i++) {
		const struct acpi_table_ref *ref = &tables.refs[i];

		if (ref->reason != ACPI_OK) {
			log_warn("table %s at 0x%lx ignored: %s", ref->signature, ref->addr,
				 acpi_reason_text(ref->reason));
			continue;
		}
		if (len < sizeof(line) - 8)
			len += fmt_snprintf(line + len, sizeof(line) - len, " %s", ref->signature);
	}
	if (tables.dropped)
		log_warn("%u tables beyond the limit ignored", tables.dropped);
	log_info("revision %u by %s, tables:%s", tables.revision, tables.oem_id, line);
}

/* Finds the table and reports why not, unless it is simply absent. */
INIT_TEXT static bool find(const char *signature, struct acpi_table *table)
{
	return acpi_find_table(&tables, signature, 0, table) == ACPI_OK;
}

INIT_TEXT static bool check(const char *what, enum acpi_reason reason)
{
	if (reason == ACPI_OK)
		return true;
	log_warn("%s ignored: %s", what, acpi_reason_text(reason));
	return false;
}

INIT_TEXT static void read_fadt(void)
{
	struct acpi_platform *p = &acpi_platform;
	struct acpi_table table;

	if (!find("FACP", &table))
		return;
	p->has_fadt = check("FADT", fadt_parse(&table, &p->fadt));
	if (!p->has_fadt)
		return;
	p->has_sleep_type = acpi_find_sleep_type(&tables, &p->fadt, &p->s5) == ACPI_OK;
	if (!p->has_sleep_type)
		log_warn("no \\_S5_ found: this machine cannot be switched off");
}

INIT_TEXT static const struct madt *read_madt(void)
{
	struct acpi_table table;

	if (!find("APIC", &table) || !check("MADT", madt_parse(&table, &madt)))
		return NULL;
	if (madt.warnings)
		log_warn("MADT has errors (0x%x), read as far as it makes sense", madt.warnings);
	return &madt;
}

INIT_TEXT const struct madt *acpi_init(const struct boot_info *info)
{
	const struct boot_memory mem = {.map = map_table};
	struct acpi_platform *p = &acpi_platform;
	const struct madt *result;
	struct acpi_table table;
	enum acpi_reason reason;

	reason = acpi_tables_init(&mem, info->rsdp, &tables);
	if (reason != ACPI_OK) {
		log_warn("no tables: %s; assuming one CPU and a PC", acpi_reason_text(reason));
		return NULL;
	}
	log_tables();
	read_fadt();
	result = read_madt();
	if (!result)
		log_warn("no usable MADT: assuming one CPU and a PC");
	if (find("HPET", &table))
		p->has_hpet = check("HPET", acpi_hpet_parse(&table, &p->hpet));
	if (find("MCFG", &table))
		p->has_mcfg = check("MCFG", mcfg_parse(&table, &p->mcfg));
	return result;
}
