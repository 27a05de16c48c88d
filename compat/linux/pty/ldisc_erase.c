/* Taking back what was typed: VERASE, VWERASE, VKILL, and how that is shown. */
#include "compat/linux/pty/ldisc_impl.h"

enum erase_kind {
	ERASE_CHARACTER,
	ERASE_WORD,
	ERASE_LINE,
};

void ldisc_finish_erasing(struct ldisc *ld)
{
	if (!ld->is_erasing)
		return;
	ldisc_echo_add(ld, ECHO_BYTE, '/');
	ld->is_erasing = false;
}

/* Where the character before head begins; head when there is only the end of one. */
static uint32_t character_before(struct ldisc *ld, uint32_t head)
{
	uint32_t at = head;

	do
		at--;
	while (at != ld->canon_head && ldisc_is_continuation(ld, *ldisc_byte(ld, at)));
	return ldisc_is_continuation(ld, *ldisc_byte(ld, at)) ? head : at;
}

/* ECHOPRT: the text that is erased, as on paper. */
static void show_printed(struct ldisc *ld, uint32_t from, uint32_t to)
{
	if (!ld->is_erasing) {
		ldisc_echo_add(ld, ECHO_BYTE, '\\');
		ld->is_erasing = true;
	}
	ldisc_echo_typed(ld, *ldisc_byte(ld, from));
	while (++from != to) {
		ldisc_echo_add(ld, ECHO_BYTE, *ldisc_byte(ld, from));
		ldisc_echo_add(ld, ECHO_SAME_COLUMN, 0);
	}
}

/* The columns between the tab at the end of the line and the tab before, or the start. */
static void show_tab(struct ldisc *ld)
{
	uint32_t columns = 0;

	for (uint32_t at = ld->head; at != ld->canon_head;) {
		uint8_t c = *ldisc_byte(ld, --at);

		if (c == '\t') {
			ldisc_echo_tab(ld, columns, true);
			return;
		}
		if (byte_is_control(c))
			columns += ldisc_has_l(ld, LINUX_ECHOCTL) ? 2 : 0;
		else if (!ldisc_is_continuation(ld, c))
			columns++;
	}
	ldisc_echo_tab(ld, columns, false);
}

static void show_blank(struct ldisc *ld)
{
	ldisc_echo_add(ld, ECHO_BYTE, '\b');
	ldisc_echo_add(ld, ECHO_BYTE, ' ');
	ldisc_echo_add(ld, ECHO_BYTE, '\b');
}

/* Shows that the character from..to, already out of the line, is erased. */
static void show_erased(struct ldisc *ld, enum erase_kind kind, uint32_t from, uint32_t to)
{
	uint8_t c = *ldisc_byte(ld, from);

	if (ldisc_has_l(ld, LINUX_ECHOPRT)) {
		show_printed(ld, from, to);
	} else if (kind == ERASE_CHARACTER && !ldisc_has_l(ld, LINUX_ECHOE)) {
		ldisc_echo_typed(ld, ld->termios.cc[LINUX_VERASE]);
	} else if (c == '\t') {
		show_tab(ld);
	} else if (!byte_is_control(c)) {
		show_blank(ld);
	} else if (ldisc_has_l(ld, LINUX_ECHOCTL)) {
		show_blank(ld);
		show_blank(ld);
	}
}

/* Erases character by character; a word is the last letters and what follows them. */
static void erase_back(struct ldisc *ld, enum erase_kind kind)
{
	bool has_letters = false;

	while (ld->head != ld->canon_head) {
		uint32_t end = ld->head, at = character_before(ld, end);
		uint8_t c = *ldisc_byte(ld, at);

		if (at == end)
			break;
		if (kind == ERASE_WORD) {
			bool is_letter = byte_is_alnum(c) || c == '_';

			if (has_letters && !is_letter)
				break;
			has_letters = has_letters || is_letter;
		}
		ld->head = at;
		if (ldisc_has_l(ld, LINUX_ECHO))
			show_erased(ld, kind, at, end);
		if (kind == ERASE_CHARACTER)
			break;
	}
	if (ld->head == ld->canon_head && ldisc_has_l(ld, LINUX_ECHO))
		ldisc_finish_erasing(ld);
}

static void kill_line(struct ldisc *ld)
{
	const uint32_t visible = LINUX_ECHOK | LINUX_ECHOKE | LINUX_ECHOE;

	if (ldisc_has_l(ld, LINUX_ECHO) && (ld->termios.lflag & visible) == visible) {
		erase_back(ld, ERASE_LINE);
		return;
	}
	ld->head = ld->canon_head;
	if (!ldisc_has_l(ld, LINUX_ECHO))
		return;
	ldisc_finish_erasing(ld);
	ldisc_echo_typed(ld, ld->termios.cc[LINUX_VKILL]);
	if (ldisc_has_l(ld, LINUX_ECHOK))
		ldisc_echo_add(ld, ECHO_BYTE, '\n');
}

void ldisc_erase(struct ldisc *ld, uint8_t c)
{
	if (ld->head == ld->canon_head)
		return;
	if (c == ld->termios.cc[LINUX_VERASE])
		erase_back(ld, ERASE_CHARACTER);
	else if (c == ld->termios.cc[LINUX_VWERASE])
		erase_back(ld, ERASE_WORD);
	else
		kill_line(ld);
}
