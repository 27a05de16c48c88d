/*
 * IRQ: interrupt lines and inter-processor interrupts, as the arch offers them.
 * Everyone but kernel/core/irq.c and the scheduler uses kernel/core/irq.h.
 */
#ifndef KERNEL_ARCH_IRQ_H
#define KERNEL_ARCH_IRQ_H

#include "kernel/arch/target.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

/*
 * Interrupt numbers 0..ARCH_IRQ_COUNT-1 are processor vectors handed to
 * core/irq.c by the trap code. Allocated there.
 */

/*
 * Routes the legacy/ISA line (0..15) or global system interrupt to an interrupt
 * number on a CPU, masked. The ACPI overrides decide polarity and trigger for
 * ISA lines. 0, -ENODEV when no controller has that line.
 */
MUST_CHECK int arch_irq_route_isa(uint32_t isa_line, uint32_t irq, cpu_id_t cpu);
void arch_irq_mask_isa(uint32_t isa_line);
void arch_irq_unmask_isa(uint32_t isa_line);

/* End of interrupt: called by core/irq.c after the handler ran. */
void arch_irq_eoi(void);

enum ipi {
	IPI_RESCHEDULE, /* look at the run queue on return from interrupt */
	IPI_CALL,	/* run the queue of cross-calls: core/smp_call.c */
	IPI_COUNT,
};

void arch_ipi_send(cpu_id_t cpu, enum ipi ipi);

/* Stops every other CPU for good by NMI, even with interrupts off; for panic. */
void arch_stop_other_cpus(void);

#endif
