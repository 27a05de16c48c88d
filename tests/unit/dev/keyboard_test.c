#include "kernel/dev/ps2/keyboard.h"

#include <string.h>

#include "tests/unit/unit.h"

static struct keyboard kb;

static int setup(void **state)
{
	(void)state;
	keyboard_init(&kb);
	return 0;
}

/* Feeds the codes and gathers what they type. */
static const char *typed(const char *codes, size_t count)
{
	static char text[256];
	size_t len = 0;

	for (size_t i = 0; i < count; i++) {
		struct key_event event;

		if (keyboard_feed(&kb, (uint8_t)codes[i], &event))
			len += keyboard_text(&event, text + len);
		assert_true(len + KEYBOARD_TEXT_MAX < sizeof(text));
	}
	text[len] = '\0';
	return text;
}

#define TYPED(codes) typed(codes, sizeof(codes) - 1)

static void plain_keys(void **state)
{
	(void)state;
	assert_string_equal(TYPED("\x1e\x9e\x30\xb0\x02\x82\x39\xb9\x1c\x9c"), "ab1 \r");
	assert_string_equal(TYPED("\x0e\x8e\x0f\x8f\x01\x81\x35\xb5"), "\x7f\t\x1b/");
	assert_string_equal(TYPED("\x2b\xab\x29\xa9\x1a\x9a\x28\xa8"), "\\`['");
}

static void shifted_keys(void **state)
{
	(void)state;
	assert_string_equal(TYPED("\x2a\x1e\x9e\x03\x83\xaa\x1e\x9e"), "A@a");
	/* Both shifts, one let go: still shifted. */
	assert_string_equal(TYPED("\x2a\x36\xaa\x1e\x9e\xb6\x1e\x9e"), "Aa");
}

static void caps_lock_changes_letters_only(void **state)
{
	(void)state;
	assert_string_equal(TYPED("\x3a\xba\x1e\x9e\x02\x82"), "A1");
	assert_string_equal(TYPED("\x2a\x1e\x9e\x02\x82\xaa"), "a!");
	assert_string_equal(TYPED("\x3a\xba\x1e\x9e"), "a");
}

static void caps_lock_held_down_toggles_once(void **state)
{
	(void)state;
	assert_string_equal(TYPED("\x3a\x3a\x3a\x3a\xba\x1e"), "A");
}

static void control_keys(void **state)
{
	struct key_event event = {.key = 0x39, .modifiers = KEY_MOD_LEFT_CTRL, .is_press = true};
	char text[KEYBOARD_TEXT_MAX] = "x";

	(void)state;
	assert_string_equal(TYPED("\x1d\x2e\x9d\x2e"), "\x03"
						       "c");
	assert_string_equal(TYPED("\x1d\x1a\x1b\x2b\x9d"), "\x1b\x1d\x1c");
	/* A digit has no control character: itself. */
	assert_string_equal(TYPED("\x1d\x02\x9d"), "1");
	assert_string_equal(TYPED("\xe0\x1d\x1e\xe0\x9d"), "\x01");
	assert_int_equal(keyboard_text(&event, text), 1);
	assert_int_equal(text[0], 0);
}

static void alt_puts_escape_before(void **state)
{
	(void)state;
	assert_string_equal(TYPED("\x38\x21\xb8\x21"), "\x1b"
						       "ff");
	assert_string_equal(TYPED("\x38\xe0\x48\xb8"), "\x1b\x1b[A");
}

static void cursor_keys(void **state)
{
	(void)state;
	assert_string_equal(TYPED("\xe0\x48\xe0\xc8\xe0\x50\xe0\x4b\xe0\x4d"),
			    "\x1b[A\x1b[B\x1b[D\x1b[C");
	assert_string_equal(TYPED("\xe0\x53\xe0\xd3\xe0\x47\xe0\x4f"), "\x1b[3~\x1b[H\x1b[F");
	assert_string_equal(TYPED("\xe0\x1c\xe0\x35"), "\r/");
	assert_string_equal(TYPED("\x3b\x58"), "\x1bOP\x1b[24~");
}

