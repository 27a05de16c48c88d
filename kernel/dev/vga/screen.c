#include "kernel/dev/vga/screen.h"

#include "kernel/lib/string.h"

static screen_cell_t make_cell(const struct text_screen *screen, uint8_t c)
{
	return (screen_cell_t)(screen->attr << 8 | c);
}

static void fill(screen_cell_t *cells, uint32_t count, screen_cell_t cell)
{
	for (uint32_t i = 0; i < count; i++)
		cells[i] = cell;
}

/* Hands each run of changed cells in a row to the driver. */
static void paint_row(struct text_screen *screen, uint32_t row)
{
	const screen_cell_t *cells = screen->cells + (size_t)row * screen->cols;
	screen_cell_t *shown = screen->shown + (size_t)row * screen->cols;
	uint32_t col = 0;
	uint32_t start;

	/* Most rows did not change at all, or scrolled to where their equal was. */
	if (memcmp(cells, shown, screen->cols * sizeof(*cells)) == 0)
		return;
	while (col < screen->cols) {
		if (cells[col] == shown[col]) {
			col++;
			continue;
		}
		start = col;
		while (col < screen->cols && cells[col] != shown[col]) {
			shown[col] = cells[col];
			col++;
		}
		screen->ops->draw(screen, start, row, cells + start, col - start);
	}
}

static void paint(struct text_screen *screen)
{
	for (uint32_t row = 0; row < screen->rows; row++)
		paint_row(screen, row);
	if (screen->ops->cursor)
		screen->ops->cursor(screen, screen->col, screen->row);
}

static void scroll(struct text_screen *screen)
{
	size_t kept = (size_t)(screen->rows - 1) * screen->cols;

	memmove(screen->cells, screen->cells + screen->cols, kept * sizeof(*screen->cells));
	fill(screen->cells + kept, screen->cols, make_cell(screen, ' '));
}

static void new_line(struct text_screen *screen)
{
	screen->col = 0;
	if (screen->row + 1 < screen->rows)
		screen->row++;
	else
		scroll(screen);
}

static void put_printable(struct text_screen *screen, uint8_t c)
{
	/* The wrap waits for the character that needs it, so a full line and its
	 * '\n' make one new line and not two. */
	if (screen->col == screen->cols)
		new_line(screen);
	screen->cells[(size_t)screen->row * screen->cols + screen->col] = make_cell(screen, c);
	screen->col++;
}

static void put_tab(struct text_screen *screen)
{
	uint32_t count = SCREEN_TAB - screen->col % SCREEN_TAB;

	while (count-- > 0 && screen->col < screen->cols)
		put_printable(screen, ' ');
}

static void put(struct text_screen *screen, uint8_t c)
{
	switch (c) {
	case '\n':
		new_line(screen);
		break;
	case '\r':
		screen->col = 0;
		break;
	case '\t':
		put_tab(screen);
		break;
	case '\b':
		if (screen->col > 0)
			screen->col--;
		break;
	default:
		if (c >= ' ')
			put_printable(screen, c);
		break;
	}
}

void screen_write(struct text_screen *screen, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		put(screen, (uint8_t)text[i]);
	paint(screen);
}

void screen_set_attr(struct text_screen *screen, uint8_t attr)
{
	screen->attr = attr;
}

void screen_clear(struct text_screen *screen)
{
	fill(screen->cells, screen->cols * screen->rows, make_cell(screen, ' '));
	screen->col = 0;
	screen->row = 0;
	paint(screen);
}

void screen_init(struct text_screen *screen, const struct text_screen_ops *ops, uint32_t cols,
		 uint32_t rows, screen_cell_t *buffer)
{
	screen->ops = ops;
	screen->cols = cols;
	screen->rows = rows;
	screen->cells = buffer;
	screen->shown = buffer + (size_t)cols * rows;
	screen->attr = SCREEN_ATTR_NORMAL;
	/* Nobody knows what the hardware shows: make every cell differ. */
	fill(screen->shown, cols * rows, (screen_cell_t)~make_cell(screen, ' '));
	screen_clear(screen);
}
