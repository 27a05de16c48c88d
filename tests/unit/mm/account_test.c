/*
 * Accounts against a model that adds up: a random tree, random charges, limits that
 * move, and accounts that outlive their last reference.
 */
#include "kernel/mm/account.h"

#include <string.h>

#include "kernel/lib/errno.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/mm/arena.h"
#include "tests/unit/unit.h"

#define MEMORY_END 0x4000000ull
#define SELF sizeof(struct mem_account)

static int boot(void **state)
{
	static const uint64_t regions[] = {0x100000, MEMORY_END, 0, 0};

	(void)state;
	arena_create(MEMORY_END, 1);
	arena_boot(regions);
	kmem_init();
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_destroy();
	return 0;
}

static struct mem_account *create(struct mem_account *parent)
{
	struct mem_account *account;

	assert_int_equal(mem_account_create(parent, &account), 0);
	return account;
}

static void charges_count_all_the_way_up(void **state)
{
	struct mem_account *root = create(NULL);
	struct mem_account *mid = create(root);
	struct mem_account *leaf = create(mid);
	struct mem_account_stats stats;

	(void)state;
	assert_int_equal(mem_charge(leaf, 3), 0);
	assert_int_equal(mem_charge_kernel(leaf, 100), 0);
	assert_int_equal(mem_charge(mid, 1), 0);
	assert_int_equal(mem_account_used(leaf), 3 * PAGE_SIZE + 100);
	assert_int_equal(mem_account_used(mid), 4 * PAGE_SIZE + 100 + SELF);
	assert_int_equal(mem_account_used(root), 4 * PAGE_SIZE + 100 + 2 * SELF);
	mem_account_get_stats(leaf, &stats);
	assert_int_equal(stats.own, 3 * PAGE_SIZE + 100);
	assert_int_equal(stats.kernel, 100);
	mem_uncharge(leaf, 2);
	mem_account_get_stats(leaf, &stats);
	assert_int_equal(stats.used, PAGE_SIZE + 100);
	assert_int_equal(stats.peak, 3 * PAGE_SIZE + 100);
	mem_account_reset_peak(leaf);
	mem_account_get_stats(leaf, &stats);
	assert_int_equal(stats.peak, PAGE_SIZE + 100);
	mem_uncharge(leaf, 1);
	mem_uncharge_kernel(leaf, 100);
	mem_uncharge(mid, 1);
	mem_account_put(leaf);
	mem_account_put(mid);
	assert_int_equal(mem_account_used(root), 0);
	mem_account_put(root);
	assert_int_equal(mem_account_count(), 0);
}

static void limits_are_exact(void **state)
{
	struct mem_account *root = create(NULL);
	struct mem_account *leaf = create(root);
	struct mem_account_stats stats;

	(void)state;
	mem_account_set_max(root, 10 * PAGE_SIZE + SELF);
	mem_account_set_max(leaf, 8 * PAGE_SIZE);
	assert_int_equal(mem_charge(leaf, 9), -ENOMEM);
	assert_int_equal(mem_charge(leaf, 8), 0);
	assert_int_equal(mem_charge_kernel(leaf, 1), -ENOMEM);
	assert_ptr_equal(mem_account_limiting(leaf, 1), leaf);
	assert_int_equal(mem_charge(root, 2), 0);
	assert_int_equal(mem_charge(root, 1), -ENOMEM);
	mem_account_set_max(leaf, MEM_UNLIMITED);
	assert_ptr_equal(mem_account_limiting(leaf, PAGE_SIZE), root);
	/* The leaf has room, what it took before the root refused is given back. */
	assert_int_equal(mem_charge(leaf, 1), -ENOMEM);
	assert_int_equal(mem_account_used(leaf), 8 * PAGE_SIZE);
	mem_account_get_stats(leaf, &stats);
	assert_int_equal(stats.fail_count, 2);
	mem_account_get_stats(root, &stats);
	assert_int_equal(stats.fail_count, 2);
	assert_int_equal(stats.used, stats.max);
	/* A limit below what is used takes nothing away. */
	mem_account_set_max(root, PAGE_SIZE);
	assert_int_equal(mem_charge(root, 0), -ENOMEM);
	mem_uncharge(leaf, 8);
	mem_uncharge(root, 2);
	assert_int_equal(mem_charge(leaf, 1ull << 60), -ENOMEM);
	assert_int_equal(mem_charge(NULL, 1ull << 60), 0);
	mem_account_put(leaf);
	mem_account_put(root);
	assert_int_equal(mem_account_count(), 0);
}

static void soft_limit_is_told_about(void **state)
{
	struct mem_account *root = create(NULL);
	struct mem_account *leaf = create(root);
	struct mem_account_stats stats;

	(void)state;
	mem_account_set_high(root, 2 * PAGE_SIZE);
	assert_null(mem_account_above_high(leaf));
	for (int i = 0; i < 4; i++)
		assert_int_equal(mem_charge(leaf, 1), 0);
	assert_ptr_equal(mem_account_above_high(leaf), root);
	mem_account_get_stats(root, &stats);
	assert_int_equal(stats.high_count, 1);
	mem_uncharge(leaf, 4);
	assert_null(mem_account_above_high(leaf));
	mem_account_put(leaf);
	mem_account_put(root);
}

