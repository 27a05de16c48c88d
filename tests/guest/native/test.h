/*
 * Tests in native programs: a report in TAP on the console, and children.
 *
 * A program is its own helper: with a mode as first argument it plays the other
 * side of a test. Children find what they were handed in slots 0, 1, ...
 */
#ifndef TESTS_GUEST_NATIVE_TEST_H
#define TESTS_GUEST_NATIVE_TEST_H

#include "userland/lib/native.h"

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
	test_check_eq(__FILE__, __LINE__, #actual, (int64_t)(actual), (int64_t)(expected))

/* For what must be there for the rest to make sense: the value, or the program ends. */
#define MUST(call) test_must(__FILE__, __LINE__, #call, (call))

void test_failed(const char *file, int line, const char *text);
void test_check_eq(const char *file, int line, const char *text, int64_t actual, int64_t expected);
int64_t test_must(const char *file, int line, const char *text, int64_t result);

struct test_mode {
	const char *name;
	int (*run)(int argc, char **argv);
};

/* main() of a test program. modes ends with an empty one; NULL: none. */
int test_main(int argc, char **argv, const struct test *tests, size_t count,
	      const struct test_mode *modes);

/* The program's own image, and the job of all jobs. In the first process only. */
uint32_t test_image(void);
uint32_t test_root_job(void);

enum child_authority {
	CHILD_EMPTY,   /* none at all */
	CHILD_CONSOLE, /* it can print and take the time */
	CHILD_SILENT,  /* all that its parent has but the console, in job */
	CHILD_FULL,    /* all that its parent has, in job */
};

/*
 * A child in this mode with capabilities, all rights that the parent has; its job is
 * a slot, or NATIVE_NO_SLOT for the parent's. The slot of the process, or an error.
 */
int64_t child_spawn(const char *mode, const uint32_t *caps, uint32_t cap_count,
		    enum child_authority authority, uint32_t job);

/* What child_wait() gives for one that did not exit: this, and NATIVE_END_... */
#define CHILD_ENDED(end) (1000 + (int64_t)(end))

/* Waits for its end, at most half a minute, and closes the slot: its exit code. */
int64_t child_wait(int64_t process);

/* A job below the own one. */
uint32_t test_job(void);

void sleep_ms(int64_t ms);

/* A flag that threads and processes wait for, without the kernel. */
void spin_until(volatile uint32_t *word, uint32_t value);

/* A shared mapping of a memory object. */
void *map_shared(uint32_t memory, uint64_t len);

/* The state of a capability: 0, or the error that its use gives. */
struct native_cap_info cap_info_of(uint32_t slot);

#endif
