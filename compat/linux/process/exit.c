/*
 * The end of processes and threads: exit(2), _exit(2), orphans.
 *
 *	last thread gone	lprocess_exit(): the memory is still there. Children get
 *				another parent, vfork(2)'s wait is over
 *	everything is freed	lprocess_dead(): a zombie; its parent is told
 *	the parent has waited	lprocess_reap_locked()
 *
 * A parent is told only when all is freed, so that what it finds then (pipes closed,
 * memory free) is as after wait(2) on Linux.
 */
#include "compat/linux/process/exit.h"

#include "compat/linux/process/parts.h"
#include "compat/linux/process/tree.h"
#include "compat/linux/process/usage.h"
#include "compat/linux/syscall/syscall_proto.h"
#include "compat/linux/uapi/signal.h"
#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/vm/vmspace.h"

/* Zombies that nobody wants, reaped in one hold of the lock. */
#define REAP_BATCH 16u

/* --- A thread --- */

static void send_death_signals_locked(struct lprocess *parent, int32_t tid) REQUIRES(&ltree_lock);

/* PR_SET_PDEATHSIG of the children that the thread has made. */
static void send_death_signals_locked(struct lprocess *parent, int32_t tid)
{
	if (!linux_hooks.send_process)
		return;
	list_for_each (node, &parent->children) {
		struct lprocess *child = container_of(node, struct lprocess, sibling_node);

		if (child->parent_tid != tid || child->state != LPROCESS_ALIVE)
			continue;
		child->parent_tid = parent->tgid;
		list_for_each (thread_node, &child->threads) {
			int32_t signal = container_of(thread_node, struct lthread, node)
						 ->parent_death_signal;

			if (signal)
				linux_hooks.send_process(child, signal);
		}
	}
}

void lexit_thread(struct lthread *lt)
{
	struct lprocess *lp = lt->process;

	spin_lock(&ltree_lock);
	usage_add_thread(&lp->dead_threads, lt->ut->thread);
	if (lthread_is_leader(lt))
		lp->leader_status = lt->exit_status;
	send_death_signals_locked(lp, lt->tid);
	list_remove(&lt->node);
	lp->thread_count--;
	/* An exec may have given the number to another. */
	if (lt->pid->thread == lt)
		lt->pid->thread = NULL;
	lpid_drop_locked(lt->pid);
	lt->pid = NULL;
	spin_unlock(&ltree_lock);
}

/* --- Orphans --- */

/* Nearest ancestor that takes in orphans, else the first process; NULL: nobody. */
static struct lprocess *find_new_parent_locked(struct lprocess *lp) REQUIRES(&ltree_lock);

static struct lprocess *find_new_parent_locked(struct lprocess *lp)
{
	const struct lpid *first = lpid_find_locked(1);
	struct lprocess *up = lp->has_subreaper ? lp->parent : NULL;

	for (; up; up = up->has_subreaper ? up->parent : NULL) {
		if (up->is_subreaper && up->state == LPROCESS_ALIVE)
			return up;
	}
	if (!first || first->process == lp || !first->process)
		return NULL;
	return first->process->state == LPROCESS_ALIVE ? first->process : NULL;
}

/* SIGHUP and SIGCONT to the stopped members of a group that nobody can continue now. */
static void check_orphaned_group_locked(struct lpid *group) REQUIRES(&ltree_lock);

static void check_orphaned_group_locked(struct lpid *group)
{
	bool has_stopped = false;

	if (!group || !linux_hooks.is_stopped || !linux_hooks.send_process ||
	    !lpgrp_is_orphaned_locked(group))
		return;
	list_for_each (node, &group->group_members) {
		if (linux_hooks.is_stopped(container_of(node, struct lprocess, group_node)))
			has_stopped = true;
	}
	if (!has_stopped)
		return;
	list_for_each (node, &group->group_members) {
		struct lprocess *lp = container_of(node, struct lprocess, group_node);

		linux_hooks.send_process(lp, LINUX_SIGHUP);
		linux_hooks.send_process(lp, LINUX_SIGCONT);
	}
}

