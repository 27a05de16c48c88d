/* Ours, over the fake kernel. */
#include <stdlib.h>
#include <string.h>

#include "compat/linux/pty/pty.h"
#include "compat/linux/uapi/poll.h"
#include "kernel/lib/errno.h"

#include "tests/unit/linux/pty_pair.h"

static struct pty *pty;
static uint32_t counts[65];

static void signal_slave(struct pty *p, uint32_t sig)
{
	(void)p;
	counts[sig]++;
}

static void wake(struct pty *p, uint32_t events)
{
	(void)p;
	(void)events;
}

static const struct pty_ops ops = {.signal = signal_slave, .wake = wake};

static void our_open(void)
{
	memset(counts, 0, sizeof(counts));
	if (pty_create(&ops, NULL, &pty))
		abort();
	pty_set_locked(pty, false);
	if (pty_slave_open(pty))
		abort();
}

static void our_close(void)
{
	pty_slave_close(pty);
	pty_master_close(pty);
	pty_destroy(pty);
}

static long our_master_read(uint8_t *buf, size_t len)
{
	size_t done;
	int err = pty_master_read(pty, buf, len, &done);

	return err ? err : (long)done;
}

static long our_master_write(const uint8_t *bytes, size_t len)
{
	size_t done;
	int err = pty_master_write(pty, bytes, len, &done);

	return err ? err : (long)done;
}

static long our_slave_read(uint8_t *buf, size_t len)
{
	struct ldisc_reader reader = {.buf = buf, .len = len};
	int err = pty_slave_read(pty, &reader, PTY_READ_BEGIN);

	return err && reader.done == 0 ? err : (long)reader.done;
}

static long our_slave_write(const uint8_t *bytes, size_t len)
{
	size_t done;
	int err = pty_slave_write(pty, bytes, len, &done);

	return err ? err : (long)done;
}

static long our_slave_read_timed(uint8_t *buf, size_t len)
{
	struct ldisc_reader reader = {.buf = buf, .len = len};
	enum pty_read_why why = PTY_READ_BEGIN;

	while (pty_slave_read(pty, &reader, why) == -EAGAIN) {
		/* Nobody types meanwhile: only the time can end it. */
		if (reader.timeout == KTIME_FOREVER)
			return -EINTR;
		why = PTY_READ_TIMEOUT;
	}
	return (long)reader.done;
}

static void our_get_termios(struct linux_termios2 *t)
{
	pty_get_termios(pty, t);
}

static void our_set_termios(const struct linux_termios2 *t, bool flush)
{
	pty_set_termios(pty, t, flush ? PTY_SET_FLUSH : PTY_SET_NOW);
}

static void our_flush(bool of_master, uint32_t queue)
{
	if (pty_flush(pty, of_master ? PTY_MASTER : PTY_SLAVE, queue))
		abort();
}

static void our_flow(uint32_t action)
{
	if (pty_flow(pty, action))
		abort();
}

static void our_set_packet(bool is_on)
{
	pty_set_packet(pty, is_on);
}

static void our_set_winsize(uint16_t row, uint16_t col)
{
	struct linux_winsize size = {.row = row, .col = col};

	pty_set_winsize(pty, &size);
}

static uint32_t our_readable_count(void)
{
	return pty_readable_count(pty, PTY_SLAVE);
}

static bool our_is_writable(void)
{
	return pty_slave_poll(pty) & LINUX_POLLOUT;
}

static uint32_t our_signals(uint32_t sig)
{
	uint32_t count = counts[sig];

	counts[sig] = 0;
	return count;
}

const struct pair_ops our_pair = {
	.open = our_open,
	.close = our_close,
	.master_read = our_master_read,
	.master_write = our_master_write,
	.slave_read = our_slave_read,
	.slave_write = our_slave_write,
	.slave_read_timed = our_slave_read_timed,
	.get_termios = our_get_termios,
	.set_termios = our_set_termios,
	.flush = our_flush,
	.flow = our_flow,
	.set_packet = our_set_packet,
	.set_winsize = our_set_winsize,
	.readable_count = our_readable_count,
	.is_writable = our_is_writable,
	.signals = our_signals,
};
