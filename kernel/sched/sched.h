/* Scheduler: start-up, and figures for reports. */
#ifndef KERNEL_SCHED_SCHED_H
#define KERNEL_SCHED_SCHED_H

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

struct thread;

/*
 * On the boot CPU, interrupts off, after mm and timers are up: the caller
 * becomes thread "main", and an idle thread and a worker are made. 0 or -ENOMEM.
 */
MUST_CHECK int sched_init(void);

/*
 * Starts all other CPUs, as many as themelios.cpus allows, and returns when
 * they run the scheduler or gave up; a CPU that does not start is a warning.
 * From thread "main", interrupts on.
 */
void sched_start_cpus(void);

/* Counters of one CPU, since boot. */
struct sched_cpu_stats {
	uint64_t switches;
	uint64_t preemptions; /* switches that the old thread did not ask for */
	uint64_t wakes;	      /* threads made runnable on this CPU */
	uint64_t ipis;	      /* reschedule interrupts asked of this CPU */
	uint64_t steals;      /* threads this CPU took when it had none */
	uint64_t pushes;      /* threads this CPU gave away because it had too many */
	ktime_t idle_ns;
	uint32_t runnable; /* threads now, the running one included */
};

void sched_get_stats(cpu_id_t cpu, struct sched_cpu_stats *out);

/* The thread that runs there now; only to be printed, it may end at any time. */
struct thread *sched_running_on(cpu_id_t cpu);

/* The page tables loaded on that CPU by thread.mmu_load; 0: none yet. */
paddr_t sched_loaded_mmu_root(cpu_id_t cpu);

/*
 * Tells the scheduler that somebody else has loaded root on this CPU, 0 for none
 * of a thread's, so that a switch to a thread with it need not. Interrupts off.
 */
void sched_set_mmu_root(paddr_t root);

#endif
