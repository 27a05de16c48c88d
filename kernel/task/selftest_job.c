/* Self-tests of jobs: budgets, counts, freezing, ends. */
#include "kernel/core/time.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/account.h"
#include "kernel/sched/thread.h"
#include "kernel/task/selftest_impl.h"
#include "kernel/task/uthread.h"

#define JOBS 20u
#define BUDGET MIB(1)

/* The runs are too large for a stack. */
static struct test_run runs[JOBS];

static bool start_greedy(struct job *job, struct test_run *run, uint64_t len, struct process **out)
{
	int err;

	*run = (struct test_run){.args = {len, 0}};
	err = job_set_limit(job, JOB_LIMIT_MEMORY_MAX, BUDGET);
	if (!err)
		err = test_start(job, &user_test_programs.touch, run, out);
	SELFTEST_CHECK_EQ(err, 0);
	return !err;
}

static void check_greedy(struct job *job, struct process *process, const struct test_run *run)
{
	struct process_status status = test_finish(process);
	struct job_stat stat;

	SELFTEST_CHECK_EQ(status.end, PROCESS_OUT_OF_MEMORY);
	/* It got most of its budget before. */
	SELFTEST_CHECK(run->reports[0] > BUDGET / PAGE_SIZE / 2);
	SELFTEST_CHECK(run->reports[0] <= BUDGET / PAGE_SIZE);
	job_get_stat(job, &stat);
	SELFTEST_CHECK(stat.memory_peak <= BUDGET);
	SELFTEST_CHECK_EQ(stat.events.oom_kill, 1);
	SELFTEST_CHECK(stat.events.max > 0);
	test_job_finish(job);
}

SELFTEST(job_memory, "job.memory-limit",
	 "of 20 jobs over budget at once only their own processes end, and nothing stays charged")
{
	static struct process *process[JOBS];
	static struct job *job[JOBS];
	static struct test_run modest;
	struct test_census census;
	struct process *bystander;
	struct job *other;

	test_take_census(&census);
	other = test_job_create();
	SELFTEST_REQUIRE(other);
	modest = (struct test_run){.args = {BUDGET / 2, 3600 * NSEC_PER_SEC}};
	SELFTEST_REQUIRE(job_set_limit(other, JOB_LIMIT_MEMORY_MAX, BUDGET) == 0);
	SELFTEST_REQUIRE(test_start(other, &user_test_programs.touch, &modest, &bystander) == 0);
	for (uint32_t i = 0; i < JOBS; i++) {
		job[i] = test_job_create();
		SELFTEST_REQUIRE(job[i]);
		SELFTEST_REQUIRE(start_greedy(job[i], &runs[i], 4 * BUDGET, &process[i]));
	}
	for (uint32_t i = 0; i < JOBS; i++)
		check_greedy(job[i], process[i], &runs[i]);
	SELFTEST_CHECK(test_wait_report(&modest, 0, BUDGET / 2 / PAGE_SIZE));
	SELFTEST_CHECK_EQ(process_get_state(bystander, NULL), PROCESS_RUNNING);
	process_put(bystander);
	test_job_finish(other);
	test_check_census(&census);
}

SELFTEST(job_oom_largest, "job.oom-largest",
	 "over the limit of a common parent the largest process in it ends, the others go on")
{
	struct test_run large = {.args = {BUDGET * 5 / 8, 3600 * NSEC_PER_SEC}};
	struct test_run small = {.args = {BUDGET / 2, 3600 * NSEC_PER_SEC}};
	struct process *process[2];
	struct process_status status;
	struct job *parent = test_job_create();
	struct job *child[2];

	SELFTEST_REQUIRE(parent);
	SELFTEST_REQUIRE(job_create(parent, &child[0]) == 0 && job_create(parent, &child[1]) == 0);
	SELFTEST_REQUIRE(job_set_limit(parent, JOB_LIMIT_MEMORY_MAX, BUDGET) == 0);
	SELFTEST_REQUIRE(test_start(child[0], &user_test_programs.touch, &large, &process[0]) == 0);
	SELFTEST_CHECK(test_wait_report(&large, 0, large.args[0] / PAGE_SIZE));
	SELFTEST_REQUIRE(test_start(child[1], &user_test_programs.touch, &small, &process[1]) == 0);
	status = test_finish(process[0]);
	SELFTEST_CHECK_EQ(status.end, PROCESS_OUT_OF_MEMORY);
	SELFTEST_CHECK(test_wait_report(&small, 0, small.args[0] / PAGE_SIZE));
	SELFTEST_CHECK_EQ(process_get_state(process[1], NULL), PROCESS_RUNNING);
	process_put(process[1]);
	job_put(child[0]);
	job_kill(parent, 9);
	SELFTEST_CHECK_EQ(job_wait_empty(parent, time_after(TEST_PATIENCE_NS)), 0);
	job_put(child[1]);
	test_job_finish(parent);
}

