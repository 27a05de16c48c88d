/*
 * User mode: entering it, and reading what a program asked for.
 *
 * A user thread's registers in user mode are a struct trap_frame at the top of
 * its kernel stack, whether it came in by a system call or by a trap.
 */
#ifndef KERNEL_ARCH_USER_H
#define KERNEL_ARCH_USER_H

#include <stddef.h>

#include <stddef.h>

#include "kernel/arch/target.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

/* Registers for the start of a program: all zero but these; interrupts on. */
void arch_user_frame_init(struct trap_frame *frame, vaddr_t pc, vaddr_t sp);

/* What the program finds as the first three arguments of its first function. */
void arch_user_frame_set_args(struct trap_frame *frame, uint64_t first, uint64_t second,
			      uint64_t third);

/* Another stack pointer than the one of the frame that this one is a copy of. */
void arch_user_frame_set_stack(struct trap_frame *frame, vaddr_t sp);

/*
 * Leaves the kernel for the first time: the running thread, which must have FPU
 * state (arch_thread_fpu_init), goes on in user mode with the registers of frame.
 * What is on its kernel stack is forgotten. trap_hooks.return_to_user is called
 * first, as on every way out.
 */
NORETURN void arch_user_enter(const struct trap_frame *frame);

/*
 * For whoever lets a program choose registers (a signal's return, a debugger): takes
 * back what is not the program's to choose, and sees to it that all registers are
 * restored, which the usual way out of a system call does not.
 */
void arch_user_frame_check(struct trap_frame *frame);

/*
 * The thread pointer (x86-64: the FS base): of a thread that does not run, and of the
 * running one. A base in the kernel half is -EPERM.
 */
MUST_CHECK int arch_user_init_tls(struct arch_thread *at, vaddr_t base);
MUST_CHECK int arch_user_set_tls(struct arch_thread *self, vaddr_t base);
vaddr_t arch_user_get_tls(const struct arch_thread *self);

/* The same for the second one that a program may use (x86-64: the GS base). */
MUST_CHECK int arch_user_set_tls2(struct arch_thread *self, vaddr_t base);
vaddr_t arch_user_get_tls2(const struct arch_thread *self);

/*
 * For an exec: the running thread's vector registers and thread pointers become those
 * of a new thread.
 */
void arch_user_reset(struct arch_thread *self);

/*
 * For a fork: the vector registers and thread pointers of a thread that does not run
 * become those of the running one.
 */
void arch_user_copy(struct arch_thread *to, struct arch_thread *self);

/* Features that programs are told of at their start (x86-64: CPUID 1 EDX, and HWCAP2). */
uint64_t arch_user_hwcap(void);
uint64_t arch_user_hwcap2(void);
/* Bytes of vector state that a signal's frame has to hold. */
size_t arch_user_vector_size(void);

/*
 * The running thread's floating-point and vector state as a signal's frame and a
 * debugger have it (x86-64: XSAVE's standard format, FXSAVE's without it): how many
 * bytes, which components (XCR0), and the state itself, valid until the thread is in
 * user mode again.
 */
size_t arch_user_fpu_size(void);
uint64_t arch_user_fpu_components(void);
const void *arch_user_fpu_get(struct arch_thread *self);
/*
 * The same in the other direction, for bytes that a program chose: what the processor
 * would refuse is taken out. size: all of it, or the first 512 bytes only, then the
 * rest becomes what a new thread has; 0: all does.
 */
void arch_user_fpu_set(struct arch_thread *self, const void *state, size_t size);

/* Whether the frame is that of a system call, with its result and nothing else changed. */
bool arch_user_frame_is_syscall(const struct trap_frame *frame);

/* The frame at the top of a thread's kernel stack, for one that is in the kernel. */
struct trap_frame *arch_user_frame(const struct arch_thread *at);

static inline uint64_t arch_syscall_number(const struct trap_frame *frame)
{
	return ARCH_SYSCALL_NUMBER(frame);
}

/* index 0..5; 6 and 7 for message calls only */
static inline uint64_t arch_syscall_arg(const struct trap_frame *frame, uint32_t index)
{
	return ARCH_SYSCALL_ARG(frame, index);
}

static inline void arch_syscall_set_result(struct trap_frame *frame, int64_t result)
{
	ARCH_SYSCALL_SET_RESULT(frame, result);
}

static inline int64_t arch_syscall_result(const struct trap_frame *frame)
{
	return ARCH_SYSCALL_RESULT(frame);
}

/*
 * The program makes a system call again when it goes on, with the same arguments; number
 * is the one it made or another. Before the result is set or after; once for a call.
 */
static inline void arch_syscall_restart(struct trap_frame *frame, uint64_t number)
{
	ARCH_SYSCALL_RESTART(frame, number);
}

/* Besides the result: what came with a message. */
static inline void arch_syscall_set_message(struct trap_frame *frame, uint64_t badge, uint64_t info)
{
	ARCH_SYSCALL_SET_MESSAGE(frame, badge, info);
}

/*
 * In target.h, for kernel/ipc: the eight words of a message, from one thread's
 * frame to another's.
 *
 *	void arch_user_copy_words(struct trap_frame *to, const struct trap_frame *from)
 */

/* Lets this CPU take system calls; each CPU once, after its tables are loaded. */
void arch_user_init_cpu(void);

#endif
