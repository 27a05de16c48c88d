/* Self-tests of the clock, the one-shot timer, the battery clock and the tables. */
#include "kernel/arch/clock.h"
#include "kernel/arch/x86_64/acpi_init.h"
#include "kernel/arch/x86_64/apic.h"
#include "kernel/arch/x86_64/clock_impl.h"
#include "kernel/arch/x86_64/cpuid.h"
#include "kernel/arch/x86_64/regs.h"
#include "kernel/core/percpu.h"
#include "kernel/core/selftest.h"
#include "kernel/core/smp_call.h"
#include "kernel/core/timer.h"
#include "kernel/lib/atomic.h"

#define SYNC_ROUNDS 200
#define TIMER_ROUNDS 10
#define TIMER_DELAY_NS NSEC_PER_MSEC
#define TIMER_LATE_MAX_NS (NSEC_PER_MSEC * 5)
#define TIMER_TIMEOUT_NS (NSEC_PER_SEC * 10)
#define RATE_WINDOW_NS (NSEC_PER_MSEC * 20)
#define SECONDS_2020 1577836800ll

static void read_clock(void *arg)
{
	*(ktime_t *)arg = arch_clock_now();
}

/* How often that CPU's clock was not between two readings of this one's. */
static uint32_t count_out_of_order(cpu_id_t cpu)
{
	uint32_t count = 0;

	for (int i = 0; i < SYNC_ROUNDS; i++) {
		ktime_t before = arch_clock_now();
		ktime_t there;

		smp_call_cpu(cpu, read_clock, &there);
		count += before > there || there > arch_clock_now();
	}
	return count;
}

SELFTEST(clock_sync, "clock.sync", "no CPU's clock is behind what another has just read")
{
	for (cpu_id_t cpu = 0; cpu < cpu_online_count(); cpu++)
		SELFTEST_CHECK_EQ(count_out_of_order(cpu), 0);
}

SELFTEST(clock_rate, "clock.rate", "the clock runs at the rate of the HPET to one in 2000")
{
	struct clock_reference hpet;
	uint64_t hpet_start, hpet_ns;
	ktime_t start, elapsed, error;

	if (hpet_init(&hpet) != 0)
		return;
	start = arch_clock_now();
	hpet_start = hpet.read();
	do {
		elapsed = arch_clock_now() - start;
	} while (elapsed < RATE_WINDOW_NS);
	hpet_ns = ((hpet.read() - hpet_start) & hpet.mask) * hpet.period_fs / 1000000;
	elapsed = arch_clock_now() - start;
	error = elapsed > (ktime_t)hpet_ns ? elapsed - (ktime_t)hpet_ns
					   : (ktime_t)hpet_ns - elapsed;
	/* Besides the rate there is what the host takes from us between two reads. */
	SELFTEST_CHECK(error < RATE_WINDOW_NS / 2000 + NSEC_PER_MSEC);
}

SELFTEST(clock_rtc, "clock.rtc", "the battery clock shows a plausible date, and goes forward")
{
	int64_t first = 0, second = 0;

	SELFTEST_REQUIRE(arch_rtc_read(&first) == 0);
	SELFTEST_REQUIRE(arch_rtc_read(&second) == 0);
	SELFTEST_CHECK(first >= SECONDS_2020);
	SELFTEST_CHECK(second >= first && second - first < 60);
}

static struct timer test_timer;
static struct atomic32 fired;
static ktime_t fired_at;

static void note_time(struct timer *timer UNUSED)
{
	fired_at = arch_clock_now();
	/* Partner: the acquire in one_shot. */
	atomic32_store_release(&fired, 1);
}

/* How late the timer was, or -1 when it did not come at all. */
static ktime_t one_shot(void)
{
	ktime_t deadline;

	atomic32_store(&fired, 0);
	deadline = arch_clock_now() + TIMER_DELAY_NS;
	timer_start(&test_timer, deadline);
	while (!atomic32_load_acquire(&fired)) {
		if (arch_clock_now() > deadline + TIMER_TIMEOUT_NS) {
			(void)timer_cancel(&test_timer);
			return -1;
		}
		arch_cpu_relax();
	}
	SELFTEST_CHECK(fired_at >= deadline);
	return fired_at - deadline;
}

SELFTEST(apic_timer, "apic.timer", "the one-shot timer is never early, and not late on a good day")
{
	ktime_t best = KTIME_FOREVER;
	ktime_t late = 0;

	timer_init(&test_timer, note_time);
	for (int i = 0; i < TIMER_ROUNDS && late >= 0; i++) {
		late = one_shot();
		best = MIN(best, late);
	}
	SELFTEST_CHECK(late >= 0);
	SELFTEST_CHECK(best < TIMER_LATE_MAX_NS);
	SELFTEST_CHECK_EQ(apic_error_count(), 0);
}

SELFTEST(power_tables, "power.tables", "ACPI says how to switch the machine off")
{
	const struct fadt *fadt = &acpi_platform.fadt;

	SELFTEST_REQUIRE(acpi_platform.has_fadt);
	SELFTEST_CHECK(acpi_platform.has_sleep_type);
	if (fadt->is_hw_reduced)
		SELFTEST_CHECK(fadt->sleep_control.addr != 0);
	else
		SELFTEST_CHECK(fadt->pm1a_control.addr != 0);
}

/* The control registers of each CPU, read there. */
struct control_registers {
	uint64_t cr0, cr4, efer;
};

static void read_control(void *arg)
{
	struct control_registers *out = arg;

	out->cr0 = read_cr0();
	out->cr4 = read_cr4();
	out->efer = read_msr(MSR_EFER);
}

static uint64_t wanted_cr4(void)
{
	const struct cpu_features *f = &cpu_features;

	return CR4_PGE | CR4_OSFXSR | (f->has_smep ? CR4_SMEP : 0) | (f->has_smap ? CR4_SMAP : 0) |
	       (f->has_umip ? CR4_UMIP : 0) | (f->has_xsave ? CR4_OSXSAVE : 0) |
	       (f->has_fsgsbase ? CR4_FSGSBASE : 0);
}

SELFTEST(cpu_protection, "cpu.protection", "every CPU has the protections on that it offers")
{
	struct control_registers regs;
	uint64_t wanted = wanted_cr4();

	for (cpu_id_t cpu = 0; cpu < cpu_online_count(); cpu++) {
		smp_call_cpu(cpu, read_control, &regs);
		SELFTEST_CHECK_EQ(regs.cr0 & (CR0_WP | CR0_EM | CR0_TS), CR0_WP);
		SELFTEST_CHECK(regs.efer & EFER_NXE);
		SELFTEST_CHECK_EQ(regs.cr4 & wanted, wanted);
	}
}
