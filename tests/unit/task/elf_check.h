/* What holds for every plan, whatever the file was: for unit tests and fuzzing. */
#ifndef TESTS_UNIT_TASK_ELF_CHECK_H
#define TESTS_UNIT_TASK_ELF_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/task/elf.h"

static inline bool elf_segment_is_sound(const struct elf_segment *s, uint64_t file_len,
					vaddr_t user_end)
{
	return s->vaddr % PAGE_SIZE == 0 && s->file_offset % PAGE_SIZE == 0 && s->mem_len > 0 &&
	       s->mem_len % PAGE_SIZE == 0 && s->data_len <= s->mem_len && s->vaddr < user_end &&
	       s->mem_len <= user_end - s->vaddr &&
	       (s->data_len == 0 ||
		(s->file_offset <= file_len && s->data_len <= file_len - s->file_offset)) &&
	       (s->prot & ~7u) == 0;
}

static inline bool elf_plan_is_sound(const struct elf_plan *plan, uint64_t file_len,
				     vaddr_t user_end)
{
	bool has_entry = false;
	vaddr_t end = 0;

	if (plan->segment_count == 0 || plan->segment_count > ELF_MAX_SEGMENTS)
		return false;
	for (uint32_t i = 0; i < plan->segment_count; i++) {
		const struct elf_segment *s = &plan->segments[i];

		if (!elf_segment_is_sound(s, file_len, user_end) || s->vaddr < end)
			return false;
		end = s->vaddr + s->mem_len;
		has_entry |= plan->entry >= s->vaddr && plan->entry - s->vaddr < s->data_len;
	}
	if (plan->start != plan->segments[0].vaddr || plan->end != end || !has_entry)
		return false;
	if (plan->align < PAGE_SIZE || (plan->align & (plan->align - 1)))
		return false;
	if (plan->interp_len > ELF_MAX_INTERPRETER ||
	    (plan->interp_len > 0 &&
	     (plan->interp_offset > file_len || plan->interp_len > file_len - plan->interp_offset)))
		return false;
	return plan->tls_data_len <= plan->tls_mem_len;
}

#endif
