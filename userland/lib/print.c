#include <stdarg.h>

#include "userland/lib/native.h"

struct text {
	char bytes[400];
	uint32_t len;
};

static void put_char(struct text *text, char c)
{
	if (text->len < sizeof(text->bytes))
		text->bytes[text->len++] = c;
}

static void put_string(struct text *text, const char *s)
{
	while (s && *s)
		put_char(text, *s++);
}

static void put_number(struct text *text, uint64_t value, unsigned int base)
{
	char digits[20];
	unsigned int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (n > 0)
		put_char(text, digits[--n]);
}

static void put_signed(struct text *text, int64_t value)
{
	if (value < 0)
		put_char(text, '-');
	put_number(text, value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
}

/* One conversion, of which fmt points behind the percent sign; where the text goes on. */
static const char *put_conversion(struct text *text, const char *fmt, va_list *args)
{
	bool is_long = *fmt == 'l';

	fmt += is_long;
	switch (*fmt) {
	case 'd':
		put_signed(text, is_long ? va_arg(*args, int64_t) : va_arg(*args, int));
		break;
	case 'u':
		put_number(text, is_long ? va_arg(*args, uint64_t) : va_arg(*args, unsigned int),
			   10);
		break;
	case 'x':
		put_number(text, is_long ? va_arg(*args, uint64_t) : va_arg(*args, unsigned int),
			   16);
		break;
	case 's':
		put_string(text, va_arg(*args, const char *));
		break;
	case 'c':
		put_char(text, (char)va_arg(*args, int));
		break;
	default:
		put_char(text, *fmt);
		break;
	}
	return *fmt ? fmt + 1 : fmt;
}

static void format(struct text *text, const char *fmt, va_list *args)
{
	text->len = 0;
	while (*fmt) {
		if (*fmt == '%')
			fmt = put_conversion(text, fmt + 1, args);
		else
			put_char(text, *fmt++);
	}
}

void print(const char *fmt, ...)
{
	struct text text;
	va_list args;

	va_start(args, fmt);
	format(&text, fmt, &args);
	va_end(args);
	(void)native_console_write(text.bytes, text.len);
}

void log_line(const char *fmt, ...)
{
	struct text text;
	va_list args;

	va_start(args, fmt);
	format(&text, fmt, &args);
	va_end(args);
	(void)native_log_write(text.bytes, text.len);
}
