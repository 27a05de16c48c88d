#include "compat/linux/syscall/trace.h"

#include "compat/linux/syscall/syscall_numbers.h"
#include "kernel/arch/user.h"
#include "kernel/core/cmdline.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/fmt.h"
#include "kernel/lib/string.h"
#include "kernel/mm/user.h"

#define LOG_PREFIX "strace: "
#include "kernel/core/log.h"

/* Letters of args: see letter[] in gen_syscalls.awk. */
struct call_format {
	const char *name;
	const char *args;
};

#include "compat/linux/syscall/syscall_formats.h"

#define TRACE_LINE 384
#define TRACE_STRING 64 /* bytes shown of a string */

static char traced_name[16];

static int trace_param(const char *value)
{
	if (*value == '\0' || strlen(value) >= sizeof(traced_name))
		return -EINVAL;
	strlcpy(traced_name, value, sizeof(traced_name));
	return 0;
}

BOOT_PARAM(strace, "strace", trace_param,
	   "log the system calls of the program of this name and of its children");

bool linux_trace_wants(const char *name)
{
	return traced_name[0] != '\0' && strcmp(name, traced_name) == 0;
}

const char *linux_syscall_name(uint64_t number)
{
	return number < LINUX_NR_COUNT && formats[number].name ? formats[number].name : "?";
}

struct line {
	char *buf;
	size_t size;
	size_t len; /* below size */
};

static PRINTF(2, 3) void line_add(struct line *line, const char *fmt, ...)
{
	size_t room = line->size - line->len;
	va_list args;
	size_t len;

	va_start(args, fmt);
	len = fmt_vsnprintf(line->buf + line->len, room, fmt, args);
	va_end(args);
	line->len += MIN(len, room - 1);
}

static void line_add_string(struct line *line, struct user_ptr src)
{
	char text[TRACE_STRING];
	ssize_t len;

	len = user_ptr_is_null(src) ? -EFAULT : strncpy_from_user(text, src, sizeof(text));
	if (len == -EFAULT) {
		line_add(line, "0x%llx", (unsigned long long)src.addr);
		return;
	}
	if (len < 0)
		len = sizeof(text);
	line_add(line, "\"");
	for (ssize_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '"' || c == '\\')
			line_add(line, "\\%c", c);
		else if (c < ' ' || c > '~')
			line_add(line, "\\x%02x", c);
		else
			line_add(line, "%c", c);
	}
	line_add(line, len == sizeof(text) ? "\"..." : "\"");
}

/* NOLINTNEXTLINE(readability-function-size) */
static void line_add_arg(struct line *line, char letter, uint64_t value)
{
	switch (letter) {
	case 'f':
	case 'g':
	case 'i':
		line_add(line, "%d", (int32_t)value);
		break;
	case 'm':
		line_add(line, "0%o", (uint32_t)value);
		break;
	case 'u':
		line_add(line, (uint32_t)value < 4096 ? "%u" : "0x%x", (uint32_t)value);
		break;
	case 'I':
		line_add(line, "%lld", (long long)value);
		break;
	case 'z':
		line_add(line, "%llu", (unsigned long long)value);
		break;
	case 's':
		line_add_string(line, user_ptr(value));
		break;
	default:
		line_add(line, "0x%llx", (unsigned long long)value);
		break;
	}
}

size_t linux_trace_format(uint64_t number, const struct trap_frame *frame, char *buf, size_t size)
{
	struct line line = {.buf = buf, .size = size};
	const char *args = "";

	if (number < LINUX_NR_COUNT && formats[number].name)
		args = formats[number].args;
	if (args[0] == '\0' && linux_syscall_name(number)[0] == '?')
		line_add(&line, "%llu", (unsigned long long)number);
	line_add(&line, "%s(", linux_syscall_name(number));
	for (uint32_t i = 0; args[i] != '\0'; i++) {
		if (i > 0)
			line_add(&line, ", ");
		line_add_arg(&line, args[i], arch_syscall_arg(frame, i));
	}
	line_add(&line, ")");
	return line.len;
}

void linux_trace_enter(int32_t tid, uint64_t number, const struct trap_frame *frame)
{
	char text[TRACE_LINE];

	linux_trace_format(number, frame, text, sizeof(text));
	log_info("[%d] %s", tid, text);
}

void linux_trace_leave(int32_t tid, uint64_t number, int64_t result)
{
	const char *name = linux_syscall_name(number);

	if (result >= -4095 && result < 65536)
		log_info("[%d] %s = %lld", tid, name, (long long)result);
	else
		log_info("[%d] %s = 0x%llx", tid, name, (long long)result);
}
