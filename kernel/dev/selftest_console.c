#include "kernel/core/selftest.h"
#include "kernel/core/time.h"
#include "kernel/dev/console.h"
#include "kernel/lib/errno.h"
#include "kernel/sched/thread.h"

#define FLOOD 4096u

static void drain(void)
{
	char byte;

	while (console_read_char(KTIME_POLL, &byte) == 0)
		;
}

static void type_later(void *arg)
{
	thread_sleep_ns(5 * NSEC_PER_MSEC);
	console_input(arg, 1);
}

SELFTEST(console_input_test, "console.input", "typed bytes are read in order and once")
{
	char byte = 0;

	drain();
	SELFTEST_CHECK_EQ(console_read_char(KTIME_POLL, &byte), -EAGAIN);
	console_input("ab", 2);
	SELFTEST_CHECK_EQ(console_read_char(KTIME_FOREVER, &byte), 0);
	SELFTEST_CHECK_EQ(byte, 'a');
	SELFTEST_CHECK_EQ(console_read_char(KTIME_POLL, &byte), 0);
	SELFTEST_CHECK_EQ(byte, 'b');
}

SELFTEST(console_wait_test, "console.wait", "a reader waits for what is typed, or for its deadline")
{
	static char later[] = "x";
	ktime_t deadline = time_after(2 * NSEC_PER_MSEC);
	struct thread *typist;
	char byte = 0;

	drain();
	SELFTEST_CHECK_EQ(console_read_char(deadline, &byte), -ETIMEDOUT);
	SELFTEST_CHECK(time_now() >= deadline);

	SELFTEST_REQUIRE(thread_create("typist", type_later, later, &typist) == 0);
	thread_start(typist);
	SELFTEST_CHECK_EQ(console_read_char(time_after(10 * NSEC_PER_SEC), &byte), 0);
	SELFTEST_CHECK_EQ(byte, 'x');
	SELFTEST_CHECK_EQ(thread_join(typist, KTIME_FOREVER), 0);
	thread_put(typist);
}

SELFTEST(console_flood_test, "console.flood", "typed bytes that nobody reads are lost and counted")
{
	uint64_t lost = console_input_lost();
	uint32_t kept = 0;
	char byte;

	drain();
	for (uint32_t i = 0; i < FLOOD; i++) {
		byte = (char)('a' + i % 26);
		console_input(&byte, 1);
	}
	while (console_read_char(KTIME_POLL, &byte) == 0) {
		SELFTEST_CHECK_EQ(byte, 'a' + (int)(kept % 26));
		kept++;
	}
	SELFTEST_CHECK(kept > 0 && kept < FLOOD);
	SELFTEST_CHECK_EQ(console_input_lost() - lost, FLOOD - kept);
}
