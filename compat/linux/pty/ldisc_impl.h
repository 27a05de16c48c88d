/* Between the files of the line discipline. */
#ifndef COMPAT_LINUX_PTY_LDISC_IMPL_H
#define COMPAT_LINUX_PTY_LDISC_IMPL_H

#include "compat/linux/pty/ldisc.h"
#include "kernel/lib/bitmap.h"

/* A command of the echo ring: the kind in the upper byte, an argument in the lower. */
enum ldisc_echo {
	ECHO_BYTE = 0 << 8,	   /* shows a byte as a program's output would be */
	ECHO_CONTROL = 1 << 8,	   /* shows a control character as ^X */
	ECHO_ERASE_TAB = 2 << 8,   /* goes back over a tab, see ldisc_echo_tab() */
	ECHO_MARK = 3 << 8,	   /* the line that is edited begins at this column */
	ECHO_SAME_COLUMN = 4 << 8, /* the last byte took no column after all */
};

static inline bool ldisc_has_i(const struct ldisc *ld, uint32_t flag)
{
	return ld->termios.iflag & flag;
}

static inline bool ldisc_has_o(const struct ldisc *ld, uint32_t flag)
{
	return ld->termios.oflag & flag;
}

static inline bool ldisc_has_l(const struct ldisc *ld, uint32_t flag)
{
	return ld->termios.lflag & flag;
}

/* Lines are edited here, unless someone else does that for us. */
static inline bool ldisc_is_canonical(const struct ldisc *ld)
{
	return ldisc_has_l(ld, LINUX_ICANON) && !ldisc_has_l(ld, LINUX_EXTPROC);
}

/* A byte in the middle of a UTF-8 character. */
static inline bool ldisc_is_continuation(const struct ldisc *ld, uint8_t c)
{
	return ldisc_has_i(ld, LINUX_IUTF8) && (c & 0xc0) == 0x80;
}

static inline bool byte_is_control(uint8_t c)
{
	return c < 0x20 || c == 0x7f;
}

/* Letters as ISO 8859-1 has them, whatever the user's character set is. */
static inline bool byte_is_upper(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7);
}

static inline bool byte_is_lower(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 0xdf && c != 0xf7);
}

static inline bool byte_is_alnum(uint8_t c)
{
	return byte_is_upper(c) || byte_is_lower(c) || (c >= '0' && c <= '9');
}

static inline uint8_t *ldisc_byte(struct ldisc *ld, uint32_t count)
{
	return &ld->buf[count % LDISC_BUF];
}

/* A command for the echo ring; the oldest gives way when it is full. */
void ldisc_echo_add(struct ldisc *ld, enum ldisc_echo kind, uint8_t arg);

/* A byte as it was typed: control characters readable, with ECHOCTL. */
void ldisc_echo_typed(struct ldisc *ld, uint8_t c);

/*
 * Goes back over a tab that columns others precede: since the last tab (is_after_tab)
 * or since the beginning of the line, which is not at a tab stop.
 */
void ldisc_echo_tab(struct ldisc *ld, uint32_t columns, bool is_after_tab);

/* Ends the text between \ and / that ECHOPRT shows. */
void ldisc_finish_erasing(struct ldisc *ld);

/* VERASE, VWERASE or VKILL was typed. */
void ldisc_erase(struct ldisc *ld, uint8_t c);

/* By a key: nothing after TCOOFF. Echo that waits is the caller's to push. */
void ldisc_start_output(struct ldisc *ld);
void ldisc_stop_output(struct ldisc *ld);

/* Drops all input. */
void ldisc_reset_input(struct ldisc *ld);

#endif
