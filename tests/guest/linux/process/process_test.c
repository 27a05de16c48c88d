/*
 * Processes and threads: clone, exec, exit, wait, numbers, credentials, limits, in TAP.
 *
 * It needs no files, so that it can run before there are any: each test is a child
 * whose exit status tells the line of the check that failed, and so does its own.
 * Run as "process_test exec ..." it is the program that its own tests execute.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

/* A status that is not zero, whatever the line. */
#define FAIL(line)                                                                                 \
	do {                                                                                       \
		dprintf(1, "# line %d\n", line);                                                   \
		_exit((line) % 255 + 1);                                                           \
	} while (0)
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			FAIL(__LINE__);                                                            \
	} while (0)

/* clone3(2); musl has no declaration of it. */
struct clone3_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
};

static char self[PATH_MAX];
static char stack[2][65536] __attribute__((aligned(64)));

/* The status of a child that is waited for. */
static int reap(pid_t pid)
{
	int status = -1;

	CHECK(wait4(pid, &status, 0, NULL) == pid);
	return status;
}

/* A child does the work and exits with what it returns. */
static int in_child(int (*work)(void))
{
	pid_t pid = (pid_t)syscall(SYS_fork);

	CHECK(pid >= 0);
	if (pid == 0)
		_exit(work());
	return reap(pid);
}

static void check_child(int (*work)(void))
{
	int status = in_child(work);

	CHECK(WIFEXITED(status));
	if (WEXITSTATUS(status))
		_exit(WEXITSTATUS(status));
}

/* --- fork, exit, wait --- */

static int shared = 1;

static int change_memory(void)
{
	CHECK(shared == 1);
	shared = 2;
	return 0;
}

static void test_fork_copies_memory(void)
{
	check_child(change_memory);
	CHECK(shared == 1);
}

static void test_wait_statuses(void)
{
	struct rusage usage;
	siginfo_t info = {0};
	int status;
	pid_t pid;

	for (int code = 0; code < 256; code += 51) {
		pid = (pid_t)syscall(SYS_fork);
		if (pid == 0)
			syscall(SYS_exit, code | 0x100);
		status = reap(pid);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == code);
	}
	pid = fork();
	if (pid == 0)
		__asm__ volatile("ud2");
	status = reap(pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGILL);

	CHECK(wait4(-1, &status, 0, NULL) == -1 && errno == ECHILD);
	CHECK(wait4(-1, &status, 0x40, NULL) == -1 && errno == EINVAL);
	pid = fork();
	if (pid == 0)
		_exit(9);
	CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	CHECK(info.si_pid == pid && info.si_code == CLD_EXITED && info.si_status == 9);
	CHECK(info.si_signo == SIGCHLD && info.si_uid == getuid());
	CHECK(syscall(SYS_waitid, P_PGID, 0, &info, WEXITED, &usage) == 0);
	CHECK(info.si_pid == pid);
	CHECK(waitid(P_ALL, 0, &info, WEXITED) == -1 && errno == ECHILD);
	CHECK(waitid(P_ALL, 0, &info, 0) == -1 && errno == EINVAL);
	CHECK(waitid(7, 0, &info, WEXITED) == -1 && errno == EINVAL);
}

static int go_on;

static int wait_to_go_on(void *arg)
{
	(void)arg;
	while (!__atomic_load_n(&go_on, __ATOMIC_SEQ_CST))
		syscall(SYS_sched_yield);
	_exit(0);
}

/* A child that shares memory and runs until go_on is set. */
static pid_t start_waiting(void)
{
	pid_t pid;

	go_on = 0;
	pid = clone(wait_to_go_on, stack[0] + sizeof(stack[0]), CLONE_VM | SIGCHLD, NULL);
	CHECK(pid > 0);
	return pid;
}

static void end_waiting(pid_t pid)
{
	__atomic_store_n(&go_on, 1, __ATOMIC_SEQ_CST);
	CHECK(reap(pid) == 0);
}

static void test_wait_does_not_hang(void)
{
	siginfo_t info = {.si_pid = 1, .si_signo = 1};
	pid_t pid = start_waiting();
	int status;

	CHECK(wait4(pid, &status, WNOHANG, NULL) == 0);
	CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG) == 0);
	CHECK(info.si_pid == 0 && info.si_signo == 0);
	end_waiting(pid);
}

