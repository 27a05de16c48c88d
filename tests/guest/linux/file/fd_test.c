/* Descriptors: dup, dup2, dup3, fcntl, close, close_range, pipe, pipe2, O_CLOEXEC. */
#include "tests/guest/linux/test.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int open_null(void)
{
	return MUST(open("/dev/null", O_RDWR));
}

static void the_lowest_number_is_used(void)
{
	int a = open_null(), b = open_null();

	CHECK_EQ(b, a + 1);
	CHECK_EQ(close(a), 0);
	CHECK_EQ(open_null(), a);
	CHECK_EQ(close(a), 0);
	CHECK_EQ(close(b), 0);
	CHECK_ERR(close(b), EBADF);
	CHECK_ERR(close(-1), EBADF);
}

static void dup_shares_the_offset(void)
{
	int fd = MUST(open("f", O_RDWR | O_CREAT, 0600));
	int copy = MUST(dup(fd));

	CHECK_EQ(write(fd, "abc", 3), 3);
	CHECK_EQ(lseek(copy, 0, SEEK_CUR), 3);
	CHECK_EQ(close(fd), 0);
	CHECK_EQ(write(copy, "d", 1), 1);
	CHECK_EQ(close(copy), 0);
	CHECK_STR(test_read_file("f"), "abcd");
	CHECK_EQ(unlink("f"), 0);
	CHECK_ERR(dup(copy), EBADF);
}

static void dup2_replaces(void)
{
	int a = open_null(), b = MUST(open("f", O_RDWR | O_CREAT, 0600));

	CHECK_EQ(write(a, "lost", 4), 4);
	CHECK_EQ(dup2(b, a), a);
	CHECK_EQ(write(a, "kept", 4), 4);
	CHECK_STR(test_read_file("f"), "kept");
	CHECK_EQ(dup2(a, a), a);
	CHECK_ERR(dup2(999, a), EBADF);
	CHECK_ERR(dup2(999, 999), EBADF);
	CHECK_ERR(dup2(a, -1), EBADF);
	CHECK_EQ(close(a), 0);
	CHECK_EQ(close(b), 0);
	CHECK_EQ(unlink("f"), 0);
}

