/* The fakes themselves: a fake that lets a wrong program pass proves nothing. */
#include "tests/unit/fake/fake.h"

#include <string.h>

#include "kernel/arch/clock.h"
#include "kernel/arch/irq.h"
#include "kernel/core/assert.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/core/preempt.h"
#include "kernel/core/smp_call.h"
#include "kernel/core/spinlock.h"
#include "tests/unit/unit.h"

static struct spinlock outer = SPINLOCK_INIT(LOCK_OBJECT);
static struct spinlock inner = SPINLOCK_INIT(LOCK_LOG);
static DEFINE_PER_CPU(uint32_t, counter);

static void panics_are_caught(void **state)
{
	(void)state;
	assert_true(FAKE_PANICS(panic("number %d", 7)));
	assert_string_equal(fake_panic_text, "number 7");
	assert_true(FAKE_PANICS(ASSERT(1 + 1 == 3)));
	assert_non_null(strstr(fake_panic_text, "1 + 1 == 3"));
	assert_false(FAKE_PANICS(ASSERT(1 + 1 == 2)));
}

static void double_acquire_panics(void **state)
{
	(void)state;
	fake_reset();
	spin_lock(&outer);
	assert_true(FAKE_PANICS(spin_lock(&outer)));
	assert_int_equal(fake_locks_held, 1);
	assert_false(spin_trylock(&outer));
	spin_unlock(&outer);
	assert_true(FAKE_PANICS(spin_unlock(&outer)));
	assert_int_equal(this_cpu_read(preempt_count), 0);
}

static void wrong_order_and_context_panic(void **state)
{
	irqflags_t flags;

	(void)state;
	fake_reset();
	assert_true(FAKE_PANICS(spin_lock(&inner)));
	flags = spin_lock_irqsave(&inner);
	assert_false(arch_irqs_are_enabled());
	assert_true(FAKE_PANICS(spin_lock(&outer)));
	assert_true(FAKE_PANICS(lockdep_assert_no_spinlock()));
	spin_unlock_irqrestore(&inner, flags);
	assert_true(arch_irqs_are_enabled());
	spin_lock(&outer);
	flags = spin_lock_irqsave(&inner);
	spin_unlock_irqrestore(&inner, flags);
	spin_unlock(&outer);
}

static void reset_sees_what_is_left(void **state)
{
	void *mem;

	(void)state;
	fake_reset();
	spin_lock(&outer);
	assert_true(FAKE_PANICS(fake_reset()));
	spin_unlock(&outer);
	mem = fake_alloc(10);
	assert_true(FAKE_PANICS(fake_reset()));
	assert_true(FAKE_PANICS(fake_free(mem, 11)));
	fake_free(mem, 10);
	fake_reset();
}

static void chosen_allocation_fails(void **state)
{
	void *mem[3];

	(void)state;
	fake_reset();
	fake_fail_alloc(2);
	for (int i = 0; i < 3; i++)
		mem[i] = fake_alloc(8);
	assert_non_null(mem[0]);
	assert_null(mem[1]);
	assert_non_null(mem[2]);
	assert_int_equal(fake_bytes_allocated, 16);
	fake_free(mem[0], 8);
	fake_free(mem[2], 8);
}

static void count_up(void *arg)
{
	(void)arg;
	assert_true(preempt_in_interrupt());
	this_cpu_add(counter, 1 + cpu_current());
}

static void each_cpu_has_its_data(void **state)
{
	(void)state;
	fake_reset();
	fake_cpus_init(3);
	smp_call_others(count_up, NULL);
	assert_int_equal(this_cpu_read(counter), 0);
	fake_cpu_switch(2);
	assert_int_equal(cpu_current(), 2);
	assert_int_equal(this_cpu_read(counter), 3);
	this_cpu_write(counter, 9);
	fake_cpu_switch(1);
	assert_int_equal(this_cpu_read(counter), 2);
	assert_int_equal(*cpu_ptr(counter, 2), 9);
	fake_cpu_switch(0);
	arch_ipi_send(2, IPI_RESCHEDULE);
	assert_int_equal(fake_ipis[2][IPI_RESCHEDULE], 1);
	fake_reset();
}

static void preemption_waits_for_the_last_lock(void **state)
{
	(void)state;
	fake_reset();
	spin_lock(&outer);
	this_cpu_write(preempt_need_resched, 1);
	preempt_disable();
	preempt_enable();
	assert_int_equal(fake_reschedules, 0);
	spin_unlock(&outer);
	assert_int_equal(fake_reschedules, 1);
}

static void clock_moves_only_when_told(void **state)
{
	(void)state;
	fake_reset();
	assert_int_equal(arch_clock_now(), 0);
	fake_now = 500;
	fake_now_step = 10;
	assert_int_equal(arch_clock_now(), 510);
	arch_timer_set(700);
	assert_int_equal(fake_timer_deadline[0], 700);
	fake_reset();
}

static void endless_spin_panics(void **state)
{
	(void)state;
	fake_reset();
	assert_true(FAKE_PANICS(while (true) arch_cpu_relax()));
	fake_reset();
	assert_true(FAKE_PANICS(arch_wait_for_interrupt()));
}

static const struct CMUnitTest tests[] = {
	TEST(panics_are_caught, "an expected panic is caught with its text"),
	TEST(double_acquire_panics, "taking a held lock or dropping a free one panics"),
	TEST(wrong_order_and_context_panic, "a lock out of order or context panics"),
	TEST(reset_sees_what_is_left, "reset sees held locks and leaked memory"),
	TEST(chosen_allocation_fails, "the chosen allocation fails and no other"),
	TEST(each_cpu_has_its_data, "each CPU has per-CPU data of its own"),
	TEST(preemption_waits_for_the_last_lock, "preemption waits for the last lock"),
	TEST(clock_moves_only_when_told, "the clock moves only when told"),
	TEST(endless_spin_panics, "an endless spin or wait panics"),
};

int main(void)
{
	return RUN_TESTS("fake");
}
