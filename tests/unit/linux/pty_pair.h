/*
 * A pseudo-terminal as a test sees it: operations whose results are text, so that ours
 * and the one of the Linux that runs the test can be compared line by line.
 */
#ifndef TESTS_UNIT_LINUX_PTY_PAIR_H
#define TESTS_UNIT_LINUX_PTY_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compat/linux/uapi/termios.h"

/* What happened, one event a line. */
struct log {
	size_t len;
	char text[1 << 16];
};

void log_add(struct log *log, const char *fmt, ...);
void log_bytes(struct log *log, const char *what, const uint8_t *bytes, size_t len);

struct pair_ops {
	void (*open)(void);
	void (*close)(void);
	/* The number of bytes, or -errno. None waits. */
	long (*master_read)(uint8_t *buf, size_t len);
	long (*master_write)(const uint8_t *bytes, size_t len);
	long (*slave_read)(uint8_t *buf, size_t len);
	long (*slave_write)(const uint8_t *bytes, size_t len);
	/* The number of bytes; waits as VMIN and VTIME say. */
	long (*slave_read_timed)(uint8_t *buf, size_t len);
	void (*get_termios)(struct linux_termios2 *t);
	void (*set_termios)(const struct linux_termios2 *t, bool flush);
	void (*flush)(bool of_master, uint32_t queue);
	void (*flow)(uint32_t action);
	void (*set_packet)(bool is_on);
	void (*set_winsize)(uint16_t row, uint16_t col);
	uint32_t (*readable_count)(void);
	bool (*is_writable)(void);
	/* How often each signal was sent since it was asked last. */
	uint32_t (*signals)(uint32_t sig);
};

extern const struct pair_ops host_pair; /* needs host_pair_setup() */
extern const struct pair_ops our_pair;

/* Becomes the leader of a session without a terminal; false: there are no ptys here. */
bool host_pair_setup(void);

#endif
