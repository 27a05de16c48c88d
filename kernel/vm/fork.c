/*
 * Fork: a second space that starts with the same memory.
 *
 * Mappings are copied one by one, and with each its part of the tables: pages of
 * private memory are shared from then on, and neither side may write to them until
 * a fault has made a copy (fault.c). Shared mappings copy no table entries: their
 * pages are one fault away. The parent's other threads may go on: what they write
 * up to the flush at the end still reaches both, as if it had been written before.
 *
 * A mapping of an object is on the object's list, right behind the one it is a copy
 * of, before its table entries are copied. Whoever takes pages away goes through the
 * list in order, so it comes to the copy after the original: an entry that was
 * copied before the original was emptied is found in the copy.
 */
#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/vm/vm_impl.h"

static void insert_copy(struct vmspace *child, struct vm_mapping *from, struct vm_mapping *to)
	REQUIRES(&child->lock)
{
	/* A hole stays a hole. */
	if (READ_ONCE(from->is_revoked) || mapping_insert(child, to, from->object ? from : NULL))
		mapping_insert_revoked(child, to);
}

static int copy_mapping(struct vm_mapping *from, struct vmspace *child, bool *changed_out)
	REQUIRES(&child->lock)
{
	struct vm_mapping *to;
	int err = mapping_create(child, from->object, from->grant, &to);

	if (err)
		return err;
	to->area.start = from->area.start;
	to->area.end = from->area.end;
	to->prot = from->prot;
	to->max_prot = from->max_prot;
	to->flags = from->flags & ~(uint32_t)VM_MAP_LOCKED;
	to->offset = from->offset;
	to->stack_max = from->stack_max;
	insert_copy(child, from, to);
	if (from->flags & (VM_MAP_SHARED | VM_MAP_WIPE_ON_FORK))
		return 0;
	return tables_copy(from, to, changed_out);
}

static int copy_all(struct vmspace *space, struct vmspace *child) REQUIRES(&space->lock)
REQUIRES(&child->lock)
{
	struct vm_mapping *map = mapping_of(area_first(&space->areas));
	bool changed = false;
	int err = 0;

	for (; map && !err; map = mapping_next(map)) {
		if (!(map->flags & VM_MAP_DONT_FORK))
			err = copy_mapping(map, child, &changed);
	}
	child->top = space->top;
	if (changed)
		arch_tlb_flush_user(&space->mmu, VM_USER_START, VM_USER_END);
	return err;
}

int vmspace_fork(struct vmspace *space, struct mem_account *account, struct vmspace **out)
{
	struct vmspace *child;
	int err = vmspace_create(account, &child);

	if (err)
		return err;
	rwlock_write_lock(&space->lock);
	rwlock_write_lock(&child->lock);
	err = copy_all(space, child);
	rwlock_write_unlock(&child->lock);
	rwlock_write_unlock(&space->lock);
	if (err) {
		vmspace_put(child);
		return err;
	}
	*out = child;
	return 0;
}
