/*
 * The first process. It holds every authority and has one job so far: to run the
 * program that the kernel's command line names (themelios.run=NAME,ARG,...), in a
 * job of its own, and to end the machine with its status.
 *
 * Such a program is given all modules, in the slots that their names stand for, and
 * in the slot after them the job of all jobs, to look into.
 */
#include "userland/lib/native.h"

#define MAX_WORDS 32
#define MAX_CAPS NATIVE_SPAWN_MAX_CAPS

/* What a program that did not exit by itself counts as. */
#define STATUS_ENDED_BASE 128

/* Splits at commas, in place. */
static int split_words(char *text, const char **words)
{
	int count = 0;

	while (*text && count < MAX_WORDS) {
		words[count++] = text;
		while (*text && *text != ',')
			text++;
		if (*text)
			*text++ = '\0';
	}
	return count;
}

/* The arguments of the program: its words, "--", and all modules. */
static bool build_argv(char *run, const char **argv, uint32_t max)
{
	const char *words[MAX_WORDS];
	uint32_t count = (uint32_t)split_words(run, words);
	uint32_t n = 0;

	if (count == 0 || count + native_module_count + 2 > max)
		return false;
	for (uint32_t i = 0; i < count; i++)
		argv[n++] = words[i];
	argv[n++] = "--";
	for (uint32_t i = 0; i < native_module_count; i++)
		argv[n++] = native_modules[i];
	argv[n] = NULL;
	return true;
}

/* The authority of a program under test: ours but the power, and a job of its own. */
static uint32_t build_authority(struct native_authority *authority, uint32_t job)
{
	static const uint32_t passed_on[] = {NATIVE_AUTHORITY_CLOCK, NATIVE_AUTHORITY_CONSOLE,
					     NATIVE_AUTHORITY_KLOG, NATIVE_AUTHORITY_ENTROPY};
	uint32_t n = 0;

	authority[n++] = (struct native_authority){NATIVE_AUTHORITY_JOB, job, RIGHTS_ALL, 0};
	for (uint32_t i = 0; i < ARRAY_LEN(passed_on); i++)
		authority[n++] =
			(struct native_authority){passed_on[i], NATIVE_NO_SLOT, RIGHTS_ALL, 0};
	return n;
}

/* The slot of the process, or an error. */
static int64_t start(char *run)
{
	const char *argv[MAX_WORDS + NATIVE_SPAWN_MAX_CAPS + 2];
	struct native_authority authority[NATIVE_AUTHORITY_COUNT];
	struct native_cap caps[MAX_CAPS];
	struct native_hand hand = {.caps = caps, .authority = authority};
	int64_t root, job;

	if (native_module_count + 1 > MAX_CAPS || !build_argv(run, argv, ARRAY_LEN(argv)))
		return -E2BIG;
	if (native_find_module(argv[0]) == NATIVE_NO_SLOT)
		return -ENOENT;
	root = native_auth_copy(NATIVE_AUTHORITY_JOB, RIGHTS_ALL);
	if (root < 0)
		return root;
	job = native_job_create((uint32_t)root);
	if (job < 0)
		return job;
	for (uint32_t i = 0; i < native_module_count; i++)
		caps[i] = (struct native_cap){i, RIGHTS_ALL};
	caps[native_module_count] = (struct native_cap){(uint32_t)root, RIGHTS_ALL};
	hand.cap_count = native_module_count + 1;
	hand.authority_count = build_authority(authority, (uint32_t)job);
	hand.job = (uint32_t)job;
	return native_spawn_program(native_find_module(argv[0]), argv, &hand);
}

static int32_t wait_for(uint32_t process)
{
	static const char *const ends[] = {"exited", "was killed", "faulted", "ran out of memory",
					   "met a bug of the kernel's"};
	struct native_status status;
	int64_t err = native_proc_wait(process, NATIVE_FOREVER, &status);

	if (err)
		return STATUS_ENDED_BASE;
	if (status.end == NATIVE_END_EXITED)
		return status.code;
	log_line("the program %s (%d)", status.end < ARRAY_LEN(ends) ? ends[status.end] : "?",
		 status.code);
	return STATUS_ENDED_BASE + (int32_t)status.end;
}

int main(int argc, char **argv)
{
	int64_t process;

	log_line("first process, %u modules", native_module_count);
	if (argc < 2 || argv[1][0] == '\0') {
		log_line("nothing to run; waiting");
		for (;;)
			(void)native_sleep(NATIVE_FOREVER);
	}
	process = start(argv[1]);
	if (process < 0) {
		log_line("cannot run %s: error %ld", argv[1], -process);
		(void)native_power(NATIVE_POWER_OFF, 127);
	} else {
		(void)native_power(NATIVE_POWER_OFF, wait_for((uint32_t)process));
	}
	return 1;
}
