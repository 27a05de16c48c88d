/*
 * What things cost, in instructions: run with --icount, where a nanosecond is one.
 * The limits are what the design promises; without --icount nothing is judged.
 */
#include "tests/guest/native/test.h"

#define ROUNDS 1000

static bool is_counting; /* time is instructions */

/* An instruction is a nanosecond exactly when a loop of known length says so. */
static bool counts_instructions(void)
{
	int64_t start = now_ns();
	int64_t empty = now_ns() - start;
	uint64_t n = 100000;
	int64_t took;

	start = now_ns();
	__asm__ volatile("1: dec %0\n\tjnz 1b" : "+r"(n));
	took = now_ns() - start - empty;
	return took > 199000 && took < 201000;
}

static void report(const char *what, int64_t each, int64_t limit)
{
	print("# %s: %ld\n", what, each);
	if (is_counting && limit)
		CHECK(each <= limit);
}

static void null_call(void)
{
	int64_t start = now_ns();

	for (int i = 0; i < ROUNDS; i++)
		(void)native_null();
	report("null call", (now_ns() - start) / ROUNDS, 120);
}

/* --- Messages --- */

/* Answers words with the same words. */
static int echo_words(int argc, char **argv)
{
	struct native_message message = {0};
	int64_t err = native_ep_recv(0, &message, 0, NULL, NATIVE_FOREVER);

	(void)argc;
	(void)argv;
	while (!err)
		err = native_ep_reply_recv(0, &message, 0, NULL, NATIVE_FOREVER);
	return err == -EPIPE ? 0 : 1;
}

/* Answers one capability with a copy of the same. */
static int echo_caps(int argc, char **argv)
{
	uint64_t info = NATIVE_INFO(0, 0, 0, 1);
	struct native_message message = {0};
	struct native_buffer buffer;
	uint32_t received;
	int64_t err = native_ep_recv(0, &message, info, &buffer, NATIVE_FOREVER);

	(void)argc;
	(void)argv;
	while (!err) {
		received = buffer.caps[0].slot;
		err = native_ep_reply_recv(0, &message, NATIVE_INFO(0, 1, 0, 1), &buffer,
					   NATIVE_FOREVER);
		(void)native_cap_close(received);
	}
	return err == -EPIPE ? 0 : 1;
}

static int64_t start_server(const char *mode, uint32_t *call)
{
	uint32_t ends[2];
	int64_t child;

	MUST(native_ep_create(ends));
	child = MUST(child_spawn(mode, &ends[0], 1, CHILD_CONSOLE, NATIVE_NO_SLOT));
	CHECK_EQ(native_cap_close(ends[0]), 0);
	*call = ends[1];
	return child;
}

static void round_trip(void)
{
	struct native_message message = {.words = {1, 2, 3, 4, 5, 6, 7, 8}};
	uint32_t call;
	int64_t child = start_server("echo-words", &call);
	int64_t start;

	for (int i = 0; i < 10; i++)
		CHECK_EQ(native_ep_call(call, &message, 0, NULL, NATIVE_FOREVER), 0);
	start = now_ns();
	for (int i = 0; i < ROUNDS; i++)
		(void)native_ep_call(call, &message, 0, NULL, NATIVE_FOREVER);
	report("call and reply, 8 words, two processes", (now_ns() - start) / ROUNDS, 1400);
	CHECK_EQ(message.words[7], 8);
	CHECK_EQ(native_cap_close(call), 0);
	CHECK_EQ(child_wait(child), 0);
}

static void round_trip_with_capability(void)
{
	struct native_message message = {0};
	struct native_buffer buffer;
	uint32_t call;
	int64_t child = start_server("echo-caps", &call);
	int64_t event = MUST(native_event_create(0));
	int64_t start = now_ns();

	for (int i = 0; i < ROUNDS; i++) {
		buffer.caps[0] = (struct native_cap){(uint32_t)event, RIGHTS_ALL};
		CHECK_EQ(native_ep_call(call, &message, NATIVE_INFO(0, 1, 0, 1), &buffer,
					NATIVE_FOREVER),
			 0);
		CHECK_EQ(native_cap_close(buffer.caps[0].slot), 0);
	}
	report("call and reply with one capability each way, closed", (now_ns() - start) / ROUNDS,
	       0);
	CHECK_EQ(native_cap_close(call), 0);
	CHECK_EQ(native_cap_close((uint32_t)event), 0);
	CHECK_EQ(child_wait(child), 0);
}

/* --- Grants --- */

