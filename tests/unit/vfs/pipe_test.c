/* Pipes, FIFOs, and waiting for several at once. */
#include "kernel/vfs/pipe.h"

#include <string.h>

#include "kernel/lib/errno.h"
#include "kernel/vfs/file.h"
#include "kernel/vfs/poll.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/sched/machine.h"
#include "tests/unit/unit.h"
#include "tests/unit/vfs/world.h"

#define MS NSEC_PER_MSEC

static struct file *rd, *wr;
static char big[3 * PIPE_SIZE_DEFAULT], back[3 * PIPE_SIZE_DEFAULT];

static void make(uint32_t flags)
{
	assert_int_equal(pipe_create(flags, &cred, NULL, &rd, &wr), 0);
}

static void drop(void)
{
	file_put(rd);
	file_put(wr);
}

static ssize_t put(const void *data, size_t len)
{
	return file_write_kernel(wr, data, len, 0);
}

static ssize_t get(void *data, size_t len)
{
	return file_read_kernel(rd, data, len, 0);
}

static uint32_t fill(void)
{
	uint32_t n = 0;

	assert_int_equal(pipe_get_fill(rd, &n), 0);
	return n;
}

static void bytes_in_order(void **state)
{
	char buf[16] = "";

	(void)state;
	make(0);
	assert_int_equal(put("hello", 5), 5);
	assert_int_equal(put(" world", 6), 6);
	assert_int_equal(fill(), 11);
	assert_int_equal(get(buf, 3), 3);
	assert_int_equal(get(buf + 3, 13), 8);
	assert_string_equal(buf, "hello world");
	assert_int_equal(put("", 0), 0);
	assert_int_equal(get(buf, 0), 0);
	assert_int_equal(file_read_kernel(wr, buf, 1, 0), -EBADF);
	assert_int_equal(file_write_kernel(rd, buf, 1, 0), -EBADF);
	drop();
}

static void ends_close(void **state)
{
	char byte;

	(void)state;
	make(OPEN_NONBLOCK);
	assert_int_equal(get(&byte, 1), -EAGAIN);
	assert_int_equal(put("x", 1), 1);
	file_put(wr);
	assert_int_equal(file_poll(rd, NULL), READY_IN | READY_RDNORM | READY_HUP);
	assert_int_equal(get(&byte, 1), 1);
	assert_int_equal(get(&byte, 1), 0);
	assert_int_equal(file_poll(rd, NULL), READY_HUP);
	file_put(rd);
	make(OPEN_NONBLOCK);
	file_put(rd);
	assert_int_equal(put("x", 1), -EPIPE);
	assert_int_equal(file_poll(wr, NULL), READY_OUT | READY_WRNORM | READY_ERR);
	file_put(wr);
}

static void fills_up(void **state)
{
	(void)state;
	make(OPEN_NONBLOCK);
	assert_int_equal(put(big, sizeof(big)), PIPE_SIZE_DEFAULT);
	assert_int_equal(put(big, 1), -EAGAIN);
	assert_int_equal(file_poll(wr, NULL), 0);
	assert_int_equal(get(back, 100), 100);
	/* Short writes are done whole or not at all; long ones as far as there is room. */
	assert_int_equal(put(big, 101), -EAGAIN);
	assert_int_equal(put(big, 60), 60);
	assert_int_equal(put(big, PIPE_ATOMIC), -EAGAIN);
	assert_int_equal(put(big, PIPE_ATOMIC + 1), 40);
	assert_int_equal(fill(), PIPE_SIZE_DEFAULT);
	drop();
}

static void random_bytes(void **state)
{
	uint64_t seed = 5, written = 0, taken = 0;

	(void)state;
	make(OPEN_NONBLOCK);
	for (int i = 0; i < 20000; i++) {
		uint64_t len = 1 + test_random(&seed, test_random(&seed, 4) ? 300 : 20000);
		ssize_t done;

		if (test_random(&seed, 2)) {
			for (uint64_t k = 0; k < len; k++)
				big[k] = (char)((written + k) * 7 >> 3);
			done = put(big, len);
			assert_true(done > 0 || done == -EAGAIN);
			if (len <= PIPE_ATOMIC)
				assert_true(done == -EAGAIN || done == (ssize_t)len);
			written += done > 0 ? (uint64_t)done : 0;
		} else {
			done = get(back, len);
			assert_true(done > 0 || done == -EAGAIN);
			for (ssize_t k = 0; k < done; k++)
				assert_int_equal((char)((taken + (uint64_t)k) * 7 >> 3), back[k]);
			taken += done > 0 ? (uint64_t)done : 0;
		}
		assert_int_equal(fill(), written - taken);
		if (test_random(&seed, 40) == 0) {
			uint32_t size = 4096u << test_random(&seed, 6);
			uint32_t now;
			int err = pipe_set_size(rd, size, &cred, &now);

			assert_int_equal(err, written - taken > size ? -EBUSY : 0);
		}
	}
	drop();
}

