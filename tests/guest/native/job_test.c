/* Jobs: limits that hold, and what happens to whom when they do not suffice. */
#include "tests/guest/native/test.h"

#define PAGE 4096u
#define MIB(n) ((uint64_t)(n) << 20)
#define JOBS 20

static struct native_job_stat stat_of(uint32_t job)
{
	struct native_job_stat stat;

	memset(&stat, 0, sizeof(stat));
	MUST(native_job_stat(job, &stat));
	return stat;
}

/* Takes as much memory as it gets; more than a few MiB is the end of it. */
static int eat_memory(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	for (uint64_t total = 0; total < MIB(64); total += MIB(1)) {
		int64_t at = native_mem_map(NATIVE_NO_SLOT, 0, MIB(1), 0,
					    NATIVE_PROT_READ | NATIVE_PROT_WRITE, 0);

		if (at < 0)
			return 1;
		for (uint64_t i = 0; i < MIB(1); i += PAGE)
			*(volatile char *)(at + (int64_t)i) = 1;
	}
	return 2;
}

/* Uses little, and lives until it is told to end. */
static int live(int argc, char **argv)
{
	uint64_t value;

	(void)argc;
	(void)argv;
	return native_event_take(0, NATIVE_TAKE_ONE, NATIVE_FOREVER, &value) == 0 ? 0 : 1;
}

static int spin(int argc, char **argv)
{
	volatile uint64_t *counter = map_shared(0, PAGE);

	(void)argc;
	(void)argv;
	for (;;)
		counter[0] = counter[0] + 1;
	return 0;
}

static int end_at_once(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 7;
}

/* What is left of a dead process goes a moment after its end was reported. */
static void accounts_are_empty_again(uint32_t job)
{
	struct native_job_stat stat;

	CHECK_EQ(native_job_wait(job, in_ms(10000)), 0);
	stat = stat_of(job);
	for (int i = 0; i < 1000 && stat.memory_used != 0; i++) {
		sleep_ms(1);
		stat = stat_of(job);
	}
	CHECK_EQ(stat.process_count, 0);
	CHECK_EQ(stat.thread_count, 0);
	CHECK_EQ(stat.memory_used, 0);
}

static void only_offenders_die(void)
{
	static uint32_t jobs[JOBS];
	static int64_t eaters[JOBS];
	static int64_t bystanders[JOBS];
	uint32_t event = (uint32_t)MUST(native_event_create(0));

	for (uint32_t i = 0; i < JOBS; i++) {
		jobs[i] = test_job();
		CHECK_EQ(native_job_set(jobs[i], NATIVE_JOB_MEMORY_MAX, MIB(3)), 0);
	}
	for (uint32_t i = 0; i < JOBS; i++) {
		bystanders[i] = MUST(child_spawn("live", &event, 1, CHILD_CONSOLE, jobs[i]));
		eaters[i] = MUST(child_spawn("eat", NULL, 0, CHILD_EMPTY, jobs[i]));
	}
	for (uint32_t i = 0; i < JOBS; i++) {
		CHECK_EQ(child_wait(eaters[i]), CHILD_ENDED(NATIVE_END_OUT_OF_MEMORY));
		CHECK(stat_of(jobs[i]).events_oom_kill >= 1);
		CHECK(stat_of(jobs[i]).memory_peak <= MIB(3));
	}
	/* Whoever used little is still there. */
	CHECK_EQ(native_event_add(event, JOBS, NATIVE_POLL), 0);
	for (uint32_t i = 0; i < JOBS; i++) {
		CHECK_EQ(child_wait(bystanders[i]), 0);
		CHECK_EQ(native_job_set(jobs[i], NATIVE_JOB_MEMORY_MAX, NATIVE_UNLIMITED), 0);
		accounts_are_empty_again(jobs[i]);
		CHECK_EQ(native_cap_close(jobs[i]), 0);
	}
	CHECK_EQ(native_cap_close(event), 0);
}

