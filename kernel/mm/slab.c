/*
 * Slab allocator.
 *
 *	alloc -> this CPU's magazine -> slabs with a free object -> page_alloc
 *
 * A slab is a block of pages cut into objects of one cache. Its bookkeeping is in
 * the struct page of its first page: how many objects were ever handed out
 * (.carved: objects above are untouched memory), how many are out now, and the
 * first of the free ones, which link to each other by number, each in its own
 * first bytes. Slabs with a free object are in the cache's list; full ones are in
 * no list and are found again by the address of the object that comes back.
 *
 * A magazine is a small stack of objects that belongs to one CPU and one cache.
 * It is touched by its CPU only, with interrupts off, so the usual alloc and free
 * need no lock and no atomic operation. An empty magazine is filled, and a full
 * one emptied, by half: only then is the cache's lock taken. For the slabs,
 * objects in a magazine are out; that is why "used" is out_count less what the
 * magazines hold.
 *
 * The magazines of all caches are found through one per-CPU array, indexed by the
 * cache's number. They are objects of a cache themselves, of the one cache that
 * has none. A cache without a number, or a CPU without memory for a magazine,
 * works on the slabs directly.
 *
 * Memory is never requested with the cache's lock held: page_alloc may have to
 * take a section into use.
 *
 * Lock order: list of caches -> cache -> page allocator.
 */
#include "kernel/mm/slab.h"

#include "kernel/core/assert.h"
#include "kernel/core/panic.h"
#include "kernel/core/percpu.h"
#include "kernel/core/smp_call.h"
#include "kernel/lib/bitmap.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/fail.h"
#include "kernel/mm/meminfo.h"
#include "kernel/mm/slab_impl.h"

#define MAGAZINE_SLOTS 31
#define NO_OBJECT UINT16_MAX
#define SLAB_MAX_ORDER 4u
/* Number 0 is never given to a cache: no CPU has a magazine there. */
#define NUMBER_NONE 0u
/* Slabs without a used object that a cache keeps for the next burst. */
#define KEEP_EMPTY 1u

struct magazine {
	uint32_t count;
	uint32_t limit;
	void *objects[MAGAZINE_SLOTS];
};

static DEFINE_PER_CPU(struct magazine *, magazines[KMEM_MAX_CACHES]);

static struct spinlock caches_lock = SPINLOCK_INIT(LOCK_SLAB_LIST);
static struct list_node caches = LIST_INIT(caches); /* under caches_lock */
static uint64_t numbers[BITMAP_WORDS(KMEM_MAX_CACHES)] = {1};
static struct kmem_cache magazine_cache;

/* Interrupts off: the slot of this CPU for the cache. */
static ALWAYS_INLINE struct magazine **magazine_slot(const struct kmem_cache *cache)
{
	return &(*this_cpu_ptr(magazines))[cache->magazine];
}

/* Free objects are linked where nothing else lies: in debug builds behind them. */
static ALWAYS_INLINE uint16_t *link_of(struct kmem_cache *cache UNUSED, void *obj)
{
#if CONFIG_DEBUG
	return (uint16_t *)&slab_trailer(cache, obj)->next_free;
#else
	return obj;
#endif
}

static uint32_t slab_objects(uint32_t order, uint32_t stride)
{
	return (uint32_t)(PAGE_SIZE << order) / stride;
}

/* The smallest slab that wastes at most an eighth and holds a few objects. */
static uint32_t choose_order(uint32_t stride)
{
	uint32_t order = 0;

	while (order < SLAB_MAX_ORDER) {
		uint32_t bytes = (uint32_t)PAGE_SIZE << order;
		uint32_t count = bytes / stride;

		if (count >= 4 && bytes - count * stride <= bytes / 8)
			break;
		if (order == SLAB_MAX_ORDER - 1 && count > 0)
			break;
		order++;
	}
	return order;
}

static uint32_t magazine_limit(uint32_t stride)
{
	if (stride <= 512)
		return 30;
	if (stride <= 2048)
		return 16;
	return stride <= 4096 ? 8 : 4;
}

static void cache_setup(struct kmem_cache *cache, const char *name, uint32_t size, uint32_t align)
{
	ASSERT(size > 0 && size <= 32768);
	ASSERT(align <= 4096 && (align & (align - 1)) == 0);
	align = MAX(align, 8u);
	spin_lock_init(&cache->lock, LOCK_SLAB);
	page_list_init(&cache->partial);
	cache->partial_empty = 0;
	cache->slab_count = 0;
	cache->out_count = 0;
	cache->fail_count = 0;
	cache->magazine = NUMBER_NONE;
	cache->size = size;
	cache->stride = ALIGN_UP(ALIGN_UP(size, 8u) + (uint32_t)SLAB_TRAILER, align);
	cache->slab_order = choose_order(cache->stride);
	cache->objects_per_slab = slab_objects(cache->slab_order, cache->stride);
	cache->batch = magazine_limit(cache->stride) / 2;
	cache->name = name;
}

