/* In place of kernel/sched/switch.c: switching away is counted only. */
#include "kernel/core/preempt.h"
#include "tests/unit/fake/fake.h"

void preempt_schedule(void)
{
	fake_reschedules++;
	this_cpu_write(preempt_need_resched, 0);
	if (fake_on_schedule)
		fake_on_schedule();
}

void sched_irq_exit(void)
{
	if (this_cpu_read(preempt_need_resched) && this_cpu_read(preempt_count) == 0)
		preempt_schedule();
}