static void pretended_shifts_mean_nothing(void **state)
{
	(void)state;
	/* What a keyboard sends for Insert with num lock on. */
	assert_string_equal(TYPED("\xe0\x2a\xe0\x52\xe0\xd2\xe0\xaa\x1e"), "\x1b[2~a");
}

static void number_pad(void **state)
{
	(void)state;
	assert_string_equal(TYPED("\x47\x4c\x53\x4a\x37"), "75.-*");
	assert_string_equal(TYPED("\x45\xc5\x47\x48\x4e\x4c"), "\x1b[H\x1b[A+");
}

static void pause_is_one_press(void **state)
{
	static const uint8_t codes[] = {0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5};
	struct key_event event;
	int events = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(codes); i++) {
		if (keyboard_feed(&kb, codes[i], &event)) {
			events++;
			assert_int_equal(event.key, KEY_PAUSE);
			assert_true(event.is_press);
		}
	}
	assert_int_equal(events, 1);
	/* Neither control nor num lock was touched. */
	assert_int_equal(kb.modifiers, KEY_MOD_NUM);
	assert_string_equal(TYPED("\x1e"), "a");
}

static void overrun_codes_are_no_keys(void **state)
{
	struct key_event event;

	(void)state;
	assert_false(keyboard_feed(&kb, 0x00, &event));
	assert_false(keyboard_feed(&kb, 0xff, &event));
	/* A prefix before it is forgotten. */
	assert_string_equal(TYPED("\xe0\xff\x48"), "8");
}

static void any_bytes_do_no_harm(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (int i = 0; i < 1000000; i++) {
		char text[KEYBOARD_TEXT_MAX];
		struct key_event event;

		if (keyboard_feed(&kb, (uint8_t)test_random(&seed, 256), &event))
			assert_in_range(keyboard_text(&event, text), 0, KEYBOARD_TEXT_MAX);
	}
	/* Every key let go: only the locks may stay. */
	for (int code = 0x80; code < 0x100; code++) {
		struct key_event event;

		(void)keyboard_feed(&kb, (uint8_t)code, &event);
		(void)keyboard_feed(&kb, 0xe0, &event);
		(void)keyboard_feed(&kb, (uint8_t)code, &event);
	}
	assert_int_equal(kb.modifiers & ~(KEY_MOD_CAPS | KEY_MOD_NUM), 0);
}

#define KEYBOARD_TEST(function, sentence)                                                          \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = setup                   \
	}

static const struct CMUnitTest tests[] = {
	KEYBOARD_TEST(plain_keys, "keys type their characters once, on the press"),
	KEYBOARD_TEST(shifted_keys, "shift holds as long as one of the two is down"),
	KEYBOARD_TEST(caps_lock_changes_letters_only,
		      "caps lock exchanges the case of letters only"),
	KEYBOARD_TEST(caps_lock_held_down_toggles_once, "caps lock that repeats toggles once"),
	KEYBOARD_TEST(control_keys, "control gives control characters where there are some"),
	KEYBOARD_TEST(alt_puts_escape_before, "alt puts an escape before the character"),
	KEYBOARD_TEST(cursor_keys, "cursor and function keys send terminal sequences"),
	KEYBOARD_TEST(pretended_shifts_mean_nothing, "shifts behind E0 are ignored"),
	KEYBOARD_TEST(number_pad, "the number pad follows num lock"),
	KEYBOARD_TEST(pause_is_one_press, "pause is one press and changes no modifier"),
	KEYBOARD_TEST(overrun_codes_are_no_keys, "overrun codes are no keys and end a prefix"),
	KEYBOARD_TEST(any_bytes_do_no_harm, "any sequence of bytes is survived"),
};

int main(void)
{
	return RUN_TESTS("keyboard");
}
