/*
 * Text screen: a grid of characters with a cursor, shown by some hardware.
 *
 * The screen keeps what the grid should show (cells) and what the hardware
 * shows already (shown). Writing text changes only cells; a paint then hands
 * each run of cells that differ to the driver. Video memory is never read, a
 * line that scrolls to where the same line stood costs nothing, and a driver
 * is two functions. Pure: no lock, no allocation.
 */
#ifndef KERNEL_DEV_VGA_SCREEN_H
#define KERNEL_DEV_VGA_SCREEN_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"

/* Character in the low byte, EGA attribute (background << 4 | foreground) in the high one. */
typedef uint16_t screen_cell_t;

#define SCREEN_ATTR_NORMAL 0x07
#define SCREEN_ATTR_BRIGHT 0x0f
#define SCREEN_TAB 8u

struct text_screen;

struct text_screen_ops {
	/* Shows count cells from (col, row) on; they do not reach past the end of the row. */
	void (*draw)(struct text_screen *screen, uint32_t col, uint32_t row,
		     const screen_cell_t *cells, uint32_t count);
	/* Moves the cursor, which may stand one past the last column. May be NULL. */
	void (*cursor)(struct text_screen *screen, uint32_t col, uint32_t row);
};

/* One thread at a time; the owner has a lock for that. */
struct text_screen {
	const struct text_screen_ops *ops; /* const */
	screen_cell_t *cells;		   /* const pointer; cols * rows, by row */
	screen_cell_t *shown;		   /* the same size */
	uint32_t cols;			   /* const, at least 1 */
	uint32_t rows;			   /* const, at least 1 */
	uint32_t col;			   /* 0..cols: cols means the next character wraps */
	uint32_t row;			   /* 0..rows - 1 */
	uint8_t attr;
};

/*
 * Makes a blank screen with the cursor at the top left and paints it. buffer
 * has room for 2 * cols * rows cells and belongs to the screen from then on.
 */
void screen_init(struct text_screen *screen, const struct text_screen_ops *ops, uint32_t cols,
		 uint32_t rows, screen_cell_t *buffer);

/*
 * Writes text at the cursor and paints. '\n' starts a new line, '\r' goes to
 * the first column, '\t' to the next multiple of 8, '\b' one column back; other
 * bytes below 32 are dropped. Text that reaches the right edge wraps, text that
 * reaches below the bottom scrolls.
 */
void screen_write(struct text_screen *screen, const char *text, size_t len);

/* Colours of what is written from now on. */
void screen_set_attr(struct text_screen *screen, uint8_t attr);

/* Blanks everything, with the present colours. */
void screen_clear(struct text_screen *screen);

#endif
