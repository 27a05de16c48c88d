/*
 * Job: a budget, and the processes that live on it.
 *
 * Jobs form a tree. What a process uses counts in its job and in all above it, and
 * every limit on that way holds: memory (struct mem_account), processes, threads,
 * CPU time (struct sched_group). A job is also the unit of what is done to many
 * processes at once: killing, freezing, counting.
 *
 * Rights on a capability of a job: CREATE (processes and jobs in it), SET_LIMIT,
 * KILL, CONTROL (freeze, thaw), INSPECT, WAIT. Callers check.
 */
#ifndef KERNEL_TASK_JOB_H
#define KERNEL_TASK_JOB_H

#include "kernel/cap/kobject.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"
#include "kernel/sched/waitq.h"
#include "kernel/task/process.h"

struct job;
struct mem_account;
struct sched_group;

/* Levels of the tree below the root job. */
#define JOB_MAX_DEPTH 32u
#define JOB_UNLIMITED UINT32_MAX

#define JOB_WEIGHT_DEFAULT 100u /* as in cgroup v2's cpu.weight */
#define JOB_WEIGHT_MIN 1u
#define JOB_WEIGHT_MAX 10000u

/* The job all others descend from; it has no limits. Borrowed, always there. */
struct job *job_root(void);

/*
 * A job in parent, without limits of its own. On success the caller owns one
 * reference to *out. 0, -ENOMEM, -EAGAIN at JOB_MAX_DEPTH, -ECANCELED when parent
 * is being killed. The job itself is charged to parent.
 */
MUST_CHECK int job_create(struct job *parent, struct job **out);
void job_get(struct job *job);
/* Thread context. A job with processes or jobs in it lives on without the caller. */
void job_put(struct job *job);

struct kobject *job_kobject(struct job *job);
/* NULL when it is an object of another type. */
struct job *job_from_kobject(struct kobject *kobj);

uint64_t job_id(const struct job *job);
/* NULL for the root; borrowed from job. */
struct job *job_parent(const struct job *job);
/* Whether job is ancestor or lies below it. */
bool job_is_within(const struct job *job, const struct job *ancestor);
/* What processes of this job are charged to; borrowed from job. */
struct mem_account *job_account(struct job *job);
struct sched_group *job_sched_group(struct job *job);

enum job_limit {
	JOB_LIMIT_MEMORY_MAX,  /* bytes; charges beyond it fail, page faults end a process */
	JOB_LIMIT_MEMORY_HIGH, /* bytes; beyond it memory is reclaimed and faults slow down */
	JOB_LIMIT_PROCESSES,   /* count, of processes that are not dead */
	JOB_LIMIT_THREADS,     /* count */
	JOB_LIMIT_CPU_WEIGHT,  /* JOB_WEIGHT_MIN..MAX, against its siblings */
	JOB_LIMIT_CPU_QUOTA,   /* nanoseconds of CPU time per period, of all CPUs together */
	JOB_LIMIT_CPU_PERIOD,  /* nanoseconds, 1 ms .. 1 s */
	JOB_LIMIT_COUNT,
};

/* As a value: no limit (memory, counts, quota). */
#define JOB_LIMIT_NONE UINT64_MAX

/*
 * Limits below what is used take nothing away: they refuse more. 0, -EINVAL for a
 * value that is out of range, -EPERM for the root job.
 */
MUST_CHECK int job_set_limit(struct job *job, enum job_limit limit, uint64_t value);
uint64_t job_get_limit(struct job *job, enum job_limit limit);

/* What has happened to the memory of a job and below; they only count up. */
struct job_events {
	uint64_t high;	      /* times that the soft limit was exceeded */
	uint64_t max;	      /* charges that a hard limit refused */
	uint64_t oom;	      /* times that nothing but an end could help */
	uint64_t oom_kill;    /* processes ended for that */
	uint64_t process_max; /* processes and threads that a count refused */
	uint64_t contained;   /* processes ended for a bug of the kernel's */
};

struct job_stat {
	uint64_t id;
	uint64_t memory_used;	/* bytes, here and below, as all that follows */
	uint64_t memory_own;	/* bytes of this job itself */
	uint64_t memory_kernel; /* bytes of this job itself that are the kernel's */
	uint64_t memory_peak;
	uint32_t process_count;
	uint32_t thread_count;
	uint32_t parked_count; /* threads that stand still because of a freeze */
	uint32_t job_count;    /* directly below */
	bool is_frozen;	       /* it, or one above, is to stand still */
	bool is_killed;	       /* takes no processes */
	struct job_events events;
	ktime_t cpu_ns;
	uint64_t cpu_periods;	/* in which a quota was counted */
	uint64_t cpu_throttled; /* of these, used up */
	ktime_t cpu_throttled_ns;
};

void job_get_stat(struct job *job, struct job_stat *out);

/*
 * Ends every process in the job and below, with the status KILLED and code, and
 * lets no new ones in until all are gone. Complete: a process that is being made
 * meanwhile is either ended too or not made. Returns when all were told;
 * job_wait_empty() waits for their end. Bounded steps. The caller may be in it.
 */
void job_kill(struct job *job, int32_t code);

/* The same for good: the job never takes another process. */
void job_close(struct job *job, struct process_status status);

/* Until no process is left in it and below: 0, -EINTR, -ETIMEDOUT, -EAGAIN (KTIME_POLL). */
MUST_CHECK int job_wait_empty(struct job *job, ktime_t deadline);

/*
 * Threads of the job and below stop before they run user code again, and stay so
 * until a thaw (or their end, which a freeze does not keep off). Those asleep in a
 * system call stop when that is over. A job whose parent is frozen stands still
 * whatever is said of itself. Both return at once.
 */
void job_freeze(struct job *job);
void job_thaw(struct job *job);

/* Whether every thread of the job and below is parked or asleep. Takes a walk. */
bool job_is_settled(struct job *job);

/*
 * Waits until events differ from *seen, then sets *seen: 0, -EINTR, -ETIMEDOUT,
 * -EAGAIN. A charge that is refused in a system call ends no wait; it is seen when
 * something else does.
 */
MUST_CHECK int job_wait_events(struct job *job, struct job_events *seen, ktime_t deadline);

/*
 * Walks: the processes of a job and all below, or the jobs below it in any order.
 * fn is called with a reference held, no lock held, and may sleep; false ends the
 * walk. What comes or goes meanwhile may or may not be seen.
 */
void job_for_each_process(struct job *job, bool (*fn)(struct process *process, void *ctx),
			  void *ctx);
void job_for_each_job(struct job *job, bool (*fn)(struct job *job, void *ctx), void *ctx);

/* Jobs that exist; for leak tests. */
uint32_t job_count(void);

#endif
