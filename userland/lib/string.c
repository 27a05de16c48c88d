/* What compilers call without being asked, and a little more. */
#include "userland/lib/native.h"

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	void *to = dst;

	__asm__ volatile("rep movsb" : "+D"(to), "+S"(src), "+c"(n)::"memory");
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	const char *from = src;
	char *to = dst;

	if (to <= from || to >= from + n)
		return memcpy(dst, src, n);
	while (n-- > 0) {
		to[n] = from[n];
		__asm__ volatile("" ::: "memory"); /* no call of memmove for this loop */
	}
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	void *to = dst;

	__asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(c) : "memory");
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *x = a;
	const uint8_t *y = b;

	for (size_t i = 0; i < n; i++) {
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	}
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n]) {
		n++;
		__asm__ volatile("" ::: "memory");
	}
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (uint8_t)*a - (uint8_t)*b;
}
