/* What the scheduler's self-tests share. */
#include "kernel/arch/cpu.h"
#include "kernel/lib/atomic.h"
#include "kernel/sched/selftest_impl.h"

#define JOIN_TIMEOUT_NS (30 * NSEC_PER_SEC)

struct thread *selftest_create(const char *name, void (*fn)(void *arg), void *arg, cpu_id_t cpu)
{
	struct cpumask mask;
	struct thread *thread;

	if (thread_create(name, fn, arg, &thread)) {
		selftest_fail(__FILE__, __LINE__, "no thread %s to be had", name);
		return NULL;
	}
	if (cpu != SELFTEST_ANY_CPU) {
		mask = cpumask_of(cpu);
		SELFTEST_CHECK_EQ(thread_set_affinity(thread, &mask), 0);
	}
	return thread;
}

struct thread *selftest_start(const char *name, void (*fn)(void *arg), void *arg, cpu_id_t cpu)
{
	struct thread *thread = selftest_create(name, fn, arg, cpu);

	if (thread)
		thread_start(thread);
	return thread;
}

void selftest_join(struct thread *thread)
{
	if (!thread)
		return;
	SELFTEST_CHECK_EQ(thread_join(thread, time_after(JOIN_TIMEOUT_NS)), 0);
	thread_put(thread);
}

bool selftest_wait_for(const uint32_t *flag, ktime_t timeout_ns)
{
	ktime_t deadline = time_after(timeout_ns);

	while (!load_acquire(flag)) {
		if (time_now() >= deadline)
			return false;
		thread_sleep_ns(NSEC_PER_MSEC);
	}
	return true;
}

void selftest_spin(ktime_t ns)
{
	ktime_t end = time_after(ns);

	while (time_now() < end)
		arch_cpu_relax();
}
