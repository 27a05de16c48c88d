#include "compat/linux/pty/ldisc.h"

#include "compat/linux/pty/ldisc_impl.h"
#include "compat/linux/pty/termios.h"
#include "kernel/lib/string.h"

#define DECISECOND (100 * NSEC_PER_MSEC)

static void mark_special(struct ldisc *ld, const uint8_t *indices, size_t count)
{
	for (size_t i = 0; i < count; i++)
		bitmap_set(ld->special, ld->termios.cc[indices[i]]);
}

/* Bytes that receive_special() has to look at. A character that is NUL is off. */
static void find_special(struct ldisc *ld)
{
	static const uint8_t editing[] = {LINUX_VERASE, LINUX_VKILL, LINUX_VEOF, LINUX_VEOL};
	static const uint8_t extended[] = {LINUX_VWERASE, LINUX_VLNEXT, LINUX_VEOL2};
	static const uint8_t flow[] = {LINUX_VSTART, LINUX_VSTOP};
	static const uint8_t signals[] = {LINUX_VINTR, LINUX_VQUIT, LINUX_VSUSP};
	static const uint8_t reprint[] = {LINUX_VREPRINT};

	memset(ld->special, 0, sizeof(ld->special));
	if (ldisc_has_i(ld, LINUX_IGNCR | LINUX_ICRNL))
		bitmap_set(ld->special, '\r');
	if (ldisc_has_i(ld, LINUX_INLCR) || ldisc_has_l(ld, LINUX_ICANON))
		bitmap_set(ld->special, '\n');
	if (ldisc_has_l(ld, LINUX_ICANON)) {
		mark_special(ld, editing, ARRAY_SIZE(editing));
		if (ldisc_has_l(ld, LINUX_IEXTEN))
			mark_special(ld, extended, ARRAY_SIZE(extended));
		if (ldisc_has_l(ld, LINUX_IEXTEN) && ldisc_has_l(ld, LINUX_ECHO))
			mark_special(ld, reprint, ARRAY_SIZE(reprint));
	}
	if (ldisc_has_i(ld, LINUX_IXON))
		mark_special(ld, flow, ARRAY_SIZE(flow));
	if (ldisc_has_l(ld, LINUX_ISIG))
		mark_special(ld, signals, ARRAY_SIZE(signals));
	bitmap_clear(ld->special, 0);
}

void ldisc_init(struct ldisc *ld, const struct ldisc_ops *ops)
{
	memset(ld, 0, sizeof(*ld));
	ld->ops = ops;
	termios_init(&ld->termios);
	find_special(ld);
}

static void change_mode(struct ldisc *ld)
{
	memset(ld->line_end, 0, sizeof(ld->line_end));
	ld->canon_head = ld->tail;
	if (ldisc_has_l(ld, LINUX_ICANON) && ld->head != ld->tail) {
		bitmap_set(ld->line_end, (ld->head - 1) % LDISC_BUF);
		ld->canon_head = ld->head;
	}
	ld->is_erasing = false;
	ld->is_literal_next = false;
}

void ldisc_set_termios(struct ldisc *ld, const struct linux_termios2 *t)
{
	struct linux_termios2 old = ld->termios;

	ld->termios = *t;
	if ((old.lflag ^ t->lflag) & (LINUX_ICANON | LINUX_EXTPROC))
		change_mode(ld);
	find_special(ld);
	/* What a key stopped, no key could start any more. */
	if (old.iflag & LINUX_IXON && !ldisc_has_i(ld, LINUX_IXON)) {
		ldisc_start_output(ld);
		ldisc_push_echo(ld);
	}
	ld->ops->notify(ld, LDISC_READABLE | LDISC_WRITABLE);
}

void ldisc_flush_input(struct ldisc *ld)
{
	ldisc_reset_input(ld);
	ld->ops->notify(ld, LDISC_INPUT_FLUSHED);
}

static bool is_end_of_file(const struct ldisc *ld, uint32_t at)
{
	return bitmap_test(ld->line_end, at % LDISC_BUF) && ld->buf[at % LDISC_BUF] == 0;
}

