/*
 * Scheduling groups: shares and quotas for many threads together.
 *
 * Shares. On each CPU a group is one entity in its parent's fair queue, and its
 * own queue holds its threads and groups there (fair_path.c). What it weighs on a
 * CPU is its weight in proportion to how much of its runnable weight is on that
 * CPU; so the weights on all CPUs add up to the weight it was given, however its
 * threads are spread. The sum over CPUs is read without their locks: it may be a
 * moment old, which shifts a share for a moment.
 *
 * Quotas. All CPUs take from one budget; a timer fills it again each period, for
 * as long as somebody takes. Who finds it empty raises a flag and goes on to the
 * end of what it does in the kernel, and waits there, before it runs user code
 * again: a thread is never held back while it holds a lock or works for another.
 * What it takes beyond the budget is a debt of the next period, so on average
 * the quota is exact. Between two looks a CPU's slice timer sees to it that no
 * more than the rest, shared among the CPUs, is taken.
 *
 *	a thread runs		budget < 0: set the flag; start the timer if nobody has
 *	on its way to user mode	it sees the flag and sleeps in waiters
 *	period timer		budget += quota; above 0: clear the flag, wake all
 *
 * Lock order: group -> run queue -> timer queue, for waking happens under the lock
 * that guards a wait queue. So a charge, which comes with the run queue lock, takes
 * no group's lock: budget, flag and is_timer_armed are atomic.
 */
#include "kernel/sched/group.h"

#include "kernel/arch/smp.h"
#include "kernel/core/assert.h"
#include "kernel/core/time.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/fair_path.h"
#include "kernel/sched/group_impl.h"
#include "kernel/sched/runq_impl.h"

/* No CPU is interrupted more often than this to look at a budget. */
#define BUDGET_LOOK_MIN_NS (NSEC_PER_MSEC / 5)

/* Its threads are in the run queues' own fair queues; it has no limits. */
static struct sched_group root_group = {
	.weight = SCHED_GROUP_WEIGHT_DEFAULT,
	.quota = SCHED_GROUP_QUOTA_NONE,
	.period = SCHED_GROUP_PERIOD_DEFAULT,
};

struct sched_group *sched_group_root(void)
{
	return &root_group;
}

static bool has_quota(const struct sched_group *group)
{
	return READ_ONCE(group->quota) != SCHED_GROUP_QUOTA_NONE;
}

/* Ends what a used-up budget holds back. */
static void release_locked(struct sched_group *group, ktime_t now) REQUIRES(&group->lock);

static void release_locked(struct sched_group *group, ktime_t now)
{
	if (!group->is_over_budget)
		return;
	WRITE_ONCE(group->is_over_budget, false);
	if (group->over_since)
		group->throttled_ns += now - group->over_since;
	group->over_since = 0;
	waitq_wake_all(&group->waiters);
}

/* The first to see the need starts the timer. */
static void arm_period(struct sched_group *group, ktime_t now)
{
	uint32_t idle = 0;

	if (atomic32_load(&group->is_timer_armed) == 0 &&
	    atomic32_cmpxchg(&group->is_timer_armed, &idle, 1))
		timer_start(&group->period_timer, now + READ_ONCE(group->period));
}

/*
 * A new period. When nothing was taken in the last one the timer rests. A charge
 * that comes in between sees the flag cleared, or is seen here:
 *
 *	charge:	budget -= delta		timer:	is_timer_armed = 0
 *		look at is_timer_armed		look at budget
 */
static void period_timer_fired(struct timer *timer)
{
	struct sched_group *group = container_of(timer, struct sched_group, period_timer);
	irqflags_t flags = spin_lock_irqsave(&group->lock);
	ktime_t quota = READ_ONCE(group->quota);
	ktime_t now = time_now();
	int64_t budget = (int64_t)atomic64_load(&group->budget);
	ktime_t refill;
	bool is_used = quota != SCHED_GROUP_QUOTA_NONE && budget < quota;

	if (is_used) {
		group->periods++;
		refill = quota - MAX(budget, 0);
		budget = (int64_t)atomic64_add_return(&group->budget, (uint64_t)refill);
		if (budget > 0)
			release_locked(group, now);
		timer_start(&group->period_timer, now + READ_ONCE(group->period));
	} else {
		release_locked(group, now);
	}
	spin_unlock_irqrestore(&group->lock, flags);
	if (is_used)
		return;
	(void)atomic32_xchg(&group->is_timer_armed, 0);
	if (has_quota(group) && (int64_t)atomic64_load(&group->budget) < quota)
		arm_period(group, now);
}

