/* setitimer(2), getitimer(2), alarm(2): the three timers that every process has. */
#include "compat/linux/syscall/syscall_proto.h"
#include "compat/linux/time/ltimer_impl.h"
#include "kernel/lib/errno.h"

static int get_timer(struct lthread *lt, int32_t which, struct ltimers **timers,
		     struct ltimer **timer)
{
	int err;

	if (which < LINUX_ITIMER_REAL || which > LINUX_ITIMER_PROF)
		return -EINVAL;
	err = ltimers_of(lt->process, timers);
	if (!err)
		*timer = &(*timers)->interval[which];
	return err;
}

static int put_value(struct user_ptr to, const struct ltimer_value *value)
{
	/* What is left of the last microsecond is still something. */
	int64_t left = value->value > 0 ? MAX(value->value, NSEC_PER_USEC) : 0;
	struct linux_itimerval out = {
		.interval = ltime_to_timeval(value->interval),
		.value = ltime_to_timeval(left),
	};

	return copy_to_user(to, &out, sizeof(out));
}

int64_t linux_getitimer(struct lthread *lt, int32_t which, struct user_ptr value)
{
	struct ltimer_value now;
	struct ltimers *timers;
	struct ltimer *timer;
	int err = get_timer(lt, which, &timers, &timer);

	if (err)
		return err;
	mutex_lock(&timers->mutex);
	ltimer_get(timer, &now);
	mutex_unlock(&timers->mutex);
	return put_value(value, &now);
}

static void exchange(struct ltimers *timers, struct ltimer *timer, const struct ltimer_value *new,
		     struct ltimer_value *old)
{
	int64_t now = ltimer_now(timer);

	mutex_lock(&timers->mutex);
	ltimer_get(timer, old);
	ltimer_set(timer, new->value ? now + MIN(new->value, INT64_MAX - now) : 0, new->interval);
	mutex_unlock(&timers->mutex);
}

int64_t linux_setitimer(struct lthread *lt, int32_t which, struct user_ptr value,
			struct user_ptr old_value)
{
	struct linux_itimerval in = {0};
	struct ltimer_value new, old;
	struct ltimers *timers;
	struct ltimer *timer;
	int err;

	/* As on Linux, no value means zero: the timer is disarmed. */
	if (!user_ptr_is_null(value) && copy_from_user(&in, value, sizeof(in)))
		return -EFAULT;
	err = ltime_from_timeval(&in.value, &new.value);
	if (!err)
		err = ltime_from_timeval(&in.interval, &new.interval);
	if (!err)
		err = get_timer(lt, which, &timers, &timer);
	if (err)
		return err;
	exchange(timers, timer, &new, &old);
	return user_ptr_is_null(old_value) ? 0 : put_value(old_value, &old);
}

int64_t linux_alarm(struct lthread *lt, uint32_t seconds)
{
	struct ltimer_value new = {.value = (int64_t)seconds * NSEC_PER_SEC};
	struct ltimer_value old;
	struct ltimers *timers;
	struct ltimer *timer;
	int64_t left;

	/* alarm(2) has no error: one that cannot be set is as good as none that was. */
	if (get_timer(lt, LINUX_ITIMER_REAL, &timers, &timer))
		return 0;
	exchange(timers, timer, &new, &old);
	left = old.value / NSEC_PER_SEC;
	if ((left == 0 && old.value > 0) || old.value % NSEC_PER_SEC >= NSEC_PER_SEC / 2)
		left++;
	return left;
}
