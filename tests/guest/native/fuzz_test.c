/*
 * Bad input: every native call with random and with chosen terrible arguments, in a
 * process that may be hurt. What may happen is a result, or the end of that process;
 * the kernel and everybody else go on, and nothing is left of it.
 */
#include "tests/guest/native/test.h"

#define PAGE 4096u
#define CALLS (NATIVE_LAST - NATIVE_FIRST + 1)
#define ROUNDS 20000
#define PROCESSES 6

static uint64_t random_state;

static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static uint64_t pick(const uint64_t *values, size_t count)
{
	return values[next_random() % count];
}

static uint8_t area[4 * PAGE] __attribute__((aligned(4096)));
/* May be unmapped. */
static uint8_t spare[4 * PAGE] __attribute__((aligned(4096)));

/* Numbers that have broken kernels before, small ones, and addresses of all kinds. */
static uint64_t terrible_argument(void)
{
	static const uint64_t values[] = {0,
					  1,
					  2,
					  3,
					  4,
					  5,
					  6,
					  7,
					  8,
					  16,
					  63,
					  64,
					  65,
					  4095,
					  4096,
					  4097,
					  65536,
					  0x7fffffff,
					  0x80000000,
					  0xffffffff,
					  0x100000000,
					  0x7fffffffffffffff,
					  0x8000000000000000,
					  0xffffffffffffffff,
					  0xfffffffffffff000,
					  0x00007ffffffff000,
					  0x00007fffffffefff,
					  0x0000800000000000,
					  0xffff800000000000,
					  0xffffffff80100000,
					  0x1000,
					  0x10000,
					  1ull << 40,
					  1ull << 60};

	switch (next_random() % 4) {
	case 0:
		return pick(values, ARRAY_LEN(values));
	case 1:
		return (uint64_t)area + next_random() % sizeof(area);
	case 2:
		return next_random() % 24;
	default:
		return next_random() >> (next_random() % 64);
	}
}

/* What would end the test instead of the kernel, or sleep too long. */
static bool is_left_out(uint32_t number)
{
	return number == NATIVE_PROC_EXIT || number == NATIVE_THREAD_EXIT ||
	       number == NATIVE_DEBUG_FAULT || number == NATIVE_SLEEP;
}

/* Where a fuzzed thread begins; what it has on the stack does not matter. */
static _Noreturn void end_thread(void)
{
	for (;;)
		(void)native_thread_exit();
}

/* Deadlines stay near: a call that may wait waits a millisecond at most. */
static void call_once(uint32_t number)
{
	struct native_message message;
	uint64_t soon = (uint64_t)now_ns() + next_random() % 100000;
	uint64_t args[6];

	for (uint32_t i = 0; i < 6; i++)
		args[i] = terrible_argument();
	switch (number) {
	case NATIVE_MEM_UNMAP:
	case NATIVE_MEM_PROTECT:
		/* Of its own memory only this, or it would not get far. */
		if (args[0] >> 47)
			break;
		args[0] = (uint64_t)spare + next_random() % 4 * PAGE;
		args[1] = pick((const uint64_t[]){0, 1, PAGE - 1, PAGE}, 4);
		break;
	case NATIVE_THREAD_CREATE:
		if (args[0] >> 47)
			break;
		args[0] = (uint64_t)end_thread;
		args[1] = (uint64_t)area + sizeof(area);
		break;
	case NATIVE_EVENT_ADD:
	case NATIVE_EVENT_TAKE:
		args[2] = soon;
		break;
	case NATIVE_PROC_WAIT:
	case NATIVE_JOB_WAIT:
		args[1] = soon;
		break;
	case NATIVE_EP_CALL:
	case NATIVE_EP_RECV:
	case NATIVE_EP_REPLY:
	case NATIVE_EP_REPLY_RECV:
		(void)native_message_call(number, args[0], args[1] & args[2], (int64_t)soon,
					  (struct native_buffer *)args[3], &message);
		return;
	default:
		break;
	}
	(void)native_call6(number, args[0], args[1], args[2], args[3], args[4], args[5]);
}

/* Good capabilities of every kind, so that calls get beyond the look-up. */
static void fill_slots(void)
{
	uint32_t ends[2];
	int64_t job = native_auth_copy(NATIVE_AUTHORITY_JOB,
				       RIGHTS_ALL & ~(uint32_t)(RIGHT_KILL | RIGHT_SET_LIMIT |
								RIGHT_CONTROL | RIGHT_REVOKE));

	(void)native_job_create((uint32_t)job);
	(void)native_event_create(1);
	(void)native_mem_create(8 * PAGE);
	(void)native_ep_create(ends);
	(void)native_cap_mint(1, RIGHTS_ALL, 1);
}

