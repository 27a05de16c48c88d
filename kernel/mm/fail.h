/*
 * Allocation failure on request: every n-th call of page_alloc, kmem_alloc,
 * kmem_cache_alloc, kmap_alloc_pages, kmap_device and kstack_alloc returns
 * "no memory". Off until the scheduler runs, so that the boot is spared.
 */
#ifndef KERNEL_MM_FAIL_H
#define KERNEL_MM_FAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"

/* 0: never. Owned by fail.c. */
extern uint32_t mm_fail_interval;

bool mm_fail_count_down(void);

/* Whether this allocation has to fail. Any context but NMI. */
static inline bool mm_should_fail(void)
{
	return UNLIKELY(READ_ONCE(mm_fail_interval) != 0) && mm_fail_count_down();
}

/* From now on every n-th allocation fails; 0 ends it. Returns what it was. */
uint32_t mm_fail_every(uint32_t n);

/* Puts themelios.fail-alloc into force; called once the scheduler runs. */
void mm_fail_start(void);

/* Allocations that were made to fail since boot. */
uint64_t mm_fail_injected(void);

#endif
