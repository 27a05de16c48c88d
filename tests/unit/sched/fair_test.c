#include "kernel/sched/fair.h"

#include "tests/unit/unit.h"

#define MS NSEC_PER_MSEC
#define MAX_THREADS 40

/* A CPU that does nothing but run fair threads for a slice at a time. */
struct sim {
	struct fair_queue fq;
	struct fair_entity se[MAX_THREADS];
	ktime_t ran[MAX_THREADS];
	ktime_t waited[MAX_THREADS]; /* longest */
	ktime_t left_cpu[MAX_THREADS];
	uint32_t count;
	ktime_t now;
};

static struct sim sim;

static void sim_init(const uint32_t *weights, uint32_t count)
{
	sim = (struct sim){.count = count, .now = 1000};
	fair_queue_init(&sim.fq);
	for (uint32_t i = 0; i < count; i++) {
		fair_entity_init(&sim.se[i]);
		fair_set_weight(&sim.se[i], weights[i]);
		fair_enqueue(&sim.fq, &sim.se[i], sim.now);
		sim.left_cpu[i] = sim.now;
	}
}

static uint32_t index_of(const struct fair_entity *se)
{
	return (uint32_t)(se - sim.se);
}

/* The current thread runs for delta, and the next one is chosen if it is time. */
static void sim_step(ktime_t delta)
{
	struct fair_entity *old = sim.fq.current;
	struct fair_entity *next;
	uint32_t i;

	if (old) {
		sim.now += delta;
		sim.ran[index_of(old)] += delta;
		(void)fair_charge(&sim.fq, delta);
	}
	next = fair_pick(&sim.fq);
	if (next == old)
		return;
	if (old)
		sim.left_cpu[index_of(old)] = sim.now;
	i = index_of(next);
	if (sim.now - sim.left_cpu[i] > sim.waited[i])
		sim.waited[i] = sim.now - sim.left_cpu[i];
	fair_set_current(&sim.fq, next);
	assert_true(fair_check(&sim.fq));
}

static void sim_run(ktime_t ns)
{
	ktime_t end = sim.now + ns;

	sim_step(0);
	while (sim.now < end)
		sim_step(fair_time_left(&sim.fq));
}

static void check_shares(const uint32_t *weights, uint32_t count, ktime_t total, double bound)
{
	double sum = 0;

	for (uint32_t i = 0; i < count; i++)
		sum += weights[i];
	for (uint32_t i = 0; i < count; i++) {
		double want = (double)total * weights[i] / sum;
		double got = (double)sim.ran[i];

		if (got < want * (1 - bound) || got > want * (1 + bound))
			fail_msg("weight %u: %.0f ns, not %.0f", weights[i], got, want);
	}
}

static void weights_are_geometric(void **state)
{
	(void)state;
	assert_int_equal(fair_weight_of_nice(0), FAIR_WEIGHT_UNIT);
	for (int nice = NICE_MIN; nice < NICE_MAX; nice++) {
		double ratio = (double)fair_weight_of_nice(nice) / fair_weight_of_nice(nice + 1);

		assert_true(ratio > 1.19 && ratio < 1.31);
	}
	assert_true(fair_weight_of_nice(NICE_MIN) <= FAIR_WEIGHT_MAX);
	assert_true(fair_weight_of_nice(NICE_MAX) >= FAIR_WEIGHT_MIN);
}

static void shares_follow_weights(void **state)
{
	static const uint32_t sets[][5] = {
		{1024, 1024, 1024, 1024, 1024},
		{1024, 2048, 512, 100, 4000},
		{15, 15, 1024, 88761, 15},
		{10, 100000, 10, 100000, 500},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		sim_init(sets[i], 5);
		sim_run(3000 * NSEC_PER_SEC);
		check_shares(sets[i], 5, sim.now - 1000, 0.01);
	}
}

static void shares_hold_with_odd_slices(void **state)
{
	static const uint32_t weights[] = {1024, 2048, 335, 3121};
	uint64_t seed = 1;

	(void)state;
	sim_init(weights, 4);
	sim_step(0);
	while (sim.now < 60 * NSEC_PER_SEC)
		sim_step(1 + (ktime_t)test_random(&seed, 3 * FAIR_SLICE_NS));
	check_shares(weights, 4, sim.now - 1000, 0.01);
}

static void nobody_waits_longer_than_a_round(void **state)
{
	uint32_t weights[20];

	(void)state;
	for (int i = 0; i < 20; i++)
		weights[i] = FAIR_WEIGHT_UNIT;
	sim_init(weights, 20);
	sim_run(10 * NSEC_PER_SEC);
	/* 19 others with a slice each, and one slice of lag. */
	for (int i = 0; i < 20; i++)
		assert_true(sim.waited[i] <= 21 * FAIR_SLICE_NS);
}