uint32_t ldisc_readable_count(const struct ldisc *ld)
{
	uint32_t count = 0;

	if (!ldisc_is_canonical(ld))
		return ld->head - ld->tail;
	for (uint32_t at = ld->tail; at != ld->canon_head; at++)
		count += !is_end_of_file(ld, at);
	return count;
}

static bool has_input(const struct ldisc *ld, uint32_t at_least)
{
	if (ldisc_is_canonical(ld))
		return ld->canon_head != ld->tail;
	return ld->head - ld->tail >= at_least;
}

bool ldisc_is_readable(const struct ldisc *ld)
{
	uint32_t min = ld->termios.cc[LINUX_VMIN];

	return has_input(ld, ld->termios.cc[LINUX_VTIME] == 0 && min > 0 ? min : 1);
}

/* Moves a line or its beginning; an end of file that comes right behind goes with it. */
static void read_line(struct ldisc *ld, struct ldisc_reader *reader)
{
	bool is_end = false;

	while (!is_end && reader->done < reader->len && ld->tail != ld->canon_head) {
		bool is_eof = is_end_of_file(ld, ld->tail);

		is_end = bitmap_test(ld->line_end, ld->tail % LDISC_BUF);
		bitmap_clear(ld->line_end, ld->tail % LDISC_BUF);
		if (!is_eof)
			reader->buf[reader->done++] = *ldisc_byte(ld, ld->tail);
		ld->tail++;
	}
	if (!is_end && ld->tail != ld->canon_head && is_end_of_file(ld, ld->tail)) {
		bitmap_clear(ld->line_end, ld->tail % LDISC_BUF);
		ld->tail++;
	}
}

static void read_bytes(struct ldisc *ld, struct ldisc_reader *reader)
{
	while (reader->done < reader->len && ld->tail != ld->head)
		reader->buf[reader->done++] = *ldisc_byte(ld, ld->tail++);
}

/* With EXTPROC the other end edits; a lone VEOF from it is an end of file. */
static bool take_external_eof(struct ldisc *ld)
{
	if (!ldisc_has_l(ld, LINUX_EXTPROC) || !ldisc_has_l(ld, LINUX_ICANON) ||
	    ld->head - ld->tail != 1 || *ldisc_byte(ld, ld->tail) != ld->termios.cc[LINUX_VEOF])
		return false;
	ld->tail++;
	return true;
}

void ldisc_read_begin(struct ldisc *ld, struct ldisc_reader *reader, uint8_t *buf, size_t len)
{
	uint32_t time = ld->termios.cc[LINUX_VTIME];

	*reader = (struct ldisc_reader){.buf = buf, .len = len, .timeout = KTIME_FOREVER};
	reader->is_timed = !ldisc_has_l(ld, LINUX_ICANON) && ld->termios.cc[LINUX_VMIN] == 0;
	if (reader->is_timed)
		reader->timeout = time * DECISECOND;
}

enum ldisc_read_state ldisc_read(struct ldisc *ld, struct ldisc_reader *reader)
{
	uint32_t min = ld->termios.cc[LINUX_VMIN], time = ld->termios.cc[LINUX_VTIME];
	bool is_raw = !ldisc_has_l(ld, LINUX_ICANON);

	if (!has_input(ld, 1))
		return reader->timeout == 0 ? LDISC_READ_DONE : LDISC_READ_WAIT;
	if (ldisc_is_canonical(ld)) {
		read_line(ld, reader);
		return LDISC_READ_DONE;
	}
	if (take_external_eof(ld))
		return LDISC_READ_DONE;
	read_bytes(ld, reader);
	if (reader->done == reader->len || reader->is_timed || !is_raw || reader->done >= min)
		return LDISC_READ_DONE;
	/* VTIME is the time between two bytes, from the first one on. */
	if (time > 0)
		reader->timeout = time * DECISECOND;
	return LDISC_READ_WAIT;
}

enum ldisc_read_state ldisc_read_timeout(struct ldisc *ld, struct ldisc_reader *reader)
{
	reader->timeout = 0;
	return ldisc_read(ld, reader);
}
