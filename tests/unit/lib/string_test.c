/*
 * Our string functions, built under other names (tests/unit/fake/rename.h),
 * against the C library's, over all small lengths, offsets and overlaps. Each
 * buffer is allocated to its exact size, so the sanitizer sees one byte too far.
 */
#include "tests/unit/fake/rename.h"

#include "kernel/lib/string.h"

#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strrchr
#undef strstr

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#define MAX_LEN 200
#define MAX_OFFSET 9

static int sign(int x)
{
	return (x > 0) - (x < 0);
}

static unsigned char *pattern(size_t size, unsigned int seed)
{
	unsigned char *mem = malloc(size + 1);

	for (size_t i = 0; i < size; i++)
		mem[i] = (unsigned char)(i * 7 + seed);
	return realloc(mem, size ? size : 1);
}

static void copies_all_lengths(void **state)
{
	(void)state;
	for (size_t len = 0; len <= MAX_LEN; len++) {
		for (size_t to = 0; to < MAX_OFFSET; to++) {
			for (size_t from = 0; from < MAX_OFFSET; from++) {
				unsigned char *src = pattern(from + len, 1);
				unsigned char *dst = pattern(to + len, 99);
				unsigned char *before = pattern(to, 99);

				assert_ptr_equal(k_memcpy(dst + to, src + from, len), dst + to);
				assert_memory_equal(dst + to, src + from, len);
				assert_memory_equal(dst, before, to);
				free(src);
				free(dst);
				free(before);
			}
		}
	}
}

static void moves_all_overlaps(void **state)
{
	(void)state;
	for (size_t len = 0; len <= 150; len++) {
		for (size_t to = 0; to <= 80; to++) {
			for (size_t from = 40; from <= 41; from++) {
				size_t size = len + 81;
				unsigned char *mem = pattern(size, 5);
				unsigned char *expected = pattern(size, 5);

				memmove(expected + to, expected + from, len);
				assert_ptr_equal(k_memmove(mem + to, mem + from, len), mem + to);
				assert_memory_equal(mem, expected, size);
				free(mem);
				free(expected);
			}
		}
	}
}

static void fills_exactly_the_range(void **state)
{
	(void)state;
	for (size_t len = 0; len <= MAX_LEN; len++) {
		for (size_t to = 0; to < MAX_OFFSET; to++) {
			size_t size = to + len + 3;
			unsigned char *mem = pattern(size, 0);
			unsigned char *expected = pattern(size, 0);

			memset(expected + to, 0x1a5, len);
			assert_ptr_equal(k_memset(mem + to, 0x1a5, len), mem + to);
			assert_memory_equal(mem, expected, size);
			free(mem);
			free(expected);
		}
	}
}

static void handles_large_blocks(void **state)
{
	size_t size = 1 << 20;
	unsigned char *src = pattern(size, 3), *dst = pattern(size, 4);

	(void)state;
	k_memcpy(dst, src, size);
	assert_memory_equal(dst, src, size);
	k_memmove(dst + 1, dst, size - 1);
	assert_memory_equal(dst + 1, src, size - 1);
	k_memset(dst, 0, size);
	for (size_t i = 0; i < size; i++)
		assert_int_equal(dst[i], 0);
	free(src);
	free(dst);
}

static void compares_by_the_first_difference(void **state)
{
	(void)state;
	for (size_t len = 0; len <= 40; len++) {
		unsigned char *a = pattern(len, 120), *b = pattern(len, 120);

		assert_int_equal(k_memcmp(a, b, len), 0);
		for (size_t at = 0; at < len; at++) {
			for (int value = 0; value < 256; value += 51) {
				unsigned char old = b[at];

				b[at] = (unsigned char)value;
				assert_int_equal(sign(k_memcmp(a, b, len)),
						 sign(memcmp(a, b, len)));
				b[at] = old;
			}
		}
		free(a);
		free(b);
	}
}

/* A string of exactly its size on the heap, from few letters so that much matches. */
static char *random_string(uint64_t *seed, size_t max)
{
	size_t len = test_random(seed, max + 1);
	char *s = malloc(len + 1);

	for (size_t i = 0; i < len; i++)
		s[i] = "ab\xff"[test_random(seed, 3)];
	s[len] = '\0';
	return s;
}

static void agrees_with_the_c_library_on_strings(void **state)
{
	static const char chars[] = {'a', 'b', 'c', '\xff', '\0'};
	uint64_t seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char *a = random_string(&seed, 12), *b = random_string(&seed, 3);
		char c = chars[test_random(&seed, sizeof(chars))];
		size_t max = test_random(&seed, 14);

		assert_int_equal(k_strlen(a), strlen(a));
		assert_int_equal(k_strnlen(a, max), strnlen(a, max));
		assert_int_equal(sign(k_strcmp(a, b)), sign(strcmp(a, b)));
		assert_int_equal(sign(k_strncmp(a, b, max)), sign(strncmp(a, b, max)));
		assert_ptr_equal(k_strchr(a, c), strchr(a, c));
		assert_ptr_equal(k_strrchr(a, c), strrchr(a, c));
		assert_ptr_equal(k_strstr(a, b), strstr(a, b));
		assert_ptr_equal(k_memchr(a, c, strlen(a) + 1), memchr(a, c, strlen(a) + 1));
		free(a);
		free(b);
	}
}

static void does_not_read_past_the_maximum(void **state)
{
	char *a = malloc(4);

	(void)state;
	memcpy(a, "abcd", 4);
	assert_int_equal(k_strnlen(a, 4), 4);
	assert_int_equal(k_strncmp(a, "abcdef", 4), 0);
	assert_null(k_memchr(a, 'e', 4));
	free(a);
}

static void strlcpy_always_terminates(void **state)
{
	(void)state;
	for (size_t size = 1; size < 10; size++) {
		char *dst = malloc(size);

		assert_int_equal(strlcpy(dst, "themel", size), 6);
		assert_int_equal(strlen(dst), size > 6 ? 6 : size - 1);
		assert_memory_equal(dst, "themel", strlen(dst));
		free(dst);
	}
	assert_int_equal(strlcpy(NULL, "abc", 0), 3);
}

static void wipe_clears(void **state)
{
	char secret[20];

	(void)state;
	memset(secret, 'x', sizeof(secret));
	mem_wipe(secret, sizeof(secret));
	for (size_t i = 0; i < sizeof(secret); i++)
		assert_int_equal(secret[i], 0);
}

static const struct CMUnitTest tests[] = {
	TEST(copies_all_lengths, "memcpy copies every length at every alignment"),
	TEST(moves_all_overlaps, "memmove is right for every overlap in both directions"),
	TEST(fills_exactly_the_range, "memset writes the range and nothing around it"),
	TEST(handles_large_blocks, "a megabyte is copied, moved and cleared"),
	TEST(compares_by_the_first_difference, "memcmp orders by the first byte that differs"),
	TEST(agrees_with_the_c_library_on_strings, "string functions agree with the C library"),
	TEST(does_not_read_past_the_maximum, "bounded functions need no terminator"),
	TEST(strlcpy_always_terminates, "strlcpy terminates and tells the full length"),
	TEST(wipe_clears, "mem_wipe clears all bytes"),
};

int main(void)
{
	return RUN_TESTS("string");
}
