#include "tests/guest/native/test.h"

#define CHILD_TIMEOUT_MS 30000

/* Failures of one test that are shown. */
#define SHOW_MAX 20

static uint32_t failures; /* of the running test */

static bool count_failure(void)
{
	return __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED) < SHOW_MAX;
}

void test_failed(const char *file, int line, const char *text)
{
	if (count_failure())
		print("# %s:%d: %s\n", file, line, text);
}

void test_check_eq(const char *file, int line, const char *text, int64_t actual, int64_t expected)
{
	if (actual != expected && count_failure())
		print("# %s:%d: %s is %ld, not %ld\n", file, line, text, actual, expected);
}

int64_t test_must(const char *file, int line, const char *text, int64_t result)
{
	if (result >= 0)
		return result;
	print("# %s:%d: %s: error %ld\nBail out!\n", file, line, text, -result);
	for (;;)
		(void)native_proc_exit(99);
}

static int run_all(const struct test *tests, size_t count)
{
	uint32_t failed = 0;

	for (size_t i = 0; i < count; i++) {
		failures = 0;
		tests[i].run();
		failed += failures != 0;
		print("%s %lu - %s\n", failures ? "not ok" : "ok", (uint64_t)i + 1,
		      tests[i].sentence);
	}
	print("1..%lu\n", (uint64_t)count);
	return failed ? 1 : 0;
}

int test_main(int argc, char **argv, const struct test *tests, size_t count,
	      const struct test_mode *modes)
{
	if (argc < 2)
		return run_all(tests, count);
	for (; modes && modes->name; modes++) {
		if (strcmp(modes->name, argv[1]) == 0)
			return modes->run(argc, argv);
	}
	return 98;
}

/* --- Children --- */

uint32_t test_image(void)
{
	return native_find_module(native_program_name);
}

uint32_t test_root_job(void)
{
	return native_module_count;
}

static uint32_t pass_on(struct native_authority *authority, uint32_t n, uint32_t which)
{
	authority[n] = (struct native_authority){which, NATIVE_NO_SLOT, RIGHTS_ALL, 0};
	return n + 1;
}

static uint32_t fill_authority(struct native_authority *authority, enum child_authority kind,
			       uint32_t job)
{
	uint32_t n = 0;

	if (kind == CHILD_CONSOLE || kind == CHILD_FULL)
		n = pass_on(authority, n, NATIVE_AUTHORITY_CONSOLE);
	if (kind == CHILD_EMPTY || kind == CHILD_CONSOLE)
		return n;
	n = pass_on(authority, n, NATIVE_AUTHORITY_KLOG);
	n = pass_on(authority, n, NATIVE_AUTHORITY_CLOCK);
	n = pass_on(authority, n, NATIVE_AUTHORITY_ENTROPY);
	authority[n++] = (struct native_authority){NATIVE_AUTHORITY_JOB, job, RIGHTS_ALL, 0};
	return n;
}

int64_t child_spawn(const char *mode, const uint32_t *caps, uint32_t cap_count,
		    enum child_authority authority, uint32_t job)
{
	const char *argv[] = {native_program_name, mode, NULL};
	struct native_authority own[NATIVE_AUTHORITY_COUNT];
	struct native_cap handed[NATIVE_SPAWN_MAX_CAPS];
	struct native_hand hand = {.caps = handed, .cap_count = cap_count, .authority = own};

	for (uint32_t i = 0; i < cap_count; i++)
		handed[i] = (struct native_cap){caps[i], RIGHTS_ALL};
	hand.authority_count = fill_authority(own, authority, job);
	hand.job = job;
	return native_spawn_program(test_image(), argv, &hand);
}

int64_t child_wait(int64_t process)
{
	struct native_status status;
	int64_t err;

	if (process < 0)
		return process;
	err = native_proc_wait((uint32_t)process, in_ms(CHILD_TIMEOUT_MS), &status);
	if (err)
		return err;
	(void)native_cap_close((uint32_t)process);
	return status.end == NATIVE_END_EXITED ? status.code : CHILD_ENDED(status.end);
}

uint32_t test_job(void)
{
	int64_t own = MUST(native_auth_copy(NATIVE_AUTHORITY_JOB, RIGHTS_ALL));
	int64_t job = MUST(native_job_create((uint32_t)own));

	CHECK_EQ(native_cap_close((uint32_t)own), 0);
	return (uint32_t)job;
}

/* --- Odds and ends --- */

void sleep_ms(int64_t ms)
{
	CHECK_EQ(native_sleep(in_ms(ms)), 0);
}

void spin_until(volatile uint32_t *word, uint32_t value)
{
	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != value)
		__asm__ volatile("pause");
}

void *map_shared(uint32_t memory, uint64_t len)
{
	return (void *)MUST(native_mem_map(memory, 0, len, 0, NATIVE_PROT_READ | NATIVE_PROT_WRITE,
					   NATIVE_MAP_SHARED));
}

struct native_cap_info cap_info_of(uint32_t slot)
{
	struct native_cap_info info;

	MUST(native_cap_info(slot, &info));
	return info;
}
