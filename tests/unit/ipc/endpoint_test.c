/* Endpoints and replies, over the whole scheduler: callers and receivers really sleep. */
#include "kernel/ipc/endpoint.h"

#include <string.h>

#include "kernel/arch/target.h"
#include "kernel/cap/kobject.h"
#include "kernel/ipc/reply.h"
#include "kernel/lib/errno.h"
#include "kernel/sched/sched.h"
#include "tests/unit/cap/world.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/sched/machine.h"
#include "tests/unit/unit.h"

#define MS NSEC_PER_MSEC

static struct endpoint *ep;
static struct cap receiving, calling;

/* One thread's part in a test. */
struct peer {
	struct trap_frame frame;
	struct message_side side;
	struct ipc_debt debt;
	ktime_t deadline;
	uint32_t rounds; /* calls, or answers */
	uint32_t done;
	int result;
	struct thread *thread;
};

static void make(void)
{
	struct grant *root = make_root();
	struct grant *grant;

	assert_int_equal(endpoint_create(NULL, &ep), 0);
	assert_int_equal(grant_mint(root, NULL, "client", 99, &grant), 0);
	cap_init(&receiving, endpoint_receiving_end(ep), root, RIGHTS_ALL, 0);
	cap_init(&calling, endpoint_calling_end(ep), grant, RIGHTS_ALL, CAP_OWNS_GRANT);
	kobject_put(endpoint_receiving_end(ep));
	kobject_put(endpoint_calling_end(ep));
	grant_put(grant);
	grant_put(root);
}

static void drop(void)
{
	if (calling.object)
		cap_drop(&calling);
	if (receiving.object)
		cap_drop(&receiving);
	assert_int_equal(endpoint_count(), 0);
	check_all_gone();
}

static void init_peer(struct peer *peer, uint64_t word)
{
	memset(peer, 0, sizeof(*peer));
	peer->side.frame = &peer->frame;
	for (int i = 0; i < 8; i++)
		peer->frame.words[i] = word + (uint64_t)i;
	peer->deadline = KTIME_FOREVER;
	peer->rounds = 1;
}

static void run_calls(void *arg)
{
	struct peer *peer = arg;
	struct cap_ref ref;

	for (; peer->done < peer->rounds && !peer->result; peer->done++) {
		peer->result = cap_use(&calling, RIGHT_CALL, &ref);
		if (peer->result)
			return;
		peer->result = endpoint_call(&ref, &peer->side, peer->deadline);
		cap_ref_put(&ref);
	}
}

/* Answers each call with its first word plus 1000. */
static void run_server(void *arg)
{
	struct peer *peer = arg;
	struct cap_ref ref;

	peer->result = cap_use(&receiving, RIGHT_RECEIVE, &ref);
	if (peer->result)
		return;
	peer->result = endpoint_receive(&ref, &peer->debt, &peer->side, peer->deadline);
	while (!peer->result && ++peer->done < peer->rounds) {
		peer->frame.words[0] += 1000;
		peer->result =
			endpoint_answer_and_receive(&ref, &peer->debt, &peer->side, peer->deadline);
	}
	if (!peer->result) {
		peer->frame.words[0] += 1000;
		peer->result = ipc_answer(&peer->debt, &peer->side);
	}
	cap_ref_put(&ref);
}

static int receive(struct peer *peer, ktime_t deadline)
{
	struct cap_ref ref;
	int err = cap_use(&receiving, RIGHT_RECEIVE, &ref);

	if (err)
		return err;
	err = endpoint_receive(&ref, &peer->debt, &peer->side, deadline);
	cap_ref_put(&ref);
	return err;
}

static void start(struct peer *peer, void (*fn)(void *arg))
{
	peer->thread = machine_spawn("peer", fn, peer);
}

