/*
 * FPU state (Intel SDM volume 1, chapter 13).
 *
 * The kernel itself uses no floating-point or vector register, so a thread
 * without state (every kernel thread) leaves them alone, and what a user thread
 * had in them is still there when the same CPU comes back to it. A thread's
 * state is saved whenever it leaves a CPU, and loaded when it enters one,
 * unless both sides agree that it is there already:
 *
 *	CPU	fpu_owner	the state its registers hold
 *	state	cpu		the CPU that has it in its registers
 *
 * Either alone can be out of date: the thread may since have run elsewhere, or
 * the CPU may have loaded another's. A new or reset state names no CPU.
 *
 * The area has the standard format, not the compacted one: signal frames and
 * debuggers are given it as it is.
 */
#include "kernel/arch/x86_64/fpu.h"

#include "kernel/arch/thread.h"
#include "kernel/arch/user.h"
#include "kernel/arch/x86_64/cpuid.h"
#include "kernel/arch/x86_64/regs.h"
#include "kernel/core/assert.h"
#include "kernel/core/percpu.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

/* State components, numbers of bits in XCR0. AMX (17, 18) would cost 8 KiB a thread. */
#define XCR0_X87 (1u << 0)
#define XCR0_SSE (1u << 1)
#define XCR0_AVX (1u << 2)
#define XCR0_AVX512 (7u << 5)

#define FXSAVE_SIZE 512
#define FPU_AREA_ALIGN 64
#define FCW_INIT 0x37f	  /* all exceptions masked, 64-bit mantissa */
#define MXCSR_INIT 0x1f80 /* all exceptions masked, round to nearest */
#define MXCSR_MASK_DEFAULT 0xffbf
#define NO_CPU UINT32_MAX

/* The legacy region's first bytes, the same in FXSAVE and XSAVE. */
struct fxsave_head {
	uint16_t fcw;
	uint16_t fsw;
	uint32_t tags;
	uint64_t fip;
	uint64_t fdp;
	uint32_t mxcsr;
	uint32_t mxcsr_mask;
};

/* What arch_thread.fpu points to; the area follows. */
struct fpu_state {
	cpu_id_t cpu; /* whose registers hold this state, or NO_CPU */
	uint8_t area[] ALIGNED(FPU_AREA_ALIGN);
};

static DEFINE_PER_CPU(struct fpu_state *, fpu_owner);

AFTER_BOOT_CONST static uint64_t components;
AFTER_BOOT_CONST static uint32_t area_size;
AFTER_BOOT_CONST static uint32_t mxcsr_mask;
static struct kmem_cache fpu_cache;

