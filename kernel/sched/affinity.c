/*
 * Where threads may run and with what priority: changes to a thread that may
 * be running, waiting or asleep at that moment.
 *
 * A waiting thread is taken out of its queue, changed and put back. A running
 * one is too (it stays current), and its CPU looks again. A sleeping one is
 * just changed; the next wake-up acts on it.
 */
#include "kernel/arch/irq.h"
#include "kernel/core/assert.h"
#include "kernel/core/time.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/errno.h"
#include "kernel/sched/runq_impl.h"
#include "kernel/sched/thread.h"

int thread_set_affinity(struct thread *thread, const struct cpumask *mask)
{
	uint32_t count = cpu_online_count();
	irqflags_t flags;
	struct runq *rq;

	if (thread->is_idle || cpumask_next(mask, 0, count) == count)
		return -EINVAL;

	rq = runq_lock_of(thread, &flags);
	runq_assume_locked(rq);
	thread->affinity = *mask;
	if (thread->is_queued && !thread_is_allowed_on(thread, rq->cpu)) {
		if (thread != rq->current) {
			runq_dequeue(rq, thread, time_now());
			runq_place_and_unlock(rq, thread, flags);
			return 0;
		}
		/* It goes when it is switched away from: leave_queue(). */
		runq_reschedule(rq);
	}
	spin_unlock_irqrestore(&rq->lock, flags);
	return 0;
}

void thread_get_affinity(struct thread *thread, struct cpumask *out)
{
	irqflags_t flags;
	struct runq *rq = runq_lock_of(thread, &flags);

	runq_assume_locked(rq);
	*out = thread->affinity;
	spin_unlock_irqrestore(&rq->lock, flags);
}

struct change {
	enum thread_policy policy;
	uint32_t weight;  /* of FAIR */
	uint32_t rt_prio; /* of the others */
	int nice;
};

static void apply(struct thread *thread, const struct change *change)
{
	thread->policy = (uint8_t)change->policy;
	if (change->policy == THREAD_POLICY_FAIR) {
		thread->nice = (int8_t)change->nice;
		fair_set_weight(&thread->fair, change->weight);
		return;
	}
	thread->rt.prio = change->rt_prio;
	thread->rt.is_rr = change->policy == THREAD_POLICY_RR;
	thread->rt.slice_left = RT_RR_SLICE_NS;
}

static void change_thread(struct thread *thread, const struct change *change)
{
	irqflags_t flags;
	struct runq *rq = runq_lock_of(thread, &flags);
	bool was_queued = thread->is_queued;
	ktime_t now = time_now();

	runq_assume_locked(rq);
	if (was_queued)
		runq_dequeue(rq, thread, now);
	apply(thread, change);
	if (was_queued) {
		runq_enqueue(rq, thread, now);
		if (thread == rq->current)
			runq_set_current(rq, thread, now);
		runq_reschedule(rq);
	}
	spin_unlock_irqrestore(&rq->lock, flags);
}

int thread_set_priority(struct thread *thread, enum thread_policy policy, int level)
{
	struct change change = {.policy = policy};

	if (thread->is_idle)
		return -EINVAL;
	switch (policy) {
	case THREAD_POLICY_FAIR:
		if (level < NICE_MIN || level > NICE_MAX)
			return -EINVAL;
		change.nice = level;
		change.weight = fair_weight_of_nice(level);
		break;
	case THREAD_POLICY_FIFO:
	case THREAD_POLICY_RR:
		if (level < RT_PRIO_MIN || level > RT_PRIO_MAX)
			return -EINVAL;
		change.rt_prio = (uint32_t)level;
		break;
	default:
		return -EINVAL;
	}
	change_thread(thread, &change);
	return 0;
}

int thread_set_weight(struct thread *thread, uint32_t weight)
{
	struct change change = {
		.policy = THREAD_POLICY_FAIR, .weight = weight, .nice = thread->nice};

	if (thread->is_idle || weight < FAIR_WEIGHT_MIN || weight > FAIR_WEIGHT_MAX)
		return -EINVAL;
	change_thread(thread, &change);
	return 0;
}

void thread_kick(struct thread *thread)
{
	cpu_id_t cpu;

	/*
	 * What the thread is to see is stored before it is looked for: either it is found
	 * running, or it has yet to be switched to, and so has the way out before it.
	 */
	atomic_fence();
	preempt_disable();
	cpu = READ_ONCE(thread->cpu);
	if (READ_ONCE(thread->on_cpu) && cpu != cpu_current())
		arch_ipi_send(cpu, IPI_RESCHEDULE);
	preempt_enable();
}
