/*
 * The driver against a chip made of variables: a transmit FIFO that empties
 * when the test says so, a receive FIFO, and an interrupt line that counts only
 * when it rises and whose edges can get lost.
 */
#include "kernel/dev/uart/ns16550.h"

#include <string.h>

#include "kernel/arch/cpu.h"
#include "kernel/core/irq.h"
#include "kernel/dev/console.h"
#include "kernel/lib/errno.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/unit.h"

#define BASE 0x3f8
#define FIFO 16u

static struct {
	uint8_t ier, lcr, mcr, scratch;
	uint8_t rx[FIFO];
	uint32_t rx_count;
	bool has_break;	  /* the next byte to be read came with one */
	uint32_t tx_fill; /* bytes in the FIFO */
	bool tx_pending;  /* the cause "transmitter empty" */
	bool is_fast;	  /* bytes leave at once */
	bool line;
	uint32_t edges; /* not yet delivered */
	uint32_t status_reads;
} chip;

static char sent[16384];
static size_t sent_len;
static char received[256];
static size_t received_len;
static bool is_panicking;
static irq_handler_fn *handler;
static void *handler_ctx;

bool log_is_panicking(void)
{
	return is_panicking;
}

void console_input(const char *bytes, size_t len)
{
	memcpy(received + received_len, bytes, len);
	received_len += len;
}

int irq_request_isa(uint32_t isa_line, irq_handler_fn *fn, void *ctx, const char *name)
{
	assert_int_equal(isa_line, 4);
	assert_string_equal(name, "com1");
	handler = fn;
	handler_ctx = ctx;
	return 0;
}

static void update_line(void)
{
	bool line = (chip.mcr & 0x08) &&
		    (((chip.ier & 1) && chip.rx_count > 0) || ((chip.ier & 2) && chip.tx_pending));

	if (line && !chip.line)
		chip.edges++;
	chip.line = line;
}

static uint8_t read_data(void)
{
	uint8_t byte = chip.rx[0];

	if (chip.rx_count == 0)
		return 0;
	chip.rx_count--;
	memmove(chip.rx, chip.rx + 1, chip.rx_count);
	chip.has_break = false;
	return byte;
}

static void receive_byte(uint8_t byte)
{
	if (chip.rx_count < FIFO)
		chip.rx[chip.rx_count++] = byte;
	update_line();
}

static uint8_t read_iir(void)
{
	if ((chip.ier & 1) && chip.rx_count > 0)
		return 0xc4;
	if ((chip.ier & 2) && chip.tx_pending) {
		chip.tx_pending = false;
		return 0xc2;
	}
	return 0xc1;
}

static uint8_t read_lsr(void)
{
	chip.status_reads++;
	return (uint8_t)((chip.rx_count > 0 ? 0x01 : 0) | (chip.has_break ? 0x10 : 0) |
			 (chip.tx_fill == 0 ? 0x60 : 0));
}

static uint32_t chip_read(uint16_t port, uint32_t size)
{
	uint8_t value = 0xff;

	if (size != 1 || port < BASE || port > BASE + 7)
		return value;
	switch (port - BASE) {
	case 0:
		value = read_data();
		break;
	case 1:
		value = chip.ier;
		break;
	case 2:
		value = read_iir();
		break;
	case 3:
		value = chip.lcr;
		break;
	case 4:
		value = chip.mcr;
		break;
	case 5:
		value = read_lsr();
		break;
	case 7:
		value = chip.scratch;
		break;
	default:
		value = 0;
		break;
	}
	update_line();
	return value;
}

static void write_data(uint8_t value)
{
	if (chip.lcr & 0x80)
		return;
	if (chip.mcr & 0x10) {
		receive_byte(value);
		return;
	}
	assert_true(chip.tx_fill < FIFO);
	assert_true(sent_len < sizeof(sent));
	sent[sent_len++] = (char)value;
	chip.tx_pending = chip.is_fast;
	if (!chip.is_fast)
		chip.tx_fill++;
}

static void write_ier(uint8_t value)
{
	if (chip.lcr & 0x80)
		return;
	/* Enabling the cause while the transmitter is empty makes it pending. */
	if ((value & 2) && !(chip.ier & 2) && chip.tx_fill == 0)
		chip.tx_pending = true;
	chip.ier = value;
}

