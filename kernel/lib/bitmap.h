/*
 * Bitmap: an array of 64-bit words, bit n in word n / 64. Positions and lengths
 * count bits; the owner's array has BITMAP_WORDS(size) words. Nothing here is
 * atomic.
 */
#ifndef KERNEL_LIB_BITMAP_H
#define KERNEL_LIB_BITMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/lib/bits.h"

#define BITMAP_WORDS(bits) (((bits) + 63) / 64)

static inline void bitmap_set(uint64_t *map, size_t bit)
{
	map[bit / 64] |= BIT(bit % 64);
}

static inline void bitmap_clear(uint64_t *map, size_t bit)
{
	map[bit / 64] &= ~BIT(bit % 64);
}

static inline bool bitmap_test(const uint64_t *map, size_t bit)
{
	return map[bit / 64] & BIT(bit % 64);
}

/* Bits start to start + len - 1; len may be 0. */
void bitmap_set_range(uint64_t *map, size_t start, size_t len);
void bitmap_clear_range(uint64_t *map, size_t start, size_t len);

/* The first set or clear bit at or after from; size when there is none. */
size_t bitmap_next_set(const uint64_t *map, size_t size, size_t from);
size_t bitmap_next_zero(const uint64_t *map, size_t size, size_t from);

/* The start of the first len clear bits in a row at or after from; size when
 * there are none. len is at least 1. */
size_t bitmap_find_zero_range(const uint64_t *map, size_t size, size_t from, size_t len);

/* How many of the first size bits are set. */
size_t bitmap_count(const uint64_t *map, size_t size);

#endif
