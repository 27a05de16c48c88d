/*
 * What a process does about signals, and which its threads block: sigaction(2),
 * sigprocmask(2), sigpending(2), sigaltstack(2).
 */
#include "compat/linux/process/creds.h"
#include "compat/linux/signal/signal_impl.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "kernel/arch/trap.h"
#include "kernel/arch/user.h"
#include "kernel/lib/errno.h"

#define SA_KNOWN                                                                                   \
	(LINUX_SA_NOCLDSTOP | LINUX_SA_NOCLDWAIT | LINUX_SA_SIGINFO | LINUX_SA_EXPOSE_TAGBITS |    \
	 LINUX_SA_RESTORER | LINUX_SA_ONSTACK | LINUX_SA_RESTART | LINUX_SA_NODEFER |              \
	 LINUX_SA_RESETHAND)

struct linux_sigaction lsignal_action(struct lsignal_process *sp, uint32_t sig)
{
	struct lsighand *hand = sp->hand;
	struct linux_sigaction action;

	spin_lock(&hand->lock);
	action = hand->actions[sig - 1];
	spin_unlock(&hand->lock);
	return action;
}

void lsignal_set_action(struct lsignal_process *sp, uint32_t sig,
			const struct linux_sigaction *action)
{
	struct lsighand *hand = sp->hand;

	spin_lock(&hand->lock);
	hand->actions[sig - 1] = *action;
	spin_unlock(&hand->lock);
}

static bool action_ignores(const struct linux_sigaction *action, uint32_t sig)
{
	if (action->handler == LINUX_HANDLER_IGNORE)
		return true;
	if (action->handler != LINUX_HANDLER_DEFAULT)
		return false;
	/* What SIGCONT does is done when it is sent. */
	return signal_default_action(sig) == SIGNAL_DEFAULT_IGNORE ||
	       signal_default_action(sig) == SIGNAL_DEFAULT_CONTINUE;
}

bool lsignal_is_ignored(struct lsignal_process *sp, uint32_t sig)
{
	struct linux_sigaction action = lsignal_action(sp, sig);

	return action_ignores(&action, sig);
}

/* What is pending of a signal that is ignored from now on is dropped everywhere. */
static void drop_pending_locked(struct lsignal_process *sp, uint32_t sig) REQUIRES(&sp->lock)
{
	signal_drop(&sp->pending, signal_bit(sig));
	list_for_each (node, &sp->threads)
		signal_drop(&list_entry(node, struct lsignal_thread, node)->pending,
			    signal_bit(sig));
}

static void change_action(struct lsignal_process *sp, uint32_t sig,
			  const struct linux_sigaction *new, struct linux_sigaction *old)
{
	spin_lock(&sp->lock);
	*old = lsignal_action(sp, sig);
	if (new) {
		lsignal_set_action(sp, sig, new);
		if (action_ignores(new, sig))
			drop_pending_locked(sp, sig);
	}
	spin_unlock(&sp->lock);
}

int64_t linux_rt_sigaction(struct lthread *lt, int32_t sig, struct user_ptr action,
			   struct user_ptr old_action, size_t set_size)
{
	bool is_set = !user_ptr_is_null(action);
	struct linux_sigaction new = {0};
	struct linux_sigaction old;

	if (set_size != sizeof(linux_sigset_t) || sig < 1 || sig > LINUX_SIGRTMAX)
		return -EINVAL;
	if (is_set && (signal_bit((uint32_t)sig) & SIGNALS_UNBLOCKABLE))
		return -EINVAL;
	if (is_set && copy_from_user(&new, action, sizeof(new)))
		return -EFAULT;
	/* As on Linux: a program finds out about flags by looking what is left of them. */
	new.flags &= SA_KNOWN;
	new.mask &= ~SIGNALS_UNBLOCKABLE;
	change_action(lsignal_of(lt), (uint32_t)sig, is_set ? &new : NULL, &old);
	if (!user_ptr_is_null(old_action) && copy_to_user(old_action, &old, sizeof(old)))
		return -EFAULT;
	return 0;
}

void lsignal_set_blocked_locked(struct lsignal_process *sp, struct lsignal_thread *st,
				linux_sigset_t blocked)
{
	linux_sigset_t newly_blocked;

	blocked &= ~SIGNALS_UNBLOCKABLE;
	newly_blocked = blocked & ~st->blocked;
	st->blocked = blocked;
	/* What this thread was told of and blocks now is for another one. */
	if (newly_blocked & sp->pending.set)
		lsignal_retarget_locked(sp, newly_blocked & sp->pending.set);
	if (signal_next(&st->pending, &sp->pending, blocked))
		lsignal_tell(st);
}

void lsignal_set_blocked(struct lthread *lt, linux_sigset_t blocked)
{
	struct lsignal_process *sp = lsignal_of(lt);

	spin_lock(&sp->lock);
	lsignal_set_blocked_locked(sp, lt->signal, blocked);
	spin_unlock(&sp->lock);
}

int64_t linux_rt_sigprocmask(struct lthread *lt, int32_t how, struct user_ptr set,
			     struct user_ptr old_set, size_t set_size)
{
	linux_sigset_t old = lt->signal->blocked;
	linux_sigset_t new = 0;

