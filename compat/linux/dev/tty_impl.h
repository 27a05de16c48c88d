/* What the files of the terminal tell each other. */
#ifndef COMPAT_LINUX_DEV_TTY_IMPL_H
#define COMPAT_LINUX_DEV_TTY_IMPL_H

#include <stdint.h>

#include "compat/linux/dev/tty.h"
#include "compat/linux/pty/ldisc.h"
#include "kernel/core/spinlock.h"
#include "kernel/sched/waitq.h"

struct control_arg;
struct lthread;

/*
 *	l  lock
 *	t  ltree_lock, which is never taken with lock held
 */
struct ltty {
	struct spinlock lock;	   /* rank OBJECT */
	struct ldisc ld;	   /* l */
	struct waitq readers;	   /* l */
	struct waitq writers;	   /* l */
	struct waitq space;	   /* l: the thread that brings input, while there is no room */
	struct linux_winsize size; /* l */
	uint64_t signals;	   /* l: bit n: signal n, for the foreground group, to be sent */
	tty_output_fn *output;	   /* const */
	int32_t session;	   /* t: 0: no session has it */
	int32_t group;		   /* t: in the foreground */
};

/* Signals that the line discipline wants sent; with the lock held, then without. */
uint64_t tty_take_signals(struct ltty *tty);
void tty_send_signals(struct ltty *tty, uint64_t signals);

/*
 * For a call of the running thread that its terminal's foreground group alone may make:
 * 0; or sig is sent to its group and it is -EINTR; or -EIO.
 */
MUST_CHECK int tty_check_foreground(struct ltty *tty, uint32_t sig);

/* The terminal of the running thread's session, or NULL. */
struct ltty *tty_of_session(void);

int64_t tty_control(struct ltty *tty, uint32_t command, struct control_arg *arg);

/* Job control, with the thread's own process: tty_session.c. */
int64_t tty_set_session(struct ltty *tty, uint64_t steal);
int64_t tty_drop_session(struct ltty *tty);
int64_t tty_get_group(struct ltty *tty, int32_t *out);
int64_t tty_set_group(struct ltty *tty, int32_t group);
int64_t tty_get_session(struct ltty *tty, int32_t *out);

#endif
