/*
 * Memory objects.
 *
 * The object holds one reference to each of its pages, every table entry that shows
 * one another. Pages are taken away in this order, which faults rely on (fault.c):
 *
 *	1. under the lock: out of the object, or the size lowered; cut_count raised
 *	2. out of the tables of all mappings
 *
 * Lock order: space -> map_lock -> the spinlocks: tables of a space, lock here.
 */
#include "kernel/vm/vmobj.h"

#include "kernel/core/assert.h"
#include "kernel/lib/checked.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/account.h"
#include "kernel/mm/page.h"
#include "kernel/mm/slab.h"
#include "kernel/vm/vm_impl.h"

/* Pages taken out under one hold of the lock. */
#define CUT_BATCH 64u

static struct kmem_cache node_cache;

int vmobj_init_cache(void)
{
	kmem_cache_init(&node_cache, "radix-node", (uint32_t)radix_node_size(), 0);
	return 0;
}

static void *node_alloc(void *ctx, size_t size)
{
	struct vmobj *obj = ctx;
	void *node;

	if (mem_charge_kernel(obj->account, size))
		return NULL;
	node = kmem_cache_alloc(&node_cache);
	if (!node)
		mem_uncharge_kernel(obj->account, size);
	return node;
}

static void node_free(void *ctx, void *node, size_t size)
{
	struct vmobj *obj = ctx;

	kmem_cache_free(&node_cache, node);
	mem_uncharge_kernel(obj->account, size);
}

static const struct radix_memory node_memory = {
	.alloc = node_alloc,
	.free = node_free,
};

