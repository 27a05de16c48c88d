#include "tests/guest/linux/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Failures of one test that are shown. */
#define SHOW_MAX 20

static int failures; /* of the running test */

static bool count_failure(void)
{
	return failures++ < SHOW_MAX;
}

void test_failed(const char *file, int line, const char *text)
{
	if (count_failure())
		printf("# %s:%d: %s\n", file, line, text);
}

void test_check_eq(const char *file, int line, const char *text, long long actual,
		   long long expected)
{
	int error = errno;

	if (actual != expected && count_failure())
		printf("# %s:%d: %s is %lld, not %lld (errno %d)\n", file, line, text, actual,
		       expected, error);
}

void test_check_str(const char *file, int line, const char *text, const char *actual,
		    const char *expected)
{
	if (strcmp(actual, expected) != 0 && count_failure())
		printf("# %s:%d: %s is \"%s\", not \"%s\"\n", file, line, text, actual, expected);
}

void test_check_err(const char *file, int line, const char *text, long long result, int error)
{
	int actual = errno;

	if ((result != -1 || actual != error) && count_failure())
		printf("# %s:%d: %s gives %lld, errno %d, not errno %d\n", file, line, text, result,
		       actual, error);
}

int test_must(const char *file, int line, const char *text, long long result)
{
	if (result >= 0)
		return (int)result;
	printf("# %s:%d: %s: errno %d\nBail out!\n", file, line, text, errno);
	fflush(stdout);
	_exit(99);
}

void test_write_file(const char *path, const char *content)
{
	size_t len = strlen(content);
	int fd = MUST(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644));

	CHECK_EQ(write(fd, content, len), len);
	CHECK_EQ(close(fd), 0);
}

const char *test_read_file(const char *path)
{
	static char content[4096];
	int fd = open(path, O_RDONLY);
	ssize_t len = 0;

	if (fd >= 0) {
		len = read(fd, content, sizeof(content) - 1);
		close(fd);
	}
	content[len > 0 ? len : 0] = '\0';
	return content;
}

/* Makes the directory that the tests run in; false when it cannot be. */
static bool enter_directory(char *path, size_t size)
{
	const char *top = getenv("TMPDIR");

	snprintf(path, size, "%s/test.%ld", top ? top : "/tmp", (long)getpid());
	return mkdir(path, 0700) == 0 && chdir(path) == 0;
}

int test_main(const struct test *tests, size_t count)
{
	char path[256];
	int failed = 0;

	umask(022);
	if (!enter_directory(path, sizeof(path))) {
		printf("# %s: errno %d\nBail out!\n", path, errno);
		return 99;
	}
	for (size_t i = 0; i < count; i++) {
		failures = 0;
		tests[i].run();
		failed += failures != 0;
		printf("%s %zu - %s\n", failures ? "not ok" : "ok", i + 1, tests[i].sentence);
		fflush(stdout);
	}
	printf("1..%zu\n", count);
	/* It is empty when each test has tidied up; what is left is a failure to see. */
	if (chdir("/") != 0 || rmdir(path) != 0) {
		printf("# %s cannot be removed: errno %d\n", path, errno);
		failed++;
	}
	return failed ? 1 : 0;
}
