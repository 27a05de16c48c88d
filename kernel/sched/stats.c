/* Figures for the monitor, the tests and, later, /proc. */
#include "kernel/core/time.h"
#include "kernel/sched/runq_impl.h"
#include "kernel/sched/sched.h"

void sched_get_stats(cpu_id_t cpu, struct sched_cpu_stats *out)
{
	struct runq *rq = runq_of(cpu);
	irqflags_t flags = spin_lock_irqsave(&rq->lock);

	runq_charge(rq, time_now());
	*out = rq->stats;
	out->runnable = rq->runnable;
	spin_unlock_irqrestore(&rq->lock, flags);
}

struct thread *sched_running_on(cpu_id_t cpu)
{
	return READ_ONCE(*cpu_ptr(thread_current_ptr, cpu));
}

paddr_t sched_loaded_mmu_root(cpu_id_t cpu)
{
	return READ_ONCE(runq_of(cpu)->mmu_root);
}

ktime_t thread_run_ns(struct thread *thread)
{
	irqflags_t flags;
	struct runq *rq = runq_lock_of(thread, &flags);
	ktime_t run_ns;

	runq_assume_locked(rq);
	if (thread == rq->current)
		runq_charge(rq, time_now());
	run_ns = thread->run_ns;
	spin_unlock_irqrestore(&rq->lock, flags);
	return run_ns;
}
