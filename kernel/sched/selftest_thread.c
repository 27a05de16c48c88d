/* Self-tests: threads, preemption, shares, real-time order, affinity, stealing. */
#include "kernel/lib/atomic.h"
#include "kernel/lib/errno.h"
#include "kernel/sched/runq_impl.h"
#include "kernel/sched/selftest_impl.h"

#define THREADS 64

static cpu_id_t last_cpu(void)
{
	return cpu_online_count() - 1;
}

static struct atomic32 run_count;

static void count_and_yield(void *arg)
{
	for (uintptr_t i = 0; i < (uintptr_t)arg; i++)
		thread_yield();
	atomic32_inc(&run_count);
}

/* Ended threads are freed by whoever runs next on their CPU, a moment later. */
static bool thread_count_becomes(uint32_t count)
{
	ktime_t deadline = time_after(2 * NSEC_PER_SEC);

	while (thread_count() != count) {
		if (time_now() > deadline)
			return false;
		thread_sleep_ns(NSEC_PER_MSEC);
	}
	return true;
}

SELFTEST(test_threads, "sched.threads", "threads run to their end once, and leave nothing behind")
{
	static struct thread *threads[THREADS];
	uint32_t before = thread_count();
	struct thread *unborn;

	atomic32_store(&run_count, 0);
	for (size_t i = 0; i < THREADS; i++)
		threads[i] = selftest_start("st-count", count_and_yield, (void *)(uintptr_t)(i % 5),
					    SELFTEST_ANY_CPU);
	for (size_t i = 0; i < THREADS; i++) {
		SELFTEST_CHECK(!threads[i] || threads[i]->id > 0);
		selftest_join(threads[i]);
	}
	SELFTEST_CHECK_EQ(atomic32_load(&run_count), THREADS);

	unborn = selftest_create("st-unborn", count_and_yield, NULL, SELFTEST_ANY_CPU);
	SELFTEST_REQUIRE(unborn != NULL);
	SELFTEST_CHECK_EQ(thread_join(unborn, time_after(NSEC_PER_MSEC)), -ETIMEDOUT);
	SELFTEST_CHECK_EQ(thread_join(unborn, KTIME_POLL), -EAGAIN);
	thread_put(unborn);
	SELFTEST_CHECK(thread_count_becomes(before));
}

struct spinner {
	uint32_t has_started; /* atomic */
	uint32_t must_stop;   /* atomic */
	cpu_id_t cpu;	      /* seen last */
	uint64_t cpus_seen;   /* bits, of the first 64 */
};

/* Never gives the CPU away by itself. */
static void spin_until_told(void *arg)
{
	struct spinner *spinner = arg;

	store_release(&spinner->has_started, 1);
	while (!load_acquire(&spinner->must_stop)) {
		cpu_id_t cpu = cpu_current();

		WRITE_ONCE(spinner->cpu, cpu);
		if (cpu < 64)
			spinner->cpus_seen |= 1ull << cpu;
		arch_cpu_relax();
	}
}

static void stop_spinner(struct spinner *spinner, struct thread *thread)
{
	store_release(&spinner->must_stop, 1);
	selftest_join(thread);
}

SELFTEST(test_preempt, "sched.preempt",
	 "a thread that never yields does not keep others off its CPU")
{
	struct spinner first = {0}, second = {0};
	struct thread *a = selftest_start("st-spin-a", spin_until_told, &first, last_cpu());
	struct thread *b = selftest_start("st-spin-b", spin_until_told, &second, last_cpu());

	SELFTEST_CHECK(selftest_wait_for(&first.has_started, 5 * NSEC_PER_SEC));
	SELFTEST_CHECK(selftest_wait_for(&second.has_started, 5 * NSEC_PER_SEC));
	stop_spinner(&first, a);
	stop_spinner(&second, b);
}

