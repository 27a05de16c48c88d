/*
 * Memory and strings.
 *
 * Copying and filling go by plain 8-byte accesses, aligned or not: under an
 * emulator they are some six times faster than the string instructions, and on
 * a processor they are close to them at the sizes a kernel copies.
 *
 * A compiler that recognises a loop as a copy replaces it by a call of memcpy,
 * here of itself. HIDE_VALUE() on the stepping pointer keeps each loop a loop.
 *
 * The memory functions are not instrumented in debug kernels: a check at each
 * word would cost more than all other checks together.
 */
#include "kernel/lib/string.h"

#include <stdint.h>

#include "kernel/lib/compiler.h"

/* An access of 2, 4 or 8 bytes at any address to an object of any type. */
struct word16 {
	uint16_t v;
} PACKED MAY_ALIAS;

struct word32 {
	uint32_t v;
} PACKED MAY_ALIAS;

struct word64 {
	uint64_t v;
} PACKED MAY_ALIAS;

static ALWAYS_INLINE NO_SANITIZE uint64_t load64(const char *p)
{
	return ((const struct word64 *)(const void *)p)->v;
}

static ALWAYS_INLINE NO_SANITIZE void store64(char *p, uint64_t v)
{
	((struct word64 *)(void *)p)->v = v;
}

static ALWAYS_INLINE NO_SANITIZE void move64(char *d, const char *s)
{
	store64(d, load64(s));
}

/*
 * At most 16 bytes. Everything is loaded before anything is stored, so the two
 * may overlap; the words from the front and from the end overlap in the middle.
 */
static ALWAYS_INLINE NO_SANITIZE void copy_small(char *d, const char *s, size_t len)
{
	if (len >= 8) {
		uint64_t head = load64(s), tail = load64(s + len - 8);

		store64(d, head);
		store64(d + len - 8, tail);
	} else if (len >= 4) {
		uint32_t head = ((const struct word32 *)(const void *)s)->v;
		uint32_t tail = ((const struct word32 *)(const void *)(s + len - 4))->v;

		((struct word32 *)(void *)d)->v = head;
		((struct word32 *)(void *)(d + len - 4))->v = tail;
	} else if (len >= 2) {
		uint16_t head = ((const struct word16 *)(const void *)s)->v;
		uint16_t tail = ((const struct word16 *)(const void *)(s + len - 2))->v;

		((struct word16 *)(void *)d)->v = head;
		((struct word16 *)(void *)(d + len - 2))->v = tail;
	} else if (len) {
		*d = *s;
	}
}

/*
 * More than 8 bytes, first to last. The destination may overlap the source from
 * below: a store at d reaches only source bytes that were loaded already. The
 * last word is loaded before any store for the same reason.
 */
static ALWAYS_INLINE NO_SANITIZE void copy_up(char *d, const char *s, size_t len)
{
	uint64_t tail = load64(s + len - 8);
	char *last = d + len - 8;

	while (len > 64) {
		HIDE_VALUE(d);
		move64(d, s);
		move64(d + 8, s + 8);
		move64(d + 16, s + 16);
		move64(d + 24, s + 24);
		move64(d + 32, s + 32);
		move64(d + 40, s + 40);
		move64(d + 48, s + 48);
		move64(d + 56, s + 56);
		d += 64;
		s += 64;
		len -= 64;
	}
	while (len > 8) {
		HIDE_VALUE(d);
		move64(d, s);
		d += 8;
		s += 8;
		len -= 8;
	}
	store64(last, tail);
}

/* More than 8 bytes, last to first: the mirror image. */
static ALWAYS_INLINE NO_SANITIZE void copy_down(char *d, const char *s, size_t len)
{
	uint64_t head = load64(s);

	while (len > 32) {
		HIDE_VALUE(d);
		move64(d + len - 8, s + len - 8);
		move64(d + len - 16, s + len - 16);
		move64(d + len - 24, s + len - 24);
		move64(d + len - 32, s + len - 32);
		len -= 32;
	}
	while (len > 8) {
		HIDE_VALUE(d);
		move64(d + len - 8, s + len - 8);
		len -= 8;
	}
	store64(d, head);
}

