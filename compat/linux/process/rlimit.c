/* getrlimit(2), setrlimit(2), prlimit(2). Who is limited asks lprocess_limit(). */
#include "compat/linux/process/creds.h"
#include "compat/linux/process/tree.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "kernel/cap/cspace.h"
#include "kernel/lib/errno.h"

/* What fs.nr_open is on Linux: nobody has more descriptors. */
#define NOFILE_MAX CSPACE_MAX

/* Sets new (unless NULL) and tells the old: all at once. */
static int exchange(struct lthread *lt, struct lprocess *lp, uint32_t resource,
		    const struct linux_rlimit *new, struct linux_rlimit *old)
{
	bool may_raise = lcred_has_cap(lt->cred, LINUX_CAP_SYS_RESOURCE);
	int err = 0;

	if (new &&new->cur > new->max)
		return -EINVAL;
	if (new &&resource == LINUX_RLIMIT_NOFILE &&new->max > NOFILE_MAX)
		return -EPERM;
	spin_lock(&lp->limit_lock);
	*old = lp->limits[resource];
	if (new &&new->max > old->max && !may_raise)
		err = -EPERM;
	else if (new)
		lp->limits[resource] = *new;
	spin_unlock(&lp->limit_lock);
	return err;
}

static bool may_change(struct lthread *lt, struct lprocess *lp)
{
	const struct lcred *own = lt->cred;
	struct lthread *leader;
	struct lcred *cred;
	bool is_same;

	if (lp == lt->process || lcred_has_cap(own, LINUX_CAP_SYS_RESOURCE))
		return true;
	leader = lthread_lookup(lp->tgid);
	if (!leader)
		return false;
	cred = lthread_cred(leader);
	lthread_put(leader);
	is_same = true;
	for (uint32_t i = LCRED_REAL; i <= LCRED_SAVED; i++) {
		if (cred->uid[i] != own->uid[LCRED_REAL] || cred->gid[i] != own->gid[LCRED_REAL])
			is_same = false;
	}
	lcred_put(cred);
	return is_same;
}

int64_t linux_prlimit64(struct lthread *lt, int32_t pid, uint32_t resource, struct user_ptr limit,
			struct user_ptr old_limit)
{
	bool sets = !user_ptr_is_null(limit);
	struct linux_rlimit new;
	struct linux_rlimit old;
	struct lprocess *lp;
	int err = 0;

	if (resource >= LINUX_RLIM_NLIMITS)
		return -EINVAL;
	if (sets)
		err = copy_from_user(&new, limit, sizeof(new));
	if (err)
		return err;
	if (pid == 0)
		lprocess_get(lt->process);
	lp = pid == 0 ? lt->process : lprocess_lookup(pid);
	if (!lp)
		return -ESRCH;
	err = may_change(lt, lp) ? exchange(lt, lp, resource, sets ? &new : NULL, &old) : -EPERM;
	lprocess_put(lp);
	if (!err && !user_ptr_is_null(old_limit))
		err = copy_to_user(old_limit, &old, sizeof(old));
	return err;
}

int64_t linux_getrlimit(struct lthread *lt, uint32_t resource, struct user_ptr limit)
{
	struct linux_rlimit now;

	if (resource >= LINUX_RLIM_NLIMITS)
		return -EINVAL;
	now = lprocess_limit(lt->process, resource);
	return copy_to_user(limit, &now, sizeof(now));
}

int64_t linux_setrlimit(struct lthread *lt, uint32_t resource, struct user_ptr limit)
{
	struct linux_rlimit new;
	struct linux_rlimit old;
	int err;

	if (resource >= LINUX_RLIM_NLIMITS)
		return -EINVAL;
	err = copy_from_user(&new, limit, sizeof(new));
	return err ? err : exchange(lt, lt->process, resource, &new, &old);
}
