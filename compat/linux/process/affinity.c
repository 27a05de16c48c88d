/* sched_setaffinity(2), sched_getaffinity(2), getcpu(2). */
#include "compat/linux/process/creds.h"
#include "compat/linux/process/tree.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "kernel/core/percpu.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/sched/thread.h"

/* Bytes of a mask that has a bit for each CPU of this machine, in whole words. */
static uint32_t mask_size(void)
{
	return (cpu_online_count() + 63) / 64 * 8;
}

static struct lthread *find_thread(struct lthread *lt, int32_t tid)
{
	if (tid != 0)
		return lthread_lookup(tid);
	uthread_get(lt->ut);
	return lt;
}

static bool may_change(struct lthread *lt, struct lthread *target)
{
	uint32_t euid = lt->cred->uid[LCRED_EFFECTIVE];
	struct lcred *cred = lthread_cred(target);
	bool is_own = euid == cred->uid[LCRED_REAL] || euid == cred->uid[LCRED_EFFECTIVE];

	lcred_put(cred);
	return is_own || lcred_has_cap(lt->cred, LINUX_CAP_SYS_NICE);
}

int64_t linux_sched_setaffinity(struct lthread *lt, int32_t pid, uint32_t size,
				struct user_ptr user_mask)
{
	struct cpumask mask = {.bits = {0}};
	struct lthread *target;
	int err;

	err = copy_from_user(&mask, user_mask, MIN(size, (uint32_t)sizeof(mask)));
	if (err)
		return err;
	target = find_thread(lt, pid);
	if (!target)
		return -ESRCH;
	err = may_change(lt, target) ? thread_set_affinity(target->ut->thread, &mask) : -EPERM;
	lthread_put(target);
	return err;
}

int64_t linux_sched_getaffinity(struct lthread *lt, int32_t pid, uint32_t size,
				struct user_ptr user_mask)
{
	struct cpumask present = {.bits = {0}};
	struct lthread *target;
	struct cpumask mask;
	uint32_t len = mask_size();
	int err;

	if (size < len || size % sizeof(uint64_t) != 0)
		return -EINVAL;
	target = find_thread(lt, pid);
	if (!target)
		return -ESRCH;
	thread_get_affinity(target->ut->thread, &mask);
	lthread_put(target);
	for (cpu_id_t cpu = 0; cpu < cpu_online_count(); cpu++) {
		if (cpumask_test(&mask, cpu))
			cpumask_set(&present, cpu);
	}
	err = copy_to_user(user_mask, &present, len);
	return err ? err : (int64_t)len;
}

int64_t linux_getcpu(struct lthread *lt UNUSED, struct user_ptr cpu, struct user_ptr node,
		     struct user_ptr cache UNUSED)
{
	uint32_t number = cpu_current();
	const uint32_t only_node = 0;
	int err = 0;

	if (!user_ptr_is_null(cpu))
		err = copy_to_user(cpu, &number, sizeof(number));
	if (!err && !user_ptr_is_null(node))
		err = copy_to_user(node, &only_node, sizeof(only_node));
	return err;
}
