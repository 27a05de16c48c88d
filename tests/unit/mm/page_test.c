#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kernel/core/boot_info.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/bootmem.h"
#include "kernel/mm/fail.h"
#include "kernel/mm/meminfo.h"
#include "kernel/mm/page.h"
#include "kernel/mm/page_impl.h"
#include "kernel/mm/page_list.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/mm/arena.h"

/*
 * The page allocator is made once for a program, as in the kernel: memory as a
 * small q35 machine has it, with a hole below 4 GiB, some above.
 */
#define LOW_END 0x8000000ull
#define HIGH_START 0x100000000ull
#define HIGH_END 0x103001000ull
#define MODULE 0x4400000ull
#define MODULE_LEN 0x300000ull

static const uint64_t regions[] = {0x1000, 0x9f000, 0x100000, LOW_END, HIGH_START, HIGH_END, 0, 0};

static int boot(void **state)
{
	struct boot_info *info;

	(void)state;
	arena_create(HIGH_END, 2);
	info = arena_boot_info(regions);
	info->module_count = 1;
	info->modules[0].start = MODULE + 1;
	info->modules[0].len = MODULE_LEN - 1;
	bootmem_init(info);
	bootmem_reserve(0x100000, 0x200000);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_destroy();
	return 0;
}

static void bootmem_takes_the_lowest(void **state)
{
	paddr_t a, b, c;

	(void)state;
	assert_int_equal(bootmem_alloc(PAGE_SIZE, PAGE_SIZE, UINT64_MAX, &a), 0);
	assert_int_equal(a, 0x1000);
	assert_int_equal(bootmem_alloc(MIB(1), PAGE_SIZE, UINT64_MAX, &b), 0);
	assert_int_equal(b, 0x300000);
	assert_int_equal(bootmem_alloc(5000, MIB(2), UINT64_MAX, &c), 0);
	assert_int_equal(c, 0x400000);
	assert_int_equal(bootmem_alloc(MIB(128), PAGE_SIZE, UINT64_MAX, &c), -ENOMEM);
	assert_int_equal(bootmem_alloc(MIB(2), PAGE_SIZE, 0x400000, &c), -ENOMEM);
}

static void boot_takes_only_what_it_needs(void **state)
{
	struct meminfo info;

	(void)state;
	page_init();
	meminfo_read(&info);
	assert_int_equal(info.total,
			 (0x9f000 - 0x1000 + LOW_END - 0x100000 + HIGH_END - HIGH_START) >>
				 PAGE_SHIFT);
	assert_true(info.free - info.deferred >= MIB(32) >> PAGE_SHIFT);
	assert_true(info.free - info.deferred < MIB(64) >> PAGE_SHIFT);
	assert_int_equal(info.other, 0);
	assert_true(page_is_managed(0x1000));
	assert_true(page_is_managed(0x100000));
	assert_false(page_is_managed(HIGH_START));
	assert_true(page_zones_check());
}

static void reserved_page_is_zero(void **state)
{
	static const struct page zero;

	(void)state;
	assert_memory_equal(paddr_to_page(0), &zero, sizeof(zero));
	assert_memory_equal(paddr_to_page(0x100000), &zero, sizeof(zero));
	assert_memory_equal(paddr_to_page(0x2ff000), &zero, sizeof(zero));
}

static void page_comes_and_goes(void **state)
{
	struct page *a = page_alloc(0, PAGE_ALLOC_ZERO);
	struct page *b = page_alloc(3, 0);

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	assert_int_equal(page_refcount(a), 1);
	for (uint32_t i = 0; i < PAGE_SIZE; i++)
		assert_int_equal(((char *)page_vaddr(a))[i], 0);
	assert_int_equal(page_to_pfn(b) % 8, 0);
	assert_ptr_equal(vaddr_to_page(page_vaddr(b)), b);
	page_get(a);
	page_put(a);
	assert_int_equal(page_refcount(a), 1);
	page_put(a);
	page_free(b, 3);
	/* What was freed last is handed out first. */
	assert_ptr_equal(page_alloc(0, 0), a);
	page_free(a, 0);
}

