/*
 * User thread: a thread (kernel/sched) that runs a program. Its registers in user
 * mode lie at the top of its kernel stack (kernel/arch/user.h).
 *
 * Who wants something of a thread that it has to do itself sets a bit (work, or
 * one of the interrupt bits of the thread) and kicks it; the thread sees to it on
 * its way to user mode, where it holds no lock and no borrowed reference.
 */
#ifndef KERNEL_TASK_UTHREAD_H
#define KERNEL_TASK_UTHREAD_H

#include "kernel/ipc/endpoint.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/list.h"
#include "kernel/lib/refcount.h"
#include "kernel/lib/types.h"
#include "kernel/sched/thread.h"

struct process;

/* What there is to do before user mode, beside thread->interrupts. */
enum uthread_work {
	UTHREAD_WORK_FREEZE = 1u << 0,	    /* its job may be frozen: look */
	UTHREAD_WORK_PERSONALITY = 1u << 1, /* call the personality's return_to_user */
};

/* Where a thread is in its life, as far as giving it up is concerned. */
enum uthread_phase {
	UTHREAD_STARTING, /* has not been in user mode yet */
	UTHREAD_LIVE,
	UTHREAD_EXITING,
};

/* A thread in the list of its process; cursors of walks are in that list too. */
struct uthread_link {
	struct list_node node;
	struct uthread *ut; /* const; NULL for a cursor */
};

struct uthread {
	struct thread *thread;	 /* const: a reference */
	struct process *process; /* const: a reference */
	void *personality_data;	 /* the personality's */
	struct ipc_debt debt;	 /* the answer it owes; its own */
	struct atomic32 work;	 /* enum uthread_work */
	uint8_t phase;		 /* enum uthread_phase; the thread's own */
	struct refcount refs;
	struct uthread_link link;      /* under process->lock */
	struct trap_frame first_frame; /* what it enters user mode with */
};

/* NULL for a kernel thread. */
static inline struct uthread *uthread_current(void)
{
	return (struct uthread *)thread_current()->owner;
}

/*
 * A thread of the process that will enter user mode with the registers of frame,
 * which is copied. On success the caller owns one reference to *out, and must
 * start it or give it up with uthread_cancel(). 0, or
 *
 *	-ENOMEM		no memory, or no budget for it
 *	-EAGAIN		the job, or one above, is at its limit of threads
 *	-ESRCH		the process is ending
 *	other		what the personality's thread_init said
 */
MUST_CHECK int uthread_create(struct process *process, const struct trap_frame *frame,
			      struct uthread **out);

/* Once. The caller's reference stays the caller's. */
void uthread_start(struct uthread *ut);

/* Gives up a thread that was not started; consumes the reference. */
void uthread_cancel(struct uthread *ut);

void uthread_get(struct uthread *ut);
/* Thread context, no lock held. */
void uthread_put(struct uthread *ut);

/*
 * Ends the running thread; the last one of a process ends that too, with the
 * status EXITED, 0 if it has none yet. No lock may be held.
 */
NORETURN void uthread_exit(void);

/*
 * Makes the thread look at its bits before it runs user code again, even if it
 * runs such code right now; sleeps are not disturbed. Any context, no run queue
 * lock held.
 */
void uthread_kick(struct uthread *ut);

/* Sets work bits and kicks. */
void uthread_add_work(struct uthread *ut, uint32_t bits);

/* thread_interrupt() and a kick. */
void uthread_interrupt(struct uthread *ut, uint32_t reasons);

/*
 * Calls fn for each thread of a process under its lock, which is let go now and
 * then: fn must not sleep, nor put. Stops when fn returns false. Threads made
 * meanwhile are seen.
 */
void uthread_for_each(struct process *process, bool (*fn)(struct uthread *ut, void *ctx),
		      void *ctx);

#endif
