/* HPET: a counter of known rate (IA-PC HPET specification 1.0a, 2.3). */
#include "kernel/acpi/hpet.h"

#include "kernel/arch/io.h"
#include "kernel/arch/x86_64/acpi_init.h"
#include "kernel/arch/x86_64/clock_impl.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/kmap.h"

#define LOG_PREFIX "arch/hpet: "
#include "kernel/core/log.h"

#define REGISTERS_LEN 0x400
#define CAPABILITIES 0x00
#define CAPABILITIES_64BIT (1u << 13)
#define CONFIGURATION 0x10
#define CONFIGURATION_ENABLE (1u << 0)
#define CONFIGURATION_LEGACY (1u << 1)
#define COUNTER 0xf0
#define COUNTER_HIGH 0xf4

static volatile uint8_t *registers;
static uint32_t period_fs;
static bool is_64bit;

static uint64_t read_low(void)
{
	return mmio_read32(registers + COUNTER);
}

/* A read of 64 bits may be carried out as two of 32, so it is two here. */
uint64_t hpet_read_counter(void)
{
	uint32_t high = mmio_read32(registers + COUNTER_HIGH);
	uint32_t again, low;

	for (;;) {
		low = mmio_read32(registers + COUNTER);
		again = mmio_read32(registers + COUNTER_HIGH);
		if (again == high)
			return (uint64_t)high << 32 | low;
		high = again;
	}
}

bool hpet_is_64bit(void)
{
	return is_64bit;
}

uint32_t hpet_period_fs(void)
{
	return period_fs;
}

static int start_device(void)
{
	volatile void *page;
	uint64_t capabilities;
	uint32_t configuration;
	enum acpi_reason reason;

	if (!acpi_platform.has_hpet)
		return -ENODEV;
	if (kmap_device(acpi_platform.hpet.addr, REGISTERS_LEN, MMU_WRITE | MMU_DEVICE, &page) != 0)
		return -ENODEV;

	registers = page;
	capabilities = (uint64_t)mmio_read32(registers + CAPABILITIES + 4) << 32 |
		       mmio_read32(registers + CAPABILITIES);
	reason = acpi_hpet_period(capabilities, &period_fs);
	if (reason != ACPI_OK) {
		log_warn("ignored, the device at 0x%lx: %s", acpi_platform.hpet.addr,
			 acpi_reason_text(reason));
		kmap_unmap(page);
		registers = NULL;
		return -ENODEV;
	}
	is_64bit = (capabilities & CAPABILITIES_64BIT) != 0;
	configuration = mmio_read32(registers + CONFIGURATION);
	configuration |= CONFIGURATION_ENABLE;
	configuration &= ~CONFIGURATION_LEGACY;
	mmio_write32(registers + CONFIGURATION, configuration);
	return 0;
}

int hpet_init(struct clock_reference *out)
{
	int err = registers ? 0 : start_device();

	if (err)
		return err;
	*out = (struct clock_reference){
		.name = "HPET",
		.read = read_low,
		.mask = UINT32_MAX,
		.period_fs = period_fs,
		.window_us = 1000,
	};
	return 0;
}