NO_SANITIZE void *memcpy(void *dst, const void *src, size_t len)
{
	if (len <= 16)
		copy_small(dst, src, len);
	else
		copy_up(dst, src, len);
	return dst;
}

NO_SANITIZE void *memmove(void *dst, const void *src, size_t len)
{
	if (len <= 16)
		copy_small(dst, src, len);
	else if ((uintptr_t)dst - (uintptr_t)src >= len) /* below, or clear of it */
		copy_up(dst, src, len);
	else
		copy_down(dst, src, len);
	return dst;
}

static ALWAYS_INLINE NO_SANITIZE void fill_words(char *d, uint64_t word, size_t len)
{
	char *last = d + len - 8;

	while (len > 64) {
		HIDE_VALUE(d);
		store64(d, word);
		store64(d + 8, word);
		store64(d + 16, word);
		store64(d + 24, word);
		store64(d + 32, word);
		store64(d + 40, word);
		store64(d + 48, word);
		store64(d + 56, word);
		d += 64;
		len -= 64;
	}
	while (len > 8) {
		HIDE_VALUE(d);
		store64(d, word);
		d += 8;
		len -= 8;
	}
	store64(last, word);
}

NO_SANITIZE void *memset(void *dst, int byte, size_t len)
{
	char *d = dst;

	if (len >= 8) {
		fill_words(d, (uint8_t)byte * UINT64_C(0x0101010101010101), len);
		return dst;
	}
	for (; len; len--) {
		HIDE_VALUE(d);
		*d++ = (char)byte;
	}
	return dst;
}

NO_SANITIZE int memcmp(const void *a, const void *b, size_t len)
{
	const char *x = a, *y = b;

	while (len >= 8 && load64(x) == load64(y)) {
		x += 8;
		y += 8;
		len -= 8;
	}
	for (; len; len--, x++, y++) {
		if (*x != *y)
			return (uint8_t)*x - (uint8_t)*y;
	}
	return 0;
}

void *memchr(const void *mem, int byte, size_t len)
{
	const unsigned char *p = mem;

	for (; len; len--, p++) {
		if (*p == (unsigned char)byte)
			return drop_const(p);
	}
	return NULL;
}

size_t strlen(const char *s)
{
	const char *p = s;

	while (*p) {
		p++;
		HIDE_VALUE(p);
	}
	return (size_t)(p - s);
}

size_t strnlen(const char *s, size_t max)
{
	size_t len = 0;

	while (len < max && s[len])
		len++;
	return len;
}

int strcmp(const char *a, const char *b)
{
	for (; *a && *a == *b; a++, b++)
		HIDE_VALUE(a);
	return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t max)
{
	for (; max; max--, a++, b++) {
		if (*a != *b)
			return (unsigned char)*a - (unsigned char)*b;
		if (!*a)
			break;
	}
	return 0;
}

char *strchr(const char *s, int c)
{
	for (; *s != (char)c; s++) {
		if (!*s)
			return NULL;
	}
	return drop_const(s);
}

char *strrchr(const char *s, int c)
{
	const char *found = NULL;

	do {
		if (*s == (char)c)
			found = s;
	} while (*s++);
	return drop_const(found);
}

char *strstr(const char *s, const char *needle)
{
	size_t len = strlen(needle);

	for (;; s++) {
		if (strncmp(s, needle, len) == 0)
			return drop_const(s);
		if (!*s)
			return NULL;
	}
}

size_t strlcpy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src);

	if (size) {
		size_t kept = MIN(len, size - 1);

		memcpy(dst, src, kept);
		dst[kept] = '\0';
	}
	return len;
}

void mem_wipe(void *mem, size_t len)
{
	memset(mem, 0, len);
	/* The compiler must take it that mem is read here. */
	__asm__ volatile("" : : "r"(mem) : "memory");
}
