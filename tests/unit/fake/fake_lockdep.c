/* In place of kernel/core/lockdep.c: no order is checked here (fake_lock.c checks
 * that of spinlocks), but what is held is. */
#include "kernel/core/lockdep.h"

#include "kernel/core/spinlock.h"
#include "tests/unit/fake/fake.h"

static const char *const names[] = {
#define RANK(name, context) #name,
#include "kernel/core/lock_rank.def"
#undef RANK
};

const char *lock_rank_name(enum lock_rank rank)
{
	return names[rank];
}

void lockdep_init_lock(struct lockdep *dep, enum lock_rank rank)
{
	*dep = (struct lockdep)LOCKDEP_INIT(rank);
}

void lockdep_before_spin(struct lockdep *dep, vaddr_t pc)
{
	(void)dep;
	(void)pc;
}

void lockdep_spin_acquired(struct lockdep *dep, vaddr_t pc)
{
	dep->is_held = true;
	dep->holder_pc = pc;
}

void lockdep_spin_release(struct lockdep *dep)
{
	dep->is_held = false;
}

void lockdep_assert_spin_held(const struct lockdep *dep)
{
	if (!dep->is_held)
		fake_panic("lock %s is not held", names[dep->rank]);
}

void lockdep_before_sleep_lock(struct lockdep_stack *stack, struct lockdep *dep, vaddr_t pc)
{
	(void)stack;
	(void)dep;
	(void)pc;
	lockdep_assert_no_spinlock();
}

void lockdep_sleep_lock_acquired(struct lockdep_stack *stack, struct lockdep *dep, vaddr_t pc)
{
	if (stack->depth == LOCKDEP_MAX_HELD)
		fake_panic("too many sleeping locks held");
	stack->held[stack->depth++] = dep;
	lockdep_spin_acquired(dep, pc);
}

void lockdep_sleep_lock_release(struct lockdep_stack *stack, struct lockdep *dep)
{
	uint32_t i = stack->depth;

	while (i > 0 && stack->held[i - 1] != dep)
		i--;
	if (i == 0)
		fake_panic("sleeping lock %s is not held", names[dep->rank]);
	for (; i < stack->depth; i++)
		stack->held[i - 1] = stack->held[i];
	stack->depth--;
	lockdep_spin_release(dep);
}

void lockdep_assert_no_spinlock(void)
{
	if (fake_locks_held)
		fake_panic("spinlock %s held where sleep is possible",
			   names[fake_locks[fake_locks_held - 1]->dep.rank]);
}

uint32_t lockdep_spin_held_count(cpu_id_t cpu)
{
	(void)cpu;
	return fake_locks_held;
}
