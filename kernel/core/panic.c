/*
 * Panic. The first CPU to get here owns the machine's last words; others are
 * stopped. From then on nothing waits for a lock. A fault while panicking ends
 * at once, so that it cannot run in circles.
 */
#include "kernel/core/panic.h"

#include <stdarg.h>

#include "kernel/arch/cpu.h"
#include "kernel/arch/io.h"
#include "kernel/arch/irq.h"
#include "kernel/core/assert.h"
#include "kernel/core/cmdline.h"
#include "kernel/core/ksym.h"
#include "kernel/core/log.h"
#include "kernel/core/percpu.h"
#include "kernel/core/trap.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/fmt.h"
#include "kernel/lib/string.h"

#define MAX_FRAMES 32
#define NO_CPU UINT32_MAX

static uint32_t panic_cpu = NO_CPU;
static uint32_t exit_port AFTER_BOOT_CONST;
static enum { PANIC_HALT, PANIC_REBOOT, PANIC_POWER_OFF } panic_action AFTER_BOOT_CONST;

static int set_exit_port(const char *value)
{
	uint64_t port;
	int err = cmdline_number(value, 0xffff, &port);

	if (!err)
		exit_port = (uint32_t)port;
	return err;
}

static int set_panic_action(const char *value)
{
	if (strcmp(value, "halt") == 0)
		panic_action = PANIC_HALT;
	else if (strcmp(value, "reboot") == 0)
		panic_action = PANIC_REBOOT;
	else if (strcmp(value, "poweroff") == 0)
		panic_action = PANIC_POWER_OFF;
	else
		return -EINVAL;
	return 0;
}

BOOT_PARAM(exit_port, "exit-port", set_exit_port,
	   "I/O port of a debug-exit device; the machine ends by writing a code there");
BOOT_PARAM(panic, "panic", set_panic_action,
	   "what follows a panic: halt (default), reboot or poweroff");

bool panic_is_active(void)
{
	return __atomic_load_n(&panic_cpu, __ATOMIC_RELAXED) != NO_CPU;
}

void machine_exit(enum exit_code code)
{
	log_flush();
	if (exit_port)
		arch_io_write8((uint16_t)exit_port, (uint8_t)code);
	if (code != EXIT_CODE_PANIC)
		arch_power_off();
	if (panic_action == PANIC_REBOOT)
		arch_reboot();
	if (panic_action == PANIC_POWER_OFF)
		arch_power_off();
	arch_halt();
}

static void print_frame(unsigned index, vaddr_t pc, vaddr_t lookup_pc)
{
	const char *name;
	uint64_t offset;

	if (ksym_lookup(lookup_pc, &name, &offset) == 0)
		log_print(LOG_LEVEL_PANIC, "  #%u 0x%016lx %s+0x%lx", index, pc, name,
			  offset + (pc - lookup_pc));
	else
		log_print(LOG_LEVEL_PANIC, "  #%u 0x%016lx", index, pc);
}

/* A return address may lie behind a call that ends its function: its look-up is one before. */
static void print_chain(vaddr_t fp, vaddr_t pc, vaddr_t lookup_pc)
{
	unsigned index = 0;

	print_frame(index++, pc, lookup_pc);
	while (index < MAX_FRAMES && arch_unwind_step(&fp, &pc))
		print_frame(index++, pc, pc - 1);
}

void backtrace_print(vaddr_t fp, vaddr_t pc)
{
	print_chain(fp, pc, pc);
}

/* Becomes the panicking CPU, or does not return. */
static void enter_panic(void)
{
	uint32_t expected = NO_CPU;

	arch_irq_disable();
	if (!__atomic_compare_exchange_n(&panic_cpu, &expected, cpu_current(), false,
					 __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
		if (expected == cpu_current())
			machine_exit(EXIT_CODE_PANIC);
		arch_halt();
	}
	log_enter_panic();
	arch_stop_other_cpus();
}

static void print_cause(const char *kind, const char *text)
{
	log_print(LOG_LEVEL_PANIC, "%s: %s", kind, text);
	log_print(LOG_LEVEL_PANIC, "  on CPU %u", cpu_current());
}

/* From the caller of the function whose frame is given. */
static void print_callers(vaddr_t fp)
{
	vaddr_t pc = 0;

	if (arch_unwind_step(&fp, &pc))
		print_chain(fp, pc, pc - 1);
}

static void print_trap(const struct trap_frame *frame)
{
	bool is_user = trap_frame_is_user(frame);

	trap_frame_print(frame);
	/* A user program's frame pointer is its own business. */
	backtrace_print(is_user ? 0 : trap_frame_fp(frame), trap_frame_pc(frame));
}

void panic(const char *fmt, ...)
{
	char text[LOG_RECORD_MAX];
	va_list args;

	enter_panic();
	va_start(args, fmt);
	fmt_vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	print_cause("panic", text);
	print_callers((vaddr_t)__builtin_frame_address(0));
	machine_exit(EXIT_CODE_PANIC);
}

/*
 * A bug that was met on behalf of a user thread, while nothing was locked, can be
 * that job's end instead of the machine's: the hook knows whose.
 */
static bool can_contain(bool had_irqs)
{
	return had_irqs && !panic_is_active() && trap_hooks.can_contain && trap_hooks.can_contain();
}

void panic_at(const struct trap_frame *frame, const char *fmt, ...)
{
	char text[LOG_RECORD_MAX];
	va_list args;

	va_start(args, fmt);
	fmt_vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (!trap_frame_is_user(frame) && can_contain(trap_frame_had_irqs(frame))) {
		print_cause("contained bug", text);
		print_trap(frame);
		arch_irq_enable();
		trap_hooks.contain();
	}
	enter_panic();
	print_cause("panic", text);
	print_trap(frame);
	machine_exit(EXIT_CODE_PANIC);
}

void bug(const char *fmt, ...)
{
	char text[LOG_RECORD_MAX];
	va_list args;

	va_start(args, fmt);
	fmt_vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (can_contain(arch_irqs_are_enabled())) {
		print_cause("contained bug", text);
		print_callers((vaddr_t)__builtin_frame_address(0));
		trap_hooks.contain();
	}
	enter_panic();
	print_cause("panic", text);
	print_callers((vaddr_t)__builtin_frame_address(0));
	machine_exit(EXIT_CODE_PANIC);
}

void assert_failed(const char *expr, const char *file, int line)
{
	bug("assertion failed: %s, at %s:%d", expr, file, line);
}