static void words_and_badge_pass_whoever_comes_first(void **state)
{
	struct peer caller, server;

	(void)state;
	for (int is_server_first = 0; is_server_first < 2; is_server_first++) {
		make();
		init_peer(&caller, 10);
		init_peer(&server, 0);
		start(is_server_first ? &server : &caller,
		      is_server_first ? run_server : run_calls);
		thread_sleep_ns(MS);
		start(is_server_first ? &caller : &server,
		      is_server_first ? run_calls : run_server);
		machine_join(caller.thread);
		machine_join(server.thread);
		assert_int_equal(caller.result, 0);
		assert_int_equal(server.result, 0);
		assert_int_equal(caller.frame.words[0], 1010);
		assert_int_equal(caller.frame.words[7], 17);
		assert_int_equal(server.side.badge, 99);
		drop();
	}
}

static void round_trip_is_two_switches(void **state)
{
	struct sched_cpu_stats before, after;
	struct peer caller, server;

	(void)state;
	make();
	init_peer(&server, 0);
	init_peer(&caller, 0);
	server.rounds = caller.rounds = 100;
	start(&server, run_server);
	thread_sleep_ns(MS);
	sched_get_stats(0, &before);
	start(&caller, run_calls);
	machine_join(caller.thread);
	sched_get_stats(0, &after);
	machine_join(server.thread);
	assert_int_equal(caller.result, 0);
	assert_int_equal(caller.frame.words[0], 100000);
	assert_true(after.switches - before.switches <= 205);
	drop();
}

static volatile bool is_over;

static void compute_until_over(void *arg)
{
	uint64_t *turns = arg;

	while (!is_over) {
		machine_compute(MS / 10);
		(*turns)++;
	}
}

static void run_busy_server(void *arg)
{
	struct peer *peer = arg;
	struct cap_ref ref;

	if (cap_use(&receiving, RIGHT_RECEIVE, &ref))
		return;
	peer->result = endpoint_receive(&ref, &peer->debt, &peer->side, KTIME_FOREVER);
	while (!peer->result) {
		machine_compute(MS / 10);
		peer->done++;
		peer->result =
			endpoint_answer_and_receive(&ref, &peer->debt, &peer->side, KTIME_FOREVER);
	}
	cap_ref_put(&ref);
}

static void run_busy_caller(void *arg)
{
	struct peer *peer = arg;
	struct cap_ref ref;

	while (!is_over && !peer->result) {
		if (cap_use(&calling, RIGHT_CALL, &ref))
			return;
		peer->result = endpoint_call(&ref, &peer->side, KTIME_FOREVER);
		cap_ref_put(&ref);
		machine_compute(MS / 10);
		peer->done++;
	}
}

/* Caller and server together are one thread's worth of CPU: they never run at once. */
static void handing_over_takes_no_more_than_a_share(void **state)
{
	struct peer caller, server;
	struct thread *other;
	uint64_t turns = 0;
	uint64_t theirs;

	(void)state;
	make();
	is_over = false;
	init_peer(&server, 0);
	init_peer(&caller, 0);
	start(&server, run_busy_server);
	thread_sleep_ns(MS);
	other = machine_spawn("other", compute_until_over, &turns);
	start(&caller, run_busy_caller);
	thread_sleep_ns(400 * MS);
	is_over = true;
	machine_join(caller.thread);
	machine_join(other);
	theirs = caller.done + server.done;
	assert_true(turns > 1700 && turns < 2300);
	assert_true(theirs > 1700 && theirs < 2300);
	cap_drop(&calling);
	machine_join(server.thread);
	assert_int_equal(server.result, -EPIPE);
	drop();
}

