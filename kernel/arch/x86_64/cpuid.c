/*
 * CPUID (Intel SDM volume 2A, CPUID; AMD APM volume 3 appendix E; KVM's
 * documentation of its leaves 0x40000000 and up).
 *
 * The features are read once, on the boot CPU. A system with processors of
 * different kinds is not supported; their vendors do not build any.
 */
#include "kernel/arch/x86_64/cpuid.h"

#include "kernel/arch/user.h"
#include "kernel/arch/x86_64/fpu.h"
#include "kernel/arch/x86_64/regs.h"
#include "kernel/core/panic.h"
#include "kernel/lib/fmt.h"
#include "kernel/lib/string.h"
#include "kernel/lib/types.h"

#define LOG_PREFIX "arch/cpu: "
#include "kernel/core/log.h"

#define LEAF_EXTENDED 0x80000000u
#define LEAF_HYPERVISOR 0x40000000u

#define KVM_FEATURE_CLOCKSOURCE2 3
#define KVM_FEATURE_CLOCKSOURCE_STABLE 24

struct cpu_features cpu_features;

static bool bit(uint32_t word, unsigned int number)
{
	return (word >> number & 1) != 0;
}

/* The signature in three registers, as text. */
static void copy_signature(char out[13], uint32_t a, uint32_t b, uint32_t c)
{
	memcpy(out, &a, 4);
	memcpy(out + 4, &b, 4);
	memcpy(out + 8, &c, 4);
	out[12] = '\0';
}

static void read_identity(struct cpu_features *f)
{
	struct cpuid_result r = cpuid(0, 0);
	uint32_t family, model;

	f->max_leaf = r.eax;
	copy_signature(f->vendor, r.ebx, r.edx, r.ecx);

	r = cpuid(1, 0);
	family = r.eax >> 8 & 15;
	model = r.eax >> 4 & 15;
	if (family == 6 || family == 15)
		model |= (r.eax >> 16 & 15) << 4;
	if (family == 15)
		family += r.eax >> 20 & 255;
	f->family = family;
	f->model = model;
	f->stepping = r.eax & 15;

	r = cpuid(LEAF_EXTENDED, 0);
	f->max_extended_leaf = r.eax >= LEAF_EXTENDED ? r.eax : 0;
}

static void read_brand(struct cpu_features *f)
{
	if (f->max_extended_leaf < LEAF_EXTENDED + 4)
		return;
	for (uint32_t i = 0; i < 3; i++) {
		struct cpuid_result r = cpuid(LEAF_EXTENDED + 2 + i, 0);

		static_assert(sizeof(r) == 16, "four registers of text, in order");
		memcpy(f->brand + i * sizeof(r), &r, sizeof(r));
	}
}

static void read_standard(struct cpu_features *f)
{
	struct cpuid_result r = cpuid(1, 0);

	f->has_pcid = bit(r.ecx, 17);
	f->has_x2apic = bit(r.ecx, 21);
	f->has_tsc_deadline = bit(r.ecx, 24);
	f->has_xsave = bit(r.ecx, 26);
	f->has_avx = bit(r.ecx, 28);
	f->has_rdrand = bit(r.ecx, 30);
	f->has_hypervisor = bit(r.ecx, 31);
	f->has_apic = bit(r.edx, 9);
	f->has_pge = bit(r.edx, 13);
	f->has_pat = bit(r.edx, 16);

	if (f->max_leaf >= 7) {
		r = cpuid(7, 0);
		f->has_fsgsbase = bit(r.ebx, 0);
		f->has_smep = bit(r.ebx, 7);
		f->has_erms = bit(r.ebx, 9);
		f->has_invpcid = bit(r.ebx, 10);
		f->has_avx512 = bit(r.ebx, 16);
		f->has_rdseed = bit(r.ebx, 18);
		f->has_smap = bit(r.ebx, 20);
		f->has_umip = bit(r.ecx, 2);
		f->has_fsrm = bit(r.edx, 4);
	}
	if (f->has_xsave && f->max_leaf >= 0xd) {
		r = cpuid(0xd, 1);
		f->has_xsaveopt = bit(r.eax, 0);
		f->has_xsavec = bit(r.eax, 1);
	} else {
		f->has_xsave = false;
	}
}

static void read_extended(struct cpu_features *f)
{
	struct cpuid_result r;

	f->phys_bits = 36;
	if (f->max_extended_leaf >= LEAF_EXTENDED + 1) {
		r = cpuid(LEAF_EXTENDED + 1, 0);
		f->has_nx = bit(r.edx, 20);
		f->has_1g_pages = bit(r.edx, 26);
		f->has_rdtscp = bit(r.edx, 27);
	}
	if (f->max_extended_leaf >= LEAF_EXTENDED + 7) {
		r = cpuid(LEAF_EXTENDED + 7, 0);
		f->has_invariant_tsc = bit(r.edx, 8);
	}
	if (f->max_extended_leaf >= LEAF_EXTENDED + 8) {
		r = cpuid(LEAF_EXTENDED + 8, 0);
		f->phys_bits = (uint8_t)MIN(r.eax & 255, 52u);
	}
}

