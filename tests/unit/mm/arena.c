#include "tests/unit/mm/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel/arch/mmu.h"
#include "kernel/core/boot_info.h"
#include "kernel/core/ksym.h"
#include "kernel/core/panic.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/bootmem.h"
#include "kernel/mm/page.h"
#include "tests/unit/fake/fake.h"

#define MAX_MAPPINGS (1u << 20)
#define VMEMMAP_BYTES (1ull << 32)
#define KMAP_BYTES (ARCH_KMAP_END - ARCH_KMAP_BASE)

struct mapping {
	vaddr_t va; /* 0: none, 1: erased */
	paddr_t pa;
};

static struct mapping *table;
static uint32_t mapped;
static uint64_t arena_bytes;
static uint32_t fail_map;
static struct boot_info info;
uint32_t arena_flushes;

static void *reserve(uint64_t bytes, int prot)
{
	void *mem = mmap(NULL, bytes, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (mem == MAP_FAILED) {
		perror("mmap");
		abort();
	}
	return mem;
}

void arena_create(uint64_t bytes, uint32_t cpus)
{
	fake_cpus_init(cpus);
	arena_bytes = bytes;
	/* Blocks are aligned to their size physically; slabs count on the same in
	 * the direct map. */
	fake_direct_map_base = ALIGN_UP(
		(uintptr_t)reserve(bytes + PAGE_MAX_BLOCK, PROT_READ | PROT_WRITE), PAGE_MAX_BLOCK);
	fake_vmemmap_base = (uintptr_t)reserve(VMEMMAP_BYTES, PROT_NONE);
	fake_kmap_base = (uintptr_t)reserve(KMAP_BYTES, PROT_NONE);
	table = calloc(MAX_MAPPINGS, sizeof(*table));
	mapped = 0;
	fail_map = 0;
}

void arena_destroy(void)
{
	munmap((void *)fake_direct_map_base, arena_bytes);
	munmap((void *)fake_vmemmap_base, VMEMMAP_BYTES);
	munmap((void *)fake_kmap_base, KMAP_BYTES);
	free(table);
	table = NULL;
}

struct boot_info *arena_boot_info(const uint64_t *pairs)
{
	memset(&info, 0, sizeof(info));
	for (; pairs[1]; pairs += 2)
		info.regions[info.region_count++] = (struct boot_region){
			.start = pairs[0], .len = pairs[1] - pairs[0], .type = BOOT_REGION_USABLE};
	return &info;
}

void arena_boot(const uint64_t *pairs)
{
	bootmem_init(arena_boot_info(pairs));
	page_init();
}

static struct mapping *slot_of(vaddr_t va, bool for_insert)
{
	uint64_t i = (va >> PAGE_SHIFT) * UINT64_C(0x9e3779b97f4a7c15) >> 44;
	struct mapping *erased = NULL;

	for (;; i++) {
		struct mapping *m = &table[i % MAX_MAPPINGS];

		if (m->va == va)
			return m;
		if (m->va == 1 && !erased)
			erased = m;
		if (m->va == 0)
			return for_insert ? (erased ? erased : m) : NULL;
	}
}

bool arena_lookup(vaddr_t va, paddr_t *pa_out)
{
	struct mapping *m = slot_of(va, false);

	if (m && pa_out)
		*pa_out = m->pa;
	return m;
}

uint32_t arena_mapped_pages(void)
{
	return mapped;
}

void arena_fail_map(uint32_t n)
{
	fail_map = n;
}

static bool is_vmemmap(vaddr_t va)
{
	return va >= fake_vmemmap_base && va < fake_vmemmap_base + VMEMMAP_BYTES;
}

paddr_t arch_mmu_kernel_root(void)
{
	return PAGE_SIZE;
}

int arch_mmu_map(paddr_t root, vaddr_t va, paddr_t pa, uint64_t len, uint32_t prot)
{
	(void)root;
	(void)prot;
	if (fail_map && --fail_map == 0)
		return -ENOMEM;
	for (uint64_t done = 0; done < len; done += PAGE_SIZE) {
		struct mapping *m = slot_of(va + done, true);

		if (m->va == va + done)
			panic("mapped twice");
		m->va = va + done;
		m->pa = pa + done;
		mapped++;
	}
	/* One table for every 2 MiB begun, as a real MMU would ask for. */
	if (is_vmemmap(va) && IS_ALIGNED(va - fake_vmemmap_base, MIB(2))) {
		paddr_t page;
		int err = page_table_alloc(&page);

		if (err)
			return err;
	}
	mprotect((void *)va, len, PROT_READ | PROT_WRITE);
	return 0;
}

int arch_mmu_unmap(paddr_t root, vaddr_t va, uint64_t len)
{
	(void)root;
	mprotect((void *)va, len, PROT_NONE);
	for (uint64_t done = 0; done < len; done += PAGE_SIZE) {
		struct mapping *m = slot_of(va + done, false);

		if (m) {
			m->va = 1;
			mapped--;
		}
	}
	return 0;
}

int arch_mmu_query(paddr_t root, vaddr_t va, struct mmu_mapping *out)
{
	(void)root;
	if (!arena_lookup(ALIGN_DOWN(va, PAGE_SIZE), &out->paddr))
		return -ENOENT;
	out->page_size = PAGE_SIZE;
	return 0;
}

void arch_tlb_flush_kernel(vaddr_t va, uint64_t len)
{
	(void)va;
	(void)len;
	if (fake_locks_held > 1)
		panic("flush with locks held");
	arena_flushes++;
}

int ksym_lookup(vaddr_t addr, const char **name_out, uint64_t *offset_out)
{
	(void)addr;
	(void)name_out;
	(void)offset_out;
	return -ENOENT;
}
