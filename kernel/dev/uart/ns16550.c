/*
 * 16550 UART.
 *
 * Everything that is sent passes through one ring per port under the port's
 * lock. A write fills the ring and moves as much as the transmitter takes at
 * once; the rest is moved by the interrupt "transmitter empty", or, before
 * interrupts work and after a panic, by polling in the same call.
 *
 * The line is edge-triggered: it interrupts when it rises, and a cause that is
 * left pending keeps it high for ever, without another interrupt, in both
 * directions. Three rules make a lost edge harmless:
 *
 *	1. The handler asks until the chip says that nothing is pending, and looks
 *	   at the line status itself instead of believing the stated cause.
 *	2. The handler, and each write that finds work left in either direction,
 *	   disable and enable all causes: what is pending by then makes a new edge.
 *	3. A write moves what it can whether or not an interrupt was due.
 *
 * Waiting for the chip is bounded. A transmitter that times out counts as
 * stalled: its bytes are dropped, and it is not waited for again until it has
 * shown itself empty.
 *
 * Lock order: the port's lock is innermost: whoever logs may hold any other.
 */
#include "kernel/dev/uart/ns16550.h"

#include "kernel/arch/io.h"
#include "kernel/core/irq.h"
#include "kernel/core/random.h"
#include "kernel/core/spinlock.h"
#include "kernel/dev/console.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/ring.h"
#include "kernel/lib/string.h"

/* Registers, as offsets from the base port (National PC16550D, table II). */
#define REG_DATA 0 /* receive and transmit; with LCR_DLAB the divisor's low byte */
#define REG_IER 1  /* with LCR_DLAB the divisor's high byte */
#define REG_IIR 2  /* read */
#define REG_FCR 2  /* write */
#define REG_LCR 3
#define REG_MCR 4
#define REG_LSR 5
#define REG_MSR 6
#define REG_SCRATCH 7

#define IER_RECEIVE 0x01
#define IER_TRANSMIT 0x02
#define IIR_NONE_PENDING 0x01
#define IIR_FIFOS_ON 0xc0
#define FCR_ENABLE_AND_CLEAR 0x07
#define FCR_TRIGGER_4 0x40 /* interrupt at four bytes, or when the line falls silent */
#define LCR_8N1 0x03
#define LCR_DLAB 0x80
#define MCR_DTR_RTS 0x03
#define MCR_OUT2 0x08 /* on a PC it connects the interrupt line */
#define MCR_LOOP 0x10
#define LSR_DATA_READY 0x01
#define LSR_BREAK 0x10
#define LSR_THR_EMPTY 0x20
#define LSR_ALL_SENT 0x40

#define DIVISOR_115200 1
#define FIFO_SIZE 16u
#define TX_RING_SIZE 4096u
/* A poll takes about a microsecond, a full FIFO at 115200 baud 1.4 ms. */
#define MAX_POLLS 50000
#define MAX_ROUNDS 64
#define RX_BATCH 32u

struct ns16550 {
	struct spinlock lock;
	struct ring tx GUARDED_BY(&lock);
	bool is_stalled GUARDED_BY(&lock);
	bool has_interrupts GUARDED_BY(&lock);

	/* Constant after ns16550_init() and ns16550_log_sink(). */
	bool is_present;
	uint8_t tx_burst;
	uint16_t base;
	uint8_t isa_line;
	const char *name;
	struct log_sink sink;
	uint8_t tx_buf[TX_RING_SIZE]; /* the ring's */
};

static struct ns16550 ports[NS16550_COUNT] = {
	{.lock = SPINLOCK_INIT(LOCK_UART), .base = 0x3f8, .isa_line = 4, .name = "com1"},
	{.lock = SPINLOCK_INIT(LOCK_UART), .base = 0x2f8, .isa_line = 3, .name = "com2"},
};

static uint8_t reg_read(const struct ns16550 *port, uint16_t reg)
{
	return arch_io_read8((uint16_t)(port->base + reg));
}

static void reg_write(const struct ns16550 *port, uint16_t reg, uint8_t value)
{
	arch_io_write8((uint16_t)(port->base + reg), value);
}

/*
 * After a panic the other CPUs are stopped wherever they were, perhaps in here:
 * then nobody waits for the lock. Taking and leaving are a pair in each caller,
 * which the analysis cannot see through a condition.
 */
static irqflags_t port_lock(struct ns16550 *port) ACQUIRES(&port->lock)
NO_THREAD_SAFETY_ANALYSIS;
static void port_unlock(struct ns16550 *port, irqflags_t flags) RELEASES(&port->lock)
NO_THREAD_SAFETY_ANALYSIS;

static irqflags_t port_lock(struct ns16550 *port)
{
	if (log_is_panicking())
		return arch_irq_save();
	return spin_lock_irqsave(&port->lock);
}

static void port_unlock(struct ns16550 *port, irqflags_t flags)
{
	if (log_is_panicking())
		arch_irq_restore(flags);
	else
		spin_unlock_irqrestore(&port->lock, flags);
}

