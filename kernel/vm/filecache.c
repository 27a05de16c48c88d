/*
 * The page cache of a file, on top of a memory object.
 *
 * page->index says whether a page was changed since it was last written back. It is
 * cleared before the page is written, and set after it was changed, so a change that
 * comes in between is written next time. Changes through mappings leave no trace that
 * could be trusted here, so a file that was mapped shared and writable counts as
 * changed in all its pages.
 */
#include "kernel/vm/filecache.h"

#include "kernel/core/spinlock.h"
#include "kernel/lib/checked.h"
#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"
#include "kernel/mm/account.h"
#include "kernel/mm/page.h"

enum page_state {
	PAGE_CLEAN,
	PAGE_DIRTY,
};

static struct filecache *cache_of(struct vmobj *obj)
{
	return container_of(obj, struct filecache, obj);
}

static int make_page(struct vmobj *obj, uint64_t index, struct page **out)
{
	struct filecache *cache = cache_of(obj);
	const struct filecache_ops *ops = cache->ops;
	struct page *page;
	int err = ops->charge ? ops->charge(cache) : 0;

	if (err)
		return err;
	err = page_alloc_charged(obj->account, ops->read_page ? 0 : PAGE_ALLOC_ZERO, &page);
	if (err)
		goto out_uncharge;
	page->index = PAGE_CLEAN;
	if (ops->read_page)
		err = ops->read_page(cache, index, page_vaddr(page));
	if (err) {
		page_put(page);
		goto out_uncharge;
	}
	*out = page;
	return 0;

out_uncharge:
	if (ops->uncharge)
		ops->uncharge(cache, 1);
	return err;
}

static void pages_gone(struct vmobj *obj, uint64_t count)
{
	struct filecache *cache = cache_of(obj);

	if (cache->ops->uncharge)
		cache->ops->uncharge(cache, count);
}

static void destroy(struct vmobj *obj)
{
	struct filecache *cache = cache_of(obj);

	cache->ops->destroy(cache);
}

static const struct vmobj_ops object_ops = {
	.make_page = make_page,
	.pages_gone = pages_gone,
	.destroy = destroy,
};

void filecache_init(struct filecache *cache, const struct filecache_ops *ops,
		    struct mem_account *account, uint64_t size)
{
	cache->ops = ops;
	cache->is_write_mapped = false;
	vmobj_init(&cache->obj, &object_ops, account, size);
}

void filecache_note_write_mapping(struct filecache *cache)
{
	WRITE_ONCE(cache->is_write_mapped, true);
}

int filecache_get(struct filecache *cache, uint64_t index, struct page **out)
{
	if (cache->ops->read_page)
		return vmobj_get_page(&cache->obj, index, out);
	return vmobj_find_page(&cache->obj, index, out);
}

int filecache_get_for_write(struct filecache *cache, uint64_t index, struct page **out)
{
	return vmobj_get_page(&cache->obj, index, out);
}

void filecache_mark_dirty(struct page *page)
{
	if (READ_ONCE(page->index) != PAGE_DIRTY)
		WRITE_ONCE(page->index, PAGE_DIRTY);
}

int filecache_resize(struct filecache *cache, uint64_t size)
{
	return vmobj_resize(&cache->obj, size);
}

/* Zeros within one page, if that is there. */
static void clear_part(struct filecache *cache, uint64_t offset, uint64_t len)
{
	struct page *page;

	if (vmobj_find_page(&cache->obj, offset >> PAGE_SHIFT, &page))
		return;
	memset((char *)page_vaddr(page) + (offset & (PAGE_SIZE - 1)), 0, len);
	filecache_mark_dirty(page);
	page_put(page);
}

void filecache_punch(struct filecache *cache, uint64_t offset, uint64_t len)
{
	uint64_t end, first_whole, last_whole;

	if (add_overflows(offset, len, &end) || end > VMOBJ_MAX_SIZE)
		end = VMOBJ_MAX_SIZE;
	if (offset >= end)
		return;
	first_whole = ALIGN_UP(offset, PAGE_SIZE);
	last_whole = ALIGN_DOWN(end, PAGE_SIZE);
	if (offset < first_whole)
		clear_part(cache, offset, MIN(end, first_whole) - offset);
	if (last_whole < end && last_whole >= first_whole)
		clear_part(cache, last_whole, end - last_whole);
	if (first_whole < last_whole)
		vmobj_punch(&cache->obj, first_whole, last_whole - first_whole);
}

uint64_t filecache_next_data(struct filecache *cache, uint64_t offset)
{
	struct vmobj *obj = &cache->obj;
	uint64_t index = offset >> PAGE_SHIFT;
	bool is_there;

	spin_lock(&obj->lock);
	is_there = radix_next(&obj->pages, &index) != NULL;
	spin_unlock(&obj->lock);
	if (!is_there)
		return UINT64_MAX;
	return MAX(offset, index << PAGE_SHIFT);
}

uint64_t filecache_next_hole(struct filecache *cache, uint64_t offset)
{
	struct vmobj *obj = &cache->obj;
	uint64_t index = offset >> PAGE_SHIFT;
	bool is_there;

	/* The lock is taken anew for each page: a file may have many. */
	for (;; index++) {
		spin_lock(&obj->lock);
		is_there = radix_find(&obj->pages, index) != NULL;
		spin_unlock(&obj->lock);
		if (!is_there)
			return MAX(offset, index << PAGE_SHIFT);
	}
}

/* The next page from *index on, with a reference; NULL at the end. */
static struct page *next_page(struct vmobj *obj, uint64_t *index)
{
	struct page *page;

	spin_lock(&obj->lock);
	page = radix_next(&obj->pages, index);
	if (page)
		page_get(page);
	spin_unlock(&obj->lock);
	return page;
}

int filecache_sync(struct filecache *cache, uint64_t first, uint64_t last)
{
	uint64_t index = first;
	struct page *page;
	int result = 0;

	if (!cache->ops->write_page)
		return 0;
	while ((page = next_page(&cache->obj, &index)) && index <= last) {
		int err = 0;

		if (READ_ONCE(page->index) == PAGE_DIRTY || READ_ONCE(cache->is_write_mapped)) {
			WRITE_ONCE(page->index, PAGE_CLEAN);
			/* Before the page is read: pairs with the order of changes. */
			atomic_fence();
			err = cache->ops->write_page(cache, index, page_vaddr(page));
		}
		if (err) {
			filecache_mark_dirty(page);
			result = result ? result : err;
		}
		page_put(page);
		page = NULL;
		if (index++ == UINT64_MAX)
			break;
	}
	if (page)
		page_put(page);
	return result;
}
