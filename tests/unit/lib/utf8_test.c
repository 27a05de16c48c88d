#include "kernel/lib/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

/* The straight rule, for all code points at once. */
static size_t encode(uint32_t code, char *out)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

static int is_character(uint32_t code)
{
	return code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
}

static void every_code_point(void **state)
{
	(void)state;
	for (uint32_t code = 0; code < 0x110100; code++) {
		uint32_t out = 0xdead;
		char text[4];
		size_t len = encode(code, text);
		int got = utf8_decode(text, len, &out);

		if (is_character(code)) {
			assert_int_equal(got, len);
			assert_int_equal(out, code);
		} else {
			assert_int_equal(got, -EILSEQ);
			assert_int_equal(out, 0xdead);
		}
	}
}

/* Whatever decodes must be the one encoding of its code point. */
static void every_start_of_four_bytes(void **state)
{
	(void)state;
	for (uint32_t first = 0; first < 0x1000000; first += first < 0xc00000 ? 0x333 : 3) {
		char text[4] = {(char)(first >> 16), (char)(first >> 8), (char)first, (char)0x81};
		uint32_t code;
		char again[4];
		int used = utf8_decode(text, 4, &code);

		if (used < 0) {
			assert_int_equal(used, -EILSEQ);
			continue;
		}
		assert_int_equal(encode(code, again), used);
		assert_memory_equal(again, text, used);
		assert_true(is_character(code));
	}
}

static void overlong_forms_are_refused(void **state)
{
	static const char *const wrong[] = {
		"\xc0\x80",
		"\xc1\xbf",
		"\xe0\x80\x80",
		"\xe0\x9f\xbf",
		"\xf0\x80\x80\x80",
		"\xf0\x8f\xbf\xbf",
		"\xed\xa0\x80",
		"\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80",
		"\xff",
		"\x80",
		"\xbf",
		"a\x80",
		"\xc3(",
		"\xe2\x82(",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(utf8_is_valid(wrong[i], strlen(wrong[i])));
}

static void cut_character_asks_for_more(void **state)
{
	static const char text[] = "\xf0\x9f\x98\x80";
	uint32_t code;

	(void)state;
	for (size_t len = 0; len < 4; len++) {
		char *cut = malloc(len + 1);

		memcpy(cut, text, len);
		cut = realloc(cut, len ? len : 1);
		assert_int_equal(utf8_decode(cut, len, &code), -EAGAIN);
		assert_int_equal(utf8_is_valid(cut, len), len == 0);
		free(cut);
	}
	assert_int_equal(utf8_decode(text, 4, &code), 4);
	assert_int_equal(code, 0x1f600);
}

static void text_is_valid(void **state)
{
	static const char text[] =
		"\xce\xb8\xce\xb5\xce\xbc\xce\xad\xce\xbb\xce\xb9\xce\xbf and \0 too";

	(void)state;
	assert_true(utf8_is_valid(text, sizeof(text)));
}

static const struct CMUnitTest tests[] = {
	TEST(every_code_point, "every code point decodes, surrogates and beyond do not"),
	TEST(every_start_of_four_bytes, "what decodes is the one spelling of its character"),
	TEST(overlong_forms_are_refused, "overlong and broken forms are refused"),
	TEST(cut_character_asks_for_more, "a character cut short is -EAGAIN"),
	TEST(text_is_valid, "a text with NUL inside is valid"),
};

int main(void)
{
	return RUN_TESTS("utf8");
}
