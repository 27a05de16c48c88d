/* Between entry.S, uaccess.S and the C side of traps. */
#ifndef KERNEL_ARCH_X86_64_TRAP_IMPL_H
#define KERNEL_ARCH_X86_64_TRAP_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/core/percpu.h"
#include "kernel/lib/compiler.h"

struct trap_frame;

/* Called by entry.S on the kernel stack with interrupts off, for every trap. */
void trap_dispatch(struct trap_frame *frame);

/*
 * Called by syscall_entry.S with interrupts on; returns with them off. False:
 * SYSRET cannot restore the frame, IRET has to.
 */
bool trap_syscall(struct trap_frame *frame);

/*
 * Makes a frame that was changed, or made, by other than the processor one that IRET
 * takes: a program counter outside of the user half is reported as the fault that it
 * is. Interrupts are off before and after.
 */
void trap_make_frame_safe(struct trap_frame *frame);

/*
 * Calls the hooks until there is nothing left to do before user mode. Returns
 * with interrupts off; true if the frame was changed.
 */
bool trap_finish_user_work(struct trap_frame *frame);

/* In syscall_entry.S: leaves for user mode with a frame copied to the stack's top. */
NORETURN void user_enter(struct trap_frame *top, const struct trap_frame *from);
void syscall_entry(void);
void syscall_entry_compat(void);
extern const uint8_t syscall_sysret[]; /* the SYSRET instruction */

/* Traps that the kernel met where it must not trust GS; for the self-tests. */
struct trap_entry_counts {
	uint64_t nmi;
	uint64_t nmi_at_entry; /* before SWAPGS, or behind the last one */
	uint64_t debug;
	uint64_t debug_at_entry;
	bool expects_nmi;
};

DECLARE_PER_CPU(struct trap_entry_counts, trap_entry_counts);

/*
 * Replaces STAC and CLAC by NOPs when the processor has no SMAP. Boot CPU, once,
 * while the kernel's text is still writable and before any trap.
 */
void uaccess_init(void);

#endif
