/*
 * Balance: which CPU a thread runs on.
 *
 * A waking thread goes back to the CPU it ran on last when that is idle, or is
 * the waker's own (whoever wakes by itself mostly goes to sleep soon, and an
 * interrupt to another CPU costs more than a switch); else to an idle CPU; else
 * back all the same. A mask of idle CPUs makes that a few loads. Whoever
 * chooses an idle CPU takes it out of the mask, so that two wakers at a time
 * choose two.
 *
 * That leaves queues uneven, and two things even them out. A CPU that runs out
 * of threads takes one that waits elsewhere before it halts. A CPU on which
 * somebody waits has a slice timer, and from it now and then gives a thread to
 * a CPU that has two less. CPUs without waiting threads do nothing, so an idle
 * machine is quiet.
 *
 * Lock order: two run queues by CPU number; out of order by trylock only.
 */
#include "kernel/core/assert.h"
#include "kernel/core/time.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/bits.h"
#include "kernel/sched/runq_impl.h"

/* Threads of a queue that are looked at for one that may move. */
#define MOVE_SEARCH_MAX 32

static struct atomic64 idle_mask[CPUMASK_WORDS];

void balance_set_idle(cpu_id_t cpu)
{
	if (!(atomic64_load(&idle_mask[cpu / 64]) & BIT(cpu % 64)))
		atomic64_or(&idle_mask[cpu / 64], BIT(cpu % 64));
}

void balance_clear_idle(cpu_id_t cpu)
{
	if (atomic64_load(&idle_mask[cpu / 64]) & BIT(cpu % 64))
		atomic64_and(&idle_mask[cpu / 64], ~BIT(cpu % 64));
}

static bool claim_idle(cpu_id_t cpu)
{
	struct atomic64 *word = &idle_mask[cpu / 64];
	uint64_t bit = BIT(cpu % 64);

	return (atomic64_load(word) & bit) && (atomic64_fetch_and(word, ~bit) & bit);
}

/* One of the candidates in a word of the mask; the first that nobody else takes. */
static bool claim_one_of(size_t word, uint64_t candidates, cpu_id_t *out)
{
	for (; candidates != 0; candidates &= candidates - 1) {
		cpu_id_t cpu = (cpu_id_t)(word * 64 + bits_first(candidates));

		if (claim_idle(cpu)) {
			*out = cpu;
			return true;
		}
	}
	return false;
}

static bool claim_any_idle(const struct thread *thread, cpu_id_t *out)
{
	uint32_t count = cpu_online_count();

	for (size_t i = 0; i * 64 < count; i++) {
		if (claim_one_of(i, atomic64_load(&idle_mask[i]) & thread->affinity.bits[i], out))
			return true;
	}
	return false;
}

/* The allowed CPU with the fewest threads, `first` among equals. */
static cpu_id_t least_loaded(const struct thread *thread, cpu_id_t first)
{
	uint32_t count = cpu_online_count();
	uint32_t least = UINT32_MAX;
	cpu_id_t best = first;

	if (thread_is_allowed_on(thread, first))
		least = READ_ONCE(runq_of(first)->runnable);
	for (cpu_id_t cpu = cpumask_next(&thread->affinity, 0, count); cpu < count;
	     cpu = cpumask_next(&thread->affinity, cpu + 1, count)) {
		if (READ_ONCE(runq_of(cpu)->runnable) >= least)
			continue;
		least = READ_ONCE(runq_of(cpu)->runnable);
		best = cpu;
	}
	return best;
}

/* The allowed CPU that runs the least important thing, if that is less than ours. */
static cpu_id_t least_important(const struct thread *thread)
{
	uint32_t count = cpu_online_count();
	int least = (int)thread->rt.prio;
	cpu_id_t best = thread->cpu;

	if (thread_is_allowed_on(thread, best) && READ_ONCE(runq_of(best)->prio) < least)
		return best;
	for (cpu_id_t cpu = cpumask_next(&thread->affinity, 0, count); cpu < count;
	     cpu = cpumask_next(&thread->affinity, cpu + 1, count)) {
		if (READ_ONCE(runq_of(cpu)->prio) >= least)
			continue;
		least = READ_ONCE(runq_of(cpu)->prio);
		best = cpu;
	}
	return thread_is_allowed_on(thread, best) ? best : least_loaded(thread, best);
}

cpu_id_t balance_select_wake(const struct thread *thread)
{
	cpu_id_t last = thread->cpu;
	bool may_stay = thread_is_allowed_on(thread, last);
	cpu_id_t cpu;

	if (cpu_online_count() == 1)
		return 0;
	if (may_stay && claim_idle(last))
		return last;
	if (may_stay && last == cpu_current() && !preempt_in_interrupt() &&
	    thread->policy == THREAD_POLICY_FAIR)
		return last;
	if (claim_any_idle(thread, &cpu))
		return cpu;
	if (thread->policy != THREAD_POLICY_FAIR)
		return least_important(thread);
	return may_stay ? last : least_loaded(thread, last);
}

cpu_id_t balance_select_new(const struct thread *thread)
{
	cpu_id_t cpu;

	if (cpu_online_count() == 1)
		return 0;
	if (claim_any_idle(thread, &cpu))
		return cpu;
	return least_loaded(thread, cpu_current());
}

