#include "kernel/arch/x86_64/platform.h"

#include "kernel/arch/x86_64/acpi_init.h"
#include "kernel/arch/x86_64/apic.h"
#include "kernel/arch/x86_64/clock_impl.h"
#include "kernel/arch/x86_64/cpuid.h"
#include "kernel/arch/x86_64/fpu.h"
#include "kernel/arch/x86_64/platform_impl.h"

#define DEFAULT_LAPIC 0xfee00000u

void platform_init(const struct boot_info *info)
{
	const struct madt *madt;

	cpu_init_control_registers();
	cpu_features_log();
	fpu_init();
	madt = acpi_init(info);
	pic_init();
	apic_init(madt ? madt->lapic_addr : DEFAULT_LAPIC);
	smp_init(madt);
	ioapic_init(madt);
	power_init();

	/* One wait calibrates both. */
	apic_timer_start_calibration();
	clock_init();
	apic_timer_init();
	apic_timer_init_cpu();
}
