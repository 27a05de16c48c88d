/*
 * Arena: physical memory and page tables for tests of kernel/mm.
 *
 * Physical memory is a reserved stretch of the test's address space, the direct
 * map of the fake processor. Mappings are kept in a table; a page of the array
 * of struct page can be touched only once arch_mmu_map has mapped it, so code
 * that looks at a struct page that is not there crashes as it would in the
 * kernel. Kernel mappings can be touched while they are mapped, too, but show
 * memory of their own, not the frames that they name.
 */
#ifndef TESTS_UNIT_MM_ARENA_H
#define TESTS_UNIT_MM_ARENA_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/types.h"

struct boot_info;

/* Memory [0, bytes) with nothing in it, no mapping; cpus CPUs. */
void arena_create(uint64_t bytes, uint32_t cpus);
void arena_destroy(void);

/* Boot information with these usable regions: pairs of start and end, 0 ends. */
struct boot_info *arena_boot_info(const uint64_t *pairs);

/* bootmem_init and page_init for it. */
void arena_boot(const uint64_t *pairs);

/* What arch_mmu_map has mapped at va: false if nothing. */
bool arena_lookup(vaddr_t va, paddr_t *pa_out);
uint32_t arena_mapped_pages(void);

/* The n-th arch_mmu_map from now on says -ENOMEM, 1 being the next. */
void arena_fail_map(uint32_t n);

/* Calls of arch_tlb_flush_kernel so far. */
extern uint32_t arena_flushes;

#endif
