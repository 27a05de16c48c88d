/*
 * Page frames: allocation of physical memory in blocks of 2^order pages.
 *
 * Each frame has a struct page in one array, indexed by frame number. The array
 * is populated lazily (page_section.c): only frames for which page_is_managed()
 * holds may be asked about, and whatever page_alloc returned is such a frame.
 * A struct page of all zeros means: reserved, not the allocator's.
 *
 * Everything here may be called in any context but NMI, never sleeps, and takes
 * locks of rank PAGE_SECTION and PAGE only.
 */
#ifndef KERNEL_MM_PAGE_H
#define KERNEL_MM_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/arch/mmu.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/types.h"

#define PAGE_MAX_ORDER 10u /* 4 MiB */
#define PAGE_MAX_BLOCK (PAGE_SIZE << PAGE_MAX_ORDER)

/* Frame numbers are kept in 32 bits: 16 TiB. Frame 0 is never used. */
#define PFN_NONE 0u
#define PFN_LIMIT (1ull << 32)
/* Frames below this one can be reached with 32-bit addresses. */
#define PFN_LOW32_END (1ull << (32 - PAGE_SHIFT))

enum page_flag {
	PAGE_FLAG_BUDDY = 1u << 0,  /* head of a free block; .order is its order */
	PAGE_FLAG_CACHED = 1u << 1, /* free, in a per-CPU list */
	PAGE_FLAG_SLAB = 1u << 2,   /* head of a slab; .owner is its cache */
	PAGE_FLAG_LARGE = 1u << 3,  /* head of a block that kmem_alloc handed out */
	PAGE_FLAG_TABLE = 1u << 4,  /* a page table */
	/* Charged to the struct mem_account in .owner until the last page_put(). */
	PAGE_FLAG_CHARGED = 1u << 5,
	PAGE_FLAG_ANON = 1u << 6, /* private memory of address spaces */
};

/*
 * The frame's owner may use every field but flags, order and refcount; links
 * only through page_list. All are undefined when page_alloc returns it.
 */
struct page {
	uint16_t flags;
	uint8_t order; /* of the block this page is the head of */
	uint8_t reserved;
	struct atomic32 refcount;
	uint32_t next; /* frame numbers, PFN_NONE at the ends */
	uint32_t prev;
	void *owner;
	union {
		uint64_t index;
		struct {
			uint16_t first_free; /* slab.c: number of an object */
			uint16_t in_use;
			uint16_t carved;
			uint16_t is_listed;
		} slab;
	};
};

static_assert(sizeof(struct page) == 32, "the page array costs 1/128 of memory");

/* Where struct page number pfn is. */
static inline struct page *pfn_to_page(pfn_t pfn)
{
	return (struct page *)ARCH_VMEMMAP_BASE + pfn;
}

static inline pfn_t page_to_pfn(const struct page *page)
{
	return (pfn_t)(page - (const struct page *)ARCH_VMEMMAP_BASE);
}

static inline paddr_t page_to_paddr(const struct page *page)
{
	return page_to_pfn(page) << PAGE_SHIFT;
}

static inline struct page *paddr_to_page(paddr_t paddr)
{
	return pfn_to_page(paddr >> PAGE_SHIFT);
}

/* The direct map: usable physical memory, always mapped read-write. */
static inline void *paddr_to_vaddr(paddr_t paddr)
{
	return (void *)(ARCH_DIRECT_MAP_BASE + paddr);
}

/* vaddr must lie in the direct map. */
static inline paddr_t vaddr_to_paddr(const void *vaddr)
{
	return (paddr_t)(uintptr_t)vaddr - ARCH_DIRECT_MAP_BASE;
}

static inline void *page_vaddr(const struct page *page)
{
	return paddr_to_vaddr(page_to_paddr(page));
}

static inline struct page *vaddr_to_page(const void *vaddr)
{
	return paddr_to_page(vaddr_to_paddr(vaddr));
}

enum page_alloc_flag {
	PAGE_ALLOC_ZERO = 1u << 0,  /* filled with zeros */
	PAGE_ALLOC_LOW32 = 1u << 1, /* below 4 GiB, for devices */
};

/*
 * A block of 2^order pages, aligned to its size, with a reference count of 1
 * in the first page; NULL when there is none. The caller owns it.
 */
MUST_CHECK struct page *page_alloc(uint32_t order, uint32_t flags);

/* Gives back a block of which the caller has the only reference. */
void page_free(struct page *page, uint32_t order);

/*
 * Makes 2^order blocks of one page each of a block the caller has the only
 * reference of; from then on each is freed by itself.
 */
void page_split(struct page *page, uint32_t order);

static inline void page_get(struct page *page)
{
	atomic32_inc(&page->refcount);
}

static inline uint32_t page_refcount(const struct page *page)
{
	return atomic32_load(&page->refcount);
}

/* Drops a reference; the last one frees the block. */
void page_put(struct page *page);

/* The same for many, by frame number; each counts as often as it is in the array. */
void page_put_all(const uint32_t *pfns, uint32_t count);

/* Fills one page with zeros; copies one page to another. Aligned to 8 at least. */
void page_clear(void *vaddr);
void page_copy(void *dst, const void *src);

/* Smallest order whose block holds len bytes; len at most PAGE_MAX_BLOCK. */
uint32_t page_order_for(uint64_t len);

/*
 * A zeroed frame for a page table: 0 or -ENOMEM. Works from the moment that
 * bootmem_init is done. Counted as page table in meminfo.
 */
MUST_CHECK int page_table_alloc(paddr_t *out);
void page_table_free(paddr_t table);

/* Whether the frame has a struct page. Any address. */
bool page_is_managed(paddr_t paddr);

/*
 * Boot, once, on the boot CPU, when the direct map stands: takes over all that
 * the boot allocator has left. Panics when not even 4 MiB are to be had.
 */
void page_init(void);

/*
 * Takes the next bit of memory (at most 128 MiB) into use. False: all is in
 * use. For idle time after boot; page_alloc does the same on need.
 */
bool page_init_deferred_step(void);

/*
 * Hands memory over that was reserved at boot and is not needed any more (the
 * init sections, modules, boot structures), whole pages inside the range only.
 */
void page_release_boot_range(paddr_t start, uint64_t len);

/* Free blocks of each order now; per-CPU lists and deferred memory not included. */
void page_free_blocks(uint64_t counts[PAGE_MAX_ORDER + 1]);

/* Gives this CPU's cached pages back to the buddy allocator. */
void page_drain_this_cpu(void);

#endif
