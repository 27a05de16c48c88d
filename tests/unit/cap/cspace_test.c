#include "kernel/cap/cspace.h"

#include <string.h>

#include "kernel/lib/errno.h"
#include "tests/unit/cap/world.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/sched/machine.h"
#include "tests/unit/unit.h"

static struct cspace *cs;
static struct grant *root;

static int begin(void **state)
{
	(void)state;
	root = make_root();
	cs = make_space(CSPACE_MAX);
	return 0;
}

static int end(void **state)
{
	(void)state;
	cspace_put(cs);
	grant_put(root);
	check_all_gone();
	return 0;
}

static void lowest_free_slot_is_taken(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 200; i++)
		assert_int_equal(add_thing(cs, root, RIGHT_READ, 0), i);
	assert_int_equal(cspace_close(cs, 150), 0);
	assert_int_equal(cspace_close(cs, 3), 0);
	assert_int_equal(cspace_close(cs, 64), 0);
	assert_int_equal(add_thing(cs, root, RIGHT_READ, 0), 3);
	assert_int_equal(add_thing(cs, root, RIGHT_READ, 0), 64);
	assert_int_equal(add_thing(cs, root, RIGHT_READ, 0), 150);
	assert_int_equal(add_thing(cs, root, RIGHT_READ, 0), 200);
	assert_int_equal(cspace_count(cs), 201);
}

static void every_slot_can_be_used(void **state)
{
	struct cap cap = make_cap(root, RIGHT_READ, 0);
	struct cap old;
	uint32_t slot;

	(void)state;
	for (uint32_t i = 0; i < CSPACE_MAX; i++) {
		cap_hold(&cap);
		if (cspace_insert(cs, &cap, 0, CAP_KEEP_ON_EXEC, &slot) || slot != i)
			fail_msg("slot %u", i);
	}
	assert_int_equal(cspace_insert(cs, &cap, 0, CAP_KEEP_ON_EXEC, &slot), -EMFILE);
	assert_int_equal(cspace_count(cs), CSPACE_MAX);
	/* The last free one is found wherever it is. */
	for (uint32_t i = 0; i < CSPACE_MAX; i += 7919) {
		assert_int_equal(cspace_close(cs, i), 0);
		cap_hold(&cap);
		assert_int_equal(cspace_insert(cs, &cap, 0, CAP_KEEP_ON_EXEC, &slot), 0);
		assert_int_equal(slot, i);
	}
	assert_int_equal(try_use(cs, CSPACE_MAX - 1, RIGHT_READ), 0);
	assert_int_equal(try_use(cs, CSPACE_MAX, RIGHT_READ), -EBADF);
	assert_int_equal(try_use(cs, UINT32_MAX, RIGHT_READ), -EBADF);
	assert_int_equal(cspace_replace(cs, &cap, CSPACE_MAX, CAP_KEEP_ON_EXEC, &old), -EBADF);
	cap_drop(&cap);
	cspace_close_range(cs, 0, UINT32_MAX);
	assert_int_equal(cspace_count(cs), 0);
	assert_int_equal(grant_count(), 1);
}

static void from_is_respected(void **state)
{
	static const uint32_t froms[] = {0, 10, 63, 64, 65, 8191, 8192, 100000, CSPACE_MAX - 1};
	struct cap cap;
	uint32_t slot;

	(void)state;
	for (size_t i = 0; i < sizeof(froms) / sizeof(froms[0]); i++) {
		cap = make_cap(root, RIGHT_READ, 0);
		assert_int_equal(cspace_insert(cs, &cap, froms[i], CAP_KEEP_ON_EXEC, &slot), 0);
		assert_int_equal(slot, froms[i]);
	}
	cap = make_cap(root, RIGHT_READ, 0);
	assert_int_equal(cspace_insert(cs, &cap, 63, CAP_KEEP_ON_EXEC, &slot), 0);
	assert_int_equal(slot, 66);
	cap = make_cap(root, RIGHT_READ, 0);
	assert_int_equal(cspace_insert(cs, &cap, CSPACE_MAX - 1, CAP_KEEP_ON_EXEC, &slot), -EMFILE);
	assert_int_equal(cspace_insert(cs, &cap, UINT32_MAX, CAP_KEEP_ON_EXEC, &slot), -EMFILE);
	cap_drop(&cap);
}

