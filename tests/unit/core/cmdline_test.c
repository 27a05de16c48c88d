#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/core/cmdline.h"
#include "kernel/lib/errno.h"

/* Everything that happens is written down: "key=value;" or "!problem key value;". */
static char happened[8192];

static void note(const char *fmt, const char *a, const char *b)
{
	size_t len = strlen(happened);

	snprintf(happened + len, sizeof(happened) - len, fmt, a, b);
}

static int apply_log(const char *value)
{
	note("log=%s%s;", value, "");
	return 0;
}

static int apply_size(const char *value)
{
	uint64_t size;
	int err = cmdline_number(value, 1 << 30, &size);

	if (!err)
		note("size=%s%s;", value, "");
	return err;
}

static int apply_long(const char *value)
{
	(void)value;
	note("long%s%s;", "", "");
	return 0;
}

static char long_key[CMDLINE_MAX_KEY + 1];

static const struct boot_param params[] = {
	{"log", apply_log, "test"},
	{"size", apply_size, "test"},
	{long_key, apply_long, "test"},
};

static void report(enum cmdline_problem problem, const char *word, const char *value)
{
	static const char *const names[] = {
		[CMDLINE_UNKNOWN_KEY] = "!unknown ",
		[CMDLINE_BAD_VALUE] = "!value ",
		[CMDLINE_TOO_LONG] = "!long ",
		[CMDLINE_BAD_QUOTE] = "!quote ",
	};

	note("%s%.100s", names[problem], word);
	note(" %.20s;%s", value, "");
}

/* Parses a copy of exactly len bytes: no terminator to lean on. */
static void parse_bytes(const char *line, size_t len)
{
	char *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	memcpy(copy, line, len);
	happened[0] = 0;
	cmdline_parse(copy, len, params, ARRAY_SIZE(params), report);
	free(copy);
}

static void check(const char *line, const char *expected)
{
	parse_bytes(line, strlen(line));
	assert_string_equal(happened, expected);
}

static void applies_keys(void **state)
{
	(void)state;
	check("", "");
	check("   ", "");
	check("themelios.log", "log=;");
	check("themelios.log=", "log=;");
	check("themelios.log=debug themelios.size=16M", "log=debug;size=16M;");
	check("  themelios.log=a\tthemelios.log=b\n", "log=a;log=b;");
	check("themelios.log=a=b", "log=a=b;");
}

static void leaves_other_words_alone(void **state)
{
	(void)state;
	check("quiet root=/dev/vda init=themelios.log xthemelios.log log themelios", "");
	check("/boot/kernel themelios.log=1 themelio.log", "log=1;");
	check("\"foo themelios.log\" THEMELIOS.log", "");
}

static void names_unknown_keys(void **state)
{
	(void)state;
	check("themelios.nosuch=1", "!unknown nosuch 1;");
	check("themelios.=1 themelios.", "!unknown  1;!unknown  ;");
	check("themelios.logx themelios.lo", "!unknown logx ;!unknown lo ;");
}

static void reports_bad_values(void **state)
{
	(void)state;
	check("themelios.size=abc themelios.size=1K", "!value size abc;size=1K;");
}

static void quotes_hold_spaces(void **state)
{
	(void)state;
	check("themelios.log=\"a b\" x", "log=a b;");
	check("\"themelios.log=a b\"", "log=a b;");
	check("themelios.log=a\" \"b", "log=a b;");
	check("themelios.log=\"\"", "log=;");
	check("themelios.log=\"a\x01"
	      "b\tc\"",
	      "log=a b c;");
}

static void backslash_makes_plain(void **state)
{
	(void)state;
	check("themelios.log=\\\"a\\\\b\\'", "log=\"a\\b';");
	check("themelios.log=a\\b\\", "log=a\\b\\;");
	check("themelios.log=\"a\\\" b\"", "log=a\" b;");
}

static void open_quote_ends_with_the_line(void **state)
{
	(void)state;
	check("themelios.log=\"a b ", "!quote log a b ;log=a b ;");
	check("x=\"a themelios.log=1", "!quote x a themelios.log=1;");
	check("\"", "!quote  ;");
}

static void control_bytes_are_spaces(void **state)
{
	static const char line[] = "themelios.log=1\0themelios.log=2\x7fthemelios.log=3\x1fz";

	(void)state;
	parse_bytes(line, sizeof(line));
	assert_string_equal(happened, "log=1;log=2;log=3;");
	check("themelios.log=\xc3\xa9", "log=\xc3\xa9;");
}

