/* Endpoints: what passes, who is told what, and what happens when somebody is gone. */
#include "tests/guest/native/test.h"

#define PATIENCE in_ms(5000)

struct peer {
	uint32_t slot;
	uint64_t info;
	int64_t deadline_ms;	 /* 0: forever */
	volatile uint32_t state; /* 1: runs, 2: done */
	int64_t result;
	struct native_message message;
	struct native_buffer buffer;
};

static struct peer peers[8];

static int64_t deadline_of(const struct peer *peer)
{
	return peer->deadline_ms ? in_ms(peer->deadline_ms) : NATIVE_FOREVER;
}

static void run_call(void *arg)
{
	struct peer *peer = arg;

	__atomic_store_n(&peer->state, 1, __ATOMIC_RELEASE);
	peer->result = native_ep_call(peer->slot, &peer->message, peer->info, &peer->buffer,
				      deadline_of(peer));
	__atomic_store_n(&peer->state, 2, __ATOMIC_RELEASE);
}

static void run_receive(void *arg)
{
	struct peer *peer = arg;

	__atomic_store_n(&peer->state, 1, __ATOMIC_RELEASE);
	peer->result = native_ep_recv(peer->slot, &peer->message, peer->info, &peer->buffer,
				      deadline_of(peer));
	if (!peer->result) {
		peer->message.words[0]++;
		peer->result = native_ep_reply(NATIVE_NO_SLOT, &peer->message, 0, NULL);
	}
	__atomic_store_n(&peer->state, 2, __ATOMIC_RELEASE);
}

/* A thread that calls (or receives, answers and ends) while this one goes on. */
static struct peer *start(uint32_t index, void (*fn)(void *arg), uint32_t slot, uint64_t info)
{
	struct peer *peer = &peers[index];

	memset(peer, 0, sizeof(*peer));
	peer->slot = slot;
	peer->info = info;
	for (uint32_t i = 0; i < NATIVE_MESSAGE_WORDS; i++)
		peer->message.words[i] = 100 + i;
	MUST(native_thread_start(fn, peer));
	spin_until(&peer->state, 1);
	return peer;
}

static void close_ends(const uint32_t *ends)
{
	CHECK_EQ(native_cap_close(ends[1]), 0);
	CHECK_EQ(native_cap_close(ends[0]), 0);
}

static void words_pass(void)
{
	struct native_message message = {0};
	struct peer *peer;
	uint32_t ends[2];

	MUST(native_ep_create(ends));
	peer = start(0, run_call, ends[1], 0);
	CHECK_EQ(native_ep_recv(ends[0], &message, 0, NULL, PATIENCE), 0);
	for (uint32_t i = 0; i < NATIVE_MESSAGE_WORDS; i++) {
		CHECK_EQ(message.words[i], 100 + i);
		message.words[i] = 200 + i;
	}
	CHECK_EQ(message.info, 0);
	CHECK_EQ(native_ep_reply(NATIVE_NO_SLOT, &message, 0, NULL), 0);
	spin_until(&peer->state, 2);
	CHECK_EQ(peer->result, 0);
	for (uint32_t i = 0; i < NATIVE_MESSAGE_WORDS; i++)
		CHECK_EQ(peer->message.words[i], 200 + i);
	close_ends(ends);
}

/* With the receiver waiting first, too: the other order of the same. */
static void receiver_first(void)
{
	struct native_message message = {.words = {1}};
	struct peer *peer;
	uint32_t ends[2];

	MUST(native_ep_create(ends));
	peer = start(0, run_receive, ends[0], 0);
	sleep_ms(10);
	CHECK_EQ(native_ep_call(ends[1], &message, 0, NULL, PATIENCE), 0);
	CHECK_EQ(message.words[0], 2);
	spin_until(&peer->state, 2);
	CHECK_EQ(peer->result, 0);
	close_ends(ends);
}

