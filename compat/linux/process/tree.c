#include "compat/linux/process/tree.h"

#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/idmap.h"
#include "kernel/mm/slab.h"

/* Where numbers begin again when they have reached the end: those below are init's time's. */
#define FIRST_AGAIN 300u

static void *alloc_node(void *ctx UNUSED, size_t size)
{
	return kmem_zalloc(size);
}

static void free_node(void *ctx UNUSED, void *mem, size_t size)
{
	kmem_free(mem, size);
}

static const struct idmap_memory node_memory = {.alloc = alloc_node, .free = free_node};

struct spinlock ltree_lock = SPINLOCK_INIT(LOCK_LINUX_TREE);
static struct idmap numbers GUARDED_BY(&ltree_lock) = {.limit = LPID_MAX, .memory = &node_memory};
static uint32_t last_number GUARDED_BY(&ltree_lock);

/* --- Numbers --- */

static int take_number_locked(uint32_t wanted, struct lpid *pid, uint32_t *out)
	REQUIRES(&ltree_lock);

static int take_number_locked(uint32_t wanted, struct lpid *pid, uint32_t *out)
{
	int err;

	if (wanted) {
		*out = wanted;
		return idmap_insert(&numbers, wanted, pid);
	}
	err = idmap_alloc(&numbers, last_number + 1, pid, out);
	if (err == -ENOSPC)
		err = idmap_alloc(&numbers, FIRST_AGAIN, pid, out);
	if (!err)
		last_number = *out;
	return err == -ENOSPC ? -EAGAIN : err;
}

int lpid_alloc(int32_t wanted, struct lpid **out)
{
	struct lpid *pid = kmem_zalloc(sizeof(*pid));
	uint32_t nr;
	int err;

	if (!pid)
		return -ENOMEM;
	pid->use_count = 1;
	list_init(&pid->group_members);
	list_init(&pid->session_members);
	spin_lock(&ltree_lock);
	err = take_number_locked((uint32_t)wanted, pid, &nr);
	if (!err)
		pid->nr = (int32_t)nr;
	spin_unlock(&ltree_lock);
	if (err) {
		kmem_free(pid, sizeof(*pid));
		return err;
	}
	*out = pid;
	return 0;
}

void lpid_use_locked(struct lpid *pid)
{
	pid->use_count++;
}

void lpid_drop_locked(struct lpid *pid)
{
	ASSERT(pid->use_count > 0);
	if (--pid->use_count > 0)
		return;
	(void)idmap_remove(&numbers, (uint32_t)pid->nr);
	kmem_free(pid, sizeof(*pid));
}

uint32_t lpid_count(void)
{
	uint32_t count;

	spin_lock(&ltree_lock);
	count = numbers.count;
	spin_unlock(&ltree_lock);
	return count;
}

/* --- Finding --- */

struct lpid *lpid_find_locked(int32_t nr)
{
	return nr > 0 ? idmap_find(&numbers, (uint32_t)nr) : NULL;
}

struct lprocess *lprocess_lookup(int32_t tgid)
{
	struct lprocess *lp = NULL;
	struct lpid *pid;

	spin_lock(&ltree_lock);
	pid = lpid_find_locked(tgid);
	if (pid)
		lp = pid->process;
	if (lp)
		lprocess_get(lp);
	spin_unlock(&ltree_lock);
	return lp;
}

struct lthread *lthread_lookup(int32_t tid)
{
	struct lthread *lt = NULL;
	struct lpid *pid;

	spin_lock(&ltree_lock);
	pid = lpid_find_locked(tid);
	if (pid)
		lt = pid->thread;
	if (lt)
		uthread_get(lt->ut);
	spin_unlock(&ltree_lock);
	return lt;
}

struct lprocess *lprocess_next_locked(int32_t *nr)
{
	uint32_t id = (uint32_t)*nr + 1;
	struct lpid *pid = idmap_next(&numbers, &id);

	while (pid && !pid->process) {
		id++;
		pid = idmap_next(&numbers, &id);
	}
	if (!pid)
		return NULL;
	*nr = (int32_t)id;
	return pid->process;
}

/* --- Groups and sessions --- */

void lprocess_set_group_locked(struct lprocess *lp, struct lpid *group)
{
	if (group)
		lpid_use_locked(group);
	list_remove(&lp->group_node);
	if (lp->group)
		lpid_drop_locked(lp->group);
	lp->group = group;
	if (group)
		list_push_back(&group->group_members, &lp->group_node);
}

static void set_only_session_locked(struct lprocess *lp, struct lpid *session)
	REQUIRES(&ltree_lock);

static void set_only_session_locked(struct lprocess *lp, struct lpid *session)
{
	if (session)
		lpid_use_locked(session);
	list_remove(&lp->session_node);
	if (lp->session)
		lpid_drop_locked(lp->session);
	lp->session = session;
	if (session)
		list_push_back(&session->session_members, &lp->session_node);
}

void lprocess_set_session_locked(struct lprocess *lp, struct lpid *pid)
{
	set_only_session_locked(lp, pid);
	lprocess_set_group_locked(lp, pid);
}

bool lpgrp_is_orphaned_locked(struct lpid *group)
{
	list_for_each (node, &group->group_members) {
		const struct lprocess *lp = container_of(node, struct lprocess, group_node);
		const struct lprocess *parent = lp->parent;

		if (lp->state != LPROCESS_ALIVE || !parent || parent->tgid == 1)
			continue;
		if (parent->group != group && parent->session == lp->session)
			return false;
	}
	return true;
}

/* --- A process comes and goes --- */

void lprocess_publish_locked(struct lprocess *lp, struct lprocess *parent,
			     const struct lprocess *maker)
{
	lp->state = LPROCESS_ALIVE;
	lp->parent = parent;
	lp->pid->process = lp;
	lpid_use_locked(lp->pid);
	if (!parent)
		return;
	lprocess_get(lp);
	list_push_back(&parent->children, &lp->sibling_node);
	lp->has_subreaper = parent->is_subreaper || parent->has_subreaper;
	set_only_session_locked(lp, maker->session);
	lprocess_set_group_locked(lp, maker->group);
}

void lthread_publish_locked(struct lthread *lt)
{
	lt->pid->thread = lt;
	list_push_back(&lt->process->threads, &lt->node);
	lt->process->thread_count++;
}

void lprocess_reap_locked(struct lprocess *lp)
{
	ASSERT(lp->state == LPROCESS_ZOMBIE);
	lp->state = LPROCESS_REAPED;
	list_remove(&lp->sibling_node);
	lprocess_set_group_locked(lp, NULL);
	set_only_session_locked(lp, NULL);
	lp->pid->process = NULL;
	lpid_drop_locked(lp->pid);
}
