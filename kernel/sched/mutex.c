/*
 * Mutexes.
 *
 * One word tells everything that the uncontended paths need: the owner, and in
 * the low bit of the pointer whether anyone waits.
 *
 *	0			free, nobody waits
 *	owner			held, nobody waits
 *	owner | WAITERS		held; the release takes the slow path
 *	WAITERS			free, and a waiter was woken to take it, but whoever
 *				comes first gets it
 *
 * That a newcomer may overtake the woken waiter keeps the lock busy while the
 * waiter is on its way, which is what makes short critical sections cheap. A
 * waiter that was overtaken queues up in front and asks for a hand-over: the
 * next release makes it the owner before it wakes it. So a waiter is overtaken
 * once at most, whoever comes and however often.
 *
 * The bit is set, and waiters leave the queue, only under the inner lock:
 *
 *	waiter				owner
 *	inner lock
 *	owner -> owner | WAITERS
 *					release: word != owner, so slow path,
 *					which waits for the inner lock
 *	queue itself, unlock, sleep
 *					inner lock, wake
 *
 * While the owner runs on another CPU it is likely to be done before a sleep
 * would pay, so a comer spins for a while. It reads owner->on_cpu without a
 * reference: the owner may have released the lock, ended and been freed
 * meanwhile. Memory of threads stays mapped, so the worst is one wrong guess;
 * the word is read again in each turn.
 *
 * Lock order: the mutex (its rank) -> inner lock -> run queue.
 */
#include "kernel/sched/mutex.h"

#include "kernel/core/assert.h"
#include "kernel/core/preempt.h"
#include "kernel/lib/errno.h"
#include "kernel/sched/thread.h"

#define MUTEX_WAITERS ((uintptr_t)1)

/* About what two switches of threads cost. */
#define SPIN_TURNS 300

#define CALLER_PC ((vaddr_t)__builtin_return_address(0))

static struct thread *owner_of(uintptr_t word)
{
	return (struct thread *)(word & ~MUTEX_WAITERS);
}

/* The acquire pairs with the release in mutex_unlock() and hand_over(). */
static bool change_word(struct mutex *mutex, uintptr_t old, uintptr_t new)
{
	return __atomic_compare_exchange_n(&mutex->owner, &old, new, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_RELAXED);
}

static uintptr_t read_word(const struct mutex *mutex)
{
	return __atomic_load_n(&mutex->owner, __ATOMIC_ACQUIRE);
}

void mutex_init(struct mutex *mutex, enum lock_rank rank) NO_THREAD_SAFETY_ANALYSIS
{
	mutex->owner = 0;
	spin_lock_init(&mutex->lock, LOCK_MUTEX_INTERNAL);
	mutex->wants_handoff = false;
	waitq_init(&mutex->waiters);
	lockdep_init_lock(&mutex->dep, rank);
}

/* Takes a free mutex, whether others wait or not. */
static bool take_if_free(struct mutex *mutex, struct thread *self)
{
	uintptr_t word = read_word(mutex);

	return !owner_of(word) && change_word(mutex, word, word | (uintptr_t)self);
}

/*
 * True with the mutex. Only so many turns, for an owner that releases and takes
 * it again at once leaves a gap that a spinning thread may never hit, while a
 * queued one gets it handed over.
 */
static bool spin_while_owner_runs(struct mutex *mutex, struct thread *self)
{
	const struct thread *owner;

	for (int turn = 0; turn < SPIN_TURNS; turn++) {
		if (take_if_free(mutex, self))
			return true;
		owner = owner_of(read_word(mutex));
		if (owner && !READ_ONCE(owner->on_cpu))
			return false;
		if (this_cpu_read(preempt_need_resched))
			return false;
		arch_cpu_relax();
	}
	return false;
}

/* Takes the mutex if it is free, else leaves a note that somebody waits. */
static bool take_or_note_locked(struct mutex *mutex, struct thread *self) REQUIRES(&mutex->lock);

