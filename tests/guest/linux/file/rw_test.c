/* Reading and writing: read, write, pread64, pwrite64, readv, writev, preadv, pwritev, lseek. */
#include "tests/guest/linux/test.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define BAD_POINTER ((void *)1)

static int open_new(const char *path)
{
	return MUST(open(path, O_RDWR | O_CREAT | O_EXCL, 0600));
}

static void close_and_remove(int fd, const char *path)
{
	CHECK_EQ(close(fd), 0);
	CHECK_EQ(unlink(path), 0);
}

static void reads_what_was_written(void)
{
	char buf[16] = "";
	int fd = open_new("f");

	CHECK_EQ(write(fd, "hello, file", 11), 11);
	CHECK_EQ(read(fd, buf, sizeof(buf)), 0);
	CHECK_EQ(lseek(fd, 7, SEEK_SET), 7);
	CHECK_EQ(read(fd, buf, sizeof(buf)), 4);
	CHECK(memcmp(buf, "file", 4) == 0);
	close_and_remove(fd, "f");
}

static void seek_rules(void)
{
	int fd = open_new("f");

	CHECK_EQ(write(fd, "0123456789", 10), 10);
	CHECK_EQ(lseek(fd, -3, SEEK_CUR), 7);
	CHECK_EQ(lseek(fd, -10, SEEK_END), 0);
	CHECK_ERR(lseek(fd, -1, SEEK_SET), EINVAL);
	CHECK_ERR(lseek(fd, -11, SEEK_END), EINVAL);
	CHECK_ERR(lseek(fd, 0, 77), EINVAL);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
	CHECK_EQ(lseek(fd, 100, SEEK_END), 110);
	CHECK_ERR(lseek(-1, 0, SEEK_SET), EBADF);
	close_and_remove(fd, "f");
}

static void a_gap_reads_as_zero(void)
{
	char buf[8200];
	int fd = open_new("f");

	CHECK_EQ(lseek(fd, 8192, SEEK_SET), 8192);
	CHECK_EQ(write(fd, "end", 3), 3);
	memset(buf, 'x', sizeof(buf));
	CHECK_EQ(pread(fd, buf, sizeof(buf), 0), 8195);
	for (int i = 0; i < 8192; i++) {
		if (buf[i] != 0) {
			CHECK_EQ(i, -1);
			break;
		}
	}
	CHECK(memcmp(buf + 8192, "end", 3) == 0);
	close_and_remove(fd, "f");
}

static void positioned_io_leaves_the_offset(void)
{
	char buf[4];
	int fd = open_new("f");

	CHECK_EQ(pwrite(fd, "abcdef", 6, 2), 6);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
	CHECK_EQ(pread(fd, buf, 4, 4), 4);
	CHECK(memcmp(buf, "cdef", 4) == 0);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
	CHECK_EQ(pread(fd, buf, 4, 8), 0);
	CHECK_ERR(pread(fd, buf, 4, -1), EINVAL);
	CHECK_ERR(pwrite(fd, buf, 4, -1), EINVAL);
	close_and_remove(fd, "f");
}

static void vectors_gather_and_scatter(void)
{
	char one[3], two[5];
	char first[] = "abc", second[] = "", third[] = "defgh";
	struct iovec out[] = {{first, 3}, {second, 0}, {third, 5}};
	struct iovec in[] = {{one, 3}, {two, 5}};
	int fd = open_new("f");

	CHECK_EQ(writev(fd, out, 3), 8);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_EQ(readv(fd, in, 2), 8);
	CHECK(memcmp(one, "abc", 3) == 0 && memcmp(two, "defgh", 5) == 0);
	CHECK_EQ(pwritev(fd, out, 3, 100), 8);
	CHECK_EQ(preadv(fd, in, 2, 102), 6);
	CHECK(memcmp(one, "cde", 3) == 0 && memcmp(two, "fgh", 3) == 0);
	CHECK_EQ(readv(fd, in, 0), 0);
	close_and_remove(fd, "f");
}

static void bad_vectors_are_refused(void)
{
	char byte = 0;
	struct iovec negative[] = {{&byte, (size_t)SSIZE_MAX + 1}};
	int fd = open_new("f");

	CHECK_ERR(syscall(SYS_readv, fd, negative, 1), EINVAL);
	CHECK_ERR(syscall(SYS_writev, fd, negative, 1), EINVAL);
	CHECK_ERR(syscall(SYS_writev, fd, negative, -1), EINVAL);
	CHECK_ERR(syscall(SYS_writev, fd, negative, 1025), EINVAL);
	CHECK_ERR(syscall(SYS_writev, fd, BAD_POINTER, 1), EFAULT);
	close_and_remove(fd, "f");
}

