/*
 * Line discipline: what lies between the keys that are pressed and what a program
 * reads, and between what it writes and what is shown (termios(3)).
 *
 *	device -> ldisc_receive()  -> editing, signals, echo -> ldisc_read()   -> program
 *	device <- ops->put()       <- echo, then             <- ldisc_write()  <- program
 *
 * Pure logic: no lock, no sleep, no clock. All of it is called under one lock of the
 * owner's; who has to wait is told so. The behaviour is that of Linux to the byte,
 * which tests/unit/linux/ldisc_test.c compares on a Linux host.
 *
 * Input lies in a ring of LDISC_BUF bytes between tail and head; in canonical mode
 * programs see it up to canon_head, the end of the last whole line. Each line's last
 * byte is marked in line_end; an end of file is a marked NUL that is not handed out.
 *
 * Echo is not output yet when it is made: how far a tab reaches depends on the column
 * at which it comes out, and the device may be full or stopped. So it is a ring of
 * small commands (enum in ldisc_impl.h) which are carried out when there is room, and
 * always before a program's output. A signal drops those that are waiting, as it does
 * all input and output under way.
 */
#ifndef COMPAT_LINUX_PTY_LDISC_H
#define COMPAT_LINUX_PTY_LDISC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compat/linux/uapi/termios.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

#define LDISC_BUF 4096u	 /* of input; a power of two */
#define LDISC_ECHO 2048u /* commands; a power of two */

struct ldisc;

enum ldisc_event {
	LDISC_READABLE = 1 << 0,      /* a reader may find something */
	LDISC_WRITABLE = 1 << 1,      /* a writer may go on */
	LDISC_STOPPED = 1 << 2,	      /* output was stopped */
	LDISC_STARTED = 1 << 3,	      /* output goes on */
	LDISC_INPUT_FLUSHED = 1 << 4, /* input was dropped */
};

/* The device below and the terminal above. Called under the owner's lock. */
struct ldisc_ops {
	/* How many bytes put() takes at this moment. */
	size_t (*room)(struct ldisc *ld);
	/* Takes all; len is not above room. */
	void (*put)(struct ldisc *ld, const uint8_t *bytes, size_t len);
	/* Drops what was put and is not with the user yet. */
	void (*flush_output)(struct ldisc *ld);
	/* For the foreground process group. */
	void (*signal)(struct ldisc *ld, uint32_t sig);
	void (*notify)(struct ldisc *ld, uint32_t events);
};

struct ldisc {
	const struct ldisc_ops *ops;   /* const */
	struct linux_termios2 termios; /* read only: ldisc_set_termios() changes it */

	/* Running counts of bytes; the place in buf is the count modulo its size. */
	uint32_t head;
	uint32_t canon_head;
	uint32_t tail;
	uint32_t echo_head;
	uint32_t echo_tail;

	uint32_t column;	 /* of the cursor, as far as OPOST lets us know */
	uint32_t canon_column;	 /* where the line that is edited begins */
	bool is_stopped;	 /* output */
	bool is_stopped_by_call; /* by TCOOFF: no key starts it */
	bool is_erasing;	 /* within the \.../ of ECHOPRT */
	bool is_literal_next;	 /* VLNEXT was typed */

	uint64_t special[256 / 64];	   /* bytes that need a closer look */
	uint64_t line_end[LDISC_BUF / 64]; /* by place in buf */
	uint16_t echo[LDISC_ECHO];
	uint8_t buf[LDISC_BUF];
};

void ldisc_init(struct ldisc *ld, const struct ldisc_ops *ops);

/*
 * Changes the settings. Input that is there stays: what was typed so far becomes
 * readable when canonical mode ends, and one line when it begins.
 */
void ldisc_set_termios(struct ldisc *ld, const struct linux_termios2 *t);

/*
 * Takes input from the device: how many bytes of it. Fewer than len when the buffer is
 * full; the rest comes again after a read. An unfinished line that fills the buffer
 * stops nothing: its last byte is overwritten, so that its end can still come in.
 */
size_t ldisc_receive(struct ldisc *ld, const uint8_t *bytes, size_t len);
/* A break condition on the line. */
void ldisc_receive_break(struct ldisc *ld);

/*
 * Takes a program's output: how many bytes of it. 0 while output is stopped or the
 * device is full: the writer waits for LDISC_WRITABLE.
 */
size_t ldisc_write(struct ldisc *ld, const uint8_t *bytes, size_t len);

/* To be called when the device has room again: echo that waited goes out. */
void ldisc_push_echo(struct ldisc *ld);

enum ldisc_read_state {
	LDISC_READ_DONE, /* read() returns reader->done */
	LDISC_READ_WAIT, /* for LDISC_READABLE, at most reader->timeout */
};

/* One read() under way. */
struct ldisc_reader {
	uint8_t *buf;
	size_t len;
	size_t done;
	bool is_timed;	 /* VMIN is 0: the time began with the call */
	ktime_t timeout; /* of the next wait: nanoseconds, or KTIME_FOREVER */
};

/*
 * Begins a read of len bytes, at least 1. Then ldisc_read() moves what it can; after a
 * wait it is called again, ldisc_read_timeout() instead when the time was up. A reader
 * that cannot wait, or is interrupted, returns what is done, or an error if that is 0.
 * timeout counts from the call, or from when done last grew. The settings may change in
 * between.
 *
 * Unlike Linux 5.10 to 6.18, where a read is cut into pieces of 64 bytes and may return
 * one of them, a read waits for VMIN bytes whatever VMIN is.
 */
void ldisc_read_begin(struct ldisc *ld, struct ldisc_reader *reader, uint8_t *buf, size_t len);
enum ldisc_read_state ldisc_read(struct ldisc *ld, struct ldisc_reader *reader);
enum ldisc_read_state ldisc_read_timeout(struct ldisc *ld, struct ldisc_reader *reader);

/* poll(2): whether a read finds what it waits for, a write room. */
bool ldisc_is_readable(const struct ldisc *ld);
bool ldisc_is_writable(struct ldisc *ld);

/* FIONREAD: bytes that could be read now, ends of file not counted. */
uint32_t ldisc_readable_count(const struct ldisc *ld);

/* TCFLSH of the input queue. */
void ldisc_flush_input(struct ldisc *ld);

/* TCOOFF; TCOON, which undoes only that. */
void ldisc_stop(struct ldisc *ld);
void ldisc_start(struct ldisc *ld);

#endif
