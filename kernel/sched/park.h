/*
 * Park: sleep and wake-up without a queue, between two threads that know each
 * other. Whoever is woken this way can be given the CPU at once.
 *
 * As with wait queues, the condition that is waited for is guarded by a spinlock of
 * its owner; thread_park() releases that lock when the thread sleeps, and whoever
 * makes the condition true holds it when he wakes the thread:
 *
 *	spin_lock(&obj->lock);		spin_lock(&obj->lock);
 *	obj->waiter = self;		obj->is_ready = true;
 *	...				thread_unpark(obj->waiter);
 *	thread_park(&obj->lock, ...)	spin_unlock(&obj->lock);
 *
 * A parked thread may be interrupted or reach its deadline at any time; it takes the
 * lock and withdraws before it goes on, so that a waker never wakes a thread that is
 * gone.
 */
#ifndef KERNEL_SCHED_PARK_H
#define KERNEL_SCHED_PARK_H

#include "kernel/core/spinlock.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

struct thread;

/* What thread_park() gives when another thread's thread_park() named this one next. */
#define THREAD_HANDED_OVER 1

/*
 * Sleeps; the lock, held by spin_lock(), has been released when it returns. next, if
 * not NULL, is a parked thread that waits under the same lock: it is woken, if
 * possible by giving it this CPU and the rest of the caller's turn.
 *
 *	THREAD_HANDED_OVER	the thread was next for another one, which has finished
 *				what it did under the lock: no need to take it again
 *	0			woken, perhaps for nothing: take the lock and look
 *	-EINTR			thread_interrupt(), now or before
 *	-ETIMEDOUT		the deadline (nanoseconds since boot) has passed
 *	-EAGAIN			at once, for KTIME_POLL
 *
 * Errors are found out before sleeping only; next is woken all the same.
 */
MUST_CHECK int thread_park(struct spinlock *lock, ktime_t deadline, struct thread *next)
	RELEASES(lock);

/* Wakes a parked thread, whose lock the caller holds. */
void thread_unpark(struct thread *thread);

#endif
