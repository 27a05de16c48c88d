#include <string.h>

#include "tests/unit/unit.h"

#include "kernel/arch/mmu.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/fail.h"
#include "kernel/mm/kmap.h"
#include "kernel/mm/kstack.h"
#include "kernel/mm/meminfo.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/mm/arena.h"

#define MEMORY_END 0x4000000ull /* 64 MiB */

static int boot(void **state)
{
	static const uint64_t regions[] = {0x100000, MEMORY_END, 0, 0};

	(void)state;
	arena_create(MEMORY_END, 2);
	arena_boot(regions);
	while (page_init_deferred_step())
		;
	kmem_init();
	kmap_init();
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_destroy();
	return 0;
}

static uint64_t pages_of(enum mem_use use)
{
	struct meminfo info;

	meminfo_read(&info);
	return info.used[use];
}

static void pages_have_guards(void **state)
{
	char *a = kmap_alloc_pages(10000, KMAP_ZERO);
	char *b = kmap_alloc_pages(1, 0);

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	assert_int_equal(pages_of(MEM_USE_KMAP), 4);
	for (vaddr_t va = (vaddr_t)a; va < (vaddr_t)a + 3 * PAGE_SIZE; va += PAGE_SIZE)
		assert_true(arena_lookup(va, NULL));
	assert_false(arena_lookup((vaddr_t)a - PAGE_SIZE, NULL));
	assert_false(arena_lookup((vaddr_t)a + 3 * PAGE_SIZE, NULL));
	assert_false(arena_lookup((vaddr_t)b - PAGE_SIZE, NULL));
	assert_false(arena_lookup((vaddr_t)b + PAGE_SIZE, NULL));
	kmap_free(a);
	kmap_free(b);
	assert_false(arena_lookup((vaddr_t)a, NULL));
	assert_int_equal(pages_of(MEM_USE_KMAP), 0);
}

static void freed_addresses_wait_for_a_flush(void **state)
{
	uint32_t flushes = arena_flushes;
	char *first = kmap_alloc_pages(PAGE_SIZE, 0);
	char *next;

	(void)state;
	kmap_free(first);
	for (uint32_t i = 0; i < 10; i++) {
		next = kmap_alloc_pages(PAGE_SIZE, 0);
		assert_true(arena_flushes > flushes || next != first);
		kmap_free(next);
	}
	/* Many of them share one flush. */
	for (uint32_t i = 0; i < 200; i++)
		kmap_free(kmap_alloc_pages(PAGE_SIZE, 0));
	assert_true(arena_flushes - flushes >= 2);
	assert_true(arena_flushes - flushes <= 5);
}

static void device_keeps_its_offset(void **state)
{
	volatile void *small, *large;
	paddr_t pa;

	(void)state;
	assert_int_equal(kmap_device(0xfee00123, 0x10, MMU_WRITE | MMU_DEVICE, &small), 0);
	assert_int_equal((vaddr_t)small & ~PAGE_MASK, 0x123);
	assert_true(arena_lookup((vaddr_t)small & PAGE_MASK, &pa));
	assert_int_equal(pa, 0xfee00000);
	/* Large ones are congruent, for large leaves. */
	assert_int_equal(kmap_device(0xfd012000, MIB(8), MMU_WRITE, &large), 0);
	assert_int_equal((vaddr_t)large % MIB(2), 0xfd012000 % MIB(2));
	kmap_unmap(small);
	kmap_unmap(large);
	assert_false(arena_lookup((vaddr_t)large, NULL));
}

static void bad_device_is_refused(void **state)
{
	volatile void *out;

	(void)state;
	assert_int_equal(kmap_device(0x1000, 0, MMU_WRITE, &out), -EINVAL);
	assert_int_equal(kmap_device(UINT64_MAX - 100, 200, MMU_WRITE, &out), -EINVAL);
	assert_int_equal(kmap_device(UINT64_MAX - 100, 50, MMU_WRITE, &out), -EINVAL);
	assert_int_equal(kmap_device(0x1000, 1, MMU_EXEC, &out), -EINVAL);
	assert_int_equal(kmap_device(0x1000, 1ull << 51, 0, &out), -ENOMEM);
	assert_null(kmap_alloc_pages(0, 0));
	assert_null(kmap_alloc_pages(UINT64_MAX, 0));
}

static void wrong_free_panics(void **state)
{
	char *ptr = kmap_alloc_pages(2 * PAGE_SIZE, 0);

	(void)state;
	assert_true(FAKE_PANICS(kmap_free(ptr + PAGE_SIZE)));
	assert_true(FAKE_PANICS(kmap_unmap(ptr)));
	kmap_free(ptr);
	assert_true(FAKE_PANICS(kmap_free(ptr)));
}

static void failure_leaves_nothing_behind(void **state)
{
	uint32_t mapped = arena_mapped_pages();

	(void)state;
	for (uint32_t n = 1; n <= 8; n++) {
		arena_fail_map(n);
		assert_null(kmap_alloc_pages(8 * PAGE_SIZE, 0));
	}
	arena_fail_map(0);
	for (uint32_t n = 1; n <= 4; n++) {
		mm_fail_every(n);
		assert_null(kmap_alloc_pages(8 * PAGE_SIZE, 0));
	}
	mm_fail_every(0);
	assert_int_equal(pages_of(MEM_USE_KMAP), 0);
	assert_int_equal(arena_mapped_pages(), mapped);
}

