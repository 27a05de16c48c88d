/*
 * User mode: entering it, and reading what a program asked for.
 *
 * A user thread's registers in user mode are a struct trap_frame at the top of
 * its kernel stack, whether it came in by a system call or by a trap.
 */
#ifndef KERNEL_ARCH_USER_H
#define KERNEL_ARCH_USER_H

#include "kernel/arch/target.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

/* Registers for the start of a program: all zero but these; interrupts on. */
void arch_user_frame_init(struct trap_frame *frame, vaddr_t pc, vaddr_t sp);

/*
 * Leaves the kernel for the first time: the running thread, which must have FPU
 * state (arch_thread_fpu_init), goes on in user mode with the registers of frame.
 * What is on its kernel stack is forgotten. trap_hooks.return_to_user is called
 * first, as on every way out.
 */
NORETURN void arch_user_enter(const struct trap_frame *frame);

/* The frame at the top of a thread's kernel stack, for one that is in the kernel. */
struct trap_frame *arch_user_frame(const struct arch_thread *at);

static inline uint64_t arch_syscall_number(const struct trap_frame *frame)
{
	return ARCH_SYSCALL_NUMBER(frame);
}

/* index 0..5 */
static inline uint64_t arch_syscall_arg(const struct trap_frame *frame, uint32_t index)
{
	return ARCH_SYSCALL_ARG(frame, index);
}

static inline void arch_syscall_set_result(struct trap_frame *frame, int64_t result)
{
	ARCH_SYSCALL_SET_RESULT(frame, result);
}

/* Lets this CPU take system calls; each CPU once, after its tables are loaded. */
void arch_user_init_cpu(void);

#endif
