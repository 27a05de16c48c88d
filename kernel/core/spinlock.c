/*
 * Spin lock: a ticket lock. A comer draws the next ticket and waits until it is
 * served, so nobody starves. The acquire on drawing (or on seeing the own ticket)
 * pairs with the release when the holder serves the next.
 */
#include "kernel/core/spinlock.h"

#include "kernel/core/preempt.h"

#define TICKET_ONE 0x10000u

static void take_ticket(struct spinlock *lock)
{
	uint32_t old = __atomic_fetch_add(&lock->word, TICKET_ONE, __ATOMIC_ACQUIRE);
	uint16_t ticket = (uint16_t)(old >> 16);

	if (LIKELY((uint16_t)old == ticket))
		return;
	while (__atomic_load_n(&lock->owner, __ATOMIC_ACQUIRE) != ticket)
		arch_cpu_relax();
}

static bool try_ticket(struct spinlock *lock)
{
	uint32_t old = __atomic_load_n(&lock->word, __ATOMIC_RELAXED);

	if ((uint16_t)old != (uint16_t)(old >> 16))
		return false;
	return __atomic_compare_exchange_n(&lock->word, &old, old + TICKET_ONE, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Only the holder writes owner, so a plain increment is enough. */
static void serve_next(struct spinlock *lock)
{
	__atomic_store_n(&lock->owner, (uint16_t)(lock->owner + 1), __ATOMIC_RELEASE);
}

static ALWAYS_INLINE void acquire(struct spinlock *lock, vaddr_t pc)
{
	lockdep_before_spin(&lock->dep, pc);
	take_ticket(lock);
	lockdep_spin_acquired(&lock->dep, pc);
}

static ALWAYS_INLINE void release(struct spinlock *lock)
{
	lockdep_spin_release(&lock->dep);
	serve_next(lock);
}

#define CALLER_PC ((vaddr_t)__builtin_return_address(0))

void spin_lock_init(struct spinlock *lock, enum lock_rank rank) NO_THREAD_SAFETY_ANALYSIS
{
	lock->word = 0;
	lockdep_init_lock(&lock->dep, rank);
}

void spin_lock(struct spinlock *lock) NO_THREAD_SAFETY_ANALYSIS
{
	preempt_disable();
	acquire(lock, CALLER_PC);
}

void spin_unlock(struct spinlock *lock) NO_THREAD_SAFETY_ANALYSIS
{
	release(lock);
	preempt_enable();
}

bool spin_trylock(struct spinlock *lock) NO_THREAD_SAFETY_ANALYSIS
{
	preempt_disable();
	if (try_ticket(lock)) {
		lockdep_spin_acquired(&lock->dep, CALLER_PC);
		return true;
	}
	preempt_enable();
	return false;
}

irqflags_t spin_lock_irqsave(struct spinlock *lock) NO_THREAD_SAFETY_ANALYSIS
{
	irqflags_t flags = arch_irq_save();

	preempt_disable();
	acquire(lock, CALLER_PC);
	return flags;
}

/*
 * Interrupts come back before the count drops, so that a pending switch happens
 * here and not with interrupts off.
 */
void spin_unlock_irqrestore(struct spinlock *lock, irqflags_t flags) NO_THREAD_SAFETY_ANALYSIS
{
	release(lock);
	arch_irq_restore(flags);
	preempt_enable();
}

void spin_lock_irqs_off(struct spinlock *lock) NO_THREAD_SAFETY_ANALYSIS
{
	preempt_disable();
	acquire(lock, CALLER_PC);
}

void spin_unlock_irqs_off(struct spinlock *lock) NO_THREAD_SAFETY_ANALYSIS
{
	release(lock);
	preempt_enable_no_resched();
}

bool spin_trylock_irqs_off(struct spinlock *lock) NO_THREAD_SAFETY_ANALYSIS
{
	preempt_disable();
	if (try_ticket(lock)) {
		lockdep_spin_acquired(&lock->dep, CALLER_PC);
		return true;
	}
	preempt_enable_no_resched();
	return false;
}

void spin_assert_held(struct spinlock *lock) NO_THREAD_SAFETY_ANALYSIS
{
	lockdep_assert_spin_held(&lock->dep);
}
