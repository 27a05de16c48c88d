/*
 * Faults.
 *
 * With the space's lock held for reading a fault finds the mapping, looks at the
 * entry of the page, gets the page that belongs there (which may sleep), and only
 * then takes the lock of the tables to put it in. By then three things may have
 * changed, and each ends the attempt:
 *
 *	another thread's fault came first		the entry is not what it was
 *	pages of the object were taken away		cut_count is not what it was
 *	the mapping was revoked				is_revoked
 *
 * Whoever takes pages away first changes cut_count or is_revoked and then empties
 * the tables under their lock. So either the fault sees the change under that lock,
 * or the page that it put in is found and taken out again.
 *
 * An attempt that ended in vain is a success here: the instruction runs again, and
 * faults again if it must.
 *
 * Copy on write: pages of private memory have a reference for each table entry. One
 * that is not writable is the space's alone if there is a single reference, and
 * becomes writable; otherwise a copy takes its place. Nobody can add a reference to
 * a page that has a single one but through this very entry. The entry is emptied
 * and flushed before the copy goes in: else a thread on another CPU could still read
 * the old page after it has seen what a third one wrote after writing to the new.
 */
#include "kernel/vm/fault.h"

#include "kernel/core/preempt.h"
#include "kernel/core/trap.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/account.h"
#include "kernel/sched/thread.h"
#include "kernel/vm/vm_impl.h"

/* One access that has found its mapping. */
struct fault {
	struct vmspace *space;
	struct vm_mapping *map;
	vaddr_t va; /* of the page */
	bool is_write;
	struct mmu_entry *slot; /* NULL: there is no table yet */
	struct mmu_entry old;	/* what was in it */
	uint64_t cut_count;	/* of the object, before a page was asked for */
};

/* The page's entry as the fault wants it. */
static struct mmu_entry entry_for(const struct fault *f, paddr_t paddr, bool is_writable)
{
	return mmu_entry_make(paddr, is_writable, (f->map->prot & VM_EXEC) != 0);
}

/*
 * Under the lock: whether the entry may be changed. 1: it may; 0: try again; or an
 * error. Makes the tables if there were none.
 */
static int check_slot(struct fault *f) REQUIRES(&f->space->tables_lock)
{
	if (UNLIKELY(f->map->is_revoked))
		return -EIO;
	if (f->map->object && READ_ONCE(f->map->object->cut_count) != f->cut_count)
		return 0;
	if (UNLIKELY(!f->slot)) {
		int err = arch_mmu_entry_make(&f->space->mmu, f->va, &f->slot);

		if (err)
			return err;
	}
	return mmu_entry_is_same(mmu_entry_read(f->slot), f->old);
}

/*
 * Puts a page into an empty entry; the reference goes with it if it got there, else
 * it is put.
 */
static int put_in(struct fault *f, struct page *page, bool is_writable)
{
	int err;

	spin_lock(&f->space->tables_lock);
	err = check_slot(f);
	if (LIKELY(err == 1)) {
		mmu_entry_write(f->slot, entry_for(f, page_to_paddr(page), is_writable));
		tables_count_page(f->space, page);
	}
	spin_unlock(&f->space->tables_lock);
	if (LIKELY(err == 1))
		return 0;
	page_put(page);
	return err;
}

/* A page for private memory, filled by the caller unless flags say zero. */
static int anon_page(struct fault *f, uint32_t flags, struct page **out)
{
	int err = page_alloc_charged(f->space->account, flags, out);

	if (!err)
		(*out)->flags |= PAGE_FLAG_ANON;
	return err;
}

static int fault_zero_page(struct fault *f)
{
	int err;

	spin_lock(&f->space->tables_lock);
	err = check_slot(f);
	if (err == 1)
		mmu_entry_write(f->slot, entry_for(f, vm_zero_page, false));
	spin_unlock(&f->space->tables_lock);
	return err == 1 ? 0 : err;
}

static int fault_anon(struct fault *f)
{
	struct page *page;
	int err;

	if (!f->is_write)
		return fault_zero_page(f);
	err = anon_page(f, PAGE_ALLOC_ZERO, &page);
	return err ? err : put_in(f, page, true);
}

/* The page of an object, or a private copy of it. */
static int fault_object(struct fault *f)
{
	const struct vm_mapping *map = f->map;
	uint64_t index = (map->offset + (f->va - map->area.start)) >> PAGE_SHIFT;
	struct page *page, *copy;
	int err;

	/* Before the page: pairs with the order of changes in vmobj.c. */
	f->cut_count = load_acquire(&map->object->cut_count);
	err = vmobj_get_page(map->object, index, &page);
	if (err)
		return err;
	if (map->flags & VM_MAP_SHARED)
		return put_in(f, page, (map->prot & VM_WRITE) != 0);
	if (!f->is_write)
		return put_in(f, page, false);

	err = anon_page(f, 0, &copy);
	if (!err)
		page_copy(page_vaddr(copy), page_vaddr(page));
	page_put(page);
	return err ? err : put_in(f, copy, true);
}

/* Whether the page in the entry is private memory that no other table has. */
static bool is_sole_owner(struct mmu_entry entry)
{
	const struct page *page = entry_page(entry);

	return (page->flags & PAGE_FLAG_ANON) && page_refcount(page) == 1;
}

