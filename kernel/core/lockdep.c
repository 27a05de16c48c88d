/*
 * Lock-order checker. See lockdep.h for the rule.
 *
 * Two more rules come with it. A lock that interrupt handlers take (rank IRQ) is
 * taken with interrupts off, else the handler could wait for the code it
 * interrupted. And all IRQ ranks lie inside all THREAD ranks: a handler runs on
 * top of whatever THREAD locks the interrupted code holds, which is an order too.
 */
#include "kernel/core/lockdep.h"

#include "kernel/core/ksym.h"
#include "kernel/core/panic.h"
#include "kernel/core/preempt.h"

enum rank_context {
	THREAD = 0,
	IRQ = 1,
	IRQ_NESTS = 3,
	THREAD_NESTS = 2,
};

#define CONTEXT_IRQ 1u
#define CONTEXT_NESTS 2u

static const struct {
	const char *name;
	uint8_t context;
} ranks[LOCK_RANK_COUNT] = {
#define RANK(rank_name, rank_context) {.name = #rank_name, .context = (rank_context)},
#include "kernel/core/lock_rank.def"
#undef RANK
};

const char *lock_rank_name(enum lock_rank rank)
{
	return (unsigned)rank < LOCK_RANK_COUNT ? ranks[rank].name : "?";
}

#if CONFIG_DEBUG

static DEFINE_PER_CPU(struct lockdep_stack, spin_stack);

static const char *symbol(vaddr_t pc)
{
	const char *name;
	uint64_t offset;

	return ksym_lookup(pc, &name, &offset) ? "?" : name;
}

NORETURN static void report(const char *what, const struct lockdep *dep, vaddr_t pc,
			    const struct lockdep *held)
{
	if (held)
		panic("lock order: %s: %s in %s, while %s is held since %s", what,
		      lock_rank_name(dep->rank), symbol(pc), lock_rank_name(held->rank),
		      symbol(held->holder_pc));
	panic("lock order: %s: %s in %s", what, lock_rank_name(dep->rank), symbol(pc));
}

static void check_order(const struct lockdep_stack *stack, const struct lockdep *dep, vaddr_t pc)
{
	for (uint32_t i = 0; i < stack->depth; i++) {
		const struct lockdep *held = stack->held[i];

		if (held == dep)
			report("taken twice", dep, pc, held);
		if (held->rank < dep->rank)
			continue;
		if (held->rank == dep->rank && (ranks[dep->rank].context & CONTEXT_NESTS))
			continue;
		report("taken out of order", dep, pc, held);
	}
}

/*
 * An interrupt handler pushes and pops on the same stack, so an entry and the
 * depth have to change as one: interrupts are off for it.
 */
static void push(struct lockdep_stack *stack, struct lockdep *dep, vaddr_t pc)
{
	irqflags_t flags = arch_irq_save();

	if (stack->depth == LOCKDEP_MAX_HELD)
		report("too many locks held", dep, pc, stack->held[0]);
	stack->held[stack->depth++] = dep;
	dep->holder_pc = pc;
	dep->cpu = cpu_current();
	dep->is_held = true;
	arch_irq_restore(flags);
}

/* Locks may be released in any order. */
static void pop(struct lockdep_stack *stack, struct lockdep *dep)
{
	irqflags_t flags = arch_irq_save();

	for (uint32_t i = stack->depth; i-- > 0;) {
		if (stack->held[i] != dep)
			continue;
		for (; i + 1 < stack->depth; i++)
			stack->held[i] = stack->held[i + 1];
		stack->depth--;
		dep->is_held = false;
		arch_irq_restore(flags);
		return;
	}
	report("released by who does not hold it", dep, dep->holder_pc, NULL);
}

void lockdep_init_lock(struct lockdep *dep, enum lock_rank rank)
{
	*dep = (struct lockdep){.rank = (uint8_t)rank};
}

void lockdep_before_spin(struct lockdep *dep, vaddr_t pc)
{
	bool is_irq_rank = (ranks[dep->rank].context & CONTEXT_IRQ) != 0;

	if (panic_is_active())
		return;
	if (is_irq_rank && arch_irqs_are_enabled())
		report("taken with interrupts on", dep, pc, NULL);
	if (!is_irq_rank && preempt_in_interrupt())
		report("taken by an interrupt handler", dep, pc, NULL);
	check_order(this_cpu_ptr(spin_stack), dep, pc);
}

void lockdep_spin_acquired(struct lockdep *dep, vaddr_t pc)
{
	if (!panic_is_active())
		push(this_cpu_ptr(spin_stack), dep, pc);
}

void lockdep_spin_release(struct lockdep *dep)
{
	if (!panic_is_active())
		pop(this_cpu_ptr(spin_stack), dep);
}

void lockdep_assert_spin_held(const struct lockdep *dep)
{
	if (panic_is_active() || (dep->is_held && dep->cpu == cpu_current()))
		return;
	report("not held where it must be", dep, (vaddr_t)__builtin_return_address(0), NULL);
}

void lockdep_before_sleep_lock(struct lockdep_stack *stack, struct lockdep *dep, vaddr_t pc)
{
	if (panic_is_active())
		return;
	lockdep_assert_no_spinlock();
	check_order(stack, dep, pc);
}

void lockdep_sleep_lock_acquired(struct lockdep_stack *stack, struct lockdep *dep, vaddr_t pc)
{
	if (!panic_is_active())
		push(stack, dep, pc);
}

void lockdep_sleep_lock_release(struct lockdep_stack *stack, struct lockdep *dep)
{
	if (!panic_is_active())
		pop(stack, dep);
}

void lockdep_assert_no_spinlock(void)
{
	irqflags_t flags = arch_irq_save();
	const struct lockdep_stack *stack = this_cpu_ptr(spin_stack);

	if (stack->depth > 0 && !panic_is_active())
		report("held while sleeping", stack->held[stack->depth - 1],
		       (vaddr_t)__builtin_return_address(0), NULL);
	arch_irq_restore(flags);
}

uint32_t lockdep_spin_held_count(cpu_id_t cpu)
{
	return READ_ONCE(cpu_ptr(spin_stack, cpu)->depth);
}

#endif
