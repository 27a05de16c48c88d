#include "kernel/ipc/event.h"

#include "kernel/cap/kobject.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/account.h"
#include "kernel/sched/waitq.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/sched/machine.h"
#include "tests/unit/unit.h"

#define MS NSEC_PER_MSEC

static struct event *ev;

static void make(uint64_t value)
{
	assert_int_equal(event_create(NULL, value, &ev), 0);
}

static uint64_t take(enum event_take how)
{
	uint64_t n = 0;

	assert_int_equal(event_take(ev, how, KTIME_POLL, &n), 0);
	return n;
}

static void take_all_resets(void **state)
{
	uint64_t n = 99;

	(void)state;
	make(3);
	assert_int_equal(take(EVENT_TAKE_ALL), 3);
	assert_int_equal(event_take(ev, EVENT_TAKE_ALL, KTIME_POLL, &n), -EAGAIN);
	assert_int_equal(n, 99);
	assert_int_equal(event_value(ev), 0);
	event_put(ev);
}

static void take_one_decrements(void **state)
{
	uint64_t n;

	(void)state;
	make(2);
	assert_int_equal(take(EVENT_TAKE_ONE), 1);
	assert_int_equal(take(EVENT_TAKE_ONE), 1);
	assert_int_equal(event_take(ev, EVENT_TAKE_ONE, KTIME_POLL, &n), -EAGAIN);
	event_put(ev);
}

static void counter_is_bounded(void **state)
{
	struct event *none = NULL;

	(void)state;
	assert_int_equal(event_create(NULL, UINT64_MAX, &none), -EINVAL);
	assert_null(none);
	make(EVENT_MAX);
	assert_int_equal(event_add(ev, 0, KTIME_POLL), 0);
	assert_int_equal(event_add(ev, 1, KTIME_POLL), -EAGAIN);
	assert_int_equal(event_add(ev, UINT64_MAX, KTIME_POLL), -EINVAL);
	assert_int_equal(event_add(ev, EVENT_MAX, time_after(MS)), -ETIMEDOUT);
	assert_int_equal(take(EVENT_TAKE_ONE), 1);
	assert_int_equal(event_add(ev, 1, KTIME_POLL), 0);
	assert_int_equal(event_value(ev), EVENT_MAX);
	event_put(ev);
}

struct call {
	enum event_take how;
	uint64_t n;
	ktime_t deadline;
	int result;
	bool is_done;
};

static void take_in_thread(void *arg)
{
	struct call *call = arg;

	call->result = event_take(ev, call->how, call->deadline, &call->n);
	call->is_done = true;
}

static void add_in_thread(void *arg)
{
	struct call *call = arg;

	call->result = event_add(ev, call->n, call->deadline);
	call->is_done = true;
}

static void take_sleeps_until_an_add(void **state)
{
	struct call calls[3];
	struct thread *threads[3];

	(void)state;
	make(0);
	for (int i = 0; i < 3; i++) {
		calls[i] = (struct call){.how = EVENT_TAKE_ONE, .deadline = KTIME_FOREVER};
		threads[i] = machine_spawn("taker", take_in_thread, &calls[i]);
	}
	thread_sleep_ns(MS);
	assert_false(calls[0].is_done || calls[1].is_done || calls[2].is_done);
	assert_int_equal(event_add(ev, 2, KTIME_POLL), 0);
	thread_sleep_ns(MS);
	assert_int_equal(calls[0].is_done + calls[1].is_done + calls[2].is_done, 2);
	assert_int_equal(event_add(ev, 1, KTIME_POLL), 0);
	for (int i = 0; i < 3; i++) {
		machine_join(threads[i]);
		assert_int_equal(calls[i].result, 0);
		assert_int_equal(calls[i].n, 1);
	}
	event_put(ev);
}

