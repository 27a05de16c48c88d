/* Revocation of capabilities that are being used, by threads of the real scheduler. */
#include "kernel/cap/cspace.h"

#include "kernel/ipc/event.h"
#include "kernel/lib/errno.h"
#include "tests/unit/cap/world.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/sched/machine.h"
#include "tests/unit/unit.h"

#define MS NSEC_PER_MSEC

static struct cspace *cs;
static struct grant *root;

static int begin(void **state)
{
	(void)state;
	root = make_root();
	cs = make_space(CSPACE_MAX);
	return 0;
}

static int end(void **state)
{
	(void)state;
	assert_int_equal(thread_pending_interrupts(thread_current()), 0);
	cspace_put(cs);
	grant_put(root);
	check_all_gone();
	return 0;
}

static uint32_t add_event(struct grant *grant, uint32_t flags)
{
	struct event *ev;
	struct cap cap;
	uint32_t slot;

	assert_int_equal(event_create(NULL, 0, &ev), 0);
	cap_init(&cap, event_kobject(ev), grant, RIGHTS_ALL, flags);
	event_put(ev);
	assert_int_equal(cspace_insert(cs, &cap, 0, CAP_KEEP_ON_EXEC, &slot), 0);
	return slot;
}

static uint32_t mint(uint32_t slot)
{
	uint32_t minted;

	assert_int_equal(cap_mint(cs, slot, RIGHTS_ALL, "test", 0, &minted), 0);
	return minted;
}

/* A system call as a personality makes it: waits for an event in a slot. */
struct waiter_call {
	uint32_t slot;
	uint32_t other;	 /* a second capability in use, 0: none */
	ktime_t lingers; /* after the sleep, before it lets go */
	int result;
	bool is_done;
	struct thread *thread;
};

static void wait_for_event(void *arg)
{
	struct waiter_call *call = arg;
	struct cap_ref ref, other;
	uint64_t value;

	call->result = cspace_lookup(cs, call->slot, RIGHT_WAIT, &ref);
	if (call->result)
		goto out;
	if (call->other)
		assert_int_equal(cspace_lookup(cs, call->other, RIGHT_WAIT, &other), 0);
	call->result =
		event_take(event_from_kobject(ref.object), EVENT_TAKE_ALL, KTIME_FOREVER, &value);
	call->result = cap_use_result(&ref, call->result);
	if (call->lingers)
		thread_sleep_ns(call->lingers);
	if (call->other)
		cap_ref_put(&other);
	cap_ref_put(&ref);
	cap_thread_check_idle();
	assert_int_equal(thread_pending_interrupts(thread_current()) & THREAD_INTERRUPT_REVOKE, 0);
out:
	call->is_done = true;
}

static void start(struct waiter_call *call)
{
	call->thread = machine_spawn("waiter", wait_for_event, call);
	thread_sleep_ns(MS);
}

static void finish(struct waiter_call *call, int expected)
{
	machine_join(call->thread);
	assert_int_equal(call->result, expected);
}

static void sleeper_wakes_with_eio(void **state)
{
	uint32_t slot = mint(add_event(root, CAP_OWNS_GRANT));
	struct waiter_call call = {.slot = slot};

	(void)state;
	start(&call);
	assert_false(call.is_done);
	assert_int_equal(cap_revoke(cs, slot, REVOKE_SELF), 0);
	assert_true(call.is_done);
	finish(&call, -EIO);
	assert_int_equal(try_use(cs, slot, RIGHT_WAIT), -EIO);
	/* The event itself lives on, through the other capability. */
	assert_int_equal(try_use(cs, 0, RIGHT_WAIT), 0);
}

static void only_users_of_the_scope_wake(void **state)
{
	uint32_t first = add_event(root, CAP_OWNS_GRANT);
	uint32_t revoked = mint(first), spared = mint(first), below = mint(revoked);
	struct waiter_call a = {.slot = first}, b = {.slot = below}, c = {.slot = spared};
	struct cap_ref ref;

	(void)state;
	start(&a);
	start(&b);
	start(&c);
	assert_int_equal(cap_revoke(cs, revoked, REVOKE_SELF), 0);
	assert_true(!a.is_done && b.is_done && !c.is_done);
	finish(&b, -EIO);
	assert_int_equal(cap_revoke(cs, first, REVOKE_DESCENDANTS), 0);
	assert_true(!a.is_done && c.is_done);
	finish(&c, -EIO);
	assert_int_equal(cspace_lookup(cs, first, RIGHT_SIGNAL, &ref), 0);
	assert_int_equal(event_add(event_from_kobject(ref.object), 1, KTIME_POLL), 0);
	cap_ref_put(&ref);
	finish(&a, 0);
}

