#include "kernel/cap/authority.h"

#include "kernel/cap/audit.h"
#include "kernel/lib/errno.h"
#include "tests/unit/cap/world.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/sched/machine.h"
#include "tests/unit/unit.h"

static struct authority *auth;
static struct grant *root;

static int begin(void **state)
{
	(void)state;
	root = make_root();
	assert_int_equal(authority_create(NULL, 42, &auth), 0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	authority_put(auth);
	grant_put(root);
	check_all_gone();
	return 0;
}

static void put_in(struct authority *to, uint32_t slot, uint32_t rights)
{
	struct cap cap = make_cap(root, rights, 0);

	assert_int_equal(authority_replace(to, slot, &cap), 0);
}

static int try_slot(struct authority *in, uint32_t slot, uint32_t needed)
{
	struct cap_ref ref;
	int err = authority_lookup(in, slot, needed, &ref);

	if (!err)
		cap_ref_put(&ref);
	return err;
}

static void empty_authority_allows_nothing(void **state)
{
	struct cap cap;

	(void)state;
	for (uint32_t slot = 0; slot < AUTHORITY_COUNT + 3; slot++) {
		assert_int_equal(try_slot(auth, slot, 0), -EPERM);
		assert_int_equal(authority_peek(auth, slot, &cap), -EPERM);
		assert_int_equal(authority_restrict(auth, slot, RIGHTS_ALL), -EPERM);
	}
}

static void slots_are_replaced_and_restricted(void **state)
{
	struct cap cap;

	(void)state;
	put_in(auth, AUTHORITY_ROOT, RIGHT_READ | RIGHT_WRITE);
	assert_int_equal(try_slot(auth, AUTHORITY_ROOT, RIGHT_WRITE), 0);
	assert_int_equal(try_slot(auth, AUTHORITY_ROOT, RIGHT_SEEK), -EACCES);
	assert_int_equal(authority_restrict(auth, AUTHORITY_ROOT, RIGHT_READ | RIGHT_SEEK), 0);
	assert_int_equal(try_slot(auth, AUTHORITY_ROOT, RIGHT_READ), 0);
	assert_int_equal(try_slot(auth, AUTHORITY_ROOT, RIGHT_WRITE), -EACCES);
	assert_int_equal(try_slot(auth, AUTHORITY_ROOT, RIGHT_SEEK), -EACCES);
	put_in(auth, AUTHORITY_ROOT, RIGHT_SEEK);
	assert_int_equal(things, 1);
	assert_int_equal(try_slot(auth, AUTHORITY_ROOT, RIGHT_SEEK), 0);
	assert_int_equal(authority_replace(auth, AUTHORITY_ROOT, NULL), 0);
	assert_int_equal(things, 0);
	cap = make_cap(root, RIGHT_READ, 0);
	assert_int_equal(authority_replace(auth, AUTHORITY_COUNT, &cap), -EINVAL);
	cap_drop(&cap);
}

static void use_outlives_replacement(void **state)
{
	struct cap_ref ref;

	(void)state;
	put_in(auth, AUTHORITY_CWD, RIGHT_READ);
	assert_int_equal(authority_lookup(auth, AUTHORITY_CWD, RIGHT_READ, &ref), 0);
	put_in(auth, AUTHORITY_CWD, RIGHT_READ);
	assert_int_equal(things, 2);
	cap_ref_put(&ref);
	assert_int_equal(things, 1);
}

static void clone_is_independent(void **state)
{
	struct authority *clone;

	(void)state;
	put_in(auth, AUTHORITY_ROOT, RIGHT_READ);
	put_in(auth, AUTHORITY_NET, RIGHT_READ | RIGHT_CONTROL);
	fake_fail_alloc(1);
	assert_int_equal(authority_clone(auth, NULL, 1, &clone), -ENOMEM);
	assert_int_equal(authority_clone(auth, NULL, 1, &clone), 0);
	assert_int_equal(things, 2);
	assert_int_equal(authority_restrict(clone, AUTHORITY_NET, RIGHT_READ), 0);
	authority_keep_only(clone, 1u << AUTHORITY_NET);
	assert_int_equal(try_slot(clone, AUTHORITY_ROOT, 0), -EPERM);
	assert_int_equal(try_slot(clone, AUTHORITY_NET, RIGHT_CONTROL), -EACCES);
	assert_int_equal(try_slot(auth, AUTHORITY_ROOT, RIGHT_READ), 0);
	assert_int_equal(try_slot(auth, AUTHORITY_NET, RIGHT_CONTROL), 0);
	authority_put(clone);
	assert_int_equal(things, 2);
}

static void revoked_authority_is_eio(void **state)
{
	struct cap cap;

	(void)state;
	put_in(auth, AUTHORITY_NET, RIGHT_READ);
	grant_revoke(root, REVOKE_SELF);
	assert_int_equal(try_slot(auth, AUTHORITY_NET, RIGHT_READ), -EIO);
	assert_int_equal(authority_peek(auth, AUTHORITY_NET, &cap), 0);
	cap_drop(&cap);
}

static void audit_shows_the_whole_graph(void **state)
{
	struct cspace *cs = make_space(100);
	struct grant *child = make_child(root);
	struct audit_cursor cursor;
	struct audit_entry entry;
	uint64_t id_in_space = 0;
	uint32_t seen = 0;

	(void)state;
	put_in(auth, AUTHORITY_NET, RIGHT_READ);
	(void)add_thing(cs, child, RIGHT_READ | RIGHT_SEEK, CAP_OWNS_GRANT);
	audit_begin(&cursor);
	while (audit_next(&cursor, &entry) == 0) {
		seen++;
		if (entry.kind == AUDIT_SPACE) {
			assert_int_equal(entry.slot, 0);
			assert_int_equal(entry.rights, RIGHT_READ | RIGHT_SEEK);
			assert_int_equal(entry.type, KOBJECT_FILE);
			assert_true(entry.owns_grant);
			assert_int_equal(entry.grant.parent_id, root->reg.id);
			id_in_space = entry.object_id;
		} else if (entry.kind == AUDIT_AUTHORITY) {
			assert_int_equal(entry.slot, AUTHORITY_NET);
			assert_int_equal(entry.owner, 42);
			assert_int_equal(entry.grant.id, root->reg.id);
			assert_int_not_equal(entry.object_id, id_in_space);
		} else {
			assert_true(entry.grant.id == root->reg.id ||
				    entry.grant.id == child->reg.id);
		}
	}
	assert_int_equal(seen, 4);
	assert_int_equal(audit_next(&cursor, &entry), -ENOENT);
	audit_end(&cursor);
	/* Given up in the middle, nothing is held. */
	for (uint32_t stop = 0; stop < 5; stop++) {
		audit_begin(&cursor);
		for (uint32_t i = 0; i < stop; i++)
			assert_int_equal(audit_next(&cursor, &entry), i < 4 ? 0 : -ENOENT);
		audit_end(&cursor);
		audit_end(&cursor);
	}
	grant_put(child);
	cspace_put(cs);
}

static void slots_have_names(void **state)
{
	(void)state;
	assert_string_equal(authority_slot_name(AUTHORITY_ROOT), "ROOT");
	assert_string_equal(authority_slot_name(AUTHORITY_ENTROPY), "ENTROPY");
	assert_string_equal(authority_slot_name(AUTHORITY_COUNT), "?");
}

static const struct CMUnitTest tests[] = {
#define WITH_ROOT(function, sentence)                                                              \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = begin,                  \
		.teardown_func = end                                                               \
	}
	WITH_ROOT(empty_authority_allows_nothing, "an empty authority allows nothing"),
	WITH_ROOT(slots_are_replaced_and_restricted, "a slot can be replaced and lose rights"),
	WITH_ROOT(use_outlives_replacement, "a use keeps what was replaced meanwhile"),
	WITH_ROOT(clone_is_independent, "a clone changes without the other"),
	WITH_ROOT(revoked_authority_is_eio, "a revoked slot is -EIO and still seen"),
	WITH_ROOT(audit_shows_the_whole_graph, "audit shows grants, spaces and authorities"),
	WITH_ROOT(slots_have_names, "each slot has a name"),
};

int main(void)
{
	return cmocka_run_group_tests_name("cap/authority", tests, machine_start, NULL);
}