static void limit_bounds_new_slots_only(void **state)
{
	struct cap cap, old;
	uint32_t slot;

	(void)state;
	for (uint32_t i = 0; i < 10; i++)
		(void)add_thing(cs, root, RIGHT_READ, 0);
	assert_int_equal(cspace_set_limit(cs, 5), 0);
	assert_int_equal(cspace_set_limit(cs, CSPACE_MAX + 1), -EINVAL);
	assert_int_equal(cspace_limit(cs), 5);
	assert_int_equal(try_use(cs, 9, RIGHT_READ), 0);
	cap = make_cap(root, RIGHT_READ, 0);
	assert_int_equal(cspace_insert(cs, &cap, 0, CAP_KEEP_ON_EXEC, &slot), -EMFILE);
	assert_int_equal(cspace_replace(cs, &cap, 5, CAP_KEEP_ON_EXEC, &old), -EBADF);
	assert_int_equal(cspace_close(cs, 4), 0);
	assert_int_equal(cspace_insert(cs, &cap, 0, CAP_KEEP_ON_EXEC, &slot), 0);
	assert_int_equal(slot, 4);
}

static void look_up_tells_errors_apart(void **state)
{
	uint32_t slot = add_thing(cs, root, RIGHT_READ | RIGHT_SEEK, 0);
	uint32_t none = add_thing(cs, root, 0, 0);

	(void)state;
	for (int users = 0; users < 3; users++) {
		assert_int_equal(try_use(cs, slot, RIGHT_READ), 0);
		assert_int_equal(try_use(cs, slot, RIGHT_READ | RIGHT_SEEK), 0);
		assert_int_equal(try_use(cs, slot, 0), 0);
		assert_int_equal(try_use(cs, slot, RIGHT_WRITE), -EACCES);
		assert_int_equal(try_use(cs, slot, RIGHT_READ | RIGHT_WRITE), -EACCES);
		assert_int_equal(try_use(cs, none, RIGHT_READ), -EACCES);
		assert_int_equal(try_use(cs, none, 0), 0);
		assert_int_equal(try_use(cs, none + 1, RIGHT_READ), -EBADF);
		assert_int_equal(try_use(cs, none + 1, 0), -EBADF);
		assert_int_equal(try_use(cs, 63, RIGHT_READ), -EBADF);
		assert_int_equal(try_use(cs, 64, 0), -EBADF);
		assert_int_equal(try_use(cs, 70000, RIGHT_READ), -EBADF);
		cspace_add_user(cs);
	}
	for (int users = 0; users < 3; users++)
		cspace_remove_user(cs);
}

/* References of the thing in a slot, besides those of the test. */
static uint32_t refs_in(uint32_t slot)
{
	struct cap cap;
	uint32_t refs;

	assert_int_equal(cspace_peek(cs, slot, 0, &cap), 0);
	refs = refcount_read(&cap.object->refs) - 1;
	cap_drop(&cap);
	return refs;
}

