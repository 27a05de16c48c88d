/*
 * timer_create(2) and what belongs to it.
 *
 * A timer's signal is an entry of its own in the queue, which is there once: expiries
 * meanwhile are its overruns. That SIGEV_THREAD makes a thread is the C library's doing.
 */
#include "compat/linux/process/tree.h"
#include "compat/linux/signal/lsignal.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "compat/linux/time/ltimer_impl.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/slab.h"

static void send_signal(struct ltimer *timer, uint32_t count)
{
	lsignal_send_entry(timer->lp, timer->target, &timer->entry, count);
}

static void send_nothing(struct ltimer *timer UNUSED, uint32_t count UNUSED)
{
}

static int check_clock(int32_t clock)
{
	switch (clock) {
	case LINUX_CLOCK_REALTIME:
	case LINUX_CLOCK_MONOTONIC:
	case LINUX_CLOCK_BOOTTIME:
	case LINUX_CLOCK_TAI:
	case LINUX_CLOCK_PROCESS_CPUTIME_ID:
		return 0;
	case LINUX_CLOCK_REALTIME_ALARM:
	case LINUX_CLOCK_BOOTTIME_ALARM:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}

/* What the timer does; without a reference on a target so far. */
static int set_event(struct ltimer *timer, struct lthread *lt, const struct linux_sigevent *event)
{
	switch (event->notify) {
	case LINUX_SIGEV_NONE:
		return 0;
	case LINUX_SIGEV_THREAD_ID:
		timer->target = lthread_lookup(event->tid);
		if (!timer->target)
			return -EINVAL;
		if (timer->target->process != lt->process)
			return -EINVAL;
		FALLTHROUGH;
	case LINUX_SIGEV_SIGNAL:
	case LINUX_SIGEV_THREAD:
		return signal_is_valid((uint64_t)(int64_t)event->signo) ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

static void timer_free(struct ltimer *timer)
{
	if (timer->target)
		lthread_put(timer->target);
	kmem_free(timer, sizeof(*timer));
}

static int timer_new(struct lthread *lt, int32_t clock, const struct linux_sigevent *event,
		     struct ltimer **out)
{
	bool is_silent = event->notify == LINUX_SIGEV_NONE;
	struct ltimer *timer = kmem_zalloc(sizeof(*timer));
	int err;

	if (!timer)
		return -ENOMEM;
	ltimer_init(timer, lt->process, clock, is_silent ? send_nothing : send_signal);
	err = set_event(timer, lt, event);
	if (err) {
		timer_free(timer);
		return err;
	}
	*out = timer;
	return 0;
}

/* Gives it a number, unless the process has as many as it may queue signals. */
static int add_timer(struct ltimers *timers, struct ltimer *timer, uint64_t limit)
{
	uint32_t id;
	int err = -EAGAIN;

	mutex_lock(&timers->mutex);
	if (timers->posix.count < limit)
		err = idmap_alloc(&timers->posix, 0, timer, &id);
	if (!err)
		timer->id = (int32_t)id;
	mutex_unlock(&timers->mutex);
	return err == -ENOSPC ? -EAGAIN : err;
}

/* Nothing of it happens any more. ltimers.mutex held; the caller frees it after that. */
static struct ltimer *remove_timer(struct ltimers *timers, int32_t id)
{
	struct ltimer *timer = id < 0 ? NULL : idmap_remove(&timers->posix, (uint32_t)id);

	if (!timer)
		return NULL;
	ltimer_set(timer, 0, 0);
	lsignal_cancel_entry(timer->lp, timer->target, &timer->entry);
	return timer;
}

int64_t linux_timer_create(struct lthread *lt, int32_t clock, struct user_ptr user_event,
			   struct user_ptr id)
{
	struct linux_sigevent event = {.signo = LINUX_SIGALRM};
	uint64_t limit = lprocess_limit(lt->process, LINUX_RLIMIT_SIGPENDING).cur;
	bool has_event = !user_ptr_is_null(user_event);
	struct ltimers *timers;
	struct ltimer *timer;
	int err = check_clock(clock);

	if (!err && has_event && copy_from_user(&event, user_event, sizeof(event)))
		err = -EFAULT;
	if (!err)
		err = ltimers_of(lt->process, &timers);
	if (!err)
		err = timer_new(lt, clock, &event, &timer);
	if (err)
		return err;
	err = add_timer(timers, timer, limit);
	if (err) {
		timer_free(timer);
		return err;
	}
	if (!has_event)
		event.value.sival_int = timer->id;
	if (event.notify != LINUX_SIGEV_NONE)
		signal_info_timer(&timer->entry.info, (uint32_t)event.signo, timer->id,
				  event.value);
	if (!copy_to_user(id, &timer->id, sizeof(timer->id)))
		return 0;
	mutex_lock(&timers->mutex);
	timer = remove_timer(timers, timer->id);
	mutex_unlock(&timers->mutex);
	if (timer)
		timer_free(timer);
	return -EFAULT;
}

int64_t linux_timer_delete(struct lthread *lt, int32_t id)
{
	struct ltimers *timers;
	struct ltimer *timer;
	int err = ltimers_of(lt->process, &timers);

	if (err)
		return err;
	mutex_lock(&timers->mutex);
	timer = remove_timer(timers, id);
	mutex_unlock(&timers->mutex);
	if (!timer)
		return -EINVAL;
	timer_free(timer);
	return 0;
}

/* ltimers.mutex held. */
static struct ltimer *find_timer(struct ltimers *timers, int32_t id)
{
	return id < 0 ? NULL : idmap_find(&timers->posix, (uint32_t)id);
}

static int put_value(struct user_ptr to, const struct ltimer_value *value)
{
	struct linux_itimerspec out = {
		.interval = ltime_to_timespec(value->interval),
		.value = ltime_to_timespec(value->value),
	};

	return copy_to_user(to, &out, sizeof(out));
}

int64_t linux_timer_gettime(struct lthread *lt, int32_t id, struct user_ptr value)
{
	struct ltimer_value now = {0};
	struct ltimers *timers;
	struct ltimer *timer;
	int err = ltimers_of(lt->process, &timers);

	if (err)
		return err;
	mutex_lock(&timers->mutex);
	timer = find_timer(timers, id);
	if (timer)
		ltimer_get(timer, &now);
	mutex_unlock(&timers->mutex);
	return timer ? put_value(value, &now) : -EINVAL;
}

static int exchange(struct ltimers *timers, int32_t id, int32_t flags, struct ltimer_value new,
		    struct ltimer_value *old)
{
	struct ltimer *timer;
	int64_t now;

	mutex_lock(&timers->mutex);
	timer = find_timer(timers, id);
	if (timer) {
		now = ltimer_now(timer);
		ltimer_get(timer, old);
		if (new.value && !(flags & LINUX_TIMER_ABSTIME))
			new.value = now + MIN(new.value, INT64_MAX - now);
		/* An expiry of the old setting that nobody took yet is void. */
		lsignal_cancel_entry(timer->lp, timer->target, &timer->entry);
		ltimer_set(timer, new.value, new.interval);
	}
	mutex_unlock(&timers->mutex);
	return timer ? 0 : -EINVAL;
}

int64_t linux_timer_settime(struct lthread *lt, int32_t id, int32_t flags, struct user_ptr value,
			    struct user_ptr old_value)
{
	struct linux_itimerspec in;
	struct ltimer_value new, old;
	struct ltimers *timers;
	int err;

	if (flags & ~LINUX_TIMER_ABSTIME)
		return -EINVAL;
	if (copy_from_user(&in, value, sizeof(in)))
		return -EFAULT;
	err = ltime_from_timespec(&in.value, &new.value);
	if (!err)
		err = ltime_from_timespec(&in.interval, &new.interval);
	if (!err)
		err = ltimers_of(lt->process, &timers);
	if (!err)
		err = exchange(timers, id, flags, new, &old);
	if (err || user_ptr_is_null(old_value))
		return err;
	return put_value(old_value, &old);
}

int64_t linux_timer_getoverrun(struct lthread *lt, int32_t id)
{
	struct ltimers *timers;
	struct ltimer *timer;
	int64_t overrun = -EINVAL;
	int err = ltimers_of(lt->process, &timers);

	if (err)
		return err;
	mutex_lock(&timers->mutex);
	timer = find_timer(timers, id);
	if (timer)
		overrun = READ_ONCE(timer->entry.info.timer.overrun);
	mutex_unlock(&timers->mutex);
	return overrun;
}

void ltimers_delete_posix(struct lprocess *lp)
{
	struct ltimers *timers;
	struct ltimer *timer;
	uint32_t id;

	/* What was never made is not made for this. */
	if (ltimers_find(lp, &timers))
		return;
	do {
		id = 0;
		mutex_lock(&timers->mutex);
		timer = idmap_next(&timers->posix, &id);
		if (timer)
			timer = remove_timer(timers, (int32_t)id);
		mutex_unlock(&timers->mutex);
		if (timer)
			timer_free(timer);
	} while (timer);
}
