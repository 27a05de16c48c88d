/* File locks: ranges at random against a table of bytes, waiting, and deadlocks. */
#include "kernel/vfs/filelock.h"

#include <string.h>

#include "kernel/lib/errno.h"
#include "kernel/vfs/file.h"
#include "kernel/vfs/inode.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/sched/machine.h"
#include "tests/unit/unit.h"
#include "tests/unit/vfs/world.h"

#define MS NSEC_PER_MSEC

enum { OWNERS = 3, BYTES = 24 };

static struct file *file, *other;
static const char owners[OWNERS];

static int make(void **state)
{
	int err = world_make(state);

	file = open_file("/f", OPEN_CREATE | OPEN_READ_WRITE);
	other = open_file("/g", OPEN_CREATE | OPEN_READ_WRITE);
	return err;
}

static int end(void **state)
{
	for (int i = 0; i < OWNERS; i++) {
		filelock_owner_gone(file->inode, &owners[i]);
		filelock_owner_gone(other->inode, &owners[i]);
	}
	file_put(file);
	file_put(other);
	assert_int_equal(filelock_count(), 0);
	return world_end(state);
}

static struct filelock_request posix(int owner, enum filelock_type type, uint64_t first,
				     uint64_t last)
{
	return (struct filelock_request){
		.kind = FILELOCK_POSIX,
		.type = type,
		.first = first,
		.last = last,
		.owner = &owners[owner],
		.owner_id = (uint64_t)owner + 100,
	};
}

static int set(int owner, enum filelock_type type, uint64_t first, uint64_t last)
{
	const struct filelock_request request = posix(owner, type, first, last);

	return filelock_set(file->inode, &request, KTIME_POLL);
}

static void ranges(void **state)
{
	struct filelock_request request, found;

	(void)state;
	assert_int_equal(set(0, FILELOCK_WRITE, 10, 19), 0);
	assert_int_equal(set(1, FILELOCK_READ, 0, 9), 0);
	assert_int_equal(set(1, FILELOCK_READ, 15, 30), -EAGAIN);
	assert_int_equal(set(0, FILELOCK_READ, 10, 19), 0);
	assert_int_equal(set(1, FILELOCK_READ, 15, UINT64_MAX), 0);
	assert_int_equal(set(0, FILELOCK_WRITE, 10, 19), -EAGAIN);
	request = posix(2, FILELOCK_WRITE, 25, 26);
	assert_true(filelock_test(file->inode, &request, &found));
	assert_int_equal(found.owner_id, 101);
	assert_int_equal(found.first, 15);
	assert_true(found.last == UINT64_MAX);
	assert_int_equal(set(1, FILELOCK_UNLOCK, 20, 29), 0);
	assert_false(filelock_test(file->inode, &request, &found));
	request = posix(2, FILELOCK_WRITE, 30, 30);
	assert_true(filelock_test(file->inode, &request, &found));
	assert_int_equal(found.first, 30);
	assert_int_equal(set(2, FILELOCK_WRITE, 5, 4), -EINVAL);
	assert_int_equal(filelock_count(), 4);
	filelock_owner_gone(file->inode, &owners[1]);
	assert_int_equal(filelock_count(), 1);
}

static void kinds(void **state)
{
	struct file *again = open_file("/f", OPEN_READ_WRITE);
	struct filelock_request ofd = {
		.kind = FILELOCK_OFD, .type = FILELOCK_WRITE, .last = UINT64_MAX, .owner = file};
	struct filelock_request flock = {
		.kind = FILELOCK_FLOCK, .type = FILELOCK_WRITE, .last = UINT64_MAX, .owner = file};

	(void)state;
	assert_int_equal(filelock_set(file->inode, &ofd, KTIME_POLL), 0);
	assert_int_equal(set(0, FILELOCK_READ, 5, 5), -EAGAIN);
	assert_int_equal(filelock_set(file->inode, &flock, KTIME_POLL), 0);
	ofd.owner = again;
	flock.owner = again;
	assert_int_equal(filelock_set(file->inode, &ofd, KTIME_POLL), -EAGAIN);
	assert_int_equal(filelock_set(file->inode, &flock, KTIME_POLL), -EAGAIN);
	/* The last descriptor of an open file gives its locks up. */
	file_put(file);
	file = again;
	assert_int_equal(filelock_set(file->inode, &ofd, KTIME_POLL), 0);
	assert_int_equal(filelock_set(file->inode, &flock, KTIME_POLL), 0);
	flock.type = FILELOCK_READ;
	assert_int_equal(filelock_set(file->inode, &flock, KTIME_POLL), 0);
	assert_int_equal(filelock_count(), 2);
}

/* --- At random --- */

static enum filelock_type table[OWNERS][BYTES];

static bool is_free_for(int owner, enum filelock_type type, uint64_t first, uint64_t last)
{
	for (int i = 0; i < OWNERS; i++) {
		for (uint64_t byte = first; byte <= last && i != owner; byte++) {
			if (table[i][byte] == FILELOCK_WRITE ||
			    (table[i][byte] == FILELOCK_READ && type == FILELOCK_WRITE))
				return false;
		}
	}
	return true;
}

/* Runs of bytes of one owner and type: what the locks should have been merged to. */
static uint64_t count_runs(void)
{
	uint64_t runs = 0;

	for (int i = 0; i < OWNERS; i++) {
		enum filelock_type before = FILELOCK_UNLOCK;

		for (int byte = 0; byte < BYTES; byte++) {
			if (table[i][byte] != before && table[i][byte] != FILELOCK_UNLOCK)
				runs++;
			before = table[i][byte];
		}
	}
	return runs;
}

