/*
 * Run queues: one for each CPU, under one lock each.
 *
 * A queue holds what wants to run on its CPU: real-time threads in lists, fair
 * threads in a tree, the running one included (in the lists it stays, from the
 * tree it is taken out). The lock also guards the scheduling fields of every
 * thread whose `cpu` names this queue, queued or asleep:
 *
 *	to change a thread		runq_lock_of() locks by thread->cpu and looks
 *					again, for the thread may have moved
 *	to move a thread		set thread->cpu under the old lock, then go on
 *					under the new one; it is in no queue meanwhile
 *
 * The lock is held across the switch of threads, from the choice of the next
 * one until switch_finish() on its stack. So whoever holds the lock and finds a
 * thread in the queue, or asleep, knows that no CPU stands on its stack any
 * more: a thread cannot run twice.
 *
 *	CPU 0				CPU 1
 *	T sleeps: lock 0, dequeue
 *	switch to N ...			wake T: waits for lock 0
 *	... N: unlock 0
 *					T is off its stack: enqueue anywhere
 *
 * There is no tick. The slice timer runs only while somebody waits behind the
 * running thread, and it is left alone as long as it comes early enough: what
 * it finds when it goes off decides, not for whom it was armed.
 */
#include "kernel/sched/runq_impl.h"

#include "kernel/arch/irq.h"
#include "kernel/core/assert.h"
#include "kernel/core/time.h"
#include "kernel/sched/fair_path.h"
#include "kernel/sched/group_impl.h"

/* A timer up to this much late for the running thread's slice is not moved. */
#define SLICE_SLACK_NS (NSEC_PER_MSEC / 4)
/* Between two looks at other CPUs' load while somebody waits here. */
#define BALANCE_INTERVAL_NS (6 * NSEC_PER_MSEC)

DEFINE_PER_CPU(struct runq, runqs);

static void slice_timer_fired(struct timer *timer);

void runq_init(struct runq *rq, cpu_id_t cpu, struct thread *idle)
{
	spin_lock_init(&rq->lock, LOCK_RUNQ);
	fair_queue_init(&rq->fair);
	list_init(&rq->fair_threads);
	rt_queue_init(&rq->rt);
	rq->cpu = cpu;
	rq->idle = idle;
	rq->current = idle;
	rq->prio = RUNQ_PRIO_IDLE;
	rq->charged_until = time_now();
	rq->run_since = rq->charged_until;
	timer_init(&rq->slice_timer, slice_timer_fired);
}

struct runq *runq_lock_of(struct thread *thread, irqflags_t *flags_out) NO_THREAD_SAFETY_ANALYSIS
{
	struct runq *rq;

	for (;;) {
		rq = runq_of(READ_ONCE(thread->cpu));
		*flags_out = spin_lock_irqsave(&rq->lock);
		if (LIKELY(thread->cpu == rq->cpu))
			return rq;
		spin_unlock_irqrestore(&rq->lock, *flags_out);
	}
}

void runq_reschedule(struct runq *rq)
{
	uint8_t *need_resched = cpu_ptr(preempt_need_resched, rq->cpu);

	/* Written under the lock only; whoever set it saw to the interrupt. */
	if (READ_ONCE(*need_resched))
		return;
	WRITE_ONCE(*need_resched, 1);
	if (rq->cpu == cpu_current())
		return;
	rq->stats.ipis++;
	arch_ipi_send(rq->cpu, IPI_RESCHEDULE);
}

void runq_charge(struct runq *rq, ktime_t now)
{
	struct thread *current = rq->current;
	ktime_t delta = now - rq->charged_until;
	bool is_over;

	/* Another CPU's clock may be a little ahead of this one's. */
	if (delta <= 0)
		return;
	rq->charged_until = now;
	if (current == rq->idle) {
		rq->run_since = now;
		rq->stats.idle_ns += delta;
		return;
	}
	current->run_ns += now - rq->run_since;
	rq->run_since = now;
	if (group_charge(current->group, rq->cpu, delta, now))
		current->is_over_budget = current->policy == THREAD_POLICY_FAIR;
	if (!current->is_queued)
		return;
	if (current->policy == THREAD_POLICY_FAIR)
		is_over = fair_path_charge(&rq->fair, delta) && rq->runnable > 1;
	else
		is_over = rt_charge(&rq->rt, &current->rt, delta);
	if (is_over)
		runq_reschedule(rq);
}

static void count_runnable(struct runq *rq) REQUIRES(&rq->lock);

static void count_runnable(struct runq *rq)
{
	WRITE_ONCE(rq->runnable, rq->fair_count + rq->rt.count);
}

void runq_enqueue(struct runq *rq, struct thread *thread, ktime_t now)
{
	DEBUG_ASSERT(thread->cpu == rq->cpu && !thread->is_queued && thread != rq->idle);
	runq_charge(rq, now);
	if (thread->policy == THREAD_POLICY_FAIR) {
		group_place(thread->group, rq->cpu, &rq->fair, &thread->fair);
		fair_path_enqueue(&thread->fair, now);
		group_update_weight(thread->group, rq->cpu, now);
		list_push_back(&rq->fair_threads, &thread->fair_node);
		rq->fair_count++;
	} else {
		rt_enqueue(&rq->rt, &thread->rt);
	}
	thread->is_queued = true;
	count_runnable(rq);
}

