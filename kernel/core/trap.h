/*
 * Trap vector: whom the arch calls for what it cannot handle itself. The table
 * is filled once by kernel/init/main.c before interrupts are enabled.
 */
#ifndef KERNEL_CORE_TRAP_H
#define KERNEL_CORE_TRAP_H

#include "kernel/arch/trap.h"
#include "kernel/core/percpu.h"
#include "kernel/lib/types.h"

struct trap_hooks {
	/*
	 * A page fault at addr (enum fault_access bits). Returns 0 when it was
	 * resolved and the instruction can run again, else a negative error;
	 * the arch then tries the exception table, then panics or tells user_fault.
	 */
	int (*page_fault)(struct trap_frame *frame, vaddr_t addr, uint32_t access);
	/* An exception in user mode; vector and code are the arch's. */
	void (*user_fault)(struct trap_frame *frame, uint32_t vector, uint64_t code);
};

/* What an interrupt on this CPU interrupted, while its handler runs. */
DECLARE_PER_CPU(const struct trap_frame *, trap_interrupted);

/* NULL members mean: nobody, so a fault is the kernel's own and fatal. */
extern struct trap_hooks trap_hooks;

#endif