static void four_kilobytes_and_eight_capabilities(void)
{
	static struct native_buffer buffer;
	struct native_message message = {0};
	uint32_t events[NATIVE_MESSAGE_CAPS];
	struct peer *peer;
	uint32_t ends[2];

	MUST(native_ep_create(ends));
	for (uint32_t i = 0; i < NATIVE_MESSAGE_CAPS; i++) {
		events[i] = (uint32_t)MUST(native_event_create(i));
		buffer.caps[i] = (struct native_cap){events[i], RIGHT_WAIT | RIGHT_TRANSFER};
	}
	for (uint32_t i = 0; i < NATIVE_MESSAGE_BYTES; i++)
		buffer.data[i] = (uint8_t)(i * 7);
	peer = start(0, run_receive, ends[0], NATIVE_INFO(0, 0, 4096, 8));
	CHECK_EQ(native_ep_call(ends[1], &message, NATIVE_INFO(4096, 8, 0, 0), &buffer, PATIENCE),
		 0);
	spin_until(&peer->state, 2);
	CHECK_EQ(peer->result, 0);
	CHECK_EQ(memcmp(peer->buffer.data, buffer.data, NATIVE_MESSAGE_BYTES), 0);
	for (uint32_t i = 0; i < NATIVE_MESSAGE_CAPS; i++) {
		uint32_t slot = peer->buffer.caps[i].slot;
		uint64_t value = 0;

		CHECK(slot != events[i]);
		CHECK_EQ(peer->buffer.caps[i].rights, RIGHT_WAIT | RIGHT_TRANSFER);
		CHECK_EQ(cap_info_of(slot).object_id, cap_info_of(events[i]).object_id);
		CHECK_EQ(native_event_add(slot, 1, NATIVE_POLL), -EACCES);
		if (i > 0)
			CHECK_EQ(native_event_take(slot, NATIVE_TAKE_ALL, NATIVE_POLL, &value), 0);
		CHECK_EQ(value, i);
		CHECK_EQ(native_cap_close(slot), 0);
		CHECK_EQ(native_cap_close(events[i]), 0);
	}
	close_ends(ends);
}

static void what_does_not_fit(void)
{
	static struct native_buffer buffer;
	struct native_message message = {0};
	struct peer *peer;
	uint32_t ends[2];

	MUST(native_ep_create(ends));
	peer = start(0, run_receive, ends[0], NATIVE_INFO(0, 0, 10, 0));
	sleep_ms(5);
	CHECK_EQ(native_ep_call(ends[1], &message, NATIVE_INFO(11, 0, 0, 0), &buffer, PATIENCE),
		 -EMSGSIZE);
	CHECK_EQ(native_ep_call(ends[1], &message, NATIVE_INFO(10, 0, 0, 0), &buffer, PATIENCE), 0);
	spin_until(&peer->state, 2);

	/* The answer does not fit: it is still owed, and a shorter one goes through. */
	peer = start(0, run_call, ends[1], NATIVE_INFO(0, 0, 4, 0));
	CHECK_EQ(native_ep_recv(ends[0], &message, 0, NULL, PATIENCE), 0);
	CHECK_EQ(native_ep_reply(NATIVE_NO_SLOT, &message, NATIVE_INFO(5, 0, 0, 0), &buffer),
		 -EMSGSIZE);
	CHECK_EQ(native_ep_reply_recv(ends[0], &message, NATIVE_INFO(5, 0, 0, 0), &buffer,
				      NATIVE_POLL),
		 -EMSGSIZE);
	CHECK_EQ(native_ep_reply(NATIVE_NO_SLOT, &message, NATIVE_INFO(4, 0, 0, 0), &buffer), 0);
	spin_until(&peer->state, 2);
	CHECK_EQ(peer->result, 0);
	CHECK_EQ(NATIVE_INFO_LEN(peer->message.info), 4);
	close_ends(ends);
}

static void answers_are_given_once(void)
{
	struct native_message message = {0};
	struct peer *peer;
	uint32_t ends[2];

	MUST(native_ep_create(ends));
	CHECK_EQ(native_ep_reply(NATIVE_NO_SLOT, &message, 0, NULL), -EINVAL);
	CHECK_EQ(native_ep_defer(ends[0]), -EINVAL);
	peer = start(0, run_call, ends[1], 0);
	CHECK_EQ(native_ep_recv(ends[0], &message, 0, NULL, PATIENCE), 0);
	CHECK_EQ(native_ep_reply(NATIVE_NO_SLOT, &message, 0, NULL), 0);
	CHECK_EQ(native_ep_reply(NATIVE_NO_SLOT, &message, 0, NULL), -EINVAL);
	spin_until(&peer->state, 2);
	CHECK_EQ(peer->result, 0);
	close_ends(ends);
}