static void chip_write(uint16_t port, uint32_t size, uint32_t value)
{
	uint8_t byte = (uint8_t)value;

	if (size != 1 || port < BASE || port > BASE + 7)
		return;
	switch (port - BASE) {
	case 0:
		write_data(byte);
		break;
	case 1:
		write_ier(byte);
		break;
	case 2:
		if (byte & 2)
			chip.rx_count = 0;
		break;
	case 3:
		chip.lcr = byte;
		break;
	case 4:
		chip.mcr = byte;
		break;
	case 7:
		chip.scratch = byte;
		break;
	default:
		break;
	}
	update_line();
}

/* The FIFO runs empty. */
static void transmit(void)
{
	if (chip.tx_fill > 0)
		chip.tx_pending = true;
	chip.tx_fill = 0;
	update_line();
}

/* Delivers the edges that came; true when there was one. */
static bool interrupt(void)
{
	irqflags_t flags;

	if (chip.edges == 0)
		return false;
	chip.edges = 0;
	flags = arch_irq_save();
	handler(handler_ctx);
	arch_irq_restore(flags);
	return true;
}

static void transmit_all(void)
{
	do {
		transmit();
	} while (interrupt());
}

static void make_text(char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		text[i] = (char)('!' + i % 90);
}

static int setup(void **state)
{
	(void)state;
	sent_len = 0;
	received_len = 0;
	chip.edges = 0;
	chip.status_reads = 0;
	return 0;
}

/* These run in order: the driver has one life, as at boot. */

static void absent_port(void **state)
{
	(void)state;
	assert_int_equal(ns16550_init(NS16550_COM1), -ENODEV);
	assert_int_equal(ns16550_init(NS16550_COUNT), -ENODEV);
	assert_false(ns16550_is_present(NS16550_COM1));
	ns16550_write(NS16550_COM1, "x", 1);
	ns16550_flush(NS16550_COM1);
	assert_int_equal(ns16550_enable_interrupts(NS16550_COM1), -ENODEV);
	assert_int_equal(ns16550_loopback_test(NS16550_COM1), -ENODEV);
}

static void polled_output(void **state)
{
	static char text[9000];

	(void)state;
	fake_io_read = chip_read;
	fake_io_write = chip_write;
	chip.is_fast = true;
	assert_int_equal(ns16550_init(NS16550_COM1), 0);
	assert_int_equal(ns16550_init(NS16550_COM2), -ENODEV);
	assert_int_equal(chip.lcr, 0x03);
	assert_int_equal(chip.ier, 0);
	make_text(text, sizeof(text));
	ns16550_write(NS16550_COM1, text, sizeof(text));
	assert_int_equal(sent_len, sizeof(text));
	assert_memory_equal(sent, text, sizeof(text));
}

static void sink_ends_lines(void **state)
{
	struct log_sink *sink = ns16550_log_sink(NS16550_COM1);

	(void)state;
	sink->write(sink, "a\n\nb", 4);
	assert_int_equal(sent_len, 6);
	assert_memory_equal(sent, "a\r\n\r\nb", 6);
}

static void loopback(void **state)
{
	(void)state;
	assert_int_equal(ns16550_loopback_test(NS16550_COM1), 0);
	assert_int_equal(chip.mcr & 0x10, 0);
	assert_int_equal(chip.rx_count, 0);
	assert_int_equal(sent_len, 0);
}

static void stalled_transmitter(void **state)
{
	(void)state;
	chip.is_fast = false;
	ns16550_write(NS16550_COM1, "0123456789abcdefghij", 20);
	assert_int_equal(sent_len, FIFO);
	assert_in_range(chip.status_reads, 1000, 200000);
	/* It is not waited for again. */
	chip.status_reads = 0;
	ns16550_write(NS16550_COM1, "more", 4);
	assert_in_range(chip.status_reads, 1, 10);
	/* Until it shows itself alive. */
	transmit();
	chip.is_fast = true;
	ns16550_write(NS16550_COM1, "again", 5);
	assert_memory_equal(sent + FIFO, "again", 5);
}

