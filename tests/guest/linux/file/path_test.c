/*
 * Names: open, openat, stat, lstat, fstat, newfstatat, statx, access, faccessat2, mkdir,
 * mkdirat, rmdir, unlink, unlinkat, rename, renameat, renameat2, link, linkat, symlink,
 * symlinkat, readlink, readlinkat, creat, chmod, fchmod, fchmodat, chown, lchown, fchown,
 * fchownat, utimensat, umask, mknod, mknodat, getcwd, chdir, fchdir, getdents64.
 */
#include "tests/guest/linux/test.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define SYS_FCHMODAT2 452
#define BASIC_STATS 0x7ffu /* STATX_BASIC_STATS */

struct statx_time {
	int64_t sec;
	uint32_t nsec;
	int32_t pad;
};

/* What statx(2) fills; not every libc has it. */
struct statx_result {
	uint32_t mask, block_size;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, pad;
	uint64_t ino, size, blocks, attributes_mask;
	struct statx_time atime, btime, ctime, mtime;
	uint64_t rest[16];
};

static void open_flags(void)
{
	int fd;

	CHECK_ERR(open("f", O_RDONLY), ENOENT);
	fd = MUST(open("f", O_WRONLY | O_CREAT, 0640));
	CHECK_EQ(close(fd), 0);
	CHECK_ERR(open("f", O_WRONLY | O_CREAT | O_EXCL, 0640), EEXIST);
	CHECK_ERR(open("f", O_RDONLY | O_DIRECTORY), ENOTDIR);
	CHECK_ERR(open("f/", O_RDONLY), ENOTDIR);
	CHECK_ERR(open("f/x", O_RDONLY), ENOTDIR);
	CHECK_ERR(open(".", O_WRONLY), EISDIR);
	CHECK_ERR(open("", O_RDONLY), ENOENT);
	CHECK_ERR(syscall(SYS_open, (void *)1, O_RDONLY), EFAULT);
	CHECK_EQ(unlink("f"), 0);
	fd = MUST(creat("f", 0600));
	CHECK_EQ(write(fd, "abc", 3), 3);
	CHECK_EQ(close(fd), 0);
	fd = MUST(open("f", O_RDWR | O_TRUNC));
	CHECK_EQ(lseek(fd, 0, SEEK_END), 0);
	CHECK_EQ(close(fd), 0);
	CHECK_EQ(unlink("f"), 0);
}

static void long_names_are_refused(void)
{
	char name[300], path[5000];

	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	CHECK_EQ(mkdir(name, 0700), 0);
	CHECK_EQ(rmdir(name), 0);
	name[255] = 'n';
	name[256] = '\0';
	CHECK_ERR(mkdir(name, 0700), ENAMETOOLONG);
	memset(path, '/', sizeof(path));
	path[4999] = '\0';
	CHECK_ERR(open(path, O_RDONLY), ENAMETOOLONG);
	path[4095] = '\0';
	CHECK_EQ(close(MUST(open(path, O_RDONLY))), 0);
}

static void umask_takes_bits_away(void)
{
	struct stat st;

	CHECK_EQ(umask(027), 022);
	CHECK_EQ(close(MUST(open("f", O_WRONLY | O_CREAT, 0666))), 0);
	CHECK_EQ(mkdir("d", 0777), 0);
	CHECK_EQ(umask(022), 027);
	CHECK_EQ(stat("f", &st), 0);
	CHECK_EQ(st.st_mode, S_IFREG | 0640);
	CHECK_EQ(stat("d", &st), 0);
	CHECK_EQ(st.st_mode, S_IFDIR | 0750);
	CHECK_EQ(unlink("f"), 0);
	CHECK_EQ(rmdir("d"), 0);
}

static void stat_tells_the_truth(void)
{
	struct stat st, other;
	int fd;

	test_write_file("f", "12345");
	CHECK_EQ(stat("f", &st), 0);
	CHECK_EQ(st.st_size, 5);
	CHECK_EQ(st.st_nlink, 1);
	CHECK_EQ(st.st_uid, geteuid());
	CHECK(st.st_mtim.tv_sec > 0);
	fd = MUST(open("f", O_RDONLY));
	CHECK_EQ(fstat(fd, &other), 0);
	CHECK(st.st_ino == other.st_ino && st.st_dev == other.st_dev);
	CHECK_EQ(fstatat(fd, "", &other, AT_EMPTY_PATH), 0);
	CHECK_EQ(other.st_ino, st.st_ino);
	CHECK_EQ(close(fd), 0);
	CHECK_ERR(fstatat(AT_FDCWD, "f", &other, 0x40000000), EINVAL);
	CHECK_ERR(stat("missing", &st), ENOENT);
	CHECK_ERR(syscall(SYS_stat, "f", (void *)1), EFAULT);
	CHECK_EQ(unlink("f"), 0);
}

