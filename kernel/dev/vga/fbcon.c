/*
 * Framebuffer console.
 *
 * A glyph is eight pixels wide, and each line of it is written from the bits of
 * one byte: pixel by pixel into a small row buffer, then as whole words into
 * video memory, which is mapped write-combining and never read. The cursor is a
 * cell drawn with its colours exchanged.
 */
#include "kernel/dev/vga/fbcon.h"

#include "kernel/arch/mmu.h"
#include "kernel/dev/vga/font.h"
#include "kernel/dev/vga/screen_sink.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/kmap.h"
#include "kernel/mm/slab.h"

#define MIN_COLS 8u
#define MIN_ROWS 4u
/* Enough for 3840 x 2160; a larger screen is used in part. */
#define MAX_COLS 480u
#define MAX_ROWS 135u
#define MAX_GLYPH_LINE (FONT_WIDTH * 4)

struct fbcon {
	struct screen_sink ss;
	volatile uint8_t *pixels; /* const, as all that follows but the cursor */
	uint32_t pitch;
	uint32_t pixel_bytes;
	uint32_t colours[16]; /* the EGA palette as pixels */
	uint32_t cursor_col;  /* where the cursor is shown; under the screen's lock */
	uint32_t cursor_row;
};

static struct fbcon fbcon;

/* The EGA palette, 0xRRGGBB, a little softer than the original. */
static const uint32_t palette[16] = {
	0x000000, 0x0000a8, 0x00a800, 0x00a8a8, 0xa80000, 0xa800a8, 0xa85400, 0xb8b8b8,
	0x545454, 0x5454fc, 0x54fc54, 0x54fcfc, 0xfc5454, 0xfc54fc, 0xfcfc54, 0xfcfcfc,
};

/* Eight bits of colour put where the framebuffer wants size bits. */
static uint32_t channel(uint32_t value8, uint8_t pos, uint8_t size)
{
	return size >= 8 ? value8 << (size - 8) << pos : value8 >> (8 - size) << pos;
}

static void make_palette(struct fbcon *con, const struct boot_framebuffer *fb)
{
	for (uint32_t i = 0; i < ARRAY_SIZE(palette); i++)
		con->colours[i] = channel(palette[i] >> 16 & 0xff, fb->red_pos, fb->red_size) |
				  channel(palette[i] >> 8 & 0xff, fb->green_pos, fb->green_size) |
				  channel(palette[i] & 0xff, fb->blue_pos, fb->blue_size);
}

/* One line of a glyph as bytes of video memory. */
static void make_line(const struct fbcon *con, uint8_t bits, uint32_t fg, uint32_t bg, uint8_t *out)
{
	for (uint32_t x = 0; x < FONT_WIDTH; x++) {
		uint32_t pixel = bits & (0x80u >> x) ? fg : bg;

		memcpy(out, &pixel, con->pixel_bytes);
		out += con->pixel_bytes;
	}
}

/* Any address: video memory needs no alignment on a PC's bus. */
typedef uint64_t MAY_ALIAS ALIGNED(1) video_word_t;

/* count is a multiple of 8. */
static void copy_line(volatile uint8_t *dst, const uint8_t *src, uint32_t count)
{
	uint64_t word;

	for (uint32_t i = 0; i < count; i += sizeof(word)) {
		memcpy(&word, src + i, sizeof(word));
		*(volatile video_word_t *)(dst + i) = word;
	}
}

static void draw_cell(struct fbcon *con, uint32_t col, uint32_t row, screen_cell_t cell)
{
	const uint8_t *glyph = font_glyph((uint8_t)cell);
	uint32_t fg = con->colours[cell >> 8 & 0xf];
	uint32_t bg = con->colours[cell >> 12];
	uint32_t bytes = FONT_WIDTH * con->pixel_bytes;
	volatile uint8_t *dst = con->pixels;
	uint8_t line[MAX_GLYPH_LINE];

	dst += (size_t)row * FONT_HEIGHT * con->pitch + (size_t)col * bytes;
	for (uint32_t y = 0; y < FONT_HEIGHT; y++) {
		if (y == 0 || glyph[y] != glyph[y - 1])
			make_line(con, glyph[y], fg, bg, line);
		copy_line(dst, line, bytes);
		dst += con->pitch;
	}
}

