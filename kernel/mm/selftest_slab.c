/* Self-tests of the slab allocator. */
#include "kernel/core/percpu.h"
#include "kernel/core/selftest.h"
#include "kernel/core/smp_call.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/meminfo.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"

#define OBJECTS 400

/* What several functions, some of them on other CPUs, work on. */
static struct {
	struct kmem_cache *cache;
	uint64_t *objects[OBJECTS];
} shared;

static void alloc_objects(void *arg)
{
	uint64_t tag = (uintptr_t)arg;

	for (uint32_t i = 0; i < OBJECTS; i++) {
		shared.objects[i] = kmem_cache_alloc(shared.cache);
		if (shared.objects[i])
			shared.objects[i][0] = tag + i;
	}
}

static void free_objects(void *arg)
{
	uint64_t tag = (uintptr_t)arg;

	for (uint32_t i = 0; i < OBJECTS; i++) {
		SELFTEST_CHECK(shared.objects[i] && shared.objects[i][0] == tag + i);
		if (shared.objects[i])
			kmem_cache_free(shared.cache, shared.objects[i]);
	}
}

static int find_stats(const char *name, struct kmem_cache_stats *out)
{
	for (uint32_t i = 0; kmem_cache_get_stats(i, out) == 0; i++) {
		if (strcmp(out->name, name) == 0)
			return 0;
	}
	return -ENOENT;
}

SELFTEST(test_slab, "mm.slab", "any CPU may free the objects of any other, none is lost")
{
	struct kmem_cache_stats stats;
	struct meminfo before, after;
	uint32_t cpus = cpu_online_count();

	shared.cache = kmem_cache_create("selftest", 72, 0);
	SELFTEST_REQUIRE(shared.cache);
	meminfo_read(&before);
	for (uint32_t i = 0; i < 3 * cpus; i++) {
		void *tag = (void *)(uintptr_t)(i * 1000 + 1);

		smp_call_cpu(i % cpus, alloc_objects, tag);
		SELFTEST_CHECK_EQ(find_stats("selftest", &stats), 0);
		SELFTEST_CHECK_EQ(stats.used_count, OBJECTS);
		smp_call_cpu((i + 1) % cpus, free_objects, tag);
		SELFTEST_CHECK_EQ(find_stats("selftest", &stats), 0);
		SELFTEST_CHECK_EQ(stats.used_count, 0);
	}
	/* Panics if an object were still in use. */
	kmem_cache_destroy(shared.cache);
	SELFTEST_CHECK_EQ(find_stats("selftest", &stats), -ENOENT);
	meminfo_read(&after);
	SELFTEST_CHECK_EQ(after.other, before.other);
}

/* Every CPU but this one at the same time, in its interrupt handler. */
static void churn(void *arg)
{
	struct kmem_cache *cache = arg;
	void *objects[40];

	for (uint32_t round = 0; round < 20; round++) {
		for (uint32_t i = 0; i < ARRAY_SIZE(objects); i++)
			objects[i] = kmem_cache_zalloc(cache);
		for (uint32_t i = 0; i < ARRAY_SIZE(objects); i++) {
			if (objects[i])
				kmem_cache_free(cache, objects[i]);
		}
	}
}

SELFTEST(test_slab_all, "mm.slab.all", "all CPUs may use one cache at once")
{
	static struct kmem_cache cache;
	struct kmem_cache_stats stats;

	kmem_cache_init(&cache, "selftest-all", 200, 64);
	for (uint32_t i = 0; i < 10; i++) {
		smp_call_others(churn, &cache);
		churn(&cache);
	}
	SELFTEST_CHECK_EQ(find_stats("selftest-all", &stats), 0);
	SELFTEST_CHECK_EQ(stats.used_count, 0);
	kmem_cache_fini(&cache);
}

SELFTEST(test_kmem, "mm.kmem", "memory of every size is its own, and large blocks are pages")
{
	static const uint32_t sizes[] = {1,   8,   16,	 17,   24,   25,   64,	 100,	128,
					 500, 512, 1000, 3000, 4096, 8192, 8193, 40000, 500000};
	uint8_t *ptrs[ARRAY_SIZE(sizes)];

	for (uint32_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		ptrs[i] = kmem_zalloc(sizes[i]);
		SELFTEST_CHECK(ptrs[i]);
		if (!ptrs[i])
			continue;
		SELFTEST_CHECK(ptrs[i][0] == 0 && ptrs[i][sizes[i] - 1] == 0);
		memset(ptrs[i], (int)i + 1, sizes[i]);
	}
	for (uint32_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		if (!ptrs[i])
			continue;
		SELFTEST_CHECK_EQ(ptrs[i][0], i + 1);
		SELFTEST_CHECK_EQ(ptrs[i][sizes[i] - 1], i + 1);
		kmem_free(ptrs[i], sizes[i]);
	}
	SELFTEST_CHECK(!kmem_alloc(0));
	SELFTEST_CHECK(!kmem_alloc(PAGE_MAX_BLOCK + 1));
}
