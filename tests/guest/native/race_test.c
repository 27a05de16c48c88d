/*
 * Races: several threads and processes do contradictory things to the same
 * capabilities at once. Every call ends with one of the errors it may end with, all
 * threads come to an end, and nothing is left behind.
 */
#include "tests/guest/native/test.h"

#define PAGE 4096u
#define THREADS 4
#define ROUND_MS 300

static volatile uint32_t is_over;
static volatile uint32_t running;
static uint32_t slots[4];
static uint32_t random_state[THREADS + 1];
static volatile int64_t bad_result;

static uint32_t chance(uint32_t thread, uint32_t bound)
{
	uint32_t x = random_state[thread];

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	random_state[thread] = x;
	return x % bound;
}

static bool is_over_now(void)
{
	return __atomic_load_n(&is_over, __ATOMIC_ACQUIRE);
}

/* Results that a call may have when others are at its slot. */
static void expect(int64_t result)
{
	if (result < 0 && result != -EBADF && result != -EIO && result != -EACCES &&
	    result != -EAGAIN && result != -EPERM && result != -ETIMEDOUT && result != -EPIPE &&
	    result != -ECANCELED && result != -EINVAL && result != -EEXIST)
		bad_result = result;
}

static void leave(void)
{
	(void)__atomic_fetch_sub(&running, 1, __ATOMIC_RELEASE);
}

static void run_threads(void (*fn)(void *arg), int64_t ms)
{
	bad_result = 0;
	is_over = 0;
	running = THREADS;
	for (uint64_t i = 0; i < THREADS; i++) {
		random_state[i] = (uint32_t)(i + 1) * 2654435761u;
		MUST(native_thread_start(fn, (void *)i));
	}
	sleep_ms(ms);
	__atomic_store_n(&is_over, 1, __ATOMIC_RELEASE);
	spin_until(&running, 0);
	CHECK_EQ(bad_result, 0);
}

/* --- Slots: made, closed, minted and revoked by all at once --- */

static void race_slots(void *arg)
{
	uint32_t self = (uint32_t)(uint64_t)arg;
	uint64_t value;

	while (!is_over_now()) {
		uint32_t slot = slots[0] + chance(self, 16);

		switch (chance(self, 8)) {
		case 0:
			expect(native_event_create(1));
			break;
		case 1:
			expect(native_cap_close(slot));
			break;
		case 2:
			expect(native_cap_mint(slot, RIGHTS_ALL, 0));
			break;
		case 3:
			expect(native_cap_revoke(slot, chance(self, 2)));
			break;
		case 4:
			expect(native_cap_copy(slot, RIGHTS_ALL));
			break;
		case 5:
			expect(native_event_take(slot, NATIVE_TAKE_ONE, NATIVE_POLL, &value));
			break;
		default:
			expect(native_event_add(slot, 1, NATIVE_POLL));
			break;
		}
	}
	leave();
}

static void close_from(uint32_t first)
{
	for (int64_t slot = native_cap_next(first); slot >= 0; slot = native_cap_next(first))
		CHECK_EQ(native_cap_close((uint32_t)slot), 0);
}

static void slots_race(void)
{
	slots[0] = (uint32_t)MUST(native_event_create(0));
	run_threads(race_slots, ROUND_MS);
	close_from(slots[0]);
}

/* --- Endpoints: callers, receivers, and one who takes the ends away --- */

static void race_endpoint(void *arg)
{
	uint32_t self = (uint32_t)(uint64_t)arg;
	struct native_message message = {0};

	while (!is_over_now()) {
		if (self < THREADS / 2) {
			expect(native_ep_call(__atomic_load_n(&slots[1], __ATOMIC_RELAXED),
					      &message, 0, NULL, in_ms(1 + chance(self, 3))));
			continue;
		}
		if (native_ep_recv(__atomic_load_n(&slots[0], __ATOMIC_RELAXED), &message, 0, NULL,
				   in_ms(1 + chance(self, 3))))
			continue;
		if (chance(self, 4))
			expect(native_ep_reply(NATIVE_NO_SLOT, &message, 0, NULL));
	}
	leave();
}

