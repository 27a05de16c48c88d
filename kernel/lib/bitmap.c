#include "kernel/lib/bitmap.h"

#include "kernel/lib/compiler.h"

/* The bits of word that lie in [start, end), both counted from its bit 0. */
static uint64_t word_mask(size_t word, size_t start, size_t end)
{
	size_t base = word * 64;
	unsigned int from = start > base ? (unsigned int)(start - base) : 0;

	return bits_low((unsigned int)MIN(end - base, (size_t)64)) & ~bits_low(from);
}

void bitmap_set_range(uint64_t *map, size_t start, size_t len)
{
	size_t end = start + len;

	for (size_t word = start / 64; word < BITMAP_WORDS(end) && len; word++)
		map[word] |= word_mask(word, start, end);
}

void bitmap_clear_range(uint64_t *map, size_t start, size_t len)
{
	size_t end = start + len;

	for (size_t word = start / 64; word < BITMAP_WORDS(end) && len; word++)
		map[word] &= ~word_mask(word, start, end);
}

/* The first bit from from on that is set in map ^ flip. */
static size_t next_bit(const uint64_t *map, size_t size, size_t from, uint64_t flip)
{
	size_t word = from / 64;
	uint64_t bits;

	if (from >= size)
		return size;

	bits = (map[word] ^ flip) & ~bits_low(from % 64);
	while (!bits) {
		if (++word >= BITMAP_WORDS(size))
			return size;
		bits = map[word] ^ flip;
	}
	return MIN(word * 64 + bits_first(bits), size);
}

size_t bitmap_next_set(const uint64_t *map, size_t size, size_t from)
{
	return next_bit(map, size, from, 0);
}

size_t bitmap_next_zero(const uint64_t *map, size_t size, size_t from)
{
	return next_bit(map, size, from, UINT64_MAX);
}

size_t bitmap_find_zero_range(const uint64_t *map, size_t size, size_t from, size_t len)
{
	size_t start = bitmap_next_zero(map, size, from);

	while (start < size && len <= size - start) {
		size_t end = bitmap_next_set(map, start + len, start);

		if (end == start + len)
			return start;
		start = bitmap_next_zero(map, size, end);
	}
	return size;
}

size_t bitmap_count(const uint64_t *map, size_t size)
{
	size_t count = 0;

	for (size_t word = 0; word < BITMAP_WORDS(size); word++)
		count += bits_count(map[word] & word_mask(word, 0, size));
	return count;
}
