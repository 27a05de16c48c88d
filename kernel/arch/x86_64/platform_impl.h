/* What the parts of the platform tell each other. */
#ifndef KERNEL_ARCH_X86_64_PLATFORM_IMPL_H
#define KERNEL_ARCH_X86_64_PLATFORM_IMPL_H

#include "kernel/acpi/madt.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

/* apic.c: takes interrupts from the 8259s, on the boot CPU; for want of an I/O APIC. */
void apic_accept_8259(void);

/* apic.c: before and, as apic_timer_init(), after the calibration of the clock. */
void apic_timer_start_calibration(void);

/* pic.c: moves the 8259s to VECTOR_PIC_BASE and masks all their lines. */
void pic_init(void);
/* The 8259s as the controller of last resort: hands line to interrupt number irq. */
MUST_CHECK int pic_route(uint32_t line, uint32_t irq);
void pic_mask(uint32_t line);
void pic_unmask(uint32_t line);

/*
 * ioapic.c: finds the I/O APICs and masks all inputs. madt may be NULL: then one
 * is looked for where PCs have it. Must not be kept.
 */
void ioapic_init(const struct madt *madt);

/* smp.c: takes the list of processors over. madt may be NULL. Must not be kept. */
void smp_init(const struct madt *madt);
/* The hardware id of a CPU below arch_cpu_possible_count(). */
uint32_t smp_apic_id(cpu_id_t cpu);

/* power.c: maps the registers that power-off and reset need. */
void power_init(void);

#endif
