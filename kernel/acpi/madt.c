#include "kernel/acpi/madt.h"

#include "kernel/lib/string.h"

#define MADT_FIXED_LEN 44
#define LAPIC_DEFAULT_ADDR 0xfee00000u

enum entry_type {
	ENTRY_LAPIC = 0,
	ENTRY_IOAPIC = 1,
	ENTRY_OVERRIDE = 2,
	ENTRY_NMI_SOURCE = 3,
	ENTRY_LAPIC_NMI = 4,
	ENTRY_LAPIC_ADDR = 5,
	ENTRY_X2APIC = 9,
	ENTRY_X2APIC_NMI = 10,
};

#define LAPIC_ENABLED (1u << 0)
#define LAPIC_ONLINE_CAPABLE (1u << 1)

/* MPS INTI flags: two bits of polarity, two of trigger mode; 3 is low or level. */
static bool flags_are_active_low(uint16_t flags)
{
	return (flags & 3) == 3;
}

static bool flags_are_level(uint16_t flags)
{
	return (flags >> 2 & 3) == 3;
}

static void add_cpu(struct madt *out, const struct madt_cpu *cpu, uint32_t flags)
{
	struct madt_cpu *added;

	if (!(flags & (LAPIC_ENABLED | LAPIC_ONLINE_CAPABLE)))
		return;
	for (uint32_t i = 0; i < out->cpu_count; i++) {
		if (out->cpus[i].apic_id == cpu->apic_id) {
			out->warnings |= MADT_WARN_DUPLICATE_CPU;
			return;
		}
	}
	if (out->cpu_count == MADT_MAX_CPUS) {
		out->warnings |= MADT_WARN_TOO_MANY;
		out->dropped_cpus++;
		return;
	}
	added = &out->cpus[out->cpu_count++];
	*added = *cpu;
	added->is_enabled = flags & LAPIC_ENABLED;
	added->is_online_capable = !added->is_enabled;
}

/* An id of all ones names no processor: some firmware fills empty sockets so. */
static void take_lapic(const struct acpi_table *entry, struct madt *out)
{
	struct madt_cpu cpu = {.uid = acpi_u8(entry, 2), .apic_id = acpi_u8(entry, 3)};

	if (cpu.apic_id != UINT8_MAX)
		add_cpu(out, &cpu, acpi_u32(entry, 4));
}

static void take_x2apic(const struct acpi_table *entry, struct madt *out)
{
	struct madt_cpu cpu = {.apic_id = acpi_u32(entry, 4), .uid = acpi_u32(entry, 12)};

	cpu.is_x2apic = true;
	if (cpu.apic_id != UINT32_MAX)
		add_cpu(out, &cpu, acpi_u32(entry, 8));
}

static void take_ioapic(const struct acpi_table *entry, struct madt *out)
{
	struct madt_ioapic ioapic = {
		.id = acpi_u8(entry, 2),
		.addr = acpi_u32(entry, 4),
		.gsi_base = acpi_u32(entry, 8),
	};

	if (ioapic.addr == 0) {
		out->warnings |= MADT_WARN_BAD_ENTRY;
		return;
	}
	for (uint32_t i = 0; i < out->ioapic_count; i++) {
		if (out->ioapics[i].gsi_base == ioapic.gsi_base ||
		    out->ioapics[i].addr == ioapic.addr) {
			out->warnings |= MADT_WARN_DUPLICATE_GSI;
			return;
		}
	}
	if (out->ioapic_count == MADT_MAX_IOAPICS)
		out->warnings |= MADT_WARN_TOO_MANY;
	else
		out->ioapics[out->ioapic_count++] = ioapic;
}

static void take_override(const struct acpi_table *entry, struct madt *out)
{
	uint16_t flags = acpi_u16(entry, 8);
	struct madt_override override = {
		.isa_irq = acpi_u8(entry, 3),
		.gsi = acpi_u32(entry, 4),
		.is_active_low = flags_are_active_low(flags),
		.is_level = flags_are_level(flags),
	};

	/* Bus 0 is ISA, and there is no other. */
	if (acpi_u8(entry, 2) != 0 || override.isa_irq > 15) {
		out->warnings |= MADT_WARN_BAD_ENTRY;
		return;
	}
	for (uint32_t i = 0; i < out->override_count; i++) {
		if (out->overrides[i].isa_irq == override.isa_irq) {
			out->warnings |= MADT_WARN_DUPLICATE_GSI;
			return;
		}
	}
	if (out->override_count == MADT_MAX_OVERRIDES)
		out->warnings |= MADT_WARN_TOO_MANY;
	else
		out->overrides[out->override_count++] = override;
}

