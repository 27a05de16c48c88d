/*
 * Calls that a signal interrupted: which are made again, and which give EINTR
 * (signal(7), "Interruption of system calls and library functions").
 *
 * The kernel's own functions say -EINTR and know nothing more. A handler passes
 * that through restart_result() with the rule of its call, which makes a private
 * number of it. Nobody but the delivery of signals looks at that number: with the
 * signal's action it decides what the program sees. Such a number never gets to a
 * program.
 */
#ifndef COMPAT_LINUX_SYSCALL_RESTART_H
#define COMPAT_LINUX_SYSCALL_RESTART_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/errno.h"
#include "kernel/lib/types.h"

struct lthread;
struct trap_frame;

/* The rule of a call; the numbers are those that ptrace(2) shows a debugger. */
enum restart_rule {
	RESTART_IF_ASKED = 512,	       /* after a handler with SA_RESTART */
	RESTART_ALWAYS = 513,	       /* after any handler */
	RESTART_WITHOUT_HANDLER = 514, /* never after a handler */
	RESTART_BY_BLOCK = 516,	       /* the same, but by restart_syscall(2): see below */
};

/* What became of the signal that interrupted the call. */
enum restart_signal {
	RESTART_SIGNAL_NONE,	/* no handler runs: it was ignored, or stopped the process */
	RESTART_SIGNAL_HANDLER, /* a handler without SA_RESTART */
	RESTART_SIGNAL_RESTART, /* a handler with SA_RESTART */
};

enum restart_action {
	RESTART_KEEP,  /* the call was not interrupted: its result stands */
	RESTART_EINTR, /* the program sees EINTR */
	RESTART_AGAIN, /* the same call is made again */
	RESTART_BLOCK, /* restart_syscall is called in its place */
};

/* -EINTR becomes what stands for it under the rule; all else stays. */
static inline int64_t restart_result(int64_t result, enum restart_rule rule)
{
	return result == -EINTR ? -(int64_t)rule : result;
}

/* Whether a result is one of those that no program may see. */
static inline bool restart_is_pending(int64_t result)
{
	return result <= -(int64_t)RESTART_IF_ASKED && result >= -(int64_t)RESTART_BY_BLOCK;
}

/* What is to be done about the result of a call. */
enum restart_action restart_decide(int64_t result, enum restart_signal signal);

/*
 * Does it: sets the frame's result, or makes the thread come back with the same
 * arguments. number is that of the call. Called once for a call that returned
 * result, before a handler's frame is built of the registers; the action taken is
 * returned.
 */
enum restart_action restart_apply(struct trap_frame *frame, uint32_t number, int64_t result,
				  enum restart_signal signal);

/*
 * Waits for a time that is not to start anew: what remains is kept here when the
 * call is interrupted, and restart_syscall(2) goes on with it. A call that sets
 * one returns restart_result(-EINTR, RESTART_BY_BLOCK).
 */
struct restart_block {
	int64_t (*again)(struct lthread *lt, struct restart_block *block); /* NULL: none */
	ktime_t deadline;
	vaddr_t words[4]; /* the call's own */
};

void restart_block_init(struct restart_block *block);

/* The body of restart_syscall(2): -EINTR when there is nothing to go on with. */
int64_t restart_block_run(struct lthread *lt, struct restart_block *block);

#endif
