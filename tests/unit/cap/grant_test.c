#include "kernel/cap/grant.h"

#include "kernel/lib/errno.h"
#include "kernel/mm/account.h"
#include "tests/unit/cap/world.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/sched/machine.h"
#include "tests/unit/unit.h"

static int end(void **state)
{
	(void)state;
	check_all_gone();
	assert_int_equal(mem_account_count(), 0);
	return 0;
}

static void unused_grant_leaves_the_tree(void **state)
{
	struct grant *root = make_root();
	struct grant *a = make_child(root);
	struct grant *b = make_child(a);
	struct grant *c = make_child(b);

	(void)state;
	/* a and b are kept by what is below them. */
	grant_put(a);
	grant_put(b);
	assert_int_equal(grant_count(), 4);
	grant_put(c);
	assert_int_equal(grant_count(), 1);
	grant_put(root);
}

static void long_chain_goes_without_recursion(void **state)
{
	struct grant *root = make_root();
	struct grant *at = root;
	struct grant *next;

	(void)state;
	for (int i = 0; i < 300000; i++) {
		next = make_child(at);
		grant_put(at);
		at = next;
	}
	assert_int_equal(grant_count(), 300001);
	grant_put(at);
}

static void revocation_kills_the_subtree_and_nothing_else(void **state)
{
	struct grant *root = make_root();
	struct grant *a = make_child(root), *b = make_child(root);
	struct grant *a1 = make_child(a), *a2 = make_child(a), *a11 = make_child(a1);
	struct grant *child;

	(void)state;
	grant_revoke(a, REVOKE_SELF);
	assert_true(grant_is_dead(a) && grant_is_dead(a1));
	assert_true(grant_is_dead(a2) && grant_is_dead(a11));
	assert_false(grant_is_dead(root) || grant_is_dead(b));
	assert_int_equal(grant_mint(a, NULL, "late", 0, &child), -EIO);
	assert_int_equal(grant_mint(a11, NULL, "late", 0, &child), -EIO);
	/* Once more, from anywhere. */
	grant_revoke(a, REVOKE_SELF);
	grant_revoke(a11, REVOKE_SELF);
	grant_revoke(root, REVOKE_DESCENDANTS);
	assert_true(grant_is_dead(b) && !grant_is_dead(root));
	child = make_child(root);
	grant_put(child);
	grant_put(a);
	grant_put(b);
	grant_put(a1);
	grant_put(a2);
	grant_put(a11);
	grant_put(root);
}

static void ids_grow_and_name_the_parent(void **state)
{
	struct grant *root = make_root();
	struct grant_info info, below;
	struct grant *child;

	(void)state;
	assert_int_equal(grant_mint(root, NULL, "a name that is much too long for it", 77, &child),
			 0);
	grant_get_info(root, &info);
	grant_get_info(child, &below);
	assert_int_equal(info.parent_id, 0);
	assert_int_equal(info.depth, 0);
	assert_true(below.id > info.id);
	assert_int_equal(below.parent_id, info.id);
	assert_int_equal(below.depth, 1);
	assert_int_equal(below.badge, 77);
	assert_int_equal(below.refs, 1);
	assert_int_equal(info.refs, 2);
	assert_string_equal(below.origin, "a name that is much too");
	grant_put(child);
	grant_put(root);
}

static void account_pays_until_the_end(void **state)
{
	struct mem_account *account;
	struct grant *root, *child, *grandchild;
	uint64_t used;

	(void)state;
	assert_int_equal(mem_account_create(NULL, &account), 0);
	assert_int_equal(grant_create_root(NULL, "root", &root), 0);
	assert_int_equal(grant_mint(root, account, "child", 0, &child), 0);
	used = mem_account_used(account);
	assert_true(used >= sizeof(struct grant));
	mem_account_set_max(account, used);
	assert_int_equal(grant_mint(child, account, "more", 0, &grandchild), -ENOMEM);
	assert_int_equal(mem_account_used(account), used);
	grant_revoke(child, REVOKE_SELF);
	assert_int_equal(mem_account_used(account), used);
	grant_put(child);
	assert_int_equal(mem_account_used(account), 0);
	mem_account_put(account);
	grant_put(root);
}

static void walk_sees_every_grant_once(void **state)
{
	struct grant *root = make_root();
	struct grant *all[100];
	struct grant *at = NULL;
	struct grant_info info;
	uint64_t last = 0;
	int seen = 0;

	(void)state;
	for (int i = 0; i < 100; i++)
		all[i] = make_child(i % 3 ? all[i / 2] : root);
	while ((at = grant_next(at)) != NULL) {
		grant_get_info(at, &info);
		assert_true(info.id > last);
		last = info.id;
		/* One goes while the walk stands on it. */
		if (++seen == 50)
			grant_put(all[48]);
	}
	assert_int_equal(seen, 101);
	for (int i = 0; i < 100; i++) {
		if (i != 48)
			grant_put(all[i]);
	}
	grant_put(root);
}