static void endpoints_race(void)
{
	uint32_t ends[2], minted[2];
	int64_t until = in_ms(ROUND_MS * 2);

	MUST(native_ep_create(ends));
	slots[0] = ends[0];
	slots[1] = ends[1];
	bad_result = 0;
	is_over = 0;
	running = THREADS;
	for (uint64_t i = 0; i < THREADS; i++) {
		random_state[i] = (uint32_t)(i + 1) * 2654435761u;
		MUST(native_thread_start(race_endpoint, (void *)i));
	}
	while (now_ns() < until) {
		for (uint32_t i = 0; i < 2; i++) {
			minted[i] = (uint32_t)MUST(native_cap_mint(ends[i], RIGHTS_ALL, i));
			__atomic_store_n(&slots[i], minted[i], __ATOMIC_RELAXED);
		}
		sleep_ms(3);
		for (uint32_t i = 0; i < 2; i++) {
			CHECK_EQ(native_cap_revoke(minted[i], NATIVE_REVOKE_SELF), 0);
			CHECK_EQ(native_cap_close(minted[i]), 0);
		}
	}
	__atomic_store_n(&is_over, 1, __ATOMIC_RELEASE);
	spin_until(&running, 0);
	CHECK_EQ(bad_result, 0);
	CHECK_EQ(native_cap_close(ends[0]), 0);
	CHECK_EQ(native_cap_close(ends[1]), 0);
}

/* --- Memory: mapped, unmapped and revoked by all --- */

static void race_memory(void *arg)
{
	uint32_t self = (uint32_t)(uint64_t)arg;
	uint64_t at = 0x10000000 + (uint64_t)self * 0x100000;
	uint64_t word = 0;
	int64_t minted;

	while (!is_over_now()) {
		minted = native_cap_mint(slots[0], RIGHTS_ALL, 0);
		expect(minted);
		expect(native_mem_map((uint32_t)minted, at, 4 * PAGE, 0,
				      NATIVE_PROT_READ | NATIVE_PROT_WRITE,
				      NATIVE_MAP_SHARED | NATIVE_MAP_FIXED));
		expect(native_mem_write((uint32_t)minted, chance(self, 4) * PAGE, &word, 8));
		if (chance(self, 2))
			expect(native_cap_revoke((uint32_t)minted, NATIVE_REVOKE_SELF));
		if (chance(self, 2))
			expect(native_mem_protect(at, PAGE, NATIVE_PROT_READ));
		expect(native_mem_unmap(at, 4 * PAGE));
		expect(native_cap_close((uint32_t)minted));
	}
	leave();
}

static void memory_races(void)
{
	slots[0] = (uint32_t)MUST(native_mem_create(4 * PAGE));
	run_threads(race_memory, ROUND_MS);
	close_from(slots[0]);
}

/* --- Processes: with threads in every state when they end --- */

/* What is left of a dead process goes a moment after its end was reported. */
static void job_is_empty(uint32_t job)
{
	struct native_job_stat stat = {.memory_used = 1};

	CHECK_EQ(native_job_wait(job, in_ms(5000)), 0);
	for (int i = 0; i < 1000 && stat.memory_used != 0; i++) {
		CHECK_EQ(native_job_stat(job, &stat), 0);
		sleep_ms(1);
	}
	CHECK_EQ(stat.process_count, 0);
	CHECK_EQ(stat.memory_used, 0);
}

static void wait_forever(void *arg)
{
	uint64_t value;

	(void)arg;
	(void)native_event_take(0, NATIVE_TAKE_ALL, NATIVE_FOREVER, &value);
}

static void spin_forever(void *arg)
{
	volatile uint64_t n = 0;

	(void)arg;
	for (;;)
		n = n + 1;
}

