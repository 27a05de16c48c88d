/* Threads and run queues together, on a machine of one CPU. */
#include "kernel/sched/sched.h"

#include "kernel/lib/errno.h"
#include "kernel/sched/runq_impl.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/sched/machine.h"
#include "tests/unit/unit.h"

#define MS NSEC_PER_MSEC
#define MAX_EVENTS 1000

/* What happened, as letters in order. */
static char events[MAX_EVENTS];
static size_t event_count;

static void note(char c)
{
	if (event_count + 1 < MAX_EVENTS)
		events[event_count++] = c;
	events[event_count] = '\0';
}

static int setup(void **state)
{
	(void)state;
	event_count = 0;
	events[0] = '\0';
	return 0;
}

struct job {
	char letter;
	int rounds;
	ktime_t each; /* computed in each round */
	bool yields;
};

static void run_job(void *arg)
{
	struct job *job = arg;

	for (int i = 0; i < job->rounds; i++) {
		machine_compute(job->each);
		note(job->letter);
		if (job->yields)
			thread_yield();
	}
}

static void threads_run_to_their_end(void **state)
{
	uint32_t before = thread_count();
	uint32_t allocations = fake_allocations;
	struct job job = {.letter = 'a', .rounds = 3, .each = MS};
	struct thread *thread = machine_spawn("a", run_job, &job);

	(void)state;
	assert_int_equal(thread_count(), before + 1);
	machine_join(thread);
	assert_string_equal(events, "aaa");
	assert_int_equal(thread_count(), before);
	assert_int_equal(fake_allocations, allocations);
}

static void thread_never_started_is_freed_by_put(void **state)
{
	uint32_t allocations = fake_allocations;
	struct thread *thread;

	(void)state;
	assert_int_equal(thread_create("x", run_job, NULL, &thread), 0);
	assert_int_equal(thread_join(thread, KTIME_POLL), -EAGAIN);
	thread_put(thread);
	assert_int_equal(fake_allocations, allocations);
}

static void create_fails_cleanly_without_memory(void **state)
{
	uint32_t allocations = fake_allocations;
	uint32_t before = thread_count();
	struct thread *thread = NULL;
	uint32_t n = 1;

	(void)state;
	for (;; n++) {
		fake_fail_alloc(n);
		if (thread_create("x", run_job, NULL, &thread) == 0)
			break;
		assert_null(thread);
		assert_int_equal(fake_allocations, allocations);
		assert_int_equal(thread_count(), before);
	}
	fake_fail_alloc(0);
	assert_true(n > 2);
	thread_put(thread);
	assert_int_equal(fake_allocations, allocations);
}

static void join_reports_a_timeout(void **state)
{
	struct job job = {.letter = 'a', .rounds = 1, .each = 50 * MS};
	struct thread *thread = machine_spawn("a", run_job, &job);
	ktime_t deadline = time_after(10 * MS);

	(void)state;
	assert_int_equal(thread_join(thread, deadline), -ETIMEDOUT);
	assert_true(time_now() >= deadline && time_now() < deadline + 4 * MS);
	machine_join(thread);
}

static void compute_shares(const int *nices, const uint32_t *weights, size_t count, double bound)
{
	static struct job jobs[8];
	struct thread *threads[8];
	ktime_t before[8];
	ktime_t total = 60 * NSEC_PER_SEC;
	double sum = 0;

	for (size_t i = 0; i < count; i++) {
		jobs[i] = (struct job){.letter = 'x', .rounds = INT32_MAX, .each = 100 * MS};
		assert_int_equal(thread_create("share", run_job, &jobs[i], &threads[i]), 0);
		assert_int_equal(thread_set_priority(threads[i], THREAD_POLICY_FAIR, nices[i]), 0);
		sum += weights[i];
		thread_start(threads[i]);
	}
	thread_sleep_ns(MS);
	for (size_t i = 0; i < count; i++)
		before[i] = thread_run_ns(threads[i]);
	thread_sleep_ns(total);
	for (size_t i = 0; i < count; i++) {
		double want = (double)total * weights[i] / sum;
		double got = (double)(thread_run_ns(threads[i]) - before[i]);

		if (got < want * (1 - bound) || got > want * (1 + bound))
			fail_msg("nice %d: %.0f ns, not %.0f", nices[i], got, want);
	}
	for (size_t i = 0; i < count; i++) {
		jobs[i].rounds = 0;
		machine_join(threads[i]);
	}
}