static void heavy_thread_is_served_soon(void **state)
{
	uint32_t weights[11];

	(void)state;
	for (int i = 0; i < 10; i++)
		weights[i] = 100;
	weights[10] = 10000;
	sim_init(weights, 11);
	sim_run(10 * NSEC_PER_SEC);
	assert_true(sim.waited[10] <= 2 * FAIR_SLICE_NS);
}

static void lag_stays_within_a_slice(void **state)
{
	static const uint32_t weights[] = {1024, 3000, 200, 1024, 15};

	(void)state;
	sim_init(weights, 5);
	sim_step(0);
	for (int i = 0; i < 100000; i++) {
		sim_step(fair_time_left(&sim.fq));
		for (int k = 0; k < 5; k++) {
			int64_t lag = (int64_t)(fair_average(&sim.fq) - sim.se[k].vruntime);
			int64_t slice = FAIR_SLICE_NS * FAIR_WEIGHT_UNIT / weights[k];

			assert_true(lag <= slice + 1 && lag >= -slice - 1);
		}
	}
}

/* One that sleeps half of the time must not get more than one that never does. */
static void sleeping_gains_nothing(void **state)
{
	static const uint32_t weights[] = {1024, 1024, 1024};
	uint32_t sleeper = 2;
	ktime_t wake_at = 0;
	bool is_in = true;

	(void)state;
	sim_init(weights, 3);
	sim_step(0);
	for (int i = 0; i < 200000; i++) {
		if (is_in && sim.fq.current == &sim.se[sleeper] && i % 2) {
			fair_dequeue(&sim.fq, &sim.se[sleeper], sim.now);
			wake_at = sim.now + 100 * NSEC_PER_USEC;
			is_in = false;
			fair_set_current(&sim.fq, fair_pick(&sim.fq));
		}
		sim_step(100 * NSEC_PER_USEC);
		if (!is_in && sim.now >= wake_at) {
			fair_enqueue(&sim.fq, &sim.se[sleeper], sim.now);
			is_in = true;
		}
	}
	assert_true(sim.ran[sleeper] <= sim.ran[0] * 103 / 100);
	assert_true(sim.ran[sleeper] <= sim.ran[1] * 103 / 100);
	/* The two that never sleep share evenly. */
	assert_true(sim.ran[0] * 100 > sim.ran[1] * 99 && sim.ran[0] * 99 < sim.ran[1] * 100);
}

static int64_t lag_of(const struct fair_entity *se)
{
	return (int64_t)(fair_average(&sim.fq) - se->vruntime);
}

static void leaving_and_joining_keeps_the_lag(void **state)
{
	static const uint32_t weights[] = {1024, 3000, 200, 1024, 100};
	uint64_t seed = 11;
	uint32_t behind = 0, ahead = 0;

	(void)state;
	sim_init(weights, 5);
	sim_step(0);
	for (int i = 0; i < 20000; i++) {
		struct fair_entity *se = &sim.se[test_random(&seed, 5)];
		int64_t lag;

		sim_step(1 + (ktime_t)test_random(&seed, FAIR_SLICE_NS));
		lag = lag_of(se);
		behind += lag > MS / 2;
		ahead += lag < -MS / 2;
		fair_dequeue(&sim.fq, se, sim.now);
		fair_enqueue(&sim.fq, se, sim.now);
		assert_in_range(lag_of(se) - lag + 100, 0, 200);
		fair_set_current(&sim.fq, fair_pick(&sim.fq));
	}
	assert_true(behind > 100 && ahead > 100);
}

/* One that runs for almost a slice and sleeps for a moment, against ten that do not. */
static void sleeping_after_a_run_is_no_fresh_start(void **state)
{
	const uint32_t sleeper = 10;
	uint32_t weights[11];
	ktime_t burst = 0;

	(void)state;
	for (int i = 0; i < 11; i++)
		weights[i] = FAIR_WEIGHT_UNIT;
	sim_init(weights, 11);
	sim_step(0);
	for (int i = 0; i < 1000000; i++) {
		ktime_t step = fair_time_left(&sim.fq);

		if (step > 100 * NSEC_PER_USEC)
			step = 100 * NSEC_PER_USEC;
		sim.now += step;
		sim.ran[index_of(sim.fq.current)] += step;
		burst = sim.fq.current == &sim.se[sleeper] ? burst + step : 0;
		if (fair_charge(&sim.fq, step))
			fair_set_current(&sim.fq, fair_pick(&sim.fq));
		if (burst < FAIR_SLICE_NS * 9 / 10)
			continue;
		burst = 0;
		fair_dequeue(&sim.fq, &sim.se[sleeper], sim.now);
		sim.now += 10 * NSEC_PER_USEC;
		fair_enqueue(&sim.fq, &sim.se[sleeper], sim.now);
		fair_set_current(&sim.fq, fair_pick(&sim.fq));
	}
	assert_true(sim.ran[sleeper] <= sim.ran[0] * 105 / 100);
}

