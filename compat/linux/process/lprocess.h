/*
 * Linux process: a thread group, and its place among the others.
 *
 * It is the personality's part of a struct process (kernel/task/process.h), and
 * lives as long. A parent holds a reference on each child's struct process until it
 * has waited for it: that is what a zombie is.
 *
 *	alive		has threads
 *	ending		the last thread is gone, memory and descriptors are being freed
 *	zombie		all is freed; its parent has not asked yet
 *	reaped		nobody can find it
 *
 * Who guards what: c const after its making; t the lock of the process tree
 * (compat/linux/process/tree.h); l the field's own lock; a atomic, stands alone;
 * s, f the signal part, the file part.
 */
#ifndef COMPAT_LINUX_PROCESS_LPROCESS_H
#define COMPAT_LINUX_PROCESS_LPROCESS_H

#include "compat/linux/syscall/dispatch.h"
#include "compat/linux/uapi/process.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/list.h"
#include "kernel/lib/types.h"
#include "kernel/sched/waitq.h"
#include "kernel/task/process.h"

struct lfs;
struct lpid;
struct lsignal_process;
struct lthread;
struct ltty;
struct vfork_wait;

enum lprocess_state {
	LPROCESS_NEW, /* being made: nobody knows of it */
	LPROCESS_ALIVE,
	LPROCESS_ENDING,
	LPROCESS_ZOMBIE,
	LPROCESS_REAPED,
};

/* What a process used, for getrusage(2), times(2), wait4(2); of ended ones. */
struct lusage {
	ktime_t run_ns;
	uint64_t max_resident_pages;
	uint64_t faults;
	uint64_t voluntary_switches;
};

struct lprocess {
	struct call_process call;
	struct process *process; /* c: this one's; no reference */
	int32_t tgid;		 /* c */
	int32_t exit_signal;	 /* t: to the parent at the end; 0: none */
	ktime_t start_time;	 /* c: since boot */

	enum lprocess_state state;     /* t */
	struct lpid *pid;	       /* t: the thread group's number, until it is reaped */
	struct lpid *group;	       /* t: of the process group, until it is reaped */
	struct lpid *session;	       /* t */
	struct list_node group_node;   /* t: in group->group_members */
	struct list_node session_node; /* t: in session->session_members */

	struct lprocess *parent;       /* t: NULL: the kernel's, which waits for nothing */
	int32_t parent_tid;	       /* t: the thread of the parent that made it */
	struct list_node children;     /* t: of struct lprocess by sibling_node */
	struct list_node sibling_node; /* t */
	struct waitq child_wait;       /* t: of threads in wait(2) and pollers */
	struct vfork_wait *vfork;      /* t: its parent waits for exec or exit */
	bool is_subreaper;	       /* t: PR_SET_CHILD_SUBREAPER */
	bool has_subreaper;	       /* t: some ancestor is one */
	bool has_execed;	       /* t: since it was made: setpgid(2) asks */
	bool has_shared_files;	       /* t: some other process may use the same descriptors */

	struct list_node threads; /* t: of struct lthread by node */
	uint32_t thread_count;	  /* t */
	bool is_group_exiting;	  /* t: group_status is what the process ends with */
	int32_t group_status;	  /* t: as wait(2) tells it */
	int32_t leader_status;	  /* t: of the leader's exit(2), if no exit_group */
	uint32_t uid;		  /* t: real user id of the thread that last set its own */

	/* What waitid(2) may report, once: set by lprocess_note_stopped and _continued. */
	int32_t stop_signal; /* t: 0: not stopped, or reported */
	bool was_continued;  /* t */

	struct lusage dead_threads;  /* t */
	struct lusage dead_children; /* t: waited for */

	struct spinlock limit_lock; /* rank LINUX_LIMIT */
	struct linux_rlimit limits[LINUX_RLIM_NLIMITS] GUARDED_BY(&limit_lock);

	struct lfs *fs;	  /* umask, root and current directory; see fs.h */
	struct ltty *tty; /* f: the controlling terminal is the session's: lpid->tty */
	struct lsignal_process *signal; /* s: handlers, shared queue, timers */

	struct atomic32 dumpable;   /* a: PR_SET_DUMPABLE */
	struct atomic32 persona;    /* a: personality(2) */
	vaddr_t brk_start, brk_end; /* the memory part's, under the mutex of brk(2) */
	vaddr_t stack_start;	    /* set by exec: for /proc and brk */
	vaddr_t args_start, args_end, env_start, env_end; /* set by exec: /proc/PID/cmdline */
};

static inline struct lprocess *lprocess_of(struct process *process)
{
	return (struct lprocess *)process->personality_data;
}

/* For the personality: see kernel/task/personality.h. */
int lprocess_init(struct process *process, struct process *parent);
void lprocess_exit(struct process *process);
void lprocess_dead(struct process *process);
void lprocess_fini(struct process *process);

/*
 * Ends the whole process with this status (as wait(2) tells it: code << 8, or a
 * signal's number, + 0x80 with a core) unless it is ending already. No lock held,
 * thread context. Its threads go by their own way out.
 */
void lprocess_kill(struct lprocess *lp, int32_t status);

/* The same for the running thread's process. */
NORETURN void lprocess_exit_group(struct lthread *lt, int32_t status);

/*
 * For job control: the process has come to a stop by this signal, or goes on after
 * one. Wakes who waits for that, and sends SIGCHLD. No lock held.
 */
void lprocess_note_stopped(struct lprocess *lp, int32_t signal);
void lprocess_note_continued(struct lprocess *lp);

/* The limit now; any thread context. */
struct linux_rlimit lprocess_limit(struct lprocess *lp, uint32_t resource);

#endif
