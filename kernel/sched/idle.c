/*
 * Idle: what a CPU does when no thread wants it.
 *
 * First it looks whether somebody waits elsewhere, then it takes more memory
 * into use if there is some left over from boot, then it halts until an
 * interrupt. The last look at need_resched and the halt are one step with
 * interrupts off, so a wake-up cannot fall between them:
 *
 *	this CPU			waker
 *	interrupts off
 *	need_resched is clear
 *					set need_resched, send the interrupt
 *	enable interrupts and halt,
 *	in one: the interrupt ends it
 */
#include "kernel/arch/cpu.h"
#include "kernel/core/preempt.h"
#include "kernel/mm/page.h"
#include "kernel/sched/runq_impl.h"

static bool has_deferred_memory = true;

static void halt_once(void)
{
	arch_irq_disable();
	balance_set_idle(cpu_current());
	if (this_cpu_read(preempt_need_resched))
		arch_irq_enable();
	else
		arch_wait_for_interrupt();
}

void idle_loop(void *arg UNUSED)
{
	for (;;) {
		if (this_cpu_read(preempt_need_resched))
			preempt_schedule();
		else if (balance_steal_idle())
			continue;
		else if (READ_ONCE(has_deferred_memory))
			WRITE_ONCE(has_deferred_memory, page_init_deferred_step());
		else
			halt_once();
	}
}