/* A thread that waits in rq and may run on cpu, or NULL. */
static struct thread *find_movable(struct runq *rq, cpu_id_t cpu) REQUIRES(&rq->lock);

static struct thread *find_movable(struct runq *rq, cpu_id_t cpu)
{
	struct list_node *node = rq->fair_threads.prev;
	struct thread *thread;

	for (size_t i = 0; rq->rt.count > 0 && i < RT_PRIO_MAX; i++) {
		list_for_each (rt_node, &rq->rt.lists[RT_PRIO_MAX - i]) {
			thread = container_of(rt_node, struct thread, rt.node);
			if (thread != rq->current && thread_is_allowed_on(thread, cpu))
				return thread;
		}
	}
	/* From the back: those that came last have least to lose here. */
	for (int i = 0; node != &rq->fair_threads && i < MOVE_SEARCH_MAX; i++, node = node->prev) {
		thread = container_of(node, struct thread, fair_node);
		if (thread != rq->current && thread_is_allowed_on(thread, cpu))
			return thread;
	}
	return NULL;
}

static struct thread *move_one(struct runq *from, struct runq *to, ktime_t now)
	REQUIRES(&from->lock, &to->lock);

static struct thread *move_one(struct runq *from, struct runq *to, ktime_t now)
{
	struct thread *thread = find_movable(from, to->cpu);

	if (!thread)
		return NULL;
	runq_dequeue(from, thread, now);
	thread->cpu = to->cpu;
	runq_enqueue(to, thread, now);
	return thread;
}

/* Whether somebody waits there, as far as one can see from here. */
static bool has_waiting(cpu_id_t cpu)
{
	return READ_ONCE(runq_of(cpu)->runnable) > 1;
}

/* The CPU with the most threads of those where somebody waits; count: none. */
static cpu_id_t busiest(cpu_id_t self, uint32_t count)
{
	uint32_t most = 1;
	cpu_id_t best = count;

	for (cpu_id_t cpu = 0; cpu < count; cpu++) {
		if (cpu == self || READ_ONCE(runq_of(cpu)->runnable) <= most)
			continue;
		most = READ_ONCE(runq_of(cpu)->runnable);
		best = cpu;
	}
	return best;
}

bool balance_steal_locked(struct runq *rq, ktime_t now)
{
	uint32_t count = cpu_online_count();
	cpu_id_t cpu = count > 1 ? busiest(rq->cpu, count) : count;
	struct thread *thread;
	struct runq *from;

	if (cpu == count)
		return false;
	from = runq_of(cpu);
	if (!spin_trylock_irqs_off(&from->lock))
		return false;
	thread = move_one(from, rq, now);
	spin_unlock_irqs_off(&from->lock);
	if (thread)
		rq->stats.steals++;
	return thread != NULL;
}

static void lock_both(struct runq *a, struct runq *b) ACQUIRES(&a->lock, &b->lock);
static void unlock_both(struct runq *a, struct runq *b) RELEASES(&a->lock, &b->lock);

static void lock_both(struct runq *a, struct runq *b) NO_THREAD_SAFETY_ANALYSIS
{
	spin_lock_irqs_off(a->cpu < b->cpu ? &a->lock : &b->lock);
	spin_lock_irqs_off(a->cpu < b->cpu ? &b->lock : &a->lock);
}

static void unlock_both(struct runq *a, struct runq *b)
{
	spin_unlock_irqs_off(&a->lock);
	spin_unlock_irqs_off(&b->lock);
}

static bool steal_from(struct runq *rq, cpu_id_t cpu)
{
	struct runq *from = runq_of(cpu);
	struct thread *thread;

	lock_both(from, rq);
	thread = move_one(from, rq, time_now());
	if (thread) {
		rq->stats.steals++;
		runq_check_preempt(rq, thread);
	}
	unlock_both(from, rq);
	return thread != NULL;
}

bool balance_steal_idle(void)
{
	irqflags_t flags = arch_irq_save();
	uint32_t count = cpu_online_count();
	struct runq *rq = runq_this();
	bool has_stolen = false;

	for (cpu_id_t cpu = 0; cpu < count && !has_stolen; cpu++) {
		if (cpu != rq->cpu && has_waiting(cpu))
			has_stolen = steal_from(rq, cpu);
	}
	arch_irq_restore(flags);
	return has_stolen;
}

void balance_push(void)
{
	struct runq *from = runq_this();
	uint32_t count = cpu_online_count();
	struct thread *thread;
	struct runq *to = from;

	for (cpu_id_t cpu = 0; cpu < count; cpu++) {
		if (READ_ONCE(runq_of(cpu)->runnable) < READ_ONCE(to->runnable))
			to = runq_of(cpu);
	}
	if (READ_ONCE(to->runnable) + 2 > READ_ONCE(from->runnable))
		return;

	lock_both(from, to);
	thread = move_one(from, to, time_now());
	if (thread) {
		from->stats.pushes++;
		runq_check_preempt(to, thread);
	}
	unlock_both(from, to);
}
