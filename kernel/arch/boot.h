/*
 * Boot: how the architecture and the common start of the kernel meet.
 *
 * The arch enters kernel_main() on the boot CPU with traps ready, interrupts
 * off and the loader's mapping of low memory; kernel_main() calls back what
 * is below, in this order.
 */
#ifndef KERNEL_ARCH_BOOT_H
#define KERNEL_ARCH_BOOT_H

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

struct boot_info;

/* In kernel/init/main.c. */
NORETURN void kernel_main(void);

/*
 * Parses what the loader handed over: 0, or -EINVAL when there is nothing to
 * run on (then *out still holds what could be read).
 */
MUST_CHECK int arch_boot_info(struct boot_info *out);

/* Memory the arch itself needs to be left alone, one range at a time, by index. */
MUST_CHECK bool arch_boot_reservation(uint32_t index, paddr_t *start_out, uint64_t *len_out);

/*
 * Makes the kernel's page tables: the direct map of everything in the map, and
 * the image with each part's own protection. Needs the boot allocator.
 */
void arch_mmu_init(const struct boot_info *info);

/*
 * Brings up interrupt controllers, clock, timer and the list of CPUs. Needs kmap
 * and the page allocator; never fails, but does with what there is.
 */
void arch_platform_init(const struct boot_info *info);

/* Whether firmware says there is, or does not say there is no, keyboard controller. */
bool arch_platform_has_i8042(void);

/* The boot CPU's timers work: what the arch wants to do later, it may arrange now. */
void arch_platform_timers_ready(void);

/*
 * Boot is over: makes the data that is constant from now on read-only and unmaps
 * the image's init sections, which the caller then gives to the page allocator.
 */
void arch_mmu_seal(paddr_t *init_start_out, uint64_t *init_len_out);

/* Cycle counter (arch_cycle_counter) at the kernel's first instruction. */
uint64_t arch_boot_entry_cycles(void);

#endif
