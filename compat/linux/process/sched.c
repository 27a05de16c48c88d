/*
 * sched(7), setpriority(2), getcpu(2): policies and priorities of threads, for the
 * kernel's own scheduler, which has the same three kinds. SCHED_BATCH is as
 * SCHED_OTHER; SCHED_IDLE is that with the lowest weight. SCHED_DEADLINE is refused.
 */
#include "compat/linux/process/sched.h"

#include "compat/linux/process/creds.h"
#include "compat/linux/process/tree.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "kernel/core/percpu.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/sched/thread.h"

#define NICE_MIN (-20)
#define NICE_MAX 19
#define RT_MIN 1
#define RT_MAX 99
#define RR_INTERVAL_NS 100000000
#define FAIR_INTERVAL_NS 4000000

struct sched_choice {
	uint8_t policy; /* LINUX_SCHED_* */
	int8_t nice;
	uint8_t rt_priority;
	bool has_reset;
};

static bool is_realtime(uint32_t policy)
{
	return policy == LINUX_SCHED_FIFO || policy == LINUX_SCHED_RR;
}

static bool is_known(uint32_t policy)
{
	return is_realtime(policy) || policy == LINUX_SCHED_NORMAL || policy == LINUX_SCHED_BATCH ||
	       policy == LINUX_SCHED_IDLE;
}

static int apply(struct thread *thread, const struct sched_choice *choice)
{
	if (choice->policy == LINUX_SCHED_FIFO)
		return thread_set_priority(thread, THREAD_POLICY_FIFO, choice->rt_priority);
	if (choice->policy == LINUX_SCHED_RR)
		return thread_set_priority(thread, THREAD_POLICY_RR, choice->rt_priority);
	return thread_set_priority(thread, THREAD_POLICY_FAIR,
				   choice->policy == LINUX_SCHED_IDLE ? NICE_MAX : choice->nice);
}

static void read_choice(struct lthread *lt, struct sched_choice *out)
{
	spin_lock(&ltree_lock);
	*out = (struct sched_choice){.policy = lt->sched_policy,
				     .nice = lt->nice,
				     .rt_priority = lt->rt_priority,
				     .has_reset = lt->has_sched_reset};
	spin_unlock(&ltree_lock);
}

static int set_choice(struct lthread *lt, const struct sched_choice *choice)
{
	int err = apply(lt->ut->thread, choice);

	if (err)
		return err;
	spin_lock(&ltree_lock);
	lt->sched_policy = choice->policy;
	lt->nice = choice->nice;
	lt->rt_priority = choice->rt_priority;
	lt->has_sched_reset = choice->has_reset;
	spin_unlock(&ltree_lock);
	return 0;
}

void lsched_inherit(struct lthread *child, const struct lthread *parent)
{
	struct sched_choice choice = {.policy = parent->sched_policy,
				      .nice = parent->nice,
				      .rt_priority = parent->rt_priority};
	struct cpumask mask;

	if (parent->has_sched_reset) {
		if (is_realtime(choice.policy))
			choice.policy = LINUX_SCHED_NORMAL;
		choice.nice = MAX(choice.nice, (int8_t)0);
		choice.rt_priority = 0;
	}
	thread_get_affinity(parent->ut->thread, &mask);
	/* What the parent has cannot be refused, unless its CPUs are gone: then any will do. */
	(void)!thread_set_affinity(child->ut->thread, &mask);
	(void)!set_choice(child, &choice);
}

/* --- Which thread, and who may change it --- */

/* 0 is the caller. With a reference for the caller, or -ESRCH, -EINVAL. */
static int find_thread(struct lthread *lt, int32_t tid, struct lthread **out)
{
	if (tid < 0)
		return -EINVAL;
	if (tid == 0)
		uthread_get(lt->ut);
	*out = tid == 0 ? lt : lthread_lookup(tid);
	return *out ? 0 : -ESRCH;
}

static bool may_change(struct lthread *lt, struct lthread *target)
{
	uint32_t euid = lt->cred->uid[LCRED_EFFECTIVE];
	struct lcred *cred = lthread_cred(target);
	bool is_own = euid == cred->uid[LCRED_REAL] || euid == cred->uid[LCRED_EFFECTIVE];

	lcred_put(cred);
	return is_own || lcred_has_cap(lt->cred, LINUX_CAP_SYS_NICE);
}

static bool may_have_nice(struct lthread *lt, struct lthread *target, int32_t nice)
{
	uint64_t limit = lprocess_limit(target->process, LINUX_RLIMIT_NICE).cur;

	return nice >= target->nice || (uint64_t)(NICE_MAX + 1 - nice) <= limit ||
	       lcred_has_cap(lt->cred, LINUX_CAP_SYS_NICE);
}