/* Moves bytes from the ring while the transmitter takes them. */
static void pump_locked(struct ns16550 *port) REQUIRES(&port->lock);

static void pump_locked(struct ns16550 *port)
{
	uint8_t burst[FIFO_SIZE];
	size_t count;

	while (ring_fill(&port->tx) > 0 && (reg_read(port, REG_LSR) & LSR_THR_EMPTY)) {
		port->is_stalled = false;
		count = ring_read(&port->tx, burst, port->tx_burst);
		for (size_t i = 0; i < count; i++)
			reg_write(port, REG_DATA, burst[i]);
	}
}

/* Polls until at most limit bytes are left in the ring, or the transmitter stalls. */
static void drain_locked(struct ns16550 *port, uint32_t limit) REQUIRES(&port->lock);

static void drain_locked(struct ns16550 *port, uint32_t limit)
{
	uint32_t before;
	int polls = 0;

	pump_locked(port);
	while (ring_fill(&port->tx) > limit) {
		if (port->is_stalled || ++polls > MAX_POLLS) {
			port->is_stalled = true;
			ring_init(&port->tx, port->tx_buf, TX_RING_SIZE);
			return;
		}
		before = ring_fill(&port->tx);
		pump_locked(port);
		if (ring_fill(&port->tx) != before)
			polls = 0;
	}
}

static void put_locked(struct ns16550 *port, const char *text, size_t len) REQUIRES(&port->lock);

static void put_locked(struct ns16550 *port, const char *text, size_t len)
{
	size_t count;

	while (len > 0) {
		count = ring_write(&port->tx, text, len);
		text += count;
		len -= count;
		/* Make room for at least a burst; more comes while we copy. */
		if (len > 0)
			drain_locked(port, TX_RING_SIZE - FIFO_SIZE);
	}
}

/* Makes the line rise for whatever is pending, even if it is high already. */
static void new_edge_locked(struct ns16550 *port) REQUIRES(&port->lock);

static void new_edge_locked(struct ns16550 *port)
{
	reg_write(port, REG_IER, 0);
	reg_write(port, REG_IER,
		  ring_fill(&port->tx) > 0 ? IER_RECEIVE | IER_TRANSMIT : IER_RECEIVE);
}

/* Sends what was put: now, or as soon as the interrupts come. */
static void start_locked(struct ns16550 *port) REQUIRES(&port->lock);

static void start_locked(struct ns16550 *port)
{
	if (!port->has_interrupts || log_is_panicking()) {
		drain_locked(port, 0);
		return;
	}
	pump_locked(port);
	if (ring_fill(&port->tx) > 0 || (reg_read(port, REG_LSR) & LSR_DATA_READY))
		new_edge_locked(port);
}

bool ns16550_is_present(unsigned int index)
{
	return index < NS16550_COUNT && ports[index].is_present;
}

void ns16550_write(unsigned int index, const char *text, size_t len)
{
	struct ns16550 *port;
	irqflags_t flags;

	if (!ns16550_is_present(index))
		return;
	port = &ports[index];
	flags = port_lock(port);
	put_locked(port, text, len);
	start_locked(port);
	port_unlock(port, flags);
}

void ns16550_flush(unsigned int index)
{
	struct ns16550 *port;
	irqflags_t flags;

	if (!ns16550_is_present(index))
		return;
	port = &ports[index];
	flags = port_lock(port);
	drain_locked(port, 0);
	for (int i = 0; i < MAX_POLLS && !(reg_read(port, REG_LSR) & LSR_ALL_SENT); i++)
		arch_cpu_relax();
	port_unlock(port, flags);
}

static void sink_write(struct log_sink *sink, const char *text, size_t len)
{
	struct ns16550 *port = container_of(sink, struct ns16550, sink);
	irqflags_t flags = port_lock(port);

	while (len > 0) {
		const char *newline = memchr(text, '\n', len);
		size_t count = newline ? (size_t)(newline - text) : len;

		put_locked(port, text, count);
		if (newline) {
			put_locked(port, "\r\n", 2);
			count++;
		}
		text += count;
		len -= count;
	}
	start_locked(port);
	port_unlock(port, flags);
}

static void sink_flush(struct log_sink *sink)
{
	struct ns16550 *port = container_of(sink, struct ns16550, sink);

	ns16550_flush((unsigned int)(port - ports));
}

struct log_sink *ns16550_log_sink(unsigned int index)
{
	struct log_sink *sink = &ports[index].sink;

	if (!sink->write) {
		sink->write = sink_write;
		sink->flush = sink_flush;
		sink->max_level = LOG_LEVEL_DEBUG;
	}
	return sink;
}

/* Whether a register keeps what is written; an empty bus reads as all ones. */
static bool scratch_works(const struct ns16550 *port)
{
	reg_write(port, REG_SCRATCH, 0x5a);
	if (reg_read(port, REG_SCRATCH) != 0x5a)
		return false;
	reg_write(port, REG_SCRATCH, 0xa5);
	return reg_read(port, REG_SCRATCH) == 0xa5;
}

