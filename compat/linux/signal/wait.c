/*
 * Waiting for signals: pause(2), sigsuspend(2), sigtimedwait(2), and going on with a
 * call that one of them interrupted, restart_syscall(2).
 */
#include "compat/linux/signal/signal_impl.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "compat/linux/time/ltime.h"
#include "kernel/lib/errno.h"

/* Until something is delivered. */
static int64_t sleep_for_signal(struct lthread *lt)
{
	struct lsignal_process *sp = lsignal_of(lt);
	int err;

	spin_lock(&sp->lock);
	do {
		err = waitq_sleep(&lt->signal->wait, &sp->lock, KTIME_FOREVER);
	} while (err == 0);
	spin_unlock(&sp->lock);
	return restart_result(err, RESTART_WITHOUT_HANDLER);
}

int64_t linux_pause(struct lthread *lt)
{
	return sleep_for_signal(lt);
}

int64_t linux_rt_sigsuspend(struct lthread *lt, struct user_ptr set, size_t set_size)
{
	linux_sigset_t mask;

	if (set_size != sizeof(mask))
		return -EINVAL;
	if (copy_from_user(&mask, set, sizeof(mask)))
		return -EFAULT;
	lsignal_mask_begin(lt, mask);
	return sleep_for_signal(lt);
}

/* True when one of the set was taken; *err is -EINTR when another one is to come first. */
static bool take_of_set(struct lsignal_process *sp, struct lsignal_thread *st, linux_sigset_t set,
			struct signal_taken *taken, int *err) REQUIRES(&sp->lock)
{
	uint32_t sig = signal_next(&st->pending, &sp->pending, ~set);

	if (sig == 0)
		return false;
	/* SIGKILL and SIGSTOP cannot be waited for. */
	if (!(set & signal_bit(sig))) {
		*err = -EINTR;
		return false;
	}
	*err = 0;
	return signal_take(&st->pending, &sp->pending, ~set, taken);
}

/* 0, -EAGAIN at the deadline, -EINTR for another signal. */
static int wait_for(struct lthread *lt, linux_sigset_t set, ktime_t deadline,
		    struct signal_taken *taken)
{
	struct lsignal_process *sp = lsignal_of(lt);
	struct lsignal_thread *st = lt->signal;
	int err = 0;

	spin_lock(&sp->lock);
	st->waited = set;
	/* Once more after the deadline: what came with it is not left behind. */
	while (!take_of_set(sp, st, set, taken, &err) && !err)
		err = waitq_sleep(&st->wait, &sp->lock, deadline);
	if (err == -ETIMEDOUT || err == -EAGAIN) {
		err = -EAGAIN;
		(void)take_of_set(sp, st, set, taken, &err);
	}
	st->waited = 0;
	spin_unlock(&sp->lock);
	return err;
}

int64_t linux_rt_sigtimedwait(struct lthread *lt, struct user_ptr set, struct user_ptr info,
			      struct user_ptr timeout, size_t set_size)
{
	struct signal_taken taken;
	ktime_t deadline;
	linux_sigset_t wanted;
	int err;

	if (set_size != sizeof(wanted))
		return -EINVAL;
	if (copy_from_user(&wanted, set, sizeof(wanted)))
		return -EFAULT;
	err = ltime_get_timeout(timeout, &deadline);
	if (err)
		return err;
	err = wait_for(lt, wanted & ~SIGNALS_UNBLOCKABLE, deadline, &taken);
	if (err)
		return err;
	if (!user_ptr_is_null(info) && copy_to_user(info, &taken.info, sizeof(taken.info)))
		return -EFAULT;
	return taken.info.signo;
}

int64_t linux_restart_syscall(struct lthread *lt)
{
	return restart_block_run(lt, &lt->call.restart);
}
