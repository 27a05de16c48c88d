#include "kernel/sched/work.h"

#include "tests/unit/fake/fake.h"
#include "tests/unit/sched/machine.h"
#include "tests/unit/unit.h"

#define MS NSEC_PER_MSEC

struct job {
	struct work work;
	struct delayed_work delayed;
	uint32_t runs;
	ktime_t takes;
	bool again;
	struct job *next_to_run; /* expected to run after this one */
};

static uint32_t total;

static void run(struct job *job)
{
	job->runs++;
	total++;
	if (job->again) {
		job->again = false;
		assert_true(work_queue(&job->work));
	}
	if (job->takes)
		thread_sleep_ns(job->takes);
}

static void job_run(struct work *work)
{
	run(container_of(work, struct job, work));
}

static void job_delayed(struct work *work)
{
	run(container_of(work, struct job, delayed.work));
}

static void init(struct job *job)
{
	*job = (struct job){.runs = 0};
	work_init(&job->work, job_run);
	delayed_work_init(&job->delayed, job_delayed);
}

static void runs_once_per_queueing(void **state)
{
	struct job job;

	(void)state;
	init(&job);
	preempt_disable();
	assert_true(work_queue(&job.work));
	assert_false(work_queue(&job.work));
	assert_false(work_queue(&job.work));
	preempt_enable();
	work_flush(&job.work);
	assert_int_equal(job.runs, 1);
	assert_true(work_queue(&job.work));
	work_flush(&job.work);
	assert_int_equal(job.runs, 2);
}

static void may_queue_itself(void **state)
{
	struct job job;

	(void)state;
	init(&job);
	job.again = true;
	work_queue(&job.work);
	work_flush(&job.work);
	assert_int_equal(job.runs, 2);
}

static void flush_waits_for_the_end(void **state)
{
	struct job job;
	ktime_t start = time_now();

	(void)state;
	init(&job);
	job.takes = 5 * MS;
	work_queue(&job.work);
	thread_sleep_ns(MS);
	assert_int_equal(job.runs, 1);
	work_flush(&job.work);
	assert_true(time_now() >= start + 5 * MS);
	work_flush(&job.work);
}

static void cancel_takes_out_or_waits(void **state)
{
	struct job first, second;
	ktime_t start = time_now();

	(void)state;
	init(&first);
	init(&second);
	first.takes = 5 * MS;
	work_queue(&first.work);
	work_queue(&second.work);
	thread_sleep_ns(MS);
	assert_true(work_cancel(&second.work)); /* behind the first */
	assert_false(work_cancel(&second.work));
	assert_false(work_cancel(&first.work)); /* runs: waited for */
	assert_true(time_now() >= start + 5 * MS);
	assert_int_equal(first.runs, 1);
	assert_int_equal(second.runs, 0);
}

static void queue_from_interrupt(void *arg)
{
	struct job *job = arg;

	assert_true(work_queue(&job->work));
}

static void interrupts_may_queue(void **state)
{
	struct job job;

	(void)state;
	init(&job);
	machine_interrupt(queue_from_interrupt, &job);
	work_flush(&job.work);
	assert_int_equal(job.runs, 1);
}

static void delayed_work_runs_at_its_time(void **state)
{
	struct job job;
	ktime_t when = time_after(10 * MS);

	(void)state;
	init(&job);
	delayed_work_queue(&job.delayed, when);
	thread_sleep_ns(9 * MS);
	assert_int_equal(job.runs, 0);
	thread_sleep_ns(2 * MS);
	assert_int_equal(job.runs, 1);
	delayed_work_queue(&job.delayed, time_after(10 * MS));
	assert_true(delayed_work_cancel(&job.delayed));
	assert_false(delayed_work_cancel(&job.delayed));
	thread_sleep_ns(20 * MS);
	assert_int_equal(job.runs, 1);
}

static const struct CMUnitTest tests[] = {
	TEST(runs_once_per_queueing, "a work runs once for each queueing that succeeded"),
	TEST(may_queue_itself, "a work that queues itself runs again"),
	TEST(flush_waits_for_the_end, "flush waits until the function has returned"),
	TEST(cancel_takes_out_or_waits,
	     "cancel takes out a pending work and waits for a running one"),
	TEST(interrupts_may_queue, "an interrupt handler may queue"),
	TEST(delayed_work_runs_at_its_time, "delayed work runs at its time, or is cancelled"),
};

int main(void)
{
	return cmocka_run_group_tests_name("work", tests, machine_start, NULL);
}
