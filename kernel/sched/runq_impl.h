/*
 * Run queue: the threads of one CPU that want to run, and what the scheduler's
 * own files tell each other. Private to kernel/sched.
 */
#ifndef KERNEL_SCHED_RUNQ_IMPL_H
#define KERNEL_SCHED_RUNQ_IMPL_H

#include "kernel/core/percpu.h"
#include "kernel/core/preempt.h"
#include "kernel/core/spinlock.h"
#include "kernel/core/timer.h"
#include "kernel/sched/fair.h"
#include "kernel/sched/rt.h"
#include "kernel/sched/sched.h"
#include "kernel/sched/thread.h"

/* How important what runs is, for a glance from another CPU. */
#define RUNQ_PRIO_IDLE (-1)
#define RUNQ_PRIO_FAIR 0 /* real-time: 1..99 */

struct runq {
	struct spinlock lock;
	struct thread *current GUARDED_BY(&lock);
	struct fair_queue fair GUARDED_BY(&lock);	 /* of the root group */
	struct list_node fair_threads GUARDED_BY(&lock); /* of all groups, current included */
	uint32_t fair_count GUARDED_BY(&lock);		 /* of them */
	struct rt_queue rt GUARDED_BY(&lock);
	ktime_t charged_until GUARDED_BY(&lock); /* the place of current has paid up to then */
	ktime_t run_since GUARDED_BY(&lock);	 /* current's run_ns is counted up to then */
	ktime_t slice_expires GUARDED_BY(&lock); /* of the timer; valid while it is armed */
	bool is_slice_armed GUARDED_BY(&lock);
	ktime_t balance_at GUARDED_BY(&lock); /* not before then again */
	struct sched_cpu_stats stats GUARDED_BY(&lock);

	/* const after runq_init() */
	cpu_id_t cpu;
	struct thread *idle;

	/* Hints for other CPUs, written under the lock, read without: WRITE_ONCE, READ_ONCE. */
	uint32_t runnable; /* threads of both classes, current included */
	int prio;	   /* of current */

	/* This CPU's alone, interrupts off. */
	struct thread *prev;	  /* who was switched away from, for switch_finish() */
	struct thread *migrating; /* prev, when it may not run here any more */
	paddr_t mmu_root;	  /* loaded last */
	struct timer slice_timer;
};

DECLARE_PER_CPU(struct runq, runqs);

/* Stable while preemption is off. */
static inline struct runq *runq_this(void)
{
	return this_cpu_ptr(runqs);
}

static inline struct runq *runq_of(cpu_id_t cpu)
{
	return cpu_ptr(runqs, cpu);
}

/* --- runq.c --- */

/* Before the CPU runs the scheduler; idle becomes current. */
void runq_init(struct runq *rq, cpu_id_t cpu, struct thread *idle);

/*
 * Locks the queue of the CPU that the thread belongs to, and returns it.
 * Unlock with spin_unlock_irqrestore().
 */
struct runq *runq_lock_of(struct thread *thread, irqflags_t *flags_out);

/* Tells the compiler's lock analysis what runq_lock_of() did; no code. */
static inline void runq_assume_locked(struct runq *rq) ASSUMES_HELD(&rq->lock);

static inline void runq_assume_locked(struct runq *rq UNUSED) NO_THREAD_SAFETY_ANALYSIS
{
}

/* Adds or removes a runnable thread; thread->cpu is this queue's. */
void runq_enqueue(struct runq *rq, struct thread *thread, ktime_t now) REQUIRES(&rq->lock);
void runq_dequeue(struct runq *rq, struct thread *thread, ktime_t now) REQUIRES(&rq->lock);

/* Makes current pay for its time; asks for a switch when its turn is over. */
void runq_charge(struct runq *rq, ktime_t now) REQUIRES(&rq->lock);

/* The current thread gives up the rest of its turn. */
void runq_yield(struct runq *rq, struct thread *thread, ktime_t now) REQUIRES(&rq->lock);