static int thread_word;
static int clear_word = -1;

static int clone_thread_fn(void *arg)
{
	CHECK(getpid() != syscall(SYS_gettid));
	__atomic_store_n(&thread_word, *(int *)arg, __ATOMIC_SEQ_CST);
	syscall(SYS_exit, 3);
	return 0;
}

static void test_clone_thread(void)
{
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
			  CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
	int parent_tid = 0;
	int value = 42;
	int tid = clone(clone_thread_fn, stack[0] + sizeof(stack[0]), flags, &value, &parent_tid,
			NULL, &clear_word);

	CHECK(tid > 0 && parent_tid == tid);
	while (__atomic_load_n(&clear_word, __ATOMIC_SEQ_CST) != 0)
		syscall(SYS_sched_yield);
	CHECK(thread_word == 42);
	CHECK(wait4(-1, NULL, __WALL, NULL) == -1 && errno == ECHILD);
}

static int clone_child_fn(void *arg)
{
	*(int *)arg = 5;
	_exit(6);
}

static void test_clone_process(void)
{
	int value = 0;
	int status;
	int pid;

	/* Without an exit signal: only __WCLONE and __WALL find it. */
	pid = clone(clone_child_fn, stack[1] + sizeof(stack[1]), CLONE_VM, &value);
	CHECK(pid > 0);
	CHECK(waitpid(pid, &status, 0) == -1 && errno == ECHILD);
	CHECK(waitpid(pid, &status, __WCLONE) == pid && value == 5);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 6);

	CHECK(clone(clone_child_fn, stack[1] + sizeof(stack[1]), CLONE_THREAD, &value) == -1);
	CHECK(errno == EINVAL);
	CHECK(clone(clone_child_fn, stack[1] + sizeof(stack[1]), CLONE_SIGHAND, &value) == -1);
	CHECK(errno == EINVAL);
}

static void test_clone3(void)
{
	struct clone3_args args = {.exit_signal = SIGCHLD};
	int status;
	long pid;

	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid == 0)
		_exit(11);
	CHECK(pid > 0);
	status = reap((pid_t)pid);
	CHECK(WEXITSTATUS(status) == 11);
	CHECK(syscall(SYS_clone3, &args, 8) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_clone3, &args, 65536) == -1 && errno == E2BIG);
	args.exit_signal = 65;
	CHECK(syscall(SYS_clone3, &args, sizeof(args)) == -1 && errno == EINVAL);
	args.exit_signal = SIGCHLD;
	args.stack = 4096;
	CHECK(syscall(SYS_clone3, &args, sizeof(args)) == -1 && errno == EINVAL);
}

static void test_vfork(void)
{
	volatile int value = 0;
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		value = 1;
		_exit(4);
	}
	CHECK(pid > 0 && value == 1);
	status = reap(pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 4);
}

static int exit_group_fn(void *arg)
{
	(void)arg;
	syscall(SYS_exit_group, 77);
	return 0;
}

static int end_by_thread(void)
{
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;

	CHECK(clone(exit_group_fn, stack[0] + sizeof(stack[0]), flags, NULL) > 0);
	for (;;)
		syscall(SYS_sched_yield);
}

static void test_exit_group(void)
{
	int status = in_child(end_by_thread);

	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 77);
}

/* --- Exec --- */

static int become(const char *what)
{
	char *argv[] = {self, "exec", (char *)what, NULL};
	char *envp[] = {"COLOR=blue", NULL};

	syscall(SYS_execve, self, argv, envp);
	return 99;
}

static int exec_args(void)
{
	return become("args");
}

static int exec_in_thread_fn(void *arg)
{
	(void)arg;
	_exit(become("tid"));
}

static int exec_in_thread(void)
{
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;

	CHECK(clone(exec_in_thread_fn, stack[0] + sizeof(stack[0]), flags, NULL) > 0);
	for (;;)
		syscall(SYS_sched_yield);
}

