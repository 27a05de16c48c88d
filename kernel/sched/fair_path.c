#include "kernel/sched/fair_path.h"

#include "kernel/core/assert.h"

void fair_path_enqueue(struct fair_entity *se, ktime_t now)
{
	for (; se; se = se->parent) {
		fair_enqueue(se->queue, se, now);
		if (se->queue->count > 1)
			return;
	}
}

void fair_path_dequeue(struct fair_entity *se, ktime_t now)
{
	for (; se; se = se->parent) {
		fair_dequeue(se->queue, se, now);
		if (se->queue->count > 0)
			return;
	}
}

struct fair_entity *fair_path_pick(const struct fair_queue *root)
{
	const struct fair_queue *fq = root;
	struct fair_entity *se;

	/* A group is queued only while it has somebody, so no level is empty. */
	do {
		se = fair_pick(fq);
		if (!se)
			return NULL;
		fq = se->members;
	} while (fq);
	return se;
}

/* Nobody below this entity is current any more. */
static void clear_below(const struct fair_entity *se)
{
	while (se && se->members) {
		struct fair_queue *fq = se->members;

		se = fq->current;
		fair_set_current(fq, NULL);
	}
}

void fair_path_set_current(struct fair_queue *root, struct fair_entity *se)
{
	struct fair_entity *top = se;

	if (!se) {
		clear_below(root->current);
		fair_set_current(root, NULL);
		return;
	}
	/* Up to where the old path and the new one meet: from there on they agree. */
	while (top->parent && top->parent->queue->current != top->parent)
		top = top->parent;
	if (top->queue->current != top)
		clear_below(top->queue->current);
	for (; se != top; se = se->parent)
		fair_set_current(se->queue, se);
	fair_set_current(top->queue, top);
}

bool fair_path_charge(struct fair_queue *root, ktime_t delta)
{
	struct fair_queue *fq = root;
	bool is_served = false;

	while (fq && fq->current) {
		is_served |= fair_charge(fq, delta);
		fq = fq->current->members;
	}
	return is_served;
}

/* The highest level at which the two paths differ decides. */
bool fair_path_preempts(const struct fair_entity *se)
{
	const struct fair_entity *differs = NULL;

	for (; se; se = se->parent) {
		if (se->queue->current != se)
			differs = se;
	}
	return differs && fair_preempts(differs->queue, differs);
}

ktime_t fair_path_time_left(const struct fair_queue *root)
{
	ktime_t left = FAIR_SLICE_NS;

	for (const struct fair_queue *fq = root; fq && fq->current; fq = fq->current->members) {
		/* Who is alone has no turn that could end. */
		if (fq->count > 1)
			left = MIN(left, fair_time_left(fq));
	}
	return left;
}

void fair_path_reweight(struct fair_entity *se, uint32_t weight, ktime_t now)
{
	bool is_current = se->queue && se->queue->current == se;
	bool is_queued = is_current || rb_is_linked(&se->node);

	if (se->weight == weight)
		return;
	if (is_queued)
		fair_dequeue(se->queue, se, now);
	fair_set_weight(se, weight);
	if (is_queued)
		fair_enqueue(se->queue, se, now);
	if (is_current)
		fair_set_current(se->queue, se);
}

void fair_path_yield(struct fair_queue *root)
{
	struct fair_queue *fq = root;

	while (fq->current && fq->current->members)
		fq = fq->current->members;
	fair_yield(fq);
}
