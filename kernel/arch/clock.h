/* Clock: monotonic time, one one-shot timer a CPU, and the wall clock chip. */
#ifndef KERNEL_ARCH_CLOCK_H
#define KERNEL_ARCH_CLOCK_H

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

/*
 * Nanoseconds since the clock was set up at boot. Monotonic on one CPU and,
 * within the error of synchronisation at start-up, across CPUs. Any context.
 */
ktime_t arch_clock_now(void);

/*
 * Arms this CPU's one-shot timer to interrupt at or soon after the deadline
 * (past: at once); KTIME_FOREVER disarms. Interrupts off. The interrupt calls
 * timer_interrupt() (kernel/core/timer.h).
 */
void arch_timer_set(ktime_t deadline);

/* Seconds since 1970-01-01 UTC from the battery clock: 0 or -EIO. Takes up to 2 s. */
MUST_CHECK int arch_rtc_read(int64_t *seconds_out);

#endif
