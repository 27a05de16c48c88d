/*
 * Random operations on kernel/cap and on the model (model.h), side by side: every
 * result must be the same, and from time to time everything there is.
 *
 * THEMELIOS_MODEL_OPS in the environment says how many; 200,000 by default.
 */
#include "tests/unit/cap/model.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/cap/audit.h"
#include "kernel/cap/authority.h"
#include "kernel/cap/cspace.h"
#include "kernel/lib/errno.h"
#include "tests/unit/cap/world.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/sched/machine.h"
#include "tests/unit/unit.h"

#define SPACES 4
#define AUTHORITIES 2
#define WATCHERS 24
#define MESSAGE 8

static uint64_t seed;

static struct cspace *real[SPACES];
static struct model_space model[SPACES];
static struct authority *real_auth[AUTHORITIES];
static struct model_cap model_auth[AUTHORITIES][AUTHORITY_COUNT];

/* An allocation fails in this operation: -ENOMEM is right then. */
static bool is_short;
static uint64_t op_number;
static uint64_t successes, refusals, revocations;

static uint32_t chance(uint32_t bound)
{
	return (uint32_t)test_random(&seed, bound);
}

static uint32_t any_rights(void)
{
	if (chance(3))
		return RIGHTS_ALL;
	return (uint32_t)test_random(&seed, UINT64_C(1) << 32);
}

/* Mostly of one that is in use. */
static uint32_t any_slot(int space)
{
	uint32_t slot = chance(MODEL_SLOTS);

	if (chance(50) == 0)
		return chance(2) ? slot + CSPACE_MAX : slot + MODEL_SLOTS;
	for (int tries = 0; tries < 4 && model[space].caps[slot].object == MODEL_NONE; tries++)
		slot = chance(MODEL_SLOTS);
	return slot;
}

/* True when the operation failed for want of memory, as it may. */
static bool check(int err, int expected, const char *what)
{
	if (err == -ENOMEM && is_short)
		return true;
	if (err != expected)
		fail_msg("operation %lu: %s gave %d, not %d", op_number, what, err, expected);
	successes += err == 0;
	refusals += err == -EIO;
	return false;
}

static void check_slot(uint32_t slot, int expected, const char *what)
{
	if ((int)slot != expected)
		fail_msg("operation %lu: %s chose slot %u, not %d", op_number, what, slot,
			 expected);
}

/* The id of a capability's grant, for the model. */
static uint64_t grant_id(int space, uint32_t slot)
{
	return info_of(real[space], slot).grant_id;
}

/* --- Operations --- */

static void new_root(void)
{
	int space = (int)chance(SPACES);
	int expected = model_free_slot(&model[space], 0);
	struct grant *grant;
	struct cap cap;
	uint32_t slot;
	int err;

	if (grant_create_root(NULL, "root", &grant))
		return;
	if (is_short) {
		fake_fail_alloc(0);
		is_short = false;
	}
	cap = make_cap(grant, RIGHTS_ALL, CAP_OWNS_GRANT);
	grant_put(grant);
	err = cspace_insert(real[space], &cap, 0, CAP_KEEP_ON_EXEC, &slot);
	check(err, expected == MODEL_NONE ? -EMFILE : 0, "insert");
	if (err) {
		cap_drop(&cap);
		return;
	}
	check_slot(slot, expected, "insert");
	model[space].caps[slot] =
		(struct model_cap){.object = model_object_new(),
				   .grant = model_grant_new(MODEL_NONE, grant_id(space, slot)),
				   .rights = KOBJECT_FILE_RIGHTS,
				   .flags = CAP_OWNS_GRANT};
}

