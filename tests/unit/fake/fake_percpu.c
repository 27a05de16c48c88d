/* In place of kernel/core/percpu.c. */
#include "kernel/core/percpu.h"

#include "kernel/core/preempt.h"

/* From tests/unit/fake/percpu.lds. */
extern char __percpu_start[], __percpu_end[];

uintptr_t percpu_offsets[MAX_CPUS];
DEFINE_PER_CPU(cpu_id_t, percpu_cpu_id);
DEFINE_PER_CPU(uint32_t, preempt_count);
DEFINE_PER_CPU(uint8_t, preempt_need_resched);

static uint32_t online_count = 1;

uint32_t cpu_online_count(void)
{
	return online_count;
}

void cpu_set_online(cpu_id_t cpu)
{
	online_count = cpu + 1;
}

size_t percpu_size(void)
{
	return (size_t)(__percpu_end - __percpu_start);
}

void percpu_attach(cpu_id_t cpu, void *area)
{
	percpu_offsets[cpu] = (uintptr_t)area - (uintptr_t)__percpu_start;
	*cpu_ptr(percpu_cpu_id, cpu) = cpu;
}