static void answers_can_wait(void)
{
	struct native_message message = {0};
	uint32_t replies[3];
	struct peer *callers[3];
	uint32_t ends[2];

	MUST(native_ep_create(ends));
	for (uint32_t i = 0; i < 3; i++) {
		callers[i] = start(i, run_call, ends[1], 0);
		CHECK_EQ(native_ep_recv(ends[0], &message, 0, NULL, PATIENCE), 0);
		replies[i] = (uint32_t)MUST(native_ep_defer(ends[0]));
		CHECK_EQ(cap_info_of(replies[i]).type, NATIVE_TYPE_REPLY);
	}
	CHECK_EQ(native_ep_reply(NATIVE_NO_SLOT, &message, 0, NULL), -EINVAL);
	/* In another order, the last one by closing it. */
	for (uint32_t i = 0; i < 2; i++) {
		message.words[0] = i;
		CHECK_EQ(native_ep_reply(replies[i ^ 1], &message, 0, NULL), 0);
		CHECK_EQ(native_ep_reply(replies[i ^ 1], &message, 0, NULL), -EBADF);
	}
	CHECK_EQ(native_cap_close(replies[2]), 0);
	for (uint32_t i = 0; i < 3; i++)
		spin_until(&callers[i]->state, 2);
	CHECK_EQ(callers[0]->result, 0);
	CHECK_EQ(callers[0]->message.words[0], 1);
	CHECK_EQ(callers[1]->result, 0);
	CHECK_EQ(callers[1]->message.words[0], 0);
	CHECK_EQ(callers[2]->result, -ECANCELED);
	close_ends(ends);
}

static void receiving_again_drops_the_call(void)
{
	struct native_message message = {0};
	struct peer *peer;
	uint32_t ends[2];

	MUST(native_ep_create(ends));
	peer = start(0, run_call, ends[1], 0);
	CHECK_EQ(native_ep_recv(ends[0], &message, 0, NULL, PATIENCE), 0);
	CHECK_EQ(native_ep_recv(ends[0], &message, 0, NULL, NATIVE_POLL), -EAGAIN);
	spin_until(&peer->state, 2);
	CHECK_EQ(peer->result, -ECANCELED);
	close_ends(ends);
}

static void deadlines(void)
{
	struct native_message message = {0};
	struct peer *peer;
	uint32_t ends[2];
	int64_t start_ns;

	MUST(native_ep_create(ends));
	start_ns = now_ns();
	CHECK_EQ(native_ep_call(ends[1], &message, 0, NULL, in_ms(20)), -ETIMEDOUT);
	CHECK(now_ns() - start_ns >= 20000000);
	CHECK_EQ(native_ep_recv(ends[0], &message, 0, NULL, in_ms(5)), -ETIMEDOUT);
	CHECK_EQ(native_ep_recv(ends[0], &message, 0, NULL, NATIVE_POLL), -EAGAIN);
	CHECK_EQ(native_ep_call(ends[1], &message, 0, NULL, NATIVE_POLL), -EAGAIN);
	CHECK_EQ(native_ep_call(ends[1], &message, 0, NULL, -1), -EINVAL);

	/* The caller gives up after its call was received. */
	memset(&peers[0], 0, sizeof(peers[0]));
	peers[0].slot = ends[1];
	peers[0].deadline_ms = 20;
	peer = &peers[0];
	MUST(native_thread_start(run_call, peer));
	CHECK_EQ(native_ep_recv(ends[0], &message, 0, NULL, PATIENCE), 0);
	spin_until(&peer->state, 2);
	CHECK_EQ(peer->result, -ETIMEDOUT);
	CHECK_EQ(native_ep_reply(NATIVE_NO_SLOT, &message, 0, NULL), -EPIPE);
	close_ends(ends);
}

