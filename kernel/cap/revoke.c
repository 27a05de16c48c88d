/*
 * Revocation. When grant_revoke() returns, no use of anything in its scope can
 * succeed, on any CPU, and none is going on. Three steps:
 *
 * 1. Death. The subtree is walked depth first, a node at a time under the tree's
 *    lock: mark it dead, go to its oldest child; a node without children undoes
 *    its dependents (mappings), leaves its parent's list, and the walk goes up.
 *    No recursion, no list of what is to be done: between two steps the walk
 *    holds a reference to one node, and that node holds its ancestors. The lock is
 *    free between steps, so others get on, and this thread can be preempted.
 *
 *    Nothing escapes: a dead node gets no child (grant_mint() looks under the
 *    same lock), so when a node has no children left it stays so. Others may
 *    walk the same subtree meanwhile; a node that they took out of the list is
 *    done with, dependents included, because a node leaves only afterwards.
 *
 * 2. Barrier. A look-up stores the grant among its thread's active ones and then
 *    loads is_dead. The processor may do the load first:
 *
 *	look-up				revocation
 *	load is_dead: 0
 *					store is_dead: 1
 *					look at active: nothing
 *	store active, use it
 *
 *    So between the store and the look every CPU takes an interrupt. If a look-up
 *    stored before the interrupt, the look sees it. If not, its load, which it
 *    does after the store, comes after the interrupt and sees the death. A thread
 *    that does not run has been through a switch since, which orders as much. So
 *    look-ups, of which there are millions, need no barrier.
 *
 * 3. Letting go. Threads with a dead active grant are interrupted and waited
 *    for (use.c).
 *
 * For descendants only, the walk takes those that were there when it began: the
 * top stays alive, and could be given new children for ever.
 */
#include "kernel/cap/cap_impl.h"
#include "kernel/core/assert.h"
#include "kernel/lib/list.h"
#include "kernel/sched/thread.h"

enum step {
	STEP_MOVED, /* *cur is another node, to which the walk's reference went */
	STEP_UNDO,  /* *cur has dependents to be undone, or somebody undoes them */
	STEP_DONE,  /* *cur is the top and has nothing left below */
};

/* The oldest child that somebody refers to, with a reference; NULL if there is none. */
static struct grant *first_child_locked(struct grant *grant, uint64_t last_id)
{
	struct list_node *node;
	struct grant *child;

	while ((node = list_first(&grant->children)) != NULL) {
		child = list_entry(node, struct grant, sibling);
		if (child->reg.id > last_id)
			return NULL;
		if (refcount_get_unless_zero(&child->reg.refs))
			return child;
		/* Its last reference is gone; it is about to do this itself. */
		list_remove(node);
	}
	return NULL;
}

static enum step step_locked(struct grant **cur, const struct grant *top, uint64_t last_id)
{
	struct grant *grant = *cur;
	struct grant *child = first_child_locked(grant, grant == top ? last_id : UINT64_MAX);

	if (child) {
		WRITE_ONCE(child->is_dead, 1);
		*cur = child;
		return STEP_MOVED;
	}
	if (grant->is_dead && (!list_is_empty(&grant->dependents) || grant->running > 0))
		return STEP_UNDO;
	if (grant->is_dead)
		list_remove(&grant->sibling);
	if (grant == top)
		return STEP_DONE;
	grant_get(grant->parent);
	*cur = grant->parent;
	return STEP_MOVED;
}

static struct grant_dependent *pop_dependent(struct grant *grant)
{
	struct grant *root = grant->root;
	struct grant_dependent *dep = NULL;
	struct list_node *node;

	spin_lock(&root->lock);
	node = list_pop_front(&grant->dependents);
	if (node) {
		dep = list_entry(node, struct grant_dependent, node);
		grant->running++;
		dep->ops->pin(dep);
	}
	spin_unlock(&root->lock);
	return dep;
}

static void finish_dependent(struct grant *grant)
{
	struct grant *root = grant->root;
	uint32_t running;

	spin_lock(&root->lock);
	running = --grant->running;
	spin_unlock(&root->lock);
	if (running == 0)
		use_announce();
}

/* Also waits for those that another revocation has begun to undo. */
static void undo_dependents(struct grant *grant)
{
	struct grant_dependent *dep;

	while ((dep = pop_dependent(grant)) != NULL) {
		dep->ops->revoked(dep);
		finish_dependent(grant);
	}
	use_wait_zero(&grant->running);
}

static void kill_subtree(struct grant *top, uint64_t last_id)
{
	struct grant *root = top->root;
	struct grant *cur = top;
	struct grant *before;
	enum step step;

	grant_get(top);
	do {
		before = cur;
		spin_lock(&root->lock);
		step = step_locked(&cur, top, last_id);
		spin_unlock(&root->lock);
		if (step == STEP_UNDO)
			undo_dependents(cur);
		else if (step == STEP_MOVED)
			grant_put(before);
	} while (step != STEP_DONE);
	grant_put(top);
}

void grant_revoke(struct grant *grant, enum revoke_scope scope)
{
	struct grant *root = grant->root;
	uint64_t last_id = UINT64_MAX;

	/* Others count on what is begun here being finished. */
	thread_contain_disable();
	if (scope == REVOKE_SELF) {
		spin_lock(&root->lock);
		WRITE_ONCE(grant->is_dead, 1);
		spin_unlock(&root->lock);
	} else {
		last_id = grant_last_id();
	}
	kill_subtree(grant, last_id);
	use_wait_revoked();
	thread_contain_enable();
}