static void write_xcr0(uint64_t value)
{
	__asm__ volatile("xsetbv" ::"c"(0), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

/* AVX-512 is one bit to programs, but three components; all or none. */
static uint64_t usable_components(void)
{
	struct cpuid_result r = cpuid(0xd, 0);
	uint64_t usable = r.eax & (XCR0_X87 | XCR0_SSE);

	if (cpu_features.has_avx && (r.eax & XCR0_AVX))
		usable |= XCR0_AVX;
	if (cpu_features.has_avx512 && (usable & XCR0_AVX) && (r.eax & XCR0_AVX512) == XCR0_AVX512)
		usable |= XCR0_AVX512;
	return usable;
}

/* The bits of MXCSR that exist; zero means those of the first processors with SSE. */
static uint32_t read_mxcsr_mask(void)
{
	static uint8_t area[FXSAVE_SIZE] ALIGNED(16); /* the boot stack may not be aligned */

	memset(area, 0, sizeof(area));
	__asm__ volatile("fxsave64 (%0)" ::"r"(area) : "memory");
	return ((struct fxsave_head *)(void *)area)->mxcsr_mask
		       ? ((struct fxsave_head *)(void *)area)->mxcsr_mask
		       : MXCSR_MASK_DEFAULT;
}

void fpu_init_cpu(void)
{
	bool is_first = area_size == 0;

	if (cpu_features.has_xsave) {
		if (is_first)
			components = usable_components();
		write_xcr0(components);
		/* The size for what XCR0 now enables. */
		if (is_first)
			area_size = cpuid(0xd, 0).ebx;
	} else if (is_first) {
		components = XCR0_X87 | XCR0_SSE;
		area_size = FXSAVE_SIZE;
	}
	__asm__ volatile("fninit");
	if (is_first)
		mxcsr_mask = read_mxcsr_mask();
}

void fpu_init(void)
{
	kmem_cache_init(&fpu_cache, "fpu_state", (uint32_t)sizeof(struct fpu_state) + area_size,
			FPU_AREA_ALIGN);
}

uint64_t fpu_components(void)
{
	return components;
}

size_t fpu_state_size(void)
{
	return area_size;
}

static void save_area(uint8_t *area)
{
	uint32_t lo = (uint32_t)components;
	uint32_t hi = (uint32_t)(components >> 32);

	if (cpu_features.has_xsaveopt)
		__asm__ volatile("xsaveopt64 (%0)" ::"r"(area), "a"(lo), "d"(hi) : "memory");
	else if (cpu_features.has_xsave)
		__asm__ volatile("xsave64 (%0)" ::"r"(area), "a"(lo), "d"(hi) : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" ::"r"(area) : "memory");
}

static void restore_area(const uint8_t *area)
{
	uint32_t lo = (uint32_t)components;
	uint32_t hi = (uint32_t)(components >> 32);

	if (cpu_features.has_xsave)
		__asm__ volatile("xrstor64 (%0)" ::"r"(area), "a"(lo), "d"(hi) : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" ::"r"(area) : "memory");
}

void fpu_save(struct arch_thread *at)
{
	struct fpu_state *fpu = at->fpu;

	save_area(fpu->area);
}

void fpu_restore(struct arch_thread *at)
{
	struct fpu_state *fpu = at->fpu;
	cpu_id_t cpu = cpu_current();

	if (this_cpu_read(fpu_owner) == fpu && fpu->cpu == cpu)
		return;
	restore_area(fpu->area);
	this_cpu_write(fpu_owner, fpu);
	fpu->cpu = cpu;
}

/* XSTATE_BV of zero: everything but MXCSR is loaded with its initial value. */
static void init_state(struct fpu_state *fpu)
{
	struct fxsave_head *head = (struct fxsave_head *)(void *)fpu->area;

	memset(fpu->area, 0, area_size);
	head->fcw = FCW_INIT;
	head->mxcsr = MXCSR_INIT;
	fpu->cpu = NO_CPU;
}

void fpu_reset(struct arch_thread *self)
{
	init_state(self->fpu);
	fpu_restore(self);
}

void fpu_copy(struct arch_thread *to, const struct arch_thread *from)
{
	const struct fpu_state *source = from->fpu;
	struct fpu_state *fpu = to->fpu;

	memcpy(fpu->area, source->area, area_size);
	fpu->cpu = NO_CPU;
}

/* --- For signal frames --- */

/* Behind the legacy region; the rest of its 64 bytes must be zero. */
struct xsave_head {
	uint64_t state_bv;
	uint64_t compact_bv;
	uint64_t reserved[6];
};

size_t arch_user_fpu_size(void)
{
	return area_size;
}

uint64_t arch_user_fpu_components(void)
{
	return components;
}

const void *arch_user_fpu_get(struct arch_thread *self)
{
	struct fpu_state *fpu = self->fpu;
	irqflags_t flags = arch_irq_save();

	/* Not XSAVEOPT: a program that looks expects to find every component. */
	if (cpu_features.has_xsave)
		__asm__ volatile("xsave64 (%0)" ::"r"(fpu->area), "a"((uint32_t)components),
				 "d"((uint32_t)(components >> 32))
				 : "memory");
	else
		save_area(fpu->area);
	arch_irq_restore(flags);
	return fpu->area;
}

/* What XRSTOR and FXRSTOR fault on: reserved bits of MXCSR and of the header. */
static void make_area_safe(uint8_t *area, size_t given)
{
	struct fxsave_head *head = (struct fxsave_head *)(void *)area;
	struct xsave_head *xsave = (struct xsave_head *)(void *)(area + FXSAVE_SIZE);

	head->mxcsr &= mxcsr_mask;
	if (area_size == FXSAVE_SIZE)
		return;
	*xsave = (struct xsave_head){
		.state_bv =
			given > FXSAVE_SIZE ? xsave->state_bv & components : XCR0_X87 | XCR0_SSE,
	};
}

void arch_user_fpu_set(struct arch_thread *self, const void *state, size_t size)
{
	struct fpu_state *fpu = self->fpu;
	irqflags_t flags = arch_irq_save();

	init_state(fpu);
	if (size > 0) {
		memcpy(fpu->area, state, MIN(size, (size_t)area_size));
		make_area_safe(fpu->area, size);
	}
	/* No CPU has it in its registers: they are loaded. */
	fpu_restore(self);
	arch_irq_restore(flags);
}

int arch_thread_fpu_init(struct arch_thread *at)
{
	struct fpu_state *fpu;

	ASSERT(!at->fpu);
	fpu = kmem_cache_zalloc(&fpu_cache);
	if (!fpu)
		return -ENOMEM;
	init_state(fpu);
	at->fs_base = 0;
	at->user_gs_base = 0;
	at->fpu = fpu;
	return 0;
}

void arch_thread_fini(struct arch_thread *at)
{
	if (!at->fpu)
		return;
	kmem_cache_free(&fpu_cache, at->fpu);
	at->fpu = NULL;
}
