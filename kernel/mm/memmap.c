/*
 * Memory map.
 *
 * One operation does all the work: lay a claim [start, end) over a map that is
 * already in order. The claim is cut at the borders of the regions it meets; a
 * piece over a hole becomes a region, a piece over a looser region is carved out
 * of it, a piece over an equal or stricter region vanishes. Each step moves the
 * start of the claim up or gives up some region, whole or in part, so it ends.
 *
 * Normalising in place is the same operation again: the array holds an ordered
 * map in front and raw claims behind it, and the raw ones are taken from the
 * end. There is room for as many pieces as the array has free slots; beyond
 * that, make_room decides what is lost, and it only ever loses usable memory.
 */
#include "kernel/mm/memmap.h"

#include "kernel/lib/errno.h"
#include "kernel/lib/string.h"

/* A map under change: regions[0..count) in order, at most capacity of them. */
struct map {
	struct boot_region *regions;
	uint32_t count;
	uint32_t capacity;
	bool has_lost; /* make_room was needed */
};

static paddr_t region_end(const struct boot_region *region)
{
	return region->start + region->len;
}

static void remove_at(struct map *map, uint32_t i)
{
	map->count--;
	memmove(&map->regions[i], &map->regions[i + 1], (map->count - i) * sizeof(map->regions[0]));
}

/* There must be a free slot. */
static void insert_at(struct map *map, uint32_t i, paddr_t start, paddr_t end,
		      enum boot_region_type type)
{
	memmove(&map->regions[i + 1], &map->regions[i], (map->count - i) * sizeof(map->regions[0]));
	map->regions[i] = (struct boot_region){.start = start, .len = end - start, .type = type};
	map->count++;
}

