/* Port I/O and device ordering on x86-64; kernel/arch/io.h says what each means. */
#ifndef KERNEL_ARCH_X86_64_IO_H
#define KERNEL_ARCH_X86_64_IO_H

#include <stdint.h>

#include "kernel/lib/compiler.h"

static inline uint8_t arch_io_read8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline uint16_t arch_io_read16(uint16_t port)
{
	uint16_t value;

	__asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline uint32_t arch_io_read32(uint16_t port)
{
	uint32_t value;

	__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port) : "memory");
	return value;
}

static inline void arch_io_write8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void arch_io_write16(uint16_t port, uint16_t value)
{
	__asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void arch_io_write32(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

/* A write to port 0x80, the firmware's progress display, takes a bus cycle and harms nothing. */
static inline void arch_io_delay(void)
{
	arch_io_write8(0x80, 0);
}

/*
 * Accesses to uncached memory are in program order (Intel SDM volume 3, 8.2.2
 * and 11.3); only the compiler has to be held back.
 */
#define arch_mmio_read_barrier() COMPILER_BARRIER()
#define arch_mmio_write_barrier() COMPILER_BARRIER()

#endif
