/*
 * Starting the other CPUs.
 *
 * One at a time, by the caller. The page below 1 MiB and the hand-over below are
 * shared by all that are ever started, so a CPU that does not answer in time is
 * put back by another INIT: it must not wake up later and take what is meant for
 * the next one.
 *
 *	boot CPU			the other
 *	fill page, map it one to one
 *	INIT, start-up interrupt	real mode -> long mode -> ap_main
 *					set up itself; state = AP_ALIVE
 *	unmap the page; state = AP_SYNC
 *	compare TSCs			compare TSCs
 *					drop the page's translation; state = AP_DONE
 *	return 0			entry(cpu)
 */
#include "kernel/arch/smp.h"

#include "kernel/arch/clock.h"
#include "kernel/arch/mmu.h"
#include "kernel/arch/x86_64/apic.h"
#include "kernel/arch/x86_64/clock_impl.h"
#include "kernel/arch/x86_64/cpuid.h"
#include "kernel/arch/x86_64/gdt.h"
#include "kernel/arch/x86_64/idt.h"
#include "kernel/arch/x86_64/paging.h"
#include "kernel/arch/x86_64/platform.h"
#include "kernel/arch/x86_64/platform_impl.h"
#include "kernel/core/assert.h"
#include "kernel/core/percpu.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/page.h"

#define LOG_PREFIX "arch/smp: "
#include "kernel/core/log.h"

/* Real processors of the 1990s needed this long after INIT. */
#define INIT_DELAY_US 10000
#define STARTUP_RETRY_NS (NSEC_PER_MSEC * 2)
/* A virtual CPU may have to wait for a processor of a busy host. */
#define START_TIMEOUT_NS (NSEC_PER_SEC * 5)

enum ap_state {
	AP_IDLE,
	AP_ALIVE,
	AP_SYNC,
	AP_DONE,
};

/* The end of ap_boot.S. */
struct ap_boot_args {
	uint16_t gdt_limit;
	uint32_t gdt_base;
	uint16_t reserved0;
	uint32_t jump_offset;
	uint16_t jump_selector;
	uint16_t reserved1;
	uint64_t cr3;
	uint64_t stack_top;
	uint64_t percpu_offset;
	uint64_t entry;
} PACKED;

extern const uint8_t ap_boot_start[], ap_boot_args[], ap_boot_end[];

paddr_t smp_trampoline_page;

AFTER_BOOT_CONST static uint32_t apic_ids[MAX_CPUS];
AFTER_BOOT_CONST static uint32_t cpu_count;

/* For the CPU being started. */
static struct atomic32 ap_state;
static cpu_id_t ap_cpu;
static void (*ap_entry)(cpu_id_t cpu);

void smp_init(const struct madt *madt)
{
	uint32_t boot_id = apic_id_current();
	uint32_t skipped = 0;

	apic_ids[0] = boot_id;
	cpu_count = 1;
	for (uint32_t i = 0; madt && i < madt->cpu_count; i++) {
		const struct madt_cpu *cpu = &madt->cpus[i];

		if (!cpu->is_enabled || cpu->apic_id == boot_id)
			continue;
		/* Ids above 254 can be reached by x2APIC only. */
		if (cpu_count == MAX_CPUS || (!apic_is_x2apic() && cpu->apic_id > 254)) {
			skipped++;
			continue;
		}
		apic_ids[cpu_count++] = cpu->apic_id;
	}
	if (madt)
		skipped += madt->dropped_cpus;
	if (skipped)
		log_warn("%u CPUs cannot be used", skipped);
}

uint32_t smp_apic_id(cpu_id_t cpu)
{
	return apic_ids[cpu];
}

uint32_t arch_cpu_possible_count(void)
{
	return cpu_count;
}

/* Waits until the CPU being started has reached state. */
static int wait_state(enum ap_state state, ktime_t timeout)
{
	ktime_t limit = arch_clock_now() + timeout;

	/* Partner: the releases in set_state. */
	while (atomic32_load_acquire(&ap_state) < (uint32_t)state) {
		if (arch_clock_now() > limit)
			return -ETIMEDOUT;
		arch_cpu_relax();
	}
	return 0;
}

