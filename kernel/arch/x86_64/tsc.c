/*
 * Clock.
 *
 * The time is the TSC, scaled: base_ns + ((tsc - base_tsc) * mult >> 32), with a
 * 128-bit product, so nothing overflows in the life of a machine and the clock
 * needs no upkeep. How fast the TSC runs is, in this order,
 *
 *	what KVM's clock page or a hypervisor's frequency leaf says,
 *	what CPUID leaf 15h says (crystal and ratio),
 *	measured against the HPET, the ACPI PM timer or the PIT,
 *	what CPUID leaf 16h says (a nominal figure).
 *
 * A measurement at boot has to be short: a millisecond gives four digits. One
 * that spans a second of ordinary running, taken by a timer, gives seven; the
 * scale is then replaced once, such that the time at that moment is the same
 * under both.
 *
 * The TSC is no clock if it stops or changes its rate (no invariant TSC on real
 * hardware) or if the CPUs' TSCs disagree: then the HPET is. The decision falls
 * at boot, at the latest when the last CPU has been started.
 *
 * Readers take no lock: a scale is never changed once it is published, and the
 * pointer to the present one is read once.
 */
#include "kernel/arch/clock.h"

#include "kernel/arch/x86_64/clock_impl.h"
#include "kernel/arch/x86_64/cpuid.h"
#include "kernel/arch/x86_64/layout.h"
#include "kernel/arch/x86_64/platform.h"
#include "kernel/arch/x86_64/regs.h"
#include "kernel/core/panic.h"
#include "kernel/core/timer.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/div.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

#define LOG_PREFIX "arch/clock: "
#include "kernel/core/log.h"

#define SCALE_SHIFT 32
#define FS_PER_NS 1000000ull
#define FS_PER_SEC 1000000000000000ull
#define TSC_HZ_MIN 10000000ull
#define TSC_HZ_MAX 100000000000ull

#define SAMPLE_TRIES 6
#define EDGE_POLLS 100000u
/* No TSC is slow enough to need this many counts for a whole window. */
#define WINDOW_TSC_LIMIT (1ull << 34)
#define REFINE_AFTER_NS NSEC_PER_SEC
/* A second measurement that differs more than this from the first is a mistake. */
#define REFINE_MAX_PPM 2000

/* A counter as nanoseconds; constant once published. */
struct clock_scale {
	uint64_t base_count;
	uint64_t base_ns;
	uint64_t mult;	  /* nanoseconds a count, times 2^32 */
	uint64_t inverse; /* counts a nanosecond, times 2^32 */
};

/* What a reference counter showed at a TSC value. */
struct clock_sample {
	uint64_t tsc;
	uint64_t reference;
	uint64_t error; /* the TSC counts that the reading took */
};

extern uint64_t boot_entry_tsc;

static struct clock_scale first_scale, refined_scale, hpet_scale;
/* The TSC's scale in use; NULL when the TSC is not the clock. */
static const struct clock_scale *tsc_scale;
static bool uses_hpet;
static uint64_t tsc_hz;

static struct clock_reference reference;
static struct clock_sample first_sample;
static bool is_measured;
static struct timer refine_timer;

static uint64_t scale_ns(const struct clock_scale *scale, uint64_t count)
{
	return scale->base_ns + mul_shr(count - scale->base_count, scale->mult, SCALE_SHIFT);
}

ktime_t arch_clock_now(void)
{
	/* Partner: the releases in clock_init, use_hpet and refine. */
	const struct clock_scale *scale = load_acquire(&tsc_scale);

	if (LIKELY(scale))
		return (ktime_t)scale_ns(scale, read_tsc());
	if (load_acquire(&uses_hpet))
		return (ktime_t)scale_ns(&hpet_scale, hpet_read_counter());
	return 0;
}

uint64_t clock_tsc_to_ns(uint64_t delta_tsc)
{
	return mul_shr(delta_tsc, first_scale.mult, SCALE_SHIFT);
}

uint64_t clock_deadline_tsc(ktime_t deadline)
{
	const struct clock_scale *scale = load_acquire(&tsc_scale);
	ktime_t delta;

	if (LIKELY(scale)) {
		if (deadline <= (ktime_t)scale->base_ns)
			return 1;
		return scale->base_count + 1 +
		       mul_shr((uint64_t)deadline - scale->base_ns, scale->inverse, SCALE_SHIFT);
	}
	delta = deadline - arch_clock_now();
	if (delta <= 0)
		return 1;
	return read_tsc() + 1 + mul_shr((uint64_t)delta, first_scale.inverse, SCALE_SHIFT);
}

