/*
 * Command line.
 *
 * One pass over the bytes, no allocation. Words are taken apart by one rule that
 * also fits what GRUB does when it puts its own words back together: a double
 * quote switches quoting on or off and is dropped, and a backslash before a
 * quote or a backslash makes that character plain. So key="a b" and "key=a b"
 * are the same word.
 *
 * The buffers for key and value are static, since a kernel stack is small: the
 * command line is parsed once, by the boot CPU.
 */
#include "kernel/core/cmdline.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

struct word {
	char key[sizeof(CMDLINE_PREFIX) + CMDLINE_MAX_KEY];
	char value[CMDLINE_MAX_VALUE + 1];
	size_t key_len;	  /* as found, may be more than key holds */
	size_t value_len; /* likewise */
	bool has_value;
	bool is_quote_open;
};

struct reader {
	const char *line;
	size_t len;
	size_t pos;
};

static bool is_space(char c)
{
	return (unsigned char)c <= ' ' || c == 0x7f;
}

/* A backslash goes if the next character is one that it makes plain. */
static bool is_escape(const struct reader *reader)
{
	char next;

	if (reader->line[reader->pos] != '\\' || reader->pos + 1 == reader->len)
		return false;
	next = reader->line[reader->pos + 1];
	return next == '"' || next == '\'' || next == '\\';
}

static void word_append(struct word *word, char c)
{
	if (!word->has_value && c == '=') {
		word->has_value = true;
	} else if (!word->has_value) {
		if (word->key_len < sizeof(word->key) - 1)
			word->key[word->key_len] = c;
		word->key_len++;
	} else {
		if (word->value_len < sizeof(word->value) - 1)
			word->value[word->value_len] = c;
		word->value_len++;
	}
}

/* Takes the next word apart. False: there is none. */
static bool next_word(struct reader *reader, struct word *word)
{
	word->key_len = 0;
	word->value_len = 0;
	word->has_value = false;
	word->is_quote_open = false;
	while (reader->pos < reader->len && is_space(reader->line[reader->pos]))
		reader->pos++;
	if (reader->pos == reader->len)
		return false;

	for (; reader->pos < reader->len; reader->pos++) {
		char c = reader->line[reader->pos];

		if (is_space(c) && !word->is_quote_open)
			break;
		if (c == '"') {
			word->is_quote_open = !word->is_quote_open;
			continue;
		}
		if (is_escape(reader))
			c = reader->line[++reader->pos];
		else if (is_space(c))
			c = ' ';
		word_append(word, c);
	}
	word->key[MIN(word->key_len, sizeof(word->key) - 1)] = 0;
	word->value[MIN(word->value_len, sizeof(word->value) - 1)] = 0;
	return true;
}

static const struct boot_param *find_param(const struct boot_param *params, size_t count,
					   const char *key)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(params[i].name, key) == 0)
			return &params[i];
	}
	return NULL;
}

static void ignore_report(enum cmdline_problem problem, const char *word, const char *value)
{
	(void)problem;
	(void)word;
	(void)value;
}

/* A word of ours, without the prefix. */
static void apply_word(struct word *word, const struct boot_param *params, size_t count,
		       cmdline_report_fn *report)
{
	size_t prefix_len = sizeof(CMDLINE_PREFIX) - 1;
	char *key = word->key + prefix_len;
	const struct boot_param *param;

	if (word->key_len - prefix_len > CMDLINE_MAX_KEY || word->value_len > CMDLINE_MAX_VALUE) {
		report(CMDLINE_TOO_LONG, key, word->value);
		return;
	}
	param = find_param(params, count, key);
	if (!param)
		report(CMDLINE_UNKNOWN_KEY, key, word->value);
	else if (param->apply(word->value))
		report(CMDLINE_BAD_VALUE, key, word->value);
}

void cmdline_parse(const char *line, size_t len, const struct boot_param *params, size_t count,
		   cmdline_report_fn *report)
{
	static struct word word;
	struct reader reader = {.line = line, .len = len};

	if (!report)
		report = ignore_report;
	while (next_word(&reader, &word)) {
		bool is_ours = strncmp(word.key, CMDLINE_PREFIX, sizeof(CMDLINE_PREFIX) - 1) == 0;

		if (word.is_quote_open)
			report(CMDLINE_BAD_QUOTE,
			       word.key + (is_ours ? sizeof(CMDLINE_PREFIX) - 1 : 0), word.value);
		if (is_ours)
			apply_word(&word, params, count, report);
	}
}

/* The value of a digit in the base, or -1. */
static int digit_of(char c, unsigned int base)
{
	int digit = -1;

	if (c >= '0' && c <= '9')
		digit = c - '0';
	else if (c >= 'a' && c <= 'f')
		digit = c - 'a' + 10;
	else if (c >= 'A' && c <= 'F')
		digit = c - 'A' + 10;
	return digit < (int)base ? digit : -1;
}

static bool suffix_shift(char c, unsigned int *shift)
{
	switch (c) {
	case 'K':
	case 'k':
		*shift = 10;
		return true;
	case 'M':
	case 'm':
		*shift = 20;
		return true;
	case 'G':
	case 'g':
		*shift = 30;
		return true;
	default:
		return false;
	}
}

int cmdline_number(const char *value, uint64_t max, uint64_t *out)
{
	unsigned int base = 10;
	unsigned int shift = 0;
	uint64_t number = 0;

	if (value[0] == '0' && (value[1] == 'x' || value[1] == 'X')) {
		base = 16;
		value += 2;
	}
	if (digit_of(*value, base) < 0)
		return -EINVAL;
	for (; digit_of(*value, base) >= 0; value++) {
		if (__builtin_mul_overflow(number, base, &number) ||
		    __builtin_add_overflow(number, digit_of(*value, base), &number))
			return -EINVAL;
	}
	if (suffix_shift(*value, &shift))
		value++;
	if (*value || number > max >> shift)
		return -EINVAL;
	*out = number << shift;
	return 0;
}

static bool is_one_of(const char *value, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(value, words[i]) == 0)
			return true;
	}
	return false;
}

int cmdline_bool(const char *value, bool *out)
{
	static const char *const yes[] = {"", "1", "yes", "on", "true"};
	static const char *const no[] = {"0", "no", "off", "false"};

	if (is_one_of(value, yes, ARRAY_SIZE(yes)))
		*out = true;
	else if (is_one_of(value, no, ARRAY_SIZE(no)))
		*out = false;
	else
		return -EINVAL;
	return 0;
}
