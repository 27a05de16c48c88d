/*
 * Memory object: pages by number, that can be mapped into address spaces.
 *
 * What is written through one mapping is read through every other and through
 * vmobj_read(). Private anonymous memory needs no object; shared memory, files
 * and anything that a capability names do. A page that is not there is made on
 * first use: zero-filled, or by the object's supplier.
 *
 * All functions may sleep and want no spinlock held, except the get, put and
 * size functions. Rights are checked by whoever has the capability.
 */
#ifndef KERNEL_VM_VMOBJ_H
#define KERNEL_VM_VMOBJ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/cap/kobject.h"
#include "kernel/core/spinlock.h"
#include "kernel/lib/compiler.h"
#include "kernel/lib/list.h"
#include "kernel/lib/radix.h"
#include "kernel/lib/types.h"
#include "kernel/sched/mutex.h"

struct mem_account;
struct page;
struct vmobj;

/* Objects are at most this large. */
#define VMOBJ_MAX_SIZE (1ull << 60)

/* Where pages come from that are not there; NULL members mean zero-filled memory. */
struct vmobj_ops {
	/*
	 * Makes page number index, with one reference, for the object to keep: 0, or an
	 * error that the one who touched the page gets (-EIO for a broken file). May
	 * sleep; no lock is held. Two threads may ask for the same page; one is put.
	 */
	int (*make_page)(struct vmobj *obj, uint64_t index, struct page **out);
	/* So many pages that make_page made are the object's no more. May sleep; no lock. */
	void (*pages_gone)(struct vmobj *obj, uint64_t count);
	/* The last reference is gone, all pages are; frees the storage. */
	void (*destroy)(struct vmobj *obj);
};

/* To be embedded by a supplier of pages; everybody else only passes it on. */
struct vmobj {
	struct kobject obj;	     /* must be first */
	const struct vmobj_ops *ops; /* const */
	struct mem_account *account; /* const: a reference; pays for pages */

	struct spinlock lock;
	uint64_t size GUARDED_BY(&lock);      /* bytes */
	struct radix pages GUARDED_BY(&lock); /* struct page *, one reference each */
	uint64_t cut_count; /* times that pages were taken away; written under lock */

	struct mutex map_lock; /* inside address spaces' locks, around lock */
	struct list_node mappings GUARDED_BY(&map_lock);
};

/*
 * Zero-filled memory of so many bytes, charged to account page by page as it is
 * touched. On success the caller owns one reference to *out. 0, -ENOMEM, or
 * -EINVAL for more than VMOBJ_MAX_SIZE.
 */
MUST_CHECK int vmobj_create(struct mem_account *account, uint64_t size, struct vmobj **out);

/* The same in the storage of a supplier, whose destroy() will be called. Never fails. */
void vmobj_init(struct vmobj *obj, const struct vmobj_ops *ops, struct mem_account *account,
		uint64_t size);

static inline void vmobj_get(struct vmobj *obj)
{
	kobject_get(&obj->obj);
}

static inline void vmobj_put(struct vmobj *obj)
{
	kobject_put(&obj->obj);
}

static inline struct kobject *vmobj_kobject(struct vmobj *obj)
{
	return &obj->obj;
}

/* NULL when it is an object of another type. */
struct vmobj *vmobj_from_kobject(struct kobject *kobj);

uint64_t vmobj_size(struct vmobj *obj);
/* Pages that are there. */
uint64_t vmobj_page_count(struct vmobj *obj);

/*
 * Changes the size. What is cut off vanishes from all mappings too, and reads as
 * zero if the object grows again. 0 or -EINVAL.
 */
MUST_CHECK int vmobj_resize(struct vmobj *obj, uint64_t size);

/* Takes the pages that lie wholly in a range away; they read as made anew. */
void vmobj_punch(struct vmobj *obj, uint64_t offset, uint64_t len);

/*
 * Page number index with a reference for the caller, made when it is not there:
 * 0, -ENXIO beyond the end, -ENOMEM, or the supplier's error.
 */
MUST_CHECK int vmobj_get_page(struct vmobj *obj, uint64_t index, struct page **out);

/* The same, but only if it is there: 0 or -ENOENT. Does not sleep. */
MUST_CHECK int vmobj_find_page(struct vmobj *obj, uint64_t index, struct page **out);

/*
 * Copies between the object and kernel memory: 0, -ENXIO when the range does not
 * lie in the object (nothing is copied), else as vmobj_get_page().
 */
MUST_CHECK int vmobj_read(struct vmobj *obj, uint64_t offset, void *buf, size_t len);
MUST_CHECK int vmobj_write(struct vmobj *obj, uint64_t offset, const void *buf, size_t len);

#endif
