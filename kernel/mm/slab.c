/*
 * Slab allocator.
 *
 *	alloc -> this CPU's magazine -> slabs with a free object -> page_alloc
 *
 * A slab is a block of pages cut into objects of one cache. Its bookkeeping is in
 * the struct page of its first page: up to where objects were ever handed out
 * (.carved: what lies above is untouched memory), how many are out now, and the
 * first of the free ones, which link to each other by their place in the slab,
 * each in its own first bytes. Slabs with a free object are in the cache's list; full ones are in
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
 * Lock order: list of caches (slab_cache.c) -> cache -> page allocator.
 */
#include "kernel/mm/slab.h"

#include "kernel/core/assert.h"
#include "kernel/core/percpu.h"
#include "kernel/lib/string.h"
#include "kernel/mm/fail.h"
#include "kernel/mm/meminfo.h"
#include "kernel/mm/slab_impl.h"

#define MAGAZINE_SLOTS 31
/* Places in a slab are kept in units of 8 bytes. */
#define OFFSET(place) (8ul * (place))
#define NO_OBJECT UINT16_MAX
#define SLAB_MAX_ORDER 4u
/* Slabs without a used object that a cache keeps for the next burst. */
#define KEEP_EMPTY 1u

struct magazine {
	uint32_t count;
	uint32_t limit;
	void *objects[MAGAZINE_SLOTS];
};

static DEFINE_PER_CPU(struct magazine *, magazines[KMEM_MAX_CACHES]);

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

void slab_cache_setup(struct kmem_cache *cache, const char *name, uint32_t size, uint32_t align)
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
	cache->magazine = SLAB_NO_NUMBER;
	cache->size = size;
	cache->stride = ALIGN_UP(ALIGN_UP(size, 8u) + (uint32_t)SLAB_TRAILER, align);
	cache->slab_order = choose_order(cache->stride);
	cache->objects_per_slab = slab_objects(cache->slab_order, cache->stride);
	cache->batch = magazine_limit(cache->stride) / 2;
	cache->name = name;
}

void slab_init(void)
{
	slab_cache_setup(&magazine_cache, "kmem-magazine", sizeof(struct magazine), 64);
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
	       (addr - base) % cache->stride == 0 && addr - base < OFFSET(slab->slab.carved);
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

/* n objects out of a slab that has them: freed ones first, then untouched memory. */
static void take_from(struct kmem_cache *cache, struct page *slab, void **out, uint32_t n)
{
	char *base = page_vaddr(slab);
	uint32_t first = slab->slab.first_free;
	uint32_t carved = slab->slab.carved;

	for (uint32_t i = 0; i < n; i++) {
		void *obj = base + OFFSET(first);

		if (first != NO_OBJECT) {
			first = *link_of(cache, obj);
		} else {
			obj = base + OFFSET(carved);
			carved += cache->stride / 8;
			slab_debug_carve(cache, obj);
		}
		out[i] = obj;
	}
	slab->slab.first_free = (uint16_t)first;
	slab->slab.carved = (uint16_t)carved;
	slab->slab.in_use = (uint16_t)(slab->slab.in_use + n);
}

/*
 * Takes up to max objects out of slabs that have free ones. Returns how many;
 * none means that no slab has any.
 */
static uint32_t take_locked(struct kmem_cache *cache, void **out, uint32_t max)
	REQUIRES(&cache->lock);

static uint32_t take_locked(struct kmem_cache *cache, void **out, uint32_t max)
{
	uint32_t count = 0;

	while (count < max && !page_list_is_empty(&cache->partial)) {
		struct page *slab = page_list_first(&cache->partial, PAGE_MAP);
		uint32_t room = cache->objects_per_slab - slab->slab.in_use;
		uint32_t n = MIN(room, max - count);

		if (slab->slab.in_use == 0)
			cache->partial_empty--;
		take_from(cache, slab, out + count, n);
		if (n == room)
			unlist_slab(cache, slab);
		count += n;
	}
	cache->out_count += count;
	return count;
}

/* Gives an object back to its slab; one slab too many goes to *spare. */
static void give_locked(struct kmem_cache *cache, void *obj, struct page_list *spare)
	REQUIRES(&cache->lock);

static void give_locked(struct kmem_cache *cache, void *obj, struct page_list *spare)
{
	struct page *slab = slab_of(cache, obj);
	uint32_t offset = (uint32_t)((char *)obj - (char *)page_vaddr(slab));

	/* Cheap enough for release builds: a foreign pointer ends here. */
	ASSERT(slab->flags == PAGE_FLAG_SLAB && slab->owner == cache);
	ASSERT(slab->slab.in_use > 0);
	*link_of(cache, obj) = slab->slab.first_free;
	slab->slab.first_free = (uint16_t)(offset / 8);
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

/* Up to max objects, at least one: 0 without memory. */
static uint32_t take_batch_irqs_off(struct kmem_cache *cache, void **out, uint32_t max)
{
	uint32_t count;

	do {
		spin_lock_irqs_off(&cache->lock);
		count = take_locked(cache, out, max);
		spin_unlock_irqs_off(&cache->lock);
	} while (count == 0 && grow_irqs_off(cache));
	return count;
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
	void *obj;

	if (mag || cache->magazine == SLAB_NO_NUMBER)
		return mag;
	if (take_batch_irqs_off(&magazine_cache, &obj, 1) == 0)
		return NULL;
	mag = obj;
	slab_debug_alloc(&magazine_cache, mag, CALLER_PC);
	mag->count = 0;
	mag->limit = cache->batch * 2;
	*slot = mag;
	return mag;
}

static NOINLINE void *alloc_slow_irqs_off(struct kmem_cache *cache)
{
	struct magazine *mag = get_magazine_irqs_off(cache);
	void *obj;

	if (!mag)
		return take_batch_irqs_off(cache, &obj, 1) ? obj : NULL;
	/* It is empty, or we would not be here. */
	mag->count = take_batch_irqs_off(cache, mag->objects, cache->batch);
	return mag->count ? mag->objects[--mag->count] : NULL;
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
		for (uint32_t i = 0; i < mag->count; i++)
			mag->objects[i] = mag->objects[i + cache->batch];
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

void slab_flush_magazine(void *arg)
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

void slab_drop_magazine(void *arg)
{
	struct kmem_cache *cache = arg;
	irqflags_t flags = arch_irq_save();
	struct magazine **slot = magazine_slot(cache);
	void *mag = *slot;

	slab_flush_magazine(cache);
	*slot = NULL;
	if (mag) {
		slab_debug_free(&magazine_cache, mag, CALLER_PC);
		give_batch_irqs_off(&magazine_cache, &mag, 1);
	}
	arch_irq_restore(flags);
}

void slab_trim(struct kmem_cache *cache)
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

uint64_t slab_magazine_count(struct kmem_cache *cache)
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

void slab_trim_magazines(void)
{
	slab_trim(&magazine_cache);
}