static void read_hypervisor(struct cpu_features *f)
{
	struct cpuid_result r;

	if (!f->has_hypervisor)
		return;

	r = cpuid(LEAF_HYPERVISOR, 0);
	copy_signature(f->hypervisor, r.ebx, r.ecx, r.edx);
	/* KVM once answered 0 and meant its one feature leaf. */
	f->max_hypervisor_leaf = r.eax ? r.eax : LEAF_HYPERVISOR + 1;
	if (memcmp(f->hypervisor, "KVMKVMKVM\0\0\0", 12) == 0) {
		r = cpuid(LEAF_HYPERVISOR + 1, 0);
		f->has_kvmclock = bit(r.eax, KVM_FEATURE_CLOCKSOURCE2);
		f->has_kvmclock_stable = bit(r.eax, KVM_FEATURE_CLOCKSOURCE_STABLE);
	}
}

/* What the kernel, or every x86-64 program it is to run, takes for granted. */
void cpu_features_check(void)
{
	static const struct {
		uint8_t edx_bit;
		const char *name;
	} required[] = {
		{0, "FPU"},  {4, "TSC"},   {5, "MSR"},	{6, "PAE"},   {8, "CX8"},  {9, "APIC"},
		{13, "PGE"}, {15, "CMOV"}, {16, "PAT"}, {24, "FXSR"}, {25, "SSE"}, {26, "SSE2"},
	};
	uint32_t edx = cpuid(1, 0).edx;
	char missing[96];
	size_t len = 0;

	missing[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(required); i++) {
		if (bit(edx, required[i].edx_bit))
			continue;
		len = strlen(missing);
		(void)fmt_snprintf(missing + len, sizeof(missing) - len, " %s", required[i].name);
	}
	if (!cpu_features.has_nx) {
		len = strlen(missing);
		(void)fmt_snprintf(missing + len, sizeof(missing) - len, " NX");
	}
	if (missing[0])
		panic("this processor lacks features that ThemeliOS needs:%s", missing);
}

void cpu_features_init(void)
{
	struct cpu_features *f = &cpu_features;

	read_identity(f);
	read_brand(f);
	read_standard(f);
	read_extended(f);
	read_hypervisor(f);
}

void cpu_init_control_registers(void)
{
	const struct cpu_features *f = &cpu_features;
	uint64_t cr0 = read_cr0();
	uint64_t cr4 = read_cr4();

	/* Emulation and the lazy-switch trap off, errors by exception, writes checked. */
	cr0 &= ~(uint64_t)(CR0_EM | CR0_TS | CR0_NW | CR0_CD);
	cr0 |= CR0_MP | CR0_NE | CR0_WP | CR0_AM;
	write_cr0(cr0);

	cr4 |= CR4_MCE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;
	if (f->has_smep)
		cr4 |= CR4_SMEP;
	if (f->has_smap)
		cr4 |= CR4_SMAP;
	if (f->has_umip)
		cr4 |= CR4_UMIP;
	if (f->has_fsgsbase)
		cr4 |= CR4_FSGSBASE;
	if (f->has_xsave)
		cr4 |= CR4_OSXSAVE;
	write_cr4(cr4);

	write_msr(MSR_EFER, read_msr(MSR_EFER) | EFER_NXE | EFER_SCE);
	arch_user_init_cpu();
	fpu_init_cpu();
}

void cpu_features_log(void)
{
	const struct cpu_features *f = &cpu_features;

	log_info("%s family %u model %u stepping %u, %u address bits%s%s",
		 f->brand[0] ? f->brand : f->vendor, f->family, f->model, f->stepping, f->phys_bits,
		 f->has_hypervisor ? ", under " : "", f->hypervisor);
	log_info("features:%s%s%s%s%s%s%s%s%s%s%s%s", f->has_smep ? " smep" : "",
		 f->has_smap ? " smap" : "", f->has_umip ? " umip" : "", f->has_pcid ? " pcid" : "",
		 f->has_1g_pages ? " 1g-pages" : "", f->has_x2apic ? " x2apic" : "",
		 f->has_tsc_deadline ? " tsc-deadline" : "",
		 f->has_invariant_tsc ? " invariant-tsc" : "", f->has_fsgsbase ? " fsgsbase" : "",
		 f->has_xsave ? " xsave" : "", f->has_avx ? " avx" : "",
		 f->has_avx512 ? " avx512" : "");
}
