/*
 * nanosleep(2), clock_nanosleep(2).
 *
 * A relative sleep that a signal without a handler interrupts goes on to the same
 * deadline, by restart_syscall(2); an absolute one is just made again.
 */
#include "compat/linux/process/lthread.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "compat/linux/time/ltime.h"
#include "kernel/core/time.h"
#include "kernel/lib/errno.h"

static int64_t sleep_relative(struct lthread *lt, ktime_t deadline, struct user_ptr remain);

static int64_t sleep_again(struct lthread *lt, struct restart_block *block)
{
	return sleep_relative(lt, block->deadline, user_ptr(block->words[0]));
}

static int64_t sleep_relative(struct lthread *lt, ktime_t deadline, struct user_ptr remain)
{
	struct restart_block *block = &lt->call.restart;
	int64_t left;
	int err = thread_sleep_until(deadline);

	if (err != -EINTR)
		return err;
	left = deadline - time_now();
	if (left <= 0)
		return 0;
	if (!user_ptr_is_null(remain) && ltime_put_timespec(remain, left))
		return -EFAULT;
	block->again = sleep_again;
	block->deadline = deadline;
	block->words[0] = remain.addr;
	return restart_result(-EINTR, RESTART_BY_BLOCK);
}

int64_t linux_nanosleep(struct lthread *lt, struct user_ptr request, struct user_ptr remain)
{
	int64_t ns;
	int err = ltime_get_timespec(request, &ns);

	return err ? err : sleep_relative(lt, time_after(ns), remain);
}

static int check_clock(int32_t clock)
{
	switch (clock) {
	case LINUX_CLOCK_REALTIME:
	case LINUX_CLOCK_MONOTONIC:
	case LINUX_CLOCK_BOOTTIME:
	case LINUX_CLOCK_TAI:
		return 0;
	case LINUX_CLOCK_PROCESS_CPUTIME_ID:
	case LINUX_CLOCK_THREAD_CPUTIME_ID:
	case LINUX_CLOCK_MONOTONIC_RAW:
	case LINUX_CLOCK_REALTIME_COARSE:
	case LINUX_CLOCK_MONOTONIC_COARSE:
	case LINUX_CLOCK_REALTIME_ALARM:
	case LINUX_CLOCK_BOOTTIME_ALARM:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}

int64_t linux_clock_nanosleep(struct lthread *lt, int32_t clock, int32_t flags,
			      struct user_ptr request, struct user_ptr remain)
{
	int64_t ns;
	int err = check_clock(clock);

	if (!err && (flags & ~LINUX_TIMER_ABSTIME))
		err = -EINVAL;
	if (!err)
		err = ltime_get_timespec(request, &ns);
	if (err)
		return err;
	if (!(flags & LINUX_TIMER_ABSTIME))
		return sleep_relative(lt, time_after(ns), remain);
	err = thread_sleep_until(ltime_deadline(clock, ns));
	return restart_result(err, RESTART_WITHOUT_HANDLER);
}
