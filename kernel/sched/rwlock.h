/*
 * Read-write lock: sleeping, phase-fair.
 *
 * Many readers or one writer. Phases alternate while both kinds wait: when a
 * writer leaves, all readers that wait by then enter together; when the last of
 * them leaves, the next writer enters, and readers that come in between wait.
 * So a reader waits for one writer at most, a writer for one read phase per
 * writer before it. Not recursive: a reader must not read-lock again, since a
 * writer may have come in between.
 */
#ifndef KERNEL_SCHED_RWLOCK_H
#define KERNEL_SCHED_RWLOCK_H

#include "kernel/core/lockdep.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"
#include "kernel/sched/waitq.h"

struct CAPABILITY("rwlock") rwlock {
	struct spinlock lock;
	uint32_t reader_count GUARDED_BY(&lock); /* that hold it */
	struct thread *writer GUARDED_BY(&lock); /* that holds it */
	struct waitq readers GUARDED_BY(&lock);	 /* that wait */
	struct waitq writers GUARDED_BY(&lock);	 /* that wait */
	struct lockdep dep;
};

void rwlock_init(struct rwlock *rw, enum lock_rank rank) ASSUMES_HELD(rw);

#define RWLOCK_INIT(name, rank_)                                                                   \
	{                                                                                          \
		.lock = SPINLOCK_INIT(LOCK_MUTEX_INTERNAL), .readers = WAITQ_INIT((name).readers), \
		.writers = WAITQ_INIT((name).writers), .dep = LOCKDEP_INIT(rank_)                  \
	}

void rwlock_read_lock(struct rwlock *rw) ACQUIRES_SHARED(rw);
void rwlock_write_lock(struct rwlock *rw) ACQUIRES(rw);

/* 0, or -EINTR without the lock. */
MUST_CHECK int rwlock_read_lock_interruptible(struct rwlock *rw) TRY_ACQUIRES_SHARED(false, rw);
MUST_CHECK int rwlock_write_lock_interruptible(struct rwlock *rw) TRY_ACQUIRES(false, rw);

MUST_CHECK bool rwlock_read_trylock(struct rwlock *rw) TRY_ACQUIRES_SHARED(true, rw);
MUST_CHECK bool rwlock_write_trylock(struct rwlock *rw) TRY_ACQUIRES(true, rw);

void rwlock_read_unlock(struct rwlock *rw) RELEASES_SHARED(rw);
void rwlock_write_unlock(struct rwlock *rw) RELEASES(rw);

/* Makes the writer a reader, letting in the readers that wait. */
void rwlock_downgrade(struct rwlock *rw) RELEASES(rw)
ACQUIRES_SHARED(rw);

/* Panics unless the running thread is the writer. */
void rwlock_assert_write_held(struct rwlock *rw) ASSUMES_HELD(rw);

#endif
