/* The clock's parts: the TSC, and the counters it is measured against. */
#ifndef KERNEL_ARCH_X86_64_CLOCK_IMPL_H
#define KERNEL_ARCH_X86_64_CLOCK_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

/* A counter of known rate. */
struct clock_reference {
	const char *name;
	uint64_t (*read)(void);
	uint64_t mask;	    /* the bits that count */
	uint64_t period_fs; /* femtoseconds a tick */
	uint32_t window_us; /* how long to measure for 1e-4 or better */
};

/* hpet.c: -ENODEV when the ACPI tables name none or it does not work. */
MUST_CHECK int hpet_init(struct clock_reference *out);
/* After hpet_init(): all bits of the main counter, whether they are 64, and a tick. */
uint64_t hpet_read_counter(void);
bool hpet_is_64bit(void);
uint32_t hpet_period_fs(void);

/* pm_timer.c: the ACPI power-management timer; -ENODEV without one. */
MUST_CHECK int pm_timer_init(struct clock_reference *out);

/* pit.c: the 8254's third channel, always taken to be there; and stopping it. */
void pit_init(struct clock_reference *out);
void pit_stop(void);

/* tsc.c: not before an earlier load (Intel SDM volume 2B, RDTSC). */
static inline uint64_t read_tsc(void)
{
	uint32_t lo, hi;

	__asm__ volatile("lfence\n\trdtsc" : "=a"(lo), "=d"(hi)::"memory");
	return (uint64_t)hi << 32 | lo;
}

/* Finds the clock source and starts the clock. Boot CPU, once. */
void clock_init(void);

/* A difference of TSC values in nanoseconds. After clock_init(). */
uint64_t clock_tsc_to_ns(uint64_t delta_tsc);

/* The TSC value at which the clock will show deadline, rounded up; 1 for the past. */
uint64_t clock_deadline_tsc(ktime_t deadline);

/*
 * Compares the TSC of the boot CPU with that of a CPU being started, which run
 * one function each at the same time. Falls back to the HPET when they disagree.
 * The boot side returns -ETIMEDOUT when the other does not answer.
 */
MUST_CHECK int clock_sync_boot_side(void);
void clock_sync_ap_side(void);

/* For the log and the tests. */
uint64_t clock_tsc_hz(void);
bool clock_uses_tsc(void);

#endif
