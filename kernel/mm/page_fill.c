/*
 * Whole pages: clearing and copying, the larger part of a page fault.
 *
 * Plain 8-byte accesses in long blocks, for the reason that kernel/lib/string.c
 * gives. Length and alignment are known here, so nothing else is left to do.
 */
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"
#include "kernel/mm/page.h"

#define BLOCK_WORDS 64
#define PAGE_WORDS (PAGE_SIZE / sizeof(uint64_t))

#define EIGHT(op, i) op(i) op(i + 1) op(i + 2) op(i + 3) op(i + 4) op(i + 5) op(i + 6) op(i + 7)
#define BLOCK(op)                                                                                  \
	EIGHT(op, 0)                                                                               \
	EIGHT(op, 8)                                                                               \
	EIGHT(op, 16)                                                                              \
	EIGHT(op, 24)                                                                              \
	EIGHT(op, 32)                                                                              \
	EIGHT(op, 40)                                                                              \
	EIGHT(op, 48)                                                                              \
	EIGHT(op, 56)

NO_SANITIZE void page_clear(void *vaddr)
{
	uint64_t *word = vaddr;

#define CLEAR(i) word[i] = 0;
	for (uint64_t *end = word + PAGE_WORDS; word < end; word += BLOCK_WORDS) {
		/* Else the compiler sees a memset(). */
		HIDE_VALUE(word);
		BLOCK(CLEAR)
	}
#undef CLEAR
}

NO_SANITIZE void page_copy(void *dst, const void *src)
{
	uint64_t *to = dst;
	const uint64_t *from = src;

#define COPY(i) to[i] = from[i];
	for (uint64_t *end = to + PAGE_WORDS; to < end; to += BLOCK_WORDS, from += BLOCK_WORDS) {
		HIDE_VALUE(to);
		BLOCK(COPY)
	}
#undef COPY
}
