#include "kernel/core/timer.h"

#include "kernel/core/preempt.h"
#include "kernel/core/time.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/unit.h"

#define TIMERS 200

struct probe {
	struct timer timer;
	ktime_t wanted;
	uint32_t fired;
	uint32_t repeats;
	struct timer *other; /* started or cancelled by the function */
};

static struct probe probes[TIMERS];
static ktime_t last_fired;

static void probe_fired(struct timer *timer)
{
	struct probe *probe = container_of(timer, struct probe, timer);

	assert_false(arch_irqs_are_enabled());
	assert_int_equal(fake_locks_held, 0);
	assert_true(probe->wanted <= fake_now);
	assert_true(probe->wanted >= last_fired);
	last_fired = probe->wanted;
	probe->fired++;
	if (probe->repeats > 0) {
		probe->repeats--;
		probe->wanted = fake_now + 10;
		timer_start(timer, probe->wanted);
	}
}

static int setup(void **state)
{
	(void)state;
	fake_reset();
	fake_cpus_init(2);
	for (cpu_id_t cpu = 0; cpu < 2; cpu++) {
		fake_cpu_switch(cpu);
		fake_timer_deadline[cpu] = KTIME_FOREVER;
		timer_init_cpu();
	}
	fake_cpu_switch(0);
	fake_timer_sets = 0;
	last_fired = 0;
	for (size_t i = 0; i < TIMERS; i++) {
		probes[i] = (struct probe){.fired = 0};
		timer_init(&probes[i].timer, probe_fired);
	}
	return 0;
}

static void start(size_t i, ktime_t when)
{
	probes[i].wanted = when;
	timer_start(&probes[i].timer, when);
}

static void interrupt_at(ktime_t when)
{
	irqflags_t flags = arch_irq_save();

	fake_now = when;
	fake_timer_deadline[cpu_current()] = KTIME_FOREVER;
	timer_interrupt();
	arch_irq_restore(flags);
}

static void fires_in_order_and_never_early(void **state)
{
	uint64_t seed = 5;
	uint32_t fired = 0;

	(void)state;
	for (size_t i = 0; i < TIMERS; i++)
		start(i, 1 + (ktime_t)test_random(&seed, 10000));
	while (fake_timer_deadline[0] != KTIME_FOREVER)
		interrupt_at(fake_timer_deadline[0]);
	for (size_t i = 0; i < TIMERS; i++)
		fired += probes[i].fired;
	assert_int_equal(fired, TIMERS);
}

static void hardware_is_programmed_for_the_earliest_only(void **state)
{
	(void)state;
	start(0, 1000);
	assert_int_equal(fake_timer_deadline[0], 1000);
	start(1, 2000);
	start(2, 3000);
	assert_int_equal(fake_timer_sets, 1);
	start(3, 500);
	assert_int_equal(fake_timer_deadline[0], 500);
	assert_int_equal(fake_timer_sets, 2);
	/* Cancelling the earliest leaves the hardware alone. */
	assert_true(timer_cancel(&probes[3].timer));
	assert_int_equal(fake_timer_sets, 2);
	interrupt_at(500);
	assert_int_equal(probes[3].fired, 0);
	assert_int_equal(fake_timer_deadline[0], 1000);
	assert_int_equal(fake_timer_sets, 3);
}

static void far_interrupt_runs_all_that_are_due(void **state)
{
	(void)state;
	for (size_t i = 0; i < 10; i++)
		start(i, 100 * (ktime_t)(i + 1));
	interrupt_at(500);
	for (size_t i = 0; i < 10; i++)
		assert_int_equal(probes[i].fired, i < 5 ? 1 : 0);
	assert_int_equal(fake_timer_deadline[0], 600);
}

static void cancel_tells_whether_it_was_pending(void **state)
{
	(void)state;
	assert_false(timer_cancel(&probes[0].timer));
	start(0, 100);
	assert_true(timer_cancel(&probes[0].timer));
	assert_false(timer_cancel(&probes[0].timer));
	start(0, 100);
	interrupt_at(100);
	assert_int_equal(probes[0].fired, 1);
	assert_false(timer_cancel(&probes[0].timer));
}

static void moving_changes_the_time(void **state)
{
	(void)state;
	start(0, 1000);
	start(0, 100);
	assert_int_equal(fake_timer_deadline[0], 100);
	interrupt_at(100);
	assert_int_equal(probes[0].fired, 1);
	start(0, 200);
	start(0, 900);
	interrupt_at(200);
	assert_int_equal(probes[0].fired, 1);
	interrupt_at(900);
	assert_int_equal(probes[0].fired, 2);
}

static void function_may_start_its_timer_again(void **state)
{
	(void)state;
	probes[0].repeats = 3;
	start(0, 100);
	for (int i = 0; i < 4; i++)
		interrupt_at(100 + 10 * i);
	assert_int_equal(probes[0].fired, 4);
	assert_int_equal(fake_timer_deadline[0], KTIME_FOREVER);
}

