/*
 * Fair class: earliest eligible virtual deadline first, for one CPU. Pure: time
 * and locking are the caller's. See fair.c for the idea.
 */
#ifndef KERNEL_SCHED_FAIR_H
#define KERNEL_SCHED_FAIR_H

#include "kernel/lib/compiler.h"
#include "kernel/lib/rbtree.h"
#include "kernel/lib/types.h"

#define NICE_MIN (-20)
#define NICE_MAX 19

#define FAIR_WEIGHT_UNIT 1024u /* of nice 0 */
#define FAIR_WEIGHT_MIN 10u
#define FAIR_WEIGHT_MAX 100000u
#define FAIR_SLICE_NS (3 * NSEC_PER_MSEC)

/* A thread's part, or a group's. */
struct fair_entity {
	struct rb_node node;
	struct fair_queue *queue;   /* where it is, or was last */
	struct fair_entity *parent; /* the group that queue belongs to; NULL at the root */
	struct fair_queue *members; /* a group's own queue; NULL for a thread */
	uint64_t vruntime;	    /* virtual nanoseconds; wraps, compare differences */
	uint64_t deadline;	    /* virtual time by which the request should be served */
	uint64_t min_vruntime;	    /* least of the subtree */
	int64_t lag;		    /* while not queued: service owed, virtual */
	ktime_t left_at;	    /* while not queued: since when */
	uint32_t weight;
	uint64_t inv_weight; /* 2^32 * FAIR_WEIGHT_UNIT / weight */
};

struct fair_queue {
	struct rb_root tree;	     /* by deadline; without current */
	struct fair_entity *current; /* runs now, counted in the sums; may be NULL */
	uint64_t origin;	     /* virtual time that the sum is relative to */
	int64_t weighted_sum;	     /* of weight * (vruntime - origin), all members */
	uint64_t weight;	     /* of all members */
	uint32_t count;		     /* of members: tree and current */
};

void fair_queue_init(struct fair_queue *fq);
void fair_entity_init(struct fair_entity *se);

uint32_t fair_weight_of_nice(int nice);

/* Of an entity that is in no queue. */
void fair_set_weight(struct fair_entity *se, uint32_t weight);

/* Joins the queue at time now with the lag it left with; is not current. */
void fair_enqueue(struct fair_queue *fq, struct fair_entity *se, ktime_t now);

/* Leaves the queue, keeping its lag. It may be current. */
void fair_dequeue(struct fair_queue *fq, struct fair_entity *se, ktime_t now);

/* The current entity ran for delta nanoseconds. True when its request is served: pick again. */
bool fair_charge(struct fair_queue *fq, ktime_t delta);

/* The member that should run, current included; NULL when there is none. */
struct fair_entity *fair_pick(const struct fair_queue *fq);

/* Makes a member current (NULL: nobody); the current one goes back into the tree. */
void fair_set_current(struct fair_queue *fq, struct fair_entity *se);

/* The current entity leaves; one that is in no queue and weighs the same takes its place. */
void fair_hand_over(struct fair_queue *fq, struct fair_entity *se, ktime_t now);

/* Gives up the rest of the request of the current entity. */
void fair_yield(struct fair_queue *fq);

/* Whether a member of the tree should run before the current one. */
bool fair_preempts(const struct fair_queue *fq, const struct fair_entity *se);

/* Real time until the current entity's request is served; at least 1. */
ktime_t fair_time_left(const struct fair_queue *fq);

/* The weighted average of the members' vruntimes. */
uint64_t fair_average(const struct fair_queue *fq);

/* Whether the sums, the tree and the summaries agree. For tests and debug builds. */
bool fair_check(struct fair_queue *fq);

#endif
