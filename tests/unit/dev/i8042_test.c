/* The driver against a controller made of variables, whole or broken in some way. */
#include "kernel/dev/ps2/i8042.h"

#include <string.h>

#include "kernel/arch/cpu.h"
#include "kernel/core/irq.h"
#include "kernel/dev/console.h"
#include "kernel/lib/errno.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/unit.h"

static struct {
	uint8_t config;
	uint8_t command; /* that waits for its data byte */
	uint8_t queue[64];
	uint32_t queued;
	uint8_t self_test, port_test, ack; /* what it answers */
	bool has_keyboard;
	bool is_deaf; /* takes nothing any more */
	bool is_scanning;
	uint32_t accesses;
} ctl;

static char received[256];
static size_t received_len;
static irq_handler_fn *handler;

void console_input(const char *bytes, size_t len)
{
	memcpy(received + received_len, bytes, len);
	received_len += len;
}

int irq_request_isa(uint32_t isa_line, irq_handler_fn *fn, void *ctx, const char *name)
{
	assert_int_equal(isa_line, 1);
	assert_null(ctx);
	assert_string_equal(name, "keyboard");
	handler = fn;
	return 0;
}

static void answer(uint8_t byte)
{
	assert_true(ctl.queued < sizeof(ctl.queue));
	ctl.queue[ctl.queued++] = byte;
}

static void command(uint8_t byte)
{
	ctl.command = 0;
	switch (byte) {
	case 0x20:
		answer(ctl.config);
		break;
	case 0x60:
		ctl.command = byte;
		break;
	case 0xaa:
		/* As some do: the self-test brings the configuration back. */
		ctl.config = 0x47;
		answer(ctl.self_test);
		break;
	case 0xab:
		answer(ctl.port_test);
		break;
	case 0xad:
		ctl.config |= 0x10;
		break;
	case 0xae:
		ctl.config &= (uint8_t)~0x10;
		break;
	default:
		break;
	}
}

static void keyboard_command(uint8_t byte)
{
	if (!ctl.has_keyboard)
		return;
	if (byte == 0xf4 && ctl.ack == 0xfa)
		ctl.is_scanning = true;
	answer(ctl.ack);
}

static uint32_t read_port(uint16_t port, uint32_t size)
{
	uint8_t byte;

	assert_int_equal(size, 1);
	ctl.accesses++;
	if (port == 0x64)
		return (ctl.queued > 0 ? 1u : 0) | (ctl.is_deaf ? 2u : 0);
	if (port != 0x60 || ctl.queued == 0)
		return 0;
	byte = ctl.queue[0];
	memmove(ctl.queue, ctl.queue + 1, --ctl.queued);
	return byte;
}

static void write_port(uint16_t port, uint32_t size, uint32_t value)
{
	assert_int_equal(size, 1);
	ctl.accesses++;
	if (port == 0x64) {
		command((uint8_t)value);
	} else if (port == 0x60 && ctl.command == 0x60) {
		ctl.config = (uint8_t)value;
		ctl.command = 0;
	} else if (port == 0x60) {
		keyboard_command((uint8_t)value);
	}
}

static int setup(void **state)
{
	(void)state;
	memset(&ctl, 0, sizeof(ctl));
	ctl.config = 0x03;
	ctl.self_test = 0x55;
	ctl.ack = 0xfa;
	ctl.has_keyboard = true;
	fake_io_read = read_port;
	fake_io_write = write_port;
	received_len = 0;
	handler = NULL;
	return 0;
}

static void works(void **state)
{
	irqflags_t flags;

	(void)state;
	answer(0x1e); /* typed before us */
	assert_int_equal(i8042_init(true), 0);
	assert_true(ctl.is_scanning);
	/* Interrupt and translation on, the mouse's side off. */
	assert_int_equal(ctl.config, 0x65);
	assert_int_equal(received_len, 0);

	answer(0x23);
	answer(0xa3);
	answer(0x17);
	flags = arch_irq_save();
	handler(NULL);
	arch_irq_restore(flags);
	assert_int_equal(received_len, 2);
	assert_memory_equal(received, "hi", 2);
}

static void firmware_says_no(void **state)
{
	(void)state;
	assert_int_equal(i8042_init(false), -ENODEV);
	assert_int_equal(ctl.accesses, 0);
}

static void empty_bus(void **state)
{
	(void)state;
	fake_io_read = NULL;
	fake_io_write = NULL;
	assert_int_equal(i8042_init(true), -ENODEV);
}

static void failed_tests(void **state)
{
	(void)state;
	ctl.self_test = 0xfc;
	assert_int_equal(i8042_init(true), -EIO);
	setup(state);
	ctl.port_test = 0x01;
	assert_int_equal(i8042_init(true), -EIO);
	assert_null(handler);
}

static void no_keyboard(void **state)
{
	(void)state;
	ctl.has_keyboard = false;
	assert_int_equal(i8042_init(true), -ENODEV);
	setup(state);
	ctl.ack = 0xfe; /* "again", for ever */
	assert_int_equal(i8042_init(true), -EIO);
}

static void deaf_controller(void **state)
{
	(void)state;
	ctl.is_deaf = true;
	assert_int_equal(i8042_init(true), -ETIMEDOUT);
	assert_in_range(ctl.accesses, 1, 10000);
}

static void babbling_controller(void **state)
{
	irqflags_t flags;

	(void)state;
	assert_int_equal(i8042_init(true), 0);
	for (int i = 0; i < 64; i++)
		answer(0x1e);
	/* One interrupt does not take all of it: the handler ends. */
	flags = arch_irq_save();
	handler(NULL);
	arch_irq_restore(flags);
	assert_in_range(received_len, 1, 63);
}

#define PS2_TEST(function, sentence)                                                               \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = setup                   \
	}

static const struct CMUnitTest tests[] = {
	PS2_TEST(works, "keys reach the console once the keyboard is on"),
	PS2_TEST(firmware_says_no, "no port is touched when the firmware says there is none"),
	PS2_TEST(empty_bus, "an empty bus is no controller"),
	PS2_TEST(failed_tests, "a controller that fails its test is left alone"),
	PS2_TEST(no_keyboard, "a controller without a keyboard is found out"),
	PS2_TEST(deaf_controller, "a controller that stops answering costs a bounded wait"),
	PS2_TEST(babbling_controller, "an interrupt handles a bounded number of bytes"),
};

int main(void)
{
	return RUN_TESTS("i8042");
}
