/*
 * A bug in the kernel, met while it works for a process: that process's job ends, what
 * it held is revoked, and everybody else goes on. Bugs on purpose exist in debug
 * kernels only.
 */
#include "tests/guest/native/test.h"

static int make_fail(uint32_t kind)
{
	/* Not reached when the call does what it is for. */
	return native_debug_fault(kind) == -ENOSYS ? 1 : 2;
}

static int fail_assertion(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return make_fail(NATIVE_FAULT_ASSERT);
}

static int fail_null(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return make_fail(NATIVE_FAULT_NULL);
}

static int live(int argc, char **argv)
{
	uint64_t value;

	(void)argc;
	(void)argv;
	return native_event_take(0, NATIVE_TAKE_ONE, NATIVE_FOREVER, &value) == 0 ? 0 : 1;
}

static bool has_bugs(void)
{
	return native_debug_fault(99) != -ENOSYS;
}

static void contain(const char *mode)
{
	uint32_t job = test_job();
	uint32_t event = (uint32_t)MUST(native_event_create(0));
	uint32_t held = (uint32_t)MUST(native_cap_mint(event, RIGHTS_ALL, 0));
	struct native_job_stat stat = {.memory_used = 1};
	int64_t outsider, insider, failing;

	outsider = MUST(child_spawn("live", &event, 1, CHILD_CONSOLE, NATIVE_NO_SLOT));
	insider = MUST(child_spawn("live", &event, 1, CHILD_CONSOLE, job));
	failing = MUST(child_spawn(mode, &held, 1, CHILD_CONSOLE, job));

	CHECK_EQ(child_wait(failing), CHILD_ENDED(NATIVE_END_CONTAINED));
	CHECK_EQ(child_wait(insider), CHILD_ENDED(NATIVE_END_CONTAINED));
	/* What it held with a grant of its own is dead, wherever else it is. */
	CHECK_EQ(native_event_add(held, 1, NATIVE_POLL), -EIO);

	CHECK_EQ(native_job_wait(job, in_ms(5000)), 0);
	for (int i = 0; i < 1000 && stat.memory_used != 0; i++) {
		CHECK_EQ(native_job_stat(job, &stat), 0);
		sleep_ms(1);
	}
	CHECK_EQ(stat.events_contained, 1);
	CHECK_EQ(stat.memory_used, 0);
	CHECK_EQ(child_spawn("live", &event, 1, CHILD_CONSOLE, job), -ECANCELED);

	CHECK_EQ(native_event_add(event, 1, NATIVE_POLL), 0);
	CHECK_EQ(child_wait(outsider), 0);
	CHECK_EQ(native_cap_close(job), 0);
	CHECK_EQ(native_cap_close(held), 0);
	CHECK_EQ(native_cap_close(event), 0);
}

static void assertions_are_contained(void)
{
	if (has_bugs())
		contain("assert");
	else
		CHECK_EQ(child_wait(child_spawn("assert", NULL, 0, CHILD_EMPTY, NATIVE_NO_SLOT)),
			 1);
}

static void faults_are_contained(void)
{
	if (has_bugs())
		contain("null");
	else
		CHECK_EQ(child_wait(child_spawn("null", NULL, 0, CHILD_EMPTY, NATIVE_NO_SLOT)), 1);
}

static const struct test tests[] = {
	{assertions_are_contained, "a failed assertion of the kernel's ends the job it worked for"},
	{faults_are_contained, "so does a fault in kernel code"},
};

static const struct test_mode modes[] = {
	{"assert", fail_assertion}, {"null", fail_null}, {"live", live}, {NULL, NULL}};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_LEN(tests), modes);
}
