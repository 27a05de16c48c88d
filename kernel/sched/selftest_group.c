/* Self-tests of scheduling groups. */
#include "kernel/arch/cpu.h"
#include "kernel/core/selftest.h"
#include "kernel/core/time.h"
#include "kernel/lib/atomic.h"
#include "kernel/sched/group.h"
#include "kernel/sched/thread.h"

#define SPINNERS_MAX 4

/* Threads that use a CPU until told to stop, as user code would: they wait for budget. */
struct spinners {
	struct thread *threads[SPINNERS_MAX];
	uint32_t count;
	bool must_stop;
};

static void spin(void *arg)
{
	struct spinners *spinners = arg;

	while (!READ_ONCE(spinners->must_stop)) {
		if (READ_ONCE(thread_current()->is_over_budget))
			SELFTEST_CHECK_EQ(sched_group_wait_budget(), 0);
		arch_cpu_relax();
	}
}

/* All on CPU 0, so that shares can be told. */
static bool start_spinners(struct spinners *spinners, struct sched_group *group, uint32_t count)
{
	struct cpumask first = {0};

	cpumask_set(&first, 0);
	spinners->must_stop = false;
	for (spinners->count = 0; spinners->count < count; spinners->count++) {
		struct thread **thread = &spinners->threads[spinners->count];

		if (thread_create("spinner", spin, spinners, thread))
			return false;
		if (thread_set_affinity(*thread, &first))
			SELFTEST_CHECK(false);
		sched_group_attach(group, *thread);
		thread_start(*thread);
	}
	return true;
}

static void stop_spinners(struct spinners *spinners)
{
	WRITE_ONCE(spinners->must_stop, true);
	for (uint32_t i = 0; i < spinners->count; i++) {
		SELFTEST_CHECK_EQ(thread_join(spinners->threads[i], KTIME_FOREVER), 0);
		thread_put(spinners->threads[i]);
	}
}

static ktime_t group_run_ns(struct sched_group *group)
{
	struct sched_group_stats stats;

	sched_group_get_stats(group, &stats);
	return stats.run_ns;
}

SELFTEST(shares, "sched.group",
	 "two groups share a CPU by weight, whatever the number of their threads")
{
	static struct spinners few, many;
	struct sched_group *light;
	struct sched_group *heavy;
	ktime_t light_ns, heavy_ns;

	SELFTEST_REQUIRE(sched_group_create(sched_group_root(), &light) == 0);
	if (sched_group_create(sched_group_root(), &heavy)) {
		sched_group_put(light);
		SELFTEST_REQUIRE(false);
	}
	SELFTEST_CHECK_EQ(sched_group_set_weight(heavy, 300), 0);
	SELFTEST_CHECK(start_spinners(&many, light, 4));
	SELFTEST_CHECK(start_spinners(&few, heavy, 1));
	thread_sleep_ns(50 * NSEC_PER_MSEC);
	light_ns = group_run_ns(light);
	heavy_ns = group_run_ns(heavy);
	thread_sleep_ns(800 * NSEC_PER_MSEC);
	light_ns = group_run_ns(light) - light_ns;
	heavy_ns = group_run_ns(heavy) - heavy_ns;
	stop_spinners(&many);
	stop_spinners(&few);
	sched_group_put(light);
	sched_group_put(heavy);

	/* 1 to 3, with room for a virtual CPU that is not always there. */
	if (heavy_ns < light_ns * 2 || heavy_ns > light_ns * 4)
		selftest_fail(__FILE__, __LINE__, "weight 100 had %ld us, weight 300 had %ld us",
			      (long)(light_ns / NSEC_PER_USEC), (long)(heavy_ns / NSEC_PER_USEC));
}

SELFTEST(quota, "sched.quota", "a group gets its quota of CPU time in a period, and no more")
{
	static struct spinners spinners;
	struct sched_group_stats stats;
	struct sched_group *outer;
	struct sched_group *inner;
	ktime_t begin, elapsed, used;

	SELFTEST_REQUIRE(sched_group_create(sched_group_root(), &outer) == 0);
	if (sched_group_create(outer, &inner)) {
		sched_group_put(outer);
		SELFTEST_REQUIRE(false);
	}
	SELFTEST_CHECK_EQ(sched_group_set_quota(outer, 10 * NSEC_PER_MSEC, 50 * NSEC_PER_MSEC), 0);
	begin = time_now();
	SELFTEST_CHECK(start_spinners(&spinners, inner, 2));
	thread_sleep_ns(1000 * NSEC_PER_MSEC);
	used = group_run_ns(outer);
	elapsed = time_now() - begin;
	stop_spinners(&spinners);
	sched_group_get_stats(outer, &stats);
	sched_group_put(inner);
	sched_group_put(outer);

	/*
	 * A fifth of the time; a virtual CPU that stood still while it was charged
	 * for the time makes it more, and less of what was left.
	 */
	if (used > elapsed / 3 || used < elapsed / 12)
		selftest_fail(__FILE__, __LINE__, "used %ld us of %ld us",
			      (long)(used / NSEC_PER_USEC), (long)(elapsed / NSEC_PER_USEC));
	SELFTEST_CHECK(stats.throttled_count > 5);
	SELFTEST_CHECK(stats.throttled_ns > elapsed / 3);
}