void kmem_cache_init(struct kmem_cache *cache, const char *name, uint32_t size, uint32_t align)
{
	irqflags_t flags;
	size_t number;

	cache_setup(cache, name, size, align);
	flags = spin_lock_irqsave(&caches_lock);
	number = bitmap_next_zero(numbers, KMEM_MAX_CACHES, 0);
	if (number < KMEM_MAX_CACHES) {
		bitmap_set(numbers, number);
		cache->magazine = (uint32_t)number;
	}
	list_push_back(&caches, &cache->node);
	spin_unlock_irqrestore(&caches_lock, flags);
}

void slab_init(void)
{
	cache_setup(&magazine_cache, "kmem-magazine", sizeof(struct magazine), 64);
}

/* The first page of the slab that holds obj. */
static struct page *slab_of(const struct kmem_cache *cache, const void *obj)
{
	uintptr_t base = ALIGN_DOWN((uintptr_t)obj, PAGE_SIZE << cache->slab_order);

	return vaddr_to_page((const void *)base);
}

bool slab_owns(struct kmem_cache *cache, const void *obj)
{
	uintptr_t addr = (uintptr_t)obj;
	uintptr_t base = ALIGN_DOWN(addr, PAGE_SIZE << cache->slab_order);
	const struct page *slab;

	if (addr < ARCH_DIRECT_MAP_BASE || addr >= ARCH_DIRECT_MAP_END)
		return false;
	if (!page_is_managed(vaddr_to_paddr((const void *)base)))
		return false;
	slab = slab_of(cache, obj);
	return slab->flags == PAGE_FLAG_SLAB && slab->owner == cache &&
	       (addr - base) % cache->stride == 0 &&
	       (addr - base) / cache->stride < slab->slab.carved;
}

static void list_slab(struct kmem_cache *cache, struct page *slab) REQUIRES(&cache->lock);

static void list_slab(struct kmem_cache *cache, struct page *slab)
{
	slab->slab.is_listed = 1;
	page_list_push_front(&cache->partial, PAGE_MAP, slab);
}

static void unlist_slab(struct kmem_cache *cache, struct page *slab) REQUIRES(&cache->lock);

static void unlist_slab(struct kmem_cache *cache, struct page *slab)
{
	slab->slab.is_listed = 0;
	page_list_remove(&cache->partial, PAGE_MAP, slab);
}

/* An object out of a slab with a free one; NULL when no slab has any. */
static void *take_locked(struct kmem_cache *cache) REQUIRES(&cache->lock);

static void *take_locked(struct kmem_cache *cache)
{
	struct page *slab = page_list_first(&cache->partial, PAGE_MAP);
	char *obj;

	if (!slab)
		return NULL;
	if (slab->slab.first_free != NO_OBJECT) {
		obj = (char *)page_vaddr(slab) + slab->slab.first_free * cache->stride;
		slab->slab.first_free = *link_of(cache, obj);
	} else {
		obj = (char *)page_vaddr(slab) + slab->slab.carved * cache->stride;
		slab->slab.carved++;
		slab_debug_carve(cache, obj);
	}
	if (slab->slab.in_use == 0)
		cache->partial_empty--;
	slab->slab.in_use++;
	if (slab->slab.in_use == cache->objects_per_slab)
		unlist_slab(cache, slab);
	cache->out_count++;
	return obj;
}

/* Gives an object back to its slab; one slab too many goes to *spare. */
static void give_locked(struct kmem_cache *cache, void *obj, struct page_list *spare)
	REQUIRES(&cache->lock);

static void give_locked(struct kmem_cache *cache, void *obj, struct page_list *spare)
{
	struct page *slab = slab_of(cache, obj);
	uint32_t offset = (uint32_t)((char *)obj - (char *)page_vaddr(slab));
	uint32_t number = offset / cache->stride;

	/* Cheap enough for release builds: a foreign pointer ends here. */
	ASSERT(slab->flags == PAGE_FLAG_SLAB && slab->owner == cache);
	ASSERT(number * cache->stride == offset && slab->slab.in_use > 0);
	*link_of(cache, obj) = slab->slab.first_free;
	slab->slab.first_free = (uint16_t)number;
	slab->slab.in_use--;
	cache->out_count--;
	if (!slab->slab.is_listed)
		list_slab(cache, slab);
	if (slab->slab.in_use > 0)
		return;
	if (cache->partial_empty < KEEP_EMPTY) {
		cache->partial_empty++;
		return;
	}
	unlist_slab(cache, slab);
	cache->slab_count--;
	page_list_push_front(spare, PAGE_MAP, slab);
}

