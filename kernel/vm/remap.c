/*
 * Remap: a mapping gets another length, where it is or elsewhere.
 *
 * Elsewhere means: a second mapping of the same memory is made, the pages are moved
 * over in the tables, and the first one is unmapped. The second is behind the first
 * on the object's list for the reason that fork.c gives.
 */
#include "kernel/lib/checked.h"
#include "kernel/lib/errno.h"
#include "kernel/vm/vm_impl.h"

static int check_remap(const struct vm_remap_request *r)
{
	int err = vm_check_range(r->addr, r->old_len);

	if (err)
		return err;
	if (r->new_len == 0 || !IS_ALIGNED(r->new_len, PAGE_SIZE))
		return -EINVAL;
	if (r->flags & ~(uint32_t)(VM_REMAP_MAY_MOVE | VM_REMAP_FIXED))
		return -EINVAL;
	if (!(r->flags & VM_REMAP_FIXED))
		return 0;
	if (!(r->flags & VM_REMAP_MAY_MOVE) || r->new_addr < VM_USER_START)
		return -EINVAL;
	err = vm_check_range(r->new_addr, r->new_len);
	/* The two must not overlap. */
	if (!err && r->new_addr < r->addr + r->old_len && r->addr < r->new_addr + r->new_len)
		err = -EINVAL;
	return err;
}

/* The range is the end of its mapping, and what follows is free. */
static bool can_grow_here(struct vmspace *space, const struct vm_mapping *map,
			  const struct vm_remap_request *r) REQUIRES(&space->lock)
{
	vaddr_t end = r->addr + r->old_len;
	uint64_t grow = r->new_len - r->old_len;

	return map->area.end == end && range_fits(end, grow, VM_USER_END) &&
	       !area_find_in(&space->areas, end, end + grow);
}

/* The mapping is exactly the old range. */
static int move(struct vmspace *space, struct vm_mapping *map, const struct vm_remap_request *r,
		vaddr_t to) REQUIRES(&space->lock)
{
	vaddr_t from = map->area.start;
	uint64_t keep = MIN(r->old_len, r->new_len);
	struct vm_mapping *copy;
	int err = mapping_create(space, map->object, map->grant, &copy);

	if (err)
		return err;
	copy->area.start = to;
	copy->area.end = to + r->new_len;
	copy->prot = map->prot;
	copy->max_prot = map->max_prot;
	copy->flags = map->flags;
	copy->offset = map->offset;
	copy->stack_max = map->stack_max;
	if (READ_ONCE(map->is_revoked))
		mapping_insert_revoked(space, copy);
	else
		err = mapping_insert(space, copy, map->object ? map : NULL);
	if (err) {
		mapping_put(copy);
		return err;
	}
	err = tables_move(map, copy, keep);
	if (err) {
		mapping_remove(space, copy);
		tables_prune(space, to, to + r->new_len);
		return err;
	}
	return unmap_locked(space, from, from + r->old_len);
}

static int move_elsewhere(struct vmspace *space, const struct vm_remap_request *r,
			  vaddr_t *addr_out) REQUIRES(&space->lock)
{
	struct vm_map_request place = {
		.addr = r->new_addr,
		.len = r->new_len,
		.place = r->flags & VM_REMAP_FIXED ? VM_PLACE_FIXED : VM_PLACE_ANYWHERE,
	};
	int err;

	if (space->mapping_count + 2 >= VM_MAPPINGS_MAX)
		return -ENOMEM;
	err = mapping_split_edges(space, r->addr, r->addr + r->old_len);
	if (!err && (r->flags & VM_REMAP_FIXED))
		err = unmap_locked(space, r->new_addr, r->new_addr + r->new_len);
	if (!err)
		err = place_locked(space, &place, addr_out);
	if (!err)
		err = move(space, mapping_find(space, r->addr), r, *addr_out);
	return err;
}

static int remap_locked(struct vmspace *space, const struct vm_remap_request *r, vaddr_t *addr_out)
	REQUIRES(&space->lock)
{
	vaddr_t end = r->addr + r->old_len;
	struct vm_mapping *map = mapping_find(space, r->addr);
	uint64_t offset_end;

	if (!map || map->area.start > r->addr || map->area.end < end)
		return -EFAULT;
	if (map->object &&
	    add_overflows(map->offset + (r->addr - map->area.start), r->new_len, &offset_end))
		return -EINVAL;
	if (r->flags & VM_REMAP_FIXED)
		return move_elsewhere(space, r, addr_out);
	*addr_out = r->addr;
	if (r->new_len == r->old_len)
		return 0;
	if (r->new_len < r->old_len)
		return unmap_locked(space, r->addr + r->new_len, end);
	if (can_grow_here(space, map, r)) {
		mapping_set_range(space, map, map->area.start, r->addr + r->new_len);
		mapping_merge(space, r->addr, r->addr + r->new_len);
		return 0;
	}
	return r->flags & VM_REMAP_MAY_MOVE ? move_elsewhere(space, r, addr_out) : -ENOMEM;
}

int vmspace_remap(struct vmspace *space, const struct vm_remap_request *req, vaddr_t *addr_out)
{
	vaddr_t at;
	int err = check_remap(req);

	if (err)
		return err;
	rwlock_write_lock(&space->lock);
	err = remap_locked(space, req, &at);
	rwlock_write_unlock(&space->lock);
	if (!err)
		*addr_out = at;
	return err;
}
