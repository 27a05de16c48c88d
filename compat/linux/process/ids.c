/* Numbers: getpid(2), setpgid(2), setsid(2) and their kin; set_tid_address(2). */
#include "compat/linux/process/tree.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "kernel/lib/errno.h"

int64_t linux_getpid(struct lthread *lt)
{
	return lt->process->tgid;
}

int64_t linux_gettid(struct lthread *lt)
{
	return lt->tid;
}

int64_t linux_getppid(struct lthread *lt)
{
	int32_t pid;

	spin_lock(&ltree_lock);
	pid = lt->process->parent ? lt->process->parent->tgid : 0;
	spin_unlock(&ltree_lock);
	return pid;
}

int64_t linux_set_tid_address(struct lthread *lt, struct user_ptr tid)
{
	lt->clear_child_tid = tid;
	return lt->tid;
}

/* The process that a number means, 0 being the caller's; NULL: none. Any thread's will do. */
static struct lprocess *find_locked(struct lthread *lt, int32_t nr) REQUIRES(&ltree_lock);

static struct lprocess *find_locked(struct lthread *lt, int32_t nr)
{
	const struct lpid *pid = lpid_find_locked(nr);

	if (nr == 0)
		return lt->process;
	if (pid && !pid->process && pid->thread)
		return pid->thread->process;
	return pid ? pid->process : NULL;
}

int64_t linux_getpgid(struct lthread *lt, int32_t pid)
{
	const struct lprocess *lp;
	int64_t result = -ESRCH;

	spin_lock(&ltree_lock);
	lp = find_locked(lt, pid);
	if (lp)
		result = lpid_nr(lp->group);
	spin_unlock(&ltree_lock);
	return result;
}

int64_t linux_getpgrp(struct lthread *lt)
{
	return linux_getpgid(lt, 0);
}

int64_t linux_getsid(struct lthread *lt, int32_t pid)
{
	const struct lprocess *lp;
	int64_t result = -ESRCH;

	spin_lock(&ltree_lock);
	lp = find_locked(lt, pid);
	if (lp)
		result = lpid_nr(lp->session);
	spin_unlock(&ltree_lock);
	return result;
}

/* setpgid(2)'s rules, in the order of its errors. */
static int check_move_locked(struct lprocess *self, struct lprocess *lp, struct lpid *group)
	REQUIRES(&ltree_lock);

static int check_move_locked(struct lprocess *self, struct lprocess *lp, struct lpid *group)
{
	const struct lprocess *member;

	if (lp != self && lp->parent != self)
		return -ESRCH;
	if (lp != self && lp->session != self->session)
		return -EPERM;
	if (lp != self && lp->has_execed)
		return -EACCES;
	if (lp->session == lp->pid)
		return -EPERM;
	if (group == lp->pid)
		return 0;
	if (!group || list_is_empty(&group->group_members))
		return -EPERM;
	member = list_first_entry(&group->group_members, struct lprocess, group_node);
	return member->session == self->session ? 0 : -EPERM;
}

int64_t linux_setpgid(struct lthread *lt, int32_t pid, int32_t pgid)
{
	struct lprocess *lp;
	struct lpid *group;
	int err = -ESRCH;

	if (pgid < 0)
		return -EINVAL;
	spin_lock(&ltree_lock);
	lp = pid == 0 ? lt->process : NULL;
	group = lpid_find_locked(pid);
	if (group)
		lp = group->process;
	if (lp) {
		group = pgid == 0 ? lp->pid : lpid_find_locked(pgid);
		err = check_move_locked(lt->process, lp, group);
	}
	if (!err && lp->group != group)
		lprocess_set_group_locked(lp, group);
	spin_unlock(&ltree_lock);
	return err;
}

int64_t linux_setsid(struct lthread *lt)
{
	struct lprocess *lp = lt->process;
	int64_t result = -EPERM;

	spin_lock(&ltree_lock);
	/* Nobody may be in a group or session of this number. */
	if (list_is_empty(&lp->pid->group_members) && list_is_empty(&lp->pid->session_members)) {
		lprocess_set_session_locked(lp, lp->pid);
		result = lp->tgid;
	}
	spin_unlock(&ltree_lock);
	return result;
}
