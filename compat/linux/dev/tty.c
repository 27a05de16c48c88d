/*
 * The console as a terminal: the line discipline in between (compat/linux/pty/ldisc.h),
 * readers and writers that wait, and a thread that brings what is typed.
 *
 * Signals that a key causes are noted under the lock and sent after it: who gets them is
 * a matter of the process tree, whose lock comes first.
 */
#include "compat/linux/dev/tty.h"

#include "compat/linux/dev/tty_impl.h"
#include "compat/linux/uapi/signal.h"
#include "kernel/core/time.h"
#include "kernel/dev/console.h"
#include "kernel/lib/bits.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/slab.h"
#include "kernel/sched/thread.h"
#include "kernel/vfs/file.h"
#include "kernel/vfs/poll.h"

#define WRITE_STEP 256u
#define ROWS 25
#define COLUMNS 80

static struct ltty console;

/* --- Below the line discipline --- */

/* The console takes everything at once. */
static size_t room(struct ldisc *ld UNUSED)
{
	return LDISC_BUF;
}

static void put(struct ldisc *ld, const uint8_t *bytes, size_t len)
{
	struct ltty *tty = container_of(ld, struct ltty, ld);

	tty->output((const char *)bytes, len);
}

static void flush_output(struct ldisc *ld UNUSED)
{
}

static void note_signal(struct ldisc *ld, uint32_t sig)
{
	container_of(ld, struct ltty, ld)->signals |= BIT(sig);
}

static void notify(struct ldisc *ld, uint32_t events)
{
	struct ltty *tty = container_of(ld, struct ltty, ld);

	if (events & LDISC_READABLE)
		waitq_wake_all(&tty->readers);
	if (events & (LDISC_WRITABLE | LDISC_STARTED))
		waitq_wake_all(&tty->writers);
	if (events & LDISC_INPUT_FLUSHED)
		waitq_wake_all(&tty->space);
}

static const struct ldisc_ops ldisc_ops = {
	.room = room,
	.put = put,
	.flush_output = flush_output,
	.signal = note_signal,
	.notify = notify,
};

uint64_t tty_take_signals(struct ltty *tty)
{
	uint64_t signals = tty->signals;

	tty->signals = 0;
	return signals;
}

/* --- Input --- */

static void receive(struct ltty *tty, uint8_t byte)
{
	uint64_t signals;
	int err = 0;

	spin_lock(&tty->lock);
	while (!err && ldisc_receive(&tty->ld, &byte, 1) == 0)
		err = waitq_sleep(&tty->space, &tty->lock, KTIME_FOREVER);
	signals = tty_take_signals(tty);
	spin_unlock(&tty->lock);
	tty_send_signals(tty, signals);
}

static void take_input(void *arg)
{
	char byte;

	for (;;) {
		if (console_read_char(KTIME_FOREVER, &byte) == 0)
			receive(arg, (uint8_t)byte);
	}
}

int tty_init(tty_output_fn *output)
{
	spin_lock_init(&console.lock, LOCK_OBJECT);
	waitq_init(&console.readers);
	waitq_init(&console.writers);
	waitq_init(&console.space);
	ldisc_init(&console.ld, &ldisc_ops);
	console.size = (struct linux_winsize){.row = ROWS, .col = COLUMNS};
	console.output = output;
	return thread_spawn("tty", take_input, &console);
}

/* --- Reading and writing --- */

static ssize_t read_into(struct ltty *tty, uint8_t *buf, size_t len, uint32_t flags)
{
	struct ldisc_reader reader;
	enum ldisc_read_state state;
	ktime_t deadline;
	int err = 0;

	spin_lock(&tty->lock);
	ldisc_read_begin(&tty->ld, &reader, buf, len);
	state = ldisc_read(&tty->ld, &reader);
	while (state == LDISC_READ_WAIT) {
		deadline = reader.timeout == KTIME_FOREVER ? KTIME_FOREVER
							   : time_after(reader.timeout);
		if (flags & OPEN_NONBLOCK)
			deadline = KTIME_POLL;
		err = waitq_sleep(&tty->readers, &tty->lock, deadline);
		if (err && err != -ETIMEDOUT)
			break;
		state = err ? ldisc_read_timeout(&tty->ld, &reader) : ldisc_read(&tty->ld, &reader);
		err = 0;
	}
	waitq_wake_all(&tty->space);
	spin_unlock(&tty->lock);
	return reader.done ? (ssize_t)reader.done : err;
}

