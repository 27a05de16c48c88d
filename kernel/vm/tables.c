/*
 * Page tables of an address space: taking out, protecting, copying and moving what
 * is in them. Putting in is fault.c's.
 *
 * Every loop here is as long as a user made the range, so it goes in steps of one
 * table of leaves (2 MiB of addresses) at most, or as many pages as fit a batch, and
 * lets go of the lock in between. What has no tables costs nothing.
 *
 * A page is put only after every CPU that may have it in its translation cache has
 * forgotten it: out of the table, flush, put.
 */
#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/vm/vm_impl.h"

#define ZAP_BATCH 96u
/* Addresses that a fork copies under one hold of the locks. */
#define COPY_STEP (128 * PAGE_SIZE)
/* Addresses whose tables are given back under one hold of the lock. */
#define PRUNE_STEP (512 * ARCH_LEAF_TABLE_SPAN)

/* Pages taken out of the tables and not yet put. */
struct zap {
	uint32_t count;
	uint32_t pfns[ZAP_BATCH];
	vaddr_t first; /* what has to be flushed; none if last is 0 */
	vaddr_t last;
};

paddr_t vm_zero_page AFTER_BOOT_CONST;

int tables_init(void)
{
	struct page *page = page_alloc(0, PAGE_ALLOC_ZERO);

	if (!page)
		return -ENOMEM;
	vm_zero_page = page_to_paddr(page);
	return 0;
}

/* The end of the addresses that the table of va serves, or of the range. */
static vaddr_t table_end(vaddr_t va, vaddr_t end)
{
	vaddr_t stop = ALIGN_DOWN(va, ARCH_LEAF_TABLE_SPAN) + ARCH_LEAF_TABLE_SPAN;

	return MIN(stop, end);
}

static void zap_entry(struct vmspace *space, struct mmu_entry *slot, vaddr_t va, struct zap *zap)
	REQUIRES(&space->tables_lock);

static void zap_entry(struct vmspace *space, struct mmu_entry *slot, vaddr_t va, struct zap *zap)
{
	struct mmu_entry old = mmu_entry_take(slot);
	struct page *page = entry_page(old);

	if (mmu_entry_is_present(old)) {
		if (zap->last == 0)
			zap->first = va;
		zap->last = va;
	}
	if (entry_is_zero_page(old))
		return;
	if (page->flags & PAGE_FLAG_ANON)
		space->anon_pages--;
	else
		space->object_pages--;
	zap->pfns[zap->count++] = (uint32_t)page_to_pfn(page);
}

/* One table of leaves at most; returns where to go on. */
static vaddr_t zap_step(struct vmspace *space, vaddr_t va, vaddr_t end, enum zap_what what,
			struct zap *zap) REQUIRES(&space->tables_lock);

static vaddr_t zap_step(struct vmspace *space, vaddr_t va, vaddr_t end, enum zap_what what,
			struct zap *zap)
{
	vaddr_t next = end;
	struct mmu_entry *slot = arch_mmu_entry_find(&space->mmu, va, &next);

	if (!slot)
		return MIN(next, end);
	end = table_end(va, end);
	for (; va < end && zap->count < ZAP_BATCH; va += PAGE_SIZE, slot++) {
		struct mmu_entry entry = mmu_entry_read(slot);

		if (!mmu_entry_has_page(entry))
			continue;
		if (what == ZAP_OBJECT_PAGES &&
		    (entry_is_zero_page(entry) || (entry_page(entry)->flags & PAGE_FLAG_ANON)))
			continue;
		zap_entry(space, slot, va, zap);
	}
	return va;
}

void tables_zap(struct vmspace *space, vaddr_t start, vaddr_t end, enum zap_what what)
{
	struct zap zap;

	while (start < end) {
		zap.count = 0;
		zap.last = 0;
		spin_lock(&space->tables_lock);
		start = zap_step(space, start, end, what, &zap);
		spin_unlock(&space->tables_lock);
		if (zap.last)
			arch_tlb_flush_user(&space->mmu, zap.first, zap.last + PAGE_SIZE);
		page_put_all(zap.pfns, zap.count);
	}
}

