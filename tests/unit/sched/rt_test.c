#include "kernel/sched/rt.h"

#include "tests/unit/unit.h"

#define ENTITIES 300

static struct rt_queue queue;
static struct rt_entity entities[ENTITIES];

static struct rt_entity *add(size_t i, uint32_t prio, bool is_rr)
{
	rt_entity_init(&entities[i]);
	entities[i].prio = prio;
	entities[i].is_rr = is_rr;
	rt_enqueue(&queue, &entities[i]);
	return &entities[i];
}

static void highest_first_then_oldest(void **state)
{
	uint64_t seed = 3;
	uint32_t last_prio = RT_PRIO_MAX;
	struct rt_entity *last = NULL, *se;

	(void)state;
	rt_queue_init(&queue);
	assert_null(rt_pick(&queue));
	for (size_t i = 0; i < ENTITIES; i++)
		add(i, 1 + (uint32_t)test_random(&seed, RT_PRIO_MAX), false);
	assert_int_equal(queue.count, ENTITIES);
	while ((se = rt_pick(&queue)) != NULL) {
		assert_true(se->prio <= last_prio);
		if (last && se->prio == last_prio)
			assert_true(se > last);
		last_prio = se->prio;
		last = se;
		rt_dequeue(&queue, se);
	}
	assert_int_equal(queue.count, 0);
}

static void fifo_runs_until_it_leaves(void **state)
{
	struct rt_entity *a, *b;

	(void)state;
	rt_queue_init(&queue);
	a = add(0, 10, false);
	b = add(1, 10, true);
	assert_false(rt_charge(&queue, a, 10 * NSEC_PER_SEC));
	assert_ptr_equal(rt_pick(&queue), a);
	assert_false(rt_takes_turns(&queue, a));
	rt_dequeue(&queue, a);
	assert_ptr_equal(rt_pick(&queue), b);
}

static void round_robin_takes_turns(void **state)
{
	struct rt_entity *a, *b, *c;

	(void)state;
	rt_queue_init(&queue);
	a = add(0, 10, true);
	assert_false(rt_takes_turns(&queue, a));
	b = add(1, 10, true);
	c = add(2, 10, true);
	assert_true(rt_takes_turns(&queue, a));
	assert_false(rt_charge(&queue, a, RT_RR_SLICE_NS - 1));
	assert_ptr_equal(rt_pick(&queue), a);
	assert_true(rt_charge(&queue, a, 1));
	assert_ptr_equal(rt_pick(&queue), b);
	assert_true(rt_charge(&queue, b, RT_RR_SLICE_NS));
	assert_ptr_equal(rt_pick(&queue), c);
	rt_rotate(&queue, c);
	assert_ptr_equal(rt_pick(&queue), a);
	assert_int_equal(a->slice_left, RT_RR_SLICE_NS);
}

static void interrupted_one_keeps_its_place(void **state)
{
	struct rt_entity *low, *equal, *high;

	(void)state;
	rt_queue_init(&queue);
	low = add(0, 10, false);
	equal = add(1, 10, false);
	high = add(2, 99, false);
	assert_ptr_equal(rt_pick(&queue), high);
	rt_dequeue(&queue, high);
	assert_ptr_equal(rt_pick(&queue), low);
	rt_dequeue(&queue, low);
	assert_ptr_equal(rt_pick(&queue), equal);
}

static const struct CMUnitTest tests[] = {
	TEST(highest_first_then_oldest, "the highest priority is first, the oldest among equals"),
	TEST(fifo_runs_until_it_leaves, "a FIFO thread runs until it leaves"),
	TEST(round_robin_takes_turns, "round-robin threads take turns of one slice"),
	TEST(interrupted_one_keeps_its_place, "an interrupted thread goes on before its equals"),
};

int main(void)
{
	return RUN_TESTS("rt");
}
