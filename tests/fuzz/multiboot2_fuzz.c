/*
 * Fuzzing the multiboot2 parser. The input is the structure without its first
 * 8 bytes, whose size field comes from the first input byte's low bit: right, or
 * as large as can be.
 */
#include <stddef.h>
#include <stdint.h>

#include "kernel/arch/x86_64/multiboot2.h"
#include "tests/fuzz/boot_check.h"

static struct boot_info info;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t total_size;
	uint8_t *copy;
	int err;

	if (size < 1)
		return 0;
	total_size = data[0] & 1 ? UINT32_MAX : (uint32_t)(size - 1 + 8);
	copy = malloc(size - 1 + 8);
	if (!copy)
		abort();
	memset(copy, 0, 8);
	memcpy(copy, &total_size, 4);
	memcpy(copy + 8, data + 1, size - 1);
	err = multiboot2_parse(copy, size - 1 + 8, 0x9500, &info);
	fuzz_check(err == 0 || err == -22);
	fuzz_check((err == 0) == (memmap_highest_usable(&info) > 0));
	fuzz_check(info.rsdp == 0 || info.rsdp - 0x9500 <= info.info_len - 20);
	check_boot_info(&info);
	free(copy);
	return 0;
}