/* Whether b has had twice the time of a, to a tenth, between now and a little later. */
static bool shares_are_right(struct thread *a, struct thread *b, ktime_t *run_a, ktime_t *run_b)
{
	ktime_t start_a = thread_run_ns(a);
	ktime_t start_b = thread_run_ns(b);

	thread_sleep_ns(300 * NSEC_PER_MSEC);
	*run_a = thread_run_ns(a) - start_a;
	*run_b = thread_run_ns(b) - start_b;
	return *run_b * 100 >= *run_a * 180 && *run_b * 100 <= *run_a * 220;
}

/* An emulated CPU that its host stops for long in one thread's turn spoils a measurement. */
#define FAIR_ATTEMPTS 5

SELFTEST(test_fair, "sched.fair", "two busy threads of weight 1 and 2 share a CPU as 1 to 2")
{
	struct spinner first = {0}, second = {0};
	struct thread *a = selftest_create("st-weight-1", spin_until_told, &first, last_cpu());
	struct thread *b = selftest_create("st-weight-2", spin_until_told, &second, last_cpu());
	ktime_t run_a = 0, run_b = 0;
	bool is_right = false;

	SELFTEST_REQUIRE(a && b);
	SELFTEST_CHECK_EQ(thread_set_weight(a, FAIR_WEIGHT_UNIT), 0);
	SELFTEST_CHECK_EQ(thread_set_weight(b, 2 * FAIR_WEIGHT_UNIT), 0);
	thread_start(a);
	thread_start(b);
	(void)selftest_wait_for(&first.has_started, 5 * NSEC_PER_SEC);
	(void)selftest_wait_for(&second.has_started, 5 * NSEC_PER_SEC);
	for (int i = 0; i < FAIR_ATTEMPTS && !is_right; i++)
		is_right = shares_are_right(a, b, &run_a, &run_b);
	stop_spinner(&first, a);
	stop_spinner(&second, b);
	if (!is_right)
		selftest_fail(__FILE__, __LINE__, "weight 1 had %lld us, weight 2 had %lld us",
			      (long long)(run_a / NSEC_PER_USEC),
			      (long long)(run_b / NSEC_PER_USEC));
}

static void check_fifo_order(cpu_id_t cpu)
{
	struct spinner fair = {0}, low = {0}, high = {0};
	struct thread *t_fair, *t_low, *t_high;

	t_low = selftest_create("st-fifo-10", spin_until_told, &low, cpu);
	t_high = selftest_create("st-fifo-20", spin_until_told, &high, cpu);
	SELFTEST_REQUIRE(t_low && t_high);
	SELFTEST_CHECK_EQ(thread_set_priority(t_low, THREAD_POLICY_FIFO, 10), 0);
	SELFTEST_CHECK_EQ(thread_set_priority(t_high, THREAD_POLICY_FIFO, 20), 0);
	SELFTEST_CHECK_EQ(thread_set_priority(t_high, THREAD_POLICY_FIFO, 100), -EINVAL);

	thread_start(t_low);
	SELFTEST_CHECK(selftest_wait_for(&low.has_started, 2 * NSEC_PER_SEC));
	t_fair = selftest_start("st-fair", spin_until_told, &fair, cpu);
	thread_sleep_ns(50 * NSEC_PER_MSEC);
	SELFTEST_CHECK_EQ(load_acquire(&fair.has_started), 0);
	thread_start(t_high);
	SELFTEST_CHECK(selftest_wait_for(&high.has_started, 2 * NSEC_PER_SEC));
	stop_spinner(&high, t_high);
	SELFTEST_CHECK_EQ(load_acquire(&fair.has_started), 0);
	stop_spinner(&low, t_low);
	SELFTEST_CHECK(selftest_wait_for(&fair.has_started, 2 * NSEC_PER_SEC));
	stop_spinner(&fair, t_fair);
}

static void check_round_robin(cpu_id_t cpu)
{
	struct spinner first = {0}, second = {0};
	struct thread *a = selftest_create("st-rr-a", spin_until_told, &first, cpu);
	struct thread *b = selftest_create("st-rr-b", spin_until_told, &second, cpu);

	SELFTEST_REQUIRE(a && b);
	SELFTEST_CHECK_EQ(thread_set_priority(a, THREAD_POLICY_RR, 5), 0);
	SELFTEST_CHECK_EQ(thread_set_priority(b, THREAD_POLICY_RR, 5), 0);
	thread_start(a);
	thread_start(b);
	SELFTEST_CHECK(selftest_wait_for(&first.has_started, 2 * NSEC_PER_SEC));
	SELFTEST_CHECK(selftest_wait_for(&second.has_started, 2 * NSEC_PER_SEC));
	stop_spinner(&first, a);
	stop_spinner(&second, b);
}

