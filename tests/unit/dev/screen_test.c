#include "kernel/dev/vga/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/dev/vga/font.h"
#include "tests/unit/unit.h"

#define COLS 10u
#define ROWS 4u

/* What the "hardware" shows, and how much was drawn to get there. */
static screen_cell_t display[ROWS][COLS];
static uint32_t drawn;
static uint32_t cursor_col, cursor_row;

static struct text_screen screen;
static screen_cell_t *buffer;

static void draw(struct text_screen *s, uint32_t col, uint32_t row, const screen_cell_t *cells,
		 uint32_t count)
{
	assert_ptr_equal(s, &screen);
	assert_true(count > 0 && row < ROWS && col + count <= COLS);
	memcpy(&display[row][col], cells, count * sizeof(*cells));
	drawn += count;
}

static void cursor(struct text_screen *s, uint32_t col, uint32_t row)
{
	(void)s;
	assert_true(col <= COLS && row < ROWS);
	cursor_col = col;
	cursor_row = row;
}

static const struct text_screen_ops ops = {.draw = draw, .cursor = cursor};

static int setup(void **state)
{
	(void)state;
	memset(display, 0xee, sizeof(display));
	buffer = malloc(2 * COLS * ROWS * sizeof(*buffer));
	memset(buffer, 0x55, 2 * COLS * ROWS * sizeof(*buffer));
	screen_init(&screen, &ops, COLS, ROWS, buffer);
	drawn = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(buffer);
	return 0;
}

static void write_text(const char *text)
{
	screen_write(&screen, text, strlen(text));
}

/* Whether the row reads as text, padded with blanks. */
static void expect_row(uint32_t row, const char *text)
{
	char shown[COLS + 1] = {0};
	char wanted[COLS + 1];

	for (uint32_t col = 0; col < COLS; col++)
		shown[col] = (char)display[row][col];
	snprintf(wanted, sizeof(wanted), "%-*s", (int)COLS, text);
	assert_string_equal(shown, wanted);
}

static void starts_blank(void **state)
{
	(void)state;
	for (uint32_t row = 0; row < ROWS; row++)
		for (uint32_t col = 0; col < COLS; col++)
			assert_int_equal(display[row][col], SCREEN_ATTR_NORMAL << 8 | ' ');
	assert_int_equal(cursor_col, 0);
	assert_int_equal(cursor_row, 0);
}

static void text_appears_at_the_cursor(void **state)
{
	(void)state;
	write_text("one\ntwo");
	write_text("!");
	expect_row(0, "one");
	expect_row(1, "two!");
	assert_int_equal(cursor_col, 4);
	assert_int_equal(cursor_row, 1);
	assert_int_equal(drawn, 7);
}

static void control_characters(void **state)
{
	(void)state;
	write_text("abc\rX");
	expect_row(0, "Xbc");
	write_text("\b\bY");
	expect_row(0, "Ybc");
	write_text("\n1\t2\x01\x1b");
	expect_row(1, "1       2");
	write_text("\n12345678\tZ");
	/* The tab reaches the edge, so the next character wraps. */
	expect_row(2, "12345678");
	expect_row(3, "Z");
}

static void full_line_and_newline_is_one_line(void **state)
{
	(void)state;
	write_text("0123456789\nnext");
	expect_row(0, "0123456789");
	expect_row(1, "next");
}

static void long_text_wraps(void **state)
{
	(void)state;
	write_text("0123456789abc");
	expect_row(0, "0123456789");
	expect_row(1, "abc");
}

static void backspace_after_full_line(void **state)
{
	(void)state;
	write_text("0123456789\bX");
	expect_row(0, "012345678X");
	assert_int_equal(cursor_row, 0);
}

static void scrolls_at_the_bottom(void **state)
{
	(void)state;
	write_text("1\n2\n3\n4");
	expect_row(3, "4");
	write_text("\n5");
	expect_row(0, "2");
	expect_row(2, "4");
	expect_row(3, "5");
	write_text("\n\n\n\n");
	for (uint32_t row = 0; row < ROWS; row++)
		expect_row(row, "");
}

