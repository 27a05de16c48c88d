/* The ACPI power-management timer, 3.579545 MHz (ACPI specification 6.5, 4.8.3.3). */
#include "kernel/arch/io.h"
#include "kernel/arch/x86_64/acpi_init.h"
#include "kernel/arch/x86_64/clock_impl.h"
#include "kernel/lib/errno.h"

#define PM_TIMER_PERIOD_FS 279365115

static uint64_t read_pm_timer(void)
{
	return arch_io_read32((uint16_t)acpi_platform.fadt.pm_timer.addr);
}

int pm_timer_init(struct clock_reference *out)
{
	const struct acpi_register *reg = &acpi_platform.fadt.pm_timer;

	if (!acpi_platform.has_fadt || reg->addr == 0 || reg->addr > UINT16_MAX - 3 ||
	    reg->space != ACPI_SPACE_IO)
		return -ENODEV;
	*out = (struct clock_reference){
		.name = "ACPI PM timer",
		.read = read_pm_timer,
		/* The eight upper bits are not there on every machine; no need of them. */
		.mask = 0xffffff,
		.period_fs = PM_TIMER_PERIOD_FS,
		.window_us = 3000,
	};
	return 0;
}
