/*
 * Changing what is mapped: map, unmap, protect, discard, flags.
 *
 * Each takes the space's lock for writing, splits mappings where the edges of the
 * range lie inside them, works on whole ones and joins what has become equal.
 */
#include "kernel/lib/checked.h"
#include "kernel/lib/errno.h"
#include "kernel/vm/vm_impl.h"

#define FLAGS_OF_CALLER                                                                            \
	(VM_MAP_SHARED | VM_MAP_GROWS_DOWN | VM_MAP_LOCKED | VM_MAP_DONT_FORK |                    \
	 VM_MAP_WIPE_ON_FORK | VM_MAP_STACK | VM_MAP_HEAP | VM_MAP_SPECIAL)
#define FLAGS_THAT_CHANGE (VM_MAP_LOCKED | VM_MAP_DONT_FORK | VM_MAP_WIPE_ON_FORK)

int vm_check_range(vaddr_t addr, uint64_t len)
{
	if (len == 0 || !IS_ALIGNED(addr | len, PAGE_SIZE))
		return -EINVAL;
	return range_fits(addr, len, VM_USER_END) ? 0 : -EINVAL;
}

static int check_request(const struct vm_map_request *req)
{
	uint64_t end;

	if (req->len == 0 || !IS_ALIGNED(req->len | req->offset, PAGE_SIZE))
		return -EINVAL;
	if ((req->prot | req->max_prot) & ~(uint32_t)VM_PROT_ALL)
		return -EINVAL;
	if (req->flags & ~(uint32_t)FLAGS_OF_CALLER)
		return -EINVAL;
	if ((req->flags & (VM_MAP_GROWS_DOWN | VM_MAP_WIPE_ON_FORK)) &&
	    (req->object || (req->flags & VM_MAP_SHARED)))
		return -EINVAL;
	if (req->grant && !req->object)
		return -EINVAL;
	if (add_overflows(req->offset, req->len, &end))
		return -EOVERFLOW;
	if (req->prot & ~req->max_prot)
		return -EACCES;
	return 0;
}

/* At the very address: 0, or -EINVAL, -ENOMEM for what no mapping can have. */
static int check_fixed(const struct vm_map_request *req)
{
	if (!IS_ALIGNED(req->addr, PAGE_SIZE))
		return -EINVAL;
	if (req->addr < VM_USER_START || !range_fits(req->addr, req->len, VM_USER_END))
		return -ENOMEM;
	return 0;
}

static bool is_free(struct vmspace *space, vaddr_t addr, uint64_t len) REQUIRES(&space->lock)
{
	return !area_find_in(&space->areas, addr, addr + len);
}

int place_locked(struct vmspace *space, const struct vm_map_request *req, vaddr_t *out)
{
	vaddr_t hint = ALIGN_DOWN(req->addr, PAGE_SIZE);
	int err;

	switch (req->place) {
	case VM_PLACE_FIXED:
	case VM_PLACE_FIXED_NEW:
		err = check_fixed(req);
		if (!err && req->place == VM_PLACE_FIXED_NEW &&
		    !is_free(space, req->addr, req->len))
			err = -EEXIST;
		*out = req->addr;
		return err;
	case VM_PLACE_LOW:
		return area_find_gap_high(&space->areas, req->len, VM_USER_START, VM_LOW_END, out);
	case VM_PLACE_HINT:
		if (hint >= VM_USER_START && range_fits(hint, req->len, VM_USER_END) &&
		    is_free(space, hint, req->len)) {
			*out = hint;
			return 0;
		}
		break;
	case VM_PLACE_ANYWHERE:
		break;
	default:
		return -EINVAL;
	}
	err = area_find_gap_high(&space->areas, req->len, VM_USER_START, space->top, out);
	if (err)
		err = area_find_gap_low(&space->areas, req->len, space->top, VM_USER_END, out);
	return err;
}

int unmap_locked(struct vmspace *space, vaddr_t start, vaddr_t end)
{
	struct vm_mapping *map;
	int err;

	if (!area_find_in(&space->areas, start, end))
		return 0;
	err = mapping_split_edges(space, start, end);
	if (err)
		return err;
	tables_zap(space, start, end, ZAP_ALL);
	map = mapping_find(space, start);
	while (map && map->area.start < end) {
		struct vm_mapping *next = mapping_next(map);

		mapping_remove(space, map);
		map = next;
	}
	tables_prune(space, start, end);
	return 0;
}

static int map_locked(struct vmspace *space, const struct vm_map_request *req,
		      struct vm_mapping *map) REQUIRES(&space->lock)
{
	vaddr_t addr;
	int err = place_locked(space, req, &addr);

	if (err)
		return err;
	if (req->place == VM_PLACE_FIXED) {
		err = unmap_locked(space, addr, addr + req->len);
		if (err)
			return err;
	}
	if (space->mapping_count >= VM_MAPPINGS_MAX)
		return -ENOMEM;
	map->area.start = addr;
	map->area.end = addr + req->len;
	return mapping_insert(space, map, NULL);
}

/* The object to map with a reference, or NULL for private memory. */
static int object_for(struct vmspace *space, const struct vm_map_request *req, struct vmobj **out)
{
	*out = req->object;
	if (req->object) {
		vmobj_get(req->object);
		return 0;
	}
	if (req->flags & VM_MAP_SHARED)
		return vmobj_create(space->account, req->len, out);
	return 0;
}

