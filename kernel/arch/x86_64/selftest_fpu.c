/*
 * Self-test of the FPU state: two threads of the arch's own, without the
 * scheduler, that hand this CPU to each other with all registers filled.
 */
#include "kernel/arch/thread.h"
#include "kernel/arch/x86_64/fpu.h"
#include "kernel/core/percpu.h"
#include "kernel/core/preempt.h"
#include "kernel/core/selftest.h"
#include "kernel/lib/string.h"
#include "kernel/mm/slab.h"

#define STACK_SIZE 16384
#define ROUNDS 6
#define XCR0_AVX (1u << 2)
#define XCR0_ZMM (1u << 6)
#define VECTOR_COUNT 16
#define MXCSR_DEFAULT 0x1f80u
#define MXCSR_ROUND_SHIFT 13

/* Wide enough for a ZMM register each. */
struct vectors {
	uint8_t bytes[VECTOR_COUNT * 64] ALIGNED(64);
};

struct fpu_party {
	struct arch_thread at;
	void *stack;
	struct fpu_party *other;
	struct vectors wanted;
	struct vectors found;
	uint32_t mxcsr;
	uint32_t mismatches;
	uint64_t fs_base;
	bool was_clean; /* its first look at the registers showed nothing of the other's */
};

static struct arch_thread test_thread;
static struct fpu_party *parties;

#define EACH_VECTOR(op, reg)                                                                       \
	op(reg, 0) op(reg, 1) op(reg, 2) op(reg, 3) op(reg, 4) op(reg, 5) op(reg, 6) op(reg, 7)    \
		op(reg, 8) op(reg, 9) op(reg, 10) op(reg, 11) op(reg, 12) op(reg, 13) op(reg, 14)  \
			op(reg, 15)
#define LOAD_SSE(reg, n) "movups 64*" #n "(%0), %%xmm" #n "\n\t"
#define STORE_SSE(reg, n) "movups %%xmm" #n ", 64*" #n "(%0)\n\t"
#define LOAD_AVX(reg, n) "vmovdqu 64*" #n "(%0), %%ymm" #n "\n\t"
#define STORE_AVX(reg, n) "vmovdqu %%ymm" #n ", 64*" #n "(%0)\n\t"
#define LOAD_512(reg, n) "vmovdqu64 64*" #n "(%0), %%zmm" #n "\n\t"
#define STORE_512(reg, n) "vmovdqu64 %%zmm" #n ", 64*" #n "(%0)\n\t"

static size_t vector_size(void)
{
	if (fpu_components() & XCR0_ZMM)
		return 64;
	return fpu_components() & XCR0_AVX ? 32 : 16;
}

static void load_registers(const struct vectors *from)
{
	switch (vector_size()) {
	case 64:
		__asm__ volatile(EACH_VECTOR(LOAD_512, _)::"r"(from) : "memory");
		break;
	case 32:
		__asm__ volatile(EACH_VECTOR(LOAD_AVX, _)::"r"(from) : "memory");
		break;
	default:
		__asm__ volatile(EACH_VECTOR(LOAD_SSE, _)::"r"(from) : "memory");
		break;
	}
}

static void store_registers(struct vectors *to)
{
	switch (vector_size()) {
	case 64:
		__asm__ volatile(EACH_VECTOR(STORE_512, _)::"r"(to) : "memory");
		break;
	case 32:
		__asm__ volatile(EACH_VECTOR(STORE_AVX, _)::"r"(to) : "memory");
		break;
	default:
		__asm__ volatile(EACH_VECTOR(STORE_SSE, _)::"r"(to) : "memory");
		break;
	}
}

static uint32_t count_differences(const struct vectors *a, const struct vectors *b)
{
	uint32_t count = 0;

	for (size_t i = 0; i < VECTOR_COUNT; i++) {
		if (memcmp(a->bytes + i * 64, b->bytes + i * 64, vector_size()) != 0)
			count++;
	}
	return count;
}

static void party_main(void *arg)
{
	struct fpu_party *self = arg;
	static const struct vectors zeros;
	uint32_t mxcsr;

	store_registers(&self->found);
	__asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
	self->was_clean = count_differences(&zeros, &self->found) == 0 && mxcsr == MXCSR_DEFAULT;

	load_registers(&self->wanted);
	__asm__ volatile("ldmxcsr %0" ::"m"(self->mxcsr));
	for (int round = 0; round < ROUNDS; round++) {
		arch_thread_switch(&self->at, &self->other->at);
		store_registers(&self->found);
		__asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
		self->mismatches += count_differences(&self->wanted, &self->found);
		self->mismatches += mxcsr != self->mxcsr;
		self->mismatches += self->at.fs_base != self->fs_base;
	}
	/* The first to be through ends the test; nobody comes back here. */
	arch_thread_switch(&self->at, &test_thread);
	for (;;)
		arch_cpu_relax();
}

static bool prepare(struct fpu_party *party, struct fpu_party *other, uint8_t seed)
{
	party->other = other;
	party->mxcsr = MXCSR_DEFAULT | (uint32_t)(seed & 3) << MXCSR_ROUND_SHIFT;
	for (size_t i = 0; i < sizeof(party->wanted.bytes); i++)
		party->wanted.bytes[i] = (uint8_t)(seed + i * 11);
	party->stack = kmem_alloc(STACK_SIZE);
	if (!party->stack)
		return false;
	arch_thread_init(&party->at, (vaddr_t)party->stack + STACK_SIZE, party_main, party);
	if (arch_thread_fpu_init(&party->at) != 0)
		return false;
	party->fs_base = seed * 0x1000ull;
	party->at.fs_base = party->fs_base;
	return true;
}

static void check_party(const struct fpu_party *party)
{
	SELFTEST_CHECK(party->was_clean);
	SELFTEST_CHECK_EQ(party->mismatches, 0);
}

/* Whatever part of it prepare() got. */
static void clean_up(struct fpu_party *party)
{
	arch_thread_fini(&party->at);
	kmem_free(party->stack, STACK_SIZE);
}

SELFTEST(fpu_state, "fpu.state", "vector registers, MXCSR and FS base stay a thread's own")
{
	irqflags_t flags;

	parties = kmem_zalloc(2 * sizeof(*parties));
	SELFTEST_REQUIRE(parties);
	if (prepare(&parties[0], &parties[1], 1) && prepare(&parties[1], &parties[0], 2)) {
		preempt_disable();
		flags = arch_irq_save();
		arch_thread_switch(&test_thread, &parties[0].at);
		arch_irq_restore(flags);
		preempt_enable();
		check_party(&parties[0]);
		check_party(&parties[1]);
	} else {
		selftest_fail(__FILE__, __LINE__, "no memory for two threads");
	}
	clean_up(&parties[0]);
	clean_up(&parties[1]);
	kmem_free(parties, 2 * sizeof(*parties));
}
