/*
 * Scan code set 1, as the controller translates to it: a key is one byte, its
 * release the same with the top bit set. Keys that came after 1984 are preceded
 * by E0; some of those are wrapped in pretended shifts (E0 2A, E0 36), which
 * mean nothing. Pause alone begins with E1 and sends a press and a release of
 * two more bytes at once.
 */
#include "kernel/dev/ps2/keyboard.h"

#include "kernel/lib/compiler.h"
#include "kernel/lib/string.h"

#define RELEASE 0x80u
#define PREFIX_E0 0xe0u
#define PREFIX_E1 0xe1u
#define E1_CODES 2u
#define ESC '\x1b'

#define MOD_SHIFT (KEY_MOD_LEFT_SHIFT | KEY_MOD_RIGHT_SHIFT)
#define MOD_CTRL (KEY_MOD_LEFT_CTRL | KEY_MOD_RIGHT_CTRL)
#define MOD_ALT (KEY_MOD_LEFT_ALT | KEY_MOD_RIGHT_ALT)

/* What codes 0x00 to 0x39 type; 0: no character. */
static const char plain[0x3a] = "\0\x1b"
				"1234567890-=\x7f\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./"
				"\0*\0 ";
static const char shifted[0x3a] = "\0\x1b"
				  "!@#$%^&*()_+\x7f\tQWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?"
				  "\0*\0 ";

/* The number pad, codes 0x47 to 0x53; without num lock it is the cursor pad. */
#define PAD_FIRST 0x47u
static const char pad[] = "789-456+1230.";

struct key_sequence {
	uint8_t key;
	const char *text;
};

/* What a VT220 sends; xterm and the Linux console understand all of it. */
static const struct key_sequence sequences[] = {
	{KEY_UP, "\x1b[A"},
	{KEY_DOWN, "\x1b[B"},
	{KEY_RIGHT, "\x1b[C"},
	{KEY_LEFT, "\x1b[D"},
	{KEY_HOME, "\x1b[H"},
	{KEY_END, "\x1b[F"},
	{KEY_INSERT, "\x1b[2~"},
	{KEY_DELETE, "\x1b[3~"},
	{KEY_PAGE_UP, "\x1b[5~"},
	{KEY_PAGE_DOWN, "\x1b[6~"},
	{0x3b, "\x1bOP"},
	{0x3c, "\x1bOQ"},
	{0x3d, "\x1bOR"},
	{0x3e, "\x1bOS"},
	{0x3f, "\x1b[15~"},
	{0x40, "\x1b[17~"},
	{0x41, "\x1b[18~"},
	{0x42, "\x1b[19~"},
	{0x43, "\x1b[20~"},
	{0x44, "\x1b[21~"},
	{0x57, "\x1b[23~"},
	{0x58, "\x1b[24~"},
	{0x1c | KEY_EXTENDED, "\r"},
	{0x35 | KEY_EXTENDED, "/"},
};

void keyboard_init(struct keyboard *kb)
{
	*kb = (struct keyboard){.modifiers = KEY_MOD_NUM};
}

/* The modifier that a key is while it is held, 0 for others. */
static uint8_t held_modifier(uint8_t key)
{
	switch (key) {
	case KEY_LEFT_SHIFT:
		return KEY_MOD_LEFT_SHIFT;
	case KEY_RIGHT_SHIFT:
		return KEY_MOD_RIGHT_SHIFT;
	case KEY_LEFT_CTRL:
		return KEY_MOD_LEFT_CTRL;
	case KEY_RIGHT_CTRL:
		return KEY_MOD_RIGHT_CTRL;
	case KEY_LEFT_ALT:
		return KEY_MOD_LEFT_ALT;
	case KEY_RIGHT_ALT:
		return KEY_MOD_RIGHT_ALT;
	default:
		return 0;
	}
}

/* The modifier that a key turns on and off. */
static uint8_t lock_modifier(uint8_t key)
{
	if (key == KEY_CAPS_LOCK)
		return KEY_MOD_CAPS;
	return key == KEY_NUM_LOCK ? KEY_MOD_NUM : 0;
}