/* The first region that ends above addr, or count. */
static uint32_t find_above(const struct map *map, paddr_t addr)
{
	uint32_t low = 0;
	uint32_t high = map->count;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (region_end(&map->regions[mid]) > addr)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* The index of the smallest usable region, or count. */
static uint32_t smallest_usable(const struct map *map)
{
	uint32_t found = map->count;

	for (uint32_t i = 0; i < map->count; i++) {
		if (map->regions[i].type != BOOT_REGION_USABLE)
			continue;
		if (found == map->count || map->regions[i].len < map->regions[found].len)
			found = i;
	}
	return found;
}

/*
 * Frees one slot by giving up the smallest usable region. False when there is
 * none, or when the piece to be placed is itself usable and no larger.
 */
static bool make_room(struct map *map, enum boot_region_type type, uint64_t len)
{
	uint32_t victim = smallest_usable(map);

	map->has_lost = true;
	if (victim == map->count)
		return false;
	if (type == BOOT_REGION_USABLE && len <= map->regions[victim].len)
		return false;
	remove_at(map, victim);
	return true;
}

/*
 * When [start, end) has to be carved out of the usable region i and there is no
 * slot for what is left on both sides: gives up the smaller side, if no whole
 * region is smaller still. False: that is not the way to get room.
 */
static bool give_up_side(struct map *map, uint32_t i, paddr_t start, paddr_t end)
{
	struct boot_region *region = &map->regions[i];
	uint64_t head = start - region->start;
	uint64_t tail = region_end(region) - end;
	bool is_head = head > 0 && (tail == 0 || head < tail);

	if (region->type != BOOT_REGION_USABLE)
		return false;
	if ((is_head ? head : tail) > map->regions[smallest_usable(map)].len)
		return false;
	map->has_lost = true;
	region->len -= is_head ? head : tail;
	if (is_head)
		region->start = start;
	return true;
}

/*
 * A full map without usable memory: a strict piece cannot have a region of its
 * own, so the region below it (or the first one) grows over it. That claims too
 * much, which is safe.
 */
static void widen_neighbour(struct map *map, uint32_t i, paddr_t start, paddr_t end,
			    enum boot_region_type type)
{
	struct boot_region *region = &map->regions[i > 0 ? i - 1 : 0];
	paddr_t low = MIN(region->start, start);
	paddr_t high = MAX(region_end(region), end);

	region->start = low;
	region->len = high - low;
	region->type = MAX(region->type, type);
}

/*
 * Places a piece that lies in the hole before region i. False when make_room
 * changed the map, so that the caller must look again.
 */
static bool place(struct map *map, uint32_t i, paddr_t start, paddr_t end,
		  enum boot_region_type type)
{
	struct boot_region *below = i > 0 ? &map->regions[i - 1] : NULL;
	struct boot_region *above = i < map->count ? &map->regions[i] : NULL;

	if (below && below->type == type && region_end(below) == start) {
		below->len += end - start;
		return true;
	}
	if (above && above->type == type && above->start == end) {
		above->start = start;
		above->len += end - start;
		return true;
	}
	if (map->count == map->capacity) {
		if (make_room(map, type, end - start))
			return false;
		if (type != BOOT_REGION_USABLE && map->count > 0)
			widen_neighbour(map, i, start, end, type);
		return true;
	}
	insert_at(map, i, start, end, type);
	return true;
}

/*
 * Carves [start, end), which lies inside region i, out of it for a stricter
 * type. False when make_room changed the map.
 */
static bool carve(struct map *map, uint32_t i, paddr_t start, paddr_t end,
		  enum boot_region_type type)
{
	struct boot_region *region = &map->regions[i];
	paddr_t old_end = region_end(region);
	uint32_t needed = (start > region->start) + (end < old_end);

	if (map->capacity - map->count < needed) {
		if (give_up_side(map, i, start, end) || make_room(map, type, end - start))
			return false;
		region->type = type;
		return true;
	}
	if (end < old_end)
		insert_at(map, i + 1, end, old_end, region->type);
	if (start > region->start) {
		region->len = start - region->start;
		insert_at(map, i + 1, start, end, type);
	} else {
		region->len = end - start;
		region->type = type;
	}
	return true;
}

static void merge_neighbours(struct map *map)
{
	uint32_t kept = 0;

	for (uint32_t i = 1; i < map->count; i++) {
		struct boot_region *last = &map->regions[kept];
		const struct boot_region *next = &map->regions[i];

		if (last->type == next->type && region_end(last) == next->start)
			last->len += next->len;
		else
			map->regions[++kept] = *next;
	}
	if (map->count > 0)
		map->count = kept + 1;
}

/* Lays [start, end) over the map. */
static void claim(struct map *map, paddr_t start, paddr_t end, enum boot_region_type type)
{
	while (start < end) {
		uint32_t i = find_above(map, start);
		const struct boot_region *region = &map->regions[i];
		paddr_t piece_end = end;
		bool is_done = true;

		if (i == map->count || region->start > start) {
			if (i < map->count)
				piece_end = MIN(end, region->start);
			is_done = place(map, i, start, piece_end, type);
		} else {
			piece_end = MIN(end, region_end(region));
			if (region->type < type)
				is_done = carve(map, i, start, piece_end, type);
		}
		if (is_done)
			start = piece_end;
	}
	merge_neighbours(map);
}

/*
 * Whether firmware contradicts itself about some byte of the range. The map has
 * pages, so only what is sure counts: a usable region is all claimed as such,
 * others may have been grown, and then whole pages of the range must meet them.
 */
static bool has_conflict(const struct map *map, paddr_t start, paddr_t end,
			 enum boot_region_type type)
{
	paddr_t first_page = ALIGN_UP(start, PAGE_SIZE);
	paddr_t last_end = ALIGN_DOWN(end, PAGE_SIZE);

	for (uint32_t i = find_above(map, start); i < map->count; i++) {
		const struct boot_region *region = &map->regions[i];

		if (region->start >= end)
			break;
		if (region->type == type)
			continue;
		if (region->type == BOOT_REGION_USABLE)
			return true;
		if (MAX(first_page, region->start) < MIN(last_end, region_end(region)))
			return true;
	}
	return false;
}

/* False for a range that is empty, wraps or begins beyond the limit. */
static bool range_cut(paddr_t start, uint64_t len, paddr_t *end_out)
{
	if (len == 0 || start >= MEMMAP_LIMIT || len - 1 > UINT64_MAX - start)
		return false;
	*end_out = len > MEMMAP_LIMIT - start ? MEMMAP_LIMIT : start + len;
	return true;
}

/* Adds one claim of firmware; returns the warnings it deserves. */
static uint32_t map_add(struct map *map, const struct boot_region *raw)
{
	enum boot_region_type type = raw->type;
	paddr_t start = raw->start;
	uint32_t warnings = 0;
	paddr_t end;

	if (!range_cut(start, raw->len, &end))
		return BOOT_WARN_BAD_REGION;
	if (type > BOOT_REGION_BAD)
		type = BOOT_REGION_RESERVED;
	if (has_conflict(map, start, end, type))
		warnings |= BOOT_WARN_OVERLAP;

	if (type == BOOT_REGION_USABLE) {
		start = MAX(ALIGN_UP(start, PAGE_SIZE), PAGE_SIZE);
		end = ALIGN_DOWN(end, PAGE_SIZE);
	} else {
		start = ALIGN_DOWN(start, PAGE_SIZE);
		end = ALIGN_UP(end, PAGE_SIZE);
	}
	claim(map, start, end, type);
	if (map->has_lost)
		warnings |= BOOT_WARN_TOO_MANY_REGIONS;
	return warnings;
}

static struct map map_of(struct boot_info *info)
{
	return (struct map){
		.regions = info->regions,
		.count = MIN(info->region_count, (uint32_t)BOOT_MAX_REGIONS),
		.capacity = BOOT_MAX_REGIONS,
	};
}

void memmap_add(struct boot_info *info, paddr_t start, uint64_t len, enum boot_region_type type)
{
	struct boot_region raw = {.start = start, .len = len, .type = type};
	struct map map = map_of(info);

	info->warnings |= map_add(&map, &raw);
	info->region_count = map.count;
}

int memmap_reserve(struct boot_info *info, paddr_t start, uint64_t len, enum boot_region_type type)
{
	struct map map = map_of(info);
	paddr_t end;

	if (!range_cut(start, len, &end))
		return -EINVAL;
	claim(&map, ALIGN_DOWN(start, PAGE_SIZE), ALIGN_UP(end, PAGE_SIZE), type);
	if (map.has_lost)
		info->warnings |= BOOT_WARN_TOO_MANY_REGIONS;
	info->region_count = map.count;
	return 0;
}

void memmap_normalise(struct boot_info *info)
{
	struct map map = map_of(info);
	uint32_t raw_count = map.count;

	/* Raw claims wait at the end; the slots before them are the map's. */
	map.count = 0;
	memmove(&info->regions[BOOT_MAX_REGIONS - raw_count], info->regions,
		raw_count * sizeof(info->regions[0]));
	for (uint32_t i = BOOT_MAX_REGIONS - raw_count; i < BOOT_MAX_REGIONS; i++) {
		struct boot_region raw = info->regions[i];

		map.capacity = i + 1;
		info->warnings |= map_add(&map, &raw);
	}
	info->region_count = map.count;
}

bool memmap_find_usable(const struct boot_info *info, paddr_t from, struct boot_region *out)
{
	for (uint32_t i = 0; i < info->region_count; i++) {
		const struct boot_region *region = &info->regions[i];

		if (region->type != BOOT_REGION_USABLE || region_end(region) <= from)
			continue;
		*out = *region;
		if (out->start < from) {
			out->start = from;
			out->len = region_end(region) - from;
		}
		return true;
	}
	return false;
}

bool memmap_is_usable(const struct boot_info *info, paddr_t start, uint64_t len)
{
	if (len == 0)
		return false;
	for (uint32_t i = 0; i < info->region_count; i++) {
		const struct boot_region *region = &info->regions[i];

		if (start >= region->start && start < region_end(region))
			return region->type == BOOT_REGION_USABLE &&
			       len <= region_end(region) - start;
	}
	return false;
}

paddr_t memmap_highest_usable(const struct boot_info *info)
{
	for (uint32_t i = info->region_count; i > 0; i--) {
		if (info->regions[i - 1].type == BOOT_REGION_USABLE)
			return region_end(&info->regions[i - 1]);
	}
	return 0;
}

uint64_t memmap_usable_bytes(const struct boot_info *info)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < info->region_count; i++) {
		if (info->regions[i].type == BOOT_REGION_USABLE)
			sum += info->regions[i].len;
	}
	return sum;
}

static bool region_is_normal(const struct boot_region *region)
{
	if (region->len == 0 || region->len > MEMMAP_LIMIT)
		return false;
	if (!IS_ALIGNED(region->start | region->len, PAGE_SIZE))
		return false;
	if (region->start >= MEMMAP_LIMIT || region_end(region) > MEMMAP_LIMIT)
		return false;
	if (region->type > BOOT_REGION_BAD)
		return false;
	return region->type != BOOT_REGION_USABLE || region->start >= PAGE_SIZE;
}

bool memmap_is_normal(const struct boot_info *info)
{
	if (info->region_count > BOOT_MAX_REGIONS)
		return false;
	for (uint32_t i = 0; i < info->region_count; i++) {
		const struct boot_region *region = &info->regions[i];
		const struct boot_region *last = i > 0 ? region - 1 : NULL;

		if (!region_is_normal(region))
			return false;
		if (last && region_end(last) > region->start)
			return false;
		if (last && region_end(last) == region->start && last->type == region->type)
			return false;
	}
	return true;
}