static void sole_user_borrows(void **state)
{
	uint32_t near = add_thing(cs, root, RIGHT_READ, 0);
	uint32_t far = 9000;
	struct cap cap = make_cap(root, RIGHT_READ, 0);
	struct cap_ref ref, other;
	struct cap old;

	(void)state;
	assert_int_equal(cspace_replace(cs, &cap, far, CAP_KEEP_ON_EXEC, &old), 0);
	cspace_add_user(cs);
	/* The first look-up claims the space. */
	assert_int_equal(try_use(cs, near, RIGHT_READ), 0);
	assert_int_equal(cspace_lookup(cs, near, RIGHT_READ, &ref), 0);
	assert_true(ref.is_borrowed);
	assert_int_equal(refs_in(near), 1);
	assert_int_equal(cspace_lookup(cs, far, RIGHT_READ, &other), 0);
	assert_true(other.is_borrowed && other.active != ref.active);
	assert_int_equal(refs_in(far), 1);
	cap_ref_hold(&ref);
	cap_ref_hold(&ref);
	assert_int_equal(refs_in(near), 2);
	cap_ref_put(&ref);
	cap_ref_put(&other);
	assert_int_equal(refs_in(near), 1);

	cspace_add_user(cs);
	assert_int_equal(cspace_lookup(cs, near, RIGHT_READ, &ref), 0);
	assert_false(ref.is_borrowed);
	assert_int_equal(refs_in(near), 2);
	/* Closed by the other user meanwhile: the use keeps what it has. */
	assert_int_equal(cspace_close(cs, near), 0);
	assert_int_equal(things, 2);
	cap_ref_put(&ref);
	assert_int_equal(things, 1);

	cspace_remove_user(cs);
	assert_int_equal(try_use(cs, far, RIGHT_READ), 0);
	assert_int_equal(cspace_lookup(cs, far, RIGHT_READ, &ref), 0);
	assert_true(ref.is_borrowed);
	cap_ref_put(&ref);
	cspace_remove_user(cs);
}

static void third_use_is_a_bug(void **state)
{
	uint32_t slot = add_thing(cs, root, RIGHT_READ, 0);
	struct cap_ref a, b, c;

	(void)state;
	cspace_add_user(cs);
	assert_int_equal(try_use(cs, slot, RIGHT_READ), 0);
	assert_int_equal(cspace_lookup(cs, slot, RIGHT_READ, &a), 0);
	assert_int_equal(cspace_lookup(cs, slot, RIGHT_READ, &b), 0);
	assert_true(FAKE_PANICS((void)!cspace_lookup(cs, slot, RIGHT_READ, &c)));
	cap_ref_put(&a);
	assert_int_equal(cspace_lookup(cs, slot, RIGHT_READ, &c), 0);
	cap_ref_put(&b);
	cap_ref_put(&c);
	cspace_remove_user(cs);
}

static void reserved_slot_looks_empty(void **state)
{
	struct cap cap = make_cap(root, RIGHT_READ, 0);
	enum cap_on_exec on_exec;
	struct cspace *copy;
	struct cap old;
	uint32_t slot, other;

	(void)state;
	assert_int_equal(cspace_reserve(cs, 0, CAP_CLOSE_ON_EXEC, &slot), 0);
	assert_int_equal(slot, 0);
	assert_int_equal(try_use(cs, slot, 0), -EBADF);
	assert_int_equal(cspace_close(cs, slot), -EBADF);
	assert_int_equal(cspace_replace(cs, &cap, slot, CAP_KEEP_ON_EXEC, &old), -EBUSY);
	cspace_close_range(cs, 0, 10);
	cspace_close_on_exec(cs);
	assert_int_equal(cspace_count(cs), 1);
	assert_int_equal(cspace_reserve(cs, 0, CAP_KEEP_ON_EXEC, &other), 0);
	assert_int_equal(other, 1);
	cspace_cancel(cs, other);
	assert_int_equal(cspace_clone(cs, NULL, 0, CSPACE_CLONE_ALL, &copy), 0);
	assert_int_equal(cspace_count(copy), 0);
	cspace_put(copy);
	cspace_install(cs, slot, &cap);
	assert_int_equal(try_use(cs, slot, RIGHT_READ), 0);
	assert_int_equal(cspace_get_on_exec(cs, slot, &on_exec), 0);
	assert_int_equal(on_exec, CAP_CLOSE_ON_EXEC);
	/* A space that goes away with a slot reserved. */
	assert_int_equal(cspace_reserve(cs, 500, CAP_KEEP_ON_EXEC, &other), 0);
}

