/* Self-tests: revocation of what is in use, and of many at once. */
#include "kernel/cap/selftest_impl.h"
#include "kernel/core/log.h"
#include "kernel/core/percpu.h"
#include "kernel/core/timer.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/slab.h"

struct sleeper {
	struct cspace *cs;
	uint32_t slot;
	int result; /* 1: still there */
};

static void sleep_in_object(void *arg)
{
	struct sleeper *sleeper = arg;
	struct cap_ref ref;
	int err;

	err = cspace_lookup(sleeper->cs, sleeper->slot, RIGHT_READ, &ref);
	if (!err) {
		err = cap_use_result(&ref, selftest_object_sleep(ref.object));
		cap_ref_put(&ref);
	}
	cap_thread_check_idle();
	SELFTEST_CHECK_EQ(thread_pending_interrupts(thread_current()), 0);
	store_release(&sleeper->result, err);
}

#define SLEEPERS 6

SELFTEST(test_revoke_sleepers, "cap.revoke.sleepers",
	 "threads asleep in what is revoked have woken on all CPUs when revocation returns")
{
	struct sleeper sleepers[SLEEPERS];
	struct thread *threads[SLEEPERS];
	struct selftest_object *object;
	struct grant *root, *child;
	struct cspace *cs;
	struct cap cap;
	uint32_t slot;

	SELFTEST_REQUIRE(grant_create_root(NULL, "selftest", &root) == 0);
	SELFTEST_REQUIRE(grant_mint(root, NULL, "selftest", 0, &child) == 0);
	SELFTEST_REQUIRE(cspace_create(NULL, 100, 0, &cs) == 0);
	SELFTEST_REQUIRE(selftest_make_cap(child, &cap));
	object = container_of(cap.object, struct selftest_object, obj);
	SELFTEST_REQUIRE(cspace_insert(cs, &cap, 0, CAP_KEEP_ON_EXEC, &slot) == 0);
	for (uint32_t i = 0; i < SLEEPERS; i++) {
		sleepers[i] = (struct sleeper){.cs = cs, .slot = slot, .result = 1};
		threads[i] = selftest_run_on(i, "st-sleeper", sleep_in_object, &sleepers[i]);
	}
	while (load_acquire(&object->sleeping) < SLEEPERS)
		thread_sleep_ns(NSEC_PER_MSEC);
	SELFTEST_CHECK_EQ(cap_revoke(cs, slot, REVOKE_SELF), 0);
	for (uint32_t i = 0; i < SLEEPERS; i++) {
		selftest_finish(threads[i]);
		SELFTEST_CHECK_EQ(load_acquire(&sleepers[i].result), -EIO);
	}
	cspace_put(cs);
	grant_put(child);
	SELFTEST_CHECK(!grant_is_dead(root));
	grant_put(root);
}

/* The longest time between two interrupts of a timer that wants to come every so often. */
struct metronome {
	struct timer timer;
	ktime_t due;
	ktime_t worst;
};

#define BEAT_NS 20000

static void beat(struct timer *timer)
{
	struct metronome *m = container_of(timer, struct metronome, timer);
	ktime_t now = time_now();

	m->worst = MAX(m->worst, now - m->due);
	m->due = now + BEAT_NS;
	timer_start(timer, m->due);
}

enum shape {
	WIDE, /* all are children of one */
	DEEP, /* each is the child of the one before */
};

static uint64_t make_descendants(struct grant *top, struct grant **grants, uint32_t count,
				 enum shape shape)
{
	uint64_t start = arch_cycle_counter();
	struct grant *parent = top;
	uint32_t made = 0;

	for (; made < count; made++) {
		if (grant_mint(parent, NULL, "selftest", 0, &grants[made]))
			break;
		if (shape == DEEP)
			parent = grants[made];
	}
	SELFTEST_CHECK_EQ(made, count);
	for (; made < count; made++)
		grants[made] = NULL;
	return arch_cycle_counter() - start;
}

static void check_all_dead(struct grant **grants, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (grants[i] && !grant_is_dead(grants[i])) {
			selftest_fail(__FILE__, __LINE__, "descendant %u of %u lives", i, count);
			break;
		}
	}
}

static void revoke_many(struct grant **grants, uint32_t count, enum shape shape)
{
	struct metronome metronome = {.worst = 0};
	struct grant *top;
	uint64_t minting, start, cycles;

	SELFTEST_REQUIRE(grant_create_root(NULL, "selftest", &top) == 0);
	minting = make_descendants(top, grants, count, shape);
	timer_init(&metronome.timer, beat);
	metronome.due = time_now() + BEAT_NS;
	timer_start(&metronome.timer, metronome.due);
	start = arch_cycle_counter();
	grant_revoke(top, REVOKE_SELF);
	cycles = arch_cycle_counter() - start;
	(void)timer_cancel(&metronome.timer);
	check_all_dead(grants, count);
	log_info("cap: revoking %u descendants, %s: %lu cycles, %lu each; mint %lu; timer late by "
		 "%ld ns at most",
		 count, shape == WIDE ? "wide" : "deep", cycles, cycles / count, minting / count,
		 metronome.worst);
	for (uint32_t i = 0; i < count; i++) {
		if (grants[i])
			grant_put(grants[i]);
	}
	grant_put(top);
}

#define MANY 100000u

SELFTEST(test_revoke_many, "cap.revoke.many",
	 "1, 1,000 and 100,000 descendants die with their root")
{
	static const uint32_t counts[] = {1, 1000, MANY};
	struct grant **grants = (struct grant **)kmem_zalloc_array(MANY, sizeof(*grants));
	uint64_t before = grant_count();

	SELFTEST_REQUIRE(grants);
	for (uint32_t i = 0; i < ARRAY_SIZE(counts); i++) {
		revoke_many(grants, counts[i], WIDE);
		revoke_many(grants, counts[i], DEEP);
	}
	kmem_free((void *)grants, MANY * sizeof(*grants));
	SELFTEST_CHECK_EQ(grant_count(), before);
}
