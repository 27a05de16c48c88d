/*
 * Times as Linux programs give them, and the clocks that they name (clock_gettime(2)).
 * Times are signed nanoseconds; what does not fit (after the year 2262) is the largest.
 */
#ifndef COMPAT_LINUX_TIME_LTIME_H
#define COMPAT_LINUX_TIME_LTIME_H

#include <stdbool.h>
#include <stdint.h>

#include "compat/linux/uapi/time.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"
#include "kernel/mm/user.h"

struct lthread;

/* 0, -EFAULT, or -EINVAL for what is negative or has no proper part of a second. */
MUST_CHECK int ltime_get_timespec(struct user_ptr from, int64_t *ns_out);
MUST_CHECK int ltime_put_timespec(struct user_ptr to, int64_t ns);
MUST_CHECK int ltime_from_timespec(const struct linux_timespec *ts, int64_t *ns_out);
MUST_CHECK int ltime_from_timeval(const struct linux_timeval *tv, int64_t *ns_out);
struct linux_timespec ltime_to_timespec(int64_t ns);
struct linux_timeval ltime_to_timeval(int64_t ns);

/*
 * A relative timeout of a call as a deadline for wait queues: NULL is KTIME_FOREVER, no
 * time at all KTIME_POLL. 0, -EFAULT, -EINVAL.
 */
MUST_CHECK int ltime_get_timeout(struct user_ptr from, ktime_t *deadline_out);

/* What a clock shows, with the thread for its own CPU clocks: 0 or -EINVAL. */
MUST_CHECK int ltime_read_clock(struct lthread *lt, int32_t clock, int64_t *ns_out);

/* Whether the clock is the time of day, which can be set. */
bool ltime_is_wall(int32_t clock);

/* The deadline (since boot) at which one of the clocks that never stop shows ns. */
ktime_t ltime_deadline(int32_t clock, int64_t ns);

#endif
