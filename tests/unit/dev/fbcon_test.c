/* The framebuffer console on memory that is exactly as long as it says. */
#include "kernel/dev/vga/fbcon.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/dev/vga/font.h"
#include "kernel/dev/vga/screen_sink.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/kmap.h"
#include "kernel/mm/slab.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/unit.h"

#define WIDTH 83u
#define HEIGHT 70u
#define COLS 10u
#define ROWS 4u

static uint8_t *video;
static size_t video_len;
static int map_error;

int kmap_device(paddr_t paddr, uint64_t len, uint32_t prot, volatile void **out)
{
	assert_int_equal(paddr, 0xfd000000);
	assert_int_equal(prot, MMU_WRITE | MMU_WRITE_COMBINE);
	if (map_error)
		return map_error;
	free(video);
	video_len = len;
	video = malloc(len);
	memset(video, 0x77, len);
	*out = video;
	return 0;
}

bool log_is_panicking(void)
{
	return false;
}

static struct boot_framebuffer rgb32(void)
{
	return (struct boot_framebuffer){
		.is_present = true,
		.addr = 0xfd000000,
		.pitch = WIDTH * 4 + 12,
		.width = WIDTH,
		.height = HEIGHT,
		.bits_per_pixel = 32,
		.red_pos = 16,
		.red_size = 8,
		.green_pos = 8,
		.green_size = 8,
		.blue_size = 8,
	};
}

static struct boot_framebuffer rgb24(void)
{
	struct boot_framebuffer fb = rgb32();

	fb.bits_per_pixel = 24;
	fb.pitch = WIDTH * 3;
	return fb;
}

static struct boot_framebuffer rgb565(void)
{
	struct boot_framebuffer fb = rgb32();

	fb.bits_per_pixel = 16;
	fb.pitch = WIDTH * 2;
	fb.red_pos = 11;
	fb.red_size = 5;
	fb.green_pos = 5;
	fb.green_size = 6;
	fb.blue_size = 5;
	return fb;
}

static uint32_t pixel(const struct boot_framebuffer *fb, uint32_t x, uint32_t y)
{
	uint32_t value = 0;
	uint32_t bytes = fb->bits_per_pixel / 8;

	memcpy(&value, video + (size_t)y * fb->pitch + x * bytes, bytes);
	return value;
}

/* Whether the cell shows the character in these two pixel values. */
static void expect_cell(const struct boot_framebuffer *fb, uint32_t col, uint32_t row, char c,
			uint32_t fg, uint32_t bg)
{
	const uint8_t *glyph = font_glyph((uint8_t)c);

	for (uint32_t y = 0; y < FONT_HEIGHT; y++)
		for (uint32_t x = 0; x < FONT_WIDTH; x++)
			assert_int_equal(pixel(fb, col * FONT_WIDTH + x, row * FONT_HEIGHT + y),
					 glyph[y] & (0x80 >> x) ? fg : bg);
}

static void check_layout(struct boot_framebuffer fb, uint32_t grey)
{
	struct text_screen *screen;
	struct log_sink *sink;

	assert_int_equal(fbcon_init(&fb, &sink), 0);
	assert_int_equal(video_len, fb.pitch * fb.height);
	sink->write(sink, "Hi\n@", 4);
	expect_cell(&fb, 0, 0, 'H', grey, 0);
	expect_cell(&fb, 1, 0, 'i', grey, 0);
	expect_cell(&fb, 0, 1, '@', grey, 0);
	/* The cursor: a blank with its colours exchanged. */
	expect_cell(&fb, 1, 1, ' ', 0, grey);
	expect_cell(&fb, COLS - 1, ROWS - 1, ' ', grey, 0);
	/* Pixels beyond the last whole cell are not ours. */
	assert_int_equal(video[COLS * FONT_WIDTH * (fb.bits_per_pixel / 8)], 0x77);
	assert_int_equal(video[ROWS * FONT_HEIGHT * fb.pitch], 0x77);
	/* The bottom right corner, and scrolling. */
	for (int i = 0; i < 200; i++)
		sink->write(sink, "\r\n0123456789", 12);
	expect_cell(&fb, COLS - 1, 0, '9', grey, 0);
	expect_cell(&fb, COLS - 2, ROWS - 1, '8', grey, 0);

	/* The driver keeps its buffer for ever; here another one follows. */
	screen = &container_of(sink, struct screen_sink, sink)->screen;
	kmem_free(screen->cells, 2 * sizeof(screen_cell_t) * COLS * ROWS);
}

static void depths(void **state)
{
	(void)state;
	check_layout(rgb32(), 0xb8b8b8);
	check_layout(rgb24(), 0xb8b8b8);
	check_layout(rgb565(), 0xb8 >> 3 << 11 | 0xb8 >> 2 << 5 | 0xb8 >> 3);
}

static void no_framebuffer(void **state)
{
	struct boot_framebuffer fb = rgb32();
	struct log_sink *sink = NULL;

	(void)state;
	fb.is_present = false;
	assert_int_equal(fbcon_init(&fb, &sink), -ENODEV);
	fb.is_present = true;
	fb.is_text = true;
	assert_int_equal(fbcon_init(&fb, &sink), -ENODEV);
	assert_null(sink);
}

static void nonsense_is_refused(void **state)
{
	struct boot_framebuffer good = rgb32();
	struct boot_framebuffer bad[9];
	struct log_sink *sink = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		bad[i] = good;
	bad[0].bits_per_pixel = 8;
	bad[1].bits_per_pixel = 0;
	bad[2].width = 63;
	bad[3].height = 63;
	bad[4].pitch = WIDTH * 4 - 1;
	bad[5].pitch = UINT32_MAX;
	bad[5].height = UINT32_MAX;
	bad[6].red_pos = 25;
	bad[7].green_size = 0;
	bad[8].blue_pos = 255;
	bad[8].blue_size = 255;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(fbcon_init(&bad[i], &sink), -EINVAL);
	assert_null(sink);
}

static void failures_leave_no_memory(void **state)
{
	struct boot_framebuffer fb = rgb32();
	size_t before = fake_bytes_allocated;
	struct log_sink *sink = NULL;

	(void)state;
	fake_fail_alloc(1);
	assert_int_equal(fbcon_init(&fb, &sink), -ENOMEM);
	map_error = -ENOMEM;
	assert_int_equal(fbcon_init(&fb, &sink), -ENOMEM);
	map_error = 0;
	assert_int_equal(fake_bytes_allocated, before);
	assert_null(sink);
}

static const struct CMUnitTest tests[] = {
	TEST(no_framebuffer, "without a framebuffer there is no console"),
	TEST(nonsense_is_refused, "layouts that cannot be drawn are refused"),
	TEST(failures_leave_no_memory, "a failure leaves no memory behind"),
	TEST(depths, "text is drawn at 32, 24 and 16 bits, inside the framebuffer"),
};

int main(void)
{
	int failed = RUN_TESTS("fbcon");

	free(video);
	return failed;
}
