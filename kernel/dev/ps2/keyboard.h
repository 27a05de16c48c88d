/*
 * Keyboard: scan codes of set 1 to key events, and key events to characters of
 * a US keyboard. Pure: no port, no lock.
 */
#ifndef KERNEL_DEV_PS2_KEYBOARD_H
#define KERNEL_DEV_PS2_KEYBOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A key is its code in set 1; keys with the prefix E0 have this bit too. */
#define KEY_EXTENDED 0x80u

enum key_code {
	KEY_ESCAPE = 0x01,
	KEY_BACKSPACE = 0x0e,
	KEY_TAB = 0x0f,
	KEY_ENTER = 0x1c,
	KEY_LEFT_CTRL = 0x1d,
	KEY_LEFT_SHIFT = 0x2a,
	KEY_RIGHT_SHIFT = 0x36,
	KEY_LEFT_ALT = 0x38,
	KEY_CAPS_LOCK = 0x3a,
	KEY_NUM_LOCK = 0x45,
	KEY_RIGHT_CTRL = 0x1d | KEY_EXTENDED,
	KEY_RIGHT_ALT = 0x38 | KEY_EXTENDED,
	KEY_HOME = 0x47 | KEY_EXTENDED,
	KEY_UP = 0x48 | KEY_EXTENDED,
	KEY_PAGE_UP = 0x49 | KEY_EXTENDED,
	KEY_LEFT = 0x4b | KEY_EXTENDED,
	KEY_RIGHT = 0x4d | KEY_EXTENDED,
	KEY_END = 0x4f | KEY_EXTENDED,
	KEY_DOWN = 0x50 | KEY_EXTENDED,
	KEY_PAGE_DOWN = 0x51 | KEY_EXTENDED,
	KEY_INSERT = 0x52 | KEY_EXTENDED,
	KEY_DELETE = 0x53 | KEY_EXTENDED,
	KEY_PAUSE = 0x7f, /* the one key with the prefix E1; it sends no release */
};

enum key_modifier {
	KEY_MOD_LEFT_SHIFT = 1u << 0,
	KEY_MOD_RIGHT_SHIFT = 1u << 1,
	KEY_MOD_LEFT_CTRL = 1u << 2,
	KEY_MOD_RIGHT_CTRL = 1u << 3,
	KEY_MOD_LEFT_ALT = 1u << 4,
	KEY_MOD_RIGHT_ALT = 1u << 5,
	KEY_MOD_CAPS = 1u << 6, /* locked, not held */
	KEY_MOD_NUM = 1u << 7,	/* locked, not held */
};

struct key_event {
	uint8_t key;	   /* enum key_code or a plain set 1 code */
	uint8_t modifiers; /* enum key_modifier bits, this event included */
	bool is_press;	   /* else a release; a repeat is a press */
};

struct keyboard {
	uint8_t modifiers;
	uint8_t held_locks; /* lock keys that are down, so that a repeat does not toggle */
	uint8_t prefix;	    /* 0, 0xE0 or 0xE1 */
	uint8_t skip;	    /* codes of the E1 sequence still to come */
};

/* Nothing held, caps lock off, num lock on. */
void keyboard_init(struct keyboard *kb);

/* Takes the next byte from the controller. True when *out is an event. */
bool keyboard_feed(struct keyboard *kb, uint8_t code, struct key_event *out);

#define KEYBOARD_TEXT_MAX 8u

/*
 * The bytes a terminal sends for the event, as a VT100 does for cursor keys;
 * alt puts ESC before. Returns how many of buf[KEYBOARD_TEXT_MAX]; 0 for
 * releases and keys without a character.
 */
size_t keyboard_text(const struct key_event *event, char *buf);

#endif
