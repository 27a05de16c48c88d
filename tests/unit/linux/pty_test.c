#include "compat/linux/pty/pty.h"

#include <string.h>

#include "compat/linux/pty/termios.h"
#include "compat/linux/uapi/poll.h"
#include "compat/linux/uapi/signal.h"
#include "kernel/lib/errno.h"

#include "tests/unit/fake/fake.h"
#include "tests/unit/unit.h"

static struct pty *pty;
static uint32_t woken;
static uint32_t last_signal;

static void on_signal(struct pty *p, uint32_t sig)
{
	assert_ptr_equal(pty_owner(p), &pty);
	last_signal = sig;
}

static void on_wake(struct pty *p, uint32_t events)
{
	(void)p;
	woken |= events;
}

static const struct pty_ops ops = {.signal = on_signal, .wake = on_wake};

static int setup(void **state)
{
	(void)state;
	fake_reset();
	woken = 0;
	last_signal = 0;
	return pty_create(&ops, &pty, &pty);
}

static int teardown(void **state)
{
	(void)state;
	pty_destroy(pty);
	fake_reset();
	return 0;
}

static void open_slave(void)
{
	pty_set_locked(pty, false);
	assert_int_equal(pty_slave_open(pty), 0);
}

static void type(const char *text)
{
	size_t done;

	assert_int_equal(pty_master_write(pty, (const uint8_t *)text, strlen(text), &done), 0);
	assert_int_equal(done, strlen(text));
}

static int slave_read(char *buf, size_t len, size_t *done)
{
	struct ldisc_reader reader = {.buf = (uint8_t *)buf, .len = len};
	int err = pty_slave_read(pty, &reader, PTY_READ_BEGIN);

	*done = reader.done;
	return err;
}

static void creation_can_fail(void **state)
{
	struct pty *other;

	(void)state;
	fake_fail_alloc(1);
	assert_int_equal(pty_create(&ops, NULL, &other), -ENOMEM);
}

static void a_locked_slave_does_not_open(void **state)
{
	(void)state;
	assert_true(pty_is_locked(pty));
	assert_int_equal(pty_slave_open(pty), -EIO);
	open_slave();
	pty_slave_close(pty);
	pty_master_close(pty);
	assert_int_equal(pty_slave_open(pty), -EIO);
}

static void input_waits_for_the_slave(void **state)
{
	uint8_t screen[16];
	char buf[16];
	size_t done;

	(void)state;
	assert_int_equal(pty_master_read(pty, screen, 16, &done), -EAGAIN);
	assert_int_equal(pty_master_poll(pty), LINUX_POLLOUT | LINUX_POLLWRNORM);
	type("hi\n");
	assert_int_equal(pty_master_read(pty, screen, 16, &done), -EAGAIN);
	open_slave();
	assert_true(woken & PTY_SLAVE_READABLE);
	assert_int_equal(slave_read(buf, 16, &done), 0);
	assert_int_equal(done, 3);
	assert_int_equal(pty_master_read(pty, screen, 16, &done), 0);
	assert_memory_equal(screen, "hi\r\n", 4);
}

static void a_closed_slave_is_eio_after_the_rest(void **state)
{
	uint8_t screen[16];
	size_t done;

	(void)state;
	open_slave();
	open_slave();
	assert_int_equal(pty_slave_write(pty, (const uint8_t *)"bye", 3, &done), 0);
	pty_slave_close(pty);
	assert_false(pty_master_poll(pty) & LINUX_POLLHUP);
	woken = 0;
	pty_slave_close(pty);
	assert_true(woken & PTY_MASTER_READABLE);
	assert_true(pty_master_poll(pty) & LINUX_POLLHUP);
	assert_int_equal(pty_master_read(pty, screen, 16, &done), 0);
	assert_int_equal(done, 3);
	assert_int_equal(pty_master_read(pty, screen, 16, &done), -EIO);
	type("still taken\n");
	open_slave();
	assert_false(pty_master_poll(pty) & LINUX_POLLHUP);
}

static void hanging_up_ends_the_slave(void **state)
{
	char buf[16];
	size_t done;

	(void)state;
	open_slave();
	type("line\n");
	woken = 0;
	pty_master_close(pty);
	assert_true(woken & PTY_SLAVE_READABLE && woken & PTY_SLAVE_WRITABLE);
	assert_int_equal(slave_read(buf, 16, &done), 0);
	assert_int_equal(done, 0);
	assert_int_equal(pty_slave_write(pty, (const uint8_t *)"x", 1, &done), -EIO);
	assert_true(pty_slave_poll(pty) & LINUX_POLLHUP);
}

static void writers_wait_and_are_woken(void **state)
{
	static uint8_t bytes[20000], back[20000];
	struct linux_termios2 t;
	size_t done, total = 0, read = 0;
	int err;

	(void)state;
	open_slave();
	pty_get_termios(pty, &t);
	t.oflag = 0;
	pty_set_termios(pty, &t, PTY_SET_NOW);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7 >> 3);
	while (total < sizeof(bytes)) {
		err = pty_slave_write(pty, bytes + total, sizeof(bytes) - total, &done);
		if (err == 0) {
			total += done;
			continue;
		}
		assert_int_equal(err, -EAGAIN);
		assert_false(pty_slave_poll(pty) & LINUX_POLLOUT);
		woken = 0;
		assert_int_equal(pty_master_read(pty, back + read, 1000, &done), 0);
		read += done;
		assert_true(woken & PTY_SLAVE_WRITABLE);
		assert_true(pty_slave_poll(pty) & LINUX_POLLOUT);
	}
	while (pty_master_read(pty, back + read, sizeof(back) - read, &done) == 0)
		read += done;
	assert_int_equal(read, sizeof(bytes));
	assert_memory_equal(back, bytes, read);
}