static void the_other_end_is_gone(void)
{
	struct native_message message = {0};
	struct peer *peer;
	uint32_t ends[2];

	/* A queued call, and later ones. */
	MUST(native_ep_create(ends));
	peer = start(0, run_call, ends[1], 0);
	sleep_ms(10);
	CHECK_EQ(native_cap_close(ends[0]), 0);
	spin_until(&peer->state, 2);
	CHECK_EQ(peer->result, -EPIPE);
	CHECK_EQ(native_ep_call(ends[1], &message, 0, NULL, NATIVE_FOREVER), -EPIPE);
	CHECK_EQ(native_cap_close(ends[1]), 0);

	/* A waiting receiver, and later ones. */
	MUST(native_ep_create(ends));
	peer = start(0, run_receive, ends[0], 0);
	sleep_ms(10);
	CHECK_EQ(native_cap_close(ends[1]), 0);
	spin_until(&peer->state, 2);
	CHECK_EQ(peer->result, -EPIPE);
	CHECK_EQ(native_ep_recv(ends[0], &message, 0, NULL, NATIVE_FOREVER), -EPIPE);
	CHECK_EQ(native_cap_close(ends[0]), 0);
}

static void ends_are_not_swapped(void)
{
	struct native_message message = {0};
	uint32_t ends[2];
	int64_t event = MUST(native_event_create(0));

	MUST(native_ep_create(ends));
	CHECK_EQ(native_ep_call(ends[0], &message, 0, NULL, NATIVE_FOREVER), -EACCES);
	CHECK_EQ(native_ep_recv(ends[1], &message, 0, NULL, NATIVE_FOREVER), -EACCES);
	CHECK_EQ(native_ep_call((uint32_t)event, &message, 0, NULL, NATIVE_FOREVER), -EACCES);
	CHECK_EQ(native_ep_reply((uint32_t)event, &message, 0, NULL), -EINVAL);
	CHECK_EQ(native_cap_close((uint32_t)event), 0);
	close_ends(ends);
}

/* --- Processes that die --- */

static int receive_and_die(int argc, char **argv)
{
	struct native_message message;

	(void)argc;
	(void)argv;
	return (int)native_ep_recv(0, &message, 0, NULL, NATIVE_FOREVER);
}

static int call_forever(int argc, char **argv)
{
	struct native_message message = {0};

	(void)argc;
	(void)argv;
	return (int)native_ep_call(0, &message, 0, NULL, NATIVE_FOREVER);
}

static void the_server_dies(void)
{
	struct native_message message = {0};
	uint32_t ends[2];
	int64_t child;

	MUST(native_ep_create(ends));
	child = MUST(child_spawn("receive", &ends[0], 1, CHILD_CONSOLE, NATIVE_NO_SLOT));
	CHECK_EQ(native_cap_close(ends[0]), 0);
	/* It takes the call and ends. */
	CHECK_EQ(native_ep_call(ends[1], &message, 0, NULL, PATIENCE), -ECANCELED);
	CHECK_EQ(child_wait(child), 0);
	CHECK_EQ(native_ep_call(ends[1], &message, 0, NULL, PATIENCE), -EPIPE);
	CHECK_EQ(native_cap_close(ends[1]), 0);
}

static void the_caller_dies(void)
{
	struct native_message message = {0};
	uint32_t ends[2];
	int64_t child;

	MUST(native_ep_create(ends));
	child = MUST(child_spawn("call", &ends[1], 1, CHILD_CONSOLE, NATIVE_NO_SLOT));
	CHECK_EQ(native_ep_recv(ends[0], &message, 0, NULL, PATIENCE), 0);
	CHECK_EQ(native_proc_kill((uint32_t)child, 9), 0);
	CHECK_EQ(child_wait(child), CHILD_ENDED(NATIVE_END_KILLED));
	CHECK_EQ(native_ep_reply(NATIVE_NO_SLOT, &message, 0, NULL), -EPIPE);

	/* And one whose call is still queued. */
	child = MUST(child_spawn("call", &ends[1], 1, CHILD_CONSOLE, NATIVE_NO_SLOT));
	sleep_ms(20);
	CHECK_EQ(native_proc_kill((uint32_t)child, 9), 0);
	CHECK_EQ(child_wait(child), CHILD_ENDED(NATIVE_END_KILLED));
	CHECK_EQ(native_ep_recv(ends[0], &message, 0, NULL, NATIVE_POLL), -EAGAIN);
	close_ends(ends);
}

