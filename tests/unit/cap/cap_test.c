#include "kernel/cap/cap.h"

#include "kernel/cap/cspace.h"
#include "kernel/lib/errno.h"
#include "tests/unit/cap/world.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/sched/machine.h"
#include "tests/unit/unit.h"

static struct cspace *cs, *other;
static struct grant *root;

static int begin(void **state)
{
	(void)state;
	root = make_root();
	cs = make_space(100);
	other = make_space(4);
	return 0;
}

static int end(void **state)
{
	(void)state;
	cspace_put(cs);
	cspace_put(other);
	grant_put(root);
	check_all_gone();
	return 0;
}

/* Each right and each mask, alone: what comes out is the common part. */
static void no_operation_adds_a_right(void **state)
{
	const uint32_t operations = RIGHT_MINT | RIGHT_DUPLICATE | RIGHT_TRANSFER;
	uint32_t slot, got;

	(void)state;
	for (uint32_t have = 0; have < 32; have++) {
		uint32_t rights = ((1u << have) & KOBJECT_FILE_RIGHTS) | operations;

		slot = add_thing(cs, root, rights, 0);
		for (uint32_t bit = 0; bit < 32; bit++) {
			uint32_t expected = rights & (1u << bit);

			assert_int_equal(cap_mint(cs, slot, 1u << bit, "m", 0, &got), 0);
			assert_int_equal(info_of(cs, got).rights, expected);
			assert_int_equal(cspace_close(cs, got), 0);
			assert_int_equal(cap_copy(cs, slot, 1u << bit, 0, CAP_KEEP_ON_EXEC, &got),
					 0);
			assert_int_equal(info_of(cs, got).rights, expected);
			assert_int_equal(cspace_close(cs, got), 0);
			assert_int_equal(cap_copy_at(cs, slot, 1u << bit, 50, CAP_KEEP_ON_EXEC), 0);
			assert_int_equal(info_of(cs, 50).rights, expected);
			assert_int_equal(
				cap_transfer(cs, slot, 1u << bit, CAP_TRANSFER_COPY, other, &got),
				0);
			assert_int_equal(info_of(other, got).rights, expected);
			assert_int_equal(cspace_close(other, got), 0);
		}
		assert_int_equal(cap_mint(cs, slot, UINT32_MAX, "m", 0, &got), 0);
		assert_int_equal(info_of(cs, got).rights, rights);
		cspace_close_range(cs, 0, UINT32_MAX);
	}
}

static void each_operation_needs_its_right(void **state)
{
	uint32_t slot, got;

	(void)state;
	slot = add_thing(cs, root,
			 KOBJECT_FILE_RIGHTS &
				 ~(RIGHT_MINT | RIGHT_DUPLICATE | RIGHT_TRANSFER | RIGHT_REVOKE),
			 CAP_OWNS_GRANT);
	assert_int_equal(cap_mint(cs, slot, RIGHTS_ALL, "m", 0, &got), -EACCES);
	assert_int_equal(cap_copy(cs, slot, RIGHTS_ALL, 0, CAP_KEEP_ON_EXEC, &got), -EACCES);
	assert_int_equal(cap_copy_at(cs, slot, RIGHTS_ALL, 9, CAP_KEEP_ON_EXEC), -EACCES);
	assert_int_equal(cap_transfer(cs, slot, RIGHTS_ALL, CAP_TRANSFER_MOVE, other, &got),
			 -EACCES);
	assert_int_equal(cap_revoke(cs, slot, REVOKE_SELF), -EACCES);
	assert_int_equal(cspace_count(cs), 1);
	assert_int_equal(cspace_count(other), 0);
	assert_int_equal(cap_mint(cs, 7, RIGHTS_ALL, "m", 0, &got), -EBADF);
	assert_int_equal(cap_copy(cs, UINT32_MAX, RIGHTS_ALL, 0, CAP_KEEP_ON_EXEC, &got), -EBADF);
	assert_int_equal(cap_transfer(cs, 7, RIGHTS_ALL, CAP_TRANSFER_COPY, other, &got), -EBADF);
	assert_int_equal(cap_revoke(cs, CSPACE_MAX, REVOKE_SELF), -EBADF);
}

