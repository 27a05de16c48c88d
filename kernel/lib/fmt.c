/*
 * The formatter.
 *
 * Each conversion is first read into a struct spec, then printed as
 *
 *	padding, prefix (sign or 0x), zeros, body, padding
 *
 * of which all but the body may be empty.
 */
#include "kernel/lib/fmt.h"

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/string.h"

/* A width or precision beyond this is a mistake; it is cut. */
#define FIELD_MAX 4096
/* 64 bits in octal. */
#define DIGITS_MAX 22

enum length {
	LENGTH_CHAR,
	LENGTH_SHORT,
	LENGTH_INT,
	LENGTH_LONG, /* l, ll, j, z and t: all 64 bits */
};

struct spec {
	bool left, zero, plus, space, alt;
	int width;
	int precision; /* -1: none given */
	enum length length;
};

struct out {
	fmt_emit_fn *emit;
	void *ctx;
	size_t len;
};

static void out_text(struct out *out, const char *text, size_t len)
{
	if (!len)
		return;
	out->emit(out->ctx, text, len);
	out->len += len;
}

static void out_repeat(struct out *out, char c, int count)
{
	char run[16];

	memset(run, c, sizeof(run));
	for (; count > 0; count -= (int)sizeof(run))
		out_text(out, run, MIN((size_t)count, sizeof(run)));
}

static void out_field(struct out *out, const struct spec *spec, const char *prefix, int zeros,
		      const char *body, size_t len)
{
	size_t prefix_len = strlen(prefix);
	int pad = spec->width - (int)(prefix_len + len) - zeros;

	if (!spec->left)
		out_repeat(out, ' ', pad);
	out_text(out, prefix, prefix_len);
	out_repeat(out, '0', zeros);
	out_text(out, body, len);
	if (spec->left)
		out_repeat(out, ' ', pad);
}

static void out_number(struct out *out, const struct spec *spec, uint64_t value, unsigned int base,
		       const char *prefix, const char *digits)
{
	char buf[DIGITS_MAX];
	int start = DIGITS_MAX;
	int len, zeros;

	while (value) {
		buf[--start] = digits[value % base];
		value /= base;
	}
	len = DIGITS_MAX - start;

	if (spec->precision >= 0)
		zeros = spec->precision - len;
	else if (spec->zero && !spec->left)
		zeros = spec->width - (int)strlen(prefix) - len;
	else
		zeros = 0;
	/* Zero has one digit, unless a precision of 0 was asked for. */
	if (len == 0 && spec->precision < 0)
		zeros = MAX(zeros, 1);
	/* # gives an octal number a leading zero. */
	if (base == 8 && spec->alt)
		zeros = MAX(zeros, 1);
	out_field(out, spec, prefix, MAX(zeros, 0), buf + start, (size_t)len);
}

static void out_signed(struct out *out, const struct spec *spec, int64_t value)
{
	const char *sign = spec->plus ? "+" : spec->space ? " " : "";
	uint64_t magnitude = (uint64_t)value;

	if (value < 0) {
		sign = "-";
		magnitude = 0 - magnitude;
	}
	out_number(out, spec, magnitude, 10, sign, "0123456789");
}

static void out_unsigned(struct out *out, const struct spec *spec, uint64_t value, char conversion)
{
	bool has_prefix = spec->alt && value;

	switch (conversion) {
	case 'x':
		out_number(out, spec, value, 16, has_prefix ? "0x" : "", "0123456789abcdef");
		break;
	case 'X':
		out_number(out, spec, value, 16, has_prefix ? "0X" : "", "0123456789ABCDEF");
		break;
	case 'o':
		out_number(out, spec, value, 8, "", "01234567");
		break;
	default:
		out_number(out, spec, value, 10, "", "0123456789");
		break;
	}
}

static void out_string(struct out *out, const struct spec *spec, const char *s)
{
	size_t len;

	if (!s)
		s = "(null)";
	len = spec->precision < 0 ? strlen(s) : strnlen(s, (size_t)spec->precision);
	out_field(out, spec, "", 0, s, len);
}

static void out_pointer(struct out *out, const struct spec *spec, const void *p)
{
	struct spec padded = *spec;

	padded.precision = 16;
	out_number(out, &padded, (uintptr_t)p, 16, "0x", "0123456789abcdef");
}

/* A va_list may be an array, which a parameter is not; a struct goes anywhere. */
struct args {
	va_list list;
};

static const char *read_flags(const char *fmt, struct spec *spec)
{
	for (;; fmt++) {
		switch (*fmt) {
		case '-':
			spec->left = true;
			break;
		case '0':
			spec->zero = true;
			break;
		case '+':
			spec->plus = true;
			break;
		case ' ':
			spec->space = true;
			break;
		case '#':
			spec->alt = true;
			break;
		default:
			return fmt;
		}
	}
}

/* A number or a star; a star's may be negative. */
static const char *read_count(const char *fmt, struct args *args, int *out)
{
	int n = 0;

	if (*fmt == '*') {
		n = va_arg(args->list, int);
		*out = MAX(MIN(n, FIELD_MAX), -FIELD_MAX);
		return fmt + 1;
	}
	for (; *fmt >= '0' && *fmt <= '9'; fmt++)
		n = MIN(n * 10 + (*fmt - '0'), FIELD_MAX);
	*out = n;
	return fmt;
}

