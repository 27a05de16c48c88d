/*
 * Read-write locks.
 *
 * The lock is never left free while somebody waits: whoever leaves last makes
 * the next ones holders before it wakes them, so nobody can slip in between and
 * the phases alternate strictly.
 *
 *	writer leaves		all waiting readers hold it; without any, the
 *				first waiting writer
 *	last reader leaves	the first waiting writer holds it; there are no
 *				waiting readers unless a writer waits
 *	reader comes		holds it at once unless a writer holds or waits
 *	writer gives up waiting	the readers that waited behind it hold it, if it
 *				was the last writer and readers are inside
 *
 * Lock order: the lock (its rank) -> inner lock -> run queue.
 */
#include "kernel/sched/rwlock.h"

#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/sched/thread.h"

#define CALLER_PC ((vaddr_t)__builtin_return_address(0))

void rwlock_init(struct rwlock *rw, enum lock_rank rank) NO_THREAD_SAFETY_ANALYSIS
{
	spin_lock_init(&rw->lock, LOCK_MUTEX_INTERNAL);
	rw->reader_count = 0;
	rw->writer = NULL;
	waitq_init(&rw->readers);
	waitq_init(&rw->writers);
	lockdep_init_lock(&rw->dep, rank);
}

static void admit_readers_locked(struct rwlock *rw) REQUIRES(&rw->lock);

static void admit_readers_locked(struct rwlock *rw)
{
	rw->reader_count += waitq_wake_all(&rw->readers);
}

static void admit_writer_locked(struct rwlock *rw) REQUIRES(&rw->lock);

static void admit_writer_locked(struct rwlock *rw)
{
	rw->writer = waitq_first_sleeper(&rw->writers);
	waitq_wake_one(&rw->writers);
}

static bool try_read_locked(struct rwlock *rw) REQUIRES(&rw->lock);

static bool try_read_locked(struct rwlock *rw)
{
	if (rw->writer || waitq_has_sleepers(&rw->writers))
		return false;
	rw->reader_count++;
	return true;
}

static bool try_write_locked(struct rwlock *rw, struct thread *self) REQUIRES(&rw->lock);

static bool try_write_locked(struct rwlock *rw, struct thread *self)
{
	if (rw->writer || rw->reader_count > 0)
		return false;
	rw->writer = self;
	return true;
}

static int read_lock(struct rwlock *rw, enum waitq_mode mode)
{
	int err = 0;

	spin_lock(&rw->lock);
	/* Woken means admitted. */
	if (!try_read_locked(rw))
		err = waitq_sleep_at(&rw->readers, &rw->lock, KTIME_FOREVER, mode, WAITQ_BACK);
	spin_unlock(&rw->lock);
	return err;
}

static int write_lock(struct rwlock *rw, struct thread *self, enum waitq_mode mode)
{
	int err = 0;

	spin_lock(&rw->lock);
	if (!try_write_locked(rw, self))
		err = waitq_sleep_at(&rw->writers, &rw->lock, KTIME_FOREVER, mode, WAITQ_BACK);
	if (err && !rw->writer && !waitq_has_sleepers(&rw->writers))
		admit_readers_locked(rw);
	DEBUG_ASSERT(err || rw->writer == self);
	spin_unlock(&rw->lock);
	return err;
}

void rwlock_read_lock(struct rwlock *rw) NO_THREAD_SAFETY_ANALYSIS
{
	struct thread *self = thread_current();
	int err;

	lockdep_before_sleep_lock(&self->held, &rw->dep, CALLER_PC);
	err = read_lock(rw, WAITQ_UNINTERRUPTIBLE);
	ASSERT(err == 0);
	lockdep_sleep_lock_acquired(&self->held, &rw->dep, CALLER_PC);
}

int rwlock_read_lock_interruptible(struct rwlock *rw) NO_THREAD_SAFETY_ANALYSIS
{
	struct thread *self = thread_current();
	int err;

	lockdep_before_sleep_lock(&self->held, &rw->dep, CALLER_PC);
	err = read_lock(rw, WAITQ_INTERRUPTIBLE);
	if (!err)
		lockdep_sleep_lock_acquired(&self->held, &rw->dep, CALLER_PC);
	return err;
}

void rwlock_write_lock(struct rwlock *rw) NO_THREAD_SAFETY_ANALYSIS
{
	struct thread *self = thread_current();
	int err;

	lockdep_before_sleep_lock(&self->held, &rw->dep, CALLER_PC);
	err = write_lock(rw, self, WAITQ_UNINTERRUPTIBLE);
	ASSERT(err == 0);
	lockdep_sleep_lock_acquired(&self->held, &rw->dep, CALLER_PC);
}

int rwlock_write_lock_interruptible(struct rwlock *rw) NO_THREAD_SAFETY_ANALYSIS
{
	struct thread *self = thread_current();
	int err;

	lockdep_before_sleep_lock(&self->held, &rw->dep, CALLER_PC);
	err = write_lock(rw, self, WAITQ_INTERRUPTIBLE);
	if (!err)
		lockdep_sleep_lock_acquired(&self->held, &rw->dep, CALLER_PC);
	return err;
}

bool rwlock_read_trylock(struct rwlock *rw) NO_THREAD_SAFETY_ANALYSIS
{
	bool is_taken;

	spin_lock(&rw->lock);
	is_taken = try_read_locked(rw);
	spin_unlock(&rw->lock);
	if (is_taken)
		lockdep_sleep_lock_acquired(&thread_current()->held, &rw->dep, CALLER_PC);
	return is_taken;
}

bool rwlock_write_trylock(struct rwlock *rw) NO_THREAD_SAFETY_ANALYSIS
{
	struct thread *self = thread_current();
	bool is_taken;

	spin_lock(&rw->lock);
	is_taken = try_write_locked(rw, self);
	spin_unlock(&rw->lock);
	if (is_taken)
		lockdep_sleep_lock_acquired(&self->held, &rw->dep, CALLER_PC);
	return is_taken;
}

void rwlock_read_unlock(struct rwlock *rw) NO_THREAD_SAFETY_ANALYSIS
{
	lockdep_sleep_lock_release(&thread_current()->held, &rw->dep);
	spin_lock(&rw->lock);
	ASSERT(rw->reader_count > 0);
	rw->reader_count--;
	if (rw->reader_count == 0 && waitq_has_sleepers(&rw->writers))
		admit_writer_locked(rw);
	spin_unlock(&rw->lock);
}

void rwlock_write_unlock(struct rwlock *rw) NO_THREAD_SAFETY_ANALYSIS
{
	struct thread *self = thread_current();

	lockdep_sleep_lock_release(&self->held, &rw->dep);
	spin_lock(&rw->lock);
	ASSERT(rw->writer == self);
	rw->writer = NULL;
	admit_readers_locked(rw);
	if (rw->reader_count == 0 && waitq_has_sleepers(&rw->writers))
		admit_writer_locked(rw);
	spin_unlock(&rw->lock);
}

void rwlock_downgrade(struct rwlock *rw) NO_THREAD_SAFETY_ANALYSIS
{
	spin_lock(&rw->lock);
	ASSERT(rw->writer == thread_current());
	rw->writer = NULL;
	rw->reader_count = 1;
	admit_readers_locked(rw);
	spin_unlock(&rw->lock);
}

void rwlock_assert_write_held(struct rwlock *rw) NO_THREAD_SAFETY_ANALYSIS
{
	ASSERT(READ_ONCE(rw->writer) == thread_current());
}