static void what_is_part_of_a_grant_cannot_revoke_it(void **state)
{
	uint32_t directory = add_thing(cs, root, RIGHTS_ALL, CAP_OWNS_GRANT);
	struct kobject *thing = make_thing();
	struct cap_ref ref;
	struct cap file;
	uint32_t slot, minted;

	(void)state;
	assert_int_equal(cspace_lookup(cs, directory, RIGHT_READ, &ref), 0);
	cap_derive(&ref, thing, RIGHTS_ALL, &file);
	kobject_put(thing);
	cap_ref_put(&ref);
	assert_int_equal(cspace_insert(cs, &file, 0, CAP_KEEP_ON_EXEC, &slot), 0);
	assert_int_equal(cap_revoke(cs, slot, REVOKE_SELF), -EPERM);
	assert_int_equal(cap_revoke(cs, slot, REVOKE_DESCENDANTS), -EPERM);
	assert_int_equal(try_use(cs, directory, RIGHT_READ), 0);
	/* Its own child it can. */
	assert_int_equal(cap_mint(cs, slot, RIGHTS_ALL, "m", 0, &minted), 0);
	assert_int_equal(cap_revoke(cs, minted, REVOKE_SELF), 0);
	assert_int_equal(try_use(cs, minted, RIGHT_READ), -EIO);
	assert_int_equal(try_use(cs, slot, RIGHT_READ), 0);
	/* And the directory's end is the file's. */
	assert_int_equal(cap_revoke(cs, directory, REVOKE_SELF), 0);
	assert_int_equal(try_use(cs, slot, RIGHT_READ), -EIO);
}

static void opened_file_has_no_more_than_the_directory(void **state)
{
	uint32_t directory = add_thing(cs, root, RIGHT_READ | RIGHT_STAT, 0);
	struct kobject *thing = make_thing();
	struct cap_ref ref;
	struct cap file;

	(void)state;
	assert_int_equal(cspace_lookup(cs, directory, RIGHT_READ, &ref), 0);
	cap_derive(&ref, thing, RIGHT_READ | RIGHT_WRITE, &file);
	assert_int_equal(file.rights, RIGHT_READ);
	assert_int_equal(file.flags, 0);
	assert_ptr_equal(file.grant, ref.grant);
	cap_drop(&file);
	assert_null(file.object);
	cap_drop(&file);
	kobject_put(thing);
	cap_ref_put(&ref);
}

static void dead_capabilities_go_nowhere(void **state)
{
	uint32_t slot = add_thing(cs, root, RIGHTS_ALL, CAP_OWNS_GRANT);
	uint32_t dead, got;

	(void)state;
	assert_int_equal(cap_mint(cs, slot, RIGHTS_ALL, "m", 5, &dead), 0);
	assert_int_equal(cap_revoke(cs, dead, REVOKE_SELF), 0);
	assert_int_equal(cap_revoke(cs, dead, REVOKE_SELF), 0);
	assert_int_equal(cap_mint(cs, dead, RIGHTS_ALL, "m", 0, &got), -EIO);
	assert_int_equal(cap_copy(cs, dead, RIGHTS_ALL, 0, CAP_KEEP_ON_EXEC, &got), -EIO);
	assert_int_equal(cap_copy_at(cs, dead, RIGHTS_ALL, dead, CAP_KEEP_ON_EXEC), -EIO);
	assert_int_equal(cap_transfer(cs, dead, RIGHTS_ALL, CAP_TRANSFER_MOVE, other, &got), -EIO);
	assert_int_equal(cap_transfer(cs, dead, RIGHTS_ALL, CAP_TRANSFER_COPY, other, &got), -EIO);
	/* It can be seen, and closed. */
	assert_true(info_of(cs, dead).is_dead);
	assert_int_equal(info_of(cs, dead).badge, 5);
	assert_int_equal(info_of(cs, dead).object_id, info_of(cs, slot).object_id);
	assert_int_equal(info_of(cs, dead).parent_id, info_of(cs, slot).grant_id);
	assert_int_equal(cspace_close(cs, dead), 0);
}

static void message_is_delivered_wholly_or_not_at_all(void **state)
{
	struct cap caps[6];
	uint32_t slots[6];

	(void)state;
	for (uint32_t i = 0; i < 6; i++) {
		uint32_t slot = add_thing(cs, root, RIGHTS_ALL, 0);

		assert_int_equal(cap_export(cs, slot, RIGHTS_ALL, CAP_TRANSFER_MOVE, &caps[i]), 0);
	}
	assert_int_equal(cspace_count(cs), 0);
	assert_int_equal(cap_import(other, caps, 6, CAP_KEEP_ON_EXEC, slots), -EMFILE);
	assert_int_equal(cspace_count(other), 0);
	assert_int_equal(cap_import(other, caps, 4, CAP_KEEP_ON_EXEC, slots), 0);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(slots[i], i);
	assert_int_equal(cap_import(other, NULL, 0, CAP_KEEP_ON_EXEC, slots), 0);
	cap_drop(&caps[4]);
	cap_drop(&caps[5]);
}

