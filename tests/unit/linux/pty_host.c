/* The pseudo-terminal of the Linux that runs the test. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tests/unit/linux/pty_pair.h"

static int master, slave;
static volatile sig_atomic_t counts[65];

static void fail(const char *what)
{
	dprintf(2, "%s: %s\n", what, strerror(errno));
	abort();
}

static void count_signal(int sig)
{
	counts[sig]++;
}

static bool open_pair(void)
{
	char name[64];

	master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	if (master < 0 || grantpt(master) || unlockpt(master) ||
	    ptsname_r(master, name, sizeof(name)))
		return false;
	slave = open(name, O_RDWR | O_NOCTTY | O_NONBLOCK);
	/* So that signals come to us. */
	return slave >= 0 && ioctl(slave, TIOCSCTTY, 0) == 0;
}

static void host_close(void)
{
	close(master);
	close(slave);
}

bool host_pair_setup(void)
{
	static const int wanted[] = {SIGINT, SIGQUIT, SIGTSTP, SIGWINCH, SIGHUP, SIGCONT};
	struct sigaction action = {.sa_handler = count_signal, .sa_flags = SA_RESTART};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		sigaction(wanted[i], &action, NULL);
	if (setsid() < 0 || !open_pair())
		return false;
	host_close();
	return true;
}

static void host_open(void)
{
	if (!open_pair())
		fail("a pty");
	for (size_t i = 0; i < 65; i++)
		counts[i] = 0;
}

static long result(ssize_t n)
{
	return n < 0 ? -errno : n;
}

static long host_master_read(uint8_t *buf, size_t len)
{
	return result(read(master, buf, len));
}

static long host_master_write(const uint8_t *bytes, size_t len)
{
	return result(write(master, bytes, len));
}

static long host_slave_read(uint8_t *buf, size_t len)
{
	return result(read(slave, buf, len));
}

static long host_slave_write(const uint8_t *bytes, size_t len)
{
	return result(write(slave, bytes, len));
}

static long host_slave_read_timed(uint8_t *buf, size_t len)
{
	ssize_t n;

	if (fcntl(slave, F_SETFL, O_RDWR) < 0)
		fail("F_SETFL");
	n = read(slave, buf, len);
	if (fcntl(slave, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		fail("F_SETFL");
	return result(n);
}

static void host_get_termios(struct linux_termios2 *t)
{
	if (ioctl(slave, LINUX_TCGETS2, t))
		fail("TCGETS2");
}

static void host_set_termios(const struct linux_termios2 *t, bool flush)
{
	if (ioctl(slave, flush ? LINUX_TCSETSF2 : LINUX_TCSETS2, t))
		fail("TCSETS2");
}

static void host_flush(bool of_master, uint32_t queue)
{
	if (ioctl(of_master ? master : slave, TCFLSH, queue))
		fail("TCFLSH");
}

static void host_flow(uint32_t action)
{
	if (ioctl(slave, TCXONC, action))
		fail("TCXONC");
}

static void host_set_packet(bool is_on)
{
	int on = is_on;

	if (ioctl(master, TIOCPKT, &on))
		fail("TIOCPKT");
}

static void host_set_winsize(uint16_t row, uint16_t col)
{
	struct winsize size = {.ws_row = row, .ws_col = col};

	if (ioctl(master, TIOCSWINSZ, &size))
		fail("TIOCSWINSZ");
}

static uint32_t host_readable_count(void)
{
	int count;

	if (ioctl(slave, FIONREAD, &count))
		fail("FIONREAD");
	return (uint32_t)count;
}

static bool host_is_writable(void)
{
	struct pollfd fd = {.fd = slave, .events = POLLOUT};

	return poll(&fd, 1, 0) == 1 && fd.revents & POLLOUT;
}

static uint32_t host_signals(uint32_t sig)
{
	uint32_t count = (uint32_t)counts[sig];

	counts[sig] = 0;
	return count;
}

const struct pair_ops host_pair = {
	.open = host_open,
	.close = host_close,
	.master_read = host_master_read,
	.master_write = host_master_write,
	.slave_read = host_slave_read,
	.slave_write = host_slave_write,
	.slave_read_timed = host_slave_read_timed,
	.get_termios = host_get_termios,
	.set_termios = host_set_termios,
	.flush = host_flush,
	.flow = host_flow,
	.set_packet = host_set_packet,
	.set_winsize = host_set_winsize,
	.readable_count = host_readable_count,
	.is_writable = host_is_writable,
	.signals = host_signals,
};
