#include "compat/linux/pty/pty.h"

#include "compat/linux/uapi/poll.h"
#include "compat/linux/uapi/signal.h"
#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

#define QUEUE_SIZE 8192u /* a power of two */

struct queue {
	uint32_t head; /* running counts */
	uint32_t tail;
	uint8_t buf[QUEUE_SIZE];
};

struct pty {
	struct ldisc ld;
	const struct pty_ops *ops; /* const */
	void *owner;		   /* const */
	struct linux_winsize winsize;
	uint32_t slaves; /* open ones */
	bool was_opened; /* a slave, ever */
	bool has_master;
	bool is_locked;
	bool is_packet;
	uint8_t status;	     /* LINUX_TIOCPKT_..., to be read in packet mode */
	struct queue input;  /* from the master, not yet in the line discipline */
	struct queue output; /* for the master */
};

static uint32_t queue_fill(const struct queue *q)
{
	return q->head - q->tail;
}

static uint32_t queue_room(const struct queue *q)
{
	return QUEUE_SIZE - queue_fill(q);
}

static void queue_put(struct queue *q, const uint8_t *bytes, size_t len)
{
	uint32_t at = q->head % QUEUE_SIZE;
	size_t first = MIN(len, QUEUE_SIZE - at);

	DEBUG_ASSERT(len <= queue_room(q));
	memcpy(q->buf + at, bytes, first);
	memcpy(q->buf, bytes + first, len - first);
	q->head += (uint32_t)len;
}

/* What can be taken in one piece: its length. */
static size_t queue_peek(const struct queue *q, const uint8_t **bytes)
{
	uint32_t at = q->tail % QUEUE_SIZE;

	*bytes = q->buf + at;
	return MIN(queue_fill(q), QUEUE_SIZE - at);
}

static size_t queue_take(struct queue *q, uint8_t *buf, size_t len)
{
	size_t done = 0;

	while (done < len && queue_fill(q) > 0) {
		const uint8_t *bytes;
		size_t n = queue_peek(q, &bytes);

		n = MIN(n, len - done);
		memcpy(buf + done, bytes, n);
		q->tail += (uint32_t)n;
		done += n;
	}
	return done;
}

static void queue_drop(struct queue *q)
{
	q->tail = q->head;
}

/* --- What the line discipline wants of its device --- */

static struct pty *pty_of(struct ldisc *ld)
{
	return container_of(ld, struct pty, ld);
}

static void add_status(struct pty *pty, uint8_t set, uint8_t clear)
{
	if (!pty->is_packet)
		return;
	pty->status = (uint8_t)((pty->status & ~clear) | set);
	pty->ops->wake(pty, PTY_MASTER_READABLE);
}

static size_t device_room(struct ldisc *ld)
{
	return queue_room(&pty_of(ld)->output);
}

static void device_put(struct ldisc *ld, const uint8_t *bytes, size_t len)
{
	struct pty *pty = pty_of(ld);

	queue_put(&pty->output, bytes, len);
	pty->ops->wake(pty, PTY_MASTER_READABLE);
}

static void device_flush_output(struct ldisc *ld)
{
	struct pty *pty = pty_of(ld);

	queue_drop(&pty->output);
	add_status(pty, LINUX_TIOCPKT_FLUSHWRITE, 0);
	pty->ops->wake(pty, PTY_SLAVE_WRITABLE);
}

static void device_signal(struct ldisc *ld, uint32_t sig)
{
	struct pty *pty = pty_of(ld);

	pty->ops->signal(pty, sig);
}

static void device_notify(struct ldisc *ld, uint32_t events)
{
	struct pty *pty = pty_of(ld);
	uint32_t wake = 0;

	if (events & LDISC_STOPPED)
		add_status(pty, LINUX_TIOCPKT_STOP, LINUX_TIOCPKT_START);
	if (events & LDISC_STARTED)
		add_status(pty, LINUX_TIOCPKT_START, LINUX_TIOCPKT_STOP);
	if (events & LDISC_INPUT_FLUSHED)
		add_status(pty, LINUX_TIOCPKT_FLUSHREAD, 0);
	if (events & LDISC_READABLE)
		wake |= PTY_SLAVE_READABLE;
	if (events & LDISC_WRITABLE)
		wake |= PTY_SLAVE_WRITABLE;
	if (wake)
		pty->ops->wake(pty, wake);
}

static const struct ldisc_ops device_ops = {
	.room = device_room,
	.put = device_put,
	.flush_output = device_flush_output,
	.signal = device_signal,
	.notify = device_notify,
};

/* Lets waiting input in, as far as there is room now. */
static void push_input(struct pty *pty)
{
	bool is_moved = false;

	if (!pty->was_opened)
		return;
	while (queue_fill(&pty->input) > 0) {
		const uint8_t *bytes;
		size_t len = queue_peek(&pty->input, &bytes);
		size_t done = ldisc_receive(&pty->ld, bytes, len);

		pty->input.tail += (uint32_t)done;
		is_moved = is_moved || done > 0;
		if (done < len)
			break;
	}
	if (is_moved)
		pty->ops->wake(pty, PTY_MASTER_WRITABLE);
}