static void only_differences_are_drawn(void **state)
{
	(void)state;
	write_text("same\nsame\nsame\nsame");
	drawn = 0;
	write_text("\nsame");
	assert_int_equal(drawn, 0);
	write_text("\rsane");
	assert_int_equal(drawn, 1);
}

static void colours_are_kept_per_cell(void **state)
{
	(void)state;
	write_text("a");
	screen_set_attr(&screen, 0x1c);
	write_text("b");
	assert_int_equal(display[0][0], SCREEN_ATTR_NORMAL << 8 | 'a');
	assert_int_equal(display[0][1], 0x1c << 8 | 'b');
	screen_clear(&screen);
	assert_int_equal(display[3][9], 0x1c << 8 | ' ');
}

static void display_always_equals_cells(void **state)
{
	uint64_t seed = 3;

	(void)state;
	for (int i = 0; i < 50000; i++) {
		char text[40];
		size_t len = test_random(&seed, sizeof(text));

		for (size_t j = 0; j < len; j++)
			text[j] = (char)test_random(&seed, test_random(&seed, 2) ? 16 : 256);
		screen_write(&screen, text, len);
		assert_memory_equal(display, buffer, sizeof(display));
		assert_int_equal(cursor_col, screen.col);
		assert_int_equal(cursor_row, screen.row);
	}
}

static void one_cell_screen(void **state)
{
	static screen_cell_t cells[2];
	static const struct text_screen_ops blind = {.draw = draw};
	struct text_screen *saved = &screen;

	(void)state;
	screen_init(saved, &blind, 1, 1, cells);
	write_text("abc\n\t\b\bd");
	assert_int_equal((uint8_t)cells[0], 'd');
}

/* No two glyphs may look the same, and only the space is empty. */
static void glyphs_differ(void **state)
{
	static const uint8_t empty[FONT_HEIGHT];

	(void)state;
	for (unsigned int a = FONT_FIRST; a <= FONT_LAST + 1; a++) {
		const uint8_t *glyph = font_glyph((uint8_t)a);

		assert_int_equal(memcmp(glyph, empty, FONT_HEIGHT) == 0, a == ' ');
		for (unsigned int b = FONT_FIRST; b < a; b++)
			assert_memory_not_equal(glyph, font_glyph((uint8_t)b), FONT_HEIGHT);
	}
	assert_ptr_equal(font_glyph(0), font_glyph(255));
}

#define SCREEN_TEST(function, sentence)                                                            \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = setup,                  \
		.teardown_func = teardown                                                          \
	}

static const struct CMUnitTest tests[] = {
	SCREEN_TEST(starts_blank, "a new screen paints every cell blank"),
	SCREEN_TEST(text_appears_at_the_cursor, "text appears at the cursor"),
	SCREEN_TEST(control_characters, "CR, BS and TAB move, other control bytes do nothing"),
	SCREEN_TEST(full_line_and_newline_is_one_line, "a full line and its newline make one line"),
	SCREEN_TEST(long_text_wraps, "long text wraps"),
	SCREEN_TEST(backspace_after_full_line, "backspace at the right edge stays on the line"),
	SCREEN_TEST(scrolls_at_the_bottom, "the screen scrolls at the bottom"),
	SCREEN_TEST(only_differences_are_drawn, "only cells that differ are drawn"),
	SCREEN_TEST(colours_are_kept_per_cell, "each cell keeps its colours"),
	SCREEN_TEST(display_always_equals_cells, "after any writes the display shows the cells"),
	SCREEN_TEST(one_cell_screen, "a screen of one cell works, without a cursor too"),
	SCREEN_TEST(glyphs_differ, "no two characters of the font look the same"),
};

int main(void)
{
	return RUN_TESTS("screen");
}
