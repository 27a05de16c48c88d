/*
 * Self-tests: run inside the kernel, when the command line says
 * themelios.selftest=all (or a comma-separated list of names or prefixes).
 *
 * A test is a function in a kernel thread of its own turn; it reports the first
 * failed check and goes on to its end unless it uses SELFTEST_REQUIRE.
 */
#ifndef KERNEL_CORE_SELFTEST_H
#define KERNEL_CORE_SELFTEST_H

#include <stdbool.h>

#include "kernel/lib/compiler.h"

struct selftest {
	const char *name;     /* area.topic, as given on the command line */
	const char *sentence; /* what must hold */
	void (*run)(void);
	bool is_long; /* runs only when named: themelios.selftest=stress */
};

#define SELFTEST(ident, test_name, test_sentence)                                                  \
	static void ident(void);                                                                   \
	static const struct selftest selftest_##ident USED SECTION(".selftests")                   \
		TABLE_ENTRY = {.name = (test_name), .sentence = (test_sentence), .run = ident};    \
	static void ident(void)

#define SELFTEST_LONG(ident, test_name, test_sentence)                                             \
	static void ident(void);                                                                   \
	static const struct selftest selftest_##ident USED SECTION(".selftests") TABLE_ENTRY = {   \
		.name = (test_name), .sentence = (test_sentence), .run = ident, .is_long = true};  \
	static void ident(void)

/* Records a failure of the running test. */
PRINTF(3, 4) void selftest_fail(const char *file, int line, const char *fmt, ...);

#define SELFTEST_CHECK(cond)                                                                       \
	do {                                                                                       \
		if (!(cond))                                                                       \
			selftest_fail(__FILE__, __LINE__, "%s", #cond);                            \
	} while (0)

#define SELFTEST_CHECK_EQ(a, b)                                                                    \
	do {                                                                                       \
		long long selftest_a_ = (long long)(a), selftest_b_ = (long long)(b);              \
		if (selftest_a_ != selftest_b_)                                                    \
			selftest_fail(__FILE__, __LINE__, "%s is %lld, not %lld", #a, selftest_a_, \
				      selftest_b_);                                                \
	} while (0)

/* Ends the test function at once. */
#define SELFTEST_REQUIRE(cond)                                                                     \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			selftest_fail(__FILE__, __LINE__, "%s", #cond);                            \
			return;                                                                    \
		}                                                                                  \
	} while (0)

#endif
