/* How kmap.c and kstack.c share the area of kernel mappings. */
#ifndef KERNEL_MM_KMAP_IMPL_H
#define KERNEL_MM_KMAP_IMPL_H

#include "kernel/arch/mmu.h"
#include "kernel/mm/kstack.h"

/*
 * Stacks live in slots of twice their size, at the end of the area: the lower
 * half of a slot is never mapped.
 */
#define KSTACK_SLOT_SIZE (2 * KSTACK_SIZE)
#define KSTACK_SLOTS 65536ul
#define KSTACK_AREA_END ARCH_KMAP_END
#define KSTACK_AREA_BASE (KSTACK_AREA_END - KSTACK_SLOTS * KSTACK_SLOT_SIZE)

#define KMAP_RANGES_END KSTACK_AREA_BASE

#endif
