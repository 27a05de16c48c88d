/*
 * Parking, and handing over the CPU.
 *
 * Why no wake-up is lost: as for wait queues (waitq.c). The thread says that it
 * sleeps while it holds the owner's lock, and so does whoever wakes it.
 *
 * Handing over: the thread that sleeps gives its place in the queue, and the rest
 * of its turn, to one that it wakes and that works for it. No queue changes, nobody
 * is compared, no other CPU is looked for, and nobody pays yet: whoever has the place
 * at the end of the turn pays for all of it, which is the same because both are of
 * one group and weigh the same. So this is the quickest switch there is.
 *
 * The owner's lock is released after the run queue was taken, so the one who is next
 * is asleep beyond doubt when it is given the CPU, and runs after everything that was
 * done under the owner's lock.
 *
 * Lock order: the owner's lock -> run queue.
 */
#include "kernel/sched/park.h"

#include "kernel/core/time.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/errno.h"
#include "kernel/sched/group_impl.h"
#include "kernel/sched/runq_impl.h"

/* Moves a thread that sleeps on another CPU to this one. Interrupts off. */
static void bring_here(struct thread *thread, cpu_id_t cpu)
{
	irqflags_t flags;
	struct runq *rq = runq_lock_of(thread, &flags);

	runq_assume_locked(rq);
	if (thread_is_sleeping(thread) && !thread->is_queued && thread_is_allowed_on(thread, cpu))
		thread->cpu = cpu;
	spin_unlock_irqrestore(&rq->lock, flags);
}

static_assert(THREAD_POLICY_FAIR == 0, "two policies are compared at once");

/* self has said that it sleeps; next is asleep, or just woken by somebody else. */
static bool can_hand_over(struct runq *rq, const struct thread *self, const struct thread *next)
	REQUIRES(&rq->lock);

static bool can_hand_over(struct runq *rq, const struct thread *self, const struct thread *next)
{
	return next->cpu == rq->cpu && thread_is_sleeping(next) && !next->is_queued &&
	       thread_is_sleeping(self) && self->is_queued &&
	       (self->policy | next->policy) == THREAD_POLICY_FAIR && self->group == next->group &&
	       self->fair.weight == next->fair.weight && rq->rt.count == 0 &&
	       thread_is_allowed_on(next, rq->cpu);
}

/* next takes the place of self, who is the queue's current thread. */
static void give_place(struct runq *rq, struct thread *self, struct thread *next)
	REQUIRES(&rq->lock);

static void give_place(struct runq *rq, struct thread *self, struct thread *next)
{
	ktime_t now = time_now();

	/* Beyond a slice there may be an account to be settled with. */
	if (UNLIKELY(now - rq->charged_until > FAIR_SLICE_NS))
		runq_charge(rq, now);
	self->run_ns += now - rq->run_since;
	rq->run_since = now;

	if (UNLIKELY(next->fair.queue != self->fair.queue))
		group_place(next->group, rq->cpu, &rq->fair, &next->fair);
	fair_hand_over(self->fair.queue, &next->fair, now);
	list_insert_between(&next->fair_node, self->fair_node.prev, self->fair_node.next);
	list_init(&self->fair_node);
	self->is_queued = false;
	next->is_queued = true;
	next->is_over_budget = self->is_over_budget;
	next->was_handed_over = true;
	WRITE_ONCE(next->state, THREAD_RUNNABLE);
	rq->current = next;
	rq->stats.wakes++;
}

/* Interrupts off; the preempt count is 2, for the lock and for the switch. */
static void hand_over(struct spinlock *lock, struct thread *self,
		      struct thread *next) NO_THREAD_SAFETY_ANALYSIS
{
	struct runq *rq = runq_this();

	if (UNLIKELY(READ_ONCE(next->cpu) != rq->cpu))
		bring_here(next, rq->cpu);
	spin_lock_irqs_off(&rq->lock);
	if (LIKELY(can_hand_over(rq, self, next))) {
		give_place(rq, self, next);
		spin_unlock_irqs_off(lock);
		switch_to_current(rq, self);
		return;
	}
	spin_unlock_irqs_off(&rq->lock);
	(void)thread_wake(next);
	spin_unlock_irqs_off(lock);
	switch_thread(SWITCH_BLOCK);
}

/* Why the thread should not sleep; 0 if it should. */
static int reason_to_stop(const struct thread *self, ktime_t deadline)
{
	if (thread_pending_interrupts(self))
		return -EINTR;
	if (LIKELY(deadline == KTIME_FOREVER))
		return 0;
	if (deadline == KTIME_POLL)
		return -EAGAIN;
	return time_now() >= deadline ? -ETIMEDOUT : 0;
}

int thread_park(struct spinlock *lock, ktime_t deadline,
		struct thread *next) NO_THREAD_SAFETY_ANALYSIS
{
	struct thread *self = thread_current();
	int err;

	self->was_handed_over = false;
	WRITE_ONCE(self->state, THREAD_SLEEPING_INTERRUPTIBLE);
	/* Pairs with the full barrier in thread_interrupt(). */
	atomic_fence();
	err = reason_to_stop(self, deadline);
	if (UNLIKELY(err)) {
		WRITE_ONCE(self->state, THREAD_RUNNABLE);
		if (next)
			(void)thread_wake(next);
		spin_unlock(lock);
		return err;
	}

	if (UNLIKELY(deadline != KTIME_FOREVER))
		timer_start(&self->sleep_timer, deadline);
	arch_irq_disable();
	preempt_disable();
	if (LIKELY(next != NULL)) {
		hand_over(lock, self, next);
	} else {
		spin_unlock_irqs_off(lock);
		switch_thread(SWITCH_BLOCK);
	}
	arch_irq_enable();
	preempt_enable();
	if (UNLIKELY(deadline != KTIME_FOREVER))
		(void)timer_cancel(&self->sleep_timer);
	return self->was_handed_over ? THREAD_HANDED_OVER : 0;
}

void thread_unpark(struct thread *thread)
{
	(void)thread_wake(thread);
}
