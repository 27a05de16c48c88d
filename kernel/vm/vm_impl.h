/* What the files of kernel/vm tell each other. */
#ifndef KERNEL_VM_VM_IMPL_H
#define KERNEL_VM_VM_IMPL_H

#include "kernel/arch/mmu.h"
#include "kernel/cap/grant.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/list.h"
#include "kernel/lib/refcount.h"
#include "kernel/mm/page.h"
#include "kernel/sched/rwlock.h"
#include "kernel/vm/area.h"
#include "kernel/vm/vmobj.h"
#include "kernel/vm/vmspace.h"

/* Below a stack, so that one that overflows does not meet other data. */
#define STACK_GUARD_BYTES MIB(1)
#define STACK_MAX_DEFAULT MIB(8)

struct vmspace {
	struct rwlock lock;
	struct area_tree areas GUARDED_BY(&lock); /* of struct vm_mapping */
	uint64_t mapping_count GUARDED_BY(&lock);
	uint64_t mapped_bytes GUARDED_BY(&lock);
	uint64_t locked_bytes GUARDED_BY(&lock);
	uint64_t stack_bytes GUARDED_BY(&lock);
	vaddr_t top GUARDED_BY(&lock); /* VM_PLACE_ANYWHERE stays below */

	struct spinlock tables_lock;
	/*
	 * Changed under tables_lock. Who holds lock may look for an entry without: tables
	 * go away only with lock held for writing, and only where nothing is mapped.
	 */
	struct mmu_space mmu;
	uint64_t anon_pages GUARDED_BY(&tables_lock);
	uint64_t object_pages GUARDED_BY(&tables_lock);
	uint64_t peak_pages GUARDED_BY(&tables_lock);

	struct refcount refs;
	struct mem_account *account; /* const: a reference */
	struct atomic64 faults;
};

/*
 * A mapping. It is changed with the space's lock held for writing; if it has an
 * object, range, offset and the link with the object's map_lock held too, so that
 * whoever comes from the object needs that one only.
 */
struct vm_mapping {
	struct area area; /* must be first */
	uint32_t prot;
	uint32_t max_prot;
	uint32_t flags;
	bool is_attached; /* dependent, to grant */
	bool is_revoked;  /* under tables_lock: nothing is mapped here any more */
	uint64_t offset;  /* of area.start in the object */
	uint64_t stack_max;
	struct vmspace *space;	     /* const; valid while linked */
	struct mem_account *account; /* const: a reference; pays for this struct */
	struct vmobj *object;	     /* const: a reference; NULL: private memory */
	struct grant *grant;	     /* const: a reference; NULL: none */
	struct list_node link;	     /* in object->mappings */
	struct refcount refs;	     /* the space's, and a revocation's that is on its way */
	struct grant_dependent dependent;
};

static inline struct vm_mapping *mapping_of(struct area *area)
{
	return area ? container_of(area, struct vm_mapping, area) : NULL;
}

static inline struct vm_mapping *mapping_next(const struct vm_mapping *map)
{
	return mapping_of(area_next(&map->area));
}

static inline struct vm_mapping *mapping_find(struct vmspace *space, vaddr_t addr)
	REQUIRES_SHARED(&space->lock);

/* The one that contains addr or the next above, or NULL. */
static inline struct vm_mapping *mapping_find(struct vmspace *space, vaddr_t addr)
{
	return mapping_of(area_find(&space->areas, addr));
}

static inline uint64_t mapping_len(const struct vm_mapping *map)
{
	return map->area.end - map->area.start;
}

/* --- mapping.c --- */

MUST_CHECK int mapping_init_cache(void);

/* An unlinked mapping of the space with references to object and grant: 0 or -ENOMEM. */
MUST_CHECK int mapping_create(struct vmspace *space, struct vmobj *object, struct grant *grant,
			      struct vm_mapping **out);
/* Drops a reference; the last one frees. Sleeps. */
void mapping_put(struct vm_mapping *map);

/*
 * Puts it into the space's tree and on the object's list (right behind `after`, one
 * of the same object, if given), and attaches it to the grant. 0, or -EIO (revoked,
 * nothing changed). Never fails without a grant.
 */
MUST_CHECK int mapping_insert(struct vmspace *space, struct vm_mapping *map,
			      struct vm_mapping *after) REQUIRES(&space->lock);

/* The same for a mapping in place of one that was revoked. */
void mapping_insert_revoked(struct vmspace *space, struct vm_mapping *map) REQUIRES(&space->lock);

