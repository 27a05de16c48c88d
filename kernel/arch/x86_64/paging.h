/* Paging: what only x86-64's own start-up code needs. */
#ifndef KERNEL_ARCH_X86_64_PAGING_H
#define KERNEL_ARCH_X86_64_PAGING_H

#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

/* Names the tree that arch_mmu_kernel_root() returns; boot CPU, once. */
void paging_set_kernel_root(paddr_t root);

/*
 * Puts tables under all root entries of [start, end), so that the root need not
 * change later: 0 or -ENOMEM.
 */
MUST_CHECK int paging_fill_root(paddr_t root, vaddr_t start, vaddr_t end);

/* Whether addr lies in the unmapped page below the stack that the boot runs on. */
bool paging_is_boot_stack_guard(vaddr_t addr);

/* Programs this CPU's page attribute table; every CPU, before it uses the tree. */
void paging_init_cpu(void);

#endif
