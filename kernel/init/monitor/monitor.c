/*
 * Kernel monitor.
 *
 * One thread reads lines from the console and runs commands. It only looks:
 * what it shows is copied out under the owner's lock, or read without one where
 * a wrong number does no harm, and printed afterwards, so a slow console delays
 * nobody. The exceptions say so in their names: panic, reboot, poweroff.
 */
#define LOG_PREFIX "monitor: "
#include "kernel/init/monitor/monitor.h"

#include "kernel/core/cmdline.h"
#include "kernel/core/log.h"
#include "kernel/dev/console.h"
#include "kernel/init/monitor/command.h"
#include "kernel/init/monitor/line.h"
#include "kernel/lib/string.h"
#include "kernel/sched/thread.h"

#define PROMPT "themelios> "

const struct command commands[] = {
	{"help", "[COMMAND]", "what there is, or how to use it", command_help, 0, 1},
	{"threads", "", "all threads", command_threads, 0, 0},
	{"bt", "[ID]", "how a thread came to where it is (default: this one)", command_bt, 0, 1},
	{"cpus", "", "what each CPU runs, and its counters", command_cpus, 0, 0},
	{"mem", "", "where the memory is", command_mem, 0, 0},
	{"slabs", "", "object caches", command_slabs, 0, 0},
	{"locks", "", "locks that are held now", command_locks, 0, 0},
	{"caps", "", "every grant, and who holds which capability by it", command_caps, 0, 0},
	{"irqs", "", "interrupts in use, and how often each came", command_irqs, 0, 0},
	{"timers", "", "pending timers of each CPU", command_timers, 0, 0},
	{"log", "[LINES]", "the last lines of the log, 20 by default", command_log, 0, 1},
	{"peek", "ADDRESS [WORDS]", "kernel memory in words of 8 bytes, 8 by default", command_peek,
	 1, 2},
	{"selftest", "NAME[,NAME...]", "run self-tests: names, prefixes or all", command_selftest,
	 1, 1},
	{"panic", "", "end as if something had gone wrong", command_panic, 0, 0},
	{"reboot", "", "restart the machine at once", command_reboot, 0, 0},
	{"poweroff", "", "switch the machine off at once", command_poweroff, 0, 0},
};

const size_t command_count = ARRAY_SIZE(commands);

monitor_selftest_fn *monitor_run_selftests;

#if CONFIG_DEBUG
static bool is_wanted = true;
#else
static bool is_wanted;
#endif

static int set_debug(const char *value)
{
	return cmdline_bool(value, &is_wanted);
}

BOOT_PARAM(debug, "debug", set_debug, "kernel monitor on the console (default in debug kernels)");

/* Splits at spaces, in place. More words than fit count, but are not stored. */
static int split(char *line, char *argv[COMMAND_MAX_ARGS])
{
	int argc = 0;

	for (;;) {
		while (*line == ' ')
			line++;
		if (*line == '\0')
			return argc;
		if (argc < COMMAND_MAX_ARGS)
			argv[argc] = line;
		argc++;
		while (*line != '\0' && *line != ' ')
			line++;
		if (*line == ' ')
			*line++ = '\0';
	}
}

void command_execute(char *line)
{
	char *argv[COMMAND_MAX_ARGS];
	int argc = split(line, argv);

	if (argc == 0)
		return;
	for (size_t i = 0; i < command_count; i++) {
		const struct command *command = &commands[i];

		if (strcmp(command->name, argv[0]) != 0)
			continue;
		if (argc - 1 < command->min_args || argc - 1 > command->max_args)
			console_print("usage: %s %s\n", command->name, command->args);
		else
			command->run(argc, argv);
		return;
	}
	console_print("%s: no such command; try help\n", argv[0]);
}

static struct line_editor editor; /* the thread's */

static void monitor_thread(void *arg UNUSED)
{
	char byte;

	line_init(&editor, console_write);
	console_print(PROMPT);
	while (console_read_char(KTIME_FOREVER, &byte) == 0) {
		if (line_feed(&editor, byte)) {
			command_execute(editor.text);
			console_print(PROMPT);
		} else if (byte == '\x03') {
			console_print(PROMPT);
		}
	}
}

void monitor_start(monitor_selftest_fn *run_selftests)
{
	if (!is_wanted)
		return;
	monitor_run_selftests = run_selftests;
	if (thread_spawn("monitor", monitor_thread, NULL))
		log_err("no memory for its thread");
}
