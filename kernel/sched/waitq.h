/*
 * Wait queue: the one way to block, for threads and for pollers.
 *
 * A queue belongs to an object and is guarded by that object's spinlock: every
 * function here is called with it held. The pattern:
 *
 *	spin_lock(&obj->lock);
 *	while (!obj->is_ready) {
 *		err = waitq_sleep(&obj->readers, &obj->lock, deadline);
 *		if (err)
 *			goto out_unlock;
 *	}
 *
 * and on the other side, under the same lock, the change and its wake-up:
 *
 *	obj->is_ready = true;
 *	waitq_wake_all(&obj->readers);
 *
 * A wake-up takes its thread out of the queue. A thread that was taken out gets
 * 0 even when its deadline passed or it was interrupted meanwhile, so a wake-up
 * given to one thread is never lost to all.
 */
#ifndef KERNEL_SCHED_WAITQ_H
#define KERNEL_SCHED_WAITQ_H

#include "kernel/core/spinlock.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/list.h"
#include "kernel/lib/types.h"

struct thread;

struct waitq {
	struct list_node sleepers; /* of struct waiter, longest waiting first */
	struct list_node watchers; /* of struct waiter: pollers */
};

#define WAITQ_INIT(name)                                                                           \
	{                                                                                          \
		.sleepers = LIST_INIT((name).sleepers), .watchers = LIST_INIT((name).watchers)     \
	}

struct waiter;
/* Called under the lock of the queue's owner; must not sleep, add or remove. */
typedef void waiter_wake_fn(struct waiter *waiter);

/* A sleeping thread's (on its stack) or a poller's (in its own storage). */
struct waiter {
	struct list_node node;
	waiter_wake_fn *wake;  /* const; NULL for a thread */
	struct thread *thread; /* const; NULL for a poller */
};

void waitq_init(struct waitq *wq);

/*
 * Releases the lock, sleeps, takes the lock again. Lock is held by spin_lock();
 * no other spinlock may be held.
 *
 *	0		woken by one of the wake functions
 *	-EINTR		thread_interrupt(), now or before
 *	-ETIMEDOUT	the deadline (nanoseconds since boot) passed
 *	-EAGAIN		at once, for KTIME_POLL
 */
MUST_CHECK int waitq_sleep(struct waitq *wq, struct spinlock *lock, ktime_t deadline)
	REQUIRES(lock);

/* The same, deaf to interruption: for waits that are short by construction. */
MUST_CHECK int waitq_sleep_uninterruptible(struct waitq *wq, struct spinlock *lock,
					   ktime_t deadline) REQUIRES(lock);

/*
 * For locks of an IRQ rank: held by spin_lock_irqsave() or _irqs_off().
 * Interrupts are off before and after, and on while the thread sleeps.
 */
MUST_CHECK int waitq_sleep_irqs_off(struct waitq *wq, struct spinlock *lock, ktime_t deadline)
	REQUIRES(lock);
MUST_CHECK int waitq_sleep_uninterruptible_irqs_off(struct waitq *wq, struct spinlock *lock,
						    ktime_t deadline) REQUIRES(lock);

/* Where in the queue a sleeper goes; for locks built on wait queues. */
enum waitq_place {
	WAITQ_BACK,
	WAITQ_FRONT, /* it waited before and lost a race */
};

enum waitq_mode {
	WAITQ_INTERRUPTIBLE,
	WAITQ_UNINTERRUPTIBLE,
};

/* The general form, with the lock held by spin_lock(). */
MUST_CHECK int waitq_sleep_at(struct waitq *wq, struct spinlock *lock, ktime_t deadline,
			      enum waitq_mode mode, enum waitq_place place) REQUIRES(lock);

/*
 * Each tells all watchers, wakes up to one, n or all of the sleepers, longest
 * waiting first, and returns how many threads it woke. Any context that may
 * take the owner's lock.
 */
uint32_t waitq_wake_one(struct waitq *wq);
uint32_t waitq_wake_n(struct waitq *wq, uint32_t n);
uint32_t waitq_wake_all(struct waitq *wq);

static inline bool waitq_has_sleepers(const struct waitq *wq)
{
	return !list_is_empty(&wq->sleepers);
}

/* The thread that waitq_wake_one() would wake, or NULL. Valid while the lock is held. */
struct thread *waitq_first_sleeper(const struct waitq *wq);

/*
 * Pollers: wake(waiter) is called on each wake-up of the queue, until removed;
 * they take no wake-up away from a sleeper. Storage is the caller's. Removing a
 * waiter that is not in the queue does nothing.
 */
void waiter_init(struct waiter *waiter, waiter_wake_fn *wake);
void waitq_add(struct waitq *wq, struct waiter *waiter);
void waitq_remove(struct waitq *wq, struct waiter *waiter);

#endif
