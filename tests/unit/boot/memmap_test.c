#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/lib/errno.h"
#include "kernel/mm/memmap.h"

static struct boot_info info;

static int setup(void **state)
{
	(void)state;
	memset(&info, 0, sizeof(info));
	return 0;
}

static void check_region(uint32_t i, paddr_t start, paddr_t end, enum boot_region_type type)
{
	assert_true(i < info.region_count);
	assert_int_equal(info.regions[i].start, start);
	assert_int_equal(info.regions[i].start + info.regions[i].len, end);
	assert_int_equal(info.regions[i].type, type);
}

static void sorts_and_merges(void **state)
{
	(void)state;
	memmap_add(&info, 0x8000, 0x2000, BOOT_REGION_USABLE);
	memmap_add(&info, 0x2000, 0x1000, BOOT_REGION_USABLE);
	memmap_add(&info, 0x3000, 0x5000, BOOT_REGION_USABLE);
	memmap_add(&info, 0x1000, 0x1000, BOOT_REGION_RESERVED);
	assert_int_equal(info.region_count, 2);
	check_region(0, 0x1000, 0x2000, BOOT_REGION_RESERVED);
	check_region(1, 0x2000, 0xa000, BOOT_REGION_USABLE);
	assert_int_equal(info.warnings, 0);
}

static void rounds_to_pages(void **state)
{
	(void)state;
	memmap_add(&info, 0x1001, 0x2fff, BOOT_REGION_USABLE);
	memmap_add(&info, 0x9c00, 0x400, BOOT_REGION_RESERVED);
	memmap_add(&info, 0x20001, 0xffe, BOOT_REGION_USABLE);
	assert_int_equal(info.region_count, 2);
	check_region(0, 0x2000, 0x4000, BOOT_REGION_USABLE);
	check_region(1, 0x9000, 0xa000, BOOT_REGION_RESERVED);
	assert_int_equal(info.warnings, 0);
}

static void neighbours_in_one_page_are_no_overlap(void **state)
{
	(void)state;
	memmap_add(&info, 0, 0x9fc00, BOOT_REGION_USABLE);
	memmap_add(&info, 0x9fc00, 0x400, BOOT_REGION_RESERVED);
	memmap_add(&info, 0xa0000, 0x800, BOOT_REGION_ACPI_NVS);
	memmap_add(&info, 0xa0800, 0x800, BOOT_REGION_ACPI_RECLAIMABLE);
	assert_int_equal(info.region_count, 3);
	check_region(0, 0x1000, 0x9f000, BOOT_REGION_USABLE);
	check_region(1, 0x9f000, 0xa0000, BOOT_REGION_RESERVED);
	check_region(2, 0xa0000, 0xa1000, BOOT_REGION_ACPI_NVS);
	assert_int_equal(info.warnings, 0);
}

static void page_zero_is_never_usable(void **state)
{
	(void)state;
	memmap_add(&info, 0, 0x1000, BOOT_REGION_USABLE);
	assert_int_equal(info.region_count, 0);
	memmap_add(&info, 0, 0x3000, BOOT_REGION_USABLE);
	assert_int_equal(info.region_count, 1);
	check_region(0, 0x1000, 0x3000, BOOT_REGION_USABLE);
}

static void stricter_type_wins_in_any_order(void **state)
{
	(void)state;
	memmap_add(&info, 0x10000, 0x10000, BOOT_REGION_USABLE);
	memmap_add(&info, 0x14000, 0x4000, BOOT_REGION_RESERVED);
	memmap_add(&info, 0x12000, 0xa000, BOOT_REGION_ACPI_NVS);
	memmap_add(&info, 0x15000, 0x1000, BOOT_REGION_BAD);
	memmap_add(&info, 0x8000, 0x20000, BOOT_REGION_USABLE);
	assert_true(info.warnings & BOOT_WARN_OVERLAP);
	assert_int_equal(info.region_count, 7);
	check_region(0, 0x8000, 0x12000, BOOT_REGION_USABLE);
	check_region(1, 0x12000, 0x14000, BOOT_REGION_ACPI_NVS);
	check_region(2, 0x14000, 0x15000, BOOT_REGION_RESERVED);
	check_region(3, 0x15000, 0x16000, BOOT_REGION_BAD);
	check_region(4, 0x16000, 0x18000, BOOT_REGION_RESERVED);
	check_region(5, 0x18000, 0x1c000, BOOT_REGION_ACPI_NVS);
	check_region(6, 0x1c000, 0x28000, BOOT_REGION_USABLE);
}