/* As opening a file through a directory. */
static void open_through(void)
{
	int space = (int)chance(SPACES);
	uint32_t slot = any_slot(space), rights = any_rights(), new_slot;
	int expected = model_use(&model[space], slot, RIGHT_READ);
	struct cap_ref ref;
	struct cap cap;
	int err;

	if (check(cspace_lookup(real[space], slot, RIGHT_READ, &ref), expected, "look-up") ||
	    expected)
		return;
	fake_fail_alloc(0);
	is_short = false;
	struct kobject *thing = make_thing();

	cap_derive(&ref, thing, rights, &cap);
	kobject_put(thing);
	err = cspace_insert(real[space], &cap, 0, CAP_CLOSE_ON_EXEC, &new_slot);
	expected = model_free_slot(&model[space], 0);
	check(err, expected == MODEL_NONE ? -EMFILE : 0, "insert");
	if (err) {
		cap_drop(&cap);
	} else {
		struct model_cap *from = &model[space].caps[slot];

		check_slot(new_slot, expected, "insert");
		model_grant_get(from->grant);
		model[space].caps[new_slot] =
			(struct model_cap){.object = model_object_new(),
					   .grant = from->grant,
					   .rights = from->rights & rights & KOBJECT_FILE_RIGHTS,
					   .closes_on_exec = true};
	}
	cap_ref_put(&ref);
}

static void use_some(void)
{
	struct cap_ref refs[2];
	int count = 0;

	for (int i = 0; i < 2; i++) {
		int space = (int)chance(SPACES);
		uint32_t slot = any_slot(space);
		uint32_t needed = chance(4) ? 1u << chance(31) : any_rights() & any_rights();
		int expected = model_use(&model[space], slot, needed);

		check(cspace_lookup(real[space], slot, needed, &refs[count]), expected, "look-up");
		if (expected)
			continue;
		assert_int_equal(refs[count].rights, model[space].caps[slot].rights);
		count++;
	}
	while (count > 0)
		cap_ref_put(&refs[--count]);
}

static void mint(void)
{
	int space = (int)chance(SPACES);
	uint32_t slot = any_slot(space), mask = any_rights(), new_slot;
	int expected = model_use(&model[space], slot, RIGHT_MINT);
	struct model_cap *from = &model[space].caps[slot % MODEL_SLOTS];
	int free_slot = model_free_slot(&model[space], 0);

	if (model_grant_count >= MODEL_GRANTS - 1)
		return;
	if (!expected && free_slot == MODEL_NONE)
		expected = -EMFILE;
	if (check(cap_mint(real[space], slot, mask, "mint", op_number, &new_slot), expected,
		  "mint") ||
	    expected)
		return;
	check_slot(new_slot, free_slot, "mint");
	model_cap_hold(from);
	model_grant_put(from->grant);
	model[space].caps[new_slot] =
		(struct model_cap){.object = from->object,
				   .grant = model_grant_new(from->grant, grant_id(space, new_slot)),
				   .rights = from->rights & mask,
				   .flags = CAP_OWNS_GRANT};
}

static void copy(void)
{
	int space = (int)chance(SPACES);
	uint32_t slot = any_slot(space), mask = any_rights(), new_slot;
	uint32_t from_slot = chance(2) ? 0 : chance(MODEL_SLOTS + 10);
	bool closes = chance(2);
	int expected = model_use(&model[space], slot, RIGHT_DUPLICATE);
	struct model_cap *from = &model[space].caps[slot % MODEL_SLOTS];
	int free_slot = model_free_slot(&model[space], from_slot);

	if (!expected && free_slot == MODEL_NONE)
		expected = -EMFILE;
	if (check(cap_copy(real[space], slot, mask, from_slot,
			   closes ? CAP_CLOSE_ON_EXEC : CAP_KEEP_ON_EXEC, &new_slot),
		  expected, "copy") ||
	    expected)
		return;
	check_slot(new_slot, free_slot, "copy");
	model_cap_hold(from);
	model[space].caps[new_slot] = *from;
	model[space].caps[new_slot].rights &= mask;
	model[space].caps[new_slot].closes_on_exec = closes;
}

static void copy_at(void)
{
	int space = (int)chance(SPACES);
	uint32_t slot = any_slot(space), to = any_slot(space), mask = any_rights();
	int expected = model_use(&model[space], slot, RIGHT_DUPLICATE);
	struct model_cap *from = &model[space].caps[slot % MODEL_SLOTS];
	struct model_cap new_cap;

	if (chance(10) == 0)
		to = slot;
	if (!expected && slot != to && to >= model[space].limit)
		expected = -EBADF;
	if (check(cap_copy_at(real[space], slot, mask, to, CAP_KEEP_ON_EXEC), expected,
		  "copy at") ||
	    expected || slot == to)
		return;
	model_cap_hold(from);
	new_cap = *from;
	new_cap.rights &= mask;
	new_cap.closes_on_exec = false;
	model_cap_drop(&model[space].caps[to]);
	model[space].caps[to] = new_cap;
}