	if (set_size != sizeof(linux_sigset_t))
		return -EINVAL;
	if (!user_ptr_is_null(set)) {
		if (copy_from_user(&new, set, sizeof(new)))
			return -EFAULT;
		if (how == LINUX_SIG_BLOCK)
			new |= old;
		else if (how == LINUX_SIG_UNBLOCK)
			new = old & ~new;
		else if (how != LINUX_SIG_SETMASK)
			return -EINVAL;
		lsignal_set_blocked(lt, new);
	}
	if (!user_ptr_is_null(old_set) && copy_to_user(old_set, &old, sizeof(old)))
		return -EFAULT;
	return 0;
}

int64_t linux_rt_sigpending(struct lthread *lt, struct user_ptr set, size_t set_size)
{
	struct lsignal_process *sp = lsignal_of(lt);
	linux_sigset_t pending;

	if (set_size > sizeof(linux_sigset_t))
		return -EINVAL;
	spin_lock(&sp->lock);
	pending = (sp->pending.set | lt->signal->pending.set) & lt->signal->blocked;
	spin_unlock(&sp->lock);
	return copy_to_user(set, &pending, set_size) ? -EFAULT : 0;
}

void lsignal_mask_begin(struct lthread *lt, linux_sigset_t mask)
{
	struct lsignal_thread *st = lt->signal;

	st->saved = st->blocked;
	st->has_saved = true;
	lsignal_set_blocked(lt, mask);
}

void lsignal_mask_end(struct lthread *lt)
{
	struct lsignal_thread *st = lt->signal;

	if (!st->has_saved)
		return;
	st->has_saved = false;
	lsignal_set_blocked(lt, st->saved);
}

void lsignal_get_sets(struct lthread *lt, struct lsignal_sets *out)
{
	struct lsignal_process *sp = lsignal_of(lt);

	*out = (struct lsignal_sets){0};
	spin_lock(&sp->lock);
	out->blocked = lt->signal->blocked;
	out->pending_thread = lt->signal->pending.set;
	out->pending_process = sp->pending.set;
	out->queued = atomic32_load(&sp->quota.count);
	for (uint32_t sig = 1; sig <= LINUX_SIGRTMAX; sig++) {
		linux_addr_t handler = lsignal_action(sp, sig).handler;

		if (handler == LINUX_HANDLER_IGNORE)
			out->ignored |= signal_bit(sig);
		else if (handler != LINUX_HANDLER_DEFAULT)
			out->caught |= signal_bit(sig);
	}
	spin_unlock(&sp->lock);
}

bool lsignal_is_deaf(struct lthread *lt, uint32_t sig)
{
	struct lsignal_process *sp = lsignal_of(lt);
	bool is_deaf;

	spin_lock(&sp->lock);
	is_deaf = (lt->signal->blocked & signal_bit(sig)) ||
		  lsignal_action(sp, sig).handler == LINUX_HANDLER_IGNORE;
	spin_unlock(&sp->lock);
	return is_deaf;
}

/* --- The alternate stack --- */

#define SS_MODE(flags) ((flags) & ~(int32_t)LINUX_SS_AUTODISARM)

bool lsignal_is_on_stack(const struct lsignal_thread *st, vaddr_t sp)
{
	/* One that is disarmed while it is in use is not in use, as far as it goes. */
	if (st->stack.flags & (int32_t)LINUX_SS_AUTODISARM)
		return false;
	return sp > st->stack.sp && sp - st->stack.sp <= st->stack.size;
}

int lsignal_set_stack(struct lsignal_thread *st, const struct linux_stack *stack, vaddr_t sp)
{
	int32_t mode = SS_MODE(stack->flags);

	if (lsignal_is_on_stack(st, sp))
		return -EPERM;
	if (mode != 0 && mode != LINUX_SS_DISABLE && mode != LINUX_SS_ONSTACK)
		return -EINVAL;
	if (mode == LINUX_SS_DISABLE) {
		st->stack = (struct linux_stack){.flags = stack->flags};
		return 0;
	}
	if (stack->size < LINUX_MINSIGSTKSZ)
		return -ENOMEM;
	st->stack = *stack;
	st->stack.pad0 = 0;
	return 0;
}

int64_t linux_sigaltstack(struct lthread *lt, struct user_ptr stack, struct user_ptr old_stack)
{
	vaddr_t sp = trap_frame_sp(arch_user_frame(&lt->ut->thread->arch));
	struct lsignal_thread *st = lt->signal;
	struct linux_stack old = st->stack;
	struct linux_stack new;
	int err;

	if (old.size == 0)
		old.flags = LINUX_SS_DISABLE | (old.flags & (int32_t)LINUX_SS_AUTODISARM);
	else
		old.flags = (lsignal_is_on_stack(st, sp) ? LINUX_SS_ONSTACK : 0) |
			    (old.flags & (int32_t)LINUX_SS_AUTODISARM);
	if (!user_ptr_is_null(stack)) {
		if (copy_from_user(&new, stack, sizeof(new)))
			return -EFAULT;
		err = lsignal_set_stack(st, &new, sp);
		if (err)
			return err;
	}
	if (!user_ptr_is_null(old_stack) && copy_to_user(old_stack, &old, sizeof(old)))
		return -EFAULT;
	return 0;
}
