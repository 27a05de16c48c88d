/*
 * x86-64's inline half of the arch interface; see kernel/arch/cpu.h for the
 * contract of each piece. Included only through kernel/arch/target.h.
 */
#ifndef KERNEL_ARCH_X86_64_TARGET_H
#define KERNEL_ARCH_X86_64_TARGET_H

#include <stdbool.h>

#include "kernel/arch/x86_64/io.h"
#include "kernel/arch/x86_64/layout.h"
#include "kernel/arch/x86_64/mmu_entry.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

/* Interrupt numbers are vectors; see kernel/arch/x86_64/apic.h for their use. */
#define ARCH_IRQ_COUNT 256
#define ARCH_IRQ_FIRST 48
#define ARCH_IRQ_LAST 239

#define ARCH_CACHE_LINE 64

#define RFLAGS_IF (1ul << 9)

/* Registers at a trap, in the order in which entry.S pushes them. */
struct trap_frame {
	uint64_t r15, r14, r13, r12, rbp, rbx;
	uint64_t r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	uint64_t vector;
	uint64_t error_code;
	/* Pushed by the processor. */
	uint64_t rip, cs, rflags, rsp, ss;
};

/*
 * System call number and arguments, by the x86-64 ABI. Message calls have two
 * arguments more, and eight words that pass from one frame to another.
 */
#define ARCH_SYSCALL_NUMBER(frame) ((frame)->rax)
#define ARCH_SYSCALL_ARG(frame, index)                                                             \
	((index) == 0	? (frame)->rdi                                                             \
	 : (index) == 1 ? (frame)->rsi                                                             \
	 : (index) == 2 ? (frame)->rdx                                                             \
	 : (index) == 3 ? (frame)->r10                                                             \
	 : (index) == 4 ? (frame)->r8                                                              \
	 : (index) == 5 ? (frame)->r9                                                              \
	 : (index) == 6 ? (frame)->r14                                                             \
			: (frame)->r15)
#define ARCH_SYSCALL_RESULT(frame) ((int64_t)(frame)->rax)
#define ARCH_SYSCALL_SET_RESULT(frame, result) ((frame)->rax = (uint64_t)(result))
/* Back to the SYSCALL instruction, of two bytes. */
#define ARCH_SYSCALL_RESTART(frame, number) ((frame)->rip -= 2, (frame)->rax = (number))
#define ARCH_SYSCALL_SET_MESSAGE(frame, badge, info) ((frame)->rdi = (badge), (frame)->rsi = (info))

static ALWAYS_INLINE void arch_user_copy_words(struct trap_frame *to, const struct trap_frame *from)
{
	to->rdx = from->rdx;
	to->r10 = from->r10;
	to->r8 = from->r8;
	to->r9 = from->r9;
	to->rbx = from->rbx;
	to->rbp = from->rbp;
	to->r12 = from->r12;
	to->r13 = from->r13;
}

/* The processor's part of a thread; owned by kernel/arch/x86_64/thread.c. */
struct arch_thread {
	vaddr_t sp;	   /* valid while the thread does not run */
	vaddr_t stack_top; /* what TSS.RSP0 holds while it runs */
	void *fpu;	   /* XSAVE area, NULL for kernel threads */
	uint64_t fs_base;  /* the two bases: only with fpu set */
	uint64_t user_gs_base;
};

static ALWAYS_INLINE void arch_irq_enable(void)
{
	__asm__ volatile("sti" ::: "memory");
}

static ALWAYS_INLINE void arch_irq_disable(void)
{
	__asm__ volatile("cli" ::: "memory");
}

static ALWAYS_INLINE irqflags_t arch_irq_flags(void)
{
	irqflags_t flags;

	__asm__ volatile("pushfq\n\tpopq %0" : "=r"(flags)::"memory");
	return flags;
}

static ALWAYS_INLINE bool arch_irqs_are_enabled(void)
{
	return (arch_irq_flags() & RFLAGS_IF) != 0;
}

static ALWAYS_INLINE irqflags_t arch_irq_save(void)
{
	irqflags_t flags = arch_irq_flags();

	arch_irq_disable();
	return flags;
}

static ALWAYS_INLINE void arch_irq_restore(irqflags_t flags)
{
	if (flags & RFLAGS_IF)
		arch_irq_enable();
}

static ALWAYS_INLINE void arch_cpu_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

/* STI takes effect after the next instruction, so no interrupt slips between. */
static ALWAYS_INLINE void arch_wait_for_interrupt(void)
{
	__asm__ volatile("sti\n\thlt" ::: "memory");
}

static ALWAYS_INLINE uint64_t arch_cycle_counter(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
}

/*
 * In the kernel the GS base holds this CPU's per-CPU offset, so that "gs:"
 * before the address of a per-CPU variable reaches this CPU's copy.
 */
extern uintptr_t percpu_self_offset;

#define ARCH_PERCPU_READ(var)                                                                      \
	({                                                                                         \
		__typeof__(var) percpu_value_;                                                     \
		__asm__ volatile("mov %%gs:%1, %0" : "=r"(percpu_value_) : "m"(var));              \
		percpu_value_;                                                                     \
	})

#define ARCH_PERCPU_WRITE(var, value)                                                              \
	do {                                                                                       \
		__typeof__(var) percpu_new_ = (value);                                             \
		__asm__ volatile("mov %1, %%gs:%0" : "=m"(var) : "r"(percpu_new_));                \
	} while (0)

#define ARCH_PERCPU_ADD(var, delta)                                                                \
	do {                                                                                       \
		__typeof__(var) percpu_delta_ = (__typeof__(var))(delta);                          \
		__asm__ volatile("add %1, %%gs:%0" : "+m"(var) : "r"(percpu_delta_) : "cc");       \
	} while (0)

static ALWAYS_INLINE uintptr_t arch_percpu_offset(void)
{
	return ARCH_PERCPU_READ(percpu_self_offset);
}

#endif
