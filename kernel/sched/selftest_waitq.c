/* Self-tests: wait queues with timeouts, interruption and races; work; timers. */
#include "kernel/core/spinlock.h"
#include "kernel/core/timer.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/errno.h"
#include "kernel/sched/selftest_impl.h"
#include "kernel/sched/waitq.h"
#include "kernel/sched/work.h"

#define MS NSEC_PER_MSEC

static struct spinlock lock = SPINLOCK_INIT(LOCK_SELFTEST_OUTER);
static struct waitq queue GUARDED_BY(&lock) = WAITQ_INIT(queue);

struct sleeper {
	ktime_t deadline;
	enum waitq_mode mode;
	uint32_t is_done; /* atomic */
	int result;
};

static void sleep_once(void *arg)
{
	struct sleeper *sleeper = arg;

	spin_lock(&lock);
	sleeper->result =
		waitq_sleep_at(&queue, &lock, sleeper->deadline, sleeper->mode, WAITQ_BACK);
	spin_unlock(&lock);
	store_release(&sleeper->is_done, 1);
}

static bool has_sleepers(void)
{
	bool answer;

	spin_lock(&lock);
	answer = waitq_has_sleepers(&queue);
	spin_unlock(&lock);
	return answer;
}

static void wait_for_sleeper(void)
{
	ktime_t deadline = time_after(5 * NSEC_PER_SEC);

	while (!has_sleepers() && time_now() < deadline)
		thread_sleep_ns(MS);
	SELFTEST_CHECK(has_sleepers());
}

static uint32_t wake(uint32_t n)
{
	uint32_t woken;

	spin_lock(&lock);
	woken = waitq_wake_n(&queue, n);
	spin_unlock(&lock);
	return woken;
}

static void check_deadlines(void)
{
	ktime_t start = time_now();
	struct sleeper self = {.deadline = start + 5 * MS, .mode = WAITQ_INTERRUPTIBLE};

	sleep_once(&self);
	SELFTEST_CHECK_EQ(self.result, -ETIMEDOUT);
	SELFTEST_CHECK(time_now() >= start + 5 * MS);
	self.deadline = KTIME_POLL;
	sleep_once(&self);
	SELFTEST_CHECK_EQ(self.result, -EAGAIN);
	self.deadline = time_now() - 1;
	sleep_once(&self);
	SELFTEST_CHECK_EQ(self.result, -ETIMEDOUT);
	SELFTEST_CHECK(!has_sleepers());
	SELFTEST_CHECK_EQ(wake(1), 0);
}

static void check_interruption(void)
{
	struct sleeper deaf = {.deadline = KTIME_FOREVER, .mode = WAITQ_UNINTERRUPTIBLE};
	struct sleeper open = {.deadline = KTIME_FOREVER, .mode = WAITQ_INTERRUPTIBLE};
	struct thread *thread = selftest_start("st-open", sleep_once, &open, SELFTEST_ANY_CPU);

	SELFTEST_REQUIRE(thread != NULL);
	wait_for_sleeper();
	thread_interrupt(thread, THREAD_INTERRUPT_SIGNAL);
	selftest_join(thread);
	SELFTEST_CHECK_EQ(open.result, -EINTR);

	thread = selftest_start("st-deaf", sleep_once, &deaf, SELFTEST_ANY_CPU);
	SELFTEST_REQUIRE(thread != NULL);
	wait_for_sleeper();
	thread_interrupt(thread, THREAD_INTERRUPT_KILL);
	thread_sleep_ns(5 * MS);
	SELFTEST_CHECK_EQ(load_acquire(&deaf.is_done), 0);
	SELFTEST_CHECK_EQ(wake(1), 1);
	selftest_join(thread);
	SELFTEST_CHECK_EQ(deaf.result, 0);

	/* The bit stays until it is cleared. The deadlines are far off: a CPU may stand still. */
	open.deadline = time_after(NSEC_PER_SEC);
	thread_interrupt(thread_current(), THREAD_INTERRUPT_REVOKE);
	sleep_once(&open);
	SELFTEST_CHECK_EQ(open.result, -EINTR);
	SELFTEST_CHECK_EQ(thread_sleep_until(time_after(NSEC_PER_SEC)), -EINTR);
	thread_clear_interrupt(thread_current(), THREAD_INTERRUPT_REVOKE);
	open.deadline = time_after(MS);
	sleep_once(&open);
	SELFTEST_CHECK_EQ(open.result, -ETIMEDOUT);
}

