/*
 * Which session a terminal belongs to, and which of its process groups may use it now:
 * credentials(7), setsid(2), tcsetpgrp(3). All under the lock of the process tree.
 */
#include "compat/linux/dev/tty.h"
#include "compat/linux/dev/tty_impl.h"
#include "compat/linux/personality.h"
#include "compat/linux/process/creds.h"
#include "compat/linux/process/parts.h"
#include "compat/linux/process/tree.h"
#include "compat/linux/signal/lsignal.h"
#include "compat/linux/uapi/signal.h"
#include "kernel/lib/bits.h"
#include "kernel/lib/errno.h"

/* The running thread if it is one of a Linux process. */
static struct lthread *current_lthread(void)
{
	struct uthread *ut = uthread_current();

	return ut && ut->process->personality == &linux_personality_ops ? lthread_of(ut) : NULL;
}

/* Its session's terminal is this one. */
static bool is_own_locked(const struct ltty *tty, const struct lprocess *lp) REQUIRES(&ltree_lock);

static bool is_own_locked(const struct ltty *tty, const struct lprocess *lp)
{
	return lp->session && lp->session->tty == tty && tty->session == lp->session->nr;
}

static bool is_leader_locked(const struct lprocess *lp) REQUIRES(&ltree_lock);

static bool is_leader_locked(const struct lprocess *lp)
{
	return lp->session && lp->session->nr == lp->tgid;
}

static void send_group(int32_t group, uint32_t sig)
{
	struct linux_siginfo info = {.signo = (int32_t)sig, .code = LINUX_SI_KERNEL};

	/* -ESRCH: nobody is left in it. */
	if (group > 0 && lsignal_send_group(group, &info))
		return;
}

void tty_send_signals(struct ltty *tty, uint64_t signals)
{
	int32_t group;

	if (!signals)
		return;
	spin_lock(&ltree_lock);
	group = tty->group;
	spin_unlock(&ltree_lock);
	for (uint32_t sig = 1; sig < 64; sig++) {
		if (signals & BIT(sig))
			send_group(group, sig);
	}
}

struct ltty *tty_of_session(void)
{
	struct lthread *lt = current_lthread();
	struct ltty *tty = NULL;

	if (!lt)
		return NULL;
	spin_lock(&ltree_lock);
	if (lt->process->session)
		tty = lt->process->session->tty;
	spin_unlock(&ltree_lock);
	return tty;
}

int tty_check_foreground(struct ltty *tty, uint32_t sig)
{
	struct lthread *lt = current_lthread();
	bool is_background, is_orphaned = false;
	int32_t group = 0;

	if (!lt)
		return 0;
	spin_lock(&ltree_lock);
	is_background =
		is_own_locked(tty, lt->process) && lpid_nr(lt->process->group) != tty->group;
	if (is_background) {
		group = lpid_nr(lt->process->group);
		is_orphaned = lpgrp_is_orphaned_locked(lt->process->group);
	}
	spin_unlock(&ltree_lock);
	if (!is_background)
		return 0;
	if (lsignal_is_deaf(lt, sig))
		return sig == LINUX_SIGTTIN ? -EIO : 0;
	if (is_orphaned)
		return -EIO;
	send_group(group, sig);
	return -EINTR;
}

int64_t tty_set_session(struct ltty *tty, uint64_t steal)
{
	struct lthread *lt = current_lthread();
	int64_t result = 0;
	struct lprocess *lp;

	if (!lt)
		return -ENOTTY;
	lp = lt->process;
	spin_lock(&ltree_lock);
	if (is_own_locked(tty, lp))
		goto out_unlock;
	result = -EPERM;
	if (!is_leader_locked(lp) || lp->session->tty)
		goto out_unlock;
	if (tty->session && (steal != 1 || !lcred_has_cap(lt->cred, LINUX_CAP_SYS_ADMIN)))
		goto out_unlock;
	if (tty->session) {
		struct lpid *other = lpid_find_locked(tty->session);

		if (other && other->tty == tty)
			other->tty = NULL;
	}
	lp->session->tty = tty;
	tty->session = lp->session->nr;
	tty->group = lpid_nr(lp->group);
	result = 0;
out_unlock:
	spin_unlock(&ltree_lock);
	return result;
}

/* The group that was in the foreground, or 0 when the process does not lead its session. */
static int32_t drop_locked(struct lprocess *lp) REQUIRES(&ltree_lock);

static int32_t drop_locked(struct lprocess *lp)
{
	struct ltty *tty = lp->session ? lp->session->tty : NULL;
	int32_t group;

	if (!tty || !is_leader_locked(lp))
		return 0;
	group = tty->group;
	lp->session->tty = NULL;
	tty->session = 0;
	tty->group = 0;
	return group;
}

static int32_t drop(struct lprocess *lp)
{
	int32_t group;

	spin_lock(&ltree_lock);
	group = drop_locked(lp);
	spin_unlock(&ltree_lock);
	if (group) {
		send_group(group, LINUX_SIGHUP);
		send_group(group, LINUX_SIGCONT);
	}
	return group;
}

/* Of a process that does not lead its session it cannot be taken away: it has none of its own. */
int64_t tty_drop_session(struct ltty *tty)
{
	struct lthread *lt = current_lthread();

	if (!lt || tty_of_session() != tty)
		return -ENOTTY;
	return drop(lt->process) ? 0 : -EPERM;
}

int64_t tty_get_group(struct ltty *tty, int32_t *out)
{
	struct lthread *lt = current_lthread();
	int64_t result = -ENOTTY;

	spin_lock(&ltree_lock);
	if (lt && is_own_locked(tty, lt->process)) {
		*out = tty->group;
		result = 0;
	}
	spin_unlock(&ltree_lock);
	return result;
}

int64_t tty_get_session(struct ltty *tty, int32_t *out)
{
	struct lthread *lt = current_lthread();
	int64_t result = -ENOTTY;

	spin_lock(&ltree_lock);
	if (lt && is_own_locked(tty, lt->process)) {
		*out = tty->session;
		result = 0;
	}
	spin_unlock(&ltree_lock);
	return result;
}

static int64_t set_group_locked(struct ltty *tty, const struct lprocess *lp, int32_t group)
	REQUIRES(&ltree_lock);

static int64_t set_group_locked(struct ltty *tty, const struct lprocess *lp, int32_t group)
{
	struct lprocess *member;
	struct lpid *pid;

	if (!is_own_locked(tty, lp))
		return -ENOTTY;
	pid = lpid_find_locked(group);
	if (!pid || list_is_empty(&pid->group_members))
		return -ESRCH;
	member = list_first_entry(&pid->group_members, struct lprocess, group_node);
	if (lpid_nr(member->session) != tty->session)
		return -EPERM;
	tty->group = group;
	return 0;
}

int64_t tty_set_group(struct ltty *tty, int32_t group)
{
	struct lthread *lt = current_lthread();
	int64_t result;

	if (!lt)
		return -ENOTTY;
	result = tty_check_foreground(tty, LINUX_SIGTTOU);
	if (result)
		return result;
	if (group < 0)
		return -EINVAL;
	spin_lock(&ltree_lock);
	result = set_group_locked(tty, lt->process, group);
	spin_unlock(&ltree_lock);
	return result;
}

static void process_exit(struct lprocess *lp)
{
	drop(lp);
}

const struct lpart_ops tty_part = {.process_exit = process_exit};