static void take_nmi_source(const struct acpi_table *entry, struct madt *out)
{
	uint16_t flags = acpi_u16(entry, 2);

	if (out->nmi_source_count == MADT_MAX_NMIS) {
		out->warnings |= MADT_WARN_TOO_MANY;
		return;
	}
	out->nmi_sources[out->nmi_source_count++] = (struct madt_nmi_source){
		.gsi = acpi_u32(entry, 4),
		.is_active_low = flags_are_active_low(flags),
		.is_level = flags_are_level(flags),
	};
}

static void add_nmi(struct madt *out, uint32_t uid, uint16_t flags, uint8_t lint)
{
	if (lint > 1) {
		out->warnings |= MADT_WARN_BAD_ENTRY;
		return;
	}
	if (out->nmi_count == MADT_MAX_NMIS) {
		out->warnings |= MADT_WARN_TOO_MANY;
		return;
	}
	out->nmis[out->nmi_count++] = (struct madt_nmi){
		.uid = uid,
		.lint = lint,
		.is_active_low = flags_are_active_low(flags),
		.is_level = flags_are_level(flags),
	};
}

static void take_lapic_nmi(const struct acpi_table *entry, struct madt *out)
{
	uint8_t uid = acpi_u8(entry, 2);

	add_nmi(out, uid == UINT8_MAX ? MADT_ALL_CPUS : uid, acpi_u16(entry, 3), acpi_u8(entry, 5));
}

static void take_x2apic_nmi(const struct acpi_table *entry, struct madt *out)
{
	add_nmi(out, acpi_u32(entry, 4), acpi_u16(entry, 2), acpi_u8(entry, 8));
}

static void take_lapic_addr(const struct acpi_table *entry, struct madt *out)
{
	paddr_t addr = acpi_u64(entry, 4);

	if (addr == 0 || addr >= ACPI_PHYS_LIMIT || !IS_ALIGNED(addr, PAGE_SIZE))
		out->warnings |= MADT_WARN_BAD_ENTRY;
	else
		out->lapic_addr = addr;
}

static const struct entry_kind {
	uint8_t type;
	uint8_t min_len;
	void (*take)(const struct acpi_table *entry, struct madt *out);
} entry_kinds[] = {
	{ENTRY_LAPIC, 8, take_lapic},	      {ENTRY_IOAPIC, 12, take_ioapic},
	{ENTRY_OVERRIDE, 10, take_override},  {ENTRY_NMI_SOURCE, 8, take_nmi_source},
	{ENTRY_LAPIC_NMI, 6, take_lapic_nmi}, {ENTRY_LAPIC_ADDR, 12, take_lapic_addr},
	{ENTRY_X2APIC, 16, take_x2apic},      {ENTRY_X2APIC_NMI, 12, take_x2apic_nmi},
};

static void take_entry(const struct acpi_table *entry, struct madt *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(entry_kinds); i++) {
		const struct entry_kind *kind = &entry_kinds[i];

		if (kind->type != acpi_u8(entry, 0))
			continue;
		if (entry->len < kind->min_len)
			out->warnings |= MADT_WARN_BAD_ENTRY;
		else
			kind->take(entry, out);
	}
}

enum acpi_reason madt_parse(const struct acpi_table *table, struct madt *out)
{
	uint32_t pos = MADT_FIXED_LEN;

	memset(out, 0, sizeof(*out));
	if (table->len < MADT_FIXED_LEN)
		return ACPI_BAD_LENGTH;
	out->lapic_addr = acpi_u32(table, 36);
	if (out->lapic_addr == 0 || !IS_ALIGNED(out->lapic_addr, PAGE_SIZE))
		out->lapic_addr = LAPIC_DEFAULT_ADDR;
	out->has_8259 = acpi_u32(table, 40) & 1;

	while (pos < table->len) {
		struct acpi_table entry = {.data = table->data + pos};

		entry.len = acpi_u8(table, pos + 1);
		if (entry.len < 2 || entry.len > table->len - pos) {
			out->warnings |= MADT_WARN_TRUNCATED;
			break;
		}
		take_entry(&entry, out);
		pos += entry.len;
	}
	return ACPI_OK;
}

struct madt_override madt_isa_route(const struct madt *madt, uint8_t isa_irq)
{
	for (uint32_t i = 0; i < madt->override_count; i++) {
		if (madt->overrides[i].isa_irq == isa_irq)
			return madt->overrides[i];
	}
	return (struct madt_override){.isa_irq = isa_irq, .gsi = isa_irq};
}
