/* Native calls on jobs. */
#include "kernel/task/job.h"

#include "kernel/lib/string.h"
#include "kernel/native/native_impl.h"

static_assert(NATIVE_JOB_MEMORY_MAX == JOB_LIMIT_MEMORY_MAX &&
		      NATIVE_JOB_MEMORY_HIGH == JOB_LIMIT_MEMORY_HIGH &&
		      NATIVE_JOB_PROCESSES == JOB_LIMIT_PROCESSES &&
		      NATIVE_JOB_THREADS == JOB_LIMIT_THREADS &&
		      NATIVE_JOB_CPU_WEIGHT == JOB_LIMIT_CPU_WEIGHT &&
		      NATIVE_JOB_CPU_QUOTA == JOB_LIMIT_CPU_QUOTA &&
		      NATIVE_JOB_CPU_PERIOD == JOB_LIMIT_CPU_PERIOD,
	      "native_abi.h");
static_assert(NATIVE_UNLIMITED == JOB_LIMIT_NONE, "native_abi.h");

/* 0 and a use that cap_ref_put() ends, or an error. */
static int lookup_job(struct uthread *ut, uint32_t slot, uint32_t rights, struct cap_ref *ref,
		      struct job **out)
{
	int err = cspace_lookup(native_caps(ut), slot, rights, ref);

	if (err)
		return err;
	*out = job_from_kobject(ref->object);
	if (*out)
		return 0;
	cap_ref_put(ref);
	return -EINVAL;
}

int64_t native_job_create(struct uthread *ut, uint32_t parent)
{
	struct native_maker maker;
	struct job *job;
	int64_t result;

	result = lookup_job(ut, parent, RIGHT_CREATE, &maker.ref, &maker.job);
	if (result)
		return result;
	result = job_create(maker.job, &job);
	if (!result) {
		result = native_install(ut, &maker, job_kobject(job), KOBJECT_JOB_RIGHTS);
		job_put(job);
	}
	native_maker_end(&maker);
	return result;
}

int64_t native_job_set(struct uthread *ut, uint32_t job, uint32_t limit, uint64_t value)
{
	struct cap_ref ref;
	struct job *object;
	int err;

	if (limit >= JOB_LIMIT_COUNT)
		return -EINVAL;
	err = lookup_job(ut, job, RIGHT_SET_LIMIT, &ref, &object);
	if (err)
		return err;
	err = job_set_limit(object, (enum job_limit)limit, value);
	cap_ref_put(&ref);
	return err;
}

static void fill_stat(const struct job_stat *from, struct native_job_stat *to)
{
	memset(to, 0, sizeof(*to));
	to->id = from->id;
	to->memory_used = from->memory_used;
	to->memory_own = from->memory_own;
	to->memory_kernel = from->memory_kernel;
	to->memory_peak = from->memory_peak;
	to->process_count = from->process_count;
	to->thread_count = from->thread_count;
	to->parked_count = from->parked_count;
	to->job_count = from->job_count;
	to->is_frozen = from->is_frozen;
	to->is_killed = from->is_killed;
	to->events_high = from->events.high;
	to->events_max = from->events.max;
	to->events_oom = from->events.oom;
	to->events_oom_kill = from->events.oom_kill;
	to->events_process_max = from->events.process_max;
	to->events_contained = from->events.contained;
	to->cpu_ns = from->cpu_ns;
	to->cpu_periods = from->cpu_periods;
	to->cpu_throttled = from->cpu_throttled;
	to->cpu_throttled_ns = from->cpu_throttled_ns;
}

int64_t native_job_stat(struct uthread *ut, uint32_t job, struct user_ptr stat)
{
	struct native_job_stat to;
	struct job_stat from;
	struct cap_ref ref;
	struct job *object;
	int err;

	err = lookup_job(ut, job, RIGHT_STAT, &ref, &object);
	if (err)
		return err;
	job_get_stat(object, &from);
	cap_ref_put(&ref);
	fill_stat(&from, &to);
	return copy_to_user(stat, &to, sizeof(to));
}

int64_t native_job_kill(struct uthread *ut, uint32_t job, int32_t code)
{
	struct cap_ref ref;
	struct job *object;
	int err;

	err = lookup_job(ut, job, RIGHT_KILL, &ref, &object);
	if (err)
		return err;
	job_kill(object, code);
	cap_ref_put(&ref);
	return 0;
}

int64_t native_job_wait(struct uthread *ut, uint32_t job, ktime_t deadline)
{
	struct cap_ref ref;
	struct job *object;
	int err;

	do {
		err = lookup_job(ut, job, RIGHT_WAIT, &ref, &object);
		if (err)
			return err;
		err = cap_use_result(&ref, job_wait_empty(object, deadline));
		cap_ref_put(&ref);
	} while (native_must_retry(err));
	return err;
}

int64_t native_job_freeze(struct uthread *ut, uint32_t job, uint32_t on)
{
	struct cap_ref ref;
	struct job *object;
	int err;

	if (on > 1)
		return -EINVAL;
	err = lookup_job(ut, job, RIGHT_CONTROL, &ref, &object);
	if (err)
		return err;
	if (on)
		job_freeze(object);
	else
		job_thaw(object);
	cap_ref_put(&ref);
	return 0;
}