static void shares_follow_nice(void **state)
{
	static const int nices[] = {0, 5, -5, 10};
	uint32_t weights[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		weights[i] = fair_weight_of_nice(nices[i]);
	compute_shares(nices, weights, 4, 0.01);
}

static void higher_priority_runs_first(void **state)
{
	struct job low = {.letter = 'l', .rounds = 2, .each = 30 * MS};
	struct job high = {.letter = 'h', .rounds = 2, .each = 30 * MS};
	struct job fair = {.letter = 'f', .rounds = 2, .each = MS};
	struct thread *threads[3];

	(void)state;
	assert_int_equal(thread_create("fair", run_job, &fair, &threads[0]), 0);
	assert_int_equal(thread_create("low", run_job, &low, &threads[1]), 0);
	assert_int_equal(thread_create("high", run_job, &high, &threads[2]), 0);
	assert_int_equal(thread_set_priority(threads[1], THREAD_POLICY_FIFO, 1), 0);
	assert_int_equal(thread_set_priority(threads[2], THREAD_POLICY_FIFO, 2), 0);
	/* Preemption is off: all are there before the first can run. */
	preempt_disable();
	for (int i = 0; i < 3; i++)
		thread_start(threads[i]);
	preempt_enable();
	for (int i = 0; i < 3; i++)
		machine_join(threads[i]);
	assert_string_equal(events, "hhllff");
}

static void rr_takes_turns_fifo_does_not(void **state)
{
	struct job jobs[2] = {
		{.letter = 'a', .rounds = 6, .each = 30 * MS},
		{.letter = 'b', .rounds = 6, .each = 30 * MS},
	};
	struct thread *threads[2];

	(void)state;
	for (int turn = 0; turn < 2; turn++) {
		preempt_disable();
		for (int i = 0; i < 2; i++) {
			assert_int_equal(thread_create("rt", run_job, &jobs[i], &threads[i]), 0);
			assert_int_equal(thread_set_priority(
						 threads[i],
						 turn ? THREAD_POLICY_RR : THREAD_POLICY_FIFO, 10),
					 0);
			thread_start(threads[i]);
		}
		preempt_enable();
		for (int i = 0; i < 2; i++)
			machine_join(threads[i]);
		assert_string_equal(events, turn ? "aaabbbaaabbb" : "aaaaaabbbbbb");
		event_count = 0;
	}
}

static void bad_arguments_change_nothing(void **state)
{
	struct cpumask none = {.bits = {0}};
	struct cpumask absent = cpumask_of(1);
	struct cpumask mask;
	struct thread *self = thread_current();

	(void)state;
	assert_int_equal(thread_set_priority(self, THREAD_POLICY_FAIR, -21), -EINVAL);
	assert_int_equal(thread_set_priority(self, THREAD_POLICY_FAIR, 20), -EINVAL);
	assert_int_equal(thread_set_priority(self, THREAD_POLICY_FIFO, 0), -EINVAL);
	assert_int_equal(thread_set_priority(self, THREAD_POLICY_RR, 100), -EINVAL);
	assert_int_equal(thread_set_weight(self, FAIR_WEIGHT_MIN - 1), -EINVAL);
	assert_int_equal(thread_set_affinity(self, &none), -EINVAL);
	assert_int_equal(thread_set_affinity(self, &absent), -EINVAL);
	thread_get_affinity(self, &mask);
	assert_true(cpumask_test(&mask, 0));
	assert_int_equal(self->policy, THREAD_POLICY_FAIR);
}

static void lone_thread_needs_no_timer(void **state)
{
	uint32_t sets;

	(void)state;
	thread_sleep_ns(MS);
	machine_compute(20 * MS); /* what was armed before has come */
	sets = fake_timer_sets;
	machine_compute(NSEC_PER_SEC);
	assert_int_equal(fake_timer_sets, sets);
}

static void sleep_is_exact_when_idle(void **state)
{
	ktime_t start = time_now();

	(void)state;
	thread_sleep_ns(12345);
	assert_int_equal(time_now() - start, 12345);
	assert_int_equal(thread_sleep_until(start), 0);
	thread_interrupt(thread_current(), THREAD_INTERRUPT_KILL);
	assert_int_equal(thread_sleep_until(time_after(1)), -EINTR);
	thread_clear_interrupt(thread_current(), THREAD_INTERRUPT_KILL);
	assert_int_equal(thread_sleep_until(time_after(1)), 0);
}

static void wake_latency_is_bounded(void **state)
{
	static struct job jobs[4];
	struct thread *threads[4];
	ktime_t worst = 0;

	(void)state;
	for (int i = 0; i < 4; i++) {
		jobs[i] = (struct job){.letter = 'x', .rounds = 1, .each = NSEC_PER_SEC};
		threads[i] = machine_spawn("busy", run_job, &jobs[i]);
	}
	for (int i = 0; i < 100; i++) {
		ktime_t when = time_after(7 * MS);

		thread_sleep_ns(7 * MS);
		if (time_now() - when > worst)
			worst = time_now() - when;
	}
	/* Each of the four may have had an earlier deadline. */
	assert_true(worst <= 4 * FAIR_SLICE_NS + MS);
	for (int i = 0; i < 4; i++)
		machine_join(threads[i]);
}

static void sleeping_with_preemption_off_panics(void **state)
{
	(void)state;
	preempt_disable();
	assert_true(FAKE_PANICS(thread_sleep_ns(1)));
	preempt_enable();
	thread_current()->state = THREAD_RUNNABLE;
	(void)timer_cancel(&thread_current()->sleep_timer);
}

static void load_other(struct thread *thread)
{
	note(thread->name[0]);
}

static void page_tables_are_loaded_when_they_differ(void **state)
{
	struct job jobs[3] = {
		{.letter = '.', .rounds = 2, .each = 1, .yields = true},
		{.letter = '.', .rounds = 2, .each = 1, .yields = true},
		{.letter = '.', .rounds = 2, .each = 1, .yields = true},
	};
	static const char *const names[] = {"p1", "p2", "q"};
	static const paddr_t roots[] = {0x1000, 0x1000, 0x2000};
	struct thread *threads[3];
	uint32_t loads_p = 0, loads_q = 0;

	(void)state;
	preempt_disable();
	for (int i = 0; i < 3; i++) {
		assert_int_equal(thread_create(names[i], run_job, &jobs[i], &threads[i]), 0);
		threads[i]->mmu_root = roots[i];
		threads[i]->mmu_load = load_other;
		thread_start(threads[i]);
	}
	preempt_enable();
	for (int i = 0; i < 3; i++)
		machine_join(threads[i]);
	for (size_t i = 0; i < event_count; i++) {
		loads_p += events[i] == 'p';
		loads_q += events[i] == 'q';
	}
	assert_true(loads_p >= 1 && loads_q >= 1);
	assert_true(loads_p <= loads_q + 1); /* p1 and p2 share theirs */
}

#define CASE(function, sentence)                                                                   \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = setup                   \
	}