static void add_sleeps_until_there_is_room(void **state)
{
	struct call call = {.n = 10, .deadline = KTIME_FOREVER};
	struct thread *thread;

	(void)state;
	make(EVENT_MAX - 5);
	thread = machine_spawn("adder", add_in_thread, &call);
	thread_sleep_ns(MS);
	assert_int_equal(take(EVENT_TAKE_ONE), 1);
	thread_sleep_ns(MS);
	assert_false(call.is_done);
	assert_int_equal(take(EVENT_TAKE_ALL), EVENT_MAX - 6);
	machine_join(thread);
	assert_int_equal(call.result, 0);
	assert_int_equal(event_value(ev), 10);
	event_put(ev);
}

static void sleep_ends_by_deadline_or_interruption(void **state)
{
	struct call call = {.how = EVENT_TAKE_ALL, .n = 7, .deadline = KTIME_FOREVER};
	struct thread *thread;
	uint64_t n;

	(void)state;
	make(0);
	assert_int_equal(event_take(ev, EVENT_TAKE_ALL, time_after(5 * MS), &n), -ETIMEDOUT);
	thread = machine_spawn("taker", take_in_thread, &call);
	thread_sleep_ns(MS);
	thread_interrupt(thread, THREAD_INTERRUPT_SIGNAL);
	machine_join(thread);
	assert_int_equal(call.result, -EINTR);
	assert_int_equal(call.n, 7);
	event_put(ev);
}

static uint32_t told;

static void count_news(struct waiter *waiter)
{
	(void)waiter;
	told++;
}

static void pollers_hear_of_every_change(void **state)
{
	struct waiter waiter;

	(void)state;
	make(0);
	told = 0;
	waiter_init(&waiter, count_news);
	assert_int_equal(event_watch(ev, &waiter), EVENT_CAN_ADD);
	assert_int_equal(event_add(ev, EVENT_MAX, KTIME_POLL), 0);
	assert_int_equal(told, 1);
	assert_int_equal(event_watch(ev, NULL), EVENT_CAN_TAKE);
	assert_int_equal(take(EVENT_TAKE_ONE), 1);
	assert_int_equal(told, 2);
	assert_int_equal(event_watch(ev, NULL), EVENT_CAN_TAKE | EVENT_CAN_ADD);
	assert_int_equal(event_add(ev, 0, KTIME_POLL), 0);
	assert_int_equal(told, 2);
	event_unwatch(ev, &waiter);
	assert_int_equal(event_add(ev, 1, KTIME_POLL), 0);
	assert_int_equal(told, 2);
	event_put(ev);
}

static void account_pays(void **state)
{
	struct mem_account *account;
	struct event *paid;

	(void)state;
	assert_int_equal(mem_account_create(NULL, &account), 0);
	fake_fail_alloc(1);
	assert_int_equal(event_create(account, 0, &paid), -ENOMEM);
	assert_int_equal(mem_account_used(account), 0);
	assert_int_equal(event_create(account, 0, &paid), 0);
	assert_true(mem_account_used(account) > 0);
	assert_ptr_equal(event_from_kobject(event_kobject(paid)), paid);
	event_get(paid);
	event_put(paid);
	event_put(paid);
	assert_int_equal(mem_account_used(account), 0);
	mem_account_set_max(account, 1);
	assert_int_equal(event_create(account, 0, &paid), -ENOMEM);
	mem_account_put(account);
}

static const struct CMUnitTest tests[] = {
	TEST(take_all_resets, "take-all gives the count and resets it"),
	TEST(take_one_decrements, "take-one gives 1 and decrements"),
	TEST(counter_is_bounded, "nothing brings the counter above its limit"),
	TEST(take_sleeps_until_an_add, "take on an empty event sleeps until an add"),
	TEST(add_sleeps_until_there_is_room, "add at the limit sleeps until a take makes room"),
	TEST(sleep_ends_by_deadline_or_interruption,
	     "a sleep ends at its deadline or by interruption"),
	TEST(pollers_hear_of_every_change, "pollers hear of every change and nothing else"),
	TEST(account_pays, "an account pays for an event until it is gone"),
};

int main(void)
{
	return cmocka_run_group_tests_name("ipc/event", tests, machine_start, NULL);
}
