/* Unit tests of kernel/sched/fair_path.c: fairness across groups, in simulated time. */
#include "kernel/sched/fair_path.h"

#include "tests/unit/unit.h"

#define STEP_NS (NSEC_PER_MSEC / 2)

struct actor {
	struct fair_entity se;
	uint64_t got_ns;
};

struct group {
	struct fair_entity se;
	struct fair_queue members;
};

static struct fair_queue root;
static ktime_t now;

static void init_root(void)
{
	fair_queue_init(&root);
	now = 0;
}

static void init_group(struct group *group, struct fair_queue *queue, struct fair_entity *parent,
		       uint32_t weight)
{
	fair_entity_init(&group->se);
	fair_queue_init(&group->members);
	fair_set_weight(&group->se, weight);
	group->se.members = &group->members;
	group->se.queue = queue;
	group->se.parent = parent;
}

static void add(struct actor *actor, struct group *group)
{
	fair_entity_init(&actor->se);
	actor->se.queue = group ? &group->members : &root;
	actor->se.parent = group ? &group->se : NULL;
	actor->got_ns = 0;
	fair_path_enqueue(&actor->se, now);
}

static void check_queue(struct fair_queue *fq)
{
	assert_true(fair_check(fq));
}

static void run(uint64_t steps)
{
	while (steps-- > 0) {
		struct fair_entity *se = fair_path_pick(&root);

		assert_non_null(se);
		fair_path_set_current(&root, se);
		(void)fair_path_charge(&root, STEP_NS);
		now += STEP_NS;
		((struct actor *)(void *)se)->got_ns += STEP_NS;
		check_queue(&root);
	}
}

static void assert_share(uint64_t got, uint64_t total, uint64_t part, uint64_t whole)
{
	uint64_t expected = total * part / whole;

	assert_in_range(got, expected - total / 100, expected + total / 100);
}

static void a_groups_share_does_not_depend_on_its_size(void **state UNUSED)
{
	struct group one, many;
	struct actor single, crowd[7];
	uint64_t steps = 20000, sum = 0;

	init_root();
	init_group(&one, &root, NULL, 1024);
	init_group(&many, &root, NULL, 1024);
	add(&single, &one);
	for (size_t i = 0; i < ARRAY_SIZE(crowd); i++)
		add(&crowd[i], &many);
	run(steps);
	for (size_t i = 0; i < ARRAY_SIZE(crowd); i++) {
		sum += crowd[i].got_ns;
		assert_share(crowd[i].got_ns, steps * STEP_NS, 1, 14);
	}
	assert_share(single.got_ns, steps * STEP_NS, 1, 2);
	assert_share(sum, steps * STEP_NS, 1, 2);
}

static void weights_multiply_down_the_tree(void **state UNUSED)
{
	struct group heavy, inner;
	struct actor a, b, c, d;
	uint64_t steps = 40000;

	init_root();
	init_group(&heavy, &root, NULL, 3 * 1024);
	init_group(&inner, &heavy.members, &heavy.se, 1024);
	add(&a, NULL);	 /* 1 of 4 */
	add(&b, &heavy); /* 1 of 2 of 3 of 4 */
	add(&c, &inner); /* the other half, halved */
	add(&d, &inner);
	run(steps);
	assert_share(a.got_ns, steps * STEP_NS, 1, 4);
	assert_share(b.got_ns, steps * STEP_NS, 3, 8);
	assert_share(c.got_ns, steps * STEP_NS, 3, 16);
	assert_share(d.got_ns, steps * STEP_NS, 3, 16);
	check_queue(&heavy.members);
	check_queue(&inner.members);
}

static void an_empty_group_is_in_no_queue(void **state UNUSED)
{
	struct group outer, inner;
	struct actor a, b;

	init_root();
	init_group(&outer, &root, NULL, 1024);
	init_group(&inner, &outer.members, &outer.se, 1024);
	add(&a, NULL);
	add(&b, &inner);
	assert_int_equal(root.count, 2);
	run(10);
	fair_path_dequeue(&b.se, now);
	assert_int_equal(root.count, 1);
	assert_int_equal(outer.members.count, 0);
	assert_ptr_equal(fair_path_pick(&root), &a.se);
	run(10);
	fair_path_enqueue(&b.se, now);
	assert_int_equal(root.count, 2);
	run(10);
	fair_path_dequeue(&b.se, now);
	fair_path_dequeue(&a.se, now);
	assert_null(fair_path_pick(&root));
	assert_null(root.current);
}

static void current_paths_never_overlap(void **state UNUSED)
{
	struct group g, h;
	struct actor a, b, c;

	init_root();
	init_group(&g, &root, NULL, 1024);
	init_group(&h, &root, NULL, 1024);
	add(&a, &g);
	add(&b, &g);
	add(&c, &h);
	fair_path_set_current(&root, &a.se);
	assert_ptr_equal(root.current, &g.se);
	assert_ptr_equal(g.members.current, &a.se);
	fair_path_set_current(&root, &b.se);
	assert_ptr_equal(g.members.current, &b.se);
	fair_path_set_current(&root, &c.se);
	assert_ptr_equal(root.current, &h.se);
	assert_null(g.members.current);
	fair_path_set_current(&root, NULL);
	assert_null(root.current);
	assert_null(h.members.current);
	check_queue(&root);
	check_queue(&g.members);
}

static void a_change_of_weight_takes_effect_at_once(void **state UNUSED)
{
	struct group g;
	struct actor a, b;
	uint64_t steps = 20000;

	init_root();
	init_group(&g, &root, NULL, 1024);
	add(&a, &g);
	add(&b, NULL);
	run(1000);
	fair_path_reweight(&g.se, 4096, now);
	check_queue(&root);
	a.got_ns = b.got_ns = 0;
	run(steps);
	assert_share(a.got_ns, steps * STEP_NS, 4, 5);
	assert_share(b.got_ns, steps * STEP_NS, 1, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_groups_share_does_not_depend_on_its_size),
		cmocka_unit_test(weights_multiply_down_the_tree),
		cmocka_unit_test(an_empty_group_is_in_no_queue),
		cmocka_unit_test(current_paths_never_overlap),
		cmocka_unit_test(a_change_of_weight_takes_effect_at_once),
	};

	return cmocka_run_group_tests_name("sched/fair_path", tests, NULL, NULL);
}
