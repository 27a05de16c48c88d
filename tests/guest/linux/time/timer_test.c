/* setitimer, getitimer, alarm; timer_create, timer_settime, timer_gettime, timer_getoverrun, timer_delete. */
#include "tests/guest/linux/test.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t count;
static siginfo_t last;

static void count_it(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	last = *info;
	count++;
}

static void catch (int sig)
{
	struct sigaction action = {.sa_sigaction = count_it, .sa_flags = SA_SIGINFO};

	count = 0;
	CHECK_EQ(sigaction(sig, &action, NULL), 0);
}

static void wait_for(int n)
{
	for (int i = 0; i < 2000 && count < n; i++)
		usleep(1000);
}

static void an_interval_timer_repeats(void)
{
	struct itimerval tv = {{0, 5000}, {0, 10000}}, off = {{0, 0}, {0, 0}}, old;

	catch (SIGALRM);
	CHECK_EQ(setitimer(ITIMER_REAL, &tv, NULL), 0);
	wait_for(3);
	CHECK(count >= 3);
	CHECK_EQ(getitimer(ITIMER_REAL, &old), 0);
	CHECK_EQ(old.it_interval.tv_usec, 5000);
	CHECK_EQ(setitimer(ITIMER_REAL, &off, &old), 0);
	count = 0;
	usleep(20000);
	CHECK_EQ(count, 0);
	CHECK_EQ(getitimer(ITIMER_REAL, &old), 0);
	CHECK_EQ(old.it_value.tv_sec + old.it_value.tv_usec, 0);
}

static void a_profiling_timer_counts_cpu_time(void)
{
	struct itimerval tv = {{0, 0}, {0, 20000}};

	catch (SIGPROF);
	CHECK_EQ(setitimer(ITIMER_PROF, &tv, NULL), 0);
	for (volatile long i = 0; i < 4000000000l && count == 0; i++)
		;
	CHECK_EQ(count, 1);
	tv.it_value.tv_usec = 1000000;
	CHECK_ERR(setitimer(ITIMER_REAL, &tv, NULL), EINVAL);
	CHECK_ERR(setitimer(7, NULL, NULL), EINVAL);
	CHECK_ERR(getitimer(7, &tv), EINVAL);
}

static void alarm_tells_what_was_left(void)
{
	CHECK_EQ(alarm(100), 0);
	CHECK_EQ(alarm(0), 100);
	CHECK_EQ(alarm(0), 0);
}

static timer_t make(clockid_t clock, int notify, int sig, int value)
{
	struct sigevent event;
	timer_t timer = NULL;

	memset(&event, 0, sizeof(event));
	event.sigev_notify = notify;
	event.sigev_signo = sig;
	event.sigev_value.sival_int = value;
	CHECK_EQ(timer_create(clock, &event, &timer), 0);
	return timer;
}

static void a_timer_sends_its_value(void)
{
	timer_t timer = make(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 42);
	struct itimerspec spec = {{0, 0}, {0, 5000000}}, now;

	catch (SIGUSR1);
	CHECK_EQ(timer_settime(timer, 0, &spec, NULL), 0);
	wait_for(1);
	CHECK_EQ(count, 1);
	CHECK_EQ(last.si_code, SI_TIMER);
	CHECK_EQ(last.si_value.sival_int, 42);
	CHECK_EQ(timer_gettime(timer, &now), 0);
	CHECK_EQ(now.it_value.tv_nsec, 0);
	CHECK_EQ(timer_delete(timer), 0);
	CHECK_ERR(syscall(SYS_timer_delete, 4711), EINVAL);
}

static void missed_expiries_are_overruns(void)
{
	timer_t timer = make(CLOCK_MONOTONIC, SIGEV_SIGNAL, SIGUSR1, 1);
	struct itimerspec spec = {{0, 1000000}, {0, 1000000}}, off = {{0, 0}, {0, 0}};
	sigset_t set;

	catch (SIGUSR1);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	CHECK_EQ(timer_settime(timer, 0, &spec, NULL), 0);
	usleep(30000);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	CHECK(count >= 1);
	CHECK_EQ(timer_settime(timer, 0, &off, NULL), 0);
	CHECK(timer_getoverrun(timer) >= 0);
	CHECK_EQ(timer_delete(timer), 0);
}

static void a_point_in_time_is_met(void)
{
	timer_t timer = make(CLOCK_REALTIME, SIGEV_SIGNAL, SIGUSR1, 1);
	struct itimerspec spec = {{0, 0}, {0, 0}};

	catch (SIGUSR1);
	clock_gettime(CLOCK_REALTIME, &spec.it_value);
	spec.it_value.tv_nsec += 5000000;
	if (spec.it_value.tv_nsec >= 1000000000) {
		spec.it_value.tv_nsec -= 1000000000;
		spec.it_value.tv_sec++;
	}
	CHECK_EQ(timer_settime(timer, TIMER_ABSTIME, &spec, NULL), 0);
	wait_for(1);
	CHECK_EQ(count, 1);
	CHECK_EQ(timer_delete(timer), 0);
}

static void silent_timers_only_count(void)
{
	timer_t timer = make(CLOCK_MONOTONIC, SIGEV_NONE, 0, 0);
	struct itimerspec spec = {{0, 0}, {10, 0}}, now;

	CHECK_EQ(timer_settime(timer, 0, &spec, NULL), 0);
	CHECK_EQ(timer_gettime(timer, &now), 0);
	CHECK(now.it_value.tv_sec >= 9 && now.it_value.tv_sec <= 10);
	CHECK_EQ(timer_delete(timer), 0);
}

static void bad_timers_are_refused(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = 65};
	timer_t timer;

	CHECK_ERR(syscall(SYS_timer_create, 4711, NULL, &timer), EINVAL);
	CHECK_ERR(syscall(SYS_timer_create, 0, &event, &timer), EINVAL);
	event.sigev_notify = 9;
	event.sigev_signo = SIGUSR1;
	CHECK_ERR(syscall(SYS_timer_create, 0, &event, &timer), EINVAL);
	CHECK_ERR(syscall(SYS_timer_create, 0, (void *)8, &timer), EFAULT);
	CHECK_ERR(syscall(SYS_timer_gettime, 4711, NULL), EINVAL);
	CHECK_ERR(syscall(SYS_timer_getoverrun, 4711), EINVAL);
	CHECK_ERR(syscall(SYS_timer_settime, 4711, 64, NULL, NULL), EINVAL);
}

int main(void)
{
	static const struct test tests[] = {
		{an_interval_timer_repeats, "an interval timer repeats until it is stopped"},
		{a_profiling_timer_counts_cpu_time, "a profiling timer counts CPU time"},
		{alarm_tells_what_was_left, "alarm tells what was left"},
		{a_timer_sends_its_value, "a timer sends its value"},
		{missed_expiries_are_overruns, "missed expiries are overruns"},
		{a_point_in_time_is_met, "a timer for a point in time"},
		{silent_timers_only_count, "a timer without a signal only counts"},
		{bad_timers_are_refused, "bad timers are refused"},
	};

	return test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
