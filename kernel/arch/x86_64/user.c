#include "kernel/arch/user.h"

#include "kernel/arch/x86_64/cpuid.h"
#include "kernel/arch/x86_64/fpu.h"
#include "kernel/arch/x86_64/frame.h"
#include "kernel/arch/x86_64/gdt.h"
#include "kernel/arch/x86_64/layout.h"
#include "kernel/arch/x86_64/regs.h"
#include "kernel/arch/x86_64/trap_impl.h"
#include "kernel/core/percpu.h"
#include "kernel/core/trap.h"
#include "kernel/lib/string.h"

/* Flags that SYSCALL clears: the entry relies on none of them. */
#define SYSCALL_FLAG_MASK (RFLAGS_IF | RFLAGS_TF | RFLAGS_DF | RFLAGS_NT | RFLAGS_AC | RFLAGS_RF)

/* getauxval(3): programs may use the instructions. */
#define HWCAP2_FSGSBASE (1u << 1)

/* Where syscall_entry.S puts the stack pointer for two instructions. */
uint64_t syscall_user_rsp SECTION(".bss.percpu");

void arch_user_init_cpu(void)
{
	/* SYSRET loads cs from the upper selector + 16 and ss from it + 8. */
	write_msr(MSR_STAR,
		  (uint64_t)(SEL_USER_CODE32 & ~3) << 48 | (uint64_t)SEL_KERNEL_CODE << 32);
	write_msr(MSR_LSTAR, (uint64_t)&syscall_entry);
	write_msr(MSR_CSTAR, (uint64_t)&syscall_entry_compat);
	write_msr(MSR_FMASK, SYSCALL_FLAG_MASK);
}

void arch_user_frame_init(struct trap_frame *frame, vaddr_t pc, vaddr_t sp)
{
	memset(frame, 0, sizeof(*frame));
	frame->vector = VECTOR_SYSCALL;
	frame->rip = pc;
	frame->cs = SEL_USER_CODE;
	frame->rflags = RFLAGS_IF | RFLAGS_FIXED;
	frame->rsp = sp;
	frame->ss = SEL_USER_DATA;
}

void arch_user_frame_set_args(struct trap_frame *frame, uint64_t first, uint64_t second,
			      uint64_t third)
{
	frame->rdi = first;
	frame->rsi = second;
	frame->rdx = third;
}

void arch_user_frame_set_stack(struct trap_frame *frame, vaddr_t sp)
{
	frame->rsp = sp;
}

void arch_user_frame_check(struct trap_frame *frame)
{
	frame->vector = VECTOR_CHANGED;
	frame->cs = SEL_USER_CODE;
	frame->ss = SEL_USER_DATA;
	frame->rflags = (frame->rflags & RFLAGS_USER) | RFLAGS_IF | RFLAGS_FIXED;
}

bool arch_user_frame_is_syscall(const struct trap_frame *frame)
{
	return frame->vector == VECTOR_SYSCALL;
}

struct trap_frame *arch_user_frame(const struct arch_thread *at)
{
	return (struct trap_frame *)at->stack_top - 1;
}

uint64_t arch_user_hwcap(void)
{
	return cpuid(1, 0).edx;
}

uint64_t arch_user_hwcap2(void)
{
	return cpu_features.has_fsgsbase ? HWCAP2_FSGSBASE : 0;
}

size_t arch_user_vector_size(void)
{
	return fpu_state_size();
}

void arch_user_enter(const struct trap_frame *frame)
{
	struct trap_frame copy = *frame;
	struct trap_frame *top;

	(void)trap_finish_user_work(&copy);
	trap_make_frame_safe(&copy);
	top = (struct trap_frame *)this_cpu_read(cpu_tss.rsp[0]) - 1;
	user_enter(top, &copy);
}
