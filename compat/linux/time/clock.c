/*
 * Clocks: clock_gettime(2), clock_settime(2), gettimeofday(2), time(2).
 *
 * There are two: the time since boot, and the time of day, which is the former with an
 * offset. The machine does not sleep, so CLOCK_BOOTTIME is CLOCK_MONOTONIC; the clocks
 * called coarse and raw are the same, too, for reading one costs little. International
 * atomic time has no offset as long as nobody sets one, which is what Linux says then.
 */
#include "compat/linux/process/creds.h"
#include "compat/linux/process/usage.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "compat/linux/time/ltime.h"
#include "kernel/core/time.h"
#include "kernel/lib/errno.h"

#define MAX_SECONDS (INT64_MAX / NSEC_PER_SEC)

/* A CPU clock of somebody: clock_getcpuclockid(3), pthread_getcpuclockid(3). */
#define CPU_CLOCK_THREAD 4
#define CPU_CLOCK_KIND 3

int ltime_from_timespec(const struct linux_timespec *ts, int64_t *ns_out)
{
	if (ts->sec < 0 || ts->nsec < 0 || ts->nsec >= NSEC_PER_SEC)
		return -EINVAL;
	*ns_out = ts->sec >= MAX_SECONDS ? INT64_MAX : ts->sec * NSEC_PER_SEC + ts->nsec;
	return 0;
}

int ltime_from_timeval(const struct linux_timeval *tv, int64_t *ns_out)
{
	struct linux_timespec ts = {.sec = tv->sec};

	if (tv->usec < 0 || tv->usec >= NSEC_PER_SEC / NSEC_PER_USEC)
		return -EINVAL;
	ts.nsec = tv->usec * NSEC_PER_USEC;
	return ltime_from_timespec(&ts, ns_out);
}

struct linux_timespec ltime_to_timespec(int64_t ns)
{
	struct linux_timespec ts = {.sec = ns / NSEC_PER_SEC, .nsec = ns % NSEC_PER_SEC};

	if (ts.nsec < 0) {
		ts.sec--;
		ts.nsec += NSEC_PER_SEC;
	}
	return ts;
}

struct linux_timeval ltime_to_timeval(int64_t ns)
{
	struct linux_timespec ts = ltime_to_timespec(ns);

	return (struct linux_timeval){.sec = ts.sec, .usec = ts.nsec / NSEC_PER_USEC};
}

int ltime_get_timespec(struct user_ptr from, int64_t *ns_out)
{
	struct linux_timespec ts;

	if (copy_from_user(&ts, from, sizeof(ts)))
		return -EFAULT;
	return ltime_from_timespec(&ts, ns_out);
}

int ltime_put_timespec(struct user_ptr to, int64_t ns)
{
	struct linux_timespec ts = ltime_to_timespec(ns);

	return copy_to_user(to, &ts, sizeof(ts));
}

int ltime_get_timeout(struct user_ptr from, ktime_t *deadline_out)
{
	int64_t ns;
	int err;

	if (user_ptr_is_null(from)) {
		*deadline_out = KTIME_FOREVER;
		return 0;
	}
	err = ltime_get_timespec(from, &ns);
	if (err)
		return err;
	*deadline_out = ns ? time_after(ns) : KTIME_POLL;
	return 0;
}

bool ltime_is_wall(int32_t clock)
{
	return clock == LINUX_CLOCK_REALTIME || clock == LINUX_CLOCK_REALTIME_COARSE ||
	       clock == LINUX_CLOCK_REALTIME_ALARM || clock == LINUX_CLOCK_TAI;
}

static bool is_boot_time(int32_t clock)
{
	return clock == LINUX_CLOCK_MONOTONIC || clock == LINUX_CLOCK_MONOTONIC_RAW ||
	       clock == LINUX_CLOCK_MONOTONIC_COARSE || clock == LINUX_CLOCK_BOOTTIME ||
	       clock == LINUX_CLOCK_BOOTTIME_ALARM;
}

ktime_t ltime_deadline(int32_t clock, int64_t ns)
{
	int64_t offset = ltime_is_wall(clock) ? time_wall_ns() - time_now() : 0;

	/* A time before the boot is over. Not KTIME_POLL, which is no time. */
	if (ns <= offset)
		return 1;
	if (offset < 0 && ns > KTIME_FOREVER + offset)
		return KTIME_FOREVER;
	return ns - offset;
}

static int64_t process_time(struct lprocess *lp)
{
	struct lusage usage;

	spin_lock(&ltree_lock);
	usage_of_process_locked(lp, &usage);
	spin_unlock(&ltree_lock);
	return usage.run_ns;
}

