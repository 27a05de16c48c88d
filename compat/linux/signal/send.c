/*
 * Sending a signal: into which queue, and who is told.
 *
 * A thread is told by THREAD_INTERRUPT_SIGNAL: a sleep of its ends with -EINTR, and
 * on its way to user mode it takes what is pending. It is told only of what it does
 * not block, so a blocked signal disturbs nobody. Every change of a mask, and the
 * end of a thread, tells others of what is pending for the process and has lost its
 * taker (lsignal_retarget_locked).
 */
#include "compat/linux/process/tree.h"
#include "compat/linux/signal/signal_impl.h"
#include "kernel/lib/errno.h"

void lsignal_tell(struct lsignal_thread *st)
{
	uthread_interrupt(st->lt->ut, THREAD_INTERRUPT_SIGNAL);
}

static bool wants(const struct lsignal_thread *st, uint32_t sig)
{
	linux_sigset_t bit = signal_bit(sig);

	return !(st->blocked & bit) || (st->waited & bit);
}

static void tell_of(struct lsignal_thread *st, uint32_t sig)
{
	/* rt_sigtimedwait() looks by itself; it has not been interrupted. */
	if (st->waited & signal_bit(sig))
		(void)waitq_wake_all(&st->wait);
	else if (wants(st, sig))
		lsignal_tell(st);
}

static void tell_all_locked(struct lsignal_process *sp) REQUIRES(&sp->lock)
{
	list_for_each (node, &sp->threads)
		lsignal_tell(list_entry(node, struct lsignal_thread, node));
}

/* The running thread before all others: it may want its own signal at once. */
static struct lsignal_thread *taker_locked(struct lsignal_process *sp, uint32_t sig)
	REQUIRES(&sp->lock)
{
	struct lsignal_thread *found = NULL;
	struct uthread *self = uthread_current();

	list_for_each (node, &sp->threads) {
		struct lsignal_thread *st = list_entry(node, struct lsignal_thread, node);

		if (!wants(st, sig))
			continue;
		if (st->lt->ut == self)
			return st;
		if (!found)
			found = st;
	}
	return found;
}

static void tell_some_locked(struct lsignal_process *sp, uint32_t sig) REQUIRES(&sp->lock)
{
	struct lsignal_thread *st;

	if (sig == LINUX_SIGKILL) {
		tell_all_locked(sp);
		return;
	}
	st = taker_locked(sp, sig);
	if (st)
		tell_of(st, sig);
}

void lsignal_retarget_locked(struct lsignal_process *sp, linux_sigset_t which)
{
	for (uint32_t sig = 1; sig <= LINUX_SIGRTMAX && which; sig++) {
		if (which & sp->pending.set & signal_bit(sig))
			tell_some_locked(sp, sig);
		which &= ~signal_bit(sig);
	}
}

/* What a signal does at the moment that it is sent, whoever blocks or handles it. */
static void act_at_once_locked(struct lsignal_process *sp, uint32_t sig) REQUIRES(&sp->lock)
{
	bool is_stop = (signal_bit(sig) & SIGNALS_STOP) != 0;

	if (is_stop || sig == LINUX_SIGCONT) {
		signal_cross_out(&sp->pending, sig);
		list_for_each (node, &sp->threads)
			signal_cross_out(&list_entry(node, struct lsignal_thread, node)->pending,
					 sig);
	}
	if (sig == LINUX_SIGCONT) {
		sp->continue_count++;
		sp->has_continued |= sp->is_stopped;
	}
	if (sig == LINUX_SIGCONT || sig == LINUX_SIGKILL)
		lsignal_go_on_locked(sp);
}

/*
 * Not even queued: who ignores a signal does not find it when he stops blocking it
 * later, unless he blocks it now. To the first process nothing happens that it did
 * not ask for.
 */
static bool is_void_locked(struct lsignal_process *sp, const struct lsignal_thread *st,
			   uint32_t sig) REQUIRES(&sp->lock)
{
	linux_addr_t handler = lsignal_action(sp, sig).handler;

	if (!st && !list_is_empty(&sp->threads))
		st = list_entry(list_first(&sp->threads), struct lsignal_thread, node);
	if (st && ((st->blocked | st->waited) & signal_bit(sig)))
		return false;
	if (sp->lp->tgid == 1 && handler == LINUX_HANDLER_DEFAULT)
		return true;
	return lsignal_is_ignored(sp, sig);
}

