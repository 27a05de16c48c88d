/*
 * In place of kernel/core/spinlock.c.
 *
 * Locks for one thread of execution: taking one that is held can never succeed,
 * so it is a panic. The rules of kernel/core/lock_rank.def are checked as well.
 */
#include "kernel/core/spinlock.h"

#include "kernel/core/preempt.h"
#include "tests/unit/fake/fake.h"

/* Any of these words is the context of a rank in the list. */
enum context {
	THREAD = 0,
	IRQ = 1,
	NESTS = 2,
	THREAD_NESTS = 2,
	IRQ_NESTS = 3,
};

static const struct {
	const char *name;
	unsigned int context;
} ranks[] = {
#define RANK(name, context) {#name, context},
#include "kernel/core/lock_rank.def"
#undef RANK
};

static bool is_locked(const struct spinlock *lock)
{
	return lock->next != lock->owner;
}

static void check_order(const struct spinlock *lock)
{
	unsigned int rank = lock->dep.rank;

	for (uint32_t i = 0; i < fake_locks_held; i++) {
		unsigned int outer = fake_locks[i]->dep.rank;

		if (outer > rank || (outer == rank && !(ranks[rank].context & NESTS)))
			fake_panic("lock order: %s taken inside %s", ranks[rank].name,
				   ranks[outer].name);
	}
	if ((ranks[rank].context & IRQ) && arch_irqs_are_enabled())
		fake_panic("lock context: %s taken with interrupts on", ranks[rank].name);
}

static void acquire(struct spinlock *lock)
{
	lock->next++;
	if (fake_locks_held == FAKE_LOCKS_MAX)
		fake_panic("too many locks held");
	fake_locks[fake_locks_held++] = lock;
	preempt_disable();
}

static void lock_checked(struct spinlock *lock)
{
	if (is_locked(lock))
		fake_panic("lock %s is held already", ranks[lock->dep.rank].name);
	check_order(lock);
	acquire(lock);
}

static void unlock_checked(struct spinlock *lock)
{
	uint32_t i = fake_locks_held;

	while (i > 0 && fake_locks[i - 1] != lock)
		i--;
	if (i == 0)
		fake_panic("lock %s is not held", ranks[lock->dep.rank].name);
	for (; i < fake_locks_held; i++)
		fake_locks[i - 1] = fake_locks[i];
	fake_locks_held--;
	lock->owner++;
}

void spin_lock_init(struct spinlock *lock, enum lock_rank rank)
{
	*lock = (struct spinlock)SPINLOCK_INIT(rank);
}

void spin_lock(struct spinlock *lock)
{
	lock_checked(lock);
}

void spin_unlock(struct spinlock *lock)
{
	unlock_checked(lock);
	preempt_enable();
}

bool spin_trylock(struct spinlock *lock)
{
	if (is_locked(lock))
		return false;
	acquire(lock);
	return true;
}

irqflags_t spin_lock_irqsave(struct spinlock *lock)
{
	irqflags_t flags = arch_irq_save();

	lock_checked(lock);
	return flags;
}

void spin_unlock_irqrestore(struct spinlock *lock, irqflags_t flags)
{
	unlock_checked(lock);
	arch_irq_restore(flags);
	preempt_enable();
}

void spin_lock_irqs_off(struct spinlock *lock)
{
	if (arch_irqs_are_enabled())
		fake_panic("spin_lock_irqs_off with interrupts on");
	lock_checked(lock);
}

void spin_unlock_irqs_off(struct spinlock *lock)
{
	unlock_checked(lock);
	preempt_enable_no_resched();
}

bool spin_trylock_irqs_off(struct spinlock *lock)
{
	return spin_trylock(lock);
}

void spin_assert_held(struct spinlock *lock)
{
	if (!is_locked(lock))
		fake_panic("lock %s is not held", ranks[lock->dep.rank].name);
}
