/*
 * Self-tests. Each runs in a thread of its own, one after the other, so that a
 * test that leaves a lock or an interrupt state behind is caught at its end. The
 * report is TAP (Test Anything Protocol 12), on COM2 when the command line says
 * themelios.report=com2, else in the log.
 */
#include "kernel/init/selftest.h"

#include <stdarg.h>

#include "kernel/core/cmdline.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/core/preempt.h"
#include "kernel/core/selftest.h"
#include "kernel/core/spinlock.h"
#include "kernel/core/time.h"
#include "kernel/dev/uart/ns16550.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/fmt.h"
#include "kernel/lib/string.h"
#include "kernel/sched/thread.h"

#define LIST_MAX 1024
#define FAILURE_MAX 200

extern const struct selftest __selftests_start[], __selftests_end[];

static char requested[LIST_MAX] AFTER_BOOT_CONST;
static bool report_to_com2 AFTER_BOOT_CONST;

/* Of the running test; threads it made may fail it too. */
static struct spinlock failure_lock = SPINLOCK_INIT(LOCK_SELFTEST_REPORT);
static bool has_failed GUARDED_BY(&failure_lock);
static char failure[FAILURE_MAX] GUARDED_BY(&failure_lock);

static int set_requested(const char *value)
{
	return strlcpy(requested, value, sizeof(requested)) < sizeof(requested) ? 0 : -EINVAL;
}

static int set_report(const char *value)
{
	if (strcmp(value, "com2") != 0)
		return -EINVAL;
	report_to_com2 = true;
	return 0;
}

BOOT_PARAM(selftest, "selftest", set_requested,
	   "self-tests to run, then stop: all, or names and prefixes with commas between");
BOOT_PARAM(report, "report", set_report,
	   "where the self-tests report: com2, the second serial port; the log by default");

void selftest_fail(const char *file, int line, const char *fmt, ...)
{
	char text[FAILURE_MAX];
	irqflags_t flags;
	va_list args;

	va_start(args, fmt);
	fmt_vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	log_print(LOG_LEVEL_ERR, "selftest: %s:%d: %s", file, line, text);

	flags = spin_lock_irqsave(&failure_lock);
	if (!has_failed)
		fmt_snprintf(failure, sizeof(failure), "%s:%d: %s", file, line, text);
	has_failed = true;
	spin_unlock_irqrestore(&failure_lock, flags);
}

/* Whether a comma-separated list holds name, or a prefix of it that ends at a dot. */
static bool list_has(const char *list, const char *name)
{
	while (*list) {
		const char *end = strchr(list, ',');
		size_t len = end ? (size_t)(end - list) : strlen(list);

		if (len > 0 && strncmp(list, name, len) == 0 &&
		    (name[len] == '\0' || name[len] == '.'))
			return true;
		list += len + (end ? 1 : 0);
	}
	return false;
}

/* "all" is every test but the long ones, which have to be named. */
static bool matches(const struct selftest *test, const char *list)
{
	if (!test->is_long && list_has(list, "all"))
		return true;
	return list_has(list, test->name);
}

PRINTF(1, 2) static void report(const char *fmt, ...)
{
	char line[FAILURE_MAX + 200];
	va_list args;
	size_t len;

	va_start(args, fmt);
	len = fmt_vsnprintf(line, sizeof(line) - 1, fmt, args);
	va_end(args);
	len = MIN(len, sizeof(line) - 2);
	log_info("%s", line);
	if (report_to_com2) {
		line[len++] = '\n';
		ns16550_write(NS16550_COM2, line, len);
	}
}

static void run_in_thread(void *arg)
{
	const struct selftest *test = arg;

	test->run();
	SELFTEST_CHECK(preempt_can_sleep());
	SELFTEST_CHECK_EQ(thread_current()->held.depth, 0);
}

static void run_one(const struct selftest *test, uint32_t number, uint32_t *failed)
{
	struct thread *thread;
	irqflags_t flags;
	bool is_bad;

	flags = spin_lock_irqsave(&failure_lock);
	has_failed = false;
	failure[0] = '\0';
	spin_unlock_irqrestore(&failure_lock, flags);

	if (thread_create(test->name, run_in_thread, (void *)(uintptr_t)test, &thread)) {
		selftest_fail(__FILE__, __LINE__, "no memory for a thread");
	} else {
		thread_start(thread);
		SELFTEST_CHECK_EQ(thread_join(thread, KTIME_FOREVER), 0);
		thread_put(thread);
	}

	flags = spin_lock_irqsave(&failure_lock);
	is_bad = has_failed;
	spin_unlock_irqrestore(&failure_lock, flags);
	if (is_bad) {
		(*failed)++;
		report("not ok %u - %s: %s # %s", number, test->name, test->sentence, failure);
	} else {
		report("ok %u - %s: %s", number, test->name, test->sentence);
	}
}

uint32_t selftest_run(const char *list, uint32_t *run_out)
{
	uint32_t number = 0;
	uint32_t failed = 0;

	for (const struct selftest *test = __selftests_start; test < __selftests_end; test++) {
		if (matches(test, list))
			run_one(test, ++number, &failed);
	}
	report("1..%u", number);
	*run_out = number;
	return failed;
}

void selftest_run_requested(void)
{
	uint32_t failed;
	uint32_t run;

	if (requested[0] == '\0')
		return;
	if (report_to_com2 && ns16550_init(NS16550_COM2))
		panic("selftest: there is no second serial port to report to");
	failed = selftest_run(requested, &run);
	log_info("selftest: %u run, %u failed", run, failed);
	if (report_to_com2)
		ns16550_flush(NS16550_COM2);
	machine_exit(failed > 0 || run == 0 ? EXIT_CODE_TEST_FAILED : EXIT_CODE_OK);
}
