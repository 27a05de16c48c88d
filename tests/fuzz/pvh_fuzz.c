/*
 * Fuzzing the PVH parser. The input is physical memory from 0x1000 on, filled up
 * with zeros to whole pages; the structure is at its start. Half of the inputs
 * get a right magic number.
 */
#include <stddef.h>
#include <stdint.h>

#include "kernel/arch/x86_64/pvh.h"
#include "tests/fuzz/boot_check.h"
#include "tests/unit/boot/fake_phys.h"

#define BASE 0x1000
#define MAX_LEN 0x20000

static struct boot_info info;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fake_phys phys;
	uint8_t *memory;
	int err;

	if (size < 8 || size > MAX_LEN)
		return 0;
	fake_phys_init(&phys);
	memory = fake_phys_add(&phys, BASE, ALIGN_UP(size, PAGE_SIZE));
	memcpy(memory, data, size);
	if (data[0] & 1)
		put32(memory, PVH_START_MAGIC);
	err = pvh_parse(&phys.mem, BASE, &info);
	fuzz_check(err == 0 || err == -22 || err == -8);
	fuzz_check((err == 0) == (memmap_highest_usable(&info) > 0));
	check_boot_info(&info);
	fake_phys_fini(&phys);
	return 0;
}
