/* The console's font: ASCII 32..126 in cells of 8 x 16 pixels, and a box for the rest. */
#ifndef KERNEL_DEV_VGA_FONT_H
#define KERNEL_DEV_VGA_FONT_H

#include <stdint.h>

#define FONT_WIDTH 8u
#define FONT_HEIGHT 16u
#define FONT_FIRST 32u
#define FONT_LAST 126u

/* One byte a line from the top, the highest bit leftmost. The last glyph is the box. */
extern const uint8_t font_glyphs[FONT_LAST - FONT_FIRST + 2][FONT_HEIGHT];

static inline const uint8_t *font_glyph(uint8_t c)
{
	if (c < FONT_FIRST || c > FONT_LAST)
		c = FONT_LAST + 1;
	return font_glyphs[c - FONT_FIRST];
}

#endif
