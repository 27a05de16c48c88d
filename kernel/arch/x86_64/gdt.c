#include "kernel/arch/x86_64/gdt.h"

#include "kernel/arch/x86_64/layout.h"
#include "kernel/arch/x86_64/regs.h"

#define IST_STACK_SIZE 8192

/*
 * An IST stack's last 16 bytes lie above what the processor uses; the first
 * word there is the CPU's per-CPU offset, which is how entry.S finds the GS base
 * when it cannot trust the one that is loaded.
 */
struct ist_stack {
	uint8_t bytes[IST_STACK_SIZE - 16];
	uintptr_t percpu_offset;
	uint64_t reserved;
} ALIGNED(16);

struct PACKED gdt_pointer {
	uint16_t limit;
	uint64_t base;
};

enum {
	GDT_NULL,
	GDT_KERNEL_CODE,
	GDT_KERNEL_DATA,
	GDT_USER_CODE32,
	GDT_USER_DATA,
	GDT_USER_CODE,
	GDT_TSS,
	GDT_TSS_HIGH,
	GDT_COUNT,
};

static_assert(SEL_KERNEL_CODE == GDT_KERNEL_CODE * 8, "selector");
static_assert(SEL_KERNEL_DATA == GDT_KERNEL_DATA * 8, "selector");
static_assert(SEL_USER_CODE == GDT_USER_CODE * 8 + 3, "selector");
static_assert(SEL_USER_DATA == GDT_USER_DATA * 8 + 3, "selector");
static_assert(SEL_TSS == GDT_TSS * 8, "selector");

struct gdt {
	uint64_t entries[GDT_COUNT];
};

struct ist_stacks {
	struct ist_stack stack[IST_COUNT - 1];
};

DEFINE_PER_CPU(struct tss, cpu_tss);
static DEFINE_PER_CPU(struct gdt, cpu_gdt);
static DEFINE_PER_CPU(struct ist_stacks, cpu_ist_stacks);

/* Descriptors as in Intel SDM vol. 3A 3.4.5, accessed bit set beforehand. */
static void fill_gdt(struct gdt *gdt, const struct tss *tss)
{
	uint64_t base = (uint64_t)tss;

	gdt->entries[GDT_NULL] = 0;
	gdt->entries[GDT_KERNEL_CODE] = 0x00af9b000000ffff;
	gdt->entries[GDT_KERNEL_DATA] = 0x00cf93000000ffff;
	/* SYSRET needs its place (user.c), but there is no 32-bit code to jump to. */
	gdt->entries[GDT_USER_CODE32] = 0;
	gdt->entries[GDT_USER_DATA] = 0x00cff3000000ffff;
	gdt->entries[GDT_USER_CODE] = 0x00affb000000ffff;
	gdt->entries[GDT_TSS] = (sizeof(*tss) - 1) | (base & 0xffffff) << 16 | 0x89ull << 40 |
				((base >> 24) & 0xff) << 56;
	gdt->entries[GDT_TSS_HIGH] = base >> 32;
}

static void fill_tss(struct tss *tss, struct ist_stacks *stacks)
{
	for (unsigned i = 0; i < ARRAY_SIZE(stacks->stack); i++) {
		struct ist_stack *stack = &stacks->stack[i];

		stack->percpu_offset = arch_percpu_offset();
		tss->ist[i] = (uint64_t)&stack->percpu_offset;
	}
	/* Beyond the limit: no port is allowed to user mode. */
	tss->iomap_base = sizeof(*tss);
}

static void load_segments(const struct gdt_pointer *pointer)
{
	uint64_t gs_base = arch_percpu_offset();

	__asm__ volatile("lgdt %0\n\t"
			 "pushq %1\n\t"
			 "leaq 1f(%%rip), %%rax\n\t"
			 "pushq %%rax\n\t"
			 "lretq\n"
			 "1:\n\t"
			 "xorl %%eax, %%eax\n\t"
			 "movl %%eax, %%ss\n\t"
			 "movl %%eax, %%ds\n\t"
			 "movl %%eax, %%es\n\t"
			 "movl %%eax, %%fs\n\t"
			 "movl %%eax, %%gs\n\t"
			 :
			 : "m"(*pointer), "i"(SEL_KERNEL_CODE)
			 : "rax", "memory");
	write_msr(MSR_GS_BASE, gs_base);
}

void gdt_init_cpu(void)
{
	struct gdt *gdt = this_cpu_ptr(cpu_gdt);
	struct tss *tss = this_cpu_ptr(cpu_tss);
	struct gdt_pointer pointer = {.limit = sizeof(*gdt) - 1, .base = (uint64_t)gdt};

	fill_tss(tss, this_cpu_ptr(cpu_ist_stacks));
	fill_gdt(gdt, tss);
	load_segments(&pointer);
	__asm__ volatile("ltr %w0" ::"r"(SEL_TSS));
}