static void account_lives_until_its_last_charge(void **state)
{
	struct mem_account *root = create(NULL);
	struct mem_account *mid = create(root);
	struct mem_account *leaf = create(mid);
	struct page *page;
	uint32_t pfns[4];

	(void)state;
	assert_int_equal(page_alloc_charged(leaf, PAGE_ALLOC_ZERO, &page), 0);
	for (int i = 0; i < 3; i++) {
		struct page *other;

		assert_int_equal(page_alloc_charged(i < 2 ? leaf : mid, 0, &other), 0);
		pfns[i] = (uint32_t)page_to_pfn(other);
	}
	page_get(page);
	pfns[3] = (uint32_t)page_to_pfn(page);
	mem_account_put(leaf);
	mem_account_put(mid);
	assert_int_equal(mem_account_count(), 3);
	page_put_all(pfns, 4);
	assert_int_equal(mem_account_used(root), PAGE_SIZE + 2 * SELF);
	page_put(page);
	assert_int_equal(mem_account_count(), 1);
	assert_int_equal(mem_account_used(root), 0);
	mem_account_put(root);
}

static void failed_allocation_costs_nothing(void **state)
{
	struct mem_account *root = create(NULL);
	struct mem_account *account;
	struct page *page;

	(void)state;
	mem_account_set_max(root, SELF - 1);
	assert_int_equal(mem_account_create(root, &account), -ENOMEM);
	assert_int_equal(page_alloc_charged(root, 0, &page), -ENOMEM);
	assert_null(kmem_zalloc_charged(root, SELF));
	assert_int_equal(mem_account_used(root), 0);
	mem_account_put(root);
	assert_int_equal(mem_account_count(), 0);
}

#define NODES 12

static struct {
	struct mem_account *account;
	int parent;
	uint64_t charged; /* to itself, beside its children's structs */
	uint64_t max;
	uint64_t peak;
} nodes[NODES];

static uint64_t sum(int node)
{
	uint64_t used = nodes[node].charged;

	for (int i = 0; i < NODES; i++) {
		if (nodes[i].account && nodes[i].parent == node)
			used += SELF + sum(i);
	}
	return used;
}

static void note_peaks(void)
{
	for (int i = 0; i < NODES; i++) {
		if (nodes[i].account && sum(i) > nodes[i].peak)
			nodes[i].peak = sum(i);
	}
}

static bool has_room(int node, uint64_t bytes)
{
	for (; node >= 0; node = nodes[node].parent) {
		if (sum(node) + bytes > nodes[node].max)
			return false;
	}
	return true;
}

static bool has_child(int node)
{
	for (int i = 0; i < NODES; i++) {
		if (nodes[i].account && nodes[i].parent == node)
			return true;
	}
	return false;
}

static void step_create(int node, uint64_t *seed)
{
	int parent = (int)test_random(seed, NODES);
	struct mem_account *account;
	int err;

	if (nodes[node].account || !nodes[parent].account)
		return;
	err = mem_account_create(nodes[parent].account, &account);
	assert_int_equal(err, has_room(parent, SELF) ? 0 : -ENOMEM);
	if (err)
		return;
	nodes[node].account = account;
	nodes[node].parent = parent;
	nodes[node].charged = 0;
	nodes[node].max = MEM_UNLIMITED;
	nodes[node].peak = 0;
}

static void step(uint64_t *seed)
{
	int node = (int)test_random(seed, NODES);
	uint64_t bytes = test_random(seed, 5) * 1000;

	if (!nodes[node].account) {
		step_create(node, seed);
		return;
	}
	switch (test_random(seed, 8)) {
	case 0:
		nodes[node].max = test_random(seed, 3) ? MEM_UNLIMITED : test_random(seed, 20000);
		mem_account_set_max(nodes[node].account, nodes[node].max);
		break;
	case 1:
		if (node == 0 || nodes[node].charged || has_child(node))
			break;
		mem_account_put(nodes[node].account);
		nodes[node].account = NULL;
		break;
	case 2:
	case 3:
		bytes = MIN(bytes, nodes[node].charged);
		mem_uncharge_kernel(nodes[node].account, bytes);
		nodes[node].charged -= bytes;
		break;
	default:
		if (mem_charge_kernel(nodes[node].account, bytes) == 0) {
			assert_true(has_room(node, bytes));
			nodes[node].charged += bytes;
		} else {
			assert_false(has_room(node, bytes));
		}
	}
}

static void random_use_adds_up(void **state)
{
	uint64_t seed = 21;
	struct mem_account_stats stats;

	(void)state;
	memset(nodes, 0, sizeof(nodes));
	nodes[0].account = create(NULL);
	nodes[0].parent = -1;
	nodes[0].max = MEM_UNLIMITED;
	for (int i = 0; i < 200000; i++) {
		int node = (int)test_random(&seed, NODES);

		step(&seed);
		note_peaks();
		if (!nodes[node].account)
			continue;
		mem_account_get_stats(nodes[node].account, &stats);
		assert_int_equal(stats.used, sum(node));
		assert_int_equal(stats.peak, nodes[node].peak);
	}
	/* Parents first: they stay as long as they are needed. */
	for (int i = 0; i < NODES; i++) {
		if (nodes[i].account)
			mem_account_put(nodes[i].account);
	}
	for (int i = 0; i < NODES; i++) {
		if (nodes[i].account)
			mem_uncharge_kernel(nodes[i].account, nodes[i].charged);
	}
	assert_int_equal(mem_account_count(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(charges_count_all_the_way_up, "a charge counts in every account above"),
		TEST(limits_are_exact, "a limit is reached exactly and never passed"),
		TEST(soft_limit_is_told_about, "a soft limit refuses nothing but is told about"),
		TEST(account_lives_until_its_last_charge,
		     "an account lives until the last thing charged to it is gone"),
		TEST(failed_allocation_costs_nothing, "an allocation that fails charges nothing"),
		TEST(random_use_adds_up, "random charges, limits and lives add up"),
	};

	return cmocka_run_group_tests_name("account", tests, boot, end);
}
