/*
 * What a process can do that was given nothing: it tries every native call there is
 * with every slot it might hold, and what succeeds is listed. The list is the whole
 * of what such a process may do: compute, use its own memory and threads, tell the
 * time since boot, and end.
 */
#include "tests/guest/native/test.h"

#define PAGE 4096u

/* Calls by number, as the kernel's list has them; those without an entry are holes. */
#define CALLS (NATIVE_LAST - NATIVE_FIRST + 1)

struct report {
	volatile uint32_t is_complete;
	uint8_t has_succeeded[CALLS]; /* with any of the arguments that were tried */
	uint8_t is_known[CALLS];
};

/*
 * The first two succeed, as they must; so does the third, which compute_with_threads()
 * tries. The last one makes a debug kernel fail, for which the job has to go.
 */
static bool is_not_tried(uint32_t number)
{
	return number == NATIVE_PROC_EXIT || number == NATIVE_THREAD_EXIT ||
	       number == NATIVE_THREAD_CREATE || number == NATIVE_DEBUG_FAULT;
}

/* Takes care that no call waits: the deadline is where the type says "time". */
static int64_t try_call(uint32_t number, uint64_t slot)
{
	static uint8_t area[PAGE] __attribute__((aligned(4096)));
	static uint8_t spare[PAGE] __attribute__((aligned(4096)));
	struct native_message message = {0};
	uint64_t buf = (uint64_t)area;

	switch (number) {
	case NATIVE_EP_CALL:
	case NATIVE_EP_RECV:
	case NATIVE_EP_REPLY:
	case NATIVE_EP_REPLY_RECV:
		return native_message_call(number, slot, 0, NATIVE_POLL, NULL, &message);
	case NATIVE_CAP_INFO:
	case NATIVE_JOB_STAT:
	case NATIVE_PROC_INFO:
		return native_call6(number, slot, buf, 0, 0, 0, 0);
	case NATIVE_CAP_LIST:
		return native_cap_list((uint32_t)slot, 0, area, 1);
	case NATIVE_EVENT_ADD:
		return native_event_add((uint32_t)slot, 1, NATIVE_POLL);
	case NATIVE_EVENT_TAKE:
		return native_event_take((uint32_t)slot, NATIVE_TAKE_ALL, NATIVE_POLL, area);
	case NATIVE_MEM_READ:
	case NATIVE_MEM_WRITE:
		return native_call6(number, slot, 0, buf, 8, 0, 0);
	case NATIVE_MEM_MAP:
		return native_mem_map((uint32_t)slot, 0, PAGE, 0, NATIVE_PROT_READ, 0);
	case NATIVE_MEM_UNMAP:
		return native_mem_unmap((uint64_t)spare, PAGE);
	case NATIVE_MEM_PROTECT:
		return native_mem_protect((uint64_t)area, PAGE,
					  NATIVE_PROT_READ | NATIVE_PROT_WRITE);
	case NATIVE_PROC_SPAWN:
		((struct native_spawn *)area)->image = (uint32_t)slot;
		((struct native_spawn *)area)->job = NATIVE_NO_SLOT;
		return native_proc_spawn(area);
	case NATIVE_PROC_WAIT:
		return native_proc_wait((uint32_t)slot, NATIVE_POLL, area);
	case NATIVE_SLEEP:
		return native_sleep(NATIVE_POLL);
	case NATIVE_LOG_WRITE:
	case NATIVE_CONSOLE_WRITE:
	case NATIVE_ENTROPY_GET:
	case NATIVE_EP_CREATE:
		return native_call6(number, buf, 8, 0, 0, 0, 0);
	default:
		return native_call6(number, slot, slot, NATIVE_POLL, 0, 0, 0);
	}
}

static int try_everything(int argc, char **argv)
{
	struct report *report = map_shared(0, PAGE);
	int64_t result;

	(void)argc;
	(void)argv;
	/* What it was passed it may use; from here on it has nothing. */
	CHECK_EQ(native_cap_close(0), 0);
	for (uint32_t i = 0; i < CALLS; i++) {
		uint32_t number = NATIVE_FIRST + i;

		if (is_not_tried(number))
			continue;
		for (uint64_t slot = 0; slot < 20; slot++) {
			result = try_call(number, slot == 19 ? NATIVE_NO_SLOT : slot);
			if (result != -ENOSYS)
				report->is_known[i] = 1;
			if (result >= 0)
				report->has_succeeded[i] = 1;
		}
	}
	report->is_complete = 1;
	return 0;
}

struct name {
	uint32_t number;
	const char *name;
};

#define NAME(call)                                                                                 \
	{                                                                                          \
		NATIVE_##call, #call                                                               \
	}

/* The whole of what may succeed, and why that is right. */
static const struct name allowed[] = {
	NAME(NULL),	   /* nothing */
	NAME(AUTH_DROP),   /* giving away what it has: nothing */
	NAME(MEM_MAP),	   /* private memory, on its job's budget */
	NAME(MEM_UNMAP),   /* its own mappings */
	NAME(MEM_PROTECT), /* likewise */
	NAME(CLOCK_GET),   /* since boot, as the processor tells anybody */
	NAME(SLEEP),	   /* and wait for it */
};

