/* prctl(2), arch_prctl(2), personality(2): one function for each operation. */
#include "compat/linux/process/creds.h"
#include "compat/linux/process/tree.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "compat/linux/uapi/signal.h"
#include "kernel/arch/user.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

struct prctl_args {
	uint64_t arg[4]; /* arg2 to arg5 of the manual page */
};

static bool has_rest(const struct prctl_args *args, uint32_t from)
{
	for (uint32_t i = from; i < ARRAY_SIZE(args->arg); i++) {
		if (args->arg[i])
			return true;
	}
	return false;
}

static int store_int(uint64_t addr, int32_t value)
{
	return copy_to_user(user_ptr(addr), &value, sizeof(value));
}

/* --- The thread --- */

static int64_t set_death_signal(struct lthread *lt, const struct prctl_args *args)
{
	if (args->arg[0] > LINUX_SIGRTMAX)
		return -EINVAL;
	lt->parent_death_signal = (int32_t)args->arg[0];
	return 0;
}

static int64_t get_death_signal(struct lthread *lt, const struct prctl_args *args)
{
	return store_int(args->arg[0], lt->parent_death_signal);
}

static int64_t set_name(struct lthread *lt, const struct prctl_args *args)
{
	char name[LTHREAD_NAME_LEN];
	ssize_t len = strncpy_from_user(name, user_ptr(args->arg[0]), sizeof(name));

	if (len == -EFAULT)
		return -EFAULT;
	name[sizeof(name) - 1] = '\0';
	spin_lock(&ltree_lock);
	(void)strlcpy(lt->name, name, sizeof(lt->name));
	spin_unlock(&ltree_lock);
	return 0;
}

static int64_t get_name(struct lthread *lt, const struct prctl_args *args)
{
	char name[LTHREAD_NAME_LEN] = {0};

	spin_lock(&ltree_lock);
	(void)strlcpy(name, lt->name, sizeof(name));
	spin_unlock(&ltree_lock);
	return copy_to_user(user_ptr(args->arg[0]), name, sizeof(name));
}

static int64_t set_slack(struct lthread *lt, const struct prctl_args *args)
{
	lt->timer_slack_ns = (int64_t)args->arg[0] > 0 ? args->arg[0] : lt->default_slack_ns;
	return 0;
}

static int64_t get_slack(struct lthread *lt, const struct prctl_args *args UNUSED)
{
	return (int64_t)lt->timer_slack_ns;
}

static int64_t set_no_new_privs(struct lthread *lt, const struct prctl_args *args)
{
	if (args->arg[0] != 1 || has_rest(args, 1))
		return -EINVAL;
	lt->has_no_new_privs = true;
	return 0;
}

static int64_t get_no_new_privs(struct lthread *lt, const struct prctl_args *args)
{
	return has_rest(args, 0) ? -EINVAL : lt->has_no_new_privs;
}

static int64_t get_tid_address(struct lthread *lt, const struct prctl_args *args)
{
	return copy_to_user(user_ptr(args->arg[0]), &lt->clear_child_tid.addr, sizeof(uint64_t));
}

/* --- The process --- */

static int64_t set_dumpable(struct lthread *lt, const struct prctl_args *args)
{
	if (args->arg[0] > 1)
		return -EINVAL;
	atomic32_store(&lt->process->dumpable, (uint32_t)args->arg[0]);
	return 0;
}

static int64_t get_dumpable(struct lthread *lt, const struct prctl_args *args UNUSED)
{
	return atomic32_load(&lt->process->dumpable);
}

static void mark_descendants_locked(struct lprocess *top) REQUIRES(&ltree_lock);

/* All processes are looked at: whose ancestors include top, has a subreaper. */
static void mark_descendants_locked(struct lprocess *top)
{
	struct lprocess *lp;
	int32_t nr = 0;

	for (lp = lprocess_next_locked(&nr); lp; lp = lprocess_next_locked(&nr)) {
		for (struct lprocess *up = lp->parent; up && !lp->has_subreaper; up = up->parent)
			lp->has_subreaper = up == top;
	}
}