static void random_life_keeps_the_sums(void **state)
{
	uint64_t seed = 7;
	uint32_t weights[MAX_THREADS];
	bool is_in[MAX_THREADS];

	(void)state;
	for (int i = 0; i < MAX_THREADS; i++) {
		weights[i] = FAIR_WEIGHT_MIN +
			     (uint32_t)test_random(&seed, FAIR_WEIGHT_MAX - FAIR_WEIGHT_MIN + 1);
		is_in[i] = true;
	}
	sim_init(weights, MAX_THREADS);
	for (int turn = 0; turn < 200000; turn++) {
		uint32_t i = (uint32_t)test_random(&seed, MAX_THREADS);
		struct fair_entity *se = &sim.se[i];

		sim.now += (ktime_t)test_random(&seed, 5 * MS);
		if (is_in[i]) {
			fair_dequeue(&sim.fq, se, sim.now);
			if (test_random(&seed, 4) == 0)
				fair_set_weight(se, fair_weight_of_nice((int)(turn % 40) - 20));
		} else {
			fair_enqueue(&sim.fq, se, sim.now);
		}
		is_in[i] = !is_in[i];
		if (sim.fq.count == 0)
			continue;
		fair_set_current(&sim.fq, fair_pick(&sim.fq));
		(void)fair_charge(&sim.fq, (ktime_t)test_random(&seed, 200 * MS));
		if (turn % 5 == 0)
			fair_yield(&sim.fq);
		if (turn % 64 == 0)
			assert_true(fair_check(&sim.fq));
		assert_non_null(fair_pick(&sim.fq));
	}
}

static void earlier_deadline_preempts(void **state)
{
	static const uint32_t weights[] = {1024, 1024};

	(void)state;
	sim_init(weights, 1);
	sim_step(0);
	fair_entity_init(&sim.se[1]);
	fair_set_weight(&sim.se[1], 10 * FAIR_WEIGHT_UNIT); /* so its slice is a tenth */
	fair_charge(&sim.fq, MS);
	fair_enqueue(&sim.fq, &sim.se[1], sim.now);
	assert_true(fair_preempts(&sim.fq, &sim.se[1]));
	assert_ptr_equal(fair_pick(&sim.fq), &sim.se[1]);
	fair_dequeue(&sim.fq, &sim.se[1], sim.now);
	fair_set_weight(&sim.se[1], FAIR_WEIGHT_UNIT / 4);
	fair_enqueue(&sim.fq, &sim.se[1], sim.now);
	assert_false(fair_preempts(&sim.fq, &sim.se[1]));
}

static void yield_lets_the_other_run(void **state)
{
	static const uint32_t weights[] = {1024, 1024};
	struct fair_entity *first;

	(void)state;
	sim_init(weights, 2);
	sim_step(0);
	first = sim.fq.current;
	assert_ptr_equal(fair_pick(&sim.fq), first);
	fair_yield(&sim.fq);
	sim_step(0);
	assert_ptr_not_equal(sim.fq.current, first);
}

static const struct CMUnitTest tests[] = {
	TEST(weights_are_geometric, "one step of nice is about a quarter of weight"),
	TEST(shares_follow_weights, "shares follow weights within 1 %"),
	TEST(shares_hold_with_odd_slices, "shares hold when threads are switched at odd times"),
	TEST(nobody_waits_longer_than_a_round, "nobody waits longer than one slice of each other"),
	TEST(heavy_thread_is_served_soon, "a heavy thread waits for two slices at most"),
	TEST(lag_stays_within_a_slice, "nobody is ahead or behind by more than a slice"),
	TEST(sleeping_gains_nothing, "short sleeps gain no time over never sleeping"),
	TEST(leaving_and_joining_keeps_the_lag, "who leaves and joins at once has the lag it had"),
	TEST(sleeping_after_a_run_is_no_fresh_start,
	     "a short sleep after a long run is no fresh start"),
	TEST(random_life_keeps_the_sums,
	     "sums and tree agree after any sequence, and somebody is eligible"),
	TEST(earlier_deadline_preempts, "a waking thread with an earlier deadline goes first"),
	TEST(yield_lets_the_other_run, "a yield lets the other run, which would not run without"),
};

int main(void)
{
	return RUN_TESTS("fair");
}
