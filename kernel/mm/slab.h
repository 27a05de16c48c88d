/*
 * Slab: kernel objects of a few sizes, quickly.
 *
 * kmem_cache_alloc/_free are for types that have a cache of their own;
 * kmem_alloc/kmem_free for everything else. All may be called in any context
 * but NMI, never sleep, and take locks of rank SLAB, PAGE_SECTION and PAGE only.
 * Memory is not zeroed unless the name says so.
 */
#ifndef KERNEL_MM_SLAB_H
#define KERNEL_MM_SLAB_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/core/spinlock.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/list.h"
#include "kernel/mm/page_list.h"

#define KMEM_MAX_CACHES 128

struct kmem_cache {
	struct spinlock lock;
	struct page_list partial GUARDED_BY(&lock); /* slabs with a free object */
	uint32_t partial_empty GUARDED_BY(&lock);   /* those of them without a used one */
	uint32_t slab_count GUARDED_BY(&lock);
	uint64_t out_count GUARDED_BY(&lock); /* objects out of their slabs, magazines included */
	uint64_t fail_count GUARDED_BY(&lock);

	/* const after kmem_cache_init */
	uint32_t magazine; /* index of this cache's magazine on each CPU */
	uint32_t size;	   /* of an object, as asked for */
	uint32_t stride;   /* from one object to the next */
	uint32_t slab_order;
	uint32_t objects_per_slab;
	uint32_t batch; /* objects moved between magazine and slabs at once */
	const char *name;

	struct list_node node; /* under the lock of the list of caches */
};

struct kmem_cache_stats {
	const char *name;
	uint32_t object_size;
	uint32_t slab_pages; /* pages in one slab */
	uint32_t slab_count;
	uint64_t object_count; /* objects that the slabs have room for */
	uint64_t used_count;   /* objects in use; exact when nobody allocates meanwhile */
	uint64_t fail_count;   /* allocations that found no memory */
};

/*
 * Prepares a cache whose storage is the caller's. size: 1 to 32768 bytes; align:
 * a power of two up to 4096, 0 for the natural 8. name stays the caller's and
 * must live as long. Never fails; the memory comes on first use.
 */
void kmem_cache_init(struct kmem_cache *cache, const char *name, uint32_t size, uint32_t align);

/* No object may be in use: panics otherwise, for that is a leak. Interrupts on. */
void kmem_cache_fini(struct kmem_cache *cache);

/* The same with storage from kmem_alloc; NULL without memory. */
MUST_CHECK struct kmem_cache *kmem_cache_create(const char *name, uint32_t size, uint32_t align);
void kmem_cache_destroy(struct kmem_cache *cache);

MUST_CHECK void *kmem_cache_alloc(struct kmem_cache *cache);
MUST_CHECK void *kmem_cache_zalloc(struct kmem_cache *cache);
/* obj must come from this cache; NULL is a bug. */
void kmem_cache_free(struct kmem_cache *cache, void *obj);

/*
 * size bytes, 1 to 4 MiB, or NULL. Aligned to 8; sizes that are a power of two
 * are aligned to it, up to 64. Whoever needs whole pages calls page_alloc.
 */
MUST_CHECK void *kmem_alloc(size_t size);
MUST_CHECK void *kmem_zalloc(size_t size);
/* count * size with the product checked. */
MUST_CHECK void *kmem_zalloc_array(size_t count, size_t size);
/* size as it was asked for; NULL does nothing. */
void kmem_free(void *ptr, size_t size);

/* Boot, after page_init, before the first allocation. */
void kmem_init(void);

/* Empties this CPU's magazines, and gives slabs without objects back. */
void kmem_reap_this_cpu(void);

/*
 * The cache number index in order of creation: 0, or -ENOENT at the end. For
 * the monitor and for leak tests.
 */
MUST_CHECK int kmem_cache_get_stats(uint32_t index, struct kmem_cache_stats *out);

/* Objects in use over all caches, blocks above the largest cache included. */
uint64_t kmem_used_count(void);

#endif