SELFTEST(job_high, "job.memory-high", "above its soft limit a job is slowed down, and goes on")
{
	struct test_run run = {.args = {BUDGET / 2, 0}};
	struct process *process;
	struct job *job = test_job_create();
	struct job_events seen = {0};
	struct job_stat stat;

	SELFTEST_REQUIRE(job);
	SELFTEST_REQUIRE(job_set_limit(job, JOB_LIMIT_MEMORY_HIGH, BUDGET / 4) == 0);
	SELFTEST_REQUIRE(test_start(job, &user_test_programs.touch, &run, &process) == 0);
	SELFTEST_CHECK_EQ(test_finish(process).end, PROCESS_EXITED);
	job_get_stat(job, &stat);
	SELFTEST_CHECK(stat.events.high > 0);
	SELFTEST_CHECK_EQ(stat.events.oom_kill, 0);
	SELFTEST_CHECK_EQ(job_wait_events(job, &seen, KTIME_POLL), 0);
	SELFTEST_CHECK_EQ(seen.high, stat.events.high);
	SELFTEST_CHECK_EQ(job_wait_events(job, &seen, KTIME_POLL), -EAGAIN);
	test_job_finish(job);
}

SELFTEST(job_quota, "job.cpu-quota",
	 "programs that never stop get no more CPU time than their job's")
{
	struct process_status status = {.end = PROCESS_KILLED};
	struct process *process[3];
	struct job *job = test_job_create();
	struct job_stat stat;

	SELFTEST_REQUIRE(job);
	SELFTEST_REQUIRE(job_set_limit(job, JOB_LIMIT_CPU_PERIOD, 50 * NSEC_PER_MSEC) == 0);
	SELFTEST_REQUIRE(job_set_limit(job, JOB_LIMIT_CPU_QUOTA, 5 * NSEC_PER_MSEC) == 0);
	for (uint32_t i = 0; i < ARRAY_SIZE(process); i++) {
		runs[i] = (struct test_run){0};
		SELFTEST_REQUIRE(test_start(job, &user_test_programs.spin, &runs[i], &process[i]) ==
				 0);
	}
	thread_sleep_ns(500 * NSEC_PER_MSEC);
	job_get_stat(job, &stat);
	/* A tenth of one CPU, and what a late interrupt or two may add. */
	SELFTEST_CHECK(stat.cpu_ns < 200 * NSEC_PER_MSEC);
	SELFTEST_CHECK(stat.cpu_throttled >= 2);
	/* Who waits for its budget can be ended. */
	for (uint32_t i = 0; i < ARRAY_SIZE(process); i++) {
		process_kill(process[i], status);
		SELFTEST_CHECK_EQ(test_finish(process[i]).end, PROCESS_KILLED);
	}
	test_job_finish(job);
}

SELFTEST(job_counts, "job.count-limits", "limits of processes and threads hold, also a parent's")
{
	struct test_run spawn = {0};
	struct test_run threads = {.args = {100, 0}};
	struct process *process[2];
	struct job *parent = test_job_create();
	struct job_stat stat;
	struct job *job;

	SELFTEST_REQUIRE(parent);
	SELFTEST_REQUIRE(job_create(parent, &job) == 0);
	SELFTEST_REQUIRE(job_set_limit(parent, JOB_LIMIT_PROCESSES, 10) == 0);
	SELFTEST_REQUIRE(job_set_limit(job, JOB_LIMIT_PROCESSES, 50) == 0);
	SELFTEST_REQUIRE(job_set_limit(job, JOB_LIMIT_THREADS, 30) == 0);
	SELFTEST_REQUIRE(test_start(job, &user_test_programs.spawn, &spawn, &process[0]) == 0);
	SELFTEST_CHECK(test_wait_report(&spawn, 1, 1));
	SELFTEST_CHECK_EQ((int64_t)spawn.reports[1], -EAGAIN);
	job_get_stat(parent, &stat);
	SELFTEST_CHECK_EQ(stat.process_count, 10);

	process_kill(process[0], (struct process_status){.end = PROCESS_KILLED});
	SELFTEST_CHECK_EQ(test_finish(process[0]).end, PROCESS_KILLED);
	job_get_stat(parent, &stat);
	SELFTEST_CHECK_EQ(stat.process_count, 9);
	SELFTEST_REQUIRE(test_start(job, &user_test_programs.threads, &threads, &process[1]) == 0);
	SELFTEST_CHECK(test_wait_report(&threads, 0, 1));
	job_get_stat(job, &stat);
	SELFTEST_CHECK_EQ(stat.thread_count, 30);
	SELFTEST_CHECK_EQ((int64_t)threads.reports[1], -EAGAIN);
	SELFTEST_CHECK(stat.events.process_max >= 1);
	process_put(process[1]);
	job_kill(parent, 9);
	SELFTEST_CHECK_EQ(job_wait_empty(parent, time_after(TEST_PATIENCE_NS)), 0);
	job_put(job);
	test_job_finish(parent);
}