/* Puts the copy where the old page was; true when it did. */
static int replace_page(struct fault *f, struct page *copy, struct page **old_out)
	REQUIRES(&f->space->tables_lock)
{
	struct page *old = entry_page(f->old);
	int err = check_slot(f);

	if (err != 1)
		return err;
	(void)mmu_entry_take(f->slot);
	arch_tlb_flush_user(&f->space->mmu, f->va, f->va + PAGE_SIZE);
	if (!entry_is_zero_page(f->old)) {
		page_copy(page_vaddr(copy), page_vaddr(old));
		*old_out = old;
		if (old->flags & PAGE_FLAG_ANON)
			f->space->anon_pages--;
		else
			f->space->object_pages--;
	}
	mmu_entry_write(f->slot, entry_for(f, page_to_paddr(copy), true));
	tables_count_page(f->space, copy);
	return 1;
}

static int fault_copy(struct fault *f)
{
	struct page *old = NULL;
	struct page *copy;
	int err;

	err = anon_page(f, entry_is_zero_page(f->old) ? PAGE_ALLOC_ZERO : 0, &copy);
	if (err)
		return err;
	spin_lock(&f->space->tables_lock);
	err = replace_page(f, copy, &old);
	spin_unlock(&f->space->tables_lock);
	if (old)
		page_put(old);
	if (err == 1)
		return 0;
	page_put(copy);
	return err;
}

/* The page is there; only its entry says that it must not be written to. */
static int fault_make_writable(struct fault *f)
{
	bool is_shared = (f->map->flags & VM_MAP_SHARED) != 0;
	int err;

	if (!is_shared && !is_sole_owner(f->old))
		return -EAGAIN;
	spin_lock(&f->space->tables_lock);
	err = check_slot(f);
	if (err == 1) {
		if (is_shared || is_sole_owner(f->old))
			mmu_entry_write(f->slot, entry_for(f, mmu_entry_paddr(f->old), true));
	}
	spin_unlock(&f->space->tables_lock);
	return err == 1 ? 0 : err;
}

static int fault_present(struct fault *f)
{
	int err;

	if (!f->is_write || mmu_entry_is_writable(f->old))
		return 0; /* another thread came first */
	if (f->map->object)
		f->cut_count = load_acquire(&f->map->object->cut_count);
	err = fault_make_writable(f);
	return err == -EAGAIN ? fault_copy(f) : err;
}

static int check_access(const struct vm_mapping *map, uint32_t access)
{
	if (access & FAULT_WRITE && !(map->prot & VM_WRITE))
		return -EACCES;
	if (access & FAULT_EXEC && !(map->prot & VM_EXEC))
		return -EACCES;
	return map->prot ? 0 : -EACCES;
}

/* The mapping that a stack could grow down from to reach addr. */
static bool can_grow(const struct vm_mapping *map, vaddr_t addr)
{
	return map && addr < map->area.start && (map->flags & VM_MAP_GROWS_DOWN) &&
	       map->area.end - addr <= map->stack_max && addr >= VM_USER_START;
}

/* 0, an error, or -EAGAIN: a stack has to grow first. */
static int fault_locked(struct vmspace *space, vaddr_t addr, uint32_t access)
	REQUIRES_SHARED(&space->lock)
{
	struct vm_mapping *map = mapping_find(space, addr);
	struct fault f = {
		.space = space,
		.map = map,
		.va = ALIGN_DOWN(addr, PAGE_SIZE),
		.is_write = (access & FAULT_WRITE) != 0,
	};
	int err;

	if (!map || addr < map->area.start)
		return can_grow(map, f.va) ? -EAGAIN : -EFAULT;
	if (UNLIKELY(READ_ONCE(map->is_revoked)))
		return -EIO;
	err = check_access(map, access);
	if (err)
		return err;
	f.slot = arch_mmu_entry_find(&space->mmu, f.va, NULL);
	if (f.slot)
		f.old = mmu_entry_read(f.slot);
	if (mmu_entry_has_page(f.old))
		return fault_present(&f);
	return map->object ? fault_object(&f) : fault_anon(&f);
}

/* Moves the lower edge of the stack down to addr's page: 0 or -EFAULT. */
static int grow_stack(struct vmspace *space, vaddr_t addr)
{
	struct vm_mapping *map;
	struct area *below;
	int err = 0;

	addr = ALIGN_DOWN(addr, PAGE_SIZE);
	rwlock_write_lock(&space->lock);
	map = mapping_find(space, addr);
	if (can_grow(map, addr)) {
		below = area_prev(&map->area);
		/* The guard is kept free for as long as there is room for it. */
		if (below && addr - below->end < map->area.guard)
			err = -EFAULT;
		else
			mapping_set_range(space, map, addr, map->area.end);
	} else if (!map || map->area.start > addr) {
		err = -EFAULT;
	}
	rwlock_write_unlock(&space->lock);
	return err;
}

int vm_fault(struct vmspace *space, vaddr_t addr, uint32_t access)
{
	int err;

	atomic64_inc(&space->faults);
	rwlock_read_lock(&space->lock);
	err = fault_locked(space, addr, access);
	rwlock_read_unlock(&space->lock);
	/* The instruction faults again, on the stack then. */
	return err == -EAGAIN ? grow_stack(space, addr) : err;
}

int vm_page_fault(struct trap_frame *frame UNUSED, vaddr_t addr, uint32_t access)
{
	struct thread *self = thread_current();
	int err = -EFAULT;

	if (self->vmspace && preempt_can_sleep())
		err = vm_fault(self->vmspace, addr, access);
	if (err)
		self->fault_error = err;
	return err;
}
