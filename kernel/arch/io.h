/*
 * I/O: registers of devices, by port and in memory.
 *
 * kernel/arch/target.h must provide, for the port space (an architecture
 * without one gives constant all-ones and drops writes):
 *
 *	uint8_t arch_io_read8(uint16_t port)	and read16, read32
 *	void arch_io_write8(uint16_t port, uint8_t value)	and write16, write32
 *	void arch_io_delay(void)	the time an old device needs between two
 *					accesses, about a microsecond
 *	arch_mmio_read_barrier()	a device read is complete before later accesses
 *	arch_mmio_write_barrier()	earlier memory writes are visible to a device
 *					before it sees the next register write
 *
 * A register in memory is reached through the four inlines below only: one
 * access of exactly that size, ordered against all memory accesses around it.
 * The address must be a device mapping (kernel/mm/kmap.h).
 */
#ifndef KERNEL_ARCH_IO_H
#define KERNEL_ARCH_IO_H

#include <stdint.h>

#include "kernel/arch/target.h"
#include "kernel/lib/compiler.h"

static inline uint32_t mmio_read32(const volatile void *reg)
{
	uint32_t value = *(const volatile uint32_t *)reg;

	arch_mmio_read_barrier();
	return value;
}

static inline void mmio_write32(volatile void *reg, uint32_t value)
{
	arch_mmio_write_barrier();
	*(volatile uint32_t *)reg = value;
}

static inline uint64_t mmio_read64(const volatile void *reg)
{
	uint64_t value = *(const volatile uint64_t *)reg;

	arch_mmio_read_barrier();
	return value;
}

static inline void mmio_write64(volatile void *reg, uint64_t value)
{
	arch_mmio_write_barrier();
	*(volatile uint64_t *)reg = value;
}

#endif