static void wrong_free_panics(void **state)
{
	struct page *page = page_alloc(1, 0);

	(void)state;
	assert_true(FAKE_PANICS(page_free(page, 0)));
	atomic32_store(&page->refcount, 1);
	page_free(page, 1);
	assert_true(FAKE_PANICS(page_free(page, 1)));
	page = page_alloc(0, 0);
	page_free(page, 0);
	assert_true(FAKE_PANICS(page_free(page, 0)));
	assert_true(FAKE_PANICS(page_put(page)));
	atomic32_store(&page->refcount, 0);
}

static void split_pages_are_freed_singly(void **state)
{
	struct page *page = page_alloc(4, 0);

	(void)state;
	page_split(page, 4);
	for (uint32_t i = 0; i < 16; i++)
		page_free(page + i, 0);
	page_drain_this_cpu();
	assert_true(page_zones_check());
}

static void order_follows_length(void **state)
{
	(void)state;
	assert_int_equal(page_order_for(1), 0);
	assert_int_equal(page_order_for(4096), 0);
	assert_int_equal(page_order_for(4097), 1);
	assert_int_equal(page_order_for(8193), 2);
	assert_int_equal(page_order_for(PAGE_MAX_BLOCK), PAGE_MAX_ORDER);
}

static void every_nth_allocation_fails(void **state)
{
	uint64_t before = mm_fail_injected();
	uint32_t failed = 0;

	(void)state;
	assert_int_equal(mm_fail_every(3), 0);
	for (uint32_t i = 0; i < 30; i++) {
		struct page *page = page_alloc(0, 0);

		if (page)
			page_free(page, 0);
		else
			failed++;
	}
	assert_int_equal(mm_fail_every(0), 3);
	assert_int_equal(failed, 10);
	assert_int_equal(mm_fail_injected() - before, 10);
}

static uint8_t seen[HIGH_END >> PAGE_SHIFT];

static void take_all(struct page_list *list, uint32_t order, uint32_t flags)
{
	struct page *page;

	while ((page = page_alloc(order, flags))) {
		pfn_t pfn = page_to_pfn(page);

		for (uint32_t i = 0; i < 1u << order; i++) {
			assert_int_equal(seen[pfn + i], 0);
			seen[pfn + i] = 1;
		}
		if (flags & PAGE_ALLOC_LOW32)
			assert_true(pfn + (1u << order) <= PFN_LOW32_END);
		page_list_push_back(list, PAGE_MAP, page);
	}
}

static void give_all(struct page_list *list)
{
	struct page *page;

	while ((page = page_list_pop_front(list, PAGE_MAP))) {
		for (uint32_t i = 0; i < 1u << page->order; i++)
			seen[page_to_pfn(page) + i] = 0;
		page_free(page, page->order);
	}
}

static void low_memory_alone_can_be_exhausted(void **state)
{
	struct page_list list;
	struct page *page;

	(void)state;
	page_list_init(&list);
	for (uint32_t order = PAGE_MAX_ORDER + 1; order-- > 0;)
		take_all(&list, order, PAGE_ALLOC_LOW32);
	/* Memory above was not touched for it. */
	assert_false(page_is_managed(HIGH_START));
	page = page_alloc(0, 0);
	assert_non_null(page);
	assert_true(page_to_pfn(page) >= PFN_LOW32_END);
	page_free(page, 0);
	give_all(&list);
	page_drain_this_cpu();
	assert_true(page_zones_check());
}

