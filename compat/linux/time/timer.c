/*
 * Timers: what setitimer(2) and timer_create(2) have in common.
 *
 * A timer has a time of expiry by its own clock. A delayed work looks when that may
 * have come: it asks the clock again, and if it is too early it waits for what is left.
 * So a clock that runs slower (CPU time) or was set back (the time of day) needs no
 * more than another look; one that was set forward is noticed at the next look, and a
 * look comes at least once a second.
 *
 * The work sends the signal itself and takes no mutex, so that who sets a timer can
 * wait for it under the mutex. Intervals shorter than what a signal takes count as
 * overruns and not as work.
 */
#include "compat/linux/process/usage.h"
#include "compat/linux/signal/lsignal.h"
#include "compat/linux/time/ltimer_impl.h"
#include "kernel/core/time.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/slab.h"

#define LOOK_MAX_NS NSEC_PER_SEC
#define LOOK_MIN_NS (100 * NSEC_PER_USEC)
#define LOOK_CPU_MIN_NS NSEC_PER_MSEC

static void *alloc_node(void *ctx UNUSED, size_t size)
{
	return kmem_zalloc(size);
}

static void free_node(void *ctx UNUSED, void *mem, size_t size)
{
	kmem_free(mem, size);
}

static const struct idmap_memory node_memory = {.alloc = alloc_node, .free = free_node};

static bool is_cpu_clock(int32_t clock)
{
	return clock == LINUX_CLOCK_PROCESS_CPUTIME_ID;
}

static int64_t cpu_time(struct lprocess *lp, uint32_t *thread_count_out)
{
	struct lusage usage;

	spin_lock(&ltree_lock);
	usage_of_process_locked(lp, &usage);
	*thread_count_out = MAX(lp->thread_count, 1u);
	spin_unlock(&ltree_lock);
	return usage.run_ns;
}

int64_t ltimer_now(const struct ltimer *timer)
{
	uint32_t thread_count;

	if (is_cpu_clock(timer->clock))
		return cpu_time(timer->lp, &thread_count);
	return ltime_is_wall(timer->clock) ? time_wall_ns() : time_now();
}

/* When to look again, since boot, if so much is left by the clock. */
static ktime_t next_look(const struct ltimer *timer, int64_t left)
{
	uint32_t thread_count = 1;

	if (is_cpu_clock(timer->clock)) {
		(void)cpu_time(timer->lp, &thread_count);
		left = MAX(left / MIN(thread_count, cpu_online_count()), LOOK_CPU_MIN_NS);
	}
	if (ltime_is_wall(timer->clock))
		left = MIN(left, LOOK_MAX_NS);
	return time_after(left);
}

/* How often it has expired by now; the next time is set. */
static uint32_t count_locked(struct ltimer *timer, int64_t now) REQUIRES(&timer->lock)
{
	int64_t count;

	if (now < timer->expires)
		return 0;
	if (timer->interval == 0) {
		timer->is_armed = false;
		return 1;
	}
	count = (now - timer->expires) / timer->interval + 1;
	if (timer->expires > INT64_MAX - count * timer->interval)
		timer->is_armed = false;
	else
		timer->expires += count * timer->interval;
	return (uint32_t)MIN(count, (int64_t)INT32_MAX);
}

/* Under the lock, so that who disarms it first finds nothing queued afterwards. */
static void look_again(struct ltimer *timer, int64_t left)
{
	ktime_t when = next_look(timer, left);

	spin_lock(&timer->lock);
	if (timer->is_armed)
		delayed_work_queue(&timer->work, when);
	spin_unlock(&timer->lock);
}

static void look(struct work *work)
{
	struct ltimer *timer = container_of(work, struct ltimer, work.work);
	int64_t now = ltimer_now(timer);
	uint32_t count = 0;
	int64_t left = 0;
	bool is_armed;

	spin_lock(&timer->lock);
	if (timer->is_armed)
		count = count_locked(timer, now);
	is_armed = timer->is_armed;
	if (is_armed)
		left = MAX(timer->expires - now, count ? LOOK_MIN_NS : 1);
	spin_unlock(&timer->lock);
	if (count > 0)
		timer->expired(timer, count);
	if (is_armed)
		look_again(timer, left);
}