static void mint_and_close(void)
{
	int64_t event = MUST(native_event_create(0));
	int64_t minted = 0;
	int64_t mint = 0;
	int64_t close = 0;
	int64_t start;

	for (int i = 0; i < ROUNDS; i++) {
		start = now_ns();
		minted = MUST(native_cap_mint((uint32_t)event, RIGHTS_ALL, 0));
		mint += now_ns() - start;
		start = now_ns();
		CHECK_EQ(native_cap_close((uint32_t)minted), 0);
		close += now_ns() - start;
	}
	report("mint", mint / ROUNDS, 0);
	report("close a minted one", close / ROUNDS, 0);
	CHECK_EQ(native_cap_close((uint32_t)event), 0);
}

static void revoke(uint32_t count)
{
	int64_t event = MUST(native_event_create(0));
	int64_t top = MUST(native_cap_mint((uint32_t)event, RIGHTS_ALL, 0));
	int64_t first = 0;
	int64_t last = 0;
	int64_t start;

	for (uint32_t i = 0; i < count; i++) {
		last = MUST(native_cap_mint((uint32_t)top, RIGHTS_ALL, 0));
		if (i == 0)
			first = last;
	}
	start = now_ns();
	CHECK_EQ(native_cap_revoke((uint32_t)top, NATIVE_REVOKE_SELF), 0);
	start = now_ns() - start;
	print("# revoke of %u descendants: %ld, %ld each\n", count, start, start / count);
	CHECK_EQ(native_event_add((uint32_t)last, 1, NATIVE_POLL), -EIO);
	for (int64_t i = first; i <= last; i++)
		CHECK_EQ(native_cap_close((uint32_t)i), 0);
	CHECK_EQ(native_cap_close((uint32_t)top), 0);
	CHECK_EQ(native_cap_close((uint32_t)event), 0);
}

static void revocations(void)
{
	revoke(1);
	revoke(1000);
	revoke(100000);
}

/* --- Memory and processes --- */

static void page_faults(void)
{
	uint64_t len = 4096 * ROUNDS;
	int64_t at = MUST(
		native_mem_map(NATIVE_NO_SLOT, 0, len, 0, NATIVE_PROT_READ | NATIVE_PROT_WRITE, 0));
	int64_t start = now_ns();

	for (uint64_t i = 0; i < len; i += 4096)
		*(volatile char *)(at + (int64_t)i) = 1;
	report("page fault, private zero-filled page", (now_ns() - start) / ROUNDS, 0);
	CHECK_EQ(native_mem_unmap((uint64_t)at, len), 0);
}

static int nothing(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static void spawn_and_exit(void)
{
	const int rounds = 50;
	int64_t start;

	CHECK_EQ(child_wait(child_spawn("nothing", NULL, 0, CHILD_EMPTY, NATIVE_NO_SLOT)), 0);
	start = now_ns();
	for (int i = 0; i < rounds; i++)
		CHECK_EQ(child_wait(child_spawn("nothing", NULL, 0, CHILD_EMPTY, NATIVE_NO_SLOT)),
			 0);
	report("process spawn, exit and wait", (now_ns() - start) / rounds, 0);
}

static void event_calls(void)
{
	int64_t event = MUST(native_event_create(0));
	uint64_t value;
	int64_t start = now_ns();

	for (int i = 0; i < ROUNDS; i++) {
		(void)native_event_add((uint32_t)event, 1, NATIVE_POLL);
		(void)native_event_take((uint32_t)event, NATIVE_TAKE_ALL, NATIVE_POLL, &value);
	}
	report("event add and take", (now_ns() - start) / ROUNDS, 0);
	CHECK_EQ(native_cap_close((uint32_t)event), 0);
}

static const struct test tests[] = {
	{null_call, "a null call costs at most 120 instructions"},
	{round_trip, "a call and its reply cost at most 1,400"},
	{round_trip_with_capability, "messages carry capabilities"},
	{event_calls, "events count"},
	{mint_and_close, "minting is cheap"},
	{revocations, "revocation is linear"},
	{page_faults, "pages come on first use"},
	{spawn_and_exit, "processes come and go"},
};

static const struct test_mode modes[] = {
	{"echo-words", echo_words}, {"echo-caps", echo_caps}, {"nothing", nothing}, {NULL, NULL}};

int main(int argc, char **argv)
{
	if (argc < 2) {
		is_counting = counts_instructions();
		print("# %s\n", is_counting ? "instructions" : "nanoseconds: nothing is judged");
	}
	return test_main(argc, argv, tests, ARRAY_LEN(tests), modes);
}