static bool take_or_note_locked(struct mutex *mutex, struct thread *self)
{
	uintptr_t flag = waitq_has_sleepers(&mutex->waiters) ? MUTEX_WAITERS : 0;
	uintptr_t word;

	for (;;) {
		word = read_word(mutex);
		if (owner_of(word)) {
			if (change_word(mutex, word, word | MUTEX_WAITERS))
				return false;
		} else if (change_word(mutex, word, (uintptr_t)self | flag)) {
			return true;
		}
	}
}

static int lock_slow(struct mutex *mutex, struct thread *self, enum waitq_mode mode)
{
	enum waitq_place place = WAITQ_BACK;
	int err = 0;

	if (spin_while_owner_runs(mutex, self))
		return 0;

	spin_lock(&mutex->lock);
	while (!take_or_note_locked(mutex, self)) {
		err = waitq_sleep_at(&mutex->waiters, &mutex->lock, KTIME_FOREVER, mode, place);
		if (err || owner_of(read_word(mutex)) == self)
			break;
		place = WAITQ_FRONT;
		mutex->wants_handoff = true;
	}
	if (!waitq_has_sleepers(&mutex->waiters))
		mutex->wants_handoff = false;
	spin_unlock(&mutex->lock);
	return err;
}

static void release_slow(struct mutex *mutex)
{
	struct thread *first;
	uintptr_t word;

	spin_lock(&mutex->lock);
	first = waitq_first_sleeper(&mutex->waiters);
	word = 0;
	if (first) {
		/* The waker's, and all that follow until the last waiter has come by. */
		word = MUTEX_WAITERS;
		if (mutex->wants_handoff) {
			word |= (uintptr_t)first;
			mutex->wants_handoff = false;
		}
	}
	__atomic_store_n(&mutex->owner, word, __ATOMIC_RELEASE);
	waitq_wake_one(&mutex->waiters);
	spin_unlock(&mutex->lock);
}

void mutex_lock(struct mutex *mutex) NO_THREAD_SAFETY_ANALYSIS
{
	struct thread *self = thread_current();
	int err;

	lockdep_before_sleep_lock(&self->held, &mutex->dep, CALLER_PC);
	if (!change_word(mutex, 0, (uintptr_t)self)) {
		err = lock_slow(mutex, self, WAITQ_UNINTERRUPTIBLE);
		ASSERT(err == 0);
	}
	lockdep_sleep_lock_acquired(&self->held, &mutex->dep, CALLER_PC);
}

int mutex_lock_interruptible(struct mutex *mutex) NO_THREAD_SAFETY_ANALYSIS
{
	struct thread *self = thread_current();
	int err;

	lockdep_before_sleep_lock(&self->held, &mutex->dep, CALLER_PC);
	if (!change_word(mutex, 0, (uintptr_t)self)) {
		err = lock_slow(mutex, self, WAITQ_INTERRUPTIBLE);
		if (err)
			return err;
	}
	lockdep_sleep_lock_acquired(&self->held, &mutex->dep, CALLER_PC);
	return 0;
}

bool mutex_trylock(struct mutex *mutex) NO_THREAD_SAFETY_ANALYSIS
{
	struct thread *self = thread_current();

	if (!change_word(mutex, 0, (uintptr_t)self) && !take_if_free(mutex, self))
		return false;
	lockdep_sleep_lock_acquired(&self->held, &mutex->dep, CALLER_PC);
	return true;
}

void mutex_unlock(struct mutex *mutex) NO_THREAD_SAFETY_ANALYSIS
{
	struct thread *self = thread_current();

	mutex_assert_held(mutex);
	lockdep_sleep_lock_release(&self->held, &mutex->dep);
	if (!change_word(mutex, (uintptr_t)self, 0))
		release_slow(mutex);
}

void mutex_assert_held(const struct mutex *mutex) NO_THREAD_SAFETY_ANALYSIS
{
	ASSERT(owner_of(READ_ONCE(mutex->owner)) == thread_current());
}

bool mutex_is_locked(const struct mutex *mutex)
{
	return owner_of(READ_ONCE(mutex->owner)) != NULL;
}