static bool may_have_realtime(struct lthread *lt, struct lthread *target,
			      const struct sched_choice *choice)
{
	uint64_t limit = lprocess_limit(target->process, LINUX_RLIMIT_RTPRIO).cur;

	if (lcred_has_cap(lt->cred, LINUX_CAP_SYS_NICE) || !is_realtime(choice->policy))
		return true;
	if (choice->policy != target->sched_policy && limit == 0)
		return false;
	return choice->rt_priority <= target->rt_priority || choice->rt_priority <= limit;
}

static int change(struct lthread *lt, int32_t tid, struct sched_choice *choice, bool keeps_policy)
{
	struct sched_choice now;
	struct lthread *target;
	int err = find_thread(lt, tid, &target);

	if (err)
		return err;
	read_choice(target, &now);
	if (keeps_policy) {
		choice->policy = now.policy;
		choice->has_reset = now.has_reset;
	}
	if (!is_known(choice->policy) || choice->rt_priority > RT_MAX ||
	    is_realtime(choice->policy) != (choice->rt_priority > 0))
		err = -EINVAL;
	else if (!may_change(lt, target) || !may_have_realtime(lt, target, choice) ||
		 !may_have_nice(lt, target, choice->nice) ||
		 (now.has_reset && !choice->has_reset &&
		  !lcred_has_cap(lt->cred, LINUX_CAP_SYS_NICE)))
		err = -EPERM;
	else
		err = set_choice(target, choice);
	lthread_put(target);
	return err;
}

/* --- Policies --- */

static int read_param(struct user_ptr user, struct linux_sched_param *out)
{
	if (user_ptr_is_null(user))
		return -EINVAL;
	return copy_from_user(out, user, sizeof(*out));
}

static int set_from_param(struct lthread *lt, int32_t tid, uint32_t policy, bool has_reset,
			  struct user_ptr user_param)
{
	struct linux_sched_param param;
	struct sched_choice choice = {.has_reset = has_reset};
	struct lthread *target;
	int err;

	err = read_param(user_param, &param);
	if (err)
		return err;
	if (param.priority < 0 || param.priority > RT_MAX)
		return -EINVAL;
	err = find_thread(lt, tid, &target);
	if (err)
		return err;
	read_choice(target, &choice);
	lthread_put(target);
	choice.has_reset = has_reset;
	choice.rt_priority = (uint8_t)param.priority;
	if (policy != UINT32_MAX)
		choice.policy = (uint8_t)policy;
	return change(lt, tid, &choice, policy == UINT32_MAX);
}

int64_t linux_sched_setparam(struct lthread *lt, int32_t pid, struct user_ptr param)
{
	return set_from_param(lt, pid, UINT32_MAX, false, param);
}

int64_t linux_sched_setscheduler(struct lthread *lt, int32_t pid, int32_t policy,
				 struct user_ptr param)
{
	uint32_t plain = (uint32_t)policy & ~(uint32_t)LINUX_SCHED_RESET_ON_FORK;

	if (policy < 0 || !is_known(plain))
		return -EINVAL;
	return set_from_param(lt, pid, plain, policy & LINUX_SCHED_RESET_ON_FORK, param);
}

int64_t linux_sched_getparam(struct lthread *lt, int32_t pid, struct user_ptr user_param)
{
	struct linux_sched_param param;
	struct sched_choice choice;
	struct lthread *target;
	int err;

	if (user_ptr_is_null(user_param))
		return -EINVAL;
	err = find_thread(lt, pid, &target);
	if (err)
		return err;
	read_choice(target, &choice);
	lthread_put(target);
	param.priority = choice.rt_priority;
	return copy_to_user(user_param, &param, sizeof(param));
}

int64_t linux_sched_getscheduler(struct lthread *lt, int32_t pid)
{
	struct sched_choice choice;
	struct lthread *target;
	int err = find_thread(lt, pid, &target);

	if (err)
		return err;
	read_choice(target, &choice);
	lthread_put(target);
	return choice.policy | (choice.has_reset ? LINUX_SCHED_RESET_ON_FORK : 0);
}

int64_t linux_sched_get_priority_max(struct lthread *lt UNUSED, int32_t policy)
{
	if (policy < 0 || !(is_known((uint32_t)policy) || policy == LINUX_SCHED_DEADLINE))
		return -EINVAL;
	return is_realtime((uint32_t)policy) ? RT_MAX : 0;
}

int64_t linux_sched_get_priority_min(struct lthread *lt UNUSED, int32_t policy)
{
	if (policy < 0 || !(is_known((uint32_t)policy) || policy == LINUX_SCHED_DEADLINE))
		return -EINVAL;
	return is_realtime((uint32_t)policy) ? RT_MIN : 0;
}

