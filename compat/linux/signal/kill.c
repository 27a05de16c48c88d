/*
 * kill(2), tkill(2), tgkill(2), rt_sigqueueinfo(2): to whom, and who may.
 */
#include "compat/linux/process/creds.h"
#include "compat/linux/process/tree.h"
#include "compat/linux/signal/signal_impl.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "kernel/lib/errno.h"

static bool same_user(const struct lcred *sender, const struct lcred *target)
{
	uint32_t effective = sender->uid[LCRED_EFFECTIVE];
	uint32_t real = sender->uid[LCRED_REAL];

	return effective == target->uid[LCRED_REAL] || effective == target->uid[LCRED_SAVED] ||
	       real == target->uid[LCRED_REAL] || real == target->uid[LCRED_SAVED] ||
	       lcred_has_cap(sender, LINUX_CAP_KILL);
}

int lsignal_check_locked(struct lthread *lt, struct lprocess *target, int32_t sig)
{
	struct lthread *victim;

	/* A zombie has nobody left to harm. */
	if (target == lt->process || list_is_empty(&target->threads))
		return 0;
	victim = list_entry(list_first(&target->threads), struct lthread, node);
	if (same_user(lt->cred, victim->cred))
		return 0;
	if (sig == LINUX_SIGCONT && target->session == lt->process->session)
		return 0;
	return -EPERM;
}

/* Sends to one of several: what is to be said of all. */
struct spread {
	struct lthread *from;
	const struct linux_siginfo *info;
	uint32_t found_count;
	uint32_t sent_count;
	int err;
};

static void spread_to_locked(struct spread *spread, struct lprocess *lp) REQUIRES(&ltree_lock)
{
	int err = lsignal_check_locked(spread->from, lp, spread->info->signo);

	spread->found_count++;
	if (!err && spread->info->signo != 0)
		err = lsignal_send_process(lp, spread->info);
	if (err)
		spread->err = err;
	else
		spread->sent_count++;
}

static int spread_result(const struct spread *spread)
{
	if (spread->found_count == 0)
		return -ESRCH;
	return spread->sent_count > 0 ? 0 : spread->err;
}

static void spread_to_group_locked(struct spread *spread, struct lpid *group) REQUIRES(&ltree_lock)
{
	if (!group)
		return;
	list_for_each (node, &group->group_members)
		spread_to_locked(spread, list_entry(node, struct lprocess, group_node));
}

static int send_to_group(struct spread *spread, int32_t pgid)
{
	spin_lock(&ltree_lock);
	spread_to_group_locked(spread,
			       pgid ? lpid_find_locked(pgid) : spread->from->process->group);
	spin_unlock(&ltree_lock);
	return spread_result(spread);
}

/* Everybody but the first process and the sender. */
static int send_to_all(struct spread *spread)
{
	struct lprocess *lp;
	int32_t nr = 1;

	do {
		spin_lock(&ltree_lock);
		lp = lprocess_next_locked(&nr);
		if (lp && lp != spread->from->process)
			spread_to_locked(spread, lp);
		spin_unlock(&ltree_lock);
	} while (lp);
	return spread_result(spread);
}

static int send_to_process(struct spread *spread, int32_t pid)
{
	struct lpid *found;

	spin_lock(&ltree_lock);
	found = lpid_find_locked(pid);
	if (found && found->process)
		spread_to_locked(spread, found->process);
	spin_unlock(&ltree_lock);
	return spread_result(spread);
}

static void info_of_sender(struct lthread *lt, int32_t sig, int32_t code,
			   struct linux_siginfo *info)
{
	signal_info_kill(info, (uint32_t)sig, code, lt->process->tgid, lt->cred->uid[LCRED_REAL]);
}

int64_t linux_kill(struct lthread *lt, int32_t pid, int32_t sig)
{
	struct linux_siginfo info;
	struct spread spread = {.from = lt, .info = &info};

	if (sig < 0 || sig > LINUX_SIGRTMAX)
		return -EINVAL;
	info_of_sender(lt, sig, LINUX_SI_USER, &info);
	if (pid > 0)
		return send_to_process(&spread, pid);
	if (pid == -1)
		return send_to_all(&spread);
	if (pid == INT32_MIN)
		return -ESRCH;
	return send_to_group(&spread, -pid);
}

int lsignal_send_group(int32_t pgid, const struct linux_siginfo *info)
{
	struct lpid *group;
	int err = -ESRCH;

	spin_lock(&ltree_lock);
	group = lpid_find_locked(pgid);
	if (group) {
		list_for_each (node, &group->group_members) {
			(void)lsignal_send_process(list_entry(node, struct lprocess, group_node),
						   info);
			err = 0;
		}
	}
	spin_unlock(&ltree_lock);
	return err;
}

/* tgid 0: whatever process the thread is of. */
static int send_to_thread(struct lthread *lt, int32_t tgid, int32_t tid,
			  const struct linux_siginfo *info)
{
	struct lpid *found;
	int err = -ESRCH;

	spin_lock(&ltree_lock);
	found = lpid_find_locked(tid);
	if (found && found->thread && (tgid == 0 || found->thread->process->tgid == tgid)) {
		err = lsignal_check_locked(lt, found->thread->process, info->signo);
		if (!err && info->signo != 0)
			err = lsignal_send_thread(found->thread, info);
	}
	spin_unlock(&ltree_lock);
	return err;
}

int64_t linux_tgkill(struct lthread *lt, int32_t tgid, int32_t tid, int32_t sig)
{
	struct linux_siginfo info;

	if (tgid <= 0 || tid <= 0 || sig < 0 || sig > LINUX_SIGRTMAX)
		return -EINVAL;
	info_of_sender(lt, sig, LINUX_SI_TKILL, &info);
	return send_to_thread(lt, tgid, tid, &info);
}

int64_t linux_tkill(struct lthread *lt, int32_t tid, int32_t sig)
{
	struct linux_siginfo info;

	if (tid <= 0 || sig < 0 || sig > LINUX_SIGRTMAX)
		return -EINVAL;
	info_of_sender(lt, sig, LINUX_SI_TKILL, &info);
	return send_to_thread(lt, 0, tid, &info);
}

/* What a program says in its own words: not in those of the kernel, or of kill(2). */
static int get_info(struct lthread *lt, int32_t target, int32_t sig, struct user_ptr from,
		    struct linux_siginfo *info)
{
	if (copy_from_user(info, from, sizeof(*info)))
		return -EFAULT;
	info->signo = sig;
	if ((info->code >= 0 || info->code == LINUX_SI_TKILL) && target != lt->process->tgid)
		return -EPERM;
	return sig < 0 || sig > LINUX_SIGRTMAX ? -EINVAL : 0;
}

int64_t linux_rt_sigqueueinfo(struct lthread *lt, int32_t pid, int32_t sig, struct user_ptr info)
{
	struct linux_siginfo copy;
	struct spread spread = {.from = lt, .info = &copy};
	int err = get_info(lt, pid, sig, info, &copy);

	return err ? err : send_to_process(&spread, pid);
}

int64_t linux_rt_tgsigqueueinfo(struct lthread *lt, int32_t tgid, int32_t tid, int32_t sig,
				struct user_ptr info)
{
	struct linux_siginfo copy;
	int err;

	if (tgid <= 0 || tid <= 0)
		return -EINVAL;
	err = get_info(lt, tgid, sig, info, &copy);
	return err ? err : send_to_thread(lt, tgid, tid, &copy);
}