uint64_t clock_tsc_hz(void)
{
	return tsc_hz;
}

bool clock_uses_tsc(void)
{
	return READ_ONCE(tsc_scale) != NULL;
}

/*
 * Reads the reference at one of its ticks. The vCPU may lose the processor
 * between the two counters, so the quickest of several readings is taken.
 */
static int take_sample(const struct clock_reference *ref, struct clock_sample *out)
{
	struct clock_sample best = {.error = UINT64_MAX};

	for (int i = 0; i < SAMPLE_TRIES; i++) {
		uint64_t last = ref->read();
		uint64_t before, value, after;
		uint32_t polls = 0;

		do {
			if (polls++ == EDGE_POLLS)
				return -EIO;
			before = read_tsc();
			value = ref->read();
			after = read_tsc();
		} while (value == last);
		if (after - before < best.error) {
			best.tsc = before + (after - before) / 2;
			best.reference = value;
			best.error = after - before;
		}
	}
	*out = best;
	return 0;
}

static uint64_t reference_fs(const struct clock_reference *ref, uint64_t from, uint64_t to)
{
	return ((to - from) & ref->mask) * ref->period_fs;
}

/* TSC counts a second between two samples; 0 when that makes no sense. */
static uint64_t rate_between(const struct clock_reference *ref, const struct clock_sample *from,
			     const struct clock_sample *to)
{
	uint64_t fs = reference_fs(ref, from->reference, to->reference);
	uint64_t hz = mul_div(to->tsc - from->tsc, FS_PER_SEC, fs);

	return hz >= TSC_HZ_MIN && hz <= TSC_HZ_MAX ? hz : 0;
}

/* Measures over the reference's window: the rate, or 0 when the counter is broken. */
static uint64_t measure(const struct clock_reference *ref, struct clock_sample *first)
{
	uint64_t window_fs = ref->window_us * FS_PER_NS * 1000;
	struct clock_sample last;

	if (take_sample(ref, first) != 0)
		return 0;
	while (reference_fs(ref, first->reference, ref->read()) < window_fs) {
		if (read_tsc() - first->tsc > WINDOW_TSC_LIMIT)
			return 0;
		arch_cpu_relax();
	}
	if (take_sample(ref, &last) != 0)
		return 0;
	return rate_between(ref, first, &last);
}

/* What KVM writes to the page that MSR_KVM_SYSTEM_TIME names (KVM's msr documentation). */
struct kvm_time_info {
	uint32_t version;
	uint32_t reserved;
	uint64_t tsc_timestamp;
	uint64_t system_time;
	uint32_t tsc_to_system_mul;
	int8_t tsc_shift;
	uint8_t flags;
	uint8_t reserved2[2];
} ALIGNED(32);

/* KVM's scale: ns = (tsc << shift) * mul >> 32. */
static uint64_t kvm_tsc_hz(void)
{
	static struct kvm_time_info info;
	uint64_t hz;

	if (!cpu_features.has_kvmclock)
		return 0;
	write_msr(MSR_KVM_SYSTEM_TIME, ((uint64_t)&info - ARCH_KERNEL_BASE) | 1);
	COMPILER_BARRIER();
	write_msr(MSR_KVM_SYSTEM_TIME, 0);
	if (info.tsc_to_system_mul == 0 || info.tsc_shift > 31 || info.tsc_shift < -31)
		return 0;
	hz = mul_div(NSEC_PER_SEC, 1ull << 32, info.tsc_to_system_mul);
	return info.tsc_shift < 0 ? hz << -info.tsc_shift : hz >> info.tsc_shift;
}

#define LEAF_HYPERVISOR_TIMING 0x40000010u

/* VMware's leaf, which KVM (by QEMU) offers too: kHz. Others use the number otherwise. */
static uint64_t hypervisor_tsc_hz(void)
{
	if (cpu_features.max_hypervisor_leaf < LEAF_HYPERVISOR_TIMING)
		return 0;
	if (memcmp(cpu_features.hypervisor, "VMwareVMware", 12) != 0 &&
	    memcmp(cpu_features.hypervisor, "KVMKVMKVM\0\0\0", 12) != 0)
		return 0;
	return cpuid(LEAF_HYPERVISOR_TIMING, 0).eax * 1000ull;
}

