/* Between entry.S, uaccess.S and the C side of traps. */
#ifndef KERNEL_ARCH_X86_64_TRAP_IMPL_H
#define KERNEL_ARCH_X86_64_TRAP_IMPL_H

#include <stdbool.h>

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
 * Calls the hooks until there is nothing left to do before user mode. Returns
 * with interrupts off; true if the frame was changed.
 */
bool trap_finish_user_work(struct trap_frame *frame);

/* In syscall_entry.S: leaves for user mode with a frame copied to the stack's top. */
NORETURN void user_enter(struct trap_frame *top, const struct trap_frame *from);
void syscall_entry(void);

/*
 * Replaces STAC and CLAC by NOPs when the processor has no SMAP. Boot CPU, once,
 * while the kernel's text is still writable and before any trap.
 */
void uaccess_init(void);

#endif