static void close_one(void)
{
	int space = (int)chance(SPACES);
	uint32_t slot = any_slot(space);
	int expected = model_peek(&model[space], slot, 0);

	check(cspace_close(real[space], slot), expected, "close");
	if (!expected)
		model_cap_drop(&model[space].caps[slot]);
}

static void transfer(void)
{
	int from = (int)chance(SPACES), to = (int)chance(SPACES);
	uint32_t slot = any_slot(from), mask = any_rights(), new_slot;
	enum cap_transfer_mode mode = chance(2) ? CAP_TRANSFER_COPY : CAP_TRANSFER_MOVE;
	int expected = model_use(&model[from], slot, RIGHT_TRANSFER);
	int free_slot = model_free_slot(&model[to], 0);
	struct model_cap cap;

	if (free_slot == MODEL_NONE)
		expected = -EMFILE;
	if (check(cap_transfer(real[from], slot, mask, mode, real[to], &new_slot), expected,
		  "transfer") ||
	    expected)
		return;
	check_slot(new_slot, free_slot, "transfer");
	cap = model[from].caps[slot];
	model_cap_hold(&cap);
	if (mode == CAP_TRANSFER_MOVE)
		model_cap_drop(&model[from].caps[slot]);
	cap.rights &= mask;
	cap.closes_on_exec = false;
	model[to].caps[new_slot] = cap;
}

/* Several at once, through a message; what cannot be delivered is lost with it. */
static void send_message(void)
{
	int from = (int)chance(SPACES), to = (int)chance(SPACES);
	struct cap caps[MESSAGE];
	struct model_cap model_caps[MESSAGE];
	uint32_t slots[MESSAGE];
	uint32_t count = 0, wanted = 1 + chance(MESSAGE), room = 0;
	int err;

	for (uint32_t i = 0; i < wanted; i++) {
		uint32_t slot = any_slot(from), mask = any_rights();
		int expected = model_use(&model[from], slot, RIGHT_TRANSFER);

		check(cap_export(real[from], slot, mask, CAP_TRANSFER_MOVE, &caps[count]), expected,
		      "export");
		if (expected)
			continue;
		model_caps[count] = model[from].caps[slot];
		model_caps[count].rights &= mask;
		model_caps[count].closes_on_exec = true;
		model_cap_clear(&model[from].caps[slot]);
		count++;
	}
	for (uint32_t slot = 0; slot < model[to].limit; slot++)
		room += model[to].caps[slot].object == MODEL_NONE;
	err = cap_import(real[to], caps, count, CAP_CLOSE_ON_EXEC, slots);
	check(err, room < count ? -EMFILE : 0, "import");
	for (uint32_t i = 0; i < count; i++) {
		if (err) {
			cap_drop(&caps[i]);
			model_cap_drop(&model_caps[i]);
			continue;
		}
		check_slot(slots[i], model_free_slot(&model[to], 0), "import");
		model[to].caps[slots[i]] = model_caps[i];
	}
}

/* --- Dependents --- */

struct watcher {
	struct grant_dependent dep;
	int grant; /* MODEL_NONE: not attached */
	bool is_revoked;
};

static struct watcher watchers[WATCHERS];

static void pin(struct grant_dependent *dep)
{
	(void)dep;
}

static void revoked(struct grant_dependent *dep)
{
	struct watcher *w = container_of(dep, struct watcher, dep);

	assert_false(w->is_revoked);
	w->is_revoked = true;
}

static const struct grant_dependent_ops watcher_ops = {.pin = pin, .revoked = revoked};

static void detach(struct watcher *w)
{
	assert_int_equal(grant_detach(&w->dep), !w->is_revoked);
	assert_int_equal(w->is_revoked, model_grants[w->grant].is_dead);
	model_grant_put(w->grant);
	w->grant = MODEL_NONE;
	w->is_revoked = false;
}