static void drops_empty_and_wrapping(void **state)
{
	(void)state;
	memmap_add(&info, 0x1000, 0, BOOT_REGION_USABLE);
	assert_int_equal(info.warnings, BOOT_WARN_BAD_REGION);
	info.warnings = 0;
	memmap_add(&info, 0x1000, UINT64_MAX, BOOT_REGION_USABLE);
	assert_int_equal(info.warnings, BOOT_WARN_BAD_REGION);
	info.warnings = 0;
	memmap_add(&info, MEMMAP_LIMIT, 0x1000, BOOT_REGION_RESERVED);
	assert_int_equal(info.warnings, BOOT_WARN_BAD_REGION);
	assert_int_equal(info.region_count, 0);
}

static void cuts_at_52_bits(void **state)
{
	(void)state;
	memmap_add(&info, MEMMAP_LIMIT - 0x2000, 0x10000, BOOT_REGION_USABLE);
	check_region(0, MEMMAP_LIMIT - 0x2000, MEMMAP_LIMIT, BOOT_REGION_USABLE);
	memmap_add(&info, 0x1000, UINT64_MAX - 0xfff, BOOT_REGION_RESERVED);
	assert_int_equal(info.region_count, 1);
	check_region(0, 0x1000, MEMMAP_LIMIT, BOOT_REGION_RESERVED);
}

static void crosses_4_gib(void **state)
{
	struct boot_region found;

	(void)state;
	memmap_add(&info, 0xf0000000, 0x20000000, BOOT_REGION_USABLE);
	memmap_add(&info, 0xfec00000, 0x1400000, BOOT_REGION_RESERVED);
	assert_int_equal(info.region_count, 3);
	check_region(1, 0xfec00000, 0x100000000, BOOT_REGION_RESERVED);
	check_region(2, 0x100000000, 0x110000000, BOOT_REGION_USABLE);
	assert_true(memmap_find_usable(&info, 0xff000000, &found));
	assert_int_equal(found.start, 0x100000000);
}

static void unknown_type_is_reserved(void **state)
{
	(void)state;
	memmap_add(&info, 0x1000, 0x1000, (enum boot_region_type)77);
	check_region(0, 0x1000, 0x2000, BOOT_REGION_RESERVED);
}

static void reserve_splits(void **state)
{
	(void)state;
	memmap_add(&info, 0x100000, 0x100000, BOOT_REGION_USABLE);
	assert_int_equal(memmap_reserve(&info, 0x140010, 0x20, BOOT_REGION_RESERVED), 0);
	assert_int_equal(info.region_count, 3);
	check_region(0, 0x100000, 0x140000, BOOT_REGION_USABLE);
	check_region(1, 0x140000, 0x141000, BOOT_REGION_RESERVED);
	check_region(2, 0x141000, 0x200000, BOOT_REGION_USABLE);
	assert_int_equal(info.warnings, 0);
	assert_false(memmap_is_usable(&info, 0x13f000, 0x2000));
	assert_true(memmap_is_usable(&info, 0x13f000, 0x1000));
	assert_int_equal(memmap_reserve(&info, 0x1000, 0, BOOT_REGION_RESERVED), -EINVAL);
	assert_int_equal(memmap_reserve(&info, 0x1000, UINT64_MAX, BOOT_REGION_RESERVED), -EINVAL);
	assert_int_equal(memmap_reserve(&info, MEMMAP_LIMIT, 1, BOOT_REGION_RESERVED), -EINVAL);
}

static void reserve_does_not_loosen(void **state)
{
	(void)state;
	memmap_add(&info, 0x1000, 0x1000, BOOT_REGION_BAD);
	assert_int_equal(memmap_reserve(&info, 0, 0x4000, BOOT_REGION_RESERVED), 0);
	check_region(0, 0, 0x1000, BOOT_REGION_RESERVED);
	check_region(1, 0x1000, 0x2000, BOOT_REGION_BAD);
	check_region(2, 0x2000, 0x4000, BOOT_REGION_RESERVED);
}

static void iterates_usable(void **state)
{
	struct boot_region found;

	(void)state;
	assert_false(memmap_find_usable(&info, 0, &found));
	assert_int_equal(memmap_highest_usable(&info), 0);
	memmap_add(&info, 0x1000, 0x4000, BOOT_REGION_USABLE);
	memmap_add(&info, 0x5000, 0x1000, BOOT_REGION_RESERVED);
	memmap_add(&info, 0x6000, 0x2000, BOOT_REGION_USABLE);
	memmap_add(&info, 0x8000, 0x1000, BOOT_REGION_ACPI_NVS);
	assert_true(memmap_find_usable(&info, 0x3000, &found));
	assert_int_equal(found.start, 0x3000);
	assert_int_equal(found.len, 0x2000);
	assert_true(memmap_find_usable(&info, found.start + found.len, &found));
	assert_int_equal(found.start, 0x6000);
	assert_false(memmap_find_usable(&info, 0x8000, &found));
	assert_int_equal(memmap_highest_usable(&info), 0x8000);
	assert_int_equal(memmap_usable_bytes(&info), 0x6000);
	assert_false(memmap_is_usable(&info, 0x1000, 0));
	assert_false(memmap_is_usable(&info, 0x1000, UINT64_MAX));
	assert_false(memmap_is_usable(&info, 0x900000, 1));
}

