/*
 * Linux thread: what a user thread (kernel/task/uthread.h) is to the Linux
 * personality. clone(2) makes it, exit(2) ends it.
 *
 * The struct lives as long as the user thread has references; from the moment
 * that it has exited nobody finds it by its number any more.
 *
 * Who guards what: c const after its making; o the thread itself, or nobody before
 * it runs; t the lock of the process tree (compat/linux/process/tree.h); s the
 * signal part; a exec by the one thread that is left.
 */
#ifndef COMPAT_LINUX_PROCESS_LTHREAD_H
#define COMPAT_LINUX_PROCESS_LTHREAD_H

#include "compat/linux/syscall/dispatch.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/list.h"
#include "kernel/lib/types.h"
#include "kernel/mm/user.h"
#include "kernel/task/uthread.h"

struct clone_request;
struct lcred;
struct lpid;
struct lprocess;
struct lsignal_thread;

/* TASK_COMM_LEN of prctl(2), with the NUL. */
#define LTHREAD_NAME_LEN 16

struct lthread {
	struct call_thread call;     /* o */
	struct uthread *ut;	     /* c */
	struct lprocess *process;    /* c: lives as long as ut does */
	int32_t tid;		     /* c, and by an exec: getpid() of the leader */
	struct lpid *pid;	     /* t: NULL once it has exited */
	struct list_node node;	     /* t: in process->threads */
	struct lcred *cred;	     /* written by itself under t; read it with lthread_cred() */
	char name[LTHREAD_NAME_LEN]; /* t: always terminated */

	struct user_ptr clear_child_tid;   /* o: set_tid_address(2) */
	struct user_ptr robust_list;	   /* o: set_robust_list(2); 0: none */
	struct lsignal_thread *signal;	   /* s: made and freed by the signal part */
	const struct clone_request *clone; /* o: the clone that it is making */

	int32_t parent_death_signal; /* o: PR_SET_PDEATHSIG; 0: none */
	uint64_t timer_slack_ns;     /* o: PR_SET_TIMERSLACK */
	uint64_t default_slack_ns;   /* c */
	uint8_t sched_policy;	     /* t: LINUX_SCHED_*: what was asked for */
	int8_t nice;		     /* t: -20..19, also while the policy is another */
	uint8_t rt_priority;	     /* t: 1..99 for FIFO and RR, else 0 */
	bool has_sched_reset;	     /* t: SCHED_RESET_ON_FORK */
	bool has_no_new_privs;	     /* o: only ever set */
	int32_t exit_status;	     /* o: what it gave to exit(2), as wait(2) tells it */
};

/* The running thread, which must be one of the Linux personality. */
static inline struct lthread *lthread_current(void)
{
	return (struct lthread *)uthread_current()->personality_data;
}

static inline struct lthread *lthread_of(struct uthread *ut)
{
	return (struct lthread *)ut->personality_data;
}

/* Whether it is the one whose number is the process's. */
bool lthread_is_leader(const struct lthread *lt);

/* For the personality: see kernel/task/personality.h. */
int lthread_init(struct uthread *ut, struct uthread *parent);
void lthread_exit(struct uthread *ut);
void lthread_fini(struct uthread *ut);

#endif