void runq_dequeue(struct runq *rq, struct thread *thread, ktime_t now)
{
	DEBUG_ASSERT(thread->cpu == rq->cpu && thread->is_queued);
	runq_charge(rq, now);
	if (thread->policy == THREAD_POLICY_FAIR) {
		fair_path_dequeue(&thread->fair, now);
		group_update_weight(thread->group, rq->cpu, now);
		list_remove(&thread->fair_node);
		rq->fair_count--;
	} else {
		rt_dequeue(&rq->rt, &thread->rt);
	}
	thread->is_queued = false;
	count_runnable(rq);
}

void runq_yield(struct runq *rq, struct thread *thread, ktime_t now)
{
	runq_charge(rq, now);
	if (thread->policy == THREAD_POLICY_FAIR)
		fair_path_yield(&rq->fair);
	else
		rt_rotate(&rq->rt, &thread->rt);
}

struct thread *runq_pick(struct runq *rq)
{
	struct rt_entity *rt;
	struct fair_entity *fair;

	if (rq->rt.count > 0) {
		rt = rt_pick(&rq->rt);
		return container_of(rt, struct thread, rt);
	}
	fair = fair_path_pick(&rq->fair);
	return fair ? container_of(fair, struct thread, fair) : rq->idle;
}

static int prio_of(const struct runq *rq, const struct thread *thread)
{
	if (thread == rq->idle)
		return RUNQ_PRIO_IDLE;
	return thread->policy == THREAD_POLICY_FAIR ? RUNQ_PRIO_FAIR : (int)thread->rt.prio;
}

void runq_set_current(struct runq *rq, struct thread *next, ktime_t now)
{
	bool is_fair = next != rq->idle && next->policy == THREAD_POLICY_FAIR;

	runq_charge(rq, now);
	fair_path_set_current(&rq->fair, is_fair ? &next->fair : NULL);
	next->is_over_budget = is_fair && group_is_over_budget(next->group);
	rq->current = next;
	WRITE_ONCE(rq->prio, prio_of(rq, next));
}

/* How long the current thread may keep others waiting. */
static ktime_t turn_left(struct runq *rq) REQUIRES(&rq->lock);

static ktime_t turn_left(struct runq *rq)
{
	const struct thread *current = rq->current;

	if (current->policy == THREAD_POLICY_FAIR)
		return fair_path_time_left(&rq->fair); /* a slice at most */
	if (rt_takes_turns(&rq->rt, &current->rt) && current->rt.slice_left < BALANCE_INTERVAL_NS)
		return current->rt.slice_left;
	return BALANCE_INTERVAL_NS;
}

void runq_arm_slice(struct runq *rq, ktime_t now)
{
	ktime_t left = group_time_left(rq->current->group);
	ktime_t expires;

	if (rq->current == rq->idle || (rq->runnable < 2 && left == KTIME_FOREVER))
		return;
	if (rq->runnable > 1)
		left = MIN(left, turn_left(rq));
	expires = now + left;
	if (rq->is_slice_armed && rq->slice_expires <= expires + SLICE_SLACK_NS)
		return;
	rq->is_slice_armed = true;
	rq->slice_expires = expires;
	timer_start(&rq->slice_timer, expires);
}

static void slice_timer_fired(struct timer *timer)
{
	struct runq *rq = container_of(timer, struct runq, slice_timer);
	ktime_t now = time_now();
	bool must_balance;

	spin_lock_irqs_off(&rq->lock);
	DEBUG_ASSERT(fair_check(&rq->fair));
	rq->is_slice_armed = false;
	runq_charge(rq, now);
	/* A switch to come arms the timer anew. */
	if (!this_cpu_read(preempt_need_resched))
		runq_arm_slice(rq, now);
	must_balance = rq->runnable > 1 && now >= rq->balance_at && cpu_online_count() > 1;
	if (must_balance)
		rq->balance_at = now + BALANCE_INTERVAL_NS;
	spin_unlock_irqs_off(&rq->lock);
	if (must_balance)
		balance_push();
}

static bool preempts(struct runq *rq, const struct thread *thread) REQUIRES(&rq->lock);

static bool preempts(struct runq *rq, const struct thread *thread)
{
	const struct thread *current = rq->current;

	if (current == rq->idle)
		return true;
	if (thread->policy != THREAD_POLICY_FAIR)
		return prio_of(rq, thread) > prio_of(rq, current);
	return current->policy == THREAD_POLICY_FAIR && fair_path_preempts(&thread->fair);
}

void runq_check_preempt(struct runq *rq, struct thread *thread)
{
	bool is_local = rq->cpu == cpu_current();

	/* Only that CPU can arm its timer, so it is asked to look for that alone. */
	if (preempts(rq, thread) || (!is_local && !rq->is_slice_armed))
		runq_reschedule(rq);
	else if (is_local)
		runq_arm_slice(rq, time_now());
}

void runq_place_and_unlock(struct runq *rq, struct thread *thread,
			   irqflags_t flags) NO_THREAD_SAFETY_ANALYSIS
{
	ktime_t now = time_now();
	cpu_id_t cpu;

	/* The mask may change whenever no lock is held. */
	for (;;) {
		cpu = thread->switches == 0 ? balance_select_new(thread)
					    : balance_select_wake(thread);
		if (cpu == rq->cpu)
			break;
		thread->cpu = cpu;
		spin_unlock_irqs_off(&rq->lock);
		rq = runq_of(cpu);
		spin_lock_irqs_off(&rq->lock);
		if (thread_is_allowed_on(thread, cpu))
			break;
	}
	rq->stats.wakes++;
	runq_enqueue(rq, thread, now);
	runq_check_preempt(rq, thread);
	spin_unlock_irqrestore(&rq->lock, flags);
}
