/*
 * Local APIC (Intel SDM volume 3A, chapter 11).
 *
 * Every CPU has one at the same address or, in x2APIC mode, behind the same
 * MSRs. x2APIC is used when the processor has it: an MSR access is cheaper than
 * an uncached one, and a send is one write that needs no waiting.
 *
 * The one-shot timer is the TSC deadline when there is one: armed by one MSR
 * write, exact in the clock's own unit. Otherwise it counts down at a rate that
 * is measured once against the clock; a deadline too far for its 32 bits fires
 * early, and the timer code arms it again for the rest.
 */
#include "kernel/arch/x86_64/apic.h"

#include "kernel/arch/clock.h"
#include "kernel/arch/io.h"
#include "kernel/arch/irq.h"
#include "kernel/arch/x86_64/clock_impl.h"
#include "kernel/arch/x86_64/cpuid.h"
#include "kernel/arch/x86_64/platform_impl.h"
#include "kernel/arch/x86_64/regs.h"
#include "kernel/core/panic.h"
#include "kernel/core/percpu.h"
#include "kernel/core/preempt.h"
#include "kernel/core/smp_call.h"
#include "kernel/core/timer.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/div.h"
#include "kernel/mm/kmap.h"

#define LOG_PREFIX "arch/apic: "
#include "kernel/core/log.h"

/* Offsets in the register page; the MSR is MSR_X2APIC_BASE + offset / 16. */
#define APIC_ID 0x20
#define APIC_VERSION 0x30
#define APIC_TPR 0x80
#define APIC_EOI 0xb0
#define APIC_SVR 0xf0
#define APIC_ESR 0x280
#define APIC_ICR 0x300
#define APIC_ICR_HIGH 0x310
#define APIC_LVT_TIMER 0x320
#define APIC_LVT_THERMAL 0x330
#define APIC_LVT_PERF 0x340
#define APIC_LVT_LINT0 0x350
#define APIC_LVT_LINT1 0x360
#define APIC_LVT_ERROR 0x370
#define APIC_TIMER_INITIAL 0x380
#define APIC_TIMER_CURRENT 0x390
#define APIC_TIMER_DIVIDE 0x3e0

#define APIC_BASE_X2APIC (1u << 10)
#define APIC_BASE_ENABLE (1u << 11)
#define APIC_BASE_ADDR_MASK 0xffffff000ull

#define SVR_ENABLE (1u << 8)
#define LVT_MASKED (1u << 16)
#define LVT_TIMER_DEADLINE (2u << 17)
#define LVT_NMI (4u << 8)
#define LVT_EXTINT (7u << 8)

#define ICR_NMI (4u << 8)
#define ICR_INIT (5u << 8)
#define ICR_STARTUP (6u << 8)
#define ICR_PENDING (1u << 12)
#define ICR_ASSERT (1u << 14)
#define ICR_PENDING_MAX_POLLS 100000

#define TIMER_DIVIDE_BY_16 3u
#define SAMPLE_TRIES 6
#define CALIBRATION_MIN_NS 500000

static const uint8_t ipi_vectors[IPI_COUNT] = {
	[IPI_RESCHEDULE] = VECTOR_RESCHEDULE,
	[IPI_CALL] = VECTOR_CALL,
};

AFTER_BOOT_CONST static bool is_x2apic;
AFTER_BOOT_CONST static volatile uint8_t *registers;
AFTER_BOOT_CONST static bool is_deadline;
/* Timer ticks a nanosecond, times 2^32. */
AFTER_BOOT_CONST static uint64_t ticks_per_ns;

static bool stop_requested;
static struct atomic64 error_count;

/* Whether the one-shot timer may fire; spares the write that disarms it twice. */
static DEFINE_PER_CPU(uint8_t, is_armed);

static uint32_t apic_read(uint32_t reg)
{
	if (is_x2apic)
		return (uint32_t)read_msr(MSR_X2APIC_BASE + reg / 16);
	return mmio_read32(registers + reg);
}

static void apic_write(uint32_t reg, uint32_t value)
{
	if (is_x2apic)
		write_msr(MSR_X2APIC_BASE + reg / 16, value);
	else
		mmio_write32(registers + reg, value);
}

uint32_t apic_id_current(void)
{
	uint32_t id = apic_read(APIC_ID);

	return is_x2apic ? id : id >> 24;
}

