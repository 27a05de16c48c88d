/*
 * File cache: the pages of one file, shared by read, write and mmap.
 *
 * A memory object whose pages belong to a file. There is one copy of each page, so
 * what is written one way is read the other way at once. A file system without a
 * device behind it keeps its files here and nowhere else; one with a device fills pages
 * from it, and writes back those that were changed.
 *
 * All functions may sleep, with no spinlock held. The size of the object bounds what
 * can be mapped; how far a file can be read is its inode's matter.
 */
#ifndef KERNEL_VM_FILECACHE_H
#define KERNEL_VM_FILECACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/lib/compiler.h"
#include "kernel/vm/vmobj.h"

struct filecache;

/* NULL members: as it says. */
struct filecache_ops {
	/* Fills a page. NULL: pages that are not there are holes, of zeros */
	int (*read_page)(struct filecache *cache, uint64_t index, void *mem);
	/* Writes one back. NULL: nowhere to write to */
	int (*write_page)(struct filecache *cache, uint64_t index, const void *mem);
	/* A page is about to be added: 0, or -ENOSPC. NULL: 0 */
	int (*charge)(struct filecache *cache);
	/* So many are gone. NULL: nothing */
	void (*uncharge)(struct filecache *cache, uint64_t pages);
	/* The last reference to the object is gone; frees the storage. Not NULL */
	void (*destroy)(struct filecache *cache);
};

struct filecache {
	struct vmobj obj;		 /* must be first */
	const struct filecache_ops *ops; /* const */
	void *owner;			 /* the file system's own */
	bool is_write_mapped;		 /* for good: its pages may change without notice */
};

/* One reference, the caller's. Pages are charged to account. */
void filecache_init(struct filecache *cache, const struct filecache_ops *ops,
		    struct mem_account *account, uint64_t size);

static inline struct vmobj *filecache_object(struct filecache *cache)
{
	return &cache->obj;
}

static inline void filecache_put(struct filecache *cache)
{
	vmobj_put(&cache->obj);
}

/* Whether pages that are not there are holes, not merely not read yet. */
static inline bool filecache_has_holes(const struct filecache *cache)
{
	return !cache->ops->read_page;
}

/* Before the object is mapped shared and writable. */
void filecache_note_write_mapping(struct filecache *cache);

/*
 * A page to read from, with a reference: 0, -ENOENT for a hole (all zeros), -ENXIO
 * beyond the object's size, -ENOMEM, or read_page's error.
 */
MUST_CHECK int filecache_get(struct filecache *cache, uint64_t index, struct page **out);

/*
 * A page to write to, with a reference; it is made if it is a hole. When it has been
 * written to, filecache_mark_dirty(). 0, -ENXIO, -ENOMEM, -ENOSPC, or read_page's.
 */
MUST_CHECK int filecache_get_for_write(struct filecache *cache, uint64_t index, struct page **out);
void filecache_mark_dirty(struct page *page);

/*
 * The object's size. What is cut off vanishes from mappings, and reads as zeros if it
 * grows again. 0 or -EINVAL.
 */
MUST_CHECK int filecache_resize(struct filecache *cache, uint64_t size);

/* Makes a range zeros: whole pages become holes. */
void filecache_punch(struct filecache *cache, uint64_t offset, uint64_t len);

/*
 * The first byte at or after offset that lies in a page that is there, UINT64_MAX: none;
 * or that does not. For caches without read_page.
 */
uint64_t filecache_next_data(struct filecache *cache, uint64_t offset);
uint64_t filecache_next_hole(struct filecache *cache, uint64_t offset);

/*
 * Writes back the changed pages with numbers first to last: 0, or the first error; the
 * others are written all the same.
 */
MUST_CHECK int filecache_sync(struct filecache *cache, uint64_t first, uint64_t last);

#endif
