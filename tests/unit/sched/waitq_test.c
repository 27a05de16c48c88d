#include "kernel/sched/waitq.h"

#include "kernel/lib/errno.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/sched/machine.h"
#include "tests/unit/unit.h"

#define MS NSEC_PER_MSEC

static struct spinlock lock = SPINLOCK_INIT(LOCK_OBJECT);
static struct waitq queue = WAITQ_INIT(queue);

struct sleeper {
	ktime_t deadline;
	enum waitq_mode mode;
	enum waitq_place place;
	bool is_done;
	int result;
	uint32_t order;
	struct thread *thread;
};

static uint32_t order;

static void sleep_once(void *arg)
{
	struct sleeper *sleeper = arg;

	spin_lock(&lock);
	sleeper->result =
		waitq_sleep_at(&queue, &lock, sleeper->deadline, sleeper->mode, sleeper->place);
	assert_int_equal(fake_locks_held, 1);
	spin_unlock(&lock);
	sleeper->is_done = true;
	sleeper->order = ++order;
}

static void spawn(struct sleeper *sleeper)
{
	sleeper->thread = machine_spawn("sleeper", sleep_once, sleeper);
	thread_yield();
	thread_sleep_ns(1000);
}

static uint32_t wake(uint32_t n)
{
	uint32_t woken;

	spin_lock(&lock);
	woken = waitq_wake_n(&queue, n);
	spin_unlock(&lock);
	return woken;
}

static void wake_goes_to_the_longest_waiting(void **state)
{
	struct sleeper s[4];

	(void)state;
	order = 0;
	for (int i = 0; i < 4; i++) {
		s[i] = (struct sleeper){.deadline = KTIME_FOREVER};
		spawn(&s[i]);
	}
	assert_ptr_equal(waitq_first_sleeper(&queue), s[0].thread);
	assert_int_equal(wake(1), 1);
	thread_sleep_ns(MS);
	assert_true(s[0].is_done && !s[1].is_done);
	assert_int_equal(wake(2), 2);
	thread_sleep_ns(MS);
	assert_true(s[1].is_done && s[2].is_done && !s[3].is_done);
	assert_int_equal(wake(UINT32_MAX), 1);
	for (int i = 0; i < 4; i++) {
		machine_join(s[i].thread);
		assert_int_equal(s[i].result, 0);
		assert_int_equal(s[i].order, i + 1);
	}
	assert_int_equal(wake(1), 0);
}

static void front_goes_first(void **state)
{
	struct sleeper back = {.deadline = KTIME_FOREVER};
	struct sleeper front = {.deadline = KTIME_FOREVER, .place = WAITQ_FRONT};

	(void)state;
	spawn(&back);
	spawn(&front);
	assert_ptr_equal(waitq_first_sleeper(&queue), front.thread);
	assert_int_equal(wake(2), 2);
	machine_join(back.thread);
	machine_join(front.thread);
}

static void poll_does_not_sleep(void **state)
{
	struct sleeper s = {.deadline = KTIME_POLL};
	ktime_t now = time_now();

	(void)state;
	sleep_once(&s);
	assert_int_equal(s.result, -EAGAIN);
	assert_int_equal(time_now(), now);
	assert_false(waitq_has_sleepers(&queue));
}

static void deadline_ends_the_sleep(void **state)
{
	struct sleeper s = {.deadline = time_after(5 * MS)};

	(void)state;
	sleep_once(&s);
	assert_int_equal(s.result, -ETIMEDOUT);
	assert_true(time_now() == s.deadline);
	assert_false(waitq_has_sleepers(&queue));
	s.deadline = time_now();
	sleep_once(&s);
	assert_int_equal(s.result, -ETIMEDOUT);
}

/* The waker gets the lock before the sleeper that timed out does. */
static void wake_beats_the_deadline(void **state)
{
	struct sleeper s = {.deadline = time_after(5 * MS)};

	(void)state;
	spawn(&s);
	spin_lock(&lock);
	machine_compute(10 * MS); /* the timer wakes it, but we hold the CPU and the lock */
	assert_int_equal(waitq_wake_one(&queue), 1);
	spin_unlock(&lock);
	machine_join(s.thread);
	assert_int_equal(s.result, 0);
}

static void interruption_ends_the_sleep(void **state)
{
	struct sleeper s = {.deadline = KTIME_FOREVER};

	(void)state;
	spawn(&s);
	thread_interrupt(s.thread, THREAD_INTERRUPT_SIGNAL);
	machine_join(s.thread);
	assert_int_equal(s.result, -EINTR);
	assert_false(waitq_has_sleepers(&queue));
}

static void wake_beats_the_interruption(void **state)
{
	struct sleeper s = {.deadline = KTIME_FOREVER};

	(void)state;
	spawn(&s);
	spin_lock(&lock);
	thread_interrupt(s.thread, THREAD_INTERRUPT_SIGNAL);
	assert_int_equal(waitq_wake_one(&queue), 1);
	spin_unlock(&lock);
	machine_join(s.thread);
	assert_int_equal(s.result, 0);
}

