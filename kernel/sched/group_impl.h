/* Scheduling groups: what the run queues need of them. Private to kernel/sched. */
#ifndef KERNEL_SCHED_GROUP_IMPL_H
#define KERNEL_SCHED_GROUP_IMPL_H

#include "kernel/core/spinlock.h"
#include "kernel/core/timer.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/refcount.h"
#include "kernel/sched/fair.h"
#include "kernel/sched/group.h"
#include "kernel/sched/waitq.h"

/* A group's part on one CPU; under that CPU's run queue lock. */
struct group_cpu {
	struct fair_entity se; /* in the parent's queue while fq has somebody */
	struct fair_queue fq;
	ktime_t run_ns;
};

struct sched_group {
	struct refcount refs;
	struct sched_group *parent; /* const: a reference; NULL at the root */
	uint32_t weight;	    /* READ_ONCE, WRITE_ONCE */

	/* READ_ONCE, WRITE_ONCE; quota SCHED_GROUP_QUOTA_NONE: the rest is unused. */
	ktime_t quota;
	ktime_t period;
	/* What is left in this period; less than 0: a debt to the next. */
	struct atomic64 budget;
	/* Whether the timer runs or is being started: who sets it starts it. */
	struct atomic32 is_timer_armed;
	bool is_over_budget; /* threads wait before they run user code again */

	struct spinlock lock;			/* rank SCHED_GROUP */
	struct waitq waiters GUARDED_BY(&lock); /* for is_over_budget to end */
	uint64_t periods GUARDED_BY(&lock);
	uint64_t throttled_count GUARDED_BY(&lock);
	ktime_t throttled_ns GUARDED_BY(&lock);
	ktime_t over_since GUARDED_BY(&lock); /* valid while is_over_budget */
	struct timer period_timer;

	struct group_cpu cpus[]; /* by CPU number */
};

/*
 * The queue that a thread of this group joins on a CPU, entered in its entity. The
 * caller has that CPU's run queue lock, root is its queue.
 */
void group_place(struct sched_group *group, cpu_id_t cpu, struct fair_queue *root,
		 struct fair_entity *se);

/* After somebody joined or left on the CPU: what the group weighs there. */
void group_update_weight(struct sched_group *group, cpu_id_t cpu, ktime_t now);

/*
 * A thread of the group ran on the CPU for delta. True when a budget on the way
 * up is used up. The caller has the CPU's run queue lock.
 */
bool group_charge(struct sched_group *group, cpu_id_t cpu, ktime_t delta, ktime_t now);

/* Whether a budget on the way up is used up. Any context. */
bool group_is_over_budget(const struct sched_group *group);

/* How long a thread may run until a budget has to be looked at; KTIME_FOREVER: none. */
ktime_t group_time_left(const struct sched_group *group);

#endif