static void prune(struct vmspace *space, const struct mmu_range *range,
		  const struct mmu_range *hole)
{
	struct mmu_table_list gone;

	mmu_table_list_init(&gone);
	spin_lock(&space->tables_lock);
	arch_mmu_prune(&space->mmu, range, hole, &gone);
	spin_unlock(&space->tables_lock);
	if (gone.count == 0)
		return;
	/* Any flush makes a CPU forget the tables that it has walked through. */
	arch_tlb_flush_user(&space->mmu, range->start, range->start + PAGE_SIZE);
	arch_mmu_free_tables(&space->mmu, &gone);
}

void tables_prune(struct vmspace *space, vaddr_t start, vaddr_t end)
{
	struct area *above = area_find(&space->areas, start);
	struct area *below = above ? area_prev(above) : area_of(rb_last(&space->areas.root));
	struct mmu_range range = {.start = start, .end = end};
	struct mmu_range hole = {
		.start = below ? below->end : 0,
		.end = above ? above->start : UINT64_MAX,
	};

	/* First the many, in steps; then those above them. */
	while (end - start > PRUNE_STEP) {
		struct mmu_range part = {.start = start};
		struct mmu_range part_hole = hole;
		vaddr_t next;

		part.end = MIN(ALIGN_DOWN(start, PRUNE_STEP) + PRUNE_STEP, end);
		if (arch_mmu_entry_find(&space->mmu, start, &next) || next < part.end) {
			part_hole.start = MAX(hole.start, ALIGN_DOWN(start, PRUNE_STEP));
			part_hole.end = MIN(hole.end, ALIGN_DOWN(start, PRUNE_STEP) + PRUNE_STEP);
			prune(space, &part, &part_hole);
			next = part.end;
		}
		start = MIN(next, end);
	}
	prune(space, &range, &hole);
}

/* What an entry has to become; *reduces when a CPU must not go on with the old one. */
static struct mmu_entry protected_entry(struct mmu_entry entry, uint32_t prot, bool *reduces)
{
	bool is_executable = (prot & VM_EXEC) != 0;
	bool is_writable = mmu_entry_is_writable(entry) && (prot & VM_WRITE);

	if (prot == 0) {
		*reduces |= mmu_entry_is_present(entry);
		return mmu_entry_keep(entry);
	}
	*reduces |= mmu_entry_is_writable(entry) && !is_writable;
	*reduces |= mmu_entry_is_executable(entry) && !is_executable;
	return mmu_entry_make(mmu_entry_paddr(entry), is_writable, is_executable);
}

void tables_protect(struct vmspace *space, vaddr_t start, vaddr_t end, uint32_t prot)
{
	vaddr_t first = start;
	bool reduces = false;

	while (start < end) {
		vaddr_t next = end;
		struct mmu_entry *slot;

		spin_lock(&space->tables_lock);
		slot = arch_mmu_entry_find(&space->mmu, start, &next);
		if (slot)
			next = table_end(start, end);
		next = MIN(next, end);
		for (; slot && start < next; start += PAGE_SIZE, slot++) {
			struct mmu_entry entry = mmu_entry_read(slot);

			if (mmu_entry_has_page(entry))
				mmu_entry_write(slot, protected_entry(entry, prot, &reduces));
		}
		start = next;
		spin_unlock(&space->tables_lock);
	}
	if (reduces)
		arch_tlb_flush_user(&space->mmu, first, end);
}

/* One table of leaves of the source, in which va lies. */
static int copy_table(struct vmspace *source, struct vmspace *target, vaddr_t va, vaddr_t end,
		      bool *changed_out) REQUIRES(&source->tables_lock)
REQUIRES(&target->tables_lock);

