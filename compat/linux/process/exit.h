/* Among this directory's files: the end of a thread, as the tree sees it. */
#ifndef COMPAT_LINUX_PROCESS_EXIT_H
#define COMPAT_LINUX_PROCESS_EXIT_H

#include <stdint.h>

#include "kernel/core/spinlock.h"
#include "kernel/sched/waitq.h"

struct lprocess;
struct lthread;

/* The running thread, which ends, is found no more; its usage is its process's. */
void lexit_thread(struct lthread *lt);

/* A parent that waits for its child to exec or to end (CLONE_VFORK). */
struct vfork_wait {
	bool is_done;	   /* under ltree_lock */
	struct waitq wait; /* the same */
};

/* The child has: whoever waits in vfork(2) goes on. */
void lprocess_release_vfork(struct lprocess *lp);

/* How wait(2) tells of the end of a process whose threads are gone. */
int32_t lprocess_end_status(struct lprocess *lp);

#endif
