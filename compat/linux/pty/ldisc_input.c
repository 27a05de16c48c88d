/* The way into a line discipline: what is typed. */
#include "compat/linux/pty/ldisc_impl.h"
#include "compat/linux/uapi/signal.h"
#include "kernel/lib/string.h"

static void put(struct ldisc *ld, uint8_t c)
{
	*ldisc_byte(ld, ld->head++) = c;
}

/* PARMRK: a byte that could be taken for a mark comes twice. */
static void put_typed(struct ldisc *ld, uint8_t c)
{
	if (c == 0xff && ldisc_has_i(ld, LINUX_PARMRK))
		put(ld, c);
	put(ld, c);
}

static void end_line(struct ldisc *ld, uint8_t c)
{
	bitmap_set(ld->line_end, ld->head % LDISC_BUF);
	put(ld, c);
	ld->canon_head = ld->head;
	ld->ops->notify(ld, LDISC_READABLE);
}

static bool is_cc(const struct ldisc *ld, uint32_t index, uint8_t c)
{
	return ld->termios.cc[index] == c;
}

static bool is_extended_cc(const struct ldisc *ld, uint32_t index, uint8_t c)
{
	return ldisc_has_l(ld, LINUX_IEXTEN) && is_cc(ld, index, c);
}

void ldisc_reset_input(struct ldisc *ld)
{
	ld->head = ld->canon_head = ld->tail = 0;
	ld->is_erasing = false;
	memset(ld->line_end, 0, sizeof(ld->line_end));
}

static void send_signal(struct ldisc *ld, uint32_t sig)
{
	ld->ops->signal(ld, sig);
	if (ldisc_has_l(ld, LINUX_NOFLSH))
		return;
	ld->ops->flush_output(ld);
	ld->echo_tail = ld->echo_head;
	ldisc_reset_input(ld);
	ld->ops->notify(ld, LDISC_INPUT_FLUSHED);
}

static uint32_t signal_of(const struct ldisc *ld, uint8_t c)
{
	if (!ldisc_has_l(ld, LINUX_ISIG))
		return 0;
	if (is_cc(ld, LINUX_VINTR, c))
		return LINUX_SIGINT;
	if (is_cc(ld, LINUX_VQUIT, c))
		return LINUX_SIGQUIT;
	return is_cc(ld, LINUX_VSUSP, c) ? LINUX_SIGTSTP : 0;
}

static void receive_signal(struct ldisc *ld, uint32_t sig, uint8_t c)
{
	send_signal(ld, sig);
	if (ldisc_has_i(ld, LINUX_IXON))
		ldisc_start_output(ld);
	if (ldisc_has_l(ld, LINUX_ECHO))
		ldisc_echo_typed(ld, c);
	else
		ldisc_push_echo(ld);
}

/* IXANY: any key starts what VSTOP stopped. */
static void start_by_any(struct ldisc *ld)
{
	if (!ld->is_stopped || !ldisc_has_i(ld, LINUX_IXON) || !ldisc_has_i(ld, LINUX_IXANY))
		return;
	ldisc_start_output(ld);
	ldisc_push_echo(ld);
}

static bool receive_flow(struct ldisc *ld, uint8_t c)
{
	if (!ldisc_has_i(ld, LINUX_IXON))
		return false;
	if (is_cc(ld, LINUX_VSTART, c)) {
		ldisc_start_output(ld);
		ldisc_push_echo(ld);
		return true;
	}
	if (!is_cc(ld, LINUX_VSTOP, c))
		return false;
	ldisc_stop_output(ld);
	return true;
}

static void echo_first(struct ldisc *ld, uint8_t c)
{
	if (ld->canon_head == ld->head)
		ldisc_echo_add(ld, ECHO_MARK, 0);
	ldisc_echo_typed(ld, c);
}

static void receive_plain(struct ldisc *ld, uint8_t c)
{
	start_by_any(ld);
	if (ldisc_has_l(ld, LINUX_ECHO)) {
		ldisc_finish_erasing(ld);
		echo_first(ld, c);
	}
	put_typed(ld, c);
}

static void receive_literal_next(struct ldisc *ld)
{
	ld->is_literal_next = true;
	if (!ldisc_has_l(ld, LINUX_ECHO))
		return;
	ldisc_finish_erasing(ld);
	if (ldisc_has_l(ld, LINUX_ECHOCTL)) {
		ldisc_echo_add(ld, ECHO_BYTE, '^');
		ldisc_echo_add(ld, ECHO_BYTE, '\b');
	}
}

static void reprint(struct ldisc *ld, uint8_t c)
{
	ldisc_finish_erasing(ld);
	ldisc_echo_typed(ld, c);
	ldisc_echo_add(ld, ECHO_BYTE, '\n');
	for (uint32_t i = ld->canon_head; i != ld->head; i++)
		ldisc_echo_typed(ld, *ldisc_byte(ld, i));
}

