/* Self-tests of the page allocator. */
#include "kernel/core/percpu.h"
#include "kernel/core/selftest.h"
#include "kernel/core/smp_call.h"
#include "kernel/lib/string.h"
#include "kernel/mm/fail.h"
#include "kernel/mm/kmap.h"
#include "kernel/mm/kstack.h"
#include "kernel/mm/meminfo.h"
#include "kernel/mm/page.h"
#include "kernel/mm/page_impl.h"
#include "kernel/mm/page_list.h"
#include "kernel/mm/slab.h"

static bool is_zero(const struct page *page, uint32_t order)
{
	const uint64_t *word = page_vaddr(page);

	for (uint64_t i = 0; i < (PAGE_SIZE << order) / sizeof(*word); i++) {
		if (word[i])
			return false;
	}
	return true;
}

SELFTEST(test_page, "mm.page", "pages of every order come aligned, once, and go back")
{
	struct page *blocks[PAGE_MAX_ORDER + 1];

	for (uint32_t order = 0; order <= PAGE_MAX_ORDER; order++) {
		uint32_t flags = order < 4 ? PAGE_ALLOC_ZERO : 0;
		struct page *page = page_alloc(order, flags | PAGE_ALLOC_LOW32);

		blocks[order] = page;
		if (!page)
			continue; /* a small machine need not have 4 MiB in one piece */
		SELFTEST_CHECK(IS_ALIGNED(page_to_pfn(page), 1ull << order));
		SELFTEST_CHECK(page_to_pfn(page) + (1ull << order) <= PFN_LOW32_END);
		SELFTEST_CHECK_EQ(page_refcount(page), 1);
		SELFTEST_CHECK(!(flags & PAGE_ALLOC_ZERO) || is_zero(page, order));
		memset(page_vaddr(page), (int)order + 1, PAGE_SIZE << order);
	}
	for (uint32_t order = 0; order <= PAGE_MAX_ORDER; order++) {
		const uint8_t *bytes;

		if (!blocks[order])
			continue;
		bytes = page_vaddr(blocks[order]);
		SELFTEST_CHECK_EQ(bytes[0], order + 1);
		SELFTEST_CHECK_EQ(bytes[(PAGE_SIZE << order) - 1], order + 1);
		page_free(blocks[order], order);
	}
	SELFTEST_CHECK(blocks[0] && blocks[4]);
	SELFTEST_CHECK(page_zones_check());
}

struct exchange {
	struct page *pages[200];
};

static void exchange_alloc(void *arg)
{
	struct exchange *ex = arg;

	for (uint32_t i = 0; i < ARRAY_SIZE(ex->pages); i++)
		ex->pages[i] = page_alloc(0, 0);
}

static void exchange_free(void *arg)
{
	struct exchange *ex = arg;

	for (uint32_t i = 0; i < ARRAY_SIZE(ex->pages); i++) {
		if (ex->pages[i])
			page_free(ex->pages[i], 0);
	}
}

SELFTEST(test_page_cpus, "mm.page.cpus", "any CPU may free the pages of any other")
{
	static struct exchange ex;
	struct meminfo before, after;
	uint32_t cpus = cpu_online_count();

	meminfo_read(&before);
	for (uint32_t i = 0; i < 2 * cpus; i++) {
		smp_call_cpu(i % cpus, exchange_alloc, &ex);
		for (uint32_t k = 0; k < ARRAY_SIZE(ex.pages); k++)
			SELFTEST_CHECK(ex.pages[k]);
		smp_call_cpu((i + 1) % cpus, exchange_free, &ex);
	}
	meminfo_read(&after);
	SELFTEST_CHECK_EQ(after.other, before.other);
	SELFTEST_CHECK(page_zones_check());
}

/* Memory that is really written to; the host has to provide each page of it. */
#define TOUCH_BYTES MIB(128)

static uint64_t *last_word(struct page *page)
{
	return (uint64_t *)page_vaddr(page + (1u << page->order)) - 1;
}

/*
 * The struct page of each page, and the ends of the memory of the first blocks,
 * say which block they are of, so that no two can overlap unseen.
 */
static void mark_block(struct page *page, bool is_touched)
{
	page->owner = is_touched ? page : NULL;
	for (uint32_t i = 0; i < 1u << page->order; i++)
		page[i].index = page_to_pfn(page);
	if (is_touched) {
		*(uint64_t *)page_vaddr(page) = page_to_pfn(page);
		*last_word(page) = ~page_to_pfn(page);
	}
}

static bool is_marked(struct page *page)
{
	for (uint32_t i = 0; i < 1u << page->order; i++) {
		if (page[i].index != page_to_pfn(page))
			return false;
	}
	return !page->owner || (*(uint64_t *)page_vaddr(page) == page_to_pfn(page) &&
				*last_word(page) == ~page_to_pfn(page));
}

static void take_everything(struct page_list *list)
{
	uint64_t taken = 0;

	for (uint32_t order = PAGE_MAX_ORDER + 1; order-- > 0;) {
		struct page *page;

		while ((page = page_alloc(order, 0))) {
			mark_block(page, taken < TOUCH_BYTES);
			taken += PAGE_SIZE << order;
			page_list_push_back(list, PAGE_MAP, page);
		}
	}
}

SELFTEST(test_deferred, "mm.deferred", "all memory can be allocated, used and freed")
{
	struct meminfo before, during, after;
	struct page_list list;
	struct page *page;
	bool is_good = true;

	while (page_init_deferred_step())
		;
	page_list_init(&list);
	meminfo_read(&before);
	SELFTEST_CHECK_EQ(before.deferred, 0);

	take_everything(&list);
	meminfo_read(&during);
	while ((page = page_list_pop_front(&list, PAGE_MAP))) {
		is_good &= is_marked(page);
		page_free(page, page->order);
	}
	meminfo_read(&after);

	SELFTEST_CHECK(is_good);
	/* What the lists of other CPUs hold cannot be had from here. */
	SELFTEST_CHECK(during.free <= 64ull * cpu_online_count());
	SELFTEST_CHECK_EQ(after.other, before.other);
	SELFTEST_CHECK_EQ(after.reserved, before.reserved);
	SELFTEST_CHECK(page_zones_check());
}

/* Tries everything that allocates; returns how many of them had no memory. */
static uint32_t count_failures(void)
{
	struct page *page = page_alloc(0, 0);
	void *small = kmem_alloc(100);
	void *large = kmem_alloc(50000);
	void *mapped = kmap_alloc_pages(PAGE_SIZE, 0);
	vaddr_t stack = 0;
	uint32_t failed = !page + !small + !large + !mapped + (kstack_alloc(&stack) != 0);

	if (page)
		page_free(page, 0);
	kmem_free(small, 100);
	kmem_free(large, 50000);
	if (mapped)
		kmap_free(mapped);
	if (stack)
		kstack_free(stack);
	return failed;
}

SELFTEST(test_fail, "mm.fail", "on request allocations fail, and are counted")
{
	uint64_t before = mm_fail_injected();
	uint32_t interval = mm_fail_every(1);
	uint32_t failed = count_failures();

	mm_fail_every(0);
	SELFTEST_CHECK_EQ(failed, 5);
	SELFTEST_CHECK(mm_fail_injected() - before >= 5);
	SELFTEST_CHECK_EQ(count_failures(), 0);

	mm_fail_every(3);
	failed = 0;
	for (uint32_t i = 0; i < 30; i++)
		failed += count_failures();
	mm_fail_every(interval);
	SELFTEST_CHECK(failed > 30 && failed < 150);
}