/* The opposite; drops the space's reference. No page is mapped there any more. */
void mapping_remove(struct vmspace *space, struct vm_mapping *map) REQUIRES(&space->lock);

/* Moves edges; offset follows start. */
void mapping_set_range(struct vmspace *space, struct vm_mapping *map, vaddr_t start, vaddr_t end)
	REQUIRES(&space->lock);

/* Makes two of one: [start, at) stays, [at, end) is new. 0 or -ENOMEM. */
MUST_CHECK int mapping_split(struct vmspace *space, struct vm_mapping *map, vaddr_t at)
	REQUIRES(&space->lock);

/* Splits where the edges of a range lie inside mappings. 0 or -ENOMEM. */
MUST_CHECK int mapping_split_edges(struct vmspace *space, vaddr_t start, vaddr_t end)
	REQUIRES(&space->lock);

/* Makes one of neighbours in and around a range that differ in nothing. */
void mapping_merge(struct vmspace *space, vaddr_t start, vaddr_t end) REQUIRES(&space->lock);

/* Adds the mapping to the space's sums, or takes it out of them. */
void mapping_count(struct vmspace *space, const struct vm_mapping *map, int64_t bytes)
	REQUIRES(&space->lock);

/* --- map.c --- */

/* The part of vmspace_unmap() under the lock; the range is valid. 0 or -ENOMEM. */
MUST_CHECK int unmap_locked(struct vmspace *space, vaddr_t start, vaddr_t end)
	REQUIRES(&space->lock);

/* A place for len bytes. 0, -ENOMEM, -EEXIST. */
MUST_CHECK int place_locked(struct vmspace *space, const struct vm_map_request *req, vaddr_t *out)
	REQUIRES(&space->lock);

/* 0, or -EINVAL for what is not aligned or empty, or does not lie in the user half. */
MUST_CHECK int vm_check_range(vaddr_t addr, uint64_t len);

/* --- tables.c --- */

/* The page of zeros that everybody reads; it is never counted. */
extern paddr_t vm_zero_page;

MUST_CHECK int tables_init(void);

static inline bool entry_is_zero_page(struct mmu_entry entry)
{
	return mmu_entry_paddr(entry) == vm_zero_page;
}

static inline struct page *entry_page(struct mmu_entry entry)
{
	return paddr_to_page(mmu_entry_paddr(entry));
}

enum zap_what {
	ZAP_ALL,
	ZAP_OBJECT_PAGES, /* private copies stay */
};

/*
 * Takes the pages of a range out of the tables; when it returns no CPU can reach
 * them and they are put. In steps, so others may put pages in meanwhile.
 */
void tables_zap(struct vmspace *space, vaddr_t start, vaddr_t end, enum zap_what what);

/* Gives back the tables of the range that serve unmapped addresses only. */
void tables_prune(struct vmspace *space, vaddr_t start, vaddr_t end) REQUIRES(&space->lock);

/* Makes entries allow no more than prot does. */
void tables_protect(struct vmspace *space, vaddr_t start, vaddr_t end, uint32_t prot);

/*
 * Lets the same range of a new space share the pages, neither may write. 0 or
 * -ENOMEM. *changed_out is set when `from` has to be flushed.
 */
MUST_CHECK int tables_copy(struct vm_mapping *from, struct vm_mapping *to, bool *changed_out);

/*
 * Moves the first len bytes of pages of one mapping to another of the same space,
 * which has none: 0 or -ENOMEM (none moved). Stops when one of them is revoked.
 */
MUST_CHECK int tables_move(struct vm_mapping *from, struct vm_mapping *to, uint64_t len);

/* Counts one more page of its kind. */
static inline void tables_count_page(struct vmspace *space, const struct page *page)
	REQUIRES(&space->tables_lock);

static inline void tables_count_page(struct vmspace *space, const struct page *page)
{
	if (page->flags & PAGE_FLAG_ANON)
		space->anon_pages++;
	else
		space->object_pages++;
	if (space->anon_pages + space->object_pages > space->peak_pages)
		space->peak_pages = space->anon_pages + space->object_pages;
}

/* --- vmobj.c --- */

MUST_CHECK int vmobj_init_cache(void);

/* Takes pages first to first + count - 1 out of all mappings. */
void vmobj_unmap_pages(struct vmobj *obj, uint64_t first, uint64_t count, enum zap_what what);

#endif