static void deadlines_end_calls_and_receives(void **state)
{
	struct peer caller, server;

	(void)state;
	make();
	init_peer(&caller, 0);
	caller.deadline = time_after(5 * MS);
	run_calls(&caller);
	assert_int_equal(caller.result, -ETIMEDOUT);
	init_peer(&caller, 0);
	caller.deadline = KTIME_POLL;
	run_calls(&caller);
	assert_int_equal(caller.result, -EAGAIN);
	init_peer(&server, 0);
	assert_int_equal(receive(&server, KTIME_POLL), -EAGAIN);
	assert_int_equal(receive(&server, time_after(MS)), -ETIMEDOUT);

	/* After the call was received: the answer goes nowhere. */
	init_peer(&caller, 0);
	caller.deadline = time_after(5 * MS);
	start(&caller, run_calls);
	assert_int_equal(receive(&server, KTIME_FOREVER), 0);
	machine_join(caller.thread);
	assert_int_equal(caller.result, -ETIMEDOUT);
	assert_int_equal(ipc_answer(&server.debt, &server.side), -EPIPE);
	assert_false(ipc_debt_is_owed(&server.debt));
	drop();
}

static void interruption_ends_a_call_in_every_state(void **state)
{
	struct peer caller, server;

	(void)state;
	make();
	init_peer(&caller, 0);
	start(&caller, run_calls);
	thread_sleep_ns(MS);
	thread_interrupt(caller.thread, THREAD_INTERRUPT_KILL);
	machine_join(caller.thread);
	assert_int_equal(caller.result, -EINTR);
	init_peer(&server, 0);
	assert_int_equal(receive(&server, KTIME_POLL), -EAGAIN);

	init_peer(&caller, 0);
	start(&caller, run_calls);
	assert_int_equal(receive(&server, KTIME_FOREVER), 0);
	thread_interrupt(caller.thread, THREAD_INTERRUPT_KILL);
	machine_join(caller.thread);
	assert_int_equal(ipc_answer(&server.debt, &server.side), -EPIPE);
	drop();
}

static void revocation_ends_a_call(void **state)
{
	struct peer caller, server;

	(void)state;
	make();
	init_peer(&caller, 0);
	init_peer(&server, 0);
	start(&caller, run_calls);
	assert_int_equal(receive(&server, KTIME_FOREVER), 0);
	grant_revoke(calling.grant, REVOKE_SELF);
	machine_join(caller.thread);
	assert_int_equal(caller.result, -EIO);
	assert_int_equal(ipc_answer(&server.debt, &server.side), -EPIPE);
	drop();
}

static void each_end_is_told_when_the_other_is_gone(void **state)
{
	struct peer caller, server;

	(void)state;
	make();
	init_peer(&caller, 0);
	start(&caller, run_calls);
	thread_sleep_ns(MS);
	cap_drop(&receiving);
	machine_join(caller.thread);
	assert_int_equal(caller.result, -EPIPE);
	init_peer(&caller, 0);
	run_calls(&caller);
	assert_int_equal(caller.result, -EPIPE);
	drop();

	make();
	init_peer(&server, 0);
	start(&server, run_server);
	thread_sleep_ns(MS);
	cap_drop(&calling);
	machine_join(server.thread);
	assert_int_equal(server.result, -EPIPE);
	drop();
}

static void debt_outlives_both_ends(void **state)
{
	struct peer caller, server;

	(void)state;
	make();
	init_peer(&caller, 1);
	init_peer(&server, 0);
	start(&caller, run_calls);
	assert_int_equal(receive(&server, KTIME_FOREVER), 0);
	cap_drop(&receiving);
	/* The caller still uses the other end. */
	server.frame.words[0] = 5;
	assert_int_equal(ipc_answer(&server.debt, &server.side), 0);
	machine_join(caller.thread);
	assert_int_equal(caller.result, 0);
	assert_int_equal(caller.frame.words[0], 5);
	drop();
}

static void dropped_calls_are_canceled(void **state)
{
	struct peer caller, server;

	(void)state;
	make();
	init_peer(&caller, 0);
	init_peer(&server, 0);
	start(&caller, run_calls);
	assert_int_equal(receive(&server, KTIME_FOREVER), 0);
	/* Receiving again, without an answer. */
	assert_int_equal(receive(&server, KTIME_POLL), -EAGAIN);
	machine_join(caller.thread);
	assert_int_equal(caller.result, -ECANCELED);
	assert_int_equal(ipc_answer(&server.debt, &server.side), -EINVAL);
	drop();
}

