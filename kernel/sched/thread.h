/*
 * Thread: a kernel stack, saved registers and a place in the scheduler.
 *
 * A thread belongs to whoever holds references: the creator has one, and a
 * thread that was started has one of its own until it has left its CPU for
 * good. The layers above hang their data on `owner`.
 */
#ifndef KERNEL_SCHED_THREAD_H
#define KERNEL_SCHED_THREAD_H

#include "kernel/arch/thread.h"
#include "kernel/core/lockdep.h"
#include "kernel/core/percpu.h"
#include "kernel/core/spinlock.h"
#include "kernel/core/timer.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/list.h"
#include "kernel/lib/refcount.h"
#include "kernel/lib/types.h"
#include "kernel/sched/cpumask.h"
#include "kernel/sched/fair.h"
#include "kernel/sched/rt.h"
#include "kernel/sched/waitq.h"

struct sched_group;

#define THREAD_NAME_LEN 32
/* Capabilities that a thread can be using at a time: kernel/cap/cap.h. */
#define THREAD_ACTIVE_GRANTS 2

struct grant;
struct vmspace;

enum thread_state {
	THREAD_NEW,	 /* not started */
	THREAD_RUNNABLE, /* runs or waits for a CPU */
	THREAD_SLEEPING, /* in a wait queue, deaf to interruption */
	THREAD_SLEEPING_INTERRUPTIBLE,
	THREAD_DEAD,
};

enum thread_policy {
	THREAD_POLICY_FAIR, /* a share by weight */
	THREAD_POLICY_FIFO, /* before all fair threads, until it sleeps */
	THREAD_POLICY_RR,   /* the same, taking turns with its equals */
};

/* Why thread_interrupt() was called; bits that stay until their owner clears them. */
enum thread_interrupt {
	THREAD_INTERRUPT_SIGNAL = 1u << 0,
	THREAD_INTERRUPT_KILL = 1u << 1,
	THREAD_INTERRUPT_REVOKE = 1u << 2,
};

/*
 * Who guards what:
 *	c  const after thread_create()
 *	q  the run queue lock of the CPU in `cpu`; cpu itself changes only with
 *	   that lock held and while the thread does not run
 *	l  the lock of the list of all threads
 *	o  the thread itself, or nobody while it does not run
 *	a  atomic, stands alone
 */
struct thread {
	struct arch_thread arch;    /* o */
	vaddr_t stack_top;	    /* c: 0 for the boot thread, whose stack is in the image */
	void (*fn)(void *arg);	    /* c */
	void *arg;		    /* c */
	uint64_t id;		    /* c: never used again */
	char name[THREAD_NAME_LEN]; /* c: always terminated */

	cpu_id_t cpu;		    /* q: where it runs, waits or ran last */
	uint8_t state;		    /* q, but the thread itself may begin to sleep without */
	uint8_t policy;		    /* q: enum thread_policy */
	int8_t nice;		    /* q */
	bool is_over_budget;	    /* q, and read by itself: sched_group_wait_budget() */
	bool was_handed_over;	    /* q: by the last thread_park() */
	bool is_queued;		    /* q: counted in the run queue, running or waiting */
	bool is_idle;		    /* c: its CPU's idle thread */
	uint8_t on_cpu;		    /* a: registers are in a CPU; written under q */
	struct fair_entity fair;    /* q */
	struct list_node fair_node; /* q: in its run queue's list of fair threads */
	struct sched_group *group;  /* q: a reference */
	struct rt_entity rt;	    /* q */
	struct cpumask affinity;    /* q */
	ktime_t run_ns;		    /* q: time on a CPU, up to the last switch or slice */
	uint64_t switches;	    /* q: times it was given a CPU */

	struct atomic32 interrupts; /* a: enum thread_interrupt */
	struct timer sleep_timer;   /* o: deadline of waitq_sleep() */
	struct lockdep_stack held;  /* o: sleeping locks */

	struct spinlock exit_lock; /* rank OBJECT */
	bool has_exited GUARDED_BY(&exit_lock);
	struct waitq joiners GUARDED_BY(&exit_lock);

	struct refcount refs;	   /* a */
	struct list_node all_node; /* l */

	/* For the layers above. */
	struct grant
		*active_grants[THREAD_ACTIVE_GRANTS]; /* a: written by the thread, kernel/cap */
	void *owner;		    /* o: the struct uthread, NULL for a kernel thread */
	uint32_t contain_off_count; /* o: see thread_contain_disable() */
	paddr_t mmu_root; /* o: page tables to run on; 0: any, it uses the kernel half only */
	/* o: loads mmu_root on this CPU, when that is not loaded already; interrupts off */
	void (*mmu_load)(struct thread *thread);
	struct vmspace *vmspace; /* o: whose tables these are: vmspace_set_thread() */
	int fault_error; /* o: why the last page fault was not resolved: kernel/vm/fault.h */
};