/* --- Life --- */

int pty_create(const struct pty_ops *ops, void *owner, struct pty **out)
{
	struct pty *pty = kmem_zalloc(sizeof(*pty));

	if (!pty)
		return -ENOMEM;
	ldisc_init(&pty->ld, &device_ops);
	pty->ops = ops;
	pty->owner = owner;
	pty->has_master = true;
	pty->is_locked = true;
	*out = pty;
	return 0;
}

void pty_destroy(struct pty *pty)
{
	kmem_free(pty, sizeof(*pty));
}

void *pty_owner(const struct pty *pty)
{
	return pty->owner;
}

int pty_slave_open(struct pty *pty)
{
	if (pty->is_locked || !pty->has_master)
		return -EIO;
	pty->slaves++;
	pty->was_opened = true;
	push_input(pty);
	return 0;
}

void pty_slave_close(struct pty *pty)
{
	ASSERT(pty->slaves > 0);
	pty->slaves--;
	if (pty->slaves == 0)
		pty->ops->wake(pty, PTY_MASTER_READABLE | PTY_MASTER_WRITABLE);
}

void pty_master_close(struct pty *pty)
{
	pty->has_master = false;
	ldisc_flush_input(&pty->ld);
	queue_drop(&pty->input);
	queue_drop(&pty->output);
	pty->ops->wake(pty, PTY_SLAVE_READABLE | PTY_SLAVE_WRITABLE);
}

void pty_set_locked(struct pty *pty, bool is_locked)
{
	pty->is_locked = is_locked;
}

bool pty_is_locked(const struct pty *pty)
{
	return pty->is_locked;
}

/* --- Reading and writing --- */

static bool is_slave_gone(const struct pty *pty)
{
	return pty->was_opened && pty->slaves == 0;
}

static int read_packet(struct pty *pty, uint8_t *buf, size_t len, size_t *done)
{
	buf[0] = pty->status;
	*done = 1;
	if (pty->status != 0) {
		pty->status = 0;
		return 0;
	}
	*done += queue_take(&pty->output, buf + 1, len - 1);
	return 0;
}

int pty_master_read(struct pty *pty, uint8_t *buf, size_t len, size_t *done)
{
	bool has_status = pty->is_packet && pty->status != 0;
	int err = 0;

	if (queue_fill(&pty->output) == 0 && !has_status)
		return is_slave_gone(pty) ? -EIO : -EAGAIN;
	if (pty->is_packet)
		err = read_packet(pty, buf, len, done);
	else
		*done = queue_take(&pty->output, buf, len);
	ldisc_push_echo(&pty->ld);
	pty->ops->wake(pty, PTY_SLAVE_WRITABLE);
	return err;
}

int pty_master_write(struct pty *pty, const uint8_t *bytes, size_t len, size_t *done)
{
	size_t n = MIN(len, queue_room(&pty->input));

	if (n == 0)
		return -EAGAIN;
	queue_put(&pty->input, bytes, n);
	push_input(pty);
	*done = n;
	return 0;
}

int pty_slave_write(struct pty *pty, const uint8_t *bytes, size_t len, size_t *done)
{
	size_t n;

	if (!pty->has_master)
		return -EIO;
	n = ldisc_write(&pty->ld, bytes, len);
	if (n == 0)
		return -EAGAIN;
	*done = n;
	return 0;
}

int pty_slave_read(struct pty *pty, struct ldisc_reader *reader, enum pty_read_why why)
{
	enum ldisc_read_state state;

	if (why == PTY_READ_BEGIN)
		ldisc_read_begin(&pty->ld, reader, reader->buf, reader->len);
	if (!pty->has_master)
		return 0;
	if (why == PTY_READ_TIMEOUT)
		state = ldisc_read_timeout(&pty->ld, reader);
	else
		state = ldisc_read(&pty->ld, reader);
	push_input(pty);
	return state == LDISC_READ_DONE ? 0 : -EAGAIN;
}

uint32_t pty_master_poll(struct pty *pty)
{
	uint32_t mask = 0;

	if (queue_fill(&pty->output) > 0)
		mask |= LINUX_POLLIN | LINUX_POLLRDNORM;
	if (pty->is_packet && pty->status != 0)
		mask |= LINUX_POLLPRI | LINUX_POLLIN | LINUX_POLLRDNORM;
	if (queue_room(&pty->input) > 0)
		mask |= LINUX_POLLOUT | LINUX_POLLWRNORM;
	if (is_slave_gone(pty))
		mask |= LINUX_POLLHUP;
	return mask;
}

uint32_t pty_slave_poll(struct pty *pty)
{
	uint32_t mask = 0;

	if (!pty->has_master)
		return LINUX_POLLIN | LINUX_POLLOUT | LINUX_POLLERR | LINUX_POLLHUP |
		       LINUX_POLLRDNORM | LINUX_POLLWRNORM;
	if (ldisc_is_readable(&pty->ld))
		mask |= LINUX_POLLIN | LINUX_POLLRDNORM;
	if (ldisc_is_writable(&pty->ld))
		mask |= LINUX_POLLOUT | LINUX_POLLWRNORM;
	return mask;
}