/* A command to one CPU. Interrupts may be on: the two halves are kept together here. */
static void send_command(uint32_t apic_id, uint32_t command)
{
	irqflags_t flags;

	if (is_x2apic) {
		/* Unlike a memory-mapped write this MSR write is not serialising (11.12.3). */
		__asm__ volatile("mfence\n\tlfence" ::: "memory");
		write_msr(MSR_X2APIC_BASE + APIC_ICR / 16, (uint64_t)apic_id << 32 | command);
		return;
	}
	flags = arch_irq_save();
	for (int i = 0; i < ICR_PENDING_MAX_POLLS; i++) {
		if (!(apic_read(APIC_ICR) & ICR_PENDING))
			break;
		arch_cpu_relax();
	}
	apic_write(APIC_ICR_HIGH, apic_id << 24);
	apic_write(APIC_ICR, command);
	arch_irq_restore(flags);
}

void arch_irq_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

void arch_ipi_send(cpu_id_t cpu, enum ipi ipi)
{
	send_command(smp_apic_id(cpu), ICR_ASSERT | ipi_vectors[ipi]);
}

void apic_send_init(uint32_t apic_id)
{
	send_command(apic_id, ICR_INIT | ICR_ASSERT);
}

void apic_send_startup(uint32_t apic_id, paddr_t page)
{
	send_command(apic_id, ICR_STARTUP | ICR_ASSERT | (uint32_t)(page >> PAGE_SHIFT));
}

/*
 * One by one and only those that run the kernel: an NMI to a CPU in its start-up
 * code, which has no interrupt table yet, would reset the machine before the
 * report is out.
 */
void arch_stop_other_cpus(void)
{
	uint32_t count = cpu_online_count();
	cpu_id_t self = cpu_current();

	/* Partner: the acquire in apic_nmi_check_stop. */
	store_release(&stop_requested, true);
	if (!registers && !is_x2apic)
		return;
	for (cpu_id_t cpu = 0; cpu < count; cpu++) {
		if (cpu != self)
			send_command(smp_apic_id(cpu), ICR_NMI | ICR_ASSERT);
	}
}

void apic_send_nmi(cpu_id_t cpu)
{
	send_command(smp_apic_id(cpu), ICR_NMI | ICR_ASSERT);
}

void apic_nmi_check_stop(void)
{
	if (load_acquire(&stop_requested))
		arch_halt();
}

static void handle_error(void)
{
	uint32_t status;

	/* The write makes the register show what happened since the last one. */
	apic_write(APIC_ESR, 0);
	status = apic_read(APIC_ESR);
	if (atomic64_fetch_add(&error_count, 1) < 8)
		log_warn("error interrupt on CPU %u, status 0x%x", cpu_current(), status);
}

void apic_interrupt(uint32_t vector)
{
	/* A spurious interrupt is none: it must not be answered. */
	if (vector == VECTOR_SPURIOUS)
		return;

	arch_irq_eoi();
	switch (vector) {
	case VECTOR_TIMER:
		this_cpu_write(is_armed, 0);
		timer_interrupt();
		break;
	case VECTOR_RESCHEDULE:
		this_cpu_write(preempt_need_resched, 1);
		break;
	case VECTOR_CALL:
		smp_call_interrupt();
		break;
	case VECTOR_ERROR:
		handle_error();
		break;
	default:
		log_warn("unexpected interrupt %u on CPU %u", vector, cpu_current());
		break;
	}
}

/* Every source masked but errors and the NMI pin, then on. */
static void enable_this_cpu(void)
{
	uint32_t lvt_max = apic_read(APIC_VERSION) >> 16 & 255;

	apic_write(APIC_TPR, 0);
	apic_write(APIC_LVT_TIMER, LVT_MASKED | VECTOR_TIMER);
	if (lvt_max >= 4)
		apic_write(APIC_LVT_PERF, LVT_MASKED);
	if (lvt_max >= 5)
		apic_write(APIC_LVT_THERMAL, LVT_MASKED);
	apic_write(APIC_LVT_LINT0, LVT_MASKED | LVT_EXTINT);
	apic_write(APIC_LVT_LINT1, LVT_NMI);
	apic_write(APIC_LVT_ERROR, VECTOR_ERROR);
	apic_write(APIC_SVR, SVR_ENABLE | VECTOR_SPURIOUS);
	apic_write(APIC_ESR, 0);
	/* What the firmware left in service would block everything below it. */
	arch_irq_eoi();
}

void apic_accept_8259(void)
{
	apic_write(APIC_LVT_LINT0, LVT_EXTINT);
}

void apic_init_cpu(void)
{
	uint64_t base = read_msr(MSR_APIC_BASE);

	/* The mode may only be raised one step at a time (11.12.1). */
	if (!(base & APIC_BASE_ENABLE)) {
		base |= APIC_BASE_ENABLE;
		write_msr(MSR_APIC_BASE, base);
	}
	if (is_x2apic && !(base & APIC_BASE_X2APIC))
		write_msr(MSR_APIC_BASE, base | APIC_BASE_X2APIC);
	enable_this_cpu();
}