static void bad_memory_is_a_fault(void)
{
	int fd = open_new("f");

	CHECK_ERR(syscall(SYS_write, fd, BAD_POINTER, 10), EFAULT);
	CHECK_EQ(write(fd, "abc", 3), 3);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_ERR(syscall(SYS_read, fd, BAD_POINTER, 10), EFAULT);
	CHECK_ERR(syscall(SYS_read, fd, (void *)-4096ul, 10), EFAULT);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 0);
	close_and_remove(fd, "f");
}

static void access_mode_is_kept_to(void)
{
	char byte;
	int fd;

	test_write_file("f", "abc");
	fd = MUST(open("f", O_RDONLY));
	CHECK_ERR(write(fd, "x", 1), EBADF);
	CHECK_ERR(pwrite(fd, "x", 1, 0), EBADF);
	CHECK_EQ(close(fd), 0);
	fd = MUST(open("f", O_WRONLY));
	CHECK_ERR(read(fd, &byte, 1), EBADF);
	close_and_remove(fd, "f");
	CHECK_ERR(read(fd, &byte, 1), EBADF);
	CHECK_ERR(write(999, "x", 1), EBADF);
}

static void append_writes_at_the_end(void)
{
	int fd;

	test_write_file("f", "abc");
	fd = MUST(open("f", O_RDWR | O_APPEND));
	CHECK_EQ(write(fd, "def", 3), 3);
	CHECK_EQ(lseek(fd, 0, SEEK_SET), 0);
	CHECK_EQ(write(fd, "ghi", 3), 3);
	CHECK_EQ(lseek(fd, 0, SEEK_CUR), 9);
	CHECK_STR(test_read_file("f"), "abcdefghi");
	close_and_remove(fd, "f");
}

static void truncation_cuts_and_grows(void)
{
	struct stat st;
	int fd = open_new("f");

	CHECK_EQ(write(fd, "0123456789", 10), 10);
	CHECK_EQ(ftruncate(fd, 4), 0);
	CHECK_EQ(ftruncate(fd, 6), 0);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_size, 6);
	CHECK(memcmp(test_read_file("f"), "0123\0\0", 6) == 0);
	CHECK_EQ(truncate("f", 1), 0);
	CHECK_STR(test_read_file("f"), "0");
	CHECK_ERR(ftruncate(fd, -1), EINVAL);
	CHECK_ERR(truncate("f", -1), EINVAL);
	CHECK_ERR(truncate("missing", 1), ENOENT);
	close_and_remove(fd, "f");
}

static void truncation_needs_a_writable_file(void)
{
	int fd;

	test_write_file("f", "abc");
	fd = MUST(open("f", O_RDONLY));
	CHECK_ERR(ftruncate(fd, 0), EINVAL);
	close_and_remove(fd, "f");
	CHECK_ERR(truncate(".", 0), EISDIR);
}

static void fallocate_grows_the_file(void)
{
	struct stat st;
	int fd = open_new("f");

	CHECK_EQ(fallocate(fd, 0, 0, 10000), 0);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_size, 10000);
	CHECK_EQ(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 5000), 0);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_size, 10000);
	CHECK_ERR(fallocate(fd, 0, -1, 10), EINVAL);
	CHECK_ERR(fallocate(fd, 0, 0, 0), EINVAL);
	close_and_remove(fd, "f");
}

static void syncing_works_on_open_files(void)
{
	int fd = open_new("f");

	CHECK_EQ(write(fd, "abc", 3), 3);
	CHECK_EQ(fsync(fd), 0);
	CHECK_EQ(fdatasync(fd), 0);
	close_and_remove(fd, "f");
	CHECK_ERR(fsync(fd), EBADF);
	CHECK_ERR(fdatasync(fd), EBADF);
}

static void vectors_with_flags(void)
{
	char buf[8] = "";
	struct iovec vec = {buf, 3};
	int fd = open_new("f");

	CHECK_EQ(write(fd, "abcdef", 6), 6);
	CHECK_EQ(syscall(SYS_preadv2, fd, &vec, 1, 2, 0, 0), 3);
	CHECK(memcmp(buf, "cde", 3) == 0);
	CHECK_EQ(syscall(SYS_preadv2, fd, &vec, 1, -1, -1, 0), 0);
	CHECK_EQ(syscall(SYS_pwritev2, fd, &vec, 1, 0, 0, 0), 3);
	CHECK_STR(test_read_file("f"), "cdedef");
	CHECK_ERR(syscall(SYS_preadv2, fd, &vec, 1, 0, 0, 0x40000000), EOPNOTSUPP);
	close_and_remove(fd, "f");
}

