/* madvise, mincore, msync. */
#include "tests/guest/linux/test.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096ul

static char *map(size_t len, int kind)
{
	return mmap(NULL, len, PROT_READ | PROT_WRITE, kind | MAP_ANONYMOUS, -1, 0);
}

static void dontneed_reads_as_zero(void)
{
	char *mem = map(3 * PAGE, MAP_PRIVATE);

	memset(mem, 1, 3 * PAGE);
	CHECK_EQ(madvise(mem + PAGE, PAGE, MADV_DONTNEED), 0);
	CHECK_EQ(mem[0], 1);
	CHECK_EQ(mem[PAGE], 0);
	CHECK_EQ(mem[2 * PAGE], 1);
	CHECK_EQ(munmap(mem, 3 * PAGE), 0);
}

static void shared_pages_stay_with_their_object(void)
{
	char *mem = map(PAGE, MAP_SHARED);

	mem[0] = 1;
	CHECK_EQ(madvise(mem, PAGE, MADV_DONTNEED), 0);
	CHECK_EQ(mem[0], 1);
	CHECK_ERR(madvise(mem, PAGE, MADV_FREE), EINVAL);
	CHECK_EQ(munmap(mem, PAGE), 0);
}

static void wipeonfork_and_dontfork_concern_children(void)
{
	char *wiped = map(PAGE, MAP_PRIVATE), *gone = map(PAGE, MAP_PRIVATE);
	unsigned char vec;
	int status;
	pid_t pid;

	wiped[0] = gone[0] = 1;
	CHECK_EQ(madvise(wiped, PAGE, MADV_WIPEONFORK), 0);
	CHECK_EQ(madvise(gone, PAGE, MADV_DONTFORK), 0);
	pid = fork();
	if (pid == 0)
		_exit(wiped[0] == 0 && mincore(gone, PAGE, &vec) == -1 && errno == ENOMEM ? 0 : 1);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	CHECK_EQ(wiped[0], 1);
	CHECK_EQ(gone[0], 1);
	munmap(wiped, PAGE);
	munmap(gone, PAGE);
}

static void advice_is_checked(void)
{
	char *mem = map(3 * PAGE, MAP_PRIVATE);

	CHECK_EQ(madvise(mem, PAGE, MADV_NORMAL), 0);
	CHECK_EQ(madvise(mem, PAGE, MADV_WILLNEED), 0);
	CHECK_EQ(madvise(mem, 0, MADV_DONTNEED), 0);
	CHECK_ERR(madvise(mem, PAGE, 4711), EINVAL);
	CHECK_ERR(madvise(mem + 1, PAGE, MADV_NORMAL), EINVAL);
	munmap(mem + PAGE, PAGE);
	CHECK_ERR(madvise(mem, 3 * PAGE, MADV_DONTNEED), ENOMEM);
	munmap(mem, 3 * PAGE);
}

static void populate_brings_pages_in(void)
{
	char *mem = map(4 * PAGE, MAP_PRIVATE);
	unsigned char vec[4] = {0};

	CHECK_EQ(mincore(mem, 4 * PAGE, vec), 0);
	CHECK_EQ(vec[1] & 1, 0);
	if (madvise(mem, 2 * PAGE, 23 /* MADV_POPULATE_WRITE */) == 0) {
		CHECK_EQ(mincore(mem, 4 * PAGE, vec), 0);
		CHECK_EQ(vec[1] & 1, 1);
		CHECK_EQ(vec[3] & 1, 0);
	} else {
		CHECK_EQ(errno, EINVAL);
	}
	CHECK_ERR(mincore(mem + 1, PAGE, vec), EINVAL);
	CHECK_ERR(syscall(SYS_mincore, mem, PAGE, 8), EFAULT);
	munmap(mem, 4 * PAGE);
	CHECK_ERR(mincore(mem, PAGE, vec), ENOMEM);
}

static void msync_checks_its_range(void)
{
	char *mem = map(2 * PAGE, MAP_SHARED);

	CHECK_EQ(msync(mem, 2 * PAGE, MS_SYNC), 0);
	CHECK_EQ(msync(mem, 2 * PAGE, MS_ASYNC), 0);
	CHECK_ERR(msync(mem, PAGE, MS_SYNC | MS_ASYNC), EINVAL);
	CHECK_ERR(msync(mem, PAGE, 64), EINVAL);
	CHECK_ERR(msync(mem + 1, PAGE, MS_SYNC), EINVAL);
	munmap(mem + PAGE, PAGE);
	CHECK_ERR(msync(mem, 2 * PAGE, MS_SYNC), ENOMEM);
	munmap(mem, PAGE);
}

int main(void)
{
	static const struct test tests[] = {
		{dontneed_reads_as_zero, "MADV_DONTNEED makes private memory read as zero"},
		{shared_pages_stay_with_their_object, "shared pages stay with their object"},
		{wipeonfork_and_dontfork_concern_children, "WIPEONFORK and DONTFORK hold"},
		{advice_is_checked, "advice is checked"},
		{populate_brings_pages_in, "mincore tells what is in memory"},
		{msync_checks_its_range, "msync checks its range"},
	};

	return test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
