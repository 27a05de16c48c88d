/*
 * Trees of up to eight nodes in every order of insertion and removal, and large
 * ones at random, with the invariants checked after every step. The summary is
 * the least weight of the subtree, as the scheduler will keep one.
 */
#include "kernel/lib/rbtree.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/lib/compiler.h"
#include "tests/unit/unit.h"

struct item {
	struct rb_node node;
	int key;
	int weight;
	int least; /* of the subtree */
};

static struct item *item_of(struct rb_node *node)
{
	return rb_entry(node, struct item, node);
}

static bool key_less(const struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct item, node)->key < rb_entry(b, struct item, node)->key;
}

static bool update_least(struct rb_node *node)
{
	struct item *item = item_of(node);
	int least = item->weight;

	if (node->left)
		least = MIN(least, item_of(node->left)->least);
	if (node->right)
		least = MIN(least, item_of(node->right)->least);
	if (least == item->least)
		return false;
	item->least = least;
	return true;
}

static void check(struct rb_root *root, int expected)
{
	int count = 0;

	assert_true(rb_check(root, key_less));
	rb_for_each (node, root)
		count++;
	assert_int_equal(count, expected);
	for (struct rb_node *node = rb_last(root); node; node = rb_prev(node))
		count--;
	assert_int_equal(count, 0);
}

/* The n-th permutation of 0..len-1. */
static void permutation(int *out, int len, int n)
{
	int pool[8];

	for (int i = 0; i < len; i++)
		pool[i] = i;
	for (int i = 0; i < len; i++) {
		int at = n % (len - i);

		n /= len - i;
		out[i] = pool[at];
		memmove(pool + at, pool + at + 1, sizeof(int) * (size_t)(len - i - at - 1));
	}
}

static int factorial(int n)
{
	return n < 2 ? 1 : n * factorial(n - 1);
}

static void try_orders(int len, int in, int out)
{
	struct rb_root root = RB_ROOT_INIT(update_least);
	struct item items[8];
	int order[8];

	memset(items, 0xee, sizeof(items));
	permutation(order, len, in);
	for (int i = 0; i < len; i++) {
		struct item *item = &items[order[i]];

		item->key = order[i];
		item->weight = order[i] * 5 % 8;
		rb_insert(&root, &item->node, key_less);
		check(&root, i + 1);
	}
	permutation(order, len, out);
	for (int i = 0; i < len; i++) {
		struct item *item = &items[order[i]];

		rb_erase(&root, &item->node);
		assert_false(rb_is_linked(&item->node));
		check(&root, len - i - 1);
	}
	assert_true(rb_is_empty(&root));
}

static void every_small_order(void **state)
{
	(void)state;
	for (int len = 0; len <= 5; len++)
		for (int in = 0; in < factorial(len); in++)
			for (int out = 0; out < factorial(len); out++)
				try_orders(len, in, out);
	for (int len = 6; len <= 8; len++)
		for (int in = 0; in < factorial(len); in += 7)
			try_orders(len, in, in * 31 % factorial(len));
}

#define MANY 300

struct forest {
	struct rb_root root;
	struct item items[MANY];
	bool present[MANY];
	int count;
};

static int least_present(const struct forest *f)
{
	int least = INT32_MAX;

	for (int i = 0; i < MANY; i++) {
		if (f->present[i])
			least = MIN(least, f->items[i].weight);
	}
	return least;
}

static void toggle(struct forest *f, int i, uint64_t *seed)
{
	struct item *item = &f->items[i];

	if (f->present[i]) {
		rb_erase(&f->root, &item->node);
	} else {
		item->key = (int)test_random(seed, MANY / 4); /* many are equal */
		item->weight = (int)test_random(seed, 10000);
		rb_insert(&f->root, &item->node, key_less);
	}
	f->present[i] = !f->present[i];
	f->count += f->present[i] ? 1 : -1;
}

