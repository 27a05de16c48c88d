/*
 * Real-time class: a list for each priority and a bitmap of those in use.
 *
 * The running thread stays at the head of its list, so a thread that a higher
 * one interrupts goes on before its equals, as FIFO demands.
 */
#include "kernel/sched/rt.h"

#include "kernel/core/assert.h"
#include "kernel/lib/compiler.h"

void rt_queue_init(struct rt_queue *q)
{
	for (size_t i = 0; i < ARRAY_SIZE(q->bitmap); i++)
		q->bitmap[i] = 0;
	for (size_t i = 0; i < ARRAY_SIZE(q->lists); i++)
		list_init(&q->lists[i]);
	q->count = 0;
}

void rt_entity_init(struct rt_entity *se)
{
	list_init(&se->node);
	se->prio = RT_PRIO_MIN;
	se->is_rr = false;
	se->slice_left = RT_RR_SLICE_NS;
}

void rt_enqueue(struct rt_queue *q, struct rt_entity *se)
{
	DEBUG_ASSERT(!list_is_linked(&se->node));
	ASSERT(se->prio >= RT_PRIO_MIN && se->prio <= RT_PRIO_MAX);
	list_push_back(&q->lists[se->prio], &se->node);
	bitmap_set(q->bitmap, se->prio);
	q->count++;
}

void rt_dequeue(struct rt_queue *q, struct rt_entity *se)
{
	DEBUG_ASSERT(list_is_linked(&se->node));
	list_remove(&se->node);
	if (list_is_empty(&q->lists[se->prio]))
		bitmap_clear(q->bitmap, se->prio);
	q->count--;
}

struct rt_entity *rt_pick(const struct rt_queue *q)
{
	for (size_t i = ARRAY_SIZE(q->bitmap); i-- > 0;) {
		if (q->bitmap[i])
			return list_first_entry(&q->lists[i * 64 + ilog2(q->bitmap[i])],
						struct rt_entity, node);
	}
	return NULL;
}

void rt_rotate(struct rt_queue *q, struct rt_entity *se)
{
	list_remove(&se->node);
	list_push_back(&q->lists[se->prio], &se->node);
	se->slice_left = RT_RR_SLICE_NS;
}

bool rt_charge(struct rt_queue *q, struct rt_entity *se, ktime_t delta)
{
	if (!se->is_rr)
		return false;
	se->slice_left -= delta;
	if (se->slice_left > 0)
		return false;
	rt_rotate(q, se);
	return true;
}

bool rt_takes_turns(const struct rt_queue *q, const struct rt_entity *se)
{
	const struct list_node *head = &q->lists[se->prio];

	return se->is_rr && head->next->next != head;
}