static void dup3_takes_one_flag(void)
{
	int a = open_null();

	CHECK_EQ(syscall(SYS_dup3, a, 100, O_CLOEXEC), 100);
	CHECK_EQ(fcntl(100, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(syscall(SYS_dup3, a, 100, 0), 100);
	CHECK_EQ(fcntl(100, F_GETFD), 0);
	CHECK_ERR(syscall(SYS_dup3, a, a, 0), EINVAL);
	CHECK_ERR(syscall(SYS_dup3, a, 101, O_NONBLOCK), EINVAL);
	CHECK_EQ(close(100), 0);
	CHECK_EQ(close(a), 0);
}

static void cloexec_belongs_to_the_descriptor(void)
{
	int a = MUST(open("/dev/null", O_RDWR | O_CLOEXEC)), b;

	CHECK_EQ(fcntl(a, F_GETFD), FD_CLOEXEC);
	b = MUST(dup(a));
	CHECK_EQ(fcntl(b, F_GETFD), 0);
	CHECK_EQ(fcntl(a, F_SETFD, 0), 0);
	CHECK_EQ(fcntl(a, F_GETFD), 0);
	CHECK_EQ(fcntl(b, F_SETFD, FD_CLOEXEC), 0);
	CHECK_EQ(fcntl(b, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(close(a), 0);
	CHECK_EQ(close(b), 0);
	CHECK_ERR(fcntl(b, F_GETFD), EBADF);
}

static void fcntl_duplicates_from_a_minimum(void)
{
	int a = open_null();

	CHECK_EQ(fcntl(a, F_DUPFD, 50), 50);
	CHECK_EQ(fcntl(a, F_DUPFD, 50), 51);
	CHECK_EQ(fcntl(a, F_DUPFD_CLOEXEC, 50), 52);
	CHECK_EQ(fcntl(52, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(51, F_GETFD), 0);
	CHECK_ERR(fcntl(a, F_DUPFD, -1), EINVAL);
	for (int fd = 50; fd <= 52; fd++)
		CHECK_EQ(close(fd), 0);
	CHECK_ERR(fcntl(a, 9999), EINVAL);
	CHECK_EQ(close(a), 0);
}

static void status_flags_are_shared(void)
{
	int a = MUST(open("f", O_RDWR | O_CREAT | O_APPEND, 0600)), b = MUST(dup(a));

	CHECK_EQ(fcntl(a, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK | O_CREAT),
		 O_RDWR | O_APPEND);
	CHECK_EQ(fcntl(a, F_SETFL, O_NONBLOCK), 0);
	CHECK_EQ(fcntl(b, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK), O_RDWR | O_NONBLOCK);
	CHECK_EQ(close(a), 0);
	CHECK_EQ(close(b), 0);
	CHECK_EQ(unlink("f"), 0);
}

static void close_range_closes_a_range(void)
{
	int a = open_null();

	for (int fd = 60; fd < 65; fd++)
		CHECK_EQ(dup2(a, fd), fd);
	CHECK_EQ(syscall(SYS_close_range, 61, 63, 0), 0);
	CHECK_EQ(fcntl(60, F_GETFD), 0);
	CHECK_ERR(fcntl(61, F_GETFD), EBADF);
	CHECK_ERR(fcntl(63, F_GETFD), EBADF);
	CHECK_EQ(fcntl(64, F_GETFD), 0);
	CHECK_ERR(syscall(SYS_close_range, 5, 4, 0), EINVAL);
	CHECK_ERR(syscall(SYS_close_range, 60, 64, 1 << 20), EINVAL);
	CHECK_EQ(syscall(SYS_close_range, 60, 64, 1 << 2), 0);
	CHECK_EQ(fcntl(60, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(syscall(SYS_close_range, 60, ~0u, 0), 0);
	CHECK_ERR(fcntl(64, F_GETFD), EBADF);
	CHECK_EQ(close(a), 0);
}

static void pipes_carry_bytes(void)
{
	char buf[16];
	int fds[2];

	CHECK_EQ(pipe(fds), 0);
	CHECK_EQ(write(fds[1], "through", 7), 7);
	CHECK_EQ(read(fds[0], buf, 3), 3);
	CHECK_EQ(read(fds[0], buf + 3, sizeof(buf) - 3), 4);
	CHECK(memcmp(buf, "through", 7) == 0);
	CHECK_ERR(read(fds[1], buf, 1), EBADF);
	CHECK_ERR(write(fds[0], buf, 1), EBADF);
	CHECK_ERR(lseek(fds[0], 0, SEEK_CUR), ESPIPE);
	CHECK_ERR(pread(fds[0], buf, 1, 0), ESPIPE);
	CHECK_EQ(close(fds[1]), 0);
	CHECK_EQ(read(fds[0], buf, 1), 0);
	CHECK_EQ(close(fds[0]), 0);
}

static void pipe2_flags(void)
{
	char buf[4];
	int fds[2], count = 0;

	CHECK_EQ(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
	CHECK_EQ(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(fds[1], F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_WRONLY | O_NONBLOCK);
	CHECK_ERR(read(fds[0], buf, 1), EAGAIN);
	while (write(fds[1], "0123456789abcdef", 16) == 16 && count < 100000)
		count++;
	CHECK_EQ(errno, EAGAIN);
	CHECK_EQ(count, 65536 / 16);
	CHECK_EQ(close(fds[0]), 0);
	CHECK_EQ(close(fds[1]), 0);
	CHECK_ERR(pipe2(fds, O_CREAT), EINVAL);
	CHECK_ERR(syscall(SYS_pipe2, (void *)1, 0), EFAULT);
}

static void a_pipe_without_readers_is_broken(void)
{
	int fds[2];

	CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	CHECK_EQ(pipe(fds), 0);
	CHECK_EQ(close(fds[0]), 0);
	CHECK_ERR(write(fds[1], "x", 1), EPIPE);
	CHECK_EQ(close(fds[1]), 0);
}

static void pipes_tell_what_is_in_them(void)
{
	struct stat st;
	int fds[2], n = -1;

	CHECK_EQ(pipe(fds), 0);
	CHECK_EQ(write(fds[1], "12345", 5), 5);
	CHECK_EQ(ioctl(fds[0], FIONREAD, &n), 0);
	CHECK_EQ(n, 5);
	CHECK_EQ(fstat(fds[0], &st), 0);
	CHECK(S_ISFIFO(st.st_mode));
	CHECK_EQ(fcntl(fds[0], F_GETPIPE_SZ), 65536);
	CHECK_EQ(fcntl(fds[0], F_SETPIPE_SZ, 8192), 8192);
	CHECK_EQ(close(fds[0]), 0);
	CHECK_EQ(close(fds[1]), 0);
}

static void flock_is_the_open_file_s(void)
{
	int a = MUST(open("f", O_RDWR | O_CREAT, 0600)), b = MUST(open("f", O_RDWR));

	CHECK_EQ(flock(a, LOCK_EX), 0);
	CHECK_ERR(flock(b, LOCK_SH | LOCK_NB), EWOULDBLOCK);
	CHECK_EQ(flock(a, LOCK_SH), 0);
	CHECK_EQ(flock(b, LOCK_SH | LOCK_NB), 0);
	CHECK_ERR(flock(b, LOCK_EX | LOCK_NB), EWOULDBLOCK);
	CHECK_EQ(close(a), 0);
	CHECK_EQ(flock(b, LOCK_EX | LOCK_NB), 0);
	CHECK_EQ(flock(b, LOCK_UN), 0);
	CHECK_EQ(close(b), 0);
	CHECK_EQ(unlink("f"), 0);
}

/* What a child is told of the range; its status is the lock's type. */
static int type_seen_by_child(int fd, off_t start)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = start, .l_len = 1};
	int status = -1;
	pid_t child = fork();

	if (child == 0)
		_exit(fcntl(fd, F_GETLK, &lock) == 0 ? lock.l_type : 99);
	CHECK_EQ(waitpid(child, &status, 0), child);
	return WEXITSTATUS(status);
}

static void record_locks_are_the_process_s(void)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 10};
	int fd = MUST(open("f", O_RDWR | O_CREAT, 0600)), other;

	CHECK_EQ(fcntl(fd, F_SETLK, &lock), 0);
	CHECK_EQ(type_seen_by_child(fd, 9), F_UNLCK);
	CHECK_EQ(type_seen_by_child(fd, 10), F_WRLCK);
	CHECK_EQ(type_seen_by_child(fd, 20), F_UNLCK);
	CHECK_EQ(fcntl(fd, F_GETLK, &lock), 0);
	CHECK_EQ(lock.l_type, F_UNLCK);
	/* Closing any descriptor of the file gives up all of them. */
	other = MUST(open("f", O_RDONLY));
	CHECK_EQ(close(other), 0);
	CHECK_EQ(type_seen_by_child(fd, 10), F_UNLCK);
	CHECK_EQ(close(fd), 0);
	CHECK_EQ(unlink("f"), 0);
}

static void ioctl_sets_flags(void)
{
	int fd = open_null(), one = 1;

	CHECK_EQ(ioctl(fd, FIOCLEX), 0);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_EQ(ioctl(fd, FIONCLEX), 0);
	CHECK_EQ(fcntl(fd, F_GETFD), 0);
	CHECK_EQ(ioctl(fd, FIONBIO, &one), 0);
	CHECK(fcntl(fd, F_GETFL) & O_NONBLOCK);
	CHECK_ERR(ioctl(fd, 0x5401 /* TCGETS */, &one), ENOTTY);
	CHECK_ERR(ioctl(fd, 0x12345, &one), ENOTTY);
	CHECK_EQ(close(fd), 0);
	CHECK_ERR(ioctl(fd, FIOCLEX), EBADF);
}

int main(void)
{
	static const struct test tests[] = {
		{the_lowest_number_is_used, "open gives the lowest free descriptor"},
		{dup_shares_the_offset, "dup shares offset and file"},
		{dup2_replaces, "dup2 replaces what its number was"},
		{dup3_takes_one_flag, "dup3 knows O_CLOEXEC only, and wants two numbers"},
		{cloexec_belongs_to_the_descriptor, "close-on-exec is the descriptor's alone"},
		{fcntl_duplicates_from_a_minimum, "F_DUPFD gives the lowest from a minimum on"},
		{status_flags_are_shared, "F_SETFL changes what duplicates see"},
		{close_range_closes_a_range, "close_range closes or marks a range"},
		{pipes_carry_bytes, "a pipe carries bytes one way, to the end"},
		{pipe2_flags, "pipe2 takes O_NONBLOCK and O_CLOEXEC, and the pipe has 64 KiB"},
		{a_pipe_without_readers_is_broken, "writing to a pipe without readers is EPIPE"},
		{pipes_tell_what_is_in_them, "a pipe tells its type, content and size"},
		{flock_is_the_open_file_s, "flock belongs to the open file"},
		{record_locks_are_the_process_s,
		 "F_SETLK locks ranges for the process, until a close"},
		{ioctl_sets_flags,
		 "FIOCLEX, FIONCLEX, FIONBIO work on any file, others are ENOTTY"},
	};

	return test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