static void all_memory_can_be_allocated_once(void **state)
{
	struct meminfo before, during, after;
	struct page_list list;

	(void)state;
	page_list_init(&list);
	meminfo_read(&before);
	for (uint32_t order = PAGE_MAX_ORDER + 1; order-- > 0;)
		take_all(&list, order, 0);
	meminfo_read(&during);
	assert_int_equal(during.free, 0);
	assert_int_equal(during.deferred, 0);
	assert_false(page_init_deferred_step());
	give_all(&list);
	page_drain_this_cpu();
	meminfo_read(&after);
	assert_true(page_zones_check());
	/* The page array of what was taken into use is all that is missing. */
	assert_true(before.free - after.free <= before.total / 100);
	assert_int_equal(after.free + after.reserved + after.other, after.total);
	assert_int_equal(after.other, 0);
}

static void page_array_overlaps_nothing(void **state)
{
	(void)state;
	for (paddr_t pa = 0; pa < HIGH_END; pa += MIB(4)) {
		paddr_t frame;

		if (!page_is_managed(pa))
			continue;
		assert_true(arena_lookup((vaddr_t)paddr_to_page(pa), &frame));
		/* A frame of the page array is reserved: its struct page is zero. */
		assert_int_equal(paddr_to_page(frame)->flags, 0);
		assert_int_equal(page_refcount(paddr_to_page(frame)), 0);
	}
	assert_false(page_is_managed(LOW_END));
	assert_false(page_is_managed(HIGH_START - PAGE_SIZE));
	assert_false(page_is_managed(1ull << 60));
}

static void module_can_be_released(void **state)
{
	struct meminfo before, after;

	(void)state;
	meminfo_read(&before);
	page_release_boot_range(MODULE, MODULE_LEN);
	meminfo_read(&after);
	assert_int_equal(after.free - before.free, MODULE_LEN >> PAGE_SHIFT);
	assert_int_equal(before.reserved - after.reserved, MODULE_LEN >> PAGE_SHIFT);
	assert_true(page_zones_check());
}

static void table_frames_are_counted(void **state)
{
	struct meminfo info;
	paddr_t table;

	(void)state;
	assert_int_equal(page_table_alloc(&table), 0);
	meminfo_read(&info);
	assert_int_equal(info.used[MEM_USE_TABLE], 1);
	page_table_free(table);
	meminfo_read(&info);
	assert_int_equal(info.used[MEM_USE_TABLE], 0);
}

int main(void)
{
	/* In this order: each leaves the memory as the next expects it. */
	const struct CMUnitTest tests[] = {
		{"boot allocations come from the bottom of memory", bootmem_takes_the_lowest, NULL,
		 NULL, NULL},
		{"boot takes only some sections into use", boot_takes_only_what_it_needs, NULL,
		 NULL, NULL},
		{"the struct page of reserved memory is zero", reserved_page_is_zero, NULL, NULL,
		 NULL},
		{"a page comes with one reference and goes with the last", page_comes_and_goes,
		 NULL, NULL, NULL},
		{"a free of the wrong order, or a second one, panics", wrong_free_panics, NULL,
		 NULL, NULL},
		{"the pages of a split block are freed singly", split_pages_are_freed_singly, NULL,
		 NULL, NULL},
		{"the order for a length is the smallest that holds it", order_follows_length, NULL,
		 NULL, NULL},
		{"on request every n-th allocation fails", every_nth_allocation_fails, NULL, NULL,
		 NULL},
		{"memory below 4 GiB can be exhausted by itself", low_memory_alone_can_be_exhausted,
		 NULL, NULL, NULL},
		{"all memory can be allocated, each page once", all_memory_can_be_allocated_once,
		 NULL, NULL, NULL},
		{"the page array lies in reserved memory and has holes",
		 page_array_overlaps_nothing, NULL, NULL, NULL},
		{"a module's memory can be released", module_can_be_released, NULL, NULL, NULL},
		{"page tables are counted", table_frames_are_counted, NULL, NULL, NULL},
	};

	return cmocka_run_group_tests_name("page", tests, boot, end);
}