static const struct CMUnitTest tests[] = {
	CASE(threads_run_to_their_end, "a thread runs to its end and leaves nothing behind"),
	CASE(thread_never_started_is_freed_by_put, "a thread never started is freed by put"),
	CASE(create_fails_cleanly_without_memory, "create without memory leaves nothing behind"),
	CASE(join_reports_a_timeout, "join gives up at its deadline"),
	CASE(higher_priority_runs_first, "real-time threads run by priority, before fair ones"),
	CASE(rr_takes_turns_fifo_does_not, "RR threads take turns of 100 ms, FIFO threads do not"),
	CASE(bad_arguments_change_nothing, "levels, weights and masks out of range are -EINVAL"),
	CASE(lone_thread_needs_no_timer, "a thread alone on its CPU runs without a timer"),
	CASE(sleep_is_exact_when_idle, "a sleep ends at its deadline, or by interruption"),
	CASE(wake_latency_is_bounded, "a waking thread waits for a slice of each other at most"),
	CASE(sleeping_with_preemption_off_panics, "sleeping with preemption off is a bug"),
	CASE(page_tables_are_loaded_when_they_differ,
	     "page tables are loaded only when others were loaded before"),
	CASE(shares_follow_nice, "run times follow the weights of nice within 1 %"),
};

int main(void)
{
	return cmocka_run_group_tests_name("sched", tests, machine_start, NULL);
}
