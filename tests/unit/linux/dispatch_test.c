#include "compat/linux/syscall/dispatch.h"

#include <string.h>

#include "compat/linux/syscall/trace.h"
#include "kernel/arch/user.h"
#include "kernel/core/cmdline.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/user.h"
#include "kernel/sched/thread.h"

#include "tests/unit/fake/fake.h"
#include "tests/unit/unit.h"

/* The program's memory: one string. */
#define STRING_ADDR 0x1000
static const char *string;

ssize_t strncpy_from_user(char *dst, struct user_ptr src, size_t size)
{
	size_t len = strlen(string);

	if (src.addr != STRING_ADDR)
		return -EFAULT;
	memcpy(dst, string, len < size ? len + 1 : size);
	return len < size ? (ssize_t)len : -ENAMETOOLONG;
}

DEFINE_PER_CPU(struct thread *, thread_current_ptr);

static uint32_t interrupts;

void thread_interrupt(struct thread *thread, uint32_t reasons)
{
	(void)thread;
	interrupts |= reasons;
}

/* Call 0: gives its first argument. */
int64_t test_call(struct lthread *lt, const struct trap_frame *frame);

int64_t test_call(struct lthread *lt, const struct trap_frame *frame)
{
	(void)lt;
	return (int64_t)arch_syscall_arg(frame, 0);
}

static const char *format(uint64_t number, const uint64_t *args, size_t count)
{
	struct trap_frame frame = {.call = number};
	static char text[256];
	size_t len;

	memset(frame.args, 0xee, sizeof(frame.args));
	for (size_t i = 0; i < count; i++)
		frame.args[i] = args[i];
	len = linux_trace_format(number, &frame, text, sizeof(text));
	assert_int_equal(len, strlen(text));
	return text;
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(linux_syscall_name(0), "read");
	assert_string_equal(linux_syscall_name(462), "mseal");
	assert_string_equal(linux_syscall_name(335), "?");
	assert_string_equal(linux_syscall_name(463), "?");
	assert_string_equal(linux_syscall_name(UINT64_MAX), "?");
}

static void arguments_by_type(void **state)
{
	(void)state;
	string = "/tmp/a\"b\n";
	assert_string_equal(
		format(257, (uint64_t[]){0xffffffffffffff9c, STRING_ADDR, 0x80000, 0644}, 4),
		"openat(-100, \"/tmp/a\\\"b\\x0a\", 0x80000, 0644)");
	assert_string_equal(format(0, (uint64_t[]){3, 0x7fff1234, 4096}, 3),
			    "read(3, 0x7fff1234, 4096)");
	assert_string_equal(format(8, (uint64_t[]){0x100000003, (uint64_t)-5, 2}, 3),
			    "lseek(3, -5, 2)");
	assert_string_equal(format(39, NULL, 0), "getpid()");
	assert_string_equal(format(87, (uint64_t[]){0xdead}, 1), "unlink(0xdead)");
	assert_string_equal(format(87, (uint64_t[]){0}, 1), "unlink(0x0)");
	assert_string_equal(format(1000, NULL, 0), "1000?()");
}

static void long_strings_are_cut(void **state)
{
	char path[200], small[20];
	struct trap_frame frame = {.args = {STRING_ADDR}};

	(void)state;
	memset(path, 'x', sizeof(path));
	path[199] = '\0';
	string = path;
	assert_non_null(strstr(format(80, (uint64_t[]){STRING_ADDR}, 1), "x\"...)"));
	assert_int_equal(linux_trace_format(80, &frame, small, sizeof(small)), 19);
	assert_string_equal(small, "chdir(\"xxxxxxxxxxxx");
}

static void missing_calls_are_counted(void **state)
{
	struct trap_frame frame = {.call = 335};
	struct call_process cp;
	struct call_thread ct;
	uint32_t before = linux_syscall_missing_count(335);

	(void)state;
	call_thread_init(&ct, 1);
	call_process_init(&cp, NULL);
	linux_syscall(NULL, &ct, &cp, &frame);
	linux_syscall(NULL, &ct, &cp, &frame);
	assert_int_equal(frame.result, -ENOSYS);
	assert_int_equal(ct.number, 335);
	assert_int_equal(linux_syscall_missing_count(335), before + 2);
	frame.call = UINT64_MAX;
	linux_syscall(NULL, &ct, &cp, &frame);
	assert_int_equal(frame.result, -ENOSYS);
	assert_int_equal(ct.number, LINUX_NR_COUNT);
	assert_int_equal(linux_syscall_missing_count(LINUX_NR_COUNT), 1);
	assert_int_equal(linux_syscall_missing_count(LINUX_NR_COUNT + 1), 0);
}

static void a_handler_gives_the_result(void **state)
{
	struct trap_frame frame = {.call = 0, .args = {7}};
	struct call_process cp;
	struct call_thread ct;

	(void)state;
	interrupts = 0;
	call_thread_init(&ct, 1);
	call_process_init(&cp, NULL);
	linux_syscall(NULL, &ct, &cp, &frame);
	assert_int_equal(frame.result, 7);
	assert_int_equal(ct.number, 0);
	assert_int_equal(interrupts, 0);
	frame.args[0] = (uint64_t)restart_result(-EINTR, RESTART_IF_ASKED);
	linux_syscall(NULL, &ct, &cp, &frame);
	assert_int_equal(interrupts, THREAD_INTERRUPT_SIGNAL);
}

static void a_traced_call_is_logged(void **state)
{
	struct trap_frame frame = {.call = 335};
	struct call_process cp, child;
	struct call_thread ct;

	(void)state;
	call_thread_init(&ct, 42);
	call_process_init(&cp, NULL);
	fake_log_count = 0;
	linux_syscall(NULL, &ct, &cp, &frame);
	assert_int_equal(fake_log_count, 0);
	cp.is_traced = true;
	linux_syscall(NULL, &ct, &cp, &frame);
	assert_int_equal(fake_log_count, 2);
	assert_non_null(strstr(fake_log_text, "[42] ? = -38"));
	call_process_init(&child, &cp);
	assert_true(child.is_traced);
}

static const struct CMUnitTest tests[] = {
	TEST(names, "every number has its name, or none"),
	TEST(arguments_by_type, "arguments are shown as their types say"),
	TEST(long_strings_are_cut, "long strings and lines are cut"),
	TEST(missing_calls_are_counted, "a missing call is -ENOSYS and counted"),
	TEST(a_handler_gives_the_result, "a handler's result is the call's"),
	TEST(a_traced_call_is_logged, "the calls of a traced process are logged"),
};

int main(void)
{
	return RUN_TESTS("linux/dispatch");
}