static void free_slabs(const struct kmem_cache *cache, struct page_list *slabs)
{
	struct page *slab;

	while ((slab = page_list_pop_front(slabs, PAGE_MAP))) {
		slab->flags = 0;
		mem_use_add(MEM_USE_SLAB, -(1ll << cache->slab_order));
		page_free(slab, cache->slab_order);
	}
}

/* Another slab: false without memory. */
static bool grow_irqs_off(struct kmem_cache *cache)
{
	struct page *slab = page_alloc(cache->slab_order, 0);

	spin_lock_irqs_off(&cache->lock);
	if (slab) {
		slab->flags = PAGE_FLAG_SLAB;
		slab->owner = cache;
		slab->slab.first_free = NO_OBJECT;
		slab->slab.in_use = 0;
		slab->slab.carved = 0;
		list_slab(cache, slab);
		cache->slab_count++;
		cache->partial_empty++;
	} else {
		cache->fail_count++;
	}
	spin_unlock_irqs_off(&cache->lock);
	if (slab)
		mem_use_add(MEM_USE_SLAB, 1ll << cache->slab_order);
	return slab;
}

/* One object for the caller, and up to half a magazine more if there is one. */
static void *take_batch_irqs_off(struct kmem_cache *cache, struct magazine *mag)
{
	for (;;) {
		void *obj;

		spin_lock_irqs_off(&cache->lock);
		obj = take_locked(cache);
		while (obj && mag && mag->count < cache->batch) {
			void *more = take_locked(cache);

			if (!more)
				break;
			mag->objects[mag->count++] = more;
		}
		spin_unlock_irqs_off(&cache->lock);
		if (obj || !grow_irqs_off(cache))
			return obj;
	}
}

static void give_batch_irqs_off(struct kmem_cache *cache, void **objects, uint32_t count)
{
	struct page_list spare;

	page_list_init(&spare);
	spin_lock_irqs_off(&cache->lock);
	for (uint32_t i = 0; i < count; i++)
		give_locked(cache, objects[i], &spare);
	spin_unlock_irqs_off(&cache->lock);
	free_slabs(cache, &spare);
}

/* This CPU's magazine, made if need be; NULL when there is no memory for it. */
static struct magazine *get_magazine_irqs_off(struct kmem_cache *cache)
{
	struct magazine **slot = magazine_slot(cache);
	struct magazine *mag = *slot;

	if (mag || cache->magazine == NUMBER_NONE)
		return mag;
	mag = take_batch_irqs_off(&magazine_cache, NULL);
	if (!mag)
		return NULL;
	slab_debug_alloc(&magazine_cache, mag, CALLER_PC);
	mag->count = 0;
	mag->limit = cache->batch * 2;
	*slot = mag;
	return mag;
}

static NOINLINE void *alloc_slow_irqs_off(struct kmem_cache *cache)
{
	return take_batch_irqs_off(cache, get_magazine_irqs_off(cache));
}

static NOINLINE void free_slow_irqs_off(struct kmem_cache *cache, void *obj)
{
	struct magazine *mag = get_magazine_irqs_off(cache);

	if (!mag) {
		give_batch_irqs_off(cache, &obj, 1);
		return;
	}
	if (mag->count == mag->limit) {
		/* The lower half: what was freed last is the most likely to be cached. */
		give_batch_irqs_off(cache, mag->objects, cache->batch);
		mag->count -= cache->batch;
		memmove(mag->objects, mag->objects + cache->batch,
			mag->count * sizeof(mag->objects[0]));
	}
	mag->objects[mag->count++] = obj;
}

static ALWAYS_INLINE void *alloc_object(struct kmem_cache *cache, vaddr_t pc UNUSED)
{
	irqflags_t flags;
	struct magazine *mag;
	void *obj;

	if (mm_should_fail())
		return NULL;
	flags = arch_irq_save();
	mag = *magazine_slot(cache);
	if (LIKELY(mag && mag->count > 0))
		obj = mag->objects[--mag->count];
	else
		obj = alloc_slow_irqs_off(cache);
	arch_irq_restore(flags);
#if CONFIG_DEBUG
	if (obj)
		slab_debug_alloc(cache, obj, pc);
#endif
	return obj;
}