static void revocation_waits_until_all_let_go(void **state)
{
	uint32_t slot = mint(add_event(root, CAP_OWNS_GRANT));
	struct waiter_call calls[5];
	ktime_t before;

	(void)state;
	for (int i = 0; i < 5; i++) {
		calls[i] = (struct waiter_call){.slot = slot, .lingers = i * 10 * MS};
		start(&calls[i]);
	}
	before = time_now();
	assert_int_equal(cap_revoke(cs, slot, REVOKE_SELF), 0);
	assert_true(time_now() - before >= 40 * MS && time_now() - before < 60 * MS);
	for (int i = 0; i < 5; i++) {
		assert_true(calls[i].is_done);
		finish(&calls[i], -EIO);
	}
}

static void second_use_that_dies_ends_the_first(void **state)
{
	uint32_t slot = add_event(root, CAP_OWNS_GRANT);
	uint32_t other = mint(add_event(root, CAP_OWNS_GRANT));
	struct waiter_call call = {.slot = slot, .other = other};

	(void)state;
	start(&call);
	assert_int_equal(cap_revoke(cs, other, REVOKE_SELF), 0);
	finish(&call, -EIO);
	assert_int_equal(try_use(cs, slot, RIGHT_WAIT), 0);
}

struct revoke_call {
	uint32_t slot;
	int result;
};

static void revoke_slot(void *arg)
{
	struct revoke_call *call = arg;

	call->result = cap_revoke(cs, call->slot, REVOKE_SELF);
}

/* One thread uses what two others revoke, one after the other. */
static void two_revocations_wait_for_one_thread(void **state)
{
	uint32_t a = mint(add_event(root, CAP_OWNS_GRANT));
	uint32_t b = mint(add_event(root, CAP_OWNS_GRANT));
	struct waiter_call user = {.slot = a, .other = b, .lingers = 20 * MS};
	struct revoke_call first = {.slot = a}, second = {.slot = b};
	struct thread *one, *two;
	ktime_t before;

	(void)state;
	start(&user);
	before = time_now();
	one = machine_spawn("revoke", revoke_slot, &first);
	two = machine_spawn("revoke", revoke_slot, &second);
	machine_join(one);
	machine_join(two);
	assert_true(time_now() - before >= 20 * MS);
	assert_true(user.is_done);
	finish(&user, -EIO);
	assert_int_equal(first.result, 0);
	assert_int_equal(second.result, 0);
}

static bool must_stop;

static void look_up_for_ever(void *arg)
{
	uint32_t slot = *(uint32_t *)arg;
	uint32_t failures = 0;

	while (!must_stop) {
		failures += try_use(cs, slot, RIGHT_WAIT) != 0;
		machine_compute(10 * NSEC_PER_USEC);
	}
	assert_true(failures > 0);
}

static void looking_up_for_ever_delays_nobody(void **state)
{
	uint32_t slot = mint(add_event(root, CAP_OWNS_GRANT));
	struct thread *threads[3];

	(void)state;
	must_stop = false;
	for (int i = 0; i < 3; i++)
		threads[i] = machine_spawn("looker", look_up_for_ever, &slot);
	thread_sleep_ns(10 * MS);
	assert_int_equal(cap_revoke(cs, slot, REVOKE_SELF), 0);
	assert_int_equal(cap_revoke(cs, slot, REVOKE_SELF), 0);
	thread_sleep_ns(10 * MS);
	must_stop = true;
	for (int i = 0; i < 3; i++)
		machine_join(threads[i]);
}

static void revoking_in_use_oneself_is_a_bug(void **state)
{
	uint32_t slot = add_event(root, CAP_OWNS_GRANT);
	struct cap_ref ref;
	struct cap lost;

	(void)state;
	assert_int_equal(cspace_lookup(cs, slot, RIGHT_WAIT, &ref), 0);
	assert_true(FAKE_PANICS((void)!cap_revoke(cs, slot, REVOKE_DESCENDANTS)));
	assert_true(FAKE_PANICS(cap_thread_check_idle()));
	cap_ref_put(&ref);
	cap_thread_check_idle();
	/* The panic lost the references that the operation had taken. */
	assert_int_equal(cspace_peek(cs, slot, 0, &lost), 0);
	kobject_put(lost.object);
	grant_put(lost.grant);
	cap_drop(&lost);
}