static void kill_ends_all(void)
{
	uint32_t job = test_job();
	uint32_t event = (uint32_t)MUST(native_event_create(0));
	int64_t children[8];

	for (uint32_t i = 0; i < ARRAY_LEN(children); i++)
		children[i] = MUST(child_spawn("live", &event, 1, CHILD_CONSOLE, job));
	CHECK_EQ(stat_of(job).process_count, ARRAY_LEN(children));
	CHECK_EQ(native_job_kill(job, 5), 0);
	for (uint32_t i = 0; i < ARRAY_LEN(children); i++)
		CHECK_EQ(child_wait(children[i]), CHILD_ENDED(NATIVE_END_KILLED));
	accounts_are_empty_again(job);
	CHECK_EQ(native_cap_close(job), 0);
	CHECK_EQ(native_cap_close(event), 0);
}

static void processes_are_counted(void)
{
	uint32_t job = test_job();
	uint32_t event = (uint32_t)MUST(native_event_create(0));
	int64_t first, second;

	CHECK_EQ(native_job_set(job, NATIVE_JOB_PROCESSES, 2), 0);
	first = MUST(child_spawn("live", &event, 1, CHILD_CONSOLE, job));
	second = MUST(child_spawn("live", &event, 1, CHILD_CONSOLE, job));
	CHECK_EQ(child_spawn("live", &event, 1, CHILD_CONSOLE, job), -EAGAIN);
	CHECK(stat_of(job).events_process_max >= 1);
	CHECK_EQ(native_event_add(event, 2, NATIVE_POLL), 0);
	CHECK_EQ(child_wait(first), 0);
	CHECK_EQ(child_wait(second), 0);
	CHECK_EQ(child_wait(child_spawn("end", NULL, 0, CHILD_EMPTY, job)), 7);
	accounts_are_empty_again(job);
	CHECK_EQ(native_cap_close(job), 0);
	CHECK_EQ(native_cap_close(event), 0);
}

static void freeze_stops_and_thaw_goes_on(void)
{
	uint32_t job = test_job();
	uint32_t memory = (uint32_t)MUST(native_mem_create(PAGE));
	volatile uint64_t *counter = map_shared(memory, PAGE);
	int64_t child = MUST(child_spawn("spin", &memory, 1, CHILD_CONSOLE, job));
	uint64_t before;

	while (counter[0] == 0)
		;
	CHECK_EQ(native_job_freeze(job, 1), 0);
	for (int i = 0; i < 1000 && stat_of(job).parked_count == 0; i++)
		sleep_ms(1);
	CHECK_EQ(stat_of(job).parked_count, 1);
	before = counter[0];
	sleep_ms(20);
	CHECK_EQ(counter[0], before);
	CHECK_EQ(native_job_freeze(job, 0), 0);
	for (int i = 0; i < 1000 && counter[0] == before; i++)
		sleep_ms(1);
	CHECK(counter[0] != before);
	/* A frozen one can still be ended. */
	CHECK_EQ(native_job_freeze(job, 1), 0);
	CHECK_EQ(native_proc_kill((uint32_t)child, 3), 0);
	CHECK_EQ(child_wait(child), CHILD_ENDED(NATIVE_END_KILLED));
	CHECK_EQ(native_mem_unmap((uint64_t)counter, PAGE), 0);
	CHECK_EQ(native_cap_close(memory), 0);
	CHECK_EQ(native_cap_close(job), 0);
}

static void quota_bounds_time(void)
{
	uint32_t job = test_job();
	uint32_t memory = (uint32_t)MUST(native_mem_create(PAGE));
	struct native_job_stat before, after;
	int64_t child;

	CHECK_EQ(native_job_set(job, NATIVE_JOB_CPU_PERIOD, 100000000), 0);
	CHECK_EQ(native_job_set(job, NATIVE_JOB_CPU_QUOTA, 10000000), 0);
	child = MUST(child_spawn("spin", &memory, 1, CHILD_CONSOLE, job));
	sleep_ms(100);
	before = stat_of(job);
	sleep_ms(500);
	after = stat_of(job);
	/* A tenth of half a second, with a period more at either end. */
	CHECK(after.cpu_ns - before.cpu_ns <= 80000000);
	CHECK(after.cpu_throttled > before.cpu_throttled);
	CHECK_EQ(native_job_kill(job, 1), 0);
	CHECK_EQ(child_wait(child), CHILD_ENDED(NATIVE_END_KILLED));
	CHECK_EQ(native_cap_close(memory), 0);
	CHECK_EQ(native_cap_close(job), 0);
}

