/*
 * Switch: from one thread to the next, and the ways to get here.
 *
 *	switch_block()		the thread sleeps (waitq.c); it ends or yields (thread.c)
 *	preempt_schedule()	the last preempt_enable() found that it should go
 *	sched_irq_exit()	an interrupt did, on its way out
 *	switch_to_current()	as switch_block(), but the next thread is chosen (park.c)
 *
 * All come with interrupts off and a preempt count of 1; the run queue lock adds
 * one, and with a count of 2 the next thread goes on where it once came in. So
 * the count, which is a CPU's and not a thread's, is right on both sides.
 *
 * A thread that says that it sleeps keeps preemption off from then until
 * switch_block(). Were it preempted in between and taken for asleep, whoever was
 * to wake it might have come by already:
 *
 *	state = sleeping
 *	look for reasons not to: none
 *					wake: runnable
 *	state = sleeping again, preempted
 *	(nobody will wake it)
 *
 * SWITCH_PREEMPT does not look at the state all the same: it would cost such a
 * thread a turn then, and not its life.
 *
 * A thread that ends cannot free the stack it stands on: the next one does, in
 * switch_finish(), which drops the reference that a running thread has of
 * itself. And a thread that lost the right to run here is placed elsewhere by
 * the next one, because only then its stack is free to be used there.
 */
#include "kernel/core/panic.h"
#include "kernel/core/preempt.h"
#include "kernel/core/time.h"
#include "kernel/lib/atomic.h"
#include "kernel/sched/runq_impl.h"

DEFINE_PER_CPU(struct thread *, thread_current_ptr);

/* Takes prev out of the queue if it cannot go on here, or puts it behind others. */
static void leave_queue(struct runq *rq, struct thread *prev, enum switch_kind kind, ktime_t now)
	REQUIRES(&rq->lock);

static void leave_queue(struct runq *rq, struct thread *prev, enum switch_kind kind, ktime_t now)
{
	if (!prev->is_queued)
		return; /* the idle thread */
	if (kind == SWITCH_BLOCK && prev->state != THREAD_RUNNABLE) {
		runq_dequeue(rq, prev, now);
	} else if (UNLIKELY(!thread_is_allowed_on(prev, rq->cpu))) {
		runq_dequeue(rq, prev, now);
		rq->migrating = prev;
	} else if (kind == SWITCH_YIELD) {
		runq_yield(rq, prev, now);
	}
}

static void load_mmu(struct runq *rq, struct thread *next)
{
	if (next->mmu_root == 0 || next->mmu_root == rq->mmu_root)
		return;
	rq->mmu_root = next->mmu_root;
	next->mmu_load(next);
}

/* The last part of every switch. */
void switch_to_current(struct runq *rq, struct thread *prev) NO_THREAD_SAFETY_ANALYSIS
{
	struct thread *next = rq->current;

	rq->stats.switches++;
	next->switches++;
	load_mmu(rq, next);
	WRITE_ONCE(next->on_cpu, 1);
	rq->prev = prev;
	this_cpu_write(thread_current_ptr, next);
	arch_thread_switch(&prev->arch, &next->arch);
	switch_finish();
}

void sched_set_mmu_root(paddr_t root)
{
	runq_this()->mmu_root = root;
}

void switch_thread(enum switch_kind kind) NO_THREAD_SAFETY_ANALYSIS
{
	struct runq *rq = runq_this();
	struct thread *prev = thread_current();
	struct thread *next;
	ktime_t now;

	if (UNLIKELY(this_cpu_read(preempt_count) != 1))
		panic("thread %s sleeps or yields where it must not: preempt count 0x%x",
		      prev->name, this_cpu_read(preempt_count));
	spin_lock_irqs_off(&rq->lock);
	now = time_now();
	leave_queue(rq, prev, kind, now);
	runq_charge(rq, now);
	WRITE_ONCE(*this_cpu_ptr(preempt_need_resched), 0);
	if (rq->runnable == 0)
		balance_steal_locked(rq, now);
	next = runq_pick(rq);
	runq_set_current(rq, next, now);
	runq_arm_slice(rq, now);
	if (next == prev) {
		spin_unlock_irqs_off(&rq->lock);
		return;
	}

	rq->stats.preemptions += kind == SWITCH_PREEMPT && prev != rq->idle ? 1 : 0;
	if (prev == rq->idle)
		balance_clear_idle(rq->cpu);
	switch_to_current(rq, prev);
}

void switch_finish(void) NO_THREAD_SAFETY_ANALYSIS
{
	struct runq *rq = runq_this(); /* of the CPU this thread is on now */
	struct thread *prev = rq->prev;
	struct thread *migrating = rq->migrating;
	bool is_dead = prev->state == THREAD_DEAD;
	irqflags_t flags;

	rq->migrating = NULL;
	/* Pairs with the acquire in thread_join(): its stack is not used any more. */
	store_release(&prev->on_cpu, 0);
	spin_unlock_irqs_off(&rq->lock);
	if (UNLIKELY(is_dead))
		thread_put(prev);
	if (UNLIKELY(migrating)) {
		rq = runq_lock_of(migrating, &flags);
		runq_place_and_unlock(rq, migrating, flags);
	}
}

void switch_block(ktime_t deadline)
{
	struct thread *self = thread_current();
	bool has_timer = deadline != KTIME_FOREVER;

	if (has_timer)
		timer_start(&self->sleep_timer, deadline);
	arch_irq_disable();
	switch_thread(SWITCH_BLOCK);
	arch_irq_enable();
	preempt_enable();
	if (has_timer)
		(void)timer_cancel(&self->sleep_timer);
}

void preempt_schedule(void)
{
	/* With interrupts off this is not the place; the next interrupt's end is. */
	if (!arch_irqs_are_enabled())
		return;
	do {
		arch_irq_disable();
		preempt_disable();
		switch_thread(SWITCH_PREEMPT);
		preempt_enable_no_resched();
		arch_irq_enable();
	} while (this_cpu_read(preempt_need_resched));
}

void sched_irq_exit(void)
{
	while (this_cpu_read(preempt_need_resched)) {
		preempt_disable();
		switch_thread(SWITCH_PREEMPT);
		preempt_enable_no_resched();
	}
}