void ltimer_init(struct ltimer *timer, struct lprocess *lp, int32_t clock,
		 void (*expired)(struct ltimer *timer, uint32_t count))
{
	*timer = (struct ltimer){.lp = lp, .clock = clock, .expired = expired};
	spin_lock_init(&timer->lock, LOCK_LINUX_TIMER);
	delayed_work_init(&timer->work, look);
	signal_entry_init(&timer->entry);
}

void ltimer_get(struct ltimer *timer, struct ltimer_value *out)
{
	int64_t now = ltimer_now(timer);
	int64_t expires;

	spin_lock(&timer->lock);
	expires = timer->expires;
	out->interval = timer->interval;
	/* One that is due and has an interval goes on to the next time. */
	if (timer->is_armed && expires <= now && timer->interval > 0)
		expires += ((now - expires) / timer->interval + 1) * timer->interval;
	out->value = timer->is_armed ? MAX(expires - now, 1) : 0;
	spin_unlock(&timer->lock);
}

void ltimer_set(struct ltimer *timer, int64_t value, int64_t interval)
{
	int64_t left;

	/* The work arms itself as long as it finds the timer armed. */
	spin_lock(&timer->lock);
	timer->is_armed = false;
	spin_unlock(&timer->lock);
	(void)delayed_work_cancel(&timer->work);

	spin_lock(&timer->lock);
	timer->is_armed = value != 0;
	timer->expires = value;
	timer->interval = interval;
	spin_unlock(&timer->lock);
	if (value == 0)
		return;
	left = value - ltimer_now(timer);
	delayed_work_queue(&timer->work, next_look(timer, MAX(left, 0)));
}

/* --- Those of a process --- */

static void alarm_expired(struct ltimer *timer, uint32_t count UNUSED)
{
	lsignal_send_kernel(timer->lp, LINUX_SIGALRM);
}

static void virtual_expired(struct ltimer *timer, uint32_t count UNUSED)
{
	lsignal_send_kernel(timer->lp, LINUX_SIGVTALRM);
}

static void profile_expired(struct ltimer *timer, uint32_t count UNUSED)
{
	lsignal_send_kernel(timer->lp, LINUX_SIGPROF);
}

static struct ltimers *create(struct lprocess *lp)
{
	struct ltimers *timers = kmem_zalloc(sizeof(*timers));

	if (!timers)
		return NULL;
	mutex_init(&timers->mutex, LOCK_LINUX_TIMERS);
	idmap_init(&timers->posix, INT32_MAX, &node_memory, NULL);
	ltimer_init(&timers->interval[LINUX_ITIMER_REAL], lp, LINUX_CLOCK_MONOTONIC, alarm_expired);
	/* All CPU time counts as the program's own: there is one clock for both. */
	ltimer_init(&timers->interval[LINUX_ITIMER_VIRTUAL], lp, LINUX_CLOCK_PROCESS_CPUTIME_ID,
		    virtual_expired);
	ltimer_init(&timers->interval[LINUX_ITIMER_PROF], lp, LINUX_CLOCK_PROCESS_CPUTIME_ID,
		    profile_expired);
	return timers;
}

static void destroy(struct ltimers *timers)
{
	idmap_fini(&timers->posix);
	kmem_free(timers, sizeof(*timers));
}

int ltimers_of(struct lprocess *lp, struct ltimers **out)
{
	struct ltimers *made;

	if (!lsignal_timers(lp)) {
		made = create(lp);
		if (!made)
			return -ENOMEM;
		/* Another thread may have been first. */
		if (!lsignal_set_timers(lp, made))
			destroy(made);
	}
	*out = lsignal_timers(lp);
	return 0;
}

int ltimers_find(struct lprocess *lp, struct ltimers **out)
{
	*out = lsignal_timers(lp);
	return *out ? 0 : -ENOENT;
}

void ltimers_delete_all(struct lprocess *lp)
{
	struct ltimers *timers = lsignal_timers(lp);

	if (!timers)
		return;
	ltimers_delete_posix(lp);
	mutex_lock(&timers->mutex);
	for (uint32_t i = 0; i < ARRAY_SIZE(timers->interval); i++)
		ltimer_set(&timers->interval[i], 0, 0);
	mutex_unlock(&timers->mutex);
}

void ltimers_free(struct lprocess *lp)
{
	struct ltimers *timers = lsignal_timers(lp);

	/* Of a process that never ran there are none, and all others' are deleted. */
	if (timers && lsignal_set_timers(lp, NULL))
		destroy(timers);
}
