/*
 * Threads: the frame that switch.S leaves, and the state of the user half.
 *
 * A thread that has a user half is one that has FPU state. For the others a
 * switch is six pushes and pops. For a user thread three more things belong to
 * it: the vector registers (fpu.c), the stack on which traps from user mode
 * arrive, and the FS and GS bases, which a program can change without the kernel
 * when the processor has FSGSBASE, so they are read back on the way out. While
 * the kernel runs, the user's GS base is the one that SWAPGS would load.
 */
#include "kernel/arch/thread.h"

#include "kernel/arch/user.h"
#include "kernel/arch/x86_64/cpuid.h"
#include "kernel/arch/x86_64/fpu.h"
#include "kernel/arch/x86_64/gdt.h"
#include "kernel/arch/x86_64/regs.h"
#include "kernel/arch/x86_64/thread_impl.h"
#include "kernel/core/assert.h"
#include "kernel/core/percpu.h"
#include "kernel/lib/errno.h"

/* What switch_stack() pushes, lowest address first. */
struct switch_frame {
	uint64_t r15, r14, r13, r12, rbx, rbp;
	uint64_t rip;
};

/* What MSR_KERNEL_GS_BASE holds on this CPU while the kernel runs. */
static DEFINE_PER_CPU(uint64_t, loaded_user_gs);
/* The same for MSR_FS_BASE. */
static DEFINE_PER_CPU(uint64_t, loaded_fs);

void arch_thread_init(struct arch_thread *at, vaddr_t stack_top, void (*entry)(void *arg),
		      void *arg)
{
	struct switch_frame *frame;

	ASSERT(IS_ALIGNED(stack_top, 16));
	/* 16 bytes stay zero above the frame: aligned at the call, and an end to unwinding. */
	frame = (struct switch_frame *)(stack_top - 16) - 1;
	*frame = (struct switch_frame){
		.r12 = (uint64_t)entry,
		.r13 = (uint64_t)arg,
		.rip = (uint64_t)thread_first_return,
	};
	((uint64_t *)stack_top)[-1] = 0;
	((uint64_t *)stack_top)[-2] = 0;

	at->sp = (vaddr_t)frame;
	at->stack_top = stack_top;
	at->fpu = NULL;
	at->fs_base = 0;
	at->user_gs_base = 0;
}

/* With interrupts off and an NMI entry that trusts no GS base, SWAPGS twice is safe. */
static uint64_t read_user_gs(void)
{
	uint64_t base;

	__asm__ volatile("swapgs\n\t"
			 "rdgsbase %0\n\t"
			 "swapgs"
			 : "=r"(base)::"memory");
	return base;
}

static void write_user_gs(uint64_t base)
{
	if (cpu_features.has_fsgsbase)
		__asm__ volatile("swapgs\n\t"
				 "wrgsbase %0\n\t"
				 "swapgs" ::"r"(base)
				 : "memory");
	else
		write_msr(MSR_KERNEL_GS_BASE, base);
}

static void save_user_half(struct arch_thread *at)
{
	fpu_save(at);
	if (cpu_features.has_fsgsbase) {
		__asm__ volatile("rdfsbase %0" : "=r"(at->fs_base));
		at->user_gs_base = read_user_gs();
		this_cpu_write(loaded_fs, at->fs_base);
		this_cpu_write(loaded_user_gs, at->user_gs_base);
	}
}

static void load_fs(uint64_t base)
{
	if (cpu_features.has_fsgsbase)
		__asm__ volatile("wrfsbase %0" ::"r"(base));
	else
		write_msr(MSR_FS_BASE, base);
	this_cpu_write(loaded_fs, base);
}

static void load_user_half(struct arch_thread *at)
{
	fpu_restore(at);
	gdt_set_kernel_stack(at->stack_top);
	if (this_cpu_read(loaded_fs) != at->fs_base)
		load_fs(at->fs_base);
	if (this_cpu_read(loaded_user_gs) != at->user_gs_base) {
		write_user_gs(at->user_gs_base);
		this_cpu_write(loaded_user_gs, at->user_gs_base);
	}
}

int arch_user_init_tls(struct arch_thread *at, vaddr_t base)
{
	if (base >= ARCH_USER_END)
		return -EPERM;
	at->fs_base = base;
	return 0;
}

int arch_user_set_tls(struct arch_thread *self, vaddr_t base)
{
	irqflags_t flags;

	if (base >= ARCH_USER_END)
		return -EPERM;
	flags = arch_irq_save();
	self->fs_base = base;
	load_fs(base);
	arch_irq_restore(flags);
	return 0;
}

/* The program may have changed it without the kernel. */
vaddr_t arch_user_get_tls(const struct arch_thread *self)
{
	vaddr_t base = self->fs_base;

	if (cpu_features.has_fsgsbase)
		__asm__ volatile("rdfsbase %0" : "=r"(base));
	return base;
}

void arch_user_reset(struct arch_thread *self)
{
	irqflags_t flags = arch_irq_save();

	fpu_reset(self);
	self->fs_base = 0;
	self->user_gs_base = 0;
	load_fs(0);
	write_user_gs(0);
	this_cpu_write(loaded_user_gs, 0);
	arch_irq_restore(flags);
}

int arch_user_set_tls2(struct arch_thread *self, vaddr_t base)
{
	irqflags_t flags;

	if (base >= ARCH_USER_END)
		return -EPERM;
	flags = arch_irq_save();
	self->user_gs_base = base;
	write_user_gs(base);
	this_cpu_write(loaded_user_gs, base);
	arch_irq_restore(flags);
	return 0;
}

vaddr_t arch_user_get_tls2(const struct arch_thread *self)
{
	irqflags_t flags = arch_irq_save();
	vaddr_t base = cpu_features.has_fsgsbase ? read_user_gs() : self->user_gs_base;

	arch_irq_restore(flags);
	return base;
}

void arch_user_copy(struct arch_thread *to, struct arch_thread *self)
{
	irqflags_t flags = arch_irq_save();

	save_user_half(self);
	fpu_copy(to, self);
	to->fs_base = self->fs_base;
	to->user_gs_base = self->user_gs_base;
	arch_irq_restore(flags);
}

void arch_thread_switch(struct arch_thread *prev, struct arch_thread *next)
{
	if (prev->fpu)
		save_user_half(prev);
	if (next->fpu)
		load_user_half(next);
	switch_stack(&prev->sp, next->sp);
}

void arch_thread_saved_frame(const struct arch_thread *at, vaddr_t *fp, vaddr_t *pc)
{
	const struct switch_frame *frame = (const struct switch_frame *)at->sp;

	*fp = frame->rbp;
	*pc = frame->rip;
}
