#include "kernel/mm/meminfo.h"

#include "kernel/mm/bootmem.h"
#include "kernel/mm/page.h"
#include "kernel/mm/page_impl.h"

struct atomic64 mem_use_pages[MEM_USE_COUNT];

void meminfo_read(struct meminfo *out)
{
	struct page_counts counts;
	uint64_t accounted;

	page_counts_read(&counts);
	out->total = bootmem_usable_bytes() >> PAGE_SHIFT;
	out->cached = counts.cached;
	out->deferred = counts.deferred;
	out->free = counts.buddy + counts.cached + counts.deferred;
	out->reserved = out->total - counts.managed - counts.deferred;

	accounted = out->free + out->reserved;
	for (uint32_t use = 0; use < MEM_USE_COUNT; use++) {
		out->used[use] = atomic64_load(&mem_use_pages[use]);
		accounted += out->used[use];
	}
	/* While others allocate the sum may be off by what they are at. */
	out->other = accounted < out->total ? out->total - accounted : 0;
}
