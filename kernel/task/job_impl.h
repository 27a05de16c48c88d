/*
 * The tree of jobs, among kernel/task's own files.
 *
 * One spinlock guards the shape of the tree, who is a member of which job, all
 * counts and what a job was told to do. It is held for a few dozen instructions a
 * process or thread that comes or goes, plus a walk up of at most JOB_MAX_DEPTH
 * levels; whatever takes longer goes in steps, with a cursor in the list.
 */
#ifndef KERNEL_TASK_JOB_IMPL_H
#define KERNEL_TASK_JOB_IMPL_H

#include "kernel/core/spinlock.h"
#include "kernel/lib/list.h"
#include "kernel/task/job.h"

extern struct spinlock job_tree_lock;

enum job_oom_state {
	JOB_OOM_NONE,
	JOB_OOM_CHOOSING, /* somebody looks for the process to end */
	JOB_OOM_WAITING,  /* one was told to end, and is not gone yet */
};

/*
 * c: const after creation; everything else is guarded by job_tree_lock. Counts
 * are of the job and all below it, limits this job's own.
 */
struct job {
	struct kobject obj;	     /* must be first */
	uint64_t id;		     /* c */
	struct job *parent;	     /* c: a reference; NULL: the root */
	uint32_t depth;		     /* c */
	struct mem_account *account; /* c: a reference */
	struct sched_group *group;   /* c: a reference */

	struct list_node children GUARDED_BY(&job_tree_lock); /* of sibling */
	struct list_node sibling GUARDED_BY(&job_tree_lock);
	struct list_node members GUARDED_BY(&job_tree_lock); /* of struct job_member */
	uint32_t job_count GUARDED_BY(&job_tree_lock);	     /* directly below */
	uint32_t process_count GUARDED_BY(&job_tree_lock);
	uint32_t process_max GUARDED_BY(&job_tree_lock);
	uint32_t thread_count GUARDED_BY(&job_tree_lock);
	uint32_t thread_max GUARDED_BY(&job_tree_lock);
	uint32_t parked_count GUARDED_BY(&job_tree_lock);
	bool is_frozen GUARDED_BY(&job_tree_lock); /* said of this job itself */
	bool is_killed GUARDED_BY(&job_tree_lock); /* until it is empty */
	bool is_closed GUARDED_BY(&job_tree_lock); /* for good */
	enum job_oom_state oom GUARDED_BY(&job_tree_lock);
	uint64_t oom_victim GUARDED_BY(&job_tree_lock);	     /* id of the process */
	struct job_events events GUARDED_BY(&job_tree_lock); /* high and max: the account's */
	struct waitq empty_wait GUARDED_BY(&job_tree_lock);
	struct waitq event_wait GUARDED_BY(&job_tree_lock);
};

/*
 * A process enters its job: 0, -EAGAIN at a limit, -ECANCELED in a job that is
 * being killed. From then on walks see it.
 */
MUST_CHECK int job_enter(struct job *job, struct process *process);

/* It leaves, dead. Called with the process's lock held, or nobody else knows it. */
void job_leave(struct process *process);

/* The same for its threads: 0 or -EAGAIN. */
MUST_CHECK int job_enter_thread(struct job *job);
void job_leave_thread(struct job *job);

bool job_is_frozen(struct job *job);
/* A thread stands still, or no longer. */
void job_add_parked(struct job *job, int delta);

/* Adds to one of the events of the job and all above, and wakes who waits for them. */
enum job_event {
	JOB_EVENT_OOM,
	JOB_EVENT_OOM_KILL,
	JOB_EVENT_PROCESS_MAX,
	JOB_EVENT_CONTAINED,
	JOB_EVENT_MEMORY, /* nothing to add: the account has counted it */
};

void job_note_event(struct job *job, enum job_event event);
void job_note_event_locked(struct job *job, enum job_event event) REQUIRES(&job_tree_lock);

/* The job from this one upwards that account belongs to; NULL when there is none. */
struct job *job_of_account(struct job *job, const struct mem_account *account);

/* Makes the root job. */
MUST_CHECK int job_init(void);

#endif