static void full_map_gives_up_the_smallest_usable_region(void **state)
{
	(void)state;
	memmap_add(&info, 0x1000, 0x1000, BOOT_REGION_USABLE);
	for (uint64_t i = 1; i < BOOT_MAX_REGIONS; i++)
		memmap_add(&info, i * 0x10000, 0x2000, BOOT_REGION_USABLE);
	assert_int_equal(info.region_count, BOOT_MAX_REGIONS);
	assert_int_equal(info.warnings, 0);

	/* A usable one smaller than all is the one to go. */
	memmap_add(&info, 0x8000, 0x1000, BOOT_REGION_USABLE);
	assert_int_equal(info.warnings, BOOT_WARN_TOO_MANY_REGIONS);
	check_region(0, 0x1000, 0x2000, BOOT_REGION_USABLE);

	memmap_add(&info, 0x8000, 0x1000, BOOT_REGION_RESERVED);
	check_region(0, 0x8000, 0x9000, BOOT_REGION_RESERVED);
	assert_int_equal(info.region_count, BOOT_MAX_REGIONS);
	assert_true(memmap_is_normal(&info));
}

static void full_map_of_reserved_never_yields_usable_memory(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= BOOT_MAX_REGIONS; i++)
		memmap_add(&info, i * 0x10000, 0x3000, BOOT_REGION_RESERVED);
	memmap_add(&info, 0x4000, 0x1000, BOOT_REGION_BAD);
	memmap_add(&info, 0x25000, 0x1000, BOOT_REGION_ACPI_NVS);
	memmap_add(&info, 0x31000, 0x1000, BOOT_REGION_BAD);
	memmap_add(&info, 0x1000, 0x10000000, BOOT_REGION_USABLE);
	assert_true(memmap_is_normal(&info));
	assert_int_equal(info.regions[0].start, 0x4000);
	assert_int_equal(info.regions[0].type, BOOT_REGION_BAD);
	for (paddr_t addr = 0x4000; addr < 0x30000; addr += 0x1000) {
		bool is_claimed = addr == 0x4000 || addr == 0x25000 || (addr & 0xffff) < 0x3000;

		if (is_claimed && addr >= 0x4000 && addr != 0xf000)
			assert_false(memmap_is_usable(&info, addr, 0x1000));
	}
	assert_false(memmap_is_usable(&info, 0x31000, 0x1000));
}

static void normalises_in_place(void **state)
{
	(void)state;
	info.regions[0] = (struct boot_region){0x200000, 0x100000, BOOT_REGION_USABLE};
	info.regions[1] = (struct boot_region){0, 0, BOOT_REGION_USABLE};
	info.regions[2] = (struct boot_region){0x280000, 0x10, BOOT_REGION_RESERVED};
	info.regions[3] = (struct boot_region){0, 0x9f800, BOOT_REGION_USABLE};
	info.regions[4] = (struct boot_region){0x100000, 0x100000, BOOT_REGION_USABLE};
	info.region_count = 5;
	memmap_normalise(&info);
	assert_int_equal(info.region_count, 4);
	check_region(0, 0x1000, 0x9f000, BOOT_REGION_USABLE);
	check_region(1, 0x100000, 0x280000, BOOT_REGION_USABLE);
	check_region(2, 0x280000, 0x281000, BOOT_REGION_RESERVED);
	check_region(3, 0x281000, 0x300000, BOOT_REGION_USABLE);
	assert_int_equal(info.warnings, BOOT_WARN_OVERLAP | BOOT_WARN_BAD_REGION);
}

static void normalises_a_full_array(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < BOOT_MAX_REGIONS; i++)
		info.regions[i] = (struct boot_region){(BOOT_MAX_REGIONS - i) * 0x10000, 0x1000,
						       BOOT_REGION_USABLE};
	info.region_count = BOOT_MAX_REGIONS;
	memmap_normalise(&info);
	assert_int_equal(info.region_count, BOOT_MAX_REGIONS);
	assert_int_equal(info.warnings, 0);
	assert_true(memmap_is_normal(&info));
}