DECLARE_PER_CPU(struct thread *, thread_current_ptr);

/* The running thread; any context (in an interrupt: the interrupted one). */
static inline struct thread *thread_current(void)
{
	return this_cpu_read(thread_current_ptr);
}

/*
 * Makes a thread that will call fn(arg) once started, in the fair class with
 * nice 0, on any CPU. On success the caller owns one reference to *out. name is
 * copied and cut. 0 or -ENOMEM.
 */
MUST_CHECK int thread_create(const char *name, void (*fn)(void *arg), void *arg,
			     struct thread **out);

/* Makes it runnable; once. */
void thread_start(struct thread *thread);

/* Both steps for a thread nobody waits for; the caller gets no reference. */
MUST_CHECK int thread_spawn(const char *name, void (*fn)(void *arg), void *arg);

/* Ends the running thread. Returning from fn does the same. No lock may be held. */
NORETURN void thread_exit(void);

/*
 * Waits until the thread has ended and left its CPU: 0, -EINTR, or -ETIMEDOUT.
 * The reference stays the caller's.
 */
MUST_CHECK int thread_join(struct thread *thread, ktime_t deadline);

void thread_get(struct thread *thread);
/* The last put frees. Any context but NMI, no run queue or memory lock held. */
void thread_put(struct thread *thread);

/*
 * Sets reason bits; ends an interruptible sleep with -EINTR. Any further
 * interruptible sleep gives -EINTR as long as a bit is set. Any context.
 */
void thread_interrupt(struct thread *thread, uint32_t reasons);
void thread_clear_interrupt(struct thread *thread, uint32_t reasons);

static inline uint32_t thread_pending_interrupts(const struct thread *thread)
{
	return atomic32_load(&thread->interrupts);
}

/*
 * Interrupts the CPU that the thread runs on, if it runs, so that it passes the way
 * to user mode. Any context, no run queue lock held.
 */
void thread_kick(struct thread *thread);

/*
 * Between the two the running thread does what others depend on to be finished, so
 * that a bug met there is the machine's end, locks held or not (core/panic.h).
 * Calls nest.
 */
static inline void thread_contain_disable(void)
{
	thread_current()->contain_off_count++;
}

static inline void thread_contain_enable(void)
{
	thread_current()->contain_off_count--;
}

/*
 * Where it may run. 0, or -EINVAL when no online CPU is in the mask. The
 * running thread is on an allowed CPU when this returns; another one that runs
 * is moved as soon as its CPU takes the interrupt.
 */
MUST_CHECK int thread_set_affinity(struct thread *thread, const struct cpumask *mask);
void thread_get_affinity(struct thread *thread, struct cpumask *out);

/*
 * level: nice -20..19 for FAIR, priority 1..99 for FIFO and RR. 0 or -EINVAL.
 * Takes effect at once, also for a running thread.
 */
MUST_CHECK int thread_set_priority(struct thread *thread, enum thread_policy policy, int level);

/* Fair share by weight (FAIR_WEIGHT_UNIT is nice 0's), for budgets: 0 or -EINVAL. */
MUST_CHECK int thread_set_weight(struct thread *thread, uint32_t weight);

/* Lets others run; returns when it is this thread's turn again. */
void thread_yield(void);

/* 0 at the deadline, or -EINTR. */
int thread_sleep_until(ktime_t deadline);
/* Deaf to interruption. */
void thread_sleep_ns(ktime_t ns);

/*
 * Calls fn for each thread under the list lock: no sleep, no thread_put. For
 * reports. Stops when fn returns false.
 */
void thread_for_each(bool (*fn)(struct thread *thread, void *ctx), void *ctx);

/*
 * Goes through all threads in steps, oldest first: the first for NULL, else the
 * one after prev, whose reference it drops. The caller owns a reference to the
 * result; NULL at the end. Interrupts on, no run queue or memory lock held.
 */
struct thread *thread_next(struct thread *prev);

/* Threads that exist, dead ones with references included. */
uint32_t thread_count(void);

/* Nanoseconds of CPU time so far, of a running thread too. */
ktime_t thread_run_ns(struct thread *thread);

const char *thread_state_name(const struct thread *thread);

#endif
