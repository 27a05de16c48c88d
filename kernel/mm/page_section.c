/*
 * Taking memory into use, a section at a time.
 *
 * A struct page for every frame costs 1/128 of memory and the time to fill it.
 * At boot only a few sections get theirs, enough to run; the others follow when
 * page_alloc runs out or when a CPU is idle. So the boot takes as long on 16 GiB
 * as on 64 MiB, and what never gets used never costs anything.
 *
 *	[0, next_section)		has struct pages, free frames are in the zones
 *	[next_section, section_count)	free frames are in bootmem's table
 *
 * A section pays for its own struct pages and the page tables that map them, out
 * of the lowest of its free memory. A part of it that cannot (all of it is a
 * boot module, say) takes frames from the sections before it.
 *
 * Page tables come from arch_mmu_map, which asks page_table_alloc, which asks
 * here first: we may be inside page_alloc because there is no memory left, so
 * the answer must not come from page_alloc. builder_cpu says who is asking; it
 * equals a CPU's own number only while that CPU is building, since building is
 * done with interrupts off.
 *
 * Lock order: section lock -> zone locks. The page tables of the page array are
 * changed under the section lock and by nobody else.
 */
#define LOG_PREFIX "mm: "

#include "kernel/core/assert.h"
#include "kernel/core/log.h"
#include "kernel/core/panic.h"
#include "kernel/core/percpu.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/bootmem.h"
#include "kernel/mm/page.h"
#include "kernel/mm/page_impl.h"
#include "kernel/mm/page_list.h"

#define BOOT_FREE_BYTES MIB(32)
#define LEAST_FREE_BYTES MIB(4)
#define NOBODY UINT32_MAX

static struct spinlock section_lock = SPINLOCK_INIT(LOCK_PAGE_SECTION);
/* Under section_lock; read without it as a hint. */
static uint64_t next_section;
static uint64_t managed_pages GUARDED_BY(&section_lock);
/* const after page_init */
static uint64_t section_count;
/* Written under section_lock, read by anyone, who finds itself only if it is. */
static cpu_id_t builder_cpu = NOBODY;
static paddr_t building;

uint64_t section_generation(void)
{
	/* Partner: the release in build_section; its frames are visible then. */
	return load_acquire(&next_section);
}

/* Free memory of the section being built. */
static int take_own(uint64_t len, paddr_t *out)
{
	return bootmem_alloc_between(len, PAGE_SIZE, building, building + SECTION_SIZE, out);
}

bool section_table_alloc(paddr_t *out, int *err)
{
	irqflags_t flags = arch_irq_save();
	bool is_builder = READ_ONCE(builder_cpu) == cpu_current();

	arch_irq_restore(flags);
	if (!is_builder)
		return false;

	*err = take_own(PAGE_SIZE, out);
	if (*err) {
		struct page *page = zone_take_frame();

		if (!page)
			return true;
		*out = page_to_paddr(page);
		*err = 0;
	}
	page_clear(paddr_to_vaddr(*out));
	return true;
}

/* Maps len bytes of the page array, frame by frame wherever they come from. */
static int map_scattered(vaddr_t va, uint64_t len)
{
	for (uint64_t done = 0; done < len; done += PAGE_SIZE) {
		paddr_t pa;
		int err = take_own(PAGE_SIZE, &pa);

		if (err) {
			struct page *page = zone_take_frame();

			if (!page)
				return -ENOMEM;
			pa = page_to_paddr(page);
		}
		err = arch_mmu_map(arch_mmu_kernel_root(), va + done, pa, PAGE_SIZE,
				   MMU_READ | MMU_WRITE | MMU_GLOBAL);
		if (err)
			return err;
	}
	return 0;
}

/* Struct pages, all zero, for the group of frames at paddr. */
static int map_group(paddr_t paddr)
{
	vaddr_t va = (vaddr_t)pfn_to_page(paddr >> PAGE_SHIFT);
	paddr_t pa;
	int err;

	if (take_own(GROUP_MAP_BYTES, &pa) == 0)
		err = arch_mmu_map(arch_mmu_kernel_root(), va, pa, GROUP_MAP_BYTES,
				   MMU_READ | MMU_WRITE | MMU_GLOBAL);
	else
		err = map_scattered(va, GROUP_MAP_BYTES);
	if (!err)
		memset((void *)va, 0, GROUP_MAP_BYTES);
	return err;
}

/* Gives what is free in [start, end) to the zones, or throws it away. */
static void take_free(paddr_t start, paddr_t end, bool is_mapped) REQUIRES(&section_lock);

static void take_free(paddr_t start, paddr_t end, bool is_mapped)
{
	paddr_t from, to;

	while (bootmem_next_free(start, &from, &to) && from < end) {
		to = MIN(to, end);
		bootmem_reserve(from, to - from);
		if (is_mapped) {
			zone_free_range(from >> PAGE_SHIFT, to >> PAGE_SHIFT);
			managed_pages += (to - from) >> PAGE_SHIFT;
		}
		start = to;
	}
}

static void build_section(void) REQUIRES(&section_lock);