static void deaf_sleep_goes_on(void **state)
{
	struct sleeper s = {.deadline = time_after(20 * MS), .mode = WAITQ_UNINTERRUPTIBLE};

	(void)state;
	spawn(&s);
	thread_interrupt(s.thread, THREAD_INTERRUPT_KILL);
	thread_sleep_ns(5 * MS);
	assert_false(s.is_done);
	machine_join(s.thread);
	assert_int_equal(s.result, -ETIMEDOUT);
}

static void pending_interruption_stays(void **state)
{
	struct sleeper s = {.deadline = KTIME_FOREVER};

	(void)state;
	thread_interrupt(thread_current(), THREAD_INTERRUPT_SIGNAL | THREAD_INTERRUPT_REVOKE);
	sleep_once(&s);
	assert_int_equal(s.result, -EINTR);
	thread_clear_interrupt(thread_current(), THREAD_INTERRUPT_SIGNAL);
	assert_int_equal(thread_pending_interrupts(thread_current()), THREAD_INTERRUPT_REVOKE);
	sleep_once(&s);
	assert_int_equal(s.result, -EINTR);
	thread_clear_interrupt(thread_current(), THREAD_INTERRUPT_REVOKE);
}

struct watch {
	struct waiter waiter;
	uint32_t calls;
};

static void watch_called(struct waiter *waiter)
{
	assert_int_equal(fake_locks_held, 1);
	container_of(waiter, struct watch, waiter)->calls++;
}

static void watchers_see_every_wake_and_take_none(void **state)
{
	struct sleeper s = {.deadline = KTIME_FOREVER};
	struct watch watch = {.calls = 0};

	(void)state;
	waiter_init(&watch.waiter, watch_called);
	spin_lock(&lock);
	waitq_add(&queue, &watch.waiter);
	spin_unlock(&lock);
	assert_int_equal(wake(1), 0);
	spawn(&s);
	assert_int_equal(wake(1), 1);
	machine_join(s.thread);
	assert_int_equal(watch.calls, 2);
	spin_lock(&lock);
	waitq_remove(&queue, &watch.waiter);
	waitq_remove(&queue, &watch.waiter);
	spin_unlock(&lock);
	assert_int_equal(wake(1), 0);
	assert_int_equal(watch.calls, 2);
}

static struct spinlock irq_lock = SPINLOCK_INIT(LOCK_WAITQ);
static struct waitq irq_queue = WAITQ_INIT(irq_queue);
static int irq_results[2];

static void sleep_irqs_off(void *arg)
{
	irqflags_t flags = spin_lock_irqsave(&irq_lock);

	(void)arg;
	irq_results[0] = waitq_sleep_irqs_off(&irq_queue, &irq_lock, KTIME_FOREVER);
	assert_false(arch_irqs_are_enabled());
	irq_results[1] =
		waitq_sleep_uninterruptible_irqs_off(&irq_queue, &irq_lock, time_after(MS));
	assert_false(arch_irqs_are_enabled());
	spin_unlock_irqrestore(&irq_lock, flags);
	assert_true(arch_irqs_are_enabled());
}

static void wake_from_interrupt(void *arg)
{
	(void)arg;
	spin_lock_irqs_off(&irq_lock);
	assert_int_equal(waitq_wake_all(&irq_queue), 1);
	spin_unlock_irqs_off(&irq_lock);
}

static void interrupt_handlers_may_wake(void **state)
{
	struct thread *thread = machine_spawn("irq", sleep_irqs_off, NULL);

	(void)state;
	irq_results[0] = irq_results[1] = 1;
	thread_sleep_ns(MS);
	machine_interrupt(wake_from_interrupt, NULL);
	machine_join(thread);
	assert_int_equal(irq_results[0], 0);
	assert_int_equal(irq_results[1], -ETIMEDOUT);
}

static void sleeping_with_another_lock_panics(void **state)
{
	static struct spinlock other = SPINLOCK_INIT(LOCK_PROCESS);
	struct sleeper s = {.deadline = KTIME_FOREVER};

	(void)state;
	spin_lock(&other);
	assert_true(FAKE_PANICS(sleep_once(&s)));
	thread_current()->state = THREAD_RUNNABLE;
	waitq_init(&queue);
	spin_unlock(&other);
}

static const struct CMUnitTest tests[] = {
	TEST(wake_goes_to_the_longest_waiting, "a wake-up goes to who waits longest"),
	TEST(front_goes_first, "who queues in front is woken first"),
	TEST(poll_does_not_sleep, "a poll is -EAGAIN at once"),
	TEST(deadline_ends_the_sleep, "a sleep without wake-up is -ETIMEDOUT at its deadline"),
	TEST(wake_beats_the_deadline, "a wake-up after the deadline counts if the lock came first"),
	TEST(interruption_ends_the_sleep, "an interruption is -EINTR"),
	TEST(wake_beats_the_interruption, "a wake-up counts although an interruption came before"),
	TEST(deaf_sleep_goes_on, "an uninterruptible sleep goes on"),
	TEST(pending_interruption_stays, "an interruption stays until it is cleared"),
	TEST(watchers_see_every_wake_and_take_none, "watchers are told of all and take none"),
	TEST(interrupt_handlers_may_wake, "an interrupt handler may wake; the flags stay right"),
	TEST(sleeping_with_another_lock_panics, "sleeping with another spinlock held is a bug"),
};

int main(void)
{
	return cmocka_run_group_tests_name("waitq", tests, machine_start, NULL);
}
