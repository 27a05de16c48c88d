/*
 * Process: an address space, a capability space, an authority, a job that pays,
 * a personality, and the threads that run in it. kernel/task/README.md tells the
 * life of one.
 *
 * What a capability of a process allows: WAIT for its end, KILL, SIGNAL (for the
 * personality), INSPECT (state, memory, statistics), CONTROL (change it from
 * outside: start, capabilities, memory). Callers check, this file does not.
 */
#ifndef KERNEL_TASK_PROCESS_H
#define KERNEL_TASK_PROCESS_H

#include "kernel/cap/kobject.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/list.h"
#include "kernel/lib/types.h"
#include "kernel/sched/waitq.h"

struct authority;
struct cspace;
struct job;
struct personality_ops;
struct uthread;
struct vmspace;

#define PROCESS_NAME_LEN 32

enum process_state {
	PROCESS_RUNNING, /* may have threads, and be given more */
	PROCESS_EXITING, /* its threads are on their way out */
	PROCESS_DEAD,	 /* nothing is left but the status */
};

enum process_end {
	PROCESS_EXITED,	       /* by itself; code is what it said */
	PROCESS_KILLED,	       /* by somebody; code is what that one said */
	PROCESS_FAULTED,       /* code is the enum trap_cause */
	PROCESS_OUT_OF_MEMORY, /* its job was over budget, or the machine */
	PROCESS_CONTAINED,     /* the kernel met a bug of its own while it worked for it */
};

struct process_status {
	enum process_end end;
	int32_t code;
};

/* A process in the list of its job; cursors of walks are in that list too. */
struct job_member {
	struct list_node node;	 /* under the lock of the tree of jobs */
	struct process *process; /* const; NULL for a cursor */
};

/*
 * Who guards what: c const after process_create(); l lock; j the lock of the tree
 * of jobs. What an exec changes (space, name, personality) changes while one
 * thread is left; that thread may read it without the lock.
 */
struct process {
	struct kobject obj;	     /* must be first */
	uint64_t id;		     /* c: never used again */
	struct job *job;	     /* c: a reference */
	struct cspace *caps;	     /* l: as space */
	struct authority *authority; /* c: a reference; NULL once dead */

	struct spinlock lock;			   /* rank PROCESS */
	struct vmspace *space;			   /* l: a reference; NULL once dead */
	const struct personality_ops *personality; /* l */
	void *personality_data;			   /* the personality's */
	char name[PROCESS_NAME_LEN];		   /* l: always terminated */
	enum process_state state GUARDED_BY(&lock);
	struct process_status status GUARDED_BY(&lock); /* from EXITING on */
	struct list_node threads GUARDED_BY(&lock);	/* of struct uthread_link */
	uint32_t thread_count GUARDED_BY(&lock);
	bool is_started GUARDED_BY(&lock);	       /* had a thread that ran */
	struct uthread *exec_thread GUARDED_BY(&lock); /* asked all others to end */
	struct waitq exit_wait GUARDED_BY(&lock);      /* for DEAD */
	struct waitq thread_wait GUARDED_BY(&lock);    /* for thread_count to go down */
	struct waitq park_wait GUARDED_BY(&lock);      /* of frozen threads */

	struct job_member member; /* j */
};

/* What a new process is made of. */
struct process_config {
	struct job *job;			   /* pays; takes a reference */
	const struct personality_ops *personality; /* const storage */
	struct process *parent;			   /* for the personality; or NULL */
	struct authority *authority; /* takes a reference; NULL: an empty one is made */
	struct cspace *caps;	     /* takes a reference; NULL: an empty one is made */
	struct vmspace *space;	     /* takes a reference; NULL: an empty one is made */
	const char *name;	     /* copied and cut */
};

/*
 * A process without threads. It holds what config names and nothing else: nothing
 * is inherited from the caller. On success the caller owns one reference to *out.
 * Letting it go before a thread was started ends it. 0, or
 *
 *	-ENOMEM		no memory, or no budget for it
 *	-EAGAIN		the job, or one above, is at its limit of processes
 *	-ECANCELED	the job is being killed
 *	other		what the personality's process_init said
 */
MUST_CHECK int process_create(const struct process_config *config, struct process **out);

static inline void process_get(struct process *process)
{
	kobject_get(&process->obj);
}

/* Thread context, no lock held: the last put may tear a process down. */
static inline void process_put(struct process *process)
{
	kobject_put(&process->obj);
}

static inline struct kobject *process_kobject(struct process *process)
{
	return &process->obj;
}

/* NULL when it is an object of another type. */
struct process *process_from_kobject(struct kobject *kobj);

/* The running thread's process; NULL for a kernel thread. */
struct process *process_current(void);

/*
 * Ends the process with this status, unless it is on its way already: the first
 * status counts. Its threads leave the kernel by their own way out, so it may be
 * some time until process_wait() has something to say. A process that has had no
 * thread yet takes none from now on, and is dead when its maker lets it go. Thread
 * context, no lock held; bounded steps.
 */
void process_kill(struct process *process, struct process_status status);

/* The same for the running thread's own process; ends the thread too. */
NORETURN void process_exit_current(struct process_status status);

/*
 * Waits until it is dead: 0 and the status, -EINTR, -ETIMEDOUT, or -EAGAIN for
 * KTIME_POLL. Dead means that its memory, capabilities and threads are gone and
 * its job pays for no more than the struct process itself.
 */
MUST_CHECK int process_wait(struct process *process, ktime_t deadline, struct process_status *out);

/* The state now; *status_out is set when it is not RUNNING. */
enum process_state process_get_state(struct process *process, struct process_status *status_out);

/* The address space with a reference for the caller; NULL once the process is dead. */
MUST_CHECK struct vmspace *process_get_space(struct process *process);

/*
 * The same for its capabilities and authority, for use by another process: 0, or
 * -ESRCH once it is dead. The process itself needs no reference.
 */
MUST_CHECK int process_get_caps(struct process *process, struct cspace **out);
MUST_CHECK int process_get_authority(struct process *process, struct authority **out);

struct process_stats {
	uint64_t id;
	uint64_t job_id;
	enum process_state state;
	struct process_status status; /* from EXITING on */
	uint32_t thread_count;
	uint64_t resident_pages;
	ktime_t run_ns; /* of the threads it has now */
	char name[PROCESS_NAME_LEN];
};

void process_get_stats(struct process *process, struct process_stats *out);

/*
 * Exec, by a thread of the process itself, in two steps. The first makes it the
 * only thread: 0, -EINTR when it is to end itself, -EAGAIN when another thread of
 * the process execs. From then on only the second step or the end may come. It
 * swaps the address space for another (taking over the caller's reference) and
 * sets the name; the caller then enters user mode with a new frame.
 */
MUST_CHECK int process_begin_exec(void);
void process_commit_exec(struct vmspace *space, const struct personality_ops *personality,
			 const char *name);
/* Instead of the second: the process stays what it was, with one thread. */
void process_abort_exec(void);

/*
 * The process of the running thread, its only one, goes on with another capability
 * space; takes over the caller's reference.
 */
void process_replace_caps(struct cspace *caps);

/*
 * Calls fn for every process of the system that is not dead, each with a
 * reference held meanwhile, no lock held; fn may sleep. Processes made during the
 * walk may or may not be seen. Stops when fn returns false.
 */
void process_for_each(bool (*fn)(struct process *process, void *ctx), void *ctx);

/* Processes that exist, dead ones with references included; for leak tests. */
uint32_t process_count(void);

/* Boot, once, after vm_init(). */
void task_init(void);

#endif