/* More arguments than fit on the first pages of a stack. */
static int exec_many(void)
{
	static char text[1000];
	static char *argv[102];

	memset(text, 'x', sizeof(text) - 1);
	argv[0] = self;
	argv[1] = "exec";
	argv[2] = "many";
	for (int i = 3; i < 101; i++)
		argv[i] = text;
	syscall(SYS_execveat, AT_FDCWD, self, argv, (char *[]){NULL}, 0);
	return 98;
}

/* Two threads exec at once: one of them wins, and the process has its status. */
static int exec_twice(void)
{
	const int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;

	for (int i = 0; i < 2; i++)
		CHECK(clone(exec_in_thread_fn, stack[i] + sizeof(stack[i]), flags, NULL) > 0);
	for (;;)
		syscall(SYS_sched_yield);
}

static void test_exec_shares_no_files(void)
{
	long pid = syscall(SYS_clone, CLONE_FILES | CLONE_FS | SIGCHLD, 0, NULL, NULL, 0);

	if (pid == 0)
		_exit(exec_args());
	CHECK(pid > 0 && reap((pid_t)pid) == 0);
	CHECK(umask(022) == umask(022));
}

static char script[64];

static int exec_script(void)
{
	char *argv[] = {"not seen", "argument", NULL};

	syscall(SYS_execve, script, argv, (char *[]){NULL});
	return 97;
}