static void limits_are_exact(void **state)
{
	char line[CMDLINE_MAX_VALUE + 200];
	size_t prefix = strlen("themelios.log=");

	(void)state;
	memcpy(line, "themelios.log=", prefix);
	memset(line + prefix, 'v', CMDLINE_MAX_VALUE + 1);
	parse_bytes(line, prefix + CMDLINE_MAX_VALUE);
	assert_int_equal(strlen(happened), strlen("log=;") + CMDLINE_MAX_VALUE);
	parse_bytes(line, prefix + CMDLINE_MAX_VALUE + 1);
	assert_string_equal(happened, "!long log vvvvvvvvvvvvvvvvvvvv;");

	prefix = strlen("themelios.");
	memset(line + prefix, 'k', CMDLINE_MAX_KEY + 1);
	parse_bytes(line, prefix + CMDLINE_MAX_KEY);
	assert_string_equal(happened, "long;");
	parse_bytes(line, prefix + CMDLINE_MAX_KEY + 1);
	assert_memory_equal(happened, "!long kkkk", 10);
	assert_int_equal(strlen(happened), strlen("!long  ;") + CMDLINE_MAX_KEY);
}

static void a_megabyte_is_read_through(void **state)
{
	size_t len = 1 << 20;
	char *line = malloc(len);

	(void)state;
	assert_non_null(line);
	memset(line, 'x', len);
	memcpy(line + len - 16, " themelios.log=1", 16);
	parse_bytes(line, len);
	assert_string_equal(happened, "log=1;");
	free(line);
}

static void works_without_a_report(void **state)
{
	(void)state;
	happened[0] = 0;
	cmdline_parse("themelios.x themelios.log", 25, params, ARRAY_SIZE(params), NULL);
	assert_string_equal(happened, "log=;");
}

static void numbers(void **state)
{
	static const struct {
		const char *text;
		uint64_t number;
	} good[] = {
		{"0", 0},
		{"7", 7},
		{"0x1F", 31},
		{"0Xff", 255},
		{"010", 10},
		{"4K", 4096},
		{"2m", 2 << 20},
		{"1G", 1 << 30},
		{"0x10k", 16384},
		{"18446744073709551615", UINT64_MAX},
		{"0xffffffffffffffff", UINT64_MAX},
		{"17179869183G", 17179869183ull << 30},
	};
	static const char *const bad[] = {
		"",
		"x",
		"0x",
		"-1",
		"+1",
		" 1",
		"1 ",
		"1KB",
		"K",
		"1T",
		"1.5",
		"0xg",
		"18446744073709551616",
		"17179869184G",
		"0x10000000000000000",
		"99999999999999999999999",
	};
	uint64_t number = 42;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(cmdline_number(good[i].text, UINT64_MAX, &number), 0);
		assert_true(number == good[i].number);
	}
	number = 42;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(cmdline_number(bad[i], UINT64_MAX, &number), -EINVAL);
	assert_int_equal(cmdline_number("101", 100, &number), -EINVAL);
	assert_int_equal(cmdline_number("1K", 1023, &number), -EINVAL);
	assert_int_equal(number, 42);
	assert_int_equal(cmdline_number("100", 100, &number), 0);
	assert_int_equal(cmdline_number("1K", 1024, &number), 0);
	assert_int_equal(number, 1024);
}

static void booleans(void **state)
{
	static const char *const yes[] = {"", "1", "yes", "on", "true"};
	static const char *const no[] = {"0", "no", "off", "false"};
	static const char *const bad[] = {"2", "YES", "y", "yes ", "offf"};
	bool value;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++) {
		value = false;
		assert_int_equal(cmdline_bool(yes[i], &value), 0);
		assert_true(value);
	}
	for (size_t i = 0; i < ARRAY_SIZE(no); i++) {
		value = true;
		assert_int_equal(cmdline_bool(no[i], &value), 0);
		assert_false(value);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		value = true;
		assert_int_equal(cmdline_bool(bad[i], &value), -EINVAL);
		assert_true(value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{"keys are applied in order with their values", applies_keys, NULL, NULL, NULL},
		{"words of others are left alone", leaves_other_words_alone, NULL, NULL, NULL},
		{"an unknown key is reported by name", names_unknown_keys, NULL, NULL, NULL},
		{"a refused value is reported", reports_bad_values, NULL, NULL, NULL},
		{"quotes hold spaces", quotes_hold_spaces, NULL, NULL, NULL},
		{"a backslash makes quotes plain", backslash_makes_plain, NULL, NULL, NULL},
		{"an open quote ends with the line", open_quote_ends_with_the_line, NULL, NULL,
		 NULL},
		{"control bytes count as spaces", control_bytes_are_spaces, NULL, NULL, NULL},
		{"keys and values have exact limits", limits_are_exact, NULL, NULL, NULL},
		{"a megabyte of line is read through", a_megabyte_is_read_through, NULL, NULL,
		 NULL},
		{"no report function is needed", works_without_a_report, NULL, NULL, NULL},
		{"numbers are decimal, hex, K, M or G, and bounded", numbers, NULL, NULL, NULL},
		{"booleans are a fixed list of words", booleans, NULL, NULL, NULL},
	};

	memset(long_key, 'k', CMDLINE_MAX_KEY);
	return cmocka_run_group_tests_name("cmdline", tests, NULL, NULL);
}
