/*
 * Signals of Linux processes (signal(7)): who gets one, and what it does to him.
 *
 * A signal waits in the queue of a thread or of a process (queue.h). Sending looks
 * for a thread that does not block it and interrupts that one; the thread takes the
 * signal itself on its way to user mode (deliver.c). So nobody changes another
 * thread's registers, and a sender never waits.
 *
 * One lock a process guards its queues, the masks of its threads and its stops. It
 * ranks inside ltree_lock, so a signal can be sent to all members of a group while
 * they stand still.
 */
#ifndef COMPAT_LINUX_SIGNAL_LSIGNAL_H
#define COMPAT_LINUX_SIGNAL_LSIGNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "compat/linux/process/parts.h"
#include "compat/linux/signal/info.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

struct lpid;
struct lprocess;
struct lthread;
struct ltimers;
struct signal_entry;
struct trap_frame;
struct trap_info;

/* For compat/linux/personality.c: the part, and what stands in linux_hooks. */
extern const struct lpart_ops lsignal_part;
bool lsignal_notify_parent(struct lprocess *parent, const struct linux_siginfo *info);
void lsignal_send_kernel(struct lprocess *lp, int32_t sig);
bool lsignal_is_stopped(struct lprocess *lp);
void lsignal_user_fault(struct lthread *lt, struct trap_frame *frame, const struct trap_info *info);
bool lsignal_return_to_user(struct lthread *lt, struct trap_frame *frame);

/*
 * Sends info->signo to a process, or to one thread of it. Any thread context, with
 * ltree_lock held or not; the receiver must not go away meanwhile. 0, or -EAGAIN
 * when a queued signal found no room. Permission is the caller's business.
 */
int lsignal_send_process(struct lprocess *lp, const struct linux_siginfo *info);
int lsignal_send_thread(struct lthread *lt, const struct linux_siginfo *info);

/*
 * A timer has expired count (at least 1) times: its own entry goes to the thread (NULL:
 * to the process), or, while it is still pending there, counts overruns.
 */
void lsignal_send_entry(struct lprocess *lp, struct lthread *lt, struct signal_entry *entry,
			uint32_t count);
/* The entry is in no queue of the process when this returns. */
void lsignal_cancel_entry(struct lprocess *lp, struct lthread *lt, struct signal_entry *entry);

/*
 * For what an instruction or a call of the running thread caused: it gets the
 * signal even if it blocks or ignores it, and then ends.
 */
void lsignal_force(struct lthread *lt, const struct linux_siginfo *info);

/*
 * The process's timers, kept for the part of time: NULL before there are any. Setting is
 * done once: false when there are some already. NULL may be set at any time.
 */
struct ltimers *lsignal_timers(struct lprocess *lp);
MUST_CHECK bool lsignal_set_timers(struct lprocess *lp, struct ltimers *timers);

/* A signal to every process of a group: 0, or -ESRCH for an empty one. No lock held. */
int lsignal_send_group(int32_t pgid, const struct linux_siginfo *info);

/*
 * The running thread's mask until its call is over (pselect, ppoll, epoll_pwait). A
 * call that returns -EINTR leaves the old one to the delivery of the signal; any
 * other result wants lsignal_mask_end().
 */
void lsignal_mask_begin(struct lthread *lt, linux_sigset_t mask);
void lsignal_mask_end(struct lthread *lt);

/* For /proc and prctl: copies of what is set now. Any thread context. */
struct lsignal_sets {
	linux_sigset_t blocked;
	linux_sigset_t pending_thread;
	linux_sigset_t pending_process;
	linux_sigset_t ignored;
	linux_sigset_t caught;
	uint32_t queued;
};

void lsignal_get_sets(struct lthread *lt, struct lsignal_sets *out);

/* Whether the running thread blocks or ignores sig: job control of terminals asks. */
bool lsignal_is_deaf(struct lthread *lt, uint32_t sig);

#endif
