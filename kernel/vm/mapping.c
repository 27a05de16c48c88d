/*
 * Mappings: their life, their links and their revocation.
 *
 * A mapping is in its space's tree, on its object's list and attached to a grant
 * all at once, or (but for the grant, once it was revoked) in none of them. It is
 * put on the list before it is attached, and its pages are taken out of the tables
 * before it leaves the list. So, under the object's map_lock:
 *
 *	on the list	its space exists, and its range is true
 *	not on it	no page is mapped through it any more
 *
 * which is all that revocation needs to know. It does not take the space's lock, so
 * it never waits for a fault that waits for a slow supplier of pages.
 *
 * Revocation leaves the mapping where it is, as a hole: the program finds out by
 * SIGBUS, and nothing else can be put there without its knowledge.
 */
#include "kernel/core/assert.h"
#include "kernel/lib/errno.h"
#include "kernel/mm/account.h"
#include "kernel/mm/slab.h"
#include "kernel/vm/vm_impl.h"

static struct kmem_cache mapping_cache;

int mapping_init_cache(void)
{
	kmem_cache_init(&mapping_cache, "vm-mapping", sizeof(struct vm_mapping), 0);
	return 0;
}

int mapping_create(struct vmspace *space, struct vmobj *object, struct grant *grant,
		   struct vm_mapping **out)
{
	struct vm_mapping *map;

	if (mem_charge_kernel(space->account, sizeof(*map)))
		return -ENOMEM;
	map = kmem_cache_zalloc(&mapping_cache);
	if (!map) {
		mem_uncharge_kernel(space->account, sizeof(*map));
		return -ENOMEM;
	}
	/* The mapping may outlive its space, in a revocation. */
	if (space->account)
		mem_account_get(space->account);
	map->account = space->account;
	map->space = space;
	map->object = object;
	if (object)
		vmobj_get(object);
	map->grant = grant;
	if (grant)
		grant_get(grant);
	rb_node_init(&map->area.node);
	list_init(&map->link);
	refcount_init(&map->refs);
	*out = map;
	return 0;
}

void mapping_put(struct vm_mapping *map)
{
	struct mem_account *account = map->account;

	if (!refcount_put(&map->refs))
		return;
	if (map->grant)
		grant_put(map->grant);
	if (map->object)
		vmobj_put(map->object);
	kmem_cache_free(&mapping_cache, map);
	if (account) {
		mem_uncharge_kernel(account, sizeof(*map));
		mem_account_put(account);
	}
}

static struct vm_mapping *mapping_of_dependent(struct grant_dependent *dep)
{
	return container_of(dep, struct vm_mapping, dependent);
}

static void mapping_pin(struct grant_dependent *dep)
{
	bool is_alive = refcount_get(&mapping_of_dependent(dep)->refs);

	ASSERT(is_alive);
}

static void revoke_locked(struct vmobj *object, struct vm_mapping *map) REQUIRES(&object->map_lock);

static void revoke_locked(struct vmobj *object UNUSED, struct vm_mapping *map)
{
	struct vmspace *space = map->space;

	/* From here on no fault puts a page in; then what is in goes out. */
	spin_lock(&space->tables_lock);
	map->is_revoked = true;
	spin_unlock(&space->tables_lock);
	tables_zap(space, map->area.start, map->area.end, ZAP_ALL);
}

static void mapping_revoked(struct grant_dependent *dep)
{
	struct vm_mapping *map = mapping_of_dependent(dep);

	mutex_lock(&map->object->map_lock);
	if (list_is_linked(&map->link))
		revoke_locked(map->object, map);
	mutex_unlock(&map->object->map_lock);
	mapping_put(map);
}

static const struct grant_dependent_ops mapping_dependent_ops = {
	.pin = mapping_pin,
	.revoked = mapping_revoked,
};

void mapping_count(struct vmspace *space, const struct vm_mapping *map, int64_t bytes)
{
	space->mapped_bytes += (uint64_t)bytes;
	if (map->flags & VM_MAP_LOCKED)
		space->locked_bytes += (uint64_t)bytes;
	if (map->flags & VM_MAP_GROWS_DOWN)
		space->stack_bytes += (uint64_t)bytes;
}

static void insert_area(struct vmspace *space, struct vm_mapping *map) REQUIRES(&space->lock);

static void insert_area(struct vmspace *space, struct vm_mapping *map)
{
	map->area.guard = map->flags & VM_MAP_GROWS_DOWN ? STACK_GUARD_BYTES : 0;
	area_insert(&space->areas, &map->area);
	space->mapping_count++;
	mapping_count(space, map, (int64_t)mapping_len(map));
}

/* Whether the grant, if any, is still good. */
static bool attach(struct vm_mapping *map)
{
	if (!map->grant)
		return true;
	map->is_attached = grant_attach(map->grant, &map->dependent, &mapping_dependent_ops) == 0;
	return map->is_attached;
}

static void link_locked(struct vmobj *object, struct vm_mapping *map, struct vm_mapping *after)
	REQUIRES(&object->map_lock);

static void link_locked(struct vmobj *object, struct vm_mapping *map, struct vm_mapping *after)
{
	if (after)
		list_push_front(&after->link, &map->link);
	else
		list_push_back(&object->mappings, &map->link);
}