static void false_alarm_is_cleared(void **state)
{
	uint32_t slot = add_event(root, CAP_OWNS_GRANT);
	struct cap_ref ref;

	(void)state;
	assert_int_equal(cspace_lookup(cs, slot, RIGHT_WAIT, &ref), 0);
	/* As a revocation does that saw an earlier use. */
	thread_interrupt(thread_current(), THREAD_INTERRUPT_REVOKE);
	assert_int_equal(cap_use_result(&ref, 0), 0);
	assert_int_equal(cap_use_result(&ref, -EINTR), -EINTR);
	assert_int_equal(thread_pending_interrupts(thread_current()), 0);
	thread_interrupt(thread_current(), THREAD_INTERRUPT_REVOKE | THREAD_INTERRUPT_SIGNAL);
	cap_ref_put(&ref);
	assert_int_equal(thread_pending_interrupts(thread_current()), THREAD_INTERRUPT_SIGNAL);
	thread_clear_interrupt(thread_current(), THREAD_INTERRUPT_SIGNAL);
	/* Between two system calls. */
	thread_interrupt(thread_current(), THREAD_INTERRUPT_REVOKE);
	cap_thread_check_idle();
	assert_int_equal(thread_pending_interrupts(thread_current()), 0);
}

static void dropping_uses_lets_revocations_go_on(void **state)
{
	uint32_t slot = add_event(root, CAP_OWNS_GRANT);
	struct cap_ref ref;

	(void)state;
	cspace_add_user(cs);
	assert_int_equal(try_use(cs, slot, RIGHT_WAIT), 0);
	assert_int_equal(cspace_lookup(cs, slot, RIGHT_WAIT, &ref), 0);
	assert_true(ref.is_borrowed);
	cap_thread_drop_uses();
	cap_thread_check_idle();
	cspace_remove_user(cs);
	assert_int_equal(cap_revoke(cs, mint(slot), REVOKE_SELF), 0);
}

/* A hundred thousand in every shape that matters to the walk. */
static void large_trees_die_wholly(void **state)
{
	enum { COUNT = 100000 };
	static struct grant *grants[COUNT];

	(void)state;
	for (int shape = 0; shape < 3; shape++) {
		struct grant *top = make_child(root);
		uint64_t seed = 1;

		for (int i = 0; i < COUNT; i++) {
			struct grant *parent = top; /* wide */

			if (shape == 1 && i > 0)
				parent = grants[i - 1]; /* deep */
			if (shape == 2 && i > 0)
				parent = grants[test_random(&seed, (uint64_t)i)];
			grants[i] = make_child(parent);
		}
		grant_revoke(top, REVOKE_SELF);
		for (int i = 0; i < COUNT; i++) {
			if (!grant_is_dead(grants[i]))
				fail_msg("shape %d: grant %d lives", shape, i);
		}
		for (int i = 0; i < COUNT; i++)
			grant_put(grants[shape == 1 ? i : COUNT - 1 - i]);
		grant_put(top);
		assert_int_equal(grant_count(), 1);
	}
}

static const struct CMUnitTest tests[] = {
#define IN_SPACE(function, sentence)                                                               \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = begin,                  \
		.teardown_func = end                                                               \
	}
	IN_SPACE(sleeper_wakes_with_eio, "who sleeps in a revoked capability wakes with -EIO"),
	IN_SPACE(only_users_of_the_scope_wake, "who uses what is not revoked sleeps on"),
	IN_SPACE(revocation_waits_until_all_let_go, "revocation returns when the last has let go"),
	IN_SPACE(second_use_that_dies_ends_the_first, "either of two uses that dies ends a call"),
	IN_SPACE(two_revocations_wait_for_one_thread, "two revocations wait for the same thread"),
	IN_SPACE(looking_up_for_ever_delays_nobody,
		 "programs that keep looking up what is dead delay no revocation"),
	IN_SPACE(revoking_in_use_oneself_is_a_bug,
		 "a thread with a use of its own revokes nothing"),
	IN_SPACE(false_alarm_is_cleared, "an interruption that came too late is cleared"),
	IN_SPACE(dropping_uses_lets_revocations_go_on, "a thread that is ended uses nothing more"),
	IN_SPACE(large_trees_die_wholly, "100,000 descendants die, wide, deep or at random"),
};

int main(void)
{
	return cmocka_run_group_tests_name("cap/revoke", tests, machine_start, NULL);
}
