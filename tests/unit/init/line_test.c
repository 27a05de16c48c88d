#include "kernel/init/monitor/line.h"

#include <string.h>

#include "tests/unit/unit.h"

/* A terminal that knows what the editor relies on: printing, '\b' and '\n'. */
static char term[1024];
static size_t term_pos;

static struct line_editor ed;

static void emit(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\b') {
			assert_true(term_pos > 0);
			term_pos--;
		} else if (text[i] == '\n') {
			memset(term, 0, sizeof(term));
			term_pos = 0;
		} else {
			assert_true(text[i] >= ' ' && text[i] <= '~');
			assert_true(term_pos < sizeof(term) - 1);
			term[term_pos++] = text[i];
		}
	}
}

static int setup(void **state)
{
	(void)state;
	memset(term, 0, sizeof(term));
	term_pos = 0;
	line_init(&ed, emit);
	return 0;
}

/* Types text, checking after each byte that the terminal shows the line. */
static uint32_t type(const char *text)
{
	uint32_t lines = 0;

	for (; *text; text++) {
		if (line_feed(&ed, *text)) {
			lines++;
			assert_int_equal(term_pos, 0);
			continue;
		}
		assert_int_equal(term_pos, ed.pos);
		assert_memory_equal(term, ed.text, ed.len);
		for (size_t i = ed.len; term[i]; i++)
			assert_int_equal(term[i], ' ');
	}
	return lines;
}

#define EXPECT(typed_text, line)                                                                   \
	do {                                                                                       \
		assert_int_equal(type(typed_text "\r"), 1);                                        \
		assert_string_equal(ed.text, line);                                                \
	} while (0)

static void plain_lines(void **state)
{
	(void)state;
	EXPECT("threads", "threads");
	EXPECT("", "");
	assert_int_equal(type("a\nb\r\nc\r\r"), 4);
}

static void editing_in_the_middle(void **state)
{
	(void)state;
	EXPECT("helo\x1b[Dl", "hello");
	EXPECT("abc\x01X\x05Y", "XabcY");
	EXPECT("abc\x1b[D\x1b[D\x1b[3~", "ac");
	EXPECT("abc\x02\x02\x04", "ac");
	EXPECT("abcd\x7f\x7f", "ab");
	EXPECT("abcd\x1b[H\x7fz", "zabcd");
	EXPECT("abcd\x1bOH\x1b[C\x1b[4~x", "abcdx");
}

static void killing_text(void **state)
{
	(void)state;
	EXPECT("one two\x15", "");
	EXPECT("one two\x17three", "one three");
	EXPECT("one two  \x17\x17", "");
	EXPECT("one two\x01\x06\x06\x06\x0b", "one");
	EXPECT("junk\x03good", "good");
}

static void history_goes_back_and_forth(void **state)
{
	(void)state;
	EXPECT("first", "first");
	EXPECT("second", "second");
	EXPECT("second", "second");
	EXPECT("\x1b[A", "second");
	EXPECT("\x1b[A\x1b[A", "first");
	EXPECT("\x10\x10\x0e", "first");
	EXPECT("\x10\x0e", "");
	EXPECT("\x10!", "first!");
}

static void history_has_an_end(void **state)
{
	char text[4] = {0};

	(void)state;
	for (int i = 0; i < 40; i++) {
		text[0] = (char)('0' + i / 10);
		text[1] = (char)('0' + i % 10);
		text[2] = '\r';
		assert_int_equal(type(text), 1);
	}
	for (int i = 0; i < 50; i++)
		type("\x1b[A");
	EXPECT("", "24");
}

static void line_length_is_bounded(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 2 * LINE_SIZE; i++)
		type("x");
	assert_int_equal(type("\r"), 1);
	assert_int_equal(strlen(ed.text), LINE_SIZE - 1);
	/* And comes back whole from the history. */
	type("\x1b[A");
	assert_int_equal(ed.len, LINE_SIZE - 1);
}

static void unknown_sequences_type_nothing(void **state)
{
	(void)state;
	EXPECT("a\x1b[15~\x1b[1;5C\x1bz\x1b[5~\x1b[Zb\x80\xff\x07", "ab");
}

static void any_bytes_do_no_harm(void **state)
{
	static const char keys[] = "ab \x1b[ABCDHF~3\x01\x02\x05\x06\x08\x0b\x0e\x10\x15\x17\x7f";
	uint64_t seed = 11;

	(void)state;
	for (int i = 0; i < 300000; i++) {
		char text[2] = {keys[test_random(&seed, sizeof(keys) - 1)], 0};

		if (test_random(&seed, 500) == 0)
			text[0] = '\r';
		type(text);
	}
}

#define LINE_TEST(function, sentence)                                                              \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = setup                   \
	}

static const struct CMUnitTest tests[] = {
	LINE_TEST(plain_lines, "lines end with CR, LF or both"),
	LINE_TEST(editing_in_the_middle, "text is inserted and deleted at the cursor"),
	LINE_TEST(killing_text, "lines and words are killed"),
	LINE_TEST(history_goes_back_and_forth, "the history goes back and forth"),
	LINE_TEST(history_has_an_end, "the history ends at its oldest line"),
	LINE_TEST(line_length_is_bounded, "a line that is too long stops growing"),
	LINE_TEST(unknown_sequences_type_nothing, "unknown keys type nothing"),
	LINE_TEST(any_bytes_do_no_harm, "the terminal shows the line after any keys"),
};

int main(void)
{
	return RUN_TESTS("line");
}