static void statx_tells_the_same(void)
{
	struct statx_result stx;
	struct stat st;

	test_write_file("f", "12345");
	CHECK_EQ(stat("f", &st), 0);
	memset(&stx, 0, sizeof(stx));
	CHECK_EQ(syscall(SYS_statx, AT_FDCWD, "f", 0, BASIC_STATS, &stx), 0);
	CHECK_EQ(stx.mask & BASIC_STATS, BASIC_STATS);
	CHECK_EQ(stx.size, 5);
	CHECK_EQ(stx.mode, st.st_mode);
	CHECK_EQ(stx.ino, st.st_ino);
	CHECK_EQ(stx.mtime.sec, st.st_mtim.tv_sec);
	CHECK_ERR(syscall(SYS_statx, AT_FDCWD, "f", 0, 1u << 31, &stx), EINVAL);
	CHECK_ERR(syscall(SYS_statx, AT_FDCWD, "f", 0x40000000, 0, &stx), EINVAL);
	CHECK_EQ(unlink("f"), 0);
}

static void directories_come_and_go(void)
{
	struct stat st;

	CHECK_EQ(mkdir("d", 0755), 0);
	CHECK_ERR(mkdir("d", 0755), EEXIST);
	CHECK_ERR(mkdir("none/d", 0755), ENOENT);
	CHECK_EQ(mkdir("d/e/", 0755), 0);
	CHECK_EQ(stat("d", &st), 0);
	CHECK(S_ISDIR(st.st_mode));
	CHECK_ERR(rmdir("d"), ENOTEMPTY);
	CHECK_ERR(unlink("d"), EISDIR);
	CHECK_ERR(rmdir("d/."), EINVAL);
	CHECK_ERR(rmdir("/"), EBUSY);
	CHECK_EQ(rmdir("d/e"), 0);
	CHECK_EQ(unlinkat(AT_FDCWD, "d", AT_REMOVEDIR), 0);
	CHECK_ERR(rmdir("d"), ENOENT);
	test_write_file("f", "");
	CHECK_ERR(rmdir("f"), ENOTDIR);
	CHECK_ERR(unlinkat(AT_FDCWD, "f", 0x40), EINVAL);
	CHECK_EQ(unlink("f"), 0);
	CHECK_ERR(unlink("f"), ENOENT);
}

static void removed_files_live_on_while_open(void)
{
	struct stat st;
	char buf[4];
	int fd;

	test_write_file("f", "abc");
	fd = MUST(open("f", O_RDONLY));
	CHECK_EQ(unlink("f"), 0);
	CHECK_EQ(read(fd, buf, 4), 3);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_nlink, 0);
	CHECK_EQ(close(fd), 0);
}

static void rename_moves(void)
{
	CHECK_EQ(mkdir("d", 0755), 0);
	test_write_file("a", "A");
	test_write_file("b", "B");
	CHECK_EQ(rename("a", "d/a"), 0);
	CHECK_STR(test_read_file("d/a"), "A");
	CHECK_EQ(rename("b", "d/a"), 0);
	CHECK_STR(test_read_file("d/a"), "B");
	CHECK_ERR(rename("b", "x"), ENOENT);
	CHECK_ERR(rename("d", "d/inner"), EINVAL);
	CHECK_ERR(rename("d/a", "d"), ENOTEMPTY);
	CHECK_ERR(rename("d", "d/a"), EINVAL);
	CHECK_EQ(mkdir("e", 0755), 0);
	CHECK_ERR(rename("e", "d"), ENOTEMPTY);
	CHECK_EQ(rename("d/a", "a"), 0);
	CHECK_EQ(rename("e", "d"), 0);
	CHECK_EQ(rmdir("d"), 0);
	CHECK_EQ(unlink("a"), 0);
}

