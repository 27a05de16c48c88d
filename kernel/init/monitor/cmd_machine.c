/* Commands about the monitor, the log, interrupts and the machine as a whole. */
#include "kernel/arch/cpu.h"
#include "kernel/core/irq.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/dev/console.h"
#include "kernel/init/monitor/command.h"
#include "kernel/lib/parse.h"
#include "kernel/lib/string.h"

#define LOG_DEFAULT_LINES 20
#define COLUMN 24

static void print_command(const struct command *command)
{
	int width = COLUMN - (int)strlen(command->name) - 1;

	console_print("%s %-*s %s\n", command->name, MAX(width, 0), command->args, command->help);
}

void command_help(int argc, char *const argv[])
{
	bool is_found = false;

	for (size_t i = 0; i < command_count; i++) {
		if (argc > 1 && strcmp(commands[i].name, argv[1]) != 0)
			continue;
		print_command(&commands[i]);
		is_found = true;
	}
	if (!is_found)
		console_print("%s: no such command\n", argv[1]);
}

void command_irqs(int argc UNUSED, char *const argv[] UNUSED)
{
	console_print("%4s %12s %s\n", "IRQ", "COUNT", "NAME");
	for (uint32_t irq = 0; irq < ARCH_IRQ_COUNT; irq++) {
		const char *name = irq_name(irq);

		if (name)
			console_print("%4u %12lu %s\n", irq, irq_count(irq), name);
	}
}

static struct log_record record; /* the monitor's thread's; too big for the stack */

void command_log(int argc, char *const argv[])
{
	uint64_t lines = LOG_DEFAULT_LINES;
	uint64_t skip = 0;
	uint64_t seq;

	if (argc > 1 && str_to_u64(argv[1], 0, NULL, &lines)) {
		console_print("%s: not a number\n", argv[1]);
		return;
	}
	for (seq = 0; log_read(seq, &record) == 0; seq = record.seq + 1)
		skip++;
	skip -= MIN(skip, lines);
	for (seq = 0; log_read(seq, &record) == 0; seq = record.seq + 1) {
		if (skip > 0) {
			skip--;
			continue;
		}
		console_print("[%5lld.%06lld] CPU %u: ", record.time / NSEC_PER_SEC,
			      record.time % NSEC_PER_SEC / NSEC_PER_USEC, record.cpu);
		console_write(record.text, record.len);
		console_write("\n", 1);
	}
}

void command_selftest(int argc UNUSED, char *const argv[])
{
	uint32_t run;
	uint32_t failed = monitor_run_selftests(argv[1], &run);

	console_print("%u run, %u failed\n", run, failed);
}

void command_panic(int argc UNUSED, char *const argv[] UNUSED)
{
	panic("asked for on the monitor");
}

void command_reboot(int argc UNUSED, char *const argv[] UNUSED)
{
	log_flush();
	arch_reboot();
}

void command_poweroff(int argc UNUSED, char *const argv[] UNUSED)
{
	machine_exit(EXIT_CODE_OK);
}
