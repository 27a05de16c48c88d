/*
 * Memory by size.
 *
 * Nineteen caches, two for each power of two: 16 24 32 48 64 96 ... 6144 8192.
 * At most a third of an object is waste. What is larger is a block of pages of
 * its own, marked so that a wrong free is found.
 */
#include "kernel/core/assert.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/bits.h"
#include "kernel/lib/checked.h"
#include "kernel/lib/string.h"
#include "kernel/mm/meminfo.h"
#include "kernel/mm/slab.h"
#include "kernel/mm/slab_impl.h"

#define LARGEST_CACHED 8192u
#define SIZE_CACHES 20
#define SMALL_MAX 1024u

static struct kmem_cache size_caches[SIZE_CACHES];
static struct atomic64 large_count;

static const struct {
	uint32_t size;
	char name[12];
} size_classes[SIZE_CACHES] = {
	{0, ""},
	{16, "kmem-16"},
	{24, "kmem-24"},
	{32, "kmem-32"},
	{48, "kmem-48"},
	{64, "kmem-64"},
	{96, "kmem-96"},
	{128, "kmem-128"},
	{192, "kmem-192"},
	{256, "kmem-256"},
	{384, "kmem-384"},
	{512, "kmem-512"},
	{768, "kmem-768"},
	{1024, "kmem-1024"},
	{1536, "kmem-1536"},
	{2048, "kmem-2048"},
	{3072, "kmem-3072"},
	{4096, "kmem-4096"},
	{6144, "kmem-6144"},
	{8192, "kmem-8192"},
};

/* The class of every multiple of 8 up to SMALL_MAX: most requests are small. */
static uint8_t small_classes[SMALL_MAX / 8 + 1] AFTER_BOOT_CONST;

/*
 * Sizes from 2^b + 1 to 2^(b+1) are classes 2(b-3) and 2(b-3)+1, cut in the
 * middle; the bits of size - 1 say which half. Everything up to 16 is class 1.
 */
static uint32_t class_of(size_t size)
{
	uint64_t top = MAX(size - 1, 15u);
	uint32_t b = ilog2(top);
	uint32_t half = (top >> (b - 1)) & 1;

	return 2 * (b - 3) + half;
}

static ALWAYS_INLINE struct kmem_cache *cache_for(size_t size)
{
	if (LIKELY(size <= SMALL_MAX))
		return &size_caches[small_classes[(size + 7) / 8]];
	return &size_caches[class_of(size)];
}

void kmem_init(void)
{
	slab_init();
	for (uint32_t i = 1; i < SIZE_CACHES; i++) {
		uint32_t size = size_classes[i].size;

		kmem_cache_init(&size_caches[i], size_classes[i].name, size,
				is_pow2(size) ? MIN(size, 64u) : 8);
	}
	for (size_t i = 1; i < ARRAY_SIZE(small_classes); i++)
		small_classes[i] = (uint8_t)class_of(i * 8);
}

static NOINLINE void *alloc_large(size_t size)
{
	uint32_t order;
	struct page *page;

	if (size == 0 || size > PAGE_MAX_BLOCK)
		return NULL;
	order = page_order_for(size);
	page = page_alloc(order, 0);
	if (!page)
		return NULL;
	page->flags = PAGE_FLAG_LARGE;
	page->index = size;
	atomic64_inc(&large_count);
	mem_use_add(MEM_USE_SLAB, 1ll << order);
	return page_vaddr(page);
}

static NOINLINE void free_large(void *ptr, size_t size)
{
	struct page *page = vaddr_to_page(ptr);
	uint32_t order = page->order;

	ASSERT(IS_ALIGNED((uintptr_t)ptr, PAGE_SIZE));
	ASSERT(page->flags == PAGE_FLAG_LARGE && page->index == size);
	page->flags = 0;
	atomic64_dec(&large_count);
	mem_use_add(MEM_USE_SLAB, -(1ll << order));
	page_free(page, order);
}

void *kmem_alloc(size_t size)
{
	if (UNLIKELY(size - 1 >= LARGEST_CACHED))
		return alloc_large(size);
	return slab_alloc(cache_for(size), CALLER_PC);
}

void *kmem_zalloc(size_t size)
{
	void *ptr;

	if (UNLIKELY(size - 1 >= LARGEST_CACHED))
		ptr = alloc_large(size);
	else
		ptr = slab_alloc(cache_for(size), CALLER_PC);
	if (ptr)
		memset(ptr, 0, size);
	return ptr;
}

void *kmem_zalloc_array(size_t count, size_t size)
{
	size_t bytes;

	if (mul_overflows(count, size, &bytes))
		return NULL;
	return kmem_zalloc(bytes);
}

void kmem_free(void *ptr, size_t size)
{
	if (!ptr)
		return;
	if (UNLIKELY(size - 1 >= LARGEST_CACHED))
		free_large(ptr, size);
	else
		slab_free(cache_for(size), ptr, CALLER_PC);
}

uint64_t kmem_large_count(void)
{
	return atomic64_load(&large_count);
}
