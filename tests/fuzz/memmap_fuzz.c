/*
 * Fuzzing the memory map against a model: 128 pages, of each of which the model
 * knows the strictest claim. Bytes: operation and type, first page, pages.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/mm/memmap.h"

#define PAGES 128

static struct boot_info info;

static void check(int condition)
{
	if (!condition)
		abort();
}

static void check_against_model(const int *model)
{
	for (uint64_t page = 0; page < PAGES; page++) {
		int is_usable = memmap_is_usable(&info, page * PAGE_SIZE, PAGE_SIZE);

		/* A full map may lose usable memory but never invent some. */
		if (info.warnings & BOOT_WARN_TOO_MANY_REGIONS)
			check(!is_usable || model[page] == BOOT_REGION_USABLE);
		else
			check(is_usable == (model[page] == BOOT_REGION_USABLE));
	}
}

static void run_model(const uint8_t *data, size_t size)
{
	int model[PAGES];

	memset(model, -1, sizeof(model));
	memset(info.regions, 0, sizeof(info.regions));
	info.region_count = 0;
	info.warnings = 0;
	for (size_t i = 0; i + 3 <= size; i += 3) {
		int type = data[i] % (BOOT_REGION_BAD + 1);
		unsigned int first = data[i + 1] % PAGES;
		unsigned int count = data[i + 2] % PAGES;

		if (data[i] & 0x80)
			memmap_add(&info, first * PAGE_SIZE, count * PAGE_SIZE, type);
		else
			(void)!memmap_reserve(&info, first * PAGE_SIZE, count * PAGE_SIZE, type);
		for (unsigned int page = first; page < first + count && page < PAGES; page++) {
			if (type > model[page])
				model[page] = type;
		}
		/* The one exception of reserve and add alike. */
		if (data[i] & 0x80 && model[0] == BOOT_REGION_USABLE)
			model[0] = -1;
		if (model[0] == BOOT_REGION_USABLE)
			return;
	}
	check(memmap_is_normal(&info));
	check_against_model(model);
}

/* Raw regions of any numbers, normalised in place. */
static void run_raw(const uint8_t *data, size_t size)
{
	uint32_t count = 0;

	info.warnings = 0;
	for (; size >= 17 && count < BOOT_MAX_REGIONS; size -= 17, data += 17) {
		struct boot_region *region = &info.regions[count++];

		memcpy(&region->start, data, 8);
		memcpy(&region->len, data + 8, 8);
		region->type = (enum boot_region_type)(data[16] % 7);
	}
	info.region_count = count;
	memmap_normalise(&info);
	check(memmap_is_normal(&info));
}

/* Many regions far apart, so that the map fills up. */
static void run_full(const uint8_t *data, size_t size)
{
	memset(info.regions, 0, sizeof(info.regions));
	info.region_count = 0;
	info.warnings = 0;
	for (size_t i = 0; i + 4 <= size; i += 4) {
		uint64_t first = data[i + 1] | (uint64_t)(data[i] >> 4) << 8;

		memmap_add(&info, (first + 1) * PAGE_SIZE, (data[i + 2] % 8 + 1u) * PAGE_SIZE,
			   data[i + 3] % (BOOT_REGION_BAD + 1));
	}
	check(memmap_is_normal(&info));
	for (size_t i = 0; i + 4 <= size; i += 4) {
		uint64_t first = data[i + 1] | (uint64_t)(data[i] >> 4) << 8;

		if (data[i + 3] % (BOOT_REGION_BAD + 1) == BOOT_REGION_USABLE)
			continue;
		for (unsigned int page = 0; page <= data[i + 2] % 8; page++)
			check(!memmap_is_usable(&info, (first + 1 + page) * PAGE_SIZE, 1));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	switch (data[0] % 3) {
	case 0:
		run_model(data + 1, size - 1);
		break;
	case 1:
		run_raw(data + 1, size - 1);
		break;
	default:
		run_full(data + 1, size - 1);
		break;
	}
	return 0;
}