/* Tells the parent; true: it wants no zombie, so the caller reaps. */
static bool announce_end_locked(struct lprocess *lp) REQUIRES(&ltree_lock);

static bool announce_end_locked(struct lprocess *lp)
{
	struct linux_siginfo info;
	bool is_unwanted = false;

	if (!lp->parent)
		return true;
	if (lp->exit_signal && linux_hooks.notify_parent) {
		usage_fill_child_info(lp, lprocess_end_status(lp), &info);
		is_unwanted = linux_hooks.notify_parent(lp->parent, &info);
	}
	waitq_wake_all(&lp->parent->child_wait);
	return is_unwanted;
}

/* One child gets the new parent; true: it is reaped, and the caller puts a reference. */
static bool move_child_locked(struct lprocess *child, struct lprocess *to) REQUIRES(&ltree_lock);

static bool move_child_locked(struct lprocess *child, struct lprocess *to)
{
	list_remove(&child->sibling_node);
	child->parent = to;
	child->exit_signal = LINUX_SIGCHLD;
	if (to) {
		child->parent_tid = to->tgid;
		list_push_back(&to->children, &child->sibling_node);
	}
	if (child->state == LPROCESS_ZOMBIE && announce_end_locked(child)) {
		lprocess_reap_locked(child);
		return true;
	}
	/* Without a parent nobody holds the reference that a parent has. */
	return to == NULL;
}

/* True: there are more. The batch is for the caller to put. */
static bool move_some_children(struct lprocess *lp, struct lprocess **batch, uint32_t *count)
{
	bool has_more;

	*count = 0;
	spin_lock(&ltree_lock);
	for (uint32_t i = 0; i < REAP_BATCH && !list_is_empty(&lp->children); i++) {
		struct lprocess *child =
			list_first_entry(&lp->children, struct lprocess, sibling_node);
		struct lpid *group = child->group;

		if (group)
			lpid_use_locked(group);
		if (move_child_locked(child, find_new_parent_locked(lp)))
			batch[(*count)++] = child;
		if (group) {
			check_orphaned_group_locked(group);
			lpid_drop_locked(group);
		}
	}
	has_more = !list_is_empty(&lp->children);
	spin_unlock(&ltree_lock);
	return has_more;
}

static void give_children_away(struct lprocess *lp)
{
	struct lprocess *batch[REAP_BATCH];
	uint32_t count;
	bool has_more = true;

	while (has_more) {
		has_more = move_some_children(lp, batch, &count);
		while (count > 0)
			lprocess_put(batch[--count]);
	}
}

/* --- A process --- */

void lprocess_release_vfork(struct lprocess *lp)
{
	spin_lock(&ltree_lock);
	if (lp->vfork) {
		lp->vfork->is_done = true;
		waitq_wake_all(&lp->vfork->wait);
		lp->vfork = NULL;
	}
	spin_unlock(&ltree_lock);
}

static void note_memory_usage(struct lprocess *lp)
{
	struct vmspace *space = process_get_space(lp->process);
	struct vmspace_stats stats;

	if (!space)
		return;
	vmspace_get_stats(space, &stats);
	vmspace_put(space);
	spin_lock(&ltree_lock);
	lp->dead_threads.max_resident_pages =
		MAX(lp->dead_threads.max_resident_pages, stats.peak_pages);
	lp->dead_threads.faults += stats.faults;
	spin_unlock(&ltree_lock);
}

void lprocess_exit(struct process *process)
{
	struct lprocess *lp = lprocess_of(process);
	bool was_alive;

	spin_lock(&ltree_lock);
	was_alive = lp->state == LPROCESS_ALIVE;
	if (was_alive)
		lp->state = LPROCESS_ENDING;
	spin_unlock(&ltree_lock);
	for (uint32_t i = linux_part_count; i-- > 0;) {
		if (linux_parts[i]->process_exit)
			linux_parts[i]->process_exit(lp);
	}
	if (!was_alive)
		return;
	note_memory_usage(lp);
	lprocess_release_vfork(lp);
	give_children_away(lp);
}