static void replies_answer_once(void **state)
{
	struct peer callers[3], server;
	struct reply *replies[3];

	(void)state;
	make();
	init_peer(&server, 0);
	assert_int_equal(reply_create(NULL, &server.debt, &replies[0]), -EINVAL);
	for (int i = 0; i < 3; i++) {
		init_peer(&callers[i], 0);
		start(&callers[i], run_calls);
		assert_int_equal(receive(&server, KTIME_FOREVER), 0);
		fake_fail_alloc(1);
		assert_int_equal(reply_create(NULL, &server.debt, &replies[i]), -ENOMEM);
		assert_true(ipc_debt_is_owed(&server.debt));
		assert_int_equal(reply_create(NULL, &server.debt, &replies[i]), 0);
		assert_false(ipc_debt_is_owed(&server.debt));
		assert_ptr_equal(reply_from_kobject(reply_kobject(replies[i])), replies[i]);
	}
	for (int i = 2; i > 0; i--) {
		server.frame.words[0] = 70 + (uint64_t)i;
		assert_int_equal(reply_answer(replies[i], &server.side), 0);
		assert_int_equal(reply_answer(replies[i], &server.side), -EPIPE);
	}
	for (int i = 0; i < 3; i++) {
		kobject_put(reply_kobject(replies[i]));
		machine_join(callers[i].thread);
	}
	assert_int_equal(callers[0].result, -ECANCELED);
	assert_int_equal(callers[1].frame.words[0], 71);
	assert_int_equal(callers[2].frame.words[0], 72);
	drop();
}

static struct message *make_message(uint32_t len, uint32_t cap_count)
{
	struct grant *grant = make_root();
	struct message *message;

	assert_int_equal(message_create(NULL, len, &message), 0);
	message->len = len;
	memset(message->data, 0x5a, len);
	for (; message->cap_count < cap_count; message->cap_count++)
		message->caps[message->cap_count] = make_cap(grant, RIGHT_READ, 0);
	grant_put(grant);
	return message;
}

static void messages_change_hands(void **state)
{
	struct peer caller, server;

	(void)state;
	make();
	init_peer(&caller, 0);
	init_peer(&server, 0);
	caller.side.message = make_message(MESSAGE_MAX_LEN, MESSAGE_MAX_CAPS);
	server.side.accept_len = MESSAGE_MAX_LEN;
	server.side.accept_caps = MESSAGE_MAX_CAPS;
	start(&caller, run_calls);
	assert_int_equal(receive(&server, KTIME_FOREVER), 0);
	assert_null(caller.side.message);
	assert_non_null(server.side.message);
	assert_int_equal(server.side.message->data[MESSAGE_MAX_LEN - 1], 0x5a);
	assert_int_equal(things, MESSAGE_MAX_CAPS);
	message_destroy(server.side.message);
	assert_int_equal(things, 0);

	/* The answer is too long, then it is not. */
	server.side.message = make_message(8, 0);
	assert_int_equal(ipc_answer(&server.debt, &server.side), -EMSGSIZE);
	assert_true(ipc_debt_is_owed(&server.debt));
	caller.side.accept_len = 8;
	assert_int_equal(ipc_answer(&server.debt, &server.side), 0);
	machine_join(caller.thread);
	assert_int_equal(caller.side.message->len, 8);
	message_destroy(caller.side.message);
	drop();
}

