/*
 * i8042 keyboard controller (IBM PS/2 technical reference, "keyboard and
 * auxiliary device controller"): a data port, a status and command port, and
 * no way to know that nobody is there but to wait for an answer. Each wait is
 * bounded. The second port, a mouse's, stays off.
 */
#define LOG_PREFIX "dev/ps2: "
#include "kernel/dev/ps2/i8042.h"

#include "kernel/arch/cpu.h"
#include "kernel/arch/io.h"
#include "kernel/core/irq.h"
#include "kernel/core/log.h"
#include "kernel/core/random.h"
#include "kernel/dev/console.h"
#include "kernel/dev/ps2/keyboard.h"
#include "kernel/lib/errno.h"

#define PORT_DATA 0x60
#define PORT_STATUS 0x64
#define PORT_COMMAND 0x64
#define KEYBOARD_ISA_LINE 1

#define STATUS_OUTPUT_FULL 0x01 /* the data port holds a byte for us */
#define STATUS_INPUT_FULL 0x02	/* the controller has not taken ours yet */
#define STATUS_FROM_AUX 0x20
#define STATUS_ABSENT 0xff /* an empty bus */

#define CMD_READ_CONFIG 0x20
#define CMD_WRITE_CONFIG 0x60
#define CMD_DISABLE_AUX 0xa7
#define CMD_SELF_TEST 0xaa
#define CMD_TEST_KEYBOARD_PORT 0xab
#define CMD_DISABLE_KEYBOARD 0xad
#define CMD_ENABLE_KEYBOARD 0xae
#define SELF_TEST_PASSED 0x55
#define PORT_TEST_PASSED 0x00

#define CONFIG_KEYBOARD_IRQ 0x01
#define CONFIG_AUX_IRQ 0x02
#define CONFIG_KEYBOARD_OFF 0x10
#define CONFIG_AUX_OFF 0x20
#define CONFIG_TRANSLATE 0x40 /* to scan code set 1 */

#define KEYBOARD_ENABLE_SCANNING 0xf4
#define KEYBOARD_ACK 0xfa
#define KEYBOARD_RESEND 0xfe

#define WAIT_STEP_US 20
#define WAIT_STEPS 2000 /* 40 ms */
#define MAX_STALE_BYTES 64
#define MAX_BYTES_PER_IRQ 16
#define MAX_TRIES 3

static struct keyboard keyboard; /* the interrupt handler's */

static int wait_status(uint8_t mask, uint8_t wanted)
{
	for (int i = 0; i < WAIT_STEPS; i++) {
		if ((arch_io_read8(PORT_STATUS) & mask) == wanted)
			return 0;
		arch_delay_us(WAIT_STEP_US);
	}
	return -ETIMEDOUT;
}

static int send(uint16_t port, uint8_t value)
{
	int err = wait_status(STATUS_INPUT_FULL, 0);

	if (!err)
		arch_io_write8(port, value);
	return err;
}

static int receive(uint8_t *out)
{
	int err = wait_status(STATUS_OUTPUT_FULL, STATUS_OUTPUT_FULL);

	if (!err)
		*out = arch_io_read8(PORT_DATA);
	return err;
}

static int command_answer(uint8_t command, uint8_t *out)
{
	int err = send(PORT_COMMAND, command);

	return err ? err : receive(out);
}

static int write_config(uint8_t config)
{
	int err = send(PORT_COMMAND, CMD_WRITE_CONFIG);

	return err ? err : send(PORT_DATA, config);
}

/* Throws away what was typed before us, and answers to the firmware's questions. */
static void drop_stale(void)
{
	for (int i = 0; i < MAX_STALE_BYTES; i++) {
		if (!(arch_io_read8(PORT_STATUS) & STATUS_OUTPUT_FULL))
			return;
		(void)arch_io_read8(PORT_DATA);
		arch_io_delay();
	}
}

static int test_controller(void)
{
	uint8_t answer;
	int err = command_answer(CMD_SELF_TEST, &answer);

	if (err)
		return err;
	if (answer != SELF_TEST_PASSED) {
		log_warn("controller self-test says 0x%02x", answer);
		return -EIO;
	}
	err = command_answer(CMD_TEST_KEYBOARD_PORT, &answer);
	if (err)
		return err;
	if (answer != PORT_TEST_PASSED) {
		log_warn("keyboard port test says 0x%02x", answer);
		return -EIO;
	}
	return 0;
}

static int enable_scanning(void)
{
	uint8_t answer;
	int err;

	for (int i = 0; i < MAX_TRIES; i++) {
		err = send(PORT_DATA, KEYBOARD_ENABLE_SCANNING);
		if (!err)
			err = receive(&answer);
		if (err)
			return -ENODEV; /* the controller is there, the keyboard is not */
		if (answer == KEYBOARD_ACK)
			return 0;
		if (answer != KEYBOARD_RESEND)
			break;
	}
	return -EIO;
}

/* All but the interrupt; *config_out is the controller's configuration then. */
static int set_up(uint8_t *config_out)
{
	uint8_t config;
	int err;

	err = send(PORT_COMMAND, CMD_DISABLE_KEYBOARD);
	if (err)
		return err;
	err = send(PORT_COMMAND, CMD_DISABLE_AUX);
	if (err)
		return err;
	drop_stale();
	err = test_controller();
	if (err)
		return err;

	/* The self-test may have reset the configuration, so it is read after it. */
	err = command_answer(CMD_READ_CONFIG, &config);
	if (err)
		return err;
	config &= (uint8_t) ~(CONFIG_AUX_IRQ | CONFIG_KEYBOARD_IRQ | CONFIG_KEYBOARD_OFF);
	config |= CONFIG_AUX_OFF | CONFIG_TRANSLATE;
	err = write_config(config);
	if (err)
		return err;
	err = send(PORT_COMMAND, CMD_ENABLE_KEYBOARD);
	if (err)
		return err;
	err = enable_scanning();
	if (err)
		return err;
	*config_out = config;
	return 0;
}

static void handle_code(uint8_t code)
{
	char text[KEYBOARD_TEXT_MAX];
	struct key_event event;
	size_t len;

	random_add_event(code);
	if (!keyboard_feed(&keyboard, code, &event))
		return;
	len = keyboard_text(&event, text);
	if (len > 0)
		console_input(text, len);
}

static void handle_interrupt(void *ctx UNUSED)
{
	for (int i = 0; i < MAX_BYTES_PER_IRQ; i++) {
		uint8_t status = arch_io_read8(PORT_STATUS);
		uint8_t code;

		if (!(status & STATUS_OUTPUT_FULL))
			return;
		code = arch_io_read8(PORT_DATA);
		if (!(status & STATUS_FROM_AUX))
			handle_code(code);
	}
}

int i8042_init(bool is_expected)
{
	uint8_t config;
	irqflags_t flags;
	int err;

	if (!is_expected || arch_io_read8(PORT_STATUS) == STATUS_ABSENT)
		return -ENODEV;
	/* Without interrupts, which would take the answers away from us. */
	err = set_up(&config);
	if (err)
		return err;
	keyboard_init(&keyboard);
	err = irq_request_isa(KEYBOARD_ISA_LINE, handle_interrupt, NULL, "keyboard");
	if (err)
		return err;
	err = write_config(config | CONFIG_KEYBOARD_IRQ);
	/* A key pressed meanwhile holds the line up: no edge would ever come. */
	flags = arch_irq_save();
	handle_interrupt(NULL);
	arch_irq_restore(flags);
	return err;
}
