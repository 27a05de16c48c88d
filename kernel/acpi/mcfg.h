/* MCFG: where PCI Express configuration space is mapped (PCI Firmware specification 3.3, 4.1.2). */
#ifndef KERNEL_ACPI_MCFG_H
#define KERNEL_ACPI_MCFG_H

#include <stdint.h>

#include "kernel/acpi/acpi_tables.h"

#define MCFG_MAX_RANGES 16
#define MCFG_BUS_BYTES (1u << 20) /* 32 devices of 8 functions of 4 KiB */

struct mcfg_range {
	paddr_t base; /* of bus 0, even when start_bus is another */
	uint16_t segment;
	uint8_t start_bus;
	uint8_t end_bus; /* the last one */
};

struct mcfg {
	struct mcfg_range ranges[MCFG_MAX_RANGES];
	uint32_t count;
	uint32_t skipped; /* entries that cannot be, or too many */
};

/* Reads a checked table "MCFG". ACPI_BAD_CONTENT when no range is left. */
MUST_CHECK enum acpi_reason mcfg_parse(const struct acpi_table *table, struct mcfg *out);

#endif
