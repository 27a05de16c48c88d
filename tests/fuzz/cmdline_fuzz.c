/*
 * Fuzzing the command line: what reaches an owner of a key is bounded, clean and
 * terminated, and the value parsers never write without success.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/core/cmdline.h"

static void check(int condition)
{
	if (!condition)
		abort();
}

static void check_clean(const char *text, size_t max)
{
	size_t len = strlen(text);

	check(len <= max);
	for (size_t i = 0; i < len; i++)
		check((unsigned char)text[i] >= ' ' && text[i] != 0x7f);
}

static int apply(const char *value)
{
	uint64_t number = 99;
	bool flag = true;
	int err;

	check_clean(value, CMDLINE_MAX_VALUE);
	err = cmdline_number(value, 1000, &number);
	check(err ? number == 99 : number <= 1000);
	err = cmdline_bool(value, &flag);
	check(!err || flag);
	return err;
}

static void report(enum cmdline_problem problem, const char *word, const char *value)
{
	check(problem <= CMDLINE_BAD_QUOTE);
	check_clean(word, sizeof(CMDLINE_PREFIX) + CMDLINE_MAX_KEY);
	check_clean(value, CMDLINE_MAX_VALUE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct boot_param params[] = {{"a", apply, ""}, {"debug", apply, ""}};

	cmdline_parse((const char *)data, size, params, ARRAY_SIZE(params), report);
	return 0;
}
