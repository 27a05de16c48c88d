/*
 * Translation caches (Intel SDM volume 3A, 4.10).
 *
 * Dropping everything costs every later access a walk, dropping one page costs
 * one instruction: ranges up to a limit go page by page. All-at-once has to drop
 * global translations too, for the kernel's are; toggling CR4.PGE does that.
 */
#include "kernel/arch/mmu.h"
#include "kernel/arch/x86_64/regs.h"
#include "kernel/core/percpu.h"
#include "kernel/core/preempt.h"
#include "kernel/core/smp_call.h"

/* About what a full flush and the walks after it cost. */
#define SINGLE_PAGES_MAX 32

struct flush_range {
	vaddr_t va;
	uint64_t len;
};

void arch_tlb_flush_local_all(void)
{
	irqflags_t flags = arch_irq_save();
	uint64_t cr4 = read_cr4();

	write_cr4(cr4 & ~(uint64_t)CR4_PGE);
	write_cr4(cr4);
	arch_irq_restore(flags);
}

void arch_tlb_flush_local(vaddr_t va, uint64_t len)
{
	vaddr_t first = va & PAGE_MASK;
	uint64_t pages;

	if (len == 0)
		return;
	pages = (va + len - 1 - first) / PAGE_SIZE + 1;
	if (pages > SINGLE_PAGES_MAX) {
		arch_tlb_flush_local_all();
		return;
	}
	for (uint64_t i = 0; i < pages; i++)
		invlpg(first + i * PAGE_SIZE);
}

static void flush_range_here(void *arg)
{
	const struct flush_range *range = arg;

	arch_tlb_flush_local(range->va, range->len);
}

/*
 * Own CPU and the others see the changed tables before the flush: the caller's
 * stores are ordered before the calls by the full barrier in smp_call.c.
 */
void arch_tlb_flush_kernel(vaddr_t va, uint64_t len)
{
	struct flush_range range = {.va = va, .len = len};

	/* A migration in between does no harm: the other CPU is then called. */
	if (cpu_online_count() == 1) {
		arch_tlb_flush_local(va, len);
		return;
	}
	preempt_disable();
	arch_tlb_flush_local(va, len);
	smp_call_others(flush_range_here, &range);
	preempt_enable();
}
