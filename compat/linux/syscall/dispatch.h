/*
 * System calls of Linux programs, the way in: number to handler, and the result
 * back. Handlers are linux_NAME(struct lthread *, ...), declared by the generated
 * syscall_proto.h; syscalls.tbl is the list.
 *
 * A handler returns what the program finds as the result, an error as -E.
 */
#ifndef COMPAT_LINUX_SYSCALL_DISPATCH_H
#define COMPAT_LINUX_SYSCALL_DISPATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "compat/linux/syscall/restart.h"
#include "compat/linux/syscall/syscall_numbers.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/bitmap.h"

struct lthread;
struct trap_frame;

/* A thread's part, embedded in its struct lthread. Only the thread itself uses it. */
struct call_thread {
	uint32_t number;	      /* of the call it is in or was in last; for restarts */
	int32_t tid;		      /* how traces call it */
	struct restart_block restart; /* for restart_syscall(2) */
};

/* A process's part, shared by its threads; what exec keeps is kept. */
struct call_process {
	struct atomic64 reported[BITMAP_WORDS(LINUX_NR_COUNT + 1)]; /* missing calls logged */
	bool is_traced;						    /* set by exec, see trace.h */
};

void call_thread_init(struct call_thread *ct, int32_t tid);
/* For fork: nothing is reported yet; the child of a traced process is traced. */
void call_process_init(struct call_process *cp, const struct call_process *parent);

/*
 * Does the call that frame asks for and sets its result. A number without a handler
 * is -ENOSYS: counted, and logged once per process at debug level. Thread context,
 * interrupts on, no lock held. ct and cp are parts of lt and its process.
 */
void linux_syscall(struct lthread *lt, struct call_thread *ct, struct call_process *cp,
		   struct trap_frame *frame);

/* How often a call that is missing was made; LINUX_NR_COUNT: all numbers beyond. */
uint32_t linux_syscall_missing_count(uint32_t number);

#endif
