#include "kernel/lib/list.h"

#include "tests/unit/unit.h"

struct item {
	int value;
	struct list_node node;
};

static struct list_node head;
static struct item items[6];

static void setup(int count)
{
	list_init(&head);
	for (int i = 0; i < count; i++) {
		items[i].value = i;
		list_init(&items[i].node);
		list_push_back(&head, &items[i].node);
	}
}

/* The values are the digits of expected, first to last. */
static void check(const char *expected)
{
	const char *forth = expected;

	list_for_each (node, &head) {
		assert_int_equal(list_entry(node, struct item, node)->value, *forth++ - '0');
		assert_ptr_equal(node->next->prev, node);
	}
	assert_int_equal(*forth, '\0');
	assert_int_equal(list_is_empty(&head), *expected == '\0');
}

static void pushes_at_both_ends(void **state)
{
	(void)state;
	setup(3);
	items[3].value = 3;
	list_push_front(&head, &items[3].node);
	check("3012");
	assert_ptr_equal(list_first_entry(&head, struct item, node), &items[3]);
	assert_ptr_equal(list_first(&head), &items[3].node);
}

static void removal_may_be_repeated(void **state)
{
	(void)state;
	setup(3);
	assert_true(list_is_linked(&items[1].node));
	list_remove(&items[1].node);
	list_remove(&items[1].node);
	assert_false(list_is_linked(&items[1].node));
	check("02");
}

static void pops_until_empty(void **state)
{
	(void)state;
	setup(2);
	assert_ptr_equal(list_pop_front(&head), &items[0].node);
	assert_ptr_equal(list_pop_front(&head), &items[1].node);
	assert_null(list_pop_front(&head));
	assert_null(list_first_entry(&head, struct item, node));
}

static void safe_walk_may_remove(void **state)
{
	(void)state;
	setup(5);
	list_for_each_safe (node, &head) {
		if (list_entry(node, struct item, node)->value % 2 == 0)
			list_remove(node);
	}
	check("13");
}

static void splice_moves_all(void **state)
{
	struct list_node other;

	(void)state;
	setup(2);
	list_init(&other);
	list_splice_back(&head, &other);
	check("01");
	for (int i = 2; i < 5; i++) {
		items[i].value = i;
		list_push_back(&other, &items[i].node);
	}
	list_splice_back(&head, &other);
	check("01234");
	assert_true(list_is_empty(&other));
}

static const struct CMUnitTest tests[] = {
	TEST(pushes_at_both_ends, "nodes are pushed at both ends"),
	TEST(removal_may_be_repeated, "removing a node twice does no harm"),
	TEST(pops_until_empty, "pop takes the first until none is left"),
	TEST(safe_walk_may_remove, "the safe walk may remove where it is"),
	TEST(splice_moves_all, "splice moves all members to the end"),
};

int main(void)
{
	return RUN_TESTS("list");
}