static int read_thread_clock(struct lthread *lt, int32_t tid, int64_t *ns_out)
{
	struct lthread *other;
	int err = -EINVAL;

	if (tid == 0) {
		*ns_out = thread_run_ns(lt->ut->thread);
		return 0;
	}
	other = lthread_lookup(tid);
	if (!other)
		return -EINVAL;
	if (other->process == lt->process) {
		*ns_out = thread_run_ns(other->ut->thread);
		err = 0;
	}
	lthread_put(other);
	return err;
}

static int read_process_clock(struct lthread *lt, int32_t tgid, int64_t *ns_out)
{
	struct lprocess *other;

	if (tgid == 0 || tgid == lt->process->tgid) {
		*ns_out = process_time(lt->process);
		return 0;
	}
	other = lprocess_lookup(tgid);
	if (!other)
		return -EINVAL;
	*ns_out = process_time(other);
	lprocess_put(other);
	return 0;
}

static int read_cpu_clock(struct lthread *lt, int32_t clock, int64_t *ns_out)
{
	int32_t nr = ~(clock >> 3);

	if ((clock & CPU_CLOCK_KIND) == CPU_CLOCK_KIND)
		return -EINVAL;
	return clock & CPU_CLOCK_THREAD ? read_thread_clock(lt, nr, ns_out)
					: read_process_clock(lt, nr, ns_out);
}

int ltime_read_clock(struct lthread *lt, int32_t clock, int64_t *ns_out)
{
	if (ltime_is_wall(clock))
		*ns_out = time_wall_ns();
	else if (is_boot_time(clock))
		*ns_out = time_now();
	else if (clock == LINUX_CLOCK_PROCESS_CPUTIME_ID)
		*ns_out = process_time(lt->process);
	else if (clock == LINUX_CLOCK_THREAD_CPUTIME_ID)
		*ns_out = thread_run_ns(lt->ut->thread);
	else if (clock < 0)
		return read_cpu_clock(lt, clock, ns_out);
	else
		return -EINVAL;
	return 0;
}

int64_t linux_clock_gettime(struct lthread *lt, int32_t clock, struct user_ptr time)
{
	int64_t ns;
	int err = ltime_read_clock(lt, clock, &ns);

	return err ? err : ltime_put_timespec(time, ns);
}

int64_t linux_clock_getres(struct lthread *lt, int32_t clock, struct user_ptr time)
{
	int64_t ns;
	int err = ltime_read_clock(lt, clock, &ns);

	if (err || user_ptr_is_null(time))
		return err;
	return ltime_put_timespec(time, 1);
}

static int set_wall(struct lthread *lt, int64_t ns)
{
	if (!lcred_has_cap(lt->cred, LINUX_CAP_SYS_TIME))
		return -EPERM;
	/* The time since boot stays below the time of day. */
	if (ns < time_now())
		return -EINVAL;
	time_set_wall_ns(ns);
	return 0;
}

int64_t linux_clock_settime(struct lthread *lt, int32_t clock, struct user_ptr time)
{
	int64_t ns;
	int err;

	if (clock != LINUX_CLOCK_REALTIME)
		return -EINVAL;
	err = ltime_get_timespec(time, &ns);
	return err ? err : set_wall(lt, ns);
}

int64_t linux_gettimeofday(struct lthread *lt UNUSED, struct user_ptr time, struct user_ptr zone)
{
	struct linux_timeval tv = ltime_to_timeval(time_wall_ns());

	if (!user_ptr_is_null(time) && copy_to_user(time, &tv, sizeof(tv)))
		return -EFAULT;
	/* The kernel knows of no time zone but UTC. */
	if (!user_ptr_is_null(zone) && clear_user(zone, sizeof(struct linux_timezone)))
		return -EFAULT;
	return 0;
}

int64_t linux_settimeofday(struct lthread *lt, struct user_ptr time, struct user_ptr zone)
{
	struct linux_timezone tz = {0};
	struct linux_timeval tv;
	int64_t ns;
	int err;

	if (!user_ptr_is_null(zone) && copy_from_user(&tz, zone, sizeof(tz)))
		return -EFAULT;
	if (!lcred_has_cap(lt->cred, LINUX_CAP_SYS_TIME))
		return -EPERM;
	if (tz.minuteswest || tz.dsttime)
		return -EINVAL;
	if (user_ptr_is_null(time))
		return 0;
	if (copy_from_user(&tv, time, sizeof(tv)))
		return -EFAULT;
	err = ltime_from_timeval(&tv, &ns);
	return err ? err : set_wall(lt, ns);
}

int64_t linux_time(struct lthread *lt UNUSED, struct user_ptr time)
{
	int64_t now = ltime_to_timespec(time_wall_ns()).sec;

	if (!user_ptr_is_null(time) && copy_to_user(time, &now, sizeof(now)))
		return -EFAULT;
	return now;
}