static void test_script(void)
{
	int fd;

	snprintf(script, sizeof(script), "/tmp/script.%d", (int)getpid());
	fd = open(script, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	if (fd < 0) {
		CHECK(errno == ENOENT || errno == ENOSYS || errno == EPERM); /* no files yet */
		return;
	}
	CHECK(dprintf(fd, "#! %s exec\nrest\n", self) > 0 && close(fd) == 0);
	check_child(exec_script);
	fd = open(script, O_WRONLY | O_TRUNC);
	CHECK(fd >= 0 && dprintf(fd, "neither script nor program") > 0 && close(fd) == 0);
	CHECK(syscall(SYS_execve, script, (char *[]){"x", NULL}, NULL) == -1 && errno == ENOEXEC);
	CHECK(chmod(script, 0644) == 0);
	CHECK(syscall(SYS_execve, script, (char *[]){"x", NULL}, NULL) == -1 && errno == EACCES);
	CHECK(unlink(script) == 0);
}

static void test_exec(void)
{
	char *argv[] = {self, NULL};

	check_child(exec_args);
	check_child(exec_many);
	check_child(exec_in_thread);
	check_child(exec_twice);
	CHECK(syscall(SYS_execve, "/nothing/here", argv, NULL) == -1 && errno == ENOENT);
	CHECK(syscall(SYS_execve, (char *)1, argv, NULL) == -1 && errno == EFAULT);
	CHECK(syscall(SYS_execve, "", argv, NULL) == -1 && errno == ENOENT);
}

static int executed(int argc, char **argv)
{
	char name[16];

	CHECK(argc >= 3);
	if (argv[2][0] == '/') { /* by a script of that name */
		CHECK(argc == 4 && strcmp(argv[3], "argument") == 0);
		CHECK(strcmp((const char *)getauxval(AT_EXECFN), argv[2]) == 0);
		return 0;
	}
	CHECK(getauxval(AT_PAGESZ) == 4096 && getauxval(AT_CLKTCK) == 100);
	CHECK(getauxval(AT_PHDR) && getauxval(AT_PHNUM) > 0 && getauxval(AT_ENTRY));
	CHECK(getauxval(AT_RANDOM) && getauxval(AT_SECURE) == 0);
	CHECK(getauxval(AT_UID) == getuid() && getauxval(AT_EGID) == getegid());
	CHECK(strcmp((const char *)getauxval(AT_EXECFN), self) == 0);
	CHECK(strcmp((const char *)getauxval(AT_PLATFORM), "x86_64") == 0);
	CHECK(syscall(SYS_gettid) == getpid());
	CHECK(prctl(PR_GET_NAME, name) == 0 && strncmp(name, "process_test", 12) == 0);
	if (strcmp(argv[2], "args") == 0) {
		CHECK(argc == 3 && strcmp(getenv("COLOR"), "blue") == 0);
		CHECK(setpgid(0, 0) == 0);
	} else if (strcmp(argv[2], "many") == 0) {
		CHECK(argc == 101 && strlen(argv[100]) == 999 && !argv[101]);
	}
	return 0;
}

/* --- Numbers --- */

static int new_session(void)
{
	CHECK(getppid() > 0);
	CHECK(setsid() == getpid());
	CHECK(getsid(0) == getpid() && getpgrp() == getpid() && getpgid(0) == getpid());
	CHECK(setsid() == -1 && errno == EPERM);
	CHECK(setpgid(0, 0) == -1 && errno == EPERM);
	return 0;
}

static int new_group(void)
{
	pid_t pid = start_waiting();

	CHECK(setpgid(pid, pid) == 0 && getpgid(pid) == pid);
	CHECK(setpgid(1000000, 0) == -1 && errno == ESRCH);
	CHECK(setpgid(0, -1) == -1 && errno == EINVAL);
	CHECK(setpgid(0, 1000000) == -1 && errno == EPERM);
	CHECK(getpgid(1000000) == -1 && errno == ESRCH);
	CHECK(getsid(1000000) == -1 && errno == ESRCH);
	end_waiting(pid);
	return 0;
}

static int orphan(void)
{
	siginfo_t info = {0};
	pid_t middle;
	pid_t grandchild = 0;

	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	middle = fork();
	if (middle == 0) {
		if (fork() == 0) {
			_exit(12);
		}
		_exit(13);
	}
	CHECK(WEXITSTATUS(reap(middle)) == 13);
	CHECK(waitid(P_ALL, 0, &info, WEXITED) == 0);
	grandchild = info.si_pid;
	CHECK(grandchild > 0 && grandchild != middle && info.si_status == 12);
	return 0;
}

/* --- The rest --- */

static void test_limits(void)
{
	struct rlimit limit;
	struct rlimit old;
	struct rusage usage;
	struct tms tms;

	CHECK(syscall(SYS_getrlimit, RLIMIT_STACK, &limit) == 0 && limit.rlim_cur > 0);
	CHECK(syscall(SYS_prlimit64, 0, RLIMIT_CORE, NULL, &old) == 0);
	limit = old;
	limit.rlim_cur = 0;
	CHECK(syscall(SYS_setrlimit, RLIMIT_CORE, &limit) == 0);
	CHECK(syscall(SYS_prlimit64, 0, RLIMIT_CORE, &old, &limit) == 0 && limit.rlim_cur == 0);
	limit.rlim_cur = 2;
	limit.rlim_max = 1;
	CHECK(setrlimit(RLIMIT_CORE, &limit) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_getrlimit, 99, &limit) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_prlimit64, 1000000, RLIMIT_CORE, NULL, &old) == -1 && errno == ESRCH);
	CHECK(getrusage(RUSAGE_SELF, &usage) == 0);
	CHECK(getrusage(RUSAGE_CHILDREN, &usage) == 0);
	CHECK(getrusage(5, &usage) == -1 && errno == EINVAL);
	CHECK(times(&tms) != (clock_t)-1);
	CHECK(syscall(SYS_set_tid_address, &clear_word) == syscall(SYS_gettid));
}

static void test_prctl(void)
{
	char name[16] = "";
	int value = 0;

	CHECK(prctl(PR_SET_NAME, "a name that is far too long") == 0);
	CHECK(prctl(PR_GET_NAME, name) == 0 && strcmp(name, "a name that is ") == 0);
	CHECK(prctl(PR_SET_PDEATHSIG, 9) == 0);
	CHECK(prctl(PR_GET_PDEATHSIG, &value) == 0 && value == 9);
	CHECK(prctl(PR_SET_PDEATHSIG, 0) == 0);
	CHECK(prctl(PR_SET_PDEATHSIG, 65) == -1 && errno == EINVAL);
	CHECK(prctl(PR_GET_DUMPABLE) >= 0);
	CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) >= 0);
	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 2, 0, 0, 0) == -1 && errno == EINVAL);
	CHECK(prctl(PR_CAPBSET_READ, 0) >= 0);
	CHECK(prctl(PR_CAPBSET_READ, 64) == -1 && errno == EINVAL);
	CHECK(prctl(12345) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_arch_prctl, 0x1003, &name) == 0);
	CHECK(syscall(SYS_arch_prctl, 0x1002, 0xffff800000000000ul) == -1 && errno == EPERM);
	CHECK(syscall(SYS_arch_prctl, 0x9999, 0) == -1 && errno == EINVAL);
	CHECK(personality(0xffffffff) >= 0);
}

