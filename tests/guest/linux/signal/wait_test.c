/* Waiting for signals: pause, rt_sigsuspend, rt_sigtimedwait; rt_sigqueueinfo, rt_tgsigqueueinfo. */
#include "tests/guest/linux/test.h"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t count;

static void count_it(int sig)
{
	(void)sig;
	count++;
}

static sigset_t one(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	return set;
}

/* A child that sends sig to us in a while. */
static pid_t sender(int sig)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		usleep(50000);
		kill(parent, sig);
		_exit(0);
	}
	return pid;
}

static void reap(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static void pause_ends_after_a_handler(void)
{
	pid_t pid;

	signal(SIGUSR1, count_it);
	count = 0;
	pid = sender(SIGUSR1);
	CHECK_ERR(pause(), EINTR);
	CHECK_EQ(count, 1);
	reap(pid);
}

static void sigsuspend_changes_the_mask_and_back(void)
{
	sigset_t blocked = one(SIGUSR1), none, now;

	signal(SIGUSR1, count_it);
	count = 0;
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	raise(SIGUSR1);
	CHECK_EQ(count, 0);
	sigemptyset(&none);
	CHECK_ERR(sigsuspend(&none), EINTR);
	CHECK_EQ(count, 1);
	sigprocmask(SIG_BLOCK, NULL, &now);
	CHECK(sigismember(&now, SIGUSR1));
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);
}

static void sigtimedwait_takes_a_pending_signal(void)
{
	sigset_t set = one(SIGUSR1);
	struct timespec none = {0, 0};
	siginfo_t info;

	signal(SIGUSR1, count_it);
	count = 0;
	sigprocmask(SIG_BLOCK, &set, NULL);
	CHECK_ERR(sigtimedwait(&set, &info, &none), EAGAIN);
	raise(SIGUSR1);
	CHECK_EQ(sigtimedwait(&set, &info, &none), SIGUSR1);
	CHECK_EQ(info.si_signo, SIGUSR1);
	CHECK_EQ(info.si_pid, getpid());
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	CHECK_EQ(count, 0);
}

static void sigwaitinfo_sleeps_until_one_comes(void)
{
	sigset_t set = one(SIGUSR1);
	siginfo_t info;
	pid_t pid;

	sigprocmask(SIG_BLOCK, &set, NULL);
	pid = sender(SIGUSR1);
	CHECK_EQ(sigwaitinfo(&set, &info), SIGUSR1);
	CHECK_EQ(info.si_pid, pid);
	reap(pid);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void sigtimedwait_gives_up_in_time(void)
{
	sigset_t set = one(SIGUSR1);
	struct timespec wait = {0, 30000000}, start, end;

	sigprocmask(SIG_BLOCK, &set, NULL);
	clock_gettime(CLOCK_MONOTONIC, &start);
	CHECK_ERR(sigtimedwait(&set, NULL, &wait), EAGAIN);
	clock_gettime(CLOCK_MONOTONIC, &end);
	CHECK((end.tv_sec - start.tv_sec) * 1000000000l + end.tv_nsec - start.tv_nsec >= 30000000);
	wait.tv_nsec = -1;
	CHECK_ERR(syscall(SYS_rt_sigtimedwait, &set, NULL, &wait, 8), EINVAL);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void a_handler_interrupts_sigtimedwait(void)
{
	sigset_t set = one(SIGUSR2);
	pid_t pid;

	signal(SIGUSR1, count_it);
	count = 0;
	sigprocmask(SIG_BLOCK, &set, NULL);
	pid = sender(SIGUSR1);
	CHECK_ERR(syscall(SYS_rt_sigtimedwait, &set, NULL, NULL, 8), EINTR);
	CHECK_EQ(count, 1);
	reap(pid);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void sigqueue_carries_a_value(void)
{
	sigset_t set = one(SIGRTMIN + 1);
	siginfo_t info;

	sigprocmask(SIG_BLOCK, &set, NULL);
	CHECK_EQ(sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = 77}), 0);
	CHECK_EQ(sigwaitinfo(&set, &info), SIGRTMIN + 1);
	CHECK_EQ(info.si_code, SI_QUEUE);
	CHECK_EQ(info.si_value.sival_int, 77);
	CHECK_EQ(info.si_pid, getpid());
	memset(&info, 0, sizeof(info));
	info.si_code = SI_QUEUE;
	info.si_value.sival_int = 78;
	CHECK_EQ(syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(), SIGRTMIN + 1, &info), 0);
	CHECK_EQ(sigwaitinfo(&set, &info), SIGRTMIN + 1);
	CHECK_EQ(info.si_value.sival_int, 78);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void nobody_can_pose_as_the_kernel(void)
{
	siginfo_t info;
	pid_t pid = fork();

	if (pid == 0) {
		pause();
		_exit(0);
	}
	memset(&info, 0, sizeof(info));
	info.si_code = SI_USER;
	CHECK_ERR(syscall(SYS_rt_sigqueueinfo, pid, SIGUSR1, &info), EPERM);
	info.si_code = SI_TKILL;
	CHECK_ERR(syscall(SYS_rt_sigqueueinfo, pid, SIGUSR1, &info), EPERM);
	info.si_code = SI_QUEUE;
	CHECK_EQ(syscall(SYS_rt_sigqueueinfo, pid, SIGKILL, &info), 0);
	reap(pid);
}

int main(void)
{
	static const struct test tests[] = {
		{pause_ends_after_a_handler, "pause ends after a handler"},
		{sigsuspend_changes_the_mask_and_back, "sigsuspend changes the mask, and back"},
		{sigtimedwait_takes_a_pending_signal, "sigtimedwait takes what is pending"},
		{sigwaitinfo_sleeps_until_one_comes, "sigwaitinfo sleeps until one comes"},
		{sigtimedwait_gives_up_in_time, "sigtimedwait gives up in time"},
		{a_handler_interrupts_sigtimedwait, "a handler interrupts sigtimedwait"},
		{sigqueue_carries_a_value, "sigqueue carries a value"},
		{nobody_can_pose_as_the_kernel, "nobody can pose as the kernel"},
	};

	return test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
