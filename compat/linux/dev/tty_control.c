/* ioctl_tty(2): one function a command, found through a table. */
#include "compat/linux/dev/tty.h"
#include "compat/linux/dev/tty_impl.h"
#include "compat/linux/pty/termios.h"
#include "compat/linux/uapi/fcntl.h"
#include "compat/linux/uapi/signal.h"
#include "kernel/lib/bits.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/vfs/file.h"

static int arg_write(struct control_arg *arg, const void *src, size_t len)
{
	return arg->ops->copy_out(arg->ctx, arg->value, src, len) == len ? 0 : -EFAULT;
}

static int arg_read(struct control_arg *arg, void *dst, size_t len)
{
	return arg->ops->copy_in(arg->ctx, dst, arg->value, len) == len ? 0 : -EFAULT;
}

/* --- Settings --- */

static struct linux_termios2 get_termios(struct ltty *tty)
{
	struct linux_termios2 t;

	spin_lock(&tty->lock);
	t = tty->ld.termios;
	spin_unlock(&tty->lock);
	return t;
}

enum when {
	NOW, /* output is never under way: this is TCSADRAIN too */
	FLUSH,
};

static int64_t set_termios(struct ltty *tty, const struct linux_termios2 *t, enum when when)
{
	int err = tty_check_foreground(tty, LINUX_SIGTTOU);

	if (err)
		return err;
	spin_lock(&tty->lock);
	if (when == FLUSH)
		ldisc_flush_input(&tty->ld);
	ldisc_set_termios(&tty->ld, t);
	waitq_wake_all(&tty->space);
	spin_unlock(&tty->lock);
	return 0;
}

static int64_t get_old(struct ltty *tty, struct control_arg *arg)
{
	struct linux_termios2 t = get_termios(tty);
	struct linux_termios old;

	memset(&old, 0, sizeof(old));
	termios_to_old(&t, &old);
	return arg_write(arg, &old, sizeof(old));
}

static int64_t set_old(struct ltty *tty, struct control_arg *arg, enum when when)
{
	struct linux_termios2 t = get_termios(tty);
	struct linux_termios old;
	int err = arg_read(arg, &old, sizeof(old));

	if (err)
		return err;
	termios_from_old(&t, &old);
	return set_termios(tty, &t, when);
}

static int64_t get_new(struct ltty *tty, struct control_arg *arg)
{
	struct linux_termios2 t = get_termios(tty);

	return arg_write(arg, &t, sizeof(t));
}

static int64_t set_new(struct ltty *tty, struct control_arg *arg, enum when when)
{
	struct linux_termios2 t;
	int err = arg_read(arg, &t, sizeof(t));

	if (err)
		return err;
	termios_fix_speed(&t);
	return set_termios(tty, &t, when);
}

static int64_t get_termio(struct ltty *tty, struct control_arg *arg)
{
	struct linux_termios2 t = get_termios(tty);
	struct linux_termio old;

	memset(&old, 0, sizeof(old));
	termios_to_termio(&t, &old);
	return arg_write(arg, &old, sizeof(old));
}

static int64_t set_termio(struct ltty *tty, struct control_arg *arg, enum when when)
{
	struct linux_termios2 t = get_termios(tty);
	struct linux_termio old;
	int err = arg_read(arg, &old, sizeof(old));

	if (err)
		return err;
	termios_from_termio(&t, &old);
	return set_termios(tty, &t, when);
}

static int64_t set_old_now(struct ltty *tty, struct control_arg *arg)
{
	return set_old(tty, arg, NOW);
}

static int64_t set_old_flush(struct ltty *tty, struct control_arg *arg)
{
	return set_old(tty, arg, FLUSH);
}

static int64_t set_new_now(struct ltty *tty, struct control_arg *arg)
{
	return set_new(tty, arg, NOW);
}

static int64_t set_new_flush(struct ltty *tty, struct control_arg *arg)
{
	return set_new(tty, arg, FLUSH);
}

static int64_t set_termio_now(struct ltty *tty, struct control_arg *arg)
{
	return set_termio(tty, arg, NOW);
}

static int64_t set_termio_flush(struct ltty *tty, struct control_arg *arg)
{
	return set_termio(tty, arg, FLUSH);
}

/* --- Window size --- */

static int64_t get_size(struct ltty *tty, struct control_arg *arg)
{
	struct linux_winsize size;

	spin_lock(&tty->lock);
	size = tty->size;
	spin_unlock(&tty->lock);
	return arg_write(arg, &size, sizeof(size));
}

