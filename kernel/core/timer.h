/*
 * Timers: call a function once at a time, in interrupt context.
 *
 * Each CPU has a tree of pending timers and one hardware one-shot timer, armed
 * for the earliest. There is no tick: an idle CPU without timers sleeps until
 * something else interrupts it.
 */
#ifndef KERNEL_CORE_TIMER_H
#define KERNEL_CORE_TIMER_H

#include "kernel/lib/compiler.h"
#include "kernel/lib/rbtree.h"
#include "kernel/lib/types.h"

struct timer;
/* Interrupts off; may start its own timer again, must not wait. */
typedef void timer_fn(struct timer *timer);

/* Storage is the owner's; all fields are the timer code's. */
struct timer {
	struct rb_node node;
	timer_fn *fn;	 /* const */
	ktime_t expires; /* under the lock of cpu's queue, as all below */
	cpu_id_t cpu;
	uint8_t state;
};

void timer_init(struct timer *timer, timer_fn *fn);

/*
 * Arms (or moves) the timer to go off on this CPU at or soon after expires.
 * One owner at a time: two CPUs must not start the same timer concurrently.
 * Any context.
 */
void timer_start(struct timer *timer, ktime_t expires);

/*
 * Disarms. True if it was pending. When this returns, the function is not
 * running anywhere and will not run: it waits for a running one, so it must not
 * be called from the function itself or with a lock that it takes.
 */
bool timer_cancel(struct timer *timer);

/* Timers pending on a CPU; *next_out is when the first goes off, KTIME_FOREVER without one. */
uint32_t timer_pending_count(cpu_id_t cpu, ktime_t *next_out);

/* Called by the arch when the one-shot timer fires. */
void timer_interrupt(void);

/* Each CPU once, before its first interrupt. */
void timer_init_cpu(void);

#endif