static void exec_closes_what_is_marked(void **state)
{
	static const uint32_t slots[] = {0, 5, 63, 64, 500, 8191, 8192, 700000};
	enum cap_on_exec on_exec;
	struct cap cap, old;

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		cap = make_cap(root, RIGHT_READ, 0);
		on_exec = i % 2 ? CAP_CLOSE_ON_EXEC : CAP_KEEP_ON_EXEC;
		assert_int_equal(cspace_replace(cs, &cap, slots[i], on_exec, &old), 0);
	}
	assert_int_equal(cspace_set_on_exec(cs, 0, CAP_CLOSE_ON_EXEC), 0);
	assert_int_equal(cspace_set_on_exec(cs, 5, CAP_KEEP_ON_EXEC), 0);
	assert_int_equal(cspace_set_on_exec(cs, 6, CAP_KEEP_ON_EXEC), -EBADF);
	assert_int_equal(cspace_get_on_exec(cs, 0, &on_exec), 0);
	assert_int_equal(on_exec, CAP_CLOSE_ON_EXEC);
	assert_int_equal(cspace_get_on_exec(cs, 1, &on_exec), -EBADF);
	cspace_close_on_exec(cs);
	for (size_t i = 0; i < 8; i++) {
		bool is_kept = i == 1 || (i != 0 && i % 2 == 0);

		assert_int_equal(try_use(cs, slots[i], RIGHT_READ), is_kept ? 0 : -EBADF);
	}
	assert_int_equal(things, 4);
	/* A slot that is used again does not keep the mark. */
	assert_int_equal(add_thing(cs, root, RIGHT_READ, 0), 0);
	cspace_close_on_exec(cs);
	assert_int_equal(try_use(cs, 0, RIGHT_READ), 0);
}

static void close_range_closes_just_that(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 300; i++)
		(void)add_thing(cs, root, RIGHT_READ, 0);
	cspace_close_range(cs, 50, 49);
	assert_int_equal(things, 300);
	cspace_close_range(cs, 60, 130);
	for (uint32_t i = 0; i < 300; i++)
		assert_int_equal(try_use(cs, i, RIGHT_READ), i >= 60 && i <= 130 ? -EBADF : 0);
	cspace_close_range(cs, 299, 299);
	assert_int_equal(things, 300 - 71 - 1);
	cspace_close_range(cs, 1000, UINT32_MAX);
	cspace_close_range(cs, 1, UINT32_MAX);
	assert_int_equal(things, 1);
}

static void clone_shares_grants_and_objects(void **state)
{
	static const uint32_t slots[] = {1, 64, 8200, 1000000};
	struct cspace *all, *kept;
	struct cap cap, old;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		cap = make_cap(root, RIGHT_READ, CAP_OWNS_GRANT);
		assert_int_equal(cspace_replace(cs, &cap, slots[i],
						i == 1 ? CAP_CLOSE_ON_EXEC : CAP_KEEP_ON_EXEC,
						&old),
				 0);
	}
	assert_int_equal(cspace_clone(cs, NULL, 0, CSPACE_CLONE_ALL, &all), 0);
	assert_int_equal(cspace_clone(cs, NULL, 0, CSPACE_CLONE_KEPT, &kept), 0);
	assert_int_equal(things, 4);
	assert_int_equal(grant_count(), 1);
	for (size_t i = 0; i < 4; i++) {
		struct cap_info a = info_of(cs, slots[i]);
		struct cap_info b = info_of(all, slots[i]);

		assert_memory_equal(&a, &b, sizeof(a));
		assert_int_equal(try_use(kept, slots[i], RIGHT_READ), i == 1 ? -EBADF : 0);
	}
	assert_int_equal(cspace_count(kept), 3);
	cspace_close_on_exec(all);
	assert_int_equal(cspace_count(all), 3);
	cspace_put(all);
	cspace_put(kept);
	assert_int_equal(things, 4);
}

