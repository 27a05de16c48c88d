/*
 * Unwind: the kernel is built with frame pointers, so a frame is a record of
 * the caller's frame pointer and the return address, at the frame pointer.
 */
#include "kernel/arch/mmu.h"
#include "kernel/arch/trap.h"
#include "kernel/arch/x86_64/layout.h"

/* Whether two words at fp can be read without a fault. */
static bool frame_is_readable(vaddr_t fp)
{
	struct mmu_mapping mapping;

	if (!IS_ALIGNED(fp, 8) || fp < ARCH_DIRECT_MAP_BASE || fp > UINT64_MAX - 16)
		return false;
	return arch_mmu_query(arch_mmu_kernel_root(), fp, &mapping) == 0 &&
	       arch_mmu_query(arch_mmu_kernel_root(), fp + 8, &mapping) == 0;
}

bool arch_unwind_step(vaddr_t *fp, vaddr_t *pc)
{
	const uint64_t *frame = (const uint64_t *)*fp;

	if (*fp == 0 || !frame_is_readable(*fp))
		return false;
	/* Stacks grow down: a caller's frame lies above, or the chain is broken. */
	if (frame[0] != 0 && frame[0] <= *fp)
		return false;
	if (frame[1] < ARCH_KERNEL_BASE)
		return false;
	*fp = frame[0];
	*pc = frame[1];
	return true;
}