static void limits_are_checked(void)
{
	uint32_t job = test_job();
	uint32_t bare = (uint32_t)MUST(native_cap_mint(job, RIGHT_STAT, 0));

	CHECK_EQ(native_job_set(job, 99, 1), -EINVAL);
	CHECK_EQ(native_job_set(job, NATIVE_JOB_CPU_WEIGHT, 0), -EINVAL);
	CHECK_EQ(native_job_set(job, NATIVE_JOB_CPU_WEIGHT, 10001), -EINVAL);
	CHECK_EQ(native_job_set(bare, NATIVE_JOB_PROCESSES, 1), -EACCES);
	CHECK_EQ(native_job_kill(bare, 1), -EACCES);
	CHECK_EQ(native_job_freeze(bare, 1), -EACCES);
	CHECK_EQ(native_job_create(bare), -EACCES);
	CHECK_EQ(native_job_freeze(job, 2), -EINVAL);
	CHECK_EQ(native_cap_close(bare), 0);
	CHECK_EQ(native_cap_close(job), 0);
}

static void memory_of_objects_counts(void)
{
	uint32_t job = test_job();
	struct native_job_stat stat;
	int64_t process;

	CHECK_EQ(native_job_set(job, NATIVE_JOB_MEMORY_MAX, MIB(2)), 0);
	process = MUST(child_spawn("objects", NULL, 0, CHILD_FULL, job));
	CHECK_EQ(child_wait(process), 0);
	stat = stat_of(job);
	CHECK(stat.memory_peak <= MIB(2));
	CHECK(stat.memory_peak > MIB(1));
	CHECK_EQ(native_job_set(job, NATIVE_JOB_MEMORY_MAX, NATIVE_UNLIMITED), 0);
	accounts_are_empty_again(job);
	CHECK_EQ(native_cap_close(job), 0);
}

/* Kernel objects and pages of memory objects until there are no more. */
static int make_objects(int argc, char **argv)
{
	uint32_t events = 0;
	int64_t memory = native_mem_create(MIB(16));
	int64_t err = 0;
	uint64_t word = 1;

	(void)argc;
	(void)argv;
	if (memory < 0)
		return 1;
	for (uint64_t at = 0; at < MIB(16) && !err; at += PAGE)
		err = native_mem_write((uint32_t)memory, at, &word, sizeof(word));
	if (err != -ENOMEM)
		return 2;
	if (native_cap_close((uint32_t)memory))
		return 3;
	do {
		err = native_event_create(0);
		events++;
	} while (err >= 0);
	return (err == -ENOMEM || err == -EMFILE) && events > 100 ? 0 : 4;
}

static const struct test tests[] = {
	{only_offenders_die, "of 20 jobs over budget at once, only who was over it dies"},
	{kill_ends_all, "kill ends every process of a job, and its account is empty"},
	{processes_are_counted, "a job at its limit of processes takes no more"},
	{freeze_stops_and_thaw_goes_on, "a frozen job stands still and can be ended"},
	{quota_bounds_time, "a quota of CPU time holds"},
	{memory_of_objects_counts, "memory objects and kernel objects count"},
	{limits_are_checked, "limits need rights and sensible values"},
};

static const struct test_mode modes[] = {
	{"eat", eat_memory},	   {"live", live}, {"spin", spin}, {"end", end_at_once},
	{"objects", make_objects}, {NULL, NULL}};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_LEN(tests), modes);
}