/* One usable region that all others cut in two: more pieces than slots. */
static void normalising_loses_no_reserved_region(void **state)
{
	(void)state;
	info.regions[BOOT_MAX_REGIONS - 1] =
		(struct boot_region){0x1000, 0x10000000, BOOT_REGION_USABLE};
	for (uint64_t i = 0; i < BOOT_MAX_REGIONS - 1; i++)
		info.regions[i] =
			(struct boot_region){(i + 1) * 0x10000, 0x1000, BOOT_REGION_RESERVED};
	for (uint32_t i = 0; i < 2; i++) {
		info.region_count = BOOT_MAX_REGIONS;
		memmap_normalise(&info);
		assert_true(memmap_is_normal(&info));
		assert_true(info.warnings & BOOT_WARN_TOO_MANY_REGIONS);
		assert_true(memmap_highest_usable(&info) > 0);
		for (uint64_t j = 1; j < BOOT_MAX_REGIONS; j++)
			assert_false(memmap_is_usable(&info, j * 0x10000, 0x1000));

		/* Again with the large one first. */
		for (uint64_t j = 1; j < BOOT_MAX_REGIONS; j++)
			info.regions[j] =
				(struct boot_region){j * 0x10000, 0x1000, BOOT_REGION_RESERVED};
		info.regions[0] = (struct boot_region){0x1000, 0x10000000, BOOT_REGION_USABLE};
	}
}

/* The model: one type a page, or -1; the map must say the same of every page. */
#define MODEL_PAGES 64

static void agrees_with_a_page_by_page_model(void **state)
{
	(void)state;
	srand(1);
	for (int round = 0; round < 3000; round++) {
		int model[MODEL_PAGES];

		memset(&info, 0, offsetof(struct boot_info, cmdline));
		info.warnings = 0;
		memset(model, -1, sizeof(model));
		for (int i = 0; i < 1 + rand() % 20; i++) {
			int first = 1 + rand() % (MODEL_PAGES - 1);
			int last = first + rand() % (MODEL_PAGES - first);
			int type = rand() % (BOOT_REGION_BAD + 1);

			memmap_add(&info, (paddr_t)first * PAGE_SIZE,
				   (uint64_t)(last - first + 1) * PAGE_SIZE,
				   (enum boot_region_type)type);
			for (int page = first; page <= last; page++)
				model[page] = MAX(model[page], type);
			assert_true(memmap_is_normal(&info));
		}
		for (uint32_t i = 0; i < info.region_count; i++) {
			const struct boot_region *region = &info.regions[i];

			for (paddr_t at = region->start; at < region->start + region->len;
			     at += PAGE_SIZE) {
				assert_int_equal(model[at / PAGE_SIZE], region->type);
				model[at / PAGE_SIZE] = -1;
			}
		}
		for (int page = 0; page < MODEL_PAGES; page++)
			assert_int_equal(model[page], -1);
	}
}

int main(void)
{
	static const struct {
		const char *name;
		CMUnitTestFunction run;
	} cases[] = {
		{"regions in any order are sorted and merged", sorts_and_merges},
		{"usable memory shrinks to whole pages, other grows", rounds_to_pages},
		{"neighbours within one page are no overlap",
		 neighbours_in_one_page_are_no_overlap},
		{"page 0 is never usable", page_zero_is_never_usable},
		{"the stricter type wins in any order", stricter_type_wins_in_any_order},
		{"empty and wrapping regions are dropped", drops_empty_and_wrapping},
		{"regions are cut at 52 bits", cuts_at_52_bits},
		{"a region across 4 GiB is split by the hole", crosses_4_gib},
		{"an unknown type counts as reserved", unknown_type_is_reserved},
		{"reserve splits a usable region", reserve_splits},
		{"reserve does not loosen a stricter region", reserve_does_not_loosen},
		{"find walks usable ranges upwards", iterates_usable},
		{"a full map gives up the smallest usable region",
		 full_map_gives_up_the_smallest_usable_region},
		{"a full map never calls claimed memory usable",
		 full_map_of_reserved_never_yields_usable_memory},
		{"raw regions are normalised in place", normalises_in_place},
		{"a full array of raw regions is normalised", normalises_a_full_array},
		{"normalising loses no reserved region", normalising_loses_no_reserved_region},
		{"the map agrees with a page-by-page model", agrees_with_a_page_by_page_model},
	};
	struct CMUnitTest tests[ARRAY_SIZE(cases)];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		tests[i] = (struct CMUnitTest){cases[i].name, cases[i].run, setup, NULL, NULL};
	return cmocka_run_group_tests_name("memmap", tests, NULL, NULL);
}
