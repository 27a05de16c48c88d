/*
 * Fuzzing the ELF parser: the input is a file. Its first bytes are made right half of
 * the time, so that the program headers are reached.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/task/elf.h"
#include "tests/fuzz/boot_check.h"
#include "tests/unit/task/elf_check.h"

#define USER_END 0x7ffffffff000ul
#define MAX_LEN 0x4000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse(const uint8_t *file, size_t size)
{
	struct elf_header header;
	struct elf_plan plan;
	uint8_t *table;
	size_t len;
	int err;

	err = elf_parse_header(file, size, size, &header);
	fuzz_check(err == 0 || err == -8);
	if (err)
		return;
	len = header.table_count * ELF_PROGRAM_HEADER_SIZE;
	fuzz_check(len <= ELF_MAX_TABLE_SIZE && len <= size && header.table_offset <= size - len);
	table = malloc(len);
	fuzz_check(table != NULL);
	memcpy(table, file + header.table_offset, len);
	err = elf_parse_table(&header, table, size, USER_END, &plan);
	fuzz_check(err == 0 || err == -8 || err == -12);
	if (err == 0)
		fuzz_check(elf_plan_is_sound(&plan, size, USER_END));
	free(table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *file;

	if (size < 1 || size > MAX_LEN)
		return 0;
	file = malloc(size);
	if (!file)
		return 0;
	memcpy(file, data, size);
	if (size >= ELF_HEADER_SIZE && (data[8] & 1)) {
		memcpy(file, "\177ELF\2\1\1", 7);
		memcpy(file + 18, "\76\0\1\0\0\0", 6);
		memcpy(file + 54, "\70", 2);
	}
	parse(file, size);
	free(file);
	return 0;
}
