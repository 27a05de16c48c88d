/*
 * Wall time: the monotonic clock plus an offset.
 *
 * The offset is one aligned 64-bit word that stands alone, so a reader on any
 * CPU sees either the old or the new one and needs no sequence lock.
 */
#include "kernel/core/time.h"

#define LOG_PREFIX "core/time: "
#include "kernel/core/log.h"
#include "kernel/lib/atomic.h"

/* Wall time in nanoseconds minus monotonic time; an int64_t in its bits. */
static struct atomic64 wall_offset;

int64_t time_wall_ns(void)
{
	return (int64_t)(atomic64_load(&wall_offset) + (uint64_t)time_now());
}

void time_set_wall_ns(int64_t wall_ns)
{
	atomic64_store(&wall_offset, (uint64_t)wall_ns - (uint64_t)time_now());
}

void time_init_wall(void)
{
	int64_t seconds;
	int err;

	err = arch_rtc_read(&seconds);
	if (err) {
		log_warn("no battery clock (error %d): the wall clock starts in 1970", -err);
		return;
	}
	if (seconds > INT64_MAX / NSEC_PER_SEC || seconds < INT64_MIN / NSEC_PER_SEC) {
		log_warn("battery clock tells %ld s, which is absurd; ignored", (long)seconds);
		return;
	}
	time_set_wall_ns(seconds * NSEC_PER_SEC);
}

ktime_t time_after(ktime_t delta_ns)
{
	ktime_t now = time_now();

	return delta_ns > KTIME_FOREVER - now ? KTIME_FOREVER : now + delta_ns;
}