static void test_scheduling(void)
{
	struct sched_param param = {0};
	struct timespec interval;

	CHECK(syscall(SYS_sched_getscheduler, 0) == SCHED_OTHER);
	CHECK(syscall(SYS_sched_getparam, 0, &param) == 0 && param.sched_priority == 0);
	CHECK(syscall(SYS_sched_setscheduler, 0, SCHED_BATCH, &param) == 0);
	CHECK(syscall(SYS_sched_getscheduler, 0) == SCHED_BATCH);
	CHECK(syscall(SYS_sched_setparam, 0, &param) == 0);
	param.sched_priority = 1;
	CHECK(syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &param) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_sched_get_priority_max, SCHED_FIFO) == 99);
	CHECK(syscall(SYS_sched_get_priority_min, SCHED_RR) == 1);
	CHECK(syscall(SYS_sched_get_priority_min, 77) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_sched_rr_get_interval, 0, &interval) == 0);
	CHECK(syscall(SYS_getpriority, PRIO_PROCESS, 0) == 20);
	CHECK(setpriority(PRIO_PROCESS, 0, 5) == 0);
	CHECK(syscall(SYS_getpriority, PRIO_PROCESS, 0) == 15);
	CHECK(setpriority(9, 0, 5) == -1 && errno == EINVAL);
	CHECK(setpriority(PRIO_PROCESS, 1000000, 5) == -1 && errno == ESRCH);
}

static int change_ids(void)
{
	uint32_t header[2] = {0x20080522, 0};
	uint32_t data[6];
	gid_t groups[3] = {5, 6, 7};
	uid_t r, e, v;

	if (syscall(SYS_geteuid) != 0)
		return 0; /* not root: nothing may be changed */
	CHECK(syscall(SYS_setgroups, 3, groups) == 0);
	CHECK(syscall(SYS_getgroups, 0, NULL) == 3);
	CHECK(syscall(SYS_getgroups, 2, groups) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_setregid, -1, 40) == 0 && syscall(SYS_getegid) == 40);
	CHECK(syscall(SYS_setgid, 30) == 0 && syscall(SYS_getgid) == 30);
	CHECK(syscall(SYS_setresgid, 31, 32, 33) == 0);
	CHECK(syscall(SYS_getresgid, &r, &e, &v) == 0 && r == 31 && e == 32 && v == 33);
	CHECK(syscall(SYS_setfsgid, 34) == 32 && syscall(SYS_setfsgid, -1) == 34);
	CHECK(syscall(SYS_setfsuid, 9) == 0 && syscall(SYS_setfsuid, -1) == 9);
	CHECK(syscall(SYS_setreuid, -1, 1000) == 0 && syscall(SYS_geteuid) == 1000);
	CHECK(syscall(SYS_capget, header, data) == 0 && data[0] == 0 && data[1] != 0);
	CHECK(syscall(SYS_setuid, 0) == 0 && syscall(SYS_geteuid) == 0);
	CHECK(syscall(SYS_setresuid, 1000, 1001, 1002) == 0);
	CHECK(syscall(SYS_getresuid, &r, &e, &v) == 0 && r == 1000 && e == 1001 && v == 1002);
	CHECK(syscall(SYS_getuid) == 1000);
	CHECK(syscall(SYS_capget, header, data) == 0 && data[0] == 0 && data[1] == 0);
	CHECK(syscall(SYS_setuid, 0) == -1 && errno == EPERM);
	CHECK(syscall(SYS_setuid, 1002) == 0 && syscall(SYS_geteuid) == 1002);
	CHECK(syscall(SYS_setgroups, 0, NULL) == -1 && errno == EPERM);
	CHECK(syscall(SYS_sethostname, "x", 1) == -1 && errno == EPERM);
	CHECK(syscall(SYS_setdomainname, "x", 1) == -1 && errno == EPERM);
	data[1] = 1;
	CHECK(syscall(SYS_capset, header, data) == -1 && errno == EPERM);
	header[0] = 1;
	CHECK(syscall(SYS_capget, header, data) == -1 && errno == EINVAL);
	CHECK(header[0] == 0x20080522);
	return 0;
}

