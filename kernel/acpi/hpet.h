/* The ACPI table that says where the HPET is (IA-PC HPET specification 1.0a, 3.2.4). */
#ifndef KERNEL_ACPI_HPET_H
#define KERNEL_ACPI_HPET_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/acpi/acpi_tables.h"

struct acpi_hpet {
	paddr_t addr;		  /* of its registers, 1 KiB */
	uint16_t min_tick;	  /* shortest periodic interval, in ticks */
	uint8_t number;		  /* of this block */
	uint8_t comparator_count; /* 1 to 32 */
	bool is_64bit;		  /* the main counter */
};

/* Reads a checked table "HPET". */
MUST_CHECK enum acpi_reason acpi_hpet_parse(const struct acpi_table *table, struct acpi_hpet *out);

/*
 * The length of a tick, in femtoseconds, from the capabilities register of the
 * device: it is in no table. ACPI_BAD_CONTENT for 0 or more than 100 ns.
 */
MUST_CHECK enum acpi_reason acpi_hpet_period(uint64_t capabilities, uint32_t *period_fs);

#endif
