/* Among this directory's files: what a process and a thread have of signals. */
#ifndef COMPAT_LINUX_SIGNAL_SIGNAL_IMPL_H
#define COMPAT_LINUX_SIGNAL_SIGNAL_IMPL_H

#include "compat/linux/process/lprocess.h"
#include "compat/linux/process/lthread.h"
#include "compat/linux/process/tree.h"
#include "compat/linux/signal/lsignal.h"
#include "compat/linux/signal/queue.h"
#include "compat/linux/syscall/restart.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/list.h"
#include "kernel/lib/refcount.h"
#include "kernel/sched/waitq.h"

struct ltimers;

/* What is done about each signal; CLONE_SIGHAND shares it between processes. */
struct lsighand {
	struct refcount refs;
	struct spinlock lock; /* rank LINUX_SIGHAND, inside a process's lock */
	struct linux_sigaction actions[LINUX_SIGRTMAX] GUARDED_BY(&lock);
};

/* lock guards all but what says c (const after its making) or o (the thread itself). */
struct lsignal_process {
	struct lprocess *lp;   /* c */
	struct spinlock lock;  /* rank LINUX_SIGNAL */
	struct lsighand *hand; /* a reference; an exec may change it */
	struct signal_pending pending;
	struct signal_quota quota; /* entries in the process's queues */
	struct list_node threads;  /* of struct lsignal_thread by node: those that run */
	uint32_t thread_count;

	/* Stops: is_stopping from the signal on, is_stopped once all threads stand still. */
	bool is_stopping;
	bool is_stopped;
	bool has_continued; /* a thread that wakes tells the parent */
	int32_t stop_signal;
	uint32_t stopped_count;
	uint32_t continue_count; /* of SIGCONT: a stop signal taken before is void */
	struct waitq stop_wait;

	struct ltimers *timers; /* of compat/linux/time; see there */
};

struct lsignal_thread {
	struct lthread *lt;    /* c */
	struct list_node node; /* unlinked: it does not run (yet, or any more) */
	struct signal_pending pending;
	linux_sigset_t blocked;	  /* written by itself, under the lock */
	linux_sigset_t saved;	  /* o: what blocked becomes again, if has_saved */
	bool has_saved;		  /* o */
	bool is_standing;	  /* counted in stopped_count */
	uint32_t continue_seen;	  /* o: continue_count when it took its last signal */
	linux_sigset_t waited;	  /* of rt_sigtimedwait(2): taken although blocked */
	struct waitq wait;	  /* of that, and of rt_sigsuspend(2) */
	struct linux_stack stack; /* o: sigaltstack(2) */

	/* o: of its last exception, for the frames of handlers */
	uint64_t trap_number;
	uint64_t trap_error;
	uint64_t trap_addr;
	bool is_forced; /* the next signal of forced_signal ends it, handled or not */
	uint32_t forced_signal;
};

static inline struct lsignal_process *lsignal_of(struct lthread *lt)
{
	return lt->process->signal;
}

/* --- action.c --- */

struct linux_sigaction lsignal_action(struct lsignal_process *sp, uint32_t sig) REQUIRES(&sp->lock);
void lsignal_set_action(struct lsignal_process *sp, uint32_t sig,
			const struct linux_sigaction *action) REQUIRES(&sp->lock);
/* Whether sig would have no effect at all on a process: nothing is queued then. */
bool lsignal_is_ignored(struct lsignal_process *sp, uint32_t sig) REQUIRES(&sp->lock);

/* A mask as it can be: without what cannot be blocked. Kicks who is concerned. */
void lsignal_set_blocked(struct lthread *lt, linux_sigset_t blocked);
void lsignal_set_blocked_locked(struct lsignal_process *sp, struct lsignal_thread *st,
				linux_sigset_t blocked) REQUIRES(&sp->lock);

/* --- send.c --- */

/* Some thread that does not block them is told of the process's pending signals. */
void lsignal_retarget_locked(struct lsignal_process *sp, linux_sigset_t which) REQUIRES(&sp->lock);
/* The thread looks for signals on its way to user mode. */
void lsignal_tell(struct lsignal_thread *st);

/* --- kill.c --- */

/* Whether the thread may signal a process: 0 or -EPERM. */
MUST_CHECK int lsignal_check_locked(struct lthread *lt, struct lprocess *target, int32_t sig)
	REQUIRES(&ltree_lock);

/* --- jobctl.c --- */

/* Stops the running thread's process by sig, or joins a stop. May sleep, no lock held. */
void lsignal_stop_begin(struct lthread *lt, uint32_t sig);
/* Stands still as long as the process is to; false: there is other work first. */
bool lsignal_stand(struct lthread *lt);
/* A thread fewer, of a process that may be stopping. The stop's signal when it is complete now. */
int32_t lsignal_thread_leaves_locked(struct lsignal_process *sp, struct lsignal_thread *st)
	REQUIRES(&sp->lock);
/* Ends a stop: for SIGCONT and SIGKILL. */
void lsignal_go_on_locked(struct lsignal_process *sp) REQUIRES(&sp->lock);

/* --- frame_x86_64.c --- */

/* Lets the thread go on in the handler: 0, or -EFAULT when its stack cannot be written. */
MUST_CHECK int lsignal_push_frame(struct lthread *lt, struct trap_frame *frame,
				  const struct linux_sigaction *action,
				  const struct linux_siginfo *info, linux_sigset_t mask);
/* The signal that an exception of the processor's is. */
void lsignal_info_of_trap(struct lthread *lt, const struct trap_frame *frame,
			  const struct trap_info *info, struct linux_siginfo *out);

/* --- action.c: the alternate stack --- */

bool lsignal_is_on_stack(const struct lsignal_thread *st, vaddr_t sp);
int lsignal_set_stack(struct lsignal_thread *st, const struct linux_stack *stack, vaddr_t sp);

#endif