static void renameat2_has_flags(void)
{
	test_write_file("a", "A");
	test_write_file("b", "B");
	CHECK_ERR(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", 1), EEXIST);
	CHECK_EQ(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", 2), 0);
	CHECK_STR(test_read_file("a"), "B");
	CHECK_STR(test_read_file("b"), "A");
	CHECK_ERR(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", 3), EINVAL);
	CHECK_ERR(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", 64), EINVAL);
	CHECK_EQ(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "c", 1), 0);
	CHECK_EQ(unlink("b"), 0);
	CHECK_EQ(unlink("c"), 0);
}

static void hard_links_are_equal(void)
{
	struct stat a, b;

	test_write_file("a", "A");
	CHECK_EQ(link("a", "b"), 0);
	CHECK_EQ(stat("a", &a), 0);
	CHECK_EQ(stat("b", &b), 0);
	CHECK_EQ(a.st_ino, b.st_ino);
	CHECK_EQ(a.st_nlink, 2);
	CHECK_ERR(link("a", "b"), EEXIST);
	CHECK_ERR(link("none", "c"), ENOENT);
	CHECK_EQ(mkdir("d", 0755), 0);
	CHECK_ERR(link("d", "e"), EPERM);
	CHECK_EQ(rmdir("d"), 0);
	CHECK_EQ(unlink("a"), 0);
	CHECK_STR(test_read_file("b"), "A");
	CHECK_EQ(unlink("b"), 0);
}

static void symbolic_links_are_followed(void)
{
	struct stat st;
	char buf[16];

	test_write_file("f", "content");
	CHECK_EQ(symlink("f", "l"), 0);
	CHECK_STR(test_read_file("l"), "content");
	CHECK_EQ(lstat("l", &st), 0);
	CHECK(S_ISLNK(st.st_mode));
	CHECK_EQ(st.st_size, 1);
	CHECK_EQ(stat("l", &st), 0);
	CHECK(S_ISREG(st.st_mode));
	CHECK_EQ(readlink("l", buf, sizeof(buf)), 1);
	CHECK_EQ(buf[0], 'f');
	CHECK_ERR(readlink("f", buf, sizeof(buf)), EINVAL);
	CHECK_ERR(syscall(SYS_readlink, "l", buf, 0), EINVAL);
	CHECK_ERR(open("l", O_RDONLY | O_NOFOLLOW), ELOOP);
	CHECK_ERR(symlink("f", "l"), EEXIST);
	CHECK_ERR(symlink("", "m"), ENOENT);
	CHECK_EQ(unlink("l"), 0);
	CHECK_EQ(symlink("loop", "loop"), 0);
	CHECK_ERR(open("loop", O_RDONLY), ELOOP);
	CHECK_EQ(unlink("loop"), 0);
	CHECK_EQ(unlink("f"), 0);
}

static void at_calls_begin_at_a_directory(void)
{
	struct stat st;
	char buf[8];
	int dir, fd;

	CHECK_EQ(mkdir("d", 0755), 0);
	dir = MUST(open("d", O_RDONLY | O_DIRECTORY));
	fd = MUST(openat(dir, "f", O_WRONLY | O_CREAT, 0600));
	CHECK_EQ(mkdirat(dir, "sub", 0700), 0);
	CHECK_EQ(symlinkat("f", dir, "l"), 0);
	CHECK_EQ(readlinkat(dir, "l", buf, sizeof(buf)), 1);
	CHECK_EQ(linkat(dir, "f", dir, "g", 0), 0);
	CHECK_EQ(renameat(dir, "g", dir, "sub/h"), 0);
	CHECK_EQ(fstatat(dir, "l", &st, AT_SYMLINK_NOFOLLOW), 0);
	CHECK(S_ISLNK(st.st_mode));
	CHECK_EQ(stat("d/sub/h", &st), 0);
	CHECK_ERR(openat(fd, "x", O_RDONLY), ENOTDIR);
	CHECK_ERR(openat(999, "x", O_RDONLY), EBADF);
	CHECK_EQ(unlinkat(dir, "sub/h", 0), 0);
	CHECK_EQ(unlinkat(dir, "sub", AT_REMOVEDIR), 0);
	CHECK_EQ(unlinkat(dir, "l", 0), 0);
	CHECK_EQ(unlinkat(dir, "f", 0), 0);
	CHECK_EQ(close(fd), 0);
	CHECK_EQ(close(dir), 0);
	CHECK_EQ(rmdir("d"), 0);
}

static void the_working_directory(void)
{
	char before[512], now[512], want[520];
	int dir;

	CHECK(getcwd(before, sizeof(before)) != NULL);
	CHECK_EQ(mkdir("d", 0755), 0);
	CHECK_EQ(chdir("d"), 0);
	CHECK(getcwd(now, sizeof(now)) != NULL);
	snprintf(want, sizeof(want), "%s/d", before);
	CHECK_STR(now, want);
	dir = MUST(open("..", O_RDONLY));
	CHECK_EQ(fchdir(dir), 0);
	CHECK_EQ(close(dir), 0);
	CHECK(getcwd(now, sizeof(now)) != NULL);
	CHECK_STR(now, before);
	CHECK_ERR(syscall(SYS_getcwd, now, 2), ERANGE);
	CHECK_ERR(chdir("none"), ENOENT);
	test_write_file("f", "");
	CHECK_ERR(chdir("f"), ENOTDIR);
	CHECK_EQ(unlink("f"), 0);
	CHECK_EQ(rmdir("d"), 0);
}

static void modes_change(void)
{
	struct stat st;
	int fd;

	test_write_file("f", "");
	CHECK_EQ(chmod("f", 0604), 0);
	CHECK_EQ(stat("f", &st), 0);
	CHECK_EQ(st.st_mode, S_IFREG | 0604);
	fd = MUST(open("f", O_RDONLY));
	CHECK_EQ(fchmod(fd, 0711), 0);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_mode, S_IFREG | 0711);
	CHECK_EQ(fchmodat(AT_FDCWD, "f", 0600, 0), 0);
	/* fchmodat2 is newer than some kernels. */
	if (syscall(SYS_FCHMODAT2, AT_FDCWD, "f", 0640, AT_SYMLINK_NOFOLLOW) == 0) {
		CHECK_EQ(stat("f", &st), 0);
		CHECK_EQ(st.st_mode, S_IFREG | 0640);
	} else {
		CHECK_EQ(errno, ENOSYS);
	}
	CHECK_EQ(fchown(fd, (uid_t)-1, (gid_t)-1), 0);
	CHECK_EQ(close(fd), 0);
	CHECK_EQ(chown("f", geteuid(), getegid()), 0);
	CHECK_EQ(lchown("f", (uid_t)-1, (gid_t)-1), 0);
	CHECK_EQ(fchownat(AT_FDCWD, "f", (uid_t)-1, (gid_t)-1, AT_SYMLINK_NOFOLLOW), 0);
	CHECK_ERR(fchownat(AT_FDCWD, "f", 0, 0, 0x40000000), EINVAL);
	CHECK_ERR(chmod("none", 0600), ENOENT);
	CHECK_ERR(fchmod(999, 0600), EBADF);
	CHECK_EQ(unlink("f"), 0);
}

static void access_looks_at_modes(void)
{
	test_write_file("f", "");
	CHECK_EQ(access("f", F_OK), 0);
	CHECK_EQ(access("f", R_OK | W_OK), 0);
	CHECK_ERR(access("f", X_OK), EACCES);
	CHECK_EQ(chmod("f", 0755), 0);
	CHECK_EQ(access("f", X_OK), 0);
	CHECK_ERR(access("none", F_OK), ENOENT);
	CHECK_ERR(access("f", 8), EINVAL);
	CHECK_EQ(faccessat(AT_FDCWD, "f", R_OK, 0), 0);
	CHECK_EQ(syscall(SYS_faccessat2, AT_FDCWD, "f", R_OK, AT_EACCESS), 0);
	CHECK_ERR(syscall(SYS_faccessat2, AT_FDCWD, "f", R_OK, 1), EINVAL);
	CHECK_EQ(unlink("f"), 0);
}

static void times_are_set(void)
{
	struct timespec times[2] = {{1000, 500}, {2000, 700}};
	struct stat st;
	int fd;

	test_write_file("f", "");
	CHECK_EQ(utimensat(AT_FDCWD, "f", times, 0), 0);
	CHECK_EQ(stat("f", &st), 0);
	CHECK_EQ(st.st_atim.tv_sec, 1000);
	CHECK_EQ(st.st_mtim.tv_sec, 2000);
	CHECK_EQ(st.st_mtim.tv_nsec, 700);
	times[0].tv_nsec = UTIME_OMIT;
	times[1].tv_sec = 3000;
	fd = MUST(open("f", O_RDONLY));
	CHECK_EQ(futimens(fd, times), 0);
	CHECK_EQ(close(fd), 0);
	CHECK_EQ(stat("f", &st), 0);
	CHECK_EQ(st.st_atim.tv_sec, 1000);
	CHECK_EQ(st.st_mtim.tv_sec, 3000);
	CHECK_EQ(utimensat(AT_FDCWD, "f", NULL, 0), 0);
	CHECK_EQ(stat("f", &st), 0);
	CHECK(st.st_mtim.tv_sec > 3000);
	times[1].tv_nsec = 1000000000;
	CHECK_ERR(utimensat(AT_FDCWD, "f", times, 0), EINVAL);
	CHECK_EQ(unlink("f"), 0);
}

static void directories_are_listed(void)
{
	static const char *const names[] = {".", "..", "one", "two", "three"};
	bool seen[5] = {false};
	struct dirent *entry;
	int count = 0;
	DIR *dir;

	CHECK_EQ(mkdir("d", 0755), 0);
	test_write_file("d/one", "");
	test_write_file("d/two", "");
	CHECK_EQ(mkdir("d/three", 0755), 0);
	dir = opendir("d");
	CHECK(dir != NULL);
	while (dir && (entry = readdir(dir)) != NULL) {
		count++;
		for (int i = 0; i < 5; i++) {
			if (strcmp(entry->d_name, names[i]) == 0)
				seen[i] = true;
		}
		if (strcmp(entry->d_name, "one") == 0)
			CHECK_EQ(entry->d_type, DT_REG);
		if (strcmp(entry->d_name, "three") == 0)
			CHECK_EQ(entry->d_type, DT_DIR);
	}
	CHECK_EQ(count, 5);
	for (int i = 0; i < 5; i++)
		CHECK(seen[i]);
	if (dir) {
		rewinddir(dir);
		CHECK(readdir(dir) != NULL);
		closedir(dir);
	}
	CHECK_EQ(unlink("d/one"), 0);
	CHECK_EQ(unlink("d/two"), 0);
	CHECK_EQ(rmdir("d/three"), 0);
	CHECK_EQ(rmdir("d"), 0);
}

static void large_directories_are_listed_whole(void)
{
	enum { COUNT = 300 };
	struct dirent *entry;
	int count = 0;
	char name[32];
	DIR *dir;

	CHECK_EQ(mkdir("d", 0755), 0);
	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "d/file-number-%d", i);
		test_write_file(name, "");
	}
	dir = opendir("d");
	CHECK(dir != NULL);
	while (dir && (entry = readdir(dir)) != NULL)
		count++;
	CHECK_EQ(count, COUNT + 2);
	if (dir)
		closedir(dir);
	for (int i = 0; i < COUNT; i++) {
		snprintf(name, sizeof(name), "d/file-number-%d", i);
		CHECK_EQ(unlink(name), 0);
	}
	CHECK_EQ(rmdir("d"), 0);
}

