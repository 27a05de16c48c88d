/*
 * Local APIC: this CPU's interrupt controller, timer and mailbox.
 *
 * Use of the vectors:
 *
 *	  0.. 31	exceptions
 *	 32.. 47	where the masked 8259s may still send a spurious interrupt
 *	 48..239	devices, handed out by irq_alloc() (kernel/core/irq.h)
 *	240..255	the local APIC's own, apic_interrupt() below
 */
#ifndef KERNEL_ARCH_X86_64_APIC_H
#define KERNEL_ARCH_X86_64_APIC_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

#define VECTOR_PIC_BASE 32
#define VECTOR_PIC_LAST 47
#define VECTOR_LOCAL_FIRST 240
#define VECTOR_TIMER 240
#define VECTOR_RESCHEDULE 241
#define VECTOR_CALL 242
#define VECTOR_ERROR 243
#define VECTOR_SPURIOUS 255

/* Dispatches a vector of 240..255, end of interrupt included. Interrupts off. */
void apic_interrupt(uint32_t vector);

/* A vector of 32..47: a spurious interrupt of a masked 8259; counted. */
void pic_spurious_interrupt(uint32_t vector);

/*
 * For the NMI handler, first thing: halts this CPU for good when another one
 * panics (arch_stop_other_cpus), else returns.
 */
void apic_nmi_check_stop(void);

/*
 * Enables the boot CPU's local APIC (x2APIC when there is one), all sources
 * masked. paddr is the register page of the MMIO form, as the MADT says.
 */
void apic_init(paddr_t paddr);

/* The same on another CPU, after apic_init() ran on the boot CPU. */
void apic_init_cpu(void);

/* The hardware id of the CPU this runs on. */
uint32_t apic_id_current(void);

/* Interrupt requests for CPU start-up; apic_id is the hardware's. */
void apic_send_init(uint32_t apic_id);
void apic_send_startup(uint32_t apic_id, paddr_t page);

/* A non-maskable interrupt to another CPU, for the self-tests. */
void apic_send_nmi(cpu_id_t cpu);

/*
 * Times the one-shot timer against arch_clock_now() unless the TSC deadline is
 * used. After the clock works; boot CPU, interrupts off. Then each CPU, the
 * boot CPU included, calls apic_timer_init_cpu().
 */
void apic_timer_init(void);
void apic_timer_init_cpu(void);

/* For the log, the self-tests and the monitor. */
bool apic_is_x2apic(void);
bool apic_timer_uses_deadline(void);
uint64_t apic_error_count(void);

#endif
