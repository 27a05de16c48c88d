/* Native calls on events. */
#include "kernel/ipc/event.h"
#include "kernel/native/native_impl.h"
#include "kernel/task/job.h"

int64_t native_event_create(struct uthread *ut, uint64_t value)
{
	struct native_maker maker;
	struct event *ev;
	int64_t result;

	result = native_maker_begin(ut, &maker);
	if (result)
		return result;
	result = event_create(job_account(maker.job), value, &ev);
	if (!result) {
		result = native_install(ut, &maker, event_kobject(ev), KOBJECT_EVENT_RIGHTS);
		event_put(ev);
	}
	native_maker_end(&maker);
	return result;
}

int64_t native_event_add(struct uthread *ut, uint32_t event, uint64_t n, ktime_t deadline)
{
	struct cap_ref ref;
	struct event *ev;
	int err;

	do {
		err = cspace_lookup(native_caps(ut), event, RIGHT_SIGNAL, &ref);
		if (err)
			return err;
		ev = event_from_kobject(ref.object);
		err = ev ? event_add(ev, n, deadline) : -EINVAL;
		err = cap_use_result(&ref, err);
		cap_ref_put(&ref);
	} while (native_must_retry(err));
	return err;
}

int64_t native_event_take(struct uthread *ut, uint32_t event, uint32_t how, ktime_t deadline,
			  struct user_ptr value)
{
	enum event_take take = how == NATIVE_TAKE_ALL ? EVENT_TAKE_ALL : EVENT_TAKE_ONE;
	struct cap_ref ref;
	struct event *ev;
	uint64_t count;
	int err;

	if (how != NATIVE_TAKE_ALL && how != NATIVE_TAKE_ONE)
		return -EINVAL;
	do {
		err = cspace_lookup(native_caps(ut), event, RIGHT_WAIT, &ref);
		if (err)
			return err;
		ev = event_from_kobject(ref.object);
		err = ev ? event_take(ev, take, deadline, &count) : -EINVAL;
		err = cap_use_result(&ref, err);
		cap_ref_put(&ref);
	} while (native_must_retry(err));
	return err ? err : copy_to_user(value, &count, sizeof(count));
}
