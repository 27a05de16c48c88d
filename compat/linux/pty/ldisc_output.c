/* The way out of a line discipline: a program's output, and echo. */
#include "compat/linux/pty/ldisc_impl.h"

#define TAB 8u
#define OUT_BYTES 64u

/* Bytes on their way to the device. */
struct out {
	struct ldisc *ld;
	size_t room; /* of the device, less what is in bytes */
	size_t len;
	uint8_t bytes[OUT_BYTES];
};

static void out_begin(struct out *out, struct ldisc *ld)
{
	out->ld = ld;
	out->len = 0;
	out->room = ld->is_stopped ? 0 : ld->ops->room(ld);
}

static void out_flush(struct out *out)
{
	if (out->len > 0)
		out->ld->ops->put(out->ld, out->bytes, out->len);
	out->len = 0;
}

/* The caller has seen to it that there is room. */
static void out_add(struct out *out, uint8_t c)
{
	if (out->len == OUT_BYTES)
		out_flush(out);
	out->bytes[out->len++] = c;
	out->room--;
}

static bool out_newline(struct out *out)
{
	struct ldisc *ld = out->ld;

	if (ldisc_has_o(ld, LINUX_ONLCR)) {
		if (out->room < 2)
			return false;
		ld->column = 0;
		ld->canon_column = 0;
		out_add(out, '\r');
		out_add(out, '\n');
		return true;
	}
	if (ldisc_has_o(ld, LINUX_ONLRET))
		ld->column = 0;
	ld->canon_column = ld->column;
	out_add(out, '\n');
	return true;
}

static bool out_return(struct out *out)
{
	struct ldisc *ld = out->ld;
	bool is_newline = ldisc_has_o(ld, LINUX_OCRNL);

	if (ldisc_has_o(ld, LINUX_ONOCR) && ld->column == 0)
		return true;
	if (!is_newline || ldisc_has_o(ld, LINUX_ONLRET)) {
		ld->column = 0;
		ld->canon_column = 0;
	}
	out_add(out, is_newline ? '\n' : '\r');
	return true;
}

static bool out_tab(struct out *out)
{
	struct ldisc *ld = out->ld;
	uint32_t width = TAB - ld->column % TAB;
	bool is_expanded = (ld->termios.oflag & LINUX_TABDLY) == LINUX_XTABS;

	if (is_expanded && out->room < width)
		return false;
	ld->column += width;
	if (!is_expanded) {
		out_add(out, '\t');
		return true;
	}
	for (uint32_t i = 0; i < width; i++)
		out_add(out, ' ');
	return true;
}

static bool out_other(struct out *out, uint8_t c)
{
	struct ldisc *ld = out->ld;

	if (c == '\b') {
		if (ld->column > 0)
			ld->column--;
	} else if (!byte_is_control(c)) {
		if (ldisc_has_o(ld, LINUX_OLCUC) && byte_is_lower(c))
			c = (uint8_t)(c - 0x20);
		if (!ldisc_is_continuation(ld, c))
			ld->column++;
	}
	out_add(out, c);
	return true;
}

/* Writes what a byte becomes. False, and nothing happened, when there is no room. */
static bool out_byte(struct out *out, uint8_t c)
{
	if (out->room == 0)
		return false;
	if (!ldisc_has_o(out->ld, LINUX_OPOST)) {
		out_add(out, c);
		return true;
	}
	switch (c) {
	case '\n':
		return out_newline(out);
	case '\r':
		return out_return(out);
	case '\t':
		return out_tab(out);
	default:
		return out_other(out, c);
	}
}

static bool out_control(struct out *out, uint8_t c)
{
	if (out->room < 2)
		return false;
	out_add(out, '^');
	out_add(out, c ^ 0x40);
	out->ld->column += 2;
	return true;
}

