/*
 * Power-off, reset, halt.
 *
 * All of it must work from a panic, with other CPUs stopped and locks held, so
 * registers in memory are mapped beforehand and nothing here takes a lock.
 */
#include "kernel/arch/clock.h"
#include "kernel/arch/cpu.h"
#include "kernel/arch/io.h"
#include "kernel/arch/x86_64/acpi_init.h"
#include "kernel/arch/x86_64/clock_impl.h"
#include "kernel/arch/x86_64/platform_impl.h"
#include "kernel/mm/kmap.h"

#define LOG_PREFIX "arch/power: "
#include "kernel/core/log.h"

/* PM1 control (ACPI specification 6.5, 4.8.3.2). */
#define PM1_SCI_ENABLE (1u << 0)
#define PM1_SLEEP_TYPE_SHIFT 10
#define PM1_SLEEP_TYPE_MASK (7u << PM1_SLEEP_TYPE_SHIFT)
#define PM1_SLEEP_ENABLE (1u << 13)

/* Sleep control of a hardware-reduced platform (4.8.3.7). */
#define SLEEP_CONTROL_TYPE_SHIFT 2
#define SLEEP_CONTROL_ENABLE (1u << 5)

#define KEYBOARD_STATUS 0x64
#define KEYBOARD_STATUS_INPUT_FULL (1u << 1)
#define KEYBOARD_COMMAND 0x64
#define KEYBOARD_PULSE_RESET 0xfe

#define PCI_CONFIG_ADDRESS 0xcf8
#define PCI_CONFIG_DATA 0xcfc
#define PCI_CONFIG_ENABLE 0x80000000u

#define ACPI_ENABLE_TIMEOUT_US 3000
#define TRY_WAIT_US 100000 /* for the machine to go, before the next means is tried */

static volatile void *reset_memory;
static volatile void *sleep_control_memory;

void arch_delay_us(uint32_t us)
{
	uint64_t start = read_tsc();

	if (clock_tsc_hz() == 0) {
		/* Before the clock is known: a port access is about a microsecond. */
		while (us--)
			arch_io_delay();
		return;
	}
	while (clock_tsc_to_ns(read_tsc() - start) < us * 1000ull)
		arch_cpu_relax();
}

void arch_halt(void)
{
	arch_irq_disable();
	for (;;)
		__asm__ volatile("hlt" ::: "memory");
}

static void map_register(const struct acpi_register *reg, volatile void **out)
{
	if (reg->addr == 0 || reg->space != ACPI_SPACE_MEMORY)
		return;
	if (kmap_device(reg->addr, 4, MMU_WRITE | MMU_DEVICE, out) != 0)
		log_warn("no memory to map the register at 0x%lx", reg->addr);
}

void power_init(void)
{
	const struct fadt *fadt = &acpi_platform.fadt;

	if (!acpi_platform.has_fadt)
		return;
	if (fadt->has_reset)
		map_register(&fadt->reset, &reset_memory);
	if (fadt->is_hw_reduced)
		map_register(&fadt->sleep_control, &sleep_control_memory);
}

/* An 8-bit register in any of the three spaces; mapped is its mapping if in memory. */
static void write_register8(const struct acpi_register *reg, volatile void *mapped, uint8_t value)
{
	uint32_t pci;

	switch (reg->space) {
	case ACPI_SPACE_MEMORY:
		if (mapped)
			*(volatile uint8_t *)mapped = value;
		break;
	case ACPI_SPACE_IO:
		arch_io_write8((uint16_t)reg->addr, value);
		break;
	case ACPI_SPACE_PCI:
		pci = (uint32_t)(reg->addr >> 32 & 31) << 11 | (uint32_t)(reg->addr >> 16 & 7) << 8;
		arch_io_write32(PCI_CONFIG_ADDRESS,
				PCI_CONFIG_ENABLE | pci | (uint32_t)(reg->addr & 0xfc));
		arch_io_write8((uint16_t)(PCI_CONFIG_DATA + (reg->addr & 3)), value);
		break;
	}
}