static void failed_allocation_changes_nothing(void **state)
{
	struct cap cap = make_cap(root, RIGHT_READ, 0);
	struct cspace *copy;
	uint32_t allocations = fake_allocations;
	uint32_t slot, n;
	int err;

	(void)state;
	for (n = 1;; n++) {
		fake_fail_alloc(n);
		err = cspace_insert(cs, &cap, 20000, CAP_KEEP_ON_EXEC, &slot);
		fake_fail_alloc(0);
		if (!err)
			break;
		assert_int_equal(err, -ENOMEM);
		assert_int_equal(cspace_count(cs), 0);
		assert_int_equal(try_use(cs, 20000, RIGHT_READ), -EBADF);
	}
	/* What it got by the last attempt: top, two middle nodes, a leaf. */
	assert_int_equal(fake_allocations - allocations, 4);
	(void)add_thing(cs, root, RIGHT_READ, 0);
	allocations = fake_allocations;
	for (n = 1;; n++) {
		fake_fail_alloc(n);
		err = cspace_clone(cs, NULL, 0, CSPACE_CLONE_ALL, &copy);
		fake_fail_alloc(0);
		if (!err)
			break;
		assert_int_equal(err, -ENOMEM);
		assert_int_equal(fake_allocations, allocations);
	}
	assert_true(n > 3);
	assert_int_equal(cspace_count(copy), 2);
	cspace_put(copy);
}

static void find_goes_through_all(void **state)
{
	static const uint32_t slots[] = {2, 63, 64, 8191, 8192, 16384, CSPACE_MAX - 1};
	uint32_t slot = 0;
	struct cap cap, old;

	(void)state;
	assert_int_equal(cspace_find(cs, &slot, &cap), -ENOENT);
	for (size_t i = 0; i < 7; i++) {
		cap = make_cap(root, RIGHT_READ, 0);
		assert_int_equal(cspace_replace(cs, &cap, slots[i], CAP_KEEP_ON_EXEC, &old), 0);
	}
	slot = 0;
	for (size_t i = 0; i < 7; i++) {
		assert_int_equal(cspace_find(cs, &slot, &cap), 0);
		assert_int_equal(slot, slots[i]);
		cap_drop(&cap);
		slot++;
	}
	assert_int_equal(cspace_find(cs, &slot, &cap), -ENOENT);
	slot = UINT32_MAX;
	assert_int_equal(cspace_find(cs, &slot, &cap), -ENOENT);
}

static void rights_outside_the_type_are_dropped(void **state)
{
	uint32_t slot = add_thing(cs, root, RIGHTS_ALL, 0);

	(void)state;
	assert_int_equal(info_of(cs, slot).rights, KOBJECT_FILE_RIGHTS);
	assert_int_equal(try_use(cs, slot, RIGHT_LOOKUP), -EACCES);
}

static const struct CMUnitTest tests[] = {
#define IN_SPACE(function, sentence)                                                               \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = begin,                  \
		.teardown_func = end                                                               \
	}
	IN_SPACE(lowest_free_slot_is_taken, "a new capability goes to the lowest free slot"),
	IN_SPACE(every_slot_can_be_used, "all 1,048,576 slots can be used, and no more"),
	IN_SPACE(from_is_respected, "the lowest free slot at or above a number is found"),
	IN_SPACE(limit_bounds_new_slots_only, "the limit bounds new slots, old ones stay"),
	IN_SPACE(look_up_tells_errors_apart, "empty is -EBADF and a missing right -EACCES"),
	IN_SPACE(sole_user_borrows, "the only user takes no references, several do"),
	IN_SPACE(third_use_is_a_bug, "a thread has two uses at a time at most"),
	IN_SPACE(reserved_slot_looks_empty, "a reserved slot looks empty to all and is nobody's"),
	IN_SPACE(exec_closes_what_is_marked, "exec closes what is marked and nothing else"),
	IN_SPACE(close_range_closes_just_that, "closing a range closes just that"),
	IN_SPACE(clone_shares_grants_and_objects, "a clone has the same in the same slots"),
	IN_SPACE(failed_allocation_changes_nothing, "without memory nothing changes or leaks"),
	IN_SPACE(find_goes_through_all, "going through a space finds every capability"),
	IN_SPACE(rights_outside_the_type_are_dropped, "rights that the type has not are dropped"),
};

int main(void)
{
	return cmocka_run_group_tests_name("cap/cspace", tests, machine_start, NULL);
}