static struct fbcon *screen_to_fbcon(struct text_screen *screen)
{
	struct screen_sink *ss = container_of(screen, struct screen_sink, screen);

	return container_of(ss, struct fbcon, ss);
}

static void fbcon_draw(struct text_screen *screen, uint32_t col, uint32_t row,
		       const screen_cell_t *cells, uint32_t count)
{
	struct fbcon *con = screen_to_fbcon(screen);

	for (uint32_t i = 0; i < count; i++)
		draw_cell(con, col + i, row, cells[i]);
}

static screen_cell_t exchange_colours(screen_cell_t cell)
{
	return (screen_cell_t)((cell & 0xff) | (cell >> 4 & 0x0f00) | (cell << 4 & 0xf000));
}

static void fbcon_cursor(struct text_screen *screen, uint32_t col, uint32_t row)
{
	struct fbcon *con = screen_to_fbcon(screen);
	const screen_cell_t *cells = screen->cells;
	uint32_t at = con->cursor_row * screen->cols + con->cursor_col;

	draw_cell(con, con->cursor_col, con->cursor_row, cells[at]);
	con->cursor_col = MIN(col, screen->cols - 1);
	con->cursor_row = row;
	at = con->cursor_row * screen->cols + con->cursor_col;
	draw_cell(con, con->cursor_col, con->cursor_row, exchange_colours(cells[at]));
}

static const struct text_screen_ops fbcon_ops = {
	.draw = fbcon_draw,
	.cursor = fbcon_cursor,
};

static bool channel_fits(uint8_t pos, uint8_t size, uint32_t bits)
{
	return size > 0 && size <= 16 && (uint32_t)pos + size <= bits;
}

static bool layout_is_known(const struct boot_framebuffer *fb)
{
	uint32_t bits = fb->bits_per_pixel == 15 ? 16u : fb->bits_per_pixel;

	if (bits != 16 && bits != 24 && bits != 32)
		return false;
	if (fb->width < MIN_COLS * FONT_WIDTH || fb->height < MIN_ROWS * FONT_HEIGHT)
		return false;
	if (fb->pitch / (bits / 8) < fb->width || (uint64_t)fb->pitch * fb->height > GIB(1))
		return false;
	return channel_fits(fb->red_pos, fb->red_size, bits) &&
	       channel_fits(fb->green_pos, fb->green_size, bits) &&
	       channel_fits(fb->blue_pos, fb->blue_size, bits);
}

int fbcon_init(const struct boot_framebuffer *fb, struct log_sink **out)
{
	uint32_t cols = MIN(fb->width / FONT_WIDTH, MAX_COLS);
	uint32_t rows = MIN(fb->height / FONT_HEIGHT, MAX_ROWS);
	size_t buffer_bytes = 2 * sizeof(screen_cell_t) * cols * rows;
	screen_cell_t *buffer;
	volatile void *pixels;
	int err;

	if (!fb->is_present || fb->is_text)
		return -ENODEV;
	if (!layout_is_known(fb))
		return -EINVAL;
	buffer = kmem_alloc(buffer_bytes);
	if (!buffer)
		return -ENOMEM;
	err = kmap_device(fb->addr, (uint64_t)fb->pitch * fb->height, MMU_WRITE | MMU_WRITE_COMBINE,
			  &pixels);
	if (err)
		goto out_free_buffer;

	fbcon.pixels = pixels;
	fbcon.pitch = fb->pitch;
	fbcon.pixel_bytes = (fb->bits_per_pixel + 7u) / 8;
	make_palette(&fbcon, fb);
	screen_sink_init(&fbcon.ss, &fbcon_ops, cols, rows, buffer);
	*out = &fbcon.ss.sink;
	return 0;

out_free_buffer:
	kmem_free(buffer, buffer_bytes);
	return err;
}