static void messages_that_do_not_fit_come_back(void **state)
{
	struct peer caller, server;

	(void)state;
	/* Whoever comes first. */
	for (int is_server_first = 0; is_server_first < 2; is_server_first++) {
		make();
		init_peer(&caller, 0);
		init_peer(&server, 0);
		server.deadline = time_after(10 * MS);
		caller.side.message = make_message(9, 1);
		server.side.accept_len = 9;
		if (is_server_first) {
			start(&server, run_server);
			thread_sleep_ns(MS);
			start(&caller, run_calls);
		} else {
			start(&caller, run_calls);
			thread_sleep_ns(MS);
			start(&server, run_server);
		}
		machine_join(caller.thread);
		machine_join(server.thread);
		assert_int_equal(caller.result, -EMSGSIZE);
		assert_int_equal(server.result, -ETIMEDOUT);
		assert_non_null(caller.side.message);
		message_destroy(caller.side.message);
		drop();
	}
}

static void answer_to_nobody_is_dropped(void **state)
{
	struct peer caller, server;
	struct cap_ref ref;

	(void)state;
	make();
	init_peer(&caller, 0);
	caller.deadline = time_after(MS);
	init_peer(&server, 0);
	start(&caller, run_calls);
	assert_int_equal(receive(&server, KTIME_FOREVER), 0);
	machine_join(caller.thread);
	server.side.message = make_message(4, 2);
	assert_int_equal(cap_use(&receiving, RIGHT_RECEIVE, &ref), 0);
	assert_int_equal(endpoint_answer_and_receive(&ref, &server.debt, &server.side, KTIME_POLL),
			 -EAGAIN);
	cap_ref_put(&ref);
	assert_null(server.side.message);
	assert_int_equal(things, 0);
	drop();
}

static void wrong_ends_are_refused(void **state)
{
	struct peer peer;
	struct cap_ref ref;

	(void)state;
	make();
	init_peer(&peer, 0);
	assert_int_equal(cap_use(&receiving, 0, &ref), 0);
	assert_int_equal(endpoint_call(&ref, &peer.side, KTIME_FOREVER), -EINVAL);
	cap_ref_put(&ref);
	assert_int_equal(cap_use(&calling, 0, &ref), 0);
	assert_int_equal(endpoint_receive(&ref, &peer.debt, &peer.side, KTIME_FOREVER), -EINVAL);
	assert_int_equal(endpoint_answer_and_receive(&ref, &peer.debt, &peer.side, KTIME_FOREVER),
			 -EINVAL);
	cap_ref_put(&ref);
	drop();
}

static void creation_fails_cleanly(void **state)
{
	struct message *message;

	(void)state;
	fake_fail_alloc(1);
	assert_int_equal(endpoint_create(NULL, &ep), -ENOMEM);
	assert_int_equal(endpoint_count(), 0);
	fake_fail_alloc(1);
	assert_int_equal(message_create(NULL, 10, &message), -ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(words_and_badge_pass_whoever_comes_first,
		     "words and badge pass, whoever comes first"),
		TEST(round_trip_is_two_switches, "a call and its answer are two switches"),
		TEST(handing_over_takes_no_more_than_a_share,
		     "handing over takes nothing from other threads"),
		TEST(deadlines_end_calls_and_receives, "deadlines end calls and receives"),
		TEST(interruption_ends_a_call_in_every_state,
		     "an interruption ends a call, queued or taken"),
		TEST(revocation_ends_a_call, "revocation ends a call with -EIO"),
		TEST(each_end_is_told_when_the_other_is_gone,
		     "each end is told when the other is gone"),
		TEST(debt_outlives_both_ends, "an answer can be given after the end was closed"),
		TEST(dropped_calls_are_canceled, "a call without an answer is -ECANCELED"),
		TEST(replies_answer_once, "a reply object answers once, in any order"),
		TEST(messages_change_hands, "messages change hands with their capabilities"),
		TEST(messages_that_do_not_fit_come_back, "a message that does not fit comes back"),
		TEST(answer_to_nobody_is_dropped, "an answer whose caller gave up is dropped"),
		TEST(wrong_ends_are_refused, "an end does only what it is for"),
		TEST(creation_fails_cleanly, "without memory nothing is made"),
	};

	return cmocka_run_group_tests_name("ipc/endpoint", tests, machine_start, NULL);
}
