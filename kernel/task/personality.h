/*
 * Personality: how a process sees the kernel. It decides what a system call
 * number means, what an exception does to the program, and what has to happen
 * before user mode goes on. Everything else about a process is the same for all.
 *
 * One table a personality, filled at build time. Numbers from NATIVE_CALL_FIRST on
 * go to the native calls for every process, whatever its personality.
 */
#ifndef KERNEL_TASK_PERSONALITY_H
#define KERNEL_TASK_PERSONALITY_H

#include "kernel/core/trap.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

struct process;
struct trap_frame;
struct uthread;

#define NATIVE_CALL_FIRST 0x1000u

/*
 * All are called in thread context with interrupts on and no lock held, and may
 * sleep. A member that is NULL does nothing, unless it says otherwise.
 */
struct personality_ops {
	const char *name;

	/* The running thread made a system call; NULL: -ENOSYS to all. */
	void (*syscall)(struct uthread *ut, struct trap_frame *frame);

	/* It met an exception in user mode; NULL: that ends the process. */
	void (*user_fault)(struct uthread *ut, struct trap_frame *frame,
			   const struct trap_info *info);

	/*
	 * It is about to go to user mode with THREAD_INTERRUPT_SIGNAL or
	 * UTHREAD_WORK_PERSONALITY set; the function clears what it has dealt with, for
	 * it is called until nothing is left (NULL: both are cleared). True when the
	 * frame was changed beyond a system call's result.
	 */
	bool (*return_to_user)(struct uthread *ut, struct trap_frame *frame);

	/*
	 * A process is made, on behalf of parent (NULL: of nobody): sets
	 * process->personality_data. 0, or an error that process_create() returns.
	 */
	int (*process_init)(struct process *process, struct process *parent);
	/*
	 * Its last thread has ended, or it never had one; capabilities, authority and
	 * address space are still there. Called once, after a successful process_init.
	 */
	void (*process_exit)(struct process *process);
	/* They are not there any more. Called once, after process_exit, by who ends it. */
	void (*process_dead)(struct process *process);
	/* The last reference is gone: frees personality_data. */
	void (*process_fini)(struct process *process);

	/*
	 * A thread is made, by the running thread parent, which may be of another
	 * process (NULL: by the kernel): sets ut->personality_data. 0, or an error that
	 * uthread_create() returns.
	 */
	int (*thread_init)(struct uthread *ut, struct uthread *parent);
	/*
	 * The running thread ends, in its own context; or one that was never started is
	 * dropped. Others may hold references to it, but the kernel makes no more calls
	 * for it.
	 */
	void (*thread_exit)(struct uthread *ut);
	/* The last reference is gone: frees ut->personality_data. Must not sleep. */
	void (*thread_fini)(struct uthread *ut);
};

/* The native calls. Set once at boot, before the first process; until then -ENOSYS. */
extern void (*native_syscall)(struct uthread *ut, struct trap_frame *frame);

#endif
