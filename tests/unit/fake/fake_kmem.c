/* In place of kernel/mm/slab.c and kmem.c. */
#include "kernel/mm/slab.h"

#include <string.h>

#include "kernel/lib/checked.h"
#include "tests/unit/fake/fake.h"

void *kmem_alloc(size_t size)
{
	return fake_alloc(size);
}

void *kmem_zalloc(size_t size)
{
	void *mem = fake_alloc(size);

	if (mem)
		memset(mem, 0, size);
	return mem;
}

void kmem_free(void *mem, size_t size)
{
	if (mem)
		fake_free(mem, size);
}

void *kmem_zalloc_array(size_t count, size_t size)
{
	size_t len;

	return mul_overflows(count, size, &len) ? NULL : kmem_zalloc(len);
}

/* A cache only remembers the size and counts what is out. */
void kmem_cache_init(struct kmem_cache *cache, const char *name, uint32_t size, uint32_t align)
{
	if (align > 16)
		fake_panic("cache %s: the fake aligns to 16 only", name);
	memset(cache, 0, sizeof(*cache));
	cache->name = name;
	cache->size = size;
}

void kmem_cache_fini(struct kmem_cache *cache)
{
	if (cache->out_count)
		fake_panic("cache %s: %lu objects are in use", cache->name, cache->out_count);
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

void *kmem_cache_alloc(struct kmem_cache *cache)
{
	void *obj = fake_alloc(cache->size);

	if (obj)
		cache->out_count++;
	return obj;
}

void *kmem_cache_zalloc(struct kmem_cache *cache)
{
	void *obj = kmem_cache_alloc(cache);

	return obj ? memset(obj, 0, cache->size) : NULL;
}

void kmem_cache_free(struct kmem_cache *cache, void *obj)
{
	cache->out_count--;
	fake_free(obj, cache->size);
}
