/*
 * Preemption: kernel code can be switched away from wherever the count is zero
 * and interrupts are on. Spinlocks raise the count; interrupt handlers raise it
 * by PREEMPT_IRQ, so "in interrupt" is a question to the same word.
 */
#ifndef KERNEL_CORE_PREEMPT_H
#define KERNEL_CORE_PREEMPT_H

#include "kernel/core/percpu.h"

#define PREEMPT_IRQ 0x10000u
#define PREEMPT_NMI 0x1000000u

DECLARE_PER_CPU(uint32_t, preempt_count);
/* Set by the scheduler: switch as soon as the count allows. */
DECLARE_PER_CPU(uint8_t, preempt_need_resched);

/* The scheduler's entry, called when the count drops to zero with need_resched set. */
void preempt_schedule(void);

/*
 * The same on the way out of an interrupt, when the count is zero and
 * need_resched set. Interrupts are off before and after.
 */
void sched_irq_exit(void);

static inline void preempt_disable(void)
{
	this_cpu_add(preempt_count, 1);
	COMPILER_BARRIER();
}

static inline void preempt_enable_no_resched(void)
{
	COMPILER_BARRIER();
	this_cpu_add(preempt_count, (uint32_t)-1);
}

static inline void preempt_enable(void)
{
	preempt_enable_no_resched();
	if (UNLIKELY(this_cpu_read(preempt_need_resched)) && this_cpu_read(preempt_count) == 0)
		preempt_schedule();
}

static inline bool preempt_in_interrupt(void)
{
	return this_cpu_read(preempt_count) >= PREEMPT_IRQ;
}

/* Whether this context may sleep. */
static inline bool preempt_can_sleep(void)
{
	return this_cpu_read(preempt_count) == 0 && arch_irqs_are_enabled();
}

#endif