static void the_master_waits_too(void **state)
{
	static uint8_t bytes[1000], buf[4096];
	size_t total = 0, done, read = 0;
	struct linux_termios2 t;

	(void)state;
	open_slave();
	pty_get_termios(pty, &t);
	t.lflag = 0;
	pty_set_termios(pty, &t, PTY_SET_NOW);
	while (pty_master_write(pty, bytes, sizeof(bytes), &done) == 0)
		total += done;
	assert_false(pty_master_poll(pty) & LINUX_POLLOUT);
	woken = 0;
	while (slave_read((char *)buf, sizeof(buf), &done) == 0)
		read += done;
	assert_int_equal(read, total);
	assert_true(woken & PTY_MASTER_WRITABLE);
}

static void vmin_and_vtime_in_steps(void **state)
{
	struct ldisc_reader reader;
	struct linux_termios2 t;
	uint8_t buf[300];

	(void)state;
	open_slave();
	pty_get_termios(pty, &t);
	t.lflag = 0;
	t.cc[LINUX_VMIN] = 100;
	t.cc[LINUX_VTIME] = 5;
	pty_set_termios(pty, &t, PTY_SET_NOW);
	reader = (struct ldisc_reader){.buf = buf, .len = sizeof(buf)};
	assert_int_equal(pty_slave_read(pty, &reader, PTY_READ_BEGIN), -EAGAIN);
	/* The time begins with the first byte. */
	assert_int_equal(reader.timeout, KTIME_FOREVER);
	type("abc");
	assert_int_equal(pty_slave_read(pty, &reader, PTY_READ_AGAIN), -EAGAIN);
	assert_int_equal(reader.done, 3);
	assert_int_equal(reader.timeout, 500 * NSEC_PER_MSEC);
	type("d");
	/* Bytes that come just before the time is up begin it anew. */
	assert_int_equal(pty_slave_read(pty, &reader, PTY_READ_TIMEOUT), -EAGAIN);
	assert_int_equal(reader.timeout, 500 * NSEC_PER_MSEC);
	assert_int_equal(pty_slave_read(pty, &reader, PTY_READ_TIMEOUT), 0);
	assert_int_equal(reader.done, 4);
}

static void bad_requests(void **state)
{
	(void)state;
	assert_int_equal(pty_flush(pty, PTY_SLAVE, 3), -EINVAL);
	assert_int_equal(pty_flow(pty, 4), -EINVAL);
	assert_int_equal(pty_send_signal(pty, LINUX_SIGKILL), -EINVAL);
	assert_int_equal(last_signal, 0);
	assert_int_equal(pty_send_signal(pty, LINUX_SIGINT), 0);
	assert_int_equal(last_signal, LINUX_SIGINT);
}

static void older_settings(void **state)
{
	struct linux_termios2 t;
	struct linux_termios old;
	struct linux_termio oldest;

	(void)state;
	termios_init(&t);
	termios_to_old(&t, &old);
	old.cflag = LINUX_B115200 | LINUX_CS8;
	termios_from_old(&t, &old);
	assert_int_equal(t.ospeed, 115200);
	assert_int_equal(t.ispeed, 115200);
	old.cflag = LINUX_B9600 | LINUX_CS8;
	termios_from_old(&t, &old);
	assert_int_equal(t.ospeed, 9600);
	t.cflag = LINUX_BOTHER;
	t.ospeed = 12345;
	termios_fix_speed(&t);
	assert_int_equal(t.ospeed, 12345);
	t.iflag = 0x50001;
	termios_to_termio(&t, &oldest);
	assert_int_equal(oldest.iflag, 1);
	oldest.iflag = 2;
	termios_from_termio(&t, &oldest);
	assert_int_equal(t.iflag, 0x50002);
}

#define PTY_TEST(function, sentence)                                                               \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = setup,                  \
		.teardown_func = teardown                                                          \
	}

static const struct CMUnitTest tests[] = {
	PTY_TEST(creation_can_fail, "create without memory is -ENOMEM"),
	PTY_TEST(a_locked_slave_does_not_open, "a locked or hung up slave does not open"),
	PTY_TEST(input_waits_for_the_slave, "input waits until a slave is opened"),
	PTY_TEST(a_closed_slave_is_eio_after_the_rest, "a closed slave is -EIO after the rest"),
	PTY_TEST(hanging_up_ends_the_slave, "a closed master is an end of file and -EIO"),
	PTY_TEST(writers_wait_and_are_woken, "a slave that writes waits for the master's reads"),
	PTY_TEST(the_master_waits_too, "a master that writes waits for the slave's reads"),
	PTY_TEST(vmin_and_vtime_in_steps, "VTIME begins with the first byte and with each more"),
	PTY_TEST(bad_requests, "what no terminal has is -EINVAL"),
	PTY_TEST(older_settings, "older forms of settings are translated"),
};

int main(void)
{
	return RUN_TESTS("linux/pty");
}
