/* CPU mask: a set of CPU numbers. Nothing here is atomic. */
#ifndef KERNEL_SCHED_CPUMASK_H
#define KERNEL_SCHED_CPUMASK_H

#include "kernel/arch/cpu.h"
#include "kernel/lib/bitmap.h"
#include "kernel/lib/types.h"

#define CPUMASK_WORDS BITMAP_WORDS(MAX_CPUS)

struct cpumask {
	uint64_t bits[CPUMASK_WORDS];
};

static inline struct cpumask cpumask_all(void)
{
	struct cpumask mask;

	for (size_t i = 0; i < CPUMASK_WORDS; i++)
		mask.bits[i] = UINT64_MAX;
	return mask;
}

static inline struct cpumask cpumask_of(cpu_id_t cpu)
{
	struct cpumask mask = {.bits = {0}};

	bitmap_set(mask.bits, cpu);
	return mask;
}

static inline bool cpumask_test(const struct cpumask *mask, cpu_id_t cpu)
{
	return bitmap_test(mask->bits, cpu);
}

static inline void cpumask_set(struct cpumask *mask, cpu_id_t cpu)
{
	bitmap_set(mask->bits, cpu);
}

/* The first member at or after from and below count; count when there is none. */
static inline cpu_id_t cpumask_next(const struct cpumask *mask, cpu_id_t from, uint32_t count)
{
	return (cpu_id_t)bitmap_next_set(mask->bits, count, from);
}

#endif