struct watch {
	struct waiter waiter;
	uint32_t calls;
};

static void watch_called(struct waiter *waiter)
{
	container_of(waiter, struct watch, waiter)->calls++;
}

static void check_watchers(void)
{
	struct watch watch = {.calls = 0};

	waiter_init(&watch.waiter, watch_called);
	spin_lock(&lock);
	waitq_add(&queue, &watch.waiter);
	SELFTEST_CHECK_EQ(waitq_wake_one(&queue), 0);
	SELFTEST_CHECK_EQ(waitq_wake_all(&queue), 0);
	waitq_remove(&queue, &watch.waiter);
	SELFTEST_CHECK_EQ(waitq_wake_all(&queue), 0);
	spin_unlock(&lock);
	SELFTEST_CHECK_EQ(watch.calls, 2);
}

struct racer {
	uint32_t woken;	 /* sleeps that ended with 0 */
	uint32_t others; /* that ended otherwise */
	uint32_t must_stop;
};

/* Sleeps with deadlines so short that they race with the wake-ups. */
static void race(void *arg)
{
	struct racer *racer = arg;
	struct sleeper sleeper = {.mode = WAITQ_INTERRUPTIBLE};
	uint32_t turn = 0;

	while (!load_acquire(&racer->must_stop)) {
		sleeper.deadline = time_after((ktime_t)(turn++ % 7) * 20 * NSEC_PER_USEC + 1);
		sleep_once(&sleeper);
		if (sleeper.result == 0)
			racer->woken++;
		else
			racer->others++;
		thread_clear_interrupt(thread_current(), THREAD_INTERRUPT_SIGNAL);
	}
}

static void check_races(void)
{
	enum { RACERS = 4 };
	static struct racer racers[RACERS];
	struct thread *threads[RACERS];
	ktime_t end = time_after(300 * MS);
	uint32_t given = 0, taken = 0, others = 0;

	for (int i = 0; i < RACERS; i++) {
		racers[i] = (struct racer){0};
		threads[i] = selftest_start("st-race", race, &racers[i], SELFTEST_ANY_CPU);
	}
	for (uint32_t turn = 0; time_now() < end; turn++) {
		given += wake(1 + turn % 3);
		if (turn % 4 == 0 && threads[turn / 4 % RACERS])
			thread_interrupt(threads[turn / 4 % RACERS], THREAD_INTERRUPT_SIGNAL);
		if (turn % 8 == 0)
			thread_yield();
	}
	for (int i = 0; i < RACERS; i++) {
		store_release(&racers[i].must_stop, 1);
		selftest_join(threads[i]);
		taken += racers[i].woken;
		others += racers[i].others;
	}
	SELFTEST_CHECK_EQ(taken, given);
	SELFTEST_CHECK(others > 0);
}

SELFTEST(test_waitq, "sched.waitq",
	 "every wake-up is given to one sleeper; deadlines and interruption end sleeps")
{
	check_deadlines();
	check_interruption();
	check_watchers();
	check_races();
}

SELFTEST(test_monotonic, "time.monotonic",
	 "time never goes back, on one CPU and when moving between CPUs")
{
	ktime_t last = time_now();
	struct cpumask mask;

	for (int turn = 0; turn < 50; turn++) {
		mask = cpumask_of((cpu_id_t)turn % cpu_online_count());
		SELFTEST_CHECK_EQ(thread_set_affinity(thread_current(), &mask), 0);
		for (int i = 0; i < 100; i++) {
			ktime_t now = time_now();

			SELFTEST_REQUIRE(now >= last);
			last = now;
		}
	}
	mask = cpumask_all();
	SELFTEST_CHECK_EQ(thread_set_affinity(thread_current(), &mask), 0);
	SELFTEST_CHECK_EQ(time_after(KTIME_FOREVER), KTIME_FOREVER);
}

SELFTEST(test_wall, "time.wall", "the wall clock runs with the monotonic one and can be set")
{
	int64_t offset = time_wall_ns() - time_now();
	int64_t wall;

	time_set_wall_ns(1000 * NSEC_PER_SEC);
	wall = time_wall_ns();
	SELFTEST_CHECK(wall >= 1000 * NSEC_PER_SEC && wall < 1010 * NSEC_PER_SEC);
	time_set_wall_ns(offset + time_now());
	SELFTEST_CHECK(time_wall_ns() - time_now() - offset < NSEC_PER_SEC);
}

struct shot {
	struct timer timer;
	ktime_t fired_at;
	uint32_t count; /* atomic */
	uint32_t repeats;
};