static void set_state(enum ap_state state)
{
	atomic32_store_release(&ap_state, state);
}

/* The first C code on another CPU, on its own stack and GS base. */
NORETURN static void ap_main(void)
{
	cpu_id_t cpu = ap_cpu;
	void (*entry)(cpu_id_t cpu) = ap_entry;

	gdt_init_cpu();
	idt_load();
	paging_init_cpu();
	cpu_init_control_registers();
	apic_init_cpu();
	apic_timer_init_cpu();
	set_state(AP_ALIVE);

	while (atomic32_load_acquire(&ap_state) != AP_SYNC)
		arch_cpu_relax();
	clock_sync_ap_side();
	arch_tlb_flush_local_all();
	set_state(AP_DONE);
	entry(cpu);
	arch_halt();
}

static void fill_page(vaddr_t stack_top, uintptr_t percpu_offset)
{
	uint8_t *page = paddr_to_vaddr(smp_trampoline_page);
	size_t len = (size_t)(ap_boot_end - ap_boot_start);
	struct ap_boot_args *args;

	ASSERT(len <= PAGE_SIZE);
	memcpy(page, ap_boot_start, len);
	args = (struct ap_boot_args *)(void *)(page + (ap_boot_args - ap_boot_start));
	args->gdt_base += (uint32_t)smp_trampoline_page;
	args->jump_offset += (uint32_t)smp_trampoline_page;
	args->cr3 = arch_mmu_kernel_root();
	args->stack_top = stack_top;
	args->percpu_offset = percpu_offset;
	args->entry = (uint64_t)ap_main;
}

/* The sequence of Intel SDM volume 3A, 8.4.4.1: INIT and one or two start-ups. */
static int send_start(uint32_t apic_id)
{
	apic_send_init(apic_id);
	if (!cpu_features.has_hypervisor)
		arch_delay_us(INIT_DELAY_US);
	apic_send_startup(apic_id, smp_trampoline_page);
	if (wait_state(AP_ALIVE, STARTUP_RETRY_NS) == 0)
		return 0;
	apic_send_startup(apic_id, smp_trampoline_page);
	return wait_state(AP_ALIVE, START_TIMEOUT_NS);
}

int arch_cpu_start(cpu_id_t cpu, vaddr_t stack_top, uintptr_t percpu_offset,
		   void (*entry)(cpu_id_t cpu))
{
	paddr_t root = arch_mmu_kernel_root();
	paddr_t page = smp_trampoline_page;
	int err;

	ASSERT(cpu > 0 && cpu < cpu_count);
	/* Real mode code loads 32 bits of CR3. */
	if (page == 0 || page >= MIB(1) || root >= GIB(4)) {
		log_err("no memory below 1 MiB to start a CPU in");
		return -ETIMEDOUT;
	}
	ap_cpu = cpu;
	ap_entry = entry;
	set_state(AP_IDLE);
	fill_page(stack_top, percpu_offset);
	if (arch_mmu_map(root, page, page, PAGE_SIZE, MMU_READ | MMU_EXEC) != 0) {
		log_err("no memory to map the start-up page");
		return -ETIMEDOUT;
	}

	err = send_start(apic_ids[cpu]);
	if (arch_mmu_unmap(root, page, PAGE_SIZE) != 0)
		log_warn("the start-up page stays mapped");
	arch_tlb_flush_local(page, PAGE_SIZE);
	if (!err) {
		set_state(AP_SYNC);
		err = clock_sync_boot_side();
	}
	if (!err)
		err = wait_state(AP_DONE, START_TIMEOUT_NS);
	if (err) {
		log_err("CPU %u (APIC id %u) does not start", cpu, apic_ids[cpu]);
		apic_send_init(apic_ids[cpu]);
	}
	return err;
}