static void sizes(void **state)
{
	uint32_t size;

	(void)state;
	make(OPEN_NONBLOCK);
	assert_int_equal(pipe_get_size(rd, &size), 0);
	assert_int_equal(size, PIPE_SIZE_DEFAULT);
	assert_int_equal(pipe_set_size(wr, 1, &cred, &size), 0);
	assert_int_equal(size, 4096);
	assert_int_equal(put(big, 5000), 4096);
	assert_int_equal(pipe_set_size(wr, 4097, &cred, &size), 0);
	assert_int_equal(size, 8192);
	assert_int_equal(put(big, 4096), 4096);
	assert_int_equal(pipe_set_size(wr, 4096, &cred, &size), -EBUSY);
	cred.caps = 0;
	assert_int_equal(pipe_set_size(wr, PIPE_SIZE_LIMIT + 1, &cred, &size), -EPERM);
	assert_int_equal(pipe_set_size(wr, PIPE_SIZE_LIMIT, &cred, &size), 0);
	assert_int_equal(pipe_set_size(wr, PIPE_SIZE_MAX + 1, &cred, &size), -EINVAL);
	drop();
	cred.caps = VFS_CAP_ALL;
	rd = open_file("/", OPEN_READ);
	assert_int_equal(pipe_get_size(rd, &size), -EBADF);
	file_put(rd);
}

/* --- With other threads --- */

struct call {
	void *buf;
	size_t len;
	ssize_t result;
	bool is_done;
};

static void reader(void *arg)
{
	struct call *call = arg;

	call->result = get(call->buf, call->len);
	call->is_done = true;
}

static void writer(void *arg)
{
	struct call *call = arg;

	call->result = put(call->buf, call->len);
	call->is_done = true;
}

static void reader_waits(void **state)
{
	char buf[8] = "";
	struct call call = {.buf = buf, .len = sizeof(buf)};
	struct thread *thread;

	(void)state;
	make(0);
	thread = machine_spawn("reader", reader, &call);
	thread_sleep_ns(MS);
	assert_false(call.is_done);
	assert_int_equal(put("abc", 3), 3);
	machine_join(thread);
	assert_int_equal(call.result, 3);
	call.is_done = false;
	thread = machine_spawn("reader", reader, &call);
	thread_sleep_ns(MS);
	thread_interrupt(thread, THREAD_INTERRUPT_SIGNAL);
	machine_join(thread);
	assert_int_equal(call.result, -EINTR);
	call.is_done = false;
	thread = machine_spawn("reader", reader, &call);
	thread_sleep_ns(MS);
	assert_false(call.is_done);
	file_put(wr);
	machine_join(thread);
	assert_int_equal(call.result, 0);
	file_put(rd);
}

static void writer_waits(void **state)
{
	struct call call = {.buf = big, .len = sizeof(big)};
	struct thread *thread;
	size_t taken = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)(i * 31 >> 5);
	make(0);
	thread = machine_spawn("writer", writer, &call);
	thread_sleep_ns(MS);
	assert_false(call.is_done);
	while (taken < sizeof(big)) {
		ssize_t done = get(back + taken, 5000);

		assert_true(done > 0);
		taken += (size_t)done;
		thread_yield();
	}
	machine_join(thread);
	assert_int_equal(call.result, sizeof(big));
	assert_memory_equal(big, back, sizeof(big));
	/* The reader goes while one waits: what was written counts. */
	call = (struct call){.buf = big, .len = sizeof(big)};
	thread = machine_spawn("writer", writer, &call);
	thread_sleep_ns(MS);
	file_put(rd);
	machine_join(thread);
	assert_int_equal(call.result, PIPE_SIZE_DEFAULT);
	file_put(wr);
}

struct open_call {
	const char *path;
	uint32_t flags;
	struct file *file;
	bool is_done;
};

static void opener(void *arg)
{
	struct open_call *call = arg;

	call->file = open_file(call->path, call->flags);
	call->is_done = true;
}

static void fifos(void **state)
{
	struct open_call call = {.path = "/fifo", .flags = OPEN_READ};
	struct thread *thread;
	struct file *both;

	(void)state;
	assert_int_equal(vfs_mknod(&ctx, "/fifo", MODE_FIFO | 0666, 0), 0);
	assert_int_equal(try_open("/fifo", OPEN_WRITE | OPEN_NONBLOCK), -ENXIO);
	assert_int_equal(try_open("/fifo", OPEN_READ | OPEN_NONBLOCK), 0);
	both = open_file("/fifo", OPEN_READ_WRITE);
	assert_int_equal(file_write_kernel(both, "x", 1, 0), 1);
	file_put(both);

	thread = machine_spawn("opener", opener, &call);
	thread_sleep_ns(MS);
	assert_false(call.is_done);
	wr = open_file("/fifo", OPEN_WRITE);
	machine_join(thread);
	rd = call.file;
	assert_int_equal(fill(), 0); /* what nobody took is gone with the last end */
	assert_int_equal(put("abc", 3), 3);
	assert_int_equal(get(back, 9), 3);
	drop();

	/* One who waits for the other end can be called away. */
	call.is_done = false;
	call.flags = OPEN_WRITE;
	thread = machine_spawn("opener", opener, &call);
	thread_sleep_ns(MS);
	rd = open_file("/fifo", OPEN_READ | OPEN_NONBLOCK);
	machine_join(thread);
	file_put(call.file);
	file_put(rd);
	assert_int_equal(pipe_count(), 0);
}

