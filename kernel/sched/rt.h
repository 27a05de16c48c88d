/*
 * Real-time class: the highest priority first; FIFO within one, or in turns of
 * a time slice. Pure, for one CPU; locking and time are the caller's.
 */
#ifndef KERNEL_SCHED_RT_H
#define KERNEL_SCHED_RT_H

#include "kernel/lib/bitmap.h"
#include "kernel/lib/list.h"
#include "kernel/lib/types.h"

#define RT_PRIO_MIN 1
#define RT_PRIO_MAX 99
#define RT_RR_SLICE_NS (100 * NSEC_PER_MSEC)

/* A thread's part. */
struct rt_entity {
	struct list_node node;
	uint32_t prio;	    /* RT_PRIO_MIN..MAX, higher runs first */
	bool is_rr;	    /* takes turns with its equals */
	ktime_t slice_left; /* of an is_rr one */
};

struct rt_queue {
	uint64_t bitmap[BITMAP_WORDS(RT_PRIO_MAX + 1)]; /* of lists that are not empty */
	struct list_node lists[RT_PRIO_MAX + 1];
	uint32_t count;
};

void rt_queue_init(struct rt_queue *q);
void rt_entity_init(struct rt_entity *se);

/* A member stays in its list while it runs. */
void rt_enqueue(struct rt_queue *q, struct rt_entity *se);
void rt_dequeue(struct rt_queue *q, struct rt_entity *se);

/* The member that should run; NULL when there is none. */
struct rt_entity *rt_pick(const struct rt_queue *q);

/* Behind its equals, with a new slice. */
void rt_rotate(struct rt_queue *q, struct rt_entity *se);

/* A member ran for delta. True when its slice is over and it was rotated: pick again. */
bool rt_charge(struct rt_queue *q, struct rt_entity *se, ktime_t delta);

/* Whether another member waits for this one's slice to end. */
bool rt_takes_turns(const struct rt_queue *q, const struct rt_entity *se);

#endif