int mapping_insert(struct vmspace *space, struct vm_mapping *map, struct vm_mapping *after)
{
	struct vmobj *object = map->object;
	int err = 0;

	if (object) {
		mutex_lock(&object->map_lock);
		link_locked(object, map, after);
		if (!attach(map)) {
			list_remove(&map->link);
			err = -EIO;
		}
		mutex_unlock(&object->map_lock);
	}
	if (!err)
		insert_area(space, map);
	return err;
}

void mapping_insert_revoked(struct vmspace *space, struct vm_mapping *map)
{
	struct vmobj *object = map->object;

	map->is_revoked = true;
	mutex_lock(&object->map_lock);
	link_locked(object, map, NULL);
	mutex_unlock(&object->map_lock);
	insert_area(space, map);
}

void mapping_remove(struct vmspace *space, struct vm_mapping *map)
{
	struct vmobj *object = map->object;

	area_remove(&space->areas, &map->area);
	space->mapping_count--;
	mapping_count(space, map, -(int64_t)mapping_len(map));
	if (object) {
		mutex_lock(&object->map_lock);
		list_remove(&map->link);
		mutex_unlock(&object->map_lock);
		/* Too late to detach: then the revocation finds it unlinked. */
		if (map->is_attached)
			(void)grant_detach(&map->dependent);
	}
	mapping_put(map);
}

static void move_edges(struct vmspace *space, struct vm_mapping *map, vaddr_t start, vaddr_t end)
	REQUIRES(&space->lock);

static void move_edges(struct vmspace *space, struct vm_mapping *map, vaddr_t start, vaddr_t end)
{
	mapping_count(space, map, (int64_t)(end - start) - (int64_t)mapping_len(map));
	if (map->object)
		map->offset += start - map->area.start;
	area_set_range(&space->areas, &map->area, start, end);
}

void mapping_set_range(struct vmspace *space, struct vm_mapping *map, vaddr_t start, vaddr_t end)
{
	struct vmobj *object = map->object;

	if (!object) {
		move_edges(space, map, start, end);
		return;
	}
	mutex_lock(&object->map_lock);
	move_edges(space, map, start, end);
	mutex_unlock(&object->map_lock);
}

/*
 * The second half of a split. If the grant dies at this moment, the revocation that
 * is on its way will only find the first half, and waits for map_lock.
 */
static void split_object(struct vmspace *space, struct vm_mapping *map, struct vm_mapping *upper,
			 vaddr_t at) REQUIRES(&space->lock)
{
	struct vmobj *object = map->object;

	mutex_lock(&object->map_lock);
	move_edges(space, map, map->area.start, at);
	insert_area(space, upper);
	link_locked(object, upper, map);
	if (map->is_revoked || !attach(upper))
		revoke_locked(object, upper);
	mutex_unlock(&object->map_lock);
}

static void split(struct vmspace *space, struct vm_mapping *map, struct vm_mapping *upper,
		  vaddr_t at) REQUIRES(&space->lock)
{
	upper->prot = map->prot;
	upper->max_prot = map->max_prot;
	upper->flags = map->flags;
	upper->stack_max = map->stack_max;
	upper->area.start = at;
	upper->area.end = map->area.end;
	if (map->object) {
		upper->offset = map->offset + (at - map->area.start);
		split_object(space, map, upper, at);
	} else {
		move_edges(space, map, map->area.start, at);
		insert_area(space, upper);
	}
}

int mapping_split(struct vmspace *space, struct vm_mapping *map, vaddr_t at)
{
	struct vm_mapping *upper;
	int err;

	if (space->mapping_count >= VM_MAPPINGS_MAX)
		return -ENOMEM;
	err = mapping_create(space, map->object, map->grant, &upper);
	if (err)
		return err;
	split(space, map, upper, at);
	return 0;
}

int mapping_split_edges(struct vmspace *space, vaddr_t start, vaddr_t end)
{
	struct vm_mapping *map = mapping_find(space, start);
	int err = 0;

	if (map && map->area.start < start)
		err = mapping_split(space, map, start);
	if (err)
		return err;
	map = mapping_find(space, end);
	if (map && map->area.start < end)
		err = mapping_split(space, map, end);
	return err;
}

/* Only private memory: with an object the page numbers would have to go on too. */
static bool can_merge(const struct vm_mapping *map, const struct vm_mapping *next)
{
	return !map->object && !next->object && map->area.end == next->area.start &&
	       map->prot == next->prot && map->max_prot == next->max_prot &&
	       map->flags == next->flags && map->stack_max == next->stack_max;
}

void mapping_merge(struct vmspace *space, vaddr_t start, vaddr_t end)
{
	struct vm_mapping *map = mapping_find(space, start > 0 ? start - 1 : 0);

	while (map && map->area.start <= end) {
		struct vm_mapping *next = mapping_next(map);

		if (next && can_merge(map, next)) {
			vaddr_t new_end = next->area.end;

			mapping_remove(space, next);
			mapping_set_range(space, map, map->area.start, new_end);
		} else {
			map = next;
		}
	}
}
