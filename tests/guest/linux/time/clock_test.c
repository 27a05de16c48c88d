/* clock_gettime, clock_getres, clock_settime, settimeofday, gettimeofday, time, nanosleep, clock_nanosleep. */
#include "tests/guest/linux/test.h"

#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long long now(clockid_t clock)
{
	struct timespec ts = {0, 0};

	CHECK_EQ(syscall(SYS_clock_gettime, clock, &ts), 0);
	CHECK(ts.tv_nsec >= 0 && ts.tv_nsec < 1000000000);
	return ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

static void clocks_go_forward(void)
{
	static const clockid_t clocks[] = {CLOCK_REALTIME,
					   CLOCK_MONOTONIC,
					   CLOCK_MONOTONIC_RAW,
					   CLOCK_REALTIME_COARSE,
					   CLOCK_MONOTONIC_COARSE,
					   CLOCK_BOOTTIME,
					   CLOCK_TAI,
					   CLOCK_PROCESS_CPUTIME_ID,
					   CLOCK_THREAD_CPUTIME_ID};

	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		long long before = now(clocks[i]);
		struct timespec res;

		CHECK(now(clocks[i]) >= before);
		CHECK_EQ(clock_getres(clocks[i], &res), 0);
		CHECK_EQ(res.tv_sec, 0);
		CHECK(res.tv_nsec >= 1);
	}
	CHECK_ERR(syscall(SYS_clock_gettime, 10, NULL), EINVAL);
	CHECK_ERR(syscall(SYS_clock_gettime, 4711, NULL), EINVAL);
	CHECK_ERR(syscall(SYS_clock_gettime, 0, 8), EFAULT);
	CHECK_ERR(syscall(SYS_clock_getres, 4711, NULL), EINVAL);
}

static void the_times_of_day_agree(void)
{
	long long clock = now(CLOCK_REALTIME) / 1000000000;
	struct timeval tv;
	time_t seconds = 0;

	CHECK_EQ(syscall(SYS_gettimeofday, &tv, NULL), 0);
	CHECK(tv.tv_sec - clock <= 1);
	CHECK(tv.tv_usec >= 0 && tv.tv_usec < 1000000);
	CHECK(syscall(SYS_time, &seconds) - clock <= 1);
	CHECK(seconds - clock <= 1);
}

static void setting_a_clock_is_checked(void)
{
	struct timespec bad = {0, -1}, any = {1, 0};

	CHECK_ERR(syscall(SYS_clock_settime, CLOCK_MONOTONIC, &any), EINVAL);
	CHECK_ERR(syscall(SYS_clock_settime, CLOCK_REALTIME, &bad), EINVAL);
	CHECK_ERR(syscall(SYS_settimeofday, (void *)8, NULL), EFAULT);
}

static void cpu_time_is_not_slept(void)
{
	long long before = now(CLOCK_PROCESS_CPUTIME_ID);

	usleep(50000);
	CHECK(now(CLOCK_PROCESS_CPUTIME_ID) - before < 40000000);
	before = now(CLOCK_THREAD_CPUTIME_ID);
	for (volatile int i = 0; i < 1000000; i++)
		;
	CHECK(now(CLOCK_THREAD_CPUTIME_ID) > before);
}

static void a_cpu_clock_can_be_named(void)
{
	clockid_t clock;

	CHECK_EQ(clock_getcpuclockid(getpid(), &clock), 0);
	CHECK(now(clock) > 0);
	CHECK(now(clock) - now(CLOCK_PROCESS_CPUTIME_ID) < 1000000000);
}

static void a_sleep_is_not_too_short(void)
{
	struct timespec wait = {0, 20000000};
	long long before = now(CLOCK_MONOTONIC);

	CHECK_EQ(syscall(SYS_nanosleep, &wait, NULL), 0);
	CHECK(now(CLOCK_MONOTONIC) - before >= 20000000);
	before = now(CLOCK_MONOTONIC);
	CHECK_EQ(syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &wait, NULL), 0);
	CHECK(now(CLOCK_MONOTONIC) - before >= 20000000);
}

static void a_sleep_until_ends_then(void)
{
	static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME};

	for (size_t i = 0; i < 3; i++) {
		long long until = now(clocks[i]) + 20000000;
		struct timespec ts = {until / 1000000000, until % 1000000000}, past = {1, 0};

		CHECK_EQ(syscall(SYS_clock_nanosleep, clocks[i], TIMER_ABSTIME, &ts, NULL), 0);
		CHECK(now(clocks[i]) >= until);
		CHECK_EQ(syscall(SYS_clock_nanosleep, clocks[i], TIMER_ABSTIME, &past, NULL), 0);
	}
}

static void bad_sleeps_are_refused(void)
{
	struct timespec bad = {0, 1000000000}, negative = {-1, 0}, fine = {0, 1};

	CHECK_ERR(syscall(SYS_nanosleep, &bad, NULL), EINVAL);
	CHECK_ERR(syscall(SYS_nanosleep, &negative, NULL), EINVAL);
	CHECK_ERR(syscall(SYS_nanosleep, 8, NULL), EFAULT);
	CHECK_ERR(syscall(SYS_clock_nanosleep, 4711, 0, &fine, NULL), EINVAL);
	CHECK_ERR(syscall(SYS_clock_nanosleep, CLOCK_THREAD_CPUTIME_ID, 0, &fine, NULL),
		  EOPNOTSUPP);
}

int main(void)
{
	static const struct test tests[] = {
		{clocks_go_forward, "every clock goes forward and has a resolution"},
		{the_times_of_day_agree, "the calls for the time of day agree"},
		{setting_a_clock_is_checked, "setting a clock is checked"},
		{cpu_time_is_not_slept, "CPU time passes while the CPU is used"},
		{a_cpu_clock_can_be_named, "the CPU clock of a process can be named"},
		{a_sleep_is_not_too_short, "a sleep is not too short"},
		{a_sleep_until_ends_then, "a sleep until a time ends then"},
		{bad_sleeps_are_refused, "bad sleeps are refused"},
	};

	return test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
