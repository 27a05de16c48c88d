#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

#include "kernel/lib/errno.h"
#include "kernel/mm/fail.h"
#include "kernel/mm/meminfo.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "tests/unit/fake/fake.h"
#include "tests/unit/mm/arena.h"

#define MEMORY_END 0x4000000ull /* 64 MiB */

static struct kmem_cache cache;

static int boot(void **state)
{
	static const uint64_t regions[] = {0x100000, MEMORY_END, 0, 0};

	(void)state;
	arena_create(MEMORY_END, 2);
	arena_boot(regions);
	kmem_init();
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_destroy();
	return 0;
}

static int setup(void **state)
{
	(void)state;
	fake_cpu_switch(0);
	kmem_cache_init(&cache, "test", 40, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kmem_cache_fini(&cache);
	return 0;
}

static struct kmem_cache_stats stats_of(const char *name)
{
	struct kmem_cache_stats stats;

	for (uint32_t i = 0; kmem_cache_get_stats(i, &stats) == 0; i++) {
		if (strcmp(stats.name, name) == 0)
			return stats;
	}
	fail_msg("no cache %s", name);
	return stats;
}

static void objects_do_not_overlap(void **state)
{
	uint8_t *objects[1000];

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		objects[i] = kmem_cache_alloc(&cache);
		assert_non_null(objects[i]);
		assert_int_equal((uintptr_t)objects[i] % 8, 0);
		memset(objects[i], (int)i & 0xff, 40);
	}
	assert_int_equal(stats_of("test").used_count, 1000);
	for (uint32_t i = 0; i < 1000; i++) {
		for (uint32_t k = 0; k < 40; k++)
			assert_int_equal(objects[i][k], i & 0xff);
		kmem_cache_free(&cache, objects[i]);
	}
	assert_int_equal(stats_of("test").used_count, 0);
}

static void last_freed_comes_first(void **state)
{
	void *a = kmem_cache_alloc(&cache);
	void *b = kmem_cache_alloc(&cache);

	(void)state;
	kmem_cache_free(&cache, a);
	assert_ptr_equal(kmem_cache_alloc(&cache), a);
	kmem_cache_free(&cache, a);
	kmem_cache_free(&cache, b);
}

static void zalloc_clears(void **state)
{
	static const uint8_t zero[40];
	uint8_t *obj = kmem_cache_alloc(&cache);

	(void)state;
	memset(obj, 0xff, 40);
	kmem_cache_free(&cache, obj);
	obj = kmem_cache_zalloc(&cache);
	assert_memory_equal(obj, zero, 40);
	kmem_cache_free(&cache, obj);
}

static void other_cpu_may_free(void **state)
{
	void *objects[500];

	(void)state;
	for (uint32_t round = 0; round < 20; round++) {
		fake_cpu_switch(round % 2);
		for (uint32_t i = 0; i < 500; i++)
			objects[i] = kmem_cache_alloc(&cache);
		fake_cpu_switch(1 - round % 2);
		for (uint32_t i = 0; i < 500; i++)
			kmem_cache_free(&cache, objects[i]);
	}
	fake_cpu_switch(0);
	assert_int_equal(stats_of("test").used_count, 0);
}

static void empty_slabs_go_back(void **state)
{
	void *objects[2000];
	struct meminfo before, after;

	(void)state;
	kmem_reap_this_cpu();
	meminfo_read(&before);
	for (uint32_t i = 0; i < 2000; i++)
		objects[i] = kmem_cache_alloc(&cache);
	for (uint32_t i = 0; i < 2000; i++)
		kmem_cache_free(&cache, objects[i]);
	/* One empty slab and what the magazine holds may stay. */
	assert_true(stats_of("test").slab_count <= 4);
	kmem_reap_this_cpu();
	meminfo_read(&after);
	assert_int_equal(stats_of("test").slab_count, 0);
	/* This CPU's magazine for the cache is new. */
	assert_true(after.used[MEM_USE_SLAB] - before.used[MEM_USE_SLAB] <= 1);
}

static void leak_panics_at_the_end(void **state)
{
	struct kmem_cache *leaky = kmem_cache_create("leaky", 100, 64);
	void *obj = kmem_cache_alloc(leaky);

	(void)state;
	assert_int_equal((uintptr_t)obj % 64, 0);
	assert_true(FAKE_PANICS(kmem_cache_fini(leaky)));
	assert_non_null(strstr(fake_panic_text, "'leaky' ends with 1 objects"));
}

