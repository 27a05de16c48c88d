/*
 * What may be set and read of a job: limits, statistics, events. Memory limits are
 * the account's, CPU limits the scheduling group's; the counts are here.
 */
#include "kernel/lib/errno.h"
#include "kernel/mm/account.h"
#include "kernel/sched/group.h"
#include "kernel/task/job_impl.h"

static int set_memory_limit(struct job *job, enum job_limit limit, uint64_t value)
{
	if (value == JOB_LIMIT_NONE)
		value = MEM_UNLIMITED;
	else if (value > MEM_UNLIMITED)
		return -EINVAL;
	if (limit == JOB_LIMIT_MEMORY_MAX)
		mem_account_set_max(job->account, value);
	else
		mem_account_set_high(job->account, value);
	return 0;
}

static int set_count_limit(struct job *job, enum job_limit limit, uint64_t value)
{
	if (value == JOB_LIMIT_NONE)
		value = JOB_UNLIMITED;
	else if (value >= JOB_UNLIMITED)
		return -EINVAL;
	spin_lock(&job_tree_lock);
	if (limit == JOB_LIMIT_PROCESSES)
		job->process_max = (uint32_t)value;
	else
		job->thread_max = (uint32_t)value;
	spin_unlock(&job_tree_lock);
	return 0;
}

static int set_quota(struct job *job, enum job_limit limit, uint64_t value)
{
	struct sched_group_stats stats;
	ktime_t quota;

	sched_group_get_stats(job->group, &stats);
	if (limit == JOB_LIMIT_CPU_PERIOD)
		return value > INT64_MAX
			       ? -EINVAL
			       : sched_group_set_quota(job->group, stats.quota, (ktime_t)value);
	if (value == JOB_LIMIT_NONE)
		quota = SCHED_GROUP_QUOTA_NONE;
	else if (value >= (uint64_t)SCHED_GROUP_QUOTA_NONE)
		return -EINVAL;
	else
		quota = (ktime_t)value;
	return sched_group_set_quota(job->group, quota, stats.period);
}

int job_set_limit(struct job *job, enum job_limit limit, uint64_t value)
{
	if (!job->parent)
		return -EPERM;
	switch (limit) {
	case JOB_LIMIT_MEMORY_MAX:
	case JOB_LIMIT_MEMORY_HIGH:
		return set_memory_limit(job, limit, value);
	case JOB_LIMIT_PROCESSES:
	case JOB_LIMIT_THREADS:
		return set_count_limit(job, limit, value);
	case JOB_LIMIT_CPU_WEIGHT:
		if (value > JOB_WEIGHT_MAX)
			return -EINVAL;
		return sched_group_set_weight(job->group, (uint32_t)value);
	case JOB_LIMIT_CPU_QUOTA:
	case JOB_LIMIT_CPU_PERIOD:
		return set_quota(job, limit, value);
	default:
		return -EINVAL;
	}
}

static uint64_t none_if(uint64_t value, uint64_t unlimited)
{
	return value == unlimited ? JOB_LIMIT_NONE : value;
}

static uint64_t count_limit(struct job *job, enum job_limit limit)
{
	uint32_t value;

	spin_lock(&job_tree_lock);
	value = limit == JOB_LIMIT_PROCESSES ? job->process_max : job->thread_max;
	spin_unlock(&job_tree_lock);
	return none_if(value, JOB_UNLIMITED);
}

uint64_t job_get_limit(struct job *job, enum job_limit limit)
{
	struct mem_account_stats memory;
	struct sched_group_stats cpu;

	mem_account_get_stats(job->account, &memory);
	sched_group_get_stats(job->group, &cpu);
	switch (limit) {
	case JOB_LIMIT_MEMORY_MAX:
		return none_if(memory.max, MEM_UNLIMITED);
	case JOB_LIMIT_MEMORY_HIGH:
		return none_if(memory.high, MEM_UNLIMITED);
	case JOB_LIMIT_PROCESSES:
	case JOB_LIMIT_THREADS:
		return count_limit(job, limit);
	case JOB_LIMIT_CPU_WEIGHT:
		return cpu.weight;
	case JOB_LIMIT_CPU_QUOTA:
		return none_if((uint64_t)cpu.quota, (uint64_t)SCHED_GROUP_QUOTA_NONE);
	case JOB_LIMIT_CPU_PERIOD:
		return (uint64_t)cpu.period;
	default:
		return 0;
	}
}

static void read_events_locked(struct job *job, struct job_events *out) REQUIRES(&job_tree_lock);

static void read_events_locked(struct job *job, struct job_events *out)
{
	struct mem_account_stats memory;

	mem_account_get_stats(job->account, &memory);
	*out = job->events;
	out->high = memory.high_count;
	out->max = memory.fail_count;
}

void job_get_stat(struct job *job, struct job_stat *out)
{
	struct mem_account_stats memory;
	struct sched_group_stats cpu;

	mem_account_get_stats(job->account, &memory);
	sched_group_get_stats(job->group, &cpu);
	*out = (struct job_stat){
		.id = job->id,
		.memory_used = memory.used,
		.memory_own = memory.own,
		.memory_kernel = memory.kernel,
		.memory_peak = memory.peak,
		.cpu_ns = cpu.run_ns,
		.cpu_periods = cpu.periods,
		.cpu_throttled = cpu.throttled_count,
		.cpu_throttled_ns = cpu.throttled_ns,
		.is_frozen = job_is_frozen(job),
	};
	spin_lock(&job_tree_lock);
	out->process_count = job->process_count;
	out->thread_count = job->thread_count;
	out->parked_count = job->parked_count;
	out->job_count = job->job_count;
	out->is_killed = job->is_killed || job->is_closed;
	read_events_locked(job, &out->events);
	spin_unlock(&job_tree_lock);
}

/* --- Events --- */

static void add_event_locked(struct job *job, enum job_event event) REQUIRES(&job_tree_lock);

static void add_event_locked(struct job *job, enum job_event event)
{
	switch (event) {
	case JOB_EVENT_OOM:
		job->events.oom++;
		break;
	case JOB_EVENT_OOM_KILL:
		job->events.oom_kill++;
		break;
	case JOB_EVENT_PROCESS_MAX:
		job->events.process_max++;
		break;
	case JOB_EVENT_CONTAINED:
		job->events.contained++;
		break;
	case JOB_EVENT_MEMORY:
		break;
	}
	waitq_wake_all(&job->event_wait);
}

void job_note_event_locked(struct job *job, enum job_event event)
{
	for (; job; job = job->parent)
		add_event_locked(job, event);
}

void job_note_event(struct job *job, enum job_event event)
{
	spin_lock(&job_tree_lock);
	job_note_event_locked(job, event);
	spin_unlock(&job_tree_lock);
}

static bool is_equal(const struct job_events *a, const struct job_events *b)
{
	return a->high == b->high && a->max == b->max && a->oom == b->oom &&
	       a->oom_kill == b->oom_kill && a->process_max == b->process_max &&
	       a->contained == b->contained;
}

int job_wait_events(struct job *job, struct job_events *seen, ktime_t deadline)
{
	struct job_events now;
	int err = 0;

	spin_lock(&job_tree_lock);
	for (;;) {
		read_events_locked(job, &now);
		if (!is_equal(&now, seen))
			break;
		err = waitq_sleep(&job->event_wait, &job_tree_lock, deadline);
		if (err)
			break;
	}
	spin_unlock(&job_tree_lock);
	*seen = now;
	return err;
}
