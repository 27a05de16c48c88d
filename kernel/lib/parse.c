#include "kernel/lib/parse.h"

#include <stdbool.h>
#include <stddef.h>

#include "kernel/lib/checked.h"
#include "kernel/lib/errno.h"

/* The value of a digit of base 36, or 36 for another character. */
static unsigned int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	if (c >= 'a' && c <= 'z')
		return (unsigned int)(c - 'a') + 10;
	if (c >= 'A' && c <= 'Z')
		return (unsigned int)(c - 'A') + 10;
	return 36;
}

static bool has_hex_prefix(const char *s)
{
	return s[0] == '0' && (s[1] == 'x' || s[1] == 'X') && digit_value(s[2]) < 16;
}

int str_to_u64(const char *s, unsigned int base, const char **end, uint64_t *out)
{
	bool is_hex = (base == 0 || base == 16) && has_hex_prefix(s);
	const char *start, *p;
	uint64_t value = 0;

	if (base == 1 || base > 36)
		return -EINVAL;
	if (base == 0)
		base = is_hex ? 16 : 10;

	start = is_hex ? s + 2 : s;
	for (p = start; digit_value(*p) < base; p++) {
		if (mul_overflows(value, base, &value) ||
		    add_overflows(value, digit_value(*p), &value))
			return -ERANGE;
	}
	if (p == start || (!end && *p))
		return -EINVAL;
	if (end)
		*end = p;
	*out = value;
	return 0;
}