static void double_free_panics(void **state)
{
	void *obj = kmem_cache_alloc(&cache);

	(void)state;
	kmem_cache_free(&cache, obj);
	assert_true(FAKE_PANICS(kmem_cache_free(&cache, obj)));
	assert_non_null(strstr(fake_panic_text, "double free"));
}

static void foreign_free_panics(void **state)
{
	void *other = kmem_alloc(40);
	char *obj = kmem_cache_alloc(&cache);

	(void)state;
	assert_true(FAKE_PANICS(kmem_cache_free(&cache, other)));
	assert_non_null(strstr(fake_panic_text, "no object of cache 'test'"));
	assert_true(FAKE_PANICS(kmem_cache_free(&cache, obj + 8)));
	assert_true(FAKE_PANICS(kmem_cache_free(&cache, (void *)&cache)));
	kmem_cache_free(&cache, obj);
	kmem_free(other, 40);
}

static void overrun_panics(void **state)
{
	struct kmem_cache *odd = kmem_cache_create("odd", 41, 0);
	char *obj = kmem_cache_alloc(odd);
	char kept;

	(void)state;
	/* The padding of an odd size is watched as well. */
	for (uint32_t i = 41; i < 56; i += 7) {
		kept = obj[i];
		obj[i] = (char)(kept + 1);
		assert_true(FAKE_PANICS(kmem_cache_free(odd, obj)));
		assert_non_null(strstr(fake_panic_text, "write beyond the end"));
		obj[i] = kept;
	}
	kmem_cache_free(odd, obj);
	kmem_cache_destroy(odd);
}

static void write_after_free_panics(void **state)
{
	char *obj = kmem_cache_alloc(&cache);
	char kept;

	(void)state;
	kmem_cache_free(&cache, obj);
	kept = obj[17];
	obj[17] = 0;
	assert_true(FAKE_PANICS(obj = kmem_cache_alloc(&cache)));
	assert_non_null(strstr(fake_panic_text, "write after free"));
	/* It was already out of the magazine; whole again it can be freed. */
	obj[17] = kept;
}

static void every_size_fits(void **state)
{
	uint64_t before = kmem_used_count();

	(void)state;
	for (size_t size = 1; size <= 20000; size += size < 300 ? 1 : 61) {
		uint8_t *a = kmem_alloc(size);
		uint8_t *b = kmem_zalloc(size);

		assert_non_null(a);
		assert_non_null(b);
		memset(a, 0xee, size);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(b[i], 0);
		if (size <= 64 && (size & (size - 1)) == 0)
			assert_int_equal((uintptr_t)a % MAX(size, 8u), 0);
		kmem_free(a, size);
		kmem_free(b, size);
	}
	assert_int_equal(kmem_used_count(), before);
}

static void size_classes_are_tight(void **state)
{
	static const uint32_t sizes[] = {16,  24,  32,	 48,   64,   96,   128,	 192,  256, 384,
					 512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192};
	char name[16];

	(void)state;
	for (uint32_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t low = i ? sizes[i - 1] + 1 : 1;
		void *least = kmem_alloc(low);
		void *most = kmem_alloc(sizes[i]);

		snprintf(name, sizeof(name), "kmem-%u", sizes[i]);
		assert_true(stats_of(name).used_count >= 2);
		kmem_free(least, low);
		kmem_free(most, sizes[i]);
	}
}

static void absurd_sizes_fail(void **state)
{
	(void)state;
	assert_null(kmem_alloc(0));
	assert_null(kmem_alloc(PAGE_MAX_BLOCK + 1));
	assert_null(kmem_alloc(SIZE_MAX));
	assert_null(kmem_zalloc_array(SIZE_MAX / 2, 3));
	kmem_free(NULL, 12);
}

static void large_blocks_are_pages(void **state)
{
	uint64_t before = kmem_used_count();
	void *ptr = kmem_alloc(100000);

	(void)state;
	assert_int_equal((uintptr_t)ptr % PAGE_SIZE, 0);
	assert_int_equal(kmem_used_count(), before + 1);
	assert_true(FAKE_PANICS(kmem_free(ptr, 100001)));
	kmem_free(ptr, 100000);
	assert_int_equal(kmem_used_count(), before);
}

