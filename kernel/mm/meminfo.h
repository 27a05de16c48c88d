/* Memory accounting: where the pages are. */
#ifndef KERNEL_MM_MEMINFO_H
#define KERNEL_MM_MEMINFO_H

#include <stdint.h>

#include "kernel/lib/atomic.h"

/* What a page that is not free is used for; the rest is "other". */
enum mem_use {
	MEM_USE_SLAB,  /* slabs and large kmem_alloc blocks */
	MEM_USE_TABLE, /* page tables */
	MEM_USE_STACK, /* kernel stacks */
	MEM_USE_KMAP,  /* kmap_alloc_pages */
	MEM_USE_COUNT,
};

/* All in pages. */
struct meminfo {
	uint64_t total;	   /* usable memory as the firmware told */
	uint64_t free;	   /* in the buddy lists, per-CPU lists and not yet taken into use */
	uint64_t deferred; /* part of free: not yet taken into use */
	uint64_t cached;   /* part of free: in per-CPU lists */
	uint64_t reserved; /* kernel image, modules, boot allocations, the page array */
	uint64_t used[MEM_USE_COUNT];
	uint64_t other; /* total less everything above */
};

extern struct atomic64 mem_use_pages[MEM_USE_COUNT];

/* pages may be negative. Any context. */
static inline void mem_use_add(enum mem_use use, int64_t pages)
{
	atomic64_add(&mem_use_pages[use], (uint64_t)pages);
}

/* Exact when nothing is allocated meanwhile. Any context but NMI. */
void meminfo_read(struct meminfo *out);

#endif