static int64_t set_size(struct ltty *tty, struct control_arg *arg)
{
	struct linux_winsize size;
	bool is_changed;
	int err = arg_read(arg, &size, sizeof(size));

	if (err)
		return err;
	spin_lock(&tty->lock);
	is_changed = memcmp(&size, &tty->size, sizeof(size)) != 0;
	tty->size = size;
	spin_unlock(&tty->lock);
	if (is_changed)
		tty_send_signals(tty, BIT(LINUX_SIGWINCH));
	return 0;
}

/* --- Sessions and groups --- */

static int64_t set_session(struct ltty *tty, struct control_arg *arg)
{
	return tty_set_session(tty, arg->value);
}

static int64_t drop_session(struct ltty *tty, struct control_arg *arg UNUSED)
{
	return tty_drop_session(tty);
}

static int64_t get_group(struct ltty *tty, struct control_arg *arg)
{
	int32_t group;
	int64_t result = tty_get_group(tty, &group);

	return result ? result : arg_write(arg, &group, sizeof(group));
}

static int64_t set_group(struct ltty *tty, struct control_arg *arg)
{
	int32_t group;
	int err = arg_read(arg, &group, sizeof(group));

	return err ? err : tty_set_group(tty, group);
}

static int64_t get_session(struct ltty *tty, struct control_arg *arg)
{
	int32_t session;
	int64_t result = tty_get_session(tty, &session);

	return result ? result : arg_write(arg, &session, sizeof(session));
}

/* --- Queues --- */

static int64_t get_input_count(struct ltty *tty, struct control_arg *arg)
{
	uint32_t count;

	spin_lock(&tty->lock);
	count = ldisc_readable_count(&tty->ld);
	spin_unlock(&tty->lock);
	return arg_write(arg, &count, sizeof(count));
}

/* What is written is out when write(2) returns. */
static int64_t get_output_count(struct ltty *tty UNUSED, struct control_arg *arg)
{
	uint32_t count = 0;

	return arg_write(arg, &count, sizeof(count));
}

static int64_t flush(struct ltty *tty, struct control_arg *arg)
{
	int err;

	if (arg->value > LINUX_TCIOFLUSH)
		return -EINVAL;
	err = tty_check_foreground(tty, LINUX_SIGTTOU);
	if (err || arg->value == LINUX_TCOFLUSH)
		return err;
	spin_lock(&tty->lock);
	ldisc_flush_input(&tty->ld);
	waitq_wake_all(&tty->space);
	spin_unlock(&tty->lock);
	return 0;
}

static int64_t flow(struct ltty *tty, struct control_arg *arg)
{
	int err = 0;

	/* TCIOFF and TCION would send STOP and START to the one who types. */
	if (arg->value > LINUX_TCOON)
		return -EINVAL;
	err = tty_check_foreground(tty, LINUX_SIGTTOU);
	if (err)
		return err;
	spin_lock(&tty->lock);
	if (arg->value == LINUX_TCOOFF)
		ldisc_stop(&tty->ld);
	else
		ldisc_start(&tty->ld);
	spin_unlock(&tty->lock);
	return 0;
}

/* tcdrain(3) is TCSBRK with an argument; a break itself the console cannot send. */
static int64_t drain(struct ltty *tty, struct control_arg *arg)
{
	if (arg->value == 0)
		return -EINVAL;
	return tty_check_foreground(tty, LINUX_SIGTTOU);
}

static const struct {
	uint32_t command;
	int64_t (*run)(struct ltty *tty, struct control_arg *arg);
} commands[] = {
	{LINUX_TCGETS, get_old},
	{LINUX_TCSETS, set_old_now},
	{LINUX_TCSETSW, set_old_now},
	{LINUX_TCSETSF, set_old_flush},
	{LINUX_TCGETS2, get_new},
	{LINUX_TCSETS2, set_new_now},
	{LINUX_TCSETSW2, set_new_now},
	{LINUX_TCSETSF2, set_new_flush},
	{LINUX_TCGETA, get_termio},
	{LINUX_TCSETA, set_termio_now},
	{LINUX_TCSETAW, set_termio_now},
	{LINUX_TCSETAF, set_termio_flush},
	{LINUX_TIOCGWINSZ, get_size},
	{LINUX_TIOCSWINSZ, set_size},
	{LINUX_TIOCSCTTY, set_session},
	{LINUX_TIOCNOTTY, drop_session},
	{LINUX_TIOCGPGRP, get_group},
	{LINUX_TIOCSPGRP, set_group},
	{LINUX_TIOCGSID, get_session},
	{LINUX_FIONREAD, get_input_count},
	{LINUX_TIOCOUTQ, get_output_count},
	{LINUX_TCFLSH, flush},
	{LINUX_TCXONC, flow},
	{LINUX_TCSBRK, drain},
};

int64_t tty_control(struct ltty *tty, uint32_t command, struct control_arg *arg)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (commands[i].command == command)
			return commands[i].run(tty, arg);
	}
	return -ENOTTY;
}
