/*
 * FADT: fixed hardware - power management registers, reset, legacy devices
 * (ACPI specification 6.5, 5.2.9) - and the sleep values that go with them.
 */
#ifndef KERNEL_ACPI_FADT_H
#define KERNEL_ACPI_FADT_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/acpi/acpi_tables.h"

/* A register. Absent: addr is 0. */
struct acpi_register {
	uint64_t addr;
	enum acpi_space space;
	uint8_t bits; /* its width */
};

struct fadt {
	paddr_t dsdt; /* 0: none */
	uint16_t sci_irq;
	uint32_t smi_cmd; /* port; 0: always in ACPI mode */
	uint8_t acpi_enable;
	uint8_t acpi_disable;

	struct acpi_register pm1a_event;
	struct acpi_register pm1b_event;
	struct acpi_register pm1a_control;
	struct acpi_register pm1b_control;
	struct acpi_register pm_timer;
	bool is_pm_timer_32bit; /* else 24 bits */

	/* Of a hardware-reduced platform, which has no PM1 blocks. */
	bool is_hw_reduced;
	struct acpi_register sleep_control;
	struct acpi_register sleep_status;

	bool has_reset;
	struct acpi_register reset;
	uint8_t reset_value;

	/* IAPC_BOOT_ARCH; what old tables cannot say counts as present. */
	bool has_8042;
	bool has_vga;
	bool has_cmos_rtc;
	uint8_t century_reg; /* index in CMOS; 0: none */
};

/* What to write as SLP_TYP to enter S5, for either PM1 control block. */
struct acpi_sleep_type {
	uint8_t a;
	uint8_t b;
};

/*
 * Reads a checked table "FACP". Registers that cannot be are absent.
 * ACPI_BAD_LENGTH when it is shorter than that of ACPI 1.0.
 */
MUST_CHECK enum acpi_reason fadt_parse(const struct acpi_table *table, struct fadt *out);

/*
 * Looks for the package \_S5_ in a checked DSDT or SSDT. Not an interpreter: it
 * takes the first place that is byte for byte a name with a package of small
 * constants. ACPI_NOT_FOUND otherwise.
 */
MUST_CHECK enum acpi_reason acpi_find_s5(const struct acpi_table *aml, struct acpi_sleep_type *out);

/* The same in the FADT's DSDT, then in every SSDT. */
MUST_CHECK enum acpi_reason acpi_find_sleep_type(const struct acpi_tables *tables,
						 const struct fadt *fadt,
						 struct acpi_sleep_type *out);

#endif
