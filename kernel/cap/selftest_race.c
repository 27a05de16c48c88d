/*
 * Self-test: threads on all CPUs look up, mint, copy, close and revoke in one
 * space. What must hold: after a revocation has returned, no thread is inside a
 * use of that grant, and none gets in.
 *
 * The witness is a flag for each target, "revoked", that the revoker sets after
 * cap_revoke() returned. Whoever is in a use reads it: set means that a use went
 * on after the revocation had returned.
 */
#include "kernel/cap/selftest_impl.h"
#include "kernel/core/log.h"
#include "kernel/core/percpu.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/errno.h"

#define TARGETS 4u
#define USERS 6u
#define RACE_NS (1500 * NSEC_PER_MSEC)

static struct race {
	struct cspace *cs;
	uint32_t origin;	 /* slot of the capability that all are minted of */
	uint32_t slots[TARGETS]; /* atomic: where each target is now; UINT32_MAX: nowhere */
	struct atomic32 generation[TARGETS]; /* odd: revoked */
	uint32_t must_stop;		     /* atomic */
	struct atomic64 uses, refusals, revocations;
} race;

static uint64_t next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *state >> 33;
}

/*
 * One use of a target. The slot may meanwhile hold another capability, so the
 * grant itself says which generation it is of: its badge.
 */
static void use_target(uint32_t slot, uint64_t random)
{
	struct cap_ref ref;
	uint32_t target, generation;

	if (cspace_lookup(race.cs, slot, RIGHT_READ, &ref)) {
		atomic64_inc(&race.refusals);
		return;
	}
	target = (uint32_t)(ref.grant->badge >> 32);
	generation = (uint32_t)ref.grant->badge;
	for (uint64_t i = 0; i < random % 64; i++) {
		if (generation && atomic32_load_acquire(&race.generation[target]) != generation) {
			selftest_fail(__FILE__, __LINE__, "target %u is used after its revocation",
				      target);
			break;
		}
	}
	atomic64_inc(&race.uses);
	cap_ref_put(&ref);
	cap_thread_check_idle();
}

/* Copies and mints of whatever is in the slot, and closes the result. */
static void change_slots(uint32_t slot, uint64_t random)
{
	uint32_t got;
	int err;

	if (random % 2)
		err = cap_copy(race.cs, slot, RIGHTS_ALL, 16, CAP_KEEP_ON_EXEC, &got);
	else
		err = cap_mint(race.cs, slot, RIGHTS_ALL, "race", 0, &got);
	if (!err) {
		use_target(got, random);
		(void)!cspace_close(race.cs, got);
	}
}

static void be_user(void *arg)
{
	uint64_t state = (uintptr_t)arg + 1;

	while (!load_acquire(&race.must_stop)) {
		uint64_t random = next_random(&state);
		uint32_t slot = READ_ONCE(race.slots[random % TARGETS]);

		if (slot == UINT32_MAX)
			continue;
		if (next_random(&state) % 4)
			use_target(slot, next_random(&state));
		else
			change_slots(slot, next_random(&state));
	}
}

/* Takes a target away and gives it back under a new grant. */
static bool revoke_target(uint32_t target)
{
	uint32_t slot = race.slots[target];
	uint32_t generation;
	uint64_t badge;
	int err;

	if (slot != UINT32_MAX) {
		SELFTEST_CHECK_EQ(cap_revoke(race.cs, slot, REVOKE_SELF), 0);
		(void)atomic32_inc_return(&race.generation[target]);
		atomic64_inc(&race.revocations);
		WRITE_ONCE(race.slots[target], UINT32_MAX);
		(void)!cspace_close(race.cs, slot);
		generation = atomic32_inc_return(&race.generation[target]);
	} else {
		generation = atomic32_load(&race.generation[target]);
	}
	badge = (uint64_t)target << 32 | generation;
	err = cap_mint(race.cs, race.origin, RIGHTS_ALL, "target", badge, &slot);
	SELFTEST_CHECK_EQ(err, 0);
	if (!err)
		WRITE_ONCE(race.slots[target], slot);
	return !err;
}

/* Each of several has targets of its own. */
static void be_revoker(void *arg)
{
	uint32_t first = (uint32_t)(uintptr_t)arg;

	while (!load_acquire(&race.must_stop)) {
		for (uint32_t target = first; target < TARGETS; target += 2) {
			if (!revoke_target(target))
				return;
		}
	}
}

static bool set_up(struct grant **root_out)
{
	struct cap cap;

	for (uint32_t i = 0; i < TARGETS; i++) {
		race.slots[i] = UINT32_MAX;
		atomic32_store(&race.generation[i], 2);
	}
	race.must_stop = 0;
	if (grant_create_root(NULL, "selftest", root_out))
		return false;
	if (cspace_create(NULL, 1000, 0, &race.cs))
		return false;
	return selftest_make_cap(*root_out, &cap) &&
	       cspace_insert(race.cs, &cap, 0, CAP_KEEP_ON_EXEC, &race.origin) == 0;
}

SELFTEST(test_cap_race, "cap.race", "no use goes on after its revocation returned, on any CPU")
{
	uint32_t objects = atomic32_load(&selftest_objects);
	struct thread *threads[USERS + 2];
	uint64_t before = grant_count();
	struct grant *root;

	SELFTEST_REQUIRE(set_up(&root));
	for (uint32_t i = 0; i < USERS; i++)
		threads[i] = selftest_run_on(i, "st-user", be_user, (void *)(uintptr_t)i);
	for (uint32_t i = 0; i < 2; i++)
		threads[USERS + i] =
			selftest_run_on(i, "st-revoker", be_revoker, (void *)(uintptr_t)i);
	thread_sleep_ns(RACE_NS);
	store_release(&race.must_stop, 1);
	for (uint32_t i = 0; i < ARRAY_SIZE(threads); i++)
		selftest_finish(threads[i]);
	log_info("cap: race: %lu uses, %lu refusals, %lu revocations", atomic64_load(&race.uses),
		 atomic64_load(&race.refusals), atomic64_load(&race.revocations));
	SELFTEST_CHECK(atomic64_load(&race.uses) > 0);
	SELFTEST_CHECK(atomic64_load(&race.revocations) > 0);
	cspace_put(race.cs);
	grant_put(root);
	SELFTEST_CHECK_EQ(grant_count(), before);
	SELFTEST_CHECK_EQ(atomic32_load(&selftest_objects), objects);
}
