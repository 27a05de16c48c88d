/*
 * Trap vector: whom the arch calls for what it cannot handle itself. The table
 * is filled once by kernel/init/main.c before interrupts are enabled.
 */
#ifndef KERNEL_CORE_TRAP_H
#define KERNEL_CORE_TRAP_H

#include "kernel/arch/trap.h"
#include "kernel/core/percpu.h"
#include "kernel/lib/types.h"

enum trap_cause {
	TRAP_CAUSE_PAGE_FAULT,
	TRAP_CAUSE_ILLEGAL_INSTRUCTION,
	TRAP_CAUSE_PROTECTION, /* an instruction or address that user mode may not use */
	TRAP_CAUSE_STACK,
	TRAP_CAUSE_DIVIDE,
	TRAP_CAUSE_OVERFLOW,
	TRAP_CAUSE_BOUND,
	TRAP_CAUSE_FLOATING_POINT,
	TRAP_CAUSE_ALIGNMENT,
	TRAP_CAUSE_BREAKPOINT,
	TRAP_CAUSE_SINGLE_STEP,
	TRAP_CAUSE_MACHINE_CHECK,
};

/* What user code did. */
struct trap_info {
	enum trap_cause cause;
	uint32_t vector;     /* the processor's number and code, for signal frames */
	uint64_t error_code; /* single step: the conditions in DR6 */
	vaddr_t addr;	     /* page fault: the address */
	uint32_t access;     /* page fault: enum fault_access */
	int err;	     /* page fault: what the page_fault hook said */
};

struct trap_hooks {
	/*
	 * A page fault at addr (enum fault_access bits). Returns 0 when it was
	 * resolved and the instruction can run again, else a negative error;
	 * the arch then tries the exception table, then panics or tells user_fault.
	 */
	int (*page_fault)(struct trap_frame *frame, vaddr_t addr, uint32_t access);
	/*
	 * An exception in user mode. Interrupts on; may sleep, may not return. False:
	 * the thread is no program's, which is a bug.
	 */
	bool (*user_fault)(struct trap_frame *frame, const struct trap_info *info);

	/* A system call. Interrupts on. */
	void (*syscall)(struct trap_frame *frame);

	/*
	 * On the way to user mode, when has_user_work() says so: interrupts on; may
	 * sleep, change the frame, or not return. True: the frame was changed
	 * beyond the result of a system call.
	 */
	bool (*has_user_work)(void); /* interrupts off */
	bool (*return_to_user)(struct trap_frame *frame);

	/*
	 * A bug in the kernel was met, interrupts being on. Whether this context
	 * works for a job, holds no lock and no processor state, so that it can be
	 * given up; and then doing so, with the job. Any context; interrupts on.
	 */
	bool (*can_contain)(void);
	void (*contain)(void); /* does not return */
};

/* What an interrupt on this CPU interrupted, while its handler runs. */
DECLARE_PER_CPU(const struct trap_frame *, trap_interrupted);

/* NULL members mean: nobody, so a fault is the kernel's own and fatal. */
extern struct trap_hooks trap_hooks;

#endif