static bool is_port(const struct acpi_register *reg)
{
	return reg->addr != 0 && reg->space == ACPI_SPACE_IO;
}

/* Firmware that still owns the power management has to hand it over first. */
static void enter_acpi_mode(const struct fadt *fadt, uint16_t pm1a)
{
	if (fadt->smi_cmd == 0 || fadt->acpi_enable == 0 || (arch_io_read16(pm1a) & PM1_SCI_ENABLE))
		return;
	arch_io_write8((uint16_t)fadt->smi_cmd, fadt->acpi_enable);
	for (uint32_t us = 0; us < ACPI_ENABLE_TIMEOUT_US; us += 10) {
		if (arch_io_read16(pm1a) & PM1_SCI_ENABLE)
			return;
		arch_delay_us(10);
	}
}

static void write_sleep(uint16_t port, uint8_t type)
{
	uint16_t value = arch_io_read16(port);

	value = (uint16_t)((value & ~PM1_SLEEP_TYPE_MASK) | (type & 7u) << PM1_SLEEP_TYPE_SHIFT);
	arch_io_write16(port, value);
	arch_io_write16(port, (uint16_t)(value | PM1_SLEEP_ENABLE));
}

static void try_acpi_off(void)
{
	const struct fadt *fadt = &acpi_platform.fadt;

	if (!acpi_platform.has_fadt || !acpi_platform.has_sleep_type)
		return;
	if (fadt->is_hw_reduced) {
		if (fadt->sleep_control.addr)
			write_register8(
				&fadt->sleep_control, sleep_control_memory,
				(uint8_t)((acpi_platform.s5.a & 7) << SLEEP_CONTROL_TYPE_SHIFT |
					  SLEEP_CONTROL_ENABLE));
		arch_delay_us(TRY_WAIT_US);
		return;
	}
	if (!is_port(&fadt->pm1a_control))
		return;
	enter_acpi_mode(fadt, (uint16_t)fadt->pm1a_control.addr);
	/* Both blocks have to be told; the machine goes off at the later one. */
	write_sleep((uint16_t)fadt->pm1a_control.addr, acpi_platform.s5.a);
	if (is_port(&fadt->pm1b_control))
		write_sleep((uint16_t)fadt->pm1b_control.addr, acpi_platform.s5.b);
	arch_delay_us(TRY_WAIT_US);
}

void arch_power_off(void)
{
	arch_irq_disable();
	try_acpi_off();
	log_err("the firmware offers no power-off that works; halted");
	log_flush();
	arch_halt();
}

static void try_acpi_reset(void)
{
	const struct fadt *fadt = &acpi_platform.fadt;

	if (!acpi_platform.has_fadt || !fadt->has_reset)
		return;
	write_register8(&fadt->reset, reset_memory, fadt->reset_value);
	arch_delay_us(TRY_WAIT_US);
}

/* The keyboard controller's output port pulls the reset line. */
static void try_keyboard_reset(void)
{
	for (int i = 0; i < 1000; i++) {
		if (!(arch_io_read8(KEYBOARD_STATUS) & KEYBOARD_STATUS_INPUT_FULL))
			break;
		arch_delay_us(10);
	}
	arch_io_write8(KEYBOARD_COMMAND, KEYBOARD_PULSE_RESET);
	arch_delay_us(TRY_WAIT_US);
}

void arch_reboot(void)
{
	struct PACKED {
		uint16_t limit;
		uint64_t base;
	} no_idt = {0};

	arch_irq_disable();
	try_acpi_reset();
	try_keyboard_reset();
	/* A fault with no table to handle it shuts the processor down, which resets. */
	__asm__ volatile("lidt %0\n\t"
			 "int3" ::"m"(no_idt)
			 : "memory");
	arch_halt();
}
