/*
 * Self-tests of files with two CPUs: what one changes, the other sees before or after,
 * never in between.
 */
#include "kernel/fs/tmpfs/selftest_impl.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/sched/thread.h"
#include "kernel/vfs/dentry.h"
#include "kernel/vfs/mount.h"
#include "kernel/vfs/pipe.h"

#define ROUNDS 2000

struct job {
	struct selftest_fs *fs;
	const char *path;
	uint32_t must_stop;
	uint64_t count;
	int error; /* the first that must not be */
};

static int look(struct selftest_fs *fs, const char *path)
{
	struct vfs_found found;
	int err = vfs_lookup(&fs->ctx, path, 0, &found);

	if (!err)
		vfs_found_put(&found);
	return err;
}

static void look_all_the_time(void *arg)
{
	struct job *job = arg;

	while (!load_acquire(&job->must_stop)) {
		int err = look(job->fs, job->path);

		if (err && !job->error)
			job->error = err;
		job->count++;
	}
}

SELFTEST(test_fs_rename_smp, "fs.smp.rename",
	 "a name that is replaced or exchanged is there at every moment")
{
	struct selftest_fs fs;
	struct job job = {.fs = &fs, .path = "/d/name"};
	struct thread *thread;

	SELFTEST_REQUIRE(selftest_fs_begin(&fs));
	SELFTEST_CHECK_EQ(vfs_mkdir(&fs.ctx, "/d", 0755), 0);
	SELFTEST_CHECK_EQ(vfs_mknod(&fs.ctx, "/d/name", 0644, 0), 0);
	SELFTEST_CHECK_EQ(vfs_mkdir(&fs.ctx, "/other", 0755), 0);
	selftest_fs_stay();
	thread = selftest_fs_start("looker", look_all_the_time, &job);
	SELFTEST_REQUIRE(thread);
	for (int i = 0; i < ROUNDS; i++) {
		SELFTEST_CHECK_EQ(vfs_mknod(&fs.ctx, "/d/new", 0644, 0), 0);
		SELFTEST_CHECK_EQ(vfs_rename(&fs.ctx, "/d/new", &fs.ctx, "/d/name", 0), 0);
		SELFTEST_CHECK_EQ(
			vfs_rename(&fs.ctx, "/other", &fs.ctx, "/d/name", RENAME_EXCHANGE), 0);
		SELFTEST_CHECK_EQ(
			vfs_rename(&fs.ctx, "/d/name", &fs.ctx, "/other", RENAME_EXCHANGE), 0);
		if (i % 64 == 0)
			dentry_prune(fs.root.mount->super, 8);
	}
	store_release(&job.must_stop, 1);
	selftest_fs_join(thread);
	SELFTEST_CHECK_EQ(job.error, 0);
	SELFTEST_CHECK(job.count > 0);
	selftest_fs_end(&fs);
}

/* Moves a directory to and fro, the other way round than the other thread. */
static void move_to_and_fro(struct job *job, const char *a, const char *b)
{
	for (int i = 0; i < ROUNDS; i++) {
		const char *from = i % 2 ? b : a;
		const char *to = i % 2 ? a : b;
		int err = vfs_rename(&job->fs->ctx, from, &job->fs->ctx, to, 0);

		/* The other has moved what the path leads through. */
		if (err && err != -ENOENT && err != -ENOTEMPTY && err != -EINVAL && !job->error)
			job->error = err;
		job->count += err == 0;
	}
}

static void move_y(void *arg)
{
	move_to_and_fro(arg, "/y", "/x/y");
}

SELFTEST(test_fs_loops_smp, "fs.smp.loops",
	 "two that move directories into each other make neither a loop nor a deadlock")
{
	struct selftest_fs fs;
	struct job job = {.fs = &fs};
	struct job mine = {.fs = &fs};
	struct thread *thread;

	SELFTEST_REQUIRE(selftest_fs_begin(&fs));
	SELFTEST_CHECK_EQ(vfs_mkdir(&fs.ctx, "/x", 0755), 0);
	SELFTEST_CHECK_EQ(vfs_mkdir(&fs.ctx, "/y", 0755), 0);
	selftest_fs_stay();
	thread = selftest_fs_start("mover", move_y, &job);
	SELFTEST_REQUIRE(thread);
	move_to_and_fro(&mine, "/x", "/y/x");
	selftest_fs_join(thread);
	SELFTEST_CHECK_EQ(job.error, 0);
	SELFTEST_CHECK_EQ(mine.error, 0);
	/* Both are still to be reached from the root. */
	SELFTEST_CHECK(look(&fs, "/x") == 0 || look(&fs, "/y/x") == 0);
	SELFTEST_CHECK(look(&fs, "/y") == 0 || look(&fs, "/x/y") == 0);
	selftest_fs_end(&fs);
}

static void make_and_remove(struct job *job, const char *mine)
{
	for (int i = 0; i < ROUNDS; i++) {
		int err = vfs_mkdir(&job->fs->ctx, "/both", 0755);

		if (err && err != -EEXIST)
			job->error = err;
		err = vfs_mknod(&job->fs->ctx, mine, 0644, 0);
		if (err && err != -ENOENT)
			job->error = err;
		job->count += err == 0;
		if (err == 0 && vfs_unlink(&job->fs->ctx, mine))
			job->error = -EIO;
		err = vfs_rmdir(&job->fs->ctx, "/both");
		if (err && err != -ENOENT && err != -ENOTEMPTY)
			job->error = err;
	}
}