static void getdents_refuses_what_is_too_small(void)
{
	char buf[1024];
	int fd = MUST(open(".", O_RDONLY | O_DIRECTORY));

	CHECK_ERR(syscall(SYS_getdents64, fd, buf, 8), EINVAL);
	CHECK(syscall(SYS_getdents64, fd, buf, sizeof(buf)) > 0);
	CHECK_EQ(syscall(SYS_getdents64, fd, buf, sizeof(buf)), 0);
	CHECK_EQ(read(fd, buf, 1), -1);
	CHECK_EQ(close(fd), 0);
	fd = MUST(open("/dev/null", O_RDONLY));
	CHECK_ERR(syscall(SYS_getdents64, fd, buf, sizeof(buf)), ENOTDIR);
	CHECK_EQ(close(fd), 0);
}

static void fifos_are_made(void)
{
	struct stat st;

	CHECK_EQ(mkfifo("p", 0600), 0);
	CHECK_EQ(stat("p", &st), 0);
	CHECK_EQ(st.st_mode, S_IFIFO | 0600);
	CHECK_ERR(open("p", O_WRONLY | O_NONBLOCK), ENXIO);
	CHECK_ERR(mkfifo("p", 0600), EEXIST);
	CHECK_EQ(unlink("p"), 0);
	CHECK_EQ(mknod("r", S_IFREG | 0600, 0), 0);
	CHECK_EQ(stat("r", &st), 0);
	CHECK_EQ(st.st_mode, S_IFREG | 0600);
	CHECK_EQ(unlink("r"), 0);
	CHECK_ERR(mknod("x", S_IFDIR | 0700, 0), EPERM);
}

