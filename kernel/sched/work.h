/*
 * Work: run a function soon in a kernel thread, from any context.
 *
 * Each CPU has one worker thread. The items of a CPU run one after another in
 * the order they were queued; a function that sleeps for long delays those
 * behind it, so such jobs have a thread of their own instead.
 */
#ifndef KERNEL_SCHED_WORK_H
#define KERNEL_SCHED_WORK_H

#include "kernel/core/timer.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/list.h"
#include "kernel/lib/types.h"

struct work;
/* In a thread, may sleep; may queue the same work again, or free it. */
typedef void work_fn(struct work *work);

/* Storage is the owner's; all fields are the work queue's. */
struct work {
	struct list_node node;
	work_fn *fn;	     /* const */
	uint32_t pending_on; /* atomic: 1 + the CPU whose list it is in, 0: none */
	cpu_id_t cpu;	     /* whose list it was in last */
};

void work_init(struct work *work, work_fn *fn);

/*
 * Queues the work on this CPU; false when it is pending already (it will run
 * once, after this call). Any context but NMI.
 */
bool work_queue(struct work *work);

/*
 * Takes the work out if it is pending (true), then waits until it is not
 * running. Sleeps; not from the function itself. Nobody may queue it meanwhile.
 */
bool work_cancel(struct work *work);

/* Waits until the work is neither pending nor running. Sleeps. */
void work_flush(struct work *work);

/* Work that a timer queues at or soon after a time. */
struct delayed_work {
	struct work work;
	struct timer timer;
};

void delayed_work_init(struct delayed_work *dw, work_fn *fn);

/* Arms or moves the timer. Any context but NMI. */
void delayed_work_queue(struct delayed_work *dw, ktime_t when);

/* As work_cancel(); true when the timer or the work was pending. */
bool delayed_work_cancel(struct delayed_work *dw);

#endif