static void bad_buffers(void)
{
	static struct native_buffer buffer;
	struct native_buffer *nowhere = (struct native_buffer *)0x1000;
	struct native_message message = {0};
	struct peer *peer;
	uint32_t ends[2];

	MUST(native_ep_create(ends));
	/* Out of a bad buffer: nothing is sent. */
	CHECK_EQ(native_ep_call(ends[1], &message, NATIVE_INFO(8, 0, 0, 0), nowhere, PATIENCE),
		 -EFAULT);
	buffer.caps[0].slot = 12345;
	CHECK_EQ(native_ep_call(ends[1], &message, NATIVE_INFO(0, 1, 0, 0), &buffer, PATIENCE),
		 -EBADF);
	CHECK_EQ(native_ep_call(ends[1], &message, NATIVE_INFO(4097, 0, 0, 0), &buffer, PATIENCE),
		 -EINVAL);
	CHECK_EQ(native_ep_call(ends[1], &message, NATIVE_INFO(0, 9, 0, 0), &buffer, PATIENCE),
		 -EINVAL);
	CHECK_EQ(native_ep_call(ends[1], &message, NATIVE_INFO(0, 0, 4097, 0), &buffer, PATIENCE),
		 -EINVAL);
	CHECK_EQ(native_ep_recv(ends[0], &message, 0, NULL, NATIVE_POLL), -EAGAIN);

	/* Into a bad buffer: the caller is told that there will be no answer. */
	peer = start(0, run_call, ends[1], NATIVE_INFO(8, 0, 0, 0));
	CHECK_EQ(native_ep_recv(ends[0], &message, NATIVE_INFO(0, 0, 8, 0), nowhere, PATIENCE),
		 -EFAULT);
	spin_until(&peer->state, 2);
	CHECK_EQ(peer->result, -ECANCELED);
	CHECK_EQ(native_ep_reply(NATIVE_NO_SLOT, &message, 0, NULL), -EINVAL);
	close_ends(ends);
}

static void many_callers_one_server(void)
{
	struct native_message message = {0};
	struct peer *callers[8];
	uint64_t sum = 0;
	uint32_t ends[2];

	MUST(native_ep_create(ends));
	for (uint32_t i = 0; i < 8; i++)
		callers[i] = start(i, run_call, ends[1], 0);
	CHECK_EQ(native_ep_recv(ends[0], &message, 0, NULL, PATIENCE), 0);
	for (uint32_t i = 0; i < 8; i++) {
		message.words[0] = i;
		if (i < 7)
			CHECK_EQ(native_ep_reply_recv(ends[0], &message, 0, NULL, PATIENCE), 0);
		else
			CHECK_EQ(native_ep_reply(NATIVE_NO_SLOT, &message, 0, NULL), 0);
	}
	for (uint32_t i = 0; i < 8; i++) {
		spin_until(&callers[i]->state, 2);
		CHECK_EQ(callers[i]->result, 0);
		sum += callers[i]->message.words[0];
	}
	CHECK_EQ(sum, 28);
	close_ends(ends);
}

static const struct test tests[] = {
	{words_pass, "eight words go there and eight come back"},
	{receiver_first, "a call to a waiting receiver is answered"},
	{four_kilobytes_and_eight_capabilities, "4 KiB and 8 capabilities go in one message"},
	{what_does_not_fit, "a message that the other side has no room for is -EMSGSIZE"},
	{answers_are_given_once, "a call is answered once"},
	{answers_can_wait, "reply capabilities answer later, in any order, once"},
	{receiving_again_drops_the_call, "a call that is not answered is -ECANCELED"},
	{deadlines, "deadlines end calls and receives"},
	{the_other_end_is_gone, "with the last capability of one end the other is told"},
	{ends_are_not_swapped, "each end does its own only"},
	{the_server_dies, "a server that dies leaves no caller waiting"},
	{the_caller_dies, "a caller that dies leaves no trace"},
	{bad_buffers, "bad buffers and counts are errors, and nothing is half done"},
	{many_callers_one_server, "eight callers at once are all answered"},
};

static const struct test_mode modes[] = {
	{"receive", receive_and_die}, {"call", call_forever}, {NULL, NULL}};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_LEN(tests), modes);
}