static uint64_t crystal_tsc_hz(void)
{
	struct cpuid_result r;

	if (cpu_features.max_leaf < 0x15)
		return 0;
	r = cpuid(0x15, 0);
	if (r.eax == 0 || r.ebx == 0 || r.ecx == 0)
		return 0;
	return mul_div(r.ecx, r.ebx, r.eax);
}

static uint64_t nominal_tsc_hz(void)
{
	if (cpu_features.max_leaf < 0x16)
		return 0;
	return (cpuid(0x16, 0).eax & 0xffff) * 1000000ull;
}

static bool is_plausible(uint64_t hz)
{
	return hz >= TSC_HZ_MIN && hz <= TSC_HZ_MAX;
}

/* The rate by whoever states it; *source says who. */
static uint64_t stated_tsc_hz(const char **source)
{
	static const struct {
		uint64_t (*hz)(void);
		const char *name;
	} sources[] = {
		{kvm_tsc_hz, "KVM's clock"},
		{hypervisor_tsc_hz, "the hypervisor"},
		{crystal_tsc_hz, "CPUID 15h"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		uint64_t hz = sources[i].hz();

		if (is_plausible(hz)) {
			*source = sources[i].name;
			return hz;
		}
	}
	return 0;
}

static uint64_t measured_tsc_hz(const char **source)
{
	static int (*const inits[])(struct clock_reference *) = {hpet_init, pm_timer_init};
	uint64_t hz;

	for (size_t i = 0; i < ARRAY_SIZE(inits); i++) {
		if (inits[i](&reference) != 0)
			continue;
		*source = reference.name;
		hz = measure(&reference, &first_sample);
		if (hz) {
			is_measured = true;
			return hz;
		}
		log_warn("the %s does not count", reference.name);
	}
	/* Too narrow to span a second: the PIT's figure is not refined. */
	pit_init(&reference);
	*source = reference.name;
	hz = measure(&reference, &first_sample);
	pit_stop();
	return hz;
}

static void fill_scale(struct clock_scale *scale, uint64_t hz, uint64_t base_count,
		       uint64_t base_ns)
{
	scale->base_count = base_count;
	scale->base_ns = base_ns;
	scale->mult = mul_div(NSEC_PER_SEC, 1ull << SCALE_SHIFT, hz);
	scale->inverse = mul_div(hz, 1ull << SCALE_SHIFT, NSEC_PER_SEC);
}

/* The HPET goes on from what the TSC shows. False without an HPET fit for it. */
static bool use_hpet(void)
{
	struct clock_reference hpet;
	uint64_t now;

	if (hpet_init(&hpet) != 0 || !hpet_is_64bit())
		return false;
	now = scale_ns(clock_uses_tsc() ? tsc_scale : &first_scale, read_tsc());
	hpet_scale.base_count = hpet_read_counter();
	hpet_scale.base_ns = now;
	hpet_scale.mult = mul_div(hpet_period_fs(), 1ull << SCALE_SHIFT, FS_PER_NS);
	store_release(&uses_hpet, true);
	store_release(&tsc_scale, NULL);
	return true;
}

void clock_init(void)
{
	const char *source = NULL;
	uint64_t hz = stated_tsc_hz(&source);
	bool is_steady = cpu_features.has_invariant_tsc || cpu_features.has_hypervisor;

	if (!hz)
		hz = measured_tsc_hz(&source);
	if (!hz) {
		source = "CPUID 16h";
		hz = nominal_tsc_hz();
	}
	if (!is_plausible(hz))
		panic("no timer works: HPET, ACPI PM timer, PIT and CPUID give no rate of the TSC");

	tsc_hz = hz;
	fill_scale(&first_scale, hz, boot_entry_tsc, 0);
	if (is_steady || !use_hpet())
		store_release(&tsc_scale, &first_scale);
	log_info("TSC %lu.%03lu MHz by %s, the clock is the %s", hz / 1000000, hz / 1000 % 1000,
		 source, clock_uses_tsc() ? "TSC" : "HPET");
}

/* Publishes a scale by the rate over the time since the first sample. */
static void refine(struct timer *timer UNUSED)
{
	struct clock_sample last;
	uint64_t hz, now_tsc, back_tsc, difference;

	if (!clock_uses_tsc() || take_sample(&reference, &last) != 0)
		return;
	hz = rate_between(&reference, &first_sample, &last);
	difference = hz > tsc_hz ? hz - tsc_hz : tsc_hz - hz;
	/* The reference may have wrapped while the machine stood still. */
	if (difference > tsc_hz / 1000000 * REFINE_MAX_PPM) {
		log_debug("second measurement of the TSC discarded: %lu Hz", hz);
		return;
	}
	/*
	 * The base is put back to the boot, so that a CPU whose TSC is a moment
	 * behind does not see a negative distance.
	 */
	now_tsc = read_tsc();
	back_tsc = now_tsc - boot_entry_tsc;
	fill_scale(&refined_scale, hz, boot_entry_tsc, 0);
	refined_scale.base_ns = scale_ns(&first_scale, now_tsc) -
				mul_shr(back_tsc, refined_scale.mult, SCALE_SHIFT);
	tsc_hz = hz;
	store_release(&tsc_scale, &refined_scale);
	log_debug("TSC %lu Hz, refined", hz);
}

void clock_refine_start(void)
{
	if (!is_measured || !clock_uses_tsc())
		return;
	timer_init(&refine_timer, refine);
	timer_start(&refine_timer, arch_clock_now() + REFINE_AFTER_NS);
}

/*
 * Comparing two TSCs: the CPUs take turns, each writing its TSC for the other to
 * check that its own is later. A difference larger than it takes to pass a cache
 * line between them is seen as time going backwards by one of the two.
 */
#define SYNC_TURNS 64u
/* A turn can take a time slice of the host when it has fewer processors than we. */
#define SYNC_TURNS_VIRTUAL 8u
#define SYNC_TIMEOUT_NS NSEC_PER_SEC

static struct {
	struct atomic32 turn;
	struct atomic32 warped;
	uint64_t stamp; /* of the turn before; whose turn it is may access it */
} tsc_sync;

static void sync_take_turn(uint32_t turn)
{
	uint64_t now = read_tsc();

	if (now < tsc_sync.stamp)
		atomic32_store(&tsc_sync.warped, 1);
	tsc_sync.stamp = now;
	/* Partner: the acquires in the waits of the two sides. */
	atomic32_store_release(&tsc_sync.turn, turn + 1);
}

static uint32_t sync_turns(void)
{
	return cpu_features.has_hypervisor ? SYNC_TURNS_VIRTUAL : SYNC_TURNS;
}

void clock_sync_ap_side(void)
{
	uint32_t turns = sync_turns();

	for (uint32_t turn = 1; turn < turns; turn += 2) {
		while (atomic32_load_acquire(&tsc_sync.turn) != turn)
			arch_cpu_relax();
		sync_take_turn(turn);
	}
}

static int sync_wait_turn(uint32_t turn, uint64_t limit_tsc)
{
	while (atomic32_load_acquire(&tsc_sync.turn) != turn) {
		if (read_tsc() > limit_tsc)
			return -ETIMEDOUT;
		arch_cpu_relax();
	}
	return 0;
}

int clock_sync_boot_side(void)
{
	uint64_t limit = read_tsc() + mul_div(tsc_hz, SYNC_TIMEOUT_NS, NSEC_PER_SEC);
	uint32_t turns = sync_turns();

	tsc_sync.stamp = 0;
	atomic32_store(&tsc_sync.warped, 0);
	atomic32_store_release(&tsc_sync.turn, 0);
	for (uint32_t turn = 0; turn <= turns; turn += 2) {
		if (sync_wait_turn(turn, limit) != 0) {
			/* No turn of anybody's, for whoever comes next. */
			atomic32_store(&tsc_sync.turn, UINT32_MAX);
			return -ETIMEDOUT;
		}
		sync_take_turn(turn);
	}
	if (atomic32_load(&tsc_sync.warped) && clock_uses_tsc()) {
		if (use_hpet())
			log_warn("the TSCs of the CPUs disagree: the clock is the HPET now");
		else
			log_err("the TSCs of the CPUs disagree, and there is no better clock");
	}
	return 0;
}