/* --- ioctl_tty(2) --- */

void pty_get_termios(const struct pty *pty, struct linux_termios2 *t)
{
	*t = pty->ld.termios;
}

/* Whether ^S and ^Q are the keys, so that the other end may handle them itself. */
static bool has_usual_flow(const struct linux_termios2 *t)
{
	return t->iflag & LINUX_IXON && t->cc[LINUX_VSTOP] == 0x13 && t->cc[LINUX_VSTART] == 0x11;
}

static void tell_change(struct pty *pty, const struct linux_termios2 *old,
			const struct linux_termios2 *new)
{
	bool had_flow = has_usual_flow(old), has_flow = has_usual_flow(new);

	if (had_flow != has_flow)
		add_status(pty, has_flow ? LINUX_TIOCPKT_DOSTOP : LINUX_TIOCPKT_NOSTOP,
			   LINUX_TIOCPKT_DOSTOP | LINUX_TIOCPKT_NOSTOP);
	if ((old->lflag | new->lflag) & LINUX_EXTPROC)
		add_status(pty, LINUX_TIOCPKT_IOCTL, 0);
}

void pty_set_termios(struct pty *pty, const struct linux_termios2 *t, enum pty_set how)
{
	struct linux_termios2 old = pty->ld.termios, new = *t;

	if (how == PTY_SET_FLUSH)
		ldisc_flush_input(&pty->ld);
	/* There is no line whose bits could be counted. */
	new.cflag &= ~(uint32_t)(LINUX_CSIZE | LINUX_PARENB);
	new.cflag |= LINUX_CS8 | LINUX_CREAD;
	tell_change(pty, &old, &new);
	ldisc_set_termios(&pty->ld, &new);
	push_input(pty);
}

void pty_get_winsize(const struct pty *pty, struct linux_winsize *size)
{
	*size = pty->winsize;
}

void pty_set_winsize(struct pty *pty, const struct linux_winsize *size)
{
	if (memcmp(&pty->winsize, size, sizeof(*size)) == 0)
		return;
	pty->winsize = *size;
	pty->ops->signal(pty, LINUX_SIGWINCH);
}

static void flush_input(struct pty *pty, enum pty_end end)
{
	if (end == PTY_SLAVE) {
		ldisc_flush_input(&pty->ld);
		push_input(pty);
		return;
	}
	queue_drop(&pty->output);
	ldisc_push_echo(&pty->ld);
	pty->ops->wake(pty, PTY_SLAVE_WRITABLE);
}

static void flush_output(struct pty *pty, enum pty_end end)
{
	if (end == PTY_SLAVE) {
		device_flush_output(&pty->ld);
		return;
	}
	queue_drop(&pty->input);
	pty->ops->wake(pty, PTY_MASTER_WRITABLE);
}

int pty_flush(struct pty *pty, enum pty_end end, uint32_t queue)
{
	if (queue != LINUX_TCIFLUSH && queue != LINUX_TCOFLUSH && queue != LINUX_TCIOFLUSH)
		return -EINVAL;
	if (queue != LINUX_TCOFLUSH)
		flush_input(pty, end);
	if (queue != LINUX_TCIFLUSH)
		flush_output(pty, end);
	return 0;
}

/* A byte for the master that no stop holds up. */
static void send_flow_byte(struct pty *pty, uint8_t c)
{
	if (c != 0 && queue_room(&pty->output) > 0)
		device_put(&pty->ld, &c, 1);
}

int pty_flow(struct pty *pty, uint32_t action)
{
	switch (action) {
	case LINUX_TCOOFF:
		ldisc_stop(&pty->ld);
		return 0;
	case LINUX_TCOON:
		ldisc_start(&pty->ld);
		return 0;
	case LINUX_TCIOFF:
		send_flow_byte(pty, pty->ld.termios.cc[LINUX_VSTOP]);
		return 0;
	case LINUX_TCION:
		send_flow_byte(pty, pty->ld.termios.cc[LINUX_VSTART]);
		return 0;
	default:
		return -EINVAL;
	}
}

void pty_set_packet(struct pty *pty, bool is_packet)
{
	if (is_packet && !pty->is_packet)
		pty->status = 0;
	pty->is_packet = is_packet;
}

bool pty_is_packet(const struct pty *pty)
{
	return pty->is_packet;
}

int pty_send_signal(struct pty *pty, uint32_t sig)
{
	if (sig != LINUX_SIGINT && sig != LINUX_SIGQUIT && sig != LINUX_SIGTSTP)
		return -EINVAL;
	pty->ops->signal(pty, sig);
	return 0;
}

uint32_t pty_readable_count(const struct pty *pty, enum pty_end end)
{
	return end == PTY_SLAVE ? ldisc_readable_count(&pty->ld) : queue_fill(&pty->output);
}
