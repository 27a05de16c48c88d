/*
 * Uses: which grants threads are using now.
 *
 * Each thread has a few words for the grants it uses. A look-up fills one, with a
 * plain store; the put clears it, with a plain store. Only a revocation reads
 * other threads' words. For every thread there is an invariant, which revocations
 * re-establish when they meet the thread, under use_lock:
 *
 *	THREAD_INTERRUPT_REVOKE is set  <=>  one of its active grants is dead, and
 *					     a revocation waits for that
 *
 * A thread that puts a use and finds the bit set takes the lock, clears the bit
 * unless its other use is dead as well, and wakes the revocations. The put is a
 * store of the word and then a load of the bit, so there is the same question as
 * for look-ups (revoke.c), and the same answer:
 *
 *	put				revocation
 *	load the bit: 0
 *					set the bit
 *					look at active: still there
 *	store active: cleared
 *					sleep, for ever
 *
 * After setting bits a revocation interrupts all CPUs once more and looks again.
 * Then either it sees the word cleared, or the put sees the bit.
 *
 * Only the first look sets bits. Whoever looks up a dead grant after the barrier
 * stores it for an instant and takes it back; a program doing so for ever must
 * not keep a revocation waiting, and does not: no bit, no wait.
 *
 * A bit that was set for a use which just ended is taken back at the second look.
 * If the thread went to sleep in between it got -EINTR for nothing, which
 * cap_use_result() tells its caller.
 *
 * Grants are freed here, because a revocation reads is_dead of grants it has no
 * reference to: those in active words. A grant whose last reference is gone is
 * in no such word any more, for the user clears it before it drops what keeps
 * the grant; but a revocation may have read the word before. So while one looks,
 * grants that would be freed are kept until it has finished.
 *
 * Lock order: use_lock -> run queue.
 */
#include "kernel/cap/cap_impl.h"
#include "kernel/core/assert.h"
#include "kernel/core/smp_call.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/account.h"
#include "kernel/sched/thread.h"
#include "kernel/sched/waitq.h"

static struct spinlock use_lock = SPINLOCK_INIT(LOCK_CAP_USE);
/* Revocations that wait, for threads to let go or for dependents to be undone. */
static struct waitq waiting GUARDED_BY(&use_lock) = WAITQ_INIT(waiting);
static uint64_t news_count GUARDED_BY(&use_lock); /* times that they were woken */
static uint32_t lookers GUARDED_BY(&use_lock);
/* Grants to be freed when nobody looks, linked by sibling. */
static struct list_node unfreed GUARDED_BY(&use_lock) = LIST_INIT(unfreed);

static bool is_active(const struct thread *thread)
{
	for (uint32_t i = 0; i < THREAD_ACTIVE_GRANTS; i++) {
		if (READ_ONCE(thread->active_grants[i]))
			return true;
	}
	return false;
}

/* The running thread's grants are alive while it uses them, others' while one looks. */
static bool uses_dead(const struct thread *thread)
{
	for (uint32_t i = 0; i < THREAD_ACTIVE_GRANTS; i++) {
		const struct grant *grant = READ_ONCE(thread->active_grants[i]);

		if (grant && grant_is_dead(grant))
			return true;
	}
	return false;
}

static bool is_told(const struct thread *thread)
{
	return thread_pending_interrupts(thread) & THREAD_INTERRUPT_REVOKE;
}

/* After a use is over, or never began: the bit says that somebody waits for that. */
static NOINLINE void let_go(struct thread *self)
{
	spin_lock(&use_lock);
	if (!uses_dead(self))
		thread_clear_interrupt(self, THREAD_INTERRUPT_REVOKE);
	news_count++;
	waitq_wake_all(&waiting);
	spin_unlock(&use_lock);
}

static void use_end(struct thread *self, uint32_t active)
{
	/* All that was done with the object is done before. */
	store_release(&self->active_grants[active], NULL);
	COMPILER_BARRIER(); /* the other half: the second interrupt in use_wait_revoked() */
	if (UNLIKELY(is_told(self)))
		let_go(self);
}

int use_begin(struct thread *self, const struct cap *cap, enum use_references how,
	      struct cap_ref *out)
{
	uint32_t active = 0;

	while (active < THREAD_ACTIVE_GRANTS && self->active_grants[active])
		active++;
	ASSERT(active < THREAD_ACTIVE_GRANTS);
	store_release(&self->active_grants[active], cap->grant);
	COMPILER_BARRIER(); /* the other half: the first interrupt in use_wait_revoked() */
	if (UNLIKELY(grant_is_dead(cap->grant))) {
		use_end(self, active);
		return -EIO;
	}
	out->object = cap->object;
	out->grant = cap->grant;
	out->rights = cap->rights;
	out->active = (uint16_t)active;
	out->is_borrowed = how == USE_BORROWS;
	return 0;
}

int cspace_lookup_dead(struct thread *self)
{
	use_end(self, 0);
	return -EIO;
}

int cap_use(const struct cap *cap, uint32_t needed, struct cap_ref *out)
{
	struct cap own = *cap;
	int err;

	if (needed & ~cap->rights)
		return -EACCES;
	cap_hold(&own);
	err = use_begin(thread_current(), &own, USE_OWNS, out);
	if (err)
		cap_drop(&own);
	return err;
}