static void file_systems_tell_their_size(void)
{
	struct statfs one, two;
	int fd = MUST(open(".", O_RDONLY));

	CHECK_EQ(statfs(".", &one), 0);
	CHECK_EQ(fstatfs(fd, &two), 0);
	CHECK_EQ(one.f_type, two.f_type);
	CHECK(one.f_bsize > 0);
	CHECK(one.f_namelen >= 255);
	CHECK_ERR(statfs("none", &one), ENOENT);
	CHECK_EQ(close(fd), 0);
	CHECK_ERR(fstatfs(fd, &two), EBADF);
}

/* In a child, for there is no way back. */
static void chroot_bounds_paths(void)
{
	struct stat st;
	int status = -1;
	pid_t child;

	CHECK_EQ(mkdir("d", 0755), 0);
	test_write_file("d/inner", "");
	child = fork();
	if (child == 0) {
		if (chroot("d") != 0)
			_exit(errno == EPERM ? 0 : 1);
		_exit(stat("/inner", &st) == 0 && chdir("/") == 0 && stat("../inner", &st) == 0
			      ? 0
			      : 2);
	}
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
	CHECK_ERR(stat("/inner", &st), ENOENT);
	CHECK_EQ(unlink("d/inner"), 0);
	CHECK_EQ(rmdir("d"), 0);
}

