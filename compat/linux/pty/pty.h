/*
 * Pseudo-terminal: a pair of ends with a line discipline between them (pty(7)).
 *
 *	master write -> input -> ldisc -> slave read	the program in the terminal
 *	master read <- output <- ldisc <- slave write
 *
 * The settings are the slave's, whichever end is asked. Input waits in a queue of its
 * own when the line discipline has no room, and until the slave is opened first; a
 * master that writes on waits then, and so does a slave that writes while nobody
 * reads the master.
 *
 * Pure logic, as the line discipline is: one lock of the owner's around all of it, held
 * in the callbacks too; nobody sleeps here. Who has to wait gets -EAGAIN and waits for
 * the event that ops->wake() tells. Signals, sessions and file modes are the owner's.
 */
#ifndef COMPAT_LINUX_PTY_PTY_H
#define COMPAT_LINUX_PTY_PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compat/linux/pty/ldisc.h"
#include "compat/linux/uapi/termios.h"
#include "kernel/lib/compiler.h"

struct pty;

enum pty_event {
	PTY_MASTER_READABLE = 1 << 0,
	PTY_MASTER_WRITABLE = 1 << 1,
	PTY_SLAVE_READABLE = 1 << 2,
	PTY_SLAVE_WRITABLE = 1 << 3,
};

struct pty_ops {
	/* For the slave's foreground process group. */
	void (*signal)(struct pty *pty, uint32_t sig);
	/* Wakes who waits for one of the events; it may find that nothing is there. */
	void (*wake)(struct pty *pty, uint32_t events);
};

/*
 * A pair with its master open and its slave locked, of 80 columns or whatever size is
 * set later: 0 x 0 until then. 0 or -ENOMEM. ops lives as long; owner is for it.
 */
MUST_CHECK int pty_create(const struct pty_ops *ops, void *owner, struct pty **out);
/* Both ends are closed. */
void pty_destroy(struct pty *pty);
void *pty_owner(const struct pty *pty);

/* The slave: 0, or -EIO while it is locked and when the master is closed. */
MUST_CHECK int pty_slave_open(struct pty *pty);
void pty_slave_close(struct pty *pty);
/* Hangs up: the slave finds an end of file and -EIO. The signals of that are the owner's. */
void pty_master_close(struct pty *pty);
/* TIOCSPTLCK. */
void pty_set_locked(struct pty *pty, bool is_locked);
bool pty_is_locked(const struct pty *pty);

/*
 * Each moves at least one byte and says how many, or is
 *
 *	-EAGAIN		has to wait
 *	-EIO		the master's read: the slave is closed and all is read;
 *			the slave's write: the master is closed
 *
 * len is at least 1.
 */
MUST_CHECK int pty_master_read(struct pty *pty, uint8_t *buf, size_t len, size_t *done);
MUST_CHECK int pty_master_write(struct pty *pty, const uint8_t *bytes, size_t len, size_t *done);
MUST_CHECK int pty_slave_write(struct pty *pty, const uint8_t *bytes, size_t len, size_t *done);

/*
 * ldisc_read_begin() and ldisc_read() of the slave: 0 when the read is done, with
 * reader->done bytes, 0 for an end of file; -EAGAIN to wait.
 */
enum pty_read_why {
	PTY_READ_BEGIN, /* the reader is initialised with buf and len set */
	PTY_READ_AGAIN,
	PTY_READ_TIMEOUT,
};
MUST_CHECK int pty_slave_read(struct pty *pty, struct ldisc_reader *reader, enum pty_read_why why);

/* LINUX_POLL... of either end. */
uint32_t pty_master_poll(struct pty *pty);
uint32_t pty_slave_poll(struct pty *pty);

/* --- ioctl_tty(2) --- */

enum pty_end {
	PTY_MASTER,
	PTY_SLAVE,
};

enum pty_set {
	PTY_SET_NOW,   /* TCSETS, and TCSETSW: output is never under way for long */
	PTY_SET_FLUSH, /* TCSETSF */
};

void pty_get_termios(const struct pty *pty, struct linux_termios2 *t);
void pty_set_termios(struct pty *pty, const struct linux_termios2 *t, enum pty_set how);

void pty_get_winsize(const struct pty *pty, struct linux_winsize *size);
/* A change sends SIGWINCH. */
void pty_set_winsize(struct pty *pty, const struct linux_winsize *size);

/* TCFLSH with LINUX_TCIFLUSH, ...: 0 or -EINVAL. */
MUST_CHECK int pty_flush(struct pty *pty, enum pty_end end, uint32_t queue);
/* TCXONC of the slave with LINUX_TCOOFF, ...: 0 or -EINVAL. */
MUST_CHECK int pty_flow(struct pty *pty, uint32_t action);

/* TIOCPKT and TIOCGPKT of the master. */
void pty_set_packet(struct pty *pty, bool is_packet);
bool pty_is_packet(const struct pty *pty);
/* TIOCSIG of the master: 0 or -EINVAL. */
MUST_CHECK int pty_send_signal(struct pty *pty, uint32_t sig);

/* FIONREAD, TIOCINQ. */
uint32_t pty_readable_count(const struct pty *pty, enum pty_end end);

#endif
