/* Self-tests of cross-calls, TLB shootdown and inter-processor interrupts. */
#include "kernel/arch/irq.h"
#include "kernel/arch/mmu.h"
#include "kernel/core/percpu.h"
#include "kernel/core/preempt.h"
#include "kernel/core/selftest.h"
#include "kernel/core/smp_call.h"
#include "kernel/core/time.h"
#include "kernel/lib/atomic.h"
#include "kernel/mm/kmap.h"
#include "kernel/mm/page.h"

#define IPI_TIMEOUT_NS (NSEC_PER_SEC * 5)
#define CALL_ROUNDS 50

static uint32_t calls_on[MAX_CPUS];
static struct atomic32 bad_contexts;

static void count_call(void *arg)
{
	uint32_t step = *(const uint32_t *)arg;

	if (arch_irqs_are_enabled())
		atomic32_inc(&bad_contexts);
	calls_on[cpu_current()] += step;
}

static void clear_counts(void)
{
	for (cpu_id_t cpu = 0; cpu < MAX_CPUS; cpu++)
		calls_on[cpu] = 0;
	atomic32_store(&bad_contexts, 0);
}

SELFTEST(smp_call, "smp.call", "a cross-call runs once on each CPU asked and is over on return")
{
	uint32_t count = cpu_online_count();
	uint32_t step = 1;
	cpu_id_t self;

	clear_counts();
	preempt_disable();
	self = cpu_current();
	for (int i = 0; i < CALL_ROUNDS; i++)
		smp_call_others(count_call, &step);
	for (cpu_id_t cpu = 0; cpu < count; cpu++)
		SELFTEST_CHECK_EQ(calls_on[cpu], cpu == self ? 0 : CALL_ROUNDS);

	step = 1000;
	for (cpu_id_t cpu = 0; cpu < count; cpu++) {
		smp_call_cpu(cpu, count_call, &step);
		SELFTEST_CHECK_EQ(calls_on[cpu], 1000 + (cpu == self ? 0 : CALL_ROUNDS));
	}
	preempt_enable();
	SELFTEST_CHECK_EQ(atomic32_load(&bad_contexts), 0);
}

struct tlb_probe {
	const volatile uint64_t *word;
	uint64_t seen;
};

static void read_word(void *arg)
{
	struct tlb_probe *probe = arg;

	probe->seen = *probe->word;
}

/* Every CPU reads the word, so that its TLB knows the page, and must see value. */
static void check_all_see(struct tlb_probe *probe, uint64_t value)
{
	for (cpu_id_t cpu = 0; cpu < cpu_online_count(); cpu++) {
		probe->seen = 0;
		smp_call_cpu(cpu, read_word, probe);
		SELFTEST_CHECK_EQ(probe->seen, value);
	}
}

static int remap(vaddr_t va, paddr_t to)
{
	paddr_t root = arch_mmu_kernel_root();
	int err = arch_mmu_unmap(root, va, PAGE_SIZE);

	if (!err)
		err = arch_mmu_map(root, va, to, PAGE_SIZE, MMU_WRITE | MMU_GLOBAL);
	arch_tlb_flush_kernel(va, PAGE_SIZE);
	return err;
}

SELFTEST(smp_tlb, "smp.tlb", "a kernel page mapped anew on one CPU is seen anew by all CPUs")
{
	uint64_t *area = kmap_alloc_pages(PAGE_SIZE, KMAP_ZERO);
	struct page *other = page_alloc(0, PAGE_ALLOC_ZERO);
	struct mmu_mapping first;
	struct tlb_probe probe;

	SELFTEST_REQUIRE(area && other);
	SELFTEST_REQUIRE(arch_mmu_query(arch_mmu_kernel_root(), (vaddr_t)area, &first) == 0);
	*area = 1111;
	*(uint64_t *)page_vaddr(other) = 2222;
	probe.word = area;

	check_all_see(&probe, 1111);
	/* The range is this test's alone and its tables exist: only leaves change. */
	SELFTEST_CHECK_EQ(remap((vaddr_t)area, page_to_paddr(other)), 0);
	check_all_see(&probe, 2222);
	SELFTEST_CHECK_EQ(remap((vaddr_t)area, first.paddr & PAGE_MASK), 0);
	check_all_see(&probe, 1111);

	kmap_free(area);
	page_free(other, 0);
}

SELFTEST(irq_ipi, "irq.ipi", "a reschedule interrupt sent to this CPU arrives and asks for one")
{
	irqflags_t flags;
	ktime_t limit;
	bool arrived;

	preempt_disable();
	flags = arch_irq_save();
	this_cpu_write(preempt_need_resched, 0);
	arch_ipi_send(cpu_current(), IPI_RESCHEDULE);
	SELFTEST_CHECK(!this_cpu_read(preempt_need_resched));
	arch_irq_restore(flags);

	limit = time_now() + IPI_TIMEOUT_NS;
	do {
		arrived = this_cpu_read(preempt_need_resched) != 0;
	} while (!arrived && time_now() < limit);
	SELFTEST_CHECK(arrived);
	preempt_enable();
}