static void interrupts_send_the_rest(void **state)
{
	static char text[3000];

	(void)state;
	chip.is_fast = false;
	assert_int_equal(ns16550_enable_interrupts(NS16550_COM1), 0);
	make_text(text, sizeof(text));
	ns16550_write(NS16550_COM1, text, sizeof(text));
	assert_int_equal(sent_len, FIFO);
	transmit_all();
	assert_int_equal(sent_len, sizeof(text));
	assert_memory_equal(sent, text, sizeof(text));
	/* Nothing left to say: the transmitter's cause is off. */
	assert_int_equal(chip.ier, 1);
}

static void lost_interrupt_is_made_up(void **state)
{
	static char text[1000];

	(void)state;
	make_text(text, sizeof(text));
	for (uint32_t round = 0; round < 30; round++) {
		sent_len = 0;
		ns16550_write(NS16550_COM1, text, sizeof(text) - 1);
		for (uint32_t i = 0; i < round; i++) {
			transmit();
			interrupt();
		}
		/* This one nobody hears of, and the line stays high. */
		transmit();
		chip.edges = 0;
		ns16550_write(NS16550_COM1, text + sizeof(text) - 1, 1);
		transmit_all();
		assert_int_equal(sent_len, sizeof(text));
		assert_memory_equal(sent, text, sizeof(text));
	}
}

static void received_bytes_reach_the_console(void **state)
{
	(void)state;
	receive_byte('h');
	assert_true(interrupt());
	for (const char *p = "ello"; *p; p++)
		receive_byte((uint8_t)*p);
	assert_true(interrupt());
	assert_int_equal(received_len, 5);
	assert_memory_equal(received, "hello", 5);
	chip.has_break = true;
	receive_byte(0);
	interrupt();
	assert_int_equal(received_len, 5);
}

static void lost_receive_interrupt_is_made_up(void **state)
{
	(void)state;
	receive_byte('a');
	chip.edges = 0;
	receive_byte('b');
	assert_false(interrupt());
	/* The line is stuck high, until something is written. */
	ns16550_write(NS16550_COM1, "x", 1);
	assert_true(interrupt());
	assert_int_equal(received_len, 2);
	assert_memory_equal(received, "ab", 2);
	transmit_all();
}

static void panic_polls(void **state)
{
	struct log_sink *sink = ns16550_log_sink(NS16550_COM1);
	static char text[500];

	(void)state;
	make_text(text, sizeof(text));
	ns16550_write(NS16550_COM1, text, sizeof(text));
	assert_int_equal(sent_len, FIFO);
	/* Another CPU may have been stopped with the lock: none is taken any more. */
	is_panicking = true;
	transmit();
	chip.is_fast = true;
	sink->write(sink, "panic", 5);
	assert_int_equal(sent_len, sizeof(text) + 5);
	assert_memory_equal(sent + sizeof(text), "panic", 5);
	sink->flush(sink);
	is_panicking = false;
	assert_int_equal(fake_locks_held, 0);
}

#define UART_TEST(function, sentence)                                                              \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = setup                   \
	}

static const struct CMUnitTest tests[] = {
	UART_TEST(absent_port, "an absent port is found out and left alone"),
	UART_TEST(polled_output, "before interrupts everything is sent by polling"),
	UART_TEST(sink_ends_lines, "the sink ends lines with CR LF"),
	UART_TEST(loopback, "loopback leaves the port as it was"),
	UART_TEST(stalled_transmitter, "a transmitter that stalls costs one bounded wait"),
	UART_TEST(interrupts_send_the_rest, "interrupts send what did not fit, in order"),
	UART_TEST(lost_interrupt_is_made_up, "after a lost interrupt the next write goes on"),
	UART_TEST(received_bytes_reach_the_console, "received bytes reach the console, breaks not"),
	UART_TEST(lost_receive_interrupt_is_made_up, "a lost receive interrupt is made up for"),
	UART_TEST(panic_polls, "after a panic no lock is taken and nothing waits for interrupts"),
};

int main(void)
{
	return RUN_TESTS("ns16550");
}
