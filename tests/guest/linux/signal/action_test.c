/* rt_sigaction, and what its flags do. */
#include "tests/guest/linux/test.h"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t count, depth, deepest;
static siginfo_t last;

static void count_it(int sig)
{
	(void)sig;
	count++;
}

static void keep_info(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	last = *info;
	count++;
}

static void raise_again(int sig)
{
	if (++depth > deepest)
		deepest = depth;
	if (count++ == 0)
		raise(sig);
	depth--;
}

static void set(int sig, void (*handler)(int), int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

	count = depth = deepest = 0;
	CHECK_EQ(sigaction(sig, &action, NULL), 0);
}

static void a_handler_runs_before_kill_returns(void)
{
	set(SIGUSR1, count_it, 0);
	CHECK_EQ(kill(getpid(), SIGUSR1), 0);
	CHECK_EQ(count, 1);
	CHECK_EQ(raise(SIGUSR1), 0);
	CHECK_EQ(count, 2);
}

static void the_old_action_is_told(void)
{
	struct sigaction old;

	set(SIGUSR1, count_it, SA_RESTART);
	CHECK_EQ(sigaction(SIGUSR1, NULL, &old), 0);
	CHECK(old.sa_handler == count_it);
	CHECK(old.sa_flags & SA_RESTART);
}

static void kill_and_stop_cannot_be_handled(void)
{
	struct sigaction action = {.sa_handler = count_it};

	CHECK_ERR(sigaction(SIGKILL, &action, NULL), EINVAL);
	CHECK_ERR(sigaction(SIGSTOP, &action, NULL), EINVAL);
	CHECK_EQ(sigaction(SIGKILL, NULL, &action), 0);
	CHECK_ERR(syscall(SYS_rt_sigaction, 65, NULL, NULL, 8), EINVAL);
	CHECK_ERR(syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 16), EINVAL);
	CHECK_ERR(syscall(SYS_rt_sigaction, SIGUSR1, (void *)8, NULL, 8), EFAULT);
}

static void the_sender_is_in_the_siginfo(void)
{
	struct sigaction action = {.sa_sigaction = keep_info, .sa_flags = SA_SIGINFO};

	count = 0;
	CHECK_EQ(sigaction(SIGUSR2, &action, NULL), 0);
	CHECK_EQ(kill(getpid(), SIGUSR2), 0);
	CHECK_EQ(count, 1);
	CHECK_EQ(last.si_signo, SIGUSR2);
	CHECK_EQ(last.si_code, SI_USER);
	CHECK_EQ(last.si_pid, getpid());
	CHECK_EQ(last.si_uid, getuid());
	CHECK_EQ(raise(SIGUSR2), 0);
	CHECK_EQ(last.si_code, SI_TKILL);
}

static void a_handler_blocks_its_own_signal(void)
{
	set(SIGUSR1, raise_again, 0);
	CHECK_EQ(raise(SIGUSR1), 0);
	CHECK_EQ(count, 2);
	CHECK_EQ(deepest, 1);
}

static void nodefer_does_not(void)
{
	set(SIGUSR1, raise_again, SA_NODEFER);
	CHECK_EQ(raise(SIGUSR1), 0);
	CHECK_EQ(count, 2);
	CHECK_EQ(deepest, 2);
}

static void resethand_serves_once(void)
{
	struct sigaction now;

	set(SIGUSR1, count_it, (int)SA_RESETHAND);
	CHECK_EQ(raise(SIGUSR1), 0);
	CHECK_EQ(count, 1);
	CHECK_EQ(sigaction(SIGUSR1, NULL, &now), 0);
	CHECK(now.sa_handler == SIG_DFL);
}

static void ignored_signals_leave_no_trace(void)
{
	sigset_t set_of, pending;

	set(SIGUSR1, SIG_IGN, 0);
	CHECK_EQ(raise(SIGUSR1), 0);
	sigemptyset(&set_of);
	sigaddset(&set_of, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set_of, NULL);
	set(SIGUSR1, count_it, 0);
	CHECK_EQ(raise(SIGUSR1), 0);
	set(SIGUSR1, SIG_IGN, 0);
	CHECK_EQ(sigpending(&pending), 0);
	CHECK(!sigismember(&pending, SIGUSR1));
	set(SIGUSR1, count_it, 0);
	sigprocmask(SIG_UNBLOCK, &set_of, NULL);
	CHECK_EQ(count, 0);
}

static void a_child_inherits_actions(void)
{
	int status;
	pid_t pid;

	set(SIGUSR1, count_it, 0);
	pid = fork();
	if (pid == 0) {
		raise(SIGUSR1);
		_exit(count);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), 1);
	CHECK_EQ(count, 0);
}

static void the_default_ends_the_process(void)
{
	static const int signals[] = {SIGHUP, SIGTERM, SIGUSR1, SIGALRM, SIGKILL, SIGPIPE};
	int status;

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		pid_t pid = fork();

		if (pid == 0) {
			signal(signals[i], SIG_DFL);
			raise(signals[i]);
			_exit(0);
		}
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK(WIFSIGNALED(status));
		CHECK_EQ(WTERMSIG(status), signals[i]);
	}
}

static void the_default_of_some_is_nothing(void)
{
	CHECK_EQ(raise(SIGCHLD), 0);
	CHECK_EQ(raise(SIGURG), 0);
	CHECK_EQ(raise(SIGWINCH), 0);
	CHECK_EQ(raise(SIGCONT), 0);
}

int main(void)
{
	static const struct test tests[] = {
		{a_handler_runs_before_kill_returns, "a handler runs before kill returns"},
		{the_old_action_is_told, "sigaction tells the old action"},
		{kill_and_stop_cannot_be_handled, "SIGKILL and SIGSTOP cannot be handled"},
		{the_sender_is_in_the_siginfo, "the sender is in the siginfo"},
		{a_handler_blocks_its_own_signal, "a handler blocks its own signal"},
		{nodefer_does_not, "a handler with SA_NODEFER does not"},
		{resethand_serves_once, "a handler with SA_RESETHAND serves once"},
		{ignored_signals_leave_no_trace, "ignoring a signal drops it from the queue"},
		{a_child_inherits_actions, "a child inherits actions, and has its own signals"},
		{the_default_ends_the_process, "the default action ends the process"},
		{the_default_of_some_is_nothing, "the default action of some does nothing"},
	};

	return test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