int64_t linux_sched_rr_get_interval(struct lthread *lt, int32_t pid, struct user_ptr interval)
{
	struct linux_timespec time = {0};
	struct sched_choice choice;
	struct lthread *target;
	int err = find_thread(lt, pid, &target);

	if (err)
		return err;
	read_choice(target, &choice);
	lthread_put(target);
	if (choice.policy == LINUX_SCHED_RR)
		time.nsec = RR_INTERVAL_NS;
	else if (choice.policy != LINUX_SCHED_FIFO)
		time.nsec = FAIR_INTERVAL_NS;
	return copy_to_user(interval, &time, sizeof(time));
}

int64_t linux_sched_yield(struct lthread *lt UNUSED)
{
	thread_yield();
	return 0;
}

/* --- nice values, of one or of many --- */

struct nice_walk {
	struct lthread *lt;
	int32_t who;
	int32_t nice;
	int64_t result; /* set: the first error, or 0; get: 20 - the lowest nice */
};

/* Collected under the lock, used outside of it. */
#define NICE_BATCH 16u

static bool is_chosen_locked(const struct lprocess *lp, int32_t which, uint32_t who)
	REQUIRES(&ltree_lock);

static bool is_chosen_locked(const struct lprocess *lp, int32_t which, uint32_t who)
{
	if (which == LINUX_PRIO_PGRP)
		return (uint32_t)lpid_nr(lp->group) == who;
	return lp->uid == who;
}

/* Up to NICE_BATCH leaders of processes above *nr, with references. */
static uint32_t collect(int32_t which, uint32_t who, int32_t *nr, struct lthread **batch)
{
	struct lprocess *lp;
	uint32_t count = 0;

	spin_lock(&ltree_lock);
	for (lp = lprocess_next_locked(nr); lp; lp = lprocess_next_locked(nr)) {
		if (!lp->pid->thread || !is_chosen_locked(lp, which, who))
			continue;
		batch[count] = lp->pid->thread;
		uthread_get(batch[count]->ut);
		if (++count == NICE_BATCH)
			break;
	}
	spin_unlock(&ltree_lock);
	return count;
}

static int set_nice(struct lthread *lt, struct lthread *target, int32_t nice)
{
	struct sched_choice choice;

	read_choice(target, &choice);
	if (!may_change(lt, target))
		return -EPERM;
	if (!may_have_nice(lt, target, nice))
		return -EACCES;
	choice.nice = (int8_t)nice;
	return set_choice(target, &choice);
}

static void set_one(struct nice_walk *walk, struct lthread *target)
{
	int err = set_nice(walk->lt, target, walk->nice);

	if (walk->result == -ESRCH || (err && walk->result == 0))
		walk->result = err;
}

static void get_one(struct nice_walk *walk, struct lthread *target)
{
	struct sched_choice choice;

	read_choice(target, &choice);
	walk->result = MAX(walk->result, (int64_t)(NICE_MAX + 1 - choice.nice));
}

static int64_t walk_nice(struct nice_walk *walk, int32_t which,
			 void (*fn)(struct nice_walk *walk, struct lthread *target))
{
	struct lthread *batch[NICE_BATCH];
	uint32_t who = (uint32_t)walk->who;
	int32_t nr = 0;
	uint32_t count;

	walk->result = -ESRCH;
	if (which == LINUX_PRIO_PROCESS) {
		if (walk->who < 0 || find_thread(walk->lt, walk->who, &batch[0]))
			return -ESRCH;
		fn(walk, batch[0]);
		lthread_put(batch[0]);
		return walk->result;
	}
	if (which != LINUX_PRIO_PGRP && which != LINUX_PRIO_USER)
		return -EINVAL;
	if (who == 0 && which == LINUX_PRIO_USER)
		who = walk->lt->cred->uid[LCRED_REAL];
	if (who == 0 && which == LINUX_PRIO_PGRP) {
		spin_lock(&ltree_lock);
		who = (uint32_t)lpid_nr(walk->lt->process->group);
		spin_unlock(&ltree_lock);
	}
	do {
		count = collect(which, who, &nr, batch);
		for (uint32_t i = 0; i < count; i++) {
			fn(walk, batch[i]);
			lthread_put(batch[i]);
		}
	} while (count == NICE_BATCH);
	return walk->result;
}

int64_t linux_setpriority(struct lthread *lt, int32_t which, int32_t who, int32_t nice)
{
	struct nice_walk walk = {.lt = lt, .who = who, .nice = MAX(NICE_MIN, MIN(NICE_MAX, nice))};

	return walk_nice(&walk, which, set_one);
}

int64_t linux_getpriority(struct lthread *lt, int32_t which, int32_t who)
{
	struct nice_walk walk = {.lt = lt, .who = who};

	return walk_nice(&walk, which, get_one);
}
