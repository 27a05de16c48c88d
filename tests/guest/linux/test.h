/*
 * Tests in Linux programs, plain C on any libc: each passes unchanged on the build
 * machine's Linux and in the virtual machine. A report in TAP on standard output.
 *
 * A program runs in a directory of its own, empty and writable, which test_main()
 * makes below TMPDIR (or /tmp) and removes at the end.
 */
#ifndef TESTS_GUEST_LINUX_TEST_H
#define TESTS_GUEST_LINUX_TEST_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct test {
	void (*run)(void);
	const char *sentence; /* about behaviour */
};

/* A failed check is reported with its place; the test goes on. */
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			test_failed(__FILE__, __LINE__, #condition);                               \
	} while (0)

#define CHECK_EQ(actual, expected)                                                                 \
	test_check_eq(__FILE__, __LINE__, #actual, (long long)(actual), (long long)(expected))

#define CHECK_STR(actual, expected) test_check_str(__FILE__, __LINE__, #actual, actual, expected)

/* The call fails with this errno. */
#define CHECK_ERR(call, error) test_check_err(__FILE__, __LINE__, #call, (long long)(call), error)

/* For what must be there for the rest to make sense: the value, or the program ends. */
#define MUST(call) test_must(__FILE__, __LINE__, #call, (long long)(call))

void test_failed(const char *file, int line, const char *text);
void test_check_eq(const char *file, int line, const char *text, long long actual,
		   long long expected);
void test_check_str(const char *file, int line, const char *text, const char *actual,
		    const char *expected);
void test_check_err(const char *file, int line, const char *text, long long result, int error);
int test_must(const char *file, int line, const char *text, long long result);

/* main() of a test program; the exit status. */
int test_main(const struct test *tests, size_t count);

/* A file with this content, made anew. */
void test_write_file(const char *path, const char *content);
/* The content of a small file, terminated; "" when there is none. Valid until the next call. */
const char *test_read_file(const char *path);

#endif
