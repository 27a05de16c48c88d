/* GDT, TSS and the stacks that the processor switches to by itself. */
#ifndef KERNEL_ARCH_X86_64_GDT_H
#define KERNEL_ARCH_X86_64_GDT_H

#include "kernel/core/percpu.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

/* Interrupt stack table slots: these arrive when the current stack is suspect. */
enum ist {
	IST_NONE,
	IST_NMI,
	IST_DOUBLE_FAULT,
	IST_MACHINE_CHECK,
	IST_DEBUG,
	IST_COUNT,
};

/* Task state segment, 64-bit (Intel SDM vol. 3A 8.7). */
struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t iomap_base;
} PACKED;

DECLARE_PER_CPU(struct tss, cpu_tss);

/*
 * Fills and loads the tables of the CPU this runs on, whose GS base must be
 * set. Loading segments clears the GS base, so it is written again.
 */
void gdt_init_cpu(void);

/* The stack on which this CPU enters the kernel from user mode. */
static inline void gdt_set_kernel_stack(vaddr_t stack_top)
{
	this_cpu_write(cpu_tss.rsp[0], stack_top);
}

#endif