static void moved_capability_is_not_lost(void **state)
{
	uint32_t slot = add_thing(cs, root, RIGHTS_ALL, 0);
	uint32_t got;

	(void)state;
	for (int i = 0; i < 4; i++)
		(void)add_thing(other, root, RIGHTS_ALL, 0);
	assert_int_equal(cap_transfer(cs, slot, RIGHTS_ALL, CAP_TRANSFER_MOVE, other, &got),
			 -EMFILE);
	assert_int_equal(try_use(cs, slot, RIGHT_READ), 0);
	assert_int_equal(cspace_close(other, 2), 0);
	assert_int_equal(cap_transfer(cs, slot, RIGHTS_ALL, CAP_TRANSFER_MOVE, other, &got), 0);
	assert_int_equal(got, 2);
	assert_int_equal(try_use(cs, slot, RIGHT_READ), -EBADF);
	/* Within one space it goes to the lowest free slot. */
	(void)add_thing(cs, root, RIGHTS_ALL, 0);
	(void)add_thing(cs, root, RIGHTS_ALL, 0);
	assert_int_equal(cap_transfer(cs, 1, RIGHTS_ALL, CAP_TRANSFER_MOVE, cs, &got), 0);
	assert_int_equal(got, 2);
}

static void use_outside_of_spaces_keeps_the_object(void **state)
{
	struct cap cap = make_cap(root, RIGHT_READ, 0);
	struct cap_ref ref;

	(void)state;
	assert_int_equal(cap_use(&cap, RIGHT_WRITE, &ref), -EACCES);
	assert_int_equal(cap_use(&cap, RIGHT_READ, &ref), 0);
	cap_drop(&cap);
	assert_int_equal(things, 1);
	cap_ref_put(&ref);
	assert_int_equal(things, 0);
	cap = make_cap(root, RIGHT_READ, 0);
	grant_revoke(root, REVOKE_SELF);
	assert_int_equal(cap_use(&cap, RIGHT_READ, &ref), -EIO);
	cap_drop(&cap);
}

static void lists_agree(void **state)
{
	(void)state;
	for (uint32_t id = 0; id < KOBJECT_TYPE_COUNT; id++) {
		assert_string_not_equal(kobject_type_name(id), "?");
		assert_int_equal(kobject_type_rights(id) & RIGHTS_COMMON, RIGHTS_COMMON);
		assert_int_equal(kobject_type_rights(id) & ~(uint32_t)RIGHTS_ALL, 0);
	}
	assert_string_equal(kobject_type_name(KOBJECT_TYPE_COUNT), "?");
	assert_int_equal(kobject_type_rights(UINT32_MAX), 0);
	assert_string_equal(right_name(RIGHT_READ), "READ");
	assert_string_equal(right_name(RIGHT_RECEIVE), "RECEIVE");
	assert_string_equal(right_name(0), "?");
	assert_string_equal(right_name(1u << 31), "?");
}

static const struct CMUnitTest tests[] = {
#define IN_SPACES(function, sentence)                                                              \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = begin,                  \
		.teardown_func = end                                                               \
	}
	IN_SPACES(no_operation_adds_a_right, "no operation adds a right"),
	IN_SPACES(each_operation_needs_its_right, "each operation needs its right, and a slot"),
	IN_SPACES(what_is_part_of_a_grant_cannot_revoke_it,
		  "a file cannot revoke its directory, the directory can revoke the file"),
	IN_SPACES(opened_file_has_no_more_than_the_directory,
		  "what is opened through a capability has no more rights and its grant"),
	IN_SPACES(dead_capabilities_go_nowhere, "a revoked capability can only be seen and closed"),
	IN_SPACES(message_is_delivered_wholly_or_not_at_all, "a message arrives wholly or not"),
	IN_SPACES(moved_capability_is_not_lost, "a capability that cannot arrive does not leave"),
	IN_SPACES(use_outside_of_spaces_keeps_the_object, "a use keeps its object"),
	IN_SPACES(lists_agree, "every type and every right has a name"),
};

int main(void)
{
	return cmocka_run_group_tests_name("cap/cap", tests, machine_start, NULL);
}
