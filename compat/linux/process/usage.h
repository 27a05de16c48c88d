/* Usage: what processes and threads have consumed, as getrusage(2) and wait4(2) tell it. */
#ifndef COMPAT_LINUX_PROCESS_USAGE_H
#define COMPAT_LINUX_PROCESS_USAGE_H

#include "compat/linux/process/tree.h"
#include "compat/linux/uapi/process.h"
#include "compat/linux/uapi/signal.h"
#include "kernel/lib/compiler.h"

struct thread;

/* Adds what the thread has used so far. Any context. */
void usage_add_thread(struct lusage *sum, struct thread *thread);
/* Sums; of the peaks the higher one. */
void usage_add(struct lusage *sum, const struct lusage *other);

/* Of all threads of a process, ended ones included; without memory. */
void usage_of_process_locked(struct lprocess *lp, struct lusage *out) REQUIRES(&ltree_lock);

/* As programs see it. All CPU time is counted as user time. */
void usage_to_rusage(const struct lusage *usage, struct linux_rusage *out);

/* The SIGCHLD of a child that ended so. */
void usage_fill_child_info(struct lprocess *child, int32_t status, struct linux_siginfo *out)
	REQUIRES(&ltree_lock);

#endif
