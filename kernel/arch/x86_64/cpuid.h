/* CPUID: what this processor can do, and switching it on. */
#ifndef KERNEL_ARCH_X86_64_CPUID_H
#define KERNEL_ARCH_X86_64_CPUID_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"

/* Read once on the boot CPU; every other CPU is taken to be of the same kind. */
struct cpu_features {
	char vendor[13];
	char brand[49];
	uint32_t max_leaf;
	uint32_t max_extended_leaf;
	uint32_t family;
	uint32_t model;
	uint32_t stepping;
	uint8_t phys_bits; /* physical address width */

	/* Memory. */
	bool has_nx;
	bool has_smep;
	bool has_smap;
	bool has_umip;
	bool has_pge;
	bool has_pcid;
	bool has_invpcid;
	bool has_pat;
	bool has_1g_pages;
	bool has_erms;
	bool has_fsrm;

	/* Interrupts and time. */
	bool has_apic;
	bool has_x2apic;
	bool has_tsc_deadline;
	bool has_invariant_tsc;
	bool has_rdtscp;

	/* State. */
	bool has_xsave;
	bool has_xsaveopt;
	bool has_xsavec;
	bool has_fsgsbase;
	bool has_avx;
	bool has_avx512;

	/* Random numbers. */
	bool has_rdrand;
	bool has_rdseed;

	/* Running in a virtual machine. */
	bool has_hypervisor;
	bool has_kvmclock;	      /* KVM and its clock MSRs (the 0x4b564d00 set) */
	bool has_kvmclock_stable;     /* the clocks of all CPUs agree */
	char hypervisor[13];	      /* signature, "" without one */
	uint32_t max_hypervisor_leaf; /* 0 without one */
};

extern struct cpu_features cpu_features;

/* Fills cpu_features. Boot CPU, once; touches nothing else, so before all else. */
void cpu_features_init(void);

/*
 * Panics with the list of what is missing when the processor lacks something
 * that this kernel cannot do without (NX, SSE2, FXSR, CMPXCHG8B, TSC, MSR, local
 * APIC). Once there is a console to say it on.
 */
void cpu_features_check(void);

/*
 * Sets CR0, CR4, EFER and XCR0 of this CPU to what the kernel runs with: write
 * protection, no-execute, global pages, SMEP, SMAP, UMIP, FSGSBASE, SSE and all
 * vector state. Each CPU once, on the kernel's own page tables, before other
 * code touches user memory or FPU state.
 */
void cpu_init_control_registers(void);

/* One log line: brand, and the features that matter. */
void cpu_features_log(void);

#endif
