/* Among kernel/task's own files: what is done to all threads of a process. */
#ifndef KERNEL_TASK_PROCESS_IMPL_H
#define KERNEL_TASK_PROCESS_IMPL_H

#include "kernel/task/process.h"
#include "kernel/task/uthread.h"

/*
 * What a user thread costs beside its own struct, for the account: its kernel stack
 * and an allowance for struct thread and the vector registers.
 */
#define UTHREAD_KERNEL_BYTES (KSTACK_SIZE + 4096u + sizeof(struct uthread))

/* Sets work bits of all threads, and kicks them. Bounded steps. */
void process_add_work(struct process *process, uint32_t bits);

/* Threads that stand still look again. Bounded steps. */
void process_wake_parked(struct process *process);

/* Whether all its threads are asleep. */
bool process_is_settled(struct process *process);

/* Asks all threads but one (or NULL) to end. Nobody may be able to add threads. */
void process_interrupt_threads(struct process *process, struct uthread *except);

/* Ends what has no threads any more, or never had: once. May sleep, long. */
void process_teardown(struct process *process);

/* A thread leaves the lists and counts. True: it was the last, tear the process down. */
MUST_CHECK bool uthread_leave(struct uthread *ut);

/* The running thread stands still as long as its job is frozen and it is not to end. */
void uthread_park(struct uthread *ut);

/*
 * Waits for memory that a charge to the job has not found, ending a process if
 * nothing else helps: 0 when it is worth trying again, -EINTR when the running thread is
 * to end, -ENOMEM when nothing can be done. The round counts up from 0.
 */
MUST_CHECK int oom_make_room(struct job *job, uint32_t round);

/* Slows down a thread whose job is above its soft limit. */
void oom_throttle(struct job *job);

/* trap_hooks, contain.c's part. */
bool contain_is_possible(void);
NORETURN void contain_current(void);
/* A process that was ended for a bug of the kernel's: ends what its grants allow. */
void contain_revoke_held(struct process *process);

#endif