static const char *read_length(const char *fmt, struct spec *spec)
{
	switch (*fmt) {
	case 'h':
		spec->length = fmt[1] == 'h' ? LENGTH_CHAR : LENGTH_SHORT;
		return fmt[1] == 'h' ? fmt + 2 : fmt + 1;
	case 'l':
		spec->length = LENGTH_LONG;
		return fmt[1] == 'l' ? fmt + 2 : fmt + 1;
	case 'j':
	case 'z':
	case 't':
		spec->length = LENGTH_LONG;
		return fmt + 1;
	default:
		return fmt;
	}
}

/* All between the % and the conversion character; returns where that is. */
static const char *read_spec(const char *fmt, struct args *args, struct spec *spec)
{
	*spec = (struct spec){.precision = -1, .length = LENGTH_INT};
	fmt = read_flags(fmt, spec);
	fmt = read_count(fmt, args, &spec->width);
	if (spec->width < 0) {
		spec->left = true;
		spec->width = -spec->width;
	}
	if (*fmt == '.') {
		fmt = read_count(fmt + 1, args, &spec->precision);
		spec->precision = MAX(spec->precision, -1);
	}
	return read_length(fmt, spec);
}

static int64_t arg_signed(struct args *args, enum length length)
{
	switch (length) {
	case LENGTH_LONG:
		return va_arg(args->list, int64_t);
	case LENGTH_CHAR:
		return (signed char)va_arg(args->list, int);
	case LENGTH_SHORT:
		return (short)va_arg(args->list, int);
	default:
		return va_arg(args->list, int);
	}
}

static uint64_t arg_unsigned(struct args *args, enum length length)
{
	switch (length) {
	case LENGTH_LONG:
		return va_arg(args->list, uint64_t);
	case LENGTH_CHAR:
		return (unsigned char)va_arg(args->list, unsigned int);
	case LENGTH_SHORT:
		return (unsigned short)va_arg(args->list, unsigned int);
	default:
		return va_arg(args->list, unsigned int);
	}
}

/* Returns false for a conversion it does not know. */
static bool out_conversion(struct out *out, const struct spec *spec, char conversion,
			   struct args *args)
{
	char c;

	switch (conversion) {
	case 'd':
	case 'i':
		out_signed(out, spec, arg_signed(args, spec->length));
		return true;
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		out_unsigned(out, spec, arg_unsigned(args, spec->length), conversion);
		return true;
	case 'c':
		c = (char)va_arg(args->list, int);
		out_field(out, spec, "", 0, &c, 1);
		return true;
	case 's':
		out_string(out, spec, va_arg(args->list, const char *));
		return true;
	case 'p':
		out_pointer(out, spec, va_arg(args->list, const void *));
		return true;
	case '%':
		out_text(out, "%", 1);
		return true;
	default:
		return false;
	}
}

size_t fmt_vprint(fmt_emit_fn *emit, void *ctx, const char *fmt, va_list args)
{
	struct out out = {.emit = emit, .ctx = ctx};
	struct args own;

	va_copy(own.list, args);
	while (*fmt) {
		const char *start = fmt;
		struct spec spec;

		while (*fmt && *fmt != '%')
			fmt++;
		out_text(&out, start, (size_t)(fmt - start));
		if (!*fmt)
			break;

		start = fmt;
		fmt = read_spec(fmt + 1, &own, &spec);
		if (*fmt && out_conversion(&out, &spec, *fmt, &own)) {
			fmt++;
			continue;
		}
		if (*fmt)
			fmt++;
		out_text(&out, start, (size_t)(fmt - start));
	}
	va_end(own.list);
	return out.len;
}

size_t fmt_print(fmt_emit_fn *emit, void *ctx, const char *fmt, ...)
{
	va_list args;
	size_t len;

	va_start(args, fmt);
	len = fmt_vprint(emit, ctx, fmt, args);
	va_end(args);
	return len;
}

struct buffer {
	char *next;
	size_t room; /* without the NUL */
};

static void buffer_emit(void *ctx, const char *text, size_t len)
{
	struct buffer *buffer = ctx;
	size_t kept = MIN(len, buffer->room);

	memcpy(buffer->next, text, kept);
	buffer->next += kept;
	buffer->room -= kept;
}

static void nothing_emit(void *ctx, const char *text, size_t len)
{
	(void)ctx;
	(void)text;
	(void)len;
}

size_t fmt_vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct buffer buffer;
	size_t len;

	if (!size)
		return fmt_vprint(nothing_emit, NULL, fmt, args);

	buffer.next = buf;
	buffer.room = size - 1;
	len = fmt_vprint(buffer_emit, &buffer, fmt, args);
	*buffer.next = '\0';
	return len;
}

size_t fmt_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	size_t len;

	va_start(args, fmt);
	len = fmt_vsnprintf(buf, size, fmt, args);
	va_end(args);
	return len;
}
