/*
 * Trap: what the processor reports, in words every architecture shares. The
 * handlers are reached through kernel/core/trap.h.
 */
#ifndef KERNEL_ARCH_TRAP_H
#define KERNEL_ARCH_TRAP_H

#include "kernel/arch/target.h"
#include "kernel/lib/types.h"

enum fault_access {
	FAULT_WRITE = 1u << 0,	 /* else read */
	FAULT_EXEC = 1u << 1,	 /* instruction fetch */
	FAULT_USER = 1u << 2,	 /* from user mode */
	FAULT_PRESENT = 1u << 3, /* protection violation, not a missing page */
};

vaddr_t trap_frame_pc(const struct trap_frame *frame);
/* For a frame on its way to user mode. */
void trap_frame_set_pc(struct trap_frame *frame, vaddr_t pc);
vaddr_t trap_frame_sp(const struct trap_frame *frame);
vaddr_t trap_frame_fp(const struct trap_frame *frame);
bool trap_frame_is_user(const struct trap_frame *frame);
/* Whether interrupts were on. */
bool trap_frame_had_irqs(const struct trap_frame *frame);

/* Prints all registers to the log at panic level, a few a line. */
void trap_frame_print(const struct trap_frame *frame);

/*
 * One step of a walk up the stack: *fp and *pc become the caller's. False at
 * the end, or when fp does not lie on a mapped kernel stack. Any context.
 */
bool arch_unwind_step(vaddr_t *fp, vaddr_t *pc);

#endif
