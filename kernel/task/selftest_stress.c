/*
 * Stress: several threads that make jobs, start programs of all kinds in them, kill,
 * freeze and thaw at random moments, and want each job to have cost nothing in the
 * end. Runs only when named.
 */
#include "kernel/core/random.h"
#include "kernel/core/time.h"
#include "kernel/sched/thread.h"
#include "kernel/task/selftest_impl.h"

#define WORKERS 3u
#define ROUNDS 60u
#define PROGRAMS_MAX 4u

struct worker {
	struct thread *thread;
	struct test_run runs[PROGRAMS_MAX];
};

static struct worker workers[WORKERS];

static const struct user_test_program *choose_program(struct test_run *run)
{
	static const struct user_test_program *const all[] = {
		&user_test_programs.touch,     &user_test_programs.spin,
		&user_test_programs.sleep,     &user_test_programs.threads,
		&user_test_programs.spawn,     &user_test_programs.faults,
		&user_test_programs.null_loop, &user_test_programs.exec,
	};

	*run = (struct test_run){.args = {4096 * (1 + random_below(600)), random_below(2)}};
	return all[random_below(ARRAY_SIZE(all))];
}

static void disturb(struct job *job, struct job *child, struct process *process)
{
	struct process_status killed = {.end = PROCESS_KILLED};

	switch (random_below(6)) {
	case 0:
		job_freeze(job);
		break;
	case 1:
		job_thaw(job);
		break;
	case 2:
		process_kill(process, killed);
		break;
	case 3:
		job_kill(child, 1);
		break;
	default:
		thread_sleep_ns((ktime_t)random_below(NSEC_PER_MSEC));
		break;
	}
}

static void run_round(struct worker *worker)
{
	struct job *job = test_job_create();
	struct process *process;
	struct job *child;

	SELFTEST_REQUIRE(job);
	SELFTEST_REQUIRE(job_create(job, &child) == 0);
	SELFTEST_REQUIRE(
		job_set_limit(job, JOB_LIMIT_MEMORY_MAX, MIB(1) + KIB(random_below(2048))) == 0);
	SELFTEST_REQUIRE(job_set_limit(job, JOB_LIMIT_PROCESSES, 1 + random_below(30)) == 0);
	SELFTEST_REQUIRE(job_set_limit(child, JOB_LIMIT_THREADS, 1 + random_below(40)) == 0);
	for (uint32_t i = 0; i < PROGRAMS_MAX; i++) {
		const struct user_test_program *program = choose_program(&worker->runs[i]);

		/* It may be refused for any of the limits. */
		if (test_start(child, program, &worker->runs[i], &process))
			continue;
		for (uint64_t n = random_below(4); n > 0; n--)
			disturb(job, child, process);
		process_put(process);
	}
	job_kill(job, 9);
	SELFTEST_CHECK_EQ(job_wait_empty(job, time_after(TEST_PATIENCE_NS)), 0);
	job_put(child);
	test_job_finish(job);
}

static void worker_main(void *arg)
{
	for (uint32_t round = 0; round < ROUNDS; round++)
		run_round(arg);
}

SELFTEST_LONG(task_stress, "stress.task",
	      "jobs and processes that come and go at random leave nothing")
{
	struct test_census census;

	test_take_census(&census);
	for (uint32_t i = 0; i < WORKERS; i++) {
		SELFTEST_REQUIRE(
			thread_create("stress", worker_main, &workers[i], &workers[i].thread) == 0);
		thread_start(workers[i].thread);
	}
	for (uint32_t i = 0; i < WORKERS; i++) {
		SELFTEST_CHECK_EQ(thread_join(workers[i].thread, KTIME_FOREVER), 0);
		thread_put(workers[i].thread);
	}
	test_check_census(&census);
}
