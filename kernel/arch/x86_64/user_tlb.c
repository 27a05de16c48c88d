/*
 * Which CPUs use which user page tables, and making them forget.
 *
 * A CPU that loads a root first enters itself in the root's set of CPUs; one that
 * leaves it takes itself out after it has loaded another. A CPU that runs a kernel
 * thread stays where it was: switching tables costs more than the flushes that it
 * may be asked for.
 *
 *	changing			loading
 *	store to the tables		enter the set
 *	fence				full barrier
 *	read the set			load the root (walks from here on)
 *
 * So either the one who changes finds the CPU in the set, or the CPU's walks find
 * the change. Loading CR3 drops all translations that are not global, and user
 * pages never are.
 */
#include "kernel/arch/mmu.h"
#include "kernel/arch/x86_64/regs.h"
#include "kernel/core/assert.h"
#include "kernel/core/percpu.h"
#include "kernel/core/preempt.h"
#include "kernel/core/smp_call.h"
#include "kernel/lib/bits.h"

/* About what a full flush and the walks after it cost. */
#define SINGLE_PAGES_MAX 32

static DEFINE_PER_CPU(struct mmu_space *, loaded_space);

static void enter(struct mmu_space *space, cpu_id_t cpu)
{
	/* A full barrier; its partner is the fence in arch_tlb_flush_user(). */
	(void)atomic64_fetch_or(&space->cpus[cpu / 64], BIT(cpu % 64));
}

static void leave(struct mmu_space *space, cpu_id_t cpu)
{
	(void)atomic64_fetch_and(&space->cpus[cpu / 64], ~BIT(cpu % 64));
}

void arch_mmu_load(struct mmu_space *space)
{
	struct mmu_space *old = this_cpu_read(loaded_space);
	cpu_id_t cpu = cpu_current();

	if (old == space)
		return;
	enter(space, cpu);
	write_cr3(space->root);
	this_cpu_write(loaded_space, space);
	if (old)
		leave(old, cpu);
}

bool arch_mmu_unload(struct mmu_space *space)
{
	if (this_cpu_read(loaded_space) != space)
		return false;
	write_cr3(arch_mmu_kernel_root());
	this_cpu_write(loaded_space, NULL);
	leave(space, cpu_current());
	return true;
}

static void flush_here(void *arg)
{
	const struct mmu_range *range = arg;
	uint64_t pages = (range->end - range->start) >> PAGE_SHIFT;

	if (pages > SINGLE_PAGES_MAX) {
		write_cr3(read_cr3());
		return;
	}
	for (vaddr_t va = range->start; va < range->end; va += PAGE_SIZE)
		invlpg(va);
}

void arch_tlb_flush_user(struct mmu_space *space, vaddr_t start, vaddr_t end)
{
	struct mmu_range range = {.start = start, .end = end};
	uint64_t others[MMU_CPU_WORDS];
	uint64_t any = 0;
	cpu_id_t self;

	/* The change before the set: partner of the barrier in enter(). */
	atomic_fence();
	preempt_disable();
	self = cpu_current();
	for (uint32_t i = 0; i < MMU_CPU_WORDS; i++) {
		others[i] = atomic64_load(&space->cpus[i]);
		if (i == self / 64 && (others[i] & BIT(self % 64))) {
			flush_here(&range);
			others[i] &= ~BIT(self % 64);
		}
		any |= others[i];
	}
	if (any)
		smp_call_mask(others, flush_here, &range);
	preempt_enable();
}
