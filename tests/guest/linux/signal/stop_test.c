/* Stop and continue by kill; calls that go on after it (restart_syscall), and SA_RESTART. */
#include "tests/guest/linux/test.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t count;

static void count_it(int sig)
{
	(void)sig;
	count++;
}

static pid_t idle_child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (;;)
			pause();
	}
	return pid;
}

static void a_stop_is_reported_and_so_is_its_end(void)
{
	pid_t pid = idle_child();
	int status;

	CHECK_EQ(kill(pid, SIGSTOP), 0);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status));
	CHECK_EQ(WSTOPSIG(status), SIGSTOP);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED | WNOHANG), 0);
	CHECK_EQ(kill(pid, SIGCONT), 0);
	CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid);
	CHECK(WIFCONTINUED(status));
	CHECK_EQ(kill(pid, SIGTERM), 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status));
	CHECK_EQ(WTERMSIG(status), SIGTERM);
}

static void kill_ends_what_is_stopped(void)
{
	pid_t pid = idle_child();
	int status;

	CHECK_EQ(kill(pid, SIGSTOP), 0);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK_EQ(kill(pid, SIGTERM), 0);
	usleep(20000);
	CHECK_EQ(waitpid(pid, &status, WNOHANG), 0);
	CHECK_EQ(kill(pid, SIGKILL), 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(WTERMSIG(status), SIGKILL);
}

static void a_sleep_goes_on_after_a_stop(void)
{
	struct timespec start, end;
	int status;
	pid_t pid;

	clock_gettime(CLOCK_MONOTONIC, &start);
	pid = fork();
	if (pid == 0) {
		struct timespec wait = {0, 200000000}, left = {0, 0};

		_exit(nanosleep(&wait, &left) == 0 ? 3 : 4);
	}
	usleep(40000);
	CHECK_EQ(kill(pid, SIGSTOP), 0);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK_EQ(kill(pid, SIGCONT), 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	clock_gettime(CLOCK_MONOTONIC, &end);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), 3);
	CHECK((end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000 >= 195);
}

static void a_handler_ends_a_sleep_and_what_is_left_is_told(void)
{
	struct timespec wait = {10, 0}, left = {0, 0};
	pid_t parent = getpid(), pid;

	signal(SIGUSR1, count_it);
	count = 0;
	pid = fork();
	if (pid == 0) {
		usleep(50000);
		kill(parent, SIGUSR1);
		_exit(0);
	}
	CHECK_ERR(nanosleep(&wait, &left), EINTR);
	CHECK_EQ(count, 1);
	CHECK_EQ(left.tv_sec, 9);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

static pid_t delayed_kill(int sig, int then_exit)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		usleep(50000);
		kill(parent, sig);
		usleep(50000);
		_exit(then_exit);
	}
	return pid;
}

static void wait_is_made_again_with_sa_restart(void)
{
	struct sigaction action = {.sa_handler = count_it, .sa_flags = SA_RESTART};
	int status;
	pid_t pid;

	CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
	count = 0;
	pid = delayed_kill(SIGUSR1, 5);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(WEXITSTATUS(status), 5);
	CHECK_EQ(count, 1);
}

static void wait_is_interrupted_without(void)
{
	struct sigaction action = {.sa_handler = count_it};
	pid_t pid;

	CHECK_EQ(sigaction(SIGUSR1, &action, NULL), 0);
	pid = delayed_kill(SIGUSR1, 0);
	CHECK_ERR(waitpid(pid, NULL, 0), EINTR);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

static void an_ignored_signal_interrupts_nothing(void)
{
	int status;
	pid_t pid;

	signal(SIGUSR1, SIG_IGN);
	pid = delayed_kill(SIGUSR1, 6);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(WEXITSTATUS(status), 6);
}

static void the_parent_gets_sigchld(void)
{
	int status;
	pid_t pid;

	signal(SIGCHLD, count_it);
	count = 0;
	pid = fork();
	if (pid == 0)
		_exit(0);
	while (waitpid(pid, &status, 0) < 0)
		CHECK_EQ(errno, EINTR);
	CHECK_EQ(count, 1);
	signal(SIGCHLD, SIG_DFL);
}

static void nocldstop_hides_stops(void)
{
	struct sigaction action = {.sa_handler = count_it, .sa_flags = SA_NOCLDSTOP | SA_RESTART};
	pid_t pid = idle_child();
	int status;

	count = 0;
	CHECK_EQ(sigaction(SIGCHLD, &action, NULL), 0);
	kill(pid, SIGSTOP);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	CHECK_EQ(count, 0);
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(count, 1);
	signal(SIGCHLD, SIG_DFL);
}

static void ignoring_sigchld_leaves_no_zombies(void)
{
	pid_t pid;

	signal(SIGCHLD, SIG_IGN);
	pid = fork();
	if (pid == 0)
		_exit(0);
	CHECK_ERR(waitpid(pid, NULL, 0), ECHILD);
	signal(SIGCHLD, SIG_DFL);
}

static void a_group_gets_its_signals(void)
{
	pid_t first = fork(), second;
	int status;

	if (first == 0) {
		setpgid(0, 0);
		for (;;)
			pause();
	}
	setpgid(first, first);
	second = fork();
	if (second == 0) {
		setpgid(0, first);
		for (;;)
			pause();
	}
	setpgid(second, first);
	CHECK_EQ(kill(-first, SIGTERM), 0);
	CHECK_EQ(waitpid(first, &status, 0), first);
	CHECK_EQ(WTERMSIG(status), SIGTERM);
	CHECK_EQ(waitpid(second, &status, 0), second);
	CHECK_EQ(WTERMSIG(status), SIGTERM);
	CHECK_ERR(kill(-first, SIGTERM), ESRCH);
}

int main(void)
{
	static const struct test tests[] = {
		{a_stop_is_reported_and_so_is_its_end, "a stop is reported, and so is its end"},
		{kill_ends_what_is_stopped, "SIGKILL ends what is stopped, other signals wait"},
		{a_sleep_goes_on_after_a_stop, "a sleep goes on after a stop"},
		{a_handler_ends_a_sleep_and_what_is_left_is_told,
		 "a handler ends a sleep, and what is left is told"},
		{wait_is_made_again_with_sa_restart, "wait is made again with SA_RESTART"},
		{wait_is_interrupted_without, "wait is interrupted without it"},
		{an_ignored_signal_interrupts_nothing, "an ignored signal interrupts nothing"},
		{the_parent_gets_sigchld, "the parent gets SIGCHLD"},
		{nocldstop_hides_stops, "SA_NOCLDSTOP hides stops"},
		{ignoring_sigchld_leaves_no_zombies, "ignoring SIGCHLD leaves no zombies"},
		{a_group_gets_its_signals, "a process group gets its signals"},
	};

	return test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
