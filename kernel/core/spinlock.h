/*
 * Spin lock: short critical sections, fair (ticket). Preemption is off while
 * one is held; the _irqsave forms also keep interrupts off and are for locks
 * whose rank says IRQ. Debug builds check rank, owner and context on each call.
 */
#ifndef KERNEL_CORE_SPINLOCK_H
#define KERNEL_CORE_SPINLOCK_H

#include "kernel/core/lockdep.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

struct CAPABILITY("spinlock") spinlock {
	union {
		uint32_t word;
		struct {
			uint16_t owner; /* ticket that is served */
			uint16_t next;	/* ticket the next comer draws */
		};
	};
	struct lockdep dep;
};

#define SPINLOCK_INIT(rank_)                                                                       \
	{                                                                                          \
		.dep = LOCKDEP_INIT(rank_)                                                         \
	}

void spin_lock_init(struct spinlock *lock, enum lock_rank rank) ASSUMES_HELD(lock);

void spin_lock(struct spinlock *lock) ACQUIRES(lock);
void spin_unlock(struct spinlock *lock) RELEASES(lock);
MUST_CHECK bool spin_trylock(struct spinlock *lock) TRY_ACQUIRES(true, lock);

irqflags_t spin_lock_irqsave(struct spinlock *lock) ACQUIRES(lock);
void spin_unlock_irqrestore(struct spinlock *lock, irqflags_t flags) RELEASES(lock);

/*
 * For a caller that knows interrupts are off. Unlocking does not switch threads,
 * even if a switch is due: that happens when interrupts come back on.
 */
void spin_lock_irqs_off(struct spinlock *lock) ACQUIRES(lock);
void spin_unlock_irqs_off(struct spinlock *lock) RELEASES(lock);
MUST_CHECK bool spin_trylock_irqs_off(struct spinlock *lock) TRY_ACQUIRES(true, lock);

/* Panics in debug builds unless this CPU holds the lock. */
void spin_assert_held(struct spinlock *lock) ASSUMES_HELD(lock);

#endif