int sched_group_create(struct sched_group *parent, struct sched_group **out)
{
	uint32_t cpus = arch_cpu_possible_count();
	struct sched_group *group = kmem_zalloc(sizeof(*group) + cpus * sizeof(group->cpus[0]));

	if (!group)
		return -ENOMEM;
	refcount_init(&group->refs);
	group->parent = parent;
	sched_group_get(parent);
	group->weight = SCHED_GROUP_WEIGHT_DEFAULT;
	group->quota = SCHED_GROUP_QUOTA_NONE;
	group->period = SCHED_GROUP_PERIOD_DEFAULT;
	spin_lock_init(&group->lock, LOCK_SCHED_GROUP);
	waitq_init(&group->waiters);
	timer_init(&group->period_timer, period_timer_fired);
	for (uint32_t cpu = 0; cpu < cpus; cpu++) {
		fair_queue_init(&group->cpus[cpu].fq);
		fair_entity_init(&group->cpus[cpu].se);
		group->cpus[cpu].se.members = &group->cpus[cpu].fq;
	}
	*out = group;
	return 0;
}

void sched_group_get(struct sched_group *group)
{
	if (group != &root_group)
		ASSERT(refcount_get(&group->refs));
}

void sched_group_put(struct sched_group *group)
{
	/* A chain of parents may go with it. */
	while (group != &root_group && refcount_put(&group->refs)) {
		struct sched_group *parent = group->parent;

		(void)timer_cancel(&group->period_timer);
		kmem_free(group,
			  sizeof(*group) + arch_cpu_possible_count() * sizeof(group->cpus[0]));
		group = parent;
	}
}

void group_place(struct sched_group *group, cpu_id_t cpu, struct fair_queue *root,
		 struct fair_entity *se)
{
	while (group != &root_group) {
		struct group_cpu *part = &group->cpus[cpu];

		se->queue = &part->fq;
		se->parent = &part->se;
		/* The rest of the way is the same for everybody in the group. */
		if (part->se.queue)
			return;
		se = &part->se;
		group = group->parent;
	}
	se->queue = root;
	se->parent = NULL;
}

/* The group's runnable weight on all CPUs, roughly. */
static uint64_t total_weight(const struct sched_group *group)
{
	uint32_t count = cpu_online_count();
	uint64_t total = 0;

	for (cpu_id_t cpu = 0; cpu < count; cpu++)
		total += READ_ONCE(group->cpus[cpu].fq.weight);
	return total;
}

static uint32_t weight_on(const struct sched_group *group, cpu_id_t cpu)
{
	uint64_t whole =
		(uint64_t)READ_ONCE(group->weight) * FAIR_WEIGHT_UNIT / SCHED_GROUP_WEIGHT_DEFAULT;
	uint64_t here = group->cpus[cpu].fq.weight;
	uint64_t total = total_weight(group);
	uint64_t weight = total > here ? whole * here / total : whole;

	return (uint32_t)MIN(MAX(weight, FAIR_WEIGHT_MIN), FAIR_WEIGHT_MAX);
}

void group_update_weight(struct sched_group *group, cpu_id_t cpu, ktime_t now)
{
	for (; group != &root_group; group = group->parent) {
		if (group->cpus[cpu].fq.count > 0)
			fair_path_reweight(&group->cpus[cpu].se, weight_on(group, cpu), now);
	}
}

bool group_charge(struct sched_group *group, cpu_id_t cpu, ktime_t delta, ktime_t now)
{
	bool is_over = false;

	for (; group != &root_group; group = group->parent) {
		group->cpus[cpu].run_ns += delta;
		if (!has_quota(group))
			continue;
		if ((int64_t)atomic64_sub_return(&group->budget, (uint64_t)delta) <= 0) {
			WRITE_ONCE(group->is_over_budget, true);
			is_over = true;
		}
		arm_period(group, now);
	}
	return is_over;
}

