/*
 * EGA text mode: 80 x 25 cells of character and attribute at 0xb8000, and a
 * cursor in two registers of the CRT controller (IBM VGA technical reference,
 * "CRT controller registers": index 0x0e and 0x0f, port pair 0x3d4/0x3d5).
 *
 * Whether there is a display at all is asked of those registers: they keep what
 * is written, an empty bus does not. A display in a graphics mode would keep it
 * too, so the caller does not come here when the loader reported one.
 */
#include "kernel/dev/vga/text.h"

#include "kernel/arch/io.h"
#include "kernel/arch/mmu.h"
#include "kernel/dev/vga/screen_sink.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/kmap.h"

#define TEXT_PADDR 0xb8000
#define TEXT_COLS 80u
#define TEXT_ROWS 25u
#define TEXT_BYTES (sizeof(screen_cell_t) * TEXT_COLS * TEXT_ROWS)

#define CRTC_INDEX 0x3d4
#define CRTC_DATA 0x3d5
#define CRTC_CURSOR_HIGH 0x0e
#define CRTC_CURSOR_LOW 0x0f

static struct screen_sink text_sink;
static screen_cell_t text_buffer[2 * TEXT_COLS * TEXT_ROWS];
static volatile screen_cell_t *text_memory; /* const after vga_text_init */

static void crtc_write(uint8_t index, uint8_t value)
{
	arch_io_write8(CRTC_INDEX, index);
	arch_io_write8(CRTC_DATA, value);
}

static uint8_t crtc_read(uint8_t index)
{
	arch_io_write8(CRTC_INDEX, index);
	return arch_io_read8(CRTC_DATA);
}

static void text_draw(struct text_screen *screen, uint32_t col, uint32_t row,
		      const screen_cell_t *cells, uint32_t count)
{
	volatile screen_cell_t *dst = text_memory + (size_t)row * screen->cols + col;

	for (uint32_t i = 0; i < count; i++)
		dst[i] = cells[i];
}

static void text_cursor(struct text_screen *screen, uint32_t col, uint32_t row)
{
	uint32_t at = row * screen->cols + MIN(col, screen->cols - 1);

	crtc_write(CRTC_CURSOR_HIGH, (uint8_t)(at >> 8));
	crtc_write(CRTC_CURSOR_LOW, (uint8_t)at);
}

static const struct text_screen_ops text_ops = {
	.draw = text_draw,
	.cursor = text_cursor,
};

static bool display_answers(void)
{
	crtc_write(CRTC_CURSOR_LOW, 0x5a);
	if (crtc_read(CRTC_CURSOR_LOW) != 0x5a)
		return false;
	crtc_write(CRTC_CURSOR_LOW, 0x25);
	return crtc_read(CRTC_CURSOR_LOW) == 0x25;
}

int vga_text_init(struct log_sink **out)
{
	volatile void *memory;
	int err;

	if (!display_answers())
		return -ENODEV;
	err = kmap_device(TEXT_PADDR, TEXT_BYTES, MMU_WRITE | MMU_DEVICE, &memory);
	if (err)
		return err;
	text_memory = memory;
	screen_sink_init(&text_sink, &text_ops, TEXT_COLS, TEXT_ROWS, text_buffer);
	*out = &text_sink.sink;
	return 0;
}