static int fuzz(int argc, char **argv)
{
	(void)argv;
	/* The parent put the seed into the event of slot 0. */
	if (native_event_take(0, NATIVE_TAKE_ALL, NATIVE_POLL, &random_state))
		return 2;
	(void)argc;
	fill_slots();
	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint32_t number = NATIVE_FIRST + (uint32_t)(next_random() % (CALLS + 1));

		if (!is_left_out(number))
			call_once(number);
		if (i % 500 == 0)
			fill_slots();
	}
	return 0;
}

static void the_kernel_survives(void)
{
	uint32_t job = test_job();
	struct native_job_stat stat = {.memory_used = 1};
	int64_t children[PROCESSES];
	uint32_t events[PROCESSES];
	uint32_t ended = 0;
	uint32_t faulted = 0;
	int64_t result;

	CHECK_EQ(native_job_set(job, NATIVE_JOB_MEMORY_MAX, 32 << 20), 0);
	CHECK_EQ(native_job_set(job, NATIVE_JOB_PROCESSES, 32), 0);
	CHECK_EQ(native_job_set(job, NATIVE_JOB_THREADS, 64), 0);
	for (uint32_t round = 0; round < 4; round++) {
		for (uint32_t i = 0; i < PROCESSES; i++) {
			events[i] = (uint32_t)MUST(
				native_event_create(0x9e3779b97f4a7c15ull * (round * 16 + i + 1)));
			children[i] = child_spawn("fuzz", &events[i], 1, CHILD_SILENT, job);
			CHECK(children[i] >= 0);
		}
		for (uint32_t i = 0; i < PROCESSES; i++) {
			result = children[i] < 0 ? 0 : child_wait(children[i]);
			ended += result == 0;
			faulted += result != 0;
			CHECK_EQ(native_cap_close(events[i]), 0);
		}
		CHECK_EQ(native_job_kill(job, 1), 0);
		CHECK_EQ(native_job_wait(job, in_ms(10000)), 0);
		CHECK_EQ(native_job_freeze(job, 0), 0);
		CHECK_EQ(native_job_set(job, NATIVE_JOB_MEMORY_MAX, 32 << 20), 0);
		CHECK_EQ(native_job_set(job, NATIVE_JOB_PROCESSES, 32), 0);
		CHECK_EQ(native_job_set(job, NATIVE_JOB_THREADS, 64), 0);
	}
	print("# %u came to their end, %u were ended\n", ended, faulted);
	for (int i = 0; i < 1000 && stat.memory_used != 0; i++) {
		CHECK_EQ(native_job_stat(job, &stat), 0);
		sleep_ms(1);
	}
	CHECK(ended > PROCESSES);
	CHECK_EQ(stat.process_count, 0);
	CHECK_EQ(stat.memory_used, 0);
	CHECK_EQ(stat.events_contained, 0);
	CHECK_EQ(native_cap_close(job), 0);
}