static void start_elsewhere_moves_it(void **state)
{
	(void)state;
	start(0, 1000);
	fake_cpu_switch(1);
	start(0, 1500);
	assert_int_equal(fake_timer_deadline[1], 1500);
	fake_cpu_switch(0);
	interrupt_at(1000);
	assert_int_equal(probes[0].fired, 0);
	assert_true(timer_cancel(&probes[0].timer)); /* from another CPU */
	fake_cpu_switch(1);
	interrupt_at(1500);
	assert_int_equal(probes[0].fired, 0);
}

/* The function of timer 0, on CPU 0, while its owner on CPU 1 starts it anew. */
static void restarted_by_owner(struct timer *timer)
{
	container_of(timer, struct probe, timer)->fired++;
	if (container_of(timer, struct probe, timer)->fired == 1) {
		fake_cpu_switch(1);
		timer_start(timer, fake_now + 50);
		fake_cpu_switch(0);
	}
}

static void start_while_running_elsewhere_stays_there(void **state)
{
	(void)state;
	timer_init(&probes[0].timer, restarted_by_owner);
	timer_start(&probes[0].timer, 100);
	interrupt_at(100);
	assert_int_equal(fake_timer_deadline[0], 150);
	assert_int_equal(fake_timer_deadline[1], KTIME_FOREVER);
	interrupt_at(150);
	assert_int_equal(probes[0].fired, 2);
}

static uint32_t relaxes;

/* CPU 1 waits for the function that runs on CPU 0; after a few turns it ends. */
static void end_of_function(void)
{
	if (++relaxes < 3)
		return;
	fake_on_relax = NULL;
	longjmp(*(jmp_buf *)probes[0].other, 1);
}

static void cancelled_while_running(struct timer *timer)
{
	jmp_buf out;

	/* Never returns true for its own timer, and cannot end while it runs. */
	probes[0].other = (struct timer *)&out;
	relaxes = 0;
	fake_on_relax = end_of_function;
	fake_cpu_switch(1);
	if (setjmp(out) == 0)
		(void)timer_cancel(timer);
	fake_cpu_switch(0);
}

static void cancel_waits_for_the_function(void **state)
{
	(void)state;
	timer_init(&probes[0].timer, cancelled_while_running);
	timer_start(&probes[0].timer, 100);
	interrupt_at(100);
	assert_int_equal(relaxes, 3);
	assert_false(timer_cancel(&probes[0].timer));
}

static void cancel_from_its_own_function_panics(void **state);

static void cancels_itself(struct timer *timer)
{
	assert_true(FAKE_PANICS((void)timer_cancel(timer)));
}

static void cancel_from_its_own_function_panics(void **state)
{
	(void)state;
	timer_init(&probes[0].timer, cancels_itself);
	timer_start(&probes[0].timer, 100);
	interrupt_at(100);
}

static void time_after_saturates(void **state)
{
	(void)state;
	fake_now = 1000;
	assert_int_equal(time_after(5), 1005);
	assert_true(time_after(KTIME_FOREVER) == KTIME_FOREVER);
	assert_true(time_after(KTIME_FOREVER - 1) == KTIME_FOREVER);
}

static void wall_clock_follows(void **state)
{
	(void)state;
	fake_now = 5000;
	time_set_wall_ns(1700000000 * NSEC_PER_SEC);
	fake_now += 77;
	assert_true(time_wall_ns() == 1700000000 * NSEC_PER_SEC + 77);
	time_set_wall_ns(-10);
	assert_true(time_wall_ns() == -10);
	time_init_wall();
	assert_true(time_wall_ns() == 1000000000 * NSEC_PER_SEC);
}

#define CASE(function, sentence)                                                                   \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = setup                   \
	}

static const struct CMUnitTest tests[] = {
	CASE(fires_in_order_and_never_early, "timers fire in order, once, and never early"),
	CASE(hardware_is_programmed_for_the_earliest_only,
	     "the hardware is programmed for a new earliest timer only"),
	CASE(far_interrupt_runs_all_that_are_due, "a late interrupt runs all that are due"),
	CASE(cancel_tells_whether_it_was_pending, "cancel tells whether the timer was pending"),
	CASE(moving_changes_the_time, "starting a pending timer moves it"),
	CASE(function_may_start_its_timer_again, "a function may start its own timer again"),
	CASE(start_elsewhere_moves_it, "a start on another CPU moves the timer there"),
	CASE(start_while_running_elsewhere_stays_there,
	     "a timer whose function runs stays on that CPU"),
	CASE(cancel_waits_for_the_function, "cancel waits for the function to end elsewhere"),
	CASE(cancel_from_its_own_function_panics, "cancel from its own function is a bug"),
	CASE(time_after_saturates, "a time too far away is never"),
	CASE(wall_clock_follows, "the wall clock follows the monotonic one from where it was set"),
};

int main(void)
{
	return RUN_TESTS("timer");
}
