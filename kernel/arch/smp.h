/* SMP: which CPUs there are, and starting them. */
#ifndef KERNEL_ARCH_SMP_H
#define KERNEL_ARCH_SMP_H

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

/* CPUs that the firmware says exist, this kernel can use; dense ids from 0. */
uint32_t arch_cpu_possible_count(void);

/*
 * Starts CPU cpu (not 0) on the stack that ends at stack_top; it sets itself up
 * (tables, FPU, local interrupt controller, per-CPU base percpu_offset) and
 * calls entry(cpu), which must not return. 0 or -ETIMEDOUT.
 */
MUST_CHECK int arch_cpu_start(cpu_id_t cpu, vaddr_t stack_top, uintptr_t percpu_offset,
			      void (*entry)(cpu_id_t cpu));

#endif
