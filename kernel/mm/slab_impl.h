/* What slab.c, slab_debug.c and kmem.c tell each other. */
#ifndef KERNEL_MM_SLAB_IMPL_H
#define KERNEL_MM_SLAB_IMPL_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/core/lockdep.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"
#include "kernel/mm/slab.h"

#if CONFIG_DEBUG
/* Behind each object in debug builds: who did what to it last. */
struct slab_trailer {
	uint64_t red_zone;
	uint64_t state;
	vaddr_t pc; /* of the last alloc or free */
	uint64_t next_free;
};
#define SLAB_TRAILER sizeof(struct slab_trailer)

/* A new object: free, poisoned. */
void slab_debug_carve(struct kmem_cache *cache, void *obj);
/* Both panic when the object is not in the state it has to be in. */
void slab_debug_alloc(struct kmem_cache *cache, void *obj, vaddr_t pc);
void slab_debug_free(struct kmem_cache *cache, void *obj, vaddr_t pc);
struct slab_trailer *slab_trailer(const struct kmem_cache *cache, void *obj);
#else
#define SLAB_TRAILER 0

static inline void slab_debug_carve(struct kmem_cache *cache UNUSED, void *obj UNUSED)
{
}
static inline void slab_debug_alloc(struct kmem_cache *cache UNUSED, void *obj UNUSED,
				    vaddr_t pc UNUSED)
{
}
static inline void slab_debug_free(struct kmem_cache *cache UNUSED, void *obj UNUSED,
				   vaddr_t pc UNUSED)
{
}
#endif

#define CALLER_PC ((vaddr_t)__builtin_return_address(0))

/* Alloc and free on behalf of the function that pc returns to. */
void *slab_alloc(struct kmem_cache *cache, vaddr_t pc);
void slab_free(struct kmem_cache *cache, void *obj, vaddr_t pc);

/* Number 0 is never given to a cache: no CPU has a magazine there. */
#define SLAB_NO_NUMBER 0u

/* Everything of a cache but its number and its place in the list of caches. */
void slab_cache_setup(struct kmem_cache *cache, const char *name, uint32_t size, uint32_t align);

/* Empties this CPU's magazine for the cache (arg); drop frees the magazine too. */
void slab_flush_magazine(void *arg);
void slab_drop_magazine(void *arg);

/* Gives the slabs without a used object back. */
void slab_trim(struct kmem_cache *cache);
void slab_trim_magazines(void);

/* Objects of the cache in the magazines of all CPUs. */
uint64_t slab_magazine_count(struct kmem_cache *cache);

/* Whether a slab of this cache holds an object that starts at obj. */
bool slab_owns(struct kmem_cache *cache, const void *obj);

/* Sets up the cache that magazines come from. */
void slab_init(void);

/* Blocks that kmem_alloc handed out whole. */
uint64_t kmem_large_count(void);

#endif