static void call_forever(void *arg)
{
	struct native_message message = {0};

	(void)arg;
	for (;;)
		(void)native_ep_call(1, &message, 0, NULL, NATIVE_FOREVER);
}

/* One thread sleeps, one spins, one waits for an answer; this one ends them all. */
static int end_with_threads(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	if (native_thread_start(wait_forever, NULL) || native_thread_start(spin_forever, NULL) ||
	    native_thread_start(call_forever, NULL))
		return 1;
	(void)native_sleep(in_ms(1));
	return 5;
}

static int stay_with_threads(int argc, char **argv)
{
	(void)end_with_threads(argc, argv);
	wait_forever(NULL);
	return 6;
}

static void exits_race(void)
{
	uint32_t job = test_job();
	uint32_t event = (uint32_t)MUST(native_event_create(0));
	uint32_t ends[2];
	uint32_t caps[2];
	int64_t child;

	MUST(native_ep_create(ends));
	caps[0] = event;
	caps[1] = ends[1];
	for (int i = 0; i < 10; i++) {
		child = MUST(child_spawn("end", caps, 2, CHILD_EMPTY, job));
		CHECK_EQ(child_wait(child), 5);
		child = MUST(child_spawn("stay", caps, 2, CHILD_EMPTY, job));
		if (i & 1)
			sleep_ms(i);
		CHECK_EQ(native_proc_kill((uint32_t)child, 1), 0);
		CHECK_EQ(child_wait(child), CHILD_ENDED(NATIVE_END_KILLED));
		child = MUST(child_spawn("stay", caps, 2, CHILD_EMPTY, job));
		if (i & 1)
			sleep_ms(i);
		CHECK_EQ(native_job_kill(job, 1), 0);
		CHECK_EQ(child_wait(child), CHILD_ENDED(NATIVE_END_KILLED));
	}
	job_is_empty(job);
	CHECK_EQ(native_cap_close(job), 0);
	CHECK_EQ(native_cap_close(ends[0]), 0);
	CHECK_EQ(native_cap_close(ends[1]), 0);
	CHECK_EQ(native_cap_close(event), 0);
}

/* Spawning into a job while it is killed: either none or a dead one. */
static void race_spawn(void *arg)
{
	int64_t child;

	while (!is_over_now()) {
		child = child_spawn("end", slots, 2, CHILD_EMPTY, slots[2]);
		if (child < 0 && child != -ECANCELED)
			bad_result = child;
		if (child >= 0)
			(void)child_wait(child);
	}
	(void)arg;
	leave();
}

static void race_spawn_and_kill(void *arg)
{
	if ((uint64_t)arg == 0) {
		while (!is_over_now()) {
			expect(native_job_kill(slots[2], 1));
			(void)native_sleep(in_ms(2));
		}
		leave();
		return;
	}
	race_spawn(arg);
}

static void kill_races_with_spawn(void)
{
	uint32_t ends[2];

	slots[0] = (uint32_t)MUST(native_event_create(0));
	MUST(native_ep_create(ends));
	slots[1] = ends[1];
	slots[2] = test_job();
	run_threads(race_spawn_and_kill, ROUND_MS);
	CHECK_EQ(native_job_kill(slots[2], 1), 0);
	job_is_empty(slots[2]);
	close_from(slots[0]);
}

static const struct test tests[] = {
	{slots_race, "threads that make, mint, revoke and close the same slots"},
	{endpoints_race, "callers and receivers whose capabilities are revoked all the time"},
	{memory_races, "threads that map, revoke and unmap the same object"},
	{exits_race, "processes end with threads in every state"},
	{kill_races_with_spawn, "a job is killed while processes are made in it"},
};

static const struct test_mode modes[] = {
	{"end", end_with_threads}, {"stay", stay_with_threads}, {NULL, NULL}};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_LEN(tests), modes);
}