static void shot_fired(struct timer *timer)
{
	struct shot *shot = container_of(timer, struct shot, timer);

	shot->fired_at = time_now();
	if (shot->repeats > 0) {
		shot->repeats--;
		timer_start(timer, time_after(100 * NSEC_PER_USEC));
	}
	store_release(&shot->count, shot->count + 1);
}

static void check_precision(ktime_t delay)
{
	struct shot shot = {.count = 0};
	ktime_t when;

	timer_init(&shot.timer, shot_fired);
	when = time_after(delay);
	timer_start(&shot.timer, when);
	SELFTEST_CHECK(selftest_wait_for(&shot.count, 10 * NSEC_PER_SEC));
	SELFTEST_CHECK(!timer_cancel(&shot.timer));
	SELFTEST_CHECK(shot.fired_at >= when);
	/* An emulated machine on a busy host is late at times. */
	if (shot.fired_at - when > 500 * MS)
		selftest_fail(__FILE__, __LINE__, "%lld us late",
			      (long long)((shot.fired_at - when) / NSEC_PER_USEC));
}

SELFTEST(test_timer, "time.timer",
	 "timers are never early, can be moved, cancelled and started again")
{
	struct shot shot = {.count = 0};

	check_precision(0);
	check_precision(50 * NSEC_PER_USEC);
	check_precision(3 * MS);

	timer_init(&shot.timer, shot_fired);
	SELFTEST_CHECK(!timer_cancel(&shot.timer));
	timer_start(&shot.timer, time_after(20 * MS));
	SELFTEST_CHECK(timer_cancel(&shot.timer));
	thread_sleep_ns(30 * MS);
	SELFTEST_CHECK_EQ(load_acquire(&shot.count), 0);

	timer_start(&shot.timer, time_after(60 * NSEC_PER_SEC));
	timer_start(&shot.timer, time_after(MS));
	SELFTEST_CHECK(selftest_wait_for(&shot.count, 10 * NSEC_PER_SEC));

	shot.count = 0;
	shot.repeats = 20;
	timer_start(&shot.timer, time_after(MS));
	for (int i = 0; i < 5000 && load_acquire(&shot.count) < 21; i++)
		thread_sleep_ns(MS);
	SELFTEST_CHECK_EQ(load_acquire(&shot.count), 21);
	SELFTEST_CHECK(!timer_cancel(&shot.timer));
}

struct job {
	struct work work;
	struct timer timer;
	uint32_t runs; /* atomic */
	ktime_t spin_ns;
};

static void job_run(struct work *work)
{
	struct job *job = container_of(work, struct job, work);

	thread_sleep_ns(job->spin_ns);
	store_release(&job->runs, job->runs + 1);
}

static void job_timer_fired(struct timer *timer)
{
	(void)work_queue(&container_of(timer, struct job, timer)->work);
}

SELFTEST(test_work, "work.queue",
	 "work runs once per queueing, from interrupts too; flush and cancel wait")
{
	struct job first = {.spin_ns = 10 * MS}, second = {.spin_ns = 0};
	struct delayed_work delayed;
	struct cpumask mask = cpumask_of(cpu_online_count() - 1);

	SELFTEST_CHECK_EQ(thread_set_affinity(thread_current(), &mask), 0);
	work_init(&first.work, job_run);
	work_init(&second.work, job_run);
	timer_init(&second.timer, job_timer_fired);
	delayed_work_init(&delayed, job_run);

	SELFTEST_CHECK(work_queue(&first.work));
	SELFTEST_CHECK(work_queue(&second.work));
	SELFTEST_CHECK(work_cancel(&second.work));
	work_flush(&first.work);
	SELFTEST_CHECK_EQ(load_acquire(&first.runs), 1);
	SELFTEST_CHECK_EQ(load_acquire(&second.runs), 0);
	SELFTEST_CHECK(!work_cancel(&first.work));

	timer_start(&second.timer, time_after(MS));
	SELFTEST_CHECK(selftest_wait_for(&second.runs, 10 * NSEC_PER_SEC));
	(void)timer_cancel(&second.timer);
	work_flush(&second.work);

	delayed_work_queue(&delayed, time_after(60 * NSEC_PER_SEC));
	SELFTEST_CHECK(delayed_work_cancel(&delayed));
	SELFTEST_CHECK(!delayed_work_cancel(&delayed));
	mask = cpumask_all();
	SELFTEST_CHECK_EQ(thread_set_affinity(thread_current(), &mask), 0);
}