static void watch(void)
{
	struct watcher *w = &watchers[chance(WATCHERS)];
	int space = (int)chance(SPACES);
	uint32_t slot = any_slot(space);
	int expected = model_use(&model[space], slot, 0);
	struct cap cap;

	if (w->grant != MODEL_NONE) {
		detach(w);
		return;
	}
	if (cspace_peek(real[space], slot, 0, &cap))
		return;
	check(grant_attach(cap.grant, &w->dep, &watcher_ops), expected, "attach");
	cap_drop(&cap);
	if (expected)
		return;
	w->grant = model[space].caps[slot].grant;
	model_grant_get(w->grant);
}

static void revoke(void)
{
	int space = (int)chance(SPACES);
	uint32_t slot = any_slot(space);
	bool with_self = chance(2);
	int expected = model_peek(&model[space], slot, RIGHT_REVOKE);
	int depth = 0;

	/* Those near the root seldom, or nothing is ever alive. */
	if (!expected) {
		for (int g = model[space].caps[slot].grant; g != MODEL_NONE;
		     g = model_grants[g].parent)
			depth++;
		if (depth < 6 && chance(1u << (6 - depth)) != 0)
			return;
	}
	if (!expected && !(model[space].caps[slot].flags & CAP_OWNS_GRANT))
		expected = -EPERM;
	check(cap_revoke(real[space], slot, with_self ? REVOKE_SELF : REVOKE_DESCENDANTS), expected,
	      "revoke");
	if (expected)
		return;
	revocations++;
	model_revoke(model[space].caps[slot].grant, with_self);
	for (int i = 0; i < WATCHERS; i++) {
		if (watchers[i].grant != MODEL_NONE)
			assert_int_equal(watchers[i].is_revoked,
					 model_grants[watchers[i].grant].is_dead);
	}
}

/* --- Whole spaces --- */

static void drop_space(int space)
{
	cspace_put(real[space]);
	for (int i = 0; i < MODEL_SLOTS; i++)
		model_cap_drop(&model[space].caps[i]);
}

/* Users of the first space: one, so that its look-ups borrow; of the others: none or two. */
static void add_users(int space)
{
	if (space == 0)
		cspace_add_user(real[space]);
	if (space == 1) {
		cspace_add_user(real[space]);
		cspace_add_user(real[space]);
	}
}

static void remove_users(int space)
{
	for (int i = 0; space < 2 && i <= space; i++)
		cspace_remove_user(real[space]);
}

static void fork_space(void)
{
	int from = (int)chance(SPACES), to = (int)chance(SPACES);
	enum cspace_clone_what what = chance(2) ? CSPACE_CLONE_ALL : CSPACE_CLONE_KEPT;
	struct model_space old;
	struct cspace *clone;

	if (check(cspace_clone(real[from], NULL, 0, what, &clone), 0, "clone"))
		return;
	old = model[from];
	for (int i = 0; i < MODEL_SLOTS; i++) {
		if (old.caps[i].closes_on_exec && what == CSPACE_CLONE_KEPT)
			model_cap_clear(&old.caps[i]);
		if (old.caps[i].object != MODEL_NONE)
			model_cap_hold(&old.caps[i]);
	}
	remove_users(to);
	drop_space(to);
	real[to] = clone;
	model[to] = old;
	add_users(to);
}

static void exec_space(void)
{
	int space = (int)chance(SPACES);

	cspace_close_on_exec(real[space]);
	for (int i = 0; i < MODEL_SLOTS; i++) {
		if (model[space].caps[i].closes_on_exec)
			model_cap_drop(&model[space].caps[i]);
	}
}

static void close_some(void)
{
	int space = (int)chance(SPACES);
	uint32_t first = chance(MODEL_SLOTS), last = first + chance(30);

	cspace_close_range(real[space], first, last);
	for (uint32_t i = first; i <= last && i < MODEL_SLOTS; i++)
		model_cap_drop(&model[space].caps[i]);
}

static void mark_on_exec(void)
{
	int space = (int)chance(SPACES);
	uint32_t slot = any_slot(space);
	bool closes = chance(2);
	int expected = model_peek(&model[space], slot, 0);

	check(cspace_set_on_exec(real[space], slot, closes ? CAP_CLOSE_ON_EXEC : CAP_KEEP_ON_EXEC),
	      expected, "set on exec");
	if (!expected)
		model[space].caps[slot].closes_on_exec = closes;
}

