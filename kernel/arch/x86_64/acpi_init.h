/* The ACPI tables of this machine, as far as the kernel uses them after boot. */
#ifndef KERNEL_ARCH_X86_64_ACPI_INIT_H
#define KERNEL_ARCH_X86_64_ACPI_INIT_H

#include <stdbool.h>

#include "kernel/acpi/fadt.h"
#include "kernel/acpi/hpet.h"
#include "kernel/acpi/madt.h"
#include "kernel/acpi/mcfg.h"
#include "kernel/core/boot_info.h"

/* Each part is valid only if its flag says so. Constant after acpi_init(). */
struct acpi_platform {
	bool has_fadt;
	bool has_sleep_type;
	bool has_hpet;
	bool has_mcfg;
	struct fadt fadt;
	struct acpi_sleep_type s5;
	struct acpi_hpet hpet;
	struct mcfg mcfg;
};

extern struct acpi_platform acpi_platform;

/*
 * Finds and reads the tables, logging what was found and why one was ignored.
 * Returns the MADT, valid until boot memory is freed, or NULL without a usable
 * one. Boot CPU, once, after kmap works.
 */
const struct madt *acpi_init(const struct boot_info *info);

#endif
