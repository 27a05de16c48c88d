/* Commands of the monitor: the table, and one function each. */
#ifndef KERNEL_INIT_MONITOR_COMMAND_H
#define KERNEL_INIT_MONITOR_COMMAND_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/init/monitor/monitor.h"
#include "kernel/lib/compiler.h"

#define COMMAND_MAX_ARGS 8

/* argv[0] is the command itself; argc is within the bounds that the table gives. */
typedef void command_fn(int argc, char *const argv[]);

struct command {
	const char *name;
	const char *args; /* how to write the arguments, "" for none */
	const char *help;
	command_fn *run;
	uint8_t min_args; /* without the command itself */
	uint8_t max_args;
};

extern const struct command commands[];
extern const size_t command_count;

extern monitor_selftest_fn *monitor_run_selftests; /* const after monitor_start() */

/* Splits the line in place and runs what it says; complaints go to the console. */
void command_execute(char *line);

/* Prints "#n address name+offset". Return addresses are looked up one byte before. */
enum frame_kind {
	FRAME_EXACT,
	FRAME_RETURN,
};
void command_print_frame(uint32_t index, uint64_t pc, enum frame_kind kind);

/* cmd_thread.c */
command_fn command_threads;
command_fn command_bt;
command_fn command_cpus;
command_fn command_timers;
command_fn command_locks;
/* cmd_memory.c */
command_fn command_mem;
command_fn command_slabs;
command_fn command_peek;
/* cmd_cap.c */
command_fn command_caps;
/* cmd_machine.c */
command_fn command_help;
command_fn command_irqs;
command_fn command_log;
command_fn command_selftest;
command_fn command_panic;
command_fn command_reboot;
command_fn command_poweroff;

#endif