/* Whether c ended a line; it is in the buffer then. */
static bool receive_line_end(struct ldisc *ld, uint8_t c)
{
	if (c == '\n') {
		if (ldisc_has_l(ld, LINUX_ECHO | LINUX_ECHONL))
			ldisc_echo_add(ld, ECHO_BYTE, '\n');
		end_line(ld, c);
		return true;
	}
	if (is_cc(ld, LINUX_VEOF, c)) {
		end_line(ld, 0);
		return true;
	}
	if (!is_cc(ld, LINUX_VEOL, c) && !is_extended_cc(ld, LINUX_VEOL2, c))
		return false;
	if (ldisc_has_l(ld, LINUX_ECHO))
		echo_first(ld, c);
	if (c == 0xff && ldisc_has_i(ld, LINUX_PARMRK))
		put(ld, c);
	end_line(ld, c);
	return true;
}

/* Whether c was a command of canonical mode, or ended a line. */
static bool receive_canonical(struct ldisc *ld, uint8_t c)
{
	if (is_cc(ld, LINUX_VERASE, c) || is_cc(ld, LINUX_VKILL, c) ||
	    is_extended_cc(ld, LINUX_VWERASE, c)) {
		ldisc_erase(ld, c);
		return true;
	}
	if (is_extended_cc(ld, LINUX_VLNEXT, c)) {
		receive_literal_next(ld);
		return true;
	}
	if (ldisc_has_l(ld, LINUX_ECHO) && is_extended_cc(ld, LINUX_VREPRINT, c)) {
		reprint(ld, c);
		return true;
	}
	return receive_line_end(ld, c);
}

static void receive_special(struct ldisc *ld, uint8_t c)
{
	uint32_t sig;

	if (receive_flow(ld, c))
		return;
	sig = signal_of(ld, c);
	if (sig != 0) {
		receive_signal(ld, sig, c);
		return;
	}
	start_by_any(ld);
	if (c == '\r') {
		if (ldisc_has_i(ld, LINUX_IGNCR))
			return;
		if (ldisc_has_i(ld, LINUX_ICRNL))
			c = '\n';
	} else if (c == '\n' && ldisc_has_i(ld, LINUX_INLCR)) {
		c = '\r';
	}
	if (ldisc_has_l(ld, LINUX_ICANON) && receive_canonical(ld, c))
		return;
	if (ldisc_has_l(ld, LINUX_ECHO)) {
		ldisc_finish_erasing(ld);
		if (c == '\n')
			ldisc_echo_add(ld, ECHO_BYTE, c);
		else
			echo_first(ld, c);
	}
	put_typed(ld, c);
}

static void receive_byte(struct ldisc *ld, uint8_t c)
{
	if (ldisc_has_i(ld, LINUX_ISTRIP))
		c &= 0x7f;
	if (ldisc_has_i(ld, LINUX_IUCLC) && ldisc_has_l(ld, LINUX_IEXTEN) && byte_is_upper(c))
		c = (uint8_t)(c + 0x20);
	if (ldisc_has_l(ld, LINUX_EXTPROC)) {
		put(ld, c);
	} else if (ld->is_literal_next) {
		ld->is_literal_next = false;
		receive_plain(ld, c);
	} else if (bitmap_test(ld->special, c)) {
		receive_special(ld, c);
	} else {
		receive_plain(ld, c);
	}
}

/*
 * Whether the next byte has a place. One place always stays free, and with PARMRK a
 * byte may need three. When what fills the buffer is a single unfinished line, the
 * last place is used again and again.
 */
static bool make_room(struct ldisc *ld)
{
	uint32_t free = LDISC_BUF - (ld->head - ld->tail);

	if (ldisc_has_i(ld, LINUX_PARMRK))
		free = (free + 2) / 3;
	if (free > 1)
		return true;
	if (!ldisc_has_l(ld, LINUX_ICANON) || ld->canon_head != ld->tail)
		return false;
	if (free == 0)
		ld->head--;
	return true;
}

size_t ldisc_receive(struct ldisc *ld, const uint8_t *bytes, size_t len)
{
	size_t done = 0;

	while (done < len && make_room(ld))
		receive_byte(ld, bytes[done++]);
	ldisc_push_echo(ld);
	if (!ldisc_is_canonical(ld) && ld->head != ld->tail)
		ld->ops->notify(ld, LDISC_READABLE);
	return done;
}

void ldisc_receive_break(struct ldisc *ld)
{
	if (ldisc_has_i(ld, LINUX_IGNBRK))
		return;
	if (ldisc_has_i(ld, LINUX_BRKINT)) {
		send_signal(ld, LINUX_SIGINT);
		return;
	}
	if (!make_room(ld))
		return;
	if (ldisc_has_i(ld, LINUX_PARMRK)) {
		put(ld, 0xff);
		put(ld, 0);
	}
	put(ld, 0);
	if (!ldisc_is_canonical(ld))
		ld->ops->notify(ld, LDISC_READABLE);
}