static void apply_modifiers(struct keyboard *kb, uint8_t key, bool is_press)
{
	uint8_t held = held_modifier(key);
	uint8_t lock = lock_modifier(key);

	if (is_press) {
		kb->modifiers |= held;
		/* A key held down repeats; only the first press toggles. */
		kb->modifiers ^= (uint8_t)(lock & ~kb->held_locks);
		kb->held_locks |= lock;
	} else {
		kb->modifiers &= (uint8_t)~held;
		kb->held_locks &= (uint8_t)~lock;
	}
}

static bool make_event(struct keyboard *kb, uint8_t key, bool is_press, struct key_event *out)
{
	apply_modifiers(kb, key, is_press);
	out->key = key;
	out->is_press = is_press;
	out->modifiers = kb->modifiers;
	return true;
}

/* A byte after E1: the second one completes a press or a release of Pause. */
static bool feed_pause(struct keyboard *kb, uint8_t code, struct key_event *out)
{
	kb->skip--;
	if (kb->skip > 0)
		return false;
	kb->prefix = 0;
	if (code & RELEASE)
		return false;
	return make_event(kb, KEY_PAUSE, true, out);
}

bool keyboard_feed(struct keyboard *kb, uint8_t code, struct key_event *out)
{
	uint8_t prefix = kb->prefix;
	uint8_t key = code & 0x7f;

	if (prefix == PREFIX_E1)
		return feed_pause(kb, code, out);
	if (code == PREFIX_E0 || code == PREFIX_E1) {
		kb->prefix = code;
		kb->skip = E1_CODES;
		return false;
	}
	kb->prefix = 0;
	/* 00 and FF: the keyboard's own buffer overran, or a key it does not know. */
	if (code == 0x00 || code == 0xff)
		return false;
	if (prefix == PREFIX_E0) {
		if (key == KEY_LEFT_SHIFT || key == KEY_RIGHT_SHIFT)
			return false;
		key |= KEY_EXTENDED;
	}
	return make_event(kb, key, !(code & RELEASE), out);
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The character of a key with shift and caps lock, before control. */
static char plain_char(uint8_t key, uint8_t modifiers)
{
	bool is_shifted = (modifiers & MOD_SHIFT) != 0;

	if (key >= sizeof(plain))
		return 0;
	if ((modifiers & KEY_MOD_CAPS) && is_letter(plain[key]))
		is_shifted = !is_shifted;
	if (is_shifted)
		return shifted[key];
	return plain[key];
}

/* Control takes the upper three bits of what lies between '@' and '_'. */
static bool control_char(char c, char *out)
{
	if (c == ' ') {
		*out = '\0';
		return true;
	}
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c < '@' || c > '_')
		return false;
	*out = (char)(c & 0x1f);
	return true;
}

/* Number pad keys that are numbers now, or else the cursor keys they share. */
static uint8_t pad_key(uint8_t key, uint8_t modifiers, char *c)
{
	if (key < PAD_FIRST || key - PAD_FIRST >= sizeof(pad) - 1)
		return key;
	*c = pad[key - PAD_FIRST];
	if ((modifiers & KEY_MOD_NUM) || *c == '-' || *c == '+')
		return key;
	*c = 0;
	return key | KEY_EXTENDED;
}

static size_t sequence_text(uint8_t key, char *buf)
{
	for (size_t i = 0; i < ARRAY_SIZE(sequences); i++)
		if (sequences[i].key == key)
			return strlcpy(buf, sequences[i].text, KEYBOARD_TEXT_MAX - 1);
	return 0;
}

size_t keyboard_text(const struct key_event *event, char *buf)
{
	char c = plain_char(event->key, event->modifiers);
	uint8_t key = pad_key(event->key, event->modifiers, &c);
	size_t len = 0;

	if (!event->is_press)
		return 0;
	if (event->modifiers & MOD_ALT)
		buf[len++] = ESC;
	if (c == 0) {
		size_t count = sequence_text(key, buf + len);

		return count ? len + count : 0;
	}
	if (event->modifiers & MOD_CTRL)
		(void)control_char(c, &c);
	buf[len++] = c;
	return len;
}
