/*
 * Platform: everything around the processor cores, brought up in one call.
 */
#ifndef KERNEL_ARCH_X86_64_PLATFORM_H
#define KERNEL_ARCH_X86_64_PLATFORM_H

#include "kernel/core/boot_info.h"
#include "kernel/lib/types.h"

/*
 * Reads the ACPI tables, silences the 8259s, enables the boot CPU's local APIC
 * and the I/O APICs (all lines masked), calibrates the clock and the one-shot
 * timer. Afterwards the interfaces of kernel/arch/{irq,clock,smp}.h work.
 * Boot CPU, once, interrupts off, after kmap and the page allocator work, and
 * before the first arch_timer_set(). Never fails: what is missing is replaced
 * by the best there is, and logged.
 */
void platform_init(const struct boot_info *info);

/*
 * Lets a timer measure the clock's rate once more, over a second. After
 * timer_init_cpu() on the boot CPU.
 */
void clock_refine_start(void);

/*
 * One page below 1 MiB for the code that other CPUs start in; 0: none was
 * found, then no other CPU is started. Set by the boot code, which keeps the
 * page out of the page allocator, before the first arch_cpu_start().
 */
extern paddr_t smp_trampoline_page;

#endif