static void large_writes_arrive_whole(void)
{
	enum { SIZE = 300000 };
	unsigned char *out = malloc(SIZE), *in = malloc(SIZE);
	int fd = open_new("f");

	for (int i = 0; i < SIZE; i++)
		out[i] = (unsigned char)(i * 7 + i / 251);
	CHECK_EQ(write(fd, out, SIZE), SIZE);
	CHECK_EQ(pread(fd, in, SIZE, 0), SIZE);
	CHECK(memcmp(in, out, SIZE) == 0);
	close_and_remove(fd, "f");
	free(in);
	free(out);
}

static void devices_do_their_work(void)
{
	unsigned char buf[64];
	int fd = MUST(open("/dev/null", O_RDWR));

	CHECK_EQ(read(fd, buf, sizeof(buf)), 0);
	CHECK_EQ(write(fd, buf, sizeof(buf)), sizeof(buf));
	CHECK_EQ(close(fd), 0);
	fd = MUST(open("/dev/zero", O_RDWR));
	memset(buf, 1, sizeof(buf));
	CHECK_EQ(read(fd, buf, sizeof(buf)), sizeof(buf));
	for (size_t i = 0; i < sizeof(buf); i++)
		CHECK_EQ(buf[i], 0);
	CHECK_EQ(write(fd, buf, sizeof(buf)), sizeof(buf));
	CHECK_EQ(close(fd), 0);
	fd = MUST(open("/dev/full", O_RDWR));
	CHECK_EQ(read(fd, buf, sizeof(buf)), sizeof(buf));
	CHECK_ERR(write(fd, buf, 1), ENOSPC);
	CHECK_EQ(close(fd), 0);
}

static void random_devices_give_different_bytes(void)
{
	unsigned char one[32] = {0}, two[32] = {0};
	int fd = MUST(open("/dev/urandom", O_RDONLY));

	CHECK_EQ(read(fd, one, sizeof(one)), sizeof(one));
	CHECK_EQ(read(fd, two, sizeof(two)), sizeof(two));
	CHECK(memcmp(one, two, sizeof(one)) != 0);
	CHECK_EQ(close(fd), 0);
	fd = MUST(open("/dev/random", O_RDONLY));
	CHECK_EQ(read(fd, one, 8), 8);
	CHECK_EQ(close(fd), 0);
}

static void device_numbers_are_linux_s(void)
{
	static const struct {
		const char *path;
		unsigned minor;
	} table[] = {{"/dev/null", 3},
		     {"/dev/zero", 5},
		     {"/dev/full", 7},
		     {"/dev/random", 8},
		     {"/dev/urandom", 9}};
	struct stat st;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		CHECK_EQ(stat(table[i].path, &st), 0);
		CHECK(S_ISCHR(st.st_mode));
		CHECK_EQ(st.st_mode & 07777, 0666);
		CHECK_EQ(st.st_rdev, 1 << 8 | table[i].minor);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{reads_what_was_written, "read gives what write wrote, from the offset on"},
		{seek_rules,
		 "lseek counts from start, offset and end, and refuses negative results"},
		{a_gap_reads_as_zero, "a gap before a write reads as zeros"},
		{positioned_io_leaves_the_offset, "pread64 and pwrite64 leave the offset alone"},
		{vectors_gather_and_scatter,
		 "readv, writev, preadv and pwritev go through all pieces"},
		{bad_vectors_are_refused, "vectors with bad lengths or counts are refused"},
		{bad_memory_is_a_fault, "a bad buffer is EFAULT and moves nothing"},
		{access_mode_is_kept_to,
		 "a file opened for reading is not written, nor the reverse"},
		{append_writes_at_the_end, "O_APPEND writes at the end wherever the offset is"},
		{truncation_cuts_and_grows, "truncate and ftruncate cut, and grow with zeros"},
		{truncation_needs_a_writable_file,
		 "ftruncate of a read-only file, truncate of a directory fail"},
		{fallocate_grows_the_file, "fallocate grows a file unless told to keep its size"},
		{syncing_works_on_open_files, "fsync and fdatasync want an open file"},
		{vectors_with_flags, "preadv2 and pwritev2 take a position, or -1, and flags"},
		{large_writes_arrive_whole, "a large write is read back byte for byte"},
		{devices_do_their_work,
		 "/dev/null, /dev/zero and /dev/full do what their names say"},
		{random_devices_give_different_bytes,
		 "/dev/random and /dev/urandom give random bytes"},
		{device_numbers_are_linux_s, "memory devices have Linux's numbers and modes"},
	};

	return test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
