/* Waiting for files: poll, ppoll, select, pselect6. */
#include "tests/guest/linux/test.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void poll_tells_what_is_ready(void)
{
	struct pollfd fds[3];
	int pipe_fds[2];

	CHECK_EQ(pipe(pipe_fds), 0);
	fds[0] = (struct pollfd){.fd = pipe_fds[0], .events = POLLIN};
	fds[1] = (struct pollfd){.fd = pipe_fds[1], .events = POLLOUT};
	fds[2] = (struct pollfd){.fd = -1, .events = POLLIN, .revents = 77};
	CHECK_EQ(poll(fds, 3, 0), 1);
	CHECK_EQ(fds[0].revents, 0);
	CHECK_EQ(fds[1].revents, POLLOUT);
	CHECK_EQ(fds[2].revents, 0);
	CHECK_EQ(write(pipe_fds[1], "x", 1), 1);
	CHECK_EQ(poll(fds, 1, -1), 1);
	CHECK_EQ(fds[0].revents, POLLIN);
	CHECK_EQ(close(pipe_fds[1]), 0);
	CHECK_EQ(poll(fds, 2, 0), 2);
	CHECK_EQ(fds[0].revents, POLLIN | POLLHUP);
	CHECK_EQ(fds[1].revents, POLLNVAL);
	CHECK_EQ(close(pipe_fds[0]), 0);
}

static void a_broken_pipe_is_an_error(void)
{
	struct pollfd fd;
	int pipe_fds[2];

	CHECK_EQ(pipe(pipe_fds), 0);
	CHECK_EQ(close(pipe_fds[0]), 0);
	fd = (struct pollfd){.fd = pipe_fds[1], .events = 0};
	CHECK_EQ(poll(&fd, 1, 0), 1);
	CHECK(fd.revents & POLLERR);
	CHECK_EQ(close(pipe_fds[1]), 0);
}

static void timeouts_pass(void)
{
	struct timespec time = {.tv_nsec = 30000000}, bad = {.tv_nsec = 1000000000};
	int64_t start = now_ms();
	int pipe_fds[2];
	struct pollfd fd;

	CHECK_EQ(pipe(pipe_fds), 0);
	fd = (struct pollfd){.fd = pipe_fds[0], .events = POLLIN};
	CHECK_EQ(poll(&fd, 1, 30), 0);
	CHECK(now_ms() - start >= 29);
	start = now_ms();
	CHECK_EQ(syscall(SYS_ppoll, &fd, 1, &time, NULL, 0), 0);
	CHECK(now_ms() - start >= 29);
	CHECK_ERR(syscall(SYS_ppoll, &fd, 1, &bad, NULL, 0), EINVAL);
	CHECK_ERR(syscall(SYS_poll, (void *)1, 1, 0), EFAULT);
	CHECK_EQ(close(pipe_fds[0]), 0);
	CHECK_EQ(close(pipe_fds[1]), 0);
}

static void plain_files_are_always_ready(void)
{
	struct pollfd fd = {.events = POLLIN | POLLOUT};

	fd.fd = MUST(open("f", O_RDWR | O_CREAT, 0600));
	CHECK_EQ(poll(&fd, 1, 0), 1);
	CHECK_EQ(fd.revents, POLLIN | POLLOUT);
	CHECK_EQ(close(fd.fd), 0);
	CHECK_EQ(unlink("f"), 0);
}

static void select_leaves_what_is_ready(void)
{
	struct timeval none = {0};
	fd_set in, out;
	int fds[2];

	CHECK_EQ(pipe(fds), 0);
	FD_ZERO(&in);
	FD_ZERO(&out);
	FD_SET(fds[0], &in);
	FD_SET(fds[1], &out);
	CHECK_EQ(select(fds[1] + 1, &in, &out, NULL, &none), 1);
	CHECK(!FD_ISSET(fds[0], &in));
	CHECK(FD_ISSET(fds[1], &out));
	CHECK_EQ(write(fds[1], "x", 1), 1);
	FD_SET(fds[0], &in);
	CHECK_EQ(select(fds[1] + 1, &in, &out, NULL, NULL), 2);
	CHECK(FD_ISSET(fds[0], &in));
	CHECK_EQ(close(fds[0]), 0);
	CHECK_EQ(close(fds[1]), 0);
	FD_ZERO(&in);
	FD_SET(fds[0], &in);
	CHECK_ERR(select(fds[0] + 1, &in, NULL, NULL, &none), EBADF);
	CHECK_ERR(syscall(SYS_select, -1, NULL, NULL, NULL, &none), EINVAL);
}

static void select_times_out(void)
{
	struct timeval time = {.tv_usec = 30000};
	struct timespec precise = {.tv_nsec = 20000000};
	int64_t start = now_ms();

	CHECK_EQ(select(0, NULL, NULL, NULL, &time), 0);
	CHECK(now_ms() - start >= 29);
	start = now_ms();
	CHECK_EQ(syscall(SYS_pselect6, 0, NULL, NULL, NULL, &precise, NULL), 0);
	CHECK(now_ms() - start >= 19);
}

int main(void)
{
	static const struct test tests[] = {
		{poll_tells_what_is_ready,
		 "poll tells which pipe ends are ready, hung up or closed"},
		{a_broken_pipe_is_an_error, "poll tells POLLERR though nobody asked"},
		{timeouts_pass, "poll and ppoll wait as long as they were told"},
		{plain_files_are_always_ready, "a plain file is always ready"},
		{select_leaves_what_is_ready, "select leaves the bits that are ready"},
		{select_times_out, "select and pselect6 wait as long as they were told"},
	};

	return test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
