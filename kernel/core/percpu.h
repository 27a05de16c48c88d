/*
 * Per-CPU data: one copy of a variable for each CPU.
 *
 * The section .bss.percpu is the boot CPU's copy; the others' are allocated when
 * they are started, zero-filled: a per-CPU variable starts as zero on every
 * CPU, and whatever needs more has an init function that runs there.
 *
 * this_cpu_ptr() is stable only while preemption is off. A single
 * this_cpu_read() or _write() is one instruction and always consistent.
 */
#ifndef KERNEL_CORE_PERCPU_H
#define KERNEL_CORE_PERCPU_H

#include "kernel/arch/cpu.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

#define DEFINE_PER_CPU(type, name) SECTION(".bss.percpu") __typeof__(type) name
#define DECLARE_PER_CPU(type, name) extern __typeof__(type) name

/* What each CPU adds to the address of a per-CPU variable. */
extern uintptr_t percpu_offsets[MAX_CPUS];

/* Keeps the compiler from reasoning that the sum still points into var. */
#define PERCPU_SHIFT(var, offset)                                                                  \
	({                                                                                         \
		uintptr_t percpu_addr_ = (uintptr_t) & (var);                                      \
		__asm__("" : "+r"(percpu_addr_));                                                  \
		(__typeof__(&(var)))(percpu_addr_ + (offset));                                     \
	})

#define this_cpu_ptr(var) PERCPU_SHIFT(var, arch_percpu_offset())
#define cpu_ptr(var, cpu) PERCPU_SHIFT(var, percpu_offsets[cpu])

#define this_cpu_read(var) ARCH_PERCPU_READ(var)
#define this_cpu_write(var, value) ARCH_PERCPU_WRITE(var, value)
#define this_cpu_add(var, delta) ARCH_PERCPU_ADD(var, delta)

DECLARE_PER_CPU(cpu_id_t, percpu_cpu_id);

/* The CPU this runs on; stable only while preemption is off. */
static inline cpu_id_t cpu_current(void)
{
	return this_cpu_read(percpu_cpu_id);
}

/*
 * CPUs that run the scheduler, as a dense count: ids 0..count-1. Grows during
 * boot only.
 */
uint32_t cpu_online_count(void);
void cpu_set_online(cpu_id_t cpu);

/*
 * Allocates the zeroed copy of CPU cpu and enters it in percpu_offsets; 0 or
 * -ENOMEM. The memory comes from the caller: size percpu_size() bytes, aligned
 * to a cache line.
 */
size_t percpu_size(void);
void percpu_attach(cpu_id_t cpu, void *area);

#endif