static void memory_exhaustion_is_null(void **state)
{
	struct meminfo before, after;

	(void)state;
	meminfo_read(&before);
	assert_null(kmap_alloc_pages(MEMORY_END * 2, 0));
	meminfo_read(&after);
	assert_int_equal(pages_of(MEM_USE_KMAP), 0);
	assert_int_equal(after.free, before.free);
}

static void stack_has_a_guard_below(void **state)
{
	vaddr_t top;

	(void)state;
	assert_int_equal(kstack_alloc(&top), 0);
	assert_int_equal(top % PAGE_SIZE, 0);
	memset((void *)(top - KSTACK_SIZE), 1, KSTACK_SIZE);
	assert_false(arena_lookup(top - KSTACK_SIZE - PAGE_SIZE, NULL));
	assert_true(kstack_is_guard(top - KSTACK_SIZE - 1));
	assert_true(kstack_is_guard(top - KSTACK_SIZE - PAGE_SIZE));
	assert_true(kstack_is_guard(top));
	assert_false(kstack_is_guard(top - KSTACK_SIZE));
	assert_false(kstack_is_guard(top - 1));
	assert_int_equal(kstack_base(top - 1), top - KSTACK_SIZE);
	assert_int_equal(kstack_base(top - KSTACK_SIZE), top - KSTACK_SIZE);
	assert_int_equal(kstack_base(top), 0);
	assert_int_equal(kstack_base(0x1234), 0);
	assert_false(kstack_is_guard(0));
	kstack_free(top);
}

static void stack_is_reused_without_mapping(void **state)
{
	uint32_t mapped;
	vaddr_t a, b;

	(void)state;
	assert_int_equal(kstack_alloc(&a), 0);
	kstack_free(a);
	mapped = arena_mapped_pages();
	assert_int_equal(kstack_alloc(&b), 0);
	assert_int_equal(a, b);
	assert_int_equal(arena_mapped_pages(), mapped);
	kstack_free(b);
}

static void stacks_can_be_freed_anywhere(void **state)
{
	vaddr_t tops[200];
	irqflags_t flags;

	(void)state;
	for (uint32_t i = 0; i < 200; i++)
		assert_int_equal(kstack_alloc(&tops[i]), 0);
	assert_true(pages_of(MEM_USE_STACK) >= 800);
	/* With interrupts off nothing may be unmapped: they wait. */
	flags = arch_irq_save();
	for (uint32_t i = 0; i < 199; i++)
		kstack_free(tops[i]);
	arch_irq_restore(flags);
	assert_true(pages_of(MEM_USE_STACK) >= 800);
	kstack_free(tops[199]);
	assert_true(pages_of(MEM_USE_STACK) < 200);
	kstack_reap_this_cpu();
	assert_int_equal(pages_of(MEM_USE_STACK), 0);
}

static void slots_are_flushed_before_reuse(void **state)
{
	uint32_t flushes = arena_flushes;
	vaddr_t first = 0, top;

	(void)state;
	for (uint32_t i = 0; i < 140000; i++) {
		assert_int_equal(kstack_alloc(&top), 0);
		if (top == first)
			assert_true(arena_flushes > flushes);
		first = first ? first : top;
		kstack_free(top);
		kstack_reap_this_cpu();
	}
	assert_true(arena_flushes - flushes >= 2);
	assert_true(arena_flushes - flushes <= 3);
}

static void stack_failure_is_clean(void **state)
{
	vaddr_t top = 1;

	(void)state;
	mm_fail_every(1);
	assert_int_equal(kstack_alloc(&top), -ENOMEM);
	mm_fail_every(2);
	assert_int_equal(kstack_alloc(&top), -ENOMEM);
	mm_fail_every(0);
	arena_fail_map(1);
	assert_int_equal(kstack_alloc(&top), -ENOMEM);
	assert_int_equal(top, 1);
	assert_int_equal(pages_of(MEM_USE_STACK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pages_have_guards, "pages are mapped between two guards"),
		TEST(freed_addresses_wait_for_a_flush,
		     "addresses are used again only after a flush, which many share"),
		TEST(device_keeps_its_offset, "a device mapping keeps the offset in the page"),
		TEST(bad_device_is_refused, "absurd requests are refused"),
		TEST(wrong_free_panics, "a free of the wrong address or kind panics"),
		TEST(failure_leaves_nothing_behind, "a failure half way leaves nothing behind"),
		TEST(memory_exhaustion_is_null, "more than there is gives NULL"),
		TEST(stack_has_a_guard_below, "a stack has an unmapped guard below"),
		TEST(stack_is_reused_without_mapping, "a freed stack is reused as it is"),
		TEST(stacks_can_be_freed_anywhere, "stacks can be freed with interrupts off"),
		TEST(slots_are_flushed_before_reuse, "a slot is flushed before it is used again"),
		TEST(stack_failure_is_clean, "a stack that cannot be had costs nothing"),
	};

	return cmocka_run_group_tests_name("kmap", tests, boot, end);
}