static int64_t set_subreaper(struct lthread *lt, const struct prctl_args *args)
{
	struct lprocess *lp = lt->process;

	spin_lock(&ltree_lock);
	lp->is_subreaper = args->arg[0] != 0;
	if (lp->is_subreaper && !list_is_empty(&lp->children))
		mark_descendants_locked(lp);
	spin_unlock(&ltree_lock);
	return 0;
}

static int64_t get_subreaper(struct lthread *lt, const struct prctl_args *args)
{
	return store_int(args->arg[0], lt->process->is_subreaper);
}

/* --- Credentials --- */

static int64_t change_secure_bits(struct lthread *lt, uint32_t bits)
{
	struct lcred *cred;
	int err = lcred_copy(lt->cred, lt->cred->group_count, &cred);

	if (err)
		return err;
	cred->secure_bits = bits;
	lthread_set_cred(lt, cred);
	return 0;
}

static int64_t set_keep_caps(struct lthread *lt, const struct prctl_args *args)
{
	uint32_t bits = lt->cred->secure_bits;

	if (args->arg[0] > 1)
		return -EINVAL;
	if (bits & LCRED_SECBIT_KEEP_CAPS_LOCKED)
		return -EPERM;
	if (args->arg[0])
		bits |= LCRED_SECBIT_KEEP_CAPS;
	else
		bits &= ~LCRED_SECBIT_KEEP_CAPS;
	return change_secure_bits(lt, bits);
}

static int64_t get_keep_caps(struct lthread *lt, const struct prctl_args *args UNUSED)
{
	return (lt->cred->secure_bits & LCRED_SECBIT_KEEP_CAPS) != 0;
}

static int64_t set_secure_bits(struct lthread *lt, const struct prctl_args *args)
{
	uint32_t old = lt->cred->secure_bits;
	uint64_t bits = args->arg[0];
	uint32_t locked = (old & LCRED_SECBITS_LOCKS) >> 1;

	if ((bits & ~(uint64_t)LCRED_SECBITS_ALL) || ((old ^ bits) & locked) ||
	    (old & LCRED_SECBITS_LOCKS & ~bits) || !lcred_has_cap(lt->cred, LINUX_CAP_SETPCAP))
		return -EPERM;
	return change_secure_bits(lt, (uint32_t)bits);
}

static int64_t get_secure_bits(struct lthread *lt, const struct prctl_args *args UNUSED)
{
	return lt->cred->secure_bits;
}

static int64_t read_bound(struct lthread *lt, const struct prctl_args *args)
{
	if (args->arg[0] > LINUX_CAP_LAST_CAP)
		return -EINVAL;
	return (lt->cred->bounding & BIT(args->arg[0])) != 0;
}

static int64_t drop_bound(struct lthread *lt, const struct prctl_args *args)
{
	struct lcred *cred;
	int err;

	if (args->arg[0] > LINUX_CAP_LAST_CAP)
		return -EINVAL;
	if (!lcred_has_cap(lt->cred, LINUX_CAP_SETPCAP))
		return -EPERM;
	err = lcred_copy(lt->cred, lt->cred->group_count, &cred);
	if (err)
		return err;
	cred->bounding &= ~BIT(args->arg[0]);
	lthread_set_cred(lt, cred);
	return 0;
}

static int64_t change_ambient(struct lthread *lt, const struct prctl_args *args)
{
	uint64_t bit = BIT(args->arg[1] & 63);
	struct lcred *cred;
	int err;

	if (args->arg[0] == LINUX_PR_CAP_AMBIENT_RAISE &&
	    (!(lt->cred->permitted & lt->cred->inheritable & bit) ||
	     (lt->cred->secure_bits & LCRED_SECBIT_NO_AMBIENT_RAISE)))
		return -EPERM;
	err = lcred_copy(lt->cred, lt->cred->group_count, &cred);
	if (err)
		return err;
	if (args->arg[0] == LINUX_PR_CAP_AMBIENT_RAISE)
		cred->ambient |= bit;
	else if (args->arg[0] == LINUX_PR_CAP_AMBIENT_LOWER)
		cred->ambient &= ~bit;
	else
		cred->ambient = 0;
	lthread_set_cred(lt, cred);
	return 0;
}