static void change_limit(void)
{
	int space = (int)chance(SPACES);

	model[space].limit = MODEL_SLOTS - chance(80);
	check(cspace_set_limit(real[space], model[space].limit), 0, "set limit");
}

/* --- Authorities --- */

static void authority_op(void)
{
	int which = (int)chance(AUTHORITIES), space = (int)chance(SPACES);
	uint32_t slot = any_slot(space), place = chance(AUTHORITY_COUNT + 1);
	struct model_cap *there = &model_auth[which][place % AUTHORITY_COUNT];
	uint32_t rights = any_rights();
	struct cap_ref ref;
	struct cap cap;
	int expected;

	expected = place == AUTHORITY_COUNT || there->object == MODEL_NONE ? -EPERM : 0;
	switch (chance(4)) {
	case 0:
		if (cspace_peek(real[space], slot, 0, &cap))
			return;
		expected = place == AUTHORITY_COUNT ? -EINVAL : 0;
		check(authority_replace(real_auth[which], place, &cap), expected, "replace");
		if (expected) {
			cap_drop(&cap);
			return;
		}
		model_cap_hold(&model[space].caps[slot]);
		model_cap_drop(there);
		*there = model[space].caps[slot];
		return;
	case 1:
		check(authority_restrict(real_auth[which], place, rights), expected, "restrict");
		if (!expected)
			there->rights &= rights;
		return;
	case 2:
		if (place < AUTHORITY_COUNT) {
			check(authority_replace(real_auth[which], place, NULL), 0, "replace");
			model_cap_drop(there);
		}
		return;
	default:
		rights = 1u << chance(31);
		if (!expected && !(there->rights & rights))
			expected = -EACCES;
		if (!expected && model_grants[there->grant].is_dead)
			expected = -EIO;
		check(authority_lookup(real_auth[which], place, rights, &ref), expected,
		      "authority look-up");
		if (!expected)
			cap_ref_put(&ref);
	}
}

static void clone_authority(void)
{
	int from = (int)chance(AUTHORITIES), to = (int)chance(AUTHORITIES);
	struct model_cap caps[AUTHORITY_COUNT];
	struct authority *clone;

	if (check(authority_clone(real_auth[from], NULL, 0, &clone), 0, "clone authority"))
		return;
	for (int i = 0; i < AUTHORITY_COUNT; i++) {
		caps[i] = model_auth[from][i];
		if (caps[i].object != MODEL_NONE)
			model_cap_hold(&caps[i]);
	}
	authority_put(real_auth[to]);
	real_auth[to] = clone;
	for (int i = 0; i < AUTHORITY_COUNT; i++) {
		model_cap_drop(&model_auth[to][i]);
		model_auth[to][i] = caps[i];
	}
}

/* --- Comparing all there is --- */

static void compare_slot(int space, uint32_t slot)
{
	const struct model_cap *cap = &model[space].caps[slot];
	const struct model_grant *grant;
	struct cap_info info;
	int err = cap_get_info(real[space], slot, &info);

	if (cap->object == MODEL_NONE) {
		assert_int_equal(err, -EBADF);
		return;
	}
	grant = &model_grants[cap->grant];
	assert_int_equal(err, 0);
	assert_int_equal(info.rights, cap->rights);
	assert_int_equal(info.owns_grant, cap->flags == CAP_OWNS_GRANT);
	assert_int_equal(info.closes_on_exec, cap->closes_on_exec);
	assert_int_equal(info.is_dead, grant->is_dead);
	assert_int_equal(info.grant_id, grant->id);
	assert_int_equal(info.parent_id,
			 grant->parent == MODEL_NONE ? 0 : model_grants[grant->parent].id);
}

