#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "kernel/core/boot_info.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/bootmem.h"
#include "tests/unit/fake/fake.h"

static struct boot_info info;

static void add(paddr_t start, paddr_t end)
{
	info.regions[info.region_count++] = (struct boot_region){
		.start = start, .len = end - start, .type = BOOT_REGION_USABLE};
}

static int setup(void **state)
{
	(void)state;
	memset(&info, 0, sizeof(info));
	add(0, 0xa0000);
	add(0x100000, 0x1000000);
	add(0x200000000, 0x200100000);
	bootmem_init(&info);
	return 0;
}

static void check_free(const uint64_t *pairs)
{
	uint64_t bytes = 0;
	paddr_t from = 0, start, end;

	for (; pairs[1]; pairs += 2) {
		assert_true(bootmem_next_free(from, &start, &end));
		assert_int_equal(start, pairs[0]);
		assert_int_equal(end, pairs[1]);
		bytes += end - start;
		from = end;
	}
	assert_false(bootmem_next_free(from, &start, &end));
	assert_int_equal(bootmem_free_bytes(), bytes);
}

static void page_zero_is_never_free(void **state)
{
	(void)state;
	check_free((const uint64_t[]){0x1000, 0xa0000, 0x100000, 0x1000000, 0x200000000,
				      0x200100000, 0, 0});
	assert_int_equal(bootmem_highest(), 0x200100000);
	assert_int_equal(bootmem_usable_bytes(), 0xa0000 + 0xf00000 + 0x100000);
}

static void reservation_grows_to_pages(void **state)
{
	(void)state;
	bootmem_reserve(0x200001, 1);
	bootmem_reserve(0x300fff, 2);
	bootmem_reserve(0, 0xa0000);
	bootmem_reserve(0xfff000, 0x200000000);
	check_free((const uint64_t[]){0x100000, 0x200000, 0x201000, 0x300000, 0x302000, 0xfff000,
				      0x200fff000, 0, 0, 0});
}

static void reservation_of_nothing_is_nothing(void **state)
{
	uint64_t before = bootmem_free_bytes();

	(void)state;
	bootmem_reserve(0x200000, 0);
	bootmem_reserve(0xb0000, 0x1000);
	bootmem_reserve(UINT64_MAX, 1);
	assert_int_equal(bootmem_free_bytes(), before);
	/* One that wraps takes everything above its start. */
	bootmem_reserve(0x200000000, UINT64_MAX);
	assert_int_equal(bootmem_free_bytes(), before - 0x100000);
}

static void allocation_respects_bounds(void **state)
{
	paddr_t pa;

	(void)state;
	assert_int_equal(bootmem_alloc_between(0x1000, 0x1000, 0x500000, 0x501000, &pa), 0);
	assert_int_equal(pa, 0x500000);
	assert_int_equal(bootmem_alloc_between(0x1000, 0x1000, 0x500000, 0x501000, &pa), -ENOMEM);
	assert_int_equal(bootmem_alloc_between(0x1000, 0x1000, 0xa0000, 0x100000, &pa), -ENOMEM);
	assert_int_equal(bootmem_alloc(0, 0x1000, UINT64_MAX, &pa), -ENOMEM);
	assert_int_equal(bootmem_alloc(UINT64_MAX, 0x1000, UINT64_MAX, &pa), -ENOMEM);
	check_free((const uint64_t[]){0x1000, 0xa0000, 0x100000, 0x500000, 0x501000, 0x1000000,
				      0x200000000, 0x200100000, 0, 0});
}

static void release_joins_neighbours(void **state)
{
	(void)state;
	bootmem_reserve(0x200000, 0x3000);
	assert_int_equal(bootmem_release(0x201000, 0x202000), 0);
	assert_int_equal(bootmem_release(0x200000, 0x201000), 0);
	assert_int_equal(bootmem_release(0x202000, 0x203000), 0);
	check_free((const uint64_t[]){0x1000, 0xa0000, 0x100000, 0x1000000, 0x200000000,
				      0x200100000, 0, 0});
	assert_true(FAKE_PANICS((void)!bootmem_release(0x300000, 0x301000)));
}

static void full_table_loses_memory_not_safety(void **state)
{
	uint64_t seed = 1;
	paddr_t start, end;

	(void)state;
	/* More holes than the table has room for. */
	for (paddr_t pa = 0x101000; pa < 0x1000000; pa += 0x2000)
		bootmem_reserve(pa, 1);
	for (uint32_t i = 0; i < 1000; i++)
		bootmem_reserve(0x100000 + test_random(&seed, 0xf00000), 1);
	for (paddr_t from = 0; bootmem_next_free(from, &start, &end); from = end) {
		if (start >= 0x100000 && start < 0x1000000)
			assert_int_equal(start & 0x1000, 0);
	}
}

static void modules_and_loader_are_reserved(void **state)
{
	(void)state;
	info.module_count = 2;
	info.modules[0] = (struct boot_module){.start = 0x400000, .len = 0x1234};
	info.modules[1] = (struct boot_module){.start = 0x402000, .len = 0x1000};
	info.info_start = 0x9000;
	info.info_len = 0x10;
	bootmem_init(&info);
	check_free((const uint64_t[]){0x1000, 0x9000, 0xa000, 0xa0000, 0x100000, 0x400000, 0x403000,
				      0x1000000, 0x200000000, 0x200100000, 0, 0});
}

#define BOOT_TEST(function, sentence)                                                              \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = setup                   \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOOT_TEST(page_zero_is_never_free, "page 0 is never free"),
		BOOT_TEST(reservation_grows_to_pages, "a reservation takes whole pages"),
		BOOT_TEST(reservation_of_nothing_is_nothing,
			  "a reservation outside of memory changes nothing"),
		BOOT_TEST(allocation_respects_bounds, "an allocation stays in its bounds"),
		BOOT_TEST(release_joins_neighbours, "released memory joins its neighbours"),
		BOOT_TEST(full_table_loses_memory_not_safety,
			  "a full table loses memory but never gives reserved memory"),
		BOOT_TEST(modules_and_loader_are_reserved,
			  "modules and the loader's structures are reserved"),
	};

	return RUN_TESTS("bootmem");
}
