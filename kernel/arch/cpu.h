/*
 * CPU: interrupt state, waiting, identity and per-CPU addressing.
 *
 * This directory is the whole interface that the kernel has to a processor;
 * one implementation is compiled in (kernel/arch/x86_64). Inline parts come
 * through kernel/arch/target.h, which configure links to the chosen one and
 * which must provide:
 *
 *	irqflags_t arch_irq_save(void)		disable interrupts, return what was
 *	void arch_irq_restore(irqflags_t)	back to what was
 *	void arch_irq_enable(void)
 *	void arch_irq_disable(void)
 *	bool arch_irqs_are_enabled(void)
 *	void arch_cpu_relax(void)		in a spin loop
 *	void arch_wait_for_interrupt(void)	interrupts off on entry; atomically
 *						enables them and halts until one came;
 *						they are on afterwards
 *	uintptr_t arch_percpu_offset(void)	what this CPU adds to the address of
 *						a per-CPU variable
 *	ARCH_PERCPU_READ(var)			value of an 8-, 4- or 1-byte per-CPU
 *	ARCH_PERCPU_WRITE(var, value)		variable of this CPU in one instruction,
 *	ARCH_PERCPU_ADD(var, delta)		so atomic against preemption and
 *						interrupts of this CPU
 *	uint64_t arch_cycle_counter(void)	free-running, for entropy and traces
 *	struct arch_thread			saved processor state of a thread
 *	struct trap_frame			registers at a trap
 */
#ifndef KERNEL_ARCH_CPU_H
#define KERNEL_ARCH_CPU_H

#include "kernel/arch/target.h"
#include "kernel/lib/types.h"

/* Upper bound on CPUs this kernel can run on; arrays are sized by it sparingly. */
#define MAX_CPUS 256

/* Interrupts off, forever. */
NORETURN void arch_halt(void);

/* Stops and asks the firmware for power-off or reset; halts if that fails. */
NORETURN void arch_power_off(void);
NORETURN void arch_reboot(void);

/* Cycles or nanoseconds must not be assumed: a short busy wait for hardware. */
void arch_delay_us(uint32_t us);

/*
 * 64 bits from the processor's random number generator: 0, or -ENODEV when it
 * has none or that gave nothing. Any context.
 */
MUST_CHECK int arch_hw_random(uint64_t *out);

#endif