/* arg: the columns before the tab, modulo 8; and 0x80 when they begin at a tab stop. */
static bool out_erase_tab(struct out *out, uint8_t arg)
{
	struct ldisc *ld = out->ld;
	uint32_t before = arg & 0x80 ? arg : arg + ld->canon_column;
	uint32_t width = TAB - before % TAB;

	if (out->room < width)
		return false;
	for (uint32_t i = 0; i < width; i++)
		out_add(out, '\b');
	ld->column -= MIN(width, ld->column);
	return true;
}

/* Linux's echo has an escape code of this value, and so shows the byte as it is. */
static bool out_0xff(struct out *out)
{
	if (out->room == 0)
		return false;
	out_add(out, 0xff);
	out->ld->column++;
	return true;
}

static bool out_echo(struct out *out, uint16_t command)
{
	struct ldisc *ld = out->ld;
	uint8_t arg = (uint8_t)command;

	switch (command & 0xff00) {
	case ECHO_CONTROL:
		return out_control(out, arg);
	case ECHO_ERASE_TAB:
		return out_erase_tab(out, arg);
	case ECHO_MARK:
		ld->canon_column = ld->column;
		return true;
	case ECHO_SAME_COLUMN:
		if (ld->column > 0)
			ld->column--;
		return true;
	default:
		return arg == 0xff ? out_0xff(out) : out_byte(out, arg);
	}
}

static void out_echoes(struct out *out)
{
	struct ldisc *ld = out->ld;

	while (ld->echo_tail != ld->echo_head &&
	       out_echo(out, ld->echo[ld->echo_tail % LDISC_ECHO]))
		ld->echo_tail++;
}

void ldisc_push_echo(struct ldisc *ld)
{
	struct out out;

	if (ld->echo_tail == ld->echo_head)
		return;
	out_begin(&out, ld);
	out_echoes(&out);
	out_flush(&out);
}

size_t ldisc_write(struct ldisc *ld, const uint8_t *bytes, size_t len)
{
	struct out out;
	size_t done = 0;

	out_begin(&out, ld);
	out_echoes(&out);
	if (ld->echo_tail == ld->echo_head)
		while (done < len && out_byte(&out, bytes[done]))
			done++;
	out_flush(&out);
	return done;
}

bool ldisc_is_writable(struct ldisc *ld)
{
	return !ld->is_stopped && ld->ops->room(ld) > 0;
}

void ldisc_echo_add(struct ldisc *ld, enum ldisc_echo kind, uint8_t arg)
{
	if (ld->echo_head - ld->echo_tail == LDISC_ECHO)
		ld->echo_tail++;
	ld->echo[ld->echo_head++ % LDISC_ECHO] = (uint16_t)(kind | arg);
}

void ldisc_echo_typed(struct ldisc *ld, uint8_t c)
{
	bool is_shown = ldisc_has_l(ld, LINUX_ECHOCTL) && byte_is_control(c) && c != '\t';

	ldisc_echo_add(ld, is_shown ? ECHO_CONTROL : ECHO_BYTE, c);
}

void ldisc_echo_tab(struct ldisc *ld, uint32_t columns, bool is_after_tab)
{
	ldisc_echo_add(ld, ECHO_ERASE_TAB, (uint8_t)(columns % TAB | (is_after_tab ? 0x80 : 0)));
}

static void resume(struct ldisc *ld)
{
	if (!ld->is_stopped)
		return;
	ld->is_stopped = false;
	ld->ops->notify(ld, LDISC_STARTED | LDISC_WRITABLE);
}

void ldisc_start_output(struct ldisc *ld)
{
	if (!ld->is_stopped_by_call)
		resume(ld);
}

void ldisc_stop_output(struct ldisc *ld)
{
	if (ld->is_stopped)
		return;
	ld->is_stopped = true;
	ld->ops->notify(ld, LDISC_STOPPED);
}

void ldisc_stop(struct ldisc *ld)
{
	ld->is_stopped_by_call = true;
	ldisc_stop_output(ld);
}

void ldisc_start(struct ldisc *ld)
{
	if (!ld->is_stopped_by_call)
		return;
	ld->is_stopped_by_call = false;
	/* As on Linux, echo that waits comes with the next key or output. */
	resume(ld);
}
