/* Cross-call: run a function on other CPUs, in interrupt context there. */
#ifndef KERNEL_CORE_SMP_CALL_H
#define KERNEL_CORE_SMP_CALL_H

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

typedef void smp_call_fn(void *arg);

/*
 * Runs fn(arg) on every online CPU but this one and waits until all returned.
 * Interrupts must be on (two CPUs that call each other would wait for ever),
 * unless a single CPU is online.
 */
void smp_call_others(smp_call_fn *fn, void *arg);

/* The same on the CPUs of a bitmap of MAX_CPUS bits; this one and those not online are left out. */
void smp_call_mask(const uint64_t *cpus, smp_call_fn *fn, void *arg);

/* The same on one CPU, which may be this one. */
void smp_call_cpu(cpu_id_t cpu, smp_call_fn *fn, void *arg);

/* Called by the arch on IPI_CALL. */
void smp_call_interrupt(void);

#endif