/* The documented errors for the kinds of nonsense that the documentation names. */
static void errors_are_the_documented_ones(void)
{
	void *nowhere = (void *)0x1000;
	void *kernel = (void *)0xffffffff80100000;
	int64_t event = MUST(native_event_create(1));
	int64_t memory = MUST(native_mem_create(PAGE));
	uint32_t e = (uint32_t)event;
	uint32_t m = (uint32_t)memory;
	uint64_t word = 0;

	/* Wild slots. */
	CHECK_EQ(native_cap_close(1000000), -EBADF);
	CHECK_EQ(native_cap_close(0xfffffffe), -EBADF);
	CHECK_EQ(native_call1(NATIVE_CAP_CLOSE, 1ull << 32), -EBADF);
	/* Wrong types. */
	CHECK_EQ(native_mem_size(e), -EINVAL);
	CHECK_EQ(native_job_kill(e, 1), -EACCES);
	CHECK_EQ(native_proc_kill(m, 1), -EACCES);
	CHECK_EQ(native_proc_info(e, &word), -EINVAL);
	/* Bad pointers. */
	CHECK_EQ(native_cap_info(e, nowhere), -EFAULT);
	CHECK_EQ(native_cap_info(e, kernel), -EFAULT);
	CHECK_EQ(native_cap_info(e, NULL), -EFAULT);
	CHECK_EQ(native_mem_read(m, 0, kernel, 8), -EFAULT);
	CHECK_EQ(native_mem_read(m, 0, (void *)-8, 16), -EFAULT);
	CHECK_EQ(native_mem_write(m, 0, nowhere, 8), -EFAULT);
	CHECK_EQ(native_proc_spawn(nowhere), -EFAULT);
	CHECK_EQ(native_ep_create(nowhere), -EFAULT);
	CHECK_EQ(native_console_write(nowhere, 10), -EFAULT);
	CHECK_EQ(native_log_write(kernel, 10), -EFAULT);
	CHECK_EQ(native_event_take(e, NATIVE_TAKE_ALL, NATIVE_POLL, nowhere), -EFAULT);
	/* Huge counts and offsets. */
	CHECK_EQ(native_mem_read(m, UINT64_MAX, &word, 8), -ENXIO);
	CHECK_EQ(native_mem_read(m, 8, &word, UINT64_MAX), -ENXIO);
	CHECK_EQ(native_mem_read(m, PAGE, &word, 1), -ENXIO);
	CHECK_EQ(native_mem_create(UINT64_MAX), -EINVAL);
	CHECK_EQ(native_mem_map(m, 0, UINT64_MAX, 0, NATIVE_PROT_READ, 0), -EINVAL);
	CHECK_EQ(native_mem_map(m, 0, 1ull << 50, 0, NATIVE_PROT_READ, 0), -ENOMEM);
	CHECK_EQ(native_mem_map(m, 1, PAGE, 0, NATIVE_PROT_READ, NATIVE_MAP_FIXED), -EINVAL);
	CHECK_EQ(native_mem_map(m, 0, PAGE, 0, 8, 0), -EINVAL);
	CHECK_EQ(native_mem_map(m, 0, PAGE, 0, NATIVE_PROT_READ, 4), -EINVAL);
	CHECK_EQ(native_log_write("", 401), -EMSGSIZE);
	CHECK_EQ(native_event_create(UINT64_MAX), -EINVAL);
	/* Flags and choices that do not exist. */
	CHECK_EQ(native_cap_revoke(e, 2), -EINVAL);
	CHECK_EQ(native_event_take(e, 2, NATIVE_POLL, &word), -EINVAL);
	CHECK_EQ(native_clock_get(2), -EINVAL);
	CHECK_EQ(native_power(2, 0), -EINVAL);
	CHECK_EQ(native_power(NATIVE_POWER_OFF, 0), -EPERM);
	CHECK_EQ(native_auth_copy(99, RIGHTS_ALL), -EPERM);
	CHECK_EQ(native_thread_create(1ull << 60, 0, 0), -EFAULT);
	CHECK_EQ(native_cap_close(e), 0);
	CHECK_EQ(native_cap_close(m), 0);
}

/* Spawn requests that contradict themselves. */
static void bad_spawns(void)
{
	struct native_spawn good = {.image = test_image(),
				    .job = NATIVE_NO_SLOT,
				    .image_len = (uint64_t)native_mem_size(test_image()),
				    .name = "bad"};
	struct native_authority twice[2] = {{NATIVE_AUTHORITY_KLOG, NATIVE_NO_SLOT, RIGHTS_ALL, 0},
					    {NATIVE_AUTHORITY_KLOG, NATIVE_NO_SLOT, RIGHTS_ALL, 0}};
	struct native_spawn bad;

	bad = good;
	bad.image_len = 1;
	CHECK_EQ(native_proc_spawn(&bad), -ENOEXEC);
	bad = good;
	bad.image_len = UINT64_MAX;
	CHECK_EQ(native_proc_spawn(&bad), -EINVAL);
	bad = good;
	bad.zero = 1;
	CHECK_EQ(native_proc_spawn(&bad), -EINVAL);
	bad = good;
	bad.cap_count = 65;
	CHECK_EQ(native_proc_spawn(&bad), -E2BIG);
	bad = good;
	bad.args_len = 1 << 20;
	CHECK_EQ(native_proc_spawn(&bad), -E2BIG);
	bad = good;
	bad.cap_count = 1;
	CHECK_EQ(native_proc_spawn(&bad), -EFAULT);
	bad = good;
	bad.authority = (uint64_t)twice;
	bad.authority_count = 2;
	CHECK_EQ(native_proc_spawn(&bad), -EINVAL);
	bad = good;
	for (uint32_t i = 0; i < sizeof(bad.name); i++)
		bad.name[i] = 'x';
	CHECK_EQ(native_proc_spawn(&bad), -EINVAL);
	bad = good;
	bad.image = (uint32_t)MUST(native_mem_create(3 * PAGE));
	bad.image_len = 3 * PAGE;
	CHECK_EQ(native_proc_spawn(&bad), -ENOEXEC);
	CHECK_EQ(native_cap_close(bad.image), 0);
	/* Nothing was left behind by any of them. */
	CHECK_EQ(child_wait(child_spawn("nothing", NULL, 0, CHILD_EMPTY, NATIVE_NO_SLOT)), 98);
}

static const struct test tests[] = {
	{errors_are_the_documented_ones, "nonsense gets the error that is documented"},
	{bad_spawns, "a spawn request that contradicts itself is refused"},
	{the_kernel_survives, "random calls end in results or in the end of the process"},
};

static const struct test_mode modes[] = {{"fuzz", fuzz}, {NULL, NULL}};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_LEN(tests), modes);
}
