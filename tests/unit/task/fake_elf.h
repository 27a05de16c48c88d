/* Making executable files, right ones and wrong ones, for tests and seeds. */
#ifndef TESTS_UNIT_TASK_FAKE_ELF_H
#define TESTS_UNIT_TASK_FAKE_ELF_H

#include <stdint.h>
#include <string.h>

#define FAKE_ELF_LEN 0x6000

struct fake_segment {
	uint32_t type;
	uint32_t flags;
	uint64_t offset, vaddr, file_len, mem_len, align;
};

static inline void fake_elf_put(uint8_t *at, uint64_t value, unsigned len)
{
	for (unsigned i = 0; i < len; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

/* A file header for count program headers right behind it. */
static inline void fake_elf_header(uint8_t *file, uint16_t type, uint64_t entry, uint16_t count)
{
	memset(file, 0, 64);
	memcpy(file, "\177ELF\2\1\1", 7);
	fake_elf_put(file + 16, type, 2);
	fake_elf_put(file + 18, 62, 2);
	fake_elf_put(file + 20, 1, 4);
	fake_elf_put(file + 24, entry, 8);
	fake_elf_put(file + 32, 64, 8);
	fake_elf_put(file + 52, 64, 2);
	fake_elf_put(file + 54, 56, 2);
	fake_elf_put(file + 56, count, 2);
}

static inline void fake_elf_segment(uint8_t *file, unsigned index, const struct fake_segment *s)
{
	uint8_t *at = file + 64 + 56 * index;

	fake_elf_put(at, s->type, 4);
	fake_elf_put(at + 4, s->flags, 4);
	fake_elf_put(at + 8, s->offset, 8);
	fake_elf_put(at + 16, s->vaddr, 8);
	fake_elf_put(at + 24, s->vaddr, 8);
	fake_elf_put(at + 32, s->file_len, 8);
	fake_elf_put(at + 40, s->mem_len, 8);
	fake_elf_put(at + 48, s->align, 8);
}

#endif