/* The thread that should run, the idle thread if there is none. */
struct thread *runq_pick(struct runq *rq) REQUIRES(&rq->lock);
void runq_set_current(struct runq *rq, struct thread *next, ktime_t now) REQUIRES(&rq->lock);

/* Asks the queue's CPU to look for a better thread. */
void runq_reschedule(struct runq *rq) REQUIRES(&rq->lock);

/* After enqueueing: sees to it that the thread gets its turn. */
void runq_check_preempt(struct runq *rq, struct thread *thread) REQUIRES(&rq->lock);

/* Arms this CPU's slice timer if somebody waits. */
void runq_arm_slice(struct runq *rq, ktime_t now) REQUIRES(&rq->lock);

/*
 * Takes a runnable thread that is in no queue to a CPU where it may run.
 * Called with the lock of its CPU's queue, which it releases.
 */
void runq_place_and_unlock(struct runq *rq, struct thread *thread, irqflags_t flags)
	RELEASES(&rq->lock);

/* --- balance.c --- */

/* The CPU on which a thread that wakes up, or starts, should run. */
cpu_id_t balance_select_wake(const struct thread *thread);
cpu_id_t balance_select_new(const struct thread *thread);

/* Takes a waiting thread from another CPU if that needs no waiting for a lock. */
bool balance_steal_locked(struct runq *rq, ktime_t now) REQUIRES(&rq->lock);

/* The same from the idle thread, with waiting. True when it took one. */
bool balance_steal_idle(void);

/* Gives a waiting thread of this CPU to one with less to do. Interrupts off. */
void balance_push(void);

/* The idle thread of this CPU is about to halt; it is no more. */
void balance_set_idle(cpu_id_t cpu);
void balance_clear_idle(cpu_id_t cpu);

/* --- switch.c --- */

enum switch_kind {
	SWITCH_BLOCK,	/* the thread sleeps or dies, if its state still says so */
	SWITCH_PREEMPT, /* it goes on wanting to run, whatever its state says */
	SWITCH_YIELD,	/* the same, but others come first */
};

/* Interrupts off, preempt count 1. Returns when this thread runs again. */
void switch_thread(enum switch_kind kind);

/* First thing that a new thread does. */
void switch_finish(void);

/*
 * For a thread that has set its state to sleeping, with preemption off, once:
 * sleeps until thread_wake() or the deadline; preemption is on afterwards.
 */
void switch_block(ktime_t deadline);

/*
 * From prev, which was current, to the queue's current thread; interrupts off, the
 * preempt count is 2 with the queue's lock, which is released. Returns when prev runs
 * again.
 */
void switch_to_current(struct runq *rq, struct thread *prev) RELEASES(&rq->lock);

/* --- thread.c --- */

/* Ends the sleep of a thread; false when it does not sleep (interruptibly). */
bool thread_wake(struct thread *thread);
bool thread_wake_interruptible(struct thread *thread);

static inline bool thread_is_sleeping(const struct thread *thread)
{
	uint8_t state = READ_ONCE(thread->state);

	return state == THREAD_SLEEPING || state == THREAD_SLEEPING_INTERRUPTIBLE;
}

static inline bool thread_is_allowed_on(const struct thread *thread, cpu_id_t cpu)
{
	return cpumask_test(&thread->affinity, cpu);
}

/* Boot: the slab cache; the thread that is the caller's own context. */
void thread_init_boot(struct thread *main_thread);

/* An idle thread, whose fn is the idle loop; it is in no queue. 0 or -ENOMEM. */
MUST_CHECK int thread_create_idle(cpu_id_t cpu, struct thread **out);

/* --- work.c --- */

/* Makes CPU 0's worker: 0 or -ENOMEM. */
MUST_CHECK int work_start(void);

/* --- idle.c --- */

NORETURN void idle_loop(void *arg);

#endif