bool group_is_over_budget(const struct sched_group *group)
{
	for (; group != &root_group; group = group->parent) {
		if (READ_ONCE(group->is_over_budget))
			return true;
	}
	return false;
}

ktime_t group_time_left(const struct sched_group *group)
{
	ktime_t left = KTIME_FOREVER;

	for (; group != &root_group; group = group->parent) {
		if (has_quota(group))
			left = MIN(left, (int64_t)atomic64_load(&group->budget) /
						 (ktime_t)cpu_online_count());
	}
	return MAX(left, BUDGET_LOOK_MIN_NS);
}

int sched_group_wait_budget(void)
{
	struct sched_group *group = thread_current()->group;
	int err = 0;

	for (; group != &root_group && !err; group = group->parent) {
		irqflags_t flags;

		if (!READ_ONCE(group->is_over_budget))
			continue;
		flags = spin_lock_irqsave(&group->lock);
		if (group->is_over_budget && group->over_since == 0) {
			group->over_since = time_now();
			group->throttled_count++;
		}
		while (group->is_over_budget && !err)
			err = waitq_sleep_irqs_off(&group->waiters, &group->lock, KTIME_FOREVER);
		spin_unlock_irqrestore(&group->lock, flags);
	}
	return err;
}

int sched_group_set_weight(struct sched_group *group, uint32_t weight)
{
	if (weight < SCHED_GROUP_WEIGHT_MIN || weight > SCHED_GROUP_WEIGHT_MAX)
		return -EINVAL;
	if (group == &root_group)
		return -EPERM;
	WRITE_ONCE(group->weight, weight);
	for (cpu_id_t cpu = 0; cpu < cpu_online_count(); cpu++) {
		struct runq *rq = runq_of(cpu);
		irqflags_t flags = spin_lock_irqsave(&rq->lock);
		ktime_t now = time_now();

		runq_charge(rq, now);
		group_update_weight(group, cpu, now);
		runq_reschedule(rq);
		spin_unlock_irqrestore(&rq->lock, flags);
	}
	return 0;
}

int sched_group_set_quota(struct sched_group *group, ktime_t quota, ktime_t period)
{
	irqflags_t flags;

	if (period < SCHED_GROUP_PERIOD_MIN || period > SCHED_GROUP_PERIOD_MAX ||
	    quota < SCHED_GROUP_QUOTA_MIN)
		return -EINVAL;
	if (group == &root_group)
		return -EPERM;
	flags = spin_lock_irqsave(&group->lock);
	WRITE_ONCE(group->period, period);
	atomic64_store(&group->budget, (uint64_t)quota);
	WRITE_ONCE(group->quota, quota);
	release_locked(group, time_now());
	spin_unlock_irqrestore(&group->lock, flags);
	return 0;
}

void sched_group_get_stats(struct sched_group *group, struct sched_group_stats *out)
{
	irqflags_t flags;

	*out = (struct sched_group_stats){
		.weight = READ_ONCE(group->weight),
		.quota = READ_ONCE(group->quota),
		.period = READ_ONCE(group->period),
	};
	if (group == &root_group)
		return;
	for (cpu_id_t cpu = 0; cpu < cpu_online_count(); cpu++)
		out->run_ns += READ_ONCE(group->cpus[cpu].run_ns);
	flags = spin_lock_irqsave(&group->lock);
	out->periods = group->periods;
	out->throttled_count = group->throttled_count;
	out->throttled_ns = group->throttled_ns;
	if (group->is_over_budget && group->over_since)
		out->throttled_ns += time_now() - group->over_since;
	spin_unlock_irqrestore(&group->lock, flags);
}

void sched_group_attach(struct sched_group *group, struct thread *thread)
{
	struct sched_group *old;
	irqflags_t flags;
	struct runq *rq;
	ktime_t now;

	sched_group_get(group);
	rq = runq_lock_of(thread, &flags);
	runq_assume_locked(rq);
	now = time_now();
	old = thread->group;
	if (thread->is_queued) {
		runq_dequeue(rq, thread, now);
		thread->group = group;
		runq_enqueue(rq, thread, now);
		if (thread == rq->current)
			runq_set_current(rq, thread, now);
		runq_reschedule(rq);
	} else {
		thread->group = group;
	}
	spin_unlock_irqrestore(&rq->lock, flags);
	sched_group_put(old);
}
