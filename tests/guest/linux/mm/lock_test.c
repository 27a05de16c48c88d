/* mlock, mlock2, munlock, mlockall, munlockall; membarrier. */
#include "tests/guest/linux/test.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096ul

static char *map(size_t len)
{
	return mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void locked_memory_is_in_memory(void)
{
	char *mem = map(3 * PAGE);
	unsigned char vec[3] = {0};

	CHECK_EQ(mlock(mem + 5, PAGE), 0);
	CHECK_EQ(mincore(mem, 3 * PAGE, vec), 0);
	CHECK_EQ(vec[0] & 1, 1);
	CHECK_EQ(vec[1] & 1, 1);
	CHECK_EQ(vec[2] & 1, 0);
	CHECK_ERR(madvise(mem, PAGE, MADV_DONTNEED), EINVAL);
	CHECK_EQ(munlock(mem, 2 * PAGE), 0);
	CHECK_EQ(madvise(mem, PAGE, MADV_DONTNEED), 0);
	CHECK_EQ(munmap(mem, 3 * PAGE), 0);
	CHECK_ERR(mlock(mem, PAGE), ENOMEM);
	CHECK_ERR(munlock(mem, PAGE), ENOMEM);
}

static void onfault_locks_what_comes(void)
{
	char *mem = map(PAGE);
	unsigned char vec = 1;

	CHECK_EQ(syscall(SYS_mlock2, mem, PAGE, 1), 0);
	CHECK_EQ(mincore(mem, PAGE, &vec), 0);
	CHECK_EQ(vec & 1, 0);
	CHECK_ERR(syscall(SYS_mlock2, mem, PAGE, 64), EINVAL);
	CHECK_EQ(munmap(mem, PAGE), 0);
}

static void everything_can_be_unlocked(void)
{
	CHECK_ERR(mlockall(0), EINVAL);
	CHECK_ERR(mlockall(64), EINVAL);
	CHECK_EQ(munlockall(), 0);
}

static void barriers_are_told_and_made(void)
{
	long commands = syscall(SYS_membarrier, 0, 0, 0);

	/* A kernel may do without. */
	if (commands < 0) {
		CHECK(errno == ENOSYS || errno == EPERM);
		return;
	}
	CHECK(commands & 1);
	CHECK_EQ(syscall(SYS_membarrier, 1, 0, 0), 0);
	CHECK_ERR(syscall(SYS_membarrier, 1 << 30, 0, 0), EINVAL);
	CHECK_ERR(syscall(SYS_membarrier, 0, 2, 0), EINVAL);
	if (commands & 16) {
		CHECK_EQ(syscall(SYS_membarrier, 16, 0, 0), 0);
		CHECK_EQ(syscall(SYS_membarrier, 8, 0, 0), 0);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{locked_memory_is_in_memory, "locked memory is in memory"},
		{onfault_locks_what_comes, "MLOCK_ONFAULT locks what comes"},
		{everything_can_be_unlocked, "mlockall checks its flags, munlockall unlocks"},
		{barriers_are_told_and_made, "membarrier tells its commands and does them"},
	};

	return test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
