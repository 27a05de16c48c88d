/*
 * Wait queues: why no wake-up is lost, and none is given twice.
 *
 * The sleeper queues itself and says that it sleeps while it still holds the
 * owner's lock; the waker changes the condition and wakes under the same lock:
 *
 *	sleeper				waker
 *	lock
 *	condition is false
 *	queue itself, state = sleeping
 *	unlock
 *					lock
 *					condition = true
 *					unlink the sleeper
 *					state = runnable
 *					unlock
 *	switch_block(): runnable, so
 *	it goes on at once
 *	lock, look again
 *
 * Whichever comes first, the waker sees the sleeper in the queue or the sleeper
 * sees the condition. If the thread has left its CPU before it is woken,
 * thread_wake() puts it into a run queue.
 *
 * A deadline or an interruption wakes without the lock and leaves the waiter in
 * the queue. Both at once:
 *
 *	sleeper				waker			timer
 *								thread_wake()
 *	runs, wants the lock		lock
 *					unlink the sleeper
 *					(its wake-up is spent)
 *					unlock
 *	lock: no longer linked, so 0,
 *	not -ETIMEDOUT
 *
 * Whether the waiter is still linked decides, under the lock, and nothing else:
 * a wake-up that took a thread out of the queue is always reported to it, and a
 * thread that reports a timeout or interruption took no wake-up from anyone.
 *
 * The waker may touch the waiter, on the other's stack, and the thread itself
 * after unlinking: the sleeper cannot leave waitq_sleep() before it gets the
 * lock. Wakings that come late, from an interruption that was meant for an
 * earlier sleep, find the waiter linked and no reason, and the loop sleeps on.
 *
 * Lock order: the owner's lock -> run queue, timers.
 */
#include "kernel/sched/waitq.h"

#include "kernel/core/assert.h"
#include "kernel/core/preempt.h"
#include "kernel/core/time.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/errno.h"
#include "kernel/sched/runq_impl.h"
#include "kernel/sched/thread.h"

enum lock_kind {
	LOCK_PLAIN,
	LOCK_IRQS_OFF,
};

void waitq_init(struct waitq *wq)
{
	list_init(&wq->sleepers);
	list_init(&wq->watchers);
}

void waiter_init(struct waiter *waiter, waiter_wake_fn *wake)
{
	list_init(&waiter->node);
	waiter->wake = wake;
	waiter->thread = NULL;
}

void waitq_add(struct waitq *wq, struct waiter *waiter)
{
	ASSERT(waiter->wake && !list_is_linked(&waiter->node));
	list_push_back(&wq->watchers, &waiter->node);
}

void waitq_remove(struct waitq *wq UNUSED, struct waiter *waiter)
{
	list_remove(&waiter->node);
}

/* Without a switch in between: the thread goes to sleep anyhow. Preemption is off. */
static void unlock(struct spinlock *lock, enum lock_kind kind) NO_THREAD_SAFETY_ANALYSIS
{
	if (kind == LOCK_PLAIN)
		spin_unlock(lock);
	else
		spin_unlock_irqs_off(lock);
}

static void relock(struct spinlock *lock, enum lock_kind kind) NO_THREAD_SAFETY_ANALYSIS
{
	if (kind == LOCK_PLAIN) {
		spin_lock(lock);
		return;
	}
	arch_irq_disable();
	spin_lock_irqs_off(lock);
}

/* Why the thread should not sleep (any longer); 0 if it should. */
static int reason_to_stop(const struct thread *self, ktime_t deadline, enum waitq_mode mode)
{
	if (mode == WAITQ_INTERRUPTIBLE && thread_pending_interrupts(self))
		return -EINTR;
	if (deadline != KTIME_FOREVER && time_now() >= deadline)
		return -ETIMEDOUT;
	return 0;
}

static int sleep_in(struct waitq *wq, struct spinlock *lock, ktime_t deadline, enum waitq_mode mode,
		    enum waitq_place place, enum lock_kind kind) NO_THREAD_SAFETY_ANALYSIS
{
	struct thread *self = thread_current();
	struct waiter waiter = {.thread = self};
	struct waiter *entry = &waiter;
	int err = 0;

	if (deadline == KTIME_POLL)
		return -EAGAIN;
	/* It is out of the list before it is gone, which a compiler cannot see. */
	HIDE_VALUE(entry);
	if (place == WAITQ_FRONT)
		list_push_front(&wq->sleepers, &entry->node);
	else
		list_push_back(&wq->sleepers, &entry->node);

	while (list_is_linked(&entry->node)) {
		WRITE_ONCE(self->state, mode == WAITQ_INTERRUPTIBLE ? THREAD_SLEEPING_INTERRUPTIBLE
								    : THREAD_SLEEPING);
		/* Pairs with the full barrier in thread_interrupt(). */
		atomic_fence();
		err = reason_to_stop(self, deadline, mode);
		if (err) {
			WRITE_ONCE(self->state, THREAD_RUNNABLE);
			list_remove(&entry->node);
			return err;
		}
		preempt_disable();
		unlock(lock, kind);
		lockdep_assert_no_spinlock();
		switch_block(deadline);
		relock(lock, kind);
	}
	return 0;
}

int waitq_sleep(struct waitq *wq, struct spinlock *lock, ktime_t deadline)
{
	return sleep_in(wq, lock, deadline, WAITQ_INTERRUPTIBLE, WAITQ_BACK, LOCK_PLAIN);
}

int waitq_sleep_uninterruptible(struct waitq *wq, struct spinlock *lock, ktime_t deadline)
{
	return sleep_in(wq, lock, deadline, WAITQ_UNINTERRUPTIBLE, WAITQ_BACK, LOCK_PLAIN);
}

int waitq_sleep_irqs_off(struct waitq *wq, struct spinlock *lock, ktime_t deadline)
{
	return sleep_in(wq, lock, deadline, WAITQ_INTERRUPTIBLE, WAITQ_BACK, LOCK_IRQS_OFF);
}

int waitq_sleep_uninterruptible_irqs_off(struct waitq *wq, struct spinlock *lock, ktime_t deadline)
{
	return sleep_in(wq, lock, deadline, WAITQ_UNINTERRUPTIBLE, WAITQ_BACK, LOCK_IRQS_OFF);
}

int waitq_sleep_at(struct waitq *wq, struct spinlock *lock, ktime_t deadline, enum waitq_mode mode,
		   enum waitq_place place)
{
	return sleep_in(wq, lock, deadline, mode, place, LOCK_PLAIN);
}

uint32_t waitq_wake_n(struct waitq *wq, uint32_t n)
{
	struct list_node *node;
	uint32_t woken = 0;

	list_for_each (watcher, &wq->watchers) {
		struct waiter *waiter = list_entry(watcher, struct waiter, node);

		waiter->wake(waiter);
	}
	while (woken < n && (node = list_pop_front(&wq->sleepers)) != NULL) {
		(void)thread_wake(list_entry(node, struct waiter, node)->thread);
		woken++;
	}
	return woken;
}

uint32_t waitq_wake_one(struct waitq *wq)
{
	return waitq_wake_n(wq, 1);
}

uint32_t waitq_wake_all(struct waitq *wq)
{
	return waitq_wake_n(wq, UINT32_MAX);
}

struct thread *waitq_first_sleeper(const struct waitq *wq)
{
	struct list_node *node = list_first(&wq->sleepers);

	return node ? list_entry(node, struct waiter, node)->thread : NULL;
}
