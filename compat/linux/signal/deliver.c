/*
 * Delivery: what the running thread does about its signals on the way to user mode.
 *
 * Whether a call that was interrupted is made again is decided here, once, with the
 * first signal that has a handler; if there is none the call goes on as if nothing
 * had been (restart.h). After that the frame is a handler's, not that of a call.
 */
#include "compat/linux/signal/signal_impl.h"
#include "kernel/arch/user.h"
#include "kernel/task/uthread.h"

static void settle_call(struct lthread *lt, struct trap_frame *frame, enum restart_signal signal)
{
	if (arch_user_frame_is_syscall(frame))
		(void)restart_apply(frame, lt->call.number, arch_syscall_result(frame), signal);
}

/* A handler cannot be started: the program ends by SIGSEGV, at the latest the next time. */
static void fail_handler(struct lthread *lt, uint32_t sig)
{
	struct lsignal_process *sp = lsignal_of(lt);
	struct linux_sigaction none = {0};
	struct linux_siginfo info;

	if (sig == LINUX_SIGSEGV) {
		spin_lock(&sp->lock);
		lsignal_set_action(sp, sig, &none);
		spin_unlock(&sp->lock);
	}
	signal_info_kill(&info, LINUX_SIGSEGV, LINUX_SI_KERNEL, 0, 0);
	lsignal_force(lt, &info);
}

static bool run_handler(struct lthread *lt, struct trap_frame *frame,
			const struct linux_sigaction *action, const struct linux_siginfo *info)
{
	struct lsignal_thread *st = lt->signal;
	uint32_t sig = (uint32_t)info->signo;
	linux_sigset_t blocked = st->blocked | action->mask;

	settle_call(lt, frame,
		    action->flags & LINUX_SA_RESTART ? RESTART_SIGNAL_RESTART
						     : RESTART_SIGNAL_HANDLER);
	if (lsignal_push_frame(lt, frame, action, info, st->has_saved ? st->saved : st->blocked)) {
		fail_handler(lt, sig);
		return false;
	}
	st->has_saved = false;
	if (!(action->flags & LINUX_SA_NODEFER))
		blocked |= signal_bit(sig);
	lsignal_set_blocked(lt, blocked);
	return true;
}

static void do_default(struct lthread *lt, uint32_t sig, bool is_forced)
{
	/* The first process ends by its own doing only. */
	bool is_safe = lt->process->tgid == 1 && !is_forced;

	switch (signal_default_action(sig)) {
	case SIGNAL_DEFAULT_END:
	case SIGNAL_DEFAULT_CORE:
		/* No core is written, so its flag is not in the status. */
		if (!is_safe)
			lprocess_exit_group(lt, (int32_t)sig);
		break;
	case SIGNAL_DEFAULT_STOP:
		if (!is_safe)
			lsignal_stop_begin(lt, sig);
		break;
	default:
		break;
	}
}

/* True: the frame is a handler's now. */
static bool deliver(struct lthread *lt, struct trap_frame *frame,
		    const struct linux_sigaction *action, const struct linux_siginfo *info)
{
	struct lsignal_thread *st = lt->signal;
	uint32_t sig = (uint32_t)info->signo;
	bool is_forced = st->forced_signal == sig;

	if (is_forced)
		st->forced_signal = 0;
	if (action->handler == LINUX_HANDLER_IGNORE)
		return false;
	if (action->handler != LINUX_HANDLER_DEFAULT)
		return run_handler(lt, frame, action, info);
	do_default(lt, sig, is_forced);
	return false;
}

/* The next signal and what is to be done about it. */
static bool take(struct lthread *lt, struct signal_taken *taken, struct linux_sigaction *action)
{
	struct lsignal_process *sp = lsignal_of(lt);
	struct lsignal_thread *st = lt->signal;
	struct linux_sigaction none = {0};
	uint32_t sig;
	bool has_one;

	spin_lock(&sp->lock);
	has_one = signal_take(&st->pending, &sp->pending, st->blocked, taken);
	if (has_one) {
		sig = (uint32_t)taken->info.signo;
		*action = lsignal_action(sp, sig);
		st->continue_seen = sp->continue_count;
		if ((action->flags & LINUX_SA_RESETHAND) && action->handler > LINUX_HANDLER_IGNORE)
			lsignal_set_action(sp, sig, &none);
	}
	spin_unlock(&sp->lock);
	return has_one;
}

bool lsignal_return_to_user(struct lthread *lt, struct trap_frame *frame)
{
	struct linux_sigaction action;
	struct signal_taken taken;
	bool has_changed = false;

	/* Before the look: a signal that comes now sets it again. */
	thread_clear_interrupt(lt->ut->thread, THREAD_INTERRUPT_SIGNAL);
	(void)atomic32_fetch_and(&lt->ut->work, ~(uint32_t)UTHREAD_WORK_PERSONALITY);
	do {
		if (!lsignal_stand(lt))
			return has_changed;
		if (!take(lt, &taken, &action))
			break;
		has_changed |= deliver(lt, frame, &action, &taken.info);
	} while (!(thread_pending_interrupts(lt->ut->thread) & THREAD_INTERRUPT_KILL));
	settle_call(lt, frame, RESTART_SIGNAL_NONE);
	lsignal_mask_end(lt);
	return has_changed;
}

void lsignal_user_fault(struct lthread *lt, struct trap_frame *frame, const struct trap_info *info)
{
	struct linux_siginfo siginfo;

	lsignal_info_of_trap(lt, frame, info, &siginfo);
	lsignal_force(lt, &siginfo);
}