int ns16550_init(unsigned int index)
{
	struct ns16550 *port;
	irqflags_t flags;

	if (index >= NS16550_COUNT)
		return -ENODEV;
	port = &ports[index];
	if (port->is_present)
		return 0;
	if (!scratch_works(port))
		return -ENODEV;

	flags = port_lock(port);
	ring_init(&port->tx, port->tx_buf, TX_RING_SIZE);
	reg_write(port, REG_IER, 0);
	reg_write(port, REG_LCR, LCR_DLAB);
	reg_write(port, REG_DATA, DIVISOR_115200);
	reg_write(port, REG_IER, 0);
	reg_write(port, REG_LCR, LCR_8N1);
	reg_write(port, REG_FCR, FCR_ENABLE_AND_CLEAR | FCR_TRIGGER_4);
	reg_write(port, REG_MCR, MCR_DTR_RTS);
	/* An 8250 or 16450 has no FIFO: one byte at a time. */
	if ((reg_read(port, REG_IIR) & IIR_FIFOS_ON) == IIR_FIFOS_ON)
		port->tx_burst = FIFO_SIZE;
	else
		port->tx_burst = 1;
	port->is_present = true;
	port_unlock(port, flags);
	return 0;
}

/* Takes up to RX_BATCH received bytes; what came with a break is no character. */
static size_t receive_locked(struct ns16550 *port, char *out) REQUIRES(&port->lock);

static size_t receive_locked(struct ns16550 *port, char *out)
{
	size_t count = 0;

	for (uint32_t i = 0; i < RX_BATCH; i++) {
		uint8_t status = reg_read(port, REG_LSR);
		uint8_t byte;

		if (!(status & LSR_DATA_READY))
			break;
		byte = reg_read(port, REG_DATA);
		if (!(status & LSR_BREAK))
			out[count++] = (char)byte;
	}
	return count;
}

/* One round: false when the chip has nothing more to say. */
static bool service(struct ns16550 *port)
{
	char received[RX_BATCH];
	size_t count;
	irqflags_t flags = port_lock(port);
	bool is_pending = !(reg_read(port, REG_IIR) & IIR_NONE_PENDING);
	bool is_more;

	count = receive_locked(port, received);
	pump_locked(port);
	is_more = is_pending || count > 0;
	if (is_more) {
		(void)reg_read(port, REG_MSR); /* ends the cause "modem status" */
	} else {
		new_edge_locked(port);
	}
	port_unlock(port, flags);

	if (count > 0) {
		random_add_event((uint8_t)received[0]);
		console_input(received, count);
	}
	return is_more;
}

static void handle_interrupt(void *ctx)
{
	struct ns16550 *port = ctx;

	for (int i = 0; i < MAX_ROUNDS; i++)
		if (!service(port))
			return;
}

int ns16550_enable_interrupts(unsigned int index)
{
	struct ns16550 *port;
	irqflags_t flags;
	int err;

	if (!ns16550_is_present(index))
		return -ENODEV;
	port = &ports[index];
	err = irq_request_isa(port->isa_line, handle_interrupt, port, port->name);
	if (err)
		return err;

	flags = port_lock(port);
	drain_locked(port, 0);
	port->has_interrupts = true;
	reg_write(port, REG_MCR, MCR_DTR_RTS | MCR_OUT2);
	reg_write(port, REG_IER, IER_RECEIVE);
	port_unlock(port, flags);
	return 0;
}

static int loop_byte_locked(struct ns16550 *port, uint8_t byte) REQUIRES(&port->lock);

static int loop_byte_locked(struct ns16550 *port, uint8_t byte)
{
	reg_write(port, REG_DATA, byte);
	for (int i = 0; i < MAX_POLLS; i++)
		if (reg_read(port, REG_LSR) & LSR_DATA_READY)
			return reg_read(port, REG_DATA) == byte ? 0 : -EIO;
	return -ETIMEDOUT;
}

int ns16550_loopback_test(unsigned int index)
{
	struct ns16550 *port;
	irqflags_t flags;
	uint8_t mcr;
	int err = 0;

	if (!ns16550_is_present(index))
		return -ENODEV;
	port = &ports[index];
	flags = port_lock(port);
	drain_locked(port, 0);
	for (int i = 0; i < MAX_POLLS && !(reg_read(port, REG_LSR) & LSR_ALL_SENT); i++)
		arch_cpu_relax();
	mcr = reg_read(port, REG_MCR);
	reg_write(port, REG_MCR, MCR_LOOP);
	reg_write(port, REG_FCR, FCR_ENABLE_AND_CLEAR | FCR_TRIGGER_4);
	for (unsigned int byte = 0; byte < 256 && !err; byte += 5)
		err = loop_byte_locked(port, (uint8_t)byte);
	reg_write(port, REG_FCR, FCR_ENABLE_AND_CLEAR | FCR_TRIGGER_4);
	reg_write(port, REG_MCR, mcr);
	port_unlock(port, flags);
	return err;
}
