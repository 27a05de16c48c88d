/*
 * Symbol table: made by gen_ksym.awk from the linked image and linked in again.
 * Offsets are sorted, so a lookup is a binary search.
 */
#include "kernel/core/ksym.h"

#include "kernel/lib/errno.h"

extern const uint32_t ksym_count;
extern const uint32_t ksym_offsets[];
extern const uint32_t ksym_name_offsets[];
extern const char ksym_names[];
extern const char __kernel_start[], __text_end[];
extern const char __init_text_start[], __init_text_end[];

static bool is_text(vaddr_t addr)
{
	return (addr >= (vaddr_t)__kernel_start && addr < (vaddr_t)__text_end) ||
	       (addr >= (vaddr_t)__init_text_start && addr < (vaddr_t)__init_text_end);
}

int ksym_lookup(vaddr_t addr, const char **name_out, uint64_t *offset_out)
{
	uint32_t low = 0;
	uint32_t high = ksym_count;
	uint64_t offset;

	if (high == 0 || !is_text(addr))
		return -ENOENT;
	offset = addr - (vaddr_t)__kernel_start;
	if (offset < ksym_offsets[0])
		return -ENOENT;
	while (high - low > 1) {
		uint32_t mid = low + (high - low) / 2;

		if (ksym_offsets[mid] <= offset)
			low = mid;
		else
			high = mid;
	}
	*name_out = &ksym_names[ksym_name_offsets[low]];
	*offset_out = offset - ksym_offsets[low];
	return 0;
}
