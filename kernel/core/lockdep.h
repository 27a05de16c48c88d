/*
 * Lock-order checker (debug builds).
 *
 * Every lock has a rank from lock_rank.def. A thread or interrupt handler may
 * take a lock only of a rank after all those it holds. What it holds is kept
 * per context: spinlocks per CPU, sleeping locks per thread. In release builds
 * everything here is empty.
 */
#ifndef KERNEL_CORE_LOCKDEP_H
#define KERNEL_CORE_LOCKDEP_H

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

#ifndef CONFIG_DEBUG
#define CONFIG_DEBUG 0
#endif

enum lock_rank {
#define RANK(name, context) LOCK_##name,
#include "kernel/core/lock_rank.def"
#undef RANK
	LOCK_RANK_COUNT,
};

#if CONFIG_DEBUG
/* Holder fields are written by the holder only; readers are diagnostics. */
struct lockdep {
	uint8_t rank;
	bool is_held;
	cpu_id_t cpu; /* of the holder, spinlocks only */
	vaddr_t holder_pc;
};
#define LOCKDEP_INIT(rank_)                                                                        \
	{                                                                                          \
		.rank = (rank_)                                                                    \
	}
#else
struct lockdep {
};
#define LOCKDEP_INIT(rank_)                                                                        \
	{                                                                                          \
	}
#endif

#define LOCKDEP_MAX_HELD 16

/* The locks one context holds, in order of acquisition. */
struct lockdep_stack {
	uint32_t depth;
	struct lockdep *held[LOCKDEP_MAX_HELD];
};

const char *lock_rank_name(enum lock_rank rank);

#if CONFIG_DEBUG
void lockdep_init_lock(struct lockdep *dep, enum lock_rank rank);
/* Before waiting for the lock: order and context; panics with both places. */
void lockdep_before_spin(struct lockdep *dep, vaddr_t pc);
void lockdep_spin_acquired(struct lockdep *dep, vaddr_t pc);
void lockdep_spin_release(struct lockdep *dep);
/* A trylock cannot deadlock, so its order is free; it is recorded all the same. */
void lockdep_assert_spin_held(const struct lockdep *dep);
/* Sleeping locks: stack belongs to the running thread. */
void lockdep_before_sleep_lock(struct lockdep_stack *stack, struct lockdep *dep, vaddr_t pc);
void lockdep_sleep_lock_acquired(struct lockdep_stack *stack, struct lockdep *dep, vaddr_t pc);
void lockdep_sleep_lock_release(struct lockdep_stack *stack, struct lockdep *dep);
/* Panics if this CPU holds any spinlock: called before sleeping. */
void lockdep_assert_no_spinlock(void);
/* Locks this CPU holds now, for the monitor; racy for other CPUs. */
uint32_t lockdep_spin_held_count(cpu_id_t cpu);
#else
static inline void lockdep_init_lock(struct lockdep *dep UNUSED, enum lock_rank rank UNUSED)
{
}
static inline void lockdep_before_spin(struct lockdep *dep UNUSED, vaddr_t pc UNUSED)
{
}
static inline void lockdep_spin_acquired(struct lockdep *dep UNUSED, vaddr_t pc UNUSED)
{
}
static inline void lockdep_spin_release(struct lockdep *dep UNUSED)
{
}
static inline void lockdep_assert_spin_held(const struct lockdep *dep UNUSED)
{
}
static inline void lockdep_before_sleep_lock(struct lockdep_stack *stack UNUSED,
					     struct lockdep *dep UNUSED, vaddr_t pc UNUSED)
{
}
/* The number is kept in all builds: kernel/task/contain.c asks for it. */
static inline void lockdep_sleep_lock_acquired(struct lockdep_stack *stack,
					       struct lockdep *dep UNUSED, vaddr_t pc UNUSED)
{
	stack->depth++;
}
static inline void lockdep_sleep_lock_release(struct lockdep_stack *stack,
					      struct lockdep *dep UNUSED)
{
	stack->depth--;
}
static inline void lockdep_assert_no_spinlock(void)
{
}
#endif

#endif