int vmspace_map(struct vmspace *space, const struct vm_map_request *req, vaddr_t *addr_out)
{
	struct vm_mapping *map;
	struct vmobj *object;
	int err = check_request(req);

	if (err)
		return err;
	err = object_for(space, req, &object);
	if (err)
		return err;
	err = mapping_create(space, object, req->grant, &map);
	if (object)
		vmobj_put(object);
	if (err)
		return err;
	map->prot = req->prot;
	map->max_prot = req->max_prot;
	map->flags = req->flags;
	map->offset = req->object ? req->offset : 0;
	if (req->flags & VM_MAP_GROWS_DOWN)
		map->stack_max = req->stack_max ? req->stack_max : STACK_MAX_DEFAULT;

	rwlock_write_lock(&space->lock);
	err = map_locked(space, req, map);
	if (!err) {
		*addr_out = map->area.start;
		mapping_merge(space, map->area.start, map->area.end);
	}
	rwlock_write_unlock(&space->lock);
	if (err)
		mapping_put(map);
	return err;
}

int vmspace_unmap(struct vmspace *space, vaddr_t addr, uint64_t len)
{
	int err = vm_check_range(addr, len);

	if (err)
		return err;
	rwlock_write_lock(&space->lock);
	err = unmap_locked(space, addr, addr + len);
	rwlock_write_unlock(&space->lock);
	return err;
}

/*
 * Calls fn for each mapping of the range, whole ones after splitting, from the
 * lowest on, until one gives an error. -ENOMEM where nothing is mapped.
 */
struct range_change {
	int (*check)(const struct vm_mapping *map, const struct range_change *change);
	void (*apply)(struct vmspace *space, struct vm_mapping *map,
		      const struct range_change *change);
	uint32_t prot;
	uint32_t set;
	uint32_t clear;
};

static int change_locked(struct vmspace *space, vaddr_t start, vaddr_t end,
			 const struct range_change *change) REQUIRES(&space->lock)
{
	vaddr_t at = start;
	int err = mapping_split_edges(space, start, end);

	while (!err && at < end) {
		struct vm_mapping *map = mapping_find(space, at);

		if (!map || map->area.start > at)
			err = -ENOMEM;
		else
			err = change->check(map, change);
		if (err)
			break;
		change->apply(space, map, change);
		at = map->area.end;
	}
	mapping_merge(space, start, end);
	return err;
}

static int change_range(struct vmspace *space, vaddr_t addr, uint64_t len,
			const struct range_change *change)
{
	int err = vm_check_range(addr, len);

	if (err)
		return err;
	rwlock_write_lock(&space->lock);
	err = change_locked(space, addr, addr + len, change);
	rwlock_write_unlock(&space->lock);
	return err;
}

static int protect_check(const struct vm_mapping *map, const struct range_change *change)
{
	return change->prot & ~map->max_prot ? -EACCES : 0;
}

static void protect_apply(struct vmspace *space, struct vm_mapping *map,
			  const struct range_change *change)
{
	if (map->prot == change->prot)
		return;
	map->prot = change->prot;
	tables_protect(space, map->area.start, map->area.end, change->prot);
}

int vmspace_protect(struct vmspace *space, vaddr_t addr, uint64_t len, uint32_t prot)
{
	const struct range_change change = {
		.check = protect_check,
		.apply = protect_apply,
		.prot = prot,
	};

	if (prot & ~(uint32_t)VM_PROT_ALL)
		return -EINVAL;
	return change_range(space, addr, len, &change);
}

static int flags_check(const struct vm_mapping *map, const struct range_change *change)
{
	return (change->set & VM_MAP_WIPE_ON_FORK) && map->object ? -EINVAL : 0;
}

static void flags_apply(struct vmspace *space, struct vm_mapping *map,
			const struct range_change *change) REQUIRES(&space->lock)
{
	/* Out of the sums and in again, for they depend on the flags. */
	mapping_count(space, map, -(int64_t)mapping_len(map));
	map->flags = (map->flags & ~change->clear) | change->set;
	mapping_count(space, map, (int64_t)mapping_len(map));
}

int vmspace_change_flags(struct vmspace *space, vaddr_t addr, uint64_t len, uint32_t set,
			 uint32_t clear)
{
	const struct range_change change = {
		.check = flags_check,
		.apply = flags_apply,
		.set = set,
		.clear = clear,
	};

	if ((set | clear) & ~(uint32_t)FLAGS_THAT_CHANGE)
		return -EINVAL;
	return change_range(space, addr, len, &change);
}

static int discard_check(struct vmspace *space, vaddr_t start, vaddr_t end) REQUIRES(&space->lock)
{
	for (vaddr_t at = start; at < end;) {
		struct vm_mapping *map = mapping_find(space, at);

		if (!map || map->area.start > at)
			return -ENOMEM;
		if (map->flags & VM_MAP_LOCKED)
			return -EINVAL;
		at = map->area.end;
	}
	return 0;
}

int vmspace_discard(struct vmspace *space, vaddr_t addr, uint64_t len)
{
	int err = vm_check_range(addr, len);

	if (err)
		return err;
	rwlock_write_lock(&space->lock);
	err = discard_check(space, addr, addr + len);
	if (!err)
		tables_zap(space, addr, addr + len, ZAP_ALL);
	rwlock_write_unlock(&space->lock);
	return err;
}