static void openat2_is_strict(void)
{
	struct {
		uint64_t flags, mode, resolve;
	} how = {.flags = O_RDONLY}, bad = {.flags = 1ull << 40}, beneath = {.resolve = 8};
	int fd;

	test_write_file("f", "abc");
	fd = (int)syscall(SYS_openat2, AT_FDCWD, "f", &how, sizeof(how));
	/* Some sandboxes have no such call. */
	if (fd < 0 && errno == ENOSYS) {
		CHECK_EQ(unlink("f"), 0);
		return;
	}
	CHECK_EQ(close(fd), 0);
	CHECK_ERR(syscall(SYS_openat2, AT_FDCWD, "f", &bad, sizeof(bad)), EINVAL);
	CHECK_ERR(syscall(SYS_openat2, AT_FDCWD, "f", &how, 8), EINVAL);
	CHECK_ERR(syscall(SYS_openat2, AT_FDCWD, "/", &beneath, sizeof(beneath)), EXDEV);
	CHECK_EQ(unlink("f"), 0);
}

static void path_descriptors_name_only(void)
{
	struct stat st;
	char byte;
	int fd;

	test_write_file("f", "abc");
	fd = MUST(open("f", O_PATH));
	CHECK_ERR(read(fd, &byte, 1), EBADF);
	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(st.st_size, 3);
	CHECK_EQ(close(fd), 0);
	CHECK_EQ(unlink("f"), 0);
}

int main(void)
{
	static const struct test tests[] = {
		{open_flags, "open keeps to O_CREAT, O_EXCL, O_DIRECTORY and O_TRUNC"},
		{long_names_are_refused, "names above 255 bytes and paths above 4095 are refused"},
		{umask_takes_bits_away, "umask takes bits away from new files and directories"},
		{stat_tells_the_truth, "stat, fstat and newfstatat agree"},
		{statx_tells_the_same, "statx agrees with stat and refuses unknown flags"},
		{directories_come_and_go,
		 "mkdir, rmdir and unlink keep files and directories apart"},
		{removed_files_live_on_while_open, "a removed file lives on while it is open"},
		{rename_moves, "rename moves and replaces, and makes no loops"},
		{renameat2_has_flags, "renameat2 exchanges, or refuses to replace"},
		{hard_links_are_equal, "link gives a file a second name"},
		{symbolic_links_are_followed, "symbolic links are followed, read and refused"},
		{at_calls_begin_at_a_directory, "the at calls begin at their directory"},
		{the_working_directory, "chdir, fchdir and getcwd agree"},
		{modes_change, "chmod and chown change what stat shows"},
		{access_looks_at_modes, "access looks at modes"},
		{times_are_set, "utimensat sets times, leaves them, or takes the present"},
		{directories_are_listed, "a directory is listed with types, dot and dot-dot"},
		{large_directories_are_listed_whole, "a large directory is listed whole"},
		{getdents_refuses_what_is_too_small,
		 "getdents64 refuses a small buffer and a plain file"},
		{fifos_are_made, "mknod makes fifos and plain files, not directories"},
		{file_systems_tell_their_size, "statfs and fstatfs agree"},
		{chroot_bounds_paths, "chroot bounds absolute paths and dot-dot"},
		{openat2_is_strict, "openat2 refuses unknown flags and leaving its directory"},
		{path_descriptors_name_only, "an O_PATH descriptor names a file and no more"},
	};

	return test_main(tests, sizeof(tests) / sizeof(tests[0]));
}