static void make_b(void *arg)
{
	make_and_remove(arg, "/both/b");
}

SELFTEST(test_fs_create_smp, "fs.smp.create",
	 "two that make and remove the same directory leave nothing behind")
{
	struct selftest_fs fs;
	struct job job = {.fs = &fs};
	struct job mine = {.fs = &fs};
	struct thread *thread;

	SELFTEST_REQUIRE(selftest_fs_begin(&fs));
	selftest_fs_stay();
	thread = selftest_fs_start("maker", make_b, &job);
	SELFTEST_REQUIRE(thread);
	make_and_remove(&mine, "/both/a");
	selftest_fs_join(thread);
	SELFTEST_CHECK_EQ(job.error, 0);
	SELFTEST_CHECK_EQ(mine.error, 0);
	SELFTEST_CHECK(mine.count > 0);
	SELFTEST_CHECK_EQ(look(&fs, "/both"), -ENOENT);
	selftest_fs_end(&fs);
}

#define RECORD 24u

static void append(struct job *job, char letter)
{
	struct file *file = selftest_fs_open(job->fs, "/log", OPEN_WRITE | OPEN_APPEND);
	char record[RECORD];

	if (!file) {
		job->error = -EIO;
		return;
	}
	memset(record, letter, sizeof(record));
	for (int i = 0; i < ROUNDS; i++) {
		if (file_write_kernel(file, record, RECORD, 0) != RECORD)
			job->error = -EIO;
	}
	file_put(file);
}

static void append_b(void *arg)
{
	append(arg, 'b');
}

SELFTEST(test_fs_append_smp, "fs.smp.append", "what two append to a file neither mixes nor is lost")
{
	struct selftest_fs fs;
	struct job job = {.fs = &fs};
	struct thread *thread;
	struct file *file;
	char record[RECORD];
	uint64_t counts[2] = {0, 0};

	SELFTEST_REQUIRE(selftest_fs_begin(&fs));
	file = selftest_fs_open(&fs, "/log", OPEN_CREATE | OPEN_READ);
	SELFTEST_REQUIRE(file);
	selftest_fs_stay();
	thread = selftest_fs_start("writer", append_b, &job);
	SELFTEST_REQUIRE(thread);
	append(&job, 'a');
	selftest_fs_join(thread);
	SELFTEST_CHECK_EQ(job.error, 0);
	SELFTEST_CHECK_EQ(file->inode->size, 2ull * ROUNDS * RECORD);
	for (uint64_t at = 0; at < file->inode->size; at += RECORD) {
		SELFTEST_CHECK_EQ(file_read_kernel(file, record, RECORD, at), RECORD);
		SELFTEST_CHECK(record[0] == 'a' || record[0] == 'b');
		SELFTEST_CHECK_EQ(record[0], record[RECORD - 1]);
		counts[record[0] == 'b']++;
	}
	SELFTEST_CHECK_EQ(counts[0], ROUNDS);
	SELFTEST_CHECK_EQ(counts[1], ROUNDS);
	file_put(file);
	selftest_fs_end(&fs);
}

#define PIPE_BYTES (1024u * 1024u)

struct pipe_job {
	struct file *file;
	int error;
};

static void write_all(void *arg)
{
	struct pipe_job *job = arg;
	uint8_t buf[512];
	uint32_t at = 0;

	while (at < PIPE_BYTES) {
		uint32_t len = MIN(1 + at * 7 % (uint32_t)sizeof(buf), PIPE_BYTES - at);

		for (uint32_t i = 0; i < len; i++)
			buf[i] = (uint8_t)((at + i) * 13 >> 4);
		if (file_write_kernel(job->file, buf, len, 0) != (ssize_t)len)
			job->error = -EIO;
		at += len;
	}
	file_put(job->file);
}

SELFTEST(test_fs_pipe_smp, "fs.smp.pipe", "a pipe brings a megabyte from one CPU to the other")
{
	struct selftest_fs fs;
	struct pipe_job job = {0};
	struct thread *thread;
	struct file *reader;
	uint8_t buf[700];
	uint32_t at = 0;
	uint32_t wrong = 0;
	ssize_t done;

	SELFTEST_REQUIRE(selftest_fs_begin(&fs));
	SELFTEST_REQUIRE(pipe_create(0, &vfs_cred_kernel, fs.account, &reader, &job.file) == 0);
	selftest_fs_stay();
	thread = selftest_fs_start("writer", write_all, &job);
	SELFTEST_REQUIRE(thread);
	while ((done = file_read_kernel(reader, buf, sizeof(buf), 0)) > 0) {
		for (uint32_t i = 0; i < (uint32_t)done; i++)
			wrong += buf[i] != (uint8_t)((at + i) * 13 >> 4);
		at += (uint32_t)done;
	}
	SELFTEST_CHECK_EQ(done, 0);
	SELFTEST_CHECK_EQ(at, PIPE_BYTES);
	SELFTEST_CHECK_EQ(wrong, 0);
	selftest_fs_join(thread);
	SELFTEST_CHECK_EQ(job.error, 0);
	file_put(reader);
	selftest_fs_end(&fs);
}