static ALWAYS_INLINE void free_object(struct kmem_cache *cache, void *obj, vaddr_t pc)
{
	irqflags_t flags;
	struct magazine *mag;

	slab_debug_free(cache, obj, pc);
	flags = arch_irq_save();
	mag = *magazine_slot(cache);
	if (LIKELY(mag && mag->count < mag->limit))
		mag->objects[mag->count++] = obj;
	else
		free_slow_irqs_off(cache, obj);
	arch_irq_restore(flags);
}

void *slab_alloc(struct kmem_cache *cache, vaddr_t pc)
{
	return alloc_object(cache, pc);
}

void slab_free(struct kmem_cache *cache, void *obj, vaddr_t pc)
{
	free_object(cache, obj, pc);
}

void *kmem_cache_alloc(struct kmem_cache *cache)
{
	return alloc_object(cache, CALLER_PC);
}

void *kmem_cache_zalloc(struct kmem_cache *cache)
{
	void *obj = alloc_object(cache, CALLER_PC);

	if (obj)
		memset(obj, 0, cache->size);
	return obj;
}

void kmem_cache_free(struct kmem_cache *cache, void *obj)
{
	free_object(cache, obj, CALLER_PC);
}

/* Empties this CPU's magazine for the cache; keeps the magazine itself. */
static void flush_magazine(void *arg)
{
	struct kmem_cache *cache = arg;
	irqflags_t flags = arch_irq_save();
	struct magazine *mag = *magazine_slot(cache);

	if (mag) {
		give_batch_irqs_off(cache, mag->objects, mag->count);
		mag->count = 0;
	}
	arch_irq_restore(flags);
}

static void drop_magazine(void *arg)
{
	struct kmem_cache *cache = arg;
	irqflags_t flags = arch_irq_save();
	struct magazine **slot = magazine_slot(cache);
	void *mag = *slot;

	flush_magazine(cache);
	*slot = NULL;
	if (mag) {
		slab_debug_free(&magazine_cache, mag, CALLER_PC);
		give_batch_irqs_off(&magazine_cache, &mag, 1);
	}
	arch_irq_restore(flags);
}

/* Gives the slabs without a used object back. */
static void trim(struct kmem_cache *cache)
{
	struct page_list spare;
	irqflags_t flags;
	uint32_t pfn;

	page_list_init(&spare);
	flags = spin_lock_irqsave(&cache->lock);
	pfn = cache->partial_empty ? cache->partial.first : PFN_NONE;
	while (pfn != PFN_NONE) {
		struct page *slab = pfn_to_page(pfn);

		pfn = slab->next;
		if (slab->slab.in_use > 0)
			continue;
		unlist_slab(cache, slab);
		cache->partial_empty--;
		cache->slab_count--;
		page_list_push_front(&spare, PAGE_MAP, slab);
	}
	spin_unlock_irqrestore(&cache->lock, flags);
	free_slabs(cache, &spare);
}

void kmem_cache_fini(struct kmem_cache *cache)
{
	irqflags_t flags = spin_lock_irqsave(&caches_lock);
	uint64_t left;

	list_remove(&cache->node);
	spin_unlock_irqrestore(&caches_lock, flags);

	smp_call_others(drop_magazine, cache);
	drop_magazine(cache);
	trim(cache);

	flags = spin_lock_irqsave(&cache->lock);
	left = cache->out_count;
	spin_unlock_irqrestore(&cache->lock, flags);
	if (left > 0)
		panic("slab: cache '%s' ends with %llu objects in use", cache->name,
		      (unsigned long long)left);

	flags = spin_lock_irqsave(&caches_lock);
	if (cache->magazine != NUMBER_NONE)
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
			flush_magazine(cache);
			trim(cache);
		}
		spin_unlock_irqrestore(&caches_lock, flags);
		if (!cache)
			break;
	}
	trim(&magazine_cache);
}

/* Objects of the cache in the magazines of all CPUs. */
static uint64_t magazine_count(struct kmem_cache *cache)
{
	uint64_t count = 0;

	for (cpu_id_t cpu = 0; cpu < MAX_CPUS; cpu++) {
		const struct magazine *mag;

		if (cpu > 0 && !percpu_offsets[cpu])
			continue;
		mag = READ_ONCE((*cpu_ptr(magazines, cpu))[cache->magazine]);
		if (mag)
			count += READ_ONCE(mag->count);
	}
	return count;
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
		out->used_count = cache->out_count - magazine_count(cache);
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
