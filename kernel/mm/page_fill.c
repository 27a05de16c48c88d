/*
 * Whole pages: clearing and copying, the larger part of a page fault.
 *
 * Plain 8-byte accesses in long blocks, for the reason that kernel/lib/string.c
 * gives. Length and alignment are known here, so nothing else is left to do.
 */
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"
#include "kernel/mm/page.h"

#define PAGE_WORDS (PAGE_SIZE / sizeof(uint64_t))
#define BLOCK_WORDS 64

static ALWAYS_INLINE NO_SANITIZE void clear8(uint64_t *word)
{
	word[0] = 0;
	word[1] = 0;
	word[2] = 0;
	word[3] = 0;
	word[4] = 0;
	word[5] = 0;
	word[6] = 0;
	word[7] = 0;
}

static ALWAYS_INLINE NO_SANITIZE void copy8(uint64_t *to, const uint64_t *from)
{
	to[0] = from[0];
	to[1] = from[1];
	to[2] = from[2];
	to[3] = from[3];
	to[4] = from[4];
	to[5] = from[5];
	to[6] = from[6];
	to[7] = from[7];
}

NO_SANITIZE void page_clear(void *vaddr)
{
	uint64_t *word = vaddr;

	for (uint64_t *end = word + PAGE_WORDS; word < end; word += BLOCK_WORDS) {
		/* Else the compiler sees a memset(). */
		HIDE_VALUE(word);
		clear8(word);
		clear8(word + 8);
		clear8(word + 16);
		clear8(word + 24);
		clear8(word + 32);
		clear8(word + 40);
		clear8(word + 48);
		clear8(word + 56);
	}
}

NO_SANITIZE void page_copy(void *dst, const void *src)
{
	uint64_t *to = dst;
	const uint64_t *from = src;

	for (uint64_t *end = to + PAGE_WORDS; to < end; to += BLOCK_WORDS, from += BLOCK_WORDS) {
		HIDE_VALUE(to);
		copy8(to, from);
		copy8(to + 8, from + 8);
		copy8(to + 16, from + 16);
		copy8(to + 24, from + 24);
		copy8(to + 32, from + 32);
		copy8(to + 40, from + 40);
		copy8(to + 48, from + 48);
		copy8(to + 56, from + 56);
	}
}
