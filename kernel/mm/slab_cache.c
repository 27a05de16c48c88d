/*
 * Slab caches: their life, and the list of them all.
 *
 * A cache gets a number, by which each CPU finds its magazine for it. Numbers are
 * few; a cache that gets none works without magazines, only slower.
 */
#include "kernel/core/panic.h"
#include "kernel/core/smp_call.h"
#include "kernel/lib/bitmap.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/slab.h"
#include "kernel/mm/slab_impl.h"

static struct spinlock caches_lock = SPINLOCK_INIT(LOCK_SLAB_LIST);
static struct list_node caches GUARDED_BY(&caches_lock) = LIST_INIT(caches);
static uint64_t numbers[BITMAP_WORDS(KMEM_MAX_CACHES)] GUARDED_BY(&caches_lock) = {
	BIT(SLAB_NO_NUMBER)};

void kmem_cache_init(struct kmem_cache *cache, const char *name, uint32_t size, uint32_t align)
{
	irqflags_t flags;
	size_t number;

	slab_cache_setup(cache, name, size, align);
	flags = spin_lock_irqsave(&caches_lock);
	number = bitmap_next_zero(numbers, KMEM_MAX_CACHES, 0);
	if (number < KMEM_MAX_CACHES) {
		bitmap_set(numbers, number);
		cache->magazine = (uint32_t)number;
	}
	list_push_back(&caches, &cache->node);
	spin_unlock_irqrestore(&caches_lock, flags);
}

void kmem_cache_fini(struct kmem_cache *cache)
{
	irqflags_t flags = spin_lock_irqsave(&caches_lock);
	uint64_t left;

	list_remove(&cache->node);
	spin_unlock_irqrestore(&caches_lock, flags);

	smp_call_others(slab_drop_magazine, cache);
	slab_drop_magazine(cache);
	slab_trim(cache);

	flags = spin_lock_irqsave(&cache->lock);
	left = cache->out_count;
	spin_unlock_irqrestore(&cache->lock, flags);
	if (left > 0)
		panic("slab: cache '%s' ends with %llu objects in use", cache->name,
		      (unsigned long long)left);

	flags = spin_lock_irqsave(&caches_lock);
	if (cache->magazine != SLAB_NO_NUMBER)
		bitmap_clear(numbers, cache->magazine);
	spin_unlock_irqrestore(&caches_lock, flags);
}

struct kmem_cache *kmem_cache_create(const char *name, uint32_t size, uint32_t align)
{
	struct kmem_cache *cache = kmem_alloc(sizeof(*cache));

	if (cache)
		kmem_cache_init(cache, name, size, align);
	return cache;
}

void kmem_cache_destroy(struct kmem_cache *cache)
{
	kmem_cache_fini(cache);
	kmem_free(cache, sizeof(*cache));
}

/* By index, so that the lock can be dropped between one cache and the next. */
static struct kmem_cache *cache_at_locked(uint32_t index) REQUIRES(&caches_lock);

static struct kmem_cache *cache_at_locked(uint32_t index)
{
	list_for_each (node, &caches) {
		if (index-- == 0)
			return list_entry(node, struct kmem_cache, node);
	}
	return NULL;
}

void kmem_reap_this_cpu(void)
{
	struct kmem_cache *cache;

	for (uint32_t i = 0;; i++) {
		irqflags_t flags = spin_lock_irqsave(&caches_lock);

		cache = cache_at_locked(i);
		if (cache) {
			slab_flush_magazine(cache);
			slab_trim(cache);
		}
		spin_unlock_irqrestore(&caches_lock, flags);
		if (!cache)
			break;
	}
	slab_trim_magazines();
}

int kmem_cache_get_stats(uint32_t index, struct kmem_cache_stats *out)
{
	irqflags_t flags = spin_lock_irqsave(&caches_lock);
	struct kmem_cache *cache = cache_at_locked(index);

	if (cache) {
		spin_lock_irqs_off(&cache->lock);
		out->name = cache->name;
		out->object_size = cache->size;
		out->slab_pages = 1u << cache->slab_order;
		out->slab_count = cache->slab_count;
		out->object_count = (uint64_t)cache->slab_count * cache->objects_per_slab;
		out->used_count = cache->out_count - slab_magazine_count(cache);
		out->fail_count = cache->fail_count;
		spin_unlock_irqs_off(&cache->lock);
	}
	spin_unlock_irqrestore(&caches_lock, flags);
	return cache ? 0 : -ENOENT;
}

uint64_t kmem_used_count(void)
{
	struct kmem_cache_stats stats;
	uint64_t count = kmem_large_count();

	for (uint32_t i = 0; kmem_cache_get_stats(i, &stats) == 0; i++)
		count += stats.used_count;
	return count;
}