void apic_init(paddr_t paddr)
{
	volatile void *page;
	paddr_t actual = read_msr(MSR_APIC_BASE) & APIC_BASE_ADDR_MASK;

	is_x2apic = cpu_features.has_x2apic;
	if (!is_x2apic) {
		if (actual != paddr && actual != 0) {
			log_warn("registers at 0x%lx, not at 0x%lx as the tables say", actual,
				 paddr);
			paddr = actual;
		}
		if (kmap_device(paddr, PAGE_SIZE, MMU_WRITE | MMU_DEVICE, &page) != 0)
			panic("no memory to map the local APIC");
		registers = page;
	}
	apic_init_cpu();
	log_info("boot CPU is APIC id %u, %s", apic_id_current(), is_x2apic ? "x2APIC" : "xAPIC");
}

bool apic_is_x2apic(void)
{
	return is_x2apic;
}

bool apic_timer_uses_deadline(void)
{
	return is_deadline;
}

uint64_t apic_error_count(void)
{
	return atomic64_load(&error_count);
}

/* What the timer showed at a TSC value. */
struct timer_sample {
	uint64_t tsc;
	uint32_t count; /* ticks since the start */
};

static struct timer_sample first_sample;

/* The quickest of a few readings: a virtual CPU may lose its processor in one. */
static struct timer_sample take_sample(void)
{
	struct timer_sample best = {0};
	uint64_t error = UINT64_MAX;

	for (int i = 0; i < SAMPLE_TRIES; i++) {
		uint64_t before = read_tsc();
		uint32_t count = UINT32_MAX - apic_read(APIC_TIMER_CURRENT);
		uint64_t after = read_tsc();

		if (after - before < error) {
			error = after - before;
			best.tsc = before + error / 2;
			best.count = count;
		}
	}
	return best;
}

/* The count runs while the clock is calibrated, so that one wait serves both. */
void apic_timer_start_calibration(void)
{
	is_deadline = cpu_features.has_tsc_deadline;
	if (is_deadline)
		return;
	apic_write(APIC_TIMER_DIVIDE, TIMER_DIVIDE_BY_16);
	apic_write(APIC_TIMER_INITIAL, UINT32_MAX);
	first_sample = take_sample();
}

void apic_timer_init(void)
{
	struct timer_sample last;
	uint64_t ns;

	if (is_deadline) {
		log_info("timer: TSC deadline");
		return;
	}
	do {
		last = take_sample();
		ns = clock_tsc_to_ns(last.tsc - first_sample.tsc);
	} while (ns < CALIBRATION_MIN_NS);
	apic_write(APIC_TIMER_INITIAL, 0);

	ticks_per_ns = mul_div(last.count - first_sample.count, 1ull << 32, ns);
	if (ticks_per_ns == 0)
		panic("the local APIC timer does not count");
	log_info("timer: %lu kHz", mul_shr(ticks_per_ns, 1000000, 32));
}

void apic_timer_init_cpu(void)
{
	if (is_deadline) {
		apic_write(APIC_LVT_TIMER, LVT_TIMER_DEADLINE | VECTOR_TIMER);
		/* The mode is set before the first deadline is (11.5.4.1). */
		__asm__ volatile("mfence" ::: "memory");
		return;
	}
	apic_write(APIC_TIMER_DIVIDE, TIMER_DIVIDE_BY_16);
	apic_write(APIC_LVT_TIMER, VECTOR_TIMER);
	apic_write(APIC_TIMER_INITIAL, 0);
}

static void disarm(void)
{
	if (!this_cpu_read(is_armed))
		return;
	if (is_deadline)
		write_msr(MSR_TSC_DEADLINE, 0);
	else
		apic_write(APIC_TIMER_INITIAL, 0);
	this_cpu_write(is_armed, 0);
}

static uint32_t ticks_until(ktime_t deadline)
{
	ktime_t delta = deadline - arch_clock_now();
	uint64_t ticks;

	if (delta <= 0)
		return 1;
	/* Rounded up, or the interrupt would come a moment too soon. */
	ticks = mul_shr((uint64_t)delta, ticks_per_ns, 32) + 1;
	return (uint32_t)MIN(ticks, UINT32_MAX);
}

void arch_timer_set(ktime_t deadline)
{
	if (deadline == KTIME_FOREVER) {
		disarm();
		return;
	}
	if (is_deadline)
		write_msr(MSR_TSC_DEADLINE, clock_deadline_tsc(deadline));
	else
		apic_write(APIC_TIMER_INITIAL, ticks_until(deadline));
	this_cpu_write(is_armed, 1);
}