static void random_ranges(void **state)
{
	uint64_t seed = 11;

	(void)state;
	for (int i = 0; i < OWNERS; i++) {
		for (int byte = 0; byte < BYTES; byte++)
			table[i][byte] = FILELOCK_UNLOCK;
	}
	for (int n = 0; n < 30000; n++) {
		int owner = (int)test_random(&seed, OWNERS);
		enum filelock_type type = (enum filelock_type)test_random(&seed, 3);
		uint64_t first = test_random(&seed, BYTES);
		uint64_t last = first + test_random(&seed, BYTES - first);
		bool is_free = type == FILELOCK_UNLOCK || is_free_for(owner, type, first, last);

		assert_int_equal(set(owner, type, first, last), is_free ? 0 : -EAGAIN);
		for (uint64_t byte = first; byte <= last && is_free; byte++)
			table[owner][byte] = type;
		assert_int_equal(filelock_count(), count_runs());
	}
}

/* --- Waiting --- */

struct call {
	struct filelock_request request;
	struct inode *inode;
	ktime_t deadline;
	int result;
	bool is_done;
};

static void locker(void *arg)
{
	struct call *call = arg;

	call->result = filelock_set(call->inode, &call->request, call->deadline);
	call->is_done = true;
}

static struct thread *start(struct call *call, int owner, struct file *of, uint64_t byte)
{
	struct thread *thread;

	*call = (struct call){
		.request = posix(owner, FILELOCK_WRITE, byte, byte),
		.inode = of->inode,
		.deadline = KTIME_FOREVER,
	};
	thread = machine_spawn("locker", locker, call);
	thread_sleep_ns(MS);
	return thread;
}

static void waiting(void **state)
{
	struct call call;
	struct thread *thread;

	(void)state;
	assert_int_equal(set(0, FILELOCK_WRITE, 0, 9), 0);
	thread = start(&call, 1, file, 5);
	assert_false(call.is_done);
	assert_int_equal(set(0, FILELOCK_UNLOCK, 0, 3), 0);
	thread_sleep_ns(MS);
	assert_false(call.is_done);
	assert_int_equal(set(0, FILELOCK_UNLOCK, 5, 5), 0);
	machine_join(thread);
	assert_int_equal(call.result, 0);
	assert_int_equal(set(0, FILELOCK_READ, 5, 5), -EAGAIN);

	thread = start(&call, 1, file, 8);
	thread_interrupt(thread, THREAD_INTERRUPT_SIGNAL);
	machine_join(thread);
	assert_int_equal(call.result, -EINTR);
	thread = start(&call, 1, file, 8);
	filelock_owner_gone(file->inode, &owners[0]);
	machine_join(thread);
	assert_int_equal(call.result, 0);
}

static void deadlocks(void **state)
{
	struct call one, two;
	struct thread *first, *second;
	struct filelock_request request;

	(void)state;
	assert_int_equal(set(0, FILELOCK_WRITE, 0, 0), 0);
	assert_int_equal(set(1, FILELOCK_WRITE, 1, 1), 0);
	request = posix(2, FILELOCK_WRITE, 2, 2);
	assert_int_equal(filelock_set(other->inode, &request, KTIME_POLL), 0);
	first = start(&one, 0, file, 1);   /* 0 waits for 1 */
	second = start(&two, 1, other, 2); /* 1 waits for 2, in another file */
	assert_false(one.is_done || two.is_done);
	request = posix(2, FILELOCK_WRITE, 0, 0); /* 2 would wait for 0 */
	assert_int_equal(filelock_set(file->inode, &request, KTIME_FOREVER), -EDEADLK);
	/* The others get on when it gives up what it has. */
	filelock_owner_gone(other->inode, &owners[2]);
	machine_join(second);
	assert_int_equal(two.result, 0);
	filelock_owner_gone(file->inode, &owners[1]);
	machine_join(first);
	assert_int_equal(one.result, 0);
}

static void bounds(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < FILELOCKS_MAX - 1; i++)
		assert_int_equal(set(0, FILELOCK_WRITE, 2 * i, 2 * i), 0);
	assert_int_equal(set(0, FILELOCK_WRITE, 1ull << 40, 1ull << 40), -ENOLCK);
	assert_int_equal(set(0, FILELOCK_UNLOCK, 0, UINT64_MAX), 0);
	for (uint32_t n = 1; n <= 2; n++) {
		fake_fail_alloc(n);
		assert_int_equal(set(0, FILELOCK_WRITE, 0, 0), -ENOLCK);
		fake_fail_alloc(0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define LOCK_TEST(fn, sentence)                                                                    \
	{.name = (sentence), .test_func = (fn), .setup_func = make, .teardown_func = end}
		LOCK_TEST(ranges, "locks of ranges conflict, split and merge"),
		LOCK_TEST(kinds, "POSIX and OFD locks conflict, flock is apart"),
		LOCK_TEST(random_ranges, "random ranges give what a table of bytes gives"),
		LOCK_TEST(waiting, "one waits until the range is free, or is called away"),
		LOCK_TEST(deadlocks, "a ring of waiters over two files is -EDEADLK"),
		LOCK_TEST(bounds, "locks on one file are bounded, and none without memory"),
	};

	return cmocka_run_group_tests_name("vfs/filelock", tests, world_start, NULL);
}
