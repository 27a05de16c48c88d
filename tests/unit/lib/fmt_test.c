#include "kernel/lib/fmt.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

/* Formats with ours and with the C library's; both must agree. */
#pragma GCC diagnostic ignored "-Wformat"
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wformat-overflow"
#endif
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"

#define BOTH(format, ...)                                                                          \
	do {                                                                                       \
		char ours_[8192], theirs_[8192];                                                   \
		size_t n_ = fmt_snprintf(ours_, sizeof(ours_), format, __VA_ARGS__);               \
		int m_ = snprintf(theirs_, sizeof(theirs_), format, __VA_ARGS__);                  \
		if (strcmp(ours_, theirs_) != 0)                                                   \
			print_error("format \"%s\"\n", (const char *)(format));                    \
		assert_string_equal(ours_, theirs_);                                               \
		assert_int_equal(n_, m_);                                                          \
	} while (0)

static const char *const flag_sets[] = {
	"", "-", "0", "+", " ", "#", "-0", "0+", "0#", "-#", "0 ", "+ ", "-0+ #",
};
static const char *const widths[] = {"", "1", "5", "12", "30"};
static const char *const precisions[] = {"", ".", ".0", ".1", ".4", ".25"};

static const long long values[] = {
	0,	1,     -1,	7,	 -8,	   42,	      255,	 -256,	    32767,
	-32768, 65535, INT_MAX, INT_MIN, UINT_MAX, LLONG_MAX, LLONG_MIN, 123456789, 1LL << 40,
};

static void try_values(const char *flags, const char *width, const char *precision,
		       const char *length, char conversion)
{
	char format[40];

	snprintf(format, sizeof(format), "[%%%s%s%s%s%c]", flags, width, precision, length,
		 conversion);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		if (strchr("lzjt", length[0]) && length[0])
			BOTH(format, values[i]);
		else
			BOTH(format, (int)values[i]);
	}
}

static void integers_agree_with_the_c_library(void **state)
{
	static const char *const lengths[] = {"", "hh", "h", "l", "ll", "j", "z", "t"};

	(void)state;
	for (size_t f = 0; f < sizeof(flag_sets) / sizeof(flag_sets[0]); f++)
		for (size_t w = 0; w < sizeof(widths) / sizeof(widths[0]); w++)
			for (size_t p = 0; p < sizeof(precisions) / sizeof(precisions[0]); p++)
				for (size_t l = 0; l < sizeof(lengths) / sizeof(lengths[0]); l++)
					for (const char *c = "diuxXo"; *c; c++)
						try_values(flag_sets[f], widths[w], precisions[p],
							   lengths[l], *c);
}

static void strings_agree_with_the_c_library(void **state)
{
	static const char *const formats[] = {
		"%s", "%10s", "%-10s|", "%.3s", "%8.2s|", "%-8.2s|", "%.0s", "%.30s", "%.s",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		BOTH(formats[i], "hello");
		BOTH(formats[i], "");
	}
	BOTH("%c%3c%-3c|", 'a', 'b', 'c');
	BOTH("100%% %d%%", 3);
	BOTH("%s and %d and %s", "one", 2, "three");
}

static void stars_take_arguments(void **state)
{
	(void)state;
	BOTH("%*d|%-*d|%*d", 6, 42, 6, 42, -6, 42);
	BOTH("%.*s|%*.*s", 2, "abcdef", 5, 3, "abcdef");
	BOTH("%.*d|%.*s", -1, 0, -1, "all");
}

static void precision_bounds_what_is_read(void **state)
{
	char *text = malloc(3);
	char out[16];

	(void)state;
	memcpy(text, "abc", 3);
	assert_int_equal(fmt_snprintf(out, sizeof(out), "%.3s", text), 3);
	assert_string_equal(out, "abc");
	free(text);
}

static void pointers_are_full_width(void **state)
{
	char out[64];

	(void)state;
	fmt_snprintf(out, sizeof(out), "%p %p", (void *)0xffffffff80100000, NULL);
	assert_string_equal(out, "0xffffffff80100000 0x0000000000000000");
}

static void null_string_is_named(void **state)
{
	const char *volatile none = NULL;
	char out[64];

	(void)state;
	fmt_snprintf(out, sizeof(out), "%s|%8s|%.2s", none, none, none);
	assert_string_equal(out, "(null)|  (null)|(n");
}

static void cut_output_is_terminated(void **state)
{
	(void)state;
	for (size_t size = 1; size < 20; size++) {
		char *out = malloc(size);

		assert_int_equal(fmt_snprintf(out, size, "%s-%05d", "value", 42), 11);
		assert_int_equal(strlen(out), size > 11 ? 11 : size - 1);
		assert_memory_equal(out, "value-00042", strlen(out));
		free(out);
	}
	assert_int_equal(fmt_snprintf(NULL, 0, "%s", "value"), 5);
}

static void unknown_conversion_is_printed(void **state)
{
	char out[64];

	(void)state;
	fmt_snprintf(out, sizeof(out), "a%5yb%d", 7);
	assert_string_equal(out, "a%5yb7");
	fmt_snprintf(out, sizeof(out), "end%");
	assert_string_equal(out, "end%");
	fmt_snprintf(out, sizeof(out), "end%-08.3l");
	assert_string_equal(out, "end%-08.3l");
	fmt_snprintf(out, sizeof(out), "%n|%f", 7);
	assert_string_equal(out, "%n|%f");
}

static void absurd_width_is_cut(void **state)
{
	char out[16];

	(void)state;
	assert_int_equal(fmt_snprintf(out, sizeof(out), "%99999999999999999999d", 1), 4096);
	assert_int_equal(fmt_snprintf(out, sizeof(out), "%*d", INT_MIN, 1), 4096);
	assert_int_equal(fmt_snprintf(out, sizeof(out), "%.99999999999d", 1), 4096);
}

struct collected {
	char text[64];
	size_t len;
};

static void collect(void *ctx, const char *text, size_t len)
{
	struct collected *out = ctx;

	assert_true(len > 0 && out->len + len < sizeof(out->text));
	memcpy(out->text + out->len, text, len);
	out->len += len;
}

static void callback_gets_everything(void **state)
{
	struct collected out = {.len = 0};

	(void)state;
	assert_int_equal(fmt_print(collect, &out, "%s=%-6x|%d", "key", 0xab, -3), 13);
	assert_string_equal(out.text, "key=ab    |-3");
}

static const struct CMUnitTest tests[] = {
	TEST(integers_agree_with_the_c_library, "integers print as in C, with all flags"),
	TEST(strings_agree_with_the_c_library, "strings and characters print as in C"),
	TEST(stars_take_arguments, "a star takes width or precision from the arguments"),
	TEST(precision_bounds_what_is_read, "a string with a precision needs no terminator"),
	TEST(pointers_are_full_width, "pointers print with 16 digits"),
	TEST(null_string_is_named, "a NULL string prints as (null)"),
	TEST(cut_output_is_terminated, "output that is cut is terminated, its full length told"),
	TEST(unknown_conversion_is_printed, "an unknown conversion prints as it stands"),
	TEST(absurd_width_is_cut, "an absurd width or precision is cut"),
	TEST(callback_gets_everything, "the callback gets all pieces in order"),
};

int main(void)
{
	return RUN_TESTS("fmt");
}