static void test_information(void)
{
	struct utsname name;
	struct sysinfo info;
	unsigned char bytes[16] = {0};
	unsigned long mask[16] = {0};
	unsigned int cpu = 999;

	CHECK(uname(&name) == 0 && strcmp(name.sysname, "Linux") == 0);
	CHECK(sysinfo(&info) == 0 && info.totalram > 0 && info.procs > 0);
	CHECK(syscall(SYS_getrandom, bytes, sizeof(bytes), 0) == sizeof(bytes));
	CHECK(bytes[0] | bytes[3] | bytes[7] | bytes[15]);
	CHECK(syscall(SYS_getrandom, bytes, 1, 8) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_getrandom, 1, 1, 0) == -1 && errno == EFAULT);
	CHECK(umask(027) != 027 && umask(022) == 027);
	CHECK(syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask) > 0 && mask[0] != 0);
	CHECK(syscall(SYS_sched_getaffinity, 0, 7, mask) == -1 && errno == EINVAL);
	CHECK(syscall(SYS_sched_setaffinity, 0, sizeof(mask), mask) == 0);
	CHECK(syscall(SYS_getcpu, &cpu, NULL, NULL) == 0 && cpu < 999);
}

static void test_ids(void)
{
	check_child(change_ids);
}

static void test_sessions(void)
{
	check_child(new_session);
}

static void test_groups(void)
{
	check_child(new_group);
}

static void test_orphans(void)
{
	check_child(orphan);
}

static const struct {
	void (*run)(void);
	const char *sentence;
} tests[] = {
	{test_fork_copies_memory, "what a child writes stays its own"},
	{test_wait_statuses, "a parent learns how its children ended"},
	{test_wait_does_not_hang, "a wait with WNOHANG returns while the child runs"},
	{test_clone_process, "a child without an exit signal is found by __WCLONE only"},
	{test_clone_thread, "a thread shares memory, and its end clears its tid word"},
	{test_clone3, "clone3 checks what it is given"},
	{test_vfork, "vfork returns when the child has ended"},
	{test_exit_group, "exit_group of any thread ends the process with its status"},
	{test_exec, "a program gets arguments, environment and auxiliary vector; a thread's exec "
		    "makes it the leader"},
	{test_exec_shares_no_files, "exec of a process that shares its descriptors"},
	{test_script, "a script is run by its interpreter; other text and modes are refused"},
	{test_sessions, "setsid makes a session and a group"},
	{test_groups, "a child is moved to another group"},
	{test_orphans, "an orphan's end is told to the subreaper"},
	{test_limits, "limits are told, changed and checked; usage is counted"},
	{test_scheduling, "policies and nice values are told and changed"},
	{test_prctl, "names, signals and other properties are set by prctl"},
	{test_ids, "who gives up user 0 gives up its capabilities"},
	{test_information, "names, figures, random numbers and CPUs are told"},
};

int main(int argc, char **argv)
{
	const int count = sizeof(tests) / sizeof(tests[0]);
	int result = 0;
	int status;
	pid_t pid;

	if (argc > 1 && strcmp(argv[1], "exec") == 0) {
		strncpy(self, argv[0], sizeof(self) - 1);
		return executed(argc, argv);
	}
	if (!realpath(argv[0], self))
		strncpy(self, argv[0], sizeof(self) - 1);
	for (int i = 0; i < count; i++) {
		pid = fork();
		if (pid == 0) {
			tests[i].run();
			_exit(0);
		}
		status = reap(pid);
		if (status && !result)
			result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		dprintf(1, "%s %d - %s\n", status ? "not ok" : "ok", i + 1, tests[i].sentence);
	}
	dprintf(1, "1..%d\n", count);
	return result;
}
