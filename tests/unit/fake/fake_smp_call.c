/* In place of kernel/core/smp_call.c: the call happens here and now, as if on the
 * other CPU and in an interrupt. */
#include "kernel/core/smp_call.h"

#include "kernel/core/preempt.h"
#include "tests/unit/fake/fake.h"

void smp_call_cpu(cpu_id_t cpu, smp_call_fn *fn, void *arg)
{
	uintptr_t back = fake_percpu_offset;
	irqflags_t flags = arch_irq_save();

	fake_cpu_switch(cpu);
	this_cpu_add(preempt_count, PREEMPT_IRQ);
	fn(arg);
	this_cpu_add(preempt_count, -PREEMPT_IRQ);
	fake_percpu_offset = back;
	arch_irq_restore(flags);
}

void smp_call_others(smp_call_fn *fn, void *arg)
{
	cpu_id_t self = cpu_current();

	for (cpu_id_t cpu = 0; cpu < cpu_online_count(); cpu++) {
		if (cpu != self)
			smp_call_cpu(cpu, fn, arg);
	}
}

void smp_call_mask(const uint64_t *cpus, smp_call_fn *fn, void *arg)
{
	cpu_id_t self = cpu_current();

	for (cpu_id_t cpu = 0; cpu < cpu_online_count(); cpu++) {
		if (cpu != self && (cpus[cpu / 64] >> (cpu % 64) & 1))
			smp_call_cpu(cpu, fn, arg);
	}
}