static bool wait_parked(struct job *job, uint32_t count)
{
	ktime_t deadline = time_after(TEST_PATIENCE_NS);
	struct job_stat stat;

	do {
		job_get_stat(job, &stat);
		if (stat.parked_count == count)
			return true;
		thread_sleep_ns(NSEC_PER_MSEC / 4);
	} while (time_now() < deadline);
	return false;
}

SELFTEST(job_freezing, "job.freeze",
	 "a frozen job stands still, goes on after a thaw, and can be killed")
{
	struct test_run spin = {0};
	struct process *process;
	struct job *parent = test_job_create();
	struct job *job;
	uint64_t seen;

	SELFTEST_REQUIRE(parent);
	SELFTEST_REQUIRE(job_create(parent, &job) == 0);
	SELFTEST_REQUIRE(test_start(job, &user_test_programs.spin, &spin, &process) == 0);
	SELFTEST_CHECK(test_wait_report(&spin, 0, 2));
	job_freeze(parent);
	SELFTEST_CHECK(wait_parked(parent, 1));
	SELFTEST_CHECK(job_is_settled(parent));
	seen = READ_ONCE(spin.reports[0]);
	thread_sleep_ns(20 * NSEC_PER_MSEC);
	SELFTEST_CHECK_EQ(READ_ONCE(spin.reports[0]), seen);
	/* What is said of the job itself does not count while its parent is frozen. */
	job_thaw(job);
	thread_sleep_ns(5 * NSEC_PER_MSEC);
	SELFTEST_CHECK_EQ(READ_ONCE(spin.reports[0]), seen);
	job_thaw(parent);
	SELFTEST_CHECK(test_wait_report(&spin, 0, seen + 2));
	job_freeze(job);
	SELFTEST_CHECK(wait_parked(parent, 1));
	job_kill(parent, 5);
	SELFTEST_CHECK_EQ(test_finish(process).code, 5);
	job_put(job);
	test_job_finish(parent);
}

SELFTEST(job_kill_race, "job.kill-all",
	 "killing a job that makes processes all the time is complete")
{
	struct test_census census;
	struct process *process;
	int err;

	test_take_census(&census);
	for (uint32_t round = 0; round < 12; round++) {
		struct job *job = test_job_create();

		SELFTEST_REQUIRE(job);
		SELFTEST_CHECK_EQ(job_set_limit(job, JOB_LIMIT_PROCESSES, 200), 0);
		for (uint32_t i = 0; i < 3; i++) {
			runs[i] = (struct test_run){0};
			err = test_start(job, &user_test_programs.spawn, &runs[i], &process);
			/* The first one may have made as many as there can be. */
			SELFTEST_CHECK(err == 0 || (err == -EAGAIN && i > 0));
			if (!err)
				process_put(process);
		}
		thread_sleep_ns((ktime_t)round * NSEC_PER_MSEC / 2);
		test_job_finish(job);
	}
	test_check_census(&census);
}

SELFTEST(job_closed, "job.close", "a closed job takes no process, nor does one below it")
{
	struct process_status status = {.end = PROCESS_KILLED};
	struct test_run run = {0};
	struct process *process;
	struct job *parent = test_job_create();
	struct job *unborn;
	struct job *job;

	SELFTEST_REQUIRE(parent);
	SELFTEST_REQUIRE(job_create(parent, &job) == 0);
	job_close(parent, status);
	SELFTEST_CHECK_EQ(test_start(job, &user_test_programs.sleep, &run, &process), -ECANCELED);
	SELFTEST_CHECK_EQ(job_create(job, &unborn), -ECANCELED);
	job_put(job);
	test_job_finish(parent);
}

SELFTEST(process_threads, "process.exit",
	 "the exit of one thread's process ends its sleeping threads")
{
	struct test_run run = {.args = {60, 1}};
	struct process_status status = test_run_alone(&user_test_programs.threads, &run);

	SELFTEST_CHECK_EQ(status.end, PROCESS_EXITED);
	SELFTEST_CHECK_EQ(status.code, 7);
	SELFTEST_CHECK_EQ(run.reports[0], 60);
}

SELFTEST(process_kill_spin, "process.kill", "a process that never calls the kernel can be killed")
{
	struct process_status killed = {.end = PROCESS_KILLED, .code = 3};
	struct test_run run = {0};
	struct process_status status;
	struct process *process;
	struct job *job = test_job_create();

	SELFTEST_REQUIRE(job);
	SELFTEST_REQUIRE(test_start(job, &user_test_programs.spin, &run, &process) == 0);
	SELFTEST_CHECK(test_wait_report(&run, 0, 1));
	process_kill(process, killed);
	status = test_finish(process);
	SELFTEST_CHECK_EQ(status.end, PROCESS_KILLED);
	SELFTEST_CHECK_EQ(status.code, 3);
	test_job_finish(job);
}