static uint64_t page_count_for(uint64_t size)
{
	return (size + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

/* Takes up to a batch of the pages from *index on, below end, out of the object. */
static uint32_t take_pages(struct vmobj *obj, uint64_t *index, uint64_t end, struct page **pages)
{
	uint32_t count = 0;

	spin_lock(&obj->lock);
	while (count < CUT_BATCH && *index < end) {
		if (!radix_next(&obj->pages, index) || *index >= end)
			break;
		pages[count++] = radix_remove(&obj->pages, *index);
	}
	if (count > 0)
		store_release(&obj->cut_count, obj->cut_count + 1);
	spin_unlock(&obj->lock);
	return count;
}

static void tell_gone(struct vmobj *obj, uint64_t count)
{
	if (obj->ops && obj->ops->pages_gone)
		obj->ops->pages_gone(obj, count);
}

static void drop_pages(struct vmobj *obj, uint64_t first, uint64_t end)
{
	struct page *pages[CUT_BATCH];
	uint64_t index = first;
	uint32_t count;

	do {
		count = take_pages(obj, &index, end, pages);
		for (uint32_t i = 0; i < count; i++)
			page_put(pages[i]);
		if (count > 0)
			tell_gone(obj, count);
	} while (count > 0);
}

static void vmobj_destroy(struct kobject *kobj)
{
	struct vmobj *obj = container_of(kobj, struct vmobj, obj);
	const struct vmobj_ops *ops = obj->ops;
	struct mem_account *account = obj->account;

	drop_pages(obj, 0, UINT64_MAX);
	spin_lock(&obj->lock);
	radix_fini(&obj->pages);
	spin_unlock(&obj->lock);
	if (ops && ops->destroy)
		ops->destroy(obj);
	else
		kmem_free_charged(account, obj, sizeof(*obj));
	if (account)
		mem_account_put(account);
}

static const struct kobject_type vmobj_type = {
	KOBJECT_TYPE(MEMORY, struct vmobj),
	.destroy = vmobj_destroy,
};

void vmobj_init(struct vmobj *obj, const struct vmobj_ops *ops, struct mem_account *account,
		uint64_t size)
{
	kobject_init(&obj->obj, &vmobj_type);
	obj->ops = ops;
	obj->account = account;
	if (account)
		mem_account_get(account);
	spin_lock_init(&obj->lock, LOCK_VMOBJ);
	obj->size = size;
	radix_init(&obj->pages, &node_memory, obj);
	obj->cut_count = 0;
	mutex_init(&obj->map_lock, LOCK_VMOBJ_MAP);
	list_init(&obj->mappings);
}

int vmobj_create(struct mem_account *account, uint64_t size, struct vmobj **out)
{
	struct vmobj *obj;

	if (size > VMOBJ_MAX_SIZE)
		return -EINVAL;
	obj = kmem_zalloc_charged(account, sizeof(*obj));
	if (!obj)
		return -ENOMEM;
	vmobj_init(obj, NULL, account, size);
	*out = obj;
	return 0;
}

struct vmobj *vmobj_from_kobject(struct kobject *kobj)
{
	return kobj->type == &vmobj_type ? container_of(kobj, struct vmobj, obj) : NULL;
}

uint64_t vmobj_size(struct vmobj *obj)
{
	uint64_t size;

	spin_lock(&obj->lock);
	size = obj->size;
	spin_unlock(&obj->lock);
	return size;
}

uint64_t vmobj_page_count(struct vmobj *obj)
{
	uint64_t count;

	spin_lock(&obj->lock);
	count = obj->pages.count;
	spin_unlock(&obj->lock);
	return count;
}

/* 0 with a reference, -ENXIO, or -ENOENT. */
static int find_page_locked(struct vmobj *obj, uint64_t index, struct page **out)
	REQUIRES(&obj->lock);

static int find_page_locked(struct vmobj *obj, uint64_t index, struct page **out)
{
	struct page *page;

	if (index >= page_count_for(obj->size))
		return -ENXIO;
	page = radix_find(&obj->pages, index);
	if (!page)
		return -ENOENT;
	page_get(page);
	*out = page;
	return 0;
}

static int make_page(struct vmobj *obj, uint64_t index, struct page **out)
{
	if (obj->ops && obj->ops->make_page)
		return obj->ops->make_page(obj, index, out);
	return page_alloc_charged(obj->account, PAGE_ALLOC_ZERO, out);
}

/* Adds a new page unless there is one by now, which is taken then. */
static int add_page(struct vmobj *obj, uint64_t index, struct page *page, struct page **out)
{
	int err;

	spin_lock(&obj->lock);
	err = find_page_locked(obj, index, out);
	if (err == -ENOENT) {
		err = radix_insert(&obj->pages, index, page);
		if (!err) {
			page_get(page);
			*out = page;
		}
	}
	spin_unlock(&obj->lock);
	if (err || *out != page) {
		page_put(page);
		tell_gone(obj, 1);
	}
	return err;
}

int vmobj_get_page(struct vmobj *obj, uint64_t index, struct page **out)
{
	struct page *page;
	int err;

	spin_lock(&obj->lock);
	err = find_page_locked(obj, index, out);
	spin_unlock(&obj->lock);
	if (err != -ENOENT)
		return err;
	err = make_page(obj, index, &page);
	return err ? err : add_page(obj, index, page, out);
}

int vmobj_find_page(struct vmobj *obj, uint64_t index, struct page **out)
{
	int err;

	spin_lock(&obj->lock);
	err = find_page_locked(obj, index, out);
	spin_unlock(&obj->lock);
	return err ? -ENOENT : 0;
}

/* The part of a mapping that shows pages first to end - 1, as addresses. */
static bool intersect(const struct vm_mapping *map, uint64_t first, uint64_t end, vaddr_t *from,
		      vaddr_t *to)
{
	uint64_t map_first = map->offset >> PAGE_SHIFT;
	uint64_t map_end = map_first + (mapping_len(map) >> PAGE_SHIFT);

	first = MAX(first, map_first);
	end = MIN(end, map_end);
	if (first >= end)
		return false;
	*from = map->area.start + ((first - map_first) << PAGE_SHIFT);
	*to = map->area.start + ((end - map_first) << PAGE_SHIFT);
	return true;
}

void vmobj_unmap_pages(struct vmobj *obj, uint64_t first, uint64_t count, enum zap_what what)
{
	uint64_t end = count > UINT64_MAX - first ? UINT64_MAX : first + count;

	mutex_lock(&obj->map_lock);
	list_for_each (node, &obj->mappings) {
		struct vm_mapping *map = list_entry(node, struct vm_mapping, link);
		vaddr_t from, to;

		if (intersect(map, first, end, &from, &to))
			tables_zap(map->space, from, to, what);
	}
	mutex_unlock(&obj->map_lock);
}

/* Zeroes what lies behind the end in the last page, if that is there. */
static void clear_tail(struct vmobj *obj, uint64_t size)
{
	uint64_t tail = size & (PAGE_SIZE - 1);
	struct page *page;

	if (tail == 0 || vmobj_find_page(obj, size >> PAGE_SHIFT, &page))
		return;
	memset((char *)page_vaddr(page) + tail, 0, PAGE_SIZE - tail);
	page_put(page);
}

int vmobj_resize(struct vmobj *obj, uint64_t size)
{
	uint64_t first = page_count_for(size);
	bool shrinks;

	if (size > VMOBJ_MAX_SIZE)
		return -EINVAL;
	spin_lock(&obj->lock);
	shrinks = size < obj->size;
	obj->size = size;
	if (shrinks)
		store_release(&obj->cut_count, obj->cut_count + 1);
	spin_unlock(&obj->lock);
	if (!shrinks)
		return 0;
	clear_tail(obj, size);
	drop_pages(obj, first, UINT64_MAX);
	/* Private copies vanish too: the program has no business beyond the end. */
	vmobj_unmap_pages(obj, first, UINT64_MAX, ZAP_ALL);
	return 0;
}

void vmobj_punch(struct vmobj *obj, uint64_t offset, uint64_t len)
{
	uint64_t first, end;

	if (add_overflows(offset, len, &end) || add_overflows(offset, PAGE_SIZE - 1, &first))
		return;
	first >>= PAGE_SHIFT;
	end >>= PAGE_SHIFT;
	if (first >= end)
		return;
	drop_pages(obj, first, end);
	vmobj_unmap_pages(obj, first, end - first, ZAP_OBJECT_PAGES);
}

enum copy_direction {
	COPY_OUT, /* of the object */
	COPY_IN,
};

static int copy(struct vmobj *obj, uint64_t offset, char *buf, size_t len, enum copy_direction dir)
{
	if (!range_fits(offset, len, vmobj_size(obj)))
		return -ENXIO;
	while (len > 0) {
		uint64_t in_page = offset & (PAGE_SIZE - 1);
		size_t part = MIN(len, PAGE_SIZE - in_page);
		struct page *page;
		char *at;
		int err = vmobj_get_page(obj, offset >> PAGE_SHIFT, &page);

		if (err)
			return err;
		at = (char *)page_vaddr(page) + in_page;
		if (dir == COPY_OUT)
			memcpy(buf, at, part);
		else
			memcpy(at, buf, part);
		page_put(page);
		offset += part;
		buf += part;
		len -= part;
	}
	return 0;
}

int vmobj_read(struct vmobj *obj, uint64_t offset, void *buf, size_t len)
{
	return copy(obj, offset, buf, len, COPY_OUT);
}

int vmobj_write(struct vmobj *obj, uint64_t offset, const void *buf, size_t len)
{
	return copy(obj, offset, drop_const(buf), len, COPY_IN);
}
