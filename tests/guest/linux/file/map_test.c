/* Files in memory: mmap of files against read and write. */
#include "tests/guest/linux/test.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LEN 8192

static char *map(int fd, int prot, int flags)
{
	char *bytes = mmap(NULL, LEN, prot, flags, fd, 0);

	if (bytes == MAP_FAILED)
		MUST(-1);
	return bytes;
}

static void a_shared_mapping_is_the_file(void)
{
	char byte = 0, *bytes;
	int fd = MUST(open("f", O_RDWR | O_CREAT, 0600));

	CHECK_EQ(ftruncate(fd, LEN), 0);
	bytes = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
	CHECK_EQ(pwrite(fd, "w", 1, 5000), 1);
	CHECK_EQ(bytes[5000], 'w');
	bytes[10] = 'm';
	CHECK_EQ(pread(fd, &byte, 1, 10), 1);
	CHECK_EQ(byte, 'm');
	CHECK_EQ(munmap(bytes, LEN), 0);
	CHECK_EQ(close(fd), 0);
	CHECK_EQ(unlink("f"), 0);
}

static void a_private_mapping_leaves_the_file(void)
{
	char *bytes;
	int fd;

	test_write_file("f", "abc");
	fd = MUST(open("f", O_RDONLY));
	bytes = map(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE);
	CHECK(memcmp(bytes, "abc\0", 4) == 0);
	bytes[0] = 'X';
	CHECK_STR(test_read_file("f"), "abc");
	CHECK_EQ(munmap(bytes, LEN), 0);
	CHECK_EQ(close(fd), 0);
	CHECK_EQ(unlink("f"), 0);
}

static void access_modes_bound_mappings(void)
{
	int fd;

	test_write_file("f", "abc");
	fd = MUST(open("f", O_RDONLY));
	CHECK(mmap(NULL, LEN, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED && errno == EACCES);
	CHECK_EQ(close(fd), 0);
	fd = MUST(open("f", O_WRONLY));
	CHECK(mmap(NULL, LEN, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED && errno == EACCES);
	CHECK_EQ(close(fd), 0);
	CHECK_EQ(unlink("f"), 0);
	CHECK(mmap(NULL, LEN, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED && errno == EBADF);
}

int main(void)
{
	static const struct test tests[] = {
		{a_shared_mapping_is_the_file, "a shared mapping and the file are the same bytes"},
		{a_private_mapping_leaves_the_file, "a private mapping leaves the file alone"},
		{access_modes_bound_mappings, "a mapping needs a file that is open for it"},
	};

	return test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