static void build_section(void)
{
	paddr_t base = next_section << SECTION_SHIFT;
	uint32_t mapped = 0;
	paddr_t from, to;

	building = base;
	WRITE_ONCE(builder_cpu, cpu_current());
	for (uint32_t i = 0; i < SECTION_SIZE / GROUP_SIZE; i++) {
		paddr_t group = base + i * GROUP_SIZE;

		if (!bootmem_next_usable(group, &from, &to) || from >= group + GROUP_SIZE)
			continue;
		if (map_group(group) == 0)
			mapped |= 1u << i;
		else
			log_warn("no memory to manage the memory at %#llx",
				 (unsigned long long)group);
	}
	WRITE_ONCE(builder_cpu, NOBODY);

	/* Only now, for struct pages came out of the same memory. */
	for (uint32_t i = 0; i < SECTION_SIZE / GROUP_SIZE; i++)
		take_free(base + i * GROUP_SIZE, base + (i + 1) * GROUP_SIZE, mapped & (1u << i));
	/* Partner: section_generation. */
	store_release(&next_section, next_section + 1);
}

/* Steps over sections in which there is no memory: a hole costs one look. */
static bool skip_holes(void) REQUIRES(&section_lock);

static bool skip_holes(void)
{
	paddr_t from, to;

	if (!bootmem_next_usable(next_section << SECTION_SHIFT, &from, &to)) {
		WRITE_ONCE(next_section, section_count);
		return false;
	}
	WRITE_ONCE(next_section, from >> SECTION_SHIFT);
	return true;
}

bool section_take_next(uint64_t seen, uint32_t alloc_flags)
{
	irqflags_t flags;
	bool is_better = true;

	if (READ_ONCE(next_section) >= section_count)
		return READ_ONCE(next_section) != seen;

	flags = spin_lock_irqsave(&section_lock);
	if (next_section != seen)
		goto out_unlock;
	is_better = skip_holes();
	if (alloc_flags & PAGE_ALLOC_LOW32 &&
	    next_section << SECTION_SHIFT >= PFN_LOW32_END << PAGE_SHIFT)
		is_better = false;
	if (is_better)
		build_section();
out_unlock:
	spin_unlock_irqrestore(&section_lock, flags);
	return is_better;
}

bool page_init_deferred_step(void)
{
	uint64_t seen = section_generation();

	return seen < section_count && section_take_next(seen, 0);
}

void page_init(void)
{
	section_count = ALIGN_UP(bootmem_highest(), SECTION_SIZE) >> SECTION_SHIFT;
	/* So that no run of free frames leads from one zone into the other. */
	bootmem_reserve((PFN_LOW32_END - 1) << PAGE_SHIFT, PAGE_SIZE);
	zones_init();
	while (page_buddy_pages() << PAGE_SHIFT < BOOT_FREE_BYTES) {
		if (!page_init_deferred_step())
			break;
	}
	if (page_buddy_pages() << PAGE_SHIFT < LEAST_FREE_BYTES)
		panic("mm: only %llu KiB of memory are free, of %llu KiB",
		      (unsigned long long)page_buddy_pages() << (PAGE_SHIFT - 10),
		      (unsigned long long)bootmem_usable_bytes() >> 10);
}

/* Usable frames of one group: reserved until now, free from now on. */
static void release_locked(paddr_t start, paddr_t end) REQUIRES(&section_lock);

static void release_locked(paddr_t start, paddr_t end)
{
	if (start >> SECTION_SHIFT >= next_section) {
		if (bootmem_release(start, end))
			log_warn("no room to remember %llu KiB of free memory",
				 (unsigned long long)(end - start) >> 10);
		return;
	}
	if (!page_is_managed(start))
		return;
	for (paddr_t pa = start; pa < end; pa += PAGE_SIZE) {
		const struct page *page = paddr_to_page(pa);

		ASSERT(page->flags == 0 && page_refcount(page) == 0);
	}
	zone_free_range(start >> PAGE_SHIFT, end >> PAGE_SHIFT);
	managed_pages += (end - start) >> PAGE_SHIFT;
}

void page_release_boot_range(paddr_t start, uint64_t len)
{
	paddr_t end = ALIGN_DOWN(start + len, PAGE_SIZE);
	paddr_t from, to;

	start = ALIGN_UP(start, PAGE_SIZE);
	while (start < end && bootmem_next_usable(start, &from, &to) && from < end) {
		irqflags_t flags;

		/* A group at a time, so that interrupts are not off for long. */
		to = MIN(MIN(to, end), ALIGN_DOWN(from, GROUP_SIZE) + GROUP_SIZE);
		flags = spin_lock_irqsave(&section_lock);
		release_locked(from, to);
		spin_unlock_irqrestore(&section_lock, flags);
		start = to;
	}
}

bool page_is_managed(paddr_t paddr)
{
	struct mmu_mapping mapping;

	if (paddr >> PAGE_SHIFT >= PFN_LIMIT)
		return false;
	return arch_mmu_query(arch_mmu_kernel_root(), (vaddr_t)paddr_to_page(paddr), &mapping) == 0;
}

void page_counts_read(struct page_counts *out)
{
	irqflags_t flags = spin_lock_irqsave(&section_lock);

	/* Memory changes from deferred to managed and free under this lock. */
	out->managed = managed_pages;
	out->deferred = bootmem_free_bytes() >> PAGE_SHIFT;
	out->buddy = page_buddy_pages();
	out->cached = page_cached_pages();
	spin_unlock_irqrestore(&section_lock, flags);
}
