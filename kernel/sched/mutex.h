/*
 * Mutex: a sleeping lock with an owner.
 *
 * Threads only. A thread that finds it taken spins while the owner runs on
 * another CPU and sleeps otherwise. A waiter that lost the lock to a newcomer
 * after being woken gets it handed over at the next release, so nobody starves.
 * Debug builds check the rank against every lock the thread holds.
 */
#ifndef KERNEL_SCHED_MUTEX_H
#define KERNEL_SCHED_MUTEX_H

#include "kernel/core/lockdep.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"
#include "kernel/sched/waitq.h"

struct CAPABILITY("mutex") mutex {
	uintptr_t owner; /* atomic: struct thread * and flags, see mutex.c */
	struct spinlock lock;
	bool wants_handoff GUARDED_BY(&lock);
	struct waitq waiters GUARDED_BY(&lock);
	struct lockdep dep;
};

void mutex_init(struct mutex *mutex, enum lock_rank rank) ASSUMES_HELD(mutex);

#define MUTEX_INIT(name, rank_)                                                                    \
	{                                                                                          \
		.lock = SPINLOCK_INIT(LOCK_MUTEX_INTERNAL), .waiters = WAITQ_INIT((name).waiters), \
		.dep = LOCKDEP_INIT(rank_)                                                         \
	}

void mutex_lock(struct mutex *mutex) ACQUIRES(mutex);

/* 0, or -EINTR without the lock. */
MUST_CHECK int mutex_lock_interruptible(struct mutex *mutex) TRY_ACQUIRES(false, mutex);

MUST_CHECK bool mutex_trylock(struct mutex *mutex) TRY_ACQUIRES(true, mutex);

/* By the owner only. */
void mutex_unlock(struct mutex *mutex) RELEASES(mutex);

/* Panics unless the running thread is the owner. */
void mutex_assert_held(const struct mutex *mutex) ASSUMES_HELD(mutex);

/* Whether somebody holds it; a hint for reports. */
bool mutex_is_locked(const struct mutex *mutex);

#endif
