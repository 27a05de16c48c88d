/* Time: the monotonic clock and the wall clock built upon it. */
#ifndef KERNEL_CORE_TIME_H
#define KERNEL_CORE_TIME_H

#include "kernel/arch/clock.h"
#include "kernel/lib/types.h"

/* Nanoseconds since boot. Any context. */
static inline ktime_t time_now(void)
{
	return arch_clock_now();
}

/* Nanoseconds since 1970-01-01 UTC. Any context. */
int64_t time_wall_ns(void);

/* Sets the wall clock (all CPUs see it at once). */
void time_set_wall_ns(int64_t wall_ns);

/* Reads the battery clock and sets the wall clock; a warning and 1970 without one. */
void time_init_wall(void);

/* now + delta, saturating at KTIME_FOREVER; delta may not be negative. */
ktime_t time_after(ktime_t delta_ns);

#endif