static void no_memory_is_null(void **state)
{
	void *objects[64];

	(void)state;
	mm_fail_every(1);
	assert_null(kmem_cache_alloc(&cache));
	assert_null(kmem_alloc(100));
	assert_null(kmem_cache_create("never", 10, 0));
	mm_fail_every(0);

	mm_fail_every(2);
	for (uint32_t i = 0; i < 64; i++)
		objects[i] = kmem_cache_alloc(&cache);
	mm_fail_every(0);
	for (uint32_t i = 0; i < 64; i++) {
		if (objects[i])
			kmem_cache_free(&cache, objects[i]);
	}
	assert_int_equal(stats_of("test").used_count, 0);
}

static void many_caches_work(void **state)
{
	static struct kmem_cache caches[KMEM_MAX_CACHES + 20];
	void *objects[KMEM_MAX_CACHES + 20];

	(void)state;
	for (uint32_t i = 0; i < ARRAY_SIZE(caches); i++) {
		kmem_cache_init(&caches[i], "many", 8 + i * 8, 0);
		objects[i] = kmem_cache_zalloc(&caches[i]);
		assert_non_null(objects[i]);
	}
	for (uint32_t i = 0; i < ARRAY_SIZE(caches); i++) {
		kmem_cache_free(&caches[i], objects[i]);
		kmem_cache_fini(&caches[i]);
	}
}

struct held {
	void *ptr;
	size_t size;
	uint8_t fill;
};

static void random_use_keeps_contents(void **state)
{
	static struct held held[800];
	uint64_t before = kmem_used_count();
	uint64_t seed = 5;

	(void)state;
	for (uint32_t step = 0; step < 60000; step++) {
		struct held *h = &held[test_random(&seed, ARRAY_SIZE(held))];

		fake_cpu_switch((cpu_id_t)test_random(&seed, 2));
		if (h->ptr) {
			assert_int_equal(*(uint8_t *)h->ptr, h->fill);
			assert_int_equal(((uint8_t *)h->ptr)[h->size - 1], h->fill);
			kmem_free(h->ptr, h->size);
			h->ptr = NULL;
		} else {
			h->size = 1 + test_random(&seed, test_random(&seed, 50) ? 600 : 12000);
			h->fill = (uint8_t)step;
			h->ptr = kmem_alloc(h->size);
			assert_non_null(h->ptr);
			memset(h->ptr, h->fill, h->size);
		}
	}
	for (uint32_t i = 0; i < ARRAY_SIZE(held); i++)
		kmem_free(held[i].ptr, held[i].size);
	fake_cpu_switch(0);
	assert_int_equal(kmem_used_count(), before);
}

#define CACHE_TEST(function, sentence)                                                             \
	{                                                                                          \
		.name = (sentence), .test_func = (function), .setup_func = setup,                  \
		.teardown_func = teardown                                                          \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CACHE_TEST(objects_do_not_overlap, "objects do not overlap"),
		CACHE_TEST(last_freed_comes_first, "the object freed last is handed out first"),
		CACHE_TEST(zalloc_clears, "zalloc clears a used object"),
		CACHE_TEST(other_cpu_may_free, "one CPU may free what another allocated"),
		CACHE_TEST(empty_slabs_go_back, "slabs without objects go back"),
		TEST(leak_panics_at_the_end, "a cache that ends with an object in use panics"),
		CACHE_TEST(double_free_panics, "a double free panics"),
		CACHE_TEST(foreign_free_panics, "a free of what is no object panics"),
		CACHE_TEST(overrun_panics, "a write beyond the end is found on free"),
		{.name = "a write after free is found on the next alloc",
		 .test_func = write_after_free_panics,
		 .setup_func = setup},
		TEST(every_size_fits, "every size gets memory of its own"),
		TEST(size_classes_are_tight, "every size goes to the smallest class that fits"),
		TEST(absurd_sizes_fail, "absurd sizes are refused"),
		TEST(large_blocks_are_pages, "large blocks are pages of their own"),
		CACHE_TEST(no_memory_is_null, "without memory the result is NULL"),
		TEST(many_caches_work, "more caches than magazines work"),
		TEST(random_use_keeps_contents, "random use on two CPUs keeps contents"),
	};

	return cmocka_run_group_tests_name("slab", tests, boot, end);
}