/* st NULL: to the process. */
static int send(struct lsignal_process *sp, struct lsignal_thread *st,
		const struct linux_siginfo *info)
{
	uint64_t limit = lprocess_limit(sp->lp, LINUX_RLIMIT_SIGPENDING).cur;
	uint32_t sig = (uint32_t)info->signo;
	enum signal_sent sent = SIGNAL_COALESCED;

	spin_lock(&sp->lock);
	act_at_once_locked(sp, sig);
	if (!is_void_locked(sp, st, sig) && (!st || list_is_linked(&st->node)) &&
	    sp->thread_count > 0)
		sent = signal_send(st ? &st->pending : &sp->pending, info, &sp->quota, limit);
	if (sent == SIGNAL_SENT || sent == SIGNAL_SENT_BARE) {
		if (st && sig != LINUX_SIGKILL)
			tell_of(st, sig);
		else
			tell_some_locked(sp, sig);
	}
	spin_unlock(&sp->lock);
	return sent == SIGNAL_REFUSED ? -EAGAIN : 0;
}

int lsignal_send_process(struct lprocess *lp, const struct linux_siginfo *info)
{
	return send(lp->signal, NULL, info);
}

int lsignal_send_thread(struct lthread *lt, const struct linux_siginfo *info)
{
	return send(lsignal_of(lt), lt->signal, info);
}

void lsignal_send_entry(struct lprocess *lp, struct lthread *lt, struct signal_entry *entry,
			uint32_t count)
{
	struct lsignal_process *sp = lp->signal;
	struct lsignal_thread *st = lt ? lt->signal : NULL;
	uint32_t sig = (uint32_t)entry->info.signo;
	int32_t *overrun = &entry->info.timer.overrun;

	spin_lock(&sp->lock);
	if (list_is_linked(&entry->node)) {
		*overrun += (int32_t)MIN(count, (uint32_t)(INT32_MAX - *overrun));
	} else if (!is_void_locked(sp, st, sig) && (!st || list_is_linked(&st->node)) &&
		   sp->thread_count > 0) {
		*overrun = (int32_t)MIN(count - 1, (uint32_t)INT32_MAX);
		(void)signal_send_entry(st ? &st->pending : &sp->pending, entry);
		if (st)
			tell_of(st, sig);
		else
			tell_some_locked(sp, sig);
	}
	spin_unlock(&sp->lock);
}

void lsignal_cancel_entry(struct lprocess *lp, struct lthread *lt, struct signal_entry *entry)
{
	struct lsignal_process *sp = lp->signal;

	spin_lock(&sp->lock);
	signal_entry_cancel(lt ? &lt->signal->pending : &sp->pending, entry);
	spin_unlock(&sp->lock);
}

void lsignal_send_kernel(struct lprocess *lp, int32_t sig)
{
	struct linux_siginfo info;

	signal_info_kill(&info, (uint32_t)sig, LINUX_SI_KERNEL, 0, 0);
	(void)lsignal_send_process(lp, &info);
}

bool lsignal_notify_parent(struct lprocess *parent, const struct linux_siginfo *info)
{
	struct lsignal_process *sp = parent->signal;
	struct linux_sigaction action;
	bool has_stop_news = info->code == LINUX_CLD_STOPPED || info->code == LINUX_CLD_CONTINUED;
	bool wants_none;

	spin_lock(&sp->lock);
	action = lsignal_action(sp, LINUX_SIGCHLD);
	spin_unlock(&sp->lock);
	wants_none = info->signo == LINUX_SIGCHLD && (action.handler == LINUX_HANDLER_IGNORE ||
						      (action.flags & LINUX_SA_NOCLDWAIT));
	if (has_stop_news && (action.flags & LINUX_SA_NOCLDSTOP))
		return wants_none;
	if (signal_is_valid((uint64_t)info->signo))
		(void)lsignal_send_process(parent, info);
	return wants_none;
}

void lsignal_force(struct lthread *lt, const struct linux_siginfo *info)
{
	struct lsignal_process *sp = lsignal_of(lt);
	struct lsignal_thread *st = lt->signal;
	uint32_t sig = (uint32_t)info->signo;
	struct linux_sigaction action;

	spin_lock(&sp->lock);
	action = lsignal_action(sp, sig);
	if (action.handler == LINUX_HANDLER_IGNORE || (st->blocked & signal_bit(sig))) {
		action = (struct linux_sigaction){0};
		lsignal_set_action(sp, sig, &action);
		st->blocked &= ~signal_bit(sig);
	}
	st->forced_signal = sig;
	(void)signal_send(&st->pending, info, &sp->quota, UINT64_MAX);
	lsignal_tell(st);
	spin_unlock(&sp->lock);
}
