/* In place of kernel/core/panic.c. */
#include "kernel/core/panic.h"

#include <stdarg.h>
#include <stdio.h>

#include "kernel/core/assert.h"
#include "tests/unit/fake/fake.h"

static NORETURN void vpanic(const char *fmt, va_list args)
{
	vsnprintf(fake_panic_text, sizeof(fake_panic_text), fmt, args);
	fake_panic_finished();
}

void panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vpanic(fmt, args);
}

void panic_at(const struct trap_frame *frame, const char *fmt, ...)
{
	va_list args;

	(void)frame;
	va_start(args, fmt);
	vpanic(fmt, args);
}

void assert_failed(const char *expr, const char *file, int line)
{
	fake_panic("assertion failed: %s (%s:%d)", expr, file, line);
}

bool panic_is_active(void)
{
	return false;
}

void backtrace_print(vaddr_t fp, vaddr_t pc)
{
	(void)fp;
	(void)pc;
}

void machine_exit(enum exit_code code)
{
	fake_panic("machine_exit(%d)", code);
}
