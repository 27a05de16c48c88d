/*
 * Fair class across groups, for one CPU. Pure, like fair.h: time and locking are
 * the caller's.
 *
 * A group is an entity in its parent's queue and has a queue of its own; a thread
 * is an entity without one. An entity's path leads from it through the groups
 * above to the root queue. Each queue's current entity is the one on the path of
 * the running thread.
 */
#ifndef KERNEL_SCHED_FAIR_PATH_H
#define KERNEL_SCHED_FAIR_PATH_H

#include "kernel/sched/fair.h"

/* Joins its queue, and takes the groups above with it as far as they had nobody. */
void fair_path_enqueue(struct fair_entity *se, ktime_t now);

/* Leaves, and takes groups that have nobody any more out as well. */
void fair_path_dequeue(struct fair_entity *se, ktime_t now);

/* The thread that should run, or NULL. */
struct fair_entity *fair_path_pick(const struct fair_queue *root);

/* Makes a queued thread's path the current one; NULL: none. */
void fair_path_set_current(struct fair_queue *root, struct fair_entity *se);

/* The current path ran for delta nanoseconds. True when a request on it is served. */
bool fair_path_charge(struct fair_queue *root, ktime_t delta);

/* Whether a thread that waits should run before the current one. */
bool fair_path_preempts(const struct fair_entity *se);

/* Real time until the first request on the current path is served; at least 1. */
ktime_t fair_path_time_left(const struct fair_queue *root);

/* Changes the weight of an entity, queued or not, current or not. */
void fair_path_reweight(struct fair_entity *se, uint32_t weight, ktime_t now);

/* Gives up the rest of the request of the current thread. */
void fair_path_yield(struct fair_queue *root);

#endif
