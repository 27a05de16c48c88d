/* Processes: their making, what they hold, and limits. Their end is in exit.c. */
#include "compat/linux/process/lprocess.h"

#include "compat/linux/process/fs.h"
#include "compat/linux/process/parts.h"
#include "compat/linux/process/tree.h"
#include "kernel/core/assert.h"
#include "kernel/core/time.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

#define DEFAULT_UMASK 022u

/* As Linux gives them to the first process; the rest is unlimited. */
static const struct {
	uint32_t resource;
	struct linux_rlimit limit;
} default_limits[] = {
	{LINUX_RLIMIT_STACK, {MIB(8), LINUX_RLIM_INFINITY}},
	{LINUX_RLIMIT_CORE, {0, LINUX_RLIM_INFINITY}},
	{LINUX_RLIMIT_NPROC, {LPID_MAX, LPID_MAX}},
	{LINUX_RLIMIT_NOFILE, {1024, 4096}},
	{LINUX_RLIMIT_MEMLOCK, {MIB(8), MIB(8)}},
	{LINUX_RLIMIT_SIGPENDING, {LPID_MAX, LPID_MAX}},
	{LINUX_RLIMIT_MSGQUEUE, {819200, 819200}},
	{LINUX_RLIMIT_NICE, {0, 0}},
	{LINUX_RLIMIT_RTPRIO, {0, 0}},
};

/* --- The context of files --- */

int lfs_create(struct lfs **out)
{
	struct lfs *fs = kmem_zalloc(sizeof(*fs));

	if (!fs)
		return -ENOMEM;
	refcount_init(&fs->refs);
	atomic32_store(&fs->umask, DEFAULT_UMASK);
	*out = fs;
	return 0;
}

int lfs_copy(struct lfs *from, struct lfs **out)
{
	int err = lfs_create(out);

	if (!err)
		atomic32_store(&(*out)->umask, lfs_umask(from));
	return err;
}

void lfs_get(struct lfs *fs)
{
	bool is_alive = refcount_get(&fs->refs);

	ASSERT(is_alive);
}

void lfs_put(struct lfs *fs)
{
	if (refcount_put(&fs->refs))
		kmem_free(fs, sizeof(*fs));
}

/* --- Making --- */

static void init_limits(struct lprocess *lp, struct lprocess *parent)
{
	spin_lock_init(&lp->limit_lock, LOCK_LINUX_LIMIT);
	for (uint32_t i = 0; i < LINUX_RLIM_NLIMITS; i++) {
		if (parent)
			lp->limits[i] = lprocess_limit(parent, i);
		else
			lp->limits[i] =
				(struct linux_rlimit){LINUX_RLIM_INFINITY, LINUX_RLIM_INFINITY};
	}
	for (uint32_t i = 0; i < ARRAY_SIZE(default_limits) && !parent; i++)
		lp->limits[default_limits[i].resource] = default_limits[i].limit;
}

static void init_fields(struct lprocess *lp, struct process *process, struct lprocess *parent)
{
	lp->process = process;
	lp->start_time = time_now();
	lp->state = LPROCESS_NEW;
	list_init(&lp->group_node);
	list_init(&lp->session_node);
	list_init(&lp->children);
	list_init(&lp->sibling_node);
	list_init(&lp->threads);
	waitq_init(&lp->child_wait);
	call_process_init(&lp->call, parent ? &parent->call : NULL);
	init_limits(lp, parent);
	atomic32_store(&lp->dumpable, parent ? atomic32_load(&parent->dumpable) : 1);
	if (!parent)
		return;
	atomic32_store(&lp->persona, atomic32_load(&parent->persona));
	lp->brk_start = parent->brk_start;
	lp->brk_end = parent->brk_end;
	lp->stack_start = parent->stack_start;
	lp->args_start = parent->args_start;
	lp->args_end = parent->args_end;
	lp->env_start = parent->env_start;
	lp->env_end = parent->env_end;
}

static int take_fs(struct lprocess *lp, struct lprocess *parent,
		   const struct clone_request *request)
{
	if (!parent || !request)
		return lfs_create(&lp->fs);
	if (!(request->flags & LINUX_CLONE_FS))
		return lfs_copy(parent->fs, &lp->fs);
	lfs_get(parent->fs);
	lp->fs = parent->fs;
	return 0;
}

static void drop_number(struct lprocess *lp)
{
	spin_lock(&ltree_lock);
	lpid_drop_locked(lp->pid);
	spin_unlock(&ltree_lock);
}

static void undo_parts(struct lprocess *lp, uint32_t count)
{
	while (count-- > 0) {
		if (linux_parts[count]->process_free)
			linux_parts[count]->process_free(lp);
	}
}

static int clone_parts(struct lprocess *lp, struct lprocess *parent,
		       const struct clone_request *request)
{
	int err = 0;

	for (uint32_t i = 0; i < linux_part_count; i++) {
		if (linux_parts[i]->process_clone)
			err = linux_parts[i]->process_clone(lp, parent, request);
		if (err) {
			undo_parts(lp, i);
			return err;
		}
	}
	return 0;
}

int lprocess_init(struct process *process, struct process *parent_process)
{
	struct lprocess *parent = parent_process ? lprocess_of(parent_process) : NULL;
	const struct clone_request *request = parent ? lthread_current()->clone : NULL;
	struct lprocess *lp = kmem_zalloc(sizeof(*lp));
	int err;

	if (!lp)
		return -ENOMEM;
	init_fields(lp, process, parent);
	err = lpid_alloc(request ? request->wanted_tid : 0, &lp->pid);
	if (err)
		goto out_free;
	lp->tgid = lp->pid->nr;
	err = take_fs(lp, parent, request);
	if (err)
		goto out_drop_number;
	err = clone_parts(lp, parent, request);
	if (err)
		goto out_put_fs;
	process->personality_data = lp;
	return 0;

out_put_fs:
	lfs_put(lp->fs);
out_drop_number:
	drop_number(lp);
out_free:
	kmem_free(lp, sizeof(*lp));
	return err;
}

void lprocess_fini(struct process *process)
{
	struct lprocess *lp = lprocess_of(process);

	ASSERT(lp->state == LPROCESS_NEW || lp->state == LPROCESS_REAPED);
	undo_parts(lp, linux_part_count);
	lfs_put(lp->fs);
	drop_number(lp);
	kmem_free(lp, sizeof(*lp));
}

struct linux_rlimit lprocess_limit(struct lprocess *lp, uint32_t resource)
{
	struct linux_rlimit limit;

	ASSERT(resource < LINUX_RLIM_NLIMITS);
	spin_lock(&lp->limit_lock);
	limit = lp->limits[resource];
	spin_unlock(&lp->limit_lock);
	return limit;
}