void cap_ref_put(struct cap_ref *ref)
{
	use_end(thread_current(), ref->active);
	if (!ref->is_borrowed) {
		kobject_put(ref->object);
		grant_put(ref->grant);
	}
}

void cap_ref_hold(struct cap_ref *ref)
{
	if (!ref->is_borrowed)
		return;
	kobject_get(ref->object);
	grant_get(ref->grant);
	ref->is_borrowed = 0;
}

/* Whether the bit is set without a reason; it is cleared then. */
static bool clear_false_alarm(struct thread *self)
{
	bool is_false;

	spin_lock(&use_lock);
	is_false = !uses_dead(self);
	if (is_false)
		thread_clear_interrupt(self, THREAD_INTERRUPT_REVOKE);
	spin_unlock(&use_lock);
	return is_false;
}

int cap_use_result(const struct cap_ref *ref, int err)
{
	struct thread *self = thread_current();

	if (LIKELY(err != -EINTR))
		return err;
	if (grant_is_dead(ref->grant))
		return -EIO;
	if (is_told(self) && !clear_false_alarm(self))
		return -EIO; /* of the other one it uses */
	return err;
}

void cap_thread_check_idle(void)
{
	struct thread *self = thread_current();

	ASSERT(!is_active(self));
	if (UNLIKELY(is_told(self)))
		let_go(self);
}

void cap_thread_drop_uses(void)
{
	struct thread *self = thread_current();

	for (uint32_t i = 0; i < THREAD_ACTIVE_GRANTS; i++)
		use_end(self, i);
}

void use_announce(void)
{
	spin_lock(&use_lock);
	news_count++;
	waitq_wake_all(&waiting);
	spin_unlock(&use_lock);
}

/* Sleeps until there were news after number seen. */
static void wait_news_locked(uint64_t seen) REQUIRES(&use_lock);

static void wait_news_locked(uint64_t seen)
{
	int err;

	while (news_count == seen) {
		err = waitq_sleep_uninterruptible(&waiting, &use_lock, KTIME_FOREVER);
		ASSERT(err == 0);
	}
}

void use_wait_zero(const uint32_t *running)
{
	spin_lock(&use_lock);
	while (READ_ONCE(*running) > 0)
		wait_news_locked(news_count);
	spin_unlock(&use_lock);
}

static uint64_t news_so_far(void)
{
	uint64_t count;

	spin_lock(&use_lock);
	count = news_count;
	spin_unlock(&use_lock);
	return count;
}

enum look {
	LOOK_FIRST, /* tells those who use something dead */
	LOOK_AGAIN,
};

/* Whether a revocation has to wait for that thread. */
static bool look_at(struct thread *thread, enum look look)
{
	bool must_wait;

	if (!is_active(thread) && !is_told(thread))
		return false;
	spin_lock(&use_lock);
	if (!uses_dead(thread)) {
		thread_clear_interrupt(thread, THREAD_INTERRUPT_REVOKE);
		must_wait = false;
	} else {
		if (look == LOOK_FIRST)
			thread_interrupt(thread, THREAD_INTERRUPT_REVOKE);
		must_wait = is_told(thread);
	}
	spin_unlock(&use_lock);
	return must_wait;
}

static bool look_at_all(enum look look)
{
	struct thread *thread = NULL;
	bool must_wait = false;

	while ((thread = thread_next(thread)) != NULL)
		must_wait |= look_at(thread, look);
	return must_wait;
}

static void begin_looking(void)
{
	spin_lock(&use_lock);
	lookers++;
	spin_unlock(&use_lock);
}

static void free_grant(struct grant *grant)
{
	kmem_free_charged(grant->account, grant, sizeof(*grant));
}

static void end_looking(void)
{
	struct list_node garbage = LIST_INIT(garbage);
	struct list_node *node;

	spin_lock(&use_lock);
	if (--lookers == 0)
		list_splice_back(&garbage, &unfreed);
	spin_unlock(&use_lock);
	while ((node = list_pop_front(&garbage)) != NULL)
		free_grant(list_entry(node, struct grant, sibling));
}

void use_free_grant(struct grant *grant)
{
	bool is_looked_at;

	spin_lock(&use_lock);
	is_looked_at = lookers > 0;
	if (is_looked_at)
		list_push_back(&unfreed, &grant->sibling);
	spin_unlock(&use_lock);
	if (!is_looked_at)
		free_grant(grant);
}

static void do_nothing(void *arg UNUSED)
{
}

/* Every CPU takes an interrupt, and what it did before is seen by all after. */
static void interrupt_all_cpus(void)
{
	atomic_fence();
	smp_call_others(do_nothing, NULL);
}

void use_wait_revoked(void)
{
	uint64_t seen;

	ASSERT(!is_active(thread_current()));
	interrupt_all_cpus();
	begin_looking();
	if (look_at_all(LOOK_FIRST)) {
		interrupt_all_cpus();
		for (;;) {
			seen = news_so_far();
			if (!look_at_all(LOOK_AGAIN))
				break;
			spin_lock(&use_lock);
			wait_news_locked(seen);
			spin_unlock(&use_lock);
		}
	}
	end_looking();
}
