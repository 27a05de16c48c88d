/* rt_sigprocmask, rt_sigpending, tkill, tgkill; the order of delivery. */
#include "tests/guest/linux/test.h"

#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

static volatile sig_atomic_t order[32], order_count;
static volatile int value_sum;

static void note(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (order_count < 32)
		order[order_count++] = sig;
	value_sum = value_sum * 10 + info->si_value.sival_int;
}

static sigset_t one(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	return set;
}

static void catch (int sig)
{
	struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO};

	sigfillset(&action.sa_mask);
	CHECK_EQ(sigaction(sig, &action, NULL), 0);
	order_count = 0;
	value_sum = 0;
}

static void a_blocked_signal_waits(void)
{
	sigset_t set = one(SIGUSR1), pending, old;

	catch (SIGUSR1);
	CHECK_EQ(sigprocmask(SIG_BLOCK, &set, &old), 0);
	CHECK(!sigismember(&old, SIGUSR1));
	CHECK_EQ(kill(getpid(), SIGUSR1), 0);
	CHECK_EQ(order_count, 0);
	CHECK_EQ(sigpending(&pending), 0);
	CHECK(sigismember(&pending, SIGUSR1));
	CHECK(!sigismember(&pending, SIGUSR2));
	CHECK_EQ(sigprocmask(SIG_SETMASK, &old, NULL), 0);
	CHECK_EQ(order_count, 1);
}

static void standard_signals_are_pending_once(void)
{
	sigset_t set = one(SIGUSR1);

	catch (SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 0; i < 5; i++)
		CHECK_EQ(kill(getpid(), SIGUSR1), 0);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	CHECK_EQ(order_count, 1);
}

static void real_time_signals_queue_in_order(void)
{
	sigset_t set = one(SIGRTMIN + 3);

	catch (SIGRTMIN + 3);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 1; i <= 4; i++)
		CHECK_EQ(sigqueue(getpid(), SIGRTMIN + 3, (union sigval){.sival_int = i}), 0);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	CHECK_EQ(order_count, 4);
	CHECK_EQ(value_sum, 1234);
}

static void the_lowest_number_comes_first(void)
{
	sigset_t set;

	catch (SIGRTMIN + 5);
	catch (SIGRTMIN + 3);
	catch (SIGUSR1);
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGRTMIN + 5);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGRTMIN + 3);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	/* Each handler's frame lies above the one before: the last one built runs first. */
	CHECK_EQ(order_count, 3);
	CHECK(order[0] == SIGUSR1 || order[2] == SIGUSR1);
	CHECK_EQ(order[1], SIGRTMIN + 3);
}

static void kill_and_stop_cannot_be_blocked(void)
{
	sigset_t set, now;

	sigfillset(&set);
	CHECK_EQ(sigprocmask(SIG_BLOCK, &set, NULL), 0);
	CHECK_EQ(sigprocmask(SIG_BLOCK, NULL, &now), 0);
	CHECK(!sigismember(&now, SIGKILL));
	CHECK(!sigismember(&now, SIGSTOP));
	CHECK(sigismember(&now, SIGTERM));
	CHECK_EQ(sigprocmask(SIG_UNBLOCK, &set, NULL), 0);
	CHECK_ERR(syscall(SYS_rt_sigprocmask, 7, &set, NULL, 8), EINVAL);
	CHECK_ERR(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 4), EINVAL);
	CHECK_ERR(syscall(SYS_rt_sigprocmask, SIG_BLOCK, (void *)8, NULL, 8), EFAULT);
	CHECK_ERR(syscall(SYS_rt_sigpending, &set, 16), EINVAL);
}

static void bad_targets_are_refused(void)
{
	CHECK_ERR(syscall(SYS_tgkill, getpid(), 0, SIGUSR1), EINVAL);
	CHECK_ERR(syscall(SYS_tgkill, getpid(), getpid(), 65), EINVAL);
	CHECK_ERR(syscall(SYS_tgkill, 1 << 29, getpid(), 0), ESRCH);
	CHECK_ERR(syscall(SYS_tkill, 1 << 29, 0), ESRCH);
	CHECK_ERR(syscall(SYS_tkill, -1, 0), EINVAL);
	CHECK_ERR(kill(1 << 29, 0), ESRCH);
	CHECK_ERR(kill(getpid(), 65), EINVAL);
	CHECK_EQ(kill(getpid(), 0), 0);
	CHECK_EQ(syscall(SYS_tkill, syscall(SYS_gettid), 0), 0);
}

static pthread_t handled_by;
static volatile int is_ready, is_done;

static void keep_thread(int sig)
{
	(void)sig;
	handled_by = pthread_self();
	is_done = 1;
}

static void *wait_for_it(void *arg)
{
	(void)arg;
	is_ready = 1;
	while (!is_done)
		usleep(1000);
	return NULL;
}

static void a_process_signal_goes_to_who_does_not_block_it(void)
{
	sigset_t set = one(SIGUSR1);
	pthread_t thread;

	signal(SIGUSR1, keep_thread);
	is_ready = is_done = 0;
	CHECK_EQ(pthread_create(&thread, NULL, wait_for_it, NULL), 0);
	while (!is_ready)
		usleep(1000);
	sigprocmask(SIG_BLOCK, &set, NULL);
	CHECK_EQ(kill(getpid(), SIGUSR1), 0);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK(pthread_equal(handled_by, thread));
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void a_thread_signal_goes_to_that_thread(void)
{
	pthread_t thread;

	signal(SIGUSR1, keep_thread);
	is_ready = is_done = 0;
	CHECK_EQ(pthread_create(&thread, NULL, wait_for_it, NULL), 0);
	while (!is_ready)
		usleep(1000);
	CHECK_EQ(pthread_kill(thread, SIGUSR1), 0);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK(pthread_equal(handled_by, thread));
}

int main(void)
{
	static const struct test tests[] = {
		{a_blocked_signal_waits, "a blocked signal waits"},
		{standard_signals_are_pending_once, "a standard signal is pending once"},
		{real_time_signals_queue_in_order, "real-time signals queue in order"},
		{the_lowest_number_comes_first, "the lowest number is taken first"},
		{kill_and_stop_cannot_be_blocked, "SIGKILL and SIGSTOP cannot be blocked"},
		{bad_targets_are_refused, "bad targets and numbers are refused"},
		{a_process_signal_goes_to_who_does_not_block_it,
		 "a process's signal goes to a thread that does not block it"},
		{a_thread_signal_goes_to_that_thread, "a thread's signal goes to that thread"},
	};

	return test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