SELFTEST(test_rt, "sched.rt",
	 "a higher real-time priority runs first, equals take turns, fair threads come last")
{
	struct thread *self = thread_current();

	/* So that this thread gets through on a machine with one CPU. */
	SELFTEST_CHECK_EQ(thread_set_priority(self, THREAD_POLICY_FIFO, 50), 0);
	check_fifo_order(last_cpu());
	check_round_robin(last_cpu());
	SELFTEST_CHECK_EQ(thread_set_priority(self, THREAD_POLICY_FAIR, 0), 0);
}

SELFTEST(test_affinity, "sched.affinity",
	 "a thread runs on the CPUs of its mask only, and moves at once")
{
	struct cpumask mask = {.bits = {0}};
	struct spinner spinner = {0};
	struct thread *thread;

	SELFTEST_CHECK_EQ(thread_set_affinity(thread_current(), &mask), -EINVAL);
	for (cpu_id_t cpu = 0; cpu < cpu_online_count(); cpu++) {
		mask = cpumask_of(cpu);
		SELFTEST_CHECK_EQ(thread_set_affinity(thread_current(), &mask), 0);
		for (int i = 0; i < 20; i++) {
			SELFTEST_CHECK_EQ(cpu_current(), cpu);
			if (i % 2)
				thread_yield();
			else
				thread_sleep_ns(100 * NSEC_PER_USEC);
		}
	}
	mask = cpumask_all();
	SELFTEST_CHECK_EQ(thread_set_affinity(thread_current(), &mask), 0);

	/* Another one, while it runs. */
	thread = selftest_start("st-moved", spin_until_told, &spinner, 0);
	SELFTEST_REQUIRE(thread != NULL);
	(void)selftest_wait_for(&spinner.has_started, 5 * NSEC_PER_SEC);
	for (cpu_id_t cpu = 0; cpu < cpu_online_count(); cpu++) {
		mask = cpumask_of(cpu);
		SELFTEST_CHECK_EQ(thread_set_affinity(thread, &mask), 0);
		thread_sleep_ns(50 * NSEC_PER_MSEC);
		SELFTEST_CHECK_EQ(READ_ONCE(spinner.cpu), cpu);
	}
	stop_spinner(&spinner, thread);
}

SELFTEST(test_steal, "sched.steal", "CPUs without work take threads that wait on another")
{
	enum { SPINNERS = 4 };
	static struct spinner spinners[SPINNERS];
	struct thread *threads[SPINNERS];
	struct cpumask all = cpumask_all();
	ktime_t deadline = time_after(5 * NSEC_PER_SEC);
	uint64_t seen = 0;

	if (cpu_online_count() == 1)
		return;
	for (int i = 0; i < SPINNERS; i++) {
		spinners[i] = (struct spinner){0};
		threads[i] = selftest_start("st-steal", spin_until_told, &spinners[i], 0);
	}
	thread_sleep_ns(20 * NSEC_PER_MSEC);
	for (int i = 0; i < SPINNERS; i++) {
		SELFTEST_CHECK((READ_ONCE(spinners[i].cpus_seen) & ~1ull) == 0);
		if (threads[i])
			SELFTEST_CHECK_EQ(thread_set_affinity(threads[i], &all), 0);
	}
	while ((seen & 3) != 3 && time_now() < deadline) {
		thread_sleep_ns(NSEC_PER_MSEC);
		for (int i = 0; i < SPINNERS; i++)
			seen |= READ_ONCE(spinners[i].cpus_seen);
	}
	SELFTEST_CHECK_EQ(seen & 3, 3);
	for (int i = 0; i < SPINNERS; i++)
		stop_spinner(&spinners[i], threads[i]);
}