/* The weight changes in place, or another node takes the place. */
static void change(struct forest *f, int i, uint64_t *seed)
{
	struct item *item = &f->items[i];
	struct item other = *item;

	if (!f->present[i])
		return;
	if (test_random(seed, 2)) {
		item->weight = (int)test_random(seed, 10000);
		rb_update(&f->root, &item->node);
		return;
	}
	rb_replace(&f->root, &item->node, &other.node);
	assert_true(rb_check(&f->root, key_less));
	item->weight = (int)test_random(seed, 10000);
	rb_replace(&f->root, &other.node, &item->node);
}

static void large_random_tree(void **state)
{
	struct forest *f = calloc(1, sizeof(*f));
	uint64_t seed = 77;

	(void)state;
	rb_init(&f->root, update_least);
	for (int round = 0; round < 20000; round++) {
		int i = (int)test_random(&seed, MANY);

		if (test_random(&seed, 4))
			toggle(f, i, &seed);
		else
			change(f, i, &seed);
		if (f->count)
			assert_int_equal(item_of(f->root.top)->least, least_present(f));
		if (round % 16 == 0)
			check(&f->root, f->count);
	}
	free(f);
}

static void equal_keys_keep_their_order(void **state)
{
	struct rb_root root = RB_ROOT_INIT(NULL);
	struct item items[20];
	int i = 0;

	(void)state;
	for (int n = 0; n < 20; n++) {
		items[n].key = 5;
		rb_insert(&root, &items[n].node, key_less);
	}
	rb_for_each (node, &root)
		assert_ptr_equal(node, &items[i++].node);
}

static void height_is_logarithmic(void **state)
{
	struct item *items = calloc(4096, sizeof(*items));
	struct rb_root root = RB_ROOT_INIT(NULL);
	int deepest = 0;

	(void)state;
	for (int i = 0; i < 4096; i++) {
		items[i].key = i;
		rb_insert(&root, &items[i].node, key_less);
	}
	rb_for_each (node, &root) {
		int depth = 0;

		for (struct rb_node *up = node; up; up = up->parent)
			depth++;
		deepest = MAX(deepest, depth);
	}
	assert_true(deepest <= 24);
	assert_true(rb_check(&root, key_less));
	free(items);
}

static void check_sees_damage(void **state)
{
	struct rb_root root = RB_ROOT_INIT(update_least);
	struct item items[8] = {0};

	(void)state;
	for (int i = 0; i < 8; i++) {
		items[i].key = i;
		items[i].weight = 10 + i;
		rb_insert(&root, &items[i].node, key_less);
	}
	assert_true(rb_check(&root, key_less));

	items[3].key = 100;
	assert_false(rb_check(&root, key_less));
	items[3].key = 3;
	items[0].node.is_red = !items[0].node.is_red;
	assert_false(rb_check(&root, key_less));
	items[0].node.is_red = !items[0].node.is_red;
	assert_true(items[7].node.is_red);
	items[7].node.is_red = false;
	assert_false(rb_check(&root, key_less));
	items[7].node.is_red = true;
	items[6].least = 3;
	assert_false(rb_check(&root, key_less));
	rb_update(&root, &items[6].node);
	root.first = &items[1].node;
	assert_false(rb_check(&root, key_less));
	root.first = &items[0].node;
	items[0].node.parent = &items[7].node;
	assert_false(rb_check(&root, key_less));
}

static const struct CMUnitTest tests[] = {
	TEST(every_small_order, "small trees stay right in every order of insert and erase"),
	TEST(large_random_tree, "a large tree and its summaries stay right at random"),
	TEST(equal_keys_keep_their_order, "equal keys stay in order of insertion"),
	TEST(height_is_logarithmic, "sorted insertion gives no deep tree"),
	TEST(check_sees_damage, "the checker sees order, colour, summary and link damage"),
};

int main(void)
{
	return RUN_TESTS("rbtree");
}
