/*
 * Parts: what a Linux process is made of beside its place in the tree (signals,
 * files, memory), each made, copied and given up at the same few moments, and what
 * this directory asks of them. compat/linux/personality.c has the list.
 */
#ifndef COMPAT_LINUX_PROCESS_PARTS_H
#define COMPAT_LINUX_PROCESS_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/core/trap.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"
#include "kernel/mm/user.h"

struct linux_siginfo;
struct lpid;
struct lprocess;
struct lthread;

/* A clone, checked. On the stack of the thread that clones. */
struct clone_request {
	uint64_t flags;	     /* LINUX_CLONE_* */
	int32_t exit_signal; /* 0..64 */
	vaddr_t stack;	     /* stack pointer to begin with; 0: the same */
	vaddr_t tls;
	struct user_ptr parent_tid;
	struct user_ptr child_tid;
	struct user_ptr pidfd;
	int32_t wanted_tid; /* 0: any */
};

/*
 * Every member may be NULL. Called in thread context without locks, and may sleep
 * unless it says otherwise. request is NULL for the first process.
 */
struct lpart_ops {
	/* A process or thread is made: 0, or what clone(2) is to say. */
	int (*process_clone)(struct lprocess *lp, struct lprocess *parent,
			     const struct clone_request *request);
	int (*thread_clone)(struct lthread *lt, struct lthread *parent,
			    const struct clone_request *request);

	/* The running thread exits; its memory is still there. Not called for one that never ran. */
	void (*thread_exit)(struct lthread *lt);
	/* All threads have; memory and descriptors are still there. Also for one that never ran. */
	void (*process_exit)(struct lprocess *lp);

	/* After a successful clone each, when nobody has it any more. thread_free must not sleep. */
	void (*thread_free)(struct lthread *lt);
	void (*process_free)(struct lprocess *lp);

	/*
	 * execve(2) can fail no more, the running thread is the only one, and the
	 * address space is already the new one.
	 */
	void (*exec)(struct lthread *lt);
};

/*
 * What the other parts do for this one; a NULL member: nothing, or false. In
 * compat/linux/personality.c.
 */
struct linux_hooks {
	/*
	 * A child's state has changed: info is a complete SIGCHLD, or another signal
	 * with SIGCHLD's members. Sends it to parent, which it does not for a stopped
	 * child under SA_NOCLDSTOP. True: parent wants no zombies (SIGCHLD is ignored, or
	 * SA_NOCLDWAIT). ltree_lock held.
	 */
	bool (*notify_parent)(struct lprocess *parent, const struct linux_siginfo *info);
	/* A signal from the kernel to a process, or to all of a group. ltree_lock held. */
	void (*send_process)(struct lprocess *lp, int32_t signal);
	/* Whether the process is stopped. ltree_lock held. */
	bool (*is_stopped)(struct lprocess *lp);

	/* As in kernel/task/personality.h. NULL user_fault: the process ends by the signal. */
	void (*user_fault)(struct lthread *lt, struct trap_frame *frame,
			   const struct trap_info *info);
	bool (*return_to_user)(struct lthread *lt, struct trap_frame *frame);

	/* FUTEX_WAKE of one, on a word of the running thread's that was just changed. */
	void (*futex_wake)(struct user_ptr word);
};

extern const struct lpart_ops *const linux_parts[];
extern const uint32_t linux_part_count;
extern const struct linux_hooks linux_hooks;

#endif