static const char *name_of(uint32_t number)
{
	for (uint32_t i = 0; i < ARRAY_LEN(allowed); i++) {
		if (allowed[i].number == number)
			return allowed[i].name;
	}
	return NULL;
}

static void an_empty_process_can_only_compute(void)
{
	uint32_t memory = (uint32_t)MUST(native_mem_create(PAGE));
	struct report *report = map_shared(memory, PAGE);
	uint32_t known = 0;

	CHECK_EQ(child_wait(child_spawn("try", &memory, 1, CHILD_EMPTY, NATIVE_NO_SLOT)), 0);
	CHECK_EQ(report->is_complete, 1);
	for (uint32_t i = 0; i < CALLS; i++) {
		known += report->is_known[i];
		if (!report->has_succeeded[i])
			continue;
		print("# succeeded: 0x%x %s\n", NATIVE_FIRST + i,
		      name_of(NATIVE_FIRST + i) ? name_of(NATIVE_FIRST + i) : "?");
		CHECK(name_of(NATIVE_FIRST + i) != NULL);
	}
	/* Or the test tried nothing. */
	CHECK(known > 40);
	CHECK_EQ(native_mem_unmap((uint64_t)report, PAGE), 0);
	CHECK_EQ(native_cap_close(memory), 0);
}

static void set_word(void *arg)
{
	__atomic_store_n((volatile uint32_t *)arg, 1, __ATOMIC_RELEASE);
}

static int compute_with_threads(int argc, char **argv)
{
	volatile uint32_t word = 0;

	(void)argc;
	(void)argv;
	if (native_thread_start(set_word, (void *)(uintptr_t)&word))
		return 1;
	spin_until(&word, 1);
	return 0;
}

static void threads_are_its_own(void)
{
	CHECK_EQ(child_wait(child_spawn("threads", NULL, 0, CHILD_EMPTY, NATIVE_NO_SLOT)), 0);
}

static int use_what_was_passed(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	if (native_cap_count != 1 || native_cap_next(1) != -ENOENT)
		return 1;
	/* It was handed an event with SIGNAL, and that is all it can do with it. */
	if (native_event_add(0, 41, NATIVE_POLL) != 0)
		return 2;
	if (native_event_take(0, NATIVE_TAKE_ALL, NATIVE_POLL, &argc) != -EACCES)
		return 3;
	/* Not even its own image, or its parent, has a name for it. */
	return native_event_create(0) == -EPERM ? 0 : 4;
}

static void it_uses_what_it_was_passed(void)
{
	uint32_t event = (uint32_t)MUST(native_event_create(1));
	uint32_t signal = (uint32_t)MUST(native_cap_mint(event, RIGHT_SIGNAL | RIGHT_TRANSFER, 0));
	uint64_t value = 0;

	CHECK_EQ(child_wait(child_spawn("use", &signal, 1, CHILD_EMPTY, NATIVE_NO_SLOT)), 0);
	CHECK_EQ(native_event_take(event, NATIVE_TAKE_ALL, NATIVE_POLL, &value), 0);
	CHECK_EQ(value, 42);
	CHECK_EQ(native_cap_close(signal), 0);
	CHECK_EQ(native_cap_close(event), 0);
}

/* A capability without TRANSFER stays where it is. */
static void not_everything_can_be_passed(void)
{
	uint32_t event = (uint32_t)MUST(native_event_create(1));
	uint32_t kept = (uint32_t)MUST(native_cap_mint(event, RIGHT_SIGNAL, 0));

	CHECK_EQ(child_spawn("use", &kept, 1, CHILD_EMPTY, NATIVE_NO_SLOT), -EACCES);
	CHECK_EQ(native_cap_close(kept), 0);
	CHECK_EQ(native_cap_close(event), 0);
}

/* Calls of other systems mean nothing here. */
static void other_numbers_do_nothing(void)
{
	CHECK_EQ(native_call0(0), -ENOSYS);
	CHECK_EQ(native_call0(60), -ENOSYS);
	CHECK_EQ(native_call0(0xfff), -ENOSYS);
	CHECK_EQ(native_call0(NATIVE_LAST + 1), -ENOSYS);
	CHECK_EQ(native_call0(0xffffffff), -ENOSYS);
}

static const struct test tests[] = {
	{an_empty_process_can_only_compute, "a process with nothing can do nothing but compute"},
	{threads_are_its_own, "it can have threads, which its job counts"},
	{it_uses_what_it_was_passed, "it can use what it was passed, as far as its rights go"},
	{not_everything_can_be_passed, "what has no TRANSFER cannot be passed"},
	{other_numbers_do_nothing, "numbers outside the list are -ENOSYS"},
};

static const struct test_mode modes[] = {{"try", try_everything},
					 {"use", use_what_was_passed},
					 {"threads", compute_with_threads},
					 {NULL, NULL}};

int main(int argc, char **argv)
{
	return test_main(argc, argv, tests, ARRAY_LEN(tests), modes);
}
