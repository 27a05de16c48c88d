/*
 * Threads of Linux processes: their making and their end, as the kernel tells of it.
 *
 * What a clone asked for is found at the thread that makes it, for the kernel's own
 * functions do not pass it through.
 */
#include "compat/linux/process/lthread.h"

#include "compat/linux/personality.h"
#include "compat/linux/process/creds.h"
#include "compat/linux/process/exit.h"
#include "compat/linux/process/parts.h"
#include "compat/linux/process/tree.h"
#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"
#include "kernel/task/process.h"

#define DEFAULT_SLACK_NS 50000u

bool lthread_is_leader(const struct lthread *lt)
{
	return lt->tid == lt->process->tgid;
}

/* The one that clones, if the kernel makes the thread for a clone. */
static struct lthread *cloning_thread(struct uthread *parent)
{
	struct lthread *lt;

	if (!parent || parent->process->personality != &linux_personality_ops)
		return NULL;
	lt = lthread_of(parent);
	return lt->clone ? lt : NULL;
}

static int take_number(struct lthread *lt, const struct clone_request *request)
{
	bool is_thread = request && (request->flags & LINUX_CLONE_THREAD);

	if (is_thread)
		return lpid_alloc(request->wanted_tid, &lt->pid);
	/* The first thread of a process has the process's number. */
	spin_lock(&ltree_lock);
	lt->pid = lt->process->pid;
	lpid_use_locked(lt->pid);
	spin_unlock(&ltree_lock);
	return 0;
}

static void drop_number(struct lthread *lt)
{
	spin_lock(&ltree_lock);
	lpid_drop_locked(lt->pid);
	lt->pid = NULL;
	spin_unlock(&ltree_lock);
}

static int take_cred(struct lthread *lt, const struct lthread *parent)
{
	if (!parent)
		return lcred_create_root(&lt->cred);
	lcred_get(parent->cred);
	lt->cred = parent->cred;
	return 0;
}

static void copy_plain(struct lthread *lt, const struct lthread *parent)
{
	lt->timer_slack_ns = parent ? parent->timer_slack_ns : DEFAULT_SLACK_NS;
	lt->default_slack_ns = lt->timer_slack_ns;
	if (!parent) {
		(void)strlcpy(lt->name, lt->ut->process->name, sizeof(lt->name));
		return;
	}
	lt->has_no_new_privs = parent->has_no_new_privs;
	spin_lock(&ltree_lock);
	memcpy(lt->name, parent->name, sizeof(lt->name));
	lt->sched_policy = parent->sched_policy;
	lt->nice = parent->nice;
	lt->has_sched_reset = parent->has_sched_reset;
	spin_unlock(&ltree_lock);
}

static void undo_parts(struct lthread *lt, uint32_t count)
{
	while (count-- > 0) {
		if (linux_parts[count]->thread_free)
			linux_parts[count]->thread_free(lt);
	}
}

static int clone_parts(struct lthread *lt, struct lthread *parent,
		       const struct clone_request *request)
{
	int err = 0;

	for (uint32_t i = 0; i < linux_part_count; i++) {
		if (linux_parts[i]->thread_clone)
			err = linux_parts[i]->thread_clone(lt, parent, request);
		if (err) {
			undo_parts(lt, i);
			return err;
		}
	}
	return 0;
}

int lthread_init(struct uthread *ut, struct uthread *parent)
{
	struct lthread *from = cloning_thread(parent);
	const struct clone_request *request = from ? from->clone : NULL;
	struct lthread *lt = kmem_zalloc(sizeof(*lt));
	int err;

	if (!lt)
		return -ENOMEM;
	lt->ut = ut;
	lt->process = lprocess_of(ut->process);
	list_init(&lt->node);
	copy_plain(lt, from);
	err = take_cred(lt, from);
	if (err)
		goto out_free;
	err = take_number(lt, request);
	if (err)
		goto out_put_cred;
	lt->tid = lt->pid->nr;
	call_thread_init(&lt->call, lt->tid);
	err = clone_parts(lt, from, request);
	if (err)
		goto out_drop_number;
	ut->personality_data = lt;
	return 0;

out_drop_number:
	drop_number(lt);
out_put_cred:
	lcred_put(lt->cred);
out_free:
	kmem_free(lt, sizeof(*lt));
	return err;
}

/* What others wait for on an exiting thread's memory: CLONE_CHILD_CLEARTID. */
static void clear_tid_word(struct lthread *lt)
{
	if (user_ptr_is_null(lt->clear_child_tid))
		return;
	if (clear_user(lt->clear_child_tid, sizeof(uint32_t)))
		return;
	if (linux_hooks.futex_wake)
		linux_hooks.futex_wake(lt->clear_child_tid);
}

void lthread_exit(struct uthread *ut)
{
	struct lthread *lt = lthread_of(ut);

	if (ut != uthread_current()) {
		drop_number(lt);
		return;
	}
	for (uint32_t i = linux_part_count; i-- > 0;) {
		if (linux_parts[i]->thread_exit)
			linux_parts[i]->thread_exit(lt);
	}
	clear_tid_word(lt);
	lexit_thread(lt);
}

void lthread_fini(struct uthread *ut)
{
	struct lthread *lt = lthread_of(ut);

	ASSERT(!lt->pid);
	undo_parts(lt, linux_part_count);
	lcred_put(lt->cred);
	kmem_free(lt, sizeof(*lt));
}