static void failed_allocation_makes_nothing(void **state)
{
	struct grant *root = make_root();
	struct grant *child;

	(void)state;
	fake_fail_alloc(1);
	assert_int_equal(grant_mint(root, NULL, "child", 0, &child), -ENOMEM);
	fake_fail_alloc(1);
	assert_int_equal(grant_create_root(NULL, "root", &child), -ENOMEM);
	assert_int_equal(grant_count(), 1);
	grant_put(root);
}

/* --- Dependents --- */

struct watcher {
	struct grant_dependent dep;
	uint32_t refs;
	uint32_t revoked;
	ktime_t takes; /* how long undoing takes */
	bool detaches_itself;
};

static void pin(struct grant_dependent *dep)
{
	assert_int_equal(fake_locks_held, 1);
	container_of(dep, struct watcher, dep)->refs++;
}

static void revoked(struct grant_dependent *dep)
{
	struct watcher *w = container_of(dep, struct watcher, dep);

	assert_int_equal(fake_locks_held, 0);
	assert_true(grant_is_dead(dep->grant));
	if (w->takes)
		thread_sleep_ns(w->takes);
	w->revoked++;
	if (w->detaches_itself)
		assert_false(grant_detach(dep));
	w->refs--;
}

static const struct grant_dependent_ops watcher_ops = {.pin = pin, .revoked = revoked};

static void revocation_undoes_dependents(void **state)
{
	struct grant *root = make_root();
	struct grant *a = make_child(root), *b = make_child(a), *c = make_child(root);
	struct watcher w[4] = {
		{.refs = 1}, {.refs = 1}, {.refs = 1, .detaches_itself = true}, {.refs = 1}};

	(void)state;
	assert_int_equal(grant_attach(a, &w[0].dep, &watcher_ops), 0);
	assert_int_equal(grant_attach(b, &w[1].dep, &watcher_ops), 0);
	assert_int_equal(grant_attach(b, &w[2].dep, &watcher_ops), 0);
	assert_int_equal(grant_attach(c, &w[3].dep, &watcher_ops), 0);
	grant_put(b); /* its dependents hold it */
	assert_int_equal(grant_count(), 4);
	grant_revoke(a, REVOKE_SELF);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(w[i].revoked, 1);
		assert_int_equal(w[i].refs, 1);
	}
	assert_int_equal(w[3].revoked, 0);
	assert_false(grant_detach(&w[0].dep));
	assert_false(grant_detach(&w[1].dep));
	assert_true(grant_detach(&w[3].dep));
	assert_int_equal(grant_attach(a, &w[0].dep, &watcher_ops), -EIO);
	grant_put(a);
	grant_put(c);
	grant_put(root);
}

static void revoke_in_thread(void *arg)
{
	grant_revoke(arg, REVOKE_SELF);
}

/* The second revocation finds the first one still undoing. */
static void revocation_waits_for_another_ones_undoing(void **state)
{
	struct grant *root = make_root();
	struct grant *a = make_child(root), *b = make_child(a);
	struct watcher w = {.refs = 1, .takes = 5 * NSEC_PER_MSEC};
	struct thread *other;

	(void)state;
	assert_int_equal(grant_attach(b, &w.dep, &watcher_ops), 0);
	other = machine_spawn("revoker", revoke_in_thread, b);
	thread_sleep_ns(NSEC_PER_MSEC);
	assert_int_equal(w.revoked, 0);
	assert_true(grant_is_dead(b));
	grant_revoke(a, REVOKE_SELF);
	assert_int_equal(w.revoked, 1);
	machine_join(other);
	assert_false(grant_detach(&w.dep));
	grant_put(a);
	grant_put(b);
	grant_put(root);
}

static const struct CMUnitTest tests[] = {
#define CLEAN(function, sentence)                                                                  \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .teardown_func = end                  \
	}
	CLEAN(unused_grant_leaves_the_tree, "a grant goes when nothing refers to it or is below"),
	CLEAN(long_chain_goes_without_recursion, "a chain of 300,000 grants goes at once"),
	CLEAN(revocation_kills_the_subtree_and_nothing_else,
	      "revocation kills the subtree and nothing else, for good"),
	CLEAN(ids_grow_and_name_the_parent, "a grant can tell its number, parent, badge, origin"),
	CLEAN(account_pays_until_the_end, "an account pays for a grant until it is freed"),
	CLEAN(walk_sees_every_grant_once, "a walk sees every grant once, in order"),
	CLEAN(failed_allocation_makes_nothing, "without memory no grant is made"),
	CLEAN(revocation_undoes_dependents, "revocation undoes each dependent once"),
	CLEAN(revocation_waits_for_another_ones_undoing,
	      "a revocation waits for what another one is undoing"),
};

int main(void)
{
	return cmocka_run_group_tests_name("cap/grant", tests, machine_start, NULL);
}
