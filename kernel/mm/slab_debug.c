/*
 * Checks on slab objects, debug builds only.
 *
 * Behind each object lies a red zone, a word that says whether it is allocated,
 * and who made it so. A free object is filled with one byte value, so that a
 * write through a stale pointer is found when the object is handed out again; a
 * new one is filled with another, so that nobody can rely on zeros.
 */
#include "kernel/mm/slab_impl.h"

#if CONFIG_DEBUG

#include "kernel/core/ksym.h"
#include "kernel/core/panic.h"
#include "kernel/lib/string.h"

#define RED_ZONE 0xb0b1b2b3b4b5b6b7ull
#define STATE_FREE 0xf4eef4eef4eef4eeull
#define STATE_ALLOCATED 0xa110ca7eda110ca7ull
#define BYTE_FREE 0x6b
#define BYTE_NEW 0x5a

struct slab_trailer *slab_trailer(const struct kmem_cache *cache, void *obj)
{
	return (struct slab_trailer *)((char *)obj + ALIGN_UP(cache->size, 8u));
}

static NORETURN COLD void report(const struct kmem_cache *cache, void *obj, const char *what,
				 vaddr_t pc)
{
	vaddr_t last_pc = slab_trailer(cache, obj)->pc;
	const char *last = "?";
	const char *now = "?";
	uint64_t last_offset = 0;
	uint64_t offset = 0;

	if (ksym_lookup(last_pc, &last, &last_offset))
		last_offset = last_pc;
	if (ksym_lookup(pc, &now, &offset))
		offset = pc;
	panic("slab: %s: object %p of cache '%s', now in %s+0x%llx, last change by %s+0x%llx", what,
	      obj, cache->name, now, (unsigned long long)offset, last,
	      (unsigned long long)last_offset);
}

/* The bytes between the object and its trailer belong to the red zone too. */
static bool padding_is_intact(const struct kmem_cache *cache, const uint8_t *obj)
{
	for (uint32_t i = cache->size; i < ALIGN_UP(cache->size, 8u); i++) {
		if (obj[i] != (uint8_t)RED_ZONE)
			return false;
	}
	return true;
}

static bool is_poisoned(const struct kmem_cache *cache, const uint8_t *obj)
{
	for (uint32_t i = 0; i < cache->size; i++) {
		if (obj[i] != BYTE_FREE)
			return false;
	}
	return true;
}

void slab_debug_carve(struct kmem_cache *cache, void *obj)
{
	struct slab_trailer *trailer = slab_trailer(cache, obj);

	memset(obj, BYTE_FREE, cache->size);
	memset((char *)obj + cache->size, (uint8_t)RED_ZONE,
	       ALIGN_UP(cache->size, 8u) - cache->size);
	trailer->red_zone = RED_ZONE;
	trailer->state = STATE_FREE;
	trailer->pc = 0;
}

static void check_red_zone(const struct kmem_cache *cache, void *obj, vaddr_t pc)
{
	if (slab_trailer(cache, obj)->red_zone != RED_ZONE || !padding_is_intact(cache, obj))
		report(cache, obj, "write beyond the end", pc);
}

void slab_debug_alloc(struct kmem_cache *cache, void *obj, vaddr_t pc)
{
	struct slab_trailer *trailer = slab_trailer(cache, obj);

	check_red_zone(cache, obj, pc);
	if (trailer->state != STATE_FREE)
		report(cache, obj, "free list holds an object in use", pc);
	if (!is_poisoned(cache, obj))
		report(cache, obj, "write after free", pc);
	memset(obj, BYTE_NEW, cache->size);
	trailer->state = STATE_ALLOCATED;
	trailer->pc = pc;
}

void slab_debug_free(struct kmem_cache *cache, void *obj, vaddr_t pc)
{
	struct slab_trailer *trailer = slab_trailer(cache, obj);

	if (!slab_owns(cache, obj))
		panic("slab: free of %p, which is no object of cache '%s'", obj, cache->name);
	if (trailer->state == STATE_FREE)
		report(cache, obj, "double free", pc);
	check_red_zone(cache, obj, pc);
	if (trailer->state != STATE_ALLOCATED)
		report(cache, obj, "free of an object whose state is overwritten", pc);
	memset(obj, BYTE_FREE, cache->size);
	trailer->state = STATE_FREE;
	trailer->pc = pc;
}

#endif
