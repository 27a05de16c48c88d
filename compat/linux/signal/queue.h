/*
 * Pending signals: what was sent and not yet delivered, of a thread or of a process
 * (signal(7)).
 *
 * A standard signal is pending once, with the siginfo of the first; a real-time
 * signal as often as it was sent, in that order. Entries are counted against the
 * quota of the sender's user (RLIMIT_SIGPENDING). When there is no room or no memory
 * for an entry, the signal itself is not lost, unless it was queued by number and
 * value (sigqueue): then the sender is told. What is left is a bit in the set, and
 * the receiver finds a siginfo without a sender.
 *
 * The lock is the owner's: every function here is called with it held. None sleeps.
 */
#ifndef COMPAT_LINUX_SIGNAL_QUEUE_H
#define COMPAT_LINUX_SIGNAL_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include "compat/linux/signal/info.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/list.h"

/* Entries of one user, of all his processes. Lives longer than they. */
struct signal_quota {
	struct atomic32 count;
};

struct signal_pending {
	linux_sigset_t set;	/* signals that are pending */
	struct list_node queue; /* of struct signal_entry, oldest first */
};

struct signal_entry {
	struct list_node node;
	struct linux_siginfo info;
	struct signal_quota *quota; /* NULL: storage is a timer's */
};

enum signal_sent {
	SIGNAL_SENT,
	SIGNAL_SENT_BARE, /* without its siginfo */
	SIGNAL_COALESCED, /* it was pending already: nothing changed */
	SIGNAL_REFUSED,	  /* -EAGAIN for the sender: nothing changed */
};

void signal_pending_init(struct signal_pending *pending);
/* Drops everything; for the end of a thread or process. */
void signal_pending_clear(struct signal_pending *pending);

/*
 * Sends info->signo. limit: how many entries the quota may hold; not regarded for
 * standard signals that the kernel or kill(2) sends (code not below zero).
 */
enum signal_sent signal_send(struct signal_pending *pending, const struct linux_siginfo *info,
			     struct signal_quota *quota, uint64_t limit);

/*
 * A timer's expiry: the entry is the timer's own, so it needs no memory. COALESCED
 * while an earlier expiry is still pending: the timer counts an overrun then.
 */
void signal_entry_init(struct signal_entry *entry);
enum signal_sent signal_send_entry(struct signal_pending *pending, struct signal_entry *entry);
/* Before the timer is gone; does nothing when the entry is not queued. */
void signal_entry_cancel(struct signal_pending *pending, struct signal_entry *entry);

/*
 * Sending sig annuls what contradicts it: SIGCONT the pending stop signals, a stop
 * signal the pending SIGCONT. Called for each set of the process before the sending.
 */
void signal_cross_out(struct signal_pending *pending, uint32_t sig);

/* Drops the pending ones of these signals: they are to be ignored from now on. */
void signal_drop(struct signal_pending *pending, linux_sigset_t which);

struct signal_taken {
	struct linux_siginfo info;
	struct signal_entry *timer; /* the entry, for a timer's expiry; else NULL */
};

/*
 * Takes the next signal that is not in blocked: SIGKILL before all, then of the
 * thread's own before the process's; in each the faults first, the lowest number
 * first, the oldest first. False when there is none. process may be NULL.
 */
bool signal_take(struct signal_pending *thread, struct signal_pending *process,
		 linux_sigset_t blocked, struct signal_taken *out);

/* The number that signal_take() would give; 0 when there is none. */
uint32_t signal_next(const struct signal_pending *thread, const struct signal_pending *process,
		     linux_sigset_t blocked);

#endif