static void compare_all(void)
{
	uint32_t counts[3] = {0}, expected = 0;
	struct audit_cursor cursor;
	struct audit_entry entry;

	for (int space = 0; space < SPACES; space++) {
		uint32_t used = 0;

		for (uint32_t slot = 0; slot < MODEL_SLOTS; slot++) {
			compare_slot(space, slot);
			used += model[space].caps[slot].object != MODEL_NONE;
		}
		assert_int_equal(cspace_count(real[space]), used);
		expected += used;
	}
	assert_int_equal(grant_count(), model_grant_count);
	assert_int_equal(things, model_object_count);
	audit_begin(&cursor);
	while (audit_next(&cursor, &entry) == 0)
		counts[entry.kind]++;
	audit_end(&cursor);
	assert_int_equal(counts[AUDIT_GRANT], model_grant_count);
	assert_int_equal(counts[AUDIT_SPACE], expected);
	expected = 0;
	for (int i = 0; i < AUTHORITIES; i++) {
		for (int j = 0; j < AUTHORITY_COUNT; j++)
			expected += model_auth[i][j].object != MODEL_NONE;
	}
	assert_int_equal(counts[AUDIT_AUTHORITY], expected);
}

static const struct {
	void (*run)(void);
	uint32_t weight;
} ops[] = {
	{new_root, 8},	    {open_through, 80},	  {use_some, 200},    {mint, 150},
	{copy, 100},	    {copy_at, 60},	  {close_one, 200},   {transfer, 120},
	{send_message, 8},  {watch, 30},	  {revoke, 40},	      {fork_space, 1},
	{exec_space, 1},    {close_some, 3},	  {mark_on_exec, 30}, {change_limit, 3},
	{authority_op, 60}, {clone_authority, 2},
};

static void run_one(void)
{
	uint32_t total = 0, pick, i;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		total += ops[i].weight;
	pick = chance(total);
	for (i = 0; pick >= ops[i].weight; i++)
		pick -= ops[i].weight;
	is_short = chance(40) == 0;
	if (is_short)
		fake_fail_alloc(1 + chance(3));
	ops[i].run();
	fake_fail_alloc(0);
}

static void begin_world(void)
{
	model_reset();
	for (int i = 0; i < SPACES; i++) {
		real[i] = make_space(MODEL_SLOTS);
		model[i].limit = MODEL_SLOTS;
		for (int j = 0; j < MODEL_SLOTS; j++)
			model_cap_clear(&model[i].caps[j]);
		add_users(i);
	}
	for (int i = 0; i < AUTHORITIES; i++) {
		assert_int_equal(authority_create(NULL, 0, &real_auth[i]), 0);
		for (int j = 0; j < AUTHORITY_COUNT; j++)
			model_cap_clear(&model_auth[i][j]);
	}
	for (int i = 0; i < WATCHERS; i++)
		watchers[i] = (struct watcher){.grant = MODEL_NONE};
}

static void end_world(void)
{
	for (int i = 0; i < WATCHERS; i++) {
		if (watchers[i].grant != MODEL_NONE)
			detach(&watchers[i]);
	}
	for (int i = 0; i < SPACES; i++) {
		remove_users(i);
		drop_space(i);
	}
	for (int i = 0; i < AUTHORITIES; i++) {
		authority_put(real_auth[i]);
		for (int j = 0; j < AUTHORITY_COUNT; j++)
			model_cap_drop(&model_auth[i][j]);
	}
	assert_int_equal(model_grant_count, 0);
	assert_int_equal(model_object_count, 0);
	check_all_gone();
}

static void everything_agrees_with_the_model(void **state)
{
	const char *wish = getenv("THEMELIOS_MODEL_OPS");
	uint64_t count = wish ? strtoull(wish, NULL, 10) : 200000;

	(void)state;
	seed = 2026;
	begin_world();
	for (op_number = 1; op_number <= count; op_number++) {
		run_one();
		if (op_number % 5000 == 0)
			compare_all();
	}
	compare_all();
	/* Not a test of errors alone. */
	assert_true(successes > count / 4 && refusals > count / 200 && revocations > count / 1000);
	end_world();
	print_message("# %lu operations: %lu results of success, %lu of use after revocation, "
		      "%lu revocations\n",
		      count, successes, refusals, revocations);
}

static const struct CMUnitTest tests[] = {
	TEST(everything_agrees_with_the_model, "random operations do what the model does"),
};

int main(void)
{
	return cmocka_run_group_tests_name("cap/model", tests, machine_start, NULL);
}
