/* Panic: the end. Stops all CPUs, says why, shows registers and a backtrace. */
#ifndef KERNEL_CORE_PANIC_H
#define KERNEL_CORE_PANIC_H

#include "kernel/arch/trap.h"
#include "kernel/lib/compiler.h"

NORETURN COLD PRINTF(1, 2) void panic(const char *fmt, ...);

/*
 * For a bug of the kernel's own that has corrupted nothing yet: ends the job on
 * whose behalf it was met when that can be (trap_hooks.can_contain), else panics.
 */
NORETURN COLD PRINTF(1, 2) void bug(const char *fmt, ...);

/* The same for a trap: registers and backtrace are the frame's. */
NORETURN COLD PRINTF(2, 3) void panic_at(const struct trap_frame *frame, const char *fmt, ...);

/* Whether some CPU panics: then locks are not to be trusted or waited for. */
bool panic_is_active(void);

/* Prints up to 32 frames "  #0 0xffffffff80101234 name+0x12" at panic level. */
void backtrace_print(vaddr_t fp, vaddr_t pc);

/*
 * The debug-exit port (themelios.exit-port): when it is set, the machine ends
 * by writing a code there, which a test bench sees as QEMU's exit status.
 */
enum exit_code {
	EXIT_CODE_OK = 0x10,
	EXIT_CODE_TEST_FAILED = 0x11,
	EXIT_CODE_PANIC = 0x12,
};

/* Orderly end: writes the code if there is a port, else powers off. */
NORETURN void machine_exit(enum exit_code code);

#endif