static ssize_t tty_read(struct ltty *tty, struct file_io *io)
{
	size_t len = MIN(io->iter->left, LDISC_BUF);
	ssize_t done;
	uint8_t *buf;
	int err;

	if (len == 0)
		return 0;
	err = tty_check_foreground(tty, LINUX_SIGTTIN);
	if (err)
		return err;
	buf = kmem_alloc(len);
	if (!buf)
		return -ENOMEM;
	done = read_into(tty, buf, len, io->flags);
	if (done > 0) {
		done = (ssize_t)io_copy_out(io->iter, buf, (size_t)done);
		done = done ? done : -EFAULT;
	}
	kmem_free(buf, len);
	return done;
}

static int write_all(struct ltty *tty, const uint8_t *bytes, size_t len, uint32_t flags,
		     size_t *done)
{
	size_t moved;
	int err = 0;

	*done = 0;
	spin_lock(&tty->lock);
	while (!err && *done < len) {
		moved = ldisc_write(&tty->ld, bytes + *done, len - *done);
		*done += moved;
		if (moved == 0)
			err = waitq_sleep(&tty->writers, &tty->lock,
					  flags & OPEN_NONBLOCK ? KTIME_POLL : KTIME_FOREVER);
	}
	spin_unlock(&tty->lock);
	return err;
}

/* TOSTOP: the background may not write. */
static int check_write(struct ltty *tty)
{
	bool is_stopping;

	spin_lock(&tty->lock);
	is_stopping = (tty->ld.termios.lflag & LINUX_TOSTOP) != 0;
	spin_unlock(&tty->lock);
	return is_stopping ? tty_check_foreground(tty, LINUX_SIGTTOU) : 0;
}

static ssize_t tty_write(struct ltty *tty, struct file_io *io)
{
	uint8_t bytes[WRITE_STEP];
	size_t total = 0, step, moved, done;
	int err = check_write(tty);

	while (!err && io->iter->left > 0) {
		step = MIN(io->iter->left, WRITE_STEP);
		moved = io_copy_in(io->iter, bytes, step);
		err = write_all(tty, bytes, moved, io->flags, &done);
		total += done;
		if (!err && moved < step)
			err = -EFAULT;
		if (!err && thread_pending_interrupts(thread_current()) && io->iter->left > 0)
			err = -EINTR;
	}
	return total ? (ssize_t)total : err;
}

static uint32_t tty_poll(struct ltty *tty, struct poll_table *table)
{
	uint32_t ready = 0;

	spin_lock(&tty->lock);
	poll_wait(table, &tty->readers, &tty->lock);
	poll_wait(table, &tty->writers, &tty->lock);
	if (ldisc_is_readable(&tty->ld))
		ready |= READY_IN | READY_RDNORM;
	if (ldisc_is_writable(&tty->ld))
		ready |= READY_OUT | READY_WRNORM;
	spin_unlock(&tty->lock);
	return ready;
}

/* --- Files: both kinds keep the terminal in file->private --- */

static int open_console(struct file *file)
{
	file->private = &console;
	return 0;
}

static int open_own(struct file *file)
{
	file->private = tty_of_session();
	return file->private ? 0 : -ENXIO;
}

static ssize_t file_op_read(struct file *file, struct file_io *io)
{
	return tty_read(file->private, io);
}

static ssize_t file_op_write(struct file *file, struct file_io *io)
{
	return tty_write(file->private, io);
}

static uint32_t file_op_poll(struct file *file, struct poll_table *table)
{
	return tty_poll(file->private, table);
}

static int64_t file_op_control(struct file *file, uint32_t command, struct control_arg *arg)
{
	return tty_control(file->private, command, arg);
}

const struct file_ops tty_console_file_ops = {
	.open = open_console,
	.read = file_op_read,
	.write = file_op_write,
	.poll = file_op_poll,
	.control = file_op_control,
};

const struct file_ops tty_own_file_ops = {
	.open = open_own,
	.read = file_op_read,
	.write = file_op_write,
	.poll = file_op_poll,
	.control = file_op_control,
};
