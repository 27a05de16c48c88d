/*
 * Scheduling group: a share of the CPUs for many threads together.
 *
 * Groups form a tree below the root group. A group competes with its siblings (and
 * with threads that are directly in the same parent) by weight, whatever the
 * number of its threads, and what it gets is divided inside in the same way. A
 * quota bounds the time that a group and all below it get in a period, on all
 * CPUs together; a group that used it up waits for the next period. Real-time
 * threads count in the time of their groups but are not held back.
 */
#ifndef KERNEL_SCHED_GROUP_H
#define KERNEL_SCHED_GROUP_H

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

struct sched_group;
struct thread;

/* Weights as cgroup v2 counts them. */
#define SCHED_GROUP_WEIGHT_MIN 1u
#define SCHED_GROUP_WEIGHT_DEFAULT 100u
#define SCHED_GROUP_WEIGHT_MAX 10000u

#define SCHED_GROUP_PERIOD_MIN NSEC_PER_MSEC
#define SCHED_GROUP_PERIOD_DEFAULT (100 * NSEC_PER_MSEC)
#define SCHED_GROUP_PERIOD_MAX NSEC_PER_SEC
/* The least that a quota may be. */
#define SCHED_GROUP_QUOTA_MIN NSEC_PER_MSEC
/* As a quota: none. */
#define SCHED_GROUP_QUOTA_NONE KTIME_FOREVER

/* The group of every thread that was put in no other. Borrowed, always there. */
struct sched_group *sched_group_root(void);

/*
 * A group in parent, of which it holds a reference, with the default weight and no
 * quota. On success the caller owns one reference to *out. 0 or -ENOMEM.
 */
MUST_CHECK int sched_group_create(struct sched_group *parent, struct sched_group **out);
void sched_group_get(struct sched_group *group);
/* Any context but NMI, no run queue lock held. */
void sched_group_put(struct sched_group *group);

/*
 * Puts a thread into a group, of which it holds a reference until it is in another
 * one or has left its CPU for good. A thread that runs moves at once.
 */
void sched_group_attach(struct sched_group *group, struct thread *thread);

/*
 * For a thread on its way to user mode, when thread->is_over_budget says so: sleeps
 * until no budget above it is used up: 0, or -EINTR.
 */
MUST_CHECK int sched_group_wait_budget(void);

/* 0, or -EINVAL for a value out of range; -EPERM for the root group. */
MUST_CHECK int sched_group_set_weight(struct sched_group *group, uint32_t weight);
MUST_CHECK int sched_group_set_quota(struct sched_group *group, ktime_t quota, ktime_t period);

struct sched_group_stats {
	uint32_t weight;
	ktime_t quota; /* SCHED_GROUP_QUOTA_NONE: none */
	ktime_t period;
	ktime_t run_ns;		  /* CPU time of the group and all below, ever */
	uint64_t periods;	  /* in which it ran with a quota */
	uint64_t throttled_count; /* of these, in which it was held back */
	ktime_t throttled_ns;
};

void sched_group_get_stats(struct sched_group *group, struct sched_group_stats *out);

#endif