static void open_interrupted(void *arg)
{
	struct call *call = arg;

	call->result = try_open("/fifo", OPEN_READ);
}

static void fifo_open_is_interrupted(void **state)
{
	struct call call = {0};
	struct thread *thread;

	(void)state;
	assert_int_equal(vfs_mknod(&ctx, "/fifo", MODE_FIFO | 0666, 0), 0);
	thread = machine_spawn("opener", open_interrupted, &call);
	thread_sleep_ns(MS);
	thread_interrupt(thread, THREAD_INTERRUPT_SIGNAL);
	machine_join(thread);
	assert_int_equal(call.result, -EINTR);
	assert_int_equal(pipe_count(), 0);
}

/* --- Poll --- */

enum { MANY = 20 };

struct poll_call {
	struct file *files[MANY];
	uint32_t ready[MANY];
	ktime_t deadline;
	int result;
	bool is_done;
};

/* As poll(2) does it. */
static void poll_many(void *arg)
{
	struct poll_call *call = arg;
	struct poller poller;
	uint32_t any = 0;

	poller_init(&poller);
	for (;;) {
		for (int i = 0; i < MANY; i++) {
			call->ready[i] = poller_ask(&poller, call->files[i], READY_IN);
			any |= call->ready[i];
		}
		poller_disarm(&poller);
		if (any)
			break;
		call->result = poller_sleep(&poller, call->deadline);
		if (call->result)
			break;
	}
	poller_fini(&poller);
	call->is_done = true;
}

static void polling(void **state)
{
	struct poll_call call = {.deadline = KTIME_FOREVER};
	struct file *others[MANY];
	struct thread *thread;

	(void)state;
	for (int i = 0; i < MANY; i++)
		assert_int_equal(pipe_create(0, &cred, NULL, &call.files[i], &others[i]), 0);
	thread = machine_spawn("poller", poll_many, &call);
	thread_sleep_ns(MS);
	assert_false(call.is_done);
	assert_int_equal(file_write_kernel(others[17], "x", 1, 0), 1);
	machine_join(thread);
	assert_int_equal(call.result, 0);
	assert_int_equal(call.ready[17], READY_IN);
	assert_int_equal(call.ready[16], 0);

	assert_int_equal(file_read_kernel(call.files[17], back, 1, 0), 1);
	call.is_done = false;
	call.deadline = time_after(MS);
	thread = machine_spawn("poller", poll_many, &call);
	machine_join(thread);
	assert_int_equal(call.result, -ETIMEDOUT);

	call.deadline = KTIME_FOREVER;
	fake_fail_alloc(4); /* the thread itself is three */
	thread = machine_spawn("poller", poll_many, &call);
	thread_sleep_ns(MS);
	fake_fail_alloc(0);
	if (!call.is_done)
		assert_int_equal(file_write_kernel(others[0], "x", 1, 0), 1);
	machine_join(thread);
	for (int i = 0; i < MANY; i++) {
		file_put(call.files[i]);
		file_put(others[i]);
	}
}

static void no_memory(void **state)
{
	int err = -ENOMEM;

	(void)state;
	for (uint32_t n = 1; err; n++) {
		assert_true(n < 10);
		fake_fail_alloc(n);
		err = pipe_create(0, &cred, NULL, &rd, &wr);
		fake_fail_alloc(0);
		assert_true(err == 0 || err == -ENOMEM);
	}
	world_page_limit = 1;
	assert_int_equal(put(big, 8192), 4096);
	assert_int_equal(get(back, 4096), 4096);
	drop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WORLD_TEST(fn, sentence)                                                                   \
	{.name = (sentence),                                                                       \
	 .test_func = (fn),                                                                        \
	 .setup_func = world_make,                                                                 \
	 .teardown_func = world_end}
		WORLD_TEST(bytes_in_order, "bytes come out as they went in"),
		WORLD_TEST(ends_close, "the end of one side is told to the other"),
		WORLD_TEST(fills_up, "a full pipe takes short writes whole or not at all"),
		WORLD_TEST(random_bytes, "random reads, writes and sizes keep the order"),
		WORLD_TEST(sizes, "the size is a power of two that holds what is in it"),
		WORLD_TEST(reader_waits, "a reader waits for bytes, the end or a signal"),
		WORLD_TEST(writer_waits, "a writer waits for room and is done when all is in"),
		WORLD_TEST(fifos, "opening a FIFO waits for the other end"),
		WORLD_TEST(fifo_open_is_interrupted, "a signal ends the wait for the other end"),
		WORLD_TEST(polling, "one waits for twenty pipes at once"),
		WORLD_TEST(no_memory, "without memory there is no pipe, and a short write"),
	};

	return cmocka_run_group_tests_name("vfs/pipe", tests, world_start, NULL);
}