static int copy_table(struct vmspace *source, struct vmspace *target, vaddr_t va, vaddr_t end,
		      bool *changed_out)
{
	struct mmu_entry *slot = arch_mmu_entry_find(&source->mmu, va, NULL);
	struct mmu_entry *copy = NULL;

	for (; va < end; va += PAGE_SIZE, slot++, copy += copy != NULL) {
		struct mmu_entry entry = mmu_entry_read(slot);

		if (!mmu_entry_has_page(entry))
			continue;
		if (!copy) {
			int err = arch_mmu_entry_make(&target->mmu, va, &copy);

			if (err)
				return err;
		}
		if (mmu_entry_is_writable(entry)) {
			entry = mmu_entry_without_write(entry);
			mmu_entry_write(slot, entry);
			*changed_out = true;
		}
		mmu_entry_write(copy, entry);
		if (!entry_is_zero_page(entry)) {
			page_get(entry_page(entry));
			tables_count_page(target, entry_page(entry));
		}
	}
	return 0;
}

int tables_copy(struct vm_mapping *from, struct vm_mapping *to, bool *changed_out)
{
	struct vmspace *source = from->space;
	struct vmspace *target = to->space;
	vaddr_t va = from->area.start;
	vaddr_t end = from->area.end;
	int err = 0;

	while (va < end && !err) {
		vaddr_t next = end;

		if (!arch_mmu_entry_find(&source->mmu, va, &next)) {
			va = next;
			continue;
		}
		next = MIN(table_end(va, end), va + COPY_STEP);
		spin_lock(&source->tables_lock);
		spin_lock(&target->tables_lock);
		/* Either may have been revoked meanwhile, and the other not yet. */
		if (!from->is_revoked && !to->is_revoked)
			err = copy_table(source, target, va, next, changed_out);
		spin_unlock(&target->tables_lock);
		spin_unlock(&source->tables_lock);
		va = next;
	}
	return err;
}

/* Makes the tables that the pages will move to. */
static int make_tables(struct vmspace *space, vaddr_t from, vaddr_t to, uint64_t len)
{
	uint64_t done = 0;
	int err = 0;

	while (done < len && !err) {
		vaddr_t next = from + len;
		vaddr_t stop;
		struct mmu_entry *slot;

		if (!arch_mmu_entry_find(&space->mmu, from + done, &next)) {
			done = MIN(next - from, len);
			continue;
		}
		/* As far as both lie in one table. */
		stop = MIN(table_end(from + done, from + len) - from,
			   table_end(to + done, to + len) - to);
		spin_lock(&space->tables_lock);
		err = arch_mmu_entry_make(&space->mmu, to + done, &slot);
		spin_unlock(&space->tables_lock);
		done = stop;
	}
	return err;
}

/* One stretch that lies in one table on both sides. False: a mapping was revoked. */
static bool move_some(struct vm_mapping *from_map, struct vm_mapping *to_map, vaddr_t from,
		      vaddr_t to, uint64_t len)
{
	struct vmspace *space = from_map->space;
	struct mmu_entry *slot = arch_mmu_entry_find(&space->mmu, from, NULL);
	struct mmu_entry *target = arch_mmu_entry_find(&space->mmu, to, NULL);
	bool is_good;

	ASSERT(slot && target);
	spin_lock(&space->tables_lock);
	is_good = !from_map->is_revoked && !to_map->is_revoked;
	for (uint64_t done = 0; is_good && done < len; done += PAGE_SIZE, slot++, target++) {
		struct mmu_entry entry = mmu_entry_take(slot);

		if (mmu_entry_has_page(entry))
			mmu_entry_write(target, entry);
	}
	spin_unlock(&space->tables_lock);
	return is_good;
}

int tables_move(struct vm_mapping *from_map, struct vm_mapping *to_map, uint64_t len)
{
	struct vmspace *space = from_map->space;
	vaddr_t from = from_map->area.start;
	vaddr_t to = to_map->area.start;
	uint64_t done = 0;
	int err = make_tables(space, from, to, len);

	if (err)
		return err;
	while (done < len) {
		vaddr_t next = from + len;
		uint64_t stop;

		if (!arch_mmu_entry_find(&space->mmu, from + done, &next)) {
			done = MIN(next - from, len);
			continue;
		}
		stop = MIN(table_end(from + done, from + len) - from,
			   table_end(to + done, to + len) - to);
		if (!move_some(from_map, to_map, from + done, to + done, stop - done))
			break;
		done = stop;
	}
	arch_tlb_flush_user(&space->mmu, from, from + len);
	return 0;
}