static int64_t ambient(struct lthread *lt, const struct prctl_args *args)
{
	if (args->arg[0] == LINUX_PR_CAP_AMBIENT_CLEAR_ALL)
		return has_rest(args, 1) ? -EINVAL : change_ambient(lt, args);
	if (args->arg[1] > LINUX_CAP_LAST_CAP || has_rest(args, 2))
		return -EINVAL;
	if (args->arg[0] == LINUX_PR_CAP_AMBIENT_IS_SET)
		return (lt->cred->ambient & BIT(args->arg[1])) != 0;
	if (args->arg[0] != LINUX_PR_CAP_AMBIENT_RAISE &&
	    args->arg[0] != LINUX_PR_CAP_AMBIENT_LOWER)
		return -EINVAL;
	return change_ambient(lt, args);
}

static const struct {
	int32_t option;
	int64_t (*fn)(struct lthread *lt, const struct prctl_args *args);
} options[] = {
	{LINUX_PR_SET_PDEATHSIG, set_death_signal},
	{LINUX_PR_GET_PDEATHSIG, get_death_signal},
	{LINUX_PR_SET_DUMPABLE, set_dumpable},
	{LINUX_PR_GET_DUMPABLE, get_dumpable},
	{LINUX_PR_SET_KEEPCAPS, set_keep_caps},
	{LINUX_PR_GET_KEEPCAPS, get_keep_caps},
	{LINUX_PR_SET_NAME, set_name},
	{LINUX_PR_GET_NAME, get_name},
	{LINUX_PR_CAPBSET_READ, read_bound},
	{LINUX_PR_CAPBSET_DROP, drop_bound},
	{LINUX_PR_SET_SECUREBITS, set_secure_bits},
	{LINUX_PR_GET_SECUREBITS, get_secure_bits},
	{LINUX_PR_SET_TIMERSLACK, set_slack},
	{LINUX_PR_GET_TIMERSLACK, get_slack},
	{LINUX_PR_SET_CHILD_SUBREAPER, set_subreaper},
	{LINUX_PR_GET_CHILD_SUBREAPER, get_subreaper},
	{LINUX_PR_SET_NO_NEW_PRIVS, set_no_new_privs},
	{LINUX_PR_GET_NO_NEW_PRIVS, get_no_new_privs},
	{LINUX_PR_GET_TID_ADDRESS, get_tid_address},
	{LINUX_PR_CAP_AMBIENT, ambient},
};

int64_t linux_prctl(struct lthread *lt, int32_t option, uint64_t arg2, uint64_t arg3, uint64_t arg4,
		    uint64_t arg5)
{
	struct prctl_args args = {.arg = {arg2, arg3, arg4, arg5}};

	for (uint32_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (options[i].option == option)
			return options[i].fn(lt, &args);
	}
	return -EINVAL;
}

int64_t linux_arch_prctl(struct lthread *lt, int32_t option, uint64_t arg)
{
	struct arch_thread *self = &lt->ut->thread->arch;
	uint64_t base;

	switch (option) {
	case LINUX_ARCH_SET_FS:
		return arch_user_set_tls(self, arg);
	case LINUX_ARCH_SET_GS:
		return arch_user_set_tls2(self, arg);
	case LINUX_ARCH_GET_FS:
		base = arch_user_get_tls(self);
		return copy_to_user(user_ptr(arg), &base, sizeof(base));
	case LINUX_ARCH_GET_GS:
		base = arch_user_get_tls2(self);
		return copy_to_user(user_ptr(arg), &base, sizeof(base));
	default:
		return -EINVAL;
	}
}

int64_t linux_personality(struct lthread *lt, uint32_t persona)
{
	uint32_t old = atomic32_load(&lt->process->persona);

	if (persona == UINT32_MAX)
		return old;
	/* Only what makes a difference here is taken; Linux takes anything. */
	if (persona & ~(uint32_t)LINUX_ADDR_NO_RANDOMIZE)
		return -EINVAL;
	return atomic32_xchg(&lt->process->persona, persona);
}
