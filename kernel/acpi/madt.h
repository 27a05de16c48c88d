/* MADT: processors and interrupt controllers (ACPI specification 6.5, 5.2.12). */
#ifndef KERNEL_ACPI_MADT_H
#define KERNEL_ACPI_MADT_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/acpi/acpi_tables.h"

#define MADT_MAX_CPUS 256
#define MADT_MAX_IOAPICS 16
#define MADT_MAX_OVERRIDES 32
#define MADT_MAX_NMIS 32

/* As the processor uid of an NMI: it is wired to every processor. */
#define MADT_ALL_CPUS UINT32_MAX

struct madt_cpu {
	uint32_t apic_id;
	uint32_t uid; /* ACPI's own name of the processor */
	bool is_enabled;
	bool is_online_capable; /* may be switched on later */
	bool is_x2apic;		/* its id does not fit the old APIC */
};

struct madt_ioapic {
	paddr_t addr;
	uint32_t gsi_base; /* the first global interrupt it serves */
	uint8_t id;
};

/* An ISA interrupt that is not wired to the global interrupt of its number. */
struct madt_override {
	uint32_t gsi;
	uint8_t isa_irq;
	bool is_active_low;
	bool is_level;
};

struct madt_nmi {
	uint32_t uid; /* or MADT_ALL_CPUS */
	uint8_t lint; /* 0 or 1 */
	bool is_active_low;
	bool is_level;
};

/* An I/O APIC input that must deliver an NMI. */
struct madt_nmi_source {
	uint32_t gsi;
	bool is_active_low;
	bool is_level;
};

enum madt_warning {
	MADT_WARN_BAD_ENTRY = 1u << 0,	   /* too short or senseless, skipped */
	MADT_WARN_TRUNCATED = 1u << 1,	   /* an entry whose length leads nowhere ended the list */
	MADT_WARN_TOO_MANY = 1u << 2,	   /* some array was full; see dropped_cpus too */
	MADT_WARN_DUPLICATE_CPU = 1u << 3, /* the same APIC id twice; the first counts */
	MADT_WARN_DUPLICATE_GSI = 1u
				  << 4, /* two I/O APICs or overrides for one; the first counts */
};

struct madt {
	paddr_t lapic_addr;
	bool has_8259; /* a pair of 8259s that must be masked */
	struct madt_cpu cpus[MADT_MAX_CPUS];
	struct madt_ioapic ioapics[MADT_MAX_IOAPICS];
	struct madt_override overrides[MADT_MAX_OVERRIDES];
	struct madt_nmi nmis[MADT_MAX_NMIS];
	struct madt_nmi_source nmi_sources[MADT_MAX_NMIS];
	uint32_t cpu_count;
	uint32_t ioapic_count;
	uint32_t override_count;
	uint32_t nmi_count;
	uint32_t nmi_source_count;
	uint32_t dropped_cpus;
	uint32_t warnings;
};

/*
 * Reads a checked table "APIC" into *out (some 6 KiB: not for a stack). Entries
 * that are neither enabled nor online-capable are no processors. Processors come
 * in the order of the table.
 */
MUST_CHECK enum acpi_reason madt_parse(const struct acpi_table *table, struct madt *out);

/*
 * Where an ISA interrupt (0 to 15) arrives. Without an override that is the
 * global interrupt of its number, edge-triggered and active high.
 */
struct madt_override madt_isa_route(const struct madt *madt, uint8_t isa_irq);

#endif