int32_t lprocess_end_status(struct lprocess *lp)
{
	struct process_status status = {.end = PROCESS_KILLED};

	(void)process_get_state(lp->process, &status);
	if (status.end == PROCESS_EXITED || status.end == PROCESS_KILLED) {
		if (lp->is_group_exiting)
			return lp->group_status;
		if (status.end == PROCESS_EXITED)
			return lp->leader_status;
	}
	return LINUX_SIGKILL;
}

void lprocess_dead(struct process *process)
{
	struct lprocess *lp = lprocess_of(process);
	bool has_parent = false;
	bool is_reaped = false;

	spin_lock(&ltree_lock);
	if (lp->state == LPROCESS_ENDING) {
		lp->state = LPROCESS_ZOMBIE;
		has_parent = lp->parent != NULL;
		check_orphaned_group_locked(lp->group);
		is_reaped = announce_end_locked(lp);
	}
	if (is_reaped)
		lprocess_reap_locked(lp);
	spin_unlock(&ltree_lock);
	if (has_parent && is_reaped)
		lprocess_put(lp);
}

void lprocess_kill(struct lprocess *lp, int32_t status)
{
	struct process_status end = {.end = PROCESS_EXITED, .code = status >> 8 & 0xff};

	if (status & 0x7f)
		end = (struct process_status){.end = PROCESS_KILLED, .code = status & 0x7f};
	spin_lock(&ltree_lock);
	if (!lp->is_group_exiting && process_get_state(lp->process, NULL) == PROCESS_RUNNING) {
		lp->is_group_exiting = true;
		lp->group_status = status;
	}
	spin_unlock(&ltree_lock);
	process_kill(lp->process, end);
}

void lprocess_exit_group(struct lthread *lt, int32_t status)
{
	lprocess_kill(lt->process, status);
	uthread_exit();
}

/* --- Stops, for job control --- */

static void note_change_locked(struct lprocess *lp, int32_t code, int32_t signal)
	REQUIRES(&ltree_lock);

static void note_change_locked(struct lprocess *lp, int32_t code, int32_t signal)
{
	struct linux_siginfo info;

	if (!lp->parent)
		return;
	usage_fill_child_info(lp, 0, &info);
	info.signo = LINUX_SIGCHLD;
	info.code = code;
	info.child.status = signal;
	if (linux_hooks.notify_parent)
		(void)linux_hooks.notify_parent(lp->parent, &info);
	waitq_wake_all(&lp->parent->child_wait);
}

void lprocess_note_stopped(struct lprocess *lp, int32_t signal)
{
	spin_lock(&ltree_lock);
	lp->stop_signal = signal;
	lp->was_continued = false;
	note_change_locked(lp, LINUX_CLD_STOPPED, signal);
	spin_unlock(&ltree_lock);
}

void lprocess_note_continued(struct lprocess *lp)
{
	spin_lock(&ltree_lock);
	lp->stop_signal = 0;
	lp->was_continued = true;
	note_change_locked(lp, LINUX_CLD_CONTINUED, LINUX_SIGCONT);
	spin_unlock(&ltree_lock);
}

/* --- Calls --- */

int64_t linux_exit(struct lthread *lt, int32_t code)
{
	struct lprocess *lp = lt->process;
	bool is_alone;

	lt->exit_status = (code & 0xff) << 8;
	spin_lock(&ltree_lock);
	is_alone = lp->thread_count == 1;
	spin_unlock(&ltree_lock);
	if (is_alone && lthread_is_leader(lt))
		lprocess_exit_group(lt, lt->exit_status);
	uthread_exit();
}

int64_t linux_exit_group(struct lthread *lt, int32_t code)
{
	lprocess_exit_group(lt, (code & 0xff) << 8);
}
